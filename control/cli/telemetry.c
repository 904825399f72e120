/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Read-only counters under /kanmon/ for DPDK's telemetry (dpdk-telemetry.py, exporters). The
 * callbacks run on a thread of EAL and have no argument, hence the global pointer.
 */
#include "telemetry.h"

#include <pthread.h>
#include <rte_telemetry.h>
#include <rte_version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* rte_telemetry.h brings sys/queue.h and DPDK's container_of since 23.03; list.h has its own. */
#undef container_of
#undef LIST_FOREACH

#include "clients.h"
#include "conn.h"
#include "conn_pair.h"
#include "gateway.h"
#include "log.h"
#include "usage.h"

/* Before 23.03 the names of these include the type. */
#if RTE_VERSION < RTE_VERSION_NUM(23, 3, 0, 0)
#define rte_tel_data_add_dict_uint  rte_tel_data_add_dict_u64
#define rte_tel_data_add_array_uint rte_tel_data_add_array_u64
#define RTE_TEL_UINT_VAL            RTE_TEL_U64_VAL
#endif

/* Set before any callback can run, cleared under its lock before the gateway is freed. */
static struct gateway *telemetry_gateway;
static pthread_mutex_t telemetry_lock = PTHREAD_MUTEX_INITIALIZER;

/* The gateway with its lock held, or NULL. Always followed by release(). */
static struct gateway *
acquire(void)
{
	pthread_mutex_lock(&telemetry_lock);
	if (telemetry_gateway != NULL)
		pthread_mutex_lock(&telemetry_gateway->lock);
	return telemetry_gateway;
}

static void
release(struct gateway *gw)
{
	if (gw != NULL)
		pthread_mutex_unlock(&gw->lock);
	pthread_mutex_unlock(&telemetry_lock);
}

static int
on_drops(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct gateway *gw = acquire();

	(void)cmd;
	(void)params;
	rte_tel_data_start_dict(d);
	for (unsigned i = 0; gw != NULL && i < DROP_N; i++)
		rte_tel_data_add_dict_uint(d, drop_name(i), dp_drops(gw->dp, i));
	release(gw);
	return 0;
}

static int
on_punts(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct gateway *gw = acquire();

	(void)cmd;
	(void)params;
	rte_tel_data_start_dict(d);
	for (unsigned i = 0; gw != NULL && i < PUNT_N; i++)
		rte_tel_data_add_dict_uint(d, punt_name(i), dp_punts(gw->dp, i));
	release(gw);
	return 0;
}

/* The counters of the named rule; without a name, those of the table of flows. */
static int
on_filter(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct gateway *gw = acquire();
	struct dp_filter_stats s;
	struct dp_track_stats t;

	(void)cmd;
	rte_tel_data_start_dict(d);
	if (gw != NULL && (params == NULL || params[0] == '\0')) {
		dp_track_stats(gw->dp, &t);
		rte_tel_data_add_dict_uint(d, "flows", t.flows);
		rte_tel_data_add_dict_uint(d, "size", t.size);
		rte_tel_data_add_dict_uint(d, "full", t.full);
		rte_tel_data_add_dict_uint(d, "evicted", t.evicted);
	} else if (gw != NULL) {
		for (uint32_t i = 0; i < gw->config->n_rules; i++) {
			if (strcmp(gw->config->rules[i].name, params) != 0)
				continue;
			dp_filter_stats(gw->dp, i, &s);
			rte_tel_data_add_dict_uint(d, "flows", s.flows);
			rte_tel_data_add_dict_uint(d, "packets", s.packets);
			rte_tel_data_add_dict_uint(d, "bytes", s.bytes);
		}
	}
	release(gw);
	return 0;
}

