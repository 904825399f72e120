/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Test packets: UDP between a client's lease and the LAN's host, each with the client's number, a
 * sequence number and a checksum of its contents. The receiver at the other end of the gateway
 * counts them.
 */
#include <stdlib.h>
#include <string.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "cksum.h"
#include "load.h"
#include "load_crc.h"

#define TEST_PORT   5001
#define TEST_MAGIC  0x6b6d6c64 /* "kmld" */
#define TTL         64
#define ACK_SIZE    72 /* bytes of the packet of an acknowledgement */
#define GIVE_UP_US  1000000 /* after which an acknowledgement counts as lost */
#define BURST_BYTES (64 * 1500) /* of traffic that is due; more is forgotten */
#define TURN_MAX    64 /* packets per direction and turn, so that others get their turn */

enum {
	TEST_DATA,
	TEST_ACK,
};

/* After the UDP header; a pattern follows. */
struct test {
	uint32_t magic;
	uint32_t crc; /* of all that follows */
	uint32_t peer;
	uint8_t kind, way, zero[2];
	uint64_t seq;
} __rte_packed;

#define HEADS (sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_udp_hdr))

static uint32_t
crc_of(const struct test *t, size_t len)
{
	return load_crc(&t->peer, (uint32_t)(len - offsetof(struct test, peer)), 0);
}

/* --- out -------------------------------------------------------------------------------------- */

/* A pattern that differs from packet to packet, and from byte to byte. */
static void
fill_pattern(uint8_t *p, size_t n, uint64_t seq)
{
	uint64_t x = seq * 0x9e3779b97f4a7c15;
	size_t i;

	for (i = 0; i + 8 <= n; i += 8, x += 0x0101010101010101)
		memcpy(p + i, &x, 8);
	memcpy(p + i, &x, n - i);
}

static struct rte_mbuf *
test_packet(struct peer *p, enum flow_way to, uint8_t kind, enum flow_way way, uint64_t seq,
	size_t size)
{
	struct rte_mbuf *m = load_port_new(p->l);
	struct rte_ipv4_hdr *ip;
	struct rte_udp_hdr *udp;
	struct test *t;

	if (m == NULL)
		return NULL;
	ip = (struct rte_ipv4_hdr *)rte_pktmbuf_append(m, (uint16_t)size);
	memset(ip, 0, HEADS);
	udp = (struct rte_udp_hdr *)(ip + 1);
	t = (struct test *)(udp + 1);
	*t = (struct test){.magic = TEST_MAGIC,
		.peer = p->number,
		.kind = kind,
		.way = (uint8_t)way,
		.seq = seq};
	fill_pattern((uint8_t *)(t + 1), size - HEADS - sizeof(*t), seq);
	t->crc = crc_of(t, size - HEADS);
	udp->src_port = udp->dst_port = htons(TEST_PORT);
	udp->dgram_len = htons((uint16_t)(size - sizeof(*ip)));
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->total_length = htons((uint16_t)size);
	ip->time_to_live = TTL;
	ip->next_proto_id = IPPROTO_UDP;
	ip->src_addr = to == FLOW_UP ? p->lease : p->l->o.lan_address;
	ip->dst_addr = to == FLOW_UP ? p->l->o.lan_address : p->lease;
	ip->hdr_checksum = cksum(ip, sizeof(*ip));
	return m;
}

static bool
emit(struct peer *p, enum flow_way to, uint8_t kind, enum flow_way way, uint64_t seq, size_t size)
{
	struct rte_mbuf *m = test_packet(p, to, kind, way, seq, size);

	if (m == NULL)
		return false;
	if (to == FLOW_UP)
		load_peer_ip(p, m);
	else
		load_lan_ip(p, m);
	return true;
}

void
load_traffic_spoof(struct peer *p, be32 source)
{
	struct rte_mbuf *m = test_packet(p, FLOW_UP, TEST_DATA, FLOW_UP, 0, ACK_SIZE);
	struct rte_ipv4_hdr *ip;

	if (m == NULL)
		return;
	ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	ip->src_addr = source;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = cksum(ip, sizeof(*ip));
	load_peer_ip(p, m);
}

static bool
may_send(struct peer *p, enum flow_way way)
{
	const struct load *l = p->l;
	struct flow *f = &p->flow[way];

	/* Both directions need the client's neighbour entry on the LAN, for acknowledgements. */
	if (p->lease == 0 || p->role != ROLE_GOOD || client_phase(p->c) != CLIENT_UP ||
		!load_lan_resolve(p))
		return false;
	/* Traffic up makes a new pair after an idle time; traffic down waits for it. */
	if (list_empty(&p->children)) {
		if (way == FLOW_UP)
			(void)client_traffic(p->c, 0);
		return false;
	}
	if (l->o.window == 0 || f->sent - f->acked < l->o.window)
		return true;
	if (l->now_us - f->moved_us < GIVE_UP_US)
		return false;
	f->acked = f->sent;
	return true;
}

/* The next client that may send, from where the last turn ended. */
static struct peer *
next_sender(struct load *l, enum flow_way way)
{
	uint32_t n = l->role_n[ROLE_GOOD];

	for (uint32_t i = 0; i < n; i++) {
		struct peer *p = l->peers[l->next_sender[way]];

		l->next_sender[way] = (l->next_sender[way] + 1) % n;
		if (may_send(p, way))
			return p;
	}
	return NULL;
}

