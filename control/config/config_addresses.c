/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks of the addresses that clients get: they are in a LAN-side network, and nobody else's. */
#include "config_impl.h"

/* Returns what address in the range no client can have, or NULL. */
static const char *
taken_address(const struct ip_prefix *lan, const struct ip_range *r, be32 *addr)
{
	const struct {
		be32 addr;
		const char *what;
	} taken[] = {
		{lan->addr, "the gateway's own address"},
		{ip_network(lan), "the network address"},
		{ip_broadcast(lan), "the broadcast address"},
	};

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		*addr = taken[i].addr;
		if (ip_range_contains(r, taken[i].addr))
			return taken[i].what;
	}
	return NULL;
}

/* Whether clients can have the range; false after one error. */
static bool
check_range(struct config_doc *doc, const struct ip_range *r, struct config_place at)
{
	const struct ip_prefix *lan = config_segment_of(doc->config, r->first);
	const struct ip_prefix *first = &doc->config->lan.address;
	char text[IP_STR_LEN];
	const char *what;
	be32 addr;

	if (lan == NULL || !ip_prefix_contains(lan, r->last)) {
		config_error(doc, at, "is outside the network of lan.address, %s/%u%s",
			ip_str(ip_network(first), text), first->len,
			doc->config->n_segments > 0 ? ", and those of segments" : "");
		return false;
	}
	what = taken_address(lan, r, &addr);
	if (what != NULL)
		config_error(doc, at, r->first != r->last ? "contains %s, which is %s" : "%s is %s",
			ip_str(addr, text), what);
	return what == NULL;
}

static void
check_pools(struct config_doc *doc)
{
	const struct config *c = doc->config;

	if (!config_good(doc, KEY_POOLS))
		return;
	for (unsigned i = 0; i < c->n_pools; i++) {
		const struct ip_range *r = &c->pools[i];
		struct config_place at = config_at_item(doc, KEY_POOLS, i);

		if (config_good(doc, KEY_LAN_ADDRESS) && !check_range(doc, r, at))
			doc->seen[KEY_POOLS].bad = true;
		for (unsigned j = 0; j < i; j++)
			if (ntohl(r->first) <= ntohl(c->pools[j].last) &&
				ntohl(c->pools[j].first) <= ntohl(r->last))
				config_error(doc, at, "overlaps pools[%u] in line %u", j,
					config_at_item(doc, KEY_POOLS, j).line);
	}
}

int
config_pool_of(const struct config *config, be32 addr)
{
	for (unsigned i = 0; i < config->n_pools; i++)
		if (ip_range_contains(&config->pools[i], addr))
			return (int)i;
	return -1;
}

bool
config_is_own(const struct config *config, be32 addr)
{
	const struct nat_config *nat = &config->nat;

	if (addr == config->lan.address.addr || addr == config->wan.address.addr)
		return true;
	for (size_t i = 0; i < config->n_segments; i++)
		if (addr == config->segments[i].net.address.addr)
			return true;
	for (unsigned i = 0; i < nat->n_sources; i++)
		if (nat->source[i].to.first != 0 && ip_range_contains(&nat->source[i].to, addr))
			return true;
	return false;
}

/* A client with a router's address would take over the traffic of all others. */
static void
check_router(struct config_doc *doc, be32 router, struct config_place at)
{
	const struct config *c = doc->config;
	int pool = config_good(doc, KEY_POOLS) ? config_pool_of(c, router) : -1;
	char text[IP_STR_LEN];

	if (router == 0)
		return;
	if (pool >= 0)
		config_error(doc, at, "%s is in pools[%d] in line %u, whose addresses clients get",
			ip_str(router, text), pool,
			config_at_item(doc, KEY_POOLS, (unsigned)pool).line);
	for (size_t i = 0; i < c->n_users; i++)
		if (c->users[i].address == router)
			config_error(doc, at, "%s is the address of user \"%s\" in line %u",
				ip_str(router, text), c->users[i].name, c->users[i].line);
}

static void
check_routers(struct config_doc *doc)
{
	const struct config *c = doc->config;

	if (config_good(doc, KEY_LAN_GATEWAY) &&
		ip_prefix_contains(&c->lan.address, c->lan.gateway))
		check_router(doc, c->lan.gateway, config_at(doc, KEY_LAN_GATEWAY));
	for (size_t i = 0; i < c->n_segments; i++) {
		const struct config_segment *s = &c->segments[i];

		if (ip_prefix_contains(&s->net.address, s->net.gateway))
			check_router(doc, s->net.gateway,
				config_at_entry(KEY_SEGMENTS_GATEWAY, i, s->line));
	}
	for (unsigned i = 0; config_good(doc, KEY_ROUTES) && i < c->n_static_routes; i++)
		check_router(doc, c->static_routes[i].via, config_at_item(doc, KEY_ROUTES, i));
}

static void
check_user(struct config_doc *doc, size_t i)
{
	const struct config *c = doc->config;
	const struct config_user *u = &c->users[i];
	struct ip_range r = {.first = u->address, .last = u->address};
	struct config_place at = config_at_entry(KEY_USERS_ADDRESS, i, u->line);

	if (u->address != 0 && config_good(doc, KEY_LAN_ADDRESS))
		check_range(doc, &r, at);
	if (u->address == 0 && c->n_pools == 0 && config_good(doc, KEY_POOLS) &&
		config_good(doc, KEY_USERS))
		config_error(doc, at, "is required: there are no pools");
	config_check_user_segment(doc, i);
}

void
config_check_addresses(struct config_doc *doc)
{
	check_pools(doc);
	check_routers(doc);
	/* A user that has an error is in the list as well, with the keys that were accepted. */
	for (size_t i = 0; i < doc->config->n_users; i++)
		check_user(doc, i);
}
