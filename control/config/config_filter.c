/* SPDX-License-Identifier: BSD-3-Clause */
/* The kinds of values of filter rules, groups and rates. */
#include "config_impl.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* --- words ------------------------------------------------------------------------------------ */

static bool
read_action(struct config_item *item)
{
	static const char *const names[] = {
		[DP_FILTER_ACCEPT] = "accept",
		[DP_FILTER_DROP] = "drop",
		[DP_FILTER_REJECT] = "reject",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(item->text, names[i]) == 0) {
			*(enum dp_filter_action *)item->field = i;
			return true;
		}
	}
	return config_refuse(item, "\"%s\" is not an action (accept, drop, reject)", item->text);
}

static bool
read_zone(struct config_item *item)
{
	static const char *const names[DP_N_ZONES] = {
		[DP_ZONE_WAN] = "wan",
		[DP_ZONE_LAN] = "lan",
		[DP_ZONE_CLIENT] = "client",
		[DP_ZONE_LOCAL] = "local",
	};
	bool to = item->key == &config_keys[KEY_FILTER_RULES_TO];

	for (unsigned i = 0; i < DP_N_ZONES; i++) {
		if (strcmp(item->text, names[i]) == 0 && (to || i != DP_ZONE_LOCAL)) {
			*(uint8_t *)item->field |= (uint8_t)(1u << i);
			return true;
		}
	}
	return config_refuse(
		item, "\"%s\" is not a zone (client, lan, wan%s)", item->text, to ? ", local" : "");
}

static bool
read_protocol(struct config_item *item)
{
	static const struct {
		const char *name;
		uint32_t n;
	} known[] = {{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}, {"icmp", IPPROTO_ICMP},
		{"gre", IPPROTO_GRE}, {"esp", IPPROTO_ESP}, {"ah", IPPROTO_AH},
		{"sctp", IPPROTO_SCTP}, {"igmp", IPPROTO_IGMP}, {"ipip", IPPROTO_IPIP}};
	uint32_t *field = item->field, n;
	const char *rest;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(item->text, known[i].name) == 0) {
			*field = known[i].n;
			return true;
		}
	}
	if (!config_digits(item->text, &n, &rest) || *rest != '\0' || n < 1 || n > 255)
		return config_refuse(item,
			"\"%s\" is not a protocol (tcp udp icmp gre esp ah sctp igmp ipip, or 1 "
			"to 255)",
			item->text);
	*field = n;
	return true;
}

static bool
read_icmp_type(struct config_item *item)
{
	static const struct {
		const char *name;
		uint32_t n;
	} known[] = {{"echo-reply", 0}, {"unreachable", 3}, {"redirect", 5}, {"echo", 8},
		{"time-exceeded", 11}, {"timestamp", 13}};
	uint32_t *field = item->field, n;
	const char *rest;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(item->text, known[i].name) == 0) {
			*field = known[i].n + 1;
			return true;
		}
	}
	if (!config_digits(item->text, &n, &rest) || *rest != '\0' || n > 255)
		return config_refuse(item,
			"\"%s\" is not an ICMP type (echo echo-reply unreachable redirect "
			"time-exceeded timestamp, or 0 to 255)",
			item->text);
	*field = n + 1;
	return true;
}

/* --- lists ------------------------------------------------------------------------------------ */

/* The caller counts entries: there is room for one more. */
static bool
read_rule_network(struct config_item *item)
{
	struct config_networks *list = item->field;
	struct ip_prefix p;

	if (ip_parse(item->text, &p.addr) == 0)
		p.len = 32;
	else if (ip_prefix_parse(item->text, &p) != 0)
		return config_refuse(item,
			"\"%s\" is not a network (such as 10.1.0.0/16) or address", item->text);
	if (p.addr != ip_network(&p))
		return config_refuse_host(item, &p);
	list->at[list->n++] = p;
	return true;
}

static bool
read_rule_ports(struct config_item *item)
{
	struct config_ports *list = item->field;
	uint32_t first, last;
	const char *rest;

	if (!config_digits(item->text, &first, &rest))
		goto fail;
	last = first;
	if (*rest == '-' && !config_digits(rest + 1, &last, &rest))
		goto fail;
	if (*rest != '\0' || first > last || last > UINT16_MAX)
		goto fail;
	list->at[list->n++] = (struct dp_ports){(uint16_t)first, (uint16_t)last};
	return true;
fail:
	return config_refuse(
		item, "\"%s\" is not a port or port range (such as 8000-8099)", item->text);
}

