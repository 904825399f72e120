/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Main mode: all suites against an initiator with its own keys; lost, truncated and wrong messages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gate.h"
#include "wire/isakmp.h"

#define SUITE "aes256-sha1-modp2048"

static void
test_every_suite(void **state)
{
	static const char *const suites[] = {SUITE, "aes256-sha1-ecp384", "aes128-sha1-ecp256",
		"3des-sha1-modp2048", "3des-sha1-modp1024", "aes256-sha256-modp2048",
		"aes256-sha384-ecp384", "aes128-md5-modp1536", "aes192-sha256-ecp256"};

	(void)state;
	for (size_t n = 0; n < sizeof(suites) / sizeof(suites[0]); n++) {
		struct ike_sa_info info;
		struct both b;

		both_init(&b, suites[n], "aes128-sha1");
		both_main_mode(&b, n == 0);
		assert_int_equal(b.g.ups, 1);
		assert_int_equal(b.g.initial_contacts, n == 0);
		ike_sa_info(b.g.sa, &info);
		assert_true(info.up);
		assert_string_equal(info.id, "10.0.0.1");
		assert_memory_equal(info.rcookie, b.i.rcookie, 8);
		assert_int_equal(info.expires_ms - info.created_ms, 28800 * 1000);
		both_fini(&b);
	}
}

/* A retransmission gets the same answer and changes nothing (RFC 2408, 2.5.2). */
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
	struct both b;

	(void)state;
	both_init(&b, SUITE, "aes128-sha1");
	both_until(&b, 1, &mm1);
	gate_input(&b.g, &mm1);
	repeats(&b.g, &mm1);
	initiator_mm3(&b.i, gate_last(&b.g), &mm3);
	gate_input(&b.g, &mm3);
	repeats(&b.g, &mm3);
	answer = *gate_last(&b.g);
	/* Message 1 again, late: it has no effect, and above all does not change the keys. */
	gate_input(&b.g, &mm1);
	initiator_mm5(&b.i, &answer, false, &mm5);
	assert_int_equal(gate_input(&b.g, &mm5), 1);
	answer = *gate_last(&b.g);
	repeats(&b.g, &mm5);
	initiator_mm6(&b.i, &answer);
	assert_int_equal(b.g.ups, 1);
	both_fini(&b);
}

/* A message that arrives too early is ignored, and does not affect the right one. */
static void
test_out_of_order(void **state)
{
	struct init_msg mm3, mm5;
	struct both b;

	(void)state;
	both_init(&b, SUITE, "aes128-sha1");
	both_until(&b, 3, &mm3);
	mm5 = mm3;
	mm5.b[19] = ISAKMP_FLAG_ENCRYPTED;
	assert_int_equal(gate_input(&b.g, &mm5), 0);
	assert_int_equal(gate_input(&b.g, &mm3), 1);
	initiator_mm5(&b.i, gate_last(&b.g), false, &mm5);
	assert_int_equal(gate_input(&b.g, &mm5), 1);
	initiator_mm6(&b.i, gate_last(&b.g));
	both_fini(&b);
}

/* Message 3 truncated at every length: ignored. */
static void
test_truncated(void **state)
{
	struct init_msg mm3, cut;
	struct both b;

	(void)state;
	both_init(&b, SUITE, "aes128-sha1");
	both_until(&b, 3, &mm3);
	for (size_t len = 0; len < mm3.len; len++) {
		cut = mm3;
		cut.len = len;
		assert_int_equal(gate_input(&b.g, &cut), 0);
		/* With a length field that fits. */
		init_msg_end(&cut);
		assert_int_equal(gate_input(&b.g, &cut), 0);
	}
	assert_non_null(b.g.sa);
	assert_int_equal(gate_input(&b.g, &mm3), 1);
	assert_int_equal(b.g.ups, 0);
	both_fini(&b);
}

