/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers: cells and messages are collected, then rendered as text or JSON. */
#include "cli_impl.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* --- bytes ------------------------------------------------------------------------------------ */

void
cli_buf_add(struct cli_buf *b, const void *bytes, size_t len)
{
	size_t room = b->room ? b->room : 1024;
	char *p;

	while (room < b->len + len)
		room *= 2;
	if (!b->failed && room > b->room) {
		p = realloc(b->p, room);
		if (p == NULL) {
			b->failed = true;
		} else {
			b->p = p;
			b->room = room;
		}
	}
	if (b->failed)
		return;
	if (len > 0)
		memcpy(b->p + b->len, bytes, len);
	b->len += len;
}

void
cli_buf_free(struct cli_buf *b)
{
	free(b->p);
	memset(b, 0, sizeof(*b));
}

static void
add_str(struct cli_buf *b, const char *text)
{
	cli_buf_add(b, text, strlen(text));
}

static void
pad(struct cli_buf *b, size_t n)
{
	while (n-- > 0)
		cli_buf_add(b, " ", 1);
}

/* --- collecting ------------------------------------------------------------------------------- */

void
cli_table(struct cli_out *out, const char *const *headings, unsigned n)
{
	out->headings = headings;
	out->n_columns = n < CLI_COLUMNS_MAX ? n : CLI_COLUMNS_MAX;
}

static void
add_cell(struct cli_out *out, enum cli_kind kind, uint64_t n)
{
	struct cli_cell cell = {.kind = kind, .n = n};

	cli_buf_add(&out->cells, &cell, sizeof(cell));
}

void
cli_str(struct cli_out *out, const char *text)
{
	if (text == NULL) {
		add_cell(out, CLI_CELL_NULL, 0);
		return;
	}
	add_cell(out, CLI_CELL_TEXT, out->text.len);
	cli_buf_add(&out->text, text, strlen(text) + 1);
}

void
cli_strf(struct cli_out *out, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cli_str(out, text);
}

void
cli_num(struct cli_out *out, uint64_t n)
{
	add_cell(out, CLI_CELL_NUMBER, n);
}

void
cli_bool(struct cli_out *out, bool v)
{
	add_cell(out, CLI_CELL_BOOL, v);
}

void
cli_message(struct cli_out *out, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cli_buf_add(&out->messages, text, strlen(text) + 1);
}

void
cli_out_fini(struct cli_out *out)
{
	cli_buf_free(&out->cells);
	cli_buf_free(&out->text);
	cli_buf_free(&out->messages);
}

/* --- text ------------------------------------------------------------------------------------- */

/*
 * Appends the text, with control characters and bytes that are not UTF-8 as \xNN. Returns its width
 * in columns; b NULL: only counts.
 */
static size_t
put_clean(struct cli_buf *b, const char *text)
{
	size_t len = strlen(text), columns = 0, n;
	char hex[8];

	for (; len > 0; text += n, len -= n) {
		n = utf8_char(text, len);
		/* C1 controls are two bytes in UTF-8: c2 80 to c2 9f. */
		if (n == 0 || (n == 1 && iscntrl((unsigned char)*text)) ||
			(n == 2 && (unsigned char)text[0] == 0xc2 &&
				(unsigned char)text[1] < 0xa0)) {
			n = 1;
			columns += 4;
			snprintf(hex, sizeof(hex), "\\x%02x", (unsigned char)*text);
			if (b != NULL)
				add_str(b, hex);
			continue;
		}
		columns++;
		if (b != NULL)
			cli_buf_add(b, text, n);
	}
	return columns;
}

/* The text of a cell, in buf unless it is a string. */
static const char *
cell_text(const struct cli_out *out, const struct cli_cell *c, char buf[24])
{
	switch (c->kind) {
	case CLI_CELL_TEXT:
		return out->text.p + c->n;
	case CLI_CELL_NUMBER:
		snprintf(buf, 24, "%" PRIu64, c->n);
		return buf;
	case CLI_CELL_BOOL:
		return c->n ? "yes" : "no";
	case CLI_CELL_NULL:
		break;
	}
	return "-";
}

static void
text_cell(struct cli_buf *to, const char *text, size_t width, bool right, bool last)
{
	size_t columns = put_clean(NULL, text);
	size_t gap = width > columns ? width - columns : 0;

	if (right)
		pad(to, gap);
	put_clean(to, text);
	if (!right && !last)
		pad(to, gap);
	add_str(to, last ? "\n" : "  ");
}

