/* SPDX-License-Identifier: BSD-3-Clause */
#include "segment.h"

#include <errno.h>

#include "gateway.h"

/* --- events of conflict detection ----------------------------------------------------------------- */

static void
on_give_up(void *arg, be32 addr, const uint8_t mac[6])
{
	struct gateway *gw = arg;
	const struct segment *s = segment_of_addr(gw, addr);
	struct conn *c = lease_find(s->leases, addr)->owner;

	if (c != NULL)
		conn_close(c, "address conflict with %02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
			mac[2], mac[3], mac[4], mac[5]);
}

void
segments_ask_again(struct gateway *gw)
{
	struct list asked;

	/* Who must go on waiting is put back into the list, for the next time. */
	list_init(&asked);
	while (!list_empty(&gw->wanting)) {
		struct list *n = gw->wanting.next;

		list_del(n);
		list_add_tail(&asked, n);
	}
	while (!list_empty(&asked)) {
		struct list *n = asked.next;

		list_del(n);
		conn_address_ready(container_of(n, struct conn, want_node));
	}
}

static void
on_address_free(void *arg)
{
	segments_ask_again(arg);
}

static const struct acd_events acd_events = {
	.give_up = on_give_up,
	.free = on_address_free,
};

/* --- life ------------------------------------------------------------------------------------------- */

/* The pools that are of its network, and the addresses of users who have one of their own there. */
static int
fill_pool(struct segment *s, const struct config *config)
{
	s->leases = lease_pool_new();
	if (s->leases == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_pools; i++)
		if (ip_prefix_contains(&s->address, config->pools[i].first) &&
			lease_add_range(s->leases, &config->pools[i]) != 0)
			return -ENOMEM;
	for (size_t i = 0; i < config->n_users; i++) {
		const struct config_user *u = &config->users[i];

		if (u->address != 0 && ip_prefix_contains(&s->address, u->address) &&
			lease_add_fixed(s->leases, u->address, u->name) != 0)
			return -ENOMEM;
	}
	return 0;
}

int
segments_init(struct gateway *gw)
{
	const struct config *config = gw->config;

	for (unsigned i = 0; i <= config->n_segments; i++) {
		struct segment *s = &gw->segment[i];

		s->name = i == 0 ? "lan" : config->segments[i - 1].name;
		s->net = DP_LAN + i;
		s->address = i == 0 ? config->lan.address : config->segments[i - 1].net.address;
		gw->n_segments = i + 1;
		if (fill_pool(s, config) != 0)
			return -ENOMEM;
		s->acd = acd_new(
			s->leases, gw->arp[s->net], s->address.addr, &gw->timers, &acd_events, gw);
		if (s->acd == NULL)
			return -ENOMEM;
	}
	return 0;
}

void
segments_fini(struct gateway *gw)
{
	for (unsigned i = 0; i < gw->n_segments; i++) {
		acd_free(gw->segment[i].acd);
		lease_pool_free(gw->segment[i].leases);
	}
}

/* --- finding ---------------------------------------------------------------------------------------- */

struct segment *
segment_of_net(struct gateway *gw, unsigned net)
{
	return net >= DP_LAN && net - DP_LAN < gw->n_segments ? &gw->segment[net - DP_LAN] : NULL;
}

struct segment *
segment_of_addr(struct gateway *gw, be32 addr)
{
	for (unsigned i = 0; i < gw->n_segments; i++)
		if (ip_prefix_contains(&gw->segment[i].address, addr))
			return &gw->segment[i];
	return NULL;
}

struct segment *
segment_of_user(struct gateway *gw, const char *user)
{
	const struct config_user *u = config_find_user(gw->config, user);

	return &gw->segment[u == NULL ? 0 : u->segment.index];
}

bool
segment_leased(const struct segment *s, be32 addr)
{
	const struct lease *l = lease_find(s->leases, addr);

	return l != NULL && l->state == LEASE_TAKEN;
}

void
segments_doubt(struct gateway *gw)
{
	for (unsigned i = 0; i < gw->n_segments; i++)
		acd_doubt(gw->segment[i].acd);
}

void
segments_count(const struct gateway *gw, unsigned count[4])
{
	unsigned one[4];

	memset(count, 0, sizeof(one));
	for (unsigned i = 0; i < gw->n_segments; i++) {
		acd_count(gw->segment[i].acd, one);
		for (unsigned k = 0; k < 4; k++)
			count[k] += one[k];
	}
}

size_t
segments_taken(const struct gateway *gw)
{
	size_t n = 0;

	for (unsigned i = 0; i < gw->n_segments; i++)
		n += lease_taken(gw->segment[i].leases);
	return n;
}
