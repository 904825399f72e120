/* SPDX-License-Identifier: BSD-3-Clause */
#include "log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(LOG_SINK_LINE_MAX <= PIPE_BUF, "a pipe takes a line whole");

enum how {
	HOW_WAIT, /* as it comes: log_sink_open() has not been called */
	HOW_FILE, /* a regular file takes what it gets */
	HOW_SEND, /* a socket: MSG_DONTWAIT */
	HOW_OWN, /* an open file description of our own, with O_NONBLOCK */
	HOW_POLL, /* asked first whether it takes more */
};

/* One for the process, as stderr is. */
static struct {
	enum how how;
	int fd; /* of HOW_OWN */
	atomic_bool torn; /* the last line was cut by a terminal: the next begins anew */
} sink = {.fd = -1};

/*
 * O_NONBLOCK belongs to the open file description, which stderr shares with the shell and other
 * processes. So pipes and terminals are opened once more; sockets have a flag for each message; a
 * regular file has no reader to wait for.
 */
void
log_sink_open(void)
{
	struct stat st;

	if (sink.fd >= 0)
		close(sink.fd);
	sink.fd = -1;
	sink.how = HOW_POLL;
	atomic_store(&sink.torn, false);
	if (fstat(STDERR_FILENO, &st) != 0)
		return;
	if (S_ISREG(st.st_mode)) {
		sink.how = HOW_FILE;
	} else if (S_ISSOCK(st.st_mode)) {
		sink.how = HOW_SEND;
	} else if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)) {
		sink.fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (sink.fd >= 0)
			sink.how = HOW_OWN;
	}
}

static bool
takes_more(void)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
}

static ssize_t
put_once(const char *bytes, size_t n)
{
	switch (sink.how) {
	case HOW_SEND:
		return send(STDERR_FILENO, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	case HOW_OWN:
		return write(sink.fd, bytes, n);
	case HOW_POLL:
		return takes_more() ? write(STDERR_FILENO, bytes, n) : -1;
	case HOW_WAIT:
	case HOW_FILE:
		return write(STDERR_FILENO, bytes, n);
	}
	return -1;
}

/* All of a line, or false. */
static bool
put(const char *bytes, size_t n)
{
	int saved = errno;
	ssize_t done;

	do {
		errno = 0;
		done = put_once(bytes, n);
	} while (done < 0 && errno == EINTR);
	errno = saved;
	if (done > 0 && (size_t)done < n)
		atomic_store(&sink.torn, true);
	/* A line without its newline is there, as the next one begins with it. */
	return done == (ssize_t)n || (done > 0 && done + 1 == (ssize_t)n);
}

bool
log_sink_write(const char *line, size_t n)
{
	if (atomic_load(&sink.torn)) {
		if (!put("\n", 1))
			return false;
		atomic_store(&sink.torn, false);
	}
	/* A single write, so that lines of several processes do not mix. */
	return put(line, n);
}
