/* SPDX-License-Identifier: BSD-3-Clause */
/* A valid configuration to put errors in, and what collects the reports on them. */
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

/* All error lines of one file, each with a newline. */
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

/* Valid on a machine with two cores. */
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

/* The valid configuration with one change: `from`, a whole line or part of one, becomes `to`. */
static inline void
replaced(const char *from, const char *to, char *out, size_t size)
{
	const char *at = strstr(good, from);

	assert_non_null(at);
	snprintf(out, size, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
}

struct config_case {
	const char *from, *to; /* as for replaced() */
	const char *expect; /* all lines, or "" */
};

static inline void
check_cases(const struct config_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct lines lines = {0};
		struct config config;
		char text[2048];
		int rc;

		replaced(cases[i].from, cases[i].to, text, sizeof(text));
		rc = config_parse("t", text, strlen(text), &config, collect, &lines);
		if (strcmp(lines.text, cases[i].expect) != 0)
			print_error("case %zu:\n%s", i, text);
		assert_string_equal(lines.text, cases[i].expect);
		assert_int_equal(rc == 0, cases[i].expect[0] == '\0');
		if (rc == 0)
			config_free(&config);
	}
}

#endif
