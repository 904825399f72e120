/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DOWN: drops packets above the rate at which a session may receive. forward.c does the other
 * direction.
 */
#include "shape.h"

#include "stages.h"
#include "worker.h"

void
shape(struct worker *w)
{
	struct lane *l = &w->lane[LANE_DOWN];
	uint16_t k = 0;

	for (uint16_t i = 0; i < l->n; i++) {
		struct sess *s = l->ctx[i];

		if (s->shaped &&
			!shaper_pass(&s->shaper[SESS_DOWN], w->now_tsc, l->pkt[i]->data_len)) {
			drop(w, l->pkt[i], DROP_RATE_DOWN);
			continue;
		}
		LANE_KEEP(l, k, i);
	}
	l->n = k;
}
