/* SPDX-License-Identifier: BSD-3-Clause */
/* What clients do when they are up: idle pairs, kilobytes, PFS, fragments, NAT keepalives. */
#include "gateway.h"

#include <string.h>

#include "client_internal.h"
#include "wire/isakmp.h"

static unsigned keepalives, pieces, longest;

static bool
no_pair(const struct gw *g)
{
	return g->n_children == 0;
}

static bool
has_pair(const struct gw *g)
{
	return g->n_children == 1;
}

static bool
two_pairs(const struct gw *g)
{
	return g->childs == 2;
}

/* Windows deletes a pair that is idle for five minutes, and makes a new one when it sends. */
static void
test_idle(void **state)
{
	static struct gw g;

	(void)state;
	gw_init(&g, "windows11");
	g.config.idle_ms = 5000;
	gw_connect(&g);
	for (unsigned i = 0; i < 3; i++) {
		gw_run(&g, 4000, NULL);
		assert_int_equal(g.n_children, 1);
		assert_true(client_traffic(g.c, 100)); /* not idle */
	}
	assert_true(gw_run(&g, 6000, no_pair));
	assert_int_equal(g.downs, 0);
	gw_run(&g, 10000, NULL);
	assert_int_equal(client_phase(g.c), CLIENT_UP);
	assert_false(client_traffic(g.c, 100));
	assert_false(client_traffic(g.c, 100)); /* one is sufficient */
	assert_true(gw_run(&g, 1000, has_pair));
	assert_true(client_traffic(g.c, 100));
	assert_int_equal(g.childs, 2);
	client_disconnect(g.c);
	assert_true(gw_run(&g, 20000, gw_is_down));
	gw_fini(&g);
}

static bool
answered(const struct gw *g)
{
	return g->answers == 1;
}

/* Windows sends DHCPINFORM when it is up, and retransmits it; others do not. */
static void
test_inform(void **state)
{
	static struct gw g;

	(void)state;
	gw_init(&g, "windows11");
	g.inform_lost = 2;
	gw_connect(&g);
	assert_true(gw_run(&g, 9000, answered));
	gw_run(&g, 20000, NULL);
	assert_int_equal(g.asks, 1);
	assert_int_equal(g.informs, 3);
	gw_fini(&g);

	gw_init(&g, "windows11");
	g.inform_lost = 99;
	gw_connect(&g);
	gw_run(&g, 30000, NULL);
	assert_int_equal(g.informs, CLIENT_INFORM_TRIES);
	assert_int_equal(g.answers, 0);
	assert_int_equal(client_phase(g.c), CLIENT_UP);
	gw_fini(&g);

	gw_init(&g, "macos");
	gw_connect(&g);
	gw_run(&g, 5000, NULL);
	assert_int_equal(g.asks, 0);
	gw_fini(&g);
}

static bool
pair_is_up(const struct gw *g)
{
	return g->pair_ups == 2;
}

static int
any_child(void *arg, const struct client_child *child)
{
	(void)arg;
	(void)child;
	return 0;
}

/* Runs a quick mode of the gateway; true if it knows at once that the client has the new pair. */
static bool
knows_at_once(const char *profile, unsigned loss)
{
	static struct gw g;
	bool knows;

	gw_init(&g, profile);
	gw_connect(&g);
	g.c->ev.child_new = any_child;
	g.c->ev.child_gone = NULL;
	g.loss = loss;
	assert_int_equal(ike_sa_rekey(g.sa[0], g.pair[0].suite), 0);
	knows = gw_run(&g, loss ? 9000 : 500, pair_is_up);
	assert_true(knows || gw_run(&g, 15000, pair_is_up));
	assert_int_equal(client_phase(g.c), CLIENT_UP);
	gw_fini(&g);
	return knows;
}

/* Windows sets the commit bit and sends CONNECTED; the others do not. */
static void
test_commit(void **state)
{
	(void)state;
	assert_true(knows_at_once("windows11", 0));
	assert_true(knows_at_once("windows11", 20));
	assert_false(knows_at_once("macos", 0));
}

