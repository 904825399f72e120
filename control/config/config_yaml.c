/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads YAML events into the values of their keys, and reports each error with its line. */
#include "config_impl.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct walk {
	yaml_parser_t parser;
	yaml_event_t event;
	bool have; /* event holds one, to be released */
	bool broken; /* the text is not YAML from here on */
	const char *text;
	struct config_doc *doc;
};

/* --- events ----------------------------------------------------------------------------------- */

static void
release(struct walk *w)
{
	if (!w->have)
		return;
	if (w->event.type == YAML_SCALAR_EVENT)
		sodium_memzero(w->event.data.scalar.value, w->event.data.scalar.length);
	yaml_event_delete(&w->event);
	w->have = false;
}

static unsigned
line_of(const struct walk *w)
{
	return (unsigned)w->event.start_mark.line + 1;
}

static struct config_place
here(const struct walk *w, const char *path)
{
	return config_at_line(line_of(w), path);
}

/* Whether the event uses what is not supported, and must not be ignored silently. */
static bool
has_extras(const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_ALIAS_EVENT:
		return true;
	case YAML_SCALAR_EVENT:
		return e->data.scalar.anchor != NULL || e->data.scalar.tag != NULL;
	case YAML_SEQUENCE_START_EVENT:
		return e->data.sequence_start.anchor != NULL || e->data.sequence_start.tag != NULL;
	case YAML_MAPPING_START_EVENT:
		return e->data.mapping_start.anchor != NULL || e->data.mapping_start.tag != NULL;
	default:
		return false;
	}
}

/* The line of the parser's error; an error of the encoding has only an offset. */
static unsigned
problem_line(const struct walk *w)
{
	unsigned line = 1;

	if (w->parser.error != YAML_READER_ERROR)
		return (unsigned)w->parser.problem_mark.line + 1;
	for (size_t i = 0; i < w->parser.problem_offset; i++)
		line += w->text[i] == '\n';
	return line;
}

/* The next event's type; YAML_NO_EVENT when the text is not YAML. */
static yaml_event_type_t
next(struct walk *w)
{
	release(w);
	if (w->broken)
		return YAML_NO_EVENT;
	if (!yaml_parser_parse(&w->parser, &w->event)) {
		const char *problem = w->parser.problem ? w->parser.problem : "out of memory";

		w->broken = true;
		config_error(w->doc, config_at_line(problem_line(w), ""), "invalid YAML: %s%s%s",
			problem, w->parser.context ? ", " : "",
			w->parser.context ? w->parser.context : "");
		return YAML_NO_EVENT;
	}
	w->have = true;
	if (has_extras(&w->event))
		config_error(w->doc, config_at_line(line_of(w), ""),
			"anchors, aliases and tags are not supported");
	return w->event.type;
}

/* Skips the rest of the node that the current event begins. */
static void
skip(struct walk *w)
{
	unsigned depth = 0;

	for (yaml_event_type_t t = w->event.type;; t = next(w)) {
		if (t == YAML_NO_EVENT)
			return;
		if (t == YAML_MAPPING_START_EVENT || t == YAML_SEQUENCE_START_EVENT)
			depth++;
		else if (t == YAML_MAPPING_END_EVENT || t == YAML_SEQUENCE_END_EVENT)
			depth--;
		if (depth == 0)
			return;
	}
}

/* The current event as text, or NULL after an error; a list or mapping is skipped. */
static const char *
scalar(struct walk *w, const char *path)
{
	const char *text;

	if (w->event.type == YAML_ALIAS_EVENT)
		return NULL; /* reported by next() */
	if (w->event.type != YAML_SCALAR_EVENT) {
		config_error(w->doc, here(w, path), "is a %s (a single value is expected)",
			w->event.type == YAML_SEQUENCE_START_EVENT ? "list" : "section");
		skip(w);
		return NULL;
	}
	text = (const char *)w->event.data.scalar.value;
	if (strlen(text) != w->event.data.scalar.length) {
		config_error(w->doc, here(w, path), "contains a NUL byte");
		return NULL;
	}
	if (text[0] == '\0' && w->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
		config_error(w->doc, here(w, path), "has no value");
		return NULL;
	}
	return text;
}

/* --- values ----------------------------------------------------------------------------------- */

