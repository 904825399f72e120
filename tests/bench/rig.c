/* SPDX-License-Identifier: BSD-3-Clause */
/* The rig: data plane, sessions, feeder and sink. */
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
#include <rte_ip.h>
#include <rte_udp.h>

#include "cksum.h"
#include "esp.h"

#define IP(a, b, c, d) htonl((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define WAN_ADDR       IP(10, 0, 0, 254)
#define WAN_GATEWAY    IP(10, 0, 0, 253)
#define LAN_ADDR       IP(172, 16, 0, 254)
#define LAN_HOST       IP(172, 16, 0, 100)
#define FIRST_LEASE    0xac110001u /* 172.17.0.1 */
#define FIRST_OUTER    0x0b000001u /* 11.0.0.1: behind the WAN's gateway */
#define L2TP_TID       7
#define L2TP_SID       9
#define HEAD_LEN       20 /* UDP, L2TP with its length, PPP uncompressed */

static const uint8_t mac_other[6] = {2, 0, 0, 0, 0, 9};

static uint32_t
random32(struct bench *b)
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

int
bench_open(struct bench *b, const struct bench_options *o)
{
	static const char *const ring[DP_N_PORTS] = {"ETH_RXTX0_net_ring0", "ETH_RXTX0_net_ring1"};
	static const char *const options[] = {"--no-telemetry"};
	struct dp_config c = {
		.control_core = o->core,
		.worker_core = {o->core},
		.n_workers = 1,
		.idle_sleep_us = 1000,
		.hugepages = o->hugepages,
		.memory_mb = o->memory_mb,
		.eal_options = options,
		.n_eal_options = 1,
		.max_sessions = o->sessions,
		.replay_window = 1024,
		.port = {[DP_WAN] = {.device = "net_ring0",
				 .address = {WAN_ADDR, 16},
				 .gateway = WAN_GATEWAY,
				 .mtu = 1500,
				 .descriptors = 1024},
			[DP_LAN] = {.device = "net_ring1",
				.address = {LAN_ADDR, 12},
				.mtu = 1500,
				.descriptors = 1024}},
	};
	int rc;

	memset(b, 0, sizeof(*b));
	b->random = 0x9e3779b97f4a7c15;
	snprintf(c.file_prefix, sizeof(c.file_prefix), "bench%d", (int)getpid());
	rc = dp_start(&c, &b->dp);
	if (rc != 0)
		return rc;
	/* Its turns are ours from now on. */
	dp_workers_stop(b->dp);
	stay_on(o->core);
	b->w = b->dp->worker[0];
	b->w->now_s = 1;
	for (unsigned i = 0; i < DP_N_PORTS; i++) {
		b->ring[i] = rte_ring_lookup(ring[i]);
		if (b->ring[i] == NULL) {
			fprintf(stderr, "no ring %s\n", ring[i]);
			return -ENODEV;
		}
	}
	dp_neigh_set(b->dp, DP_WAN, WAN_GATEWAY, mac_other);
	dp_neigh_set(b->dp, DP_LAN, LAN_HOST, mac_other);
	return 0;
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
		.client = c->addr = htonl(FIRST_LEASE + n),
		.local_port = htons(1701),
		.peer_port = htons(1701),
		.our_tid = L2TP_TID,
		.our_sid = L2TP_SID,
		.peer_tid = 1,
		.peer_sid = 1,
		.mtu = 1400,
	};
	struct dp_sa sa = {
		.suite = b->suite,
		.keys = keys,
		.local = {WAN_ADDR, 0},
		.remote = {htonl(FIRST_OUTER + n), 0},
	};
	struct sa_out *out;

	c->sid = dp_sess_take(b->dp, 0);
	sa.spi = c->spi = dp_spi_take(b->dp, 0);
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

/* Of a session's slots, which are there from the start: pointers, queues of free ones, generations; its lease. */
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
			fprintf(stderr, "session %u: %s\n", b->n_clients, strerror(-rc));
			return rc;
		}
	}
	b->session_bytes = (memory_used(b) - before) / n + SLOT_BYTES;
	return 0;
}

/* --- feeder ----------------------------------------------------------------------------------------------- */

static unsigned
pick_size(struct bench *b, unsigned size)
{
	unsigned n;

	if (size != BENCH_IMIX)
		return size;
	n = random32(b) % 12;
	return n < 7 ? 64 : n < 11 ? 570 : 1400;
}

double
bench_mean_size(unsigned size)
{
	return size != BENCH_IMIX ? size : (7 * 64 + 4 * 570 + 1400) / 12.0;
}

unsigned
bench_cipher_len(const struct esp_suite *suite, unsigned size)
{
	return RTE_ALIGN_CEIL(size + HEAD_LEN + ESP_TRAILER_LEN, (unsigned)suite->block);
}