/* Message 1 with every byte changed: at most a refusal is sent. */
static void
test_corrupt(void **state)
{
	struct init_msg mm1, bad;
	struct both b;

	(void)state;
	both_init(&b, SUITE, "aes128-sha1");
	both_until(&b, 1, &mm1);
	both_fini(&b);
	for (size_t at = 0; at < mm1.len; at++) {
		for (int bit = 0; bit < 8; bit += 7) {
			both_init(&b, SUITE, "aes128-sha1");
			bad = mm1;
			bad.b[at] ^= (uint8_t)(1 << bit);
			assert_in_range(gate_input(&b.g, &bad), 0, 1);
			assert_int_equal(b.g.ups, 0);
			both_fini(&b);
		}
	}
}

static void
test_wrong_psk(void **state)
{
	struct init_msg m;
	struct both b;

	(void)state;
	both_init(&b, SUITE, "aes128-sha1");
	b.i.psk = "wrong";
	both_until(&b, 5, &m);
	gate_input(&b.g, &m);
	gate_until_down(&b.g, 120000);
	assert_int_equal(b.g.ups, 0);
	assert_int_equal(b.g.why, IKE_WHY_PSK);
	both_fini(&b);
}

static void
test_no_proposal(void **state)
{
	struct init_msg m;
	struct both b;

	(void)state;
	both_init(&b, SUITE, "aes128-sha1");
	assert_int_equal(ike_suite_parse("aes256-sha1-ecp384", &b.g.config.suites[0]), 0);
	both_until(&b, 1, &m);
	assert_int_equal(gate_input(&b.g, &m), 1);
	assert_int_equal(gate_last(&b.g)->b[18], IKE_INFORMATIONAL);
	/* A notify payload: DOI, protocol, SPI size, type. */
	assert_int_equal(gate_last(&b.g)->b[16], ISAKMP_NOTIFY);
	assert_int_equal(gate_last(&b.g)->b[28 + 11], ISAKMP_NO_PROPOSAL_CHOSEN);
	gate_until_down(&b.g, 120000);
	assert_int_equal(b.g.why, IKE_WHY_NO_PROPOSAL);
	both_fini(&b);
}

static void
test_aggressive(void **state)
{
	struct init_msg m;
	struct both b;

	(void)state;
	both_init(&b, SUITE, "aes128-sha1");
	both_until(&b, 1, &m);
	m.b[18] = IKE_AGGRESSIVE;
	assert_int_equal(gate_input(&b.g, &m), 1);
	assert_int_equal(gate_last(&b.g)->b[18], IKE_INFORMATIONAL);
	assert_memory_equal(gate_last(&b.g)->b, b.i.icookie, 8);
	assert_true(b.g.down);
	assert_int_equal(b.g.why, IKE_WHY_UNSUPPORTED);
	both_fini(&b);
}

/* The SA of a peer that sends message 1 and nothing more ends. */
static void
test_half_open_ends(void **state)
{
	struct init_msg m;
	struct both b;

	(void)state;
	both_init(&b, SUITE, "aes128-sha1");
	both_until(&b, 1, &m);
	gate_input(&b.g, &m);
	gate_until_down(&b.g, 120000);
	assert_int_equal(b.g.why, IKE_WHY_TIMEOUT);
	both_fini(&b);
}

static void
test_lifetime_ends(void **state)
{
	struct both b;

	(void)state;
	both_init(&b, SUITE, "aes128-sha1");
	both_main_mode(&b, false);
	timers_run(&b.g.timers, 1000 + 28790 * 1000);
	assert_false(b.g.down);
	timers_run(&b.g.timers, 1000 + 28801 * 1000);
	assert_true(b.g.down);
	assert_int_equal(b.g.why, IKE_WHY_EXPIRED);
	both_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_suite),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_out_of_order),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_corrupt),
		cmocka_unit_test(test_wrong_psk),
		cmocka_unit_test(test_no_proposal),
		cmocka_unit_test(test_aggressive),
		cmocka_unit_test(test_half_open_ends),
		cmocka_unit_test(test_lifetime_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
