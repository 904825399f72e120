/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What both roles of main mode share, from KE to HASH_I and HASH_R (RFC 2409, sections 5 and 5.4).
 * sa->ours is the role: our public value, nonce and hash are g^xi, Ni and HASH_I as initiator, else
 * g^xr, Nr and HASH_R. Nothing here logs or notifies the peer; the handlers do (ike_main.c,
 * ike_renew.c).
 */
#ifndef IKE_AUTH_H
#define IKE_AUTH_H

#include "ike_main.h"

/* Makes our private value and nonce, which the two functions below need. Returns 0 or -ENOMEM. */
int ike_auth_begin(struct ike_sa *sa);

/* Writes HDR, KE, N [, NAT-D, NAT-D] as the answer of the step. */
void ike_auth_write_ke(struct ike_main_step *s);

/*
 * Reads the same from the peer, along with further vendor IDs and what NAT-D tells. False if the
 * public value does not have the length of the group's, or the nonce not 8 to 256 bytes (RFC 2409,
 * section 5).
 */
bool ike_auth_read_ke(struct ike_main_step *s);

/*
 * Computes g^xy and all keys of phase 1. Returns 0, -EBADMSG if the peer's public value is not in
 * the group, or another negative errno.
 */
int ike_auth_keys(struct ike_sa *sa);

/* Writes HDR*, ID, HASH as the answer of the step. Our ID is our address (RFC 2407, 4.6.2.2). */
enum ike_result ike_auth_write(struct ike_main_step *s);

/*
 * Whether the hash proves that the peer knows the key and claims this ID; both are payload bodies.
 */
bool ike_auth_good(const struct ike_sa *sa, struct rd id, struct rd hash);

/*
 * Takes over the end that the message came from: the peer is authenticated (RFC 3947, section 4).
 */
void ike_auth_settle(struct ike_sa *sa);

#endif
