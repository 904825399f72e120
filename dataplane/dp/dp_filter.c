/* SPDX-License-Identifier: BSD-3-Clause */
/* The filter as control sees it: publishes policies, reads counters. */
#include <errno.h>

#include "dp_impl.h"
#include "policy.h"
#include "track.h"

int
dp_filter_publish(struct dp *dp, const struct dp_filter *filter)
{
	struct policy *old = atomic_load_explicit(&dp->policy, memory_order_relaxed);
	struct policy *new;

	if (dp->config.filter_flows == 0)
		return -EINVAL;
	new = policy_new(
		filter, dp->n_workers, dp->config.port[DP_WAN].forward, ++dp->policy_generation);
	if (new == NULL)
		return -ENOMEM;
	atomic_store_explicit(&dp->policy, new, memory_order_release);
	if (old != NULL)
		graveyard_bury(&dp->graves, policy_free, old, NULL, 0);
	return 0;
}

bool
dp_filter_stats(const struct dp *dp, uint32_t rule, struct dp_filter_stats *out)
{
	const struct policy *p = atomic_load_explicit(&dp->policy, memory_order_relaxed);

	*out = (struct dp_filter_stats){0};
	if (p == NULL || rule >= p->n_rules + DP_N_ZONES)
		return false;
	for (unsigned i = 0; i < dp->n_workers; i++) {
		out->flows += dp_peek(&p->count[i][rule].flows);
		out->packets += dp_peek(&p->count[i][rule].packets);
		out->bytes += dp_peek(&p->count[i][rule].bytes);
	}
	return true;
}

void
dp_track_stats(const struct dp *dp, struct dp_track_stats *out)
{
	*out = (struct dp_track_stats){0};
	for (unsigned i = 0; i < dp->n_workers; i++) {
		const struct track *t = dp->worker[i]->track;

		if (t == NULL)
			continue;
		out->flows += __atomic_load_n(&t->used, __ATOMIC_RELAXED);
		out->size += t->size;
		out->full += dp_peek(&t->full);
		out->evicted += dp_peek(&t->evicted);
	}
}
