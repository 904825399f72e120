/* SPDX-License-Identifier: BSD-3-Clause */
/* NAT traversal: detection and original addresses (RFC 3947). */
#ifndef IKE_NATT_H
#define IKE_NATT_H

#include "ike_payload.h"

/* Writes our two NAT-D payloads (RFC 3947, 3.2). */
void ike_natt_write(struct ike_out *o, const struct ike_sa *sa);

/* Evaluates the peer's NAT-D payloads; sets sa->nat_us and sa->nat_peer. */
void ike_natt_read(struct ike_sa *sa, const struct ike_msg *m);

/*
 * Writes NAT-OA payloads with the addresses as we see them (RFC 3947, 5.2). In a message 2 of quick
 * mode, m is its message 1, and they are written if it has some; in a message 1 of ours, m is NULL,
 * and they are always written.
 */
void ike_natt_write_oa(struct ike_out *o, const struct ike_sa *sa, const struct ike_msg *m);

#endif
