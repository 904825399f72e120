/* SPDX-License-Identifier: BSD-3-Clause */
/* YAML events -> values of the keys they belong to, each mistake with its line. */
#include "config_impl.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct walk {
	yaml_parser_t parser;
	yaml_event_t event;
	bool have; /* event is to be released */
	bool broken; /* the text is no YAML from here on */
	const char *text;
	struct config_doc *doc;
};

/* --- events ------------------------------------------------------------------------------------- */

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

/* Whether the event carries what we do not read: it must not be passed over in silence. */
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

/* Where the parser stumbled: a fault of the encoding has an offset only. */
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

/* The next event's type; YAML_NO_EVENT when the text is no YAML. */
static yaml_event_type_t
next(struct walk *w)
{
	release(w);
	if (w->broken)
		return YAML_NO_EVENT;
	if (!yaml_parser_parse(&w->parser, &w->event)) {
		const char *problem = w->parser.problem ? w->parser.problem : "out of memory";

		w->broken = true;
		config_error(w->doc, problem_line(w), "", "no valid YAML: %s%s%s", problem,
			w->parser.context ? ", " : "", w->parser.context ? w->parser.context : "");
		return YAML_NO_EVENT;
	}
	w->have = true;
	if (has_extras(&w->event))
		config_error(
			w->doc, line_of(w), "", "anchors, aliases and tags are not understood");
	return w->event.type;
}

/* Passes over the rest of the node whose first event is the current one. */
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

/* The current event as text, or NULL after an error line; a value of another kind is passed over. */
static const char *
scalar(struct walk *w, const char *path)
{
	const char *text;

	if (w->event.type == YAML_ALIAS_EVENT)
		return NULL; /* said by next() */
	if (w->event.type != YAML_SCALAR_EVENT) {
		config_error(w->doc, line_of(w), path, "is a %s (a single value is expected)",
			w->event.type == YAML_SEQUENCE_START_EVENT ? "list" : "section");
		skip(w);
		return NULL;
	}
	text = (const char *)w->event.data.scalar.value;
	if (strlen(text) != w->event.data.scalar.length) {
		config_error(w->doc, line_of(w), path, "holds a NUL byte");
		return NULL;
	}
	if (text[0] == '\0' && w->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
		config_error(w->doc, line_of(w), path, "has no value");
		return NULL;
	}
	return text;
}

/* --- values ------------------------------------------------------------------------------------- */

