/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fragments of packets that the gateway itself must read whole, put together by librte_ip_frag (RFC 791, 3.2). What
 * strangers can make a worker hold is bounded: when it is full, what has waited longest makes room, so that a
 * flood of R fragments a second leaves each packet REASS_HELD_MAX / R seconds to arrive. Overlaps are never
 * put together (RFC 5722 says why).
 */
#ifndef REASS_H
#define REASS_H

#include "worker.h"

#define REASS_HELD_MAX 1024 /* fragments that a worker holds */
#define REASS_PACKET_MAX \
	DP_PACKET_MAX /* bytes of a packet with its header; of 8 fragments at most */
#define REASS_LIFE_MS 3000 /* for all of a packet to arrive, from its first one on */
#define REASS_TAIL    128 /* bytes behind a packet that is whole, for what later stages append */

struct reass;

/* A worker's table; NULL when out of memory. tsc_hz: of the clock of w->now_tsc. */
struct reass *reass_new(uint64_t tsc_hz);

/* Frees the fragments too. NULL is fine. */
void reass_free(struct reass *r);

/*
 * Takes a fragment, data at its IPv4 header, which is sound and has no options. From where it came: its network, and the
 * Ethernet header still stands before the data; DP_CLIENT: out of a session. Returns the packet when it is whole, in one
 * segment, its header as if it had never been in fragments; NULL when the fragment is kept, handed to the worker
 * whose it is, or dropped.
 */
struct rte_mbuf *reass_in(struct worker *w, struct rte_mbuf *m, unsigned from);

/* Gives up what has waited too long. To be called every few milliseconds. */
void reass_sweep(struct worker *w);

/* Adds the table's counters to *sum. From any thread. */
void reass_stats_add(const struct reass *r, struct dp_reass_stats *sum);

#endif
