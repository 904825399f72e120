/* SPDX-License-Identifier: BSD-3-Clause */
/* Blocks of memory for SAs and sessions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <rte_common.h>
#include <cmocka.h>

#include "slab.h"

#define MANY (3 * SLAB_CHUNK / (5 * 64)) /* blocks of 5 lines, more than two chunks hold */

static void
blocks_are_zeroed_lines_of_their_own(void **state)
{
	static const size_t sizes[] = {1, 64, 65, 300, 4096};
	struct slabs s;
	uint8_t *p[2];

	(void)state;
	slabs_init(&s);
	for (size_t i = 0; i < RTE_DIM(sizes); i++) {
		for (unsigned k = 0; k < 2; k++) {
			p[k] = slab_take(&s, sizes[i]);
			assert_non_null(p[k]);
			assert_int_equal((uintptr_t)p[k] % RTE_CACHE_LINE_SIZE, 0);
			for (size_t n = 0; n < sizes[i]; n++)
				assert_int_equal(p[k][n], 0);
			memset(p[k], 0xff, sizes[i]);
		}
		assert_true(p[0] + sizes[i] <= p[1] || p[1] + sizes[i] <= p[0]);
		slab_release(p[0]);
		slab_release(p[1]);
	}
	assert_int_equal(s.used, 0);
	slabs_fini(&s);
}

/* The next user of the memory must not find keys. */
static void
released_blocks_are_wiped_and_reused(void **state)
{
	struct slabs s;
	uint8_t *p, *again;

	(void)state;
	slabs_init(&s);
	p = slab_take(&s, 320);
	assert_non_null(p);
	memset(p, 0xaa, 320);
	assert_int_equal(s.used, 320);
	slab_release(p);
	assert_int_equal(s.used, 0);
	again = slab_take(&s, 320);
	assert_ptr_equal(again, p);
	for (size_t n = 0; n < 320; n++)
		assert_int_equal(again[n], 0);
	slabs_fini(&s);
}

static void
it_grows_by_chunks(void **state)
{
	static uint8_t *p[MANY];
	struct slabs s;

	(void)state;
	slabs_init(&s);
	for (unsigned round = 0; round < 2; round++) {
		for (size_t i = 0; i < MANY; i++) {
			p[i] = slab_take(&s, 5 * 64);
			assert_non_null(p[i]);
			memcpy(p[i], &i, sizeof(i));
		}
		assert_int_equal(s.used, MANY * 5 * 64);
		for (size_t i = 0; i < MANY; i++) {
			assert_memory_equal(p[i], &i, sizeof(i));
			slab_release(p[i]);
		}
		assert_int_equal(s.used, 0);
	}
	slabs_fini(&s);
}

static void
oversized_blocks_are_refused(void **state)
{
	struct slabs s;

	(void)state;
	slabs_init(&s);
	assert_null(slab_take(&s, 0));
	assert_null(slab_take(&s, SLAB_LINES_MAX * 64 + 1));
	slab_release(NULL);
	assert_int_equal(s.used, 0);
	slabs_fini(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_zeroed_lines_of_their_own),
		cmocka_unit_test(released_blocks_are_wiped_and_reused),
		cmocka_unit_test(it_grows_by_chunks),
		cmocka_unit_test(oversized_blocks_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