/* base: what the key's offset counts from, the configuration or an entry of a list. */
static bool
read_list(struct walk *w, int k, void *base, const char *path)
{
	const struct config_key *key = &config_keys[k];
	bool good = true;
	struct config_place at = here(w, path);
	unsigned n = 0;
	char item_path[CONFIG_PATH_MAX + 16];

	if (w->event.type != YAML_SEQUENCE_START_EVENT) {
		config_error(w->doc, at, "is not a list (- one entry per line, or [a, b])");
		skip(w);
		return false;
	}
	while (next(w) != YAML_SEQUENCE_END_EVENT && w->have) {
		const char *text;

		snprintf(item_path, sizeof(item_path), "%s[%u]", path, n);
		if (n == key->max) {
			config_error(w->doc, here(w, path), "has too many entries (at most %u)",
				key->max);
			good = false;
		}
		if (n++ >= key->max) {
			skip(w);
			continue;
		}
		if (base == w->doc->config)
			w->doc->seen[k].item_line[n - 1] = line_of(w);
		text = scalar(w, item_path);
		good &= text != NULL &&
			config_value(w->doc, key, base, text, line_of(w), item_path);
	}
	if (n < key->min) {
		config_error(w->doc, at, "has too few entries (at least %u)", key->min);
		good = false;
	}
	return good && w->have;
}

/* --- lists of mappings ------------------------------------------------------------------------ */

/* The keys of a section: "mtu, queues, ...". */
static void
list_names(const char *section, char *buf, size_t size)
{
	size_t n = 0, len = strlen(section);
	const char *last = "";
	size_t last_len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < CONFIG_N_KEYS && n < size; i++) {
		const char *name = config_keys[i].path;
		size_t name_len;

		if (len > 0 && (strncmp(name, section, len) != 0 || name[len] != '.'))
			continue;
		name += len > 0 ? len + 1 : 0;
		name_len = strcspn(name, ".[");
		if (name_len == last_len && strncmp(name, last, name_len) == 0)
			continue;
		last = name;
		last_len = name_len;
		n += (size_t)snprintf(
			buf + n, size - n, "%s%.*s", n ? ", " : "", (int)name_len, name);
	}
}

/* One mapping of a list being read. */
struct record {
	const struct config_key *list;
	void *base;
	bool given[CONFIG_N_KEYS]; /* keys "<list>[].x" that were read */
	unsigned line;
	char path[CONFIG_PATH_MAX]; /* "users[3]" */
};

static void
read_record_value(struct walk *w, struct record *rec, int k, const char *path)
{
	const struct config_key *key = &config_keys[k];
	const char *text;

	if (key->type->list) {
		read_list(w, k, rec->base, path);
		return;
	}
	text = scalar(w, path);
	if (text != NULL)
		config_value(w->doc, key, rec->base, text, line_of(w), path);
}

static void
read_record_key(struct walk *w, struct record *rec, const char *name)
{
	char key[CONFIG_PATH_MAX], path[CONFIG_PATH_MAX + 64], names[512];
	unsigned line = line_of(w);
	int k;

	snprintf(key, sizeof(key), "%s[].%.60s", rec->list->path, name);
	snprintf(path, sizeof(path), "%s.%.60s", rec->path, name);
	k = config_find_key(key);
	next(w);
	if (k < 0) {
		snprintf(key, sizeof(key), "%s[]", rec->list->path);
		list_names(key, names, sizeof(names));
		config_error(w->doc, config_at_line(line, path), "unknown key (known: %s)", names);
		skip(w);
		return;
	}
	if (rec->given[k]) {
		config_error(w->doc, config_at_line(line, path), "duplicate key");
		skip(w);
		return;
	}
	rec->given[k] = true;
	if (w->have)
		read_record_value(w, rec, k, path);
}

static void
finish_record(struct walk *w, const struct record *rec)
{
	size_t len = strlen(rec->list->path);
	char path[CONFIG_PATH_MAX + 64];

	for (enum config_key_id k = 0; k < CONFIG_N_KEYS; k++) {
		const char *name = config_keys[k].path;

		if (strncmp(name, rec->list->path, len) != 0 ||
			strncmp(name + len, "[].", 3) != 0 || rec->given[k])
			continue;
		if (config_keys[k].def == NULL) {
			snprintf(path, sizeof(path), "%s%s", rec->path, name + len + 2);
			config_error(w->doc, config_at_line(rec->line, path), "is missing");
		} else {
			config_default(w->doc, k, rec->base, rec->line);
		}
	}
}

static void
read_record(struct walk *w, const struct config_key *list, unsigned index)
{
	struct record rec = {.list = list, .line = line_of(w)};
	const char *text;
	char name[64];

	snprintf(rec.path, sizeof(rec.path), "%s[%u]", list->path, index);
	rec.base = list->type->add(w->doc, rec.line);
	if (rec.base == NULL) {
		config_error(w->doc, here(w, rec.path), "out of memory");
		skip(w);
		return;
	}
	if (w->event.type != YAML_MAPPING_START_EVENT) {
		config_error(
			w->doc, here(w, rec.path), "is not a mapping (- %s)", list->type->example);
		skip(w);
		return;
	}
	while (next(w) != YAML_MAPPING_END_EVENT && w->have) {
		text = scalar(w, rec.path);
		snprintf(name, sizeof(name), "%.60s", text ? text : "");
		if (text != NULL) {
			read_record_key(w, &rec, name);
		} else {
			next(w);
			skip(w);
		}
	}
	if (w->have)
		finish_record(w, &rec);
}

