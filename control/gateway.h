/* SPDX-License-Identifier: BSD-3-Clause */
/* All that kanmond holds while it runs: configuration, data plane, connections, leases, ARP. */
#ifndef GATEWAY_H
#define GATEWAY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "arp.h"
#include "budget.h"
#include "cli.h"
#include "config.h"
#include "conn.h"
#include "dhcp_client.h"
#include "dp.h"
#include "icmp.h"
#include "ike_first.h"
#include "ipv4.h"
#include "list.h"
#include "log.h"
#include "peer_table.h"
#include "routing.h"
#include "segment.h"
#include "timer.h"

enum {
	ICMP_ERRORS_S = 1000, /* ICMP errors a second (RFC 1812, 4.3.2.8) */
	/* Copies of broadcasts a second: what the rings to the workers take at once, and crypto in passing. */
	BROADCAST_COPIES_S = 1000,
};

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
	struct routing routing;
	struct segment segment[DP_SEGMENTS_MAX];
	unsigned n_segments;
	bool link[DP_N_PORTS]; /* of each port, as it was seen last */
	struct arp *arp[DP_NETS_MAX]; /* of each network of the data plane */
	struct dhcp_client *dhcp; /* of the WAN; NULL: its address is configured */
	struct timer sweep;
	struct cli *cli;
	struct budget icmp_errors, broadcasts;
	uint64_t icmp_errors_limited, broadcasts_relayed, broadcasts_limited;
	uint64_t wan_defended_ms; /* when another host had the WAN's address last; 0: never */
	struct log_limit limit; /* for lines that anyone on the WAN can cause */
	struct {
		uint64_t since_ms;
		unsigned n;
	} refused; /* ISAKMP SAs that ended with their first message, in about a second */
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

/* Our address on a network, the first of the LAN for a session (DP_CLIENT). */
const struct ip_prefix *gateway_address(const struct gateway *gw, unsigned net);

/* An IPv4 packet to all stations of a network, in a frame of ours. 0 or -errno. */
int gateway_send_to_all(struct gateway *gw, unsigned net, const uint8_t *packet, size_t len);

/* A message of IKE, from port 4500 with the non-ESP marker (RFC 3948, 2.2). False if it could not be sent. */
bool gateway_send_ike(struct gateway *gw, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len);

/* An ICMP error about the packet, from one of our addresses, unless there were too many lately. */
void gateway_send_error(struct gateway *gw, enum icmp_error error, const uint8_t *packet,
	size_t len, be32 from, uint16_t mtu);

/* The connection of a session, or NULL. */
struct conn *gateway_conn_by_sid(struct gateway *gw, uint32_t sid);
void gateway_set_sid(struct gateway *gw, uint32_t sid, struct conn *c);

/*
 * Goes by gw->routing from now on, in which the port's address is another: tells the workers; the port's ARP begins
 * anew. 0, or -errno: then packets go as before.
 */
int gateway_renumber(struct gateway *gw, enum dp_port port);

/* --- dispatch.c --------------------------------------------------------------------------------- */

/* A punted packet to the module whose it is; arg is the gateway. */
void dispatch_punt(void *arg, const struct dp_punt *punt);

/* --- first.c: the first message of an ISAKMP SA, and what it may cost --------------------------- */

/* One that no SA has seen: begins a connection, is answered without one, or refused. */
void first_input(struct gateway *gw, const struct udp *udp, const struct ike_header *h);
/* A later message that no SA has: the connection of one whose first was answered without, or NULL. */
struct conn_ike *first_recall(
	struct gateway *gw, const struct udp *udp, const struct ike_header *h);

/* --- link.c -------------------------------------------------------------------------------------- */

/* Looks whether a port's link has come back: neighbours, switches and the DHCP server are asked or told. */
void carrier_watch(struct gateway *gw);

/* --- loop.c -------------------------------------------------------------------------------------- */

/* Runs until *stop is not zero and all sessions have said goodbye. */
void loop_run(struct gateway *gw, const volatile int *stop);

/* One turn at that time: timers, punts, the dead. Returns whether there were punts. */
bool loop_turn(struct gateway *gw, uint64_t now_ms);

/* Takes no new connections, and says goodbye to those that are there. */
void loop_shut_down(struct gateway *gw);

/* --- broadcast.c ---------------------------------------------------------------------------------- */

/* A broadcast of a client, or of a segment of the LAN (from is NULL), to all others there if the configuration wants it. */
void broadcast_relay(struct gateway *gw, const struct conn *from, unsigned net,
	const uint8_t *packet, size_t len);

/* --- wan.c ---------------------------------------------------------------------------------------- */

/* Begins to ask for the WAN's address if it comes by DHCP; 0 or -ENOMEM. */
int wan_init(struct gateway *gw);
void wan_fini(struct gateway *gw);

/* A packet for the DHCP client. */
void wan_dhcp_input(struct gateway *gw, const uint8_t *packet, size_t len);
/* An ARP message of another station on the WAN. */
void wan_heard(struct gateway *gw, const struct arp_msg *msg);

/* --- cli_net.c ------------------------------------------------------------------------------------- */

enum cli_status cli_show_interfaces(void *arg, struct cli_out *out, int argc, char **argv);
enum cli_status cli_show_routes(void *arg, struct cli_out *out, int argc, char **argv);

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
