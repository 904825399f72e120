/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <rte_ip.h>
#include <rte_udp.h>
#include <cmocka.h>

#include "cksum.h"
#include "esp_peer.h"
#include "slab.h"
#include "test_worker.h"

#define SLOT   3
#define GEN    5
#define SID    ID_MAKE(0, 0, 7)
#define WINDOW 64
#define IV_AT  8

/* A worker with an SA in SLOT, and the SA's other end. */
struct rig {
	struct worker *w;
	struct esp_peer peer;
	struct sa_in *sa;
	uint8_t esp[ESP_PEER_MAX]; /* the packet being built */
	size_t len;
};

static struct sa_in *
sa_of(struct worker *w, const struct esp_peer *peer, bool udp_encap)
{
	struct dp_sa sa = {
		.spi = rte_cpu_to_be_32(peer->spi),
		.suite = peer->suite,
		.keys = &peer->keys,
		.udp_encap = udp_encap,
	};
	struct sa_in *in = sa_in_new(test_slabs(), w->mb, &sa, SID, WINDOW);

	assert_non_null(in);
	test_sa_in_set(w, ID_SLOT(peer->spi), in);
	return in;
}

static struct rig
rig_new(const struct esp_suite *suite, bool udp_encap)
{
	struct rig r = {.w = test_worker()};

	esp_peer_init(&r.peer, suite, ID_MAKE(GEN, 0, SLOT), 1);
	r.sa = sa_of(r.w, &r.peer, udp_encap);
	return r;
}

static void
rig_free(struct rig *r)
{
	slab_release(r->sa);
	test_worker_free(r->w);
}

static void
put(struct rig *r, enum esp_outer outer)
{
	test_put(r->w, LANE_UP, r->esp, r->len, NULL)->hash.usr = outer;
}

static void
fill(uint8_t *p, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(seed * 13 + i * 11 + (i >> 8));
}

static void
opens_one(struct rig *r, uint32_t seq, size_t len, enum esp_outer outer)
{
	uint8_t datagram[ESP_PEER_MAX];
	struct rte_mbuf *m;

	fill(datagram, len, seq);
	r->len = esp_peer_seal(&r->peer, seq, datagram, len, r->esp);
	put(r, outer);
	esp_in(r->w);
	assert_ptr_equal(r->w->lane[LANE_UP].ctx[0], r->sa);
	m = test_take(r->w, LANE_UP);
	assert_int_equal(m->data_len, len);
	assert_int_equal(m->pkt_len, len);
	assert_memory_equal(rte_pktmbuf_mtod(m, void *), datagram, len);
	rte_pktmbuf_free(m);
}

static void
opens_every_suite(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * esp_n_suites; i++) {
		struct rig r = rig_new(&esp_suites[i / 2], i % 2);
		uint64_t bytes = 0;
		uint32_t seq = 0;

		for (size_t len = 0; len <= 1448; len += len < 80 ? 1 : 152) {
			opens_one(&r, ++seq, len, i % 2 ? ESP_OUTER_UDP : ESP_OUTER_IP);
			bytes += r.len;
		}
		assert_int_equal(r.sa->packets, seq);
		assert_int_equal(r.sa->bytes, bytes);
		assert_int_equal(r.sa->top, seq);
		assert_int_equal(r.sa->last_s, r.w->now_s);
		assert_int_equal(test_drops(r.w), 0);
		rig_free(&r);
	}
}

/* --- malformed packets and their drop reasons ------------------------------------------------- */

static void
seal_plain(struct rig *r, uint32_t seq)
{
	r->len = esp_peer_seal(&r->peer, seq, "a datagram", 10, r->esp);
}

static void
free_slot(struct rig *r)
{
	seal_plain(r, 1);
	r->esp[3] = SLOT + 1;
}

static void
other_generation(struct rig *r)
{
	seal_plain(r, 1);
	r->esp[0] ^= 1;
}

static void
slot_too_high(struct rig *r)
{
	seal_plain(r, 1);
	r->esp[3] = TEST_SLOTS;
}

