/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rules for the filter's figures: of the kinds that operators write. None matches packets of the
 * feeders.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "bench.h"

#define ALL_ZONES (1u << DP_ZONE_WAN | 1u << DP_ZONE_CLIENT | 1u << DP_ZONE_LAN)

struct lists {
	struct ip_prefix from, to;
	struct dp_ports ports;
};

/* Hosts, networks and services in turn. */
static void
write_rule(struct dp_filter_rule *r, struct lists *l, uint32_t i)
{
	uint8_t len = i % 3 == 0 ? 32 : i % 3 == 1 ? 28 : 24;

	l->from = (struct ip_prefix){htonl(0x0a400000u + i * 256u), len};
	l->to = (struct ip_prefix){htonl(0xac100000u + i * 16u), 28};
	l->ports = (struct dp_ports){(uint16_t)(i % 1000 + 1), (uint16_t)(i % 1000 + 1 + i % 7)};
	*r = (struct dp_filter_rule){
		.action = i % 2 ? DP_FILTER_ACCEPT : DP_FILTER_DROP,
		.from = ALL_ZONES,
		.to = ALL_ZONES,
		.protocol = i % 4 == 3 ? 0
			    : i % 2    ? IPPROTO_TCP
				       : IPPROTO_UDP,
		.icmp_type = -1,
	};
	if (i % 5 != 4) {
		r->from_networks = &l->from;
		r->n_from = 1;
	}
	if (i % 5 == 4 || i % 2) {
		r->to_networks = &l->to;
		r->n_to = 1;
	}
	if (r->protocol != 0) {
		r->dst_ports = &l->ports;
		r->n_dst_ports = 1;
	}
}

int
bench_filter(struct bench *b, uint32_t n)
{
	struct dp_filter filter = {.n_rules = n,
		.fallback = {[DP_ZONE_WAN] = DP_FILTER_DROP},
		.tcp_timeout_s = 7440,
		.udp_timeout_s = 300};
	struct dp_filter_rule *rules = calloc(n + 1, sizeof(*rules));
	struct lists *lists = calloc(n + 1, sizeof(*lists));
	int rc = -ENOMEM;

	if (rules != NULL && lists != NULL) {
		for (uint32_t i = 0; i < n; i++)
			write_rule(&rules[i], &lists[i], i);
		filter.rules = rules;
		rc = dp_filter_publish(b->dp, &filter);
	}
	free(rules);
	free(lists);
	dp_poll(b->dp);
	return rc;
}
