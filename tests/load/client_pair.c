/* SPDX-License-Identifier: BSD-3-Clause */
/* The ESP pairs of a client: renewed in time; replaced ones are deleted. */
#include "client_internal.h"

be32
client_spi_make(struct client *c)
{
	/* Differs between all clients of a run, and is not reused soon. */
	return htonl(((c->number + 1) & 0xfffff) << 12 | (c->spi_count++ & 0xfff));
}

struct client_pair *
client_pair_newest(struct client *c)
{
	struct client_pair *best = NULL;

	for (unsigned i = 0; i < CLIENT_PAIRS; i++)
		if (c->pairs[i].c != NULL && (best == NULL || c->pairs[i].made > best->made))
			best = &c->pairs[i];
	return best;
}

void
client_pair_drop(struct client_pair *p)
{
	struct client *c = p->c;

	if (c == NULL)
		return;
	timer_stop(&p->timer);
	p->c = NULL;
	if (!c->silent && c->ev.child_gone != NULL)
		c->ev.child_gone(c->arg, p->spi_in);
}

static void
on_pair_timer(struct timer *t)
{
	struct client_pair *p = container_of(t, struct client_pair, timer);
	struct client *c = p->c;

	client_enter(c);
	if (!p->old) {
		client_rekey_esp(c);
	} else {
		if (c->sa != NULL && c->sa->state == CLIENT_SA_UP)
			client_info_delete_esp(c->sa, p->spi_in);
		client_pair_drop(p);
	}
	client_leave(c);
}

/* A free slot, or that of the oldest pair. */
static struct client_pair *
pair_place(struct client *c)
{
	struct client_pair *oldest = &c->pairs[0];

	for (unsigned i = 0; i < CLIENT_PAIRS; i++) {
		if (c->pairs[i].c == NULL)
			return &c->pairs[i];
		if (c->pairs[i].made < oldest->made)
			oldest = &c->pairs[i];
	}
	client_pair_drop(oldest);
	return oldest;
}

bool
client_pair_add(struct client *c, const struct client_child *child)
{
	struct client_pair *p;

	if (c->ev.child_new != NULL && c->ev.child_new(c->arg, child) != 0)
		return false;
	for (unsigned i = 0; i < CLIENT_PAIRS; i++) {
		struct client_pair *q = &c->pairs[i];

		if (q->c == NULL || q->old)
			continue;
		q->old = true;
		timer_arm(&q->timer, CLIENT_OLD_PAIR_MS);
	}
	p = pair_place(c);
	p->c = c;
	p->spi_in = child->spi_in;
	p->spi_out = child->spi_out;
	p->old = false;
	p->made = ++c->made;
	p->bytes = 0;
	p->life_kb = child->life_kb;
	client_use_begin(c);
	timer_init(&p->timer, c->timers, on_pair_timer);
	if (child->life_s != 0)
		timer_arm(&p->timer, child->life_s * UINT64_C(10) * CLIENT_REKEY_PERCENT);
	return true;
}
