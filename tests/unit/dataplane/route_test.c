/* SPDX-License-Identifier: BSD-3-Clause */
/* Stages route and egress in sequence: where a packet leaves, and with which next hop. */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <rte_ip.h>
#include <cmocka.h>

#include "cksum.h"
#include "fib.h"
#include "route.h"
#include "test_worker.h"

#define HOST       TEST_IP(192, 168, 0, 20)
#define CLIENT     TEST_IP(192, 168, 0, 1)
#define CLIENT_1   TEST_IP(192, 168, 0, 3) /* of worker 1 */
#define ROUTER     TEST_IP(192, 168, 0, 99)
#define WAN_ROUTER TEST_IP(10, 0, 0, 7)

enum end { TO_LAN, TO_WAN, DOWN_HERE, PUSHED, PUNTED, DROPPED };

struct route_case {
	const char *name;
	rte_be32_t dst;
	uint8_t ttl; /* 0: 64 */
	uint16_t fragment;
	uint16_t payload; /* 0: 8 */
	rte_be32_t wan_gateway, lan_gateway;
	bool table; /* with the static routes */
	enum dp_port in;
	enum end end;
	rte_be32_t hop;
	int reason;
};

static const struct route_case cases[] = {
	{"to a neighbour on the WAN", .dst = TEST_IP(10, 0, 0, 1), .in = DP_LAN, .end = TO_WAN,
		.hop = TEST_IP(10, 0, 0, 1)},
	{"a client to the internet", .dst = TEST_IP(203, 0, 113, 7), .in = DP_CLIENT,
		.wan_gateway = TEST_WAN_GATEWAY, .end = TO_WAN, .hop = TEST_WAN_GATEWAY},
	{"a host to the internet", .dst = TEST_IP(203, 0, 113, 7), .in = DP_LAN,
		.wan_gateway = TEST_WAN_GATEWAY, .end = TO_WAN, .hop = TEST_WAN_GATEWAY},
	{"the LAN has a router of its own", .dst = TEST_IP(203, 0, 113, 7), .in = DP_CLIENT,
		.wan_gateway = TEST_WAN_GATEWAY, .lan_gateway = ROUTER, .end = TO_LAN,
		.hop = ROUTER},
	{"no gateway", .dst = TEST_IP(203, 0, 113, 7), .in = DP_LAN, .end = PUNTED,
		.reason = PUNT_NO_ROUTE},
	{"no gateway, for a client", .dst = TEST_IP(203, 0, 113, 7), .in = DP_CLIENT, .end = PUNTED,
		.reason = PUNT_NO_ROUTE},
	{"to loopback", .dst = TEST_IP(127, 0, 0, 1), .in = DP_LAN, .wan_gateway = TEST_WAN_GATEWAY,
		.end = DROPPED, .reason = DROP_NO_ROUTE},
	{"last hop", .dst = TEST_IP(10, 0, 0, 1), .ttl = 1, .in = DP_LAN, .end = PUNTED,
		.reason = PUNT_TTL},
	{"to a host of the LAN", .dst = HOST, .in = DP_WAN, .end = TO_LAN, .hop = HOST},
	{"to a client", .dst = CLIENT, .in = DP_WAN, .end = DOWN_HERE},
	{"to a client of the other worker", .dst = CLIENT_1, .in = DP_WAN, .end = PUSHED},
	{"whole MTU", .dst = TEST_IP(10, 0, 0, 1), .payload = TEST_MTU - 20, .in = DP_LAN,
		.end = TO_WAN, .hop = TEST_IP(10, 0, 0, 1)},
	{"too big, DF", .dst = TEST_IP(10, 0, 0, 1), .payload = TEST_MTU - 19,
		.fragment = RTE_IPV4_HDR_DF_FLAG, .in = DP_CLIENT, .end = PUNTED,
		.reason = PUNT_TOO_BIG},
	{"through us from WAN to WAN", .dst = TEST_IP(203, 0, 113, 7), .in = DP_WAN,
		.wan_gateway = TEST_WAN_GATEWAY, .end = DROPPED, .reason = DROP_WAN_NOT_US},
	{"by a route to the LAN's router", .dst = TEST_IP(172, 16, 1, 1), .table = true,
		.in = DP_CLIENT, .wan_gateway = TEST_WAN_GATEWAY, .end = TO_LAN, .hop = ROUTER},
	{"by a longer route to the WAN's router", .dst = TEST_IP(172, 16, 2, 1), .table = true,
		.in = DP_CLIENT, .wan_gateway = TEST_WAN_GATEWAY, .end = TO_WAN, .hop = WAN_ROUTER},
	{"by one longer than 24 bits", .dst = TEST_IP(172, 16, 2, 200), .table = true, .in = DP_LAN,
		.end = TO_LAN, .hop = ROUTER},
	{"by a route to one host", .dst = TEST_IP(172, 16, 2, 201), .table = true, .in = DP_LAN,
		.end = TO_WAN, .hop = TEST_IP(10, 0, 0, 8)},
	{"beside all routes, by the gateway", .dst = TEST_IP(203, 0, 113, 7), .table = true,
		.in = DP_LAN, .wan_gateway = TEST_WAN_GATEWAY, .end = TO_WAN,
		.hop = TEST_WAN_GATEWAY},
	{"a neighbour needs no route", .dst = TEST_IP(10, 0, 0, 1), .table = true, .in = DP_LAN,
		.end = TO_WAN, .hop = TEST_IP(10, 0, 0, 1)},
	{"nor does a client", .dst = CLIENT, .table = true, .in = DP_WAN, .end = DOWN_HERE},
	{"into a blackhole", .dst = TEST_IP(172, 17, 1, 1), .table = true, .in = DP_CLIENT,
		.wan_gateway = TEST_WAN_GATEWAY, .end = DROPPED, .reason = DROP_BLACKHOLE},
	{"unreachable", .dst = TEST_IP(172, 18, 1, 1), .table = true, .in = DP_CLIENT,
		.wan_gateway = TEST_WAN_GATEWAY, .end = PUNTED, .reason = PUNT_UNREACHABLE},
	{"beside all routes, and no gateway", .dst = TEST_IP(203, 0, 113, 7), .table = true,
		.in = DP_LAN, .end = PUNTED, .reason = PUNT_NO_ROUTE},
};

