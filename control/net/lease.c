/* SPDX-License-Identifier: BSD-3-Clause */
#include "lease.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct lease_pool {
	struct lease *v; /* sorted by address in host order */
	size_t n, cap;
	uint64_t releases;
};

struct lease_pool *
lease_pool_new(void)
{
	return calloc(1, sizeof(struct lease_pool));
}

void
lease_pool_free(struct lease_pool *pool)
{
	if (pool == NULL)
		return;
	for (size_t i = 0; i < pool->n; i++)
		free(pool->v[i].user);
	free(pool->v);
	free(pool);
}

/* Where the address is, or would be put in. */
static size_t
position(const struct lease_pool *pool, be32 addr)
{
	size_t low = 0, high = pool->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ntohl(pool->v[mid].addr) < ntohl(addr))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct lease *
lease_find(struct lease_pool *pool, be32 addr)
{
	size_t at = position(pool, addr);

	return at < pool->n && pool->v[at].addr == addr ? &pool->v[at] : NULL;
}

/* The lease of the address, put in when it is new; NULL when out of memory. */
static struct lease *
insert(struct lease_pool *pool, be32 addr)
{
	size_t at = position(pool, addr);

	if (at < pool->n && pool->v[at].addr == addr)
		return &pool->v[at];
	if (pool->n == pool->cap) {
		size_t cap = pool->cap ? pool->cap * 2 : 64;
		struct lease *v = realloc(pool->v, cap * sizeof(*v));

		if (v == NULL)
			return NULL;
		pool->v = v;
		pool->cap = cap;
	}
	memmove(&pool->v[at + 1], &pool->v[at], (pool->n - at) * sizeof(pool->v[0]));
	pool->n++;
	pool->v[at] = (struct lease){.addr = addr};
	return &pool->v[at];
}

int
lease_add_range(struct lease_pool *pool, const struct ip_range *range)
{
	uint32_t first = ntohl(range->first);

	for (uint32_t i = 0; i < ip_range_count(range); i++)
		if (insert(pool, htonl(first + i)) == NULL)
			return -ENOMEM;
	return 0;
}

int
lease_add_fixed(struct lease_pool *pool, be32 addr, const char *user)
{
	struct lease *l = insert(pool, addr);

	if (l == NULL)
		return -ENOMEM;
	l->fixed_to = user;
	return 0;
}

/* Gives a free lease to the user. */
static int
take(struct lease *l, const char *user, be32 *out)
{
	char *name = strdup(user);

	if (name == NULL)
		return -ENOMEM;
	free(l->user);
	l->user = name;
	l->state = LEASE_TAKEN;
	*out = l->addr;
	return 0;
}

static int
take_fixed(struct lease *l, const char *user, be32 *out)
{
	*out = l->addr;
	if (l->state == LEASE_UNKNOWN)
		return -EAGAIN;
	return l->state == LEASE_FREE ? take(l, user, out) : -EADDRINUSE;
}

/* Whether a is to be given before b: one that nobody had, else the one that is free longest. */
static bool
better(const struct lease *a, const struct lease *b)
{
	if ((a->user == NULL) != (b->user == NULL))
		return a->user == NULL;
	return a->released < b->released;
}

int
lease_acquire(struct lease_pool *pool, const char *user, be32 *out)
{
	struct lease *his = NULL, *best = NULL;
	bool unknown = false;

	for (size_t i = 0; i < pool->n; i++) {
		struct lease *l = &pool->v[i];

		if (l->fixed_to != NULL) {
			if (strcmp(l->fixed_to, user) == 0)
				return take_fixed(l, user, out);
			continue;
		}
		unknown |= l->state == LEASE_UNKNOWN;
		if (l->state != LEASE_FREE)
			continue;
		if (his == NULL && l->user != NULL && strcmp(l->user, user) == 0)
			his = l;
		if (his == NULL && (best == NULL || better(l, best)))
			best = l;
	}
	if (his != NULL)
		return take(his, user, out);
	if (best != NULL)
		return take(best, user, out);
	return unknown ? -EAGAIN : -ENOSPC;
}

void
lease_release(struct lease_pool *pool, be32 addr)
{
	struct lease *l = lease_find(pool, addr);

	if (l == NULL || l->state != LEASE_TAKEN)
		return;
	l->state = LEASE_FREE;
	l->released = ++pool->releases;
}

size_t
lease_count(const struct lease_pool *pool)
{
	return pool->n;
}

struct lease *
lease_at(struct lease_pool *pool, size_t i)
{
	return &pool->v[i];
}