/* An IPv4 packet of UDP, of the size on the wire. */
static void
write_ipv4(uint8_t *p, be32 src, be32 dst, unsigned size)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)p;

	memset(ip, 0, sizeof(*ip));
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->total_length = htons((uint16_t)size);
	ip->time_to_live = 64;
	ip->next_proto_id = IPPROTO_UDP;
	ip->src_addr = src;
	ip->dst_addr = dst;
	ip->hdr_checksum = cksum(ip, sizeof(*ip));
}

static void
write_ether(struct bench *b, uint8_t *p, enum dp_port port)
{
	memcpy(p, b->w->net[port].mac, 6);
	memcpy(p + 6, mac_other, 6);
	p[12] = 8;
	p[13] = 0;
}

static void
feed_down(struct bench *b, struct rte_mbuf *m, unsigned size)
{
	const struct bench_client *c = &b->clients[random32(b) % b->n_clients];
	uint8_t *p = (uint8_t *)rte_pktmbuf_append(m, (uint16_t)(RTE_ETHER_HDR_LEN + size));

	write_ether(b, p, DP_LAN);
	write_ipv4(p + RTE_ETHER_HDR_LEN, LAN_HOST, c->addr, size);
}

/* UDP, L2TP, PPP, and the inner packet; returns its length. */
static unsigned
write_l2tp(uint8_t *p, const struct bench_client *c, unsigned size)
{
	static const uint8_t tail[] = {0, L2TP_TID, 0, L2TP_SID, 0xff, 0x03, 0x00, 0x21};
	unsigned len = size + HEAD_LEN;

	p[0] = p[2] = 1701 >> 8;
	p[1] = p[3] = 1701 & 0xff;
	p[4] = (uint8_t)(len >> 8);
	p[5] = (uint8_t)len;
	p[6] = p[7] = 0;
	p[8] = 0x40;
	p[9] = 2;
	p[10] = (uint8_t)((len - 8) >> 8);
	p[11] = (uint8_t)(len - 8);
	memcpy(p + 12, tail, sizeof(tail));
	write_ipv4(p + HEAD_LEN, c->addr, LAN_HOST, size);
	return len;
}

/* What a client sends: ESP with the next sequence number, sealed by IPsec-MB directly. */
static void
feed_up(struct bench *b, struct rte_mbuf *m, unsigned size)
{
	uint32_t which = random32(b) % b->n_clients;
	struct bench_client *c = &b->clients[which];
	const struct sa_crypto *k = &b->seal;
	unsigned cipher = bench_cipher_len(b->suite, size);
	unsigned head = ESP_HEADER_LEN + k->iv_len, len, pad;
	unsigned esp_len = head + cipher + k->icv_len;
	uint8_t *p = (uint8_t *)rte_pktmbuf_append(
		m, (uint16_t)(RTE_ETHER_HDR_LEN + sizeof(struct rte_ipv4_hdr) + esp_len));
	uint8_t *esp = p + RTE_ETHER_HDR_LEN + sizeof(struct rte_ipv4_hdr);
	rte_be32_t seq = htonl(++c->seq);
	IMB_JOB *job;

	write_ether(b, p, DP_WAN);
	write_ipv4(p + RTE_ETHER_HDR_LEN, htonl(FIRST_OUTER + which), WAN_ADDR,
		(unsigned)sizeof(struct rte_ipv4_hdr) + esp_len);
	p[RTE_ETHER_HDR_LEN + 9] = IPPROTO_ESP;
	((struct rte_ipv4_hdr *)(p + RTE_ETHER_HDR_LEN))->hdr_checksum = 0;
	((struct rte_ipv4_hdr *)(p + RTE_ETHER_HDR_LEN))->hdr_checksum = cksum(
		p + RTE_ETHER_HDR_LEN, sizeof(struct rte_ipv4_hdr));
	memcpy(esp, &c->spi, 4);
	memcpy(esp + 4, &seq, 4);
	memset(esp + ESP_HEADER_LEN, (int)c->seq, k->iv_len);
	len = write_l2tp(esp + head, c, size);
	pad = cipher - len - ESP_TRAILER_LEN;
	for (unsigned i = 0; i < pad; i++)
		esp[head + len + i] = (uint8_t)(i + 1);
	esp[head + len + pad] = (uint8_t)pad;
	esp[head + len + pad + 1] = ESP_NEXT_UDP;
	job = IMB_GET_NEXT_JOB(b->dp->mb);
	suite_job(job, k);
	job->cipher_direction = IMB_DIR_ENCRYPT;
	job->chain_order = IMB_ORDER_CIPHER_HASH;
	job->src = esp;
	job->dst = esp + head;
	job->iv = esp + ESP_HEADER_LEN;
	job->cipher_start_src_offset_in_bytes = head;
	job->msg_len_to_cipher_in_bytes = cipher;
	job->hash_start_src_offset_in_bytes = 0;
	job->msg_len_to_hash_in_bytes = head + cipher;
	job->auth_tag_output = esp + head + cipher;
	IMB_SUBMIT_JOB_NOCHECK(b->dp->mb);
}

