/* SPDX-License-Identifier: BSD-3-Clause */
/* Selects the external port of a flow. */
#include "nat.h"

#define WELL_KNOWN 1024 /* ports below form a class of their own (RFC 4787, 4.2.2) */

#define EVEN 0x5555555555555555ull

/* Ports of the gateway itself: DHCP client, IKE, L2TP, IKE and ESP with NAT traversal. */
static const uint16_t own_udp[] = {68, 500, 1701, 4500};

/*
 * On all addresses, although only the first one forwards it: a port's number must tell its owner.
 */
static void
reserve_forwarded(struct nat_shared *s, enum nat_proto proto, uint16_t port)
{
	for (unsigned i = 0; i < s->n_addrs; i++)
		nat_port_mark(&s->ports[i], proto, rte_cpu_to_be_16(port), true);
	s->forwarded[proto][port / 64] |= 1ull << (port & 63);
}

void
nat_ports_reserve(struct nat_shared *s)
{
	for (unsigned i = 0; i < s->n_addrs; i++) {
		for (unsigned k = 0; k < RTE_DIM(own_udp); k++)
			nat_port_mark(&s->ports[i], NAT_UDP, rte_cpu_to_be_16(own_udp[k]), true);
		nat_port_mark(&s->ports[i], NAT_UDP, 0, true);
		nat_port_mark(&s->ports[i], NAT_TCP, 0, true);
	}
	for (unsigned i = 0; i < s->config.n_destinations; i++) {
		const struct nat_destination *d = &s->config.destination[i];

		for (uint32_t p = d->first; p <= d->last; p++) {
			if (d->protocols & NAT_TO_TCP)
				reserve_forwarded(s, NAT_TCP, (uint16_t)p);
			if (d->protocols & NAT_TO_UDP)
				reserve_forwarded(s, NAT_UDP, (uint16_t)p);
		}
	}
}

static inline uint32_t
next_random(struct nat *n)
{
	n->random ^= n->random << 13;
	n->random ^= n->random >> 17;
	n->random ^= n->random << 5;
	return n->random;
}

/*
 * A free port in words first to last of the address's bitmap, searched from a random place (RFC
 * 6056); -1: none.
 */
static int
search(struct nat *n, const uint64_t *used, unsigned first, unsigned last, uint64_t wanted)
{
	unsigned n_words = last - first + 1, at = next_random(n) % n_words;
	unsigned turn = next_random(n) & 62; /* even: keeps the parity */

	for (unsigned i = 0; i < n_words; i++) {
		unsigned word = first + (at + i) % n_words;
		uint64_t free = ~used[word] & wanted;

		if (free == 0)
			continue;
		free = turn == 0 ? free : free >> turn | free << (64 - turn);
		return (int)(word * 64 + ((unsigned)__builtin_ctzll(free) + turn) % 64);
	}
	return -1;
}

/* A free port of the worker at this address; -1: none. */
static int
find_at(struct worker *w, const struct nat_ports *p, const struct nat_key *key)
{
	struct nat *n = w->nat;
	const unsigned words = (1u << NAT_BLOCK_BITS) / 64;
	const uint64_t *used = p->used[key->proto];
	uint16_t port = rte_be_to_cpu_16(key->in_port);
	unsigned first = (w->id * NAT_BLOCKS + n->shared->n_workers - 1) / n->shared->n_workers;
	unsigned last = ((w->id + 1) * NAT_BLOCKS + n->shared->n_workers - 1) /
				n->shared->n_workers -
			1;
	uint64_t parity = port & 1 ? ~EVEN : EVEN;
	int found = -1;

	if (nat_port_slice(n->shared, key->in_port) == w->id &&
		!(used[port / 64] & 1ull << (port & 63)))
		return port;
	/* Identifiers of ICMP queries have neither parity nor well-known values. */
	if (key->proto == NAT_ICMP)
		return search(n, used, first * words, (last + 1) * words - 1, ~0ull);
	if (port < WELL_KNOWN && first == 0) {
		found = search(n, used, 0, words - 1, parity);
		if (found < 0)
			found = search(n, used, 0, words - 1, ~0ull);
	}
	/* Well-known ports are only for hosts that use one, unless the worker has no others. */
	if (first == 0 && last > 0)
		first = 1;
	if (found < 0)
		found = search(n, used, first * words, (last + 1) * words - 1, parity);
	if (found < 0)
		found = search(n, used, first * words, (last + 1) * words - 1, ~0ull);
	return found;
}

bool
nat_port_find(
	struct worker *w, unsigned rule, const struct nat_key *key, uint16_t *ext, rte_be16_t *port)
{
	const struct nat_shared *s = w->nat->shared;
	uint32_t n = s->pool_n[rule];
	/* A host uses one external address as long as that has ports (RFC 4787, REQ-2). */
	uint32_t at = rte_be_to_cpu_32(key->in_addr) % n;

	for (uint32_t i = 0; i < n; i++) {
		unsigned k = s->pool[rule] + (at + i) % n;
		int found = find_at(w, &s->ports[k], key);

		if (found >= 0) {
			*ext = (uint16_t)k;
			*port = rte_cpu_to_be_16((uint16_t)found);
			return true;
		}
	}
	return false;
}
