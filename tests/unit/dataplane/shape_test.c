/* SPDX-License-Identifier: BSD-3-Clause */
/* Rates: what passes in a time, bursts after rest, and that the lane keeps its order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <rte_common.h>
#include <rte_cycles.h>
#include <cmocka.h>

#include "cksum.h"
#include "ipv4_hdr.h"
#include "shape.h"
#include "slab.h"
#include "test_client.h"
#include "test_worker.h"

#define HZ 2500000000ull

/* Bytes that pass when packets of len come every `gap` cycles for a second. */
static uint64_t
passed_in_a_second(struct shaper *s, uint32_t len, uint64_t gap)
{
	uint64_t bytes = 0;

	for (uint64_t now = 10 * HZ; now < 11 * HZ; now += gap)
		if (shaper_pass(s, now, len))
			bytes += len;
	return bytes;
}

static void
rates_are_kept(void **state)
{
	static const uint64_t rates[] = {64000, 4000000, 50000000, 1000000000, 100000000000};
	static const uint32_t lens[] = {64, 576, 1400};
	struct shaper s;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(rates); i++) {
		for (size_t k = 0; k < RTE_DIM(lens); k++) {
			uint64_t per_s = rates[i] / 8, got;
			/* Twice the rate, but no more than a million packets. */
			uint64_t gap = RTE_MAX(HZ * lens[k] / (2 * per_s), HZ / 1000000);
			uint64_t offered = HZ / gap * lens[k];
			uint64_t most = per_s + per_s / 10 + 2 * lens[k];

			shaper_init(&s, rates[i], 100, HZ);
			got = passed_in_a_second(&s, lens[k], gap);
			assert_true(got <= most + most / 100);
			assert_true(got >= RTE_MIN(offered, per_s) * 99 / 100 - lens[k]);
		}
	}
}

static void
no_rate_is_no_limit(void **state)
{
	struct shaper s;

	(void)state;
	shaper_init(&s, 0, 100, HZ);
	for (unsigned i = 0; i < 100000; i++)
		assert_true(shaper_pass(&s, HZ, 1400));
	assert_int_equal(s.dropped, 0);
}

static void
an_idle_session_earns_no_more_than_a_burst(void **state)
{
	struct shaper s;
	unsigned n = 0;

	(void)state;
	shaper_init(&s, 8000000, 100, HZ); /* a byte per microsecond */
	while (shaper_pass(&s, 3600 * HZ, 1000))
		n++;
	assert_in_range(n, 100, 102);
	assert_int_equal(s.dropped, 1);
	/* After the time of one packet there is room for one. */
	assert_true(shaper_pass(&s, 3600 * HZ + 2 * HZ / 1000, 1000));
}

static void
the_lane_keeps_what_passes(void **state)
{
	struct dp_sess fast = {.client = TEST_IP(192, 168, 0, 1)};
	struct dp_sess slow = {
		.client = TEST_IP(192, 168, 0, 2), .rate_down = 64000, .burst_ms = 10};
	struct worker *w = test_worker();
	struct sess *a = sess_new(test_slabs(), &fast, 1), *b = sess_new(test_slabs(), &slow, 2);
	static const uint8_t bytes[1000];
	struct lane *l = &w->lane[LANE_DOWN];
	unsigned n_a = 0;

	(void)state;
	assert_false(a->shaped);
	assert_true(b->shaped);
	w->now_tsc = 100 * rte_get_tsc_hz();
	for (unsigned i = 0; i < 8; i++)
		test_put(w, LANE_DOWN, bytes, sizeof(bytes), i % 2 ? b : a);
	shape(w);
	/* All of one session, and those of the other within its burst. */
	for (unsigned i = 0; i < l->n; i++) {
		n_a += l->ctx[i] == a;
		rte_pktmbuf_free(l->pkt[i]);
	}
	assert_int_equal(n_a, 4);
	assert_int_equal(l->n, 5);
	assert_int_equal(w->drop[DROP_RATE_DOWN], 3);
	assert_int_equal(b->shaper[SESS_DOWN].dropped, 3);
	assert_int_equal(b->shaper[SESS_UP].dropped, 0);
	l->n = 0;
	slab_release(a);
	slab_release(b);
	test_worker_free(w);
}

#define EF   0xb8 /* DSCP 46 (RFC 3246) */
#define AF11 0x28
#define CE   3 /* of ECN (RFC 3168) */

