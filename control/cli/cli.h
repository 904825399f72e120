/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The operator's commands, over a UNIX stream socket. A request is one line; the answer is text or
 * JSON, and the connection ends with it. No client can block the loop.
 *
 * Request: "text" or "json", then the words of the command, each after a TAB, then a newline.
 * Answer: the status as a digit, a space, the length of the output in bytes, a newline, the output.
 */
#ifndef CLI_H
#define CLI_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CLI_CLIENTS_MAX = 8, /* more wait in the queue of the socket */
	CLI_REQUEST_MAX = 4096, /* bytes of a request */
	CLI_ARGS_MAX = 16, /* words of a request */
	CLI_CLIENT_MS = 10000, /* without a byte sent or read, after which a client is dropped */
	CLI_COLUMNS_MAX = 32,
};

enum cli_status {
	CLI_OK = 0,
	CLI_FAILED = 1, /* refused, or not found */
	CLI_USAGE = 2, /* unknown command, or wrong arguments */
};

/* An answer that is being built: rows of a table, messages. */
struct cli_out;

struct cli_command {
	const char *words; /* "show sessions" */
	const char *args; /* "[USER]", for the help text; "": none */
	unsigned min_args, max_args; /* arguments after the words */
	const char *help;
	/* argv has the arguments after the words. */
	enum cli_status (*fn)(void *arg, struct cli_out *out, int argc, char **argv);
};

/*
 * Begins a table, at most one per command; the headings outlive the answer. Text: headings and
 * aligned columns. JSON: an array of objects whose names are the headings in lower case with "_"
 * for spaces.
 */
void cli_table(struct cli_out *out, const char *const *headings, unsigned n);

/* Appends a cell, row by row from left to right. NULL: "-", and null in JSON. */
void cli_str(struct cli_out *out, const char *text);
void cli_strf(struct cli_out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void cli_num(struct cli_out *out, uint64_t n);
void cli_bool(struct cli_out *out, bool v);

/*
 * Appends a line. JSON: {"message": ...}, or {"error": ...} if the command fails; with a table it
 * is left out, as it is meant for people.
 */
void cli_message(struct cli_out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

struct cli;

/*
 * Listens on the path with mode 0600; its folder is created with mode 0700 if it does not exist. A
 * socket that no process listens on is replaced. `commands` and arg outlive the server. NULL after
 * a log line.
 */
struct cli *cli_new(
	const char *path, const struct cli_command *commands, size_t n_commands, void *arg);

/*
 * Waits up to timeout_ms for clients, then serves them, with the lock held around each command.
 * lock NULL: none.
 */
void cli_poll(struct cli *cli, int timeout_ms, pthread_mutex_t *lock);

/* Closes all connections and removes the socket. NULL is allowed. */
void cli_free(struct cli *cli);

#endif
