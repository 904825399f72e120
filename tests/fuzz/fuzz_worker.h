/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A worker for fuzz targets of the data plane: one for all inputs, with two clients of its own, one
 * of the other worker, and known neighbours. The bytes around each packet are poisoned (ASan) while
 * stages read it.
 */
#ifndef FUZZ_WORKER_H
#define FUZZ_WORKER_H

#include <assert.h>
#include <netinet/in.h>
#include <sanitizer/asan_interface.h>
#include <string.h>
#include <rte_ether.h>
#include <rte_ip.h>

#include "cksum.h"
#include "log.h"
#include "neigh.h"
#include "rdwr.h"
#include "reass.h"
#include "test_client.h"

#define FUZZ_HOST     TEST_IP(192, 168, 0, 20)
#define FUZZ_IP_A     TEST_IP(192, 168, 0, 1)
#define FUZZ_IP_B     TEST_IP(192, 168, 0, 2)
#define FUZZ_IP_FAR   TEST_IP(192, 168, 0, 3) /* of the other worker */
#define FUZZ_MTU_B    576
#define FUZZ_PACKETS  BURST
#define FUZZ_LEN_MAX  1900
#define FUZZ_IP_LEN   ((uint16_t)sizeof(struct rte_ipv4_hdr))
#define FUZZ_UDP_HEAD 8

struct fuzz {
	struct worker *w;
	struct test_client a, b;
	unsigned n_in;
	struct rte_mbuf *in[FUZZ_PACKETS];
	uint64_t merged; /* fragments so far that were merged into others */
};

static inline struct fuzz *
fuzz_begin(void)
{
	static struct fuzz f;

	f.n_in = 0;
	if (f.w != NULL) {
		memset(f.w->police, 0, sizeof(f.w->police));
		memset(f.w->drop, 0, sizeof(f.w->drop));
		return &f;
	}
	log_set_level_all(LOG_LEVEL_ERR);
	f.w = test_worker();
	test_client_init(&f.a, f.w, 1, FUZZ_IP_A);
	test_client_init(&f.b, f.w, 2, FUZZ_IP_B);
	f.b.say.mtu = FUZZ_MTU_B;
	f.b.say.sequencing = f.b.say.pfc = f.b.say.acfc = true;
	test_client_again(&f.b);
	test_lease_set(f.w, FUZZ_IP_FAR, ID_MAKE(0, 1, 1));
	for (unsigned host = 1; host < 254; host++) {
		static const uint8_t mac[6] = {2, 0, 0, 0, 0, 0x42};

		test_neigh_set(f.w, DP_WAN, TEST_IP(10, 0, 0, host), neigh_word(mac));
		test_neigh_set(f.w, DP_LAN, TEST_IP(192, 168, 0, host), neigh_word(mac));
	}
	return &f;
}

/* Whether it may be a fragment, in a frame or a packet: reassembly may write behind it. */
static inline bool
fuzz_is_fragment(const struct rte_mbuf *m)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	unsigned at = m->data_len > 0 && p[0] == RTE_IPV4_VHL_DEF ? 6 : RTE_ETHER_HDR_LEN + 6;

	return m->data_len > at + 1 && ((p[at] & 0x3f) | p[at + 1]) != 0;
}

/* Poisons all but the packet's own bytes, which is what a stage must not read. */
static inline void
fuzz_poison(struct rte_mbuf *m)
{
	const uint8_t *buf = m->buf_addr, *data = buf + m->data_off, *end = data + m->data_len;

	if (fuzz_is_fragment(m)) {
		ASAN_UNPOISON_MEMORY_REGION(buf, m->buf_len);
		return;
	}
	ASAN_POISON_MEMORY_REGION(buf, (size_t)(data - buf));
	ASAN_POISON_MEMORY_REGION(end, (size_t)(buf + m->buf_len - end));
	(void)buf;
	(void)end;
}

static inline void
fuzz_unpoison(struct fuzz *f)
{
	for (unsigned i = 0; i < f->n_in; i++)
		ASAN_UNPOISON_MEMORY_REGION(f->in[i]->buf_addr, f->in[i]->buf_len);
}

static inline struct rte_mbuf *
fuzz_put(struct fuzz *f, enum lane_id lane, const uint8_t *bytes, size_t len)
{
	struct rte_mbuf *m = test_put(f->w, lane, bytes, len, NULL);

	f->in[f->n_in++] = m;
	return m;
}

/* Poisons around the current packets of the lane. */
static inline void
fuzz_poison_lane(const struct fuzz *f, enum lane_id lane)
{
	for (unsigned i = 0; i < f->w->lane[lane].n; i++)
		fuzz_poison(f->w->lane[lane].pkt[i]);
}

/* Copies the bytes of the next record: as many as it says, or as are left. Returns their number. */
static inline size_t
fuzz_record(struct rd *r, uint8_t *to)
{
	size_t len = rd_u16(r) % (FUZZ_LEN_MAX + 1);
	const uint8_t *bytes = rd_bytes(r, len < rd_left(r) ? len : rd_left(r));

	if (bytes == NULL)
		return 0;
	len = (size_t)(r->p - bytes);
	if (len > 0)
		memcpy(to, bytes, len);
	return len;
}