static int
on_stages(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct gateway *gw = acquire();
	struct dp_stage_stats s;
	char name[64];

	(void)cmd;
	(void)params;
	rte_tel_data_start_dict(d);
	for (unsigned i = 0; gw != NULL && i < STAGE_N; i++) {
		dp_stage_stats(gw->dp, i, &s);
		snprintf(name, sizeof(name), "%s_packets", stage_name(i));
		rte_tel_data_add_dict_uint(d, name, s.packets);
		snprintf(name, sizeof(name), "%s_cycles", stage_name(i));
		rte_tel_data_add_dict_uint(d, name, s.cycles);
	}
	release(gw);
	return 0;
}

static int
on_reassembly(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct gateway *gw = acquire();
	struct dp_reass_stats s = {0};

	(void)cmd;
	(void)params;
	if (gw != NULL)
		dp_reass_stats(gw->dp, &s);
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_uint(d, "fragments", s.fragments);
	rte_tel_data_add_dict_uint(d, "packets", s.packets);
	rte_tel_data_add_dict_uint(d, "held", s.held);
	release(gw);
	return 0;
}

static int
on_summary(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct gateway *gw = acquire();
	unsigned up = 0, count[4] = {0};

	(void)cmd;
	(void)params;
	rte_tel_data_start_dict(d);
	if (gw != NULL) {
		CLIENTS_FOREACH (c, &gw->clients)
			up += c->up;
		segments_count(&gw->segments, count);
		rte_tel_data_add_dict_uint(d, "connections", gw->clients.n_conns);
		rte_tel_data_add_dict_uint(d, "sessions_up", up);
		rte_tel_data_add_dict_uint(d, "half_open", gw->clients.peers.half_open);
		rte_tel_data_add_dict_uint(d, "stateless", gw->clients.stateless);
		rte_tel_data_add_dict_uint(d, "addresses_free", count[LEASE_FREE]);
		rte_tel_data_add_dict_uint(d, "addresses_leased", count[LEASE_TAKEN]);
		rte_tel_data_add_dict_uint(d, "addresses_in_conflict", count[LEASE_CONFLICT]);
		rte_tel_data_add_dict_uint(d, "addresses_unprobed", count[LEASE_UNKNOWN]);
	}
	release(gw);
	return 0;
}

static int
on_memory(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct gateway *gw = acquire();
	uint64_t n[USAGE_N];

	(void)cmd;
	(void)params;
	rte_tel_data_start_dict(d);
	if (gw != NULL) {
		usage_get(gw, n);
		for (unsigned i = 0; i < USAGE_N; i++)
			rte_tel_data_add_dict_uint(d, usage_name(i), n[i]);
	}
	release(gw);
	return 0;
}

static int
on_nat(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct gateway *gw = acquire();
	struct dp_nat_stats s = {0};

	(void)cmd;
	(void)params;
	rte_tel_data_start_dict(d);
	if (gw != NULL) {
		dp_nat_stats(gw->dp, &s);
		rte_tel_data_add_dict_uint(d, "sessions", s.sessions);
		rte_tel_data_add_dict_uint(d, "mappings", s.mappings);
		rte_tel_data_add_dict_uint(d, "opened", s.opened);
		rte_tel_data_add_dict_uint(d, "opened_from_outside", s.opened_from_outside);
		rte_tel_data_add_dict_uint(d, "expired", s.expired);
		rte_tel_data_add_dict_uint(d, "evicted", s.evicted);
		rte_tel_data_add_dict_uint(d, "evicted_ports", s.evicted_ports);
		rte_tel_data_add_dict_uint(d, "out_of_sessions", s.out_of_sessions);
		rte_tel_data_add_dict_uint(d, "out_of_ports", s.out_of_ports);
		rte_tel_data_add_dict_uint(d, "over_host_limit", s.over_host_limit);
		rte_tel_data_add_dict_uint(d, "hairpinned", s.hairpinned);
		rte_tel_data_add_dict_uint(d, "icmp_errors_out", s.errors_out);
		rte_tel_data_add_dict_uint(d, "icmp_errors_in", s.errors_in);
	}
	release(gw);
	return 0;
}

