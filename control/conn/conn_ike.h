/* SPDX-License-Identifier: BSD-3-Clause */
/* The ISAKMP SAs of a connection, and the events of IKE. */
#ifndef CONN_IKE_H
#define CONN_IKE_H

#include <stdbool.h>
#include <stdint.h>

#include "ike.h"
#include "ip.h"
#include "list.h"
#include "reap.h"

struct conn;

enum {
	CONN_IKES_MAX = 8, /* ISAKMP SAs that are up; a further one ends the oldest */
};

/* How the peer is told that an ISAKMP SA has ended. */
enum conn_ike_end {
	CONN_IKE_SILENT, /* not at all */
	CONN_IKE_DELETE, /* DELETE, if it is up */
	CONN_IKE_FORGET, /* not at all; pairs that wait for QM3 end as well */
};

/* One ISAKMP SA of a connection; the argument of its events. */
struct conn_ike {
	struct list node; /* in conn.ikes */
	struct list hash_node; /* in the peer table */
	struct list open_node; /* among the half-open ones */
	struct reap reap;
	struct conn *conn;
	struct ike_sa *sa; /* NULL when it ended by itself, and so is dead */
	struct ip_end local, remote;
	struct ip_end begun; /* where message 1 came from */
	uint8_t icookie[8], rcookie[8];
	bool dead; /* freed at the end of the turn, and in no table */
	enum conn_ike_end end;
	bool ours; /* begun by us */
	bool up;
	bool half_open; /* counts against the limits (peer_table.h) */
	bool answered; /* with our cookie: its address is not spoofed */
	bool initial_contact; /* received before main mode was done */
	uint64_t up_ms;
	uint64_t expires_ms; /* 0 before it is up */
	unsigned in_vain; /* unanswered quick modes of ours in a row */
};

extern const struct ike_events conn_ike_events;

/* An ISAKMP SA of the connection for a first message. NULL when out of memory. */
struct conn_ike *conn_ike_new(struct conn *c);

/* Begins main mode with the peer. */
void conn_ike_begin(struct conn *c, const struct ike_peer *peer);

/*
 * Marks it dead; at the end of the turn the peer is notified and the SA freed. Idempotent.
 */
void conn_ike_end(struct conn_ike *ci, enum conn_ike_end how);

/*
 * The newest one of the connection, or the next older one; NULL: no more. Skips the dead.
 */
struct conn_ike *conn_ike_next(const struct conn *c, const struct conn_ike *ci);

#define CONN_IKES_FOREACH(ci, c) \
	for (struct conn_ike *ci = conn_ike_next(c, NULL); ci != NULL; ci = conn_ike_next(c, ci))

/* Whether an ISAKMP SA of the connection is up. */
bool conn_ikes_up(const struct conn *c);

/* Ends all ISAKMP SAs of the connection. */
void conn_ikes_end(struct conn *c, enum conn_ike_end how);

/* The peer has moved to `remote`. */
void conn_ikes_move(struct conn *c, const struct ip_end *remote);

/* The peer is alive: it has sent ESP. */
void conn_ikes_heard(struct conn *c);

/* Sends DELETE for an inbound SPI on an SA that is up, if there is one. */
void conn_ikes_delete_esp(struct conn *c, be32 spi_in);

#endif
