/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MD4 and DES for MS-CHAPv2 only (RFC 2759). They come from OpenSSL's legacy provider in a library
 * context of its own, so that no other code of the process can pick them.
 */
#ifndef LEGACY_H
#define LEGACY_H

#include <stddef.h>
#include <stdint.h>

/* Loads the provider; must be called before the functions below. Returns 0 or -ENOTSUP. */
int legacy_init(void);
void legacy_fini(void);

/* MD4 (RFC 1320). Returns 0 or -EIO. */
int legacy_md4(const void *bytes, size_t len, uint8_t out[16]);

/*
 * Encrypts one block with DES-ECB; parity bits extend the key from 7 to 8 bytes (RFC 2759, 8.6).
 * Returns 0 or -EIO.
 */
int legacy_des(const uint8_t key[7], const uint8_t in[8], uint8_t out[8]);

#endif
