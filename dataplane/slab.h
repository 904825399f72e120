/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory for what workers read per packet: blocks of whole cache lines, without headers, in chunks
 * of 2 MB on huge pages where the kernel has them. A hundred thousand sessions need few TLB entries
 * and no more memory than their size. For the control thread only. Chunks stay until slabs_fini(),
 * as load that was reached once will come back.
 */
#ifndef SLAB_H
#define SLAB_H

#include <stddef.h>

#define SLAB_CHUNK     (2u << 20)
#define SLAB_LINES_MAX 64 /* in one block; the keys of any suite fit */

struct slab_block; /* a free block */
struct slab_chunk;

struct slabs {
	struct slab_block *free[SLAB_LINES_MAX + 1]; /* by size in cache lines */
	struct slab_chunk *chunks;
	size_t used; /* bytes in taken blocks */
	size_t held; /* bytes of all chunks */
};

void slabs_init(struct slabs *s);

/* Unmaps all chunks, including blocks still taken. */
void slabs_fini(struct slabs *s);

/*
 * A zeroed block of at least n bytes, aligned to a cache line; NULL when out of memory or n is too
 * large.
 */
void *slab_take(struct slabs *s, size_t n);

/* Wipes and frees the block. block may be NULL. */
void slab_release(void *block);

#endif
