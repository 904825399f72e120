/* SPDX-License-Identifier: BSD-3-Clause */
/* A connection from its first message to its last. */
#include <string.h>

#include "story.h"

static const char *profile; /* of the client of this run */
static bool nat;

static void
add_client(struct rig *r)
{
	if (nat)
		rig_client_nat(r, profile, 20500, 24500);
	else
		rig_client(r, profile);
}

/* Up, with an address and a session; then all is gone, on both sides. */
static void
up_and_down(struct rig *r)
{
	struct rig_client *rc = &r->client[0];

	rig_connect(rc);
	assert_int_equal(rig_conns(r), 1);
	assert_int_equal(rig_ups(r), 1);
	assert_int_equal(rc->address, rig_addr(RIG_POOL));
	assert_int_equal(rc->child[0].child.udp_encap, nat);
	assert_int_equal(fake_log_count("session up: user=user-01 address=192.168.0.1"), 1);
	rig_traffic(rc, 10, 100);
	rig_disconnect(rc);
	assert_int_equal(rc->downs, 1);
	assert_int_equal(rc->why, CLIENT_WHY_LOCAL);
	/* A goodbye that was lost is found out by what asks for signs of life. */
	RIG_WAIT(r, 300000, rig_no_conns);
	assert_int_equal(fake_log_count("session down: user=user-01 address=192.168.0.1"), 1);
	fake_dp_assert_empty(r->dp);
}

static void
each_kind(void (*how)(const struct story *s), bool all)
{
	const struct story s = {.prepare = add_client, .tell = up_and_down};

	for (size_t i = 0; (profile = profile_name(i)) != NULL; i++) {
		if (!all && strcmp(profile, "strongswan") != 0)
			continue;
		for (unsigned k = 0; k < 2; k++) {
			nat = k != 0;
			how(&s);
		}
	}
}

static void
test_each_kind(void **state)
{
	(void)state;
	each_kind(story_once, true);
}

static void
test_each_line(void **state)
{
	(void)state;
	each_kind(story_each_line, false);
}

static void
test_each_fault(void **state)
{
	(void)state;
	each_kind(story_each_fault, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_each_kind),
		RIG_TEST(test_each_line),
		RIG_TEST(test_each_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
