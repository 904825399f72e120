/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Several workers: each port has one owner, and so has each inside host; and the way from port to
 * port.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <rte_ether.h>
#include <cmocka.h>

#include "cksum.h"
#include "neigh.h"
#include "test_nat.h"

/* Each port belongs to exactly one worker, and each worker has one contiguous slice. */
static void
test_slices(void **state)
{
	struct nat_shared s = {0};

	(void)state;
	for (unsigned n = 1; n <= DP_MAX_WORKERS; n++) {
		unsigned last = 0, count[DP_MAX_WORKERS] = {0};

		s.n_workers = n;
		for (unsigned port = 0; port <= UINT16_MAX; port++) {
			unsigned owner = nat_port_slice(&s, rte_cpu_to_be_16((uint16_t)port));

			assert_true(owner < n && (owner == last || owner == last + 1));
			last = owner;
			count[owner]++;
		}
		for (unsigned i = 0; i < n; i++)
			assert_true(count[i] >= 1024 && count[i] <= (64 / n + 1) * 1024);
	}
}

/* The worker that got the packet, by lane or inbox; the other has nothing. */
static unsigned
owner_after(struct worker *w, enum lane_id lane, enum inbox inbox, struct rte_mbuf **m)
{
	push_flush(w);
	*m = test_pushed(w, 1, inbox);
	if (*m != NULL) {
		assert_int_equal(w->lane[lane].n, 0);
		return 1;
	}
	*m = test_take(w, lane);
	return 0;
}

static unsigned
steered_out(struct worker *w, const struct test_flow *f, struct rte_mbuf **m)
{
	uint8_t p[1700];
	size_t len = test_flow_write(p, f, 9);

	*m = test_mbuf(w, p, len);
	*transit(*m) = (struct transit){.in = DP_LAN, .out = DP_WAN, .hop = TEST_WAN_GATEWAY};
	nat_steer_out(w, *m, NULL);
	return owner_after(w, LANE_OUT, INBOX_OUT, m);
}

static unsigned
steered_back(struct worker *w, const struct test_flow *f, struct rte_mbuf **m)
{
	uint8_t p[1700];
	size_t len = test_flow_write(p, f, 9);

	*m = test_mbuf(w, p, len);
	nat_steer_back(w, *m);
	return owner_after(w, LANE_BACK, INBOX_BACK, m);
}

/* Both workers get hosts; all that a host sends belongs to one worker, and answers find it. */
static void
test_hosts(void **state)
{
	struct nat_config c = test_nat_config();
	struct worker *w = test_nat(&c, 2);
	unsigned count[2] = {0};

	(void)state;
	for (unsigned i = 1; i < 200; i++) {
		struct test_flow f = {
			IPPROTO_UDP, rte_cpu_to_be_32(0xc0a80000u + i), 5000, PEER_1, 53, 0};
		struct test_flow back, got;
		struct rte_mbuf *m;
		unsigned owner = steered_out(w, &f, &m);
		struct worker *o = w->workers[owner];

		count[owner]++;
		lane_append(&o->lane[LANE_OUT], m, NULL);
		nat_out(o);
		m = test_take(o, LANE_TO_WAN);
		got = test_flow_read(m);
		rte_pktmbuf_free(m);
		assert_int_equal(
			nat_port_slice(w->nat->shared, rte_cpu_to_be_16(got.sport)), owner);
		f.dst = PEER_2;
		f.dport = 99;
		assert_int_equal(steered_out(w, &f, &m), owner);
		rte_pktmbuf_free(m);
		back = (struct test_flow){IPPROTO_UDP, PEER_1, 53, TEST_WAN_ADDR, got.sport, 0};
		assert_int_equal(steered_back(w, &back, &m), owner);
		lane_append(&o->lane[LANE_BACK], m, NULL);
		nat_in(o);
		m = test_take(o, LANE_ROUTE);
		assert_int_equal(test_flow_read(m).dst, f.src);
		rte_pktmbuf_free(m);
	}
	assert_true(count[0] > 60 && count[1] > 60);
	test_nat_check(w->workers[0]);
	test_nat_check(w->workers[1]);
	test_nat_free(w);
}

