/* SPDX-License-Identifier: BSD-3-Clause */
/* Slots, generations, grace periods; and readers on another thread, for ThreadSanitizer. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <rte_rcu_qsbr.h>
#include <cmocka.h>

#include "slot.h"

#define N 9 /* slots, including slot 0 */

static struct rte_rcu_qsbr *
rcu_new(unsigned threads)
{
	size_t size = rte_rcu_qsbr_get_memsize(threads);
	struct rte_rcu_qsbr *v = aligned_alloc(
		RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(size, RTE_CACHE_LINE_SIZE));

	assert_non_null(v);
	assert_int_equal(rte_rcu_qsbr_init(v, threads), 0);
	for (unsigned i = 0; i < threads; i++)
		rte_rcu_qsbr_thread_register(v, i);
	return v;
}

static void
count_free(void *ptr)
{
	(*(unsigned *)ptr)++;
}

static void
each_slot_is_taken_once(void **state)
{
	struct slots s;
	bool seen[N] = {true};

	(void)state;
	assert_int_equal(slots_init(&s, N), 0);
	for (unsigned i = 1; i < N; i++) {
		uint32_t slot = slots_take(&s);

		assert_in_range(slot, 1, N - 1);
		assert_false(seen[slot]);
		seen[slot] = true;
		assert_true(slots_is_taken(&s, slot));
		assert_in_range(s.gen[slot], 1, 255);
	}
	assert_int_equal(slots_take(&s), 0);
	assert_int_equal(s.n_taken, N - 1);
	assert_false(slots_is_taken(&s, 0));
	assert_false(slots_is_taken(&s, N));
	slots_fini(&s);
}

/* One slot, over and over: each generation differs from the one before. */
static void
a_generation_is_never_repeated_at_once(void **state)
{
	struct rte_rcu_qsbr *v = rcu_new(1);
	struct graveyard g;
	struct slots s;
	uint8_t last = 0;
	bool seen[256] = {false};
	unsigned different = 0;

	(void)state;
	assert_int_equal(slots_init(&s, 2), 0);
	assert_int_equal(graveyard_init(&g, v), 0);
	for (unsigned i = 0; i < 5000; i++) {
		uint32_t slot = slots_take(&s);

		assert_int_equal(slot, 1);
		assert_int_not_equal(s.gen[1], 0);
		assert_int_not_equal(s.gen[1], last);
		last = s.gen[1];
		different += !seen[last];
		seen[last] = true;
		graveyard_bury(&g, NULL, NULL, &s, slot);
		graveyard_poll(&g); /* no reader is online: at once */
	}
	assert_int_equal(different, 255);
	graveyard_fini(&g);
	slots_fini(&s);
	free(v);
}

static void
the_grave_waits_for_every_reader(void **state)
{
	struct rte_rcu_qsbr *v = rcu_new(2);
	struct graveyard g;
	struct slots s;
	unsigned freed = 0;
	uint32_t slot;

	(void)state;
	assert_int_equal(slots_init(&s, 2), 0);
	assert_int_equal(graveyard_init(&g, v), 0);
	rte_rcu_qsbr_thread_online(v, 0);
	rte_rcu_qsbr_thread_online(v, 1);
	slot = slots_take(&s);
	graveyard_bury(&g, count_free, &freed, &s, slot);
	assert_false(slots_is_taken(&s, slot));
	graveyard_poll(&g);
	assert_int_equal(freed, 0);
	rte_rcu_qsbr_quiescent(v, 0);
	graveyard_poll(&g);
	assert_int_equal(freed, 0);
	assert_int_equal(slots_take(&s), 0);
	rte_rcu_qsbr_thread_offline(v, 1); /* a sleeper does not hold it up */
	graveyard_poll(&g);
	assert_int_equal(freed, 1);
	assert_int_equal(slots_take(&s), slot);
	graveyard_fini(&g);
	slots_fini(&s);
	free(v);
}

/* More than fits at first; what is left is freed at the end. */
static void
the_graveyard_grows_and_is_emptied(void **state)
{
	struct rte_rcu_qsbr *v = rcu_new(1);
	struct graveyard g;
	unsigned freed[300] = {0};

	(void)state;
	assert_int_equal(graveyard_init(&g, v), 0);
	rte_rcu_qsbr_thread_online(v, 0);
	for (unsigned i = 0; i < 40; i++)
		graveyard_bury(&g, count_free, &freed[i], NULL, 0);
	rte_rcu_qsbr_quiescent(v, 0);
	graveyard_poll(&g);
	for (unsigned i = 40; i < 300; i++)
		graveyard_bury(&g, count_free, &freed[i], NULL, 0);
	graveyard_poll(&g);
	for (unsigned i = 0; i < 300; i++)
		assert_int_equal(freed[i], i < 40 ? 1 : 0);
	graveyard_fini(&g);
	for (unsigned i = 0; i < 300; i++)
		assert_int_equal(freed[i], 1);
	free(v);
}

/* --- a writer and a reader -------------------------------------------------------------------- */

struct object {
	unsigned a, b; /* equal while the object lives */
};

struct shared {
	struct rte_rcu_qsbr *v;
	_Atomic(struct object *) slot;
	_Atomic bool stop;
	unsigned long reads;
};

static void
object_free(void *ptr)
{
	struct object *o = ptr;

	o->a = 0;
	o->b = 1;
	free(o);
}

static void *
reader(void *arg)
{
	struct shared *sh = arg;
	uintptr_t torn = 0;

	rte_rcu_qsbr_thread_online(sh->v, 0);
	while (!atomic_load_explicit(&sh->stop, memory_order_relaxed)) {
		struct object *o = atomic_load_explicit(&sh->slot, memory_order_acquire);

		if (o != NULL && o->a != o->b)
			torn++;
		sh->reads++;
		rte_rcu_qsbr_quiescent(sh->v, 0);
	}
	rte_rcu_qsbr_thread_offline(sh->v, 0);
	return (void *)torn;
}

static void
readers_never_see_what_was_freed(void **state)
{
	struct shared sh = {.v = rcu_new(1)};
	struct graveyard g;
	pthread_t thread;
	void *torn = NULL;

	(void)state;
	assert_int_equal(graveyard_init(&g, sh.v), 0);
	assert_int_equal(pthread_create(&thread, NULL, reader, &sh), 0);
	for (unsigned i = 0; i < 200000; i++) {
		struct object *o = malloc(sizeof(*o)), *old;

		o->a = o->b = i;
		old = atomic_load_explicit(&sh.slot, memory_order_relaxed);
		atomic_store_explicit(&sh.slot, o, memory_order_release);
		graveyard_bury(&g, object_free, old, NULL, 0);
		graveyard_poll(&g);
	}
	atomic_store_explicit(&sh.stop, true, memory_order_relaxed);
	pthread_join(thread, &torn);
	assert_null(torn);
	graveyard_fini(&g);
	free(atomic_load(&sh.slot));
	free(sh.v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_slot_is_taken_once),
		cmocka_unit_test(a_generation_is_never_repeated_at_once),
		cmocka_unit_test(the_grave_waits_for_every_reader),
		cmocka_unit_test(the_graveyard_grows_and_is_emptied),
		cmocka_unit_test(readers_never_see_what_was_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
