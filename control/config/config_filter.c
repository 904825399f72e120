/* SPDX-License-Identifier: BSD-3-Clause */
/* The kinds of values of the filter and of rates, how they go together, and what the data plane takes of them. */
#include "config_impl.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* --- words -------------------------------------------------------------------------------------- */

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
	return config_refuse(item, "\"%s\" is no action (accept, drop, reject)", item->text);
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
	bool to = strcmp(item->key->path, "filter.rules[].to") == 0;

	for (unsigned i = 0; i < DP_N_ZONES; i++) {
		if (strcmp(item->text, names[i]) == 0 && (to || i != DP_ZONE_LOCAL)) {
			*(uint8_t *)item->field |= (uint8_t)(1u << i);
			return true;
		}
	}
	return config_refuse(
		item, "\"%s\" is no zone (client, lan, wan%s)", item->text, to ? ", local" : "");
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
			"\"%s\" is no protocol (tcp udp icmp gre esp ah sctp igmp ipip, or 1 to "
			"255)",
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
			"\"%s\" is no ICMP type (echo echo-reply unreachable redirect "
			"time-exceeded timestamp, or 0 to 255)",
			item->text);
	*field = n + 1;
	return true;
}

/* --- lists -------------------------------------------------------------------------------------- */

/* The reader of lists counts: there is room for one more. */
static bool
read_rule_network(struct config_item *item)
{
	struct config_networks *list = item->field;
	struct ip_prefix p;

	if (ip_parse(item->text, &p.addr) == 0)
		p.len = 32;
	else if (ip_prefix_parse(item->text, &p) != 0)
		return config_refuse(
			item, "\"%s\" is no network (as 10.1.0.0/16) or address", item->text);
	if (p.addr != ip_network(&p))
		return config_refuse(item, "%s is a host's address, not the network's", item->text);
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
		item, "\"%s\" is no port, or range of them (as 8000-8099)", item->text);
}

/* Names are told from users after all of the file is read. */
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

/* The number of a group's name: that of its bit. -1: there are too many. */
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
		return config_refuse(item, "has %zu bytes (1 to %d)", len, CONFIG_NAME_MAX);
	n = group_number(item->config, item->text);
	if (n < 0)
		return config_refuse(item, "is one group too many (at most %d)", CONFIG_GROUPS_MAX);
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
		item, "\"%s\" is no rate (bit/s: 500k, 50M, 1G, or unlimited)", item->text);
}

/* --- lists of mappings ---------------------------------------------------------------------------- */

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

	/* More than these are told by their names. */
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
KIND(config_rules,      "list of rules",                 .list = true, .add = add_rule, .example = "name: ..., action: ...");
KIND(config_group_list, "list of groups",                .list = true, .add = add_group, .example = "name: ...");
/* clang-format on */

/* --- how they go together ------------------------------------------------------------------------ */

static bool
is_declared(const struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->n_groups; i++)
		if (strcmp(c->groups[i].name, name) == 0)
			return true;
	return false;
}

/* The line of the first who names the group. */
static unsigned
group_line(const struct config *c, unsigned n)
{
	for (size_t i = 0; i < c->n_users; i++)
		if (c->users[i].groups & 1u << n)
			return c->users[i].line;
	for (uint32_t i = 0; i < c->n_rules; i++)
		if (c->rules[i].groups & 1u << n)
			return c->rules[i].line;
	return 1;
}

static void
check_groups(struct config_doc *doc)
{
	const struct config *c = doc->config;
	char path[CONFIG_PATH_MAX];

	for (unsigned i = 0; i < c->n_groups; i++) {
		for (unsigned j = 0; j < i; j++) {
			if (c->groups[i].name[0] == '\0' ||
				strcmp(c->groups[i].name, c->groups[j].name) != 0)
				continue;
			snprintf(path, sizeof(path), "groups[%u].name", i);
			config_error(doc, c->groups[i].line, path, "\"%s\" is in line %u already",
				c->groups[i].name, c->groups[j].line);
		}
	}
	for (unsigned i = 0; i < c->n_group_names; i++)
		if (!is_declared(c, c->group_names[i]))
			config_error(doc, group_line(c, i), "groups",
				"\"%s\" is named here, but there is no such group",
				c->group_names[i]);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp((*(const struct config_user *const *)a)->name,
		(*(const struct config_user *const *)b)->name);
}

static int
user_is(const void *name, const void *user)
{
	return strcmp(name, (*(const struct config_user *const *)user)->name);
}

static void
find_users(struct config_doc *doc, uint32_t i, const struct config_user **sorted)
{
	struct config_rule *r = &doc->config->rules[i];
	char path[CONFIG_PATH_MAX];

	for (unsigned k = 0; k < r->users.n; k++) {
		const struct config_user *const *u = bsearch(
			r->users.at[k], sorted, doc->config->n_users, sizeof(*sorted), user_is);

		if (u != NULL) {
			r->user[k] = (uint32_t)(*u - doc->config->users) + 1;
			continue;
		}
		snprintf(path, sizeof(path), "filter.rules[%u].users[%u]", i, k);
		config_error(doc, r->line, path, "there is no user \"%s\"", r->users.at[k]);
	}
}

static uint64_t
at_least_one(unsigned n)
{
	return n == 0 ? 1 : n;
}

