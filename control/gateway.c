/* SPDX-License-Identifier: BSD-3-Clause */
#include "gateway.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "icmp.h"
#include "ipv4.h"
#include "rdwr.h"

#define ETHER_TYPE_IPV4 0x0800

/* --- ARP and conflict detection: what they do to the rest ------------------------------------------------- */

static void
on_arp_send(void *arg, unsigned net, const uint8_t *frame, size_t len)
{
	struct gateway *gw = arg;

	if (dp_inject_frame(gw->dp, net, frame, len) != 0)
		log_debug(NET, NULL, "an ARP frame could not be sent");
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
		log_debug(NET, NULL, "a held packet could not be sent");
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
	/* Nobody is told of what we sent ourselves. From the port that the answer leaves by (RFC 1812, 4.3.2.4). */
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
	const struct segment *s = segment_of_net(gw, net);

	if (net == DP_WAN)
		return dp_nat_is_pool(gw->dp, addr);
	return s != NULL && segment_leased(s, addr);
}

static void
on_heard(void *arg, unsigned net, const struct arp_msg *msg)
{
	struct gateway *gw = arg;

	const struct segment *s = segment_of_net(gw, net);

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

/* --- life ------------------------------------------------------------------------------------------------------ */

static void
on_sweep(struct timer *t)
{
	struct gateway *gw = container_of(t, struct gateway, sweep);

	LIST_FOREACH_SAFE (it, &gw->conns)
		conn_sweep(container_of(it, struct conn, node));
	segments_ask_again(gw);
	nat_watch(gw);
	timer_arm(t, CONN_SWEEP_MS);
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

int
gateway_init(struct gateway *gw, const struct config *config, struct dp *dp, uint64_t now_ms)
{
	memset(gw, 0, sizeof(*gw));
	gw->config = config;
	gw->dp = dp;
	timers_init(&gw->timers, now_ms);
	list_init(&gw->conns);
	list_init(&gw->dead);
	list_init(&gw->wanting);
	list_init(&gw->buried);
	peer_init(&gw->peers);
	ike_firsts_init(&gw->firsts, now_ms);
	routing_init(&gw->routing, config);
	for (enum dp_port port = 0; port < DP_N_PORTS; port++)
		gw->link[port] = dp_port_link(dp, port);
	pthread_mutex_init(&gw->lock, NULL);
	for (unsigned i = 0; i < dp_n_workers(dp); i++) {
		gw->by_slot[i] = calloc(DP_MAX_SLOTS, sizeof(struct conn *));
		if (gw->by_slot[i] == NULL)
			goto fail;
	}
	if (init_arp(gw) != 0 || segments_init(gw) != 0)
		goto fail;
	if (gw->routing.n > 0 && routing_publish(&gw->routing, dp) != 0)
		goto fail;
	if (wan_init(gw) != 0)
		goto fail;
	timer_init(&gw->sweep, &gw->timers, on_sweep);
	timer_arm(&gw->sweep, CONN_SWEEP_MS);
	return 0;

fail:
	log_err(MAIN, NULL, "out of memory");
	gateway_fini(gw);
	return -ENOMEM;
}

void
gateway_fini(struct gateway *gw)
{
	LIST_FOREACH_SAFE (it, &gw->conns)
		conn_finish(container_of(it, struct conn, node), false, "kanmond stops");
	gateway_reap(gw);
	wan_fini(gw);
	segments_fini(gw);
	for (unsigned net = 0; net < DP_NETS_MAX; net++)
		arp_free(gw->arp[net]);
	ike_firsts_fini(&gw->firsts);
	for (unsigned i = 0; i < DP_MAX_WORKERS; i++)
		free(gw->by_slot[i]);
	pthread_mutex_destroy(&gw->lock);
}

void
gateway_reap(struct gateway *gw)
{
	conn_link_reap(gw);
	LIST_FOREACH_SAFE (it, &gw->dead)
		conn_free(container_of(it, struct conn, node));
}

/*
 * Where there is NAT, an ICMP error is about a packet as hosts inside know it, and goes to one outside, or about one as
 * hosts outside know it, and goes to one of our addresses that stands for a host inside. True when it was NAT's.
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
	return segment_of_addr(gw, ip->dst) == NULL &&
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
	s = segment_of_addr(gw, ip.dst);
	if (s != NULL && segment_leased(s, ip.dst))
		rc = dp_inject_client(gw->dp, packet, len);
	else if (routing_find(&gw->routing, ip.dst, &out, &hop))
		rc = dp_inject_ip(gw->dp, out, packet, len);
	else
		rc = -ENETUNREACH;
	if (rc != 0)
		log_debug(NET, NULL, "a packet of %zu bytes could not be sent: %s", len,
			strerror(-rc));
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

bool
gateway_send_ike(struct gateway *gw, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len)
{
	static const uint8_t non_esp_marker[4];
	uint8_t packet[IKE_MESSAGE_MAX + 64];
	bool natt = local->port == htons(IKE_NATT_PORT);
	size_t n = udp_write(
		packet, sizeof(packet), local, remote, non_esp_marker, natt ? 4 : 0, msg, len);

	return n != 0 && dp_inject_ip(gw->dp, DP_WAN, packet, n) == 0;
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

struct conn *
gateway_conn_by_sid(struct gateway *gw, uint32_t sid)
{
	struct conn **slots = gw->by_slot[DP_ID_WORKER(sid)];

	return slots != NULL && sid != DP_SID_NONE ? slots[DP_ID_SLOT(sid)] : NULL;
}

void
gateway_set_sid(struct gateway *gw, uint32_t sid, struct conn *c)
{
	gw->by_slot[DP_ID_WORKER(sid)][DP_ID_SLOT(sid)] = c;
}
