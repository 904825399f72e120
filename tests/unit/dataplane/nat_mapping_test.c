/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mapping, filtering and ports (RFC 4787, RFC 5382), port forwards: what comes out, and with which
 * port.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <rte_udp.h>
#include <cmocka.h>

#include "test_nat.h"

static void
assert_flow(const struct test_flow *got, const struct test_flow *want)
{
	assert_int_equal(got->proto, want->proto);
	assert_int_equal(got->src, want->src);
	assert_int_equal(got->sport, want->sport);
	assert_int_equal(got->dst, want->dst);
	assert_int_equal(got->dport, want->dport);
}

/* Out and back, for each protocol. */
static void
test_there_and_back(void **state)
{
	static const struct test_flow out[] = {
		{IPPROTO_UDP, HOST_A, 5000, PEER_1, 53, 0},
		{IPPROTO_TCP, HOST_A, 5000, PEER_1, 80, SYN},
		{IPPROTO_ICMP, HOST_A, 77, PEER_1, 0, 8},
		{IPPROTO_ICMP, HOST_A, 78, PEER_1, 0, 13},
	};
	struct nat_config c = test_nat_config();
	struct worker *w = test_nat(&c, 1);

	(void)state;
	for (unsigned i = 0; i < RTE_DIM(out); i++) {
		const struct test_flow *o = &out[i];
		bool icmp = o->proto == IPPROTO_ICMP;
		struct test_flow got, want = *o, back;

		want.src = TEST_WAN_ADDR;
		assert_true(test_out(w, o, &got));
		assert_flow(&got, &want);
		back = (struct test_flow){o->proto, PEER_1, icmp ? o->sport : o->dport,
			TEST_WAN_ADDR, o->sport, (uint8_t)(icmp ? o->flags == 8 ? 0 : 14 : ACK)};
		want = back;
		want.dst = HOST_A;
		want.dport = icmp ? 0 : o->sport;
		assert_true(test_in(w, &back, &got));
		assert_flow(&got, &want);
	}
	assert_int_equal(w->nat->stats.opened, RTE_DIM(out));
	test_nat_check(w);
	test_nat_free(w);
}

/*
 * A packet without UDP checksum stays so, and a checksum that becomes 0 is written as all ones (RFC
 * 768).
 */
static void
test_udp_checksum(void **state)
{
	struct nat_config c = test_nat_config();
	struct worker *w = test_nat(&c, 1);
	struct test_flow f = {IPPROTO_UDP, HOST_A, 5000, PEER_1, 53, 0};
	uint8_t p[1700];
	size_t len = test_flow_write(p, &f, 3);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(p + sizeof(struct rte_ipv4_hdr));
	struct rte_mbuf *m;
	unsigned ones = 0;

	(void)state;
	udp->dgram_cksum = 0;
	m = test_out_bytes(w, p, len);
	assert_int_equal(
		rte_pktmbuf_mtod_offset(m, struct rte_udp_hdr *, sizeof(struct rte_ipv4_hdr))
			->dgram_cksum,
		0);
	rte_pktmbuf_free(m);
	for (unsigned v = 0; v <= UINT16_MAX; v++) {
		uint16_t sum;

		test_flow_write(p, &f, 4);
		len = test_flow_write(p, &f, 4);
		memcpy(udp + 1, &v, sizeof(uint16_t));
		udp->dgram_cksum = 0;
		udp->dgram_cksum = rte_ipv4_udptcp_cksum((struct rte_ipv4_hdr *)p, udp);
		m = test_out_bytes(w, p, len);
		test_flow_read(m);
		sum = rte_pktmbuf_mtod_offset(m, struct rte_udp_hdr *, sizeof(struct rte_ipv4_hdr))
			      ->dgram_cksum;
		assert_int_not_equal(sum, 0);
		ones += sum == 0xffff;
		rte_pktmbuf_free(m);
	}
	assert_int_equal(ones, 1);
	test_nat_free(w);
}

