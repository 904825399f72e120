/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared by cli.c and cli_out.c: a growing buffer, and an answer that is being built. */
#ifndef CLI_IMPL_H
#define CLI_IMPL_H

#include "cli.h"

/* A growing buffer. When out of memory, failed is set and nothing more is added. */
struct cli_buf {
	char *p;
	size_t len, room;
	bool failed;
};

void cli_buf_add(struct cli_buf *b, const void *bytes, size_t len);
void cli_buf_free(struct cli_buf *b);

enum cli_kind {
	CLI_CELL_NULL,
	CLI_CELL_TEXT,
	CLI_CELL_NUMBER,
	CLI_CELL_BOOL,
};

struct cli_cell {
	enum cli_kind kind;
	uint64_t n; /* the number, the bool, or the offset of the string in cli_out.text */
};

struct cli_out {
	const char *const *headings;
	unsigned n_columns; /* 0: no table */
	struct cli_buf cells; /* of struct cli_cell */
	struct cli_buf text; /* strings of cells, each with its NUL */
	struct cli_buf messages; /* each with its NUL */
};

void cli_out_fini(struct cli_out *out);

/* Appends the answer as text or JSON to `to`; sets to->failed when out of memory. */
void cli_out_render(
	const struct cli_out *out, enum cli_status status, bool json, struct cli_buf *to);

#endif
