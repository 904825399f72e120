/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared by the files of the configuration: the table of keys, a document being read. */
#ifndef CONFIG_IMPL_H
#define CONFIG_IMPL_H

#include <sys/stat.h>

#include "config.h"

enum {
	CONFIG_ITEMS_MAX = 100, /* entries of a list of single values */
	CONFIG_PATH_MAX = 160, /* bytes of a key's path in a report */
};

/* KEY_WAN_ADDRESS stands for "wan.address", and indexes config_keys. */
enum config_key_id {
#define KEY(name, ...) KEY_##name,
#include "config_table.h"
#undef KEY
	CONFIG_N_KEYS
};

struct config_doc;
struct config_key;

/* One value on its way from the file into the configuration. */
struct config_item {
	const struct config_key *key;
	struct config *config;
	void *field; /* where a single value goes */
	const char *text; /* as written in the file */
	const char *name; /* what stands for <...> in the key's path, or NULL */
	const char *dir; /* the folder that file: is relative to */
	char why[320]; /* why the value is refused */
};

/* A kind of value: its name and how it is read. */
struct config_type {
	const char *name; /* in the manual */
	bool list; /* `read` is called for each entry, and appends */
	bool ranged; /* the key's min and max are limits of the number itself */
	bool free_text; /* a # may be meant as part of it */
	/* False with item->why filled in. */
	bool (*read)(struct config_item *item);
	/*
	 * Of a list of mappings: appends one, all zero, whose keys are "<path>[].<key>". NULL:
	 * out of memory.
	 */
	void *(*add)(struct config_doc *doc, unsigned line);
	const char *example; /* of such a mapping, for error lines */
};

struct config_key {
	const char *path; /* "wan.address", "users[].name", "log.modules.<module>" */
	const struct config_type *type;
	const char *def; /* as it would be written in the file; "": none; NULL: required */
	uint32_t min, max; /* of a number; of a list: how many entries */
	size_t offset, size; /* bytes: the field in struct config, or in what add() returns */
	const char *help;
};

extern const struct config_key config_keys[CONFIG_N_KEYS];

/* The kinds of values (config_read.c). */
extern const struct config_type config_bool, config_number, config_power2, config_seconds;
extern const struct config_type config_mss, config_level, config_socket, config_name;
extern const struct config_type config_device, config_prefix, config_wan_address, config_address;
extern const struct config_type config_user_name, config_source_check, config_takeover;
extern const struct config_type config_psk, config_password;
/* Lists (config_list.c). */
extern const struct config_type config_cores, config_options, config_dns, config_pools;
extern const struct config_type config_routes, config_static_routes;
extern const struct config_type config_ike_suites, config_esp_suites, config_groups, config_users;
/* config_filter.c */
extern const struct config_type config_action, config_zones, config_protocol, config_icmp_type;
extern const struct config_type config_networks, config_ports, config_user_names;
extern const struct config_type config_group_names, config_rate, config_rules, config_group_list;
/* config_segment.c */
extern const struct config_type config_segments, config_segment_name;
/* config_nat.c */
extern const struct config_type config_nat_sources, config_nat_destinations, config_nat_networks;
extern const struct config_type config_nat_addresses, config_nat_protocol, config_nat_ports;
extern const struct config_type config_nat_target, config_nat_behaviour;

/* A file being read: what was seen where. */
struct config_doc {
	const char *name;
	char dir[1024];
	struct config *config;
	config_report_fn *report;
	void *arg;
	unsigned n_errors;
	unsigned flags; /* CONFIG_BENCH, CONFIG_ANY_MACHINE */
	struct {
		unsigned line; /* of the key; 0: it is not in the file */
		unsigned section_line; /* where the section begins whose first key this is */
		bool bad; /* refused, or missing */
		unsigned item_line[CONFIG_ITEMS_MAX];
	} seen[CONFIG_N_KEYS];
	size_t users_room;
	uint32_t rules_room;
};