/* Turns the bytes into a valid IPv4 header with these addresses, by setting length and checksum. */
static inline void
fuzz_fit_ipv4(uint8_t *packet, size_t len, rte_be32_t src, rte_be32_t dst)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)packet;

	if (len < sizeof(*ip))
		return;
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->total_length = rte_cpu_to_be_16((uint16_t)len);
	ip->src_addr = src;
	ip->dst_addr = dst;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = cksum(ip, sizeof(*ip));
}

/* Checks a forwarded packet: valid, TTL left, and with these addresses unless they are 0. */
static inline void
fuzz_assert_ipv4(const uint8_t *packet, size_t len, rte_be32_t src, rte_be32_t dst)
{
	struct rte_ipv4_hdr ip;

	assert(len >= sizeof(ip));
	memcpy(&ip, packet, sizeof(ip));
	assert(ip.version_ihl == RTE_IPV4_VHL_DEF && cksum(&ip, sizeof(ip)) == 0);
	assert(rte_be_to_cpu_16(ip.total_length) == len && ip.time_to_live > 0);
	assert((src == 0 || ip.src_addr == src) && (dst == 0 || ip.dst_addr == dst));
}

/*
 * Checks a frame of the WAN port: a client can decrypt it, and PPP and the inner packet are what it
 * expects.
 */
static inline void
fuzz_assert_sealed(const struct fuzz *f, const struct rte_mbuf *m, rte_be32_t src)
{
	const uint8_t *esp = rte_pktmbuf_mtod_offset(m, const uint8_t *, RTE_ETHER_HDR_LEN + 28);
	size_t len = m->data_len - RTE_ETHER_HDR_LEN - 28u;
	struct esp_peer_opened o;

	if (esp_peer_open(&f->a.down, esp, len, &o) == NULL) {
		assert(o.len <= FUZZ_UDP_HEAD + 12u + f->a.say.mtu && o.payload[8] == 0x40);
		fuzz_assert_ipv4(o.payload + 20, o.len - 20, src, FUZZ_IP_A);
		return;
	}
	assert(esp_peer_open(&f->b.down, esp, len, &o) == NULL);
	assert(o.len <= FUZZ_UDP_HEAD + 13u + FUZZ_MTU_B && o.payload[8] == 0x48);
	fuzz_assert_ipv4(o.payload + 21, o.len - 21, src, FUZZ_IP_B);
}

/* Runs the stages that send; returns the number of frames. src: the only allowed source, or 0. */
static inline unsigned
fuzz_send(struct fuzz *f, rte_be32_t src)
{
	struct rte_mbuf *m;
	struct lane *routed = &f->w->lane[LANE_ROUTE];
	unsigned n = 0;

	fuzz_unpoison(f);
	/* What leaves by another network than it came from. */
	route(f->w);
	for (; n < routed->n; n++) {
		m = routed->pkt[n];
		fuzz_assert_ipv4(rte_pktmbuf_mtod(m, uint8_t *), m->data_len, src, 0);
		rte_pktmbuf_free(m);
	}
	routed->n = 0;
	ppp_out(f->w);
	l2tp_out(f->w);
	esp_out(f->w);
	lan_out(f->w);
	wan_out(f->w);
	for (; (m = test_sent(f->w, DP_LAN)) != NULL; n++) {
		fuzz_assert_ipv4(rte_pktmbuf_mtod_offset(m, uint8_t *, RTE_ETHER_HDR_LEN),
			m->data_len - (size_t)RTE_ETHER_HDR_LEN, src, 0);
		rte_pktmbuf_free(m);
	}
	for (; (m = test_sent(f->w, DP_WAN)) != NULL; n++) {
		fuzz_assert_sealed(f, m, src);
		rte_pktmbuf_free(m);
	}
	return n;
}

/* Gives up waiting fragments; returns how many were merged into packets in this run. */
static inline unsigned
fuzz_merged(struct fuzz *f)
{
	struct dp_reass_stats s = {0};
	uint64_t before = f->merged;

	fuzz_unpoison(f);
	f->w->now_tsc += f->w->tsc_hz * (REASS_LIFE_MS + 1) / 1000;
	reass_sweep(f->w);
	reass_stats_add(f->w->reass, &s);
	assert(s.held == 0);
	f->merged = s.fragments - s.packets;
	return (unsigned)(f->merged - before);
}

/* Takes punted and pushed packets; returns their number. Nothing else may be left. */
static inline unsigned
fuzz_end(struct fuzz *f)
{
	struct rte_mbuf *m;
	unsigned n = 0;

	push_flush(f->w);
	fuzz_unpoison(f);
	for (; (m = test_punted(f->w)) != NULL; n++) {
		assert(pkt_meta(m)->reason < PUNT_N && pkt_meta(m)->net <= DP_CLIENT);
		rte_pktmbuf_free(m);
	}
	for (unsigned inbox = 0; inbox < INBOX_N; inbox++) {
		for (; (m = test_pushed(f->w, 1, inbox)) != NULL; n++)
			rte_pktmbuf_free(m);
	}
	assert(test_held(f->w) == 0 && rte_mempool_in_use_count(f->w->pool) == 0 &&
		rte_mempool_in_use_count(f->w->large) == 0);
	return n;
}

/* Sets ports of both ends from a small set, so that flows meet. */
static inline void
fuzz_set_ports(uint8_t *l4, size_t len, uint8_t ports)
{
	if (len < 4)
		return;
	l4[0] = l4[2] = 4;
	l4[1] = ports & 7;
	l4[3] = ports >> 3 & 7;
}

#endif
