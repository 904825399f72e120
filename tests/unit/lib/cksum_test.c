/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "cksum.h"

static uint16_t
word(const uint8_t *p)
{
	uint16_t w;

	memcpy(&w, p, 2);
	return w;
}

static void
known_answers(void **state)
{
	/* The example of RFC 1071, section 3, and the header of an IP packet with its checksum. */
	static const uint8_t rfc1071[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
	static const uint8_t header[] = {0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
		0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};
	static const uint8_t ones[] = {0xff, 0xff, 0xff, 0xff};

	(void)state;
	assert_int_equal(cksum(rfc1071, sizeof(rfc1071)), htons(0x220d));
	assert_int_equal(cksum(header, sizeof(header)), 0);
	assert_int_equal(cksum(header, 10), (uint16_t)~cksum(header + 10, 10) & 0xffff);
	assert_int_equal(cksum(NULL, 0), 0xffff);
	assert_int_equal(cksum(ones, 4), 0);
	/* The last byte of an odd number is the high byte of its word. */
	assert_int_equal(cksum(rfc1071, 3), htons((uint16_t) ~(0x0001 + 0xf200)));
}

static void
in_pieces(void **state)
{
	uint8_t bytes[257];
	uint16_t whole;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 167 + 91);
	whole = cksum(bytes, sizeof(bytes));
	for (size_t cut = 0; cut <= sizeof(bytes); cut += 2) {
		uint32_t sum = cksum_add(0, bytes, cut);

		sum = cksum_add(sum, bytes + cut, sizeof(bytes) - cut);
		assert_int_equal(cksum_fold(sum), whole);
	}
}

/* A running sum near its limit must carry, not overflow. */
static void
carry(void **state)
{
	static const uint8_t ones[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	(void)state;
	/* The sum and what is added are both 0 in ones' complement, so the checksum stays 0. */
	assert_int_equal(cksum_fold(cksum_add(0xffffffff, ones, sizeof(ones))), 0);
	assert_int_equal(
		cksum_fold(cksum_add(0xffffffff, "\1", 1)), (uint16_t)~word((uint8_t *)"\1\0"));
}

static void
incremental(void **state)
{
	static const uint16_t values[] = {
		0x0000, 0x0001, 0x00ff, 0x0100, 0x5555, 0x7fff, 0x8000, 0xfffe, 0xffff};
	const size_t n = sizeof(values) / sizeof(values[0]);
	uint8_t bytes[20] = {0x45};

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			uint16_t before, after;

			memcpy(bytes + 8, &values[i], 2);
			before = cksum(bytes, sizeof(bytes));
			memcpy(bytes + 8, &values[j], 2);
			after = cksum(bytes, sizeof(bytes));
			assert_int_equal(cksum_update(before, values[i], values[j]), after);
		}
	}
}

/* RFC 1624, section 4: the case that RFC 1141 has wrong. */
static void
rfc1624_example(void **state)
{
	(void)state;
	assert_int_equal(cksum_update(htons(0xdd2f), htons(0x5555), htons(0x3285)), htons(0x0000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(in_pieces),
		cmocka_unit_test(carry),
		cmocka_unit_test(incremental),
		cmocka_unit_test(rfc1624_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
