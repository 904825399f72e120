/* SPDX-License-Identifier: BSD-3-Clause */
/* The client connects, renews its keys and disconnects on a bad network. */
#include "gateway.h"

enum {
	SEEDS = 12,
};

static bool
two_pairs(const struct gw *g)
{
	return g->childs >= 2;
}

static void
one(struct gw *g, const char *profile, uint32_t seed, unsigned loss, unsigned duplicates,
	unsigned reorder)
{
	gw_init(g, profile);
	if (seed % 2)
		gw_nat(g);
	/* Timeouts are tested elsewhere; those of mtpd and racoon would expire at times. */
	g->config.ike_timeout_ms = g->config.l2tp_timeout_ms = g->config.ppp_timeout_ms = 300000;
	g->seed = seed * 7919 + 13;
	g->loss = loss;
	g->duplicates = duplicates;
	g->reorder = reorder;
	gw_connect(g);
	assert_int_equal(client_rekey_esp(g->c), 0);
	assert_true(gw_run(g, 120000, two_pairs));
	client_disconnect(g->c);
	assert_true(gw_run(g, 30000, gw_is_down));
	assert_int_equal(g->why, CLIENT_WHY_LOCAL);
	assert_int_equal(g->downs, 1);
	assert_int_equal(g->isakmps, 1);
	gw_fini(g);
}

static void
all(unsigned loss, unsigned duplicates, unsigned reorder)
{
	static struct gw g;

	for (size_t i = 0; profile_name(i) != NULL; i++)
		for (uint32_t seed = 0; seed < SEEDS; seed++)
			one(&g, profile_name(i), seed, loss, duplicates, reorder);
}

static void
test_loss(void **state)
{
	(void)state;
	all(5, 0, 0);
}

static void
test_duplicates(void **state)
{
	(void)state;
	all(0, 60, 0);
}

static void
test_reorder(void **state)
{
	(void)state;
	all(0, 0, 50);
}

static void
test_all_of_it(void **state)
{
	(void)state;
	all(4, 20, 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_reorder),
		cmocka_unit_test(test_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
