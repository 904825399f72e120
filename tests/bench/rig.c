/* SPDX-License-Identifier: BSD-3-Clause */
/* The rig: data plane and sessions. */
#include "bench.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "net.h"
#include "suite.h"

uint32_t
bench_random(struct bench *b)
{
	b->random ^= b->random << 13;
	b->random ^= b->random >> 7;
	b->random ^= b->random << 17;
	return (uint32_t)(b->random >> 32);
}

static void
stay_on(unsigned core)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(core, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/*
 * Worker i runs on the i-th CPU from the first on, wrapping around; the feeder on the one before
 * the first.
 */
static void
choose_cores(struct dp_config *c, const struct bench_options *o)
{
	unsigned n = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);

	c->n_workers = o->n_workers;
	for (unsigned i = 0; i < c->n_workers; i++)
		c->worker_core[i] = (o->core + i) % n;
	c->control_core = o->threads ? (o->core + n - 1) % n : o->core;
}

/* net_ring receives what it sends: worker turns run between feeding and draining its ring. */
static int
find_rings(struct bench *b)
{
	static const char *const ring[DP_N_PORTS] = {"ETH_RXTX0_net_ring0", "ETH_RXTX0_net_ring1"};

	for (unsigned i = 0; i < DP_N_PORTS; i++) {
		b->ring[i] = rte_ring_lookup(ring[i]);
		if (b->ring[i] == NULL) {
			fprintf(stderr, "ring %s not found\n", ring[i]);
			return -ENODEV;
		}
	}
	return 0;
}

int
bench_open(struct bench *b, const struct bench_options *o)
{
	static const char *const options[] = {"--no-telemetry"};
	struct dp_config c = {
		.idle_sleep_us = o->n_workers > 1 ? 50 : 0,
		.hugepages = o->hugepages,
		.eal_options = options,
		.n_eal_options = 1,
		.max_sessions = o->sessions,
		.nat = o->nat,
		.replay_window = 1024,
		.filter_flows = 1u << 17,
		.port = {[DP_WAN] = {.address = {NET_WAN_ADDR, 16},
				 .gateway = NET_WAN_GATEWAY,
				 .mtu = 1500,
				 .descriptors = 1024},
			[DP_LAN] = {.address = {NET_LAN_ADDR, 12},
				.mtu = 1500,
				.descriptors = 1024}},
	};
	int rc;

	memset(b, 0, sizeof(*b));
	b->random = 0x9e3779b97f4a7c15;
	snprintf(c.file_prefix, sizeof(c.file_prefix), "bench%d", (int)getpid());
	for (unsigned i = 0; i < DP_N_PORTS; i++)
		snprintf(c.port[i].device, sizeof(c.port[i].device),
			o->threads ? "net_null%u,no-rx=1" : "net_ring%u", i);
	choose_cores(&c, o);
	rc = dp_start(&c, &b->dp);
	if (rc != 0)
		return rc;
	/* From now on the bench runs the turns, until workers are launched again. */
	dp_workers_stop(b->dp);
	stay_on(c.control_core);
	b->w = b->dp->worker[0];
	b->w->now_s = 1;
	dp_neigh_set(b->dp, DP_WAN, NET_WAN_GATEWAY, net_mac_other);
	dp_neigh_set(b->dp, DP_LAN, NET_LAN_HOST, net_mac_other);
	/* The same as kanmond without rules. */
	rc = bench_filter(b, 0);
	return rc != 0 || o->threads ? rc : find_rings(b);
}

static void
drop_sessions(struct bench *b)
{
	for (uint32_t i = 0; i < b->n_clients; i++) {
		struct bench_client *c = &b->clients[i];
		struct sa_out *out = dp_sess_get(b->dp, c->sid)->out;

		dp_lease_clear(b->dp, c->addr);
		dp_sess_set_out(b->dp, c->sid, NULL);
		dp_sess_retire(b->dp, c->sid);
		dp_sa_in_retire(b->dp, c->spi);
		dp_sa_out_retire(b->dp, out);
		dp_poll(b->dp);
	}
	dp_poll(b->dp);
	free(b->clients);
	b->clients = NULL;
	b->n_clients = 0;
	free((void *)b->seal.keys);
	free((void *)b->open.keys);
	b->seal.keys = b->open.keys = NULL;
}

