/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * NAT44: out and in through all stages of a worker, and plain forwarding through the same ports for
 * comparison.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "bench.h"
#include "net.h"
#include "packet.h"

#define HOSTS      10000 /* inside hosts, each with the same number of flows */
#define FIRST_HOST 0xac150001u /* 172.21.0.1 */
#define FIRST_PEER 0xcb000001u /* 203.0.0.1: behind the WAN's gateway */
#define PEERS      1000

struct nat_flow {
	be32 in, ext, peer;
	be16 in_port, ext_port, peer_port;
};

struct nat_bench {
	struct bench *b;
	struct nat *nat; /* saved while NAT is switched off */
	struct nat_flow *flow;
	uint32_t n_flows;
	/* The current measurement. */
	enum nat_way way;
	unsigned size;
	uint32_t n;
};

const struct nat_config *
nat_bench_config(void)
{
	static struct nat_config c = {
		.n_sources = 1,
		.max_sessions = 1000000,
		.timeout = {[NAT_QUEUE_UDP] = 300,
			[NAT_QUEUE_TCP] = 7440,
			[NAT_QUEUE_TCP_TRANSITORY] = 240,
			[NAT_QUEUE_ICMP] = 60,
			[NAT_QUEUE_HALF] = 240},
	};

	/* A million ports take sixteen addresses. */
	c.source[0].from = (struct nat_networks){.n = 1, .net = {{NET_IP(172, 16, 0, 0), 12}}};
	c.source[0].to = (struct ip_range){NET_IP(10, 0, 1, 0), NET_IP(10, 0, 1, 31)};
	return &c;
}

static void
write_frame(
	struct nat_bench *nb, struct rte_mbuf *m, const struct nat_flow *f, bool out, unsigned size)
{
	const struct ip_end in = {f->in, f->in_port}, ext = {f->ext, f->ext_port};
	const struct ip_end peer = {f->peer, f->peer_port};
	uint8_t *p = (uint8_t *)rte_pktmbuf_append(m, (uint16_t)(PACKET_ETHER_LEN + size));
	/* Nobody checks it, but NAT updates it. */
	const be16 sum = htons(0x1234);

	packet_ether(p, nb->b->w->net[out ? DP_LAN : DP_WAN].mac, net_mac_other);
	packet_udp(p + PACKET_ETHER_LEN, out ? in : peer, out ? peer : ext, size);
	memcpy(p + PACKET_ETHER_LEN + PACKET_IPV4_LEN + 6, &sum, sizeof(sum));
}

static int
feed(struct bench *b, void *arg)
{
	struct nat_bench *nb = arg;
	struct rte_mbuf *m[BENCH_BURST];
	bool out = nb->way != NAT_BENCH_IN;

	if (rte_pktmbuf_alloc_bulk(b->dp->pool, m, BENCH_BURST) != 0)
		return -ENOBUFS;
	for (unsigned i = 0; i < BENCH_BURST; i++)
		write_frame(nb, m[i], &nb->flow[bench_random(b) % nb->n], out,
			bench_pick_size(b, nb->size));
	rte_ring_enqueue_bulk(b->ring[out ? DP_LAN : DP_WAN], (void **)m, BENCH_BURST, NULL);
	return 0;
}

/* Takes the burst that came out, in order, and stores the external end of each flow. */
static int
learn(struct nat_bench *nb, uint32_t first, unsigned n)
{
	struct rte_mbuf *m[BENCH_BURST];
	unsigned got = rte_ring_dequeue_burst(nb->b->ring[DP_WAN], (void **)m, BENCH_BURST, NULL);

	for (unsigned i = 0; i < got; i++) {
		const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(
			m[i], const struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN);

		nb->flow[first + i].ext = ip->src_addr;
		nb->flow[first + i].ext_port = ((const struct rte_udp_hdr *)(ip + 1))->src_port;
	}
	rte_pktmbuf_free_bulk(m, got);
	return got == n ? 0 : -EIO;
}

static int
open_flows(struct nat_bench *nb, uint32_t n)
{
	struct bench *b = nb->b;

	for (uint32_t first = 0; first < n; first += BENCH_BURST) {
		struct rte_mbuf *m[BENCH_BURST];
		unsigned k = RTE_MIN(n - first, (uint32_t)BENCH_BURST);

		if (rte_pktmbuf_alloc_bulk(b->dp->pool, m, k) != 0)
			return -ENOBUFS;
		for (unsigned i = 0; i < k; i++) {
			uint32_t id = first + i;

			nb->flow[id] = (struct nat_flow){
				.in = htonl(FIRST_HOST + id % HOSTS),
				.in_port = htons((uint16_t)(1024 + id / HOSTS)),
				.peer = htonl(FIRST_PEER + id % PEERS),
				.peer_port = htons(53),
			};
			write_frame(nb, m[i], &nb->flow[id], true, 64);
		}
		rte_ring_enqueue_bulk(b->ring[DP_LAN], (void **)m, k, NULL);
		worker_turn(b->w);
		if (learn(nb, first, k) != 0)
			return -EIO;
	}
	return 0;
}

struct nat_bench *
nat_bench_new(struct bench *b, uint32_t n)
{
	struct nat_bench *nb = calloc(1, sizeof(*nb));

	if (nb == NULL)
		return NULL;
	nb->b = b;
	nb->nat = b->w->nat;
	nb->n_flows = n;
	nb->flow = calloc(n, sizeof(*nb->flow));
	for (uint32_t i = 0; i < HOSTS; i++)
		dp_neigh_set(b->dp, DP_LAN, htonl(FIRST_HOST + i), net_mac_other);
	if (nb->flow == NULL || open_flows(nb, n) != 0) {
		fprintf(stderr, "cannot open %u NAT sessions\n", n);
		for (unsigned i = 0; i < DROP_N; i++)
			if (b->w->drop[i])
				fprintf(stderr, "%s: %" PRIu64 "\n", drop_name(i), b->w->drop[i]);
		nat_bench_free(nb);
		return NULL;
	}
	return nb;
}

void
nat_bench_free(struct nat_bench *nb)
{
	free(nb->flow);
	free(nb);
}

/* From the LAN port to the WAN port, and nothing else. */
static unsigned
io_turn(struct worker *w)
{
	struct rte_mbuf *m[BENCH_BURST];
	uint16_t n = rte_eth_rx_burst(w->port_id[DP_LAN], 0, m, BENCH_BURST);

	return rte_eth_tx_burst(w->port_id[DP_WAN], 0, m, n);
}

double
nat_bench_run(struct nat_bench *nb, enum nat_way way, unsigned size, uint32_t n, uint32_t packets)
{
	struct worker *w = nb->b->w;
	double cycles;

	nb->way = way;
	nb->size = size;
	nb->n = RTE_MIN(n, nb->n_flows);
	w->nat = way == NAT_BENCH_PLAIN ? NULL : nb->nat;
	cycles = bench_turns(nb->b, way == NAT_BENCH_IO ? io_turn : worker_turn, feed, nb, packets);
	w->nat = nb->nat;
	return cycles;
}
