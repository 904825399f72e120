/* SPDX-License-Identifier: BSD-3-Clause */
/* The gateway's routing: its networks, default gateways, static routes and routes by DHCP. */
#ifndef ROUTING_H
#define ROUTING_H

#include <stdbool.h>

#include "config.h"
#include "dp.h"
#include "ip.h"

struct routing_route {
	struct dp_route route;
	bool dhcp; /* from the WAN's DHCP server; false: configured */
	bool active; /* its router is on a network of ours, and its prefix is not inside one */
};

struct routing {
	/* By network of the data plane. */
	struct ip_prefix address[DP_NETS_MAX]; /* ours; WAN: 0.0.0.0/32 while DHCP has none */
	be32 gateway[DP_NETS_MAX]; /* 0: none */
	unsigned n_nets;
	struct routing_route route[DP_ROUTES_MAX];
	unsigned n;
};

/* As configured. */
void routing_init(struct routing *rt, const struct config *config);

/*
 * Replaces what the WAN has by DHCP: address (0.0.0.0/32: none), router (0: none), routes. Fills in
 * `out` of routes of kind DP_ROUTE_VIA. Routes beyond DP_ROUTES_MAX are left out.
 */
void routing_set_wan(struct routing *rt, const struct ip_prefix *address, be32 gateway,
	const struct dp_route *routes, unsigned n);

/* Whether both route all packets alike. */
bool routing_equal(const struct routing *a, const struct routing *b);

/*
 * Finds network and next hop for a destination that is not one of our addresses; false: no route.
 */
bool routing_find(const struct routing *rt, be32 dst, unsigned *out, be32 *hop);

/* Publishes it to the workers. 0, or -errno with a log line. */
int routing_publish(const struct routing *rt, struct dp *dp);

#endif
