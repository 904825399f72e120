/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The configuration: a YAML file read against one table of keys (config_table.h). Each error is one
 * line "FILE:LINE: key: what is wrong"; all errors of a file are reported, and nothing in it is
 * ignored. A warning is a line "FILE:LINE: warning: key: what is suspicious".
 *
 * Addresses and ports are in network byte order in be32 and be16; all else is in host byte order.
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
	CONFIG_MAX_ROUTES = 100, /* with the routes by DHCP they fit into DP_ROUTES_MAX */
	CONFIG_MAX_EAL_OPTIONS = 32,
	CONFIG_SESSIONS_MAX = 60000,
	CONFIG_HALF_OPEN_MAX = 5000,
	CONFIG_PASSWORD_MAX = 256, /* bytes of UTF-8 (RFC 2759, 8: 256 characters) */
	CONFIG_SEGMENT_NAME_MAX = 31,
	CONFIG_MSS_ANY = 0, /* leave TCP's MSS unchanged */
	CONFIG_MSS_FITS = UINT16_MAX, /* clamp it to what fits the MTU */
	CONFIG_SOCKET_MAX = 107, /* bytes of a UNIX socket's path, see unix(7) */
};

/* A further segment of the LAN; lan.* is the first. */
struct config_segment {
	char name[CONFIG_SEGMENT_NAME_MAX + 1];
	struct dp_segment_config net;
	unsigned line; /* in the file */
};

/* The segment of a user: its name in the file, and its index. */
struct config_segment_ref {
	char name[CONFIG_SEGMENT_NAME_MAX + 1]; /* "": not set */
	unsigned index; /* 0: lan; i: segments[i - 1] */
};

struct config_user {
	char name[PPP_NAME_MAX + 1];
	char password[CONFIG_PASSWORD_MAX + 1]; /* UTF-8 */
	be32 address; /* reserved for the user; 0: one from a pool */
	struct config_segment_ref segment; /* the segment that the user joins */
	bool disabled;
	uint32_t groups; /* bit i: group_names[i] of struct config */
	uint64_t rate_up, rate_down; /* bit/s; 0: not set; CONFIG_UNLIMITED */
	unsigned line; /* in the file */
};

struct config_route {
	struct ip_prefix to;
	enum dp_route_kind kind;
	be32 via; /* of DP_ROUTE_VIA: a router in the network of the WAN or the LAN; else 0 */
};

/* Which session makes room when a user at limits.sessions_per_user begins another. */
enum config_takeover {
	CONFIG_TAKEOVER_SILENT, /* one whose client does not answer a probe; else as NONE */
	CONFIG_TAKEOVER_OLDEST, /* the oldest, at once */
	CONFIG_TAKEOVER_NONE, /* the new session is refused */
};

struct config {
	enum log_level log_level;
	enum log_level log_module_level[LOG_N_MODULES]; /* 0: log_level applies */
	char control_socket[CONFIG_SOCKET_MAX + 1];

	/* eal and workers */
	unsigned control_core; /* CPU number */
	bool hugepages;
	uint32_t memory_mb; /* MiB; 0: EAL's default */
	char file_prefix[64];
	const char *eal_options[CONFIG_MAX_EAL_OPTIONS]; /* owned */
	unsigned n_eal_options;
	unsigned worker_core[DP_MAX_WORKERS]; /* CPU numbers */
	unsigned n_workers;
	uint32_t idle_sleep_us; /* 0: poll without sleep */

	struct dp_port_config wan, lan;
	struct config_segment segments[DP_SEGMENTS_MAX - 1];
	size_t n_segments;
	struct config_route static_routes[CONFIG_MAX_ROUTES];
	unsigned n_static_routes;

	struct ike_config ike; /* includes the suites and lifetimes of ESP */
	bool ike_allow_weak, esp_allow_weak;
	uint32_t replay_window; /* packets */
	bool copy_dscp_out, copy_dscp_in;
	bool path_mtu; /* discover it for each client */
	struct l2tp_config l2tp;
	struct ppp_config ppp;
	uint16_t mss_clamp; /* of TCP through sessions: bytes, or CONFIG_MSS_* */
	be32 dns[2]; /* announced to clients; 0: none */
	char domain[DHCP_INFORM_DOMAIN_MAX + 1]; /* announced to clients; "": none */
	struct ip_prefix routes[DHCP_INFORM_ROUTES_MAX]; /* announced to clients */
	unsigned n_routes;

	struct ip_range pools[CONFIG_MAX_POOLS];
	unsigned n_pools;
	struct config_user *users; /* in the order of the file */
	size_t n_users;
	const struct config_user **users_by_name; /* sorted, for config_find_user() */

	struct nat_config nat;

	struct config_group groups[CONFIG_GROUPS_MAX];
	unsigned n_groups;
	char group_names[CONFIG_GROUPS_MAX][CONFIG_NAME_MAX + 1]; /* i: bit i of a set of groups */
	unsigned n_group_names;
	uint32_t filter_flows; /* of each worker */
	struct config_rule *rules; /* in the order of the file */
	uint32_t n_rules;
	struct dp_filter filter; /* the same for the data plane; points into rules */
	uint64_t shaping_up, shaping_down; /* bit/s; CONFIG_UNLIMITED */
	uint32_t shaping_burst_ms;

	uint32_t limit_half_open; /* ISAKMP SAs that have not authenticated yet */
	uint32_t limit_half_open_per_source; /* the same for one source address */
	uint32_t limit_sessions; /* of all clients */
	uint32_t limit_sessions_per_user; /* 0: no limit */
	enum config_takeover takeover;
};

enum config_severity {
	CONFIG_ERROR, /* the file is refused */
	CONFIG_WARNING, /* the file is accepted, but is probably not what the operator wants */
};

/* Called with each line of the report on a file, without a newline. */
typedef void config_report_fn(void *arg, enum config_severity severity, const char *line);

/* Flags of config_load() and config_parse(). */
enum {
	/* For kanmond --bench-sessions: there must be no users. */
	CONFIG_BENCH = 1 << 0,
	/* For a check that may run on another machine: cores that it lacks are warnings. */
	CONFIG_ANY_MACHINE = 1 << 1,
};

/*
 * Reads and checks a file and the secret files that it names. Returns 0, or -EINVAL after at least
 * one CONFIG_ERROR. *out needs config_free() only after 0. Call sodium_init() first.
 */
int config_load(
	const char *path, unsigned flags, struct config *out, config_report_fn *report, void *arg);

/*
 * The same as config_load() for text in memory. `name` appears in the report, and file:PATH is
 * relative to its folder.
 */
int config_parse(const char *name, const char *text, size_t len, unsigned flags, struct config *out,
	config_report_fn *report, void *arg);

/* The user with that name, or NULL. */
const struct config_user *config_find_user(const struct config *config, const char *name);

/* Wipes the secrets and frees what the configuration owns. An all-zero struct is allowed. */
void config_free(struct config *config);

/* The user's number in the rules of the data plane's filter, from 1 on. */
uint32_t config_user_number(const struct config *config, const struct config_user *user);

/* The rate of a session of the user from the client (up) or to it, bit/s; 0: no limit. */
uint64_t config_user_rate(const struct config *config, const struct config_user *user, bool up);

/* The data plane's part; points into config. */
void config_dp(const struct config *config, struct dp_config *out);

/* The limit of TCP's MSS for all sessions, in bytes, for struct dp_sess; 0: none. */
uint16_t config_mss_clamp(const struct config *config);

/* Prints all keys with kind, default and meaning, as Markdown: docs/configuration.md. */
void config_print_keys(FILE *out);

#endif
