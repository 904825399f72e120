/* SPDX-License-Identifier: BSD-3-Clause */
/* How many of a thing may be sent: so many a second, a second's worth at once. */
#ifndef BUDGET_H
#define BUDGET_H

#include <stdbool.h>
#include <stdint.h>

/* All zero at first. A virtual clock (GCRA): each thing moves it by the time that one costs. */
struct budget {
	uint64_t next_us;
};

/* Whether n more may be sent now; if not, nothing is taken. */
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
