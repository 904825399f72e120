/* SPDX-License-Identifier: BSD-3-Clause */
/* Main mode: every suite with an initiator that derives its own keys; what is lost, repeated, cut or wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "initiator.h"
#include "wire/isakmp.h"

#define SUITE "aes256-sha1-modp2048"
#define PSK   "secret123"

static void
test_every_suite(void **state)
{
	static const char *const suites[] = {SUITE, "aes256-sha1-ecp384", "aes128-sha1-ecp256",
		"3des-sha1-modp2048", "3des-sha1-modp1024", "aes256-sha256-modp2048",
		"aes256-sha384-ecp384", "aes128-md5-modp1536", "aes192-sha256-ecp256"};

	(void)state;
	for (size_t n = 0; n < sizeof(suites) / sizeof(suites[0]); n++) {
		struct ike_sa_info info;
		struct initiator i;
		struct gate g;

		gate_init(&g, PSK, suites[n], "aes128-sha1");
		initiator_init(&i, suites[n], PSK);
		gate_main_mode(&g, &i, n == 0);
		assert_int_equal(g.ups, 1);
		assert_int_equal(g.initial_contacts, n == 0);
		ike_sa_info(g.sa, &info);
		assert_true(info.up);
		assert_string_equal(info.id, "10.0.0.1");
		assert_memory_equal(info.rcookie, i.rcookie, 8);
		assert_int_equal(info.expires_ms - info.created_ms, 28800 * 1000);
		initiator_fini(&i);
		gate_fini(&g);
	}
}

/* A repeat gets the same bytes back and changes nothing (RFC 2408, 2.5.2). */
static void
repeats(struct gate *g, const struct init_msg *m)
{
	struct init_msg answer = *gate_last(g);
	unsigned ups = g->ups;

	for (int n = 0; n < 3; n++) {
		assert_int_equal(gate_input(g, m), 1);
		assert_int_equal(gate_last(g)->len, answer.len);
		assert_memory_equal(gate_last(g)->b, answer.b, answer.len);
	}
	assert_int_equal(g->ups, ups);
}

static void
test_repeated(void **state)
{
	struct init_msg mm1, mm3, mm5, answer;
	struct initiator i;
	struct gate g;

	(void)state;
	gate_init(&g, PSK, SUITE, "aes128-sha1");
	initiator_init(&i, SUITE, PSK);
	initiator_mm1(&i, &mm1);
	gate_input(&g, &mm1);
	repeats(&g, &mm1);
	initiator_mm3(&i, gate_last(&g), &mm3);
	gate_input(&g, &mm3);
	repeats(&g, &mm3);
	answer = *gate_last(&g);
	/* One that was overtaken: nothing comes of it, least of all a new key. */
	gate_input(&g, &mm1);
	initiator_mm5(&i, &answer, false, &mm5);
	assert_int_equal(gate_input(&g, &mm5), 1);
	answer = *gate_last(&g);
	repeats(&g, &mm5);
	initiator_mm6(&i, &answer);
	assert_int_equal(g.ups, 1);
	initiator_fini(&i);
	gate_fini(&g);
}

/* A message that comes before its turn is not taken, and does not hinder the right one. */
static void
test_out_of_order(void **state)
{
	struct init_msg mm1, mm3, mm5;
	struct initiator i;
	struct gate g;

	(void)state;
	gate_init(&g, PSK, SUITE, "aes128-sha1");
	initiator_init(&i, SUITE, PSK);
	initiator_mm1(&i, &mm1);
	gate_input(&g, &mm1);
	initiator_mm3(&i, gate_last(&g), &mm3);
	mm5 = mm3;
	mm5.b[19] = ISAKMP_FLAG_ENCRYPTED;
	assert_int_equal(gate_input(&g, &mm5), 0);
	assert_int_equal(gate_input(&g, &mm3), 1);
	initiator_mm5(&i, gate_last(&g), false, &mm5);
	assert_int_equal(gate_input(&g, &mm5), 1);
	initiator_mm6(&i, gate_last(&g));
	initiator_fini(&i);
	gate_fini(&g);
}

/* Cut at every length, and with every byte changed: nothing comes of it but at most a refusal. */
static void
test_cut_and_corrupt(void **state)
{
	struct init_msg mm1, mm3, cut;
	struct initiator i;
	struct gate g;

	(void)state;
	gate_init(&g, PSK, SUITE, "aes128-sha1");
	initiator_init(&i, SUITE, PSK);
	initiator_mm1(&i, &mm1);
	gate_input(&g, &mm1);
	initiator_mm3(&i, gate_last(&g), &mm3);
	for (size_t len = 0; len < mm3.len; len++) {
		cut = mm3;
		cut.len = len;
		assert_int_equal(gate_input(&g, &cut), 0);
		/* With a length that says so. */
		init_msg_end(&cut);
		assert_int_equal(gate_input(&g, &cut), 0);
	}
	assert_non_null(g.sa);
	assert_int_equal(gate_input(&g, &mm3), 1);
	assert_int_equal(g.ups, 0);
	gate_fini(&g);
	for (size_t at = 0; at < mm1.len; at++) {
		for (int bit = 0; bit < 8; bit += 7) {
			gate_init(&g, PSK, SUITE, "aes128-sha1");
			cut = mm1;
			cut.b[at] ^= (uint8_t)(1 << bit);
			assert_in_range(gate_input(&g, &cut), 0, 1);
			assert_int_equal(g.ups, 0);
			gate_fini(&g);
		}
	}
	initiator_fini(&i);
}

