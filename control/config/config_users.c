/* SPDX-License-Identifier: BSD-3-Clause */
/* Users: by name, no two alike, and their rates. */
#include "config_impl.h"

#include <stdlib.h>
#include <string.h>

/* Of two that are equal, the one that comes first in the file is less. */
static int
by_name(const void *a, const void *b)
{
	const struct config_user *x = *(const struct config_user *const *)a;
	const struct config_user *y = *(const struct config_user *const *)b;
	int d = strcmp(x->name, y->name);

	return d != 0 ? d : (x > y) - (x < y);
}

static int
by_address(const void *a, const void *b)
{
	const struct config_user *x = *(const struct config_user *const *)a;
	const struct config_user *y = *(const struct config_user *const *)b;

	return x->address != y->address ? (ntohl(x->address) > ntohl(y->address) ? 1 : -1)
					: (x > y) - (x < y);
}

const struct config_user *
config_find_user(const struct config *config, const char *name)
{
	size_t low = 0, high = config->users_by_name != NULL ? config->n_users : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(name, config->users_by_name[mid]->name);

		if (order == 0)
			return config->users_by_name[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static void
check_names(struct config_doc *doc)
{
	const struct config *c = doc->config;
	const struct config_user *const *sorted = c->users_by_name;

	for (size_t i = 1; i < c->n_users; i++) {
		const struct config_user *u = sorted[i];

		if (u->name[0] != '\0' && strcmp(u->name, sorted[i - 1]->name) == 0)
			config_error(doc,
				config_at_entry(KEY_USERS_NAME, (size_t)(u - c->users), u->line),
				"\"%s\" is already defined in line %u", u->name,
				sorted[i - 1]->line);
	}
}

static void
check_addresses(struct config_doc *doc, const struct config_user **sorted)
{
	const struct config *c = doc->config;
	char text[IP_STR_LEN];

	memcpy(sorted, c->users_by_name, c->n_users * sizeof(*sorted));
	qsort(sorted, c->n_users, sizeof(*sorted), by_address);
	for (size_t i = 1; i < c->n_users; i++) {
		const struct config_user *u = sorted[i];

		if (u->address != 0 && u->address == sorted[i - 1]->address)
			config_error(doc,
				config_at_entry(KEY_USERS_ADDRESS, (size_t)(u - c->users), u->line),
				"%s is already assigned to \"%s\" in line %u",
				ip_str(u->address, text), sorted[i - 1]->name, sorted[i - 1]->line);
	}
}

void
config_check_users(struct config_doc *doc)
{
	struct config *c = doc->config;
	const struct config_user **sorted;

	if (c->n_users == 0)
		return;
	c->users_by_name = calloc(c->n_users, sizeof(*c->users_by_name));
	sorted = calloc(c->n_users, sizeof(*sorted));
	if (c->users_by_name == NULL || sorted == NULL) {
		config_error(doc, config_at(doc, KEY_USERS), "out of memory");
		free(sorted);
		return;
	}
	for (size_t i = 0; i < c->n_users; i++)
		c->users_by_name[i] = &c->users[i];
	qsort(c->users_by_name, c->n_users, sizeof(*c->users_by_name), by_name);
	check_names(doc);
	check_addresses(doc, sorted);
	free(sorted);
}

/* --- rates ------------------------------------------------------------------------------------ */

uint32_t
config_user_number(const struct config *c, const struct config_user *user)
{
	return (uint32_t)(user - c->users) + 1;
}

/* The highest rate of the user's groups; 0: none has one. */
static uint64_t
group_rate(const struct config *c, const struct config_user *user, bool up)
{
	uint64_t most = 0;

	for (unsigned i = 0; i < c->n_group_names; i++) {
		if (!(user->groups & 1u << i))
			continue;
		for (unsigned k = 0; k < c->n_groups; k++) {
			const struct config_group *g = &c->groups[k];
			uint64_t rate = up ? g->rate_up : g->rate_down;

			if (strcmp(g->name, c->group_names[i]) == 0 && rate > most)
				most = rate;
		}
	}
	return most;
}

uint64_t
config_user_rate(const struct config *c, const struct config_user *user, bool up)
{
	uint64_t rate = up ? user->rate_up : user->rate_down;

	if (rate == 0)
		rate = group_rate(c, user, up);
	if (rate == 0)
		rate = up ? c->shaping_up : c->shaping_down;
	return rate == CONFIG_UNLIMITED ? 0 : rate;
}