/* base: what the key's offset counts from, the configuration or an entry of a list. */
static bool
read_list(struct walk *w, int k, void *base, const char *path)
{
	const struct config_key *key = &config_keys[k];
	bool good = true;
	unsigned n = 0, line = line_of(w);
	char item_path[CONFIG_PATH_MAX + 16];

	if (w->event.type != YAML_SEQUENCE_START_EVENT) {
		config_error(w->doc, line, path, "is no list (- one entry a line, or [a, b])");
		skip(w);
		return false;
	}
	while (next(w) != YAML_SEQUENCE_END_EVENT && w->have) {
		const char *text;

		snprintf(item_path, sizeof(item_path), "%s[%u]", path, n);
		if (n == key->max) {
			config_error(w->doc, line_of(w), path, "has too many entries (at most %u)",
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
		config_error(w->doc, line, path, "has too few entries (at least %u)", key->min);
		good = false;
	}
	return good && w->have;
}

/* --- lists of mappings -------------------------------------------------------------------------- */

/* "mtu, queues, ...": what a section takes. */
static void
list_names(const char *section, char *buf, size_t size)
{
	size_t n = 0, len = strlen(section);
	const char *last = "";
	size_t last_len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < config_n_keys && n < size; i++) {
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

/* One mapping being read: which keys "<list>[].x" were given. */
struct record {
	const struct config_key *list;
	void *base;
	bool given[CONFIG_KEYS_MAX];
	unsigned index, line;
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
		config_error(w->doc, line, path, "unknown key (%s)", names);
		skip(w);
		return;
	}
	if (rec->given[k]) {
		config_error(w->doc, line, path, "given twice");
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

	for (size_t k = 0; k < config_n_keys; k++) {
		const char *name = config_keys[k].path;

		if (strncmp(name, rec->list->path, len) != 0 ||
			strncmp(name + len, "[].", 3) != 0 || rec->given[k])
			continue;
		if (config_keys[k].def == NULL) {
			snprintf(path, sizeof(path), "%s%s", rec->path, name + len + 2);
			config_error(w->doc, rec->line, path, "is missing");
		} else {
			config_default(w->doc, (int)k, rec->base, rec->line);
		}
	}
}

static void
read_record(struct walk *w, const struct config_key *list, unsigned index)
{
	struct record rec = {.list = list, .index = index, .line = line_of(w)};
	const char *text;
	char name[64];

	snprintf(rec.path, sizeof(rec.path), "%s[%u]", list->path, index);
	rec.base = list->type->add(w->doc, rec.line);
	if (rec.base == NULL) {
		config_error(w->doc, rec.line, rec.path, "there is no room for it");
		skip(w);
		return;
	}
	if (w->event.type != YAML_MAPPING_START_EVENT) {
		config_error(
			w->doc, rec.line, rec.path, "is no mapping (- %s)", list->type->example);
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
	unsigned line = line_of(w), n = 0, before = w->doc->n_errors;

	if (w->event.type != YAML_SEQUENCE_START_EVENT) {
		config_error(w->doc, line, path, "is no list (- %s)", list->type->example);
		skip(w);
		return false;
	}
	while (next(w) != YAML_SEQUENCE_END_EVENT && w->have) {
		if (n == list->max) {
			config_error(w->doc, line_of(w), path, "has too many entries (at most %u)",
				list->max);
			skip(w);
			continue;
		}
		read_record(w, list, n++);
	}
	if (n < list->min && w->have)
		config_error(w->doc, line, path, "has too few entries (at least %u)", list->min);
	return w->doc->n_errors == before;
}

/* --- sections ----------------------------------------------------------------------------------- */

static void read_section(struct walk *w, const char *path);

/* The current event is the value of a key of the table, which stands at `line`. */
static void
read_key(struct walk *w, int k, const char *path, unsigned line)
{
	const struct config_key *key = &config_keys[k];
	const char *text;
	bool good;

	if (w->doc->seen[k].line != 0 && strchr(key->path, '<') == NULL) {
		config_error(
			w->doc, line, path, "given twice (first in line %u)", w->doc->seen[k].line);
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

/* The key whose name is the current event, in the section `in` ("" at the top). */
static void
read_entry(struct walk *w, const char *in)
{
	char path[CONFIG_PATH_MAX], names[512];
	unsigned line = line_of(w);
	const char *name = scalar(w, in);
	bool named = name != NULL;
	int k, section;

	snprintf(path, sizeof(path), "%s%s%.60s", in, in[0] ? "." : "", name ? name : "");
	next(w);
	if (!w->have)
		return;
	/* A name with a dot would find a key that is elsewhere. */
	k = named && strchr(path + strlen(in) + (in[0] != 0), '.') == NULL ? config_find_key(path)
									   : -1;
	section = k < 0 && named ? config_find_section(path) : -1;
	if (k >= 0) {
		read_key(w, k, path, line);
	} else if (section < 0) {
		list_names(in, names, sizeof(names));
		if (named)
			config_error(w->doc, line, path, "unknown key (%s)", names);
		skip(w);
	} else if (w->event.type != YAML_MAPPING_START_EVENT) {
		config_error(w->doc, line, path, "is no section (keys with values below it)");
		skip(w);
	} else if (w->doc->seen[section].section_line != 0) {
		config_error(w->doc, line, path, "given twice (first in line %u)",
			w->doc->seen[section].section_line);
		skip(w);
	} else {
		w->doc->seen[section].section_line = line;
		read_section(w, path);
	}
}

/* The current event begins the mapping. Not deeper than the table: others are passed over. */
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
		config_error(w->doc, line_of(w), "", "no section (as wan:) but a single value");
		skip(w);
	}
	if (t != YAML_STREAM_END_EVENT && !w->broken) {
		next(w); /* the document ends */
		if (next(w) == YAML_DOCUMENT_START_EVENT)
			config_error(w->doc, line_of(w), "", "a second document (one is read)");
	}
}

bool
config_walk(struct config_doc *doc, const char *text, size_t len)
{
	struct walk w = {.doc = doc, .text = text};

	if (!yaml_parser_initialize(&w.parser)) {
		config_error(doc, 1, "", "out of memory");
		return false;
	}
	yaml_parser_set_input_string(&w.parser, (const unsigned char *)text, len);
	read_document(&w);
	release(&w);
	yaml_parser_delete(&w.parser);
	return !w.broken;
}