/* The names are looked up when the whole file has been read. */
static bool
read_rule_user(struct config_item *item)
{
	struct config_names *list = item->field;

	list->at[list->n] = strdup(item->text);
	if (list->at[list->n] == NULL)
		return config_refuse(item, "out of memory");
	list->n++;
	return true;
}

/* The bit of a group's name, given on first use; -1: there are too many groups. */
static int
group_number(struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->n_group_names; i++)
		if (strcmp(c->group_names[i], name) == 0)
			return (int)i;
	if (c->n_group_names == CONFIG_GROUPS_MAX)
		return -1;
	snprintf(c->group_names[c->n_group_names], sizeof(c->group_names[0]), "%s", name);
	return (int)c->n_group_names++;
}

static bool
read_group_name(struct config_item *item)
{
	size_t len = strlen(item->text);
	int n;

	if (len == 0 || len > CONFIG_NAME_MAX)
		return config_refuse(item, "is %zu bytes long (1 to %d)", len, CONFIG_NAME_MAX);
	n = group_number(item->config, item->text);
	if (n < 0)
		return config_refuse(
			item, "there are too many groups (at most %d)", CONFIG_GROUPS_MAX);
	*(uint32_t *)item->field |= 1u << n;
	return true;
}

static bool
read_rate(struct config_item *item)
{
	static const struct {
		const char *name;
		uint64_t factor;
	} units[] = {{"", 1}, {"k", 1000}, {"K", 1000}, {"M", 1000000}, {"G", 1000000000}};
	uint64_t *field = item->field, rate;
	const char *rest;
	uint32_t n;

	if (strcmp(item->text, "unlimited") == 0) {
		*field = CONFIG_UNLIMITED;
		return true;
	}
	if (!config_digits(item->text, &n, &rest))
		goto fail;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(rest, units[i].name) != 0)
			continue;
		rate = n * units[i].factor;
		if (rate < DP_RATE_MIN || rate > DP_RATE_MAX)
			return config_refuse(
				item, "%s is out of range (64k to 100G, or unlimited)", item->text);
		*field = rate;
		return true;
	}
fail:
	return config_refuse(
		item, "\"%s\" is not a rate (bit/s: 500k, 50M, 1G, or unlimited)", item->text);
}

/* --- lists of mappings ------------------------------------------------------------------------ */

static void *
add_rule(struct config_doc *doc, unsigned line)
{
	struct config *c = doc->config;
	struct config_rule *rule;

	if (c->n_rules == doc->rules_room) {
		uint32_t room = doc->rules_room ? 2 * doc->rules_room : 16;
		struct config_rule *grown = realloc(c->rules, room * sizeof(*grown));

		if (grown == NULL)
			return NULL;
		c->rules = grown;
		doc->rules_room = room;
	}
	rule = &c->rules[c->n_rules++];
	memset(rule, 0, sizeof(*rule));
	rule->line = line;
	return rule;
}

static void *
add_group(struct config_doc *doc, unsigned line)
{
	struct config *c = doc->config;

	if (c->n_groups == CONFIG_GROUPS_MAX)
		return NULL;
	c->groups[c->n_groups].line = line;
	return &c->groups[c->n_groups++];
}

/* clang-format off */
#define KIND(sym, text, ...) const struct config_type sym = {.name = text, __VA_ARGS__}

KIND(config_action,     "accept, drop or reject",        .read = read_action);
KIND(config_zones,      "list of zones",                 .read = read_zone, .list = true);
KIND(config_protocol,   "protocol: name or number",      .read = read_protocol);
KIND(config_icmp_type,  "ICMP type: name or number",     .read = read_icmp_type);
KIND(config_networks,   "list of networks",              .read = read_rule_network, .list = true);
KIND(config_ports,      "list of ports and ranges",      .read = read_rule_ports, .list = true);
KIND(config_user_names, "list of users",                 .read = read_rule_user, .list = true);
KIND(config_group_names, "list of groups",               .read = read_group_name, .list = true);
KIND(config_rate,       "rate: bit/s, or `500k`, `50M`, `1G`, `unlimited`", .read = read_rate);
KIND(config_rules,      "list of rules",
	.list = true, .add = add_rule, .example = "name: ..., action: ...");
KIND(config_group_list, "list of groups",
	.list = true, .add = add_group, .example = "name: ...");
/* clang-format on */
