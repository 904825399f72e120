/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets larger than a session's MTU: fragments (RFC 791, 3.2), or a punt to tell the sender (RFC
 * 1191).
 */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <rte_ip.h>
#include <cmocka.h>

#include "cksum.h"
#include "test_worker.h"

#define HOST   TEST_IP(192, 168, 0, 20)
#define CLIENT TEST_IP(192, 168, 0, 1)
#define IP_ID  0xbeef

#define DF RTE_IPV4_HDR_DF_FLAG
#define MF RTE_IPV4_HDR_MF_FLAG

static struct sess
sess_of(uint16_t mtu)
{
	return (struct sess){.sid = ID_MAKE(0, 0, 1), .client = CLIENT, .net = DP_LAN, .mtu = mtu};
}

/* A packet of len bytes in all, each part of the payload recognizable. */
static struct rte_mbuf *
put(struct worker *w, size_t len, uint16_t fragment, struct sess *s)
{
	uint8_t packet[2100], payload[2048];
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)packet;

	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 7 + (i >> 8));
	test_ipv4(packet, HOST, CLIENT, IPPROTO_UDP, payload, len - 20);
	ip->type_of_service = 0xb8;
	ip->packet_id = RTE_BE16(IP_ID);
	ip->fragment_offset = rte_cpu_to_be_16(fragment);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	return test_put(w, LANE_DOWN, packet, len, s);
}

static const struct {
	const char *name;
	size_t len; /* of the packet */
	uint16_t fragment; /* flags and offset of its header */
	uint16_t mtu;
	unsigned n; /* fragments */
} cases[] = {
	{"as large as the MTU", 1400, 0, 1400, 1},
	{"as large as the MTU, with DF", 1400, DF, 1400, 1},
	{"one more", 1401, 0, 1400, 2},
	{"Ethernet's", 1500, 0, 1400, 2},
	{"MTU that is no whole unit", 1500, 0, 1399, 2},
	{"fragments of one size", 20 + 2 * 552, 0, 572, 2},
	{"one byte more than fragments of one size", 21 + 2 * 552, 0, 572, 3},
	{"in three", 1500, 0, 576, 3},
	{"smallest MTU", 1500, 0, 68, 31},
	{"first fragment", 1500, MF, 1400, 2},
	{"middle fragment", 1500, MF | 185, 1400, 2},
	{"last fragment", 1500, 370, 1400, 2},
	{"the last place", 1500, 0x1fff - 184, 1400, 2},
};

/* Reassembles and frees the packets of the lane; returns the payload's length. */
static size_t
reassemble(struct lane *l, uint16_t fragment, uint16_t mtu, uint8_t *payload)
{
	size_t len = 0;

	for (unsigned i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];
		struct rte_ipv4_hdr ip;
		uint16_t place;
		bool last = i == l->n - 1u;

		memcpy(&ip, rte_pktmbuf_mtod(m, void *), sizeof(ip));
		assert_true(m->data_len <= mtu);
		assert_int_equal(m->data_len, m->pkt_len);
		assert_int_equal(rte_be_to_cpu_16(ip.total_length), m->data_len);
		assert_int_equal(cksum(&ip, sizeof(ip)), 0);
		assert_int_equal(ip.version_ihl, 0x45);
		assert_int_equal(ip.type_of_service, 0xb8);
		assert_int_equal(ip.time_to_live, 64);
		assert_int_equal(ip.next_proto_id, IPPROTO_UDP);
		assert_int_equal(ip.packet_id, RTE_BE16(IP_ID));
		assert_int_equal(ip.src_addr, HOST);
		assert_int_equal(ip.dst_addr, CLIENT);
		place = rte_be_to_cpu_16(ip.fragment_offset);
		assert_int_equal(place & RTE_IPV4_HDR_OFFSET_MASK,
			(fragment & RTE_IPV4_HDR_OFFSET_MASK) + len / 8);
		assert_int_equal(place & MF, last ? fragment & MF : MF);
		assert_int_equal(place & DF, fragment & DF);
		if (!last)
			assert_int_equal((m->data_len - 20) % 8, 0);
		memcpy(payload + len, rte_pktmbuf_mtod_offset(m, uint8_t *, sizeof(ip)),
			m->data_len - 20u);
		len += m->data_len - 20u;
		rte_pktmbuf_free(m);
	}
	l->n = 0;
	return len;
}

