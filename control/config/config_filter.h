/* SPDX-License-Identifier: BSD-3-Clause */
/* The part of the configuration about filter rules, groups of users, and rates. */
#ifndef CONFIG_FILTER_H
#define CONFIG_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "dp.h"
#include "ip.h"

enum {
	CONFIG_GROUPS_MAX = 32, /* a set of groups is a uint32_t */
	CONFIG_NAME_MAX = 31, /* bytes of a rule's or a group's name */
	CONFIG_RULE_ITEMS_MAX = 32, /* networks, ports, users of a rule, each */
	CONFIG_RULE_ENTRIES_MAX = 1024, /* combinations of a rule's lists */
};

/* A rate that overrides others with no limit. */
#define CONFIG_UNLIMITED UINT64_MAX

struct config_group {
	char name[CONFIG_NAME_MAX + 1];
	uint64_t rate_up, rate_down; /* bit/s; 0: not set; CONFIG_UNLIMITED */
	unsigned line; /* in the file */
};

struct config_networks {
	unsigned n;
	struct ip_prefix at[CONFIG_RULE_ITEMS_MAX];
};

struct config_ports {
	unsigned n;
	struct dp_ports at[CONFIG_RULE_ITEMS_MAX];
};

struct config_names {
	unsigned n;
	char *at[CONFIG_RULE_ITEMS_MAX]; /* owned */
};

/* A rule as in the file; `filter` of struct config has it in the form for the data plane. */
struct config_rule {
	char name[CONFIG_NAME_MAX + 1];
	enum dp_filter_action action;
	uint8_t from, to; /* 1 << enum dp_zone; 0: all */
	struct config_networks from_networks, to_networks;
	struct config_names users;
	uint32_t user[CONFIG_RULE_ITEMS_MAX]; /* config_user_number() of users.at */
	uint32_t groups; /* bit i: group_names[i] of struct config */
	uint32_t protocol; /* IP protocol number; 0: any */
	uint32_t icmp_type; /* the type plus one; 0: any */
	struct config_ports source_ports, ports; /* host byte order */
	unsigned line; /* in the file */
};

#endif
