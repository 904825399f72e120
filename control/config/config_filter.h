/* SPDX-License-Identifier: BSD-3-Clause */
/* The filter's rules, the groups that they name, and rates: what the configuration says of them. */
#ifndef CONFIG_FILTER_H
#define CONFIG_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "dp.h"
#include "ip.h"

enum {
	CONFIG_GROUPS_MAX = 32, /* bits of a number */
	CONFIG_NAME_MAX = 31, /* bytes of a rule's or a group's name */
	CONFIG_RULE_ITEMS_MAX = 32, /* networks, ports, users of a rule, each */
	CONFIG_RULE_ENTRIES_MAX = 1024, /* products of a rule's lists */
};

#define CONFIG_UNLIMITED UINT64_MAX /* a rate */

struct config_group {
	char name[CONFIG_NAME_MAX + 1];
	uint64_t rate_up, rate_down; /* bit/s; 0: not said */
	unsigned line;
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
	char *at[CONFIG_RULE_ITEMS_MAX];
};

/* As it stands in the file; struct config's `filter` has it as the data plane takes it. */
struct config_rule {
	char name[CONFIG_NAME_MAX + 1];
	enum dp_filter_action action;
	uint8_t from, to; /* 1 << enum dp_zone; 0: all */
	struct config_networks from_networks, to_networks;
	struct config_names users;
	uint32_t user[CONFIG_RULE_ITEMS_MAX]; /* their numbers: index in users, and one */
	uint32_t groups;
	uint32_t protocol; /* 0: any */
	uint32_t icmp_type; /* and one; 0: any */
	struct config_ports source_ports, ports;
	unsigned line;
};

#endif
