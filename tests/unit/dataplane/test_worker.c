/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_errno.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_lcore.h>
#include <rte_udp.h>
#include <cmocka.h>

#include "cksum.h"
#include "reass.h"
#include "slab.h"
#include "test_worker.h"

struct slabs *
test_slabs(void)
{
	static struct slabs slabs;

	return &slabs;
}

#define N_WORKERS   2
#define N_MBUFS     4095
#define N_LARGE     31
#define RING_SIZE   256
#define QUEUE_DESCR 256

static const struct {
	uint8_t mac[6];
	rte_be32_t addr, gateway;
} nets[DP_N_PORTS] = {
	[DP_WAN] = {{2, 0, 0, 0, 0, 1}, TEST_WAN_ADDR, TEST_WAN_GATEWAY},
	[DP_LAN] = {{2, 0, 0, 0, 0, 2}, TEST_LAN_ADDR, 0},
};

static void
fail_with(const char *what, int rc)
{
	fprintf(stderr, "%s: %s\n", what, strerror(abs(rc)));
	abort();
}

static void
eal_up(void)
{
	static char *argv[] = {(char *)"test", (char *)"--no-huge", (char *)"--no-shconf",
		(char *)"--no-pci", (char *)"--no-telemetry", (char *)"-m", (char *)"64",
		(char *)"--lcores=0", (char *)"--log-level=error", (char *)"--vdev=net_ring0",
		(char *)"--vdev=net_ring1", NULL};
	static bool up;
	int rc;

	if (up)
		return;
	rc = rte_eal_init(RTE_DIM(argv) - 1, argv);
	if (rc < 0)
		fail_with("rte_eal_init", rte_errno);
	up = true;
}

static void
port_up(uint16_t port_id, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = {0};
	int rc = rte_eth_dev_configure(port_id, 1, 1, &conf);

	if (rc == 0)
		rc = rte_eth_rx_queue_setup(port_id, 0, QUEUE_DESCR, 0, NULL, pool);
	if (rc == 0)
		rc = rte_eth_tx_queue_setup(port_id, 0, QUEUE_DESCR, 0, NULL);
	if (rc == 0)
		rc = rte_eth_dev_start(port_id);
	if (rc != 0)
		fail_with("net_ring", rc);
}

static void *
zalloc(size_t n)
{
	size_t len = RTE_ALIGN_CEIL(n, RTE_CACHE_LINE_SIZE);
	void *p = aligned_alloc(RTE_CACHE_LINE_SIZE, len);

	if (p == NULL)
		fail_with("aligned_alloc", ENOMEM);
	return memset(p, 0, len);
}

static struct rte_ring *
ring_new(const char *name, unsigned id, unsigned inbox)
{
	char full[RTE_RING_NAMESIZE];
	struct rte_ring *r;

	snprintf(full, sizeof(full), "%s%u.%u", name, id, inbox);
	r = rte_ring_create(full, RING_SIZE, SOCKET_ID_ANY, RING_F_SC_DEQ);
	if (r == NULL)
		fail_with("rte_ring_create", rte_errno);
	return r;
}

