/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The configuration: a YAML file read against one table of keys (config_keys.c). Each mistake is one
 * line "FILE:LINE: key: what is wrong"; all mistakes of a file are told, and nothing is read and ignored.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config_filter.h"
#include "dhcp_inform.h"
#include "dp.h"
#include "ike.h"
#include "ip.h"
#include "l2tp.h"
#include "log.h"
#include "ppp.h"

enum {
	CONFIG_FILE_MAX = 16 << 20, /* bytes: room for 100,000 users */
	CONFIG_MAX_POOLS = 64,
	CONFIG_MAX_ROUTES = 100, /* with those that DHCP brings they fit into DP_ROUTES_MAX */
	CONFIG_MAX_EAL_OPTIONS = 32,
	CONFIG_SESSIONS_MAX = 60000,
	CONFIG_HALF_OPEN_MAX = 5000,
	CONFIG_PASSWORD_MAX = 256, /* bytes of UTF-8 (RFC 2759, 8: 256 characters) */
	CONFIG_SEGMENT_NAME_MAX = 31,
	CONFIG_MSS_ANY = 0, /* TCP's MSS is left as it is */
	CONFIG_MSS_FITS = UINT16_MAX, /* clamped to what fits */
	CONFIG_SOCKET_MAX = 107, /* bytes of a UNIX socket's path (unix(7)) */
};

/* A further segment of the LAN; lan.* is the first. */
struct config_segment {
	char name[CONFIG_SEGMENT_NAME_MAX + 1];
	struct dp_segment_config net;
	unsigned line; /* where it stands in the file */
};

/* The name of a segment as a user has it, and which one that is. */
struct config_segment_ref {
	char name[CONFIG_SEGMENT_NAME_MAX + 1]; /* "": none was named */
	unsigned index; /* 0: lan's; i: segments[i - 1] */
};

struct config_user {
	char name[PPP_NAME_MAX + 1];
	char password[CONFIG_PASSWORD_MAX + 1]; /* UTF-8 */
	be32 address; /* his alone; 0: one of the pools */
	struct config_segment_ref segment; /* which he joins */
	bool disabled;
	uint32_t groups; /* bits, by config.group_names */
	uint64_t rate_up, rate_down; /* bit/s; 0: not said */
	unsigned line; /* where he stands in the file */
};

struct config_route {
	struct ip_prefix to;
	enum dp_route_kind kind;
	be32 via; /* of DP_ROUTE_VIA: a router on the WAN's or the LAN's network */
};

/* Which session of a user who has as many as he may have makes room for his next one. */
enum config_takeover {
	CONFIG_TAKEOVER_SILENT, /* those whose clients do not answer when asked */
	CONFIG_TAKEOVER_OLDEST, /* at once */
	CONFIG_TAKEOVER_NONE,
};

struct config {
	enum log_level log_level;
	enum log_level log_module_level[LOG_N_MODULES]; /* 0: as log_level */
	char control_socket[CONFIG_SOCKET_MAX + 1];

	/* eal. and workers. */
	unsigned control_core;
	bool hugepages;
	uint32_t memory_mb; /* 0: EAL's default */
	char file_prefix[64];
	const char *eal_options[CONFIG_MAX_EAL_OPTIONS];
	unsigned n_eal_options;
	unsigned worker_core[DP_MAX_WORKERS];
	unsigned n_workers;
	uint32_t idle_sleep_us;

	struct dp_port_config wan, lan;
	struct config_segment segments[DP_SEGMENTS_MAX - 1];
	size_t n_segments;
	struct config_route static_routes[CONFIG_MAX_ROUTES];
	unsigned n_static_routes;

	struct ike_config ike; /* with ESP's suites and lifetimes */
	bool ike_allow_weak, esp_allow_weak;
	uint32_t replay_window; /* packets */
	bool copy_dscp_out, copy_dscp_in;
	bool path_mtu; /* learn it of each client */
	struct l2tp_config l2tp;
	struct ppp_config ppp;
	uint16_t mss_clamp; /* of TCP through sessions: a number, or CONFIG_MSS_* */
	be32 dns[2]; /* for clients; 0: none */
	char domain[DHCP_INFORM_DOMAIN_MAX + 1]; /* for clients; "": none */
	struct ip_prefix
		routes[DHCP_INFORM_ROUTES_MAX]; /* networks that clients reach through us */
	unsigned n_routes;

	struct ip_range pools[CONFIG_MAX_POOLS];
	unsigned n_pools;
	struct config_user *users;
	size_t n_users;
	const struct config_user **users_by_name; /* sorted, for config_find_user() */

	struct nat_config nat;

	struct config_group groups[CONFIG_GROUPS_MAX];
	unsigned n_groups;
	char group_names[CONFIG_GROUPS_MAX][CONFIG_NAME_MAX + 1]; /* by number */
	unsigned n_group_names;
	uint32_t filter_flows;
	struct config_rule *rules;
	uint32_t n_rules;
	struct dp_filter filter; /* the same, for the data plane; points into rules */
	uint64_t shaping_up, shaping_down; /* bit/s; 0: no limit */
	uint32_t shaping_burst_ms;

	uint32_t limit_half_open; /* ISAKMP SAs that are not authenticated yet */
	uint32_t limit_half_open_per_source;
	uint32_t limit_sessions;
	uint32_t limit_sessions_per_user; /* 0: no limit */
	enum config_takeover takeover;
};

/* Gets each line that says what is wrong, without a newline. */
typedef void config_error_fn(void *arg, const char *line);

/*
 * Reads and checks a file, and the secrets that it names. 0, or -EINVAL after at least one call of `error`;
 * *out needs config_free only after 0. sodium_init comes first.
 */
int config_load(const char *path, struct config *out, config_error_fn *error, void *arg);

/* The same for kanmond --bench-sessions: there must be no users. */
int config_load_bench(const char *path, struct config *out, config_error_fn *error, void *arg);

/* The same as config_load() with text from memory; `name` stands in the error lines, and its folder is where file: begins. */
int config_parse(const char *name, const char *text, size_t len, struct config *out,
	config_error_fn *error, void *arg);

/* The user of that name, or NULL. */
const struct config_user *config_find_user(const struct config *config, const char *name);

/* Wipes the secrets and frees. An all-zero config is fine. */
void config_free(struct config *config);

/* The number by which the filter's rules know him. */
uint32_t config_user_number(const struct config *config, const struct config_user *user);

/* The rate of a session of his from the client (up) or to it, bit/s; 0: no limit. */
uint64_t config_user_rate(const struct config *config, const struct config_user *user, bool up);

/* What the data plane takes of it; points into config. */
void config_dp(const struct config *config, struct dp_config *out);

/* What TCP's MSS is clamped to in all sessions, but for what fits the MTU of each: for struct dp_sess. */
uint16_t config_mss_clamp(const struct config *config);

/* All keys with what they take, default and meaning, as Markdown: docs/configuration.md. */
void config_print_keys(FILE *out);

#endif
