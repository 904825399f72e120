/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The MODP groups of dh.h: arithmetic on OpenSSL's bignums. What depends only on the group is made
 * once, at first use: the Montgomery constants, and tables of powers of the generator for public
 * values.
 */
#ifndef MODP_H
#define MODP_H

#include <stddef.h>
#include <stdint.h>
#include <openssl/bn.h>

#include "crypto/dh.h"

struct modp;

/* A group, constant from then on; NULL if it is not a supported MODP group or memory is short. */
const struct modp *modp_get(enum dh_group group);

/*
 * Makes a private key of the group's exponent length, which the caller frees with BN_clear_free(),
 * and writes its public value (dh_public_len() bytes). NULL if OpenSSL fails. The time does not
 * depend on the key.
 */
BIGNUM *modp_new(const struct modp *g, uint8_t *public);

/*
 * Writes peer^key to out; both peer and out have dh_public_len() bytes. Returns 0, -EINVAL unless 1
 * < peer < p - 1 (sufficient for a safe prime; RFC 2631, 2.1.5 asks more for other primes), -EIO if
 * OpenSSL fails. The time does not depend on the key.
 */
int modp_shared(const struct modp *g, const BIGNUM *key, const uint8_t *peer, uint8_t *out);

#endif
