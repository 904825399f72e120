/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include <rte_ip.h>
#include <rte_udp.h>
#include <cmocka.h>

#include "cksum.h"
#include "esp_peer.h"
#include "slab.h"
#include "test_worker.h"

#define PEER_IP   TEST_IP(203, 0, 113, 7)
#define PEER_PORT 31337
#define SPI       0xc0ffee01

/* A worker, a session that sends on an SA, and the SA's other end. */
struct rig {
	struct worker *w;
	struct esp_peer peer;
	struct sa_out *out;
	struct sess *sess;
	bool udp_encap;
};

static struct sa_out *
sa_of(struct worker *w, const struct esp_peer *peer, bool udp_encap)
{
	struct dp_sa sa = {
		.spi = rte_cpu_to_be_32(peer->spi),
		.suite = peer->suite,
		.keys = &peer->keys,
		.local = {TEST_WAN_ADDR, RTE_BE16(4500)},
		.remote = {PEER_IP, RTE_BE16(PEER_PORT)},
		.udp_encap = udp_encap,
	};
	struct sa_out *out = sa_out_new(test_slabs(), w->mb, &sa);

	assert_non_null(out);
	return out;
}

static struct sess *
sess_on(struct sa_out *out)
{
	struct dp_sess s = {.mtu = 1400};
	struct sess *sess = sess_new(test_slabs(), &s, ID_MAKE(0, 0, 1));

	assert_non_null(sess);
	atomic_store(&sess->out, out);
	return sess;
}

static struct rig
rig_new(const struct esp_suite *suite, bool udp_encap)
{
	struct rig r = {.w = test_worker(), .udp_encap = udp_encap};

	esp_peer_init(&r.peer, suite, SPI, 1);
	r.out = sa_of(r.w, &r.peer, udp_encap);
	r.sess = sess_on(r.out);
	return r;
}

static void
rig_free(struct rig *r)
{
	slab_release(r->out);
	slab_release(r->sess);
	test_worker_free(r->w);
}

/* Checks the outer headers; returns where ESP begins. */
static size_t
outer_ok(const struct rte_mbuf *m, bool udp_encap)
{
	struct rte_ipv4_hdr ip;
	struct rte_udp_hdr udp;

	memcpy(&ip, rte_pktmbuf_mtod(m, void *), sizeof(ip));
	assert_int_equal(ip.version_ihl, 0x45);
	assert_int_equal(ip.type_of_service, 0);
	assert_int_equal(rte_be_to_cpu_16(ip.total_length), m->data_len);
	assert_int_equal(ip.fragment_offset, 0);
	assert_int_equal(ip.time_to_live, 64);
	assert_int_equal(cksum(&ip, sizeof(ip)), 0);
	assert_int_equal(ip.src_addr, TEST_WAN_ADDR);
	assert_int_equal(ip.dst_addr, PEER_IP);
	assert_int_equal(ip.next_proto_id, udp_encap ? IPPROTO_UDP : IPPROTO_ESP);
	if (!udp_encap)
		return sizeof(ip);
	memcpy(&udp, rte_pktmbuf_mtod_offset(m, void *, sizeof(ip)), sizeof(udp));
	assert_int_equal(udp.src_port, RTE_BE16(4500));
	assert_int_equal(udp.dst_port, RTE_BE16(PEER_PORT));
	assert_int_equal(rte_be_to_cpu_16(udp.dgram_len), m->data_len - sizeof(ip));
	assert_int_equal(udp.dgram_cksum, 0);
	return sizeof(ip) + sizeof(udp);
}

/* Opens a packet and frees it. */
static void
open_it(struct rte_mbuf *m, const struct esp_peer *peer, bool udp_encap, struct esp_peer_opened *o)
{
	size_t at = outer_ok(m, udp_encap);
	const char *wrong = esp_peer_open(
		peer, rte_pktmbuf_mtod_offset(m, uint8_t *, at), m->data_len - at, o);

	if (wrong != NULL)
		fail_msg("%s: wrong %s", peer->suite->name, wrong);
	assert_int_equal(m->pkt_len, m->data_len);
	rte_pktmbuf_free(m);
}

static void
fill(uint8_t *p, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(seed * 13 + i * 11 + (i >> 8));
}

