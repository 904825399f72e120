/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hash of a flow for tables in memory, with a secret, because remote ends choose part of what
 * is hashed.
 */
#ifndef KEYED_HASH_H
#define KEYED_HASH_H

#include <stdint.h>
#include <string.h>

/*
 * Hashes 16 bytes; all bits of the result are usable. One folded product of 64 bits is not enough:
 * with a few secrets in a thousand, neighbouring ports fall into few buckets, because one factor
 * ends in many zeros.
 */
static inline uint64_t
keyed_hash(const uint64_t secret[2], const void *key)
{
	uint64_t w[2], x;
	__uint128_t p;

	memcpy(w, key, sizeof(w));
	p = (__uint128_t)(w[0] ^ secret[0]) * (w[1] ^ secret[1]);
	x = ((uint64_t)(p >> 64) ^ (uint64_t)p) * 0x9e3779b97f4a7c15;
	return x ^ x >> 32;
}

#endif
