/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The addresses for clients: ranges, and addresses that are fixed to a user. An address is leased
 * only after address conflict detection (acd.h) has found it free.
 */
#ifndef LEASE_H
#define LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ip.h"
#include "list.h"

enum lease_state {
	LEASE_UNKNOWN, /* not probed yet */
	LEASE_FREE, /* no host of the LAN uses it */
	LEASE_TAKEN, /* a client has it */
	LEASE_CONFLICT, /* another host of the LAN uses it */
};

struct lease_user;

struct lease {
	be32 addr;
	enum lease_state state; /* changed only by lease_set_state() */
	struct lease_user *user; /* who has it or had it last; NULL: nobody ever had it */
	const char *fixed_to; /* the only user who may have it; NULL: any */
	void *owner; /* for the caller, while it is taken */
	/* In the lists of free leases that were taken before: of all, of the last user. */
	struct list free_node, user_node;
};

struct lease_pool;

/* Makes an empty pool; NULL if out of memory. */
struct lease_pool *lease_pool_new(void);
void lease_pool_free(struct lease_pool *pool);

/*
 * Adds a range for all users, before the first lease. Addresses that are in the pool already stay
 * as they are. Returns 0 or -ENOMEM.
 */
int lease_add_range(struct lease_pool *pool, const struct ip_range *range);

/*
 * Reserves an address for a user, in a range or outside; `user` must outlive the pool. Returns 0 or
 * -ENOMEM.
 */
int lease_add_fixed(struct lease_pool *pool, be32 addr, const char *user);

/*
 * Leases an address to the user: the fixed one; else the last one, if it is free; else one that
 * nobody has had; else the one that is free for the longest time. Returns 0; -EAGAIN if one may be
 * free but is still probed; -ENOSPC if all are taken or in conflict; -EADDRINUSE if the fixed
 * address is taken or in conflict (*out is that address); -ENOMEM.
 */
int lease_acquire(struct lease_pool *pool, const char *user, be32 *out);

/* Releases the address. It is free at once, because it was watched while leased. */
void lease_release(struct lease_pool *pool, be32 addr);

/* The user who has it or had it last, or NULL. */
const char *lease_user_name(const struct lease *l);

/* Changes the state of an address, but not to LEASE_TAKEN, and from that only to LEASE_CONFLICT. */
void lease_set_state(struct lease_pool *pool, struct lease *l, enum lease_state state);

/* The number of taken addresses, of all and of the user. */
size_t lease_taken(const struct lease_pool *pool);
size_t lease_taken_by(struct lease_pool *pool, const char *user);

/* The lease of an address; NULL if the pool does not have it. */
struct lease *lease_find(struct lease_pool *pool, be32 addr);

/* The number of leases, and the i-th one in the order of addresses. */
size_t lease_count(const struct lease_pool *pool);
struct lease *lease_at(struct lease_pool *pool, size_t i);

#endif
