/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks of filter rules and groups, and the rules in the form that the data plane takes. */
#include "config_impl.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static bool
is_declared(const struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->n_groups; i++)
		if (strcmp(c->groups[i].name, name) == 0)
			return true;
	return false;
}

/* Where the group is first referred to. */
static struct config_place
group_place(const struct config *c, unsigned n)
{
	for (size_t i = 0; i < c->n_users; i++)
		if (c->users[i].groups & 1u << n)
			return config_at_entry(KEY_USERS_GROUPS, i, c->users[i].line);
	for (uint32_t i = 0; i < c->n_rules; i++)
		if (c->rules[i].groups & 1u << n)
			return config_at_entry(KEY_FILTER_RULES_GROUPS, i, c->rules[i].line);
	return config_at_line(1, config_keys[KEY_GROUPS].path);
}

static void
check_groups(struct config_doc *doc)
{
	const struct config *c = doc->config;

	for (unsigned i = 0; i < c->n_groups; i++) {
		const struct config_group *g = &c->groups[i];

		for (unsigned j = 0; j < i; j++)
			if (g->name[0] != '\0' && strcmp(g->name, c->groups[j].name) == 0)
				config_error(doc, config_at_entry(KEY_GROUPS_NAME, i, g->line),
					"\"%s\" is already defined in line %u", g->name,
					c->groups[j].line);
	}
	for (unsigned i = 0; i < c->n_group_names; i++)
		if (!is_declared(c, c->group_names[i]))
			config_error(doc, group_place(c, i), "there is no group \"%s\"",
				c->group_names[i]);
}

static void
find_users(struct config_doc *doc, uint32_t i)
{
	struct config_rule *r = &doc->config->rules[i];

	for (unsigned k = 0; k < r->users.n; k++) {
		const struct config_user *u = config_find_user(doc->config, r->users.at[k]);

		if (u != NULL)
			r->user[k] = config_user_number(doc->config, u);
		else
			config_error(doc, config_at_entry(KEY_FILTER_RULES_USERS, i, r->line),
				"there is no user \"%s\"", r->users.at[k]);
	}
}

static uint64_t
at_least_one(unsigned n)
{
	return n == 0 ? 1 : n;
}

/* The product of the rule's lists: the data plane compares each combination on its own. */
static uint64_t
entries_of(const struct config_rule *r)
{
	unsigned who = r->users.n + (r->groups != 0);

	return at_least_one(r->from_networks.n) * at_least_one(r->to_networks.n) *
	       at_least_one(who) * at_least_one(r->source_ports.n) * at_least_one(r->ports.n);
}

static void
check_rule(struct config_doc *doc, uint32_t i, uint64_t *entries)
{
	const struct config *c = doc->config;
	const struct config_rule *r = &c->rules[i];
	const uint32_t p = r->protocol;
	bool has_ports = p == IPPROTO_TCP || p == IPPROTO_UDP || p == IPPROTO_SCTP;
	bool has_client = ((r->from | r->to) & 1u << DP_ZONE_CLIENT) != 0;
	uint64_t n = entries_of(r);

	if (r->ports.n > 0 && !has_ports)
		config_error(doc, config_at_entry(KEY_FILTER_RULES_PORTS, i, r->line),
			"requires protocol tcp, udp or sctp");
	if (r->source_ports.n > 0 && !has_ports)
		config_error(doc, config_at_entry(KEY_FILTER_RULES_SOURCE_PORTS, i, r->line),
			"requires protocol tcp, udp or sctp");
	if (r->icmp_type != 0 && p != IPPROTO_ICMP)
		config_error(doc, config_at_entry(KEY_FILTER_RULES_ICMP_TYPE, i, r->line),
			"requires protocol icmp");
	if (r->users.n > 0 && !has_client)
		config_error(doc, config_at_entry(KEY_FILTER_RULES_USERS, i, r->line),
			"requires client in from or to");
	if (r->groups != 0 && !has_client)
		config_error(doc, config_at_entry(KEY_FILTER_RULES_GROUPS, i, r->line),
			"requires client in from or to");
	for (uint32_t j = 0; j < i; j++)
		if (r->name[0] != '\0' && strcmp(r->name, c->rules[j].name) == 0)
			config_error(doc, config_at_entry(KEY_FILTER_RULES_NAME, i, r->line),
				"\"%s\" is already defined in line %u", r->name, c->rules[j].line);
	*entries += n;
	if (n > CONFIG_RULE_ENTRIES_MAX)
		config_error(doc, config_at_entry(KEY_FILTER_RULES, i, r->line),
			"expands to %llu combinations of its lists (at most %d)",
			(unsigned long long)n, CONFIG_RULE_ENTRIES_MAX);
}

/* The form that the data plane takes; points into the rule. */
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
	struct dp_filter_rule *rules = calloc(c->n_rules + 1, sizeof(*rules));
	uint64_t entries = 0;

	c->filter.rules = rules;
	c->filter.n_rules = c->n_rules;
	if (rules == NULL) {
		config_error(doc, config_at(doc, KEY_FILTER_RULES), "out of memory");
		return;
	}
	for (uint32_t i = 0; i < c->n_rules; i++) {
		struct config_rule *r = &c->rules[i];

		if (r->from == 0)
			r->from = 1u << DP_ZONE_WAN | 1u << DP_ZONE_LAN | 1u << DP_ZONE_CLIENT;
		if (r->to == 0)
			r->to = (1u << DP_N_ZONES) - 1;
		find_users(doc, i);
		rules[i] = for_dp(r);
		check_rule(doc, i, &entries);
	}
	if (entries > DP_FILTER_ENTRIES_MAX)
		config_error(doc, config_at(doc, KEY_FILTER_RULES),
			"all rules expand to %llu combinations of their lists (at most %d)",
			(unsigned long long)entries, DP_FILTER_ENTRIES_MAX);
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