/* RFC 4787, REQ-1: whether other remote ends see the same port. */
static void
test_mapping(void **state)
{
	static const struct {
		enum nat_behaviour mapping;
		bool same_for_port, same_for_address;
	} cases[] = {
		{NAT_ENDPOINT_INDEPENDENT, true, true},
		{NAT_ADDRESS_DEPENDENT, true, false},
		{NAT_ADDRESS_AND_PORT_DEPENDENT, false, false},
	};

	(void)state;
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		struct nat_config c = test_nat_config();
		struct worker *w;
		uint16_t port;

		c.mapping = cases[i].mapping;
		w = test_nat(&c, 1);
		port = test_udp_port(w, HOST_A, 5000, PEER_1, 53);
		assert_int_equal(port, 5000);
		assert_int_equal(
			test_udp_port(w, HOST_A, 5000, PEER_1, 54) == port, cases[i].same_for_port);
		assert_int_equal(test_udp_port(w, HOST_A, 5000, PEER_2, 53) == port,
			cases[i].same_for_address);
		/* The same for each packet of a flow. */
		assert_int_equal(test_udp_port(w, HOST_A, 5000, PEER_1, 53), port);
		assert_int_equal(w->nat->stats.sessions, 3);
		assert_int_equal(w->nat->stats.mappings,
			1 + !cases[i].same_for_port + !cases[i].same_for_address);
		test_nat_check(w);
		test_nat_wait(w, 301);
		assert_int_equal(w->nat->stats.sessions, 0);
		assert_int_equal(w->nat->stats.mappings, 0);
		test_nat_free(w);
	}
}

/* RFC 4787, REQ-8, and RFC 5382, REQ-3: which other remote ends may send in. */
static void
test_filtering(void **state)
{
	static const struct {
		enum nat_behaviour filtering;
		bool same_address, anyone;
	} cases[] = {
		{NAT_ENDPOINT_INDEPENDENT, true, true},
		{NAT_ADDRESS_DEPENDENT, true, false},
		{NAT_ADDRESS_AND_PORT_DEPENDENT, false, false},
	};
	static const uint8_t protos[] = {IPPROTO_UDP, IPPROTO_TCP};

	(void)state;
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		for (unsigned k = 0; k < RTE_DIM(protos); k++) {
			struct nat_config c = test_nat_config();
			struct test_flow out = {protos[k], HOST_A, 5000, PEER_1, 53, SYN}, got;
			struct test_flow in = {
				protos[k], PEER_1, 53, TEST_WAN_ADDR, 5000, SYN | ACK};
			struct worker *w;

			c.filtering = cases[i].filtering;
			w = test_nat(&c, 1);
			assert_true(test_out(w, &out, &got));
			assert_true(test_in(w, &in, &got));
			in.flags = SYN;
			in.sport = 99;
			assert_int_equal(test_in(w, &in, &got), cases[i].same_address);
			in.src = PEER_2;
			assert_int_equal(test_in(w, &in, &got), cases[i].anyone);
			assert_int_equal(w->drop[DROP_NAT_FILTERED],
				!cases[i].same_address + !cases[i].anyone);
			/* What does not start a conversation makes no session. */
			in.sport = 100;
			in.flags = ACK;
			if (protos[k] == IPPROTO_TCP)
				assert_false(test_in(w, &in, &got));
			/* To a port without a session. */
			in.dport = 5001;
			in.flags = SYN;
			assert_false(test_in(w, &in, &got));
			assert_int_equal(w->drop[DROP_NAT_NO_SESSION], 1);
			test_nat_check(w);
			test_nat_free(w);
		}
	}
}

/*
 * RFC 4787, REQ-3, REQ-4 and 4.2.2: the port itself if it is free, parity, well-known ports; never
 * the gateway's own.
 */
static void
test_ports(void **state)
{
	static const struct {
		uint8_t proto;
		uint16_t port;
		bool kept;
	} cases[] = {
		{IPPROTO_UDP, 5000, true},
		{IPPROTO_UDP, 53, true},
		{IPPROTO_UDP, 68, false},
		{IPPROTO_UDP, 500, false},
		{IPPROTO_UDP, 1701, false},
		{IPPROTO_UDP, 4500, false},
		{IPPROTO_TCP, 500, true},
		{IPPROTO_TCP, 65535, true},
		{IPPROTO_TCP, 1023, true},
	};
	struct nat_config c = test_nat_config();
	struct worker *w = test_nat(&c, 1);

	(void)state;
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		struct test_flow f = {cases[i].proto, HOST_A, cases[i].port, PEER_1, 80, SYN};
		struct test_flow a, b;

		assert_true(test_out(w, &f, &a));
		assert_int_equal(a.sport == cases[i].port, cases[i].kept);
		f.src = HOST_B;
		assert_true(test_out(w, &f, &b));
		assert_int_not_equal(a.sport, b.sport);
		assert_int_equal(b.sport % 2, cases[i].port % 2);
		assert_int_equal(b.sport < 1024, cases[i].port < 1024);
	}
	test_nat_check(w);
	test_nat_free(w);
}

