/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * NAT (RFC 3022, RFC 4787, RFC 5382, RFC 5508): what the stages nat_out and nat_in share.
 *
 * A session is one flow: an address and port inside, one outside, and the address and port that stand for the inside
 * one on the WAN. Sessions whose inside end is the same share that mapping. The address and port on the WAN are ours, so
 * they are an index: `port` leads to the first session of a mapping. Its slice of the port numbers says which worker
 * owns it, and nobody else writes there. From inside, a hash of the flow finds it, private to its worker.
 */
#ifndef NAT_H
#define NAT_H

#include <rte_ip.h>

#include "nat_config.h"
#include "transit.h"
#include "worker.h"

enum nat_proto { NAT_TCP, NAT_UDP, NAT_ICMP, NAT_N_PROTOS };

/* A flow from inside: what its session is found by. ICMP queries: the identifier is in_port, peer_port is 0. */
struct nat_key {
	rte_be32_t in_addr, peer_addr;
	rte_be16_t in_port, peer_port;
	uint32_t proto; /* enum nat_proto */
};
static_assert(sizeof(struct nat_key) == 16, "nat_key is compared as two words");

#define NAT_FROM_OUTSIDE 0x01 /* flags: the first packet came from outside */
#define NAT_FORWARDED    0x02 /* its mapping is a port forward: rule is one of nat.destination */
#define NAT_ANSWERED     0x04 /* the side that did not begin has sent something */
#define NAT_HAIRPINS     0x08 /* the remote end is one of our own addresses (RFC 4787, REQ-9) */

/* One cache line: whatever a packet needs. Only the owner reads and writes it; control looks at it. */
struct nat_session {
	alignas(RTE_CACHE_LINE_SIZE) struct nat_key key;
	rte_be32_t ext_addr; /* what stands for key.in_addr and in_port on the WAN */
	rte_be16_t ext_port;
	uint16_t ext; /* index of ext_addr in nat_ports */
	uint16_t delta_ip, delta_l4; /* of checksums, on the way out (nat_delta()) */
	uint32_t last_s; /* worker's second of its last packet */
	uint32_t queued_s; /* when it was put into its queue */
	uint32_t next,
		prev; /* in its queue, the longest idle first; 0: none. next: in the list of free ones */
	uint32_t map_next, map_prev; /* sessions of the same mapping; the first one's prev is 0 */
	uint32_t packets_out, packets_in;
	uint8_t tcp; /* NAT_TCP_* of nat_tcp.h */
	uint8_t queue; /* enum nat_queue */
	uint8_t flags; /* NAT_* above */
	uint8_t rule;
};
static_assert(sizeof(struct nat_session) == RTE_CACHE_LINE_SIZE, "a session is one cache line");

#define NAT_BLOCK_BITS 10 /* ports are dealt to workers in blocks of 1024 */
#define NAT_BLOCKS     (1u << (16 - NAT_BLOCK_BITS))

/* The ports of one of our addresses. Each word and bit is written by the worker that owns the port's block. */
struct nat_ports {
	_Atomic uint32_t first[NAT_N_PROTOS][1 << 16]; /* first session of the mapping; 0: none */
	uint64_t used[NAT_N_PROTOS][(1 << 16) / 64]; /* taken, or never to be taken */
};

struct nat_rule_stats {
	uint64_t sessions; /* made by the rule so far */
};

/* Why there was no session, and the like; the owner writes. */
struct nat_stats {
	uint64_t sessions; /* now */
	uint64_t peak;
	uint64_t mappings; /* ports taken now */
	uint64_t opened, opened_from_outside;
	uint64_t expired;
	uint64_t evicted; /* made room for others: the table was full */
	uint64_t evicted_ports; /* the same: all ports were taken */
	uint64_t out_of_ports; /* packets for which not even that helped */
	uint64_t out_of_sessions;
	uint64_t over_host_limit;
	uint64_t hairpinned; /* packets */
	uint64_t errors_out, errors_in; /* ICMP errors translated */
};

