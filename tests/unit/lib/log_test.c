/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "log.h"

/* Redirects standard error into a pipe while a test runs. */
struct capture {
	int saved, pipe[2];
	char text[16384];
};

static struct capture cap;

static int
begin(void **state)
{
	(void)state;
	setenv("JOURNAL_STREAM", "8:1", 1);
	log_set_level_all(LOG_LEVEL_INFO);
	cap.saved = dup(STDERR_FILENO);
	if (cap.saved < 0 || pipe2(cap.pipe, O_NONBLOCK) != 0)
		return -1;
	return dup2(cap.pipe[1], STDERR_FILENO) < 0 ? -1 : 0;
}

static int
end(void **state)
{
	(void)state;
	dup2(cap.saved, STDERR_FILENO);
	close(cap.saved);
	close(cap.pipe[0]);
	close(cap.pipe[1]);
	return 0;
}

/* Returns what was logged since the last call. */
static const char *
logged(void)
{
	ssize_t n = read(cap.pipe[0], cap.text, sizeof(cap.text) - 1);

	cap.text[n > 0 ? n : 0] = '\0';
	return cap.text;
}

static unsigned
lines(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void
names(void **state)
{
	static const struct {
		const char *name;
		int level;
	} levels[] = {{"error", 3}, {"warning", 4}, {"notice", 5}, {"info", 6}, {"debug", 7},
		{"", -1}, {"Info", -1}, {"inf", -1}, {"infos", -1}, {"6", -1}};

	(void)state;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		assert_int_equal(log_level_parse(levels[i].name), levels[i].level);
		if (levels[i].level >= 0)
			assert_string_equal(
				log_level_name((enum log_level)levels[i].level), levels[i].name);
	}
	for (int m = 0; m < LOG_N_MODULES; m++)
		assert_int_equal(log_module_parse(log_module_name((enum log_module)m)), m);
	assert_int_equal(log_module_parse("l2tp"), LOG_L2TP);
	assert_int_equal(log_module_parse("L2TP"), -1);
	assert_int_equal(log_module_parse(""), -1);
	assert_string_equal(log_level_name((enum log_level)0), "?");
	assert_string_equal(log_module_name(LOG_N_MODULES), "?");
}

static void
levels_per_module(void **state)
{
	(void)state;
	log_set_level(LOG_PPP, LOG_LEVEL_WARNING);
	log_set_level(LOG_IKE, LOG_LEVEL_DEBUG);
	log_notice(PPP, NULL, "not this");
	log_debug(L2TP, NULL, "nor this");
	assert_string_equal(logged(), "");
	log_warning(PPP, NULL, "this");
	log_debug(IKE, NULL, "and %s", "this");
	log_err(L2TP, NULL, "and this");
	assert_string_equal(logged(), "<4>ppp: this\n<7>ike: and this\n<3>l2tp: and this\n");
	log_set_level_all(LOG_LEVEL_ERR);
	log_warning(IKE, NULL, "no more");
	assert_string_equal(logged(), "");
}

static void
line_for_a_person(void **state)
{
	const char *line;
	int year, end_at = 0;

	(void)state;
	unsetenv("JOURNAL_STREAM");
	log_notice(CONN, "conn 17 10.0.0.1", "up");
	line = logged();
	assert_int_equal(sscanf(line, "%4d-%*2d-%*2dT%*2d:%*2d:%*2d.%*3dZ %n", &year, &end_at), 1);
	assert_int_equal(end_at, 25);
	assert_string_equal(line + end_at, "notice  conn 17 10.0.0.1: conn: up\n");
}

/* A peer's text can neither begin a new line nor control the terminal. */
static void
peers_bytes(void **state)
{
	(void)state;
	log_info(PPP, "conn 1\n<0>x", "user '%s'", "a\r\n<3>ike: \x1b[2J\x7f\x9b\xc3\xa4\t%n");
	assert_string_equal(logged(), "<6>conn 1\\x0a<0>x: ppp: user "
				      "'a\\x0d\\x0a<3>ike: \\x1b[2J\\x7f\\x9b\\xc3\\xa4\\x09%n'\n");
}

static void
long_line(void **state)
{
	char text[5000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_info(PPP, text, "%s", text);
	assert_int_equal(lines(logged()), 1);
	assert_in_range(strlen(cap.text), 900, 1024);
	memset(text, '\x01', sizeof(text) - 1);
	log_info(PPP, "who", "%s", text);
	assert_int_equal(lines(logged()), 1);
	assert_in_range(strlen(cap.text), 900, 1024);
	/* A line is truncated between bytes, not inside an escape. */
	assert_string_equal(strrchr(cap.text, '\\'), "\\x01\n");
}

/* Returns how many of `tries`, one every step_ms, are allowed. */
static unsigned
allowed(struct log_limit *limit, unsigned long long *now_ms, unsigned tries, unsigned step_ms)
{
	unsigned n = 0;

	for (; tries > 0; tries--, *now_ms += step_ms)
		n += log_allowed(limit, *now_ms, LOG_IKE);
	return n;
}

static void
limit_burst(void **state)
{
	unsigned long long now = 5000000;
	struct log_limit limit = {0};

	(void)state;
	assert_int_equal(allowed(&limit, &now, 100, 0), LOG_LIMIT_BURST);
	assert_string_equal(logged(), "");
	/*
	 * After a second lines are allowed again, and the first one says how many were suppressed.
	 */
	now += 1000;
	assert_int_equal(allowed(&limit, &now, 100, 0), LOG_LIMIT_PER_S);
	assert_string_equal(logged(), "<4>ike: 80 similar lines suppressed\n");
	/* After a long silence the burst is allowed again, but not more. */
	now += 1000000;
	assert_int_equal(allowed(&limit, &now, 100, 0), LOG_LIMIT_BURST);
	assert_string_equal(logged(), "<4>ike: 95 similar lines suppressed\n");
}

/* The rate does not depend on how often it is called: fractions of a token are not lost. */
static void
limit_rate(void **state)
{
	static const unsigned steps[] = {1, 7, 50, 130, 199};

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		unsigned long long now = 77;
		struct log_limit limit = {0};
		unsigned n;

		allowed(&limit, &now, LOG_LIMIT_BURST, 0);
		n = allowed(&limit, &now, 20000 / steps[i], steps[i]);
		logged();
		assert_in_range(n, 20 * LOG_LIMIT_PER_S - 2, 20 * LOG_LIMIT_PER_S + 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test_setup_teardown(levels_per_module, begin, end),
		cmocka_unit_test_setup_teardown(line_for_a_person, begin, end),
		cmocka_unit_test_setup_teardown(peers_bytes, begin, end),
		cmocka_unit_test_setup_teardown(long_line, begin, end),
		cmocka_unit_test_setup_teardown(limit_burst, begin, end),
		cmocka_unit_test_setup_teardown(limit_rate, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
