/* SPDX-License-Identifier: BSD-3-Clause */
/* CBC for IKE messages (RFC 2409, appendix B; RFC 3602). */
#ifndef CBC_H
#define CBC_H

#include <stddef.h>
#include <stdint.h>

enum cbc_id {
	CBC_DES = 1,
	CBC_3DES,
	CBC_AES,
};

#define CBC_BLOCK_MAX 16
#define CBC_KEY_MAX   32

/* Bytes of a block: 8 or 16. */
size_t cbc_block(enum cbc_id cipher);

/*
 * Lengths are in bytes. len must be a multiple of the block; iv (one block) is not changed; out may
 * equal in. key_len is 8 for DES, 24 for 3DES, 16, 24 or 32 for AES. Returns 0, -EINVAL for an
 * invalid length, -EIO if OpenSSL fails.
 */
int cbc_encrypt(enum cbc_id cipher, const uint8_t *key, size_t key_len, const uint8_t *iv,
	const uint8_t *in, size_t len, uint8_t *out);
int cbc_decrypt(enum cbc_id cipher, const uint8_t *key, size_t key_len, const uint8_t *iv,
	const uint8_t *in, size_t len, uint8_t *out);

#endif
