/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <rte_ip.h>
#include <rte_random.h>

#include "test_worker.h"

static const unsigned rate[PUNT_N] = {
#define X(sym, per_s, text) [PUNT_##sym] = per_s,
	PUNT_REASONS(X)
#undef X
};

static void
punt_from(struct worker *w, enum dp_port port, enum punt_reason reason, uint64_t source)
{
	const struct rte_ipv4_hdr ip = {.src_addr = (rte_be32_t)source};
	struct rte_mbuf *m = test_mbuf(w, &ip, sizeof(ip));

	pkt_meta_init(m, port, DP_SID_NONE);
	punt(w, m, reason);
}

/* From random addresses. */
static void
punt_one(struct worker *w, enum dp_port port, enum punt_reason reason)
{
	punt_from(w, port, reason, rte_rand());
}

/* Takes all punted packets; returns their number. */
static unsigned
drain(struct worker *w)
{
	struct rte_mbuf *m;
	unsigned n = 0;

	for (; (m = test_punted(w)) != NULL; n++)
		rte_pktmbuf_free(m);
	return n;
}

static void
packets_of_sessions_have_their_own_ring(void **state)
{
	struct worker *w = test_worker();
	struct rte_mbuf *m;

	(void)state;
	punt_one(w, DP_WAN, PUNT_IKE_FIRST);
	punt_one(w, DP_WAN, PUNT_IKE);
	punt_one(w, DP_LAN, PUNT_ARP);
	punt_one(w, DP_CLIENT, PUNT_L2TP);
	assert_int_equal(rte_ring_count(w->punt_open), 2);
	assert_int_equal(rte_ring_count(w->punt_auth), 1);
	assert_int_equal(rte_ring_count(w->punt_first), 1);
	m = test_punted(w);
	assert_int_equal(pkt_meta(m)->reason, PUNT_L2TP);
	assert_int_equal(pkt_meta(m)->worker, 0);
	rte_pktmbuf_free(m);
	for (unsigned i = 0; i < 2; i++) {
		m = test_punted(w);
		assert_int_not_equal(pkt_meta(m)->reason, PUNT_IKE_FIRST);
		rte_pktmbuf_free(m);
	}
	assert_int_equal(drain(w), 1);
	test_worker_free(w);
}

/* A flood from one network leaves the others their share. */
static void
no_network_takes_all(enum punt_reason reason)
{
	const uint64_t flooder = RTE_BE32(RTE_IPV4(198, 18, 7, 1)),
		       other = RTE_BE32(RTE_IPV4(10, 9, 8, 7));
	struct worker *w = test_worker();
	uint64_t step;
	unsigned passed = 0, others = 0, asked = 0;

	w->net_key[0] = UINT64_C(0x9e3779b97f4a7c15);
	step = w->tsc_hz / rate[reason] / 3; /* three times more than all may send */
	for (uint64_t t = 0; t < w->tsc_hz; t += step, w->now_tsc += step) {
		punt_from(w, DP_WAN, reason, flooder + RTE_BE32(asked % 200));
		passed += drain(w);
		if (asked++ % 1000 == 0) {
			punt_from(w, DP_WAN, reason, other);
			others += drain(w);
		}
	}
	assert_in_range(passed, PUNT_PREFIX_RATE, PUNT_PREFIX_RATE * 11 / 10 + 2);
	assert_int_equal(others, (asked + 999) / 1000);
	/* First messages and exchanges under way do not share a rate. */
	punt_from(w, DP_WAN, reason == PUNT_IKE_FIRST ? PUNT_IKE : PUNT_IKE_FIRST, flooder);
	assert_int_equal(drain(w), 1);
	test_worker_free(w);
}

static void
no_network_takes_all_of_ike(void **state)
{
	(void)state;
	no_network_takes_all(PUNT_IKE_FIRST);
	no_network_takes_all(PUNT_IKE);
	no_network_takes_all(PUNT_IKE_NATT);
}

/* In some seconds of flood, no more than the rate and the burst pass, and no less than the rate. */
static void
each_reason_has_its_rate(void **state)
{
	(void)state;
	for (enum punt_reason reason = 0; reason < PUNT_N; reason++) {
		struct worker *w = test_worker();
		uint64_t step = w->tsc_hz / rate[reason] / 3; /* three times too many */
		unsigned passed = 0;

		w->net_key[0] = UINT64_C(0x9e3779b97f4a7c15);
		for (uint64_t t = 0; t < 2 * w->tsc_hz; t += step, w->now_tsc += step) {
			punt_one(w, DP_WAN, reason);
			passed += drain(w);
		}
		print_message("%s: %u in 2 s\n", punt_name(reason), passed);
		assert_in_range(passed, 2 * rate[reason], 2 * rate[reason] + rate[reason] / 10 + 2);
		assert_int_equal(w->punt[reason], passed);
		assert_true(w->drop[DROP_PUNT_POLICED] > 0);
		/* Other reasons are not held back. */
		punt_one(w, DP_WAN, (reason + 1) % PUNT_N);
		assert_int_equal(drain(w), 1);
		test_worker_free(w);
	}
}

static void
a_quiet_second_refills_the_bucket(void **state)
{
	struct worker *w = test_worker();

	(void)state;
	for (unsigned i = 0; i < rate[PUNT_TTL]; i++)
		punt_one(w, DP_LAN, PUNT_TTL);
	assert_in_range(drain(w), rate[PUNT_TTL] / 10, rate[PUNT_TTL] / 10 + 1);
	w->now_tsc += w->tsc_hz;
	for (unsigned i = 0; i < rate[PUNT_TTL]; i++)
		punt_one(w, DP_LAN, PUNT_TTL);
	assert_in_range(drain(w), rate[PUNT_TTL] / 10, rate[PUNT_TTL] / 10 + 1);
	test_worker_free(w);
}

static void
a_full_ring_drops_by_name(void **state)
{
	struct worker *w = test_worker();
	unsigned room = rte_ring_free_count(w->punt_open);

	(void)state;
	for (unsigned i = 0; i < room + 7; i++)
		punt_one(w, DP_WAN, PUNT_IKE);
	assert_int_equal(w->drop[DROP_PUNT_FULL], 7);
	assert_int_equal(w->punt[PUNT_IKE], room);
	assert_int_equal(drain(w), room);
	test_worker_free(w);
}

static void
reasons_have_names(void **state)
{
	(void)state;
	assert_string_equal(punt_name(PUNT_IKE_NATT), "ike_natt");
	assert_string_equal(drop_name(DROP_ESP_REPLAY), "esp_replay");
	assert_string_equal(drop_text(DROP_ESP_ICV), "integrity check failed");
	assert_string_equal(stage_name(STAGE_esp_in), "esp_in");
	assert_non_null(punt_text(PUNT_N - 1));
	for (enum drop_reason i = 0; i < DROP_N; i++)
		assert_true(drop_name(i)[0] != '\0' && drop_text(i)[0] != '\0');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_of_sessions_have_their_own_ring),
		cmocka_unit_test(no_network_takes_all_of_ike),
		cmocka_unit_test(each_reason_has_its_rate),
		cmocka_unit_test(a_quiet_second_refills_the_bucket),
		cmocka_unit_test(a_full_ring_drops_by_name),
		cmocka_unit_test(reasons_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