static size_t
pick_size(const struct load_options *o)
{
	uint32_t span = o->size_max - o->size_min + 1;

	return o->size_min + (uint32_t)(drand48() * span);
}

static void
send_way(struct load *l, enum flow_way way, uint64_t passed_us)
{
	l->due_bytes[way] += l->o.mbps * (double)passed_us / 8;
	if (l->due_bytes[way] > BURST_BYTES)
		l->due_bytes[way] = BURST_BYTES;
	for (unsigned i = 0; i < TURN_MAX && l->due_bytes[way] > 0; i++) {
		struct peer *p = next_sender(l, way);
		struct flow *f;
		size_t size;

		if (p == NULL)
			return;
		f = &p->flow[way];
		size = pick_size(&l->o);
		if (f->sent == f->acked)
			f->moved_us = l->now_us;
		if (!emit(p, way, TEST_DATA, way, f->sent + 1, size))
			return;
		f->sent++;
		l->due_bytes[way] -= (double)size;
		l->traffic[way].sent++;
		l->traffic[way].sent_bytes += size;
	}
}

void
load_traffic_run(struct load *l, bool on)
{
	uint64_t passed = l->traffic_at_us ? l->now_us - l->traffic_at_us : 0;

	l->traffic_at_us = on ? l->now_us : 0;
	if (!on)
		return;
	l->traffic_us += passed;
	if (l->o.up)
		send_way(l, FLOW_UP, passed);
	if (l->o.down)
		send_way(l, FLOW_DOWN, passed);
}

/* --- in --------------------------------------------------------------------------------------- */

static bool
seen(struct flow *f, uint64_t seq)
{
	return f->seen[seq % FLOW_WINDOW / 64] >> (seq % 64) & 1;
}

static void
note(struct flow *f, uint64_t seq, bool on)
{
	uint64_t bit = 1ull << (seq % 64), *word = &f->seen[seq % FLOW_WINDOW / 64];

	*word = on ? *word | bit : *word & ~bit;
}

static void
count(struct load *l, struct flow *f, enum flow_way way, uint64_t seq, size_t size)
{
	struct traffic_stats *s = &l->traffic[way];

	if (seq <= f->top) {
		if (f->top - seq < FLOW_WINDOW && seen(f, seq)) {
			s->duplicated++;
			return;
		}
		s->reordered++;
	} else {
		if (seq - f->top >= FLOW_WINDOW)
			memset(f->seen, 0, sizeof(f->seen));
		else
			for (uint64_t i = f->top + 1; i < seq; i++)
				note(f, i, false);
		f->top = seq;
	}
	note(f, seq, true);
	f->got++;
	s->got++;
	s->got_bytes += size;
	l->arrived_us = l->now_us;
}

/* The test data after valid headers, or NULL. */
static const struct test *
read_heads(const uint8_t *p, size_t len, size_t *test_len)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)p;
	const struct rte_udp_hdr *udp = (const struct rte_udp_hdr *)(ip + 1);
	size_t total;

	if (len < HEADS + sizeof(struct test) || ip->version_ihl != RTE_IPV4_VHL_DEF ||
		ip->next_proto_id != IPPROTO_UDP || udp->dst_port != htons(TEST_PORT))
		return NULL;
	total = ntohs(ip->total_length);
	if (total < HEADS + sizeof(struct test) || total > len)
		return NULL;
	*test_len = total - HEADS;
	return (const struct test *)(udp + 1);
}

void
load_traffic_input(struct load *l, const struct peer *at, const uint8_t *packet, size_t len)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)packet;
	enum flow_way moved = at != NULL ? FLOW_DOWN : FLOW_UP;
	size_t test_len;
	const struct test *t = read_heads(packet, len, &test_len);
	struct peer *p;

	if (t == NULL)
		return; /* not a test packet: a broadcast of the LAN, for example */
	if (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)) {
		l->traffic[moved].fragments++;
		return;
	}
	if (t->magic != TEST_MAGIC || t->crc != crc_of(t, test_len) || t->way >= FLOW_N ||
		t->peer >= l->n_peers || cksum(ip, sizeof(*ip)) != 0) {
		l->traffic[moved].corrupt++;
		return;
	}
	p = l->peers[t->peer];
	/* It must arrive at the right client, or from its lease: other sources must not pass. */
	if (at != NULL ? at != p || ip->dst_addr != p->lease : ip->src_addr != p->lease) {
		l->traffic[moved].foreign++;
		return;
	}
	if (t->kind == TEST_ACK) {
		struct flow *f = &p->flow[t->way];

		if (t->seq > f->acked && t->seq <= f->sent) {
			f->acked = t->seq;
			f->moved_us = l->now_us;
		}
		return;
	}
	if (t->way != moved) {
		l->traffic[moved].foreign++;
		return;
	}
	count(l, &p->flow[moved], moved, t->seq, test_len + HEADS);
	if (l->o.window > 0)
		emit(p, moved == FLOW_UP ? FLOW_DOWN : FLOW_UP, TEST_ACK, moved, t->seq, ACK_SIZE);
}

uint32_t
load_traffic_whole(const struct load *l, enum flow_way way)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < l->role_n[ROLE_GOOD]; i++) {
		const struct flow *f = &l->peers[i]->flow[way];

		n += f->sent > 0 && f->sent == f->got;
	}
	return n;
}

uint64_t
load_traffic_missing(const struct load *l, enum flow_way way)
{
	return l->traffic[way].sent - l->traffic[way].got;
}
