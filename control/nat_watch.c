/* SPDX-License-Identifier: BSD-3-Clause */
#include "nat_watch.h"

#include <inttypes.h>

#include "log.h"

void
nat_watch(struct nat_watch *w, const struct dp *dp, uint64_t now_ms)
{
	struct dp_nat_stats s;
	uint64_t evicted, lost;

	if (!dp_nat_on(dp))
		return;
	dp_nat_stats(dp, &s);
	evicted = s.evicted + s.evicted_ports;
	lost = s.out_of_sessions + s.out_of_ports;
	if (evicted == w->evicted && lost == w->lost)
		return;
	if (w->told_ms != 0 && now_ms - w->told_ms < NAT_WATCH_MS)
		return;
	log_warning(DP, "nat",
		"NAT is full: %" PRIu64 " sessions, %" PRIu64
		" ports in use; since the last report %" PRIu64 " sessions evicted, %" PRIu64
		" packets dropped",
		s.sessions, s.mappings, evicted - w->evicted, lost - w->lost);
	w->evicted = evicted;
	w->lost = lost;
	w->told_ms = now_ms;
}
