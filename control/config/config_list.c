/* SPDX-License-Identifier: BSD-3-Clause */
/* The kinds of lists: their readers are called for each entry, and append it. */
#include "config_impl.h"

#include <stdlib.h>
#include <string.h>

static bool
read_core(struct config_item *item)
{
	struct config *c = item->config;
	const char *rest;
	uint32_t n;

	if (!config_digits(item->text, &n, &rest) || *rest != '\0' || n > 1023)
		return config_refuse(item, "\"%s\" is not a core (0 to 1023)", item->text);
	c->worker_core[c->n_workers++] = n;
	return true;
}

static bool
read_option(struct config_item *item)
{
	/* Options that keys of the file set; the argument may be in the same word. */
	static const struct {
		const char *option, *keys;
	} taken[] = {
		{"-l", "eal.control_core and workers.cores"},
		{"-c", "eal.control_core and workers.cores"},
		{"-S", "eal.control_core and workers.cores"},
		{"-s", "eal.control_core and workers.cores"},
		{"--lcores", "eal.control_core and workers.cores"},
		{"--main-lcore", "eal.control_core"},
		{"-m", "eal.memory_mb"},
		{"--socket-mem", "eal.memory_mb"},
		{"--no-huge", "eal.hugepages"},
		{"--file-prefix", "eal.file_prefix"},
		{"--vdev", "wan.device and lan.device"},
		{"-a", "wan.device and lan.device"},
		{"--allow", "wan.device and lan.device"},
	};
	struct config *c = item->config;

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		const char *o = taken[i].option;
		size_t n = strlen(o);

		if (strncmp(item->text, o, n) == 0 &&
			(o[1] != '-' || item->text[n] == '\0' || item->text[n] == '='))
			return config_refuse(item, "%s is set by %s", o, taken[i].keys);
	}
	if (item->text[0] == '\0')
		return config_refuse(item, "is empty");
	c->eal_options[c->n_eal_options] = strdup(item->text);
	if (c->eal_options[c->n_eal_options] == NULL)
		return config_refuse(item, "out of memory");
	c->n_eal_options++;
	return true;
}

static bool
read_dns(struct config_item *item)
{
	be32 addr;

	if (ip_parse(item->text, &addr) != 0 || addr == 0)
		return config_refuse(item, "\"%s\" is not an IPv4 address", item->text);
	if (item->config->dns[0] == addr)
		return config_refuse(item, "%s is listed twice", item->text);
	item->config->dns[item->config->dns[0] != 0] = addr;
	return true;
}

static bool
read_route(struct config_item *item)
{
	struct config *c = item->config;
	struct ip_prefix p;

	if (ip_prefix_parse(item->text, &p) != 0)
		return config_refuse(
			item, "\"%s\" is not a network (such as 10.1.0.0/16)", item->text);
	if (p.addr != ip_network(&p))
		return config_refuse_host(item, &p);
	c->routes[c->n_routes++] = p;
	return true;
}

/* "10.1.0.0/16 via 192.168.0.1", "10.2.0.0/16 blackhole", "10.3.0.0/16 unreachable" */
static bool
read_static_route(struct config_item *item)
{
	struct config *c = item->config;
	struct config_route *r = &c->static_routes[c->n_static_routes];
	char to[32], how[16], via[32], rest;
	int n = sscanf(item->text, "%31s %15s %31s %c", to, how, via, &rest);

	*r = (struct config_route){0};
	if (n >= 2 && strcmp(how, "via") == 0)
		r->kind = n == 3 ? DP_ROUTE_VIA : DP_ROUTE_NONE;
	else if (n == 2 && strcmp(how, "blackhole") == 0)
		r->kind = DP_ROUTE_BLACKHOLE;
	else if (n == 2 && strcmp(how, "unreachable") == 0)
		r->kind = DP_ROUTE_UNREACHABLE;
	if (r->kind == DP_ROUTE_NONE)
		return config_refuse(item,
			"\"%s\" is not a route (such as 10.1.0.0/16 via 192.168.0.1, 10.1.0.0/16 "
			"blackhole or 10.1.0.0/16 unreachable)",
			item->text);
	if (ip_prefix_parse(to, &r->to) != 0)
		return config_refuse(item, "\"%s\" is not a network (such as 10.1.0.0/16)", to);
	if (r->to.len == 0)
		return config_refuse(item, "a default route is set by wan.gateway or lan.gateway");
	if (r->to.addr != ip_network(&r->to))
		return config_refuse_host(item, &r->to);
	if (r->kind == DP_ROUTE_VIA && (ip_parse(via, &r->via) != 0 || r->via == 0))
		return config_refuse(item, "\"%s\" is not an IPv4 address", via);
	c->n_static_routes++;
	return true;
}

