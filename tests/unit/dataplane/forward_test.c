/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <rte_ip.h>
#include <cmocka.h>

#include "cksum.h"
#include "test_worker.h"
#include "transit.h"

#define HOST     TEST_IP(192, 168, 0, 20)
#define CLIENT   TEST_IP(192, 168, 0, 1) /* the sender */
#define CLIENT_0 TEST_IP(192, 168, 0, 2) /* another client of worker 0 */
#define CLIENT_1 TEST_IP(192, 168, 0, 3) /* of worker 1 */

enum way { TO_LAN, DOWN_HERE, PUSHED, ROUTED, PUNTED, DROPPED };

struct forward_case {
	const char *name;
	rte_be32_t src; /* 0: CLIENT */
	rte_be32_t dst;
	uint8_t ttl; /* 0: 64 */
	uint16_t fragment;
	uint16_t payload; /* bytes; 0: 8 */
	void (*spoil)(struct rte_mbuf *m);
	bool no_lease; /* the session has no address yet */
	enum way way;
	int reason;
};

static struct rte_ipv4_hdr *
ip_of(struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
}

static void
bad_cksum(struct rte_mbuf *m)
{
	ip_of(m)->hdr_checksum ^= 0x100;
	/* The NIC has checked the outer header. */
	m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD;
}

static void
outer_cksum_was_bad(struct rte_mbuf *m)
{
	m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_BAD;
}

static void
with_options(struct rte_mbuf *m)
{
	ip_of(m)->version_ihl = 0x46;
}

static void
version_6(struct rte_mbuf *m)
{
	ip_of(m)->version_ihl = 0x60;
}

static void
cut_one(struct rte_mbuf *m)
{
	rte_pktmbuf_trim(m, 1);
}

static void
cut_to_19(struct rte_mbuf *m)
{
	rte_pktmbuf_trim(m, (uint16_t)(m->data_len - 19));
}

static void
cut_to_nothing(struct rte_mbuf *m)
{
	rte_pktmbuf_trim(m, m->data_len);
}

static void
padded(struct rte_mbuf *m)
{
	memset(rte_pktmbuf_append(m, 5), 0, 5);
}

static const struct forward_case cases[] = {
	{"to a host of the LAN", .dst = HOST, .way = TO_LAN},
	{"with PPP padding behind", .dst = HOST, .spoil = padded, .way = TO_LAN},
	{"outer header was wrong for the NIC", .dst = HOST, .spoil = outer_cksum_was_bad,
		.way = TO_LAN},
	{"a fragment to a host", .dst = HOST, .fragment = 185, .way = TO_LAN},
	{"whole MTU", .dst = HOST, .payload = TEST_MTU - 20, .way = TO_LAN},
	{"beyond the LAN's MTU", .dst = HOST, .payload = TEST_MTU - 19, .way = TO_LAN},
	{"beyond the LAN's MTU with DF", .dst = HOST, .payload = TEST_MTU - 19,
		.fragment = RTE_IPV4_HDR_DF_FLAG, .way = PUNTED, .reason = PUNT_TOO_BIG},
	{"to another client", .dst = CLIENT_0, .way = DOWN_HERE},
	{"to a client of the other worker", .dst = CLIENT_1, .way = PUSHED},
	{"to our LAN address", .dst = TEST_LAN_ADDR, .ttl = 1, .way = PUNTED, .reason = PUNT_SELF},
	{"to our WAN address", .dst = TEST_WAN_ADDR, .way = PUNTED, .reason = PUNT_SELF},
	{"hop limit reached, to the LAN", .dst = HOST, .ttl = 1, .way = PUNTED, .reason = PUNT_TTL},
	{"hop limit reached, to a client", .dst = CLIENT_1, .ttl = 1, .way = PUNTED,
		.reason = PUNT_TTL},
	{"limited broadcast", .dst = 0xffffffff, .way = PUNTED, .reason = PUNT_BROADCAST},
	{"directed broadcast", .dst = TEST_IP(192, 168, 0, 255), .way = PUNTED,
		.reason = PUNT_BROADCAST},
	{"multicast", .dst = TEST_IP(239, 255, 255, 250), .way = PUNTED, .reason = PUNT_BROADCAST},
	{"to the internet", .dst = TEST_IP(203, 0, 113, 7), .way = ROUTED},
	{"to the WAN's network", .dst = TEST_IP(10, 0, 0, 1), .way = ROUTED},
	{"with another client's source", .src = CLIENT_0, .dst = HOST, .way = DROPPED,
		.reason = DROP_SPOOF},
	{"with a host's source, to us", .src = HOST, .dst = TEST_LAN_ADDR, .way = DROPPED,
		.reason = DROP_SPOOF},
	{"with our source", .src = TEST_LAN_ADDR, .dst = HOST, .way = DROPPED,
		.reason = DROP_SPOOF},
	{"before it has an address", .dst = HOST, .no_lease = true, .way = DROPPED,
		.reason = DROP_SPOOF},
	{"wrong checksum", .dst = HOST, .spoil = bad_cksum, .way = DROPPED,
		.reason = DROP_INNER_HEADER},
	{"options", .dst = HOST, .spoil = with_options, .way = DROPPED, .reason = DROP_IP_OPTIONS},
	{"version 6", .dst = HOST, .spoil = version_6, .way = DROPPED, .reason = DROP_INNER_HEADER},
	{"shorter than its total length", .dst = HOST, .spoil = cut_one, .way = DROPPED,
		.reason = DROP_INNER_HEADER},
	{"shorter than a header", .dst = HOST, .spoil = cut_to_19, .way = DROPPED,
		.reason = DROP_INNER_HEADER},
	{"nothing", .dst = HOST, .spoil = cut_to_nothing, .way = DROPPED,
		.reason = DROP_INNER_HEADER},
};