/*
 * A client's flows belong to the owner of its session; those of a forwarded port to the port's
 * owner.
 */
static void
test_owners(void **state)
{
	struct nat_config c = test_nat_config();
	struct rte_mbuf *m;
	struct worker *w;

	(void)state;
	c.n_destinations = 5;
	/*
	 * Ports of the other worker's slice that lead to the same ends belong to one worker,
	 * because they share sessions.
	 */
	c.destination[2] = (struct nat_destination){.protocols = NAT_TO_TCP,
		.first = 60001,
		.last = 60001,
		.host = HOST_A,
		.host_port = 80};
	c.destination[3] = (struct nat_destination){
		.protocols = NAT_TO_TCP, .first = 81, .last = 81, .host = HOST_A};
	/* The port of the first rule, for other remote networks. */
	c.destination[4] = (struct nat_destination){
		.protocols = NAT_TO_TCP, .first = 80, .last = 80, .host = HOST_B};
	c.destination[0] = (struct nat_destination){
		.protocols = NAT_TO_TCP, .first = 80, .last = 80, .host = HOST_A};
	c.destination[1] = (struct nat_destination){.protocols = NAT_TO_TCP,
		.first = 60000,
		.last = 60000,
		.host = HOST_A,
		.host_port = 81};
	w = test_nat(&c, 2);
	for (unsigned i = 0; i < 2; i++) {
		struct test_flow client = {
			IPPROTO_UDP, TEST_IP(192, 168, 0, 1), 5000, PEER_1, 53, 0};
		struct test_flow in = {IPPROTO_TCP, PEER_1, 7, TEST_WAN_ADDR, i ? 60000 : 80, SYN};
		struct test_flow out = {IPPROTO_TCP, HOST_A, i ? 81 : 80, PEER_1, 7, SYN | ACK};

		test_lease_set(w, client.src, ID_MAKE(0, i, 1));
		assert_int_equal(steered_out(w, &client, &m), i);
		rte_pktmbuf_free(m);
		assert_int_equal(steered_back(w, &in, &m), i);
		rte_pktmbuf_free(m);
		in.dport = i ? 81 : 60001;
		assert_int_equal(steered_back(w, &in, &m), i);
		rte_pktmbuf_free(m);
		assert_int_equal(steered_out(w, &out, &m), i);
		rte_pktmbuf_free(m);
		out.src = HOST_B;
		out.sport = 80;
		assert_int_equal(steered_out(w, &out, &m), 0);
		rte_pktmbuf_free(m);
	}
	test_nat_free(w);
}

/* A session of the other worker is not looked up here, whoever pushed the packet. */
static void
test_astray(void **state)
{
	struct nat_config c = test_nat_config();
	struct worker *w = test_nat(&c, 2);
	struct test_flow got, out = {IPPROTO_UDP, HOST_A, 50000, PEER_1, 53, 0};
	struct test_flow in = {IPPROTO_UDP, PEER_1, 53, TEST_WAN_ADDR, 50000, 0};

	(void)state;
	assert_true(test_out(w->workers[1], &out, &got));
	assert_int_equal(got.sport, 50000);
	assert_false(test_in(w, &in, &got));
	assert_int_equal(w->drop[DROP_NAT_NO_SESSION], 1);
	assert_true(test_in(w->workers[1], &in, &got));
	test_nat_free(w);
}

