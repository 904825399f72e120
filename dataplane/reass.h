/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reassembly of packets that the gateway itself must see whole, by librte_ip_frag (RFC 791, 3.2).
 * What strangers can make a worker hold is bounded: a full table gives up what has waited longest,
 * so a flood of R fragments per second leaves each packet REASS_HELD_MAX / R seconds to arrive.
 * Overlapping fragments are never reassembled (RFC 5722 gives the reasons).
 */
#ifndef REASS_H
#define REASS_H

#include "worker.h"

#define REASS_HELD_MAX   1024 /* fragments that a worker holds */
#define REASS_PACKET_MAX DP_PACKET_MAX /* bytes of a packet with its header; at most 8 fragments */
#define REASS_LIFE_MS    3000 /* from a packet's first fragment until it is given up */
#define REASS_TAIL       128 /* bytes behind a reassembled packet for what later stages append */

struct reass;

/* A worker's table; NULL when out of memory. tsc_hz: frequency of the clock of w->now_tsc. */
struct reass *reass_new(uint64_t tsc_hz);

/* Frees the table with its fragments. r may be NULL. */
void reass_free(struct reass *r);

/*
 * Takes a fragment, data at its IPv4 header, which is sound and has no options. from: its network,
 * with the Ethernet header still in front of the data; or DP_CLIENT, out of a session. Returns the
 * complete packet in one segment, with the header of a packet that was never fragmented; or NULL
 * when the fragment was kept, handed to the worker that reassembles it, or dropped.
 */
struct rte_mbuf *reass_in(struct worker *w, struct rte_mbuf *m, unsigned from);

/* Gives up packets that have waited too long. Call it every few milliseconds. */
void reass_sweep(struct worker *w);

/* Adds the table's counters to *sum. Callable from any thread. */
void reass_stats_add(const struct reass *r, struct dp_reass_stats *sum);

#endif
