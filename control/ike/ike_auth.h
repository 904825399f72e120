/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What both ends of main mode do alike, from KE to HASH_I and HASH_R (RFC 2409, sections 5 and 5.4). sa->ours says
 * which end we are: our public value, nonce and hash are g^xi, Ni and HASH_I as initiator, else g^xr, Nr and HASH_R.
 * Nothing here logs or tells the peer: that is the handlers' (ike_main.c, ike_renew.c).
 */
#ifndef IKE_AUTH_H
#define IKE_AUTH_H

#include "ike_internal.h"

/* Our private value and nonce, before the first of the two below; 0 or -ENOMEM. */
int ike_auth_begin(struct ike_sa *sa);

/* HDR, KE, N [, NAT-D, NAT-D] from us, into the step's answer. */
void ike_auth_write_ke(struct ike_main_step *s);

/*
 * The same from the peer, with what its vendor IDs add and where NATs are. False: the public value is not as long as
 * the group's, or the nonce has not 8 to 256 bytes (RFC 2409, section 5).
 */
bool ike_auth_read_ke(struct ike_main_step *s);

/* g^xy and all keys of phase 1. 0, -EBADMSG: the peer's public value is not of the group, or another -errno. */
int ike_auth_keys(struct ike_sa *sa);

/* HDR*, ID, HASH from us, into the step's answer: we are the address that the peer knows (RFC 2407, 4.6.2.2). */
enum ike_result ike_auth_write(struct ike_main_step *s);

/* Whether the peer's hash shows that it has our key, and says that it is id (bodies of its payloads). */
bool ike_auth_good(const struct ike_sa *sa, struct rd id, struct rd hash);

/* The peer is authenticated: where it comes from now is where it is (RFC 3947, section 4). */
void ike_auth_settle(struct ike_sa *sa);

#endif
