/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The gateway without memory, and the data plane without slots: a client may fail, but what the
 * gateway holds stays consistent (rig_check), nothing is left over, and the client can come again.
 */
#include "client_internal.h"
#include "story.h"

#define MINUTE_MS 60000

static struct rig_client *
first(struct rig *r)
{
	return &r->client[0];
}

static void
add(struct rig *r)
{
	rig_client(r, "strongswan");
}

static void
add_nat(struct rig *r)
{
	rig_client_nat(r, "windows11", 20500, 24500);
}

static void
up(struct rig *r)
{
	add(r);
	rig_connect(first(r));
}

static void
up_nat(struct rig *r)
{
	rig_connect(rig_client_nat(r, "strongswan", 20500, 24500));
}

/* It is up, or becomes so when it comes again. */
static void
come_up(struct rig_client *rc)
{
	if (client_phase(rc->c) == CLIENT_IDLE)
		client_connect(rc->c);
	rig_run(rc->rig, MINUTE_MS, rig_all_up);
	if (!rig_is_up(rc)) {
		rig_client_die(rc);
		rig_run(rc->rig, 3 * MINUTE_MS, rig_no_conns);
		rig_connect(rc);
	}
	/* Workers carry its data, if not at once then soon. */
	rig_run(rc->rig, 2000, NULL);
	assert_int_equal(fake_dp_sess(rc->rig->dp, rig_conn(rc)->sid)->sess.client, rc->address);
}

static void
go_down(struct rig *r)
{
	rig_disconnect(first(r));
	rig_run(r, 5 * MINUTE_MS, rig_no_conns);
	assert_int_equal(rig_conns(r), 0);
	fake_dp_assert_empty(r->dp);
}

/* --- stories ---------------------------------------------------------------------------------- */

static void
come_and_go(struct rig *r)
{
	come_up(first(r));
	go_down(r);
}

static void
come_again(struct rig *r)
{
	rig_client_die(first(r));
	come_up(first(r));
	go_down(r);
}

/* Pairs and ISAKMP SAs, by either side. */
static void
renew(struct rig *r)
{
	struct rig_client *rc = first(r);

	client_rekey_esp(rc->c);
	rig_run(r, 15000, NULL);
	if (client_phase(rc->c) == CLIENT_UP)
		client_rekey_ike(rc->c);
	rig_run(r, 6 * MINUTE_MS, NULL);
	come_up(rc);
	go_down(r);
}

static void
move(struct rig *r)
{
	struct rig_client *rc = first(r);

	rig_client_move(rc, RIG_NAT, 30500, 34500);
	client_rekey_esp(rc->c);
	rig_run(r, 2 * MINUTE_MS, NULL);
	come_up(rc);
	go_down(r);
}

/* The client deletes its only ISAKMP SA, and the gateway makes another for the next pair. */
static void
without_isakmp(struct rig *r)
{
	struct rig_client *rc = first(r);

	client_info_delete_isakmp(rc->c->sa);
	rig_run(r, 6 * MINUTE_MS, NULL);
	come_up(rc);
	go_down(r);
}

static void
take_over(struct rig *r)
{
	struct rig_client *rc;

	first(r)->off = true;
	rc = rig_client(r, "strongswan");
	rig_client_user(rc, "user-01", RIG_PASSWORD);
	come_up(rc);
	rig_disconnect(rc);
	rig_run(r, 5 * MINUTE_MS, rig_no_conns);
	assert_int_equal(rig_conns(r), 0);
}

static void
close_it(struct rig *r)
{
	CLIENTS_FOREACH (c, &r->gw.clients)
		conn_close(c, "terminated by the test");
	rig_run(r, 10000, NULL);
	assert_int_equal(rig_conns(r), 0);
	rig_client_die(first(r));
	come_up(first(r));
}

/* --- the data plane --------------------------------------------------------------------------- */

