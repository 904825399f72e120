/* SPDX-License-Identifier: BSD-3-Clause */
/* Vendor IDs: what the peer is and what it supports (RFC 2408, 3.16). */
#ifndef IKE_VENDOR_H
#define IKE_VENDOR_H

#include <stdbool.h>

#include "ike_payload.h"

enum ike_natt_kind {
	IKE_NATT_NONE,
	IKE_NATT_DRAFT, /* draft-ietf-ipsec-nat-t-ike-02, -02\n, -03 */
	IKE_NATT_RFC, /* RFC 3947 */
};

/* What the peer announced. */
struct ike_vendors {
	char *names; /* on the heap; NULL: none */
	const char *client; /* the kind of client: "windows", ...; "" if unknown */
	const char *natt_hex; /* the vendor ID that announced natt; our answer repeats it */
	enum ike_natt_kind natt; /* the best one that it announced */
	bool dpd, fragmentation;
};

/* Adds the vendor IDs of a message to v. The caller frees v->names. */
void ike_vendor_read(const struct ike_msg *m, struct ike_vendors *v);

/*
 * Writes our vendor IDs: DPD, and if v has them, FRAGMENTATION and the peer's own for NAT
 * traversal.
 */
void ike_vendor_write(struct ike_out *o, const struct ike_vendors *v);

#endif
