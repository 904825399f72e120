/* SPDX-License-Identifier: BSD-3-Clause */
/* For rte_ip_frag_table_del_expired_entries(), unchanged since DPDK 18.05. */
#define ALLOW_EXPERIMENTAL_API
#include "reass.h"

#include <stdlib.h>
#include <string.h>
#include <rte_ether.h>
#include <rte_ip_frag.h>
#include <rte_jhash.h>

#include "ether.h"
#include "handoff.h"
#include "ipv4_hdr.h"

/*
 * Twice as many entries as fragments can be held, so that a full bucket is rare: the library looks
 * in two buckets for each packet.
 */
#define BUCKETS        (REASS_HELD_MAX / 8)
#define BUCKET_ENTRIES 8

struct reass {
	struct rte_ip_frag_tbl *table;
	uint64_t life; /* TSC cycles */
	uint64_t held, fragments, packets;
	struct rte_ip_frag_death_row dead;
};

struct reass *
reass_new(uint64_t tsc_hz)
{
	struct reass *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->life = tsc_hz * REASS_LIFE_MS / 1000;
	r->table = rte_ip_frag_table_create(
		BUCKETS, BUCKET_ENTRIES, REASS_HELD_MAX, r->life, SOCKET_ID_ANY);
	if (r->table == NULL) {
		free(r);
		return NULL;
	}
	return r;
}

void
reass_free(struct reass *r)
{
	if (r == NULL)
		return;
	rte_ip_frag_table_destroy(r->table);
	free(r);
}

/* Frees the fragments that the library has given up. */
static void
bury(struct worker *w, struct reass *r, enum drop_reason why)
{
	w->drop[why] += r->dead.cnt;
	r->held -= r->dead.cnt;
	rte_ip_frag_free_death_row(&r->dead, 0);
}

/*
 * Gives up packets whose first fragment came more than `age` cycles ago, as many as the library
 * takes at a time.
 */
static void
give_up(struct worker *w, struct reass *r, uint64_t age, enum drop_reason why)
{
	rte_ip_frag_table_del_expired_entries(r->table, &r->dead, w->now_tsc + r->life - age);
	bury(w, r, why);
}

/*
 * The table is ordered by age but does not tell the oldest age, so this halves the limit until
 * there is room.
 */
static bool
make_room(struct worker *w, struct reass *r)
{
	for (uint64_t age = r->life / 2; r->held >= REASS_HELD_MAX && age > 0; age /= 2)
		give_up(w, r, age, DROP_REASS_FULL);
	return r->held < REASS_HELD_MAX;
}

/* Why the fragment cannot be part of a packet, or DROP_N. */
static enum drop_reason
judge(const struct rte_mbuf *m, const struct rte_ipv4_hdr *ip)
{
	uint16_t place = rte_be_to_cpu_16(ip->fragment_offset);
	uint32_t at = (place & RTE_IPV4_HDR_OFFSET_MASK) * (uint32_t)RTE_IPV4_HDR_OFFSET_UNITS;
	uint32_t len = m->data_len - (uint32_t)sizeof(*ip);

	if (len == 0 || ((place & RTE_IPV4_HDR_MF_FLAG) && len % RTE_IPV4_HDR_OFFSET_UNITS != 0))
		return DROP_IP_HEADER;
	return sizeof(*ip) + at + len > REASS_PACKET_MAX ? DROP_REASS_TOO_BIG : DROP_N;
}

/*
 * The worker that reassembles the packet. NICs distribute fragments by addresses at best and by
 * ports, which only the first one has, at worst; so a hash of the packet assigns it a worker.
 */
static unsigned
owner_of(const struct worker *w, const struct rte_ipv4_hdr *ip)
{
	uint32_t which = (uint32_t)ip->packet_id << 16 | ip->next_proto_id;

	return rte_jhash_3words(ip->src_addr, ip->dst_addr, which, 0) % w->n_workers;
}

/* Restores the frame as received: the other worker processes it from the start. */
static void
hand_over(struct worker *w, struct rte_mbuf *m, unsigned from, unsigned owner)
{
	if (rte_pktmbuf_prepend(m, RTE_ETHER_HDR_LEN) == NULL) {
		drop(w, m, DROP_NO_BUFFER);
		return;
	}
	if (w->net[from].vlan != 0)
		ether_tag(m, w->net[from].vlan);
	pkt_meta_init(m, from, DP_SID_NONE);
	push(w, owner, INBOX_FRAGMENT, m);
}

