/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <cmocka.h>

#include "cksum.h"
#include "test_worker.h"
#include "transit.h"

#define HOST       TEST_IP(192, 168, 0, 20)
#define CLIENT     TEST_IP(192, 168, 0, 1) /* of worker 0 */
#define CLIENT_1   TEST_IP(192, 168, 0, 2) /* of worker 1 */
#define GONE       TEST_IP(192, 168, 0, 3) /* leased, but the session is retired */
#define NOT_LEASED TEST_IP(192, 168, 0, 4)

static const uint8_t our_mac[6] = {2, 0, 0, 0, 0, 2};
static const uint8_t wan_mac[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t all_macs[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

enum way { DOWN_HERE, PUSHED, ROUTED, PUNTED, DROPPED };

struct lan_case {
	const char *name;
	const uint8_t *mac; /* NULL: ours */
	uint16_t ether_type; /* 0: IPv4 */
	rte_be32_t src; /* 0: HOST */
	rte_be32_t dst;
	uint8_t ttl; /* 0: 64 */
	uint16_t fragment;
	enum way way;
	int reason;
};

static const struct lan_case cases[] = {
	{"to a client", .dst = CLIENT, .way = DOWN_HERE},
	{"to a client, last hop but one", .dst = CLIENT, .ttl = 2, .way = DOWN_HERE},
	{"a fragment to a client", .dst = CLIENT, .fragment = RTE_IPV4_HDR_MF_FLAG,
		.way = DOWN_HERE},
	{"to a client of the other worker", .dst = CLIENT_1, .way = PUSHED},
	{"to a client just gone", .dst = GONE, .way = DROPPED, .reason = DROP_NO_LEASE},
	{"to an address that is not leased", .dst = NOT_LEASED, .way = DROPPED,
		.reason = DROP_NO_LEASE},
	{"hop limit reached", .dst = CLIENT, .ttl = 1, .way = PUNTED, .reason = PUNT_TTL},
	{"to our LAN address", .dst = TEST_LAN_ADDR, .ttl = 1, .way = PUNTED, .reason = PUNT_SELF},
	{"to our WAN address", .dst = TEST_WAN_ADDR, .way = PUNTED, .reason = PUNT_SELF},
	{"ARP", .ether_type = RTE_ETHER_TYPE_ARP, .dst = CLIENT, .way = PUNTED, .reason = PUNT_ARP},
	{"ARP to all", .mac = all_macs, .ether_type = RTE_ETHER_TYPE_ARP, .dst = CLIENT,
		.way = PUNTED, .reason = PUNT_ARP},
	{"to the other port's MAC address", .mac = wan_mac, .dst = CLIENT, .way = DROPPED,
		.reason = DROP_ETHER_OTHER_MAC},
	{"a client's address in a broadcast frame", .mac = all_macs, .dst = CLIENT, .way = DROPPED,
		.reason = DROP_BROADCAST},
	{"directed broadcast", .dst = TEST_IP(192, 168, 0, 255), .way = DROPPED,
		.reason = DROP_BROADCAST},
	{"the network's own address", .dst = TEST_IP(192, 168, 0, 0), .way = DROPPED,
		.reason = DROP_BROADCAST},
	{"limited broadcast", .dst = 0xffffffff, .way = DROPPED, .reason = DROP_BROADCAST},
	{"multicast", .dst = TEST_IP(224, 0, 0, 251), .way = DROPPED, .reason = DROP_BROADCAST},
	{"from behind a router that no route leads to", .src = TEST_IP(172, 16, 0, 1),
		.dst = CLIENT, .way = DROPPED, .reason = DROP_SOURCE_ROUTE},
	{"from the WAN's network", .src = TEST_IP(10, 0, 0, 1), .dst = CLIENT, .way = DROPPED,
		.reason = DROP_SOURCE_ROUTE},
	{"to the internet", .dst = TEST_IP(203, 0, 113, 7), .way = ROUTED},
	{"to the WAN's network", .dst = TEST_IP(10, 0, 0, 1), .way = ROUTED},
	{"loopback", .dst = TEST_IP(127, 0, 0, 1), .way = ROUTED},
	{"from a client's address", .src = CLIENT, .dst = TEST_IP(192, 168, 0, 99), .way = DROPPED,
		.reason = DROP_IP_SOURCE},
	{"from our own address", .src = TEST_LAN_ADDR, .dst = CLIENT, .way = DROPPED,
		.reason = DROP_IP_SOURCE},
	{"from our WAN address", .src = TEST_WAN_ADDR, .dst = CLIENT, .way = DROPPED,
		.reason = DROP_IP_SOURCE},
	{"from multicast", .src = TEST_IP(224, 0, 0, 1), .dst = CLIENT, .way = DROPPED,
		.reason = DROP_IP_SOURCE},
	{"from broadcast", .src = 0xffffffff, .dst = CLIENT, .way = DROPPED,
		.reason = DROP_IP_SOURCE},
	{"from the directed broadcast", .src = TEST_IP(192, 168, 0, 255), .dst = CLIENT,
		.way = DROPPED, .reason = DROP_IP_SOURCE},
	{"from loopback", .src = TEST_IP(127, 0, 0, 1), .dst = CLIENT, .way = DROPPED,
		.reason = DROP_IP_SOURCE},
	{"from network 0, to us", .src = TEST_IP(0, 0, 0, 1), .dst = TEST_LAN_ADDR, .way = DROPPED,
		.reason = DROP_IP_SOURCE},
};

static size_t
build(const struct lan_case *c, uint8_t *frame)
{
	uint8_t packet[64];
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)packet;
	size_t len = test_ipv4(packet, c->src ? c->src : HOST, c->dst, IPPROTO_ICMP, "12345678", 8);

	if (c->ttl != 0)
		ip->time_to_live = c->ttl;
	ip->fragment_offset = rte_cpu_to_be_16(c->fragment);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	return test_ether(frame, c->mac ? c->mac : our_mac,
		c->ether_type ? c->ether_type : RTE_ETHER_TYPE_IPV4, packet, len);
}

/* One hop further, otherwise unchanged. */
static void
check_forwarded(const struct rte_mbuf *m, const uint8_t *frame)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	struct rte_ipv4_hdr was;

	memcpy(&was, frame + sizeof(struct rte_ether_hdr), sizeof(was));
	assert_int_equal(m->data_len, 28);
	assert_int_equal(ip->time_to_live, was.time_to_live - 1);
	assert_int_equal(cksum(ip, sizeof(*ip)), 0);
	was.time_to_live = ip->time_to_live;
	was.hdr_checksum = ip->hdr_checksum;
	assert_memory_equal(ip, &was, sizeof(was));
	assert_memory_equal(ip + 1, "12345678", 8);
}

