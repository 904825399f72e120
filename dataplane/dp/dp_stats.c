/* SPDX-License-Identifier: BSD-3-Clause */
/* Counters: each has one writer, a worker; readers sum over the workers without stopping them. */
#include <errno.h>

#include "dp_impl.h"
#include "reass.h"

uint64_t
dp_drops(const struct dp *dp, enum drop_reason reason)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < dp->n_workers; i++)
		n += dp_peek(&dp->worker[i]->drop[reason]);
	return n;
}

uint64_t
dp_punts(const struct dp *dp, enum punt_reason reason)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < dp->n_workers; i++)
		n += dp_peek(&dp->worker[i]->punt[reason]);
	return n;
}

void
dp_stage_stats(const struct dp *dp, enum stage stage, struct dp_stage_stats *out)
{
	*out = (struct dp_stage_stats){0};
	for (unsigned i = 0; i < dp->n_workers; i++) {
		const struct dp_stage_stats *st = &dp->worker[i]->stage[stage];

		out->calls += dp_peek(&st->calls);
		out->packets += dp_peek(&st->packets);
		out->cycles += dp_peek(&st->cycles);
	}
}

void
dp_reass_stats(const struct dp *dp, struct dp_reass_stats *out)
{
	*out = (struct dp_reass_stats){0};
	for (unsigned i = 0; i < dp->n_workers; i++)
		reass_stats_add(dp->worker[i]->reass, out);
}

int
dp_port_stats(const struct dp *dp, enum dp_port port, struct dp_port_stats *out)
{
	struct rte_eth_stats st;
	int rc;

	if (port >= DP_N_PORTS)
		return -EINVAL;
	rc = rte_eth_stats_get(dp->port[port].id, &st);
	if (rc != 0)
		return rc;
	*out = (struct dp_port_stats){
		.rx_packets = st.ipackets,
		.rx_bytes = st.ibytes,
		.tx_packets = st.opackets,
		.tx_bytes = st.obytes,
		.rx_missed = st.imissed + st.rx_nombuf,
		.rx_errors = st.ierrors,
		.tx_errors = st.oerrors,
	};
	return 0;
}
