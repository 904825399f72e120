/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses and packets as text, for the tests of this folder. */
#ifndef TEST_NET_TEXT_H
#define TEST_NET_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ip.h"

static inline be32
addr(const char *text)
{
	be32 a;

	assert_int_equal(ip_parse(text, &a), 0);
	return a;
}

/* Hex digits, spaces between them allowed. */
static inline size_t
hex(const char *text, uint8_t *out, size_t size)
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

/* A copy of the exact length, so that a sanitizer sees a read past it. To be freed. */
static inline uint8_t *
exact(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	return copy;
}

#endif
