/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow table: which packets belong together, how flows begin and end, what a full table does.
 */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <rte_common.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <cmocka.h>

#include "dp.h"
#include "track.h"

#define IP(a, b, c, d) RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define CLIENT         IP(192, 168, 0, 1)
#define HOST           IP(192, 168, 0, 20)
#define ROUTER         IP(192, 168, 0, 99)

static const uint64_t secret[2] = {0x123456789abcdef, 0xfedcba987654321};

static const uint32_t timeouts[TRACK_STATES] = {
	[TRACK_ONE_WAY] = 30,
	[TRACK_BOTH_WAYS] = 300,
	[TRACK_TCP_OPENING] = 20,
	[TRACK_TCP_OPEN] = 7440,
	[TRACK_TCP_CLOSING] = 240,
	[TRACK_TCP_CLOSED] = 10,
};

struct say {
	rte_be32_t src, dst;
	uint8_t protocol;
	uint16_t sport, dport; /* ICMP: type, identifier */
	uint8_t flags; /* of TCP */
	uint16_t place, id;
};

/*
 * Writes the packet into a block of its own size, so that a read beyond it is detected; the caller
 * frees it.
 */
static uint8_t *
build(const struct say *s, size_t cut, size_t *len)
{
	uint8_t p[64] = {0};
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)p;
	uint8_t *l4 = (uint8_t *)(ip + 1), *exact;

	*ip = (struct rte_ipv4_hdr){.version_ihl = RTE_IPV4_VHL_DEF,
		.src_addr = s->src,
		.dst_addr = s->dst,
		.next_proto_id = s->protocol,
		.packet_id = rte_cpu_to_be_16(s->id),
		.fragment_offset = rte_cpu_to_be_16(s->place)};
	if (s->protocol == IPPROTO_ICMP) {
		l4[0] = (uint8_t)s->sport;
		l4[4] = (uint8_t)(s->dport >> 8);
		l4[5] = (uint8_t)s->dport;
	} else {
		l4[0] = (uint8_t)(s->sport >> 8);
		l4[1] = (uint8_t)s->sport;
		l4[2] = (uint8_t)(s->dport >> 8);
		l4[3] = (uint8_t)s->dport;
		l4[13] = s->flags;
	}
	*len = 60 - cut;
	exact = malloc(*len);
	assert_non_null(exact);
	memcpy(exact, p, *len);
	return exact;
}

static bool
read_as(const struct say *s, size_t cut, uint8_t in, uint8_t out, struct track_packet *to)
{
	size_t len;
	uint8_t *p = build(s, cut, &len);
	bool good = track_read(p, len, in, out, to);

	free(p);
	return good;
}

static struct track *
table(uint32_t size)
{
	struct track *t = track_new(size, secret);

	assert_non_null(t);
	memcpy(t->timeout_s, timeouts, sizeof(timeouts));
	return t;
}

/*
 * Passes a packet of the client to the host, or back, through the table; returns the state of its
 * flow.
 */
static int
pass(struct track *t, const struct say *s, bool back, uint32_t now)
{
	struct track_packet p;
	struct track_flow *f;
	uint32_t hash;

	assert_true(read_as(s, 0, back ? DP_ZONE_LAN : DP_ZONE_CLIENT,
		back ? DP_ZONE_CLIENT : DP_ZONE_LAN, &p));
	hash = track_hash(t, &p.key);
	f = track_find(t, &p.key, hash, now);
	if (f == NULL)
		f = track_add(t, &p, hash, now);
	if (f == NULL)
		return -1;
	track_touch(f, &p, now);
	return f->state;
}

static void
both_directions_are_one_flow(void **state)
{
	const struct say up = {CLIENT, HOST, IPPROTO_UDP, 1000, 53};
	const struct say down = {HOST, CLIENT, IPPROTO_UDP, 53, 1000};
	struct track_packet a, b, c;

	(void)state;
	assert_true(read_as(&up, 0, DP_ZONE_CLIENT, DP_ZONE_LAN, &a));
	assert_true(read_as(&down, 0, DP_ZONE_LAN, DP_ZONE_CLIENT, &b));
	assert_memory_equal(&a.key, &b.key, sizeof(a.key));
	assert_int_not_equal(a.from, b.from);
	assert_int_equal(a.src_port, RTE_BE16(1000));
	/* A packet with the host's address from another zone is not the host's. */
	assert_true(read_as(&down, 0, DP_ZONE_WAN, DP_ZONE_CLIENT, &c));
	assert_memory_not_equal(&a.key, &c.key, sizeof(a.key));
}

