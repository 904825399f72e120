/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of static routes: longest prefix match by DPDK's DIR24_8, one memory access for most
 * destinations. Control builds and publishes it; it never changes. A new set of routes is a new
 * table.
 */
#ifndef FIB_H
#define FIB_H

#include <assert.h>
#include <rte_byteorder.h>
#include <rte_fib.h>

#include "dp.h"

#define FIB_MB 17 /* memory of a table in MB: a byte for each /24, and what longer prefixes need */

/* Where packets to a destination go. */
struct fib_way {
	enum dp_route_kind kind; /* DP_ROUTE_NONE: no route in the table */
	enum dp_port out; /* DP_ROUTE_VIA */
	rte_be32_t hop; /* DP_ROUTE_VIA: in the network `out` */
};

struct fib {
	struct rte_fib *table; /* maps a destination to an index in way[] */
	struct fib_way way[DP_ROUTES_MAX + 1]; /* 0: no route */
};

/*
 * Builds a table. Of two routes with the same prefix the later one counts. *out is NULL when n is
 * 0. Returns 0, -EINVAL for more than DP_ROUTES_MAX routes, or -ENOMEM.
 */
int fib_new(const struct dp_route *routes, unsigned n, struct fib **out);
void fib_free(void *fib);

/* Looks up n destinations (host order) and stores their indexes in way[]. */
static inline void
fib_find(const struct fib *fib, uint32_t *dst, uint64_t *way, unsigned n)
{
	rte_fib_lookup_bulk(fib->table, dst, way, (int)n);
}

static inline const struct fib_way *
fib_find_one(const struct fib *fib, rte_be32_t addr)
{
	uint32_t dst = rte_be_to_cpu_32(addr);
	uint64_t way;

	fib_find(fib, &dst, &way, 1);
	return &fib->way[way];
}

#endif
