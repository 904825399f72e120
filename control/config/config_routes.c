/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether routes go together with the ports' networks. */
#include "config_impl.h"

/* Whether the whole of `in` is in the network of `net`. */
static bool
is_inside(const struct ip_prefix *net, const struct ip_prefix *in)
{
	return in->len >= net->len && ip_prefix_contains(net, in->addr);
}

/* Where a static route may not lead: what ports, hosts and groups have. */
static bool
check_destination(
	struct config_doc *doc, const struct ip_prefix *to, unsigned line, const char *path)
{
	const struct config *c = doc->config;
	uint8_t first = (uint8_t)(ntohl(to->addr) >> 24);

	if (is_inside(&c->lan.address, to))
		config_error(doc, line, path, "leads into lan.address's own network");
	else if (!c->wan.dhcp && is_inside(&c->wan.address, to))
		config_error(doc, line, path, "leads into wan.address's own network");
	else if ((first == 0 && to->len >= 8) || first == 127 || first >= 224)
		config_error(doc, line, path, "leads to addresses that no host has");
	else
		return true;
	return false;
}

/* Whether the address is a neighbour on the port. */
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
	unsigned line = config_item_line(doc, "routes", i);
	char path[CONFIG_PATH_MAX], text[IP_STR_LEN];

	snprintf(path, sizeof(path), "routes[%u]", i);
	if (!check_destination(doc, &r->to, line, path))
		return;
	/* What network DHCP brings is not known yet: such a route waits for it. */
	if (r->kind == DP_ROUTE_VIA && !is_neighbour(&c->lan.address, r->via) &&
		(c->wan.dhcp ? ip_prefix_contains(&c->lan.address, r->via)
			     : !is_neighbour(&c->wan.address, r->via)))
		config_error(doc, line, path,
			"%s is no router on the network of wan.address or lan.address",
			ip_str(r->via, text));
	for (unsigned j = 0; j < i; j++)
		if (c->static_routes[j].to.addr == r->to.addr &&
			c->static_routes[j].to.len == r->to.len)
			config_error(doc, line, path, "leads where routes[%u], line %u, leads", j,
				config_item_line(doc, "routes", j));
}

static void
check_static_routes(struct config_doc *doc)
{
	if (!config_good(doc, "routes") || !config_good(doc, "wan.address") ||
		!config_good(doc, "lan.address"))
		return;
	for (unsigned i = 0; i < doc->config->n_static_routes; i++)
		check_static_route(doc, i);
}

/* Whether some way leads to the whole network. */
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

/* A client that is told of a network must find the way there. */
static void
check_client_routes(struct config_doc *doc)
{
	const struct config *c = doc->config;

	if (!config_good(doc, "lan.address") || !config_good(doc, "wan.address") ||
		!config_good(doc, "routes"))
		return;
	for (unsigned i = 0; i < c->n_routes; i++)
		if (!leads_to(c, &c->routes[i]))
			config_error(doc, config_item_line(doc, "ppp.routes", i), "ppp.routes",
				"entry %u is outside of lan.address's network, and neither a gateway "
				"nor one of routes leads there",
				i);
}

void
config_check_routes(struct config_doc *doc)
{
	check_static_routes(doc);
	check_client_routes(doc);
}
