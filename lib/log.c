/* SPDX-License-Identifier: BSD-3-Clause */
#include "log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log_sink.h"

#define LINE_LEN LOG_SINK_LINE_MAX

static const char *const module_name[] = {
#define X(sym, name) [LOG_##sym] = name,
	LOG_MODULES(X)
#undef X
};

static const struct {
	enum log_level level;
	const char *name;
} level_name[] = {
	{LOG_LEVEL_ERR, "error"},
	{LOG_LEVEL_WARNING, "warning"},
	{LOG_LEVEL_NOTICE, "notice"},
	{LOG_LEVEL_INFO, "info"},
	{LOG_LEVEL_DEBUG, "debug"},
};

#define N_LEVELS (sizeof(level_name) / sizeof(level_name[0]))

/* The globals of lib/ are those of the log. 0 stands for the default, info. */
static unsigned char module_level[LOG_N_MODULES];
static atomic_ullong lost_lines, unreported;

int
log_level_parse(const char *name)
{
	for (size_t i = 0; i < N_LEVELS; i++)
		if (strcmp(name, level_name[i].name) == 0)
			return (int)level_name[i].level;
	return -1;
}

int
log_module_parse(const char *name)
{
	for (int i = 0; i < LOG_N_MODULES; i++)
		if (strcmp(name, module_name[i]) == 0)
			return i;
	return -1;
}

const char *
log_level_name(enum log_level level)
{
	for (size_t i = 0; i < N_LEVELS; i++)
		if (level_name[i].level == level)
			return level_name[i].name;
	return "?";
}

const char *
log_module_name(enum log_module module)
{
	return module < LOG_N_MODULES ? module_name[module] : "?";
}

void
log_set_level(enum log_module module, enum log_level level)
{
	if (module < LOG_N_MODULES)
		module_level[module] = (unsigned char)level;
}

void
log_set_level_all(enum log_level level)
{
	for (int i = 0; i < LOG_N_MODULES; i++)
		module_level[i] = (unsigned char)level;
}

bool
log_on(enum log_module module, enum log_level level)
{
	unsigned on = module_level[module] ? module_level[module] : LOG_LEVEL_INFO;

	return (unsigned)level <= on;
}

/*
 * Appends text to line and escapes bytes that could confuse a terminal or a parser: C0, DEL, and
 * all bytes above, because of C1 and because journald hides lines that are not valid UTF-8.
 */
static size_t
append_clean(char *line, size_t at, size_t size, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (at + 5 >= size)
			break;
		if (c >= 0x20 && c < 0x7f)
			line[at++] = (char)c;
		else
			at += (size_t)snprintf(line + at, size - at, "\\x%02x", c);
	}
	return at;
}

/* The start of a line: a priority for journald, the time and the level for people. */
static size_t
head(char *line, size_t size, enum log_level level)
{
	struct timespec now;
	struct tm tm;
	size_t n;

	if (getenv("JOURNAL_STREAM") != NULL)
		return (size_t)snprintf(line, size, "<%d>", (int)level);
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &tm);
	return n + (size_t)snprintf(line + n, size - n, ".%03ldZ %-7s ", now.tv_nsec / 1000000,
			   log_level_name(level));
}

static bool
write_line(enum log_module module, enum log_level level, const char *who, const char *text)
{
	char line[LINE_LEN];
	size_t n = head(line, sizeof(line), level);

	if (who != NULL) {
		n = append_clean(line, n, sizeof(line) - 1, who);
		n = append_clean(line, n, sizeof(line) - 1, ": ");
	}
	n = append_clean(line, n, sizeof(line) - 1, log_module_name(module));
	n = append_clean(line, n, sizeof(line) - 1, ": ");
	n = append_clean(line, n, sizeof(line) - 1, text);
	line[n++] = '\n';
	return log_sink_write(line, n);
}

/* Says where lines are missing. False when that cannot be written either. */
static bool
report_lost(void)
{
	unsigned long long n;
	char text[128];

	if (atomic_load(&unreported) == 0)
		return true;
	n = atomic_exchange(&unreported, 0);
	if (n == 0)
		return true;
	snprintf(text, sizeof(text), "%llu log lines were lost: the reader of stderr is too slow",
		n);
	if (write_line(LOG_MAIN, LOG_LEVEL_WARNING, NULL, text))
		return true;
	atomic_fetch_add(&unreported, n);
	return false;
}

void
log_line(enum log_module module, enum log_level level, const char *who, const char *fmt, ...)
{
	char text[LINE_LEN - 128];
	va_list ap;

	if (!log_on(module, level))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (report_lost() && write_line(module, level, who, text))
		return;
	atomic_fetch_add(&lost_lines, 1);
	atomic_fetch_add(&unreported, 1);
}

unsigned long long
log_lost(void)
{
	return atomic_load(&lost_lines);
}

bool
log_allowed(struct log_limit *limit, unsigned long long now_ms, enum log_module module)
{
	unsigned long long back = (now_ms - limit->last_ms) * LOG_LIMIT_PER_S / 1000;

	if (back >= limit->spent) {
		limit->spent = 0;
		limit->last_ms = now_ms;
	} else {
		/*
		 * Only the time that these tokens took; the remainder counts towards the next
		 * token.
		 */
		limit->spent -= (unsigned)back;
		limit->last_ms += back * 1000 / LOG_LIMIT_PER_S;
	}
	if (limit->spent >= LOG_LIMIT_BURST) {
		limit->suppressed++;
		return false;
	}
	limit->spent++;
	if (limit->suppressed > 0) {
		log_line(module, LOG_LEVEL_WARNING, NULL, "%u similar lines suppressed",
			limit->suppressed);
		limit->suppressed = 0;
	}
	return true;
}
