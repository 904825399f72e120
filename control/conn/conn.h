/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A connection: one client with its ISAKMP SAs, its ESP pairs, its L2TP tunnel, its PPP link and its lease.
 * The only module that knows all layers. conn.c holds its life, conn_ike.c and conn_esp.c what IKE tells it,
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
struct segment;

enum {
	CONN_PAIRS_MAX = 6, /* ESP pairs at one time; one more retires the oldest */
	CONN_IKES_MAX = 8, /* ISAKMP SAs that are up; one more ends the oldest */
	CONN_CLOSE_MS = 3000, /* for the goodbyes of L2TP and PPP */
	CONN_NO_PAIR_MS = 60000, /* an ISAKMP SA without ESP: the peer may come back to it */
	CONN_NO_TUNNEL_MS = 60000, /* ESP without a tunnel: the peer may redial */
	CONN_KEEPALIVE_MS = 20000, /* RFC 3948, 4 */
	CONN_REKEY_PART =
		3, /* an SA without a successor is renewed by us this part of its life before its end, */
	CONN_REKEY_MS = 60000, /* but no sooner than this before: the peer's own is to come first */
	CONN_REKEY_KB_PART = 10, /* likewise of its bytes, */
	CONN_REKEY_KB_S = 20, /* or as many seconds before they run out at the present rate */
	CONN_REKEY_PACKETS = 0xc000000, /* or so many before its sequence numbers end */
	CONN_REKEY_AGAIN_MS = 25000, /* between tries, which take no longer */
	CONN_SPENT_MS =
		30000, /* that a pair is used beyond its kilobytes, while another is to come */
	CONN_ENDING_MS = 5000, /* what was under way when an SA ended is still taken */
	CONN_QUIET_MS =
		60000, /* a pair that was superseded, and on which nothing comes any more, ends */
	CONN_ASK_MS = 500, /* between questions to the other sessions of a user who has too many, */
	CONN_ASKS = 6, /* and so many of them: the new one waits no longer than 3 s */
	CONN_ACQUIRE_MS = 16000, /* between tries to get a pair when there is none */
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
	struct ip_end begun; /* where message 1 came from */
	uint8_t icookie[8], rcookie[8];
	bool ours; /* begun by us */
	bool up;
	uint64_t up_ms;
	uint64_t expires_ms; /* 0 before it is up */
	unsigned in_vain; /* quick modes of ours since one that was answered */
	bool initial_contact; /* said before main mode was done */
	bool half_open; /* counts against the limits (peer.h) */
	bool answered; /* with our cookie: its address is not made up */
	bool unproven; /* nobody was heard to answer at its end, which only says so: it means nothing for others' connections */
};

enum conn_pair_state {
	CONN_PAIR_NEXT, /* inbound works; the peer has not confirmed yet */
	CONN_PAIR_CURRENT, /* we send on it */
	CONN_PAIR_PREVIOUS, /* both work; inbound is for packets in flight and slow peers */
	CONN_PAIR_ENDING, /* inbound works for a little while; there is another pair that is not ending */
};

/* Two ESP SAs made by one quick mode. */
struct conn_pair {
	struct list node; /* in conn.pairs, newest first */
	struct conn *conn;
	enum conn_pair_state state;
	be32 spi_in, spi_out;
	const struct esp_suite *suite;
	struct sa_out *out; /* NULL when it is ending */
	be16 peer_port;
	bool udp_encap;
	struct ip_end remote; /* where the worker sends, as of the last sweep */
	uint64_t rekeyed_ms; /* when we last began a new pair in its place */
	uint64_t heard_packets; /* inbound, at the last sweep */
	uint64_t heard_ms; /* when that had grown, or when the pair was superseded */
	uint64_t used_bytes; /* of the direction that has more, at the last sweep */
	uint64_t created_ms;
	uint64_t spent_ms; /* when its kilobytes were used up; 0: not yet */
	uint32_t life_s;
	uint64_t life_kb;
	struct timer expire;
};

/* What a connection waits for, not without end. */
enum conn_idle {
	CONN_IDLE_NONE,
	CONN_IDLE_NO_PAIR,
	CONN_IDLE_NO_TUNNEL,
	CONN_IDLE_CLOSING,
};

struct conn {
	struct list node; /* in gateway.conns, or gateway.dead */
	struct list peer_node; /* in the peer table once its peer is known (peer.h) */
	struct list want_node; /* in gateway.wanting */
	struct gateway *gw;
	uint32_t id;
	char who[64]; /* "conn 17 10.0.0.1" */
	struct ip_end local, remote;
	char ike_id[IKE_ID_STR_LEN];
	const char *client; /* kind, from vendor IDs */
	struct list ikes; /* newest first */
	bool nat_us; /* the gateway is behind a NAT, which is to be kept awake */
	uint64_t kept_ms; /* when that was last done */
	struct ike_peer *last_peer; /* of the last ISAKMP SA, while there is none; or NULL */
	uint64_t renewed_ms; /* when we last began main mode */
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
	bool unsure; /* whether its peer is where it says it is: nobody else's connection is taken for the same peer's */
	bool hushed; /* of an address that may be made up, while there are many: few lines about it */
	bool closing; /* on its way down: nothing new */
	bool dead; /* in gateway.dead: freed at the end of the turn */
	struct timer idle; /* no pair, no tunnel, or closing for too long */
	enum conn_idle idle_for;
	const struct esp_suite *suite; /* of the last pair; NULL: there was none */
	uint64_t
		acquired_ms; /* when the peer was last asked for a pair, as there was none; 0: never */
	char *why; /* why it closes; NULL until then */
	/* The session, from authentication on. */
	char user[PPP_NAME_MAX + 1];
	struct conn_asked
		*asked; /* waits for what the user's other sessions answer (conn_auth.c) */
	struct segment *segment; /* that he joins; NULL before authentication */
	be32 lease; /* of the segment; 0: none */
	bool up; /* packets flow */
	uint64_t up_ms;
	uint64_t heard_packets; /* up_packets at the last sweep */
	uint64_t sent_packets; /* down_packets at the last sweep */
};