/* A pool: one address per host while it has ports (RFC 4787, REQ-2), then the others. */
static void
test_pool(void **state)
{
	struct nat_config c = test_nat_config();
	struct test_flow got, f = {IPPROTO_UDP, HOST_A, 5000, PEER_1, 53, 0}, in;
	rte_be32_t addr;
	struct worker *w;

	(void)state;
	c.source[0].to = (struct ip_range){TEST_IP(10, 0, 0, 16), TEST_IP(10, 0, 0, 19)};
	w = test_nat(&c, 1);
	assert_true(nat_is_pool(w, TEST_IP(10, 0, 0, 19)));
	assert_false(nat_is_pool(w, TEST_WAN_ADDR));
	assert_true(test_out(w, &f, &got));
	addr = got.src;
	assert_true(nat_is_pool(w, addr));
	for (uint16_t i = 1; i < 100; i++) {
		f.sport = (uint16_t)(5000 + i);
		assert_true(test_out(w, &f, &got));
		assert_int_equal(got.src, addr);
		assert_int_equal(got.sport, f.sport);
	}
	in = (struct test_flow){IPPROTO_UDP, PEER_1, 53, addr, 5000, 0};
	assert_true(test_in(w, &in, &got));
	assert_int_equal(got.dst, HOST_A);
	memset(w->nat->shared->ports[nat_ext_find(w->nat->shared, addr)].used[NAT_UDP], 0xff,
		sizeof(w->nat->shared->ports[0].used[0]));
	f.sport = 6000;
	assert_true(test_out(w, &f, &got));
	assert_int_not_equal(got.src, addr);
	assert_true(nat_is_pool(w, got.src));
	assert_int_equal(got.sport, 6000);
	test_nat_free(w);
}

/* Traffic without a rule is not translated; protocols that NAT does not support are dropped. */
static void
test_beside(void **state)
{
	struct nat_config c = test_nat_config();
	struct worker *w = test_nat(&c, 1);
	struct test_flow got, f = {IPPROTO_UDP, TEST_IP(172, 16, 0, 1), 5000, PEER_1, 53, 0};
	struct rte_mbuf *m;
	uint8_t p[1700];
	size_t len;

	(void)state;
	assert_true(test_out(w, &f, &got));
	assert_flow(&got, &f);
	f.proto = IPPROTO_GRE;
	assert_true(test_out(w, &f, &got));
	f.src = HOST_A;
	assert_false(test_out(w, &f, &got));
	assert_int_equal(w->drop[DROP_NAT_PROTOCOL], 1);
	f.proto = IPPROTO_ICMP;
	f.flags = 0; /* an answer without a query */
	assert_false(test_out(w, &f, &got));
	assert_int_equal(w->drop[DROP_NAT_PROTOCOL], 2);
	f.proto = IPPROTO_TCP;
	len = test_flow_write(p, &f, 0);
	for (size_t n = sizeof(struct rte_ipv4_hdr); n < len; n++) {
		m = test_out_bytes(w, p, n);
		assert_null(m);
	}
	assert_int_equal(w->drop[DROP_IP_HEADER], len - sizeof(struct rte_ipv4_hdr));
	((struct rte_ipv4_hdr *)p)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_MF_FLAG);
	assert_null(test_out_bytes(w, p, len));
	assert_int_equal(w->drop[DROP_NAT_FRAGMENT], 1);
	assert_int_equal(w->nat->stats.opened, 0);
	test_nat_free(w);
}

