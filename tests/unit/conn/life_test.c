/* SPDX-License-Identifier: BSD-3-Clause */
/* A connection from its first message to its last. */
#include <string.h>

#include "rig.h"

static void
test_up_and_down(void **state)
{
	struct rig *r = rig_new(NULL);
	struct rig_client *rc = rig_client(r, "strongswan");

	(void)state;
	rig_connect(rc);
	assert_int_equal(rig_conns(r), 1);
	assert_int_equal(rig_ups(r), 1);
	assert_int_equal(rc->address, rig_addr(RIG_POOL));
	rig_disconnect(rc);
	RIG_WAIT(r, 1000, rig_no_conns);
	fake_dp_assert_empty(r->dp);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_up_and_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