static void
test_wrong_psk(void **state)
{
	struct init_msg m;
	struct initiator i;
	struct gate g;

	(void)state;
	gate_init(&g, "right", SUITE, "aes128-sha1");
	initiator_init(&i, SUITE, "wrong");
	initiator_mm1(&i, &m);
	gate_input(&g, &m);
	initiator_mm3(&i, gate_last(&g), &m);
	gate_input(&g, &m);
	initiator_mm5(&i, gate_last(&g), false, &m);
	gate_input(&g, &m);
	for (uint64_t ms = 2000; ms < 120000 && g.sa; ms += 1000)
		timers_run(&g.timers, ms);
	assert_int_equal(g.ups, 0);
	assert_true(g.down);
	assert_int_equal(g.why, IKE_WHY_PSK);
	initiator_fini(&i);
	gate_fini(&g);
}

static void
test_no_proposal(void **state)
{
	struct init_msg m;
	struct initiator i;
	struct gate g;

	(void)state;
	gate_init(&g, PSK, "aes256-sha1-ecp384", "aes128-sha1");
	initiator_init(&i, SUITE, PSK);
	initiator_mm1(&i, &m);
	assert_int_equal(gate_input(&g, &m), 1);
	assert_int_equal(gate_last(&g)->b[18], IKE_INFORMATIONAL);
	/* A notify payload: DOI, protocol, SPI size, type. */
	assert_int_equal(gate_last(&g)->b[16], ISAKMP_NOTIFY);
	assert_int_equal(gate_last(&g)->b[28 + 11], ISAKMP_NO_PROPOSAL_CHOSEN);
	for (uint64_t ms = 2000; ms < 120000 && g.sa; ms += 1000)
		timers_run(&g.timers, ms);
	assert_true(g.down);
	assert_int_equal(g.why, IKE_WHY_NO_PROPOSAL);
	initiator_fini(&i);
	gate_fini(&g);
}

static void
test_aggressive(void **state)
{
	struct init_msg m;
	struct initiator i;
	struct gate g;

	(void)state;
	gate_init(&g, PSK, SUITE, "aes128-sha1");
	initiator_init(&i, SUITE, PSK);
	initiator_mm1(&i, &m);
	m.b[18] = IKE_AGGRESSIVE;
	assert_int_equal(gate_input(&g, &m), 1);
	assert_int_equal(gate_last(&g)->b[18], IKE_INFORMATIONAL);
	assert_memory_equal(gate_last(&g)->b, i.icookie, 8);
	assert_true(g.down);
	assert_int_equal(g.why, IKE_WHY_UNSUPPORTED);
	initiator_fini(&i);
	gate_fini(&g);
}

/* One who sends a first message and is heard no more does not stay. */
static void
test_half_open_ends(void **state)
{
	struct init_msg m;
	struct initiator i;
	struct gate g;

	(void)state;
	gate_init(&g, PSK, SUITE, "aes128-sha1");
	initiator_init(&i, SUITE, PSK);
	initiator_mm1(&i, &m);
	gate_input(&g, &m);
	for (uint64_t ms = 2000; ms < 120000 && g.sa; ms += 1000)
		timers_run(&g.timers, ms);
	assert_true(g.down);
	assert_int_equal(g.why, IKE_WHY_TIMEOUT);
	initiator_fini(&i);
	gate_fini(&g);
}

static void
test_lifetime_ends(void **state)
{
	struct initiator i;
	struct gate g;

	(void)state;
	gate_init(&g, PSK, SUITE, "aes128-sha1");
	initiator_init(&i, SUITE, PSK);
	gate_main_mode(&g, &i, false);
	timers_run(&g.timers, 1000 + 28790 * 1000);
	assert_false(g.down);
	timers_run(&g.timers, 1000 + 28801 * 1000);
	assert_true(g.down);
	assert_int_equal(g.why, IKE_WHY_EXPIRED);
	initiator_fini(&i);
	gate_fini(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_suite),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_out_of_order),
		cmocka_unit_test(test_cut_and_corrupt),
		cmocka_unit_test(test_wrong_psk),
		cmocka_unit_test(test_no_proposal),
		cmocka_unit_test(test_aggressive),
		cmocka_unit_test(test_half_open_ends),
		cmocka_unit_test(test_lifetime_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
