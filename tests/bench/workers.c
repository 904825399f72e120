/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Workers on their own threads, between ports whose queues are rings: each queue has a ring for
 * received and one for sent packets. Packets are made before and checked after; meanwhile the
 * calling thread only moves pointers.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_cycles.h>
#include <rte_eth_ring.h>
#include <rte_ether.h>
#include <rte_ip.h>

#include "bench.h"

#define RING_SIZE  2048
#define IN_FLIGHT  1024 /* packets in flight; any one ring can hold them */
#define PATIENCE_S 5 /* seconds without a packet after which missing ones are lost */

struct queue {
	struct rte_ring *rx, *tx; /* as seen by the worker */
	struct rte_mbuf **feed; /* in this order */
	uint32_t n_feed, fed;
};

struct flow {
	struct bench *b;
	struct queue queue[DP_N_PORTS][DP_MAX_WORKERS];
	struct rte_mbuf **made; /* all packets, in the order in which they were made */
	struct rte_mbuf **out[DP_N_PORTS];
	uint32_t n_out[DP_N_PORTS];
	uint32_t n;
};

/* --- ports ------------------------------------------------------------------------------------ */

static int
port_open(struct flow *f, enum dp_port port)
{
	static const struct rte_eth_conf conf;
	struct rte_ring *rx[DP_MAX_WORKERS], *tx[DP_MAX_WORKERS];
	struct dp *dp = f->b->dp;
	uint16_t n = (uint16_t)dp->n_workers;
	char name[32];
	int id, rc;

	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "bench_rx_%u_%u", (unsigned)port, i);
		rx[i] = rte_ring_create(
			name, RING_SIZE, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
		snprintf(name, sizeof(name), "bench_tx_%u_%u", (unsigned)port, i);
		tx[i] = rte_ring_create(
			name, RING_SIZE, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
		if (rx[i] == NULL || tx[i] == NULL)
			return -ENOMEM;
		f->queue[port][i] = (struct queue){.rx = rx[i], .tx = tx[i]};
	}
	snprintf(name, sizeof(name), "bench%u", (unsigned)port);
	id = rte_eth_from_rings(name, rx, n, tx, n, 0);
	if (id < 0)
		return -ENODEV;
	rc = rte_eth_dev_configure((uint16_t)id, n, n, &conf);
	for (uint16_t i = 0; i < n && rc == 0; i++) {
		rc = rte_eth_rx_queue_setup((uint16_t)id, i, RING_SIZE, 0, NULL, dp->pool);
		if (rc == 0)
			rc = rte_eth_tx_queue_setup((uint16_t)id, i, RING_SIZE, 0, NULL);
	}
	if (rc == 0)
		rc = rte_eth_dev_start((uint16_t)id);
	for (unsigned i = 0; i < n; i++)
		dp->worker[i]->port_id[port] = (uint16_t)id;
	return rc;
}

static void
port_close(struct flow *f, enum dp_port port)
{
	struct worker *w = f->b->w;

	if (w->port_id[port] != f->b->dp->port[port].id) {
		rte_eth_dev_stop(w->port_id[port]);
		rte_eth_dev_close(w->port_id[port]);
	}
	for (unsigned i = 0; i < f->b->dp->n_workers; i++) {
		f->b->dp->worker[i]->port_id[port] = f->b->dp->port[port].id;
		rte_ring_free(f->queue[port][i].rx);
		rte_ring_free(f->queue[port][i].tx);
	}
}

/* --- packets ---------------------------------------------------------------------------------- */

static enum dp_port
pick_port(enum bench_way way, uint32_t i)
{
	if (way == BENCH_BOTH)
		return i & 1 ? DP_WAN : DP_LAN;
	return way == BENCH_UP ? DP_WAN : DP_LAN;
}

static int
make(struct flow *f, enum bench_way way, unsigned size, bool astray)
{
	struct bench *b = f->b;

	if (rte_pktmbuf_alloc_bulk(b->dp->pool, f->made, f->n) != 0)
		return -ENOBUFS;
	for (uint32_t i = 0; i < f->n; i++) {
		enum dp_port port = pick_port(way, i);
		uint32_t client = bench_random(b) % b->n_used;
		struct bench_client *c = &b->clients[client];
		unsigned at = (ID_WORKER(c->sid) + astray) % b->dp->n_workers;
		struct queue *q = &f->queue[port][at];

		c->sent[port]++;
		if (port == DP_WAN)
			feed_up(b, f->made[i], client, bench_pick_size(b, size), c->sent[port]);
		else
			feed_down(b, f->made[i], client, bench_pick_size(b, size), c->sent[port]);
		if (i % BENCH_BURST == 0)
			feed_flush(b);
		q->feed[q->n_feed++] = f->made[i];
	}
	feed_flush(b);
	return 0;
}

/* Feeds packets while there is room in flight; returns their number. */
static uint32_t
push_some(struct flow *f, uint32_t room)
{
	uint32_t all = 0;

	for (unsigned i = 0; i < DP_N_PORTS * f->b->dp->n_workers; i++) {
		struct queue *q = &f->queue[i % DP_N_PORTS][i / DP_N_PORTS];
		uint32_t n = RTE_MIN(
			RTE_MIN(q->n_feed - q->fed, room - all), (uint32_t)BENCH_BURST);

		n = rte_ring_enqueue_burst(q->rx, (void **)&q->feed[q->fed], n, NULL);
		q->fed += n;
		all += n;
	}
	return all;
}

