/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PPP as the gateway's end of a session: LCP (RFC 1661), MS-CHAPv2 as authenticator (RFC 2759), IPCP
 * (RFC 1332, 1877). Pure: frames and time in, frames and events out.
 */
#ifndef PPP_H
#define PPP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/mschap.h"
#include "ip.h"
#include "timer.h"

#define PPP_FRAME_MAX \
	1504 /* the longest control frame we read or write, with address and control */
#define PPP_NAME_MAX 255 /* bytes of a user name (RFC 1994, 4.1 has no limit of its own) */

struct ppp_config {
	uint16_t mru; /* what we announce: the largest packet we take from the peer */
	uint16_t mtu; /* the largest packet we send, whatever MRU the peer announces */
	char name[64]; /* our name in CHAP challenges */
	uint32_t echo_s; /* LCP echo after so many idle seconds; 0: none */
	uint32_t echo_max; /* echoes in a row without an answer: the link is dead */
	unsigned auth_tries; /* wrong passwords before the link ends; >= 1 */
};

/* A CHAP Response to be judged. */
struct ppp_auth {
	char user[PPP_NAME_MAX + 1]; /* as sent, may hold DOMAIN\; control bytes not removed */
	uint8_t challenge[MSCHAP_CHALLENGE_LEN];
	uint8_t response[MSCHAP_RESPONSE_LEN];
};

enum ppp_verdict {
	PPP_AUTH_OK,
	PPP_AUTH_WRONG, /* unknown user or wrong password: E=691 */
	PPP_AUTH_DISABLED, /* E=647, no retry */
	PPP_AUTH_BUSY, /* no more sessions for this user, or no address: E=649, no retry */
};

/* Addresses for IPCP. */
struct ppp_net {
	be32 local; /* ours */
	be32 peer; /* the lease */
	be32 dns[2]; /* 0: none */
};

/* The link as it is when IPCP is up. */
struct ppp_link {
	struct ppp_net net;
	uint16_t mtu; /* the largest IP packet to send: the smaller of our mtu and the peer's MRU */
	bool pfc, acfc; /* we may compress what we send (RFC 1661, 6.5 and 6.6) */
};

enum ppp_why {
	PPP_WHY_PEER, /* Terminate-Request from the peer */
	PPP_WHY_AUTH, /* it failed to authenticate */
	PPP_WHY_NEGOTIATE, /* no agreement, or no answer */
	PPP_WHY_ECHO, /* echoes are not answered */
	PPP_WHY_LOOP, /* our own magic number came back */
	PPP_WHY_NO_ADDRESS,
	PPP_WHY_LOCAL, /* ppp_close by the owner */
};
const char *ppp_why_str(enum ppp_why why);

struct ppp_events {
	/* Send a frame: ff 03, protocol, data. */
	void (*send)(void *arg, const uint8_t *frame, size_t len);
	/* Judge this; answer with ppp_auth_done, at once or later. */
	void (*auth)(void *arg, const struct ppp_auth *auth);
	/* Addresses, after authentication. 0; -EAGAIN: call ppp_address_ready later; else: refuse. */
	int (*address)(void *arg, struct ppp_net *net);
	/*
	 * The peer has its address: packets may flow. Comes again when IPCP is open, too, and when it was
	 * renegotiated.
	 */
	void (*up)(void *arg, const struct ppp_link *link);
	/* The link has ended, the last event. text: more of the reason, or "". */
	void (*down)(void *arg, enum ppp_why why, const char *text);
};

struct ppp;

/* `who` names the connection in log lines and is copied. NULL when out of memory. */
struct ppp *ppp_new(const struct ppp_config *config, struct timers *timers,
	const struct ppp_events *events, void *arg, const char *who);
void ppp_set_who(struct ppp *p, const char *who);

/* The lower layer is up: LCP begins. */
void ppp_open(struct ppp *p);

/* A frame, with or without ff 03, protocol of one or two bytes; IP is not for here and is dropped. */
void ppp_input(struct ppp *p, const uint8_t *frame, size_t len);

/* The answer to an `auth` event. auth_response is "S=..." for PPP_AUTH_OK, else ignored. */
void ppp_auth_done(struct ppp *p, enum ppp_verdict verdict, const char *auth_response);

/* An address has become free after -EAGAIN: asks `address` again. */
void ppp_address_ready(struct ppp *p);

/* Terminate-Request, then `down` with PPP_WHY_LOCAL when it is acknowledged or given up. */
void ppp_close(struct ppp *p, const char *text);

/* Data was seen from the peer at timers->now_ms: puts off the next echo. */
void ppp_heard(struct ppp *p);

/* Sends an LCP echo at once, if LCP is open. */
void ppp_ask(struct ppp *p);

/* When the peer was last heard, on timers->now_ms. One that knows no echoes counts as heard now. */
uint64_t ppp_heard_ms(const struct ppp *p);

/* Frees without a word; not from inside an event. No event. */
void ppp_free(struct ppp *p);

struct ppp_info {
	const char *phase; /* RFC 1661, 3.2: "establish", "authenticate", "network", ... */
	const char *lcp, *ipcp; /* state names of RFC 1661, 4.2 */
	uint16_t peer_mru;
	char user[PPP_NAME_MAX + 1]; /* "" before authentication */
	char ident[128]; /* last LCP Identification text (RFC 1570), "" when none */
};
void ppp_info(const struct ppp *p, struct ppp_info *out);

#endif