static struct worker *
worker_new(unsigned id, struct worker *first, struct worker **all)
{
	struct worker *w = zalloc(sizeof(*w));

	w->id = id;
	w->n_workers = N_WORKERS;
	w->n_sess_slots = w->n_sa_slots = TEST_SLOTS;
	w->replay_window = 1024;
	w->tsc_hz = 1000000000;
	w->now_tsc = w->tsc_hz; /* one second after start */
	w->now_s = 1;
	w->workers = all;
	w->reass = reass_new(w->tsc_hz);
	if (w->reass == NULL)
		fail_with("reass_new", ENOMEM);
	w->sess = zalloc(TEST_SLOTS * sizeof(*w->sess));
	w->sa_in = zalloc(TEST_SLOTS * sizeof(*w->sa_in));
	for (unsigned i = 0; i < INBOX_N; i++)
		w->inbox[i] = ring_new("inbox", id, i);
	if (first != NULL) {
		w->n_nets = first->n_nets;
		w->pool = first->pool;
		w->large = first->large;
		w->punt_auth = first->punt_auth;
		w->punt_open = first->punt_open;
		w->punt_first = first->punt_first;
		w->stop = first->stop;
		memcpy(w->net, first->net, sizeof(w->net));
		return w;
	}
	w->n_nets = DP_N_PORTS;
	w->stop = zalloc(sizeof(*w->stop));
	w->pool = rte_pktmbuf_pool_create(
		"test", N_MBUFS, 0, PKT_META_SIZE, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	w->large = rte_pktmbuf_pool_create("large", N_LARGE, 0, PKT_META_SIZE,
		RTE_PKTMBUF_HEADROOM + REASS_PACKET_MAX + REASS_TAIL, SOCKET_ID_ANY);
	if (w->pool == NULL || w->large == NULL)
		fail_with("rte_pktmbuf_pool_create", rte_errno);
	w->punt_auth = ring_new("punt_auth", 0, 0);
	w->punt_open = ring_new("punt_open", 0, 0);
	w->punt_first = ring_new("punt_first", 0, 0);
	for (unsigned port = 0; port < DP_N_PORTS; port++) {
		struct network *net = &w->net[port];

		net->addr = nets[port].addr;
		net->mask = RTE_BE32(0xffffff00);
		net->broadcast = net->addr | ~net->mask;
		net->gateway = nets[port].gateway;
		net->mtu = TEST_MTU;
		net->port = net->number = (uint8_t)port;
		if (port == DP_LAN)
			net->lease = zalloc(256 * sizeof(*net->lease));
		memcpy(net->mac, nets[port].mac, sizeof(net->mac));
		net->neigh = zalloc(256 * sizeof(*net->neigh));
		w->port_id[port] = (uint16_t)port;
		w->has_queue[port] = true;
		port_up((uint16_t)port, w->pool);
	}
	return w;
}

struct worker *
test_worker(void)
{
	struct worker **all = zalloc(N_WORKERS * sizeof(*all));

	eal_up();
	all[0] = worker_new(0, NULL, all);
	all[1] = worker_new(1, all[0], all);
	for (unsigned i = 0; i < N_WORKERS; i++) {
		all[i]->mb = alloc_mb_mgr(0);
		if (all[i]->mb == NULL)
			fail_with("alloc_mb_mgr", ENOMEM);
		init_mb_mgr_auto(all[i]->mb, NULL);
	}
	return all[0];
}

static void
worker_free(struct worker *w)
{
	for (unsigned i = 0; i < INBOX_N; i++) {
		assert_int_equal(rte_ring_count(w->inbox[i]), 0);
		rte_ring_free(w->inbox[i]);
	}
	free_mb_mgr(w->mb);
	free(w->sess);
	free(w->sa_in);
	free(w);
}

void
test_worker_free(struct worker *w)
{
	struct worker **all = (struct worker **)w->workers;
	struct rte_mbuf *m;

	assert_int_equal(test_held(w), 0);
	for (unsigned port = 0; port < DP_N_PORTS; port++) {
		while ((m = test_sent(w, port)) != NULL)
			rte_pktmbuf_free(m);
		rte_eth_dev_stop(w->port_id[port]);
		free(w->net[port].neigh);
		free(w->net[port].lease);
	}
	assert_int_equal(rte_ring_count(w->punt_auth), 0);
	assert_int_equal(rte_ring_count(w->punt_open), 0);
	for (unsigned i = 0; i < N_WORKERS; i++)
		reass_free(all[i]->reass);
	assert_int_equal(rte_ring_count(w->punt_first), 0);
	assert_int_equal(rte_mempool_in_use_count(w->pool), 0);
	assert_int_equal(rte_mempool_in_use_count(w->large), 0);
	rte_ring_free(w->punt_auth);
	rte_ring_free(w->punt_open);
	rte_ring_free(w->punt_first);
	rte_mempool_free(w->pool);
	rte_mempool_free(w->large);
	free(w->stop);
	for (unsigned i = N_WORKERS; i-- > 0;)
		worker_free(all[i]);
	free(all);
}

struct rte_mbuf *
test_mbuf(struct worker *w, const void *bytes, size_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(w->pool);
	void *data;

	if (m == NULL)
		fail_with("rte_pktmbuf_alloc", ENOBUFS);
	*pkt_meta(m) = (struct pkt_meta){.sid = 0xa5a5a5a5,
		.spi = 0xa5a5a5a5,
		.net = 0xa5,
		.next_hop = 0xa5a5a5a5,
		.udp_port = 0xa5a5,
		.mtu = 0xa5a5,
		.raw = true};
	m->hash.usr = 0xa5a5a5a5;
	data = rte_pktmbuf_append(m, (uint16_t)len);
	if (data == NULL)
		fail_with("rte_pktmbuf_append", EMSGSIZE);
	if (len > 0)
		memcpy(data, bytes, len);
	return m;
}

struct rte_mbuf *
test_put(struct worker *w, enum lane_id lane, const void *bytes, size_t len, void *ctx)
{
	struct rte_mbuf *m = test_mbuf(w, bytes, len);

	lane_append(&w->lane[lane], m, ctx);
	return m;
}

struct rte_mbuf *
test_take(struct worker *w, enum lane_id lane)
{
	assert_int_equal(w->lane[lane].n, 1);
	w->lane[lane].n = 0;
	return w->lane[lane].pkt[0];
}

struct rte_mbuf *
test_punted(struct worker *w)
{
	void *m;

	if (rte_ring_dequeue(w->punt_auth, &m) == 0 || rte_ring_dequeue(w->punt_open, &m) == 0 ||
		rte_ring_dequeue(w->punt_first, &m) == 0)
		return m;
	return NULL;
}

struct rte_mbuf *
test_pushed(struct worker *w, unsigned owner, enum inbox inbox)
{
	void *m;

	return rte_ring_dequeue(w->workers[owner]->inbox[inbox], &m) == 0 ? m : NULL;
}

struct rte_mbuf *
test_sent(struct worker *w, enum dp_port port)
{
	struct rte_mbuf *m;

	return rte_eth_rx_burst(w->port_id[port], 0, &m, 1) == 1 ? m : NULL;
}

uint64_t
test_drops(const struct worker *w)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < DROP_N; i++)
		n += w->drop[i];
	return n;
}