/* --- conn.c: life ------------------------------------------------------------------------------ */

/* A connection for a new ISAKMP SA from a peer; NULL when out of memory. */
struct conn *conn_new(struct gateway *gw, const struct ip_end *local, const struct ip_end *remote);

/* Orderly end: goodbyes of PPP and L2TP, then DELETEs. Idempotent. */
void conn_close(struct conn *c, const char *why_fmt, ...) __attribute__((format(printf, 2, 3)));

/* Whether a line about the connection may be written: of one that is hushed, out of what all have in common. */
bool conn_may_log(struct conn *c);

/* The peer is behind another address or port of its NAT, authenticated (RFC 3947): so are all SAs of both kinds. */
void conn_move(struct conn *c, const struct ip_end *remote);

/* Ends at once; DELETEs are sent if `tell`. The memory is freed at the end of the loop's turn. */
void conn_finish(struct conn *c, bool tell, const char *why_fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Looks whether the connection has something left to live for, and arms or ends accordingly. */
void conn_check_idle(struct conn *c);

/* Once a second: life signs and byte limits, from the data plane's counters. */
void conn_sweep(struct conn *c);

/* Frees one that is dead. */
void conn_free(struct conn *c);

/* Why it closes, "" until then. */
const char *conn_why(const struct conn *c);

/* "ike", "esp", "tunnel", "link", "up", "closing": how far it is. */
const char *conn_phase(const struct conn *c);

/* When we renew what began then and lives so long, if the peer has not. */
uint64_t conn_due_ms(uint64_t begun_ms, uint64_t life_ms);

/* --- conn_ike.c: ISAKMP SAs ------------------------------------------------------------------------ */

extern const struct ike_events conn_ike_events;

/* An ISAKMP SA of the connection for a first message. NULL when out of memory. */
struct conn_ike *conn_ike_new(struct conn *c);
/* Takes it out of all tables and frees it; the ike_sa is left to the caller. */
void conn_ike_free(struct conn_ike *ci);
/* When we renew it, if the peer has not; 0 before it is up. */
uint64_t conn_ike_due_ms(const struct conn_ike *ci);
/* The peer is there now. */
void conn_ikes_move(struct conn *c, const struct ip_end *remote);
/* The peer lives. */
void conn_ikes_heard(struct conn *c);
/* Says DELETE for an inbound SPI on an SA that is up, if there is one. */
void conn_ikes_delete_esp(struct conn *c, be32 spi_in);
/*
 * Begins a quick mode for a pair like the peer's last. False when there is no SA that could; main mode is begun then,
 * unless that was tried just now.
 */
bool conn_ikes_rekey(struct conn *c, const struct esp_suite *suite);
/* Renews the last SA before its end if the peer has not; keeps a NAT awake. */
void conn_ikes_sweep(struct conn *c);

/* --- conn_esp.c: ESP pairs --------------------------------------------------------------------------- */

/* Events of IKE that are about pairs (ike.h). */
be32 conn_pair_spi_take(void *arg, struct ike_sa *sa);
void conn_pair_spi_release(void *arg, struct ike_sa *sa, be32 spi);
int conn_pair_new(void *arg, struct ike_sa *sa, const struct ike_child *child);
void conn_pair_up(void *arg, struct ike_sa *sa, be32 spi_in);
void conn_pair_gone(void *arg, struct ike_sa *sa, be32 spi_in);
void conn_pair_deleted(void *arg, struct ike_sa *sa, be32 spi_out);
/* Retires all pairs, and says DELETE for them on an SA that is up if `tell`. */
void conn_pairs_retire(struct conn *c, bool tell);
/* The peer has the pair: we send on it, unless there is a newer one that the peer has. */
void conn_pair_confirm(struct conn_pair *p);
struct conn_pair *conn_pair_current(const struct conn *c);
/* When we renew it, if the peer has not, or its kilobytes run out before; 0: never. */
uint64_t conn_pair_due_ms(const struct conn_pair *p);
struct conn_pair *conn_pair_find(const struct conn *c, be32 spi_in);
/*
 * Something waits to be sent. If the session has no pair, as clients delete those that were idle for some minutes,
 * begins a new one; what waits is repeated by its owner, or lost.
 */
void conn_acquire(struct conn *c);
/* IKE heard the peer at another address or port of its NAT: ESP goes there as well. */
void conn_pairs_move(struct conn *c, const struct ip_end *remote);
/* Byte limits, and pairs whose confirmation was lost but that carry packets. */
void conn_pairs_sweep(struct conn *c);

/* --- conn_auth.c: who may have a session -------------------------------------------------------- */

/*
 * PPP's event `auth`. If the user has as many sessions as he may have, limits.takeover says which of them makes room: those
 * whose clients do not answer an LCP echo within CONN_ASK_MS * CONN_ASKS, or the oldest.
 */
void conn_auth(void *arg, const struct ppp_auth *auth);
/* No answer is waited for any more. Idempotent. */
void conn_auth_stop(struct conn *c);

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
/* An address may be free now, for one of gateway.wanting. */
void conn_address_ready(struct conn *c);

/* An IPv4 packet to the client of a session that is up, whatever the packet's destination. */
void conn_send_ip(struct conn *c, const uint8_t *packet, size_t len);

#endif
