/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the ISAKMP SA that a message is for, and limits what unauthenticated peers can make us hold. */
#ifndef PEER_TABLE_H
#define PEER_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "ike.h"
#include "ip.h"
#include "list.h"

#define PEER_BUCKETS 16384
#define PEER_PRESSED 4 /* this part of limits.half_open */

struct conn;
struct conn_ike;
struct gateway;

struct peer_table {
	struct list bucket[PEER_BUCKETS]; /* conn_ike by initiator cookie */
	struct list by_end[PEER_BUCKETS]; /* connections whose peer is known, by its outer end */
	uint32_t n;
	uint32_t half_open;
	uint32_t unanswered; /* of these, whose address may be made up */
	/* conn_ike, the oldest first: of addresses that may be made up, and of those that have our cookie. */
	struct list half_opens, answering;
	uint64_t evicted; /* half-open ones that made room for others */
	uint32_t half_open_by_source
		[4096]; /* by a hash of the address; collisions only share a limit */
};

void peer_init(struct peer_table *t);
/* Half open, unless it is ours. */
void peer_add(struct peer_table *t, struct conn_ike *ci);
void peer_remove(struct peer_table *t, struct conn_ike *ci);

/* No longer half open: main mode is done. Idempotent. */
void peer_opened(struct peer_table *t, struct conn_ike *ci);

/*
 * By both cookies, if we know both; a responder cookie of zero (a repeated first message) also needs the source that
 * the first message had.
 */
struct conn_ike *peer_find(
	struct peer_table *t, const struct ike_header *h, const struct ip_end *remote);

/* Whether one more half-open SA from this source is within the limit for one source. */
bool peer_admit(const struct gateway *gw, const struct ip_end *remote);

/*
 * So many addresses have not answered that a flood is likely, and first messages are to cost as little as they
 * can: no connection where that is possible, no line in the log.
 */
bool peer_pressed(const struct gateway *gw);

/* A message with both cookies came for it: its source is where it says. Idempotent. */
void peer_answered(struct peer_table *t, struct conn_ike *ci);

/*
 * Makes room among the half-open SAs of all sources: the oldest one goes, of those first that have never answered.
 * Made-up addresses never do: with N places, a flood of R a second leaves each client N/R seconds for
 * one round trip, and then the whole of main mode's time.
 */
void peer_make_room(struct gateway *gw);

/*
 * The connection's peer is known (ike_id), or has moved: it is found by its end from now on. It is unsure if another with
 * the same identity is there, as far as peer_older() knows.
 */
void peer_place(struct gateway *gw, struct conn *c);

/* The connection that sends to the end on the outbound SA; spi 0: on whichever. NULL: none does. */
struct conn *peer_sends_to(struct gateway *gw, const struct ip_end *end, be32 spi_out);

/* Another connection of the same peer (outer address and port, identity) that is sure and not closing, or NULL. */
struct conn *peer_older(struct gateway *gw, const struct conn *c);

/* The worker that owns the fewest sessions. */
unsigned peer_choose_owner(const struct gateway *gw);

#endif