static int
feed(struct bench *b, enum bench_way way, unsigned size)
{
	struct rte_mbuf *m[BENCH_BURST];
	unsigned n_up = way == BENCH_UP ? BENCH_BURST : way == BENCH_BOTH ? BENCH_BURST / 2 : 0;

	if (rte_pktmbuf_alloc_bulk(b->dp->pool, m, BENCH_BURST) != 0)
		return -ENOBUFS;
	for (unsigned i = 0; i < n_up; i++)
		feed_up(b, m[i], pick_size(b, size));
	while (IMB_FLUSH_JOB(b->dp->mb) != NULL)
		;
	for (unsigned i = n_up; i < BENCH_BURST; i++)
		feed_down(b, m[i], pick_size(b, size));
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
bench_pipeline(struct bench *b, enum bench_way way, unsigned size, uint32_t packets)
{
	uint64_t cycles = 0, begin;
	uint32_t done = 0, out = 0;

	while (done < packets) {
		if (feed(b, way, size) != 0)
			return -1;
		begin = rte_rdtsc();
		done += worker_turn(b->w);
		cycles += rte_rdtsc() - begin;
		out += drain(b);
	}
	if (out != done) {
		fprintf(stderr, "%u packets of %u were lost\n", done - out, done);
		for (unsigned i = 0; i < DROP_N; i++)
			if (b->w->drop[i])
				fprintf(stderr, "%s: %" PRIu64 "\n", drop_name(i), b->w->drop[i]);
		return -1;
	}
	return (double)cycles / done;
}

/* --- the floor ------------------------------------------------------------------------------------------------ */

static void
floor_job(struct bench *b, IMB_JOB *job, uint8_t *esp, bool encrypt, unsigned size)
{
	const struct sa_crypto *k = encrypt ? &b->seal : &b->open;
	unsigned head = ESP_HEADER_LEN + k->iv_len, cipher = bench_cipher_len(b->suite, size);

	suite_job(job, k);
	job->cipher_direction = encrypt ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
	job->chain_order = encrypt ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
	job->src = esp;
	job->dst = esp + head;
	job->iv = esp + ESP_HEADER_LEN;
	job->cipher_start_src_offset_in_bytes = head;
	job->msg_len_to_cipher_in_bytes = cipher;
	job->hash_start_src_offset_in_bytes = 0;
	job->msg_len_to_hash_in_bytes = head + cipher;
	job->auth_tag_output = esp + head + cipher;
}

/* Bursts on buffers that stay warm, as a loop that does nothing else has them. */
static double
floor_way(struct bench *b, bool encrypt, unsigned size, uint32_t packets)
{
	struct rte_mbuf *m[BENCH_BURST];
	IMB_JOB *jobs[BENCH_BURST];
	uint64_t begin, cycles = 0;
	uint32_t done = 0;

	if (rte_pktmbuf_alloc_bulk(b->dp->pool, m, BENCH_BURST) != 0)
		return -1;
	while (done < packets) {
		unsigned sizes[BENCH_BURST];
		uint32_t n;

		for (unsigned i = 0; i < BENCH_BURST; i++)
			sizes[i] = pick_size(b, size);
		begin = rte_rdtsc();
		n = IMB_GET_NEXT_BURST(b->w->mb, BENCH_BURST, jobs);
		for (uint32_t i = 0; i < n; i++)
			floor_job(b, jobs[i], rte_pktmbuf_mtod(m[i], uint8_t *), encrypt, sizes[i]);
		IMB_SUBMIT_BURST_NOCHECK(b->w->mb, n, jobs);
		while (IMB_FLUSH_BURST(b->w->mb, BENCH_BURST, jobs) != 0)
			;
		cycles += rte_rdtsc() - begin;
		done += n;
	}
	rte_pktmbuf_free_bulk(m, BENCH_BURST);
	return (double)cycles / done;
}

double
bench_floor(struct bench *b, enum bench_way way, unsigned size, uint32_t packets)
{
	double down = way == BENCH_UP ? 0 : floor_way(b, true, size, packets);
	double up = way == BENCH_DOWN ? 0 : floor_way(b, false, size, packets);

	return way == BENCH_BOTH ? (down + up) / 2 : down + up;
}