void
bench_close(struct bench *b)
{
	if (b->dp != NULL)
		drop_sessions(b);
	dp_stop(b->dp);
}

static int
add_session(struct bench *b, const struct esp_keys *keys, uint32_t n)
{
	struct bench_client *c = &b->clients[n];
	struct dp_sess s = {
		.client = c->addr = htonl(NET_FIRST_LEASE + n),
		.local_port = htons(1701),
		.peer_port = htons(1701),
		.our_tid = NET_L2TP_TID,
		.our_sid = NET_L2TP_SID,
		.peer_tid = 1,
		.peer_sid = 1,
		.mtu = 1400,
	};
	struct dp_sa sa = {
		.suite = b->suite,
		.keys = keys,
		.local = {NET_WAN_ADDR, 0},
		.remote = {htonl(NET_FIRST_OUTER + n), 0},
	};
	unsigned worker = n % b->dp->n_workers;
	struct sa_out *out;

	c->sid = dp_sess_take(b->dp, worker);
	sa.spi = c->spi = dp_spi_take(b->dp, worker);
	if (c->sid == DP_SID_NONE || c->spi == 0)
		return -ENOSPC;
	if (dp_sa_in_publish(b->dp, &sa, c->sid) != 0 || dp_sess_publish(b->dp, c->sid, &s) != 0 ||
		(out = dp_sa_out_new(b->dp, &sa)) == NULL)
		return -ENOMEM;
	dp_sess_set_out(b->dp, c->sid, out);
	return dp_lease_set(b->dp, c->addr, c->sid);
}

static void
fill_crypto(struct bench *b, const struct esp_keys *keys, enum suite_use use, struct sa_crypto *c)
{
	size_t size = RTE_ALIGN_CEIL(suite_keys_size(b->suite), RTE_CACHE_LINE_SIZE);
	uint8_t *expanded = aligned_alloc(RTE_CACHE_LINE_SIZE, size);

	suite_fill(b->dp->mb, b->suite, keys, use, expanded, c);
	c->keys = expanded;
}

/*
 * Memory of a session's slots, which exists from the start: pointers, queues of free slots,
 * generations; and its lease.
 */
#define SLOT_BYTES                                                                             \
	((1 + SA_PER_SESSION) *                                                                \
			(sizeof(void *) + sizeof(uint32_t) + sizeof(uint8_t) + sizeof(bool)) + \
		sizeof(uint32_t))

static size_t
memory_used(const struct bench *b)
{
	return b->dp->slabs.used + mallinfo2().uordblks + mallinfo2().hblkhd;
}

int
bench_sessions(struct bench *b, const char *suite, uint32_t n)
{
	struct esp_keys keys;
	size_t before;

	drop_sessions(b);
	b->suite = esp_suite_find(suite);
	if (b->suite == NULL)
		return -EINVAL;
	memset(&keys, 0x3c, sizeof(keys));
	fill_crypto(b, &keys, SUITE_SEAL, &b->seal);
	fill_crypto(b, &keys, SUITE_OPEN, &b->open);
	b->clients = calloc(n, sizeof(*b->clients));
	if (b->clients == NULL)
		return -ENOMEM;
	before = memory_used(b);
	for (; b->n_clients < n; b->n_clients++) {
		int rc = add_session(b, &keys, b->n_clients);

		if (rc != 0) {
			fprintf(stderr, "cannot make session %u: %s\n", b->n_clients,
				strerror(-rc));
			return rc;
		}
	}
	b->n_used = n;
	b->session_bytes = (memory_used(b) - before) / n + SLOT_BYTES;
	return 0;
}

void
bench_use(struct bench *b, uint32_t n)
{
	b->n_used = RTE_MIN(n, b->n_clients);
}