/* Where in the file a report belongs. */
struct config_place {
	unsigned line;
	char path[CONFIG_PATH_MAX]; /* "users[3].name"; "": the file as a whole */
};

/* The key; without a line of its own, where its section begins. */
struct config_place config_at(const struct config_doc *doc, enum config_key_id key);

/* Entry i of a list of single values: "pools[2]". */
struct config_place config_at_item(
	const struct config_doc *doc, enum config_key_id key, unsigned i);

/* Entry i of a list of mappings, which begins at `line`, or a key of it: "users[3].address". */
struct config_place config_at_entry(enum config_key_id key, size_t i, unsigned line);

struct config_place config_at_line(unsigned line, const char *path);

/* Reports an error or a warning to the caller, as one line. */
void config_error(struct config_doc *doc, struct config_place at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void config_warning(struct config_doc *doc, struct config_place at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Why the value is refused; returns false, for the reader to pass on. */
bool config_refuse(struct config_item *item, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The same of a host's address where a network's is needed. */
bool config_refuse_host(struct config_item *item, const struct ip_prefix *host);

/* Decimal digits at the start of text; false when there are none or they exceed 32 bits. */
bool config_digits(const char *text, uint32_t *out, const char **rest);

/* Reads the text as the key's value, or reports why not. The key's offset is relative to `base`. */
bool config_value(struct config_doc *doc, const struct config_key *key, void *base,
	const char *text, unsigned line, const char *path);

/* Gives the key its default value. */
void config_default(struct config_doc *doc, enum config_key_id k, void *base, unsigned line);

/* Reads the whole text (config_yaml.c); false when it is not YAML to its end. */
bool config_walk(struct config_doc *doc, const char *text, size_t len);

/* The index in the table, or -1. */
int config_find_key(const char *path);

/* The first key of the section, such as "wan"; -1 when there is no such section. */
int config_find_section(const char *path);

/* Whether the key has a value that is valid in itself. */
bool config_good(const struct config_doc *doc, enum config_key_id key);

/* Checks of values against each other, which are no concern of single values (config_check.c). */
void config_check(struct config_doc *doc);
void config_check_routes(struct config_doc *doc); /* config_routes.c */
void config_check_addresses(struct config_doc *doc); /* config_addresses.c */

/* By which port packets to an address leave, as far as the file tells (config_routes.c). */
enum config_side {
	CONFIG_SIDE_LAN,
	CONFIG_SIDE_WAN,
	CONFIG_SIDE_NONE, /* blackhole, unreachable, no route */
};
enum config_side config_side_of(const struct config *config, be32 addr);

/* Whether the address is one of the gateway itself; NAT's included (config_addresses.c). */
bool config_is_own(const struct config *config, be32 addr);

/* The pool that contains the address, by its index; -1: none. */
int config_pool_of(const struct config *config, be32 addr);

/* Warns of secrets that are easy to guess (config_secret.c). */
void config_check_secrets(struct config_doc *doc);

/* Names and addresses of users; fills in users_by_name, for config_find_user() (config_users.c). */
void config_check_users(struct config_doc *doc);

/* Segments, and users in them (config_segment.c). */
void config_check_segments(struct config_doc *doc);
void config_check_user_segment(struct config_doc *doc, size_t user);

/* The LAN-side network that contains the address, or NULL. */
const struct ip_prefix *config_segment_of(const struct config *config, be32 addr);

/* NAT's rules (config_nat.c). */
void config_check_nat(struct config_doc *doc);

/* The filter, whose rules get their form for the data plane (config_filter_check.c). */
void config_check_filter(struct config_doc *doc);
void config_filter_free(struct config *config);

/* Whether a secret in the file would not be safe from others than the user `us`; why, then. */
bool config_secret_refused(const struct stat *st, uid_t us, char *why, size_t size);

/*
 * Reads a secret from its own file, without one newline at the end: its length in bytes, at most
 * `size`; -1 with item->why filled in (config_secret.c).
 */
int config_secret_read(struct config_item *item, const char *path, uint8_t *buf, size_t size);

#endif
