/* SPDX-License-Identifier: BSD-3-Clause */
/* Main mode and quick mode as initiator, alone and while the client initiates as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "two_ends.h"

#define SUITE "aes128-sha1-ecp256"

static int
setup(void **state)
{
	*state = calloc(1, sizeof(struct two));
	assert_non_null(*state);
	return 0;
}

static int
teardown(void **state)
{
	two_fini(*state);
	free(*state);
	return 0;
}

static void
info_of(const struct end *e, struct ike_sa_info *info)
{
	assert_non_null(two_youngest(e));
	ike_sa_info(two_youngest(e), info);
}

/* Asserts that both ends have the new ISAKMP SA, and that quick mode works in it. */
static void
renewed(struct two *t)
{
	struct ike_sa_info g, c;
	unsigned pairs = two_agree(t);

	info_of(&t->gate, &g);
	info_of(&t->client, &c);
	assert_memory_equal(g.icookie, c.icookie, 8);
	assert_memory_equal(g.rcookie, c.rcookie, 8);
	assert_int_equal(two_rekey(&t->gate), 0);
	two_run(t, 20000);
	assert_int_equal(two_agree(t), pairs + 1);
	/* As the client's, too. */
	assert_int_equal(two_rekey(&t->client), 0);
	two_run(t, 20000);
	assert_int_equal(two_agree(t), pairs + 2);
}

static void
test_renewed(void **state)
{
	static const char *const suites[] = {"aes256-sha1-modp2048", "3des-md5-modp1024",
		"des-sha1-modp1024", "aes256-sha512-ecp521", SUITE};
	struct two *t = *state;
	struct ike_sa_info was, is;

	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		two_fini(t);
		two_init(t, suites[i], 0, false);
		info_of(&t->gate, &was);
		two_renew(&t->gate);
		two_run(t, 1000);
		assert_int_equal(t->gate.ups, 2);
		assert_int_equal(t->client.ups, 2);
		info_of(&t->gate, &is);
		assert_memory_not_equal(was.icookie, is.icookie, 8);
		assert_string_equal(was.id, is.id);
		assert_true(is.expires_ms > was.expires_ms);
		assert_false(is.natt);
		/* Three messages of each, without retransmissions. */
		assert_int_equal(t->gate.sent, 3);
		assert_int_equal(t->client.sent, 3);
		renewed(t);
		/* The old SA stays. */
		assert_int_equal(t->gate.downs + t->client.downs, 0);
	}
}

/*
 * Behind a NAT, all messages use port 4500, beginning with message 1, and the port that the NAT
 * assigned.
 */
static void
test_nat(void **state)
{
	struct two *t = *state;
	struct ike_sa_info is;

	two_init(t, SUITE, 0, true);
	assert_true(t->gate.pairs[0].child.udp_encap);
	info_of(&t->gate, &is);
	assert_true(is.natt);
	assert_int_equal(ntohs(is.remote.port), 24500);
	two_renew(&t->gate);
	two_run(t, 1000);
	assert_int_equal(t->gate.ups, 2);
	info_of(&t->gate, &is);
	assert_true(is.natt && is.nat_peer && !is.nat_us);
	assert_int_equal(ntohs(is.local.port), 4500);
	assert_int_equal(ntohs(is.remote.port), 24500);
	info_of(&t->client, &is);
	assert_true(is.natt && is.nat_us && !is.nat_peer);
	renewed(t);
	assert_true(t->gate.pairs[t->gate.n_pairs - 1].child.udp_encap);
}

static void
test_pfs(void **state)
{
	static const enum dh_group groups[] = {DH_MODP1024, DH_MODP2048, DH_ECP256, DH_ECP521};
	struct two *t = *state;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		two_fini(t);
		two_init(t, SUITE, groups[i], false);
		renewed(t);
		two_renew(&t->gate);
		two_run(t, 1000);
		renewed(t);
	}
	/* A client that had PFS cannot do without: its quick mode fails. */
	t->client.config.n_pfs = 0;
	assert_int_equal(two_rekey(&t->gate), 0);
	two_run(t, 60000);
	assert_int_equal(t->gate.released, 1);
}

