/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Idle timeouts. Each kind of session has a queue. A packet only writes its second into the
 * session. When a session that was used reaches the front of its queue, it moves to the end, so the
 * front is the session that is idle longest, give or take an eighth of its timeout.
 */
#include "nat.h"
#include "nat_tcp.h"

#define PORT_LOOKS   256 /* sessions of each queue that are looked at to free a port */
#define AGE_BATCH    64 /* sessions of a queue that one call looks at */
#define REQUEUE_PART 8 /* a session is looked at again after this part of its timeout */

static enum nat_queue
queue_of(const struct nat_session *s)
{
	if (s->flags & NAT_FROM_OUTSIDE && !(s->flags & NAT_ANSWERED))
		return NAT_QUEUE_HALF;
	if (s->key.proto == NAT_UDP)
		return NAT_QUEUE_UDP;
	if (s->key.proto == NAT_ICMP)
		return NAT_QUEUE_ICMP;
	return nat_tcp_established(s->tcp) ? NAT_QUEUE_TCP : NAT_QUEUE_TCP_TRANSITORY;
}

/* Appends the session to a queue. */
static void
append(struct worker *w, struct nat_session *s, enum nat_queue queue)
{
	struct nat *n = w->nat;
	struct nat_list *q = &n->queue[queue];
	uint32_t number = (uint32_t)(s - n->session);

	s->queue = (uint8_t)queue;
	s->queued_s = (uint32_t)w->now_s;
	s->next = 0;
	s->prev = q->tail;
	if (q->tail != 0)
		n->session[q->tail].next = number;
	else
		q->head = number;
	q->tail = number;
	n->n_half += queue == NAT_QUEUE_HALF;
}

void
nat_dequeue(struct nat *n, struct nat_session *s)
{
	struct nat_list *q = &n->queue[s->queue];

	if (s->next != 0)
		n->session[s->next].prev = s->prev;
	else
		q->tail = s->prev;
	if (s->prev != 0)
		n->session[s->prev].next = s->next;
	else
		q->head = s->next;
	n->n_half -= s->queue == NAT_QUEUE_HALF;
}

void
nat_enqueue(struct worker *w, struct nat_session *s)
{
	enum nat_queue queue = queue_of(s);
	struct nat *n = w->nat;

	if (s->queue == queue)
		return;
	if (s->queue != NAT_QUEUE_NONE)
		nat_dequeue(n, s);
	/* A flood from outside takes its own places again, not those of inside hosts. */
	if (queue == NAT_QUEUE_HALF && n->n_half >= n->half_max) {
		nat_close(n, &n->session[n->queue[queue].head]);
		n->stats.evicted++;
	}
	append(w, s, queue);
}

/*
 * The first session of the queue that was not used since it was queued; used ones move to the end.
 * After `looks` sessions, the longest idle of these. NULL when the queue is empty.
 */
static struct nat_session *
front(struct worker *w, enum nat_queue queue, unsigned looks)
{
	struct nat *n = w->nat;
	struct nat_list *q = &n->queue[queue];
	struct nat_session *idle = NULL;

	while (q->head != 0 && looks-- > 0) {
		struct nat_session *s = &n->session[q->head];

		if (s->last_s <= s->queued_s)
			return s;
		if (idle == NULL || s->last_s < idle->last_s)
			idle = s;
		nat_dequeue(n, s);
		append(w, s, queue);
	}
	return idle;
}

static void
age_queue(struct worker *w, enum nat_queue queue)
{
	struct nat *n = w->nat;
	uint32_t now = (uint32_t)w->now_s, time = n->shared->config.timeout[queue];

	for (unsigned i = 0; i < AGE_BATCH && n->queue[queue].head != 0; i++) {
		struct nat_session *s = &n->session[n->queue[queue].head];

		if (s->next != 0)
			rte_prefetch0(&n->session[s->next]);
		if (now - s->last_s >= time) {
			nat_close(n, s);
			n->stats.expired++;
		} else if (s->last_s > s->queued_s && now - s->queued_s >= time / REQUEUE_PART) {
			nat_dequeue(n, s);
			append(w, s, queue);
		} else {
			return;
		}
	}
}

/* The WAN port's address may change: sessions with the old one are dead. */
static void
follow_address(struct worker *w)
{
	struct nat *n = w->nat;
	rte_be32_t addr = w->net[DP_WAN].addr;

	if (likely(n->wan == addr))
		return;
	n->wan = addr;
	atomic_store_explicit(&n->shared->addr[0], addr, memory_order_relaxed);
	for (uint32_t i = 1; i <= n->n_touched; i++) {
		struct nat_session *s = &n->session[i];

		if (s->queue != NAT_QUEUE_NONE && s->ext == 0 && s->ext_addr != addr)
			nat_close(n, s);
	}
}

void
nat_age(struct worker *w)
{
	follow_address(w);
	for (enum nat_queue q = NAT_QUEUE_NONE + 1; q < NAT_QUEUE_N; q++)
		age_queue(w, q);
}

static const struct {
	enum nat_queue queue;
	int proto;
} evictable[] = {
	{NAT_QUEUE_HALF, -1},
	{NAT_QUEUE_UDP, NAT_UDP},
	{NAT_QUEUE_ICMP, NAT_ICMP},
	{NAT_QUEUE_TCP_TRANSITORY, NAT_TCP},
	{NAT_QUEUE_TCP, NAT_TCP},
};

bool
nat_evict(struct worker *w)
{
	struct nat_session *oldest = NULL;

	for (unsigned i = 0; i < RTE_DIM(evictable); i++) {
		struct nat_session *s = front(w, evictable[i].queue, AGE_BATCH);

		if (s != NULL && (oldest == NULL || s->last_s < oldest->last_s))
			oldest = s;
	}
	if (oldest == NULL)
		return false;
	nat_close(w->nat, oldest);
	return true;
}

bool
nat_evict_port(struct worker *w, enum nat_proto proto, unsigned rule)
{
	const struct nat_shared *shared = w->nat->shared;
	struct nat_session *oldest = NULL;
	struct nat *n = w->nat;

	for (unsigned i = 0; i < RTE_DIM(evictable); i++) {
		uint32_t at = n->queue[evictable[i].queue].head;

		if (evictable[i].proto != (int)proto)
			continue;
		for (unsigned looks = 0; at != 0 && looks < PORT_LOOKS; looks++) {
			struct nat_session *s = &n->session[at];

			at = s->next;
			if (s->ext - shared->pool[rule] < shared->pool_n[rule] &&
				!(s->flags & NAT_FORWARDED) &&
				(oldest == NULL || s->last_s < oldest->last_s))
				oldest = s;
		}
	}
	if (oldest == NULL)
		return false;
	nat_close(n, oldest);
	return true;
}
