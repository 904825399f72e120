/* SPDX-License-Identifier: BSD-3-Clause */
/* Helpers that unit tests share: bytes and addresses as text, exact copies, the passing of time. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ip.h"
#include "timer.h"

static inline be32
unit_addr(const char *text)
{
	be32 a;

	assert_int_equal(ip_parse(text, &a), 0);
	return a;
}

/* Reads hex digits, which may have blanks between bytes. Returns the number of bytes. */
static inline size_t
unit_hex(const char *text, uint8_t *out, size_t size)
{
	size_t n = 0;
	unsigned byte;

	while (*text != '\0') {
		if (*text == ' ') {
			text++;
			continue;
		}
		assert_true(n < size && sscanf(text, "%2x", &byte) == 1 && text[1] != '\0');
		out[n++] = (uint8_t)byte;
		text += 2;
	}
	return n;
}

/*
 * A copy of the exact length, so that a sanitizer detects a read past its end. The caller frees it.
 */
static inline uint8_t *
unit_exact(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	return copy;
}

/* Lets time pass, tick by tick. */
static inline void
unit_wait(struct timers *ts, uint64_t ms)
{
	uint64_t end = ts->now_ms + ms;

	while (ts->now_ms < end)
		timers_run(ts, ts->now_ms + TIMER_TICK_MS);
}

/* Asserts that all timers are stopped, as they are when their owners are freed. */
static inline void
unit_no_timers(const struct timers *ts)
{
	assert_int_equal(timers_armed(ts), 0);
}

#endif
