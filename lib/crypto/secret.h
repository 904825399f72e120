/* SPDX-License-Identifier: BSD-3-Clause */
/* A secret of limited size: never printed, wiped on release, compared in constant time. */
#ifndef SECRET_H
#define SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sodium.h>

#define SECRET_MAX 256

struct secret {
	uint16_t len; /* bytes of b in use */
	uint8_t b[SECRET_MAX];
};

/* False, and s unchanged, if the bytes are more than SECRET_MAX. */
static inline bool
secret_set(struct secret *s, const void *bytes, size_t len)
{
	if (len > SECRET_MAX)
		return false;
	memcpy(s->b, bytes, len);
	s->len = (uint16_t)len;
	return true;
}

static inline void
secret_wipe(struct secret *s)
{
	sodium_memzero(s, sizeof(*s));
}

/* Compares len bytes in time that does not depend on them. */
static inline bool
secret_equal(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}

#endif
