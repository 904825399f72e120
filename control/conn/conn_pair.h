/* SPDX-License-Identifier: BSD-3-Clause */
/* The ESP pairs of a connection: made by IKE, put into use, ended. */
#ifndef CONN_PAIR_H
#define CONN_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "dp.h"
#include "esp_suite.h"
#include "ike.h"
#include "ip.h"
#include "list.h"
#include "reap.h"
#include "timer.h"

struct conn;

enum {
	CONN_PAIRS_MAX = 6, /* ESP pairs at a time; a further one ends the oldest */
	CONN_ENDING_MS = 5000, /* packets in flight when an SA ended are still accepted */
};

enum conn_pair_state {
	CONN_PAIR_NEXT, /* inbound works; the peer has not confirmed yet */
	CONN_PAIR_CURRENT, /* we send on it */
	CONN_PAIR_PREVIOUS, /* both work; inbound is for packets in flight and slow peers */
	CONN_PAIR_ENDING, /* inbound works for CONN_ENDING_MS; there is another pair */
};

/* Two ESP SAs made by one quick mode. */
struct conn_pair {
	struct list node; /* in conn.pairs */
	struct reap reap;
	struct conn *conn;
	bool dead; /* retired from the data plane; freed at the end of the turn */
	enum conn_pair_state state;
	be32 spi_in, spi_out;
	const struct esp_suite *suite;
	struct sa_out *out; /* NULL when it is ending */
	be16 peer_port; /* the peer's UDP port inside ESP; 0: any */
	bool udp_encap;
	struct ip_end remote; /* where the worker sends, as of the last sweep */
	uint64_t rekeyed_ms; /* when we last began a new pair in its place; 0: never */
	uint64_t heard_packets; /* inbound, at the last sweep */
	uint64_t heard_ms; /* when that last grew, or when the pair was superseded */
	uint64_t used_bytes; /* of the busier direction, at the last sweep */
	uint64_t created_ms;
	uint64_t spent_ms; /* when its kilobytes were used up; 0: not yet */
	uint32_t life_s; /* 0: no limit */
	uint64_t life_kb; /* 0: no limit */
	struct timer expire;
};

/* --- events of IKE that are about pairs (ike.h); arg is the struct conn_ike ------------------- */

be32 conn_pair_spi_take(void *arg, struct ike_sa *sa);
void conn_pair_spi_release(void *arg, struct ike_sa *sa, be32 spi);
int conn_pair_new(void *arg, struct ike_sa *sa, const struct ike_child *child);
void conn_pair_up(void *arg, struct ike_sa *sa, be32 spi_in);
void conn_pair_gone(void *arg, struct ike_sa *sa, be32 spi_in);
void conn_pair_deleted(void *arg, struct ike_sa *sa, be32 spi_out);

/* --- finding: dead pairs are skipped ---------------------------------------------------------- */

/* The newest one of the connection, or the next older one; NULL: no more. */
struct conn_pair *conn_pair_next(const struct conn *c, const struct conn_pair *p);

#define CONN_PAIRS_FOREACH(p, c) \
	for (struct conn_pair *p = conn_pair_next(c, NULL); p != NULL; p = conn_pair_next(c, p))

struct conn_pair *conn_pair_find(const struct conn *c, be32 spi_in);

/* The pair that we send on, or NULL. */
struct conn_pair *conn_pair_current(const struct conn *c);

/* The newest that is not ending, or NULL. */
struct conn_pair *conn_pair_newest(const struct conn *c);

/* --- use and end ------------------------------------------------------------------------------ */

/* The peer has the pair: we send on it, unless there is a newer one that the peer has. */
void conn_pair_confirm(struct conn_pair *p);

/*
 * Sends DELETE for the pair if an ISAKMP SA is up, and sends nothing more on it. Packets in flight
 * are accepted for CONN_ENDING_MS; when the last pair ends, all end at once.
 */
void conn_pair_delete(struct conn_pair *p);

/* Ends all pairs, and sends DELETE for them on an SA that is up if `tell`. */
void conn_pairs_end(struct conn *c, bool tell);

/* The peer has moved to `remote`: ESP is sent there as well. */
void conn_pairs_move(struct conn *c, const struct ip_end *remote);

#endif
