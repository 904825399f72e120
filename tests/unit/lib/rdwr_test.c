/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "rdwr.h"

static const uint8_t message[] = {
	0x01, /* u8 */
	0x02, 0x03, /* u16 */
	0x04, 0x05, 0x06, 0x07, /* u32 */
	0x08, 0x09, 0x0a, 0x0b, /* be32 */
	0x0c, 0x0d, 0x0e, /* bytes */
	0x0f, 0x10, /* sub */
};

/* Reads the message. Each item that is missing must read as zero or NULL. */
static void
read_message(struct rd *r)
{
	const uint8_t *bytes;
	uint32_t u32, be32;
	uint16_t u16;
	uint8_t u8;
	struct rd sub;

	u8 = rd_u8(r);
	assert_int_equal(u8, r->bad ? 0 : 0x01);
	u16 = rd_u16(r);
	assert_int_equal(u16, r->bad ? 0 : 0x0203);
	u32 = rd_u32(r);
	assert_int_equal(u32, r->bad ? 0 : 0x04050607);
	be32 = rd_be32(r);
	if (r->bad)
		assert_int_equal(be32, 0);
	else
		assert_memory_equal(&be32, message + 7, 4);
	bytes = rd_bytes(r, 3);
	assert_ptr_equal(bytes, r->bad ? NULL : r->p - 3);
	sub = rd_sub(r, 2);
	assert_int_equal(sub.bad, r->bad);
	assert_int_equal(rd_left(&sub), r->bad ? 0 : 2);
}

/*
 * Each length is in memory of exactly that size, so that a sanitizer detects a read past its end.
 */
static void
every_truncation(void **state)
{
	(void)state;
	for (size_t n = 0; n <= sizeof(message); n++) {
		uint8_t *copy = malloc(n ? n : 1);
		struct rd r = rd_init(copy, n);

		memcpy(copy, message, n);
		assert_int_equal(rd_more(&r), n > 0);
		assert_int_equal(rd_done(&r), n == 0);
		read_message(&r);
		assert_int_equal(r.bad, n < sizeof(message));
		assert_int_equal(rd_done(&r), n == sizeof(message));
		assert_int_equal(rd_left(&r), 0);
		assert_false(rd_more(&r));
		free(copy);
	}
}

static void
read_error_stays(void **state)
{
	struct rd r = rd_init(message, sizeof(message)), sub;

	(void)state;
	/* The rest is sufficient for the smaller reads, but one has failed. */
	assert_null(rd_bytes(&r, sizeof(message) + 1));
	assert_true(r.bad);
	assert_int_equal(rd_u8(&r), 0);
	assert_null(rd_bytes(&r, 0));
	assert_int_equal(rd_left(&r), 0);
	assert_false(rd_done(&r));
	sub = rd_sub(&r, 0);
	assert_true(sub.bad);
	assert_int_equal(rd_u8(&sub), 0);

	/* The largest size does not wrap around. */
	r = rd_init(message, sizeof(message));
	assert_null(rd_bytes(&r, SIZE_MAX));
	assert_true(r.bad);
}

static void
sub_is_bounded(void **state)
{
	struct rd r = rd_init(message, sizeof(message)), sub;

	(void)state;
	sub = rd_sub(&r, 3);
	assert_int_equal(rd_u32(&sub), 0);
	assert_true(sub.bad);
	/* A failed read in a part does not affect the whole, which continues after the part. */
	assert_false(r.bad);
	assert_int_equal(rd_u8(&r), 0x04);
}

static void
empty_reader(void **state)
{
	struct rd r = rd_init(NULL, 0), sub;

	(void)state;
	assert_true(rd_done(&r));
	assert_non_null(rd_bytes(&r, 0));
	sub = rd_sub(&r, 0);
	assert_true(rd_done(&sub));
	assert_true(rd_done(&r));
	assert_int_equal(rd_u16(&r), 0);
	assert_true(r.bad);
}

