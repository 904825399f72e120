/* SPDX-License-Identifier: BSD-3-Clause */
/* MS-CHAPv2 as authenticator (RFC 1994, 4; RFC 2759, 3 to 6). */
#ifndef CHAP_H
#define CHAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ppp.h"
#include "rdwr.h"

enum {
	CHAP_RETRY_MS = 60000, /* for the user to type another password */
	CHAP_SUCCESS_MS = 1000, /* between Successes, until the peer shows that it has one */
	/* Between Failures, until the peer tries again or ends the link; and their number. */
	CHAP_FAILED_MS = 1000,
	CHAP_FAILURES = 4,
};

enum chap_state {
	CHAP_IDLE,
	CHAP_CHALLENGED,
	CHAP_JUDGING, /* the owner judges the Response */
	CHAP_RETRY, /* it was wrong, the peer may try again */
	CHAP_FAILED, /* it was the last wrong one: the link ends when the peer knows */
	CHAP_DONE,
};

struct chap {
	enum chap_state state;
	struct timer timer;
	uint8_t id;
	uint8_t challenge[MSCHAP_CHALLENGE_LEN];
	unsigned sent; /* how many times the Challenge or the answer was sent */
	unsigned wrong; /* passwords, over the life of the link */
	/*
	 * The Response that was judged last, to recognize retransmissions. NULL: there is none, or
	 * it was right, and its ID is enough.
	 */
	struct ppp_auth *response;
	uint8_t response_id;
	/* Our answer to it. */
	size_t answer_len;
	uint8_t *answer;
	const char *reason; /* of the final Failure, a constant; NULL: none */
};

void chap_init(struct ppp *p);

/* Authenticates the peer, from the first Challenge. */
void chap_begin(struct ppp *p);
void chap_stop(struct ppp *p);
void chap_free(struct ppp *p);

/* Processes a packet, which begins with its code. */
void chap_input(struct ppp *p, struct rd packet);

/* The owner's verdict on a Response. */
void chap_done(struct ppp *p, enum ppp_verdict verdict, const char *auth_response);

/* Why authentication has finally failed; NULL if it has not. */
const char *chap_failed(const struct ppp *p);

/* The peer sends a network protocol: it has received our Success. */
void chap_network_heard(struct ppp *p);

#endif
