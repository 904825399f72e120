/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lanes in builds with a sanitizer: a packet that does not fit aborts instead of writing beyond the
 * arrays.
 */
#ifndef LANE_CHECKED
#define LANE_CHECKED
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "lane.h"

static void
append(struct lane *l, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		lane_append(l, (struct rte_mbuf *)(void *)l, l);
}

/*
 * The exit status of a process that appends n packets to an empty lane, or minus the signal that
 * ended it.
 */
static int
status_of(unsigned n)
{
	static const struct rlimit no_core;
	static struct lane l;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		/* The message of assert() would look like a failure of the test. */
		dup2(null, STDERR_FILENO);
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		append(&l, n);
		_exit(l.n == n ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void
a_lane_holds_its_maximum(void **state)
{
	(void)state;
	assert_int_equal(status_of(LANE_MAX), 0);
}

static void
one_packet_more_aborts(void **state)
{
	(void)state;
	assert_int_equal(status_of(LANE_MAX + 1), -SIGABRT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lane_holds_its_maximum),
		cmocka_unit_test(one_packet_more_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
