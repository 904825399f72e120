/* SPDX-License-Identifier: BSD-3-Clause */
#include "slab.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sanitizer/asan_interface.h>
#include <sys/mman.h>
#include <rte_common.h>
#include <sodium.h>

/*
 * The header of a chunk, in its first line; blocks of one size follow. A chunk is aligned to its
 * size, so that a block finds its header.
 */
struct slab_chunk {
	struct slabs *slabs;
	struct slab_chunk *next;
	size_t lines; /* cache lines of each block */
};
static_assert(sizeof(struct slab_chunk) <= RTE_CACHE_LINE_SIZE, "the header of a chunk grew");

/* A free block. Builds with AddressSanitizer poison it. */
struct slab_block {
	struct slab_block *next;
};

void
slabs_init(struct slabs *s)
{
	*s = (struct slabs){0};
}

void
slabs_fini(struct slabs *s)
{
	while (s->chunks != NULL) {
		struct slab_chunk *c = s->chunks;

		s->chunks = c->next;
		ASAN_UNPOISON_MEMORY_REGION(c, SLAB_CHUNK);
		munmap(c, SLAB_CHUNK);
	}
	*s = (struct slabs){0};
}

/* Maps zeroed memory aligned to its size; NULL when there is none. */
static void *
map_aligned(void)
{
	uint8_t *p = mmap(
		NULL, 2 * SLAB_CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t before;

	if (p == MAP_FAILED)
		return NULL;
	before = RTE_PTR_DIFF(RTE_PTR_ALIGN_CEIL(p, SLAB_CHUNK), p);
	if (before > 0)
		munmap(p, before);
	munmap(p + before + SLAB_CHUNK, SLAB_CHUNK - before);
	/* Without huge pages it works, only slower. */
	(void)madvise(p + before, SLAB_CHUNK, MADV_HUGEPAGE);
	(void)madvise(p + before, SLAB_CHUNK, MADV_DONTDUMP);
	return p + before;
}

static void
push_free(struct slabs *s, size_t lines, void *p)
{
	struct slab_block *b = p;

	b->next = s->free[lines];
	s->free[lines] = b;
	ASAN_POISON_MEMORY_REGION(b, lines * RTE_CACHE_LINE_SIZE);
}

static int
chunk_add(struct slabs *s, size_t lines)
{
	struct slab_chunk *c = map_aligned();
	size_t block = lines * RTE_CACHE_LINE_SIZE;
	uint8_t *p;

	if (c == NULL)
		return -1;
	*c = (struct slab_chunk){.slabs = s, .next = s->chunks, .lines = lines};
	s->chunks = c;
	s->held += SLAB_CHUNK;
	p = (uint8_t *)c + RTE_CACHE_LINE_SIZE;
	/* From the last to the first, so that blocks are taken in the order of their addresses. */
	for (size_t n = (SLAB_CHUNK - RTE_CACHE_LINE_SIZE) / block; n > 0; n--)
		push_free(s, lines, p + (n - 1) * block);
	return 0;
}

void *
slab_take(struct slabs *s, size_t n)
{
	size_t lines = RTE_ALIGN_CEIL(n, RTE_CACHE_LINE_SIZE) / RTE_CACHE_LINE_SIZE;
	struct slab_block *b;

	if (lines == 0 || lines > SLAB_LINES_MAX)
		return NULL;
	if (s->free[lines] == NULL && chunk_add(s, lines) != 0)
		return NULL;
	b = s->free[lines];
	ASAN_UNPOISON_MEMORY_REGION(b, lines * RTE_CACHE_LINE_SIZE);
	s->free[lines] = b->next;
	b->next = NULL;
	s->used += lines * RTE_CACHE_LINE_SIZE;
	return b;
}

void
slab_release(void *block)
{
	struct slab_chunk *c = RTE_PTR_ALIGN_FLOOR(block, SLAB_CHUNK);

	if (block == NULL)
		return;
	sodium_memzero(block, c->lines * RTE_CACHE_LINE_SIZE);
	c->slabs->used -= c->lines * RTE_CACHE_LINE_SIZE;
	push_free(c->slabs, c->lines, block);
}
