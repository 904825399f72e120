/* SPDX-License-Identifier: BSD-3-Clause */
/* The operator's commands about the gateway as a router. */
#include "gateway.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

static const char *const port_name[] = {[DP_WAN] = "wan", [DP_LAN] = "lan"};

static void
route_row(struct cli_out *out, const struct ip_prefix *to, const char *way, be32 via,
	const char *port, const char *origin, bool active)
{
	char addr[IP_STR_LEN];

	cli_strf(out, "%s/%u", ip_str(ip_network(to), addr), to->len);
	cli_str(out, way);
	cli_str(out, via != 0 ? ip_str(via, addr) : NULL);
	cli_str(out, port);
	cli_str(out, origin);
	cli_bool(out, active);
}

static void
static_row(struct cli_out *out, const struct routing_route *r)
{
	static const char *const ways[] = {
		[DP_ROUTE_VIA] = "via",
		[DP_ROUTE_BLACKHOLE] = "blackhole",
		[DP_ROUTE_UNREACHABLE] = "unreachable",
	};
	bool via = r->route.kind == DP_ROUTE_VIA;

	route_row(out, &r->route.to, ways[r->route.kind], via ? r->route.hop : 0,
		via && r->active ? port_name[r->route.out] : NULL, r->dhcp ? "dhcp" : "static",
		r->active);
}

enum cli_status
cli_show_routes(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {
		"Destination", "Way", "Router", "Port", "Origin", "Active"};
	static const struct ip_prefix all = {0};
	struct gateway *gw = arg;
	const struct routing *rt = &gw->routing;
	bool lan_leads = rt->gateway[DP_LAN] != 0;

	(void)argc;
	(void)argv;
	cli_table(out, headings, N_ELEMENTS(headings));
	for (unsigned i = 0; i < DP_N_PORTS; i++)
		if (rt->address[i].addr != 0)
			route_row(out, &rt->address[i], "connected", 0, port_name[i], "address",
				true);
	for (unsigned i = 0; i < rt->n; i++)
		static_row(out, &rt->route[i]);
	for (unsigned i = DP_N_PORTS; i-- > 0;)
		if (rt->gateway[i] != 0)
			route_row(out, &all, "via", rt->gateway[i], port_name[i],
				i == DP_WAN && gw->config->wan.dhcp ? "dhcp" : "gateway",
				i == DP_LAN || !lan_leads);
	return CLI_OK;
}
