/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory for what workers read per packet: blocks of whole cache lines, packed without headers into chunks of
 * 2 MB on huge pages where the kernel has them. So a hundred thousand sessions need few entries of the TLB, and no
 * byte more than they have. For the control thread alone. Chunks stay until slabs_fini: what was
 * once needed will be needed again.
 */
#ifndef SLAB_H
#define SLAB_H

#include <stddef.h>

#define SLAB_CHUNK     (2u << 20)
#define SLAB_LINES_MAX 64 /* of one block: the keys of any suite fit */

struct slab_block; /* a free one */
struct slab_chunk;

struct slabs {
	struct slab_block *free[SLAB_LINES_MAX + 1]; /* by lines of a block */
	struct slab_chunk *chunks;
	size_t used; /* bytes in blocks that are taken */
	size_t held; /* bytes of all chunks */
};

void slabs_init(struct slabs *s);

/* Gives the chunks back, with whatever is still taken. */
void slabs_fini(struct slabs *s);

/* A zeroed block of at least n bytes, at a cache line; NULL when out of memory or n is too large. */
void *slab_take(struct slabs *s, size_t n);

/* Wipes it. NULL is fine. */
void slab_release(void *block);

#endif
