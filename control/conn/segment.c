/* SPDX-License-Identifier: BSD-3-Clause */
#include "segment.h"

#include <errno.h>
#include <string.h>

/* --- events of conflict detection ------------------------------------------------------------- */

static void
on_give_up(void *arg, be32 addr, const uint8_t mac[6])
{
	const struct segment *s = arg;
	void *owner = lease_find(s->leases, addr)->owner;

	if (owner != NULL)
		s->all->events->address_lost(s->all->arg, owner, mac);
}

static void
on_free(void *arg)
{
	const struct segment *s = arg;

	s->all->events->address_ready(s->all->arg);
}

static const struct acd_events acd_events = {
	.give_up = on_give_up,
	.free = on_free,
};

/* --- life ------------------------------------------------------------------------------------- */

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
segments_init(struct segments *all, const struct config *config, struct arp *const arp[DP_NETS_MAX],
	struct timers *timers, const struct segment_events *events, void *arg)
{
	memset(all, 0, sizeof(*all));
	all->events = events;
	all->arg = arg;
	for (unsigned i = 0; i <= config->n_segments; i++) {
		struct segment *s = &all->at[i];

		s->all = all;
		s->name = i == 0 ? "lan" : config->segments[i - 1].name;
		s->net = DP_LAN + i;
		s->address = i == 0 ? config->lan.address : config->segments[i - 1].net.address;
		all->n = i + 1;
		if (fill_pool(s, config) != 0)
			return -ENOMEM;
		s->acd = acd_new(s->leases, arp[s->net], s->address.addr, timers, &acd_events, s);
		if (s->acd == NULL)
			return -ENOMEM;
	}
	return 0;
}

void
segments_fini(struct segments *all)
{
	for (unsigned i = 0; i < all->n; i++) {
		acd_free(all->at[i].acd);
		lease_pool_free(all->at[i].leases);
	}
	all->n = 0;
}

/* --- finding ---------------------------------------------------------------------------------- */

struct segment *
segment_of_net(struct segments *all, unsigned net)
{
	return net >= DP_LAN && net - DP_LAN < all->n ? &all->at[net - DP_LAN] : NULL;
}

struct segment *
segment_of_addr(struct segments *all, be32 addr)
{
	for (unsigned i = 0; i < all->n; i++)
		if (ip_prefix_contains(&all->at[i].address, addr))
			return &all->at[i];
	return NULL;
}

bool
segment_leased(const struct segment *s, be32 addr)
{
	const struct lease *l = lease_find(s->leases, addr);

	return l != NULL && l->state == LEASE_TAKEN;
}

void
segments_doubt(struct segments *all)
{
	for (unsigned i = 0; i < all->n; i++)
		acd_doubt(all->at[i].acd);
}

void
segments_count(const struct segments *all, unsigned count[4])
{
	unsigned one[4];

	memset(count, 0, sizeof(one));
	for (unsigned i = 0; i < all->n; i++) {
		acd_count(all->at[i].acd, one);
		for (unsigned k = 0; k < 4; k++)
			count[k] += one[k];
	}
}

size_t
segments_taken(const struct segments *all)
{
	size_t n = 0;

	for (unsigned i = 0; i < all->n; i++)
		n += lease_taken(all->at[i].leases);
	return n;
}
