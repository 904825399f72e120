/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The gateway's end of a PPP session: LCP (RFC 1661), MS-CHAPv2 as authenticator (RFC 2759), IPCP
 * (RFC 1332, 1877). The module is pure: frames and time in, frames and events out.
 */
#ifndef PPP_H
#define PPP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/mschap.h"
#include "ip.h"
#include "timer.h"

#define PPP_FRAME_MAX 1504 /* bytes of the longest control frame, with address and control */
#define PPP_NAME_MAX  255 /* bytes of a user name (RFC 1994, 4.1 has no limit of its own) */

struct ppp_config {
	uint16_t mru; /* bytes; announced: the largest packet that we accept from the peer */
	uint16_t mtu; /* bytes; the largest packet that we send, whatever MRU the peer announces */
	char name[64]; /* our name in CHAP challenges */
	uint32_t echo_s; /* silence before an LCP echo; 0: none */
	uint32_t echo_max; /* intervals of echo_s without an answer after which the link is dead */
	unsigned auth_tries; /* wrong passwords after which the link ends; >= 1 */
};

/* A CHAP Response that the owner judges. */
struct ppp_auth {
	char user[PPP_NAME_MAX + 1]; /* as received: may have DOMAIN\ and control characters */
	uint8_t challenge[MSCHAP_CHALLENGE_LEN];
	uint8_t response[MSCHAP_RESPONSE_LEN];
};

enum ppp_verdict {
	PPP_AUTH_OK,
	PPP_AUTH_WRONG, /* unknown user or wrong password: E=691 */
	PPP_AUTH_DISABLED, /* E=647, no retry */
	PPP_AUTH_BUSY, /* no more sessions for this user, or no address: E=649, no retry */
};

/* Addresses for IPCP, network order. */
struct ppp_net {
	be32 local; /* ours */
	be32 peer; /* the lease */
	be32 dns[2]; /* 0: none */
};

/* What IPCP and LCP have negotiated. */
struct ppp_link {
	struct ppp_net net;
	uint16_t mtu; /* bytes of the largest packet to send: our mtu or the peer's smaller MRU */
	bool pfc, acfc; /* the peer accepts these compressions (RFC 1661, 6.5 and 6.6) */
};

/* Why the link ended. */
enum ppp_why {
	PPP_WHY_PEER, /* Terminate-Request from the peer */
	PPP_WHY_AUTH, /* the peer failed to authenticate */
	PPP_WHY_NEGOTIATE, /* no agreement on options, or no answer */
	PPP_WHY_ECHO, /* the peer does not answer echoes */
	PPP_WHY_LOOP, /* our own magic number was received */
	PPP_WHY_NO_ADDRESS,
	PPP_WHY_LOCAL, /* the owner called ppp_close() */
};

/* A phrase for the log. */
const char *ppp_why_str(enum ppp_why why);

struct ppp_events {
	/* Sends a frame: ff 03, protocol, data. */
	void (*send)(void *arg, const uint8_t *frame, size_t len);
	/* The owner judges a Response, and calls ppp_auth_done() now or later. */
	void (*auth)(void *arg, const struct ppp_auth *auth);
	/*
	 * The peer is authenticated: the owner provides addresses. Returns 0; -EAGAIN if the owner
	 * calls ppp_address_ready() later; another negative errno refuses the peer.
	 */
	int (*address)(void *arg, struct ppp_net *net);
	/*
	 * The peer has its address: packets may flow. Comes again when IPCP is open, and after each
	 * renegotiation.
	 */
	void (*up)(void *arg, const struct ppp_link *link);
	/* The link has ended. The last event. text has details of the reason, or is "". */
	void (*down)(void *arg, enum ppp_why why, const char *text);
};

struct ppp;

/* `who` names the connection in log lines and is copied. NULL if out of memory. */
struct ppp *ppp_new(const struct ppp_config *config, struct timers *timers,
	const struct ppp_events *events, void *arg, const char *who);
void ppp_set_who(struct ppp *p, const char *who);

/* The lower layer is up: LCP begins. */
void ppp_open(struct ppp *p);

/* Processes a control frame, with or without ff 03, with one or two bytes of protocol. Drops IP. */
void ppp_input(struct ppp *p, const uint8_t *frame, size_t len);

/* Answers an `auth` event. auth_response is "S=..." for PPP_AUTH_OK, else ignored. */
void ppp_auth_done(struct ppp *p, enum ppp_verdict verdict, const char *auth_response);

/* An address is available after -EAGAIN: calls `address` again. */
void ppp_address_ready(struct ppp *p);

/*
 * Sends Terminate-Request; `down` with PPP_WHY_LOCAL follows when it is acknowledged or given up.
 */
void ppp_close(struct ppp *p, const char *text);

/* Data of the peer was received at timers->now_ms: postpones the next echo. */
void ppp_heard(struct ppp *p);

/* Sends an LCP echo now, if LCP is open. A peer that is alive answers it, or rejects it. */
void ppp_ask(struct ppp *p);

/* When the peer was last heard, on the clock of timers->now_ms. */
uint64_t ppp_heard_ms(const struct ppp *p);

/* Frees p, but not inside an event. Sends nothing; no events. */
void ppp_free(struct ppp *p);

struct ppp_info {
	const char *phase; /* RFC 1661, 3.2: "establish", "authenticate", "network", ... */
	const char *lcp, *ipcp; /* state names of RFC 1661, 4.2 */
	uint16_t peer_mru; /* bytes */
	char user[PPP_NAME_MAX + 1]; /* "" before authentication */
	char ident[128]; /* text of the last LCP Identification (RFC 1570); "" if there is none */
};
void ppp_info(const struct ppp *p, struct ppp_info *out);

#endif
