/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The clients of the gateway: all connections, and what they have in common. Knows the
 * configuration, the protocols, the data plane's interface and the segments, but not the gateway.
 *
 * The control core works in turns: input and timers, then clients_end_turn(). What ends in a turn
 * is marked dead at once, stays in its lists, and is freed at the end of the turn. So nothing is
 * freed inside a callback of its own, and the body of a loop by clients_next(), conn_ike_next() or
 * conn_pair_next() may end anything.
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
	struct list conns; /* the oldest first; includes the dead */
	uint32_t n_conns; /* without the dead */
	uint32_t n_sessions; /* logged in, with an address or waiting for one */
	uint32_t next_id;
	struct conn **by_slot[DP_MAX_WORKERS]; /* connections by the slot of their session */
	struct list wanting; /* connections that wait for a free address, the first one first */
	bool address_ready; /* they ask again at the end of the turn */
	struct list ended; /* freed at the end of the turn (reap.h) */
	struct peer_table peers;
	struct users users;
	struct ike_firsts firsts; /* to answer first messages without a connection (first.h) */
	uint64_t stateless; /* first messages answered so */
	struct timer sweep;
	struct log_limit limit; /* of lines that anyone on the WAN can cause */
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

/* Ends all connections without notifying the peers, and frees them. */
void clients_fini(struct clients *cs);

extern const struct segment_events clients_segment_events;

/*
 * Lets connections that wait for an address ask again, then frees what has ended. To be called
 * after each turn, never inside one.
 */
void clients_end_turn(struct clients *cs);

/* Accepts no new connections, and closes all (conn_close). */
void clients_shut_down(struct clients *cs, const char *why);

/* Ends all connections at once, without notifying the peers; returns how many. */
unsigned clients_drop(struct clients *cs, const char *why);

/* --- finding ---------------------------------------------------------------------------------- */

/* The oldest connection, or the next one after `c`; NULL: no more. Skips the dead. */
struct conn *clients_next(const struct clients *cs, const struct conn *c);

#define CLIENTS_FOREACH(c, cs) \
	for (struct conn *c = clients_next(cs, NULL); c != NULL; c = clients_next(cs, c))

/* The connection of a session, or NULL. */
struct conn *clients_by_sid(const struct clients *cs, uint32_t sid);

/* The session is c's from now on; NULL: nobody's. */
void clients_set_sid(struct clients *cs, uint32_t sid, struct conn *c);

/* The worker that owns the fewest sessions. */
unsigned clients_choose_worker(const struct clients *cs);

/* --- packets ---------------------------------------------------------------------------------- */

/* An IPv4 packet with an IKE message to UDP 500, or to UDP 4500 with the non-ESP marker. */
void clients_ike_input(struct clients *cs, const uint8_t *packet, size_t len);

/* PUNT_L2TP and PUNT_PPP. */
void clients_l2tp_input(struct clients *cs, const struct dp_punt *punt);
void clients_ppp_input(struct clients *cs, const struct dp_punt *punt);

/* Sends an IKE message, from port 4500 with the non-ESP marker (RFC 3948, 2.2). False: failed. */
bool clients_send_ike(struct clients *cs, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len);

/* Whether a further line that anyone on the WAN can cause may be logged. */
bool clients_may_log(struct clients *cs);

#endif
