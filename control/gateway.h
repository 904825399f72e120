/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All that kanmond holds while it runs: the LAN's router with its addresses, ARP and routes, the clients, and the data
 * plane that both work for.
 */
#ifndef GATEWAY_H
#define GATEWAY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arp.h"
#include "budget.h"
#include "clients.h"
#include "config.h"
#include "dhcp_client.h"
#include "dp.h"
#include "icmp.h"
#include "ip.h"
#include "nat_watch.h"
#include "routing.h"
#include "segment.h"
#include "timer.h"

struct cli;

enum {
	GATEWAY_SWEEP_MS = 1000, /* between looks at what only counters tell */
	ICMP_ERRORS_S = 1000, /* ICMP errors a second (RFC 1812, 4.3.2.8) */
};

struct gateway {
	const struct config *config;
	struct dp *dp;
	struct timers timers;
	struct clients clients;
	struct routing routing;
	struct segments segments;
	struct arp *arp[DP_NETS_MAX]; /* of each network of the data plane */
	bool link[DP_N_PORTS]; /* of each port, as it was seen last (carrier.h) */
	struct dhcp_client *dhcp; /* of the WAN; NULL: its address is configured */
	uint64_t wan_defended_ms; /* when another host had the WAN's address last; 0: never */
	struct cli *cli;
	struct timer sweep;
	struct nat_watch nat;
	struct budget icmp_errors, broadcasts;
	uint64_t icmp_errors_limited, broadcasts_relayed, broadcasts_limited;
	/* The loop holds it while it works: telemetry reads from a thread of its own. */
	pthread_mutex_t lock;
};

/* Everything around a started data plane; 0, or -errno with a log line. config and dp outlive it. */
int gateway_init(struct gateway *gw, const struct config *config, struct dp *dp, uint64_t now_ms);
void gateway_fini(struct gateway *gw);

/* An IPv4 packet of our own to wherever its destination is: client, LAN, WAN. */
void gateway_send(struct gateway *gw, const uint8_t *packet, size_t len);

/* Our address on a network, the first of the LAN for a session (DP_CLIENT). */
const struct ip_prefix *gateway_address(const struct gateway *gw, unsigned net);

/* An IPv4 packet to all stations of a network, in a frame of ours. 0 or -errno. */
int gateway_send_to_all(struct gateway *gw, unsigned net, const uint8_t *packet, size_t len);

/* An ICMP error about the packet, from one of our addresses, unless there were too many lately. */
void gateway_send_error(struct gateway *gw, enum icmp_error error, const uint8_t *packet,
	size_t len, be32 from, uint16_t mtu);

/*
 * Goes by gw->routing from now on, in which the port's address is another: tells the workers; the port's ARP begins
 * anew. 0, or -errno: then packets go as before.
 */
int gateway_renumber(struct gateway *gw, enum dp_port port);

#endif