static size_t
build(const struct forward_case *c, uint8_t *packet)
{
	static const uint8_t payload[2000] = "12345678";
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)packet;
	size_t len = test_ipv4(packet, c->src ? c->src : CLIENT, c->dst, IPPROTO_ICMP, payload,
		c->payload ? c->payload : 8);

	if (c->ttl != 0)
		ip->time_to_live = c->ttl;
	ip->fragment_offset = rte_cpu_to_be_16(c->fragment);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	return len;
}

static void
check_forwarded(const struct rte_mbuf *m, const uint8_t *packet, size_t len)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);

	assert_int_equal(m->data_len, len);
	assert_int_equal(ip->time_to_live, packet[8] - 1);
	assert_int_equal(cksum(ip, sizeof(*ip)), 0);
	assert_memory_equal(&ip->src_addr, packet + 12, len - 12);
}

static void
check_punted(const struct rte_mbuf *m, const struct forward_case *c, uint32_t sid)
{
	const struct pkt_meta *meta = pkt_meta((struct rte_mbuf *)(uintptr_t)m);

	assert_non_null(m);
	assert_int_equal(meta->reason, c->reason);
	assert_int_equal(meta->net, DP_CLIENT);
	assert_int_equal(meta->sid, sid);
	assert_int_equal(meta->mtu, c->reason == PUNT_TOO_BIG ? TEST_MTU : 0);
}

static void
run(const struct forward_case *c)
{
	struct worker *w = test_worker();
	struct sess from = {
		.sid = ID_MAKE(0, 0, 1), .client = c->no_lease ? 0 : CLIENT, .net = DP_LAN};
	struct sess to = {.sid = ID_MAKE(0, 0, 2), .client = CLIENT_0, .net = DP_LAN};
	struct rte_mbuf *m, *got = NULL;
	uint8_t packet[2000];
	size_t len = build(c, packet);
	bool counted = c->way != DROPPED;

	print_message("%s\n", c->name);
	test_sess_set(w, 1, &from);
	test_sess_set(w, 2, &to);
	test_lease_set(w, CLIENT, from.sid);
	test_lease_set(w, CLIENT_0, to.sid);
	test_lease_set(w, CLIENT_1, ID_MAKE(0, 1, 1));
	m = test_put(w, LANE_UP, packet, len, &from);
	if (c->spoil != NULL)
		c->spoil(m);
	forward(w);
	push_flush(w);
	switch (c->way) {
	case TO_LAN:
		assert_ptr_equal(w->lane[LANE_TO_LAN].ctx[0], LANE_HOP);
		got = test_take(w, LANE_TO_LAN);
		break;
	case DOWN_HERE:
		assert_ptr_equal(w->lane[LANE_DOWN].ctx[0], &to);
		got = test_take(w, LANE_DOWN);
		break;
	case PUSHED:
		got = test_pushed(w, 1, INBOX_DOWN);
		break;
	case ROUTED:
		assert_ptr_equal(w->lane[LANE_ROUTE].ctx[0], &from);
		got = test_take(w, LANE_ROUTE);
		assert_int_equal(transit(got)->in, DP_CLIENT);
		assert_memory_equal(rte_pktmbuf_mtod(got, void *), packet, len);
		break;
	case PUNTED:
		got = test_punted(w);
		check_punted(got, c, from.sid);
		break;
	case DROPPED:
		assert_int_equal(w->drop[c->reason], 1);
	}
	if (c->way < PUNTED)
		assert_ptr_equal(got, m);
	if (c->way < ROUTED) {
		check_forwarded(got, packet, len);
	}
	assert_int_equal(test_drops(w), c->way == DROPPED ? 1 : 0);
	assert_int_equal(from.up_packets, counted ? 1 : 0);
	assert_int_equal(from.up_bytes, counted ? len : 0);
	rte_pktmbuf_free(got);
	test_worker_free(w);
}

static void
each_packet_goes_its_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(cases); i++)
		run(&cases[i]);
}

/* From 0.0.0.0, which is also the address of a session without a lease. */
static void
no_address_is_not_an_address(void **state)
{
	struct worker *w = test_worker();
	struct sess s = {.sid = ID_MAKE(0, 0, 1), .net = DP_LAN};
	uint8_t packet[64];
	size_t len = test_ipv4(packet, 0, HOST, IPPROTO_ICMP, "12345678", 8);

	(void)state;
	test_put(w, LANE_UP, packet, len, &s);
	forward(w);
	assert_int_equal(w->drop[DROP_SPOOF], 1);
	assert_int_equal(s.up_packets, 0);
	test_worker_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_packet_goes_its_way),
		cmocka_unit_test(no_address_is_not_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