static struct nat_config
forwarding(void)
{
	struct nat_config c = test_nat_config();

	c.n_destinations = 3;
	c.destination[0] = (struct nat_destination){.protocols = NAT_TO_TCP,
		.first = 8080,
		.last = 8080,
		.host = HOST_A,
		.host_port = 80};
	c.destination[1] = (struct nat_destination){.protocols = NAT_TO_TCP | NAT_TO_UDP,
		.first = 9000,
		.last = 9010,
		.host = HOST_B,
		.host_port = 7000};
	c.destination[2] = (struct nat_destination){.protocols = NAT_TO_UDP,
		.first = 53,
		.last = 53,
		.host = HOST_B,
		.from = {.n = 1, .net = {{TEST_IP(203, 0, 113, 2), 32}}}};
	return c;
}

static void
test_forwards(void **state)
{
	static const struct {
		uint8_t proto;
		rte_be32_t src;
		uint16_t dport;
		uint8_t flags;
		rte_be32_t host; /* 0: none */
		uint16_t port;
	} cases[] = {
		{IPPROTO_TCP, PEER_1, 8080, SYN, HOST_A, 80},
		{IPPROTO_TCP, PEER_2, 8080, SYN, HOST_A, 80}, {IPPROTO_UDP, PEER_1, 8080, 0, 0, 0},
		{IPPROTO_TCP, PEER_1, 8081, SYN, 0, 0},
		{IPPROTO_TCP, PEER_1, 9000, SYN, HOST_B, 7000},
		{IPPROTO_UDP, PEER_1, 9010, 0, HOST_B, 7010},
		{IPPROTO_TCP, PEER_1, 9001, ACK, 0, 0}, {IPPROTO_UDP, PEER_1, 53, 0, 0, 0},
		{IPPROTO_UDP, PEER_2, 53, 0, HOST_B, 53},
		{IPPROTO_UDP, PEER_1, 53, 0, 0, 0}, /* also when the port is in use */
	};
	struct nat_config c = forwarding();
	struct worker *w = test_nat(&c, 1);

	(void)state;
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		struct test_flow got, in = {cases[i].proto, cases[i].src, 6000, TEST_WAN_ADDR,
					      cases[i].dport, cases[i].flags};
		struct test_flow out = {cases[i].proto, cases[i].host, cases[i].port, cases[i].src,
			6000, SYN | ACK};

		assert_int_equal(test_in(w, &in, &got), cases[i].host != 0);
		if (cases[i].host == 0)
			continue;
		assert_int_equal(got.dst, cases[i].host);
		assert_int_equal(got.dport, cases[i].port);
		assert_int_equal(got.src, cases[i].src);
		assert_true(test_out(w, &out, &got));
		assert_int_equal(got.src, TEST_WAN_ADDR);
		assert_int_equal(got.sport, cases[i].dport);
	}
	assert_int_equal(w->nat->destination[0].sessions, 2);
	test_nat_check(w);
	test_nat_free(w);
}

/* The host of a forwarded port keeps that port when it sends first; no other host gets it. */
static void
test_forward_reversed(void **state)
{
	struct nat_config c = forwarding();
	struct worker *w = test_nat(&c, 1);
	struct test_flow got, in = {IPPROTO_UDP, PEER_1, 53, TEST_WAN_ADDR, 9000, 0};

	(void)state;
	assert_int_equal(test_udp_port(w, HOST_B, 7000, PEER_1, 53), 9000);
	assert_int_not_equal(test_udp_port(w, HOST_A, 9000, PEER_1, 53), 9000);
	assert_true(test_in(w, &in, &got));
	assert_int_equal(got.dst, HOST_B);
	/* When its session has ended, the rule still applies. */
	test_nat_wait(w, 301);
	assert_int_equal(w->nat->stats.sessions, 0);
	assert_int_not_equal(test_udp_port(w, HOST_A, 9000, PEER_1, 53), 9000);
	assert_true(test_in(w, &in, &got));
	assert_int_equal(got.dst, HOST_B);
	test_nat_check(w);
	test_nat_free(w);
}

