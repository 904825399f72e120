/* SPDX-License-Identifier: BSD-3-Clause */
/* kanmonctl sends the operator's command to kanmond and prints the answer. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli.h"
#include "paths.h"
#include "version.h"

static void
usage(FILE *out)
{
	fputs("usage: kanmonctl [-s SOCKET] [--json] COMMAND...\n"
	      "  -s, --socket SOCKET  the control socket of kanmond (default: $KANMON_SOCKET, or\n"
	      "                       " PATHS_CONTROL_SOCKET ")\n"
	      "  -j, --json           print the answer as JSON\n"
	      "  -V, --version        print the version and exit\n"
	      "  -h, --help           print this help and exit\n"
	      "\"kanmonctl help\" lists the commands.\n"
	      "Exit status: 0 success, 1 command refused or kanmond not reached, 2 wrong usage.\n",
		out);
}

struct options {
	const char *socket;
	bool json;
};

/* -1 to continue, else the exit status. */
static int
parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{"socket", required_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *env = getenv("KANMON_SOCKET");
	int c;

	o->socket = env != NULL && env[0] != '\0' ? env : PATHS_CONTROL_SOCKET;
	while ((c = getopt_long(argc, argv, "s:jVh", longs, NULL)) != -1) {
		switch (c) {
		case 's':
			o->socket = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		case 'V':
			puts("kanmonctl " VERSION_TEXT);
			return CLI_OK;
		case 'h':
			usage(stdout);
			return CLI_OK;
		default:
			usage(stderr);
			return CLI_USAGE;
		}
	}
	if (optind == argc) {
		usage(stderr);
		return CLI_USAGE;
	}
	return -1;
}

/* Writes the request for the words; 0, or -1 if they are too long or contain a separator. */
static int
make_request(char *buf, size_t size, bool json, int n, char **words)
{
	size_t len = (size_t)snprintf(buf, size, "%s", json ? "json" : "text");

	for (int i = 0; i < n; i++) {
		if (strpbrk(words[i], "\t\n") != NULL || len + strlen(words[i]) + 3 > size)
			return -1;
		len += (size_t)snprintf(buf + len, size - len, "\t%s", words[i]);
	}
	buf[len] = '\n';
	buf[len + 1] = '\0';
	return n > CLI_ARGS_MAX ? -1 : 0;
}

static int
connect_to(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Errors are ignored: if kanmond refused the connection, there is an answer to read. */
static void
send_all(int fd, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	for (; len > 0; text += n, len -= (size_t)n) {
		n = send(fd, text, len, MSG_NOSIGNAL);
		if (n < 0)
			return;
	}
}

/* Prints the answer to stdout or stderr; returns the exit status. */
static int
print_answer(FILE *answer)
{
	char buf[65536];
	size_t len, n;
	int status;
	FILE *out;

	if (fscanf(answer, "%d %zu", &status, &len) != 2 || fgetc(answer) != '\n') {
		fputs("kanmonctl: no valid answer from kanmond\n", stderr);
		return CLI_FAILED;
	}
	out = status == CLI_OK ? stdout : stderr;
	while (len > 0 && (n = fread(buf, 1, len < sizeof(buf) ? len : sizeof(buf), answer)) > 0) {
		fwrite(buf, 1, n, out);
		len -= n;
	}
	if (len > 0 || fflush(out) != 0) {
		fputs(len > 0 ? "kanmonctl: the answer is incomplete\n"
			      : "kanmonctl: cannot write the answer\n",
			stderr);
		return CLI_FAILED;
	}
	return status;
}

int
main(int argc, char **argv)
{
	struct options o = {0};
	char request[CLI_REQUEST_MAX];
	int rc = parse_options(argc, argv, &o);
	FILE *answer;
	int fd;

	if (rc >= 0)
		return rc;
	if (make_request(request, sizeof(request), o.json, argc - optind, argv + optind) != 0) {
		fputs("kanmonctl: the command is too long, or contains a TAB or newline\n", stderr);
		return CLI_USAGE;
	}
	fd = connect_to(o.socket);
	if (fd < 0) {
		fprintf(stderr, "kanmonctl: cannot reach kanmond on %s: %s\n", o.socket,
			strerror(errno));
		return CLI_FAILED;
	}
	send_all(fd, request);
	answer = fdopen(fd, "r");
	if (answer == NULL) {
		fprintf(stderr, "kanmonctl: %s\n", strerror(errno));
		return CLI_FAILED;
	}
	return print_answer(answer);
}