unsigned
test_held(const struct worker *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < LANE_N; i++)
		n += w->lane[i].n;
	for (unsigned inbox = 0; inbox < INBOX_N; inbox++) {
		for (unsigned owner = 0; owner < w->n_workers; owner++)
			n += w->out[inbox][owner].n;
	}
	return n;
}

void
test_sess_set(struct worker *w, unsigned slot, struct sess *s)
{
	atomic_store_explicit(&w->sess[slot], s, memory_order_release);
}

void
test_sa_in_set(struct worker *w, unsigned slot, struct sa_in *sa)
{
	atomic_store_explicit(&w->sa_in[slot], sa, memory_order_release);
}

void
test_lease_set(struct worker *w, rte_be32_t addr, uint32_t sid)
{
	w->net[DP_LAN].lease[rte_be_to_cpu_32(addr & ~w->net[DP_LAN].mask)] = sid;
}

void
test_neigh_set(struct worker *w, enum dp_port port, rte_be32_t addr, uint64_t word)
{
	w->net[port].neigh[rte_be_to_cpu_32(addr & ~w->net[port].mask)] = word;
}

size_t
test_ipv4(
	uint8_t *p, rte_be32_t src, rte_be32_t dst, uint8_t proto, const void *payload, size_t len)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)p;

	memmove(p + sizeof(*ip), payload, len);
	*ip = (struct rte_ipv4_hdr){
		.version_ihl = RTE_IPV4_VHL_DEF,
		.total_length = rte_cpu_to_be_16((uint16_t)(sizeof(*ip) + len)),
		.time_to_live = 64,
		.next_proto_id = proto,
		.src_addr = src,
		.dst_addr = dst,
	};
	ip->hdr_checksum = cksum(ip, sizeof(*ip));
	return sizeof(*ip) + len;
}

size_t
test_udp(uint8_t *p, rte_be32_t src, uint16_t sport, rte_be32_t dst, uint16_t dport,
	const void *payload, size_t len)
{
	struct rte_udp_hdr udp = {
		.src_port = rte_cpu_to_be_16(sport),
		.dst_port = rte_cpu_to_be_16(dport),
		.dgram_len = rte_cpu_to_be_16((uint16_t)(sizeof(udp) + len)),
	};
	uint8_t *at = p + sizeof(struct rte_ipv4_hdr);

	memmove(at + sizeof(udp), payload, len);
	memcpy(at, &udp, sizeof(udp));
	return test_ipv4(p, src, dst, IPPROTO_UDP, at, sizeof(udp) + len);
}

size_t
test_ether(uint8_t *p, const uint8_t dst[6], uint16_t type, const void *payload, size_t len)
{
	struct rte_ether_hdr eth = {
		.src_addr.addr_bytes = {2, 0, 0, 0, 0, 99},
		.ether_type = rte_cpu_to_be_16(type),
	};

	memmove(p + sizeof(eth), payload, len);
	memcpy(eth.dst_addr.addr_bytes, dst, 6);
	memcpy(p, &eth, sizeof(eth));
	return sizeof(eth) + len;
}
