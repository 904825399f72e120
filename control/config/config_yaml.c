/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads YAML events into the values of their keys, and reports each error with its line. */
#include <string.h>

#include "config_events.h"

static struct config_place
here(const struct config_events *ev, const char *path)
{
	return config_at_line(config_events_line(ev), path);
}

/*
 * Whether the current event is a value "key:text" where "key: text" was meant; reported then. As the
 * text may be a secret, the report has the key alone.
 */
static bool
is_glued(struct config_events *ev, const char *path)
{
	char key[CONFIG_PATH_MAX + 64];
	const char *text;
	size_t n;
	int k;

	if (ev->event.type != YAML_SCALAR_EVENT)
		return false;
	text = (const char *)ev->event.data.scalar.value;
	n = config_fault_glued(text, ev->event.data.scalar.length);
	if (n == 0)
		return false;
	config_error(ev->doc, here(ev, path), "a blank is missing after \"%.*s:\"", (int)n, text);
	ev->glued_line = config_events_line(ev);
	/* The key is there, so it is not missing. */
	snprintf(key, sizeof(key), "%s%s%.*s", path, path[0] ? "." : "", (int)n, text);
	k = config_find_key(key);
	if (k >= 0) {
		ev->doc->seen[k].line = ev->glued_line;
		ev->doc->seen[k].bad = true;
	}
	return true;
}

/* --- values ----------------------------------------------------------------------------------- */

/* base: what the key's offset counts from, the configuration or an entry of a list. */
static bool
read_value(struct config_events *ev, const struct config_key *key, void *base, const char *path)
{
	const char *text = config_events_text(ev, path);

	if (text == NULL)
		return false;
	if (config_events_folded(ev)) {
		config_error(ev->doc, here(ev, path),
			"continues on line %u: a value must be on one line (is a quote missing?)",
			(unsigned)ev->event.end_mark.line + 1);
		return false;
	}
	if (key->type->free_text && config_events_cut(ev))
		config_warning(ev->doc, here(ev, path),
			"the value ends before the #, which begins a comment (put the value in "
			"quotes if it is part of it)");
	return config_value(ev->doc, key, base, text, config_events_line(ev), path);
}

static bool
read_list(struct config_events *ev, int k, void *base, const char *path)
{
	const struct config_key *key = &config_keys[k];
	bool good = true;
	struct config_place at = here(ev, path);
	unsigned n = 0;
	char item_path[CONFIG_PATH_MAX + 16];

	if (ev->event.type != YAML_SEQUENCE_START_EVENT) {
		config_error(ev->doc, at, "is not a list (- one entry per line, or [a, b])");
		config_events_skip(ev);
		return false;
	}
	ev->in_list = true;
	while (config_events_next(ev) != YAML_SEQUENCE_END_EVENT && ev->have) {
		snprintf(item_path, sizeof(item_path), "%s[%u]", path, n);
		if (n == key->max) {
			config_error(ev->doc, here(ev, path), "has too many entries (at most %u)",
				key->max);
			good = false;
		}
		if (n++ >= key->max) {
			config_events_skip(ev);
			continue;
		}
		if (base == ev->doc->config)
			ev->doc->seen[k].item_line[n - 1] = config_events_line(ev);
		good &= read_value(ev, key, base, item_path);
	}
	ev->in_list = false;
	if (n < key->min) {
		config_error(ev->doc, at, "has too few entries (at least %u)", key->min);
		good = false;
	}
	return good && ev->have;
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
read_record_value(struct config_events *ev, struct record *rec, int k, const char *path)
{
	const struct config_key *key = &config_keys[k];

	if (key->type->list)
		read_list(ev, k, rec->base, path);
	else
		read_value(ev, key, rec->base, path);
}

static void
read_record_key(struct config_events *ev, struct record *rec, const char *name)
{
	size_t glued = config_fault_glued(name, strlen(name));
	int len = glued > 0 ? (int)glued : 60, k;
	char key[CONFIG_PATH_MAX], path[CONFIG_PATH_MAX + 64], names[512];
	unsigned line = config_events_line(ev);

	snprintf(key, sizeof(key), "%s[].%.*s", rec->list->path, len, name);
	snprintf(path, sizeof(path), "%s.%.*s", rec->path, len, name);
	k = config_find_key(key);
	if (glued > 0 && is_glued(ev, rec->path)) {
		if (k >= 0)
			rec->given[k] = true;
		config_events_next(ev);
		config_events_skip(ev);
		return;
	}
	ev->key = config_at_line(line, path);
	config_events_next(ev);
	if (k < 0) {
		snprintf(key, sizeof(key), "%s[]", rec->list->path);
		list_names(key, names, sizeof(names));
		config_error(ev->doc, config_at_line(line, path), "unknown key (known: %s)", names);
		config_events_skip(ev);
		return;
	}
	if (rec->given[k]) {
		config_error(ev->doc, config_at_line(line, path), "duplicate key");
		config_events_skip(ev);
		return;
	}
	rec->given[k] = true;
	if (ev->have)
		read_record_value(ev, rec, k, path);
}

static void
finish_record(struct config_events *ev, const struct record *rec)
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
			config_error(ev->doc, config_at_line(rec->line, path), "is missing");
		} else {
			config_default(ev->doc, k, rec->base, rec->line);
		}
	}
}

