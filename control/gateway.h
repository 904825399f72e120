/* SPDX-License-Identifier: BSD-3-Clause */
/* All that kanmond holds while it runs: configuration, data plane, connections, leases, ARP. */
#ifndef GATEWAY_H
#define GATEWAY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "acd.h"
#include "arp.h"
#include "cli.h"
#include "config.h"
#include "conn.h"
#include "dp.h"
#include "lease.h"
#include "list.h"
#include "log.h"
#include "peer.h"
#include "timer.h"

struct gateway {
	const struct config *config;
	struct dp *dp;
	struct timers timers;
	struct list conns;
	struct list dead; /* connections to be freed at the end of the turn */
	struct list buried; /* PPP and L2TP objects likewise (conn_link.c) */
	uint32_t n_conns;
	uint32_t next_id;
	struct peer_table peers;
	struct conn **by_slot[DP_MAX_WORKERS]; /* connections by the slot of their session */
	struct lease_pool *leases;
	struct arp *arp[DP_N_PORTS];
	struct acd *acd;
	struct timer sweep;
	struct cli *cli;
	struct log_limit limit; /* for lines that anyone on the WAN can cause */
	struct {
		uint64_t evicted, lost; /* as they were when the log was told last */
		uint64_t said_ms;
	} nat;
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

/* The connection of a session, or NULL. */
struct conn *gateway_conn_by_sid(struct gateway *gw, uint32_t sid);
void gateway_set_sid(struct gateway *gw, uint32_t sid, struct conn *c);

/* --- dispatch.c --------------------------------------------------------------------------------- */

/* A punted packet to the module whose it is; arg is the gateway. */
void dispatch_punt(void *arg, const struct dp_punt *punt);

/* --- loop.c -------------------------------------------------------------------------------------- */

/* Runs until *stop is not zero and all sessions have said goodbye. */
void loop_run(struct gateway *gw, const volatile int *stop);

/* --- cli_nat.c ------------------------------------------------------------------------------------- */

enum cli_status cli_nat_show(void *arg, struct cli_out *out, int argc, char **argv);
enum cli_status cli_nat_rules(void *arg, struct cli_out *out, int argc, char **argv);
enum cli_status cli_nat_sessions(void *arg, struct cli_out *out, int argc, char **argv);

#define NAT_SAY_MS 60000 /* at most one line in so long about NAT that is full */

/* Tells the log when sessions had to end early, or packets were lost for want of one. From time to time. */
void nat_watch(struct gateway *gw);

/* --- cli_show.c, telemetry.c ----------------------------------------------------------------------- */

extern const struct cli_command cli_commands[];
extern const size_t cli_n_commands;

/* Registers /kanmon/... with DPDK's telemetry; a failure is logged, no more. */
void telemetry_init(struct gateway *gw);
void telemetry_fini(void);

#endif
