/* SPDX-License-Identifier: BSD-3-Clause */
/* The internet checksum, whole (RFC 1071) and incremental (RFC 1624). */
#ifndef CKSUM_H
#define CKSUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Adds n bytes to a running sum of 16-bit words. Only the last piece may have an odd length. */
static inline uint32_t
cksum_add(uint32_t sum, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint64_t s = sum;
	uint16_t w;

	for (; n > 1; n -= 2, p += 2) {
		memcpy(&w, p, 2);
		s += w;
	}
	if (n) {
		w = 0;
		memcpy(&w, p, 1);
		s += w;
	}
	while (s >> 32)
		s = (s & 0xffffffff) + (s >> 32);
	return (uint32_t)s;
}

/* The checksum of a running sum, ready to be stored (network order, as the words were read). */
static inline uint16_t
cksum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static inline uint16_t
cksum(const void *bytes, size_t n)
{
	return cksum_fold(cksum_add(0, bytes, n));
}

/* The checksum after one 16-bit word under it changes, both as stored (RFC 1624, eqn. 3). */
static inline uint16_t
cksum_update(uint16_t old, uint16_t from, uint16_t to)
{
	uint32_t sum = (uint16_t)~old + (uint32_t)(uint16_t)~from + to;

	return cksum_fold(sum);
}

#endif
