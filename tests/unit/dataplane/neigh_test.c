/* SPDX-License-Identifier: BSD-3-Clause */
/* lan_out and wan_out: next hops, neighbours, Ethernet headers, queues. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <cmocka.h>

#include "neigh.h"
#include "test_worker.h"

static const uint8_t host_mac[6] = {0xfa, 0x11, 0x22, 0x33, 0x44, 0xf5};
static const uint8_t hop_mac[6] = {0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0xee};

enum way { SENT, ASKED, DROPPED };

static const struct {
	const char *name;
	enum dp_port port;
	rte_be32_t dst;
	rte_be32_t known; /* address whose MAC is known */
	uint16_t len; /* of the packet; 0: 28 */
	bool df;
	enum way way;
	int reason;
	rte_be32_t next_hop; /* ASKED: the address */
} cases[] = {
	{"LAN host", DP_LAN, TEST_IP(192, 168, 0, 20), TEST_IP(192, 168, 0, 20), .way = SENT},
	{"LAN host that is not known", DP_LAN, TEST_IP(192, 168, 0, 20), TEST_IP(192, 168, 0, 21),
		.way = ASKED, .next_hop = TEST_IP(192, 168, 0, 20)},
	{"elsewhere by the LAN", DP_LAN, TEST_IP(203, 0, 113, 7), TEST_IP(192, 168, 0, 7),
		.way = DROPPED, .reason = DROP_NO_ROUTE},
	{"WAN host", DP_WAN, TEST_IP(10, 0, 0, 1), TEST_IP(10, 0, 0, 1), .way = SENT},
	{"by the gateway", DP_WAN, TEST_IP(203, 0, 113, 7), TEST_WAN_GATEWAY, .way = SENT},
	{"by a gateway that is not known", DP_WAN, TEST_IP(203, 0, 113, 7), TEST_IP(10, 0, 0, 7),
		.way = ASKED, .next_hop = TEST_WAN_GATEWAY},
	{"whole MTU", DP_WAN, TEST_IP(10, 0, 0, 1), TEST_IP(10, 0, 0, 1), .len = TEST_MTU,
		.way = SENT},
	{"beyond the MTU with DF", DP_WAN, TEST_IP(10, 0, 0, 1), TEST_IP(10, 0, 0, 1),
		.len = TEST_MTU + 1, .df = true, .way = DROPPED, .reason = DROP_TOO_BIG},
	{"beyond the MTU, by a gateway that is not known", DP_WAN, TEST_IP(203, 0, 113, 7), 0,
		.len = TEST_MTU + 1, .way = ASKED, .next_hop = TEST_WAN_GATEWAY},
};

static void
out(struct worker *w, enum dp_port port)
{
	if (port == DP_LAN)
		lan_out(w);
	else
		wan_out(w);
	push_flush(w);
}

static void
check_frame(const struct rte_mbuf *m, const struct worker *w, enum dp_port port,
	const uint8_t *packet, size_t len)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);

	assert_non_null(m);
	assert_memory_equal(eth->dst_addr.addr_bytes, host_mac, 6);
	assert_memory_equal(eth->src_addr.addr_bytes, w->net[port].mac, 6);
	assert_int_equal(eth->ether_type, RTE_BE16(RTE_ETHER_TYPE_IPV4));
	assert_int_equal(m->data_len, sizeof(*eth) + len);
	assert_memory_equal(eth + 1, packet, len);
}

static void
each_packet_finds_its_next_hop(void **state)
{
	static const uint8_t payload[TEST_MTU];
	uint8_t packet[TEST_MTU + 1];

	(void)state;
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		struct worker *w = test_worker();
		enum dp_port port = cases[i].port;
		enum lane_id lane = port == DP_LAN ? LANE_TO_LAN : LANE_TO_WAN;
		size_t len = test_ipv4(packet, TEST_WAN_ADDR, cases[i].dst, IPPROTO_ICMP, payload,
			(cases[i].len ? cases[i].len : 28) - 20u);
		struct rte_mbuf *got = NULL;

		print_message("%s\n", cases[i].name);
		if (cases[i].df)
			packet[6] = RTE_IPV4_HDR_DF_FLAG >> 8;
		test_neigh_set(w, port, cases[i].known, neigh_word(host_mac));
		test_put(w, lane, packet, len, NULL);
		out(w, port);
		assert_int_equal(w->lane[lane].n, 0);
		switch (cases[i].way) {
		case SENT:
			got = test_sent(w, port);
			check_frame(got, w, port, packet, len);
			break;
		case ASKED:
			got = test_punted(w);
			assert_non_null(got);
			assert_int_equal(pkt_meta(got)->reason, PUNT_NEIGH);
			assert_int_equal(pkt_meta(got)->net, port);
			assert_int_equal(pkt_meta(got)->next_hop, cases[i].next_hop);
			assert_int_equal(got->data_len, len);
			break;
		case DROPPED:
			assert_int_equal(w->drop[cases[i].reason], 1);
		}
		assert_int_equal(test_drops(w), cases[i].way == DROPPED ? 1 : 0);
		rte_pktmbuf_free(got);
		test_worker_free(w);
	}
}

