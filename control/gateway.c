/* SPDX-License-Identifier: BSD-3-Clause */
#include "gateway.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "icmp.h"
#include "ipv4.h"

/* --- ARP and conflict detection: what they do to the rest ------------------------------------------------- */

static void
on_arp_send(void *arg, unsigned port, const uint8_t *frame, size_t len)
{
	struct gateway *gw = arg;

	if (dp_inject_frame(gw->dp, port, frame, len) != 0)
		log_debug(NET, NULL, "an ARP frame could not be sent");
}

static void
on_neigh_set(void *arg, unsigned port, be32 addr, const uint8_t mac[6])
{
	struct gateway *gw = arg;

	dp_neigh_set(gw->dp, port, addr, mac);
}

static void
on_neigh_clear(void *arg, unsigned port, be32 addr)
{
	struct gateway *gw = arg;

	dp_neigh_clear(gw->dp, port, addr);
}

static bool
on_neigh_used(void *arg, unsigned port, be32 addr)
{
	struct gateway *gw = arg;

	return dp_neigh_used(gw->dp, port, addr);
}

static void
on_forward(void *arg, unsigned port, const uint8_t *packet, size_t len)
{
	struct gateway *gw = arg;

	if (dp_inject_ip(gw->dp, port, packet, len) != 0)
		log_debug(NET, NULL, "a held packet could not be sent");
}

static void
on_unreachable(void *arg, unsigned port, const uint8_t *packet, size_t len)
{
	struct gateway *gw = arg;
	const struct config *config = gw->config;
	uint8_t reply[ICMP_ERROR_MAX];
	be32 from = port == DP_WAN ? config->wan.address.addr : config->lan.address.addr;
	size_t n = icmp_error(ICMP_HOST_UNREACHABLE, packet, len, from, 0, reply);

	if (n != 0)
		gateway_send(gw, reply, n);
}

static bool
on_proxy(void *arg, unsigned port, be32 addr)
{
	struct gateway *gw = arg;
	const struct lease *l = port == DP_LAN ? lease_find(gw->leases, addr) : NULL;

	if (port == DP_WAN)
		return dp_nat_is_pool(gw->dp, addr);
	return l != NULL && l->state == LEASE_TAKEN;
}

static void
on_heard(void *arg, unsigned port, const struct arp_msg *msg)
{
	struct gateway *gw = arg;

	if (port == DP_LAN && gw->acd != NULL)
		acd_heard(gw->acd, msg);
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

static void
on_give_up(void *arg, be32 addr, const uint8_t mac[6])
{
	struct gateway *gw = arg;

	LIST_FOREACH_SAFE (it, &gw->conns) {
		struct conn *c = container_of(it, struct conn, node);

		if (c->lease == addr)
			conn_close(c, "address conflict with %02x:%02x:%02x:%02x:%02x:%02x", mac[0],
				mac[1], mac[2], mac[3], mac[4], mac[5]);
	}
}

static void
on_address_free(void *arg)
{
	struct gateway *gw = arg;

	LIST_FOREACH_SAFE (it, &gw->conns)
		conn_address_ready(container_of(it, struct conn, node));
}

static const struct acd_events acd_events = {
	.give_up = on_give_up,
	.free = on_address_free,
};

/* --- life ------------------------------------------------------------------------------------------------------ */

static void
on_sweep(struct timer *t)
{
	struct gateway *gw = container_of(t, struct gateway, sweep);

	LIST_FOREACH_SAFE (it, &gw->conns)
		conn_sweep(container_of(it, struct conn, node));
	nat_watch(gw);
	timer_arm(t, CONN_SWEEP_MS);
}

static int
fill_pool(struct gateway *gw)
{
	const struct config *config = gw->config;

	gw->leases = lease_pool_new();
	if (gw->leases == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_pools; i++)
		if (lease_add_range(gw->leases, &config->pools[i]) != 0)
			return -ENOMEM;
	for (size_t i = 0; i < config->n_users; i++) {
		const struct config_user *u = &config->users[i];

		if (u->address != 0 && lease_add_fixed(gw->leases, u->address, u->name) != 0)
			return -ENOMEM;
	}
	return 0;
}

static int
init_arp(struct gateway *gw)
{
	const struct ip_prefix *addr[DP_N_PORTS] = {
		[DP_WAN] = &gw->config->wan.address,
		[DP_LAN] = &gw->config->lan.address,
	};

	for (unsigned port = 0; port < DP_N_PORTS; port++) {
		uint8_t mac[6];

		dp_port_mac(gw->dp, port, mac);
		gw->arp[port] = arp_new(port, addr[port], mac, &gw->timers, &arp_events, gw);
		if (gw->arp[port] == NULL)
			return -ENOMEM;
		arp_announce(gw->arp[port], addr[port]->addr);
	}
	gw->acd = acd_new(
		gw->leases, gw->arp[DP_LAN], addr[DP_LAN]->addr, &gw->timers, &acd_events, gw);
	return gw->acd == NULL ? -ENOMEM : 0;
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
	list_init(&gw->buried);
	peer_init(&gw->peers);
	pthread_mutex_init(&gw->lock, NULL);
	for (unsigned i = 0; i < dp_n_workers(dp); i++) {
		gw->by_slot[i] = calloc(DP_MAX_SLOTS, sizeof(struct conn *));
		if (gw->by_slot[i] == NULL)
			goto fail;
	}
	if (fill_pool(gw) != 0 || init_arp(gw) != 0)
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
	acd_free(gw->acd);
	for (unsigned port = 0; port < DP_N_PORTS; port++)
		arp_free(gw->arp[port]);
	lease_pool_free(gw->leases);
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
	if (!dp_nat_on(gw->dp) || !icmp_is_error(ip))
		return false;
	if (ip->dst == gw->config->wan.address.addr || dp_nat_is_pool(gw->dp, ip->dst))
		return dp_inject_nat_back(gw->dp, packet, len) == 0;
	return !ip_prefix_contains(&gw->config->lan.address, ip->dst) &&
	       dp_inject_nat_out(gw->dp, packet, len) == 0;
}

void
gateway_send(struct gateway *gw, const uint8_t *packet, size_t len)
{
	const struct config *config = gw->config;
	struct ipv4 ip;
	int rc;

	if (!ipv4_read(packet, len, &ip) || send_by_nat(gw, &ip, packet, len))
		return;
	if (!ip_prefix_contains(&config->lan.address, ip.dst))
		rc = dp_inject_ip(gw->dp, DP_WAN, packet, len);
	else if (on_proxy(gw, DP_LAN, ip.dst))
		rc = dp_inject_client(gw->dp, packet, len);
	else
		rc = dp_inject_ip(gw->dp, DP_LAN, packet, len);
	if (rc != 0)
		log_debug(NET, NULL, "a packet of %zu bytes could not be sent: %s", len,
			strerror(-rc));
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
