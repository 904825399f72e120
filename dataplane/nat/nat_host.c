/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sessions of each inside address, in a hash table with open addressing and backward shift
 * deletion.
 */
#include "nat.h"

static uint32_t
place_of(const struct nat *n, rte_be32_t addr)
{
	return (uint32_t)((addr ^ n->shared->secret[0]) * 0x9e3779b97f4a7c15ull >> 42) &
	       n->host_mask;
}

/* The index of the address, or of the place where it belongs. */
static uint32_t
find(const struct nat *n, rte_be32_t addr)
{
	uint32_t i = place_of(n, addr);

	while (n->host[i].addr != 0 && n->host[i].addr != addr)
		i = (i + 1) & n->host_mask;
	return i;
}

bool
nat_host_take(struct nat *n, rte_be32_t addr)
{
	struct nat_host *h;

	if (n->host == NULL)
		return true;
	h = &n->host[find(n, addr)];
	if (h->sessions >= n->shared->config.max_per_host)
		return false;
	h->addr = addr;
	h->sessions++;
	return true;
}

/* Closes the gap: entries behind it that a search would not reach move up. */
static void
remove_at(struct nat *n, uint32_t gap)
{
	uint32_t i = gap;

	for (;;) {
		uint32_t place;

		i = (i + 1) & n->host_mask;
		if (n->host[i].addr == 0)
			break;
		place = place_of(n, n->host[i].addr);
		if (((i - place) & n->host_mask) >= ((i - gap) & n->host_mask)) {
			n->host[gap] = n->host[i];
			gap = i;
		}
	}
	n->host[gap] = (struct nat_host){0};
}

void
nat_host_release(struct nat *n, rte_be32_t addr)
{
	uint32_t i;

	if (n->host == NULL)
		return;
	i = find(n, addr);
	if (--n->host[i].sessions == 0)
		remove_at(n, i);
}