/* A packet for or from the client, with this type of service. */
static size_t
marked(uint8_t *packet, rte_be32_t src, rte_be32_t dst, uint8_t tos)
{
	size_t len = test_ipv4(packet, src, dst, 17, "12345678", 8);

	packet[1] = tos;
	memset(packet + 10, 0, 2);
	((struct rte_ipv4_hdr *)packet)->hdr_checksum = cksum(packet, sizeof(struct rte_ipv4_hdr));
	return len;
}

static void
dscp_goes_outside(void **state)
{
	const rte_be32_t host = TEST_IP(192, 168, 0, 20), lease = TEST_IP(192, 168, 0, 1);
	struct worker *w = test_worker();
	struct test_client c;
	uint8_t packet[256];

	(void)state;
	test_client_init(&c, w, 1, lease);
	for (unsigned copy = 0; copy < 2; copy++) {
		struct rte_ipv4_hdr *ip;
		struct rte_mbuf *m;

		w->copy_dscp_out = copy;
		test_put(w, LANE_DOWN, packet, marked(packet, host, lease, EF | CE), c.sess);
		ppp_out(w);
		l2tp_out(w);
		esp_out(w);
		m = test_take(w, LANE_TO_WAN);
		ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
		assert_int_equal(ip->type_of_service, copy ? EF : 0);
		assert_int_equal(cksum(ip, sizeof(*ip)), 0);
		rte_pktmbuf_free(m);
	}
	test_client_free(&c);
	test_worker_free(w);
}

static void
dscp_comes_inside(void **state)
{
	const rte_be32_t host = TEST_IP(192, 168, 0, 20), lease = TEST_IP(192, 168, 0, 1);
	struct worker *w = test_worker();
	struct test_client c;
	uint8_t packet[256];

	(void)state;
	test_client_init(&c, w, 1, lease);
	for (unsigned copy = 0; copy < 2; copy++) {
		struct rte_ipv4_hdr *ip;
		struct rte_mbuf *m;

		w->copy_dscp_in = copy;
		m = test_put(w, LANE_UP, packet, marked(packet, lease, host, AF11 | CE), c.sess);
		m->hash.usr = ESP_OUTER_UDP | EF << ESP_OUTER_TOS;
		forward(w);
		m = test_take(w, LANE_TO_LAN);
		ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
		/* Congestion that was signalled stays so. */
		assert_int_equal(ip->type_of_service, (copy ? EF : AF11) | CE);
		assert_int_equal(cksum(ip, sizeof(*ip)), 0);
		rte_pktmbuf_free(m);
	}
	test_client_free(&c);
	test_worker_free(w);
}

static void
a_session_sends_at_its_rate(void **state)
{
	const rte_be32_t host = TEST_IP(192, 168, 0, 20), lease = TEST_IP(192, 168, 0, 1);
	struct worker *w = test_worker();
	struct lane *l = &w->lane[LANE_TO_LAN];
	struct test_client c;
	uint8_t packet[256];
	uint16_t n = 0;

	(void)state;
	test_client_init(&c, w, 1, lease);
	c.say.rate_up = 64000;
	c.say.burst_ms = 10;
	test_client_again(&c);
	w->now_tsc = 100 * rte_get_tsc_hz();
	for (unsigned i = 0; i < 8; i++)
		test_put(w, LANE_UP, packet, marked(packet, lease, host, 0), c.sess);
	forward(w);
	for (; n < l->n; n++)
		rte_pktmbuf_free(l->pkt[n]);
	l->n = 0;
	/* 80 bytes in 10 ms: packets of 28 until the clock is ahead by more. */
	assert_int_equal(n, 3);
	assert_int_equal(w->drop[DROP_RATE_UP], 5);
	assert_int_equal(c.sess->shaper[SESS_UP].dropped, 5);
	assert_int_equal(c.sess->up_packets, 3);
	test_client_free(&c);
	test_worker_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_kept),
		cmocka_unit_test(no_rate_is_no_limit),
		cmocka_unit_test(an_idle_session_earns_no_more_than_a_burst),
		cmocka_unit_test(the_lane_keeps_what_passes),
		cmocka_unit_test(dscp_goes_outside),
		cmocka_unit_test(dscp_comes_inside),
		cmocka_unit_test(a_session_sends_at_its_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