/* The product of the rule's lists: each combination is compared for itself. */
static uint64_t
entries_of(const struct config_rule *r)
{
	unsigned who = r->users.n + (r->groups != 0);

	return at_least_one(r->from_networks.n) * at_least_one(r->to_networks.n) *
	       at_least_one(who) * at_least_one(r->source_ports.n) * at_least_one(r->ports.n);
}

/* What is wrong with one key of a rule. */
static void __attribute__((format(printf, 4, 5)))
rule_error(struct config_doc *doc, uint32_t i, const char *key, const char *format, ...)
{
	char path[CONFIG_PATH_MAX], why[CONFIG_PATH_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	snprintf(path, sizeof(path), "filter.rules[%u].%s", i, key);
	config_error(doc, doc->config->rules[i].line, path, "%s", why);
}

static void
check_rule(struct config_doc *doc, uint32_t i, uint64_t *entries)
{
	const struct config *c = doc->config;
	const struct config_rule *r = &c->rules[i];
	const uint32_t p = r->protocol;
	char path[CONFIG_PATH_MAX];
	uint64_t n;

	snprintf(path, sizeof(path), "filter.rules[%u]", i);
	if ((r->ports.n > 0 || r->source_ports.n > 0) && p != IPPROTO_TCP && p != IPPROTO_UDP &&
		p != IPPROTO_SCTP)
		rule_error(doc, i, r->ports.n > 0 ? "ports" : "source_ports",
			"is only for protocol tcp, udp or sctp");
	if (r->icmp_type != 0 && p != IPPROTO_ICMP)
		rule_error(doc, i, "icmp_type", "is only for protocol icmp");
	if ((r->users.n > 0 || r->groups != 0) && ((r->from | r->to) & 1u << DP_ZONE_CLIENT) == 0)
		rule_error(doc, i, r->users.n > 0 ? "users" : "groups",
			"is of no use where client is neither in from nor in to");
	for (uint32_t j = 0; j < i; j++)
		if (r->name[0] != '\0' && strcmp(r->name, c->rules[j].name) == 0)
			rule_error(doc, i, "name", "\"%s\" is in line %u already", r->name,
				c->rules[j].line);
	n = entries_of(r);
	*entries += n;
	if (n > CONFIG_RULE_ENTRIES_MAX)
		config_error(doc, r->line, path,
			"the product of its lists is too large (%llu, at most %d)",
			(unsigned long long)n, CONFIG_RULE_ENTRIES_MAX);
}

/* As the data plane takes it: points into the rule. */
static struct dp_filter_rule
for_dp(const struct config_rule *r)
{
	return (struct dp_filter_rule){
		.action = r->action,
		.from = r->from,
		.to = r->to,
		.from_networks = r->from_networks.at,
		.n_from = r->from_networks.n,
		.to_networks = r->to_networks.at,
		.n_to = r->to_networks.n,
		.users = r->user,
		.n_users = r->users.n,
		.groups = r->groups,
		.protocol = (uint8_t)r->protocol,
		.icmp_type = (int)r->icmp_type - 1,
		.src_ports = r->source_ports.at,
		.n_src_ports = r->source_ports.n,
		.dst_ports = r->ports.at,
		.n_dst_ports = r->ports.n,
	};
}

static void
check_rules(struct config_doc *doc)
{
	struct config *c = doc->config;
	const struct config_user **sorted = calloc(c->n_users + 1, sizeof(*sorted));
	struct dp_filter_rule *rules = calloc(c->n_rules + 1, sizeof(*rules));
	uint64_t entries = 0;

	c->filter.rules = rules;
	c->filter.n_rules = c->n_rules;
	if (sorted == NULL || rules == NULL) {
		config_error(doc, 1, "filter.rules", "out of memory");
		free(sorted);
		return;
	}
	for (size_t i = 0; i < c->n_users; i++)
		sorted[i] = &c->users[i];
	qsort(sorted, c->n_users, sizeof(*sorted), by_name);
	for (uint32_t i = 0; i < c->n_rules; i++) {
		struct config_rule *r = &c->rules[i];

		if (r->from == 0)
			r->from = 1u << DP_ZONE_WAN | 1u << DP_ZONE_LAN | 1u << DP_ZONE_CLIENT;
		if (r->to == 0)
			r->to = (1u << DP_N_ZONES) - 1;
		find_users(doc, i, sorted);
		rules[i] = for_dp(r);
		check_rule(doc, i, &entries);
	}
	if (entries > DP_FILTER_ENTRIES_MAX)
		config_error(doc, config_line(doc, "filter.rules"), "filter.rules",
			"their lists are too large in all (%llu, at most %d)",
			(unsigned long long)entries, DP_FILTER_ENTRIES_MAX);
	free(sorted);
}

void
config_check_filter(struct config_doc *doc)
{
	check_groups(doc);
	check_rules(doc);
}

void
config_filter_free(struct config *c)
{
	for (uint32_t i = 0; i < c->n_rules; i++)
		for (unsigned k = 0; k < c->rules[i].users.n; k++)
			free(c->rules[i].users.at[k]);
	free(c->rules);
	free((void *)(uintptr_t)c->filter.rules);
}

/* --- whose rates and rules ------------------------------------------------------------------------ */

uint32_t
config_user_number(const struct config *c, const struct config_user *user)
{
	return (uint32_t)(user - c->users) + 1;
}

/* The highest of his groups; 0: none says. */
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
