/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The addresses that clients may get: pool ranges, and addresses fixed to one user. An address is given out
 * only after address conflict detection (acd.h) found it free.
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
	LEASE_FREE, /* nobody answered */
	LEASE_TAKEN, /* a client has it */
	LEASE_CONFLICT, /* another host of the LAN uses it */
};

struct lease_user;

struct lease {
	be32 addr;
	enum lease_state state; /* changed by lease_set_state() alone */
	struct lease_user *user; /* who has it, or had it last; NULL: nobody ever */
	const char *fixed_to; /* the only user who may have it; NULL: any */
	void *owner; /* the caller's own, while it is taken */
	struct list free_node,
		user_node; /* of a free one that somebody had: among all, among his */
};

struct lease_pool;

/* An empty pool; NULL when out of memory. */
struct lease_pool *lease_pool_new(void);
void lease_pool_free(struct lease_pool *pool);

/* Adds a range for all users, before one is given out. Addresses that are in already stay as they are. 0 or -ENOMEM. */
int lease_add_range(struct lease_pool *pool, const struct ip_range *range);

/* Likewise, but keeps the address for one user, whether in a range or not. `user` must outlive the pool. 0 or -ENOMEM. */
int lease_add_fixed(struct lease_pool *pool, be32 addr, const char *user);

/*
 * An address for the user: his fixed one, else the one he had last if it is free, else one that nobody had,
 * else the one that is free longest. 0; -EAGAIN: one may be free, but its probing is not over; -ENOSPC:
 * all are taken or in conflict; -EADDRINUSE: his fixed address is taken or in conflict (*out says which);
 * -ENOMEM.
 */
int lease_acquire(struct lease_pool *pool, const char *user, be32 *out);

/* Gives the address back; it is free at once, as it was watched while leased. */
void lease_release(struct lease_pool *pool, be32 addr);

/* Who has it or had it last, or NULL. */
const char *lease_user_name(const struct lease *l);

/* What is known of an address has changed: not for LEASE_TAKEN, neither to it nor, but for a conflict, from it. */
void lease_set_state(struct lease_pool *pool, struct lease *l, enum lease_state state);

/* How many are taken, and how many of them by the user. */
size_t lease_taken(const struct lease_pool *pool);
size_t lease_taken_by(struct lease_pool *pool, const char *user);

/* The lease of an address, NULL when it is not of the pool. */
struct lease *lease_find(struct lease_pool *pool, be32 addr);

/* All of them, in order of address. */
size_t lease_count(const struct lease_pool *pool);
struct lease *lease_at(struct lease_pool *pool, size_t i);

#endif
