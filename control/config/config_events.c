/* SPDX-License-Identifier: BSD-3-Clause */
#include "config_events.h"

#include <errno.h>
#include <string.h>

int
config_events_init(struct config_events *ev, struct config_doc *doc, const char *text, size_t len)
{
	static const char mark[] = {'\xef', '\xbb', '\xbf'};

	memset(ev, 0, sizeof(*ev));
	/* A byte order mark, as editors of Windows write it. */
	if (len >= sizeof(mark) && memcmp(text, mark, sizeof(mark)) == 0) {
		text += sizeof(mark);
		len -= sizeof(mark);
	}
	if (!yaml_parser_initialize(&ev->parser))
		return -ENOMEM;
	ev->text = text;
	ev->len = len;
	ev->doc = doc;
	/* Not UTF-16: marks of the parser are positions in the text. */
	yaml_parser_set_encoding(&ev->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&ev->parser, (const unsigned char *)text, len);
	return 0;
}

static void
release(struct config_events *ev)
{
	if (!ev->have)
		return;
	if (ev->event.type == YAML_SCALAR_EVENT)
		sodium_memzero(ev->event.data.scalar.value, ev->event.data.scalar.length);
	yaml_event_delete(&ev->event);
	ev->have = false;
}

void
config_events_fini(struct config_events *ev)
{
	release(ev);
	yaml_parser_delete(&ev->parser);
}

unsigned
config_events_line(const struct config_events *ev)
{
	return (unsigned)ev->event.start_mark.line + 1;
}

size_t
config_events_byte(struct config_events *ev, const yaml_mark_t *mark)
{
	if (mark->index < ev->at_char)
		ev->at_char = ev->at_byte = 0;
	while (ev->at_char < mark->index && ev->at_byte < ev->len) {
		ev->at_byte++;
		while (ev->at_byte < ev->len &&
			((unsigned char)ev->text[ev->at_byte] & 0xc0) == 0x80)
			ev->at_byte++;
		ev->at_char++;
	}
	return ev->at_byte;
}

/* What in the event is not supported, by its first character; 0: nothing. */
static char
unsupported(const yaml_event_t *e)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (e->type) {
	case YAML_ALIAS_EVENT:
		return '*';
	case YAML_SCALAR_EVENT:
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
		break;
	default:
		break;
	}
	return anchor != NULL ? '&' : tag != NULL ? '!' : '\0';
}

const char *
config_events_path(const struct config_events *ev, unsigned line)
{
	return ev->in_list || ev->key.line == line ? ev->key.path : "";
}

static void
check_unsupported(struct config_events *ev)
{
	unsigned line = config_events_line(ev);
	char c = unsupported(&ev->event);

	if (c != '\0')
		config_error(ev->doc, config_at_line(line, config_events_path(ev, line)),
			"%s not supported (put a value that begins with %c in quotes)",
			c == '!'   ? "tags are"
			: c == '&' ? "anchors are"
				   : "aliases are",
			c);
}

yaml_event_type_t
config_events_next(struct config_events *ev)
{
	bool quoted = false;

	release(ev);
	if (ev->broken)
		return YAML_NO_EVENT;
	if (!yaml_parser_parse(&ev->parser, &ev->event)) {
		ev->broken = true;
		config_fault_report(ev);
		return YAML_NO_EVENT;
	}
	ev->have = true;
	if (ev->event.type == YAML_SCALAR_EVENT)
		quoted = ev->event.data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
			 ev->event.data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	ev->quote_begin = quoted ? config_events_line(ev) : 0;
	ev->quote_end = quoted ? (unsigned)ev->event.end_mark.line + 1 : 0;
	check_unsupported(ev);
	return ev->event.type;
}

void
config_events_skip(struct config_events *ev)
{
	unsigned depth = 0;

	for (yaml_event_type_t t = ev->event.type;; t = config_events_next(ev)) {
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

const char *
config_events_text(struct config_events *ev, const char *path)
{
	struct config_place at = config_at_line(config_events_line(ev), path);
	const yaml_event_t *e = &ev->event;
	const char *text;

	if (e->type == YAML_ALIAS_EVENT)
		return NULL; /* reported when it came */
	if (e->type != YAML_SCALAR_EVENT) {
		config_error(ev->doc, at, "is a %s (a single value is expected)",
			e->type == YAML_SEQUENCE_START_EVENT ? "list" : "section");
		config_events_skip(ev);
		return NULL;
	}
	text = (const char *)e->data.scalar.value;
	if (strlen(text) != e->data.scalar.length) {
		config_error(ev->doc, at, "contains a NUL byte");
		return NULL;
	}
	if (text[0] == '\0' && e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
		/* A value of which an anchor or a tag has made nothing is reported already. */
		if (unsupported(e) == '\0')
			config_error(ev->doc, at, "has no value%s",
				config_events_cut(ev) ? " (# begins a comment: put a value that "
							"begins with # in quotes)"
						      : "");
		return NULL;
	}
	return text;
}

bool
config_events_folded(const struct config_events *ev)
{
	return ev->event.end_mark.line > ev->event.start_mark.line;
}

bool
config_events_cut(struct config_events *ev)
{
	size_t at = config_events_byte(ev, &ev->event.end_mark);

	if (ev->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	while (at < ev->len && (ev->text[at] == ' ' || ev->text[at] == '\t'))
		at++;
	return at < ev->len && ev->text[at] == '#';
}
