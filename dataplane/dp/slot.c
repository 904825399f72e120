/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <rte_rcu_qsbr.h>

#include "crypto/rng.h"
#include "slot.h"

#define GRAVES_MIN 64

int
slots_init(struct slots *s, uint32_t n)
{
	*s = (struct slots){.n = n, .n_free = n - 1};
	s->free = calloc(n, sizeof(*s->free));
	s->gen = calloc(n, sizeof(*s->gen));
	s->taken = calloc(n, sizeof(*s->taken));
	if (s->free == NULL || s->gen == NULL || s->taken == NULL) {
		slots_fini(s);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < s->n_free; i++)
		s->free[i] = i + 1;
	return 0;
}

void
slots_fini(struct slots *s)
{
	free(s->free);
	free(s->gen);
	free(s->taken);
	*s = (struct slots){0};
}

uint32_t
slots_take(struct slots *s)
{
	uint32_t slot;

	if (s->n_free == 0)
		return 0;
	slot = s->free[s->head];
	s->head = (s->head + 1) % s->n;
	s->n_free--;
	s->taken[slot] = true;
	s->n_taken++;
	/* Random, but never the previous one: gen' = gen + 1..254 among the numbers 1..255. */
	if (s->gen[slot] == 0)
		s->gen[slot] = (uint8_t)(1 + rng_below(255));
	else
		s->gen[slot] = (uint8_t)(1 + (s->gen[slot] + rng_below(254)) % 255);
	return slot;
}

static void
slots_release(struct slots *s, uint32_t slot)
{
	s->free[(s->head + s->n_free) % s->n] = slot;
	s->n_free++;
}

int
graveyard_init(struct graveyard *g, struct rte_rcu_qsbr *rcu)
{
	*g = (struct graveyard){.rcu = rcu, .size = GRAVES_MIN};
	g->grave = calloc(g->size, sizeof(*g->grave));
	return g->grave == NULL ? -ENOMEM : 0;
}

static void
grave_clear(const struct grave *grave)
{
	if (grave->ptr != NULL)
		grave->free(grave->ptr);
	if (grave->slots != NULL)
		slots_release(grave->slots, grave->slot);
}

static void
graveyard_shift(struct graveyard *g)
{
	grave_clear(&g->grave[g->head]);
	g->head = (g->head + 1) & (g->size - 1);
	g->n--;
}

void
graveyard_fini(struct graveyard *g)
{
	while (g->n > 0)
		graveyard_shift(g);
	free(g->grave);
	*g = (struct graveyard){0};
}

/* Doubles the ring. */
static int
graveyard_grow(struct graveyard *g)
{
	struct grave *grave = calloc(2 * g->size, sizeof(*grave));

	if (grave == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < g->n; i++)
		grave[i] = g->grave[(g->head + i) & (g->size - 1)];
	free(g->grave);
	g->grave = grave;
	g->size *= 2;
	g->head = 0;
	return 0;
}

void
graveyard_bury(struct graveyard *g, void (*free_ptr)(void *ptr), void *ptr, struct slots *slots,
	uint32_t slot)
{
	struct grave grave = {.free = free_ptr, .ptr = ptr, .slots = slots, .slot = slot};

	if (slots != NULL) {
		slots->taken[slot] = false;
		slots->n_taken--;
	}
	if (g->n == g->size && graveyard_grow(g) != 0) {
		rte_rcu_qsbr_synchronize(g->rcu, RTE_QSBR_THRID_INVALID);
		grave_clear(&grave);
		return;
	}
	grave.token = rte_rcu_qsbr_start(g->rcu);
	g->grave[(g->head + g->n) & (g->size - 1)] = grave;
	g->n++;
}

void
graveyard_poll(struct graveyard *g)
{
	/* Tokens only grow, so the first one that must wait ends the search. */
	while (g->n > 0 && rte_rcu_qsbr_check(g->rcu, g->grave[g->head].token, false) == 1)
		graveyard_shift(g);
}
