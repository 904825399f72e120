/* SPDX-License-Identifier: BSD-3-Clause */
/* Quick mode as initiator (RFC 2409, section 5.5). */
#ifndef IKE_REKEY_H
#define IKE_REKEY_H

#include "ike_quick.h"

/* Processes a message of a quick mode that we began, before message 2 is accepted. */
void ike_rekey_input(
	struct ike_quick *q, const struct ike_header *h, const uint8_t *msg, size_t len);

/* Retransmits message 3, because message 2 has come again. */
void ike_rekey_repeat(struct ike_quick *q);

/* The peer has message 3, or will never have it: the pair is up. */
void ike_rekey_settled(struct ike_quick *q);

/* Remembers the traffic of an accepted message 1 of the peer. */
void ike_rekey_learn(struct ike_sa *sa, const struct ike_msg *m, const struct ike_child *child,
	enum dh_group pfs);

#endif
