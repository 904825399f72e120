/* SPDX-License-Identifier: BSD-3-Clause */
/* Ethernet addresses of neighbours: one 64-bit entry for each address of a network. */
#ifndef NEIGH_H
#define NEIGH_H

#include <string.h>

#include "worker.h"

static_assert(RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN, "a MAC is the low bytes of its word");

static inline uint64_t
neigh_word(const uint8_t mac[6])
{
	uint64_t word = 0;

	memcpy(&word, mac, 6);
	return word | NEIGH_VALID;
}

/* The entry of an address, which must be in the network. */
static inline _Atomic uint64_t *
neigh_at(const struct network *net, rte_be32_t addr)
{
	return &net->neigh[rte_be_to_cpu_32(addr & ~net->mask)];
}

/*
 * Returns the entry of an address of the network, with its MAC, and marks it as used; 0 when the
 * MAC is not known.
 */
static inline uint64_t
neigh_find(const struct network *net, rte_be32_t addr)
{
	_Atomic uint64_t *at = neigh_at(net, addr);
	uint64_t word = atomic_load_explicit(at, memory_order_relaxed);

	if (!(word & NEIGH_VALID))
		return 0;
	/*
	 * Written only once between two calls of dp_neigh_used(), so that the cache line stays
	 * shared.
	 */
	if (!(word & NEIGH_USED))
		atomic_fetch_or_explicit(at, NEIGH_USED, memory_order_relaxed);
	return word;
}

#endif
