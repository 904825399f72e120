/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCP's maximum segment size in SYNs (RFC 9293, 3.7.1): lowered, never raised, with a correct
 * checksum.
 */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <cmocka.h>

#include "cksum.h"
#include "mss.h"
#include "test_worker.h"

#define HOST   TEST_IP(192, 168, 0, 20)
#define CLIENT TEST_IP(192, 168, 0, 1)

#define SYN 0x02
#define ACK 0x10

#define OPT(s) .opt = (const uint8_t *)(s), .opt_len = sizeof(s) - 1

static const struct {
	const char *name;
	const uint8_t *opt;
	size_t opt_len;
	uint8_t flags;
	uint8_t protocol; /* 0: TCP */
	uint16_t fragment;
	uint8_t data_off; /* 0: as long as the options need */
	uint16_t clamp; /* 0: 1360 */
	unsigned at; /* offset of the option's value in the options */
	uint16_t want; /* new value; 0: nothing changes */
} cases[] = {
	{"SYN of Ethernet", OPT("\2\4\x05\xb4"), SYN, .at = 2, .want = 1360},
	{"SYN and ACK", OPT("\2\4\x05\xb4"), SYN | ACK, .at = 2, .want = 1360},
	{"as others send it", OPT("\2\4\x05\xb4\4\2\x08\x0a\1\2\3\4\0\0\0\0\1\3\3\7"), SYN, .at = 2,
		.want = 1360},
	{"behind other options", OPT("\1\1\4\2\3\3\7\1\2\4\xff\xff\0\0\0\0"), SYN, .at = 10,
		.want = 1360},
	{"at an odd place", OPT("\1\2\4\x05\xb4\1\1\1"), SYN, .at = 3, .want = 1360},
	{"behind an odd option", OPT("\3\3\7\2\4\x23\x45\1"), SYN, .at = 5, .want = 1360},
	{"to a number", OPT("\2\4\x05\xb4"), SYN, .clamp = 536, .at = 2, .want = 536},
	{"one more", OPT("\2\4\x05\x51"), SYN, .at = 2, .want = 1360},
	{"what fits", OPT("\2\4\x05\x50"), SYN},
	{"less", OPT("\2\4\x02\x18"), SYN},
	{"nothing at all", OPT("\2\4\0\0"), SYN},
	{"no SYN", OPT("\2\4\x05\xb4"), ACK},
	{"no options", OPT(""), SYN},
	{"not asked for", OPT("\2\4\x05\xb4"), SYN, .clamp = UINT16_MAX},
	{"behind the end of options", OPT("\0\0\0\0\2\4\x05\xb4"), SYN},
	{"of a wrong length", OPT("\2\3\x05\xb4"), SYN},
	{"of a length beyond the header", OPT("\1\1\2\4"), SYN},
	{"an option of no length", OPT("\3\0\2\4\x05\xb4\1\1"), SYN},
	{"an option that is too long", OPT("\3\xff\2\4\x05\xb4\1\1"), SYN},
	{"an option that is cut", OPT("\1\1\1\2"), SYN},
	{"header beyond the packet", OPT("\2\4\x05\xb4"), SYN, .data_off = 0xf0},
	{"header too short", OPT("\2\4\x05\xb4"), SYN, .data_off = 0x40},
	{"options are data", OPT("\2\4\x05\xb4"), SYN, .data_off = 0x50},
	{"first fragment", OPT("\2\4\x05\xb4"), SYN, .fragment = RTE_IPV4_HDR_MF_FLAG, .at = 2,
		.want = 1360},
	{"later fragment", OPT("\2\4\x05\xb4"), SYN, .fragment = 8},
	{"UDP", OPT("\2\4\x05\xb4"), SYN, .protocol = IPPROTO_UDP},
};

static uint16_t
tcp_sum(const uint8_t *packet, size_t len)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)packet;
	uint8_t tail[4] = {0, IPPROTO_TCP, (uint8_t)((len - 20) >> 8), (uint8_t)(len - 20)};
	uint32_t sum = cksum_add(0, &ip->src_addr, 8);

	return cksum_fold(cksum_add(cksum_add(sum, tail, 4), packet + 20, len - 20));
}

