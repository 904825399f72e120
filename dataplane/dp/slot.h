/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Slots and the graveyard: how control publishes to workers without a lock.
 *
 * publish: build the whole object, store-release its pointer into the slot. use: load-acquire in a
 * stage, valid until the end of the turn. retire: store NULL, bury; the graveyard frees the object
 * and its slot when every worker has passed a quiescent state. For the control thread alone.
 */
#ifndef SLOT_H
#define SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rte_rcu_qsbr;

/*
 * Numbers 1 to n-1, each with a generation. What was freed longest ago is taken first, so that a
 * number rests before it means something else.
 */
struct slots {
	uint32_t n;
	uint32_t head, n_free; /* of the queue of free slots */
	uint32_t *free;
	uint32_t n_taken;
	uint8_t *gen; /* the last generation of each slot, 1 to 255 */
	bool *taken; /* false: free, or buried and not yet free */
};

/* Returns 0 or -ENOMEM; n counts slot 0, which is never taken. */
int slots_init(struct slots *s, uint32_t n);
void slots_fini(struct slots *s);

/* A free slot with a new generation, or 0. graveyard_bury() gives it back. */
uint32_t slots_take(struct slots *s);

/* Whether it was taken and has not been buried since. */
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

/* What workers may still see, oldest first. */
struct graveyard {
	struct rte_rcu_qsbr *rcu;
	struct grave *grave; /* ring */
	size_t size; /* a power of two */
	size_t head, n;
};

/* Returns 0 or -ENOMEM. */
int graveyard_init(struct graveyard *g, struct rte_rcu_qsbr *rcu);

/* Frees all that is buried: workers must have stopped. */
void graveyard_fini(struct graveyard *g);

/*
 * After a grace period, calls free(ptr) (unless ptr is NULL) and makes the slot free (unless slots
 * is NULL). Waits for the workers if there is no memory to remember it.
 */
void graveyard_bury(struct graveyard *g, void (*free)(void *ptr), void *ptr, struct slots *slots,
	uint32_t slot);

/* Frees what no worker can see any more. Never waits. */
void graveyard_poll(struct graveyard *g);

#endif
