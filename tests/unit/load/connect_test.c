/* SPDX-License-Identifier: BSD-3-Clause */
/* Every profile connects to the gateway's modules, renews its keys, and disconnects. */
#include "gateway.h"

#include <string.h>

static void
each(void (*story)(struct gw *g))
{
	for (size_t i = 0; profile_name(i) != NULL; i++)
		for (unsigned nat = 0; nat < 2; nat++) {
			static struct gw g;

			gw_init(&g, profile_name(i));
			if (nat)
				gw_nat(&g);
			story(&g);
			gw_fini(&g);
		}
}

static void
up_and_down(struct gw *g)
{
	gw_connect(g);
	assert_int_equal(g->isakmps, 1);
	assert_int_equal(g->child[0].udp_encap, g->nat);
	assert_int_equal(g->phases & 0x3e, 0x3e);
	client_disconnect(g->c);
	assert_int_equal(client_phase(g->c), CLIENT_CLOSING);
	assert_true(gw_run(g, 10000, gw_is_down));
	assert_int_equal(g->downs, 1);
	assert_int_equal(g->why, CLIENT_WHY_LOCAL);
	assert_string_equal(g->text, "");
	gw_run(g, 1000, NULL);
	gw_assert_clean(g);
	/* Connects again, as the same client. */
	gw_connect(g);
}

static void
test_up_and_down(void **state)
{
	(void)state;
	each(up_and_down);
}

static bool
two_pairs(const struct gw *g)
{
	return g->childs >= 2;
}

static bool
one_pair(const struct gw *g)
{
	return g->n_children == 1 && g->n_pairs == 1;
}

static void
rekey_esp(struct gw *g)
{
	gw_connect(g);
	assert_int_equal(client_rekey_esp(g->c), 0);
	assert_int_equal(client_rekey_esp(g->c), -EBUSY);
	assert_true(gw_run(g, 5000, two_pairs));
	assert_int_equal(g->n_children, 2);
	/* The older pair ends when the packets in flight have arrived. */
	assert_true(gw_run(g, 10000, one_pair));
	assert_int_equal(g->gones, 1);
	gw_run(g, 120000, NULL);
	assert_true(gw_is_up(g));
	client_disconnect(g->c);
	assert_true(gw_run(g, 10000, gw_is_down));
	gw_run(g, 1000, NULL);
	gw_assert_clean(g);
}

static void
test_rekey_esp(void **state)
{
	(void)state;
	each(rekey_esp);
}

static unsigned
n_sas(const struct gw *g)
{
	unsigned n = 0;

	for (unsigned i = 0; i < GW_SAS; i++)
		n += g->sa[i] != NULL;
	return n;
}

static bool
new_isakmp(const struct gw *g)
{
	return g->isakmps == 2 && n_sas(g) == 1;
}

static void
rekey_ike(struct gw *g)
{
	uint8_t before[8];

	gw_connect(g);
	memcpy(before, client_icookie(g->c), 8);
	assert_int_equal(client_rekey_ike(g->c), 0);
	assert_int_equal(client_rekey_ike(g->c), -EBUSY);
	assert_true(gw_run(g, 5000, new_isakmp));
	assert_memory_not_equal(before, client_icookie(g->c), 8);
	assert_true(g->contacts <= 1); /* a successor is not an initial contact */
	/* The pair stays, and is renewed in the new ISAKMP SA. */
	assert_int_equal(g->n_children, 1);
	assert_int_equal(client_rekey_esp(g->c), 0);
	assert_true(gw_run(g, 5000, two_pairs));
	assert_true(gw_is_up(g));
	client_disconnect(g->c);
	assert_true(gw_run(g, 10000, gw_is_down));
	gw_run(g, 1000, NULL);
	gw_assert_clean(g);
}

static void
test_rekey_ike(void **state)
{
	(void)state;
	each(rekey_ike);
}

/* In ten idle hours, everything is renewed in time. */
static void
long_life(struct gw *g)
{
	gw_connect(g);
	gw_run(g, 10 * 3600 * UINT64_C(1000), NULL);
	assert_true(gw_is_up(g));
	assert_int_equal(g->downs, 0);
	assert_true(g->isakmps >= 2);
	assert_true(g->childs >= 10);
	assert_int_equal(g->n_children, g->n_pairs);
}

static void
test_long_life(void **state)
{
	static struct gw g;

	(void)state;
	gw_init(&g, "macos");
	long_life(&g);
	gw_fini(&g);
}

/* A dead client is detected only by timeouts. */
static void
test_die(void **state)
{
	static struct gw g;
	unsigned sent;

	(void)state;
	gw_init(&g, "windows11");
	gw_connect(&g);
	sent = g.sent;
	client_die(g.c);
	assert_int_equal(client_phase(g.c), CLIENT_IDLE);
	assert_int_equal(g.downs, 0);
	g.n_children = 0; /* the owner gets no event for this */
	gw_run(&g, 20000, NULL);
	assert_int_equal(g.sent, sent);
	gw_fini(&g);
}

static void
test_data_head(void **state)
{
	uint8_t head[CLIENT_HEAD_MAX];
	uint16_t tid, sid;
	static struct gw g;
	size_t len, len_at;

	(void)state;
	gw_init(&g, "windows11");
	client_ids(g.c, &tid, &sid);
	assert_int_equal(tid, 0);
	gw_connect(&g);
	client_ids(g.c, &tid, &sid);
	assert_int_equal(tid, g.ids.peer_tid);
	assert_int_equal(sid, g.ids.peer_sid);
	len = client_data_head(g.c, head, &len_at);
	assert_int_equal(len_at, 2);
	assert_int_equal(len, 12);
	assert_int_equal(head[0], 0x40);
	assert_int_equal(head[4] << 8 | head[5], g.ids.our_tid);
	assert_int_equal(head[6] << 8 | head[7], g.ids.our_sid);
	assert_memory_equal(head + 8, "\xff\x03\x00\x21", 4);
	assert_true(client_size() < 8192);
	gw_fini(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_up_and_down),
		cmocka_unit_test(test_rekey_esp),
		cmocka_unit_test(test_rekey_ike),
		cmocka_unit_test(test_long_life),
		cmocka_unit_test(test_die),
		cmocka_unit_test(test_data_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
