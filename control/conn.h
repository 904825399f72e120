/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A connection: one client with its ISAKMP SAs, its ESP pairs, its L2TP tunnel, its PPP link and its lease.
 * The only module that knows all layers. conn.c holds its life, conn_esp.c what IKE tells it,
 * conn_link.c what L2TP and PPP tell it.
 */
#ifndef CONN_H
#define CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "dp.h"
#include "icmp.h"
#include "ike.h"
#include "ip.h"
#include "l2tp.h"
#include "list.h"
#include "ppp.h"
#include "timer.h"

struct gateway;

enum {
	CONN_PAIRS_MAX = 4, /* ESP pairs at one time; a fifth retires the oldest */
	CONN_CLOSE_MS = 3000, /* for the goodbyes of L2TP and PPP */
	CONN_NO_PAIR_MS = 60000, /* an ISAKMP SA without ESP: the peer may come back to it */
	CONN_NO_TUNNEL_MS = 60000, /* ESP without a tunnel: the peer may redial */
	CONN_KB_MARGIN_PERCENT = 10, /* over an SA's byte limit, for the peer's own rekey to come */
	CONN_KEEPALIVE_MS = 20000, /* RFC 3948, 4 */
	CONN_REKEY_PART =
		6, /* a pair without a successor is renewed by us this part of its life before its end, */
	CONN_REKEY_MS = 60000, /* but no sooner than this before: the peer's own is to come first */
	CONN_REKEY_AGAIN_MS = 20000, /* between tries */
	CONN_SWEEP_MS = 1000, /* between looks at the counters of the data plane */
};

/* One ISAKMP SA of a connection; the argument of its events. */
struct conn_ike {
	struct list node; /* in conn.ikes */
	struct list hash_node; /* in the peer table (peer.h) */
	struct list open_node; /* among the half-open ones */
	struct conn *conn;
	struct ike_sa *sa;
	struct ip_end local, remote;
	uint8_t icookie[8], rcookie[8];
	bool up;
	uint64_t up_ms;
	bool initial_contact; /* said before main mode was done */
	bool nat_us; /* the gateway is behind a NAT, which is to be kept awake */
	uint64_t kept_ms; /* when that was last done */
	bool half_open; /* counts against the limits (peer.h) */
	bool answered; /* with our cookie: its address is not made up */
};

enum conn_pair_state {
	CONN_PAIR_NEXT, /* inbound works; the peer has not confirmed yet */
	CONN_PAIR_CURRENT, /* we send on it */
	CONN_PAIR_PREVIOUS, /* inbound works, for packets in flight and slow peers */
};

/* Two ESP SAs made by one quick mode. */
struct conn_pair {
	struct list node; /* in conn.pairs, newest first */
	struct conn *conn;
	enum conn_pair_state state;
	be32 spi_in, spi_out;
	const struct esp_suite *suite;
	struct sa_out *out;
	be16 peer_port;
	bool udp_encap;
	struct ip_end remote; /* where the worker sends, as of the last sweep */
	uint64_t rekeyed_ms; /* when we last began a new pair in its place */
	uint64_t heard_packets; /* inbound, at the last sweep */
	uint64_t created_ms;
	uint32_t life_s;
	uint64_t life_kb;
	struct timer expire;
};

struct conn {
	struct list node; /* in gateway.conns, or gateway.dead */
	struct list peer_node; /* in the peer table once its peer is known (peer.h) */
	struct gateway *gw;
	uint32_t id;
	char who[64]; /* "conn 17 10.0.0.1" */
	struct ip_end local, remote;
	char ike_id[IKE_ID_STR_LEN];
	const char *client; /* kind, from vendor IDs */
	struct list ikes;
	struct list pairs;
	unsigned n_pairs;
	unsigned worker;
	uint32_t sid; /* DP_SID_NONE before the first pair */
	struct dp_sess sess; /* as published */
	uint16_t link_mtu; /* as PPP negotiated it; sess.mtu is what fits the path as well */
	uint16_t
		path_mtu; /* of the way to the peer, from the outer header on; 0: as the WAN port's */
	uint64_t path_until_ms; /* when it is tried again whether more fits */
	struct l2tp *l2tp;
	struct l2tp_ids ids;
	struct ppp *ppp;
	bool closing; /* on its way down: nothing new */
	bool dead; /* in gateway.dead: freed at the end of the turn */
	struct timer idle; /* no pair, no tunnel, or closing for too long */
	char why[160]; /* why it closes */
	/* The session, from authentication on. */
	char user[PPP_NAME_MAX + 1];
	be32 lease; /* 0: none */
	bool wants_address; /* waits for a free address */
	bool up; /* packets flow */
	uint64_t up_ms;
	uint64_t heard_packets; /* up_packets at the last sweep */
};