static const struct dp_route routes[] = {
	{{TEST_IP(172, 16, 0, 0), 16}, DP_ROUTE_VIA, DP_LAN, ROUTER},
	{{TEST_IP(172, 16, 2, 0), 24}, DP_ROUTE_VIA, DP_WAN, WAN_ROUTER},
	{{TEST_IP(172, 16, 2, 128), 25}, DP_ROUTE_VIA, DP_LAN, ROUTER},
	{{TEST_IP(172, 16, 2, 201), 32}, DP_ROUTE_VIA, DP_WAN, TEST_IP(10, 0, 0, 8)},
	{{TEST_IP(172, 17, 0, 0), 16}, DP_ROUTE_BLACKHOLE, DP_WAN, 0},
	{{TEST_IP(172, 18, 0, 0), 16}, DP_ROUTE_UNREACHABLE, DP_WAN, 0},
};

static size_t
build(const struct route_case *c, uint8_t *packet)
{
	static const uint8_t payload[2000] = "12345678";
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)packet;
	size_t len = test_ipv4(packet, TEST_IP(192, 168, 0, 30), c->dst, IPPROTO_ICMP, payload,
		c->payload ? c->payload : 8);

	if (c->ttl != 0)
		ip->time_to_live = c->ttl;
	ip->fragment_offset = rte_cpu_to_be_16(c->fragment);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	return len;
}

static struct rte_mbuf *
take_out(struct worker *w, enum lane_id lane, rte_be32_t hop)
{
	struct rte_mbuf *m;

	assert_ptr_equal(w->lane[lane].ctx[0], LANE_HOP);
	m = test_take(w, lane);
	assert_int_equal(transit(m)->hop, hop);
	return m;
}

static void
check_punted(const struct route_case *c, struct rte_mbuf *m, uint32_t sid)
{
	assert_non_null(m);
	assert_int_equal(pkt_meta(m)->reason, c->reason);
	assert_int_equal(pkt_meta(m)->net, c->in);
	assert_int_equal(pkt_meta(m)->sid, c->in == DP_CLIENT ? sid : DP_SID_NONE);
	assert_int_equal(pkt_meta(m)->mtu, c->reason == PUNT_TOO_BIG ? TEST_MTU : 0);
}

