/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli_terminate.h"

#include <stdlib.h>
#include <string.h>

#include "gateway.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

/* What a name can be the name of; a set of them is a sum. */
enum {
	BY_SESSION = 1 << 0,
	BY_USER = 1 << 1,
	BY_ADDRESS = 1 << 2,
	BY_ANY = BY_SESSION | BY_USER | BY_ADDRESS,
};

static const struct kind {
	const char *word, *article;
	unsigned by;
} kinds[] = {
	{"session", "a", BY_SESSION},
	{"user", "a", BY_USER},
	{"address", "an", BY_ADDRESS},
};

struct target {
	unsigned by;
	bool all;
	const char *name;
	uint32_t id; /* 0: the name is not a session's number */
	be32 addr; /* 0: the name is not an address */
};

static struct target
target_of(const char *name, unsigned by)
{
	struct target t = {.by = by, .name = name};
	size_t digits = strspn(name, "0123456789");
	unsigned long id;

	if (digits > 0 && name[digits] == '\0') {
		id = strtoul(name, NULL, 10);
		t.id = id <= UINT32_MAX ? (uint32_t)id : 0;
	}
	if (ip_parse(name, &t.addr) != 0)
		t.addr = 0;
	return t;
}

/* In which ways the name is that of the connection. */
static unsigned
match(const struct target *t, const struct conn *c)
{
	unsigned by = 0;

	if (t->all)
		return t->by;
	if (t->id != 0 && t->id == c->id)
		by |= BY_SESSION;
	if (c->user != NULL && strcmp(t->name, c->user->name) == 0)
		by |= BY_USER;
	if (t->addr != 0 && (t->addr == c->lease || t->addr == c->remote.addr))
		by |= BY_ADDRESS;
	return by & t->by;
}

/* False after a message: the words are no target. */
static bool
parse(struct target *t, struct cli_out *out, int argc, char **argv)
{
	unsigned by = 0;

	*t = target_of(argv[argc - 1], BY_ANY);
	if (argc == 1) {
		t->all = strcmp(argv[0], "all") == 0;
		return true;
	}
	for (size_t i = 0; i < N_ELEMENTS(kinds); i++)
		if (strcmp(argv[0], kinds[i].word) == 0)
			by = kinds[i].by;
	t->by = by;
	if (by == 0)
		cli_message(out, "\"%s\" is not one of session, user, address", argv[0]);
	else if (by == BY_SESSION && t->id == 0)
		cli_message(out, "\"%s\" is not a session's number", t->name);
	else if (by == BY_ADDRESS && t->addr == 0)
		cli_message(out, "\"%s\" is not an IPv4 address", t->name);
	else
		return true;
	return false;
}

/* The name is of at least two kinds: say, one session's number and another one's user. */
static void
say_ambiguous(struct cli_out *out, const char *name, unsigned by)
{
	const struct kind *first = kinds, *last = kinds + N_ELEMENTS(kinds) - 1;

	while (!(first->by & by))
		first++;
	while (!(last->by & by))
		last--;
	cli_message(out,
		"\"%s\" is %s %s and %s %s: use \"terminate %s %s\" or \"terminate %s %s\"", name,
		first->article, first->word, last->article, last->word, first->word, name,
		last->word, name);
}

enum cli_status
cli_terminate(void *arg, struct cli_out *out, int argc, char **argv)
{
	struct gateway *gw = arg;
	struct target t;
	unsigned n = 0, by = 0;

	if (!parse(&t, out, argc, argv))
		return CLI_USAGE;
	CLIENTS_FOREACH (c, &gw->clients)
		if (!c->closing)
			by |= match(&t, c);
	if (!t.all && (by & (by - 1)) != 0) { /* more than one bit */
		say_ambiguous(out, t.name, by);
		return CLI_FAILED;
	}
	CLIENTS_FOREACH (c, &gw->clients) {
		if (c->closing || match(&t, c) == 0)
			continue;
		n++;
		conn_close(c, "terminated by the operator");
	}
	if (n == 0 && !t.all) {
		cli_message(out, "no session matches %s%s\"%s\"", argc > 1 ? argv[0] : "",
			argc > 1 ? " " : "", t.name);
		return CLI_FAILED;
	}
	cli_message(out, "%u session%s terminated", n, n == 1 ? "" : "s");
	return CLI_OK;
}