static void
run(const struct lan_case *c)
{
	struct worker *w = test_worker();
	struct sess s = {.sid = ID_MAKE(0, 0, 1), .client = CLIENT, .net = DP_LAN};
	struct rte_mbuf *got = NULL;
	uint8_t frame[100];
	size_t len = build(c, frame);

	print_message("%s\n", c->name);
	test_sess_set(w, 1, &s);
	test_lease_set(w, CLIENT, ID_MAKE(0, 0, 1));
	test_lease_set(w, CLIENT_1, ID_MAKE(0, 1, 1));
	test_lease_set(w, GONE, ID_MAKE(0, 0, 2));
	test_put(w, LANE_LAN_RX, frame, len, NULL);
	lan_in(w);
	push_flush(w);
	switch (c->way) {
	case DOWN_HERE:
		assert_ptr_equal(w->lane[LANE_DOWN].ctx[0], &s);
		got = test_take(w, LANE_DOWN);
		check_forwarded(got, frame);
		break;
	case PUSHED:
		got = test_pushed(w, 1, INBOX_DOWN);
		assert_non_null(got);
		check_forwarded(got, frame);
		break;
	case ROUTED:
		assert_null(w->lane[LANE_ROUTE].ctx[0]);
		got = test_take(w, LANE_ROUTE);
		assert_int_equal(transit(got)->in, DP_LAN);
		assert_memory_equal(
			rte_pktmbuf_mtod(got, void *), frame + sizeof(struct rte_ether_hdr), 28);
		break;
	case PUNTED:
		got = test_punted(w);
		assert_non_null(got);
		assert_int_equal(pkt_meta(got)->reason, c->reason);
		assert_int_equal(pkt_meta(got)->net, DP_LAN);
		assert_int_equal(pkt_meta(got)->sid, DP_SID_NONE);
		/* Unchanged: control answers about the packet as it was sent. */
		len -= c->reason == PUNT_ARP ? 0 : sizeof(struct rte_ether_hdr);
		assert_int_equal(got->data_len, len);
		assert_memory_equal(rte_pktmbuf_mtod(got, void *),
			frame + (c->reason == PUNT_ARP ? 0 : sizeof(struct rte_ether_hdr)), len);
		break;
	case DROPPED:
		assert_int_equal(w->drop[c->reason], 1);
	}
	assert_int_equal(test_drops(w), c->way == DROPPED ? 1 : 0);
	rte_pktmbuf_free(got);
	test_worker_free(w);
}

static void
each_frame_goes_its_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(cases); i++)
		run(&cases[i]);
}

static void
every_truncation_is_dropped(void **state)
{
	const struct lan_case to_client = {.dst = CLIENT};
	struct worker *w = test_worker();
	uint8_t frame[100];
	size_t len = build(&to_client, frame);

	(void)state;
	for (size_t n = 0; n < len; n++) {
		test_put(w, LANE_LAN_RX, frame, n, NULL);
		lan_in(w);
		assert_int_equal(test_held(w), 0);
	}
	assert_int_equal(test_drops(w), len);
	test_worker_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_frame_goes_its_way),
		cmocka_unit_test(every_truncation_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
