/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reader and writer of bytes with a sticky error. Control code reads a peer's bytes only through a
 * reader and writes bytes for a peer only through a writer.
 */
#ifndef RDWR_H
#define RDWR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A reader of untrusted bytes. A read past the end returns 0 and sets bad permanently. */
struct rd {
	const uint8_t *p;
	const uint8_t *end;
	bool bad;
};

static inline struct rd
rd_init(const void *bytes, size_t len)
{
	/* An empty input may be NULL, on which arithmetic is not allowed. */
	const uint8_t *p = bytes ? bytes : "";

	return (struct rd){.p = p, .end = p + len};
}

/* Bytes left to read. */
static inline size_t
rd_left(const struct rd *r)
{
	return (size_t)(r->end - r->p);
}

/* Bytes are left and no read has failed. */
static inline bool
rd_more(const struct rd *r)
{
	return !r->bad && r->p < r->end;
}

/* No bytes are left and no read has failed. */
static inline bool
rd_done(const struct rd *r)
{
	return !r->bad && r->p == r->end;
}

/*
 * Moves past the next n bytes and points p at them; false, and bad set, if fewer are left. The value
 * that is returned decides, not whether p is NULL: gcc 12 to 14 warn about the latter when inlined.
 */
static inline bool
rd_take(struct rd *r, size_t n, const uint8_t **p)
{
	if (r->bad || rd_left(r) < n) {
		r->bad = true;
		r->p = r->end;
		return false;
	}
	*p = r->p;
	r->p += n;
	return true;
}

/* The next n bytes; NULL, and bad set, if fewer are left. */
static inline const uint8_t *
rd_bytes(struct rd *r, size_t n)
{
	const uint8_t *p;

	return rd_take(r, n, &p) ? p : NULL;
}

static inline uint8_t
rd_u8(struct rd *r)
{
	const uint8_t *p;

	return rd_take(r, 1, &p) ? p[0] : 0;
}

/* Network order on the wire, host order returned. */
static inline uint16_t
rd_u16(struct rd *r)
{
	const uint8_t *p;

	if (!rd_take(r, 2, &p))
		return 0;
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
rd_u32(struct rd *r)
{
	const uint8_t *p;

	if (!rd_take(r, 4, &p))
		return 0;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Four bytes as they are on the wire: addresses and SPIs. */
static inline uint32_t
rd_be32(struct rd *r)
{
	const uint8_t *p;
	uint32_t v = 0;

	if (rd_take(r, 4, &p))
		memcpy(&v, p, sizeof(v));
	return v;
}

/* A reader of the next n bytes; if fewer are left, it is empty and both are bad. */
static inline struct rd
rd_sub(struct rd *r, size_t n)
{
	const uint8_t *p;

	if (!rd_take(r, n, &p))
		return (struct rd){.p = r->end, .end = r->end, .bad = true};
	return (struct rd){.p = p, .end = p + n};
}

/*
 * A writer into a buffer of fixed size. What does not fit is not written and sets bad permanently.
 */
struct wr {
	uint8_t *start;
	uint8_t *p;
	size_t left;
	bool bad;
};

static inline struct wr
wr_init(void *buf, size_t size)
{
	uint8_t *p = buf;

	return (struct wr){.start = p, .p = p, .left = size};
}

/* Bytes written so far. */
static inline size_t
wr_len(const struct wr *w)
{
	return (size_t)(w->p - w->start);
}

/* Room for n bytes, which the caller fills in; NULL, and bad set, if they do not fit. */
uint8_t *wr_room(struct wr *w, size_t n);

static inline void
wr_bytes(struct wr *w, const void *bytes, size_t n)
{
	uint8_t *p = wr_room(w, n);

	if (p && n)
		memcpy(p, bytes, n);
}

static inline void
wr_zero(struct wr *w, size_t n)
{
	uint8_t *p = wr_room(w, n);

	if (p && n)
		memset(p, 0, n);
}

static inline void
wr_u8(struct wr *w, uint8_t v)
{
	uint8_t *p = wr_room(w, 1);

	if (p)
		p[0] = v;
}

static inline void
wr_u16(struct wr *w, uint16_t v)
{
	uint8_t *p = wr_room(w, 2);

	if (p) {
		p[0] = (uint8_t)(v >> 8);
		p[1] = (uint8_t)v;
	}
}

static inline void
wr_u32(struct wr *w, uint32_t v)
{
	uint8_t *p = wr_room(w, 4);

	if (p) {
		p[0] = (uint8_t)(v >> 24);
		p[1] = (uint8_t)(v >> 16);
		p[2] = (uint8_t)(v >> 8);
		p[3] = (uint8_t)v;
	}
}

/* Four bytes that are already in network order: addresses and SPIs. */
static inline void
wr_be32(struct wr *w, uint32_t v)
{
	wr_bytes(w, &v, sizeof(v));
}

/* Overwrites 16 bits at an offset from the start, which must have been written. */
static inline void
wr_put16(struct wr *w, size_t at, uint16_t v)
{
	if (w->bad || at + 2 > wr_len(w)) {
		w->bad = true;
		return;
	}
	w->start[at] = (uint8_t)(v >> 8);
	w->start[at + 1] = (uint8_t)v;
}

/*
 * A 16-bit length that is known only later: wr_open16() leaves room for it and returns its offset,
 * wr_close16() fills in the number of bytes from `from`, an offset, to the end.
 */
static inline size_t
wr_open16(struct wr *w)
{
	size_t at = wr_len(w);

	wr_u16(w, 0);
	return at;
}

static inline void
wr_close16(struct wr *w, size_t at, size_t from)
{
	if (wr_len(w) - from > UINT16_MAX)
		w->bad = true;
	wr_put16(w, at, (uint16_t)(wr_len(w) - from));
}

#endif
