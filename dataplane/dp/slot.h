/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Slots and the graveyard: how control publishes objects to workers without a lock.
 *
 * Publish: build the whole object, then store-release its pointer into the slot. Use: load-acquire
 * in a stage, valid until the end of the turn. Retire: store NULL and bury; the graveyard frees the
 * object and its slot when every worker has passed a quiescent state. For the control thread only.
 */
#ifndef SLOT_H
#define SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rte_rcu_qsbr;

/*
 * Numbers 1 to n - 1, each with a generation. The one freed longest ago is taken first, so that a
 * number rests before it gets a new meaning.
 */
struct slots {
	uint32_t n;
	uint32_t head, n_free; /* queue of free slots */
	uint32_t *free;
	uint32_t n_taken;
	uint8_t *gen; /* last generation of each slot, 1 to 255 */
	bool *taken; /* false: free, or buried and not free yet */
};

/* Returns 0 or -ENOMEM. n includes slot 0, which is never taken. */
int slots_init(struct slots *s, uint32_t n);
void slots_fini(struct slots *s);

/* Takes a free slot with a new generation; 0 when there is none. graveyard_bury() gives it back. */
uint32_t slots_take(struct slots *s);

/* Whether the slot was taken and has not been buried since. */
static inline bool
slots_is_taken(const struct slots *s, uint32_t slot)
{
	return slot < s->n && s->taken[slot];
}

struct grave {
	uint64_t token;
	void (*free)(void *ptr);
	void *ptr;
	struct slots *slots; /* NULL: no slot goes with it */
	uint32_t slot;
};

/* Objects that workers may still see, oldest first. */
struct graveyard {
	struct rte_rcu_qsbr *rcu;
	struct grave *grave; /* ring of `size` entries */
	size_t size; /* a power of two */
	size_t head, n;
};

/* Returns 0 or -ENOMEM. */
int graveyard_init(struct graveyard *g, struct rte_rcu_qsbr *rcu);

/* Frees everything that is buried. Workers must have stopped. */
void graveyard_fini(struct graveyard *g);

/*
 * After a grace period, calls free(ptr) unless ptr is NULL, and frees the slot unless slots is
 * NULL. Without memory to remember the object, waits for the workers.
 */
void graveyard_bury(struct graveyard *g, void (*free)(void *ptr), void *ptr, struct slots *slots,
	uint32_t slot);

/* Frees what no worker can see any more. Never waits. */
void graveyard_poll(struct graveyard *g);

#endif