static void
other_sequence_number(struct rig *r)
{
	seal_plain(r, 1);
	r->esp[7]++;
}

static void
other_iv(struct rig *r)
{
	seal_plain(r, 1);
	r->esp[IV_AT] ^= 0x80;
}

static void
other_text(struct rig *r)
{
	seal_plain(r, 1);
	r->esp[IV_AT + r->peer.suite->iv_len] ^= 1;
}

static void
other_icv_begin(struct rig *r)
{
	seal_plain(r, 1);
	r->esp[r->len - r->peer.suite->icv_len] ^= 1;
}

static void
other_icv_end(struct rig *r)
{
	seal_plain(r, 1);
	r->esp[r->len - 1] ^= 1;
}

static void
another_key(struct rig *r)
{
	r->peer.keys.auth[0] ^= 1;
	seal_plain(r, 1);
}

static void
sequence_number_0(struct rig *r)
{
	seal_plain(r, 0);
}

static void
part_of_a_block(struct rig *r)
{
	seal_plain(r, 1);
	r->len--;
}

static void
no_text(struct rig *r)
{
	r->len = esp_peer_seal_raw(&r->peer, 1, "", 0, r->esp);
}

/* One block: 14 bytes of data and padding, then the trailer. */
static void
seal_block(struct rig *r, const char *front, uint8_t pad_len, uint8_t next)
{
	uint8_t plain[16];

	memcpy(plain, front, 14);
	plain[14] = pad_len;
	plain[15] = next;
	r->len = esp_peer_seal_raw(&r->peer, 1, plain, sizeof(plain), r->esp);
}

static void
zeros_as_padding(struct rig *r)
{
	seal_block(r, "12345678\0\0\0\0\0\0", 6, 17);
}

static void
first_byte_of_padding(struct rig *r)
{
	seal_block(r, "12345678\2\2\3\4\5\6", 6, 17);
}

static void
last_byte_of_padding(struct rig *r)
{
	seal_block(r, "12345678\1\2\3\4\5\7", 6, 17);
}

static void
padding_too_long(struct rig *r)
{
	seal_block(r, "\1\2\3\4\5\6\7\10\11\12\13\14\15\16", 15, 17);
}

static void
padding_of_255(struct rig *r)
{
	seal_block(r, "\1\2\3\4\5\6\7\10\11\12\13\14\15\16", 255, 17);
}

static void
tcp_inside(struct rig *r)
{
	seal_block(r, "12345678\1\2\3\4\5\6", 6, 6);
}

static void
dummy_inside(struct rig *r) /* RFC 4303, 2.6 */
{
	seal_block(r, "12345678\1\2\3\4\5\6", 6, 59);
}

static const struct {
	const char *name;
	void (*make)(struct rig *r);
	enum drop_reason why;
	bool verified; /* the integrity check passed, so it counts as received */
} faults[] = {
	{"free slot", free_slot, DROP_ESP_NO_SA, false},
	{"other generation", other_generation, DROP_ESP_NO_SA, false},
	{"slot too high", slot_too_high, DROP_ESP_NO_SA, false},
	{"sequence number changed", other_sequence_number, DROP_ESP_ICV, false},
	{"IV changed", other_iv, DROP_ESP_ICV, false},
	{"ciphertext changed", other_text, DROP_ESP_ICV, false},
	{"ICV changed in front", other_icv_begin, DROP_ESP_ICV, false},
	{"ICV changed behind", other_icv_end, DROP_ESP_ICV, false},
	{"another key", another_key, DROP_ESP_ICV, false},
	{"sequence number 0", sequence_number_0, DROP_ESP_REPLAY, false},
	{"part of a block", part_of_a_block, DROP_ESP_SHORT, false},
	{"no ciphertext", no_text, DROP_ESP_SHORT, false},
	{"padding of zeros", zeros_as_padding, DROP_ESP_PAD, true},
	{"first byte of padding", first_byte_of_padding, DROP_ESP_PAD, true},
	{"last byte of padding", last_byte_of_padding, DROP_ESP_PAD, true},
	{"padding longer than the rest", padding_too_long, DROP_ESP_PAD, true},
	{"padding of 255", padding_of_255, DROP_ESP_PAD, true},
	{"TCP inside", tcp_inside, DROP_ESP_NEXT_HEADER, true},
	{"dummy packet", dummy_inside, DROP_ESP_NEXT_HEADER, true},
};

