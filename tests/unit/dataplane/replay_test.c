/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "replay.h"

static struct sa_in *
window_new(uint32_t window)
{
	size_t len = RTE_ALIGN_CEIL(sizeof(struct sa_in) + window / 8, RTE_CACHE_LINE_SIZE);
	struct sa_in *sa = aligned_alloc(RTE_CACHE_LINE_SIZE, len);

	assert_non_null(sa);
	memset(sa, 0, len);
	sa->window = (uint16_t)window;
	return sa;
}

static const uint32_t sizes[] = {64, 128, 256, 512, 1024, 2048, 4096};

static void
edges(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(sizes); i++) {
		uint32_t n = sizes[i];
		struct sa_in *sa = window_new(n);

		assert_false(replay_mark(sa, 0));
		assert_true(replay_mark(sa, 1));
		assert_false(replay_mark(sa, 1));
		assert_false(replay_mark(sa, 0));
		/* At the right edge: 1 is just inside, then just outside. */
		assert_true(replay_mark(sa, n));
		assert_true(replay_mark(sa, 2));
		assert_false(replay_mark(sa, 1));
		assert_true(replay_mark(sa, n + 2));
		assert_false(replay_ok(sa, 2));
		assert_true(replay_ok(sa, 3));
		/* A step of the whole window clears all of it. */
		assert_true(replay_mark(sa, 2 * n + 2));
		assert_false(replay_ok(sa, n + 2));
		assert_true(replay_ok(sa, n + 3));
		/* To the last number, without a wrap. */
		assert_true(replay_mark(sa, UINT32_MAX));
		assert_false(replay_mark(sa, UINT32_MAX));
		assert_false(replay_mark(sa, 0));
		assert_false(replay_mark(sa, 1));
		assert_true(replay_mark(sa, UINT32_MAX - n + 1));
		assert_false(replay_mark(sa, UINT32_MAX - n));
		free(sa);
	}
}

/* A check changes nothing: only a verified packet may move the window. */
static void
checking_does_not_mark(void **state)
{
	struct sa_in *sa = window_new(64);

	(void)state;
	assert_true(replay_ok(sa, 1000));
	assert_true(replay_ok(sa, 1000));
	assert_true(replay_ok(sa, 1));
	assert_int_equal(sa->top, 0);
	free(sa);
}

/* A source that loops: every number passes, any number of times, however far behind the top. */
static void
without_anti_replay_repeats_pass(void **state)
{
	struct sa_in *sa = window_new(64);

	(void)state;
	sa->no_anti_replay = true;
	for (unsigned loop = 0; loop < 3; loop++) {
		for (uint32_t seq = 1; seq < 1000; seq++) {
			assert_true(replay_ok(sa, seq));
			assert_true(replay_mark(sa, seq));
		}
	}
	assert_int_equal(sa->top, 999);
	free(sa);
}

/* The model: a byte for each number, and the highest one. */
struct model {
	uint8_t *seen;
	uint32_t top, window;
};

static bool
model_mark(struct model *m, uint32_t seq)
{
	if (seq == 0 || m->seen[seq] || (seq <= m->top && m->top - seq >= m->window))
		return false;
	m->seen[seq] = 1;
	if (seq > m->top)
		m->top = seq;
	return true;
}

static uint64_t
random_next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* Mostly near the top on both sides; sometimes far behind, sometimes beyond the window. */
static uint32_t
random_seq(uint64_t *x, uint32_t top, uint32_t window)
{
	uint64_t r = random_next(x);
	uint64_t how = r & 255;
	uint32_t back;

	r >>= 8;
	if (how == 0)
		return top + 1 + (uint32_t)(r % (2 * window + 66));
	if (how < 100)
		return top + 1 + (uint32_t)(r % 3);
	back = (uint32_t)(r % (how < 200 ? 70u : window + 66));
	return back >= top ? 0 : top - back;
}

#define STEPS   2000000
#define NUMBERS (STEPS * 20u) /* more than jumps can reach */

static void
agrees_with_model(uint32_t window)
{
	struct sa_in *sa = window_new(window);
	struct model m = {.window = window, .seen = calloc(1, NUMBERS)};
	uint64_t x = 0x9e3779b97f4a7c15ull ^ window;
	unsigned taken = 0;

	assert_non_null(m.seen);
	for (unsigned i = 0; i < STEPS; i++) {
		uint32_t seq = random_seq(&x, m.top, window);
		bool look, want;

		assert_true(seq < NUMBERS);
		look = replay_ok(sa, seq);
		want = model_mark(&m, seq);
		if (look != want || replay_mark(sa, seq) != want || sa->top != m.top)
			fail_msg("window %u, step %u: number %u, top %u", window, i, seq, m.top);
		taken += want;
	}
	/* The steps did both often. */
	assert_true(taken > 200000);
	free(m.seen);
	free(sa);
}

static void
model(void **state)
{
	(void)state;
	agrees_with_model(64);
	agrees_with_model(128);
	agrees_with_model(1024);
	agrees_with_model(4096);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges),
		cmocka_unit_test(checking_does_not_mark),
		cmocka_unit_test(without_anti_replay_repeats_pass),
		cmocka_unit_test(model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