/* Frames in, frames out: through all stages of one worker. */
static void
test_ports(void **state)
{
	static const uint8_t host_mac[6] = {2, 0, 0, 0, 0, 0x14},
			     router_mac[6] = {2, 0, 0, 0, 0, 0xfd};
	struct nat_config c = test_nat_config();
	struct worker *w = test_nat(&c, 1);
	struct test_flow got, f = {IPPROTO_UDP, HOST_A, 5000, PEER_1, 53, 0};
	struct test_flow back = {IPPROTO_UDP, PEER_1, 53, TEST_WAN_ADDR, 5000, 0};
	uint8_t p[1700], frame[1800];
	struct rte_mbuf *m;
	size_t len;

	(void)state;
	test_neigh_set(w, DP_WAN, TEST_WAN_GATEWAY, neigh_word(router_mac));
	test_neigh_set(w, DP_LAN, HOST_A, neigh_word(host_mac));
	len = test_flow_write(p, &f, 9);
	len = test_ether(frame, w->net[DP_LAN].mac, RTE_ETHER_TYPE_IPV4, p, len);
	test_put(w, LANE_LAN_RX, frame, len, NULL);
	lan_in(w);
	route(w);
	egress(w);
	nat_out(w);
	wan_out(w);
	m = test_sent(w, DP_WAN);
	assert_non_null(m);
	rte_pktmbuf_adj(m, RTE_ETHER_HDR_LEN);
	got = test_flow_read(m);
	rte_pktmbuf_free(m);
	assert_int_equal(got.src, TEST_WAN_ADDR);
	assert_int_equal(got.sport, 5000);

	len = test_flow_write(p, &back, 9);
	len = test_ether(frame, w->net[DP_WAN].mac, RTE_ETHER_TYPE_IPV4, p, len);
	test_put(w, LANE_WAN_RX, frame, len, NULL);
	wan_in(w);
	nat_in(w);
	route(w);
	egress(w);
	lan_out(w);
	m = test_sent(w, DP_LAN);
	assert_non_null(m);
	rte_pktmbuf_adj(m, RTE_ETHER_HDR_LEN);
	got = test_flow_read(m);
	assert_int_equal(rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *)->time_to_live, 63);
	rte_pktmbuf_free(m);
	assert_int_equal(got.dst, HOST_A);
	assert_int_equal(got.dport, 5000);
	assert_int_equal(test_drops(w), 0);
	test_nat_free(w);
}

/* The gateway's own traffic on the WAN is not NAT's: IKE, ESP, L2TP, echo. */
static void
test_own(void **state)
{
	static const struct {
		struct test_flow f;
		int punt, drop;
	} cases[] = {
		{{IPPROTO_UDP, PEER_1, 500, TEST_WAN_ADDR, 500, 0}, PUNT_IKE, -1},
		{{IPPROTO_UDP, PEER_1, 1701, TEST_WAN_ADDR, 1701, 0}, -1, DROP_L2TP_CLEARTEXT},
		{{IPPROTO_ICMP, PEER_1, 7, TEST_WAN_ADDR, 0, 8}, PUNT_SELF, -1},
		{{IPPROTO_ESP, PEER_1, 0, TEST_WAN_ADDR, 0, 0}, -1, DROP_ESP_SHORT},
		{{IPPROTO_GRE, PEER_1, 0, TEST_WAN_ADDR, 0, 0}, -1, DROP_WAN_PROTOCOL},
		{{IPPROTO_TCP, PEER_1, 7, TEST_WAN_ADDR, 22, SYN}, -1, DROP_NAT_NO_SESSION},
		{{IPPROTO_TCP, PEER_1, 7, TEST_IP(10, 0, 0, 9), 22, SYN}, -1, DROP_WAN_NOT_US},
	};
	struct nat_config c = test_nat_config();
	struct worker *w = test_nat(&c, 1);

	(void)state;
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		uint8_t p[1700], frame[1800];
		size_t len = test_flow_write(p, &cases[i].f, 3);
		struct rte_mbuf *m;

		if (cases[i].drop == DROP_ESP_SHORT) {
			len = 22;
			((struct rte_ipv4_hdr *)p)->total_length = RTE_BE16(22);
			((struct rte_ipv4_hdr *)p)->hdr_checksum = 0;
			((struct rte_ipv4_hdr *)p)->hdr_checksum = cksum(
				p, sizeof(struct rte_ipv4_hdr));
		}
		len = test_ether(frame, w->net[DP_WAN].mac, RTE_ETHER_TYPE_IPV4, p, len);
		test_put(w, LANE_WAN_RX, frame, len, NULL);
		wan_in(w);
		nat_in(w);
		m = test_punted(w);
		assert_int_equal(m != NULL, cases[i].punt >= 0);
		if (m != NULL) {
			assert_int_equal(pkt_meta(m)->reason, cases[i].punt);
			rte_pktmbuf_free(m);
		} else {
			assert_int_equal(w->drop[cases[i].drop], 1);
		}
		assert_int_equal(test_held(w), 0);
	}
	test_nat_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_astray),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
