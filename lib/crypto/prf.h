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

/* One piece of the input; the pieces are taken one after the other. */
struct part {
	const void *p;
	size_t len;
};

/* Bytes of a digest; 0 for an unknown hash. */
size_t hash_len(enum hash_id hash);

/* "sha1", "sha256", ... */
const char *hash_name(enum hash_id hash);

/* out gets hash_len bytes. Returns 0, or -EIO when the library refuses. */
int hash_parts(enum hash_id hash, const struct part *parts, size_t n_parts, uint8_t *out);

/* HMAC over the pieces (RFC 2104); a key of any length, an empty one too. Returns as hash_parts. */
int prf(enum hash_id hash, const void *key, size_t key_len, const struct part *parts,
	size_t n_parts, uint8_t *out);

#endif