static void
large_packets_are_fragmented(void **state)
{
	uint8_t payload[2048], want[2048];

	(void)state;
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		struct worker *w = test_worker();
		struct sess s = sess_of(cases[i].mtu);
		struct lane *l = &w->lane[LANE_DOWN];
		struct rte_mbuf *m;

		print_message("%s\n", cases[i].name);
		m = put(w, cases[i].len, cases[i].fragment, &s);
		memcpy(want, rte_pktmbuf_mtod_offset(m, void *, 20), cases[i].len - 20);
		ppp_out(w);
		assert_int_equal(l->n, cases[i].n);
		for (unsigned k = 0; k < l->n; k++)
			assert_ptr_equal(l->ctx[k], &s);
		assert_int_equal(s.down_packets, cases[i].n);
		assert_int_equal(s.down_bytes, cases[i].len + 20 * (cases[i].n - 1));
		assert_int_equal(
			reassemble(l, cases[i].fragment, cases[i].mtu, payload), cases[i].len - 20);
		assert_memory_equal(payload, want, cases[i].len - 20);
		assert_int_equal(test_drops(w), 0);
		test_worker_free(w);
	}
}

static void
with_df_the_sender_is_told(void **state)
{
	struct worker *w = test_worker();
	struct sess s = sess_of(1400);
	struct rte_mbuf *m = put(w, 1401, DF, &s), *got;

	(void)state;
	ppp_out(w);
	got = test_punted(w);
	assert_ptr_equal(got, m);
	assert_int_equal(pkt_meta(m)->reason, PUNT_TOO_BIG);
	assert_int_equal(pkt_meta(m)->net, DP_LAN);
	assert_int_equal(pkt_meta(m)->mtu, 1400);
	assert_int_equal(m->data_len, 1401);
	assert_int_equal(s.down_packets, 0);
	assert_int_equal(test_drops(w), 0);
	rte_pktmbuf_free(m);
	test_worker_free(w);
}

/* Too many fragments, options, an end beyond the largest offset: no fragments at all. */
static void
what_cannot_be_fragmented_is_dropped(void **state)
{
	struct worker *w = test_worker();
	struct sess s = sess_of(68);
	struct rte_mbuf *m;

	(void)state;
	put(w, 1900, 0, &s);
	ppp_out(w);
	assert_int_equal(w->drop[DROP_NO_BUFFER], 1);
	m = put(w, 1500, 0, &s);
	*rte_pktmbuf_mtod(m, uint8_t *) = 0x46;
	ppp_out(w);
	assert_int_equal(w->drop[DROP_IP_OPTIONS], 1);
	put(w, 1500, 0x1fff - 183, &s);
	ppp_out(w);
	assert_int_equal(w->drop[DROP_IP_HEADER], 1);
	assert_int_equal(test_held(w), 0);
	assert_int_equal(s.down_packets, 0);
	test_worker_free(w);
}

/* Large packets between small ones, of two sessions, keep their order. */
static void
order_is_kept(void **state)
{
	struct worker *w = test_worker();
	struct sess small = sess_of(576), large = sess_of(1500);
	struct lane *l = &w->lane[LANE_DOWN];
	static const uint16_t want[] = {100, 1500, 572, 572, 396, 576, 1000, 300};
	struct rte_mbuf *told;

	(void)state;
	put(w, 100, 0, &small);
	put(w, 1500, 0, &large);
	put(w, 1500, 0, &small); /* 552, 552 and 376 bytes of payload */
	put(w, 576, 0, &small);
	put(w, 1000, DF, &small);
	put(w, 1000, 0, &large);
	put(w, 300, 0, &small);
	ppp_out(w);
	told = test_punted(w);
	assert_non_null(told);
	rte_pktmbuf_free(told);
	assert_int_equal(l->n, RTE_DIM(want));
	for (unsigned i = 0; i < l->n; i++) {
		assert_int_equal(l->pkt[i]->data_len, want[i]);
		assert_ptr_equal(l->ctx[i], want[i] == 1500 || want[i] == 1000 ? &large : &small);
		rte_pktmbuf_free(l->pkt[i]);
	}
	l->n = 0;
	assert_int_equal(small.down_packets, 6);
	assert_int_equal(large.down_packets, 2);
	test_worker_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(large_packets_are_fragmented),
		cmocka_unit_test(with_df_the_sender_is_told),
		cmocka_unit_test(what_cannot_be_fragmented_is_dropped),
		cmocka_unit_test(order_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
