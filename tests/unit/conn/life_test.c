/* SPDX-License-Identifier: BSD-3-Clause */
/* A connection from its first message to its last. */
#include "story.h"

/* Up, with an address and a session; then all is gone, on both sides. */
static void
up_and_down(struct rig *r, const char *profile, bool nat)
{
	struct rig_client *rc = nat ? rig_client_nat(r, profile, 20500, 24500)
				    : rig_client(r, profile);

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
direct(struct rig *r)
{
	up_and_down(r, "strongswan", false);
}

static void
behind_nat(struct rig *r)
{
	up_and_down(r, "strongswan", true);
}

static void
test_each_kind(void **state)
{
	(void)state;
	for (size_t i = 0; profile_name(i) != NULL; i++)
		for (unsigned nat = 0; nat < 2; nat++) {
			struct rig *r = rig_new(NULL);

			up_and_down(r, profile_name(i), nat != 0);
			rig_free(r);
		}
}

int
main(void)
{
	static const struct story stories[] = {
		{"direct", NULL, direct, STORY_LINES | STORY_FAULTS, {0}},
		{"behind NAT", NULL, behind_nat, STORY_LINES | STORY_FAULTS, {0}},
	};
	const struct CMUnitTest tests[] = {RIG_TEST(test_each_kind)};
	int failed = STORY_MAIN("life", stories);

	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
