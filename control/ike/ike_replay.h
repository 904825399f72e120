/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Message IDs of an SA: each may begin one exchange only, so that a replayed message has no effect.
 */
#ifndef IKE_REPLAY_H
#define IKE_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

/* Most SAs see a handful of IDs, so the room for them doubles as they come. */
#define IKE_REPLAY_FIRST 8
#define IKE_REPLAY_MAX   1024 /* IDs that are remembered; a power of two */

struct ike_replay {
	uint32_t *ids; /* the last IKE_REPLAY_MAX, as a ring; on the heap */
	unsigned n; /* that have ever been remembered */
};

/* Whether the ID is new. Remembers it; without memory for that, no ID is new. */
bool ike_replay_new(struct ike_replay *r, uint32_t message_id);

/* A random ID for an exchange of ours, other than those remembered and 0. */
uint32_t ike_replay_make(struct ike_replay *r);

void ike_replay_free(struct ike_replay *r);

#endif
