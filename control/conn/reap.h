/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Objects that have ended. An object may end while it, or a loop over it, is on the call stack;
 * it is freed at the end of the turn, when nothing is.
 */
#ifndef REAP_H
#define REAP_H

#include "list.h"

/* In an object that ends this way. */
struct reap {
	struct list node;
	void (*free)(struct reap *);
};

/*
 * Frees the object in the next reap_all(), after those that ended before it. Once for each object.
 */
static inline void
reap_later(struct list *ended, struct reap *r, void (*fn)(struct reap *))
{
	r->free = fn;
	list_add_tail(ended, &r->node);
}

/* Frees in order of end, with what ends meanwhile. */
static inline void
reap_all(struct list *ended)
{
	while (!list_empty(ended)) {
		struct list *n = ended->next;
		struct reap *r = container_of(n, struct reap, node);

		list_del(n);
		r->free(r);
	}
}

#endif
