/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli_net.h"

#include "gateway.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

static const char *
net_name(struct gateway *gw, unsigned net)
{
	const struct segment *s = segment_of_net(&gw->segments, net);

	return s != NULL ? s->name : "wan";
}

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
static_row(struct cli_out *out, struct gateway *gw, const struct routing_route *r)
{
	static const char *const ways[] = {
		[DP_ROUTE_VIA] = "via",
		[DP_ROUTE_BLACKHOLE] = "blackhole",
		[DP_ROUTE_UNREACHABLE] = "unreachable",
	};
	bool via = r->route.kind == DP_ROUTE_VIA;

	route_row(out, &r->route.to, ways[r->route.kind], via ? r->route.hop : 0,
		via && r->active ? net_name(gw, r->route.out) : NULL, r->dhcp ? "dhcp" : "static",
		r->active);
}

enum cli_status
cli_net_routes(void *arg, struct cli_out *out, int argc, char **argv)
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
	for (unsigned i = 0; i < rt->n_nets; i++)
		if (rt->address[i].addr != 0)
			route_row(out, &rt->address[i], "connected", 0, net_name(gw, i), "address",
				true);
	for (unsigned i = 0; i < rt->n; i++)
		static_row(out, gw, &rt->route[i]);
	for (unsigned i = rt->n_nets; i-- > 0;)
		if (rt->gateway[i] != 0)
			route_row(out, &all, "via", rt->gateway[i], net_name(gw, i),
				i == DP_WAN && gw->config->wan.dhcp ? "dhcp" : "gateway",
				i != DP_WAN || !lan_leads);
	return CLI_OK;
}

static uint64_t
seconds_until(const struct gateway *gw, uint64_t ms)
{
	return ms > gw->timers.now_ms ? (ms - gw->timers.now_ms) / 1000 : 0;
}

static void
interface_row(struct cli_out *out, struct gateway *gw, unsigned net)
{
	const struct ip_prefix *address = &gw->routing.address[net];
	enum dp_port port = net == DP_WAN ? DP_WAN : DP_LAN;
	const struct dp_port_config *config = port == DP_WAN ? &gw->config->wan : &gw->config->lan;
	be32 router = gw->routing.gateway[net];
	struct dhcp_client_info dhcp = {0};
	char addr[IP_STR_LEN];
	uint8_t mac[6];

	dp_port_mac(gw->dp, port, mac);
	if (port == DP_WAN && gw->dhcp != NULL)
		dhcp_client_info(gw->dhcp, &dhcp);
	cli_str(out, net_name(gw, net));
	cli_bool(out, dp_port_link(gw->dp, port));
	if (address->addr != 0)
		cli_strf(out, "%s/%u", ip_str(address->addr, addr), address->len);
	else
		cli_str(out, NULL);
	cli_str(out, router != 0 ? ip_str(router, addr) : NULL);
	cli_num(out, config->mtu);
	cli_strf(out, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		mac[5]);
	cli_str(out, dhcp.state);
	cli_str(out, dhcp.lease != NULL ? ip_str(dhcp.lease->server, addr) : NULL);
	cli_num(out, seconds_until(gw, dhcp.renew_ms));
	cli_num(out, seconds_until(gw, dhcp.expires_ms));
	cli_str(out, dhcp.lease != NULL && dhcp.lease->dns[0] != 0
			     ? ip_str(dhcp.lease->dns[0], addr)
			     : NULL);
}

enum cli_status
cli_net_interfaces(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {"Port", "Link", "Address", "Router", "MTU", "MAC",
		"DHCP", "DHCP server", "Renews in", "Ends in", "DNS"};
	struct gateway *gw = arg;

	(void)argc;
	(void)argv;
	cli_table(out, headings, N_ELEMENTS(headings));
	for (unsigned i = 0; i < gw->routing.n_nets; i++)
		interface_row(out, gw, i);
	return CLI_OK;
}
