/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * NAT (RFC 3022, RFC 4787, RFC 5382, RFC 5508): what its files share, by the file that defines it.
 *
 * A session is one flow: an inside address and port, a remote one, and the external address and
 * port that replace the inside ones on the WAN. Sessions with the same inside end share this
 * mapping. The external addresses are ours, so they are an index: `port` leads to the first session
 * of a mapping. The slice of the port numbers that a port is in tells which worker owns it, and no
 * other worker writes there. From inside, a session is found by a hash of the flow, private to its
 * worker.
 */
#ifndef NAT_H
#define NAT_H

#include <rte_ip.h>

#include "nat_config.h"
#include "transit.h"
#include "worker.h"

enum nat_proto { NAT_TCP, NAT_UDP, NAT_ICMP, NAT_N_PROTOS };

/*
 * A flow seen from inside, the key of its session. ICMP queries: in_port is the identifier,
 * peer_port 0.
 */
struct nat_key {
	rte_be32_t in_addr, peer_addr;
	rte_be16_t in_port, peer_port;
	uint32_t proto; /* enum nat_proto */
};
static_assert(sizeof(struct nat_key) == 16, "nat_key is compared as two words");

#define NAT_FROM_OUTSIDE 0x01 /* flags: the first packet came from outside */
/* The mapping is a port forward: rule is an index of nat.destination. */
#define NAT_FORWARDED    0x02
#define NAT_ANSWERED     0x04 /* the side that did not send the first packet has sent one */
#define NAT_HAIRPINS     0x08 /* the remote end is one of our own addresses (RFC 4787, REQ-9) */

/*
 * One cache line with all that a packet needs. Only the owner reads and writes it; control looks at
 * it.
 */
struct nat_session {
	alignas(RTE_CACHE_LINE_SIZE) struct nat_key key;
	rte_be32_t ext_addr; /* replaces key.in_addr and in_port on the WAN */
	rte_be16_t ext_port;
	uint16_t ext; /* index of ext_addr in nat_shared.addr */
	uint16_t delta_ip, delta_l4; /* of checksums on the way out, as nat_delta() returns them */
	uint32_t last_s; /* the worker's second of the last packet */
	uint32_t queued_s; /* second at which it was put into its queue */
	/*
	 * Neighbours in its queue, longest idle first; 0: none. In the list of free sessions: next.
	 */
	uint32_t next, prev;
	/* Sessions of the same mapping; the first one's map_prev is 0. */
	uint32_t map_next, map_prev;
	uint32_t packets_out, packets_in;
	uint8_t tcp; /* NAT_TCP_* of nat_tcp.h */
	uint8_t queue; /* enum nat_queue */
	uint8_t flags; /* NAT_FROM_OUTSIDE to NAT_HAIRPINS */
	uint8_t rule;
};
static_assert(sizeof(struct nat_session) == RTE_CACHE_LINE_SIZE, "a session is one cache line");

#define NAT_BLOCK_BITS 10 /* ports are assigned to workers in blocks of 1024 */
#define NAT_BLOCKS     (1u << (16 - NAT_BLOCK_BITS))

/*
 * The ports of one of our addresses. Each word and bit is written by the worker that owns the
 * port's block.
 */
struct nat_ports {
	_Atomic uint32_t first[NAT_N_PROTOS][1 << 16]; /* first session of the mapping; 0: none */
	uint64_t used[NAT_N_PROTOS][(1 << 16) / 64]; /* taken or reserved */
};

struct nat_rule_stats {
	uint64_t sessions; /* that the rule has made so far */
};

/* Counters, written by the owner. */
struct nat_stats {
	uint64_t sessions; /* now */
	uint64_t peak;
	uint64_t mappings; /* ports taken now */
	uint64_t opened, opened_from_outside;
	uint64_t expired;
	uint64_t evicted; /* ended to make room: the table was full */
	uint64_t evicted_ports; /* ended to make room: all ports were taken */
	uint64_t out_of_ports; /* packets that got no port even so */
	uint64_t out_of_sessions;
	uint64_t over_host_limit;
	uint64_t hairpinned; /* packets */
	uint64_t errors_out, errors_in; /* translated ICMP errors */
};

#define NAT_ADDR_HASH 256

/* Shared by all workers; constant, except for the ports. */
struct nat_shared {
	struct nat_config config;
	unsigned n_workers;
	unsigned n_addrs;
	/* Index 0: the WAN port's own, which may change; others are constant. */
	_Atomic rte_be32_t addr[NAT_ADDRESSES_MAX];
	/* Hash table of the others: index in addr[], by the last byte of the address; 0: none. */
	uint8_t addr_hash[NAT_ADDR_HASH];
	struct nat_ports *ports; /* of each address */
	size_t ports_bytes; /* bytes mapped for `ports` */
	/* By source rule: index of its first address in addr[], and number of addresses. */
	uint16_t pool[NAT_RULES_MAX];
	uint16_t pool_n[NAT_RULES_MAX];
	/* Bits of the ports that rules forward, of TCP and UDP. */
	uint64_t forwarded[NAT_ICMP][(1 << 16) / 64];
	/* Bits of the last bytes of the addresses that ports are forwarded to. */
	uint64_t forwarded_hosts[4];
	uint64_t secret[2]; /* hash keys */
};

