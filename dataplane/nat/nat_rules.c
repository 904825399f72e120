/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the rule of a new flow: the first that matches. */
#include "nat.h"

int
nat_rule_source(const struct nat_shared *s, rte_be32_t in_addr)
{
	for (unsigned i = 0; i < s->config.n_sources; i++)
		if (nat_networks_hold(&s->config.source[i].from, in_addr))
			return (int)i;
	return -1;
}

static bool
takes(const struct nat_destination *d, uint32_t proto)
{
	return (proto == NAT_TCP && d->protocols & NAT_TO_TCP) ||
	       (proto == NAT_UDP && d->protocols & NAT_TO_UDP);
}

int
nat_rule_destination(const struct nat_shared *s, uint32_t proto, rte_be16_t port, rte_be32_t peer)
{
	uint16_t p = rte_be_to_cpu_16(port);

	for (unsigned i = 0; i < s->config.n_destinations; i++) {
		const struct nat_destination *d = &s->config.destination[i];

		if (takes(d, proto) && p >= d->first && p <= d->last &&
			(peer == 0 || nat_networks_hold(&d->from, peer)))
			return (int)i;
	}
	return -1;
}

void
nat_rule_target(const struct nat_shared *s, int rule, rte_be16_t port, rte_be32_t *in_addr,
	rte_be16_t *in_port)
{
	const struct nat_destination *d = &s->config.destination[rule];

	*in_addr = d->host;
	*in_port = d->host_port == 0
			   ? port
			   : rte_cpu_to_be_16(
				     (uint16_t)(d->host_port + rte_be_to_cpu_16(port) - d->first));
}

/*
 * Several ports may be forwarded to one inside end by several rules; the first of these decides. A
 * port may be forwarded to several ends, each for some remote networks; the first of its rules
 * decides. So each step leads to an earlier rule, or ends.
 */
unsigned
nat_rule_owner(const struct nat_shared *s, uint32_t proto, rte_be16_t port)
{
	for (unsigned i = 0; i < NAT_RULES_MAX; i++) {
		rte_be16_t in_port, first = port;
		rte_be32_t in_addr;

		nat_rule_target(
			s, nat_rule_destination(s, proto, port, 0), port, &in_addr, &in_port);
		nat_rule_reverse(s, proto, in_addr, in_port, &first);
		if (first == port)
			break;
		port = first;
	}
	return nat_port_slice(s, port);
}

bool
nat_rule_leads_to(const struct nat_shared *s, rte_be32_t in_addr)
{
	for (unsigned i = 0; i < s->config.n_destinations; i++)
		if (s->config.destination[i].host == in_addr)
			return true;
	return false;
}

bool
nat_rule_reverse(const struct nat_shared *s, uint32_t proto, rte_be32_t in_addr, rte_be16_t in_port,
	rte_be16_t *port)
{
	uint8_t last = (uint8_t)rte_be_to_cpu_32(in_addr);
	uint16_t p = rte_be_to_cpu_16(in_port);

	/* Most hosts have no forwarded ports. */
	if (likely(!(s->forwarded_hosts[last / 64] & 1ull << (last & 63))))
		return false;
	for (unsigned i = 0; i < s->config.n_destinations; i++) {
		const struct nat_destination *d = &s->config.destination[i];
		uint16_t first = d->host_port == 0 ? d->first : d->host_port;

		if (d->host != in_addr || !takes(d, proto) || p < first ||
			p - first > d->last - d->first)
			continue;
		*port = rte_cpu_to_be_16((uint16_t)(d->first + p - first));
		return true;
	}
	return false;
}
