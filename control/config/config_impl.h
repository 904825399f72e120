/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared by the files of the configuration: the table of keys, a document being read. */
#ifndef CONFIG_IMPL_H
#define CONFIG_IMPL_H

#include "config.h"

enum {
	CONFIG_KEYS_MAX = 192, /* rows of the table */
	CONFIG_ITEMS_MAX = 100, /* entries of a list, but for users */
	CONFIG_PATH_MAX = 160, /* bytes of a key's path in an error line */
};

struct config_doc;
struct config_key;

/* One value on its way from the file into the configuration. */
struct config_item {
	const struct config_key *key;
	struct config *config;
	void *field; /* where a single value goes */
	const char *text; /* as it stands in the file */
	const char *name; /* what stands for <...> in the key's path, or NULL */
	const char *dir; /* what file: is relative to */
	char why[320]; /* what is wrong with it */
};

/* A kind of value: how it is named and how it is read. */
struct config_type {
	const char *name; /* in the manual */
	bool list; /* `read` is called for each entry, and appends */
	bool ranged; /* the key's min and max are limits of the number itself */
	/* False with item->why filled in. */
	bool (*read)(struct config_item *item);
	/* Of a list of mappings: one more, all zero, whose keys are "<path>[].<key>"; NULL: no room. */
	void *(*add)(struct config_doc *doc, unsigned line);
	const char *example; /* of such a mapping, for error lines */
};

struct config_key {
	const char *path; /* "wan.address", "users[].name", "log.modules.<module>" */
	const struct config_type *type;
	const char *def; /* as it would stand in the file; "": none; NULL: the key is required */
	uint32_t min, max; /* of a number; of a list: how many entries */
	size_t offset, size; /* of the field in struct config, or in what the list's add() gives */
	const char *help;
};

extern const struct config_key config_keys[];
extern const size_t config_n_keys;

/* The kinds of values (config_read.c). */
extern const struct config_type config_bool, config_number, config_power2, config_seconds,
	config_mss;
extern const struct config_type config_level, config_socket, config_name, config_device;
extern const struct config_type config_prefix, config_wan_address, config_address, config_user_name;
extern const struct config_type config_source_check, config_takeover;
extern const struct config_type config_psk, config_password;
extern const struct config_type config_cores, config_options, config_dns, config_pools,
	config_routes, config_static_routes;
extern const struct config_type config_ike_suites, config_esp_suites, config_groups;
extern const struct config_type config_users;
extern const struct config_type config_action, config_zones, config_protocol, config_icmp_type;
extern const struct config_type config_networks, config_ports, config_user_names;
extern const struct config_type config_group_names, config_rate, config_rules, config_group_list;
extern const struct config_type config_segments, config_segment_name; /* config_segment.c */
extern const struct config_type config_nat_sources, config_nat_destinations, config_nat_networks;
extern const struct config_type config_nat_addresses, config_nat_protocol, config_nat_ports;
extern const struct config_type config_nat_target, config_nat_behaviour;

/* A file being read: what was seen where. */
struct config_doc {
	const char *name;
	char dir[1024];
	struct config *config;
	config_error_fn *error;
	void *arg;
	unsigned n_errors;
	bool bench; /* for static sessions: without users */
	struct {
		unsigned line; /* where the key stands; 0: it does not */
		unsigned section_line; /* of the first key of a section: where the section begins */
		bool bad; /* given, but wrong; or missing */
		unsigned item_line[CONFIG_ITEMS_MAX];
	} seen[CONFIG_KEYS_MAX];
	size_t users_room;
	uint32_t rules_room;
};

/* One line to the caller. path "" is the file as a whole. */
void config_error(struct config_doc *doc, unsigned line, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Why the value is not taken; returns false, for the reader to pass on. */
bool config_refuse(struct config_item *item, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Decimal digits at the start of text; false when there are none or they exceed 32 bits. */
bool config_digits(const char *text, uint32_t *out, const char **rest);

/* Reads the text as the key's value, or says why not. base: what the key's offset counts from. */
bool config_value(struct config_doc *doc, const struct config_key *key, void *base,
	const char *text, unsigned line, const char *path);

/* What the key is when the file does not hold it. */
void config_default(struct config_doc *doc, int k, void *base, unsigned line);

/* Reads all that stands in the text (config_yaml.c); false when it is not YAML to its end. */
bool config_walk(struct config_doc *doc, const char *text, size_t len);

/* The index in the table, or -1. */
int config_find_key(const char *path);

/* Whether path is the beginning of keys: "wan". Its first key's index, or -1. */
int config_find_section(const char *path);

/* Whether the key has a value that is right in itself. */
bool config_good(const struct config_doc *doc, const char *path);

/* The line of a key, or the best there is when it stands for itself by default. */
unsigned config_line(const struct config_doc *doc, const char *path);
unsigned config_item_line(const struct config_doc *doc, const char *path, unsigned i);

/* What single values cannot show: how they go together (config_check.c). */
void config_check(struct config_doc *doc);
void config_check_routes(struct config_doc *doc); /* config_routes.c */

/* The same of segments, and of users in them (config_segment.c). */
void config_check_segments(struct config_doc *doc);
void config_check_user_segment(struct config_doc *doc, size_t user);

/* The network of the LAN that the address is of, or NULL. */
const struct ip_prefix *config_segment_of(const struct config *config, be32 addr);

/* The same of NAT's rules (config_nat.c). */
void config_check_nat(struct config_doc *doc);

/* The same of the filter, whose rules get their form for the data plane (config_filter.c). */
void config_check_filter(struct config_doc *doc);
void config_filter_free(struct config *config);

/*
 * A secret in its own file: its bytes but for one newline at the end, at most size. -1 with item->why
 * filled in (config_secret.c).
 */
int config_secret_read(struct config_item *item, const char *path, uint8_t *buf, size_t size);

#endif
