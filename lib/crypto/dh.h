/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Diffie-Hellman for IKE: MODP groups of RFC 2409 and 3526, ECP groups of RFC 5903, over OpenSSL.
 * Values are those of the KE payload: MODP left-padded to the prime's length, ECP x || y without a
 * format byte; the shared secret is g^xy padded likewise, or x alone (RFC 5903, section 7).
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

/* Whether the group is built here (all of the above but MODP-768). */
bool dh_known(enum dh_group group);
const char *dh_name(enum dh_group group); /* "modp2048", "ecp384" */
int dh_parse(const char *name); /* the group, or -1 */

/* Bytes of a public value of the group on the wire. */
size_t dh_public_len(enum dh_group group);

/* A new private key, short exponents for MODP (NIST SP 800-56A); NULL when the library refuses. */
struct dh *dh_new(enum dh_group group);

/* Wipes. NULL is fine. */
void dh_free(struct dh *dh);

/* dh_public_len bytes. */
const uint8_t *dh_public(const struct dh *dh);

/*
 * The shared secret into out (DH_MAX bytes), its length into *out_len. The peer's value is checked:
 * its length, 1 < y < p - 1 for MODP (enough for a safe prime), on the curve for ECP.
 * Returns 0, -EINVAL for a bad value, -EIO when the library refuses.
 */
int dh_shared(
	const struct dh *dh, const uint8_t *peer, size_t peer_len, uint8_t *out, size_t *out_len);

#endif
