/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Users who have sessions, or are about to. Their settings are looked up in the configuration once,
 * at login, and held by reference, as the configuration may be replaced before a session ends.
 */
#ifndef USER_H
#define USER_H

#include <stdint.h>

#include "config.h"
#include "list.h"
#include "segment.h"

#define USER_BUCKETS 1024

struct user {
	struct list node; /* in a bucket */
	unsigned refs; /* connections that hold it */
	unsigned sessions; /* of these, the ones that are authenticated */
	uint32_t number, groups; /* for the filter's rules */
	uint64_t rate_up, rate_down; /* bit/s of a session; 0: no limit */
	struct segment *segment; /* that the user's sessions join */
	char name[];
};

struct users {
	struct list bucket[USER_BUCKETS];
};

void users_init(struct users *users);

/* The user of that name, with one more reference; NULL when out of memory. */
struct user *user_get(struct users *users, const struct config *config, struct segments *segments,
	const struct config_user *configured);

/* Drops a reference; frees the user with the last one. NULL is fine. */
void user_put(struct user *u);

#endif
