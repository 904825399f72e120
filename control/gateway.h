/* SPDX-License-Identifier: BSD-3-Clause */
/* All that kanmond holds while it runs: configuration, data plane, connections, leases, ARP. */
#ifndef GATEWAY_H
#define GATEWAY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "arp.h"
#include "cli.h"
#include "config.h"
#include "conn.h"
#include "dp.h"
#include "ike_first.h"
#include "ipv4.h"
#include "list.h"
#include "log.h"
#include "peer.h"
#include "segment.h"
#include "timer.h"

struct gateway {
	const struct config *config;
	struct dp *dp;
	struct timers timers;
	struct list conns;
	struct list dead; /* connections to be freed at the end of the turn */
	struct list wanting; /* connections that wait for a free address, the first one first */
	struct list buried; /* PPP and L2TP objects likewise (conn_link.c) */
	uint32_t n_conns;
	uint32_t next_id;
	struct peer_table peers;
	struct ike_firsts firsts; /* to answer first messages without a connection (first.c) */
	uint64_t stateless; /* so answered */
	struct conn **by_slot[DP_MAX_WORKERS]; /* connections by the slot of their session */
	struct segment segment[DP_SEGMENTS_MAX];
	unsigned n_segments;
	struct arp *arp[DP_NETS_MAX]; /* of each network of the data plane */
	struct timer sweep;
	struct cli *cli;
	struct log_limit limit; /* for lines that anyone on the WAN can cause */
	bool shutting_down;
	/* The loop holds it while it works: telemetry reads from a thread of its own. */
	pthread_mutex_t lock;
};

/* Everything around a started data plane; 0, or -errno with a log line. */
int gateway_init(struct gateway *gw, const struct config *config, struct dp *dp, uint64_t now_ms);
void gateway_fini(struct gateway *gw);

/* Frees what has ended in this turn. */
void gateway_reap(struct gateway *gw);

/* An IPv4 packet of our own to wherever its destination is: client, LAN, WAN. */
void gateway_send(struct gateway *gw, const uint8_t *packet, size_t len);

/* Our address on a network, the first of the LAN for a session (DP_CLIENT). */
const struct ip_prefix *gateway_address(const struct gateway *gw, unsigned net);

/* A message of IKE, from port 4500 with the non-ESP marker (RFC 3948, 2.2). False if it could not be sent. */
bool gateway_send_ike(struct gateway *gw, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len);

/* The connection of a session, or NULL. */
struct conn *gateway_conn_by_sid(struct gateway *gw, uint32_t sid);
void gateway_set_sid(struct gateway *gw, uint32_t sid, struct conn *c);

/* --- dispatch.c --------------------------------------------------------------------------------- */

/* A punted packet to the module whose it is; arg is the gateway. */
void dispatch_punt(void *arg, const struct dp_punt *punt);

/* --- first.c: the first message of an ISAKMP SA, and what it may cost --------------------------- */

/* One that no SA has seen: begins a connection, is answered without one, or refused. */
void first_input(struct gateway *gw, const struct udp *udp, const struct ike_header *h);
/* A later message that no SA has: the connection of one whose first was answered without, or NULL. */
struct conn_ike *first_recall(
	struct gateway *gw, const struct udp *udp, const struct ike_header *h);

/* --- loop.c -------------------------------------------------------------------------------------- */

/* Runs until *stop is not zero and all sessions have said goodbye. */
void loop_run(struct gateway *gw, const volatile int *stop);

/* --- cli_show.c, telemetry.c ----------------------------------------------------------------------- */

extern const struct cli_command cli_commands[];
extern const size_t cli_n_commands;

/* Registers /kanmon/... with DPDK's telemetry; a failure is logged, no more. */
void telemetry_init(struct gateway *gw);
void telemetry_fini(void);

#endif