#define NAT_ADDR_HASH 256

/* Shared by all workers: constant, but for the ports. */
struct nat_shared {
	struct nat_config config;
	unsigned n_workers;
	unsigned n_addrs;
	_Atomic rte_be32_t addr[NAT_ADDRESSES_MAX]; /* 0: the WAN port's own; others are constant */
	uint8_t addr_hash
		[NAT_ADDR_HASH]; /* of those: index, by the last byte of the address; 0: none */
	struct nat_ports *ports; /* of each address */
	size_t ports_bytes; /* of the memory */
	uint16_t
		pool[NAT_RULES_MAX]; /* of source rules: index of the first address, and how many */
	uint16_t pool_n[NAT_RULES_MAX];
	uint64_t forwarded[NAT_ICMP]
			  [(1 << 16) / 64]; /* ports that a rule forwards, of TCP and UDP */
	uint64_t forwarded_hosts[4]; /* a bit for each last byte of an address that ports lead to */
	uint64_t secret[2]; /* of hashes */
};

/* How many slots a cache line of the hash has: each a tag of 12 bits and the number of a session. */
#define NAT_BUCKET_SLOTS 16

struct nat_bucket {
	alignas(RTE_CACHE_LINE_SIZE) uint32_t slot[NAT_BUCKET_SLOTS];
};

struct nat_list {
	uint32_t head, tail;
};

struct nat_host {
	rte_be32_t addr; /* 0: free */
	uint32_t sessions;
};

/* A worker's part. */
struct nat {
	struct nat_shared *shared;
	struct nat_session *session; /* by number; 0 is none */
	struct nat_bucket *bucket;
	uint32_t bucket_mask;
	uint32_t max; /* sessions */
	uint32_t half_max; /* of those, in NAT_QUEUE_HALF */
	uint32_t n_touched; /* numbers up to this one were in use once */
	uint32_t free; /* first of the list of those that are not any more */
	uint32_t n_half;
	rte_be32_t wan; /* the address of the WAN port that its sessions have */
	uint32_t random;
	struct nat_list queue[NAT_QUEUE_N];
	struct nat_host *host; /* open addressing; NULL without a limit */
	uint32_t host_mask;
	size_t session_bytes, bucket_bytes, host_bytes; /* of the memory */
	struct nat_stats stats;
	struct nat_rule_stats source[NAT_RULES_MAX], destination[NAT_RULES_MAX];
};

/* --- the stages, each in the file of its name ------------------------------------------------------------------ */

void nat_in(struct worker *w);
void nat_out(struct worker *w);

/* --- nat_table.c: memory, the hash, mappings ----------------------------------------------------------------- */

/* Addresses, ports, rules for n_workers; wan is the WAN port's address. 0 or -errno; freed by nat_shared_free(). */
int nat_shared_new(const struct nat_config *config, unsigned n_workers, rte_be32_t wan,
	struct nat_shared **out);
void nat_shared_free(struct nat_shared *s);

/* A worker's part; NULL when out of memory. */
struct nat *nat_new(struct nat_shared *s);
void nat_free(struct nat *n);

uint64_t nat_hash(const struct nat_shared *s, const struct nat_key *key);

/* The session that may be the key's, to be prefetched: its number, or 0. */
uint32_t nat_find_ahead(const struct nat *n, uint64_t hash);

/* The key's session, or NULL. */
struct nat_session *nat_find(const struct nat *n, const struct nat_key *key, uint64_t hash);

/* Any session with the key's mapping, as nat.mapping has it; NULL when there is none. */
struct nat_session *nat_find_mapping(const struct nat *n, const struct nat_key *key);

/*
 * A session with its key, and ext, ext_addr, ext_port, which the caller owns: free, or with the same inside end. NULL
 * when there is no room, not even by ending the longest idle one. rule and flags are as given; the rest is zero.
 */
