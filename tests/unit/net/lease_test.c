/* SPDX-License-Identifier: BSD-3-Clause */
/* Which user gets which address, or none. */
#include <errno.h>

#include "unit.h"
#include "lease.h"

/* Makes a pool of these ranges with all addresses free. */
static struct lease_pool *
pool_of(const char *ranges[])
{
	struct lease_pool *pool = lease_pool_new();
	struct ip_range range;

	assert_non_null(pool);
	for (; *ranges != NULL; ranges++) {
		assert_int_equal(ip_range_parse(*ranges, &range), 0);
		assert_int_equal(lease_add_range(pool, &range), 0);
	}
	for (size_t i = 0; i < lease_count(pool); i++)
		lease_set_state(pool, lease_at(pool, i), LEASE_FREE);
	return pool;
}

static void
set(struct lease_pool *pool, const char *text, enum lease_state state)
{
	struct lease *l = lease_find(pool, unit_addr(text));

	assert_non_null(l);
	lease_set_state(pool, l, state);
}

/* Expects that the user gets this address, or this error. */
#define given(pool, who, text)                                                       \
	do {                                                                         \
		be32 leased = 0;                                                     \
		assert_int_equal(lease_acquire(pool, who, &leased), 0);              \
		assert_int_equal(leased, unit_addr(text));                           \
		assert_int_equal(lease_find(pool, leased)->state, LEASE_TAKEN);      \
		assert_string_equal(lease_user_name(lease_find(pool, leased)), who); \
	} while (0)

static int
refused(struct lease_pool *pool, const char *user)
{
	be32 got = 0;

	return lease_acquire(pool, user, &got);
}

static void
test_order(void **state)
{
	/* Two overlapping ranges, the higher one first. */
	struct lease_pool *pool = pool_of(
		(const char *[]){"10.0.0.250-10.0.1.2", "10.0.0.9", "10.0.1.1-10.0.1.3", NULL});
	static const char *const want[] = {"10.0.0.9", "10.0.0.250", "10.0.0.251", "10.0.0.252",
		"10.0.0.253", "10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1", "10.0.1.2",
		"10.0.1.3"};
	char user[16];

	(void)state;
	assert_int_equal(lease_count(pool), 11);
	for (size_t i = 0; i < 11; i++) {
		assert_int_equal(lease_at(pool, i)->addr, unit_addr(want[i]));
		snprintf(user, sizeof(user), "user-%zu", i);
		given(pool, user, want[i]);
	}
	assert_int_equal(refused(pool, "user-11"), -ENOSPC);
	assert_null(lease_find(pool, unit_addr("10.0.0.8")));
	assert_null(lease_find(pool, unit_addr("10.0.0.10")));
	assert_null(lease_find(pool, unit_addr("10.0.1.4")));
	lease_pool_free(pool);
	lease_pool_free(NULL);
}

static void
test_sticky(void **state)
{
	struct lease_pool *pool = pool_of((const char *[]){"10.0.0.1-10.0.0.4", NULL});

	(void)state;
	given(pool, "ann", "10.0.0.1");
	given(pool, "bob", "10.0.0.2");
	lease_release(pool, unit_addr("10.0.0.1"));
	lease_release(pool, unit_addr("10.0.0.2"));
	/* A new user gets an unused address rather than one whose user may come back. */
	given(pool, "cid", "10.0.0.3");
	given(pool, "bob", "10.0.0.2");
	/* A second session of the user gets another one. */
	given(pool, "bob", "10.0.0.4");
	/* The only free one, although it was another user's, who loses it. */
	given(pool, "dan", "10.0.0.1");
	assert_int_equal(refused(pool, "ann"), -ENOSPC);
	assert_int_equal(lease_taken(pool), 4);
	assert_int_equal(lease_taken_by(pool, "bob"), 2);
	assert_int_equal(lease_taken_by(pool, "ann"), 0);
	lease_release(pool, unit_addr("10.0.0.3"));
	given(pool, "ann", "10.0.0.3");
	lease_pool_free(pool);
}

/* Of those used before, the one that is free for the longest time. */
static void
test_longest_free(void **state)
{
	struct lease_pool *pool = pool_of((const char *[]){"10.0.0.1-10.0.0.3", NULL});

	(void)state;
	given(pool, "ann", "10.0.0.1");
	given(pool, "bob", "10.0.0.2");
	given(pool, "cid", "10.0.0.3");
	lease_release(pool, unit_addr("10.0.0.2"));
	lease_release(pool, unit_addr("10.0.0.3"));
	lease_release(pool, unit_addr("10.0.0.1"));
	/* A second release has no effect, also not on the order. */
	lease_release(pool, unit_addr("10.0.0.2"));
	lease_release(pool, unit_addr("10.9.9.9"));
	given(pool, "dan", "10.0.0.2");
	given(pool, "eve", "10.0.0.3");
	given(pool, "fay", "10.0.0.1");
	lease_release(pool, unit_addr("10.0.0.1"));
	given(pool, "gus", "10.0.0.1");
	lease_pool_free(pool);
}

