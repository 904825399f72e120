/* SPDX-License-Identifier: BSD-3-Clause */
/* struct ppp, as the files of ppp/ see it. */
#ifndef PPP_INTERNAL_H
#define PPP_INTERNAL_H

#include "chap.h"
#include "ipcp.h"
#include "lcp.h"
#include "log.h"
#include "ppp_fsm.h"
#include "wire/ppp.h"

enum {
	PPP_PACKET_MAX = PPP_FRAME_MAX - 4, /* without address, control and protocol */
	PPP_REPLY_MAX = PPP_PACKET_MAX - PPP_HEADER,
	PPP_TEXT_MAX = 96,
	PPP_MRU_DEFAULT = 1500, /* RFC 1661, 6.1 */
	PPP_MRU_MIN = 128, /* a smaller one is of no use */
	PPP_FREE_LINES = 100, /* log lines of a link before they are limited */
};

enum ppp_phase { /* RFC 1661, 3.2 */
	PPP_DEAD,
	PPP_ESTABLISH,
	PPP_AUTHENTICATE,
	PPP_NETWORK,
	PPP_TERMINATE,
};

struct ppp {
	struct ppp_config config;
	struct timers *timers;
	struct ppp_events ev;
	void *arg;
	char who[64];
	enum ppp_phase phase;
	bool over; /* `down` was reported: no events after it */
	enum ppp_why why; /* of phase terminate */
	char text[PPP_TEXT_MAX];
	char user[PPP_NAME_MAX + 1];
	unsigned lines; /* log lines, up to PPP_FREE_LINES */
	struct log_limit limit;
	struct lcp lcp;
	struct chap chap;
	struct ipcp ipcp;
};

/* Sends a frame: address, control and protocol, then the packet. */
void ppp_send(struct ppp *p, uint16_t protocol, const void *packet, size_t len);

/* Writes a packet in the format of LCP and sends it. */
void ppp_send_packet(
	struct ppp *p, uint16_t protocol, uint8_t code, uint8_t id, const void *data, size_t len);

/* Ends the link in order: Terminate-Request, then `down`. The first reason counts. */
void ppp_terminate(struct ppp *p, enum ppp_why why, const char *text);

/* The link has ended: reports `down`. */
void ppp_end(struct ppp *p, enum ppp_why why, const char *text);
void ppp_set_phase(struct ppp *p, enum ppp_phase phase);

/* The peer is authenticated: enters the network phase. */
void ppp_authenticated(struct ppp *p);

/* Whether another line that the peer causes may be logged. */
bool ppp_may_log(struct ppp *p);

/* Bytes of the longest packet that may be sent to the peer, from its code on. */
size_t ppp_room(const struct ppp *p);

/* Copies the peer's text if it is printable, else "". True if it is printable. */
bool ppp_copy_text(char *out, size_t size, struct rd data);

#endif