/* The lifetimes of the client's last pair are requested again. */
static void
test_lifetimes(void **state)
{
	struct two *t = *state;

	two_init(t, SUITE, 0, false);
	assert_int_equal(t->gate.pairs[0].child.life_s, 3600);
	assert_int_equal(t->gate.pairs[0].child.life_kb, 250000);
	assert_int_equal(two_rekey(&t->gate), 0);
	two_run(t, 1000);
	assert_int_equal(t->client.pairs[1].child.life_s, 3600);
	assert_int_equal(t->client.pairs[1].child.life_kb, 250000);
	/* A client with shorter ones announces them (RFC 2407, 4.6.3.1). */
	t->client.config.esp_life_s = 600;
	t->client.config.esp_life_kb = 1000;
	assert_int_equal(two_rekey(&t->gate), 0);
	two_run(t, 1000);
	assert_int_equal(t->gate.pairs[2].child.life_s, 600);
	assert_int_equal(t->gate.pairs[2].child.life_kb, 1000);
}

/* The client refuses, is silent, or is another one: the old SA stays. */
static void
test_in_vain(void **state)
{
	struct two *t = *state;
	struct ike_sa *old;

	two_init(t, SUITE, 0, true);
	old = two_youngest(&t->gate);
	t->client.deaf = true;
	two_renew(&t->gate);
	two_run(t, 40000);
	assert_int_equal(t->gate.sent, 5);
	assert_int_equal(t->gate.downs, 1);
	assert_int_equal(t->gate.why, IKE_WHY_TIMEOUT);
	assert_ptr_equal(two_youngest(&t->gate), old);

	t->client.deaf = false;
	assert_int_equal(ike_suite_parse("aes256-sha1-ecp256", &t->client.config.suites[0]), 0);
	two_renew(&t->gate);
	two_run(t, 40000);
	assert_int_equal(t->gate.downs, 2);
	assert_int_equal(ike_suite_parse(SUITE, &t->client.config.suites[0]), 0);

	assert_true(secret_set(&t->client.config.psk, "another", 7));
	two_renew(&t->gate);
	two_run(t, 40000);
	assert_int_equal(t->gate.downs, 3);
	assert_true(secret_set(&t->client.config.psk, "secret123", 9));

	/* Another client has the port of the NAT now, and the same key. */
	t->client.self.addr = inet_addr("192.168.1.11");
	two_renew(&t->gate);
	two_run(t, 40000);
	assert_int_equal(t->gate.downs, 4);
	assert_int_equal(t->gate.why, IKE_WHY_AUTH);
	assert_ptr_equal(two_youngest(&t->gate), old);
	assert_int_equal(t->gate.ups, 1);
}

/* Any one or two of the messages are lost. */
static void
test_lost(void **state)
{
	struct two *t = *state;

	for (unsigned a = 0; a < 9; a++) {
		for (unsigned b = a; b < 9; b++) {
			two_fini(t);
			two_init(t, SUITE, 0, (a + b) & 1);
			t->lose = 1ull << a | 1ull << b;
			two_renew(&t->gate);
			two_run(t, 15000);
			assert_int_equal(t->gate.ups, 2);
			assert_int_equal(t->client.ups, 2);
			t->n_sent = 0;
			renewed(t);
			assert_int_equal(t->gate.too_early + t->client.too_early, 0);
		}
	}
}

/* Both ends initiate at the same time on a bad network: in the end both agree. */
static void
test_at_once(void **state)
{
	struct two *t = *state;

	for (unsigned seed = 0; seed < 300; seed++) {
		unsigned agreed;

		two_fini(t);
		two_init(t, SUITE, seed % 8 == 0 ? DH_ECP256 : 0, seed & 1);
		t->seed = seed * 7919 + 1;
		t->loss = seed % 30;
		t->repeats = seed % 20;
		t->delay_ms = seed * 10 % 1500;
		if (seed & 2) {
			two_renew(&t->gate);
			two_run(t, seed % 7 * 10);
			two_renew(&t->client);
			two_run(t, seed % 5 * 100);
		}
		assert_int_equal(two_rekey(&t->client), 0);
		two_run(t, seed % 9 * 10);
		assert_int_equal(two_rekey(&t->gate), 0);
		two_run(t, 60000);
		agreed = two_agree(t);
		/* Without loss: the first pair, and one of each end. */
		if (t->loss == 0)
			assert_int_equal(agreed, 3);
		if (t->loss < 15)
			assert_int_equal(t->gate.too_early + t->client.too_early, 0);
		/* Whatever was lost, another quick mode works. */
		t->loss = t->repeats = t->delay_ms = 0;
		assert_int_equal(two_rekey(&t->gate), 0);
		two_run(t, 20000);
		assert_int_equal(two_agree(t), agreed + 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_renewed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nat, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pfs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lifetimes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_in_vain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_at_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
