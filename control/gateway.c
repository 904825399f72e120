/* SPDX-License-Identifier: BSD-3-Clause */
#include "gateway.h"

#include <errno.h>
#include <string.h>

#include "ipv4.h"
#include "log.h"
#include "rdwr.h"
#include "wan.h"

#define ETHER_TYPE_IPV4 0x0800

/* --- events of ARP ---------------------------------------------------------------------------- */

static void
on_arp_send(void *arg, unsigned net, const uint8_t *frame, size_t len)
{
	struct gateway *gw = arg;

	if (dp_inject_frame(gw->dp, net, frame, len) != 0)
		log_debug(NET, NULL, "cannot send an ARP frame");
}

static void
on_neigh_set(void *arg, unsigned net, be32 addr, const uint8_t mac[6])
{
	struct gateway *gw = arg;

	dp_neigh_set(gw->dp, net, addr, mac);
}

static void
on_neigh_clear(void *arg, unsigned net, be32 addr)
{
	struct gateway *gw = arg;

	dp_neigh_clear(gw->dp, net, addr);
}

static bool
on_neigh_used(void *arg, unsigned net, be32 addr)
{
	struct gateway *gw = arg;

	return dp_neigh_used(gw->dp, net, addr);
}

static void
on_forward(void *arg, unsigned net, const uint8_t *packet, size_t len)
{
	struct gateway *gw = arg;

	if (dp_inject_ip(gw->dp, net, packet, len) != 0)
		log_debug(NET, NULL, "cannot send a packet that waited for ARP");
}

static bool
gateway_owns(const struct gateway *gw, be32 addr)
{
	for (unsigned i = 0; i < gw->routing.n_nets; i++)
		if (addr != 0 && addr == gw->routing.address[i].addr)
			return true;
	return false;
}

static void
on_unreachable(void *arg, unsigned net, const uint8_t *packet, size_t len)
{
	struct gateway *gw = arg;
	struct ipv4 ip;
	unsigned back;
	be32 hop;

	(void)net;
	/*
	 * No error about a packet of our own. The source is the address of the port by which the
	 * error leaves (RFC 1812, 4.3.2.4).
	 */
	if (!ipv4_read(packet, len, &ip) || gateway_owns(gw, ip.src) ||
		!routing_find(&gw->routing, ip.src, &back, &hop))
		return;
	gateway_send_error(
		gw, ICMP_HOST_UNREACHABLE, packet, len, gw->routing.address[back].addr, 0);
}

static bool
on_proxy(void *arg, unsigned net, be32 addr)
{
	struct gateway *gw = arg;
	const struct segment *s = segment_of_net(&gw->segments, net);

	if (net == DP_WAN)
		return dp_nat_is_pool(gw->dp, addr);
	return s != NULL && segment_leased(s, addr);
}

static void
on_heard(void *arg, unsigned net, const struct arp_msg *msg)
{
	struct gateway *gw = arg;
	const struct segment *s = segment_of_net(&gw->segments, net);

	if (net == DP_WAN)
		wan_heard(gw, msg);
	else if (s != NULL && s->acd != NULL)
		acd_heard(s->acd, msg);
}

static const struct arp_events arp_events = {
	.send = on_arp_send,
	.neigh_set = on_neigh_set,
	.neigh_clear = on_neigh_clear,
	.neigh_used = on_neigh_used,
	.forward = on_forward,
	.unreachable = on_unreachable,
	.proxy = on_proxy,
	.heard = on_heard,
};

/* --- life ------------------------------------------------------------------------------------- */

static void
on_sweep(struct timer *t)
{
	struct gateway *gw = container_of(t, struct gateway, sweep);

	nat_watch(&gw->nat, gw->dp, gw->timers.now_ms);
	timer_arm(t, GATEWAY_SWEEP_MS);
}

static int
init_arp(struct gateway *gw)
{
	for (unsigned net = 0; net < gw->routing.n_nets; net++) {
		const struct ip_prefix *addr = gateway_address(gw, net);
		uint8_t mac[6];

		dp_port_mac(gw->dp, net == DP_WAN ? DP_WAN : DP_LAN, mac);
		gw->arp[net] = arp_new(net, addr, mac, &gw->timers, &arp_events, gw);
		if (gw->arp[net] == NULL)
			return -ENOMEM;
		if (addr->addr != 0)
			arp_announce(gw->arp[net], addr->addr);
	}
	return 0;
}

int
gateway_renumber(struct gateway *gw, enum dp_port port)
{
	const struct ip_prefix *addr = &gw->routing.address[port];
	int rc = routing_publish(&gw->routing, gw->dp);

	if (rc == 0)
		rc = arp_renumber(gw->arp[port], addr);
	if (rc == 0 && addr->addr != 0)
		arp_announce(gw->arp[port], addr->addr);
	return rc;
}

/* dp_start() has configured all but the routes. */
static int
init_routes(struct gateway *gw)
{
	return gw->routing.n > 0 ? routing_publish(&gw->routing, gw->dp) : 0;
}