static void
truncated_packets_are_refused(void **state)
{
	const struct say tcp = {CLIENT, HOST, IPPROTO_TCP, 1000, 80, RTE_TCP_SYN_FLAG};
	const struct say udp = {CLIENT, HOST, IPPROTO_UDP, 1000, 53};
	const struct say icmp = {CLIENT, HOST, IPPROTO_ICMP, 8, 7};
	struct track_packet p;

	(void)state;
	for (size_t len = 20; len <= 60; len++) {
		assert_int_equal(
			read_as(&tcp, 60 - len, DP_ZONE_CLIENT, DP_ZONE_LAN, &p), len >= 40);
		assert_int_equal(
			read_as(&udp, 60 - len, DP_ZONE_CLIENT, DP_ZONE_LAN, &p), len >= 24);
		assert_int_equal(
			read_as(&icmp, 60 - len, DP_ZONE_CLIENT, DP_ZONE_LAN, &p), len >= 28);
	}
}

/* Reads an error from `from` to `to` that quotes `quoted` bytes of the packet. */
static bool
read_error(rte_be32_t from, rte_be32_t to, const struct say *quote, size_t quoted, uint8_t in,
	uint8_t out, struct track_packet *p)
{
	uint8_t packet[128] = {0}, *inner, *exact;
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)packet;
	size_t len;
	bool good;

	*ip = (struct rte_ipv4_hdr){.version_ihl = RTE_IPV4_VHL_DEF,
		.src_addr = from,
		.dst_addr = to,
		.next_proto_id = IPPROTO_ICMP};
	packet[20] = 3;
	packet[21] = 1;
	inner = build(quote, 0, &len);
	memcpy(packet + 28, inner, RTE_MIN(len, quoted));
	free(inner);
	exact = malloc(28 + quoted);
	assert_non_null(exact);
	memcpy(exact, packet, 28 + quoted);
	good = track_read(exact, 28 + quoted, in, out, p);
	free(exact);
	return good;
}

static void
errors_belong_to_the_flow_they_quote(void **state)
{
	const struct say up = {CLIENT, HOST, IPPROTO_UDP, 1000, 53};
	const struct say echo = {CLIENT, HOST, IPPROTO_ICMP, 8, 7};
	const struct say error = {CLIENT, HOST, IPPROTO_ICMP, 3, 0};
	const struct say later = {CLIENT, HOST, IPPROTO_UDP, 1000, 53, 0, 185};
	struct track_packet a, e;

	(void)state;
	assert_true(read_as(&up, 0, DP_ZONE_CLIENT, DP_ZONE_LAN, &a));
	assert_true(read_error(ROUTER, CLIENT, &up, 28, DP_ZONE_LAN, DP_ZONE_CLIENT, &e));
	assert_true(e.error);
	assert_memory_equal(&a.key, &e.key, sizeof(a.key));
	assert_true(read_as(&echo, 0, DP_ZONE_CLIENT, DP_ZONE_LAN, &a));
	assert_true(read_error(HOST, CLIENT, &echo, 28, DP_ZONE_LAN, DP_ZONE_CLIENT, &e));
	assert_memory_equal(&a.key, &e.key, sizeof(a.key));
	/*
	 * Not about a packet of its destination, about an error or a later fragment, or with too
	 * little quoted.
	 */
	assert_false(read_error(ROUTER, ROUTER, &up, 28, DP_ZONE_LAN, DP_ZONE_CLIENT, &e));
	assert_false(read_error(ROUTER, CLIENT, &error, 28, DP_ZONE_LAN, DP_ZONE_CLIENT, &e));
	assert_false(read_error(ROUTER, CLIENT, &later, 28, DP_ZONE_LAN, DP_ZONE_CLIENT, &e));
	for (size_t n = 0; n < 28; n++)
		assert_false(read_error(ROUTER, CLIENT, &up, n, DP_ZONE_LAN, DP_ZONE_CLIENT, &e));
}

static void
tcp_opens_and_closes(void **state)
{
	static const struct {
		uint8_t flags;
		bool back;
		int then;
	} steps[] = {
		{RTE_TCP_SYN_FLAG, false, TRACK_TCP_OPENING},
		{RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG, true, TRACK_TCP_OPENING},
		{RTE_TCP_ACK_FLAG, false, TRACK_TCP_OPEN},
		{RTE_TCP_ACK_FLAG, true, TRACK_TCP_OPEN},
		{RTE_TCP_FIN_FLAG | RTE_TCP_ACK_FLAG, true, TRACK_TCP_CLOSING},
		{RTE_TCP_ACK_FLAG, false, TRACK_TCP_CLOSING},
		{RTE_TCP_FIN_FLAG | RTE_TCP_ACK_FLAG, false, TRACK_TCP_CLOSED},
		{RTE_TCP_ACK_FLAG, true, TRACK_TCP_CLOSED},
		{RTE_TCP_SYN_FLAG, false, TRACK_TCP_OPENING}, /* the ports are reused */
		{RTE_TCP_ACK_FLAG, false, TRACK_TCP_OPENING}, /* not answered yet */
		{RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG, true, TRACK_TCP_OPENING},
		{RTE_TCP_ACK_FLAG, false, TRACK_TCP_OPEN},
		{RTE_TCP_RST_FLAG, true, TRACK_TCP_CLOSED},
	};
	struct track *t = table(64);

	(void)state;
	for (size_t i = 0; i < RTE_DIM(steps); i++) {
		struct say up = {CLIENT, HOST, IPPROTO_TCP, 1000, 80, steps[i].flags};
		struct say down = {HOST, CLIENT, IPPROTO_TCP, 80, 1000, steps[i].flags};

		assert_int_equal(
			pass(t, steps[i].back ? &down : &up, steps[i].back, 100), steps[i].then);
		assert_int_equal(t->used, 1);
	}
	track_free(t);
}

