/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "timer.h"

#define START 1000003 /* not on a tick */

/* A timer, and what its callback does to it and to another one. */
struct act {
	struct timer timer;
	unsigned fired;
	uint64_t at_ms; /* of the last time it fired */
	int64_t again_ms; /* its callback arms it again after this; negative: it does not */
	struct act *stops, *frees;
};

static struct timers ts; /* too large for the stack */

static void
fire(struct timer *t)
{
	struct act *a = container_of(t, struct act, timer);

	assert_false(timer_armed(t));
	a->fired++;
	a->at_ms = t->timers->now_ms;
	if (a->again_ms >= 0)
		timer_arm(t, (uint64_t)a->again_ms);
	if (a->stops != NULL)
		timer_stop(&a->stops->timer);
	if (a->frees != NULL) {
		timer_stop(&a->frees->timer);
		free(a->frees);
	}
}

static void
fire_and_free(struct timer *t)
{
	free(container_of(t, struct act, timer));
}

static void
act_init(struct act *a)
{
	*a = (struct act){.again_ms = -1};
	timer_init(&a->timer, &ts, fire);
}

static int
setup(void **state)
{
	(void)state;
	timers_init(&ts, START);
	return 0;
}

/* Advances time to `to` in steps. */
static void
run_to(uint64_t to, uint64_t step)
{
	while (ts.now_ms + step < to)
		timers_run(&ts, ts.now_ms + step);
	timers_run(&ts, to);
}

/*
 * A timer never fires early, and less than a tick and a step late, also after turns of the wheel.
 */
static void
on_time(void **state)
{
	static const uint64_t delays[] = {
		0, 1, 7, 9, 10, 11, 999, 40949, 40950, 40960, 40970, 81920, 100000, 28800000};
	static const uint64_t steps[] = {1, 10, 13, 1000};

	(void)state;
	for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
		for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
			/* Eight hours in steps of a millisecond would take too long here. */
			uint64_t step = delays[i] > 1000000 ? 1000 : steps[s];
			uint64_t due;
			struct act a;

			act_init(&a);
			due = ts.now_ms + delays[i];
			timer_arm(&a.timer, delays[i]);
			assert_true(timer_armed(&a.timer));
			run_to(due + TIMER_TICK_MS + step, step);
			assert_int_equal(a.fired, 1);
			assert_true(a.at_ms >= due);
			assert_true(a.at_ms < due + TIMER_TICK_MS + step);
			assert_false(timer_armed(&a.timer));
		}
	}
}

static void
stopped(void **state)
{
	struct act a;

	(void)state;
	act_init(&a);
	timer_stop(&a.timer);
	timer_arm(&a.timer, 50);
	timer_stop(&a.timer);
	timer_stop(&a.timer);
	assert_false(timer_armed(&a.timer));
	run_to(START + 200, 10);
	assert_int_equal(a.fired, 0);
}

static void
armed_again(void **state)
{
	struct act a;

	(void)state;
	act_init(&a);
	timer_arm(&a.timer, 50);
	run_to(START + 40, 10);
	timer_arm(&a.timer, 50);
	run_to(START + 80, 10);
	assert_int_equal(a.fired, 0);
	run_to(START + 110, 10);
	assert_int_equal(a.fired, 1);
	/* Earlier than before. */
	timer_arm(&a.timer, 60000);
	timer_arm(&a.timer, 20);
	run_to(START + 60200, 10);
	assert_int_equal(a.fired, 2);
}

static void
periodic(void **state)
{
	struct act a, turn;

	(void)state;
	act_init(&a);
	act_init(&turn);
	a.again_ms = 100;
	turn.again_ms = TIMER_SLOTS * TIMER_TICK_MS; /* lands in the slot that is being run */
	timer_arm(&a.timer, 100);
	timer_arm(&turn.timer, 100);
	run_to(START + 10 * 110 + 10, 10);
	assert_in_range(a.fired, 9, 11);
	run_to(START + 3 * 40960 + 1000, 10);
	assert_int_equal(turn.fired, 4);
}