/* Large packets between others and raw frames: all in order, each fragment a frame. */
static void
packets_beyond_the_mtu_leave_in_fragments(void **state)
{
	static const uint16_t len[] = {100, 3000, 1500, 1501, 60};
	static const uint16_t want[] = {100, 1500, 1500, 40, 1500, 1500, 21, 60, 16};
	struct worker *w = test_worker();
	static uint8_t payload[3000], packet[3000];

	(void)state;
	test_neigh_set(w, DP_LAN, TEST_IP(192, 168, 0, 20), neigh_word(host_mac));
	for (size_t i = 0; i < RTE_DIM(len); i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(w->large);

		test_ipv4(packet, TEST_LAN_ADDR, TEST_IP(192, 168, 0, 20), IPPROTO_ICMP, payload,
			len[i] - 20u);
		memcpy(rte_pktmbuf_append(m, len[i]), packet, len[i]);
		lane_append(&w->lane[LANE_TO_LAN], m, NULL);
	}
	test_put(w, LANE_TO_LAN, "any bytes at all", 16, LANE_FRAME);
	lan_out(w);
	for (size_t i = 0; i < RTE_DIM(want); i++) {
		struct rte_mbuf *got = test_sent(w, DP_LAN);

		assert_non_null(got);
		assert_int_equal(got->data_len, want[i] + (want[i] == 16 ? 0 : 14));
		if (want[i] != 16)
			assert_memory_equal(rte_pktmbuf_mtod(got, void *), host_mac, 6);
		rte_pktmbuf_free(got);
	}
	assert_null(test_sent(w, DP_LAN));
	assert_int_equal(test_drops(w), 0);
	test_worker_free(w);
}

static void
frames_go_as_they_are(void **state)
{
	struct worker *w = test_worker();
	struct rte_mbuf *got;

	(void)state;
	test_put(w, LANE_TO_WAN, "any bytes at all", 16, LANE_FRAME);
	wan_out(w);
	got = test_sent(w, DP_WAN);
	assert_non_null(got);
	assert_int_equal(got->data_len, 16);
	assert_memory_equal(rte_pktmbuf_mtod(got, void *), "any bytes at all", 16);
	rte_pktmbuf_free(got);
	test_worker_free(w);
}

/* A worker without a queue hands whole frames to the one that sends for it. */
static void
without_a_queue_frames_are_handed_over(void **state)
{
	struct worker *w = test_worker();
	uint8_t packet[64];
	size_t len = test_ipv4(
		packet, TEST_LAN_ADDR, TEST_IP(192, 168, 0, 20), IPPROTO_ICMP, "12345678", 8);
	struct rte_mbuf *got;

	(void)state;
	w->has_queue[DP_LAN] = false;
	w->tx_worker[DP_LAN] = 1;
	test_neigh_set(w, DP_LAN, TEST_IP(192, 168, 0, 20), neigh_word(host_mac));
	test_put(w, LANE_TO_LAN, packet, len, NULL);
	out(w, DP_LAN);
	assert_null(test_sent(w, DP_LAN));
	got = test_pushed(w, 1, INBOX_TO_LAN);
	check_frame(got, w, DP_LAN, packet, len);
	assert_true(pkt_meta(got)->raw);
	rte_pktmbuf_free(got);
	test_worker_free(w);
}

static void
use_is_marked_once(void **state)
{
	struct worker *w = test_worker();
	rte_be32_t host = TEST_IP(192, 168, 0, 20);
	_Atomic uint64_t *at = neigh_at(&w->net[DP_LAN], host);
	uint64_t word;

	(void)state;
	assert_int_equal(neigh_find(&w->net[DP_LAN], host), 0);
	assert_int_equal(*at, 0);
	test_neigh_set(w, DP_LAN, host, neigh_word(hop_mac));
	word = neigh_find(&w->net[DP_LAN], host);
	assert_memory_equal(&word, hop_mac, 6);
	assert_true(*at & NEIGH_USED);
	word = neigh_find(&w->net[DP_LAN], host);
	assert_memory_equal(&word, hop_mac, 6);
	/* Marked as used, then forgotten: no MAC is left. */
	*at = NEIGH_USED;
	assert_int_equal(neigh_find(&w->net[DP_LAN], host), 0);
	test_worker_free(w);
}

static void
a_full_queue_drops_by_name(void **state)
{
	struct worker *w = test_worker();
	unsigned sent = 0, n = 0;
	struct rte_mbuf *m;

	(void)state;
	/* net_ring sends as many as its ring holds. */
	while (w->drop[DROP_TX_FULL] == 0 && sent < 3000) {
		for (unsigned i = 0; i < BURST; i++)
			test_put(w, LANE_TO_WAN, "frame", 5, LANE_FRAME);
		sent += BURST;
		wan_out(w);
	}
	assert_true(w->drop[DROP_TX_FULL] > 0);
	for (; (m = test_sent(w, DP_WAN)) != NULL; n++)
		rte_pktmbuf_free(m);
	assert_int_equal(n + w->drop[DROP_TX_FULL], sent);
	test_worker_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_packet_finds_its_next_hop),
		cmocka_unit_test(packets_beyond_the_mtu_leave_in_fragments),
		cmocka_unit_test(frames_go_as_they_are),
		cmocka_unit_test(without_a_queue_frames_are_handed_over),
		cmocka_unit_test(use_is_marked_once),
		cmocka_unit_test(a_full_queue_drops_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
