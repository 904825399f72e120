/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_libc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "log.h"

/* --- memory ----------------------------------------------------------------------------------- */

static bool in_gateway, fail_always;
static unsigned fail_at, count;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
int __real_vasprintf(char **out, const char *fmt, va_list ap);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);
int __wrap_vasprintf(char **out, const char *fmt, va_list ap);

void
fake_memory_fail(unsigned n, bool always)
{
	fail_at = n;
	fail_always = always;
	count = 0;
}

void
fake_memory_gateway(bool gateway)
{
	in_gateway = gateway;
}

unsigned
fake_memory_count(void)
{
	return count;
}

static bool
fails(void)
{
	if (!in_gateway)
		return false;
	count++;
	return fail_at != 0 && (count == fail_at || (fail_always && count > fail_at));
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

int
__wrap_vasprintf(char **out, const char *fmt, va_list ap)
{
	return fails() ? -1 : __real_vasprintf(out, fmt, ap);
}

void *
fake_alloc(size_t size)
{
	void *p = __real_calloc(1, size);

	if (p == NULL)
		abort();
	return p;
}

void
fake_free(void *p)
{
	free(p);
}

/* --- randomness ------------------------------------------------------------------------------- */

static uint64_t random_state;

static const char *
random_name(void)
{
	return "repeatable";
}

/* SplitMix64, by Steele, Lea and Flood. */
static uint32_t
random_next(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)(z ^ z >> 31);
}

static void
random_fill(void *buf, const size_t size)
{
	uint8_t *p = buf;

	for (size_t i = 0; i < size; i++)
		p[i] = (uint8_t)random_next();
}

void
fake_random_begin(uint32_t seed)
{
	static struct randombytes_implementation repeatable = {
		.implementation_name = random_name,
		.random = random_next,
		.buf = random_fill,
	};

	random_state = seed;
	randombytes_set_implementation(&repeatable);
}

/* --- the log ---------------------------------------------------------------------------------- */

enum { LINES = 1024, LINE_LEN = 320 };

static char lines[LINES][LINE_LEN];
static unsigned n_lines;

void __wrap_log_line(enum log_module module, enum log_level level, const char *who, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));

void
__wrap_log_line(enum log_module module, enum log_level level, const char *who, const char *fmt, ...)
{
	char *line = lines[n_lines++ % LINES];
	va_list ap;
	int n = snprintf(line, LINE_LEN, "%s%s%s: ", who ? who : "", who ? ": " : "",
		log_module_name(module));

	(void)level;
	va_start(ap, fmt);
	if (n > 0 && n < LINE_LEN)
		vsnprintf(line + n, (size_t)(LINE_LEN - n), fmt, ap);
	va_end(ap);
}

static unsigned
oldest(void)
{
	return n_lines > LINES ? n_lines - LINES : 0;
}

unsigned
fake_log_count(const char *text)
{
	unsigned n = 0;

	for (unsigned i = oldest(); i < n_lines; i++)
		n += strstr(lines[i % LINES], text) != NULL;
	return n;
}

const char *
fake_log_last(const char *text)
{
	for (unsigned i = n_lines; i > oldest(); i--)
		if (strstr(lines[(i - 1) % LINES], text) != NULL)
			return lines[(i - 1) % LINES];
	return NULL;
}

void
fake_log_clear(void)
{
	n_lines = 0;
}

void
fake_log_dump(void)
{
	for (unsigned i = oldest(); i < n_lines; i++)
		fprintf(stderr, "    %s\n", lines[i % LINES]);
}
