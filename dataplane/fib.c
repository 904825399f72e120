/* SPDX-License-Identifier: BSD-3-Clause */
#include "fib.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <rte_errno.h>
#include <rte_memory.h>

static_assert(DP_ROUTES_MAX < 128, "an index of a way is seven bits");

static int
fill(struct fib *f, const struct dp_route *routes, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct dp_route *r = &routes[i];
		int rc = rte_fib_add(f->table, ntohl(ip_network(&r->to)), r->to.len, i + 1);

		if (rc != 0)
			return rc;
		f->way[i + 1] = (struct fib_way){.kind = r->kind, .out = r->out, .hop = r->hop};
	}
	return 0;
}

int
fib_new(const struct dp_route *routes, unsigned n, struct fib **out)
{
	/* One table for each prefix longer than /24; the library wants at least one. */
	struct rte_fib_conf conf = {
		.type = RTE_FIB_DIR24_8,
		.default_nh = 0,
		.max_routes = DP_ROUTES_MAX,
		.dir24_8 = {.nh_sz = RTE_FIB_DIR24_8_1B, .num_tbl8 = n + 1},
	};
	char name[32];
	struct fib *f;
	int rc;

	*out = NULL;
	if (n == 0)
		return 0;
	if (n > DP_ROUTES_MAX)
		return -EINVAL;
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return -ENOMEM;
	/* Two tables can exist at the same time, so each has a name of its own. */
	snprintf(name, sizeof(name), "routes_%p", (void *)f);
	f->table = rte_fib_create(name, SOCKET_ID_ANY, &conf);
	rc = f->table == NULL ? -rte_errno : fill(f, routes, n);
	if (rc != 0) {
		fib_free(f);
		return rc;
	}
	*out = f;
	return 0;
}

void
fib_free(void *fib)
{
	struct fib *f = fib;

	if (f == NULL)
		return;
	rte_fib_free(f->table);
	free(f);
}
