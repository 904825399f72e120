/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The MODP groups of dh.h: arithmetic over OpenSSL's bignums. What depends on the group alone is made once, at
 * first use: Montgomery's constants, and tables of powers of the generator for the public value.
 */
#ifndef MODP_H
#define MODP_H

#include <stddef.h>
#include <stdint.h>
#include <openssl/bn.h>

#include "crypto/dh.h"

struct modp;

/* A group that is constant from now on; NULL when it is none of these or memory is short. */
const struct modp *modp_get(enum dh_group group);

/*
 * A new private key of the group's exponent length, to be freed with BN_clear_free(), and its public value
 * (dh_public_len bytes). NULL when the library refuses. In time that does not depend on the key.
 */
BIGNUM *modp_new(const struct modp *g, uint8_t *public);

/*
 * peer^key into out, dh_public_len bytes as peer. 0, -EINVAL unless 1 < peer < p - 1 (all that a safe prime
 * needs; RFC 2631, 2.1.5 asks more of other primes), -EIO when the library refuses. In time that does not depend on
 * the key.
 */
int modp_shared(const struct modp *g, const BIGNUM *key, const uint8_t *peer, uint8_t *out);

#endif