static void
run(const struct route_case *c)
{
	struct worker *w = test_worker();
	struct sess s = {.sid = ID_MAKE(0, 0, 1), .client = CLIENT, .net = DP_LAN};
	struct rte_mbuf *m, *got = NULL;
	uint8_t packet[2000];
	size_t len = build(c, packet);
	struct fib *fib = NULL;

	print_message("%s\n", c->name);
	w->net[DP_WAN].gateway = c->wan_gateway;
	w->net[DP_LAN].gateway = c->lan_gateway;
	if (c->table)
		assert_int_equal(fib_new(routes, RTE_DIM(routes), &fib), 0);
	w->fib = fib;
	test_sess_set(w, 1, &s);
	test_lease_set(w, CLIENT, s.sid);
	test_lease_set(w, CLIENT_1, ID_MAKE(0, 1, 1));
	m = test_mbuf(w, packet, len);
	route_append(w, m, c->in, c->in == DP_CLIENT ? &s : NULL);
	route(w);
	egress(w);
	push_flush(w);
	switch (c->end) {
	case TO_LAN:
		got = take_out(w, LANE_TO_LAN, c->hop);
		break;
	case TO_WAN:
		got = take_out(w, LANE_TO_WAN, c->hop);
		break;
	case DOWN_HERE:
		assert_ptr_equal(w->lane[LANE_DOWN].ctx[0], &s);
		got = test_take(w, LANE_DOWN);
		break;
	case PUSHED:
		got = test_pushed(w, 1, INBOX_DOWN);
		assert_non_null(got);
		break;
	case PUNTED:
		got = test_punted(w);
		check_punted(c, got, s.sid);
		assert_memory_equal(rte_pktmbuf_mtod(got, void *), packet, len);
		break;
	case DROPPED:
		assert_int_equal(w->drop[c->reason], 1);
	}
	if (c->end < PUNTED) {
		const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(got, const struct rte_ipv4_hdr *);

		assert_ptr_equal(got, m);
		assert_int_equal(ip->time_to_live, packet[8] - 1);
		assert_int_equal(cksum(ip, sizeof(*ip)), 0);
	}
	assert_int_equal(test_drops(w), c->end == DROPPED ? 1 : 0);
	rte_pktmbuf_free(got);
	w->net[DP_WAN].gateway = TEST_WAN_GATEWAY;
	w->net[DP_LAN].gateway = 0;
	test_worker_free(w);
	fib_free(fib);
}

static void
each_packet_goes_its_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(cases); i++)
		run(&cases[i]);
}

/* More packets than one lookup takes: each gets its own result. */
static void
a_full_lane_is_routed(void **state)
{
	struct worker *w = test_worker();
	const struct route_case c = {.in = DP_LAN, .table = true};
	struct fib *fib;
	struct rte_mbuf *m;

	(void)state;
	assert_int_equal(fib_new(routes, RTE_DIM(routes), &fib), 0);
	w->fib = fib;
	for (unsigned i = 0; i < LANE_MAX; i++) {
		struct route_case one = c;
		uint8_t packet[100];
		size_t len;

		one.dst = i % 3 ? TEST_IP(172, 16, 1, i % 200) : TEST_IP(172, 16, 2, i % 100);
		len = build(&one, packet);
		route_append(w, test_mbuf(w, packet, len), DP_LAN, NULL);
	}
	route(w);
	assert_int_equal(w->lane[LANE_ROUTE].n, LANE_MAX);
	for (unsigned i = 0; i < LANE_MAX; i++) {
		m = w->lane[LANE_ROUTE].pkt[i];
		assert_int_equal(transit(m)->out, i % 3 ? DP_LAN : DP_WAN);
		assert_int_equal(transit(m)->hop, i % 3 ? ROUTER : WAN_ROUTER);
		rte_pktmbuf_free(m);
	}
	w->lane[LANE_ROUTE].n = 0;
	test_worker_free(w);
	fib_free(fib);
}