static bool
read_records(struct walk *w, const struct config_key *list, const char *path)
{
	struct config_place at = here(w, path);
	unsigned n = 0, before = w->doc->n_errors;

	if (w->event.type != YAML_SEQUENCE_START_EVENT) {
		config_error(w->doc, at, "is not a list (- %s)", list->type->example);
		skip(w);
		return false;
	}
	while (next(w) != YAML_SEQUENCE_END_EVENT && w->have) {
		if (n == list->max) {
			config_error(w->doc, here(w, path), "has too many entries (at most %u)",
				list->max);
			skip(w);
			continue;
		}
		read_record(w, list, n++);
	}
	if (n < list->min && w->have)
		config_error(w->doc, at, "has too few entries (at least %u)", list->min);
	return w->doc->n_errors == before;
}

/* --- sections --------------------------------------------------------------------------------- */

static void read_section(struct walk *w, const char *path);

/* Reads the value of key k, which the current event begins; the key itself is in `line`. */
static void
read_key(struct walk *w, int k, const char *path, unsigned line)
{
	const struct config_key *key = &config_keys[k];
	const char *text;
	bool good;

	if (w->doc->seen[k].line != 0 && strchr(key->path, '<') == NULL) {
		config_error(w->doc, config_at_line(line, path), "duplicate key (first in line %u)",
			w->doc->seen[k].line);
		skip(w);
		return;
	}
	w->doc->seen[k].line = line;
	if (key->type->add != NULL) {
		good = read_records(w, key, path);
	} else if (key->type->list) {
		good = read_list(w, k, w->doc->config, path);
	} else {
		text = scalar(w, path);
		good = text != NULL &&
		       config_value(w->doc, key, w->doc->config, text, line_of(w), path);
	}
	if (!good)
		w->doc->seen[k].bad = true;
}

/* Reads the key whose name is the current event, in section `in` ("" at the top). */
static void
read_entry(struct walk *w, const char *in)
{
	char path[CONFIG_PATH_MAX], names[512];
	unsigned line = line_of(w);
	const char *name = scalar(w, in);
	bool named = name != NULL;
	struct config_place at;
	int k, section;

	snprintf(path, sizeof(path), "%s%s%.60s", in, in[0] ? "." : "", name ? name : "");
	at = config_at_line(line, path);
	next(w);
	if (!w->have)
		return;
	/* A name with a dot would find a key of another section. */
	k = named && strchr(path + strlen(in) + (in[0] != 0), '.') == NULL ? config_find_key(path)
									   : -1;
	section = k < 0 && named ? config_find_section(path) : -1;
	if (k >= 0) {
		read_key(w, k, path, line);
	} else if (section < 0) {
		list_names(in, names, sizeof(names));
		if (named)
			config_error(w->doc, at, "unknown key (known: %s)", names);
		skip(w);
	} else if (w->event.type != YAML_MAPPING_START_EVENT) {
		config_error(w->doc, at, "is not a section (keys with values go below it)");
		skip(w);
	} else if (w->doc->seen[section].section_line != 0) {
		config_error(w->doc, at, "duplicate section (first in line %u)",
			w->doc->seen[section].section_line);
		skip(w);
	} else {
		w->doc->seen[section].section_line = line;
		read_section(w, path);
	}
}

/* The current event begins the mapping. Recursion is as deep as the table: the rest is skipped. */
static void
read_section(struct walk *w, const char *path)
{
	while (next(w) != YAML_MAPPING_END_EVENT && w->have)
		read_entry(w, path);
}

static void
read_document(struct walk *w)
{
	yaml_event_type_t t;

	next(w); /* the stream begins */
	t = next(w);
	if (t == YAML_DOCUMENT_START_EVENT)
		t = next(w);
	if (t == YAML_MAPPING_START_EVENT)
		read_section(w, "");
	else if (t != YAML_STREAM_END_EVENT && t != YAML_NO_EVENT) {
		config_error(w->doc, here(w, ""), "expected sections such as wan:");
		skip(w);
	}
	if (t != YAML_STREAM_END_EVENT && !w->broken) {
		next(w); /* the document ends */
		if (next(w) == YAML_DOCUMENT_START_EVENT)
			config_error(w->doc, here(w, ""), "only one YAML document is allowed");
	}
}

bool
config_walk(struct config_doc *doc, const char *text, size_t len)
{
	struct walk w = {.doc = doc, .text = text};

	if (!yaml_parser_initialize(&w.parser)) {
		config_error(doc, config_at_line(1, ""), "out of memory");
		return false;
	}
	yaml_parser_set_input_string(&w.parser, (const unsigned char *)text, len);
	read_document(&w);
	release(&w);
	yaml_parser_delete(&w.parser);
	return !w.broken;
}
