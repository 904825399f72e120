/* SPDX-License-Identifier: BSD-3-Clause */
/* Hashes and the HMAC that IKEv1 uses as its pseudo-random function (RFC 2409, section 4). */
#ifndef PRF_H
#define PRF_H

#include <stddef.h>
#include <stdint.h>

enum hash_id {
	HASH_MD5 = 1,
	HASH_SHA1,
	HASH_SHA256,
	HASH_SHA384,
	HASH_SHA512,
};

#define HASH_MAX 64 /* bytes of the longest digest */

/* One piece of the input, which is the concatenation of its pieces. */
struct part {
	const void *p;
	size_t len; /* bytes */
};

/* The length of a digest in bytes; 0 for an unknown hash. */
size_t hash_len(enum hash_id hash);

/* "sha1", "sha256", ... */
const char *hash_name(enum hash_id hash);

/* Writes hash_len() bytes to out. Returns 0, or -EIO if OpenSSL fails. */
int hash_parts(enum hash_id hash, const struct part *parts, size_t n_parts, uint8_t *out);

/* HMAC of the pieces (RFC 2104). The key may have any length, also 0. Returns like hash_parts(). */
int prf(enum hash_id hash, const void *key, size_t key_len, const struct part *parts,
	size_t n_parts, uint8_t *out);

#endif
