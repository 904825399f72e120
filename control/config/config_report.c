/* SPDX-License-Identifier: BSD-3-Clause */
/* Reports on a file: where something stands in it, and what is wrong with it. */
#include "config_impl.h"

#include <stdarg.h>
#include <string.h>

/* --- places ----------------------------------------------------------------------------------- */

static unsigned
line_of(const struct config_doc *doc, enum config_key_id key)
{
	const char *path = config_keys[key].path;
	size_t n = strcspn(path, ".");
	char section[CONFIG_PATH_MAX];
	unsigned line = doc->seen[key].line;

	if (line == 0 && path[n] == '.') {
		snprintf(section, sizeof(section), "%.*s", (int)n, path);
		line = doc->seen[config_find_section(section)].section_line;
	}
	return line != 0 ? line : 1;
}

struct config_place
config_at_line(unsigned line, const char *path)
{
	struct config_place at = {.line = line};

	snprintf(at.path, sizeof(at.path), "%s", path);
	return at;
}

struct config_place
config_at(const struct config_doc *doc, enum config_key_id key)
{
	return config_at_line(line_of(doc, key), config_keys[key].path);
}

struct config_place
config_at_item(const struct config_doc *doc, enum config_key_id key, unsigned i)
{
	unsigned line = doc->seen[key].item_line[i];

	return config_at_entry(key, i, line != 0 ? line : line_of(doc, key));
}

struct config_place
config_at_entry(enum config_key_id key, size_t i, unsigned line)
{
	const char *path = config_keys[key].path, *hole = strstr(path, "[]");
	int n = hole != NULL ? (int)(hole - path) : (int)strlen(path);
	struct config_place at = {.line = line};

	snprintf(at.path, sizeof(at.path), "%.*s[%zu]%s", n, path, i, hole != NULL ? hole + 2 : "");
	return at;
}

/* --- reports ---------------------------------------------------------------------------------- */

static void
report(struct config_doc *doc, enum config_severity severity, const struct config_place *at,
	const char *fmt, va_list ap)
{
	char text[1024];
	size_t n;

	n = (size_t)snprintf(text, sizeof(text), "%s:%u: %s%s%s", doc->name, at->line,
		severity == CONFIG_WARNING ? "warning: " : "", at->path, at->path[0] ? ": " : "");
	if (n < sizeof(text))
		vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	/* Bytes of the file must not look like a second line, or move a terminal's cursor. */
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	doc->report(doc->arg, severity, text);
}

void
config_error(struct config_doc *doc, struct config_place at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(doc, CONFIG_ERROR, &at, fmt, ap);
	va_end(ap);
	doc->n_errors++;
}

void
config_warning(struct config_doc *doc, struct config_place at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(doc, CONFIG_WARNING, &at, fmt, ap);
	va_end(ap);
}

bool
config_good(const struct config_doc *doc, enum config_key_id key)
{
	return !doc->seen[key].bad;
}