static void
flows_end_by_their_timeouts(void **state)
{
	const struct say up = {CLIENT, HOST, IPPROTO_UDP, 1000, 53};
	const struct say down = {HOST, CLIENT, IPPROTO_UDP, 53, 1000};
	struct track *t = table(64);
	struct track_packet p;

	(void)state;
	assert_int_equal(pass(t, &up, false, 100), TRACK_ONE_WAY);
	assert_true(read_as(&up, 0, DP_ZONE_CLIENT, DP_ZONE_LAN, &p));
	assert_non_null(track_find(t, &p.key, track_hash(t, &p.key), 130));
	assert_null(track_find(t, &p.key, track_hash(t, &p.key), 131));
	/* A flow that has timed out begins again, whoever sends first. */
	assert_int_equal(pass(t, &down, true, 131), TRACK_ONE_WAY);
	assert_int_equal(t->used, 1);
	assert_int_equal(pass(t, &up, false, 132), TRACK_BOTH_WAYS);
	track_age(t, 432, 64);
	assert_int_equal(t->used, 1);
	track_age(t, 433, 64);
	assert_int_equal(t->used, 0);
	assert_null(track_find(t, &p.key, track_hash(t, &p.key), 433));
	track_free(t);
}

static void
a_full_table_keeps_answered_flows(void **state)
{
	struct say up = {CLIENT, HOST, IPPROTO_UDP, 0, 53};
	struct say down = {HOST, CLIENT, IPPROTO_UDP, 53, 0};
	struct track *t = table(8);

	(void)state;
	for (uint16_t i = 1; i <= 8; i++) {
		up.sport = i;
		assert_int_equal(pass(t, &up, false, 100 + i), TRACK_ONE_WAY);
		/* All but one are answered. */
		down.dport = i;
		if (i != 5)
			assert_int_equal(pass(t, &down, true, 100 + i), TRACK_BOTH_WAYS);
	}
	up.sport = 9;
	assert_int_equal(pass(t, &up, false, 110), TRACK_ONE_WAY);
	assert_int_equal(t->evicted, 1);
	assert_int_equal(t->used, 8);
	down.dport = 9;
	assert_int_equal(pass(t, &down, true, 110), TRACK_BOTH_WAYS);
	up.sport = 10;
	assert_int_equal(pass(t, &up, false, 110), -1);
	assert_int_equal(t->full, 1);
	/* Timeouts make room. */
	assert_int_equal(pass(t, &up, false, 1000), TRACK_ONE_WAY);
	track_clear(t);
	assert_int_equal(t->used, 0);
	assert_int_equal(pass(t, &up, false, 1000), TRACK_ONE_WAY);
	track_free(t);
}

/* After any number of beginnings and ends, a table of many flows contains what was put in. */
static void
chains_stay_consistent(void **state)
{
	struct say up = {CLIENT, HOST, IPPROTO_UDP, 0, 53};
	struct track *t = table(1000);
	struct track_packet p;

	(void)state;
	for (uint32_t now = 100; now < 400; now++) {
		for (uint16_t k = 0; k < 20; k++) {
			up.sport = (uint16_t)(now * 20 + k);
			assert_int_not_equal(pass(t, &up, false, now), -1);
		}
		track_age(t, now, 50);
		for (uint32_t at = now - RTE_MIN(now - 100, 30u); at <= now; at++) {
			up.sport = (uint16_t)(at * 20);
			assert_true(read_as(&up, 0, DP_ZONE_CLIENT, DP_ZONE_LAN, &p));
			assert_non_null(track_find(t, &p.key, track_hash(t, &p.key), now));
		}
	}
	assert_int_equal(t->full, 0);
	assert_int_equal(t->evicted, 0);
	track_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_are_one_flow),
		cmocka_unit_test(truncated_packets_are_refused),
		cmocka_unit_test(errors_belong_to_the_flow_they_quote),
		cmocka_unit_test(tcp_opens_and_closes),
		cmocka_unit_test(flows_end_by_their_timeouts),
		cmocka_unit_test(a_full_table_keeps_answered_flows),
		cmocka_unit_test(chains_stay_consistent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
