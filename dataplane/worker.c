/* SPDX-License-Identifier: BSD-3-Clause */
/* The loop: gather packets, then run every stage once, in the order in which packets pass them. */
#include <string.h>
#include <time.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_rcu_qsbr.h>

#include "clock.h"
#include "ether.h"
#include "filter.h"
#include "handoff.h"
#include "ipv4_hdr.h"
#include "l2tp_out.h"
#include "nat.h"
#include "reass.h"
#include "worker.h"
#include "stages.h"

#define IDLE_TURNS 300 /* turns without a packet before the worker sleeps */

/* Fragments from other workers in one turn; the rest of the burst is the NIC queues'. */
#define FRAGMENTS_TURN 16

/* Receives from the worker's queue of the port. Later stages read packets as flat memory. */
static void
gather_port(struct worker *w, enum dp_port port, struct lane *l)
{
	struct rte_mbuf *rx[BURST];
	uint16_t n;

	if (!w->has_queue[port])
		return;
	n = rte_eth_rx_burst(w->port_id[port], w->queue[port], rx, (uint16_t)(BURST - l->n));
	for (uint16_t i = 0; i < n; i++) {
		if (unlikely(rx[i]->nb_segs > 1) && rte_pktmbuf_linearize(rx[i]) != 0) {
			drop(w, rx[i], DROP_NO_BUFFER);
			continue;
		}
		rte_prefetch0(rte_pktmbuf_mtod(rx[i], void *));
		lane_append(l, rx[i], NULL);
	}
}

static unsigned
inbox_read(struct worker *w, enum inbox inbox, struct rte_mbuf *in[BURST])
{
	return rte_ring_dequeue_burst(w->inbox[inbox], (void **)in, BURST, NULL);
}

/* Fragments from other workers, processed as if they were received here. */
static void
gather_fragments(struct worker *w)
{
	struct rte_mbuf *in[FRAGMENTS_TURN];
	unsigned n = rte_ring_dequeue_burst(
		w->inbox[INBOX_FRAGMENT], (void **)in, FRAGMENTS_TURN, NULL);

	for (unsigned i = 0; i < n; i++) {
		bool wan = pkt_meta(in[i])->net == DP_WAN;

		lane_append(&w->lane[wan ? LANE_WAN_RX : LANE_LAN_RX], in[i], NULL);
	}
}

static void
gather_up(struct worker *w)
{
	struct rte_mbuf *in[BURST];
	unsigned n = inbox_read(w, INBOX_UP, in);

	for (unsigned i = 0; i < n; i++)
		lane_append(&w->lane[LANE_UP], in[i], NULL);
}

static void
gather_route(struct worker *w)
{
	struct rte_mbuf *in[BURST];
	unsigned n = inbox_read(w, INBOX_ROUTE, in);

	for (unsigned i = 0; i < n; i++) {
		rte_be32_t src = rte_pktmbuf_mtod(in[i], const struct rte_ipv4_hdr *)->src_addr;
		struct sess *s = NULL;

		/* The packet of a client to one of our clients. */
		if (transit(in[i])->in == DP_CLIENT)
			s = sess_peek(w, lease_find(w, src));
		lane_append(&w->lane[LANE_ROUTE], in[i], s);
	}
}

static void
gather_down(struct worker *w)
{
	struct rte_mbuf *in[BURST];
	unsigned n = inbox_read(w, INBOX_DOWN, in);

	/*
	 * The lease may have moved since the sender looked it up. Packets are never pushed twice.
	 */
	for (unsigned i = 0; i < n; i++) {
		rte_be32_t dst = rte_pktmbuf_mtod(in[i], const struct rte_ipv4_hdr *)->dst_addr;
		struct sess *s = sess_find(w, lease_find(w, dst));

		if (s == NULL)
			drop(w, in[i], DROP_NO_LEASE);
		else
			lane_append(&w->lane[LANE_DOWN], in[i], s);
	}
}

static void
gather_nat(struct worker *w, enum inbox inbox, enum lane_id lane)
{
	struct rte_mbuf *in[BURST];
	unsigned n = inbox_read(w, inbox, in);

	for (unsigned i = 0; i < n; i++)
		lane_append(&w->lane[lane], in[i], NULL);
}

static void
gather_seal(struct worker *w)
{
	struct rte_mbuf *in[BURST];
	unsigned n = inbox_read(w, INBOX_SEAL, in);

	for (unsigned i = 0; i < n; i++) {
		struct sess *s = sess_find(w, pkt_meta(in[i])->sid);

		if (s == NULL) {
			drop(w, in[i], DROP_NO_SESSION);
			continue;
		}
		l2tp_number(in[i], s);
		in[i]->hash.usr = 0; /* no inner IPv4 header to copy the DSCP from */
		lane_append(&w->lane[LANE_SEAL], in[i], s);
	}
}

static void
gather_out(struct worker *w, enum inbox inbox, struct lane *l)
{
	struct rte_mbuf *in[BURST];
	unsigned n = inbox_read(w, inbox, in);

	for (unsigned i = 0; i < n; i++)
		if (pkt_meta(in[i])->raw) {
			lane_append(l, in[i], LANE_FRAME);
		} else {
			*transit(in[i]) = ether_direct(w, pkt_meta(in[i])->net, in[i]);
			lane_append(l, in[i], LANE_HOP);
		}
}