static void
read_record(struct config_events *ev, const struct config_key *list, unsigned index)
{
	struct record rec = {.list = list, .line = config_events_line(ev)};
	const char *text;
	char name[64];

	snprintf(rec.path, sizeof(rec.path), "%s[%u]", list->path, index);
	rec.base = list->type->add(ev->doc, rec.line);
	if (rec.base == NULL) {
		config_error(ev->doc, here(ev, rec.path), "out of memory");
		config_events_skip(ev);
		return;
	}
	if (ev->event.type != YAML_MAPPING_START_EVENT) {
		if (!is_glued(ev, rec.path))
			config_error(ev->doc, here(ev, rec.path), "is not a mapping (- %s)",
				list->type->example);
		config_events_skip(ev);
		return;
	}
	while (config_events_next(ev) != YAML_MAPPING_END_EVENT && ev->have) {
		text = config_events_text(ev, rec.path);
		snprintf(name, sizeof(name), "%.60s", text ? text : "");
		if (text != NULL) {
			read_record_key(ev, &rec, name);
		} else {
			config_events_next(ev);
			config_events_skip(ev);
		}
	}
	if (ev->have)
		finish_record(ev, &rec);
}

static bool
read_records(struct config_events *ev, const struct config_key *list, const char *path)
{
	struct config_place at = here(ev, path);
	unsigned n = 0, before = ev->doc->n_errors;

	if (ev->event.type != YAML_SEQUENCE_START_EVENT) {
		config_error(ev->doc, at, "is not a list (- %s)", list->type->example);
		config_events_skip(ev);
		return false;
	}
	while (config_events_next(ev) != YAML_SEQUENCE_END_EVENT && ev->have) {
		if (n == list->max) {
			config_error(ev->doc, here(ev, path), "has too many entries (at most %u)",
				list->max);
			config_events_skip(ev);
			continue;
		}
		read_record(ev, list, n++);
	}
	if (n < list->min && ev->have)
		config_error(ev->doc, at, "has too few entries (at least %u)", list->min);
	return ev->doc->n_errors == before;
}

/* --- sections --------------------------------------------------------------------------------- */

static void read_section(struct config_events *ev, const char *path);

