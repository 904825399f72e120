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

/* The report on one file: all lines of a kind, each with a newline. */
struct lines {
	char text[16384]; /* errors */
	unsigned n; /* errors */
	char warnings[4096];
};

static inline void
collect(void *arg, enum config_severity severity, const char *line)
{
	struct lines *lines = arg;
	char *text = severity == CONFIG_ERROR ? lines->text : lines->warnings;
	size_t size = severity == CONFIG_ERROR ? sizeof(lines->text) : sizeof(lines->warnings);
	size_t len = strlen(text);

	lines->n += severity == CONFIG_ERROR;
	snprintf(text + len, size - len, "%s\n", line);
}

/* Valid on a machine with two cores. */
static const char good[] = "wan:\n" /* 1 */
			   "  device: net_null0\n" /* 2 */
			   "  address: 10.0.0.254/24\n" /* 3 */
			   "lan:\n" /* 4 */
			   "  device: net_null1\n" /* 5 */
			   "  address: 192.168.0.254/24\n" /* 6 */
			   "ike:\n" /* 7 */
			   "  psk: long-enough-secret\n" /* 8 */
			   "pools:\n" /* 9 */
			   "  - 192.168.0.1-192.168.0.31\n" /* 10 */
			   "users:\n" /* 11 */
			   "  - name: user-01\n" /* 12 */
			   "    password: long-enough-password\n"; /* 13 */

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
	const char *expect; /* all errors, or "" */
	const char *warnings; /* all warnings; NULL: not looked at */
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
		rc = config_parse(
			"t", text, strlen(text), CONFIG_ANY_MACHINE, &config, collect, &lines);
		if (strcmp(lines.text, cases[i].expect) != 0)
			print_error("case %zu:\n%s", i, text);
		assert_string_equal(lines.text, cases[i].expect);
		if (cases[i].warnings != NULL)
			assert_string_equal(lines.warnings, cases[i].warnings);
		assert_int_equal(rc == 0, cases[i].expect[0] == '\0');
		if (rc == 0)
			config_free(&config);
	}
}

#endif
