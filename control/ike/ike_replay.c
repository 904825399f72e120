/* SPDX-License-Identifier: BSD-3-Clause */
#include "ike_replay.h"

#include <stdlib.h>

#include "crypto/rng.h"

static bool
seen(const struct ike_replay *r, uint32_t message_id)
{
	unsigned n = r->n < IKE_REPLAY_MAX ? r->n : IKE_REPLAY_MAX;

	for (unsigned i = 0; i < n; i++)
		if (r->ids[i] == message_id)
			return true;
	return false;
}

/* False if out of memory. */
static bool
keep(struct ike_replay *r, uint32_t message_id)
{
	unsigned n = r->n;

	if (n < IKE_REPLAY_MAX && (n == 0 || (n >= IKE_REPLAY_FIRST && (n & (n - 1)) == 0))) {
		unsigned room = n == 0 ? IKE_REPLAY_FIRST : 2 * n;
		uint32_t *ids = realloc(r->ids, room * sizeof(*ids));

		if (ids == NULL)
			return false;
		r->ids = ids;
	}
	r->ids[r->n++ % IKE_REPLAY_MAX] = message_id;
	return true;
}

bool
ike_replay_new(struct ike_replay *r, uint32_t message_id)
{
	/* An ID that cannot be remembered could be replayed. */
	return !seen(r, message_id) && keep(r, message_id);
}

uint32_t
ike_replay_make(struct ike_replay *r)
{
	uint32_t id;

	do
		id = rng_u32();
	while (id == 0 || seen(r, id));
	(void)keep(r, id);
	return id;
}

void
ike_replay_free(struct ike_replay *r)
{
	free(r->ids);
	r->ids = NULL;
	r->n = 0;
}
