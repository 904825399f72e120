/* SPDX-License-Identifier: BSD-3-Clause */
/* A good configuration to make mistakes in, and who writes down what is said of them. */
#ifndef TEST_CONFIG_GOOD_H
#define TEST_CONFIG_GOOD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "config.h"

/* All error lines of one reading, each with a newline. */
struct lines {
	char text[16384];
	unsigned n;
};

static inline void
collect(void *arg, const char *line)
{
	struct lines *lines = arg;
	size_t len = strlen(lines->text);

	lines->n++;
	snprintf(lines->text + len, sizeof(lines->text) - len, "%s\n", line);
}

/*
 * A good configuration with changes: `from` (a whole line or part of one) becomes `to`. The cores are the first two of
 * this machine.
 */
static const char good[] = "wan:\n" /* 1 */
			   "  device: net_null0\n" /* 2 */
			   "  address: 10.0.0.254/24\n" /* 3 */
			   "lan:\n" /* 4 */
			   "  device: net_null1\n" /* 5 */
			   "  address: 192.168.0.254/24\n" /* 6 */
			   "ike:\n" /* 7 */
			   "  psk: secret123\n" /* 8 */
			   "pools:\n" /* 9 */
			   "  - 192.168.0.1-192.168.0.31\n" /* 10 */
			   "users:\n" /* 11 */
			   "  - name: user-01\n" /* 12 */
			   "    password: password123\n"; /* 13 */

static inline void
replaced(const char *from, const char *to, char *out, size_t size)
{
	const char *at = strstr(good, from);

	assert_non_null(at);
	snprintf(out, size, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
}

#endif
