/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks of routes against the networks of the ports. */
#include "config_impl.h"

/* Whether the whole of network `in` is inside network `net`. */
static bool
is_inside(const struct ip_prefix *net, const struct ip_prefix *in)
{
	return in->len >= net->len && ip_prefix_contains(net, in->addr);
}

/* Reports a static route to addresses that are connected, or that no host can have. */
static bool
check_destination(struct config_doc *doc, const struct ip_prefix *to, struct config_place at)
{
	const struct config *c = doc->config;
	uint8_t first = (uint8_t)(ntohl(to->addr) >> 24);

	if (is_inside(&c->lan.address, to))
		config_error(doc, at, "is inside the network of lan.address");
	else if (!c->wan.dhcp && is_inside(&c->wan.address, to))
		config_error(doc, at, "is inside the network of wan.address");
	else if ((first == 0 && to->len >= 8) || first == 127 || first >= 224)
		config_error(doc, at, "contains no host addresses");
	else
		return true;
	return false;
}

/* Whether the address can be a neighbour in the network. */
static bool
is_neighbour(const struct ip_prefix *net, be32 addr)
{
	return ip_prefix_contains(net, addr) && addr != net->addr && addr != ip_network(net) &&
	       addr != ip_broadcast(net);
}

static void
check_static_route(struct config_doc *doc, unsigned i)
{
	const struct config *c = doc->config;
	const struct config_route *r = &c->static_routes[i];
	struct config_place at = config_at_item(doc, KEY_ROUTES, i);
	char text[IP_STR_LEN];

	if (!check_destination(doc, &r->to, at))
		return;
	/* With DHCP the WAN's network is not known yet: the route is installed once it is. */
	if (r->kind == DP_ROUTE_VIA && !is_neighbour(&c->lan.address, r->via) &&
		(c->wan.dhcp ? ip_prefix_contains(&c->lan.address, r->via)
			     : !is_neighbour(&c->wan.address, r->via)))
		config_error(doc, at,
			"%s is not another host in the network of wan.address or lan.address",
			ip_str(r->via, text));
	for (unsigned j = 0; j < i; j++)
		if (c->static_routes[j].to.addr == r->to.addr &&
			c->static_routes[j].to.len == r->to.len)
			config_error(doc, at, "has the same destination as routes[%u] in line %u",
				j, config_at_item(doc, KEY_ROUTES, j).line);
}

static void
check_static_routes(struct config_doc *doc)
{
	if (!config_good(doc, KEY_ROUTES) || !config_good(doc, KEY_WAN_ADDRESS) ||
		!config_good(doc, KEY_LAN_ADDRESS))
		return;
	for (unsigned i = 0; i < doc->config->n_static_routes; i++)
		check_static_route(doc, i);
}

/* Whether there is a route to the whole network. */
static bool
leads_to(const struct config *c, const struct ip_prefix *net)
{
	if (c->lan.gateway != 0 || c->wan.gateway != 0 || c->wan.dhcp ||
		is_inside(&c->lan.address, net) || is_inside(&c->wan.address, net))
		return true;
	for (unsigned i = 0; i < c->n_static_routes; i++)
		if (is_inside(&c->static_routes[i].to, net))
			return true;
	return false;
}

enum config_side
config_side_of(const struct config *c, be32 addr)
{
	const struct config_route *best = NULL;

	if (config_segment_of(c, addr) != NULL)
		return CONFIG_SIDE_LAN;
	if (!c->wan.dhcp && ip_prefix_contains(&c->wan.address, addr))
		return CONFIG_SIDE_WAN;
	for (unsigned i = 0; i < c->n_static_routes; i++) {
		const struct config_route *r = &c->static_routes[i];

		if (ip_prefix_contains(&r->to, addr) && (best == NULL || r->to.len > best->to.len))
			best = r;
	}
	if (best != NULL && best->kind != DP_ROUTE_VIA)
		return CONFIG_SIDE_NONE;
	if (best != NULL)
		return config_segment_of(c, best->via) != NULL ? CONFIG_SIDE_LAN : CONFIG_SIDE_WAN;
	if (c->lan.gateway != 0)
		return CONFIG_SIDE_LAN;
	return c->wan.gateway != 0 || c->wan.dhcp ? CONFIG_SIDE_WAN : CONFIG_SIDE_NONE;
}

/* A network that is announced to clients must be reachable. */
static void
check_client_routes(struct config_doc *doc)
{
	const struct config *c = doc->config;

	if (!config_good(doc, KEY_LAN_ADDRESS) || !config_good(doc, KEY_WAN_ADDRESS) ||
		!config_good(doc, KEY_ROUTES))
		return;
	for (unsigned i = 0; i < c->n_routes; i++)
		if (!leads_to(c, &c->routes[i]))
			config_error(doc, config_at_item(doc, KEY_PPP_ROUTES, i),
				"is outside the network of lan.address, and no gateway or route "
				"leads there");
}

void
config_check_routes(struct config_doc *doc)
{
	check_static_routes(doc);
	check_client_routes(doc);
}
