/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long sessions live: TCP states (RFC 5382), idle timeouts, and eviction when everything is
 * taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "test_nat.h"

#define O(flags)            \
	{                   \
		true, flags \
	}
#define I(flags)             \
	{                    \
		false, flags \
	}

/* Segments in order, and the idle timeout after them. */
struct tcp_case {
	const char *name;
	struct {
		bool out;
		uint8_t flags; /* 0 ends the list */
	} said[10];
	uint32_t idle;
};

#define OPENED    7440
#define TRANSIENT 240

static const struct tcp_case tcp_cases[] = {
	{"SYN alone", {O(SYN)}, TRANSIENT},
	{"answered, not acknowledged", {O(SYN), I(SYN | ACK)}, TRANSIENT},
	{"three-way handshake", {O(SYN), I(SYN | ACK), O(ACK)}, OPENED},
	{"simultaneous open (REQ-2)", {O(SYN), I(SYN), O(SYN | ACK), I(SYN | ACK)}, OPENED},
	{"in the middle, as after our restart", {O(ACK), I(ACK)}, OPENED},
	{"in the middle, no answer yet", {O(ACK)}, TRANSIENT},
	{"one end has finished", {O(SYN), I(SYN | ACK), O(ACK), O(FIN | ACK), I(ACK)}, OPENED},
	{"both have", {O(SYN), I(SYN | ACK), O(ACK), O(FIN | ACK), I(FIN | ACK), O(ACK)},
		TRANSIENT},
	{"reset from outside", {O(SYN), I(SYN | ACK), O(ACK), I(RST)}, TRANSIENT},
	{"reset from inside", {O(SYN), I(SYN | ACK), O(ACK), O(RST | ACK)}, TRANSIENT},
	{"refused", {O(SYN), I(RST | ACK)}, TRANSIENT},
	{"the same ports again",
		{O(SYN), I(SYN | ACK), O(ACK), O(FIN | ACK), I(FIN | ACK), O(ACK), O(SYN),
			I(SYN | ACK), O(ACK)},
		OPENED},
	{"the same ports again, half open",
		{O(SYN), I(SYN | ACK), O(ACK), O(RST), O(SYN), I(SYN | ACK)}, TRANSIENT},
	{"an old SYN in an open connection", {O(SYN), I(SYN | ACK), O(ACK), O(SYN)}, OPENED},
};

static void
test_tcp(void **state)
{
	(void)state;
	for (unsigned i = 0; i < RTE_DIM(tcp_cases); i++) {
		const struct tcp_case *t = &tcp_cases[i];
		struct nat_config c = test_nat_config();
		struct worker *w = test_nat(&c, 1);
		struct test_flow got;

		print_message("%s\n", t->name);
		for (unsigned k = 0; k < RTE_DIM(t->said) && t->said[k].flags != 0; k++) {
			struct test_flow out = {IPPROTO_TCP, HOST_A, 5000, PEER_1, 80, 0};
			struct test_flow in = {IPPROTO_TCP, PEER_1, 80, TEST_WAN_ADDR, 5000, 0};

			out.flags = in.flags = t->said[k].flags;
			assert_true(
				t->said[k].out ? test_out(w, &out, &got) : test_in(w, &in, &got));
		}
		test_nat_wait(w, t->idle - 1);
		assert_int_equal(w->nat->stats.sessions, 1);
		test_nat_wait(w, 1);
		assert_int_equal(w->nat->stats.sessions, 0);
		test_nat_check(w);
		test_nat_free(w);
	}
}

/*
 * Packets in either direction keep a session alive; without any it times out, and its port is free
 * again.
 */
static void
test_idle(void **state)
{
	static const struct {
		uint8_t proto, out, in;
		uint32_t idle;
	} cases[] = {
		{IPPROTO_UDP, 0, 0, 300},
		{IPPROTO_ICMP, 8, 0, 60},
		{IPPROTO_TCP, SYN, SYN | ACK, 240},
	};

	(void)state;
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		struct nat_config c = test_nat_config();
		struct worker *w = test_nat(&c, 1);
		bool icmp = cases[i].proto == IPPROTO_ICMP;
		struct test_flow got,
			out = {cases[i].proto, HOST_A, 5000, PEER_1, 53, cases[i].out};
		struct test_flow in = {
			cases[i].proto, PEER_1, icmp ? 5000 : 53, TEST_WAN_ADDR, 5000, cases[i].in};

		assert_true(test_out(w, &out, &got));
		test_nat_wait(w, cases[i].idle - 1);
		assert_true(test_in(w, &in, &got));
		test_nat_wait(w, cases[i].idle - 1);
		assert_true(test_out(w, &out, &got));
		assert_int_equal(w->nat->stats.opened, 1);
		test_nat_wait(w, cases[i].idle);
		assert_int_equal(w->nat->stats.expired, 1);
		assert_false(test_in(w, &in, &got));
		assert_int_equal(w->drop[DROP_NAT_NO_SESSION], 1);
		test_nat_check(w);
		test_nat_free(w);
	}
}

