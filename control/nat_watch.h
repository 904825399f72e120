/* SPDX-License-Identifier: BSD-3-Clause */
/* Logs when NAT runs out of sessions or ports. */
#ifndef NAT_WATCH_H
#define NAT_WATCH_H

#include <stdint.h>

#include "dp.h"

#define NAT_WATCH_MS 60000 /* at most one line in so long */

struct nat_watch {
	uint64_t evicted, lost; /* counters at the last line: sessions, packets */
	uint64_t told_ms; /* when that was written; 0: never */
};

/*
 * To be called regularly: logs if sessions were evicted, or packets dropped, since the last line.
 */
void nat_watch(struct nat_watch *w, const struct dp *dp, uint64_t now_ms);

#endif