/* Through nat_out, the worker's own inbox and nat_in. */
static bool
hairpin(struct worker *w, const struct test_flow *f, struct test_flow *got)
{
	uint8_t p[1700];
	size_t len = test_flow_write(p, f, 5);
	struct rte_mbuf *m = test_mbuf(w, p, len);

	if (!nat_hairpin(w, m, DP_LAN, NULL)) {
		rte_pktmbuf_free(m);
		return false;
	}
	nat_out(w);
	push_flush(w);
	m = test_pushed(w, w->id, INBOX_BACK);
	if (m == NULL)
		return false;
	lane_append(&w->lane[LANE_BACK], m, NULL);
	nat_in(w);
	if (w->lane[LANE_ROUTE].n == 0)
		return false;
	m = test_take(w, LANE_ROUTE);
	*got = test_flow_read(m);
	rte_pktmbuf_free(m);
	return true;
}

/*
 * RFC 4787, REQ-9: an inside host reaches another by its external end, and is seen with its own
 * external end.
 */
static void
test_hairpin(void **state)
{
	struct nat_config c = forwarding();
	struct worker *w = test_nat(&c, 1);
	struct test_flow got, to = {IPPROTO_UDP, HOST_B, 6000, TEST_WAN_ADDR, 5000, 0};
	struct test_flow want = {IPPROTO_UDP, TEST_WAN_ADDR, 6000, HOST_A, 5000, 0};
	struct test_flow web = {IPPROTO_TCP, HOST_B, 6001, TEST_WAN_ADDR, 8080, SYN};
	struct test_flow answer;

	(void)state;
	/* No session has the port: the packet is for the gateway itself. */
	assert_false(hairpin(w, &to, &got));
	assert_int_equal(test_udp_port(w, HOST_A, 5000, PEER_1, 53), 5000);
	assert_true(hairpin(w, &to, &got));
	assert_flow(&got, &want);
	answer = (struct test_flow){IPPROTO_UDP, HOST_A, 5000, TEST_WAN_ADDR, 6000, 0};
	want = (struct test_flow){IPPROTO_UDP, TEST_WAN_ADDR, 5000, HOST_B, 6000, 0};
	assert_true(hairpin(w, &answer, &got));
	assert_flow(&got, &want);

	assert_true(hairpin(w, &web, &got));
	assert_int_equal(got.src, TEST_WAN_ADDR);
	assert_int_equal(got.dst, HOST_A);
	assert_int_equal(got.dport, 80);
	answer = (struct test_flow){IPPROTO_TCP, HOST_A, 80, TEST_WAN_ADDR, got.sport, SYN | ACK};
	want = (struct test_flow){IPPROTO_TCP, TEST_WAN_ADDR, 8080, HOST_B, 6001, 0};
	assert_true(hairpin(w, &answer, &got));
	assert_flow(&got, &want);
	/* A host reaches itself as well. */
	to = (struct test_flow){IPPROTO_UDP, HOST_A, 5000, TEST_WAN_ADDR, 5000, 0};
	assert_true(hairpin(w, &to, &got));
	assert_int_equal(got.dst, HOST_A);
	assert_true(w->nat->stats.hairpinned >= 5);
	test_nat_check(w);
	test_nat_free(w);
}

/* The WAN port gets another address: sessions of the old one end, new ones have the new one. */
static void
test_new_address(void **state)
{
	struct nat_config c = test_nat_config();
	struct worker *w = test_nat(&c, 1);
	struct test_flow got, f = {IPPROTO_UDP, HOST_A, 5000, PEER_1, 53, 0};
	struct test_flow in = {IPPROTO_UDP, PEER_1, 53, TEST_IP(10, 0, 0, 77), 5000, 0};

	(void)state;
	assert_true(test_out(w, &f, &got));
	w->net[DP_WAN].addr = TEST_IP(10, 0, 0, 77);
	nat_age(w);
	assert_int_equal(w->nat->stats.sessions, 0);
	assert_false(test_in(w, &in, &got));
	assert_true(test_out(w, &f, &got));
	assert_int_equal(got.src, TEST_IP(10, 0, 0, 77));
	assert_true(test_in(w, &in, &got));
	test_nat_check(w);
	test_nat_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_udp_checksum),
		cmocka_unit_test(test_mapping),
		cmocka_unit_test(test_filtering),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_beside),
		cmocka_unit_test(test_forwards),
		cmocka_unit_test(test_forward_reversed),
		cmocka_unit_test(test_hairpin),
		cmocka_unit_test(test_new_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
