/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where log lines go: stderr, without ever waiting for whoever reads it. A line that stderr does not
 * take at once is lost. Any thread may write.
 */
#ifndef LOG_SINK_H
#define LOG_SINK_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of a line at most, with its newline: a pipe takes all of it or nothing (PIPE_BUF). */
#define LOG_SINK_LINE_MAX 1024

/*
 * From now on no line waits for the reader of stderr, be it a pipe, a socket of journald or a
 * terminal: a line that stderr does not take at once is lost. To be called again when stderr has
 * become another file.
 */
void log_sink_open(void);

/*
 * Writes a line, which ends with a newline. False when stderr did not take it, or not all of it;
 * then the next line still begins on a line of its own. Before log_sink_open() it may wait. errno is
 * left as it is, and a signal handler may call it.
 */
bool log_sink_write(const char *line, size_t n);

#endif
