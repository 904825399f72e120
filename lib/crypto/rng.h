/* SPDX-License-Identifier: BSD-3-Clause */
/* Random bytes from libsodium. Tests make them repeatable with randombytes_set_implementation(). */
#ifndef RNG_H
#define RNG_H

#include <stddef.h>
#include <stdint.h>
#include <sodium.h>

static inline void
rng_bytes(void *buf, size_t len)
{
	randombytes_buf(buf, len);
}

static inline uint32_t
rng_u32(void)
{
	return randombytes_random();
}

/* Uniform in 0 .. bound-1. */
static inline uint32_t
rng_below(uint32_t bound)
{
	return randombytes_uniform(bound);
}

#endif
