/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The events of a YAML text. What is not valid YAML, or uses what is not supported, is reported
 * here, by what an operator most likely did.
 */
#ifndef CONFIG_EVENTS_H
#define CONFIG_EVENTS_H

#include <yaml.h>

#include "config_impl.h"

struct config_events {
	yaml_parser_t parser;
	yaml_event_t event; /* the current one */
	bool have; /* there is a current event */
	bool broken; /* the text is not valid YAML from here on */
	const char *text; /* UTF-8 */
	size_t len;
	struct config_doc *doc;
	struct config_place key; /* the key that was read last */
	bool in_list; /* the current event is part of its value, a list of single values */
	/* Lines of the last scalar, if it was in quotes; otherwise 0. */
	unsigned quote_begin, quote_end;
	unsigned glued_line; /* of the last "key:value" reported; 0: none */
	/* A position in the text that moves along, in characters and in bytes. */
	size_t at_char, at_byte;
};

/* 0, or -ENOMEM. The text must outlive the events. */
int config_events_init(
	struct config_events *ev, struct config_doc *doc, const char *text, size_t len);
void config_events_fini(struct config_events *ev);

/* Makes the next event the current one; YAML_NO_EVENT after an error of the text. */
yaml_event_type_t config_events_next(struct config_events *ev);

/* Skips the rest of the node that the current event begins. */
void config_events_skip(struct config_events *ev);

/*
 * The current event as text until the next one, or NULL after an error; a list or mapping is
 * skipped.
 */
const char *config_events_text(struct config_events *ev, const char *path);

/* The path of the key that the line belongs to; "" if that is not known. */
const char *config_events_path(const struct config_events *ev, unsigned line);

/* The line of the current event. */
unsigned config_events_line(const struct config_events *ev);

/* Whether the current event, a scalar, ends on another line than it begins on. */
bool config_events_folded(const struct config_events *ev);

/* Whether the current event is a value that a comment on the same line may have cut short. */
bool config_events_cut(struct config_events *ev);

/* The byte of the text that a mark of the parser is at. */
size_t config_events_byte(struct config_events *ev, const yaml_mark_t *mark);

/* Reports the error of the parser (config_fault.c). */
void config_fault_report(struct config_events *ev);

/*
 * The length of a key's name if the text begins with it, a colon, and then not the blank that YAML
 * wants: "psk:secret"; else 0.
 */
size_t config_fault_glued(const char *text, size_t len);

#endif
