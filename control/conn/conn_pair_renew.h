/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Renewal of a connection's ESP pairs, and their end in bytes: from the counters of the data plane.
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
	CONN_SPENT_MS =
		30000, /* that a pair is used beyond its kilobytes, while another is to come */
	/* A pair that was superseded, and on which nothing has come for so long, ends. */
	CONN_QUIET_MS = 60000,
	CONN_ACQUIRE_MS = 16000, /* between tries to get a pair when there is none */
};

/*
 * When we renew it, if the peer has not, or its kilobytes run out before; 0: never. On
 * timers->now_ms.
 */
uint64_t conn_pair_due_ms(const struct conn_pair *p);

/*
 * Something waits to be sent. If the session has no pair, as clients delete those that were idle
 * for some minutes, begins a new one; what waits is repeated by its owner, or lost.
 */
void conn_pair_acquire(struct conn *c);

/* Byte limits, and pairs whose confirmation was lost but that carry packets. */
void conn_pairs_sweep(struct conn *c);

#endif
