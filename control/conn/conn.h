/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A connection: one client with its ISAKMP SAs, ESP pairs, L2TP tunnel, PPP link and lease. Each
 * conn_*.h declares the part of one layer.
 */
#ifndef CONN_H
#define CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "dp.h"
#include "ike.h"
#include "ip.h"
#include "l2tp.h"
#include "list.h"
#include "reap.h"
#include "timer.h"

struct clients;
struct conn_asked;
struct conn_ppp;
struct segment;
struct user;

enum {
	CONN_CLOSE_MS = 3000, /* for an orderly end of L2TP and PPP */
	CONN_NO_PAIR_MS = 60000, /* without ESP pairs: the peer may make one */
	CONN_NO_TUNNEL_MS = 60000, /* without an L2TP tunnel: the peer may redial */
	CONN_SWEEP_MS = 1000, /* between checks of the data plane's counters */
	/*
	 * The gateway renews an SA without a successor this part of its life before its end, but no
	 * earlier than so many ms before, to leave it to the peer first.
	 */
	CONN_REKEY_PART = 3,
	CONN_REKEY_MS = 60000,
	CONN_REKEY_AGAIN_MS = 25000, /* between attempts, which take no longer */
};

/* What a connection waits for, with a deadline. */
enum conn_idle {
	CONN_IDLE_NONE,
	CONN_IDLE_NO_PAIR,
	CONN_IDLE_NO_TUNNEL,
	CONN_IDLE_CLOSING,
};

struct conn {
	struct list node; /* in clients.conns */
	struct list peer_node; /* in the peer table once its peer is known */
	struct list want_node; /* in clients.wanting */
	struct reap reap;
	struct clients *clients;
	uint32_t id;
	char who[64]; /* "conn 17 10.0.0.1" */
	struct ip_end local, remote;
	bool closing; /* ending in order: nothing new begins */
	bool dead; /* taken apart; freed at the end of the turn */
	/* Its address may be spoofed, in a flood: its log lines are limited. */
	bool hushed;
	struct timer idle; /* no pair, no tunnel, or closing for too long */
	enum conn_idle idle_for;
	char *why; /* why it closes; NULL until then */

	/* IKE (conn_ike.h). */
	struct list ikes; /* newest first; includes the dead */
	unsigned n_ikes; /* without the dead */
	char ike_id[IKE_ID_STR_LEN];
	const char *client; /* kind, from vendor IDs */
	bool nat_us; /* the gateway is behind a NAT: send keepalives */
	uint64_t kept_ms; /* when the last one was sent */
	struct ike_peer *last_peer; /* of the last ISAKMP SA, while there is none; or NULL */
	uint64_t renewed_ms; /* when we last began main mode */
	struct ip_end place; /* where the peer table has it */
	/* Main mode ended at another address than it began, which anyone with the key can claim. */
	bool strayed;

	/* ESP (conn_pair.h). */
	struct list pairs; /* newest first; includes the dead */
	unsigned n_pairs; /* without the dead */
	unsigned worker; /* that owns its pairs and its session */
	const struct esp_suite *suite; /* of the last pair; NULL: there was none */
	uint64_t acquired_ms; /* when the peer was last asked for a pair; 0: never */

	/* The session of the data plane (conn_session.h). */
	uint32_t sid; /* DP_SID_NONE before the first pair */
	struct dp_sess sess; /* as published */
	bool unpublished; /* for want of memory; it is tried again */
	uint16_t link_mtu; /* as PPP negotiated it; sess.mtu is what fits the path as well */
	uint16_t path_mtu; /* of the way to the peer, from the outer header on; 0: the WAN port's */
	uint64_t path_until_ms; /* when path_mtu expires */
	bool up; /* packets flow */
	uint64_t up_ms;
	uint64_t heard_packets; /* up_packets at the last sweep */
	uint64_t sent_packets; /* down_packets at the last sweep */

	/* L2TP and PPP (conn_l2tp.h, conn_ppp.h). */
	struct l2tp *l2tp; /* NULL before the first message */
	struct l2tp_ids ids;
	struct conn_ppp *link; /* NULL: there is no PPP link */

	/* From authentication on. */
	struct user *user; /* held; NULL before */
	struct conn_asked *asked; /* waits for the user's other sessions (conn_auth.c); or NULL */
	struct segment *segment; /* that the user joins; NULL before authentication */
	be32 lease; /* of the segment; 0: none */
};

/* A connection for a new ISAKMP SA from a peer; NULL when out of memory. */
struct conn *conn_new(struct clients *cs, const struct ip_end *local, const struct ip_end *remote);

/* Ends it in order: PPP and L2TP say goodbye, then DELETEs are sent. Idempotent. */
void conn_close(struct conn *c, const char *why_fmt, ...) __attribute__((format(printf, 2, 3)));

/* Ends it at once, and sends DELETEs if `tell`. Freed at the end of the turn. Idempotent. */
void conn_finish(struct conn *c, bool tell, const char *why_fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Whether a line about the connection may be logged; those of hushed ones share a limit. */
bool conn_may_log(struct conn *c);

/* The peer has moved to another address or port of its NAT, authenticated (RFC 3947). */
void conn_move(struct conn *c, const struct ip_end *remote);

/* Ends the connection if it has no SA left, and sets the deadline of what it waits for. */
void conn_check_idle(struct conn *c);

/* Every CONN_SWEEP_MS: takes signs of life and byte limits from the data plane's counters. */
void conn_sweep(struct conn *c);

/* Why it closes, "" until then. */
const char *conn_why(const struct conn *c);

/* The user's name, "" before authentication. */
const char *conn_user(const struct conn *c);

/* Its state for the operator: "ike", "esp", "tunnel", "link", "up", "closing". */
const char *conn_phase(const struct conn *c);

/* When the gateway renews an SA that began then and lives so long, unless the peer does. */
uint64_t conn_due_ms(uint64_t begun_ms, uint64_t life_ms);

#endif
