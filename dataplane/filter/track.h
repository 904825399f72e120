/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flows that the filter has accepted: each worker has a table of its own. A flow is one entry
 * for both directions, found by one hash. The table is bounded and does not allocate: flows time
 * out, which lookups notice at once and the clock's hand after a while.
 */
#ifndef TRACK_H
#define TRACK_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <rte_byteorder.h>
#include <rte_prefetch.h>

#include "keyed_hash.h"

/*
 * The two ends; the one with the lower address (as a number in network order; then the lower port)
 * comes first.
 */
struct track_key {
	rte_be32_t addr[2];
	rte_be16_t port[2]; /* ICMP queries: the identifier in both; 0: no ports */
	uint8_t zone[2]; /* enum dp_zone of the end */
	uint8_t protocol;
	uint8_t zero;
};
static_assert(sizeof(struct track_key) == 16, "no padding: keys are compared as memory");

/* What a packet tells about its flow. */
struct track_packet {
	struct track_key key;
	rte_be16_t src_port, dst_port; /* as in the packet; 0: none */
	bool error; /* an ICMP error about a packet of the flow; the key is the quoted packet's */
	uint8_t from; /* index of the end that sent it; 0 for an error */
	uint8_t tcp_flags;
	uint8_t icmp_type; /* of ICMP packets */
};

/*
 * Reads a whole IPv4 packet of len bytes, with a sound header without options, on its way from zone
 * in to zone out. False when it is too short for its ports, or an ICMP error that quotes too
 * little, or not a packet of the host that it is sent to (RFC 5927, 4.1).
 */
bool track_read(const void *packet, size_t len, uint8_t in, uint8_t out, struct track_packet *to);

/* States of a flow; each has its timeout. */
enum track_state {
	TRACK_ONE_WAY, /* not TCP: no answer yet */
	TRACK_BOTH_WAYS, /* not TCP: answered */
	TRACK_TCP_OPENING,
	TRACK_TCP_OPEN,
	TRACK_TCP_CLOSING, /* one FIN */
	TRACK_TCP_CLOSED, /* two FINs, or RST */
	TRACK_STATES,
};

struct track_flow {
	struct track_key key;
	/* Index of the next flow in the chain, or in the list of free ones; 0: none. */
	uint32_t next;
	uint32_t last_s; /* second of the last packet */
	uint32_t hash;
	uint16_t rule; /* index of the rule that accepted it, for counting */
	uint8_t state; /* enum track_state */
	uint8_t seen; /* TRACK_OPENER to TRACK_ANSWERED */
};
static_assert(sizeof(struct track_flow) == 32, "two flows a cache line");

#define TRACK_OPENER   1 /* index of the end that sent the first packet */
#define TRACK_FIN(i)   (2u << (i)) /* a FIN from end i */
#define TRACK_ANSWERED 8 /* opening TCP: the other end has sent something */

struct track {
	struct track_flow *flow; /* index 0 is none */
	uint32_t *head; /* by hash: index of the first flow of a chain */
	uint32_t mask; /* of the index of `head` */
	uint32_t size; /* capacity in flows */
	uint32_t fresh; /* indexes from here on were never used */
	uint32_t free; /* list of free ones below `fresh` */
	uint32_t hand;
	uint64_t secret[2]; /* prevents peers from choosing keys with the same hash */
	uint32_t timeout_s[TRACK_STATES];
	/* Read by control. */
	uint32_t used;
	uint64_t full, evicted; /* flows refused; unanswered flows that made room */
};

/* A table for `size` flows; NULL when out of memory. track_free() accepts NULL. */
struct track *track_new(uint32_t size, const uint64_t secret[2]);
void track_free(struct track *t);

/* Forgets all flows. */
void track_clear(struct track *t);

/* The flow of the key if it has not timed out, else NULL. */
struct track_flow *track_find(
	struct track *t, const struct track_key *key, uint32_t hash, uint32_t now_s);

/*
 * The same, or a new flow that the packet starts; the caller sets its rule. NULL, counted in
 * t->full, when the table is full of live flows.
 */
struct track_flow *track_add(
	struct track *t, const struct track_packet *p, uint32_t hash, uint32_t now_s);

/* Updates the flow's state for a packet of it. */
void track_touch(struct track_flow *f, const struct track_packet *p, uint32_t now_s);

/* Moves the clock's hand over n flows and frees those that have timed out. */
void track_age(struct track *t, uint32_t now_s, uint32_t n);

static inline uint32_t
track_hash(const struct track *t, const struct track_key *key)
{
	static_assert(sizeof(*key) == 16, "as keyed_hash() takes it");

	return (uint32_t)keyed_hash(t->secret, key);
}

/* Two steps ahead of track_find(), for several packets at a time. */
static inline void
track_prefetch_head(const struct track *t, uint32_t hash)
{
	rte_prefetch0(&t->head[hash & t->mask]);
}

static inline void
track_prefetch_flow(const struct track *t, uint32_t hash)
{
	rte_prefetch0(&t->flow[t->head[hash & t->mask]]);
}

#endif