/*
 * The library identifies packets by addresses and identification only. The protocol (RFC 791, 3.2)
 * and the network are mixed into what it takes for the destination.
 */
static struct rte_mbuf *
add(struct worker *w, struct reass *r, struct rte_mbuf *m, unsigned from)
{
	struct rte_ipv4_hdr key = *rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);

	key.dst_addr ^= (rte_be32_t)(key.next_proto_id | (uint32_t)from << 8) * 0x9e3779b1u;
	m->l2_len = 0;
	m->l3_len = sizeof(key);
	return rte_ipv4_frag_reassemble_packet(r->table, &r->dead, m, w->now_tsc, &key);
}

/* Copies the segments into a buffer for large packets; NULL without one. */
static struct rte_mbuf *
copy(struct worker *w, const struct rte_mbuf *m)
{
	struct rte_mbuf *whole = rte_pktmbuf_alloc(w->large);
	char *to;

	if (whole == NULL)
		return NULL;
	to = rte_pktmbuf_append(whole, (uint16_t)m->pkt_len);
	if (to == NULL) {
		rte_pktmbuf_free(whole);
		return NULL;
	}
	for (; m != NULL; m = m->next) {
		memcpy(to, rte_pktmbuf_mtod(m, void *), m->data_len);
		to += m->data_len;
	}
	return whole;
}

/* Makes the packet one segment; NULL when it was dropped. */
static struct rte_mbuf *
flatten(struct worker *w, struct rte_mbuf *m)
{
	struct rte_mbuf *whole;
	uint32_t room = (uint32_t)m->buf_len - m->data_off - m->data_len; /* of the first segment */

	if (m->pkt_len - m->data_len + REASS_TAIL <= room && rte_pktmbuf_linearize(m) == 0)
		return m;
	whole = copy(w, m);
	if (whole == NULL) {
		drop(w, m, DROP_NO_BUFFER);
		return NULL;
	}
	rte_pktmbuf_free(m);
	return whole;
}

static struct rte_mbuf *
finish(struct worker *w, struct reass *r, struct rte_mbuf *m)
{
	struct rte_ipv4_hdr *ip;

	r->fragments += m->nb_segs;
	r->packets++;
	r->held -= m->nb_segs - 1u;
	m = flatten(w, m);
	if (m == NULL)
		return NULL;
	ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	ip->fragment_offset = 0;
	ip->total_length = rte_cpu_to_be_16(m->data_len);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = cksum(ip, sizeof(*ip));
	return m;
}

struct rte_mbuf *
reass_in(struct worker *w, struct rte_mbuf *m, unsigned from)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	enum drop_reason why = judge(m, ip);
	struct reass *r = w->reass;
	struct rte_mbuf *whole;
	unsigned owner;

	if (why != DROP_N) {
		drop(w, m, why);
		return NULL;
	}
	/* A session has one worker anyway. */
	owner = from == DP_CLIENT ? w->id : owner_of(w, ip);
	if (owner != w->id) {
		hand_over(w, m, from, owner);
		return NULL;
	}
	/* First, so that what the library then gives up by itself did not time out. */
	give_up(w, r, r->life, DROP_REASS_TIMEOUT);
	if (!make_room(w, r)) {
		drop(w, m, DROP_REASS_FULL);
		return NULL;
	}
	whole = add(w, r, m, from);
	if (whole != NULL)
		return finish(w, r, whole);
	/* Kept; or given up, alone for want of an entry, or with others that it does not fit. */
	r->held++;
	if (r->dead.cnt > 0)
		bury(w, r, r->dead.cnt == 1 ? DROP_REASS_FULL : DROP_REASS_OVERLAP);
	return NULL;
}

void
reass_sweep(struct worker *w)
{
	if (w->reass->held > 0)
		give_up(w, w->reass, w->reass->life, DROP_REASS_TIMEOUT);
}

static uint64_t
peek(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

void
reass_stats_add(const struct reass *r, struct dp_reass_stats *sum)
{
	sum->fragments += peek(&r->fragments);
	sum->packets += peek(&r->packets);
	sum->held += peek(&r->held);
}
