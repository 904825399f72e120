/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fragments of IKE messages, as Microsoft and Cisco send them to peers that announced the vendor ID
 * FRAGMENTATION. Payload 132 holds an identifier, the fragment's number (from 1), a flag for the
 * last one, and a piece of the message.
 */
#ifndef IKE_FRAGMENT_H
#define IKE_FRAGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "ike.h"

#define IKE_MAX_FRAGMENTS \
	16 /* of one message, and one message at a time: what a peer makes us hold */

/* The fragments of a message that have arrived. All zero: none. */
struct ike_fragments {
	uint16_t id;
	uint8_t last; /* number of the last one; 0: not known yet */
	unsigned n; /* that have arrived */
	size_t len; /* bytes of all of them */
	struct {
		uint8_t *bytes;
		size_t len;
	} part[IKE_MAX_FRAGMENTS];
};

/*
 * Takes a message whose only payload is a fragment. Returns the length of the whole message when it
 * is complete, else 0.
 */
size_t ike_fragment_input(
	struct ike_fragments *f, const uint8_t *msg, size_t len, uint8_t whole[IKE_MESSAGE_MAX]);
void ike_fragments_free(struct ike_fragments *f);

/*
 * Sends a message, in fragments if its IP packet would be longer than ike_config.fragment_size and
 * the peer announced FRAGMENTATION. A retransmission has the same fragments, so that those of
 * several transmissions together complete the message.
 */
void ike_fragment_send(struct ike_sa *sa, const uint8_t *msg, size_t len);

#endif