/* A timer that arms itself without delay fires once per tick, not endlessly in one run. */
static void
no_delay(void **state)
{
	struct act a;

	(void)state;
	act_init(&a);
	a.again_ms = 0;
	timer_arm(&a.timer, 0);
	run_to(START + 10, 10);
	assert_int_equal(a.fired, 1);
	run_to(START + 50, 10);
	assert_int_equal(a.fired, 5);
	timers_run(&ts, START + 1000000);
	assert_in_range(a.fired, 6, 7);
}

static void
stop_another_in_callback(void **state)
{
	struct act a, b;

	(void)state;
	/* Both are in one slot and each stops the other: only the first one fires. */
	act_init(&a);
	act_init(&b);
	a.stops = &b;
	b.stops = &a;
	timer_arm(&a.timer, 20);
	timer_arm(&b.timer, 20);
	run_to(START + 100, 10);
	assert_int_equal(a.fired + b.fired, 1);

	/* Arms itself again, and then stops itself. */
	act_init(&a);
	a.again_ms = 10;
	a.stops = &a;
	timer_arm(&a.timer, 20);
	run_to(START + 300, 10);
	assert_int_equal(a.fired, 1);
}

static void
free_in_callback(void **state)
{
	struct act *own = malloc(sizeof(*own)), *next = malloc(sizeof(*next));
	struct act *later = malloc(sizeof(*later));
	struct act a, b;

	(void)state;
	act_init(own);
	own->timer.fn = fire_and_free;
	act_init(next);
	act_init(later);
	act_init(&a);
	act_init(&b);
	a.frees = next;
	b.frees = later;
	/* All are in one slot, `later` one turn later. It is skipped before b frees it. */
	timer_arm(&own->timer, 20);
	timer_arm(&later->timer, 20 + TIMER_SLOTS * TIMER_TICK_MS);
	timer_arm(&a.timer, 20);
	timer_arm(&next->timer, 20);
	timer_arm(&b.timer, 20);
	run_to(START + 100, 10);
	assert_int_equal(a.fired, 1);
	assert_int_equal(b.fired, 1);
	run_to(START + 100000, 100);
}

/* The machine was suspended: what is due fires once, the rest stays armed. */
static void
time_jump(void **state)
{
	static const uint64_t jumps[] = {500, 40000, 40959, 40960, 40970, 41000, 90000, 3600000};

	(void)state;
	for (size_t j = 0; j < sizeof(jumps) / sizeof(jumps[0]); j++) {
		struct act due[64], rest[64];
		uint64_t start = ts.now_ms;

		for (unsigned i = 0; i < 64; i++) {
			act_init(&due[i]);
			act_init(&rest[i]);
			timer_arm(&due[i].timer, (jumps[j] - TIMER_TICK_MS) * i / 63);
			timer_arm(&rest[i].timer, jumps[j] + 1 + 1000 * i);
		}
		timers_run(&ts, start + jumps[j]);
		for (unsigned i = 0; i < 64; i++) {
			assert_int_equal(due[i].fired, 1);
			assert_int_equal(rest[i].fired, 0);
		}
		run_to(start + jumps[j] + 64000, 10);
		for (unsigned i = 0; i < 64; i++) {
			assert_int_equal(due[i].fired, 1);
			assert_int_equal(rest[i].fired, 1);
			assert_true(rest[i].at_ms < start + jumps[j] + 1000 * i + 25);
		}
	}
}

static void
time_back(void **state)
{
	struct act a;

	(void)state;
	act_init(&a);
	timer_arm(&a.timer, 30);
	timers_run(&ts, START - 500);
	assert_int_equal(ts.now_ms, START);
	run_to(START + 40, 10);
	assert_int_equal(a.fired, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(on_time, setup),
		cmocka_unit_test_setup(stopped, setup),
		cmocka_unit_test_setup(armed_again, setup),
		cmocka_unit_test_setup(periodic, setup),
		cmocka_unit_test_setup(no_delay, setup),
		cmocka_unit_test_setup(stop_another_in_callback, setup),
		cmocka_unit_test_setup(free_in_callback, setup),
		cmocka_unit_test_setup(time_jump, setup),
		cmocka_unit_test_setup(time_back, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
