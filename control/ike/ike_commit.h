/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The commit bit (RFC 2408, 3.1): an end of a quick mode asks to be told when the other one uses
 * the new pair. Windows, z/OS and racoon tell it by a fourth message of quick mode, from the
 * responder: HDR*, HASH(4), CONNECTED. RFC 2408 has it in an informational exchange with the
 * message ID of the quick mode; we accept both from a peer.
 *
 * The bit itself is not authenticated. So it makes nobody wait longer than without it.
 */
#ifndef IKE_COMMIT_H
#define IKE_COMMIT_H

#include "ike_quick.h"

/* Sends CONNECTED to a peer that has asked for it. iv is that after message 3. */
void ike_commit_send(struct ike_quick *q, uint8_t iv[CBC_BLOCK_MAX]);

/*
 * Processes a message of either kind if it is the peer's CONNECTED for this quick mode; else false.
 */
bool ike_commit_input(
	struct ike_quick *q, const struct ike_header *h, const uint8_t *msg, size_t len);

#endif
