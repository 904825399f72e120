/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The operator's commands, over a UNIX stream socket. A request is one line, an answer is text or JSON and ends with the
 * connection. Nothing a client does or leaves undone holds up the loop.
 *
 * Request: "text" or "json", then the words of the command, each after a TAB, then a newline. Answer: the status as
 * a digit, a space, the length of the output in bytes, a newline, the output.
 */
#ifndef CLI_H
#define CLI_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CLI_CLIENTS_MAX = 8, /* further ones wait in the socket's queue */
	CLI_REQUEST_MAX = 4096, /* bytes of a request */
	CLI_ARGS_MAX = 16, /* words of a request */
	CLI_CLIENT_MS = 10000, /* a client that neither asks nor reads for so long is cut off */
	CLI_COLUMNS_MAX = 32,
};

enum cli_status {
	CLI_OK = 0,
	CLI_FAILED = 1, /* refused, not found */
	CLI_USAGE = 2, /* no such command, wrong arguments */
};

/* The answer in the making: rows of a table, messages, a status. */
struct cli_out;

struct cli_command {
	const char *words; /* "show sessions" */
	const char *args; /* "[USER]" for the help text; "" when it takes none */
	unsigned min_args, max_args; /* arguments after the words */
	const char *help;
	/* argv holds what follows the words. */
	enum cli_status (*fn)(void *arg, struct cli_out *out, int argc, char **argv);
};

/*
 * Begins a table. Text: headings and aligned columns. JSON: an array of objects with the headings as names, in
 * lower case with "_" for spaces. A command makes at most one table.
 */
void cli_table(struct cli_out *out, const char *const *headings, unsigned n);

/* The next cell, row after row from left to right. NULL: "-" and JSON's null. */
void cli_str(struct cli_out *out, const char *text);
void cli_strf(struct cli_out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void cli_num(struct cli_out *out, uint64_t n);
void cli_bool(struct cli_out *out, bool v);

/*
 * A sentence of its own line. JSON: {"message": ...}, or {"error": ...} if the command fails; beside a table it is a remark
 * for people and stands in the text alone.
 */
void cli_message(struct cli_out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

struct cli;

/*
 * Listens on the path: mode 0600, in a folder that is made with mode 0700 if it is not there. A socket that nobody
 * answers on is replaced. NULL after a log line.
 */
struct cli *cli_new(
	const char *path, const struct cli_command *commands, size_t n_commands, void *arg);

/*
 * Waits for clients up to timeout_ms without the lock, then serves what has come with the lock (NULL: none) held
 * around the commands.
 */
void cli_poll(struct cli *cli, int timeout_ms, pthread_mutex_t *lock);

/* Closes all, removes the socket. NULL is fine. */
void cli_free(struct cli *cli);

#endif