/* What the gateway sends by a port stays on it and takes its routes. */
static void
our_own_packets_take_the_routes_of_their_port(void **state)
{
	struct worker *w = test_worker();
	struct fib *fib;

	(void)state;
	assert_int_equal(route_hop(w, DP_WAN, TEST_IP(172, 16, 2, 1)), TEST_WAN_GATEWAY);
	assert_int_equal(fib_new(routes, RTE_DIM(routes), &fib), 0);
	w->fib = fib;
	assert_int_equal(route_hop(w, DP_WAN, TEST_IP(172, 16, 2, 1)), WAN_ROUTER);
	assert_int_equal(route_hop(w, DP_WAN, TEST_IP(172, 16, 1, 1)), TEST_WAN_GATEWAY);
	assert_int_equal(route_hop(w, DP_WAN, TEST_IP(203, 0, 113, 1)), TEST_WAN_GATEWAY);
	assert_int_equal(route_hop(w, DP_WAN, TEST_IP(10, 0, 0, 9)), TEST_IP(10, 0, 0, 9));
	assert_int_equal(route_hop(w, DP_LAN, TEST_IP(172, 16, 1, 1)), ROUTER);
	assert_int_equal(route_hop(w, DP_LAN, TEST_IP(172, 16, 2, 1)), 0);
	test_worker_free(w);
	fib_free(fib);
}

/* RFC 3704: 2.2 strict, 2.4 loose. */
static void
sources_are_checked_by_the_route_back(void **state)
{
	static const struct {
		rte_be32_t src, lan_gateway;
		enum dp_port port;
		bool strict, loose;
	} sources[] = {
		{TEST_IP(172, 16, 1, 1), 0, DP_LAN, true, true},
		{TEST_IP(172, 16, 2, 1), 0, DP_LAN, false, true},
		{TEST_IP(172, 17, 1, 1), 0, DP_LAN, false, false},
		{TEST_IP(10, 0, 0, 1), 0, DP_LAN, false, true},
		{TEST_IP(203, 0, 113, 1), 0, DP_LAN, false, true},
		{TEST_IP(203, 0, 113, 1), ROUTER, DP_LAN, true, true},
		{TEST_IP(203, 0, 113, 1), 0, DP_WAN, true, true},
		{TEST_IP(203, 0, 113, 1), ROUTER, DP_WAN, false, true},
		{TEST_IP(172, 16, 1, 1), 0, DP_WAN, false, true},
		{CLIENT, 0, DP_WAN, false, true},
		{HOST, 0, DP_WAN, false, true},
	};
	struct worker *w = test_worker();
	struct fib *fib;

	(void)state;
	test_lease_set(w, CLIENT, 1);
	assert_int_equal(fib_new(routes, RTE_DIM(routes), &fib), 0);
	w->fib = fib;
	for (size_t i = 0; i < RTE_DIM(sources); i++) {
		uint8_t *check = &w->net[sources[i].port].source_check;

		w->net[DP_LAN].gateway = sources[i].lan_gateway;
		*check = DP_SOURCE_STRICT;
		assert_int_equal(
			route_source_check(w, sources[i].port, sources[i].src), sources[i].strict);
		*check = DP_SOURCE_LOOSE;
		assert_int_equal(
			route_source_check(w, sources[i].port, sources[i].src), sources[i].loose);
		*check = DP_SOURCE_OFF;
		assert_true(route_source_check(w, sources[i].port, sources[i].src));
	}
	test_worker_free(w);
	fib_free(fib);
}

static void
too_many_routes_are_refused(void **state)
{
	static struct dp_route many[DP_ROUTES_MAX + 1];
	struct fib *fib;

	(void)state;
	test_worker_free(test_worker());
	for (unsigned i = 0; i < RTE_DIM(many); i++)
		many[i] = (struct dp_route){
			{TEST_IP(172, 16, 1, i), 32}, DP_ROUTE_VIA, DP_LAN, ROUTER};
	assert_int_equal(fib_new(many, RTE_DIM(many), &fib), -EINVAL);
	assert_int_equal(fib_new(many, 0, &fib), 0);
	assert_null(fib);
	assert_int_equal(fib_new(many, DP_ROUTES_MAX, &fib), 0);
	for (unsigned i = 0; i < DP_ROUTES_MAX; i++)
		assert_int_equal(fib_find_one(fib, many[i].to.addr)->kind, DP_ROUTE_VIA);
	assert_int_equal(fib_find_one(fib, TEST_IP(172, 16, 1, 200))->kind, DP_ROUTE_NONE);
	fib_free(fib);
	fib_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_packet_goes_its_way),
		cmocka_unit_test(a_full_lane_is_routed),
		cmocka_unit_test(our_own_packets_take_the_routes_of_their_port),
		cmocka_unit_test(sources_are_checked_by_the_route_back),
		cmocka_unit_test(too_many_routes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