static bool
read_pool(struct config_item *item)
{
	struct config *c = item->config;

	if (ip_range_parse(item->text, &c->pools[c->n_pools]) != 0)
		return config_refuse(item,
			"\"%s\" is not an address or range (such as 192.168.0.1-192.168.0.31)",
			item->text);
	c->n_pools++;
	return true;
}

static bool
read_ike_suite(struct config_item *item)
{
	struct ike_config *c = &item->config->ike;
	struct ike_suite s;

	memset(&s, 0, sizeof(s));
	if (ike_suite_parse(item->text, &s) != 0)
		return config_refuse(item,
			"\"%s\" is not a suite (cipher-hash-group of aes256 aes192 aes128 3des "
			"des, sha1 sha256 sha384 sha512 md5, modp1024 modp1536 modp2048 modp3072 "
			"modp4096 ecp256 ecp384 ecp521)",
			item->text);
	for (unsigned i = 0; i < c->n_suites; i++) {
		const struct ike_suite *o = &c->suites[i];

		if (o->cipher == s.cipher && o->key_bits == s.key_bits && o->hash == s.hash &&
			o->group == s.group)
			return config_refuse(item, "%s is listed twice", item->text);
	}
	c->suites[c->n_suites++] = s;
	return true;
}

static bool
read_esp_suite(struct config_item *item)
{
	struct ike_config *c = &item->config->ike;
	const struct esp_suite *s = esp_suite_find(item->text);
	size_t n;

	if (s == NULL) {
		n = (size_t)snprintf(
			item->why, sizeof(item->why), "\"%.40s\" is not a suite (", item->text);
		for (size_t i = 0; i < esp_n_suites && n < sizeof(item->why); i++)
			n += (size_t)snprintf(item->why + n, sizeof(item->why) - n, "%s%s",
				esp_suites[i].name, i + 1 < esp_n_suites ? " " : ")");
		return false;
	}
	for (unsigned i = 0; i < c->n_esp; i++)
		if (c->esp[i] == s)
			return config_refuse(item, "%s is listed twice", item->text);
	c->esp[c->n_esp++] = s;
	return true;
}

static bool
read_group(struct config_item *item)
{
	struct ike_config *c = &item->config->ike;
	int group = dh_parse(item->text);

	if (group < 0 || !dh_known((enum dh_group)group))
		return config_refuse(item,
			"\"%s\" is not a Diffie-Hellman group (modp1024 modp1536 modp2048 "
			"modp3072 modp4096 ecp256 ecp384 ecp521)",
			item->text);
	for (unsigned i = 0; i < c->n_pfs; i++)
		if (c->pfs[i] == (enum dh_group)group)
			return config_refuse(item, "%s is listed twice", item->text);
	c->pfs[c->n_pfs++] = (enum dh_group)group;
	return true;
}

/* Not by realloc(), which would leave copies of passwords in freed memory. */
static void *
add_user(struct config_doc *doc, unsigned line)
{
	struct config *c = doc->config;
	struct config_user *grown;

	if (c->n_users == doc->users_room) {
		size_t room = doc->users_room ? 2 * doc->users_room : 16;

		grown = calloc(room, sizeof(*grown));
		if (grown == NULL)
			return NULL;
		if (c->users != NULL) {
			memcpy(grown, c->users, c->n_users * sizeof(*grown));
			sodium_memzero(c->users, c->n_users * sizeof(*grown));
			free(c->users);
		}
		c->users = grown;
		doc->users_room = room;
	}
	c->users[c->n_users].line = line;
	return &c->users[c->n_users++];
}

/* clang-format off */
#define KIND(sym, text, ...) const struct config_type sym = {.name = text, __VA_ARGS__}

KIND(config_cores,      "list of cores",                 .read = read_core, .list = true);
KIND(config_options,    "list of arguments",             .read = read_option, .list = true);
KIND(config_dns,        "list of IPv4 addresses",        .read = read_dns, .list = true);
KIND(config_routes,     "list of networks",              .read = read_route, .list = true);
KIND(config_static_routes, "list of routes",             .read = read_static_route, .list = true);
KIND(config_pools,      "list of ranges",                .read = read_pool, .list = true);
KIND(config_ike_suites, "list of IKE suites",            .read = read_ike_suite, .list = true);
KIND(config_esp_suites, "list of ESP suites",            .read = read_esp_suite, .list = true);
KIND(config_groups,     "list of Diffie-Hellman groups", .read = read_group, .list = true);
KIND(config_users,      "list of users",
	.list = true, .add = add_user, .example = "name: ..., password: ...");
/* clang-format on */
