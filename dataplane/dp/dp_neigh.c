/* SPDX-License-Identifier: BSD-3-Clause */
#include "dp_impl.h"
#include "neigh.h"

/* The table entry of an address; NULL outside the network. */
static _Atomic uint64_t *
find(struct dp *dp, unsigned net, be32 addr)
{
	if (net >= dp->n_nets || ((addr ^ dp->net[net].addr) & dp->net[net].mask) != 0)
		return NULL;
	return neigh_at(&dp->net[net], addr);
}

void
dp_neigh_set(struct dp *dp, unsigned net, be32 addr, const uint8_t mac[6])
{
	_Atomic uint64_t *at = find(dp, net, addr);
	uint64_t old;

	if (at == NULL)
		return;
	/* NEIGH_USED stays: only dp_neigh_used() clears it. */
	old = atomic_load_explicit(at, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(at, &old,
		neigh_word(mac) | (old & NEIGH_USED), memory_order_relaxed, memory_order_relaxed))
		;
}

void
dp_neigh_clear(struct dp *dp, unsigned net, be32 addr)
{
	_Atomic uint64_t *at = find(dp, net, addr);

	if (at != NULL)
		atomic_store_explicit(at, 0, memory_order_relaxed);
}

bool
dp_neigh_used(struct dp *dp, unsigned net, be32 addr)
{
	_Atomic uint64_t *at = find(dp, net, addr);

	if (at == NULL)
		return false;
	return atomic_fetch_and_explicit(at, ~NEIGH_USED, memory_order_relaxed) & NEIGH_USED;
}
