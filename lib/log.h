/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One line per event on stderr. Under journald each line has its priority (the "<N>" prefix of
 * sd-daemon(3)), elsewhere a time stamp. The code that takes a decision logs it. Secrets are never
 * logged.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>

/* Values are syslog's. */
enum log_level {
	LOG_LEVEL_ERR = 3, /* the operator must act */
	LOG_LEVEL_WARNING = 4, /* something is refused */
	LOG_LEVEL_NOTICE = 5, /* sessions go up and down, start, stop */
	LOG_LEVEL_INFO = 6, /* steps of a negotiation */
	LOG_LEVEL_DEBUG = 7,
};

#define LOG_MODULES(X)      \
	X(MAIN, "main")     \
	X(CONFIG, "config") \
	X(CONN, "conn")     \
	X(IKE, "ike")       \
	X(L2TP, "l2tp")     \
	X(PPP, "ppp")       \
	X(NET, "net")       \
	X(DP, "dp")         \
	X(CLI, "cli")

enum log_module {
#define X(sym, name) LOG_##sym,
	LOG_MODULES(X)
#undef X
		LOG_N_MODULES
};

/* Names as in the configuration; -1 if there is no such level or module. */
int log_level_parse(const char *name);
int log_module_parse(const char *name);
const char *log_level_name(enum log_level level);
const char *log_module_name(enum log_module module);

/*
 * Lines that stderr did not take in time and that are lost (log_sink.h), since the start. The next
 * line that is written follows one that says how many are missing.
 */
unsigned long long log_lost(void);

void log_set_level(enum log_module module, enum log_level level);
void log_set_level_all(enum log_level level);
bool log_on(enum log_module module, enum log_level level);

/*
 * Writes "who: module: text" if the level is on. `who` names the connection that the line is about
 * ("conn 17 10.0.0.1"), or is NULL. Bytes other than printable ASCII are written as \xNN, so a
 * peer's strings may be passed as received.
 */
void log_line(enum log_module module, enum log_level level, const char *who, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#define log_err(m, who, ...)     log_line(LOG_##m, LOG_LEVEL_ERR, who, __VA_ARGS__)
#define log_warning(m, who, ...) log_line(LOG_##m, LOG_LEVEL_WARNING, who, __VA_ARGS__)
#define log_notice(m, who, ...)  log_line(LOG_##m, LOG_LEVEL_NOTICE, who, __VA_ARGS__)
#define log_info(m, who, ...)    log_line(LOG_##m, LOG_LEVEL_INFO, who, __VA_ARGS__)
#define log_debug(m, who, ...)                                                \
	do {                                                                  \
		if (log_on(LOG_##m, LOG_LEVEL_DEBUG))                         \
			log_line(LOG_##m, LOG_LEVEL_DEBUG, who, __VA_ARGS__); \
	} while (0)

/* A token bucket for lines that an unauthenticated peer can cause. It is full when zeroed. */
struct log_limit {
	unsigned long long last_ms; /* until when tokens were given back, monotonic */
	unsigned spent; /* tokens */
	unsigned suppressed; /* lines since the last one written */
};

#define LOG_LIMIT_BURST 20 /* lines in a row */
#define LOG_LIMIT_PER_S 5 /* lines a second after that */

/* Whether a line may be written at now_ms. Logs how many were suppressed before it. */
bool log_allowed(struct log_limit *limit, unsigned long long now_ms, enum log_module module);

#endif
