/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Renews and ends the ESP pairs of a connection, by the counters of the data plane.
 */
#ifndef CONN_PAIR_RENEW_H
#define CONN_PAIR_RENEW_H

#include <stdint.h>

struct conn;
struct conn_pair;

enum {
	/*
	 * A pair is renewed by us when only this part of its kilobytes is left, or what the present
	 * rate takes in so many seconds, or when only so many sequence numbers are left.
	 */
	CONN_REKEY_KB_PART = 10,
	CONN_REKEY_KB_S = 20,
	CONN_REKEY_PACKETS = 0xc000000,
	/* A pair is used for so long beyond its kilobytes while the peer makes no other. */
	CONN_SPENT_MS = 30000,
	/* A superseded pair that has received nothing for so long ends. */
	CONN_QUIET_MS = 60000,
	CONN_ACQUIRE_MS = 16000, /* between attempts to get a pair when there is none */
};

/*
 * When the gateway renews it, unless the peer does before or its kilobytes run out, as
 * timers->now_ms; 0: never.
 */
uint64_t conn_pair_due_ms(const struct conn_pair *p);

/*
 * There is something to send: if the session has no pair, as clients delete idle ones, begins a new
 * one. What is to be sent is lost, unless its owner repeats it.
 */
void conn_pair_acquire(struct conn *c);

/* Checks limits in bytes, and confirms pairs that carry packets. */
void conn_pairs_sweep(struct conn *c);

#endif
