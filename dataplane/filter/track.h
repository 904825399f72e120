/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flows that the filter has admitted: each worker has a table of those that are its own. A flow is one entry for
 * both directions, found by one hash. The table is bounded and allocates nothing: flows end by their timeouts, which
 * lookups observe at once and a clock's hand after a while.
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

/* Two ends, the one with the lower address (as a number in network order; then the lower port) first. */
struct track_key {
	rte_be32_t addr[2];
	rte_be16_t port[2]; /* ICMP queries: both the identifier; 0 when it has none */
	uint8_t zone[2]; /* enum dp_zone: where the end is */
	uint8_t protocol;
	uint8_t zero;
};
static_assert(sizeof(struct track_key) == 16, "no padding: keys are compared as memory");

/* What a packet says of its flow. */
struct track_packet {
	struct track_key key;
	rte_be16_t src_port, dst_port; /* as they stand in it; 0 when it has none */
	bool error; /* ICMP's, about a packet of the flow: the key is that of what it quotes */
	uint8_t from; /* the index of the end that sent it; of an error: 0 */
	uint8_t tcp_flags;
	uint8_t icmp_type; /* of ICMP */
};

/*
 * Reads a whole IPv4 packet of len bytes whose header is sound and has no options, on its way from zone in to zone out.
 * False when it is too short for its ports, or is an ICMP error that quotes too little, or not a packet of the one it
 * goes to (RFC 5927, 4.1).
 */
bool track_read(const void *packet, size_t len, uint8_t in, uint8_t out, struct track_packet *to);

/* How far a flow has come; each has its timeout. */
enum track_state {
	TRACK_ONE_WAY, /* not TCP: no answer yet */
	TRACK_BOTH_WAYS, /* not TCP */
	TRACK_TCP_OPENING,
	TRACK_TCP_OPEN,
	TRACK_TCP_CLOSING, /* one FIN */
	TRACK_TCP_CLOSED, /* two FINs, or RST */
	TRACK_STATES,
};

struct track_flow {
	struct track_key key;
	uint32_t next; /* index of the next in its chain, or of the next free one; 0: none */
	uint32_t last_s; /* when the last packet came */
	uint32_t hash;
	uint16_t rule; /* that admitted it, for the filter to count */
	uint8_t state; /* enum track_state */
	uint8_t seen; /* TRACK_* below */
};
static_assert(sizeof(struct track_flow) == 32, "two flows a cache line");

#define TRACK_OPENER   1 /* the index of the end that sent the first packet */
#define TRACK_FIN(i)   (2u << (i)) /* from end i */
#define TRACK_ANSWERED 8 /* TCP that opens: the other end has said something */

struct track {
	struct track_flow *flow; /* index 0 is none */
	uint32_t *head; /* by hash: index of a chain's first */
	uint32_t mask; /* of head's index */
	uint32_t size; /* flows that there may be */
	uint32_t fresh; /* indices from here on were never used */
	uint32_t free; /* list of those that were */
	uint32_t hand;
	uint64_t secret[2]; /* so that nobody can choose keys of one chain */
	uint32_t timeout_s[TRACK_STATES];
	/* Read by control. */
	uint32_t used;
	uint64_t full, evicted; /* flows refused; flows without an answer that made room */
};

/* Room for `size` flows. Returns NULL when out of memory; track_free(NULL) is fine. */
struct track *track_new(uint32_t size, const uint64_t secret[2]);
void track_free(struct track *t);

/* Forgets all flows. */
void track_clear(struct track *t);

/* The flow of the key, if there is one that has not timed out, else NULL. */
struct track_flow *track_find(
	struct track *t, const struct track_key *key, uint32_t hash, uint32_t now_s);

/*
 * The same, or a new one that the packet begins, whose rule is the caller's to set. NULL when the table is full of flows
 * that live; counted then.
 */
struct track_flow *track_add(
	struct track *t, const struct track_packet *p, uint32_t hash, uint32_t now_s);

/* Notes a packet of the flow. */
void track_touch(struct track_flow *f, const struct track_packet *p, uint32_t now_s);

/* Moves the clock's hand over n flows, and frees those that have timed out. */
void track_age(struct track *t, uint32_t now_s, uint32_t n);

static inline uint32_t
track_hash(const struct track *t, const struct track_key *key)
{
	static_assert(sizeof(*key) == 16, "as keyed_hash() takes it");

	return (uint32_t)keyed_hash(t->secret, key);
}

/* Two steps towards track_find(), for several packets at a time. */
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
