/* SPDX-License-Identifier: BSD-3-Clause */
#include "track.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <rte_common.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include "icmp_type.h"

#define PORTS_LEN   4
#define ICMP_LEN    8
#define ICMP_QUOTED 8 /* bytes after the IPv4 header that every error quotes (RFC 792) */
#define SCAN        64 /* flows that are looked at to make room */

/* --- packets ---------------------------------------------------------------------------------- */

static inline rte_be16_t
get_be16(const uint8_t *p)
{
	rte_be16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Returns the index of the end that is the source. */
static inline uint8_t
set_key(struct track_key *key, const struct rte_ipv4_hdr *ip, rte_be16_t src_port,
	rte_be16_t dst_port, uint8_t in, uint8_t out)
{
	bool swap = ip->src_addr > ip->dst_addr ||
		    (ip->src_addr == ip->dst_addr && src_port > dst_port);

	key->addr[swap] = ip->src_addr;
	key->addr[!swap] = ip->dst_addr;
	key->port[swap] = src_port;
	key->port[!swap] = dst_port;
	key->zone[swap] = in;
	key->zone[!swap] = out;
	key->protocol = ip->next_proto_id;
	key->zero = 0;
	return swap;
}

/* Reads the ports of a packet, 0 without ports; false when they are cut off. */
static inline bool
read_ports(const struct rte_ipv4_hdr *ip, const uint8_t *l4, size_t len, rte_be16_t *src,
	rte_be16_t *dst)
{
	*src = *dst = 0;
	switch (ip->next_proto_id) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
	case IPPROTO_UDPLITE:
		if (len < PORTS_LEN)
			return false;
		*src = get_be16(l4);
		*dst = get_be16(l4 + 2);
		return true;
	case IPPROTO_ICMP:
		if (len < ICMP_LEN)
			return false;
		*src = *dst = get_be16(l4 + 4);
		return true;
	default:
		return true;
	}
}

/* The quoted packet went the other way, to where the error comes from. */
static bool
read_quoted(const struct rte_ipv4_hdr *outer, const uint8_t *quote, size_t len, uint8_t in,
	uint8_t out, struct track_packet *to)
{
	struct rte_ipv4_hdr ip;
	rte_be16_t src, dst;
	size_t head;

	if (len < sizeof(ip))
		return false;
	memcpy(&ip, quote, sizeof(ip));
	head = (size_t)(ip.version_ihl & RTE_IPV4_HDR_IHL_MASK) * RTE_IPV4_IHL_MULTIPLIER;
	if (ip.version_ihl >> 4 != IPVERSION || head < sizeof(ip) || len < head + ICMP_QUOTED ||
		(ip.fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK)) != 0 ||
		ip.src_addr != outer->dst_addr)
		return false;
	/* No errors are sent about errors (RFC 1122, 3.2.2). */
	if (ip.next_proto_id == IPPROTO_ICMP && icmp_type_is_error(quote[head]))
		return false;
	if (!read_ports(&ip, quote + head, len - head, &src, &dst))
		return false;
	set_key(&to->key, &ip, src, dst, out, in);
	to->error = true;
	to->from = 0;
	return true;
}

bool
track_read(const void *packet, size_t len, uint8_t in, uint8_t out, struct track_packet *to)
{
	const struct rte_ipv4_hdr *ip = packet;
	const uint8_t *l4 = (const uint8_t *)packet + sizeof(*ip);

	len -= sizeof(*ip);
	to->error = false;
	to->tcp_flags = to->icmp_type = 0;
	if (unlikely(!read_ports(ip, l4, len, &to->src_port, &to->dst_port)))
		return false;
	if (ip->next_proto_id == IPPROTO_TCP) {
		if (unlikely(len < sizeof(struct rte_tcp_hdr)))
			return false;
		to->tcp_flags = l4[offsetof(struct rte_tcp_hdr, tcp_flags)];
	} else if (ip->next_proto_id == IPPROTO_ICMP) {
		to->icmp_type = l4[0];
		if (icmp_type_is_error(to->icmp_type))
			return read_quoted(ip, l4 + ICMP_LEN, len - ICMP_LEN, in, out, to);
	}
	to->from = set_key(&to->key, ip, to->src_port, to->dst_port, in, out);
	return true;
}

/* --- the table -------------------------------------------------------------------------------- */

struct track *
track_new(uint32_t size, const uint64_t secret[2])
{
	struct track *t = calloc(1, sizeof(*t));
	uint32_t heads = rte_align32pow2(size);

	if (t == NULL)
		return NULL;
	t->size = size;
	t->mask = heads - 1;
	/* Pages that are never needed are never touched. */
	t->head = calloc(heads, sizeof(*t->head));
	t->flow = aligned_alloc(RTE_CACHE_LINE_SIZE,
		RTE_ALIGN_CEIL(((size_t)size + 1) * sizeof(*t->flow), RTE_CACHE_LINE_SIZE));
	if (t->head == NULL || t->flow == NULL) {
		track_free(t);
		return NULL;
	}
	t->secret[0] = secret[0];
	t->secret[1] = secret[1];
	t->fresh = 1;
	return t;
}

void
track_free(struct track *t)
{
	if (t == NULL)
		return;
	free(t->head);
	free(t->flow);
	free(t);
}

void
track_clear(struct track *t)
{
	memset(t->head, 0, ((size_t)t->mask + 1) * sizeof(*t->head));
	t->fresh = 1;
	t->free = t->hand = 0;
	t->used = 0;
}

static inline bool
is_over(const struct track *t, const struct track_flow *f, uint32_t now_s)
{
	return now_s - f->last_s > t->timeout_s[f->state];
}

