/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of static routes: longest prefix match by DPDK's DIR24_8, one memory access for most destinations.
 * Made whole by control, published, never changed: another set of routes is another table.
 */
#ifndef FIB_H
#define FIB_H

#include <assert.h>
#include <rte_byteorder.h>
#include <rte_fib.h>

#include "dp.h"

#define FIB_MB 17 /* of memory: a byte for each /24, and what longer prefixes need */

/* Where a destination's packets go. */
struct fib_way {
	enum dp_route_kind kind; /* DP_ROUTE_NONE: no route of the table */
	enum dp_port out; /* of DP_ROUTE_VIA */
	rte_be32_t hop; /* of DP_ROUTE_VIA: on the network of `out` */
};

struct fib {
	struct rte_fib *table; /* destination -> index of way */
	struct fib_way way[DP_ROUTES_MAX + 1]; /* 0: no route */
};

/*
 * A table of these routes; of two with one prefix the later counts. *out is NULL when there are none. 0, -EINVAL when
 * there are more than DP_ROUTES_MAX, -ENOMEM.
 */
int fib_new(const struct dp_route *routes, unsigned n, struct fib **out);
void fib_free(void *fib);

/* The ways of n destinations (in host order). */
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