static size_t
build(size_t i, uint8_t *packet)
{
	uint8_t tcp[20 + 64] = {0x12, 0x34, 0, 80, 1, 2, 3, 4};
	size_t len = 20 + cases[i].opt_len;
	uint16_t sum;

	tcp[12] = cases[i].data_off ? cases[i].data_off : (uint8_t)(len / 4 << 4);
	tcp[13] = cases[i].flags;
	memcpy(tcp + 20, cases[i].opt, cases[i].opt_len);
	len = test_ipv4(packet, HOST, CLIENT, cases[i].protocol ? cases[i].protocol : IPPROTO_TCP,
		tcp, len);
	((struct rte_ipv4_hdr *)packet)->fragment_offset = rte_cpu_to_be_16(cases[i].fragment);
	sum = tcp_sum(packet, len);
	memcpy(packet + 20 + 16, &sum, 2);
	return len;
}

static void
syns_offer_no_more_than_fits(void **state)
{
	struct worker *w = test_worker();

	(void)state;
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		uint8_t packet[128], want[128], *got;
		size_t len = build(i, packet);
		uint16_t clamp = cases[i].clamp ? cases[i].clamp : 1360;
		struct rte_mbuf *m = test_mbuf(w, packet, len);

		print_message("%s\n", cases[i].name);
		memcpy(want, packet, len);
		mss_clamp(m, clamp == UINT16_MAX ? MSS_NONE : clamp);
		got = rte_pktmbuf_mtod(m, uint8_t *);
		if (cases[i].want != 0) {
			want[40 + cases[i].at] = (uint8_t)(cases[i].want >> 8);
			want[40 + cases[i].at + 1] = (uint8_t)cases[i].want;
			assert_int_equal(tcp_sum(got, len), 0);
			memcpy(want + 36, got + 36, 2);
		}
		assert_memory_equal(got, want, len);
		rte_pktmbuf_free(m);
	}
	test_worker_free(w);
}

/* The checksum is correct for each value in each place. */
static void
the_checksum_is_right_for_all_values(void **state)
{
	struct worker *w = test_worker();
	struct rte_mbuf *m;
	uint8_t packet[128];

	(void)state;
	for (unsigned odd = 0; odd < 2; odd++) {
		for (unsigned mss = 1361; mss <= UINT16_MAX; mss++) {
			uint16_t sum = 0;
			size_t len = build(odd ? 4 : 0, packet);

			packet[42 + odd] = (uint8_t)(mss >> 8);
			packet[43 + odd] = (uint8_t)mss;
			memcpy(packet + 36, &sum, 2);
			sum = tcp_sum(packet, len);
			memcpy(packet + 36, &sum, 2);
			m = test_mbuf(w, packet, len);
			mss_clamp(m, 1360);
			assert_int_equal(tcp_sum(rte_pktmbuf_mtod(m, uint8_t *), len), 0);
			rte_pktmbuf_free(m);
		}
	}
	test_worker_free(w);
}

static uint16_t
mss_in(struct rte_mbuf *m)
{
	const uint8_t *p = rte_pktmbuf_mtod_offset(m, const uint8_t *, 42);

	return (uint16_t)(p[0] << 8 | p[1]);
}

/* Up, down, and down among packets that are fragmented. */
static void
both_ways_are_clamped(void **state)
{
	struct worker *w = test_worker();
	struct sess s = {
		.sid = ID_MAKE(0, 0, 1), .client = HOST, .net = DP_LAN, .mtu = 1400, .mss = 1360};
	uint8_t packet[1500], large[1500];
	size_t len = build(0, packet);
	struct rte_mbuf *m;

	(void)state;
	test_put(w, LANE_DOWN, packet, len, &s);
	ppp_out(w);
	m = test_take(w, LANE_DOWN);
	assert_int_equal(mss_in(m), 1360);
	rte_pktmbuf_free(m);
	test_ipv4(large, HOST, CLIENT, IPPROTO_UDP, large, 1480);
	test_put(w, LANE_DOWN, large, 1500, &s);
	test_put(w, LANE_DOWN, packet, len, &s);
	ppp_out(w);
	assert_int_equal(w->lane[LANE_DOWN].n, 3);
	assert_int_equal(mss_in(w->lane[LANE_DOWN].pkt[2]), 1360);
	rte_pktmbuf_free_bulk(w->lane[LANE_DOWN].pkt, 3);
	w->lane[LANE_DOWN].n = 0;
	test_put(w, LANE_UP, packet, len, &s);
	forward(w);
	m = test_take(w, LANE_TO_LAN);
	assert_int_equal(mss_in(m), 1360);
	rte_pktmbuf_free(m);
	test_worker_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syns_offer_no_more_than_fits),
		cmocka_unit_test(the_checksum_is_right_for_all_values),
		cmocka_unit_test(both_ways_are_clamped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