static int
init_clients(struct gateway *gw)
{
	return clients_init(&gw->clients, gw->config, gw->dp, &gw->timers, &gw->segments);
}

static int
init_segments(struct gateway *gw)
{
	return segments_init(&gw->segments, gw->config, gw->arp, &gw->timers,
		&clients_segment_events, &gw->clients);
}

int
gateway_init(struct gateway *gw, const struct config *config, struct dp *dp, uint64_t now_ms)
{
	static const struct {
		const char *what;
		int (*init)(struct gateway *);
	} steps[] = {{"clients", init_clients}, {"ARP", init_arp}, {"address pools", init_segments},
		{"routes", init_routes}, {"the WAN's DHCP client", wan_init}};

	memset(gw, 0, sizeof(*gw));
	gw->config = config;
	gw->dp = dp;
	timers_init(&gw->timers, now_ms);
	routing_init(&gw->routing, config);
	for (enum dp_port port = 0; port < DP_N_PORTS; port++)
		gw->link[port] = dp_port_link(dp, port);
	pthread_mutex_init(&gw->lock, NULL);
	timer_init(&gw->sweep, &gw->timers, on_sweep);
	timer_arm(&gw->sweep, GATEWAY_SWEEP_MS);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int rc = steps[i].init(gw);

		if (rc == 0)
			continue;
		log_err(MAIN, NULL, "cannot set up %s: %s", steps[i].what, strerror(-rc));
		gateway_fini(gw);
		return rc;
	}
	return 0;
}

void
gateway_fini(struct gateway *gw)
{
	clients_fini(&gw->clients);
	wan_fini(gw);
	segments_fini(&gw->segments);
	for (unsigned net = 0; net < DP_NETS_MAX; net++)
		arp_free(gw->arp[net]);
	timer_stop(&gw->sweep);
	pthread_mutex_destroy(&gw->lock);
}

/*
 * Lets NAT translate an ICMP error of our own: one about a packet as hosts inside know it, which
 * goes to a host outside; or one about a packet as hosts outside know it, which goes to one of our
 * addresses that stands for a host inside. False if NAT has no part in it.
 */
static bool
send_by_nat(struct gateway *gw, const struct ipv4 *ip, const uint8_t *packet, size_t len)
{
	unsigned out;
	be32 hop;

	if (!dp_nat_on(gw->dp) || !icmp_is_error(ip))
		return false;
	if (ip->dst == gw->routing.address[DP_WAN].addr || dp_nat_is_pool(gw->dp, ip->dst))
		return dp_inject_nat_back(gw->dp, packet, len) == 0;
	return segment_of_addr(&gw->segments, ip->dst) == NULL &&
	       routing_find(&gw->routing, ip->dst, &out, &hop) && out == DP_WAN &&
	       dp_inject_nat_out(gw->dp, packet, len) == 0;
}

void
gateway_send(struct gateway *gw, const uint8_t *packet, size_t len)
{
	const struct segment *s;
	unsigned out = DP_WAN;
	struct ipv4 ip;
	be32 hop;
	int rc;

	if (!ipv4_read(packet, len, &ip) || send_by_nat(gw, &ip, packet, len) ||
		gateway_owns(gw, ip.dst))
		return;
	s = segment_of_addr(&gw->segments, ip.dst);
	if (s != NULL && segment_leased(s, ip.dst))
		rc = dp_inject_client(gw->dp, packet, len);
	else if (routing_find(&gw->routing, ip.dst, &out, &hop))
		rc = dp_inject_ip(gw->dp, out, packet, len);
	else
		rc = -ENETUNREACH;
	if (rc != 0)
		log_debug(NET, NULL, "cannot send a packet of %zu bytes: %s", len, strerror(-rc));
}

const struct ip_prefix *
gateway_address(const struct gateway *gw, unsigned net)
{
	return &gw->routing.address[net < gw->routing.n_nets ? net : DP_LAN];
}

int
gateway_send_to_all(struct gateway *gw, unsigned net, const uint8_t *packet, size_t len)
{
	static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	uint8_t frame[DP_PACKET_MAX], mac[6];
	struct wr w = wr_init(frame, sizeof(frame));

	dp_port_mac(gw->dp, net == DP_WAN ? DP_WAN : DP_LAN, mac);
	wr_bytes(&w, all, sizeof(all));
	wr_bytes(&w, mac, sizeof(mac));
	wr_u16(&w, ETHER_TYPE_IPV4);
	wr_bytes(&w, packet, len);
	return w.bad ? -EMSGSIZE : dp_inject_frame(gw->dp, net, frame, wr_len(&w));
}

void
gateway_send_error(struct gateway *gw, enum icmp_error error, const uint8_t *packet, size_t len,
	be32 from, uint16_t mtu)
{
	uint8_t reply[ICMP_ERROR_MAX];
	size_t n = icmp_error(error, packet, len, from, mtu, reply);

	if (n == 0)
		return;
	if (budget_take(&gw->icmp_errors, gw->timers.now_ms, 1, ICMP_ERRORS_S))
		gateway_send(gw, reply, n);
	else
		gw->icmp_errors_limited++;
}