static void
names_every_fault(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(faults); i++) {
		struct rig r = rig_new(esp_suite_find("aes128-sha1"), false);

		print_message("%s\n", faults[i].name);
		faults[i].make(&r);
		put(&r, ESP_OUTER_IP);
		esp_in(r.w);
		assert_int_equal(r.w->drop[faults[i].why], 1);
		assert_int_equal(test_drops(r.w), 1);
		assert_int_equal(test_held(r.w), 0);
		assert_int_equal(r.sa->packets, faults[i].verified);
		assert_int_equal(r.sa->top, faults[i].verified);
		assert_int_equal(r.sa->last_s, faults[i].verified ? r.w->now_s : 0);
		assert_int_equal(r.sa->bad, faults[i].why == DROP_ESP_ICV);
		assert_int_equal(r.sa->replayed, faults[i].why == DROP_ESP_REPLAY);
		rig_free(&r);
	}
}

static void
wants_the_negotiated_encapsulation(void **state)
{
	(void)state;
	for (int encap = 0; encap < 2; encap++) {
		struct rig r = rig_new(esp_suite_find("aes256-sha256"), encap);

		seal_plain(&r, 1);
		put(&r, encap ? ESP_OUTER_IP : ESP_OUTER_UDP);
		esp_in(r.w);
		assert_int_equal(r.w->drop[DROP_ESP_ENCAP], 1);
		assert_int_equal(test_held(r.w), 0);
		rig_free(&r);
	}
}

/* Puts the packet behind outer headers with this source, and receives it as wan_in does. */
static void
comes_from(struct rig *r, rte_be32_t addr, rte_be16_t port)
{
	struct {
		struct rte_ipv4_hdr ip;
		struct rte_udp_hdr udp;
	} outer = {.ip.src_addr = addr, .udp.src_port = port};
	uint8_t packet[ESP_PEER_MAX + sizeof(outer)];
	struct rte_mbuf *m;

	memcpy(packet, &outer, sizeof(outer));
	memcpy(packet + sizeof(outer), r->esp, r->len);
	m = test_put(r->w, LANE_UP, packet, sizeof(outer) + r->len, NULL);
	m->hash.usr = ESP_OUTER_UDP;
	rte_pktmbuf_adj(m, sizeof(outer));
	esp_in(r->w);
	if (r->w->lane[LANE_UP].n != 0)
		rte_pktmbuf_free(test_take(r->w, LANE_UP));
}

static void
sends_to(const struct sa_out *out, rte_be32_t addr, rte_be16_t port)
{
	struct rte_ipv4_hdr ip;
	struct rte_udp_hdr udp;

	memcpy(&ip, out->hdr, sizeof(ip));
	memcpy(&udp, out->hdr + sizeof(ip), sizeof(udp));
	assert_int_equal(ip.dst_addr, addr);
	assert_int_equal(udp.dst_port, port);
	assert_int_equal(out->to, SA_END(addr, port));
	ip.hdr_checksum = (uint16_t)~ip.hdr_checksum;
	assert_int_equal(cksum(&ip, sizeof(ip)), 0);
}

/*
 * The outbound SA follows a NAT that moves: after verified packets, but not after ones that were
 * overtaken.
 */