/* Each call that may fail, the first few times that it is made. */
static void
test_calls(void **state)
{
	static const enum fake_call calls[] = {FAKE_SESS_TAKE, FAKE_SESS_PUBLISH, FAKE_SPI_TAKE,
		FAKE_SA_IN_PUBLISH, FAKE_SA_OUT_NEW, FAKE_SA_OUT_MOVED, FAKE_INJECT_L2TP,
		FAKE_INJECT_IP};
	static const struct story stories[] = {
		{"connect", add, come_and_go, 0, {0}},
		{"come again", up, come_again, 0, {0}},
		{"renew", up, renew, 0, {.esp = "  lifetime: 5m\n"}},
		{"move", up_nat, move, 0, {0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		for (size_t k = 0; k < sizeof(calls) / sizeof(calls[0]); k++)
			for (unsigned n = 1; n <= 8; n++) {
				struct rig *r = rig_new(&stories[i].setup);

				stories[i].prepare(r);
				rig_about(r, "%s: call %u of kind %u fails", stories[i].name, n,
					calls[k]);
				fake_dp_fail(r->dp, calls[k], n);
				stories[i].tell(r);
				rig_free(r);
			}
}

/* All sessions of the workers are taken. */
static void
no_slots(struct rig *r)
{
	struct rig_client *rc[3];

	for (unsigned i = 0; i < 3; i++) {
		rc[i] = rig_client(r, "strongswan");
		client_connect(rc[i]->c);
		rig_run(r, 5000, NULL);
	}
	assert_int_equal(rig_ups(r), 2);
	assert_true(rig_is_up(rc[0]) && rig_is_up(rc[1]));
	/* One on each worker. */
	assert_int_not_equal(rig_conn(rc[0])->worker, rig_conn(rc[1])->worker);
	assert_int_equal(rc[2]->why, CLIENT_WHY_QUICK_REFUSED);
	assert_true(fake_log_count("has no free session") >= 1);
	/* When one goes there is room. */
	rig_disconnect(rc[0]);
	rig_run(r, 2 * MINUTE_MS, NULL);
	rig_connect(rc[2]);
	assert_int_equal(rig_ups(r), 2);
}

/* There is no SPI for a new pair: the old one stays in use, and the next try comes. */
static void
no_spis(struct rig *r)
{
	struct rig_client *rc = first(r);

	fake_dp_fail_all(r->dp, FAKE_SPI_TAKE, true);
	rig_run(r, 250000, NULL);
	assert_true(rig_is_up(rc));
	assert_true(r->dp->calls[FAKE_SPI_TAKE] >= 2);
	fake_dp_fail_all(r->dp, FAKE_SPI_TAKE, false);
	rig_run(r, 60000, NULL);
	assert_true(rig_is_up(rc));
	assert_int_equal(rc->downs, 0);
	assert_true(rc->childs >= 2);
}

/* No message can be sent for a while. */
static void
no_buffers(struct rig *r)
{
	struct rig_client *rc = first(r);

	fake_dp_fail_all(r->dp, FAKE_INJECT_L2TP, true);
	fake_dp_fail_all(r->dp, FAKE_INJECT_IP, true);
	rig_run(r, MINUTE_MS / 2, NULL);
	fake_dp_fail_all(r->dp, FAKE_INJECT_L2TP, false);
	fake_dp_fail_all(r->dp, FAKE_INJECT_IP, false);
	rig_run(r, 5 * MINUTE_MS, NULL);
	assert_true(rig_is_up(rc));
	assert_int_equal(rc->downs, 0);
}

/* --- start ------------------------------------------------------------------------------------ */

/* The gateway starts whole, or not at all. */
static void
test_start(void **state)
{
	struct rig *r = rig_new(NULL);
	struct gateway *gw = fake_alloc(sizeof(*gw));
	struct dp *dp = fake_dp_new(2, 8);
	unsigned n = 0;
	int rc;

	(void)state;
	do {
		fake_memory_fail(++n, false);
		fake_memory_gateway(true);
		rc = gateway_init(gw, &r->config, dp, 1000);
		fake_memory_gateway(false);
	} while (rc == -ENOMEM);
	fake_memory_fail(0, false);
	assert_int_equal(rc, 0);
	assert_true(n > 5);
	gateway_fini(gw);
	dp_stop(dp);
	fake_free(gw);
	rig_free(r);
}

int
main(void)
{
	static const struct story stories[] = {
		{"connect", add, come_and_go, STORY_ALLOCATIONS, {0}},
		{"connect behind NAT", add_nat, come_and_go, STORY_ALLOCATIONS, {0}},
		{"come again", up, come_again, STORY_ALLOCATIONS, {0}},
		{"renew", up, renew, STORY_ALLOCATIONS,
			{.ike = "  lifetime: 5m\n", .esp = "  lifetime: 5m\n"}},
		{"move", up_nat, move, STORY_ALLOCATIONS, {0}},
		{"without ISAKMP SA", up, without_isakmp, STORY_ALLOCATIONS,
			{.esp = "  lifetime: 5m\n"}},
		{"takeover", up, take_over, STORY_ALLOCATIONS,
			{.limits = "  sessions_per_user: 1\n"}},
		{"close", up, close_it, STORY_ALLOCATIONS, {0}},
		{"no slots", NULL, no_slots, 0, {.slots = 1}},
		{"no SPIs", up, no_spis, 0, {.esp = "  lifetime: 5m\n"}},
		{"no buffers", up, no_buffers, 0, {0}},
	};
	const struct CMUnitTest tests[] = {RIG_TEST(test_calls), RIG_TEST(test_start)};
	int failed = STORY_MAIN("memory", stories);

	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