/* Each of many sessions times out when it is due, though some are used again and again. */
static void
test_idle_many(void **state)
{
	struct nat_config c = test_nat_config();
	struct worker *w = test_nat(&c, 1);

	(void)state;
	for (uint16_t i = 0; i < 200; i++) {
		assert_int_equal(
			test_udp_port(w, HOST_A, (uint16_t)(5000 + i), PEER_1, 53), 5000 + i);
		test_nat_wait(w, 1);
		/* The first stays in use. */
		test_udp_port(w, HOST_A, 5000, PEER_1, 53);
	}
	for (unsigned i = 1; i < 200; i++) {
		/* The queue is out of order by up to an eighth of the timeout. */
		test_nat_wait(w, 1);
		test_udp_port(w, HOST_A, 5000, PEER_1, 53);
	}
	test_nat_wait(w, 100 + 300 / 8);
	assert_int_equal(w->nat->stats.sessions, 1);
	test_nat_wait(w, 200);
	assert_int_equal(w->nat->stats.sessions, 0);
	test_nat_check(w);
	test_nat_free(w);
}

/* The table is full: the session that is idle longest makes room, whatever its protocol. */
static void
test_full(void **state)
{
	struct nat_config c = test_nat_config();
	struct test_flow got, in = {IPPROTO_UDP, PEER_1, 53, TEST_WAN_ADDR, 0, 0};
	struct worker *w;

	(void)state;
	c.max_sessions = 16;
	w = test_nat(&c, 1);
	for (uint16_t i = 0; i < 16; i++) {
		assert_int_equal(
			test_udp_port(w, HOST_A, (uint16_t)(5000 + i), PEER_1, 53), 5000 + i);
		w->now_s++;
	}
	/* The two oldest are used; then those that follow them are the oldest. */
	test_udp_port(w, HOST_A, 5000, PEER_1, 53);
	test_udp_port(w, HOST_A, 5001, PEER_1, 53);
	w->now_s++;
	for (uint16_t i = 0; i < 5; i++)
		assert_int_not_equal(test_udp_port(w, HOST_B, (uint16_t)(6000 + i), PEER_1, 53), 0);
	assert_int_equal(w->nat->stats.evicted, 5);
	assert_int_equal(w->nat->stats.sessions, 16);
	for (uint16_t i = 0; i < 16; i++) {
		in.dport = (uint16_t)(5000 + i);
		assert_int_equal(test_in(w, &in, &got), i < 2 || i >= 7);
	}
	test_nat_check(w);
	test_nat_free(w);
}

/* All ports are taken: the oldest session of the protocol makes room, others stay. */
static void
test_no_ports(void **state)
{
	struct nat_config c = test_nat_config();
	struct worker *w = test_nat(&c, 1);
	struct test_flow got, tcp = {IPPROTO_TCP, HOST_A, 5000, PEER_1, 80, SYN};
	uint64_t *used = w->nat->shared->ports[0].used[NAT_UDP];

	(void)state;
	assert_true(test_out(w, &tcp, &got));
	w->now_s++;
	for (uint16_t i = 0; i < 3; i++) {
		assert_int_equal(
			test_udp_port(w, HOST_A, (uint16_t)(5000 + i), PEER_1, 53), 5000 + i);
		w->now_s++;
	}
	memset(used, 0xff, sizeof(w->nat->shared->ports[0].used[0]));
	assert_int_equal(test_udp_port(w, HOST_B, 7000, PEER_1, 53), 5000);
	assert_int_equal(w->nat->stats.evicted_ports, 1);
	assert_int_equal(test_udp_port(w, HOST_B, 7001, PEER_1, 53), 5001);
	assert_int_equal(w->nat->stats.sessions, 4);
	/* TCP has ports of its own. */
	tcp.sport = 5001;
	assert_true(test_out(w, &tcp, &got));
	assert_int_equal(got.sport, 5001);
	test_nat_check(w);
	test_nat_free(w);

	w = test_nat(&c, 1);
	memset(w->nat->shared->ports[0].used[NAT_UDP], 0xff,
		sizeof(w->nat->shared->ports[0].used[0]));
	assert_int_equal(test_udp_port(w, HOST_B, 7000, PEER_1, 53), 0);
	assert_int_equal(w->drop[DROP_NAT_PORTS], 1);
	assert_int_equal(w->nat->stats.out_of_ports, 1);
	test_nat_free(w);
}

