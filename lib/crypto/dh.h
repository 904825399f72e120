/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Diffie-Hellman for IKE, on OpenSSL: the MODP groups of RFC 2409 and 3526, the ECP groups of RFC
 * 5903. Public values have the KE payload's format: MODP left-padded to the length of the prime,
 * ECP x || y without a format byte. The shared secret is g^xy with the same padding, or x alone for
 * ECP (RFC 5903, section 7).
 */
#ifndef DH_H
#define DH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values are IANA's group numbers, as on the wire. */
enum dh_group {
	DH_MODP768 = 1,
	DH_MODP1024 = 2,
	DH_MODP1536 = 5,
	DH_MODP2048 = 14,
	DH_MODP3072 = 15,
	DH_MODP4096 = 16,
	DH_ECP256 = 19,
	DH_ECP384 = 20,
	DH_ECP521 = 21,
};

#define DH_MAX 512 /* bytes of the longest public value */

struct dh;

/* Whether the group is supported: all of the above except MODP-768. */
bool dh_known(enum dh_group group);

/* "modp2048", "ecp384"; "?" for an unsupported group. */
const char *dh_name(enum dh_group group);

/* The group with that name, or -1. */
int dh_parse(const char *name);

/* The length of a public value on the wire, in bytes; 0 for an unsupported group. */
size_t dh_public_len(enum dh_group group);

/*
 * Makes a new private key, with a short exponent for MODP (NIST SP 800-56A). The caller frees it.
 * NULL if the group is unsupported or OpenSSL fails.
 */
struct dh *dh_new(enum dh_group group);

/* Wipes and frees the key. NULL is allowed. */
void dh_free(struct dh *dh);

/* The public value, dh_public_len() bytes, valid as long as dh. */
const uint8_t *dh_public(const struct dh *dh);

/*
 * Writes the shared secret into out (room for DH_MAX bytes) and its length into *out_len. Checks
 * the peer's value: its length, 1 < y < p - 1 for MODP (sufficient for a safe prime), on the curve
 * for ECP. Returns 0, -EINVAL for an invalid value, -EIO if OpenSSL fails.
 */
int dh_shared(
	const struct dh *dh, const uint8_t *peer, size_t peer_len, uint8_t *out, size_t *out_len);

#endif
