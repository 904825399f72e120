/* SPDX-License-Identifier: BSD-3-Clause */
#include "wan.h"

#include <errno.h>

#include "acd.h"
#include "gateway.h"
#include "log.h"

static void
on_send(void *arg, const uint8_t *packet, size_t len, bool broadcast)
{
	struct gateway *gw = arg;
	/* Without an address there is no routing yet: a broadcast needs a frame of our own. */
	int rc = broadcast ? gateway_send_to_all(gw, DP_WAN, packet, len)
			   : dp_inject_ip(gw->dp, DP_WAN, packet, len);

	if (rc != 0)
		log_debug(NET, NULL, "cannot send a DHCP message");
}

static void
on_probe(void *arg, be32 addr)
{
	struct gateway *gw = arg;

	arp_probe(gw->arp[DP_WAN], addr);
}

static void
on_announce(void *arg, be32 addr)
{
	struct gateway *gw = arg;

	arp_announce(gw->arp[DP_WAN], addr);
}

static bool
on_accept(void *arg, const struct dhcp_lease *lease)
{
	struct gateway *gw = arg;
	const struct ip_prefix *wan = &lease->address;
	char addr[IP_STR_LEN];

	for (unsigned net = DP_LAN; net < gw->routing.n_nets; net++) {
		const struct ip_prefix *lan = &gw->routing.address[net];

		if (!ip_prefix_contains(lan, wan->addr) && !ip_prefix_contains(wan, lan->addr))
			continue;
		log_err(NET, NULL,
			"DHCP: refused address %s/%u: it overlaps with a network of the LAN",
			ip_str(wan->addr, addr), wan->len);
		return false;
	}
	return true;
}

/* The address that clients connected to is gone: they must connect again. */
static void
end_connections(struct gateway *gw, const char *why)
{
	unsigned n = clients_drop(&gw->clients, why);

	if (n > 0)
		log_notice(
			CONN, NULL, "%s: %u connections ended, clients must connect again", why, n);
}

/* The routes with a router; those that are on the link (RFC 3442) are left out. */
static unsigned
routes_of(const struct dhcp_lease *lease, struct dp_route out[DHCP_ROUTES_MAX])
{
	unsigned n = 0;

	for (unsigned i = 0; i < lease->n_routes; i++)
		if (lease->routes[i].router != 0)
			out[n++] = (struct dp_route){.to = lease->routes[i].to,
				.kind = DP_ROUTE_VIA,
				.hop = lease->routes[i].router};
	return n;
}

/* Whether the router is a neighbour in the lease's network. */
static bool
leads(const struct dhcp_lease *lease)
{
	return lease->router != 0 && lease->router != lease->address.addr &&
	       ip_prefix_contains(&lease->address, lease->router);
}

static void
on_bound(void *arg, const struct dhcp_lease *lease)
{
	struct gateway *gw = arg;
	const struct routing before = gw->routing;
	struct dp_route routes[DHCP_ROUTES_MAX];
	const struct ip_prefix *old = &before.address[DP_WAN];
	char addr[IP_STR_LEN], router[IP_STR_LEN], server[IP_STR_LEN];
	unsigned n = routes_of(lease, routes);
	bool moved;

	routing_set_wan(&gw->routing, &lease->address, leads(lease) ? lease->router : 0, routes, n);
	moved = old->addr != lease->address.addr || old->len != lease->address.len;
	if (!moved && routing_equal(&before, &gw->routing)) {
		log_debug(NET, NULL, "DHCP: renewed for %u s", lease->lease_s);
		return;
	}
	log_notice(NET, NULL, "wan: address %s/%u, router %s, by DHCP from %s for %u s",
		ip_str(lease->address.addr, addr), lease->address.len,
		leads(lease) ? ip_str(lease->router, router) : "none",
		ip_str(lease->server, server), lease->lease_s);
	if (moved && old->addr != 0)
		end_connections(gw, "the WAN address has changed");
	if ((moved ? gateway_renumber(gw, DP_WAN) : routing_publish(&gw->routing, gw->dp)) != 0)
		log_err(NET, NULL, "wan: cannot use the new address");
}

static void
on_lost(void *arg, const char *why)
{
	static const struct ip_prefix none = {.len = 32};
	struct gateway *gw = arg;
	char addr[IP_STR_LEN];

	log_warning(NET, NULL, "wan: lost address %s: %s",
		ip_str(gw->routing.address[DP_WAN].addr, addr), why);
	end_connections(gw, "the WAN address was lost");
	routing_set_wan(&gw->routing, &none, 0, NULL, 0);
	if (gateway_renumber(gw, DP_WAN) != 0)
		log_err(NET, NULL, "wan: cannot stop using the old address");
}

static const struct dhcp_client_events events = {
	.send = on_send,
	.probe = on_probe,
	.announce = on_announce,
	.accept = on_accept,
	.bound = on_bound,
	.lost = on_lost,
};

int
wan_init(struct gateway *gw)
{
	uint8_t mac[6];

	if (!gw->config->wan.dhcp)
		return 0;
	dp_port_mac(gw->dp, DP_WAN, mac);
	gw->dhcp = dhcp_client_new(mac, &gw->timers, &events, gw);
	return gw->dhcp == NULL ? -ENOMEM : 0;
}

void
wan_fini(struct gateway *gw)
{
	dhcp_client_free(gw->dhcp);
	gw->dhcp = NULL;
}

void
wan_dhcp_input(struct gateway *gw, const uint8_t *packet, size_t len)
{
	if (gw->dhcp != NULL)
		dhcp_client_input(gw->dhcp, packet, len);
}

void
wan_heard(struct gateway *gw, const struct arp_msg *msg)
{
	be32 own = gateway_address(gw, DP_WAN)->addr;

	if (gw->dhcp != NULL)
		dhcp_client_heard(gw->dhcp, msg);
	else if (msg->spa == own)
		acd_defend_own(
			gw->arp[DP_WAN], own, gw->timers.now_ms, &gw->wan_defended_ms, msg->sha);
}
