/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keys and hashes of RFC 2409, section 5 and appendix B. All functions return 0 or a negative
 * errno.
 */
#ifndef IKE_KEYS_H
#define IKE_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/cbc.h"
#include "crypto/prf.h"
#include "crypto/secret.h"
#include "esp_suite.h"
#include "ike_suite.h"
#include "ip.h"

/* Keys of an ISAKMP SA. */
struct ike_keys {
	enum hash_id hash;
	enum cbc_id cipher;
	size_t key_len, block; /* bytes */
	uint8_t skeyid[HASH_MAX], d[HASH_MAX], a[HASH_MAX], e[HASH_MAX];
	uint8_t key[CBC_KEY_MAX];
	uint8_t iv[CBC_BLOCK_MAX]; /* of phase 1: the last ciphertext block */
};

struct ike_keys_in {
	const struct ike_suite *suite;
	const struct secret *psk;
	const uint8_t *icookie, *rcookie;
	struct part ni, nr; /* nonces, bodies of their payloads */
	struct part gxi, gxr; /* public values */
	struct part gxy;
};
int ike_keys_make(struct ike_keys *k, const struct ike_keys_in *in);

/*
 * HASH_I, HASH_R: prf(SKEYID, own public | other public | own cookie | other cookie | SAi_b | own
 * ID_b)
 */
int ike_keys_auth(const struct ike_keys *k, struct part own_ke, struct part other_ke,
	const uint8_t *own_cookie, const uint8_t *other_cookie, struct part sai, struct part id,
	uint8_t *out);

/* The first IV of an exchange of phase 2: hash(last block of phase 1 | message ID), truncated. */
int ike_keys_iv(const struct ike_keys *k, uint32_t message_id, uint8_t iv[CBC_BLOCK_MAX]);

/*
 * HASH(1), HASH(2) and the hash of informational exchanges: prf(SKEYID_a, M-ID | parts), at most
 * three.
 */
int ike_keys_hash(const struct ike_keys *k, uint32_t message_id, const struct part *parts,
	size_t n_parts, uint8_t *out);

/* HASH(3): prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b) */
int ike_keys_hash3(const struct ike_keys *k, uint32_t message_id, struct part ni, struct part nr,
	uint8_t *out);

/* KEYMAT of one direction, split into the keys of the suite. gxy is empty without PFS. */
int ike_keys_esp(const struct ike_keys *k, const struct esp_suite *suite, be32 spi, struct part gxy,
	struct part ni, struct part nr, struct esp_keys *out);

#endif