static void
peer_opens_every_suite(void **state)
{
	uint8_t datagram[ESP_PEER_MAX];
	struct esp_peer_opened o;

	(void)state;
	for (size_t i = 0; i < 2 * esp_n_suites; i++) {
		struct rig r = rig_new(&esp_suites[i / 2], i % 2);
		uint64_t bytes = 0;
		uint32_t seq = 0;

		for (size_t len = 8; len <= 1448; len += len < 80 ? 1 : 152) {
			struct rte_mbuf *m;

			fill(datagram, len, seq);
			test_put(r.w, LANE_SEAL, datagram, len, r.sess);
			esp_out(r.w);
			assert_null(r.w->lane[LANE_TO_WAN].ctx[0]);
			m = test_take(r.w, LANE_TO_WAN);
			bytes += m->data_len - (r.udp_encap ? 28u : 20u);
			open_it(m, &r.peer, r.udp_encap, &o);
			assert_int_equal(o.seq, ++seq);
			assert_int_equal(o.len, len);
			assert_memory_equal(o.payload, datagram, len);
			assert_int_equal(o.next, IPPROTO_UDP);
			assert_true(o.pad_len < r.peer.suite->block);
		}
		assert_int_equal(r.out->packets, seq);
		assert_int_equal(r.out->bytes, bytes);
		assert_int_equal(r.out->seq, seq);
		rig_free(&r);
	}
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

#define N_IVS 10000

/* Each IV is new and is the encrypted sequence number: not predictable without the key. */
static void
no_iv_comes_twice(void **state)
{
	static uint8_t ivs[N_IVS][16];

	(void)state;
	for (size_t s = 0; s < esp_n_suites; s += 3) {
		struct rig r = rig_new(&esp_suites[s], false);
		struct esp_peer_opened o;

		memset(ivs, 0, sizeof(ivs));
		for (unsigned i = 0; i < N_IVS; i++) {
			test_put(r.w, LANE_SEAL, "the same text", 13, r.sess);
			esp_out(r.w);
			open_it(test_take(r.w, LANE_TO_WAN), &r.peer, false, &o);
			memcpy(ivs[i], o.iv, r.peer.suite->iv_len);
		}
		qsort(ivs, N_IVS, sizeof(ivs[0]), by_bytes);
		for (unsigned i = 1; i < N_IVS; i++)
			assert_memory_not_equal(ivs[i - 1], ivs[i], sizeof(ivs[0]));
		rig_free(&r);
	}
}

static void
iv_is_the_encrypted_number(void **state)
{
	struct rig r = rig_new(esp_suite_find("aes256-sha256"), false);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t nonce[16] = {[12] = 0x01, 0x23, 0x45, 0x67}, want[16];
	struct esp_peer_opened o;
	int n;

	(void)state;
	assert_true(EVP_EncryptInit_ex(ctx, EVP_aes_256_ecb(), NULL, r.peer.keys.cipher, NULL));
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	assert_true(EVP_EncryptUpdate(ctx, want, &n, nonce, sizeof(nonce)));
	r.out->seq = 0x01234566;
	test_put(r.w, LANE_SEAL, "text", 4, r.sess);
	esp_out(r.w);
	open_it(test_take(r.w, LANE_TO_WAN), &r.peer, false, &o);
	assert_memory_equal(o.iv, want, sizeof(want));
	EVP_CIPHER_CTX_free(ctx);
	rig_free(&r);
}

static void
numbers_end_and_do_not_wrap(void **state)
{
	struct rig r = rig_new(esp_suite_find("aes128-sha1"), true);
	struct esp_peer_opened o;

	(void)state;
	r.out->seq = UINT32_MAX - 1;
	test_put(r.w, LANE_SEAL, "last", 4, r.sess);
	test_put(r.w, LANE_SEAL, "over", 4, r.sess);
	test_put(r.w, LANE_SEAL, "over", 4, r.sess);
	esp_out(r.w);
	open_it(test_take(r.w, LANE_TO_WAN), &r.peer, true, &o);
	assert_int_equal(o.seq, UINT32_MAX);
	assert_int_equal(r.w->drop[DROP_SEQ_END], 2);
	assert_int_equal(r.out->packets, 1);
	assert_int_equal(r.out->seq, UINT32_MAX);
	rig_free(&r);
}

/*
 * A client that moved gets its packets at the new place; sequence numbers, and so IVs, do not
 * repeat.
 */
static void
moved_sa_sends_elsewhere(void **state)
{
	const struct ip_end there = {PEER_IP, RTE_BE16(PEER_PORT)};
	const struct ip_end before = {TEST_IP(198, 51, 100, 1), RTE_BE16(1)};
	struct esp_peer_opened o;

	(void)state;
	for (size_t i = 0; i < esp_n_suites; i++) {
		struct rig r = rig_new(&esp_suites[i], true);
		struct sa_out *elsewhere = sa_out_moved(
			test_slabs(), r.out, &esp_suites[i], &before);
		struct sa_out *moved;

		assert_non_null(elsewhere);
		elsewhere->seq = 1000;
		moved = sa_out_moved(test_slabs(), elsewhere, &esp_suites[i], &there);
		assert_non_null(moved);
		slab_release(elsewhere);
		atomic_store(&r.sess->out, moved);
		test_put(r.w, LANE_SEAL, "the same text", 13, r.sess);
		esp_out(r.w);
		open_it(test_take(r.w, LANE_TO_WAN), &r.peer, true, &o);
		assert_true(o.seq > 1000 + 4096);
		assert_memory_equal(o.payload, "the same text", 13);
		slab_release(moved);
		rig_free(&r);
	}
}

static void
session_without_sa_cannot_send(void **state)
{
	struct rig r = rig_new(esp_suite_find("aes128-sha1"), false);

	(void)state;
	atomic_store(&r.sess->out, NULL);
	test_put(r.w, LANE_SEAL, "text", 4, r.sess);
	esp_out(r.w);
	assert_int_equal(r.w->drop[DROP_NO_SA_OUT], 1);
	assert_int_equal(test_held(r.w), 0);
	rig_free(&r);
}

static void
room_is_checked_at_both_ends(void **state)
{
	struct rig r = rig_new(esp_suite_find("aes128-sha1"), true);
	uint8_t datagram[ESP_PEER_MAX] = {0};
	struct rte_mbuf *m;

	(void)state;
	/* 8 bytes of text, 6 of padding, 2 of trailer, 12 of ICV: one too many for the tailroom. */
	m = test_put(r.w, LANE_SEAL, datagram, 8, r.sess);
	rte_pktmbuf_append(m, (uint16_t)(rte_pktmbuf_tailroom(m) / 16 * 16));
	assert_true(rte_pktmbuf_tailroom(m) < 20);
	esp_out(r.w);
	assert_int_equal(r.w->drop[DROP_NO_BUFFER], 1);
	/* IP 20, UDP 8, ESP 8, IV 16: one too many for the headroom. */
	m = test_put(r.w, LANE_SEAL, datagram, 8, r.sess);
	rte_pktmbuf_prepend(m, (uint16_t)(rte_pktmbuf_headroom(m) - 51));
	esp_out(r.w);
	assert_int_equal(r.w->drop[DROP_NO_BUFFER], 2);
	assert_int_equal(test_held(r.w), 0);
	/* One that just fits. */
	m = test_put(r.w, LANE_SEAL, datagram, 8, r.sess);
	rte_pktmbuf_prepend(m, (uint16_t)(rte_pktmbuf_headroom(m) - 52));
	esp_out(r.w);
	m = test_take(r.w, LANE_TO_WAN);
	assert_int_equal(rte_pktmbuf_headroom(m), 0);
	rte_pktmbuf_free(m);
	rig_free(&r);
}

#define N_SESS  34 /* two of each suite */
#define N_READY 40 /* packets in TO_WAN before */
#define N_PKT   (LANE_MAX - N_READY)

/*
 * As many datagrams as a turn can have, of all suites and many sessions, leave in the order in
 * which they came.
 */
static void
burst_of_all_suites(void **state)
{
	struct worker *w = test_worker();
	struct esp_peer peer[N_SESS];
	struct sess *sess[N_SESS];
	uint8_t datagram[ESP_PEER_MAX];
	struct esp_peer_opened o;
	struct lane *l = &w->lane[LANE_TO_WAN];

	(void)state;
	for (unsigned i = 0; i < N_SESS; i++) {
		esp_peer_init(&peer[i], &esp_suites[i % esp_n_suites], SPI + i, i);
		sess[i] = sess_on(sa_of(w, &peer[i], false));
	}
	for (unsigned i = 0; i < N_READY; i++)
		test_put(w, LANE_TO_WAN, "ready", 5, NULL);
	for (unsigned i = 0; i < N_PKT; i++) {
		fill(datagram, 16 + i * 37 % 900, i);
		test_put(w, LANE_SEAL, datagram, 16 + i * 37 % 900, sess[i * 5 % N_SESS]);
	}
	esp_out(w);
	assert_int_equal(l->n, N_READY + N_PKT);
	for (unsigned i = 0; i < N_READY; i++)
		rte_pktmbuf_free(l->pkt[i]);
	for (unsigned i = 0; i < N_PKT; i++) {
		open_it(l->pkt[N_READY + i], &peer[i * 5 % N_SESS], false, &o);
		fill(datagram, 16 + i * 37 % 900, i);
		assert_int_equal(o.len, 16 + i * 37 % 900);
		assert_memory_equal(o.payload, datagram, o.len);
		assert_int_equal(o.seq, i / N_SESS + 1);
	}
	l->n = 0;
	assert_int_equal(test_drops(w), 0);
	for (unsigned i = 0; i < N_SESS; i++) {
		slab_release(atomic_load(&sess[i]->out));
		slab_release(sess[i]);
	}
	test_worker_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peer_opens_every_suite),
		cmocka_unit_test(no_iv_comes_twice),
		cmocka_unit_test(iv_is_the_encrypted_number),
		cmocka_unit_test(numbers_end_and_do_not_wrap),
		cmocka_unit_test(moved_sa_sends_elsewhere),
		cmocka_unit_test(session_without_sa_cannot_send),
		cmocka_unit_test(room_is_checked_at_both_ends),
		cmocka_unit_test(burst_of_all_suites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