static void
session_list(struct gateway *gw, unsigned long from, struct rte_tel_data *d)
{
	rte_tel_data_start_array(d, RTE_TEL_UINT_VAL);
	if (gw == NULL)
		return;
	CLIENTS_FOREACH (c, &gw->clients)
		if (c->up && c->id >= from && rte_tel_data_add_array_uint(d, c->id) != 0)
			return;
}

static void
session_one(struct gateway *gw, unsigned long id, struct rte_tel_data *d)
{
	char addr[IP_STR_LEN];

	rte_tel_data_start_dict(d);
	if (gw == NULL)
		return;
	CLIENTS_FOREACH (c, &gw->clients) {
		const struct conn_pair *pair = conn_pair_current(c);
		struct dp_sess_stats s = {0};

		if (!c->up || c->id != id)
			continue;
		dp_sess_stats(gw->dp, c->sid, &s);
		rte_tel_data_add_dict_string(d, "user", conn_user(c));
		rte_tel_data_add_dict_string(d, "client", ip_str(c->remote.addr, addr));
		rte_tel_data_add_dict_string(d, "address", ip_str(c->lease, addr));
		rte_tel_data_add_dict_uint(d, "seconds", (gw->timers.now_ms - c->up_ms) / 1000);
		rte_tel_data_add_dict_string(d, "suite", pair != NULL ? pair->suite->name : "");
		rte_tel_data_add_dict_uint(d, "worker", c->worker);
		rte_tel_data_add_dict_uint(d, "up_packets", s.up_packets);
		rte_tel_data_add_dict_uint(d, "up_bytes", s.up_bytes);
		rte_tel_data_add_dict_uint(d, "down_packets", s.down_packets);
		rte_tel_data_add_dict_uint(d, "down_bytes", s.down_bytes);
		rte_tel_data_add_dict_uint(d, "up_dropped", s.up_dropped);
		rte_tel_data_add_dict_uint(d, "down_dropped", s.down_dropped);
		return;
	}
}

/* One session by its number, or a list of numbers, at most RTE_TEL_MAX_ARRAY_ENTRIES. */
static int
on_sessions(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct gateway *gw = acquire();
	char *end = NULL;
	unsigned long id = params != NULL ? strtoul(params, &end, 10) : 0;

	(void)cmd;
	if (id == 0 || *end == '+')
		session_list(gw, id, d);
	else
		session_one(gw, id, d);
	release(gw);
	return 0;
}

void
telemetry_init(struct gateway *gw)
{
	static const struct {
		const char *cmd;
		telemetry_cb fn;
		const char *help;
	} commands[] = {
		{"/kanmon/summary", on_summary, "Connections, sessions, addresses"},
		{"/kanmon/sessions", on_sessions,
			"Numbers of up to 512 sessions (NUMBER+: from there on), or one session (NUMBER)"},
		{"/kanmon/memory", on_memory, "Entries of each table, and memory in use"},
		{"/kanmon/drops", on_drops, "Dropped packets, by reason"},
		{"/kanmon/punts", on_punts, "Packets handed to control, by reason"},
		{"/kanmon/filter", on_filter,
			"Flows of the filter, or the counters of one rule (NAME)"},
		{"/kanmon/reassembly", on_reassembly, "Reassembly of IPv4 fragments"},
		{"/kanmon/nat", on_nat, "NAT: sessions, ports, evictions, drops"},
		{"/kanmon/stages", on_stages, "Packets and cycles of each stage in the workers"},
	};

	pthread_mutex_lock(&telemetry_lock);
	telemetry_gateway = gw;
	pthread_mutex_unlock(&telemetry_lock);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (rte_telemetry_register_cmd(commands[i].cmd, commands[i].fn, commands[i].help) !=
			0)
			log_warning(MAIN, NULL, "cannot register the telemetry command %s",
				commands[i].cmd);
}

void
telemetry_fini(void)
{
	pthread_mutex_lock(&telemetry_lock);
	telemetry_gateway = NULL;
	pthread_mutex_unlock(&telemetry_lock);
}