static void
test_states(void **state)
{
	struct lease_pool *pool = pool_of((const char *[]){"10.0.0.1-10.0.0.3", NULL});

	(void)state;
	/* In use by another host: not leased, even to its last user. */
	given(pool, "ann", "10.0.0.1");
	lease_release(pool, unit_addr("10.0.0.1"));
	set(pool, "10.0.0.1", LEASE_CONFLICT);
	set(pool, "10.0.0.2", LEASE_UNKNOWN);
	given(pool, "ann", "10.0.0.3");
	/* One may still be found free. */
	assert_int_equal(refused(pool, "bob"), -EAGAIN);
	set(pool, "10.0.0.2", LEASE_CONFLICT);
	assert_int_equal(refused(pool, "bob"), -ENOSPC);
	/* A release does not end a conflict. */
	lease_release(pool, unit_addr("10.0.0.2"));
	assert_int_equal(lease_find(pool, unit_addr("10.0.0.2"))->state, LEASE_CONFLICT);
	set(pool, "10.0.0.2", LEASE_FREE);
	given(pool, "bob", "10.0.0.2");
	lease_pool_free(pool);
}

static void
test_fixed(void **state)
{
	struct lease_pool *pool = pool_of((const char *[]){"10.0.0.1-10.0.0.2", NULL});
	be32 got = 0;

	(void)state;
	assert_int_equal(lease_add_fixed(pool, unit_addr("10.0.0.1"), "ann"), 0);
	assert_int_equal(lease_add_fixed(pool, unit_addr("10.0.9.9"), "bob"), 0);
	assert_int_equal(lease_count(pool), 3);
	assert_int_equal(lease_find(pool, unit_addr("10.0.9.9"))->state, LEASE_UNKNOWN);
	/* The fixed address and no other, also while it is still probed. */
	assert_int_equal(lease_acquire(pool, "bob", &got), -EAGAIN);
	set(pool, "10.0.9.9", LEASE_FREE);
	given(pool, "bob", "10.0.9.9");
	assert_int_equal(lease_acquire(pool, "bob", &got), -EADDRINUSE);
	assert_int_equal(got, unit_addr("10.0.9.9"));
	/* Not for other users, even if it is the last one. */
	given(pool, "cid", "10.0.0.2");
	assert_int_equal(refused(pool, "dan"), -ENOSPC);
	assert_int_equal(refused(pool, "Ann"), -ENOSPC);
	given(pool, "ann", "10.0.0.1");
	lease_release(pool, unit_addr("10.0.0.1"));
	assert_int_equal(refused(pool, "dan"), -ENOSPC);
	set(pool, "10.0.0.1", LEASE_CONFLICT);
	got = 0;
	assert_int_equal(lease_acquire(pool, "ann", &got), -EADDRINUSE);
	assert_int_equal(got, unit_addr("10.0.0.1"));
	lease_pool_free(pool);
}

/* Others do not wait for a fixed address that is still probed. */
static void
test_fixed_is_no_hope(void **state)
{
	struct lease_pool *pool = pool_of((const char *[]){"10.0.0.1", NULL});

	(void)state;
	assert_int_equal(lease_add_fixed(pool, unit_addr("10.0.0.2"), "ann"), 0);
	given(pool, "bob", "10.0.0.1");
	assert_int_equal(refused(pool, "cid"), -ENOSPC);
	lease_pool_free(pool);
}

static void
test_many(void **state)
{
	struct lease_pool *pool = pool_of((const char *[]){"10.0.0.0-10.0.15.255", NULL});
	char user[16];
	be32 got;

	(void)state;
	assert_int_equal(lease_count(pool), 4096);
	for (unsigned round = 0; round < 2; round++) {
		/* Each user gets the last address again, in any order. */
		for (unsigned i = 0; i < 4096; i++) {
			unsigned n = round == 0 ? i : i * 1999 % 4096;

			snprintf(user, sizeof(user), "user-%u", n);
			assert_int_equal(lease_acquire(pool, user, &got), 0);
			assert_int_equal(ntohl(got), 0x0a000000 + n);
		}
		assert_int_equal(refused(pool, "one more"), -ENOSPC);
		for (unsigned i = 0; i < 4096; i++)
			lease_release(pool, htonl(0x0a000000 + i));
	}
	lease_pool_free(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_sticky),
		cmocka_unit_test(test_longest_free),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_fixed_is_no_hope),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