/* Fills the lanes from NIC queues and inboxes; returns the number of packets. */
static unsigned
gather(struct worker *w)
{
	unsigned n = 0;

	if (w->n_workers > 1)
		gather_fragments(w);
	gather_port(w, DP_WAN, &w->lane[LANE_WAN_RX]);
	gather_port(w, DP_LAN, &w->lane[LANE_LAN_RX]);
	gather_up(w);
	if (w->n_workers > 1)
		gather_route(w);
	gather_down(w);
	gather_nat(w, INBOX_BACK, LANE_BACK);
	gather_nat(w, INBOX_OUT, LANE_OUT);
	gather_seal(w);
	gather_out(w, INBOX_TO_LAN, &w->lane[LANE_TO_LAN]);
	gather_out(w, INBOX_TO_WAN, &w->lane[LANE_TO_WAN]);
	for (unsigned i = 0; i < LANE_N; i++)
		n += w->lane[i].n;
	return n;
}

static void
count(struct worker *w, enum stage stage, unsigned packets, uint64_t *since)
{
	struct dp_stage_stats *st = &w->stage[stage];
	uint64_t now = rte_rdtsc();

	st->calls++;
	st->packets += packets;
	st->cycles += now - *since;
	*since = now;
}

/* Runs the stage if its lane has packets, and counts. */
#define RUN(w, name, in, since)                            \
	do {                                               \
		unsigned n_ = (w)->lane[in].n;             \
		if (n_ > 0) {                              \
			name(w);                           \
			count(w, STAGE_##name, n_, since); \
		}                                          \
	} while (0)

/* Takes over the networks and routes that control has published since the last turn. */
static inline void
net_refresh(struct worker *w)
{
	const struct net_view *v = w->view == NULL
					   ? NULL
					   : atomic_load_explicit(w->view, memory_order_acquire);

	/* Compares generations, as a new view may have the address of a freed one. */
	if (likely(v == NULL || v->generation == w->generation))
		return;
	memcpy(w->net, v->net, sizeof(w->net));
	w->fib = v->fib;
	w->generation = v->generation;
}

unsigned
worker_turn(struct worker *w)
{
	uint64_t since = rte_rdtsc();
	unsigned n;

	w->now_tsc = since;
	net_refresh(w);
	n = gather(w);
	if (n == 0)
		return 0;
	filter_turn(w);
	count(w, STAGE_gather, n, &since);
	RUN(w, wan_in, LANE_WAN_RX, &since); /* WAN frames -> UP, control */
	RUN(w, lan_in, LANE_LAN_RX, &since); /* LAN frames -> DOWN, ROUTE */
	RUN(w, esp_in, LANE_UP, &since); /* UP: decrypt */
	RUN(w, l2tp_in, LANE_UP, &since); /* UP: remove L2TP */
	RUN(w, ppp_in, LANE_UP, &since); /* UP: remove PPP */
	RUN(w, forward, LANE_UP, &since); /* UP -> TO_LAN, DOWN, ROUTE */
	RUN(w, nat_in, LANE_BACK, &since); /* BACK -> ROUTE */
	RUN(w, route, LANE_ROUTE, &since); /* ROUTE: find the route */
	/* ROUTE: keep what may pass. */
	if (unlikely(w->filtering))
		RUN(w, filter, LANE_ROUTE, &since);
	RUN(w, egress, LANE_ROUTE, &since); /* ROUTE -> OUT or TO_WAN, TO_LAN, DOWN */
	RUN(w, nat_out, LANE_OUT, &since); /* OUT -> TO_WAN */
	/* DOWN: limit the rates. */
	if (atomic_load_explicit(&w->shaping, memory_order_relaxed))
		RUN(w, shape, LANE_DOWN, &since);
	RUN(w, ppp_out, LANE_DOWN, &since); /* DOWN: fragment, count */
	RUN(w, l2tp_out, LANE_DOWN, &since); /* DOWN -> SEAL: add PPP, L2TP, UDP */
	RUN(w, esp_out, LANE_SEAL, &since); /* SEAL -> TO_WAN: encrypt */
	RUN(w, lan_out, LANE_TO_LAN, &since); /* TO_LAN -> NIC */
	RUN(w, wan_out, LANE_TO_WAN, &since); /* TO_WAN -> NIC */
	push_flush(w);
	return n;
}

/* Sleeps, offline in QSBR meanwhile, so that no grace period waits for a sleeper. */
static void
nap(struct worker *w)
{
	struct timespec t = {.tv_nsec = (long)w->idle_sleep_us * 1000};

	rte_rcu_qsbr_thread_offline(w->rcu, w->id);
	nanosleep(&t, NULL);
	rte_rcu_qsbr_thread_online(w->rcu, w->id);
}

int
worker_run(void *arg)
{
	struct worker *w = arg;
	uint64_t clock_due = 0;
	unsigned idle = 0;

	rte_rcu_qsbr_thread_online(w->rcu, w->id);
	while (!atomic_load_explicit(w->stop, memory_order_relaxed)) {
		if (rte_rdtsc() >= clock_due) {
			w->now_s = clock_ms() / 1000;
			reass_sweep(w);
			if (w->nat != NULL)
				nat_age(w);
			clock_due = rte_rdtsc() + w->tsc_hz / 1000;
		}
		idle = worker_turn(w) > 0 ? 0 : idle + 1;
		rte_rcu_qsbr_quiescent(w->rcu, w->id);
		if (w->idle_sleep_us > 0 && idle > IDLE_TURNS) {
			nap(w);
			clock_due = 0;
		}
	}
	rte_rcu_qsbr_thread_offline(w->rcu, w->id);
	return 0;
}