/* Only Windows does so by default. */
static void
test_profiles_idle(void **state)
{
	(void)state;
	for (size_t i = 0; profile_name(i) != NULL; i++)
		assert_int_equal(profile_find(profile_name(i))->idle_s,
			strcmp(profile_name(i), "windows11") == 0 ? 300 : 0);
}

static void
test_kilobytes(void **state)
{
	static struct gw g;

	(void)state;
	gw_init(&g, "windows11");
	g.config.esp_life_kb = 1000;
	gw_connect(&g);
	assert_int_equal(g.child[0].life_kb, 1000);
	for (unsigned kb = 0; kb < 890; kb++)
		client_traffic(g.c, 1024);
	gw_run(&g, 2000, NULL);
	assert_int_equal(g.childs, 1);
	for (unsigned kb = 0; kb < 20; kb++)
		client_traffic(g.c, 1024);
	assert_true(gw_run(&g, 2000, two_pairs));
	gw_run(&g, 10000, NULL);
	assert_int_equal(g.childs, 2);
	assert_int_equal(g.n_children, 1);
	gw_fini(&g);
}

static void
test_pfs(void **state)
{
	static struct gw g;

	(void)state;
	gw_init(&g, "strongswan");
	g.config.pfs = DH_MODP2048;
	g.ike.pfs[g.ike.n_pfs++] = DH_MODP2048;
	gw_connect(&g); /* which compares the keys of both ends */
	assert_int_equal(client_rekey_esp(g.c), 0);
	assert_true(gw_run(&g, 2000, two_pairs));
	gw_fini(&g);
	/* A gateway without PFS refuses it. */
	gw_init(&g, "strongswan");
	g.config.pfs = DH_MODP2048;
	client_connect(g.c);
	assert_true(gw_run(&g, 5000, gw_is_down));
	assert_int_equal(g.why, CLIENT_WHY_QUICK_REFUSED);
	gw_fini(&g);
}

static void (*passed_on)(void *arg, uint16_t port, const uint8_t *msg, size_t len);

static void
count_pieces(void *arg, uint16_t port, const uint8_t *msg, size_t len)
{
	pieces += msg[16] == ISAKMP_FRAGMENT;
	if ((msg[19] & ISAKMP_FLAG_ENCRYPTED) != 0 || msg[16] == ISAKMP_FRAGMENT)
		longest = len > longest ? (unsigned)len : longest;
	passed_on(arg, port, msg, len);
}

static void
test_fragments(void **state)
{
	static struct gw g;

	(void)state;
	gw_init(&g, "windows11");
	pieces = longest = 0;
	g.config.fragment = 80;
	passed_on = g.c->ev.send_ike;
	g.c->ev.send_ike = count_pieces;
	gw_connect(&g);
	print_message("%u pieces, the longest has %u bytes\n", pieces, longest);
	assert_true(pieces > 4); /* of message 5 and of message 1 of quick mode */
	assert_true(longest <= 80 + 28 + 8);
	gw_fini(&g);
}

static void
on_keepalive(void *arg)
{
	(void)arg;
	keepalives++;
}

static void
test_keepalives(void **state)
{
	static struct gw g;

	(void)state;
	keepalives = 0;
	gw_init(&g, "windows11");
	g.c->ev.keepalive = on_keepalive;
	gw_connect(&g);
	gw_run(&g, 70000, NULL);
	assert_int_equal(keepalives, 0);
	gw_fini(&g);
	gw_init(&g, "windows11");
	gw_nat(&g);
	g.c->ev.keepalive = on_keepalive;
	gw_connect(&g);
	gw_run(&g, 70000, NULL);
	assert_int_equal(keepalives, 3);
	client_disconnect(g.c);
	assert_true(gw_run(&g, 20000, gw_is_down));
	keepalives = 0;
	gw_run(&g, 70000, NULL);
	assert_int_equal(keepalives, 0);
	gw_fini(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inform),
		cmocka_unit_test(test_commit),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_profiles_idle),
		cmocka_unit_test(test_kilobytes),
		cmocka_unit_test(test_pfs),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_keepalives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