static uint32_t
pull_some(struct flow *f)
{
	uint32_t all = 0;

	for (unsigned i = 0; i < DP_N_PORTS * f->b->dp->n_workers; i++) {
		unsigned port = i % DP_N_PORTS;
		uint32_t n = rte_ring_dequeue_burst(f->queue[port][i / DP_N_PORTS].tx,
			(void **)&f->out[port][f->n_out[port]], f->n - f->n_out[port], NULL);

		f->n_out[port] += n;
		all += n;
	}
	return all;
}

/* Runs until all packets are out, or no more come; returns the seconds. */
static double
run(struct flow *f)
{
	uint64_t begin = rte_rdtsc(), last = begin, now = begin;
	uint32_t in = 0, out = 0;

	while (out < f->n && now - last < PATIENCE_S * rte_get_tsc_hz()) {
		uint32_t n = push_some(f, IN_FLIGHT - (in - out)), got = pull_some(f);

		in += n;
		out += got;
		now = rte_rdtsc();
		if (got > 0)
			last = now;
		if (n + got == 0)
			sched_yield(); /* a worker may share this CPU */
	}
	return (double)(last - begin) / (double)rte_get_tsc_hz();
}

/* --- results ---------------------------------------------------------------------------------- */

static void
look(struct flow *f, enum dp_port in, const uint8_t *ip, struct flow_result *result)
{
	struct bench_tag tag = bench_packet_tag(ip);
	struct bench_client *c = tag.client < f->b->n_clients ? &f->b->clients[tag.client] : NULL;

	if (c == NULL || tag.seq != c->seen[in] + 1)
		result->disordered++;
	if (c != NULL)
		c->seen[in] = tag.seq;
}

static void
check(struct flow *f, struct flow_result *result)
{
	const unsigned ether_ip = RTE_ETHER_HDR_LEN + sizeof(struct rte_ipv4_hdr);
	const uint8_t *inner[BENCH_BURST];

	for (uint32_t i = 0; i < f->n_out[DP_LAN]; i++)
		look(f, DP_WAN,
			rte_pktmbuf_mtod_offset(f->out[DP_LAN][i], uint8_t *, RTE_ETHER_HDR_LEN),
			result);
	for (uint32_t i = 0, n; i < f->n_out[DP_WAN]; i += n) {
		n = RTE_MIN(f->n_out[DP_WAN] - i, (uint32_t)BENCH_BURST);
		for (uint32_t k = 0; k < n; k++) {
			struct rte_mbuf *m = f->out[DP_WAN][i + k];

			inner[k] = feed_open(f->b, rte_pktmbuf_mtod_offset(m, uint8_t *, ether_ip),
				m->data_len - ether_ip);
		}
		feed_flush(f->b);
		for (uint32_t k = 0; k < n; k++)
			look(f, DP_LAN, inner[k], result);
	}
	result->lost = f->n - f->n_out[DP_LAN] - f->n_out[DP_WAN];
}

/* --- all together ----------------------------------------------------------------------------- */

static uint64_t
gathered(const struct bench *b)
{
	struct dp_stage_stats st;

	dp_stage_stats(b->dp, STAGE_gather, &st);
	return st.packets;
}

struct flow *
flow_new(struct bench *b, uint32_t packets)
{
	struct flow *f = calloc(1, sizeof(*f));
	int rc = f == NULL ? -ENOMEM : 0;

	if (f == NULL)
		return NULL;
	f->b = b;
	f->n = packets;
	f->made = calloc(packets, sizeof(struct rte_mbuf *));
	for (unsigned port = 0; port < DP_N_PORTS && rc == 0; port++) {
		rc = port_open(f, port);
		f->out[port] = calloc(packets, sizeof(struct rte_mbuf *));
		for (unsigned i = 0; i < b->dp->n_workers; i++)
			f->queue[port][i].feed = calloc(packets, sizeof(struct rte_mbuf *));
	}
	if (rc == 0)
		return f;
	fprintf(stderr, "cannot create ports of rings: %s\n", strerror(-rc));
	flow_free(f);
	return NULL;
}

void
flow_free(struct flow *f)
{
	if (f == NULL)
		return;
	for (unsigned port = 0; port < DP_N_PORTS; port++) {
		free(f->out[port]);
		for (unsigned i = 0; i < f->b->dp->n_workers; i++)
			free(f->queue[port][i].feed);
		port_close(f, port);
	}
	free(f->made);
	free(f);
}

/* Empties the queues. */
static void
reset(struct flow *f)
{
	for (unsigned port = 0; port < DP_N_PORTS; port++) {
		rte_pktmbuf_free_bulk(f->out[port], f->n_out[port]);
		f->n_out[port] = 0;
		for (unsigned i = 0; i < f->b->dp->n_workers; i++)
			f->queue[port][i].n_feed = f->queue[port][i].fed = 0;
	}
}

int
flow_run(struct flow *f, enum bench_way way, unsigned size, bool astray, struct flow_result *out)
{
	struct bench *b = f->b;
	uint64_t before = gathered(b);
	int rc = make(f, way, size, astray);

	*out = (struct flow_result){.packets = f->n};
	if (rc == 0) {
		atomic_store_explicit(&b->dp->stop, false, memory_order_relaxed);
		rc = dp_workers_launch(b->dp);
	}
	if (rc != 0) {
		fprintf(stderr, "cannot run %u workers: %s\n", b->dp->n_workers, strerror(-rc));
		return rc;
	}
	out->seconds = run(f);
	dp_workers_stop(b->dp);
	out->handed_over = gathered(b) - before - f->n;
	check(f, out);
	reset(f);
	return 0;
}
