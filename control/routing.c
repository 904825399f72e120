/* SPDX-License-Identifier: BSD-3-Clause */
#include "routing.h"

#include <string.h>

#include "log.h"

static const struct ip_prefix none = {.len = 32};

/* The network that the router is on; n_nets: none. */
static unsigned
net_of(const struct routing *rt, be32 router)
{
	for (unsigned i = 0; i < rt->n_nets; i++) {
		const struct ip_prefix *net = &rt->address[i];

		if (net->addr != 0 && ip_prefix_contains(net, router) && router != net->addr &&
			router != ip_network(net) && router != ip_broadcast(net))
			return i;
	}
	return rt->n_nets;
}

static bool
is_inside_ours(const struct routing *rt, const struct ip_prefix *to)
{
	for (unsigned i = 0; i < rt->n_nets; i++) {
		const struct ip_prefix *net = &rt->address[i];

		if (net->addr != 0 && to->len >= net->len && ip_prefix_contains(net, to->addr))
			return true;
	}
	return false;
}

static void
activate(struct routing *rt)
{
	for (unsigned i = 0; i < rt->n; i++) {
		struct routing_route *r = &rt->route[i];

		r->active = !is_inside_ours(rt, &r->route.to);
		if (r->route.kind != DP_ROUTE_VIA)
			continue;
		r->route.out = net_of(rt, r->route.hop);
		if (r->route.out == rt->n_nets)
			r->active = false;
	}
}

static void
add(struct routing *rt, const struct dp_route *route, bool dhcp)
{
	if (rt->n < DP_ROUTES_MAX)
		rt->route[rt->n++] = (struct routing_route){.route = *route, .dhcp = dhcp};
}

void
routing_init(struct routing *rt, const struct config *config)
{
	memset(rt, 0, sizeof(*rt));
	rt->address[DP_WAN] = config->wan.dhcp ? none : config->wan.address;
	rt->address[DP_LAN] = config->lan.address;
	rt->gateway[DP_WAN] = config->wan.gateway;
	rt->gateway[DP_LAN] = config->lan.gateway;
	rt->n_nets = DP_N_PORTS;
	for (size_t i = 0; i < config->n_segments; i++) {
		rt->address[rt->n_nets] = config->segments[i].net.address;
		rt->gateway[rt->n_nets++] = config->segments[i].net.gateway;
	}
	for (unsigned i = 0; i < config->n_static_routes; i++) {
		const struct config_route *r = &config->static_routes[i];
		const struct dp_route route = {.to = r->to, .kind = r->kind, .hop = r->via};

		add(rt, &route, false);
	}
	activate(rt);
}

/* Whether a route to the same prefix is configured; it takes precedence over DHCP. */
static bool
is_configured(const struct routing *rt, const struct ip_prefix *to)
{
	for (unsigned i = 0; i < rt->n; i++)
		if (!rt->route[i].dhcp && rt->route[i].route.to.len == to->len &&
			rt->route[i].route.to.addr == to->addr)
			return true;
	return false;
}

void
routing_set_wan(struct routing *rt, const struct ip_prefix *address, be32 gateway,
	const struct dp_route *routes, unsigned n)
{
	/* The configured ones come first. */
	while (rt->n > 0 && rt->route[rt->n - 1].dhcp)
		rt->n--;
	rt->address[DP_WAN] = *address;
	rt->gateway[DP_WAN] = gateway;
	for (unsigned i = 0; i < n; i++)
		if (!is_configured(rt, &routes[i].to))
			add(rt, &routes[i], true);
	activate(rt);
}

bool
routing_equal(const struct routing *a, const struct routing *b)
{
	for (unsigned i = 0; i < a->n_nets; i++)
		if (a->address[i].addr != b->address[i].addr ||
			a->address[i].len != b->address[i].len || a->gateway[i] != b->gateway[i])
			return false;
	if (a->n != b->n)
		return false;
	for (unsigned i = 0; i < a->n; i++) {
		const struct routing_route *x = &a->route[i], *y = &b->route[i];

		if (x->route.to.addr != y->route.to.addr || x->route.to.len != y->route.to.len ||
			x->route.kind != y->route.kind || x->route.hop != y->route.hop ||
			x->dhcp != y->dhcp || x->active != y->active)
			return false;
	}
	return true;
}

bool
routing_find(const struct routing *rt, be32 dst, unsigned *out, be32 *hop)
{
	const struct routing_route *best = NULL;

	for (unsigned i = 0; i < rt->n_nets; i++) {
		if (rt->address[i].addr != 0 && ip_prefix_contains(&rt->address[i], dst)) {
			*out = i;
			*hop = dst;
			return true;
		}
	}
	for (unsigned i = 0; i < rt->n; i++) {
		const struct routing_route *r = &rt->route[i];

		if (r->active && ip_prefix_contains(&r->route.to, dst) &&
			(best == NULL || r->route.to.len > best->route.to.len))
			best = r;
	}
	if (best != NULL) {
		*out = best->route.out;
		*hop = best->route.hop;
		return best->route.kind == DP_ROUTE_VIA;
	}
	*out = rt->gateway[DP_LAN] != 0 ? DP_LAN : DP_WAN;
	*hop = rt->gateway[*out];
	return *hop != 0;
}

int
routing_publish(const struct routing *rt, struct dp *dp)
{
	struct dp_route routes[DP_ROUTES_MAX];
	struct dp_net net = {.routes = routes};
	int rc;

	for (unsigned i = 0; i < rt->n_nets; i++) {
		net.net[i].address = rt->address[i];
		net.net[i].gateway = rt->gateway[i];
	}
	for (unsigned i = 0; i < rt->n; i++)
		if (rt->route[i].active)
			routes[net.n_routes++] = rt->route[i].route;
	rc = dp_net_set(dp, &net);
	if (rc != 0)
		log_err(NET, NULL, "cannot publish the routes to the data plane: %s",
			strerror(-rc));
	return rc;
}