/* --- conn.c: life ------------------------------------------------------------------------------ */

/* A connection for a new ISAKMP SA from a peer; NULL when out of memory. */
struct conn *conn_new(struct gateway *gw, const struct ip_end *local, const struct ip_end *remote);

/* Orderly end: goodbyes of PPP and L2TP, then DELETEs. Idempotent. */
void conn_close(struct conn *c, const char *why_fmt, ...) __attribute__((format(printf, 2, 3)));

/* Ends at once; DELETEs are sent if `tell`. The memory is freed at the end of the loop's turn. */
void conn_finish(struct conn *c, bool tell, const char *why_fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Looks whether the connection has something left to live for, and arms or ends accordingly. */
void conn_check_idle(struct conn *c);

/* Once a second: life signs and byte limits, from the data plane's counters. */
void conn_sweep(struct conn *c);

/* Frees one that is dead. */
void conn_free(struct conn *c);

/* "ike", "esp", "tunnel", "link", "up", "closing": how far it is. */
const char *conn_phase(const struct conn *c);

/* --- conn_esp.c: ISAKMP SAs and ESP pairs --------------------------------------------------------- */

extern const struct ike_events conn_ike_events;

/* An ISAKMP SA of the connection for a first message. NULL when out of memory. */
struct conn_ike *conn_ike_new(struct conn *c);
/* Takes it out of all tables and frees it; the ike_sa is left to the caller. */
void conn_ike_free(struct conn_ike *ci);
/* Retires all pairs, and says DELETE for them on an SA that is up if `tell`. */
void conn_pairs_retire(struct conn *c, bool tell);
/* Sends on this pair from now on. */
void conn_pair_promote(struct conn_pair *p);
struct conn_pair *conn_pair_current(const struct conn *c);
struct conn_pair *conn_pair_find(const struct conn *c, be32 spi_in);
/* Byte limits, and pairs whose confirmation was lost but that carry packets. */
void conn_pairs_sweep(struct conn *c);

/* --- conn_path.c: the path MTU ---------------------------------------------------------------------- */

/* A router on the way to a client could not forward a packet of ours (RFC 4301, 8.2.1). */
void conn_path_input(struct gateway *gw, const struct icmp_too_big *word);
/* The MTU of the session: what PPP negotiated, as far as it fits the path. */
uint16_t conn_path_fit(const struct conn *c);
/* Forgets what was learned long ago. */
void conn_path_sweep(struct conn *c);

/* --- conn_link.c: tunnel, link, lease ------------------------------------------------------------- */

/* An L2TP control message, a PPP frame, from the connection's session. */
void conn_l2tp_input(struct conn *c, const struct dp_punt *punt);
void conn_ppp_input(struct conn *c, const struct dp_punt *punt);
/* Ends the session: lease, accounting line, PPP without a word. Idempotent. */
void conn_session_end(struct conn *c, const char *why);
/* Ends it with the goodbyes of PPP and L2TP; L2TP's tunnel_down comes last. */
void conn_session_close(struct conn *c, const char *why);
/* Frees PPP objects that ended in this turn. */
void conn_link_reap(struct gateway *gw);
/* Publishes the session with the MTU that its link and path have now, if that changed. */
void conn_fit_mtu(struct conn *c);
/* An address may be free now. */
void conn_address_ready(struct conn *c);

#endif
