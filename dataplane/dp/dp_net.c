/* SPDX-License-Identifier: BSD-3-Clause */
/* Networks and routes, published to the workers as one object. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dp_impl.h"
#include "fib.h"

int
dp_net_init(struct network *net, const struct ip_prefix *address, be32 gateway)
{
	net->addr = address->addr;
	net->mask = ip_mask(address->len);
	net->broadcast = ip_broadcast(address);
	net->gateway = gateway;
	net->neigh = calloc((size_t)1 << (32 - address->len), sizeof(*net->neigh));
	return net->neigh == NULL ? -ENOMEM : 0;
}

static bool
same_address(const struct network *net, const struct ip_prefix *address)
{
	return net->addr == address->addr && net->mask == ip_mask(address->len);
}

static bool
sound(const struct dp *dp, const struct dp_net *net)
{
	for (unsigned i = 0; i < dp->n_nets; i++) {
		uint8_t len = net->net[i].address.len;

		if (net->net[i].address.addr != 0 ? len < 12 || len > 30 : len != 32)
			return false;
	}
	for (unsigned i = DP_LAN; i < dp->n_nets; i++)
		if (!same_address(&dp->net[i], &net->net[i].address))
			return false;
	return true;
}

/*
 * Builds the view that `net` describes, without changing the published one. Returns 0 or a negative
 * errno.
 */
static int
view_new(const struct dp *dp, const struct dp_net *net, struct net_view **out)
{
	struct net_view *v = calloc(1, sizeof(*v));
	struct fib *fib = NULL;
	int rc;

	if (v == NULL)
		return -ENOMEM;
	memcpy(v->net, dp->net, sizeof(v->net));
	v->generation = dp->generation + 1;
	rc = fib_new(net->routes, net->n_routes, &fib);
	v->fib = fib;
	for (unsigned i = 0; i < dp->n_nets && rc == 0; i++) {
		v->net[i].gateway = net->net[i].gateway;
		if (!same_address(&v->net[i], &net->net[i].address))
			rc = dp_net_init(&v->net[i], &net->net[i].address, net->net[i].gateway);
	}
	if (rc == 0) {
		*out = v;
		return 0;
	}
	for (unsigned i = 0; i < dp->n_nets; i++)
		if (v->net[i].neigh != dp->net[i].neigh)
			free(v->net[i].neigh);
	fib_free(fib);
	free(v);
	return rc;
}

int
dp_net_set(struct dp *dp, const struct dp_net *net)
{
	const struct net_view *old = atomic_load_explicit(&dp->view, memory_order_relaxed);
	struct net_view *new = NULL;
	int rc = sound(dp, net) ? view_new(dp, net, &new) : -EINVAL;

	if (rc != 0)
		return rc;
	atomic_store_explicit(&dp->view, new, memory_order_release);
	dp->generation = new->generation;
	for (unsigned i = 0; i < dp->n_nets; i++)
		if (new->net[i].neigh != dp->net[i].neigh)
			graveyard_bury(&dp->graves, free, dp->net[i].neigh, NULL, 0);
	memcpy(dp->net, new->net, sizeof(dp->net));
	if (old != NULL) {
		graveyard_bury(&dp->graves, fib_free, (void *)(uintptr_t)old->fib, NULL, 0);
		graveyard_bury(&dp->graves, free, (void *)(uintptr_t)old, NULL, 0);
	}
	return 0;
}

void
dp_net_fini(struct dp *dp)
{
	struct net_view *view = (void *)(uintptr_t)atomic_load_explicit(
		&dp->view, memory_order_relaxed);

	for (unsigned i = 0; i < dp->n_nets; i++)
		free(dp->net[i].neigh);
	if (view != NULL)
		fib_free((void *)(uintptr_t)view->fib);
	free(view);
}