static void
write_message(struct wr *w)
{
	uint32_t be32;

	memcpy(&be32, message + 7, 4);
	wr_u8(w, 0x01);
	wr_u16(w, 0x0203);
	wr_u32(w, 0x04050607);
	wr_be32(w, be32);
	wr_bytes(w, message + 11, 5);
	wr_zero(w, 2);
	wr_bytes(w, NULL, 0);
}

/* An item that does not fit is not written in part, and nothing is written after it. */
static void
every_size(void **state)
{
	static const size_t ends[] = {0, 1, 3, 7, 11, 16, 18};
	const size_t full = sizeof(message) + 2;
	uint8_t want[sizeof(message) + 2] = {0};

	(void)state;
	memcpy(want, message, sizeof(message));
	for (size_t n = 0; n <= full + 1; n++) {
		uint8_t *buf = malloc(n ? n : 1);
		struct wr w = wr_init(buf, n);
		size_t end = 0;

		memset(buf, 0xee, n);
		write_message(&w);
		for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
			end = ends[i] <= n ? ends[i] : end;
		assert_int_equal(w.bad, n < full);
		assert_int_equal(wr_len(&w), end);
		assert_memory_equal(buf, want, end);
		for (size_t i = end; i < n; i++)
			assert_int_equal(buf[i], 0xee);
		free(buf);
	}
}

static void
write_error_stays(void **state)
{
	uint8_t buf[4];
	struct wr w = wr_init(buf, sizeof(buf));

	(void)state;
	wr_u16(&w, 1);
	assert_null(wr_room(&w, SIZE_MAX));
	assert_true(w.bad);
	wr_u8(&w, 2);
	assert_int_equal(wr_len(&w), 2);
	assert_null(wr_room(&w, 0));
	wr_put16(&w, 0, 7);
	assert_int_equal(buf[1], 1);
}

static void
put16(void **state)
{
	uint8_t buf[8];
	struct wr w = wr_init(buf, sizeof(buf));

	(void)state;
	wr_u32(&w, 0x11223344);
	wr_put16(&w, 2, 0xabcd);
	assert_false(w.bad);
	assert_memory_equal(buf, "\x11\x22\xab\xcd", 4);
	/* There is room, but nothing was written there. */
	wr_put16(&w, 3, 0);
	assert_true(w.bad);
	assert_int_equal(buf[3], 0xcd);
}

static void
nested_lengths(void **state)
{
	uint8_t buf[16];
	struct wr w = wr_init(buf, sizeof(buf));
	size_t outer, inner;

	(void)state;
	/* The outer length counts itself, the inner one does not. */
	outer = wr_open16(&w);
	wr_u8(&w, 0xaa);
	inner = wr_open16(&w);
	wr_bytes(&w, "xyz", 3);
	wr_close16(&w, inner, inner + 2);
	wr_close16(&w, outer, outer);
	assert_false(w.bad);
	assert_int_equal(wr_len(&w), 8);
	assert_memory_equal(buf, "\x00\x08\xaa\x00\x03xyz", 8);

	/* A length field that begins after the end. */
	wr_close16(&w, outer, 9);
	assert_true(w.bad);
}

static void
length_too_long(void **state)
{
	uint8_t *buf = malloc(0x10002);
	struct wr w = wr_init(buf, 0x10002);
	size_t at = wr_open16(&w);

	(void)state;
	wr_zero(&w, 0xffff);
	wr_close16(&w, at, at + 2);
	assert_false(w.bad);
	assert_memory_equal(buf, "\xff\xff", 2);
	wr_u8(&w, 0);
	wr_close16(&w, at, at + 2);
	assert_true(w.bad);
	free(buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(read_error_stays),
		cmocka_unit_test(sub_is_bounded),
		cmocka_unit_test(empty_reader),
		cmocka_unit_test(every_size),
		cmocka_unit_test(write_error_stays),
		cmocka_unit_test(put16),
		cmocka_unit_test(nested_lengths),
		cmocka_unit_test(length_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