struct nat_session *nat_open(struct worker *w, const struct nat_key *key, uint16_t ext,
	rte_be32_t ext_addr, rte_be16_t ext_port, uint8_t rule, uint8_t flags);

/* Ends a session, and its mapping with the last one. */
void nat_close(struct nat *n, struct nat_session *s);

/* --- nat_ports.c ----------------------------------------------------------------------------------------------- */

/* Whose slice is the port in? RFC 5508's identifiers count as ports. */
static inline unsigned
nat_port_slice(const struct nat_shared *s, rte_be16_t port)
{
	return (rte_be_to_cpu_16(port) >> NAT_BLOCK_BITS) * s->n_workers / NAT_BLOCKS;
}

/*
 * A free port of the worker, of one of the rule's addresses: the inside port itself if it can be had, else one of
 * the same parity and side of 1024 (RFC 4787, REQ-3 and REQ-4). False when all are taken. Nothing is marked yet.
 */
bool nat_port_find(struct worker *w, unsigned rule, const struct nat_key *key, uint16_t *ext,
	rte_be16_t *port);

/* Marks ports that must never be taken. */
void nat_ports_reserve(struct nat_shared *s);

static inline void
nat_port_mark(struct nat_ports *p, uint32_t proto, rte_be16_t port, bool used)
{
	uint16_t h = rte_be_to_cpu_16(port);
	uint64_t bit = 1ull << (h & 63);

	if (used)
		p->used[proto][h / 64] |= bit;
	else
		p->used[proto][h / 64] &= ~bit;
}

/* The index of one of our addresses, or -1. */
static inline int
nat_ext_find(const struct nat_shared *s, rte_be32_t addr)
{
	uint8_t i = (uint8_t)(rte_be_to_cpu_32(addr) & (NAT_ADDR_HASH - 1));

	if (atomic_load_explicit(&s->addr[0], memory_order_relaxed) == addr)
		return 0;
	for (; s->addr_hash[i] != 0; i++)
		if (s->addr[s->addr_hash[i]] == addr)
			return s->addr_hash[i];
	return -1;
}

/* --- nat_rules.c ----------------------------------------------------------------------------------------------- */

/* The rule of nat.source for the address inside, or -1. */
int nat_rule_source(const struct nat_shared *s, rte_be32_t in_addr);

/* The rule of nat.destination for a port outside and a remote end, or -1; 0 as peer: whoever it is. */
int nat_rule_destination(
	const struct nat_shared *s, uint32_t proto, rte_be16_t port, rte_be32_t peer);

/* Where the rule leads for this port. */
void nat_rule_target(const struct nat_shared *s, int rule, rte_be16_t port, rte_be32_t *in_addr,
	rte_be16_t *in_port);

/* Whose is a port that a rule forwards? See nat_port_owner(). */
unsigned nat_rule_owner(const struct nat_shared *s, uint32_t proto, rte_be16_t port);

/* Whose is the port? Its slice's; but all forwarded ports that lead to one end inside are one worker's. */
static inline unsigned
nat_port_owner(const struct nat_shared *s, uint32_t proto, rte_be16_t port)
{
	uint16_t p = rte_be_to_cpu_16(port);

	if (unlikely(s->n_workers > 1 && proto != NAT_ICMP &&
		     s->forwarded[proto][p / 64] & 1ull << (p & 63)))
		return nat_rule_owner(s, proto, port);
	return nat_port_slice(s, port);
}

/* Whether a port forward leads to the host. */
bool nat_rule_leads_to(const struct nat_shared *s, rte_be32_t in_addr);

/* The port outside that leads to this end inside; false when none does. */
bool nat_rule_reverse(const struct nat_shared *s, uint32_t proto, rte_be32_t in_addr,
	rte_be16_t in_port, rte_be16_t *port);