/* Slots in a cache line of the hash table. Each is a tag of 12 bits and the number of a session. */
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

/* NAT of one worker. */
struct nat {
	struct nat_shared *shared;
	struct nat_session *session; /* by number; 0 is none */
	struct nat_bucket *bucket;
	uint32_t bucket_mask;
	uint32_t max; /* sessions */
	uint32_t half_max; /* sessions in NAT_QUEUE_HALF */
	uint32_t n_touched; /* highest number that was ever in use */
	uint32_t free; /* first of the list of free numbers up to n_touched */
	uint32_t n_half;
	rte_be32_t wan; /* address of the WAN port in its sessions */
	uint32_t random;
	struct nat_list queue[NAT_QUEUE_N];
	struct nat_host *host; /* hash table with open addressing; NULL without a limit */
	uint32_t host_mask;
	size_t session_bytes, bucket_bytes, host_bytes; /* bytes mapped */
	struct nat_stats stats;
	struct nat_rule_stats source[NAT_RULES_MAX], destination[NAT_RULES_MAX];
};

/* --- the stages, each in the file of its name ------------------------------------------------- */

void nat_in(struct worker *w);
void nat_out(struct worker *w);

/* --- nat_table.c: memory, the hash table, mappings -------------------------------------------- */

/*
 * Makes addresses, ports and rules for n_workers. wan: the WAN port's address. Returns 0 or a
 * negative errno. *out is freed by nat_shared_free().
 */
int nat_shared_new(const struct nat_config *config, unsigned n_workers, rte_be32_t wan,
	struct nat_shared **out);
void nat_shared_free(struct nat_shared *s);

/* Makes the NAT of one worker; NULL when out of memory. */
struct nat *nat_new(struct nat_shared *s);
void nat_free(struct nat *n);

uint64_t nat_hash(const struct nat_shared *s, const struct nat_key *key);

/* The number of the session that the key may have, for prefetching; 0: none. */
uint32_t nat_find_ahead(const struct nat *n, uint64_t hash);

/* The key's session, or NULL. */
struct nat_session *nat_find(const struct nat *n, const struct nat_key *key, uint64_t hash);

/* Any session with the key's mapping, which nat.mapping defines; NULL when there is none. */
struct nat_session *nat_find_mapping(const struct nat *n, const struct nat_key *key);

/*
 * Makes a session with the key, and with ext, ext_addr and ext_port, which the caller has found:
 * free, or used by the same inside end. rule and flags are as given. NULL when there is no room,
 * even after ending the session that is idle longest.
 */
struct nat_session *nat_open(struct worker *w, const struct nat_key *key, uint16_t ext,
	rte_be32_t ext_addr, rte_be16_t ext_port, uint8_t rule, uint8_t flags);

/* Ends a session, and its mapping with the last session. */
void nat_close(struct nat *n, struct nat_session *s);

/* --- nat_ports.c ------------------------------------------------------------------------------ */

/* The worker whose slice the port is in. Identifiers of ICMP queries (RFC 5508) count as ports. */
static inline unsigned
nat_port_slice(const struct nat_shared *s, rte_be16_t port)
{
	return (rte_be_to_cpu_16(port) >> NAT_BLOCK_BITS) * s->n_workers / NAT_BLOCKS;
}

/*
 * Finds a free port of the worker on one of the rule's addresses: the inside port itself if it is
 * free, else one with the same parity and on the same side of 1024 (RFC 4787, REQ-3 and REQ-4).
 * False when all are taken. Does not mark the port.
 */
bool nat_port_find(struct worker *w, unsigned rule, const struct nat_key *key, uint16_t *ext,
	rte_be16_t *port);

/* Marks the ports that no session may take. */
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

/* --- nat_rules.c ------------------------------------------------------------------------------ */

/* The rule of nat.source for the inside address, or -1. */
int nat_rule_source(const struct nat_shared *s, rte_be32_t in_addr);

/*
 * The rule of nat.destination for an external port and a remote address, or -1. peer 0: any remote
 * address.
 */
int nat_rule_destination(
	const struct nat_shared *s, uint32_t proto, rte_be16_t port, rte_be32_t peer);

/* The inside end to which the rule forwards the port. */
void nat_rule_target(const struct nat_shared *s, int rule, rte_be16_t port, rte_be32_t *in_addr,
	rte_be16_t *in_port);

/* The owner of a port that a rule forwards; see nat_port_owner(). */
unsigned nat_rule_owner(const struct nat_shared *s, uint32_t proto, rte_be16_t port);

