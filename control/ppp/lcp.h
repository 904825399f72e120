/* SPDX-License-Identifier: BSD-3-Clause */
/* LCP: the options of the link (RFC 1661, 6; RFC 1570), echoes. */
#ifndef LCP_H
#define LCP_H

#include "ppp_fsm.h"

enum {
	LCP_MAX_LOOPS = 5, /* own magic numbers received after which the link is looped back */
	/*
	 * An unanswered echo is repeated after this fraction of the interval, within these bounds.
	 */
	LCP_ECHO_PART = 10,
	LCP_ECHO_MIN_MS = 250,
	LCP_ECHO_MAX_MS = 3000,
};

struct lcp {
	struct ppp_cp cp;
	bool ask_mru; /* our request has the option */
	uint16_t mru; /* ours, bytes */
	uint32_t magic; /* ours; 0: the peer rejects the option */
	unsigned auth_naks;
	unsigned loops;
	/* What the peer's request asks for. */
	uint16_t peer_mru; /* bytes */
	bool pfc, acfc;
	char ident[128]; /* of its last Identification */
	struct timer echo;
	uint64_t heard_ms; /* when the peer was last heard, monotonic */
	uint64_t asked_ms; /* first echo after that, monotonic */
	unsigned unanswered; /* echoes since then */
	bool echo_off; /* the peer rejects the code */
	struct rd echo_data; /* of the current Echo-Request; bad if there is none */
};

void lcp_init(struct ppp *p);
void lcp_stop(struct ppp *p);

/* The peer was heard. */
void lcp_heard(struct ppp *p);

/* Sends an echo in addition to those that are due, if LCP is open. */
void lcp_ask(struct ppp *p);

/* Sends Protocol-Reject. */
void lcp_protocol_reject(struct ppp *p, uint16_t protocol, struct rd data);

#endif