/* --- nat_age.c ------------------------------------------------------------------------------------------------- */

/* Ends what is idle for too long. In each millisecond, and when nothing is due it is short. */
void nat_age(struct worker *w);

/* Puts a session behind all others of its queue, which its state says. */
void nat_enqueue(struct worker *w, struct nat_session *s);
void nat_dequeue(struct nat *n, struct nat_session *s);

/* Ends the session that is idle for longest; false when there is none. */
bool nat_evict(struct worker *w);
/* Of those that have been idle for long, the one that is so for longest of the protocol and the source rule's addresses. */
bool nat_evict_port(struct worker *w, enum nat_proto proto, unsigned rule);

/* --- nat_host.c ------------------------------------------------------------------------------------------------ */

/* Counts a session of the address; false when that would be one too many. */
bool nat_host_take(struct nat *n, rte_be32_t addr);
void nat_host_release(struct nat *n, rte_be32_t addr);

/* --- nat_packet.c ---------------------------------------------------------------------------------------------- */

enum nat_kind {
	NAT_IS_FLOW, /* TCP, UDP, ICMP query: the key is filled in */
	NAT_IS_ERROR, /* ICMP error: the key is that of the packet it quotes */
	NAT_IS_FRAGMENT,
	NAT_IS_SHORT, /* or otherwise malformed */
	NAT_IS_OTHER, /* a protocol that has no ports */
};

/*
 * Reads a packet, data at its IPv4 header. Out: the source is the inside end; not out: the destination is, with its
 * address and port as they stand, still those on the WAN. For errors the packet they quote went the other way.
 */
enum nat_kind nat_read(const struct rte_mbuf *m, bool out, struct nat_key *key);

/* The checksum's change when one pair of words replaces another (RFC 1624). */
uint16_t nat_delta(
	rte_be32_t from_addr, rte_be16_t from_port, rte_be32_t to_addr, rte_be16_t to_port);

/* Rewrites the source to that of the session (out), or the destination to its inside end. */
void nat_rewrite_out(struct rte_mbuf *m, const struct nat_session *s);
void nat_rewrite_in(struct rte_mbuf *m, const struct nat_session *s);

/* --- nat_icmp.c ------------------------------------------------------------------------------------------------ */

/* An ICMP error on its way out or in; key as nat_read() left it. False when it is gone: there is no such session. */
bool nat_error_out(struct worker *w, struct rte_mbuf *m, const struct nat_key *key);
bool nat_error_in(struct worker *w, struct rte_mbuf *m, const struct nat_key *key);

/* --- nat_steer.c ----------------------------------------------------------------------------------------------- */

/* A routed packet that leaves by the WAN: to lane OUT of the worker that owns its inside end. */
void nat_steer_out(struct worker *w, struct rte_mbuf *m, struct sess *s);

/* A packet for one of our addresses, transit().in set: to lane BACK of the worker that owns its port. */
void nat_steer_back(struct worker *w, struct rte_mbuf *m);

/* Whose the packet is, on its way into a inbox OUT or BACK; w is any worker. For control. */
struct worker *nat_owner(struct worker *w, const struct rte_mbuf *m, enum inbox inbox);

/* A packet that nat_out has made one from outside: to the inbox BACK of the worker that owns its port. */
void nat_turn_back(struct worker *w, struct rte_mbuf *m);

/*
 * A packet from inside for one of our addresses, which may be for a host inside (hairpinning: RFC 4787, REQ-9): true
 * when it was taken. s as in lane ROUTE.
 */
bool nat_hairpin(struct worker *w, struct rte_mbuf *m, unsigned in, struct sess *s);

/* Whether packets from the WAN for this address are NAT's alone: a pool's. */
static inline bool
nat_is_pool(const struct worker *w, rte_be32_t addr)
{
	return w->nat != NULL && nat_ext_find(w->nat->shared, addr) > 0;
}

#endif
