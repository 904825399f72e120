/* SPDX-License-Identifier: BSD-3-Clause */
/* The gateway as a router: addresses of its networks, default gateways, static routes and those that DHCP brings. */
#ifndef ROUTING_H
#define ROUTING_H

#include <stdbool.h>

#include "config.h"
#include "dp.h"
#include "ip.h"

struct routing_route {
	struct dp_route route;
	bool dhcp; /* from the WAN's DHCP server, else configured */
	bool active; /* its router is on a network of ours, its prefix not inside of one */
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
 * What DHCP has for the WAN in place of what it had: address (0.0.0.0/32: none), router (0: none), routes. Of those
 * whose kind is DP_ROUTE_VIA `out` is found out. More than there is room for are left out.
 */
void routing_set_wan(struct routing *rt, const struct ip_prefix *address, be32 gateway,
	const struct dp_route *routes, unsigned n);

/* Whether packets go the same ways by both. */
bool routing_equal(const struct routing *a, const struct routing *b);

/* The network and next hop for a destination that is none of our own addresses; false: none. */
bool routing_find(const struct routing *rt, be32 dst, unsigned *out, be32 *hop);

/* To the workers; 0 or -errno, with a log line. */
int routing_publish(const struct routing *rt, struct dp *dp);

#endif
