/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All that kanmond holds while it runs: the data plane, the clients, and the router with its
 * addresses, ARP and routes.
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
	GATEWAY_SWEEP_MS = 1000, /* between checks of the data plane's counters */
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
	bool link[DP_N_PORTS]; /* of each port, when it was last checked (carrier.h) */
	struct dhcp_client *dhcp; /* of the WAN; NULL: its address is configured */
	uint64_t wan_defended_ms; /* when the WAN's address was last defended; 0: never */
	struct cli *cli;
	struct timer sweep;
	struct nat_watch nat;
	struct budget icmp_errors, broadcasts;
	uint64_t icmp_errors_limited, broadcasts_relayed, broadcasts_limited;
	/* Held by the loop during a turn; telemetry reads in a thread of its own. */
	pthread_mutex_t lock;
};

/*
 * Sets up all around a started data plane. 0, or -errno with a log line. config and dp outlive gw.
 */
int gateway_init(struct gateway *gw, const struct config *config, struct dp *dp, uint64_t now_ms);
void gateway_fini(struct gateway *gw);

/* Sends an IPv4 packet of our own to its destination: a client, the LAN or the WAN. */
void gateway_send(struct gateway *gw, const uint8_t *packet, size_t len);

/* Our address on a network; for DP_CLIENT, that on the first segment of the LAN. */
const struct ip_prefix *gateway_address(const struct gateway *gw, unsigned net);

/* Sends an IPv4 packet in an Ethernet broadcast on a network. 0 or -errno. */
int gateway_send_to_all(struct gateway *gw, unsigned net, const uint8_t *packet, size_t len);

/* Sends an ICMP error about the packet, from one of our addresses, within ICMP_ERRORS_S. */
void gateway_send_error(struct gateway *gw, enum icmp_error error, const uint8_t *packet,
	size_t len, be32 from, uint16_t mtu);

/*
 * Puts gw->routing into use after the address of the port has changed in it: publishes it to the
 * workers and restarts the port's ARP. 0, or -errno: then the old routing stays in use.
 */
int gateway_renumber(struct gateway *gw, enum dp_port port);

#endif
