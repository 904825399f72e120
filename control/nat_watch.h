/* SPDX-License-Identifier: BSD-3-Clause */
/* Tells the log when NAT is full. */
#ifndef NAT_WATCH_H
#define NAT_WATCH_H

#include <stdint.h>

#include "dp.h"

#define NAT_WATCH_MS 60000 /* at most one line in so long */

struct nat_watch {
	uint64_t evicted, lost; /* as they were when the log was told last */
	uint64_t told_ms; /* when that was; 0: never */
};

/* A log line if sessions had to end early, or packets were lost for want of one. From time to time. */
void nat_watch(struct nat_watch *w, const struct dp *dp, uint64_t now_ms);

#endif
