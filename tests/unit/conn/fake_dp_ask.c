/* SPDX-License-Identifier: BSD-3-Clause */
/* What control asks of ports, neighbours, NAT, the filter and counters. */
#include <errno.h>
#include <string.h>

#include "fake_dp_impl.h"

/* --- ports, networks, neighbours -------------------------------------------------------------- */

void
dp_port_mac(const struct dp *dp, enum dp_port port, uint8_t mac[6])
{
	(void)dp;
	memcpy(mac, port == DP_WAN ? FAKE_WAN_MAC : FAKE_LAN_MAC, 6);
}

bool
dp_port_link(const struct dp *dp, enum dp_port port)
{
	return dp->link[port];
}

int
dp_port_stats(const struct dp *dp, enum dp_port port, struct dp_port_stats *out)
{
	(void)dp;
	*out = (struct dp_port_stats){.rx_packets = 1u + port};
	return 0;
}

int
dp_net_set(struct dp *dp, const struct dp_net *net)
{
	if (fake_dp_fails(dp, FAKE_NET_SET))
		return -ENOMEM;
	dp->net = *net;
	dp->net.routes = NULL;
	dp->net_sets++;
	return 0;
}

static unsigned
neigh_at(const struct dp *dp, be32 addr)
{
	unsigned i = 0;

	while (i < dp->n_neigh && dp->neigh[i] != addr)
		i++;
	return i;
}

void
dp_neigh_set(struct dp *dp, unsigned net, be32 addr, const uint8_t mac[6])
{
	unsigned i = neigh_at(dp, addr);

	(void)net;
	(void)mac;
	if (i == dp->n_neigh && i < FAKE_NEIGH_MAX)
		dp->neigh[dp->n_neigh++] = addr;
}

void
dp_neigh_clear(struct dp *dp, unsigned net, be32 addr)
{
	unsigned i = neigh_at(dp, addr);

	(void)net;
	if (i < dp->n_neigh)
		dp->neigh[i] = dp->neigh[--dp->n_neigh];
}

bool
fake_dp_neigh(const struct dp *dp, be32 addr)
{
	return neigh_at(dp, addr) < dp->n_neigh;
}

bool
dp_neigh_used(struct dp *dp, unsigned net, be32 addr)
{
	(void)net;
	(void)addr;
	return dp->neigh_used;
}

/* --- NAT -------------------------------------------------------------------------------------- */

bool
dp_nat_on(const struct dp *dp)
{
	return dp->nat;
}

bool
dp_nat_is_pool(const struct dp *dp, be32 addr)
{
	return dp->nat && dp->nat_pool != 0 && addr == dp->nat_pool;
}

void
dp_nat_stats(const struct dp *dp, struct dp_nat_stats *out)
{
	*out = dp->nat_stats;
}

uint64_t
dp_nat_rule_sessions(const struct dp *dp, bool destination, unsigned rule)
{
	(void)dp;
	(void)destination;
	(void)rule;
	return 0;
}

bool
dp_nat_next(const struct dp *dp, uint64_t *at, struct dp_nat_session *out)
{
	(void)dp;
	(void)at;
	(void)out;
	return false;
}

/* --- the filter, counters --------------------------------------------------------------------- */

bool
dp_filter_stats(const struct dp *dp, uint32_t rule, struct dp_filter_stats *out)
{
	(void)dp;
	(void)rule;
	*out = (struct dp_filter_stats){0};
	return false;
}

void
dp_track_stats(const struct dp *dp, struct dp_track_stats *out)
{
	(void)dp;
	*out = (struct dp_track_stats){0};
}

void
dp_usage(const struct dp *dp, struct dp_usage *out)
{
	*out = (struct dp_usage){.sessions = fake_dp_sessions(dp), .spis = fake_dp_spis(dp)};
}

void
dp_reass_stats(const struct dp *dp, struct dp_reass_stats *out)
{
	(void)dp;
	*out = (struct dp_reass_stats){0};
}

uint64_t
dp_drops(const struct dp *dp, enum drop_reason reason)
{
	return reason == DROP_NO_SESSION ? dp->dropped : 0;
}

uint64_t
dp_punts(const struct dp *dp, enum punt_reason reason)
{
	(void)dp;
	(void)reason;
	return 0;
}

void
dp_stage_stats(const struct dp *dp, enum stage stage, struct dp_stage_stats *out)
{
	(void)dp;
	(void)stage;
	*out = (struct dp_stage_stats){0};
}
