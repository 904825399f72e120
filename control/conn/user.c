/* SPDX-License-Identifier: BSD-3-Clause */
#include "user.h"

#include <stdlib.h>
#include <string.h>

static struct list *
bucket(struct users *users, const char *name)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * 16777619u;
	return &users->bucket[(h ^ h >> 16) % USER_BUCKETS];
}

void
users_init(struct users *users)
{
	for (unsigned i = 0; i < USER_BUCKETS; i++)
		list_init(&users->bucket[i]);
}

struct user *
user_get(struct users *users, const struct config *config, struct segments *segments,
	const struct config_user *configured)
{
	struct list *at = bucket(users, configured->name);
	size_t len = strlen(configured->name) + 1;
	struct user *u;

	LIST_FOREACH (it, at) {
		u = container_of(it, struct user, node);
		if (strcmp(u->name, configured->name) == 0) {
			u->refs++;
			return u;
		}
	}
	u = calloc(1, sizeof(*u) + len);
	if (u == NULL)
		return NULL;
	u->refs = 1;
	u->number = config_user_number(config, configured);
	u->groups = configured->groups;
	u->rate_up = config_user_rate(config, configured, true);
	u->rate_down = config_user_rate(config, configured, false);
	u->segment = &segments->at[configured->segment.index];
	memcpy(u->name, configured->name, len);
	list_add_head(at, &u->node);
	return u;
}

void
user_put(struct user *u)
{
	if (u == NULL || --u->refs > 0)
		return;
	list_del(&u->node);
	free(u);
}