static void
follows_nat(void **state)
{
	const rte_be32_t home = TEST_IP(203, 0, 113, 7), moved = TEST_IP(203, 0, 113, 8);
	struct rig r = rig_new(esp_suite_find("aes128-sha1"), true);
	struct dp_sa sa = {
		.spi = RTE_BE32(0x1234),
		.suite = r.peer.suite,
		.keys = &r.peer.keys,
		.remote = {home, RTE_BE16(4500)},
		.udp_encap = true,
	};
	struct dp_sess dp_sess = {.mtu = 1400};
	struct sa_out *out = sa_out_new(test_slabs(), r.w->mb, &sa);
	struct sess *sess = sess_new(test_slabs(), &dp_sess, SID);

	(void)state;
	atomic_store(&sess->out, out);
	test_sess_set(r.w, ID_SLOT(SID), sess);
	seal_plain(&r, 1);
	comes_from(&r, home, RTE_BE16(4500));
	sends_to(out, home, RTE_BE16(4500));
	seal_plain(&r, 3);
	comes_from(&r, home, RTE_BE16(60001));
	sends_to(out, home, RTE_BE16(60001));
	seal_plain(&r, 5);
	comes_from(&r, moved, RTE_BE16(7));
	sends_to(out, moved, RTE_BE16(7));
	/* Overtaken, forged, and a replay. */
	seal_plain(&r, 4);
	comes_from(&r, home, RTE_BE16(60001));
	seal_plain(&r, 6);
	r.esp[r.len - 1] ^= 1;
	comes_from(&r, home, RTE_BE16(60001));
	seal_plain(&r, 5);
	comes_from(&r, home, RTE_BE16(60001));
	sends_to(out, moved, RTE_BE16(7));
	assert_int_equal(r.w->drop[DROP_ESP_ICV], 1);
	assert_int_equal(r.w->drop[DROP_ESP_REPLAY], 1);
	slab_release(sess);
	slab_release(out);
	rig_free(&r);
}

/* The maximum of padding (RFC 4303, 2.4), after an empty payload and a full one. */
static void
takes_all_padding(void **state)
{
	struct rig r = rig_new(esp_suite_find("aes128-sha1"), false);
	uint8_t plain[272];
	struct rte_mbuf *m;

	(void)state;
	memset(plain, 0x5a, sizeof(plain));
	for (unsigned i = 0; i < 255; i++)
		plain[15 + i] = (uint8_t)(i + 1);
	plain[270] = 255;
	plain[271] = 17;
	r.len = esp_peer_seal_raw(&r.peer, 1, plain, sizeof(plain), r.esp);
	put(&r, ESP_OUTER_IP);
	esp_in(r.w);
	m = test_take(r.w, LANE_UP);
	assert_int_equal(m->data_len, 15);
	rte_pktmbuf_free(m);
	rig_free(&r);
}

static void
drops_every_truncation(void **state)
{
	(void)state;
	for (size_t i = 0; i < esp_n_suites; i++) {
		const struct esp_suite *suite = &esp_suites[i];
		struct rig r = rig_new(suite, false);
		size_t whole, least = 8u + suite->iv_len + suite->block + suite->icv_len;
		uint8_t datagram[100] = {0};

		whole = esp_peer_seal(&r.peer, 1, datagram, sizeof(datagram), r.esp);
		for (r.len = 0; r.len < whole; r.len++)
			put(&r, ESP_OUTER_IP);
		esp_in(r.w);
		assert_int_equal(test_held(r.w), 0);
		assert_int_equal(test_drops(r.w), whole);
		assert_int_equal(r.w->drop[DROP_ESP_ICV], (whole - least) / suite->block);
		assert_int_equal(r.w->drop[DROP_ESP_SHORT], whole - (whole - least) / suite->block);
		assert_int_equal(r.sa->packets, 0);
		rig_free(&r);
	}
}

/* --- bursts ----------------------------------------------------------------------------------- */

/* Two copies in one burst both pass the first check of the window. */
static void
second_copy_in_a_burst_is_dropped(void **state)
{
	struct rig r = rig_new(esp_suite_find("aes128-sha1"), false);

	(void)state;
	seal_plain(&r, 9);
	put(&r, ESP_OUTER_IP);
	put(&r, ESP_OUTER_IP);
	esp_in(r.w);
	rte_pktmbuf_free(test_take(r.w, LANE_UP));
	assert_int_equal(r.w->drop[DROP_ESP_REPLAY], 1);
	assert_int_equal(r.sa->replayed, 1);
	assert_int_equal(r.sa->packets, 1);
	put(&r, ESP_OUTER_IP);
	esp_in(r.w);
	assert_int_equal(r.w->drop[DROP_ESP_REPLAY], 2);
	rig_free(&r);
}

