/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finds the ISAKMP SA of a message, and the connection of a peer; counts half-open SAs against
 * their limits. It ends nothing itself.
 */
#ifndef PEER_TABLE_H
#define PEER_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "ike.h"
#include "ip.h"
#include "list.h"

#define PEER_TABLE_BUCKETS 16384
#define PEER_TABLE_SOURCES 4096
#define PEER_TABLE_PRESSED 4 /* under pressure from this part of half_open_max on */

struct conn;
struct conn_ike;

struct peer_table {
	struct list by_cookie[PEER_TABLE_BUCKETS]; /* conn_ike by initiator cookie */
	/* Connections whose peer is known, by its outer address and port. */
	struct list by_end[PEER_TABLE_BUCKETS];
	uint32_t n;
	uint32_t half_open, half_open_max;
	uint32_t unanswered; /* of the half-open ones: their address may be spoofed */
	/* The half-open ones, the oldest first: unanswered, and those that returned our cookie. */
	struct list unanswered_sas, answered_sas;
	uint64_t evicted; /* half-open ones that were replaced */
	/* By a hash of the address; sources that collide share a limit. */
	uint32_t half_open_by_source[PEER_TABLE_SOURCES], per_source_max;
};

/* Limits of half-open SAs: of all sources, of one source. */
void peer_table_init(struct peer_table *t, uint32_t half_open_max, uint32_t per_source_max);

/* Counts as half open, unless it is ours. */
void peer_table_add(struct peer_table *t, struct conn_ike *ci);
void peer_table_remove(struct peer_table *t, struct conn_ike *ci);

/* The peer has returned our cookie, so its address is not spoofed. Idempotent. */
void peer_table_answered(struct peer_table *t, struct conn_ike *ci);

/* No longer half open: main mode is done. Idempotent. */
void peer_table_opened(struct peer_table *t, struct conn_ike *ci);

/*
 * By both cookies, if we know both; a responder cookie of zero (a repeated first message) also
 * needs the source that the first message had.
 */
struct conn_ike *peer_table_find(
	struct peer_table *t, const struct ike_header *h, const struct ip_end *remote);

/* Whether one more half-open SA from this source is within the limit for one source. */
bool peer_table_admits(const struct peer_table *t, const struct ip_end *remote);

/*
 * Whether so many half-open SAs are unanswered that a flood is likely. Then first messages are to
 * cost as little as possible: no connection if that can be, and no line in the log.
 */
bool peer_table_pressed(const struct peer_table *t);

/*
 * If the limit of half-open SAs is reached, the one to be replaced: the oldest unanswered one, or
 * else the oldest. Counts it; the caller ends it. NULL: there is room.
 */
struct conn_ike *peer_table_evict(struct peer_table *t);

/*
 * The connection's peer is identified (ike_id), or has moved: it is found by its address and port
 * from now on. Of several there with the same identity the first owns that end, until it closes or
 * moves.
 */
void peer_table_place(struct peer_table *t, struct conn *c);

/* The connection that sends to the end on the outbound SA; spi 0: on whichever. NULL: none does. */
struct conn *peer_table_sends_to(struct peer_table *t, const struct ip_end *end, be32 spi_out);

/*
 * The connection that a new ISAKMP SA of this identity at this end joins: the one that owns the
 * end, and did not stray there (conn.strayed). NULL: none.
 */
struct conn *peer_table_owner(struct peer_table *t, const struct ip_end *end, const char *ike_id);

#endif