/*
 * The worker that owns the port: the one whose slice it is in; but all ports forwarded to the same
 * inside end belong to one worker.
 */
static inline unsigned
nat_port_owner(const struct nat_shared *s, uint32_t proto, rte_be16_t port)
{
	uint16_t p = rte_be_to_cpu_16(port);

	if (unlikely(s->n_workers > 1 && proto != NAT_ICMP &&
		     s->forwarded[proto][p / 64] & 1ull << (p & 63)))
		return nat_rule_owner(s, proto, port);
	return nat_port_slice(s, port);
}

/* Whether a port is forwarded to the host. */
bool nat_rule_leads_to(const struct nat_shared *s, rte_be32_t in_addr);

/* The external port that is forwarded to this inside end; false when there is none. */
bool nat_rule_reverse(const struct nat_shared *s, uint32_t proto, rte_be32_t in_addr,
	rte_be16_t in_port, rte_be16_t *port);

/* --- nat_age.c -------------------------------------------------------------------------------- */

/* Ends sessions that have timed out. Call it every millisecond; it is short when nothing is due. */
void nat_age(struct worker *w);

/* Moves a session to the end of the queue that fits its state. */
void nat_enqueue(struct worker *w, struct nat_session *s);
void nat_dequeue(struct nat *n, struct nat_session *s);

/* Ends the session that is idle longest; false when there is none. */
bool nat_evict(struct worker *w);
/*
 * Ends the longest idle of the sessions of the protocol on the source rule's addresses, among those
 * that have been idle for long; false when there is none.
 */
bool nat_evict_port(struct worker *w, enum nat_proto proto, unsigned rule);

/* --- nat_host.c ------------------------------------------------------------------------------- */

/* Counts a session of the address; false when it has reached its limit. */
bool nat_host_take(struct nat *n, rte_be32_t addr);
void nat_host_release(struct nat *n, rte_be32_t addr);

/* --- nat_packet.c ----------------------------------------------------------------------------- */

enum nat_kind {
	NAT_IS_FLOW, /* TCP, UDP or ICMP query: the key is set */
	NAT_IS_ERROR, /* ICMP error: the key is that of the quoted packet */
	NAT_IS_FRAGMENT,
	NAT_IS_SHORT, /* or malformed in another way */
	NAT_IS_OTHER, /* a protocol without ports */
};

/*
 * Reads a packet, data at its IPv4 header. out: its source is the inside end; else its destination
 * is, with the external address and port that the packet has. The packet that an error quotes went
 * the other way.
 */
enum nat_kind nat_read(const struct rte_mbuf *m, bool out, struct nat_key *key);

/* The change of a checksum when an address and port replace others (RFC 1624). */
uint16_t nat_delta(
	rte_be32_t from_addr, rte_be16_t from_port, rte_be32_t to_addr, rte_be16_t to_port);

/* Rewrite the source to the session's external end (out), or the destination to its inside end. */
void nat_rewrite_out(struct rte_mbuf *m, const struct nat_session *s);
void nat_rewrite_in(struct rte_mbuf *m, const struct nat_session *s);

/* --- nat_icmp.c ------------------------------------------------------------------------------- */

/*
 * Translate an ICMP error on its way out or in; key: as nat_read() set it. False when the packet is
 * gone: no session matches.
 */
bool nat_error_out(struct worker *w, struct rte_mbuf *m, const struct nat_key *key);
bool nat_error_in(struct worker *w, struct rte_mbuf *m, const struct nat_key *key);

/* --- nat_steer.c ------------------------------------------------------------------------------ */

/*
 * Hands a routed packet that leaves by the WAN to lane OUT of the worker that owns its inside end.
 */
void nat_steer_out(struct worker *w, struct rte_mbuf *m, struct sess *s);

/*
 * Hands a packet for one of our addresses, with transit().in set, to lane BACK of the worker that
 * owns its port.
 */
void nat_steer_back(struct worker *w, struct rte_mbuf *m);

/*
 * The worker that owns the packet, which is to go into its inbox OUT or BACK. For control; w is any
 * worker.
 */
struct worker *nat_owner(struct worker *w, const struct rte_mbuf *m, enum inbox inbox);

/*
 * Hands a packet that nat_out has turned around to the inbox BACK of the worker that owns its port.
 */
void nat_turn_back(struct worker *w, struct rte_mbuf *m);

/*
 * Takes a packet from inside to one of our addresses if it is for an inside host (hairpinning: RFC
 * 4787, REQ-9). True when it was taken. s: as in lane ROUTE.
 */
bool nat_hairpin(struct worker *w, struct rte_mbuf *m, unsigned in, struct sess *s);

/* Whether the address is in a pool, so that packets to it from the WAN are only for NAT. */
static inline bool
nat_is_pool(const struct worker *w, rte_be32_t addr)
{
	return w->nat != NULL && nat_ext_find(w->nat->shared, addr) > 0;
}

#endif
