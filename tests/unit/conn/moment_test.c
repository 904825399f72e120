/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What ends a connection, at each moment of its beginning: from its first message on, every few
 * milliseconds. Whatever there is by then must go, and the client must be able to come again.
 */
#include "loop.h"
#include "story.h"

#define MINUTE_MS 60000

enum {
	MOMENTS_MS = 700, /* a connection is up by then */
	STEP_MS = 10,
	CLOSED_MS = 6000, /* for all goodbyes, whether answered or not */
};

struct ending {
	const char *name;
	/* Ends all connections. */
	void (*end)(struct rig *r);
	uint64_t within_ms; /* the gateway has nothing left */
	bool final; /* nobody can come again */
};

static void
close_all(struct rig *r)
{
	CLIENTS_FOREACH (c, &r->gw.clients)
		conn_close(c, "terminated by the test");
}

static void
close_twice(struct rig *r)
{
	close_all(r);
	rig_run(r, 30, NULL);
	close_all(r);
}

static void
close_dead(struct rig *r)
{
	r->client[0].off = true;
	close_all(r);
}

static void
finish_all(struct rig *r)
{
	CLIENTS_FOREACH (c, &r->gw.clients)
		conn_finish(c, true, "ended by the test");
}

static void
drop_all(struct rig *r)
{
	clients_drop(&r->gw.clients, "dropped by the test");
}

static void
shut_down(struct rig *r)
{
	loop_shut_down(&r->gw);
}

static void
disconnect(struct rig *r)
{
	client_disconnect(r->client[0].c);
}

static void
die(struct rig *r)
{
	rig_client_die(&r->client[0]);
	r->client[0].off = true;
}

static const struct ending endings[] = {
	{"the gateway closes it", close_all, CLOSED_MS, false},
	{"the gateway closes it twice", close_twice, CLOSED_MS, false},
	{"the gateway closes it, and the client is dead", close_dead, CLOSED_MS, false},
	{"the gateway ends it at once", finish_all, 1000, false},
	{"the gateway drops it", drop_all, 1000, false},
	{"the gateway shuts down", shut_down, CLOSED_MS, true},
	{"the client leaves", disconnect, 3 * MINUTE_MS, false},
	{"the client dies", die, 5 * MINUTE_MS, false},
};

static void
begin(struct rig *r, bool nat)
{
	if (nat)
		rig_client_nat(r, "strongswan", 20500, 24500);
	else
		rig_client(r, "windows11");
	client_connect(r->client[0].c);
}

static uint32_t newest; /* connection when the end began */

static bool
none_of_old(const struct rig *r)
{
	CLIENTS_FOREACH (c, &r->gw.clients)
		if (c->id <= newest)
			return false;
	return true;
}

static void
at(const struct ending *e, unsigned moment, bool nat, const struct rig_setup *setup)
{
	struct rig *r = rig_new(setup);
	struct rig_client *rc;

	rig_about(r, "%s after %u ms", e->name, moment);
	begin(r, nat);
	rc = &r->client[0];
	if (moment > 0)
		rig_run(r, moment, NULL);
	if (moment == MOMENTS_MS - STEP_MS)
		assert_true(rig_is_up(rc));
	newest = r->gw.clients.next_id;
	e->end(r);
	RIG_WAIT(r, e->within_ms, none_of_old);
	/* What was under way may have begun another connection. */
	rig_client_die(rc);
	RIG_WAIT(r, 5 * MINUTE_MS, rig_no_conns);
	fake_dp_assert_empty(r->dp);
	if (!e->final) {
		rc->off = false;
		rig_connect(rc);
		assert_int_equal(rig_conns(r), 1);
	}
	rig_free(r);
}

static void
test_direct(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		for (unsigned moment = 0; moment < MOMENTS_MS; moment += STEP_MS)
			at(&endings[i], moment, false, NULL);
}

static void
test_nat(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		for (unsigned moment = 0; moment < MOMENTS_MS; moment += STEP_MS)
			at(&endings[i], moment, true, NULL);
}

/* While it waits for an address. */
static void
test_waiting(void **state)
{
	static const struct rig_setup unprobed = {.unprobed = true};

	(void)state;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		for (unsigned moment = 1000; moment < 12000; moment += 997)
			at(&endings[i], moment, false, &unprobed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_direct),
		RIG_TEST(test_nat),
		RIG_TEST(test_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