/* A flood from outside, to a forwarded port and to one in use, takes nothing from inside hosts. */
static void
test_flood(void **state)
{
	struct nat_config c = test_nat_config();
	struct test_flow got, in = {IPPROTO_TCP, PEER_1, 1, TEST_WAN_ADDR, 80, SYN};
	struct worker *w;

	(void)state;
	c.max_sessions = 64;
	c.n_destinations = 1;
	c.destination[0] = (struct nat_destination){
		.protocols = NAT_TO_TCP, .first = 80, .last = 80, .host = HOST_B};
	w = test_nat(&c, 1);
	for (uint16_t i = 0; i < 50; i++)
		assert_int_equal(
			test_udp_port(w, HOST_A, (uint16_t)(5000 + i), PEER_1, 53), 5000 + i);
	w->now_s++;
	for (unsigned i = 0; i < 10000; i++) {
		in.src = rte_cpu_to_be_32(0x01000000u + i);
		assert_true(test_in(w, &in, &got));
		in.proto = in.proto == IPPROTO_TCP ? IPPROTO_UDP : IPPROTO_TCP;
		in.dport = in.proto == IPPROTO_TCP ? 80 : 5000;
	}
	assert_int_equal(w->nat->stats.sessions, 58);
	for (uint16_t i = 0; i < 50; i++) {
		in = (struct test_flow){
			IPPROTO_UDP, PEER_1, 53, TEST_WAN_ADDR, (uint16_t)(5000 + i), 0};
		assert_true(test_in(w, &in, &got));
	}
	test_nat_check(w);
	test_nat_free(w);
}

static void
test_host_limit(void **state)
{
	struct nat_config c = test_nat_config();
	struct worker *w;

	(void)state;
	c.max_per_host = 3;
	c.n_sources = 1;
	c.source[0].from.net[0] = (struct ip_prefix){TEST_IP(192, 168, 0, 0), 16};
	w = test_nat(&c, 1);
	for (unsigned round = 0; round < 2; round++) {
		for (uint16_t i = 0; i < 4; i++) {
			bool room = i < 3;

			assert_int_equal(
				test_udp_port(w, HOST_A, (uint16_t)(5000 + i), PEER_1, 53) != 0,
				room);
			assert_int_equal(
				test_udp_port(w, HOST_B, (uint16_t)(5000 + i), PEER_1, 53) != 0,
				room);
		}
		assert_int_equal(w->nat->stats.over_host_limit, 2 + 2 * round);
		assert_int_equal(w->drop[DROP_NAT_SESSIONS], 2 + 2 * round);
		test_nat_wait(w, 301);
		assert_int_equal(w->nat->stats.sessions, 0);
	}
	/* Many hosts that come and go. */
	for (unsigned i = 0; i < 5000; i++) {
		rte_be32_t host = rte_cpu_to_be_32(0xc0a80000u + (i * 7919) % 700);

		test_udp_port(w, host, (uint16_t)(1024 + i), PEER_1, 53);
		if (i % 10 == 0)
			test_nat_wait(w, 1);
	}
	test_nat_wait(w, 301);
	for (uint32_t i = 0; i <= w->nat->host_mask; i++)
		assert_int_equal(w->nat->host[i].addr, 0);
	test_nat_free(w);
}

/* Random operations leave the table consistent. */
static void
test_random(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 6; seed++) {
		struct nat_config c = test_nat_config();
		struct worker *w;

		srand(seed);
		c.max_sessions = seed % 2 ? 64 : 700;
		c.mapping = seed % 3;
		c.filtering = (seed + 1) % 3;
		c.max_per_host = seed == 5 ? 90 : 0;
		c.n_destinations = 1;
		c.destination[0] = (struct nat_destination){.protocols = NAT_TO_TCP | NAT_TO_UDP,
			.first = 5005,
			.last = 5009,
			.host = HOST_B,
			.host_port = 5000};
		w = test_nat(&c, 1);
		for (unsigned i = 0; i < 20000; i++) {
			uint8_t proto = rand() % 2 ? IPPROTO_UDP : IPPROTO_TCP;
			rte_be32_t host = rte_cpu_to_be_32(0xc0a80014u + (uint32_t)rand() % 8);
			rte_be32_t peer = rte_cpu_to_be_32(0xcb007101u + (uint32_t)rand() % 5);
			uint16_t port = (uint16_t)(5000 + rand() % 40);
			uint16_t peer_port = (uint16_t)(80 + rand() % 6);
			uint8_t flags = (uint8_t)(rand() % 32);
			struct test_flow got;
			struct test_flow out = {proto, host, port, peer, peer_port, flags};
			struct test_flow in = {proto, peer, peer_port, TEST_WAN_ADDR, port, flags};

			if (rand() % 2)
				test_out(w, &out, &got);
			else
				test_in(w, &in, &got);
			if (rand() % 20 == 0)
				test_nat_wait(w, (unsigned)rand() % 40);
			if (i % 500 == 0)
				test_nat_check(w);
		}
		test_nat_check(w);
		test_nat_wait(w, 9000);
		assert_int_equal(w->nat->stats.sessions, 0);
		for (uint32_t i = 0; i <= w->nat->bucket_mask; i++)
			for (unsigned k = 0; k < NAT_BUCKET_SLOTS; k++)
				assert_int_equal(w->nat->bucket[i].slot[k], 0);
		test_nat_free(w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_idle_many),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_no_ports),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_host_limit),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
