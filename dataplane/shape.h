/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A session's rate in one direction: a token bucket as a virtual clock (GCRA). Only the session's
 * worker touches it.
 */
#ifndef SHAPE_H
#define SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#define SHAPE_COST_BITS 16 /* fraction bits of `cost` */

struct shaper {
	uint64_t cost; /* TSC cycles per byte, with SHAPE_COST_BITS of fraction; 0: no limit */
	uint64_t depth; /* TSC cycles that the clock may be ahead of the time */
	uint64_t next_tsc; /* the virtual clock, in TSC cycles */
	uint64_t dropped; /* packets */
};

/* rate in bit/s, DP_RATE_MIN to DP_RATE_MAX; 0: no limit. */
static inline void
shaper_init(struct shaper *s, uint64_t rate, uint32_t burst_ms, uint64_t tsc_hz)
{
	*s = (struct shaper){0};
	if (rate == 0)
		return;
	s->cost = (uint64_t)(((__uint128_t)tsc_hz << (SHAPE_COST_BITS + 3)) / rate);
	s->depth = tsc_hz / 1000 * burst_ms;
}

/* Whether a packet of len bytes may pass now. Counts those that may not. */
static inline bool
shaper_pass(struct shaper *s, uint64_t now_tsc, uint32_t len)
{
	if (s->cost == 0)
		return true;
	if (s->next_tsc > now_tsc + s->depth) {
		s->dropped++;
		return false;
	}
	if (s->next_tsc < now_tsc)
		s->next_tsc = now_tsc;
	s->next_tsc += (len * s->cost) >> SHAPE_COST_BITS;
	return true;
}

#endif
