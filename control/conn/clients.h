/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The clients of the gateway: all connections, found by what a packet names, and what they have in
 * common. Knows the configuration, the protocols, the data plane's interface and the segments; not
 * the gateway around it.
 *
 * Time goes in turns: input and timers, then clients_end_turn(). What ends in a turn is dead at
 * once, but stays in its lists, marked so, and is freed at the turn's end. So nothing is freed
 * inside a callback of its own, and a walk by clients_next(), conn_ike_next() or conn_pair_next()
 * may call what it likes.
 */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "conn.h"
#include "dp.h"
#include "ike_first.h"
#include "ip.h"
#include "list.h"
#include "log.h"
#include "peer_table.h"
#include "segment.h"
#include "timer.h"
#include "user.h"

struct clients {
	const struct config *config;
	struct dp *dp;
	struct timers *timers;
	struct segments *segments;
	struct list conns; /* the oldest first, with those that died in this turn */
	uint32_t n_conns; /* without the dead */
	/* Connections that are authenticated, with an address or waiting for one. */
	uint32_t n_sessions;
	uint32_t next_id;
	struct conn **by_slot[DP_MAX_WORKERS]; /* connections by the slot of their session */
	struct list wanting; /* connections that wait for a free address, the first one first */
	bool address_ready; /* they are to be asked at the turn's end */
	struct list ended; /* what is freed at the turn's end (reap.h) */
	struct peer_table peers;
	struct users users;
	struct ike_firsts firsts; /* to answer first messages without a connection (first.h) */
	uint64_t stateless; /* first messages so answered */
	struct timer sweep;
	struct log_limit limit; /* for lines that anyone on the WAN can cause */
	struct {
		uint64_t since_ms;
		unsigned n;
	} refused; /* ISAKMP SAs that ended with their first message, in about a second */
	bool shutting_down; /* no new connections */
};

/*
 * config, dp, timers and segments outlive the clients; the events of the segments are
 * clients_segment_events with the clients as argument. 0 or -ENOMEM; clients_fini() after either.
 */
int clients_init(struct clients *cs, const struct config *config, struct dp *dp,
	struct timers *timers, struct segments *segments);

/* Ends all connections without a word, and frees them. */
void clients_fini(struct clients *cs);

extern const struct segment_events clients_segment_events;

/*
 * Asks for those who wait for an address, then frees what has ended. After each turn, and never
 * inside one.
 */
void clients_end_turn(struct clients *cs);

/* From now on no connection begins, and all end orderly (conn_close). */
void clients_shut_down(struct clients *cs, const char *why);

/* Ends all connections at once without a word to the peers; returns how many. */
unsigned clients_drop(struct clients *cs, const char *why);

/* --- finding ---------------------------------------------------------------------------------- */

/* The oldest connection, or the next one after `c`; NULL: no more. Dead ones are passed over. */
struct conn *clients_next(const struct clients *cs, const struct conn *c);

#define CLIENTS_FOREACH(c, cs) \
	for (struct conn *c = clients_next(cs, NULL); c != NULL; c = clients_next(cs, c))

/* The connection of a session, or NULL. */
struct conn *clients_by_sid(const struct clients *cs, uint32_t sid);

/* c has the session from now on; NULL: nobody has. */
void clients_set_sid(struct clients *cs, uint32_t sid, struct conn *c);

/* The worker that owns the fewest sessions. */
unsigned clients_choose_worker(const struct clients *cs);

/* --- packets ---------------------------------------------------------------------------------- */

/*
 * An IPv4 packet with an IKE message for us, from UDP 500, or from UDP 4500 with the non-ESP
 * marker.
 */
void clients_ike_input(struct clients *cs, const uint8_t *packet, size_t len);

/* PUNT_L2TP and PUNT_PPP: out of a session, authenticated. */
void clients_l2tp_input(struct clients *cs, const struct dp_punt *punt);
void clients_ppp_input(struct clients *cs, const struct dp_punt *punt);

/*
 * A message of IKE, from port 4500 with the non-ESP marker (RFC 3948, 2.2). False if it could not
 * be sent.
 */
bool clients_send_ike(struct clients *cs, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len);

/* Whether one more line that anyone on the WAN can cause may be written. */
bool clients_may_log(struct clients *cs);

#endif
