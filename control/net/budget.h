/* SPDX-License-Identifier: BSD-3-Clause */
/* A limit on what is sent: a number per second, and at most that of one second at once. */
#ifndef BUDGET_H
#define BUDGET_H

#include <stdbool.h>
#include <stdint.h>

/* A virtual clock (GCRA), which each item moves by the time that it costs. Initially all zero. */
struct budget {
	uint64_t next_us; /* monotonic */
};

/* Whether n more items may be sent now. If not, the budget is unchanged. */
static inline bool
budget_take(struct budget *b, uint64_t now_ms, unsigned n, unsigned per_second)
{
	uint64_t now_us = now_ms * 1000, cost = (uint64_t)n * 1000000 / per_second;
	uint64_t from = b->next_us > now_us ? b->next_us : now_us;

	if (from + cost > now_us + 1000000)
		return false;
	b->next_us = from + cost;
	return true;
}

#endif