static void
text_table(const struct cli_out *out, struct cli_buf *to)
{
	const struct cli_cell *cells = (const void *)out->cells.p;
	size_t n_cells = out->cells.len / sizeof(*cells), n = out->n_columns;
	size_t width[CLI_COLUMNS_MAX];
	bool right[CLI_COLUMNS_MAX] = {false};
	char buf[24];

	for (size_t i = 0; i < n; i++)
		width[i] = put_clean(NULL, out->headings[i]);
	for (size_t i = 0; i < n_cells; i++) {
		size_t columns = put_clean(NULL, cell_text(out, &cells[i], buf));

		if (columns > width[i % n])
			width[i % n] = columns;
		if (cells[i].kind == CLI_CELL_NUMBER)
			right[i % n] = true;
	}
	for (size_t i = 0; i < n; i++)
		text_cell(to, out->headings[i], width[i], right[i], i + 1 == n);
	for (size_t i = 0; i < n_cells; i++)
		text_cell(to, cell_text(out, &cells[i], buf), width[i % n], right[i % n],
			i % n + 1 == n);
}

static void
text_messages(const struct cli_out *out, struct cli_buf *to)
{
	for (size_t at = 0; at < out->messages.len; at += strlen(out->messages.p + at) + 1) {
		put_clean(to, out->messages.p + at);
		add_str(to, "\n");
	}
}

/* --- JSON (RFC 8259) -------------------------------------------------------------------------- */

static void
json_string(struct cli_buf *to, const char *text)
{
	size_t len = strlen(text), n;
	char escape[8];

	add_str(to, "\"");
	for (; len > 0; text += n, len -= n) {
		unsigned char c = (unsigned char)*text;

		n = utf8_char(text, len);
		if (n == 0) {
			n = 1;
			add_str(to, "\\ufffd");
		} else if (c == '"' || c == '\\') {
			escape[0] = '\\';
			escape[1] = (char)c;
			cli_buf_add(to, escape, 2);
		} else if (c < 0x20 || c == 0x7f) {
			snprintf(escape, sizeof(escape), "\\u%04x", c);
			add_str(to, escape);
		} else {
			cli_buf_add(to, text, n);
		}
	}
	add_str(to, "\"");
}

static void
json_name(struct cli_buf *to, const char *heading)
{
	char name[64] = "";
	size_t i;

	for (i = 0; heading[i] && i + 1 < sizeof(name); i++)
		name[i] = heading[i] == ' ' ? '_' : (char)tolower((unsigned char)heading[i]);
	name[i] = '\0';
	json_string(to, name);
}

static void
json_cell(const struct cli_out *out, const struct cli_cell *c, struct cli_buf *to)
{
	char buf[24];

	if (c->kind == CLI_CELL_TEXT)
		json_string(to, out->text.p + c->n);
	else if (c->kind == CLI_CELL_NUMBER)
		add_str(to, cell_text(out, c, buf));
	else if (c->kind == CLI_CELL_BOOL)
		add_str(to, c->n ? "true" : "false");
	else
		add_str(to, "null");
}

static void
json_table(const struct cli_out *out, struct cli_buf *to)
{
	const struct cli_cell *cells = (const void *)out->cells.p;
	size_t n_cells = out->cells.len / sizeof(*cells), n = out->n_columns;

	add_str(to, "[");
	for (size_t i = 0; i < n_cells; i++) {
		if (i % n == 0)
			add_str(to, i ? ",\n {" : "\n {");
		json_name(to, out->headings[i % n]);
		add_str(to, ": ");
		json_cell(out, &cells[i], to);
		add_str(to, i % n + 1 == n || i + 1 == n_cells ? "}" : ", ");
	}
	add_str(to, n_cells ? "\n]\n" : "]\n");
}

/* All messages in one object, one per line. */
static void
json_messages(const struct cli_out *out, const char *name, struct cli_buf *to)
{
	struct cli_buf all = {0};

	for (size_t at = 0; at < out->messages.len; at += strlen(out->messages.p + at) + 1) {
		if (at > 0)
			add_str(&all, "\n");
		add_str(&all, out->messages.p + at);
	}
	cli_buf_add(&all, "", 1);
	add_str(to, "{");
	json_string(to, name);
	add_str(to, ": ");
	json_string(to, all.failed ? "out of memory" : all.p);
	add_str(to, "}\n");
	cli_buf_free(&all);
}

void
cli_out_render(const struct cli_out *out, enum cli_status status, bool json, struct cli_buf *to)
{
	if (out->cells.failed || out->text.failed || out->messages.failed) {
		to->failed = true;
		return;
	}
	if (!json) {
		if (out->n_columns > 0)
			text_table(out, to);
		text_messages(out, to);
	} else if (status != CLI_OK) {
		json_messages(out, "error", to);
	} else if (out->n_columns > 0) {
		json_table(out, to);
	} else {
		json_messages(out, "message", to);
	}
}
