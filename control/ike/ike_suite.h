/* SPDX-License-Identifier: BSD-3-Clause */
/* Suites of phase 1: the algorithms that protect an ISAKMP SA (RFC 2409, appendix A). */
#ifndef IKE_SUITE_H
#define IKE_SUITE_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/cbc.h"
#include "crypto/dh.h"
#include "crypto/prf.h"

#define IKE_SUITE_STR_LEN 40
#define IKE_WEAK_LEN      32

/* One suite: "aes256-sha1-modp2048". */
struct ike_suite {
	enum cbc_id cipher;
	uint16_t key_bits; /* 128, 192 or 256 for AES; 0 otherwise */
	enum hash_id hash;
	enum dh_group group;
};

/*
 * Parses "cipher-hash-group". Ciphers are des, 3des, aes128, aes192 and aes256; hashes md5, sha1,
 * sha256, sha384 and sha512; groups those of dh_parse(). Returns 0 or -EINVAL.
 */
int ike_suite_parse(const char *text, struct ike_suite *out);

/* Prints into buf and returns it. */
const char *ike_suite_str(const struct ike_suite *s, char buf[IKE_SUITE_STR_LEN]);

/*
 * Whether it uses DES, MD5, or MODP-1024 or smaller, which the configuration must allow explicitly.
 */
bool ike_suite_weak(const struct ike_suite *s);

/* Names what is weak in it, as in "DES, MD5, MODP-1024". Prints into buf and returns it. */
const char *ike_suite_weakness(const struct ike_suite *s, char buf[IKE_WEAK_LEN]);

#endif
