/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "log.h"
#include "log_sink.h"

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

/* --- a reader that has stalled ------------------------------------------------------------------------ */

enum {
	STALLED_LINES = 3000, /* in all more than a pipe, a socket or a terminal holds */
	STALLED_FIELD = 200, /* bytes of each */
	STALLED_WAIT_MS = 20000, /* for what must come */
};

/* Both ends of what may be the stderr of a process: a write waits, as it does by default. */
static int
pipe_ends(int ends[2])
{
	return pipe(ends);
}

static int
socket_ends(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}

static int
terminal_ends(int ends[2])
{
	ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
	if (ends[0] < 0 || grantpt(ends[0]) != 0 || unlockpt(ends[0]) != 0)
		return -1;
	ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY);
	return ends[1] < 0 ? -1 : 0;
}

/* What the reader has read so far. */
static char read_text[STALLED_LINES * 2 * STALLED_FIELD];
static size_t read_len;

static bool
can(int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};

	return poll(&p, 1, STALLED_WAIT_MS) == 1 && (p.revents & events) != 0;
}

/* Waits for more, and adds it. */
static void
read_more(int fd)
{
	ssize_t n;

	assert_true(can(fd, POLLIN));
	n = read(fd, read_text + read_len, sizeof(read_text) - 1 - read_len);
	assert_true(n > 0);
	read_len += (size_t)n;
	read_text[read_len] = '\0';
}

/* Whether the line is the test's of any number, whole; then its number. */
static bool
is_whole(const char *line, unsigned *number)
{
	int n = 0;

	return sscanf(line, "<6>ike: %5u %n", number, &n) == 1 && n > 0 &&
	       strspn(line + n, "x") == STALLED_FIELD;
}

/* How many of the test's lines have come whole, each once and in their order. */
static unsigned
whole_lines(void)
{
	unsigned n = 0, number, next = 0;

	for (const char *line = read_text; *line;
		line += strcspn(line, "\n"), line += *line == '\n') {
		if (!is_whole(line, &number))
			continue;
		assert_true(number >= next);
		next = number + 1;
		n++;
	}
	return n;
}

/* How many lines are missing, by what the log says in whole lines. */
static unsigned long long
reported(void)
{
	unsigned long long n, sum = 0;
	int end;

	for (const char *line = strstr(read_text, "<4>main: "); line != NULL;
		line = strstr(line + 1, "<4>main: ")) {
		end = 0;
		sscanf(line,
			"<4>main: %llu log lines were lost: the reader of stderr is too slow%n", &n,
			&end);
		sum += end > 0 ? n : 0;
	}
	return sum;
}

/* Whatever a test makes of stderr, the next one finds the old one. */
static int
keep(void **state)
{
	(void)state;
	cap.saved = dup(STDERR_FILENO);
	return cap.saved < 0 ? -1 : 0;
}

static int
restore(void **state)
{
	(void)state;
	if (dup2(cap.saved, STDERR_FILENO) < 0)
		return -1;
	log_sink_open();
	close(cap.saved);
	return 0;
}

static void
stalled_reader(int (*make)(int ends[2]))
{
	static char field[STALLED_FIELD + 1];
	unsigned long long before = log_lost();
	unsigned long long lost;
	int ends[2] = {-1, -1};

	assert_int_equal(make(ends), 0);
	setenv("JOURNAL_STREAM", "8:1", 1);
	log_set_level_all(LOG_LEVEL_INFO);
	memset(field, 'x', STALLED_FIELD);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	log_sink_open();
	/* Were one of them to wait, the test would end by its timeout. */
	for (unsigned i = 0; i < STALLED_LINES; i++)
		log_info(IKE, NULL, "%05u %s", i, field);
	lost = log_lost() - before;
	assert_in_range(lost, 1, STALLED_LINES - 1);
	/* Nobody else who writes to the same stderr finds it changed. */
	assert_int_equal(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);

	read_len = 0;
	read_text[0] = '\0';
	while (whole_lines() + lost < STALLED_LINES)
		read_more(ends[0]);
	assert_int_equal(whole_lines() + lost, STALLED_LINES);
	/* The reader is back: as soon as stderr takes a line, it is told what is missing. */
	do {
		assert_true(can(ends[1], POLLOUT));
		lost = log_lost() - before;
		log_info(IKE, NULL, "back");
	} while (log_lost() - before != lost);
	log_info(IKE, NULL, "again");
	while (strstr(read_text, "<6>ike: again") == NULL)
		read_more(ends[0]);
	assert_int_equal(reported(), lost);
	assert_int_equal(log_lost() - before, lost);
	assert_non_null(strstr(read_text, "<6>ike: back"));
	close(ends[0]);
	close(ends[1]);
}

static void
stalled_pipe(void **state)
{
	(void)state;
	stalled_reader(pipe_ends);
}

static void
stalled_socket(void **state)
{
	(void)state;
	stalled_reader(socket_ends);
}

static void
stalled_terminal(void **state)
{
	(void)state;
	stalled_reader(terminal_ends);
}

/* A regular file gets all lines, at its end. */
static void
regular_file(void **state)
{
	char path[] = "/tmp/kanmon-log-XXXXXX", text[64] = "";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	setenv("JOURNAL_STREAM", "8:1", 1);
	assert_int_equal(write(fd, "first\n", 6), 6);
	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	log_sink_open();
	log_info(IKE, NULL, "second");
	assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "first\n<6>ike: second\n");
	close(fd);
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
		cmocka_unit_test_setup_teardown(stalled_pipe, keep, restore),
		cmocka_unit_test_setup_teardown(stalled_socket, keep, restore),
		cmocka_unit_test_setup_teardown(stalled_terminal, keep, restore),
		cmocka_unit_test_setup_teardown(regular_file, keep, restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