/* Unlinks a flow and puts it into the list of free ones, where its state is TRACK_STATES. */
static void
release(struct track *t, uint32_t i)
{
	struct track_flow *f = &t->flow[i];
	uint32_t *at = &t->head[f->hash & t->mask];

	while (*at != i)
		at = &t->flow[*at].next;
	*at = f->next;
	f->state = TRACK_STATES;
	f->next = t->free;
	t->free = i;
	t->used--;
}

static inline struct track_flow *
walk(struct track *t, const struct track_key *key, uint32_t hash)
{
	for (uint32_t i = t->head[hash & t->mask]; i != 0; i = t->flow[i].next) {
		struct track_flow *f = &t->flow[i];

		if (likely(memcmp(&f->key, key, sizeof(*key)) == 0))
			return f;
	}
	return NULL;
}

struct track_flow *
track_find(struct track *t, const struct track_key *key, uint32_t hash, uint32_t now_s)
{
	struct track_flow *f = walk(t, key, hash);

	return f != NULL && likely(!is_over(t, f, now_s)) ? f : NULL;
}

/* Frees a flow of a full table: one that has timed out, else the oldest of some unanswered ones. */
static bool
make_room(struct track *t, uint32_t now_s)
{
	uint32_t oldest = 0;

	for (uint32_t n = 0; n < RTE_MIN((uint32_t)SCAN, t->size); n++) {
		struct track_flow *f;

		t->hand = t->hand == t->size ? 1 : t->hand + 1;
		f = &t->flow[t->hand];
		if (is_over(t, f, now_s)) {
			release(t, t->hand);
			return true;
		}
		if (f->state != TRACK_ONE_WAY && f->state != TRACK_TCP_OPENING)
			continue;
		if (oldest == 0 || now_s - f->last_s > now_s - t->flow[oldest].last_s)
			oldest = t->hand;
	}
	if (oldest == 0)
		return false;
	release(t, oldest);
	t->evicted++;
	return true;
}

/* The index of a free flow, or 0. */
static uint32_t
take(struct track *t, uint32_t now_s)
{
	uint32_t i = t->free;

	if (i == 0 && t->fresh <= t->size)
		return t->fresh++;
	if (i == 0 && make_room(t, now_s))
		i = t->free;
	if (i != 0)
		t->free = t->flow[i].next;
	return i;
}

static uint8_t
first_state(const struct track_packet *p)
{
	if (p->key.protocol != IPPROTO_TCP)
		return TRACK_ONE_WAY;
	/*
	 * A connection that existed before a restart continues: it is established when both ends
	 * have sent.
	 */
	return TRACK_TCP_OPENING;
}

struct track_flow *
track_add(struct track *t, const struct track_packet *p, uint32_t hash, uint32_t now_s)
{
	struct track_flow *f = walk(t, &p->key, hash);
	uint32_t i;

	if (f != NULL && !is_over(t, f, now_s))
		return f;
	if (f == NULL) {
		i = take(t, now_s);
		if (i == 0) {
			t->full++;
			return NULL;
		}
		f = &t->flow[i];
		f->next = t->head[hash & t->mask];
		t->head[hash & t->mask] = i;
		t->used++;
	}
	f->key = p->key;
	f->hash = hash;
	f->last_s = now_s;
	f->state = first_state(p);
	f->seen = p->from ? TRACK_OPENER : 0;
	return f;
}

static void
touch_tcp(struct track_flow *f, const struct track_packet *p)
{
	uint8_t flags = p->tcp_flags;
	bool answer = p->from != (f->seen & TRACK_OPENER);

	if (unlikely(flags & RTE_TCP_RST_FLAG)) {
		f->state = TRACK_TCP_CLOSED;
		return;
	}
	/* The ports are reused for a new connection. */
	if (unlikely((flags & (RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG)) == RTE_TCP_SYN_FLAG &&
		     f->state >= TRACK_TCP_CLOSING)) {
		f->state = TRACK_TCP_OPENING;
		f->seen = p->from ? TRACK_OPENER : 0;
		return;
	}
	if (unlikely(flags & RTE_TCP_FIN_FLAG)) {
		f->seen |= (uint8_t)TRACK_FIN(p->from);
		f->state = (f->seen & TRACK_FIN(0)) && (f->seen & TRACK_FIN(1)) ? TRACK_TCP_CLOSED
										: TRACK_TCP_CLOSING;
	} else if (unlikely(f->state == TRACK_TCP_OPENING)) {
		if (answer)
			f->seen |= TRACK_ANSWERED;
		else if ((f->seen & TRACK_ANSWERED) && (flags & RTE_TCP_ACK_FLAG))
			f->state = TRACK_TCP_OPEN;
	}
}

void
track_touch(struct track_flow *f, const struct track_packet *p, uint32_t now_s)
{
	if (f->last_s != now_s)
		f->last_s = now_s;
	if (p->key.protocol == IPPROTO_TCP)
		touch_tcp(f, p);
	else if (unlikely(f->state == TRACK_ONE_WAY) && p->from != (f->seen & TRACK_OPENER))
		f->state = TRACK_BOTH_WAYS;
}

void
track_age(struct track *t, uint32_t now_s, uint32_t n)
{
	for (; n > 0; n--) {
		t->hand = t->hand + 1 >= t->fresh ? 1 : t->hand + 1;
		if (t->hand >= t->fresh)
			return;
		if (t->flow[t->hand].state != TRACK_STATES && is_over(t, &t->flow[t->hand], now_s))
			release(t, t->hand);
	}
}