/* Reads the value of key k, which the current event begins; the key itself is in `line`. */
static void
read_key(struct config_events *ev, int k, const char *path, unsigned line)
{
	const struct config_key *key = &config_keys[k];
	bool good;

	if (ev->doc->seen[k].line != 0 && strchr(key->path, '<') == NULL) {
		config_error(ev->doc, config_at_line(line, path),
			"duplicate key (first in line %u)", ev->doc->seen[k].line);
		config_events_skip(ev);
		return;
	}
	ev->doc->seen[k].line = line;
	if (key->type->add != NULL)
		good = read_records(ev, key, path);
	else if (key->type->list)
		good = read_list(ev, k, ev->doc->config, path);
	else
		good = read_value(ev, key, ev->doc->config, path);
	if (!good)
		ev->doc->seen[k].bad = true;
}

/* Reads the key whose name is the current event, in section `in` ("" at the top). */
static void
read_entry(struct config_events *ev, const char *in)
{
	char path[CONFIG_PATH_MAX], names[512];
	unsigned line = config_events_line(ev);
	const char *name = config_events_text(ev, in);
	bool named = name != NULL, glued = is_glued(ev, in);
	struct config_place at;
	int k, section;

	snprintf(path, sizeof(path), "%s%s%.60s", in, in[0] ? "." : "", name ? name : "");
	at = config_at_line(line, path);
	if (!glued)
		ev->key = at;
	config_events_next(ev);
	if (!ev->have)
		return;
	/* A name with a dot would find a key of another section. */
	k = named && strchr(path + strlen(in) + (in[0] != 0), '.') == NULL ? config_find_key(path)
									   : -1;
	section = k < 0 && named ? config_find_section(path) : -1;
	if (k >= 0) {
		read_key(ev, k, path, line);
	} else if (section < 0) {
		list_names(in, names, sizeof(names));
		if (named && !glued)
			config_error(ev->doc, at, "unknown key (known: %s)", names);
		config_events_skip(ev);
	} else if (ev->event.type != YAML_MAPPING_START_EVENT) {
		if (!is_glued(ev, path))
			config_error(
				ev->doc, at, "is not a section (keys with values go below it)");
		config_events_skip(ev);
	} else if (ev->doc->seen[section].section_line != 0) {
		config_error(ev->doc, at, "duplicate section (first in line %u)",
			ev->doc->seen[section].section_line);
		config_events_skip(ev);
	} else {
		ev->doc->seen[section].section_line = line;
		read_section(ev, path);
		return;
	}
	if (section >= 0 && ev->doc->seen[section].section_line == 0)
		ev->doc->seen[section].section_line = line;
}

/* The current event begins the mapping. Recursion is as deep as the table: the rest is skipped. */
static void
read_section(struct config_events *ev, const char *path)
{
	while (config_events_next(ev) != YAML_MAPPING_END_EVENT && ev->have)
		read_entry(ev, path);
}

static void
read_document(struct config_events *ev)
{
	yaml_event_type_t t;

	config_events_next(ev); /* the stream begins */
	t = config_events_next(ev);
	if (t == YAML_DOCUMENT_START_EVENT)
		t = config_events_next(ev);
	if (t == YAML_MAPPING_START_EVENT)
		read_section(ev, "");
	else if (t != YAML_STREAM_END_EVENT && t != YAML_NO_EVENT) {
		config_error(ev->doc, here(ev, ""), "expected sections such as wan:");
		config_events_skip(ev);
	}
	if (t != YAML_STREAM_END_EVENT && !ev->broken) {
		config_events_next(ev); /* the document ends */
		if (config_events_next(ev) == YAML_DOCUMENT_START_EVENT)
			config_error(ev->doc, here(ev, ""), "only one YAML document is allowed");
	}
}

bool
config_walk(struct config_doc *doc, const char *text, size_t len)
{
	struct config_events ev;

	if (config_events_init(&ev, doc, text, len) != 0) {
		config_error(doc, config_at_line(1, ""), "out of memory");
		return false;
	}
	read_document(&ev);
	config_events_fini(&ev);
	return !ev.broken;
}
