/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is wrong with a text that is not valid YAML. The parser says where it gave up, which may be
 * many lines behind the mistake; here the usual mistakes are looked for. Nothing of a value is
 * printed, as it may be a secret.
 */
#include <stdarg.h>
#include <string.h>

#include "config_events.h"

/* --- the text --------------------------------------------------------------------------------- */

struct line {
	const char *p;
	size_t len;
};

/* A line of the text, from 1 on; empty behind the last one. */
static struct line
line_at(const struct config_events *ev, unsigned number)
{
	const char *p = ev->text, *end = ev->text + ev->len, *nl;

	while (--number > 0 && p < end) {
		nl = memchr(p, '\n', (size_t)(end - p));
		p = nl != NULL ? nl + 1 : end;
	}
	nl = memchr(p, '\n', (size_t)(end - p));
	return (struct line){p, (size_t)((nl != NULL ? nl : end) - p)};
}

/* The line without indentation and list markers. */
static struct line
content(struct line l)
{
	while (l.len > 0 && (*l.p == ' ' || *l.p == '\t' || *l.p == '\r' ||
				    (l.len > 1 && l.p[0] == '-' && l.p[1] == ' '))) {
		l.p++;
		l.len--;
	}
	if (l.len > 0 && *l.p == '#')
		l.len = 0;
	return l;
}

/* The last line before this one that is neither empty nor a comment; 0: none. */
static unsigned
line_before(const struct config_events *ev, unsigned number)
{
	while (--number > 0)
		if (content(line_at(ev, number)).len > 0)
			return number;
	return 0;
}

/* Whether a key of the table has this name, as the last part of its path. */
static bool
is_key_name(const char *name, size_t len)
{
	for (enum config_key_id k = 0; k < CONFIG_N_KEYS; k++) {
		const char *path = config_keys[k].path, *dot = strrchr(path, '.');
		const char *last = dot != NULL ? dot + 1 : path;

		if (strlen(last) == len && memcmp(last, name, len) == 0)
			return true;
	}
	return false;
}

size_t
config_fault_glued(const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len);
	size_t n = colon != NULL ? (size_t)(colon - text) : 0;

	if (n == 0 || n + 1 == len || strchr(" \t\r", colon[1]) != NULL || !is_key_name(text, n))
		return 0;
	return n;
}

/* --- reports ---------------------------------------------------------------------------------- */

static void __attribute__((format(printf, 3, 4)))
say(struct config_events *ev, unsigned line, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	config_error(ev->doc, config_at_line(line, config_events_path(ev, line)), "%s", text);
}

static bool
is(const char *have, const char *want)
{
	return have != NULL && strcmp(have, want) == 0;
}

static unsigned
line_of(const yaml_mark_t *mark)
{
	return (unsigned)mark->line + 1;
}

/* A quote that does not end, or is followed by more text; often the next quote ends it. */
static bool
quote_fault(struct config_events *ev)
{
	const yaml_parser_t *p = &ev->parser;
	unsigned line = line_of(&p->problem_mark);

	if (is(p->context, "while scanning a quoted scalar")) {
		say(ev, line_of(&p->context_mark), "the quote that begins here does not end");
		return true;
	}
	if (is(p->context, "while parsing a quoted scalar")) {
		say(ev, line,
			"invalid escape after a backslash (in single quotes, a backslash "
			"is itself)");
		return true;
	}
	if (ev->quote_end == 0 || ev->quote_end != line)
		return false;
	if (ev->quote_begin != ev->quote_end)
		say(ev, ev->quote_begin,
			"the quote that begins here ends in line %u, where more text follows",
			ev->quote_end);
	else
		say(ev, line, "text follows the closing quote");
	return true;
}

/* "psk:secret": reported by the key's name. */
static bool
glued_fault(struct config_events *ev)
{
	const yaml_parser_t *p = &ev->parser;
	unsigned line = line_of(&p->problem_mark);
	unsigned lines[] = {
		p->context != NULL ? line_of(&p->context_mark) : 0, line, line_before(ev, line)};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct line l = lines[i] != 0 ? content(line_at(ev, lines[i]))
					      : (struct line){"", 0};
		size_t n = config_fault_glued(l.p, l.len);

		if (n > 0 && lines[i] == ev->glued_line)
			return true; /* reported as a value already */
		if (n > 0) {
			config_error(ev->doc, config_at_line(lines[i], ""),
				"a blank is missing after \"%.*s:\"", (int)n, l.p);
			return true;
		}
	}
	return false;
}

