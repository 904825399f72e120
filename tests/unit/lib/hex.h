/* SPDX-License-Identifier: BSD-3-Clause */
/* Bytes of test vectors, written as hex. */
#ifndef TEST_HEX_H
#define TEST_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Reads hex digits into out and returns how many bytes they were. */
static inline size_t
hex(const char *text, uint8_t *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = strlen(text) / 2;

	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)((strchr(digits, text[2 * i]) - digits) << 4 |
				   (strchr(digits, text[2 * i + 1]) - digits));
	return n;
}

#endif
