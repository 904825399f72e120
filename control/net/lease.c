/* SPDX-License-Identifier: BSD-3-Clause */
/* Only lease_add_*() walk over the pool, because ten thousand clients may ask at once. */
#include "lease.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024 /* of users by name */

/* A user who has or had an address, or has a fixed one. */
struct lease_user {
	struct list node; /* in a bucket */
	struct list free; /* the user's former leases that are free, the most recent one first */
	size_t refs; /* leases that name the user, taken or not */
	size_t taken;
	be32 fixed; /* 0: none */
	char name[];
};

struct lease_pool {
	struct lease *v; /* sorted by address in host order */
	size_t n, cap;
	size_t fresh; /* no lease before this one is free and unused so far */
	size_t unknown; /* leases in that state that are not fixed */
	size_t taken;
	/*
	 * Free leases that were taken before and are not fixed, the one that is free longest first.
	 */
	struct list free;
	struct list users[BUCKETS];
};

/* --- users ----------------------------------------------------------------------------------- */

static struct list *
bucket(struct lease_pool *pool, const char *name)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * 16777619u;
	return &pool->users[(h ^ h >> 16) % BUCKETS];
}

static struct lease_user *
user_find(struct lease_pool *pool, const char *name)
{
	LIST_FOREACH (it, bucket(pool, name)) {
		struct lease_user *u = container_of(it, struct lease_user, node);

		if (strcmp(u->name, name) == 0)
			return u;
	}
	return NULL;
}

/* Finds or makes the user; NULL if out of memory. */
static struct lease_user *
user_get(struct lease_pool *pool, const char *name)
{
	struct lease_user *u = user_find(pool, name);
	size_t len = strlen(name) + 1;

	if (u != NULL)
		return u;
	u = calloc(1, sizeof(*u) + len);
	if (u == NULL)
		return NULL;
	memcpy(u->name, name, len);
	list_init(&u->free);
	list_add_head(bucket(pool, name), &u->node);
	return u;
}

static void
user_put(struct lease_user *u)
{
	if (u->refs > 0 || u->fixed != 0)
		return;
	list_del(&u->node);
	free(u);
}

/* Makes the lease this user's. */
static void
set_user(struct lease *l, struct lease_user *u)
{
	struct lease_user *before = l->user;

	u->refs++;
	l->user = u;
	if (before != NULL) {
		before->refs--;
		user_put(before);
	}
}

const char *
lease_user_name(const struct lease *l)
{
	return l->user != NULL ? l->user->name : NULL;
}

/* --- the pool -------------------------------------------------------------------------------- */

struct lease_pool *
lease_pool_new(void)
{
	struct lease_pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return NULL;
	list_init(&pool->free);
	for (size_t i = 0; i < BUCKETS; i++)
		list_init(&pool->users[i]);
	return pool;
}

void
lease_pool_free(struct lease_pool *pool)
{
	if (pool == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		LIST_FOREACH_SAFE (it, &pool->users[i])
			free(container_of(it, struct lease_user, node));
	free(pool->v);
	free(pool);
}

/* The index of the address, or where it would be inserted. */
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

/* Finds or inserts the lease of an address; NULL if out of memory. No lease is in a list yet. */
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
	pool->unknown++;
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

/* --- states ---------------------------------------------------------------------------------- */

/* Whether it is in the lists of free leases. */
static bool
is_listed(const struct lease *l)
{
	return l->state == LEASE_FREE && l->fixed_to == NULL && l->user != NULL;
}

static void
leave(struct lease_pool *pool, struct lease *l)
{
	if (is_listed(l)) {
		list_del(&l->free_node);
		list_del(&l->user_node);
	} else if (l->state == LEASE_TAKEN) {
		l->user->taken--;
		pool->taken--;
	} else if (l->state == LEASE_UNKNOWN && l->fixed_to == NULL) {
		pool->unknown--;
	}
}

static void
enter(struct lease_pool *pool, struct lease *l)
{
	size_t at = (size_t)(l - pool->v);

	if (is_listed(l)) {
		list_add_tail(&pool->free, &l->free_node);
		list_add_head(&l->user->free, &l->user_node);
	} else if (l->state == LEASE_FREE) {
		if (at < pool->fresh)
			pool->fresh = at;
	} else if (l->state == LEASE_TAKEN) {
		l->user->taken++;
		pool->taken++;
	} else if (l->state == LEASE_UNKNOWN && l->fixed_to == NULL) {
		pool->unknown++;
	}
}

void
lease_set_state(struct lease_pool *pool, struct lease *l, enum lease_state state)
{
	if (state == l->state)
		return;
	leave(pool, l);
	l->state = state;
	enter(pool, l);
}

int
lease_add_fixed(struct lease_pool *pool, be32 addr, const char *user)
{
	struct lease_user *u = user_get(pool, user);
	struct lease *l = u != NULL ? insert(pool, addr) : NULL;

	if (l == NULL)
		return -ENOMEM;
	leave(pool, l);
	l->fixed_to = user;
	enter(pool, l);
	u->fixed = addr;
	return 0;
}

/* Leases a free address to the user. */
static int
take(struct lease_pool *pool, struct lease *l, const char *name, be32 *out)
{
	struct lease_user *u = user_get(pool, name);

	if (u == NULL)
		return -ENOMEM;
	leave(pool, l);
	set_user(l, u);
	l->state = LEASE_TAKEN;
	enter(pool, l);
	*out = l->addr;
	return 0;
}

static int
take_fixed(struct lease_pool *pool, struct lease *l, const char *user, be32 *out)
{
	*out = l->addr;
	if (l->state == LEASE_UNKNOWN)
		return -EAGAIN;
	return l->state == LEASE_FREE ? take(pool, l, user, out) : -EADDRINUSE;
}

/* The first lease that is free and that nobody has had; NULL if there is none. */
static struct lease *
fresh(struct lease_pool *pool)
{
	for (; pool->fresh < pool->n; pool->fresh++) {
		struct lease *l = &pool->v[pool->fresh];

		if (l->state == LEASE_FREE && l->fixed_to == NULL && l->user == NULL)
			return l;
	}
	return NULL;
}

int
lease_acquire(struct lease_pool *pool, const char *user, be32 *out)
{
	struct lease_user *u = user_find(pool, user);
	struct lease *l;

	if (u != NULL && u->fixed != 0)
		return take_fixed(pool, lease_find(pool, u->fixed), user, out);
	if (u != NULL && !list_empty(&u->free))
		l = container_of(u->free.next, struct lease, user_node);
	else if ((l = fresh(pool)) == NULL && !list_empty(&pool->free))
		l = container_of(pool->free.next, struct lease, free_node);
	if (l != NULL)
		return take(pool, l, user, out);
	return pool->unknown > 0 ? -EAGAIN : -ENOSPC;
}

void
lease_release(struct lease_pool *pool, be32 addr)
{
	struct lease *l = lease_find(pool, addr);

	if (l == NULL)
		return;
	l->owner = NULL;
	if (l->state == LEASE_TAKEN)
		lease_set_state(pool, l, LEASE_FREE);
}

size_t
lease_taken(const struct lease_pool *pool)
{
	return pool->taken;
}

size_t
lease_taken_by(struct lease_pool *pool, const char *user)
{
	const struct lease_user *u = user_find(pool, user);

	return u != NULL ? u->taken : 0;
}
