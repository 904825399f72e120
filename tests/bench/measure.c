/* SPDX-License-Identifier: BSD-3-Clause */
/* Measures one worker's pipeline, and IPsec-MB alone as its floor. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <rte_cycles.h>
#include <rte_ring.h>

#include "bench.h"

/* Cycles per packet of each turn, or burst, of a measurement. */
struct turns {
	uint32_t n;
	double v[BENCH_TURNS_MAX];
};

static void
turns_add(struct turns *t, uint64_t cycles, unsigned packets)
{
	if (packets > 0 && t->n < BENCH_TURNS_MAX)
		t->v[t->n++] = (double)cycles / packets;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The mean of all but the slowest twentieth, in which something else had the CPU. */
static double
turns_mean(struct turns *t)
{
	uint32_t n = t->n - t->n / 20;
	double sum = 0;

	qsort(t->v, t->n, sizeof(t->v[0]), by_value);
	for (uint32_t i = 0; i < n; i++)
		sum += t->v[i];
	return sum / n;
}

/* --- the pipeline ----------------------------------------------------------------------------- */

struct esp_feed {
	enum bench_way way;
	unsigned size;
};

/*
 * Feeds a burst for one turn. Writing it leaves its buffers in the cache, as a NIC with direct
 * cache access does.
 */
static int
feed(struct bench *b, void *arg)
{
	const enum bench_way way = ((const struct esp_feed *)arg)->way;
	const unsigned size = ((const struct esp_feed *)arg)->size;
	struct rte_mbuf *m[BENCH_BURST];
	unsigned n_up = way == BENCH_UP ? BENCH_BURST : way == BENCH_BOTH ? BENCH_BURST / 2 : 0;

	if (rte_pktmbuf_alloc_bulk(b->dp->pool, m, BENCH_BURST) != 0)
		return -ENOBUFS;
	for (unsigned i = 0; i < n_up; i++)
		feed_up(b, m[i], bench_random(b) % b->n_used, bench_pick_size(b, size), 0);
	feed_flush(b);
	for (unsigned i = n_up; i < BENCH_BURST; i++)
		feed_down(b, m[i], bench_random(b) % b->n_used, bench_pick_size(b, size), 0);
	rte_ring_enqueue_bulk(b->ring[DP_WAN], (void **)m, n_up, NULL);
	rte_ring_enqueue_bulk(b->ring[DP_LAN], (void **)m + n_up, BENCH_BURST - n_up, NULL);
	return 0;
}

static unsigned
drain(struct bench *b)
{
	struct rte_mbuf *m[2 * BENCH_BURST];
	unsigned n, all = 0;

	for (unsigned port = 0; port < DP_N_PORTS; port++) {
		n = rte_ring_dequeue_burst(b->ring[port], (void **)m, 2 * BENCH_BURST, NULL);
		rte_pktmbuf_free_bulk(m, n);
		all += n;
	}
	return all;
}

double
bench_turns(struct bench *b, unsigned (*turn)(struct worker *), bench_feed_fn *fn, void *arg,
	uint32_t packets)
{
	struct turns turns = {0};
	uint32_t done = 0, out = 0;

	while (done < packets) {
		uint64_t begin;
		unsigned n;

		if (fn(b, arg) != 0)
			return -1;
		begin = rte_rdtsc();
		n = turn(b->w);
		turns_add(&turns, rte_rdtsc() - begin, n);
		done += n;
		out += drain(b);
	}
	if (out != done) {
		fprintf(stderr, "%u packets of %u were lost\n", done - out, done);
		for (unsigned i = 0; i < DROP_N; i++)
			if (b->w->drop[i])
				fprintf(stderr, "%s: %" PRIu64 "\n", drop_name(i), b->w->drop[i]);
		return -1;
	}
	return turns_mean(&turns);
}

double
bench_pipeline(struct bench *b, enum bench_way way, unsigned size, uint32_t packets)
{
	struct esp_feed f = {way, size};

	return bench_turns(b, worker_turn, feed, &f, packets);
}

/* --- the floor -------------------------------------------------------------------------------- */

/*
 * Bursts on buffers that stay in the cache, as in a loop that does nothing else, including the
 * set-up of their jobs.
 */
static double
floor_way(struct bench *b, bool encrypt, unsigned size, unsigned burst, uint32_t packets)
{
	const struct sa_crypto *k = encrypt ? &b->seal : &b->open;
	struct rte_mbuf *m[BENCH_BURST];
	IMB_JOB *jobs[BENCH_BURST];
	struct turns turns = {0};
	uint32_t done = 0;
	uint64_t begin;

	if (rte_pktmbuf_alloc_bulk(b->dp->pool, m, BENCH_BURST) != 0)
		return -1;
	while (done < packets) {
		unsigned cipher[BENCH_BURST];
		uint32_t n;

		for (unsigned i = 0; i < burst; i++)
			cipher[i] = bench_cipher_len(b->suite, bench_pick_size(b, size));
		begin = rte_rdtsc();
		n = IMB_GET_NEXT_BURST(b->w->mb, burst, jobs);
		for (uint32_t i = 0; i < n; i++)
			bench_job(b, jobs[i], k, encrypt, rte_pktmbuf_mtod(m[i], uint8_t *),
				cipher[i]);
		IMB_SUBMIT_BURST_NOCHECK(b->w->mb, n, jobs);
		while (IMB_FLUSH_BURST(b->w->mb, BENCH_BURST, jobs) != 0)
			;
		turns_add(&turns, rte_rdtsc() - begin, n);
		done += n;
	}
	rte_pktmbuf_free_bulk(m, BENCH_BURST);
	return turns_mean(&turns);
}

double
bench_floor(struct bench *b, enum bench_way way, unsigned size, unsigned burst, uint32_t packets)
{
	double down = way == BENCH_UP ? 0 : floor_way(b, true, size, burst, packets);
	double up = way == BENCH_DOWN ? 0 : floor_way(b, false, size, burst, packets);

	return way == BENCH_BOTH ? (down + up) / 2 : down + up;
}