/* A character that means something to YAML where a value begins. */
static bool
character_fault(struct config_events *ev)
{
	const yaml_parser_t *p = &ev->parser;
	const yaml_mark_t *mark = &p->problem_mark;
	size_t at;
	char c;

	if (p->problem != NULL && strstr(p->problem, "tab character") != NULL) {
		say(ev, line_of(mark), "a TAB is in the indentation: use spaces");
		return true;
	}
	if (is(p->context, "while scanning an anchor") ||
		is(p->context, "while scanning an alias") ||
		is(p->context, "while scanning a tag") || is(p->context, "while parsing a tag") ||
		is(p->context, "while scanning a block scalar"))
		mark = &p->context_mark;
	at = config_events_byte(ev, mark);
	c = at < ev->len ? ev->text[at] : '\0';
	if (c == '\t')
		say(ev, line_of(mark), "a TAB is in the indentation: use spaces");
	else if (c != '\0' && strchr("@`%&*!|>[]{},", c) != NULL)
		say(ev, line_of(mark), "a value that begins with %c must be in quotes", c);
	else
		return false;
	return true;
}

static bool
structure_fault(struct config_events *ev)
{
	const yaml_parser_t *p = &ev->parser;
	unsigned line = line_of(&p->problem_mark);
	struct line l = content(line_at(ev, line));

	if (is(p->context, "while parsing a flow sequence") ||
		is(p->context, "while parsing a flow mapping")) {
		say(ev, line_of(&p->context_mark),
			"the %s that begins here does not end, or lacks a comma (put a value that "
			"begins with %c in quotes)",
			is(p->context, "while parsing a flow sequence") ? "list [" : "mapping {",
			is(p->context, "while parsing a flow sequence") ? '[' : '{');
		return true;
	}
	if (is(p->problem, "mapping values are not allowed in this context")) {
		const char *colon = memmem(l.p, l.len, ": ", 2);
		size_t rest = colon != NULL ? l.len - (size_t)(colon + 2 - l.p) : 0;

		if (rest > 0 && memchr(colon + 2, ':', rest) != NULL)
			say(ev, line, "a value that contains \": \" must be in quotes");
		else
			say(ev, line, "the indentation does not match the lines above");
		return true;
	}
	if (is(p->problem, "did not find expected key") ||
		is(p->problem, "did not find expected '-' indicator")) {
		say(ev, line, "the indentation does not match the lines above");
		return true;
	}
	if (is(p->problem, "could not find expected ':'")) {
		say(ev, line_of(&p->context_mark), "a colon is missing after the key");
		return true;
	}
	return false;
}

/* The line of an error of the encoding, which has only an offset. */
static unsigned
offset_line(const struct config_events *ev)
{
	unsigned line = 1;

	for (size_t i = 0; i < ev->parser.problem_offset && i < ev->len; i++)
		line += ev->text[i] == '\n';
	return line;
}

void
config_fault_report(struct config_events *ev)
{
	const yaml_parser_t *p = &ev->parser;
	const char *problem = p->problem != NULL ? p->problem : "out of memory";

	if (ev->len >= 2 &&
		(memcmp(ev->text, "\xff\xfe", 2) == 0 || memcmp(ev->text, "\xfe\xff", 2) == 0))
		say(ev, 1, "the file is UTF-16: save it as UTF-8");
	else if (p->error == YAML_READER_ERROR)
		say(ev, offset_line(ev), "invalid text: %s", problem);
	else if (p->error == YAML_MEMORY_ERROR)
		say(ev, 1, "out of memory");
	else if (!quote_fault(ev) && !glued_fault(ev) && !character_fault(ev) &&
		 !structure_fault(ev))
		say(ev, line_of(&p->problem_mark), "invalid YAML: %s%s%s", problem,
			p->context != NULL ? ", " : "", p->context != NULL ? p->context : "");
}