/* Without the key nobody can move the window and thus make good packets late. */
static void
forgery_does_not_move_the_window(void **state)
{
	struct rig r = rig_new(esp_suite_find("aes128-sha1"), false);

	(void)state;
	seal_plain(&r, 5);
	put(&r, ESP_OUTER_IP);
	seal_plain(&r, 1000000);
	r.esp[r.len - 1] ^= 1;
	put(&r, ESP_OUTER_IP);
	seal_plain(&r, 4);
	put(&r, ESP_OUTER_IP);
	esp_in(r.w);
	assert_int_equal(r.w->lane[LANE_UP].n, 2);
	assert_int_equal(r.sa->top, 5);
	for (unsigned i = 0; i < 2; i++)
		rte_pktmbuf_free(r.w->lane[LANE_UP].pkt[i]);
	r.w->lane[LANE_UP].n = 0;
	rig_free(&r);
}

#define N_SA  34 /* two of each suite */
#define N_PKT LANE_MAX

/* Writes what packet i contains: its SA and its number. */
static size_t
say(unsigned i, uint8_t *datagram)
{
	size_t len = 16 + (i * 37) % 900;

	fill(datagram, len, i);
	return len;
}

/* A full lane with all suites and many SAs; each seventh packet is forged. */
static void
burst_of_all_suites(void **state)
{
	struct worker *w = test_worker();
	struct esp_peer peer[N_SA];
	struct sa_in *sa[N_SA];
	uint8_t esp[ESP_PEER_MAX], datagram[ESP_PEER_MAX];
	unsigned k = 0;

	(void)state;
	for (unsigned i = 0; i < N_SA; i++) {
		esp_peer_init(&peer[i], &esp_suites[i % esp_n_suites], ID_MAKE(GEN, 0, i + 1), i);
		sa[i] = sa_of(w, &peer[i], false);
	}
	for (unsigned i = 0; i < N_PKT; i++) {
		size_t len = say(i, datagram);

		len = esp_peer_seal(&peer[i * 5 % N_SA], i + 1, datagram, len, esp);
		esp[len - 1] ^= i % 7 == 0;
		test_put(w, LANE_UP, esp, len, NULL)->hash.usr = ESP_OUTER_IP;
	}
	esp_in(w);
	for (unsigned i = 0; i < N_PKT; i++) {
		struct rte_mbuf *m;

		if (i % 7 == 0)
			continue;
		assert_ptr_equal(w->lane[LANE_UP].ctx[k], sa[i * 5 % N_SA]);
		m = w->lane[LANE_UP].pkt[k++];
		assert_int_equal(m->data_len, say(i, datagram));
		assert_memory_equal(rte_pktmbuf_mtod(m, void *), datagram, m->data_len);
		rte_pktmbuf_free(m);
	}
	assert_int_equal(w->lane[LANE_UP].n, k);
	assert_int_equal(w->drop[DROP_ESP_ICV], N_PKT - k);
	assert_int_equal(test_drops(w), N_PKT - k);
	w->lane[LANE_UP].n = 0;
	for (unsigned i = 0; i < N_SA; i++)
		slab_release(sa[i]);
	test_worker_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_every_suite),
		cmocka_unit_test(names_every_fault),
		cmocka_unit_test(wants_the_negotiated_encapsulation),
		cmocka_unit_test(follows_nat),
		cmocka_unit_test(takes_all_padding),
		cmocka_unit_test(drops_every_truncation),
		cmocka_unit_test(second_copy_in_a_burst_is_dropped),
		cmocka_unit_test(forgery_does_not_move_the_window),
		cmocka_unit_test(burst_of_all_suites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
