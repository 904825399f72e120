/* SPDX-License-Identifier: BSD-3-Clause */
#include "load_scenario.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#define KEYS_MAX 128

struct walk {
	yaml_parser_t parser;
	yaml_event_t event;
	bool have, bad, broken;
	const char *path;
	const char *(*take)(void *arg, const char *key, const char *text);
	void *arg;
	char seen[KEYS_MAX][64];
	unsigned n_seen;
};

static void
mistake(struct walk *w, size_t line, const char *key, const char *what)
{
	fprintf(stderr, "%s:%zu:%s%s %s\n", w->path, line + 1, key, key[0] ? ":" : "", what);
	w->bad = true;
}

static yaml_event_type_t
next(struct walk *w)
{
	if (w->have)
		yaml_event_delete(&w->event);
	w->have = false;
	if (w->broken)
		return YAML_NO_EVENT;
	if (!yaml_parser_parse(&w->parser, &w->event)) {
		w->broken = true;
		mistake(w, w->parser.problem_mark.line, "",
			w->parser.problem ? w->parser.problem : "out of memory");
		return YAML_NO_EVENT;
	}
	w->have = true;
	return w->event.type;
}

static size_t
line_of(const struct walk *w)
{
	return w->event.start_mark.line;
}

/* Skips the rest of the node that the current event begins. */
static void
skip(struct walk *w)
{
	int depth = 0;

	for (yaml_event_type_t t = w->event.type; t != YAML_NO_EVENT; t = next(w)) {
		depth += t == YAML_MAPPING_START_EVENT || t == YAML_SEQUENCE_START_EVENT;
		depth -= t == YAML_MAPPING_END_EVENT || t == YAML_SEQUENCE_END_EVENT;
		if (depth == 0)
			return;
	}
}

/* One entry of a list: a scalar, or {hold: 10} for hold:10. */
static bool
read_entry(struct walk *w, char *to, size_t size)
{
	size_t n;

	if (w->event.type == YAML_SCALAR_EVENT)
		return snprintf(to, size, "%s", (char *)w->event.data.scalar.value) < (int)size;
	if (w->event.type != YAML_MAPPING_START_EVENT || next(w) != YAML_SCALAR_EVENT)
		return false;
	n = (size_t)snprintf(to, size, "%s:", (char *)w->event.data.scalar.value);
	if (n >= size || next(w) != YAML_SCALAR_EVENT)
		return false;
	n = (size_t)snprintf(to + n, size - n, "%s", (char *)w->event.data.scalar.value);
	return n < size && next(w) == YAML_MAPPING_END_EVENT;
}

static void
read_list(struct walk *w, char *text, size_t size)
{
	size_t n = 0;

	text[0] = '\0';
	while (next(w) != YAML_SEQUENCE_END_EVENT && w->have) {
		if (n > 0 && n + 1 < size)
			text[n++] = ',';
		if (!read_entry(w, text + n, size - n)) {
			mistake(w, line_of(w), "",
				"an entry is neither a value nor \"name: value\"");
			skip(w);
		}
		n = strlen(text);
	}
}

static bool
is_new(struct walk *w, const char *key)
{
	for (unsigned i = 0; i < w->n_seen; i++)
		if (strcmp(w->seen[i], key) == 0)
			return false;
	if (w->n_seen < KEYS_MAX)
		snprintf(w->seen[w->n_seen++], sizeof(w->seen[0]), "%s", key);
	return true;
}

static void read_section(struct walk *w, const char *in);

/* Reads the key that is the current event, and its value. */
static void
read_key(struct walk *w, const char *in)
{
	char key[64], text[512];
	size_t line = line_of(w);
	const char *why;

	if (w->event.type != YAML_SCALAR_EVENT) {
		mistake(w, line, in, "has a key that is not a name");
		skip(w);
		next(w);
		skip(w);
		return;
	}
	snprintf(key, sizeof(key), "%s%s%.30s", in, in[0] ? "." : "",
		(char *)w->event.data.scalar.value);
	if (!is_new(w, key))
		mistake(w, line, key, "duplicate key");
	switch (next(w)) {
	case YAML_MAPPING_START_EVENT:
		if (in[0] == '\0') {
			read_section(w, key);
			return;
		}
		mistake(w, line, key, "is a section inside a section");
		skip(w);
		return;
	case YAML_SEQUENCE_START_EVENT:
		read_list(w, text, sizeof(text));
		break;
	case YAML_SCALAR_EVENT:
		snprintf(text, sizeof(text), "%s", (char *)w->event.data.scalar.value);
		break;
	case YAML_NO_EVENT:
		return;
	default:
		mistake(w, line, key, "is not a value (aliases are not supported)");
		return;
	}
	why = w->have ? w->take(w->arg, key, text) : NULL;
	if (why != NULL)
		mistake(w, line, key, why);
}

static void
read_section(struct walk *w, const char *in)
{
	while (next(w) != YAML_MAPPING_END_EVENT && w->have)
		read_key(w, in);
}

int
load_scenario_read(const char *path,
	const char *(*take)(void *arg, const char *key, const char *text), void *arg)
{
	struct walk w = {.path = path, .take = take, .arg = arg};
	FILE *f = fopen(path, "r");

	if (f == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -EINVAL;
	}
	if (!yaml_parser_initialize(&w.parser)) {
		fclose(f);
		return -EINVAL;
	}
	yaml_parser_set_input_file(&w.parser, f);
	next(&w); /* the stream begins */
	next(&w); /* the document */
	if (next(&w) == YAML_MAPPING_START_EVENT)
		read_section(&w, "");
	else if (!w.broken)
		mistake(&w, line_of(&w), "", "is not a mapping of keys");
	if (w.have)
		yaml_event_delete(&w.event);
	yaml_parser_delete(&w.parser);
	fclose(f);
	return w.bad ? -EINVAL : 0;
}
