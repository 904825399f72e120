/* SPDX-License-Identifier: BSD-3-Clause */
/* Names and texts of drop and punt reasons, and names of stages. */
#include <assert.h>
#include <ctype.h>
#include <stddef.h>

#include "drop.h"
#include "punt.h"
#include "stage.h"

#define NAME_MAX_LEN 24

/* Symbols in lower case, written once before main(). */
static char drop_names[DROP_N][NAME_MAX_LEN];
static char punt_names[PUNT_N][NAME_MAX_LEN];

/* The caller asserts that the symbol fits. */
static void
name_from(char name[NAME_MAX_LEN], const char *symbol)
{
	do
		*name++ = (char)tolower((unsigned char)*symbol);
	while (*symbol++ != '\0');
}

__attribute__((constructor)) static void
names_init(void)
{
#define X(sym, text)                                                      \
	static_assert(sizeof(#sym) <= NAME_MAX_LEN, #sym " is too long"); \
	name_from(drop_names[DROP_##sym], #sym);
	DROP_REASONS(X)
#undef X
#define X(sym, rate, text)                                                \
	static_assert(sizeof(#sym) <= NAME_MAX_LEN, #sym " is too long"); \
	name_from(punt_names[PUNT_##sym], #sym);
	PUNT_REASONS(X)
#undef X
}

static const char *const drop_texts[DROP_N] = {
#define X(sym, text) [DROP_##sym] = text,
	DROP_REASONS(X)
#undef X
};

static const char *const punt_texts[PUNT_N] = {
#define X(sym, rate, text) [PUNT_##sym] = text,
	PUNT_REASONS(X)
#undef X
};

static const char *const stage_names[STAGE_N] = {
#define X(name) [STAGE_##name] = #name,
	STAGES(X)
#undef X
};

const char *
drop_name(enum drop_reason reason)
{
	return drop_names[reason];
}

const char *
drop_text(enum drop_reason reason)
{
	return drop_texts[reason];
}

const char *
punt_name(enum punt_reason reason)
{
	return punt_names[reason];
}

const char *
punt_text(enum punt_reason reason)
{
	return punt_texts[reason];
}

const char *
stage_name(enum stage stage)
{
	return stage_names[stage];
}
