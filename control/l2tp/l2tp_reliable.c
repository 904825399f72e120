/* SPDX-License-Identifier: BSD-3-Clause */
#include "l2tp_reliable.h"

#include <stdlib.h>

#include "wire/l2tp.h"

struct out {
	struct list node;
	uint16_t ns;
	size_t len;
	uint8_t bytes[L2TP_OUT_MAX];
};

enum {
	OFFSET_NR = 10, /* in the header; each transmission updates it */
};

/* Whether a is before b, modulo 65536. */
static bool
before(uint16_t a, uint16_t b)
{
	return (uint16_t)(a - b) >= 0x8000;
}

static void
put_header(struct wr *w, uint16_t tid, uint16_t sid, uint16_t ns, uint16_t nr, size_t avps)
{
	wr_u16(w, L2TP_FLAG_T | L2TP_FLAG_L | L2TP_FLAG_S | L2TP_VERSION);
	wr_u16(w, (uint16_t)(L2TP_CONTROL_HEADER + avps));
	wr_u16(w, tid);
	wr_u16(w, sid);
	wr_u16(w, ns);
	wr_u16(w, nr);
}

void
l2tp_reliable_zlb(void (*send)(void *arg, const uint8_t *msg, size_t len), void *arg, uint16_t tid,
	uint16_t ns, uint16_t nr)
{
	uint8_t buf[L2TP_CONTROL_HEADER];
	struct wr w = wr_init(buf, sizeof(buf));

	put_header(&w, tid, 0, ns, nr, 0);
	send(arg, buf, wr_len(&w));
}

void
l2tp_reliable_ack(struct l2tp_reliable *r)
{
	if (!r->owe_ack)
		return;
	r->owe_ack = false;
	l2tp_reliable_zlb(r->send, r->arg, r->peer_tid, r->top, r->nr);
}

bool
l2tp_reliable_idle(const struct l2tp_reliable *r)
{
	return list_empty(&r->queue);
}

static struct out *
nth(struct l2tp_reliable *r, unsigned n)
{
	struct list *it = r->queue.next;

	while (n-- > 0)
		it = it->next;
	return container_of(it, struct out, node);
}

static uint64_t
wait_ms(const struct l2tp_reliable *r)
{
	uint64_t ms = (uint64_t)L2TP_RETRANSMIT_MS << (r->tries < 16 ? r->tries : 16);

	return ms < L2TP_RETRANSMIT_MAX_MS ? ms : L2TP_RETRANSMIT_MAX_MS;
}

/* Sends what the windows allow. */
static void
push(struct l2tp_reliable *r)
{
	uint16_t room = r->cwnd < r->peer_window ? r->cwnd : r->peer_window;

	while (r->in_flight < r->queued && r->in_flight < room) {
		struct out *o = nth(r, r->in_flight++);
		struct wr w = wr_init(o->bytes, sizeof(o->bytes));

		wr_room(&w, o->len);
		wr_put16(&w, OFFSET_NR, r->nr);
		if (!before(o->ns, r->top))
			r->top = (uint16_t)(o->ns + 1);
		r->owe_ack = false;
		r->send(r->arg, o->bytes, o->len);
	}
	if (r->in_flight > 0 && !timer_armed(&r->retransmit))
		timer_arm(&r->retransmit, wait_ms(r));
}

/* The oldest message was not acknowledged in time: retransmits only that one, and waits longer. */
static void
on_retransmit_due(struct timer *t)
{
	struct l2tp_reliable *r = container_of(t, struct l2tp_reliable, retransmit);

	if (r->tries < r->retransmits) {
		r->tries++;
	} else if (r->retransmit.timers->now_ms - r->heard_ms >= L2TP_SILENCE_MS) {
		r->dead(r->arg);
		return;
	}
	r->ssthresh = r->cwnd > 3 ? r->cwnd / 2 : 2;
	r->cwnd = 1;
	r->credit = 0;
	r->in_flight = 0;
	push(r);
}

/* Slow start doubles the window in each round trip, congestion avoidance adds one. */
static void
grow(struct l2tp_reliable *r)
{
	if (r->cwnd >= r->peer_window)
		return;
	if (r->cwnd >= r->ssthresh && ++r->credit < r->cwnd)
		return;
	r->credit = 0;
	r->cwnd++;
}

static void
take_nr(struct l2tp_reliable *r, uint16_t nr)
{
	bool any = false;

	/* It must not acknowledge what was never sent. */
	if (before(r->top, nr))
		return;
	LIST_FOREACH_SAFE (it, &r->queue) {
		struct out *o = container_of(it, struct out, node);

		if (!before(o->ns, nr))
			break;
		list_del(&o->node);
		free(o);
		r->queued--;
		if (r->in_flight > 0)
			r->in_flight--;
		grow(r);
		any = true;
	}
	if (!any)
		return;
	r->tries = 0;
	timer_stop(&r->retransmit);
	push(r);
}

static enum l2tp_rel_in
hold(struct l2tp_reliable *r, const struct l2tp_header *h, uint16_t ahead)
{
	struct rd body = h->body;
	size_t len = rd_left(&body);
	struct l2tp_held **slot = &r->held[h->ns % L2TP_HOLD_MAX];

	if (ahead >= r->our_window || ahead >= L2TP_HOLD_MAX)
		return L2TP_REL_OUTSIDE;
	if (*slot != NULL)
		return L2TP_REL_HELD;
	/* Without memory for it, the peer retransmits it. */
	*slot = malloc(sizeof(**slot) + len);
	if (*slot == NULL)
		return L2TP_REL_OUTSIDE;
	(*slot)->ns = h->ns;
	(*slot)->sid = h->sid;
	(*slot)->len = len;
	memcpy((*slot)->bytes, rd_bytes(&body, len), len);
	return L2TP_REL_HELD;
}

void
l2tp_reliable_heard(struct l2tp_reliable *r)
{
	r->heard_ms = r->retransmit.timers->now_ms;
}

enum l2tp_rel_in
l2tp_reliable_in(struct l2tp_reliable *r, const struct l2tp_header *h)
{
	uint16_t ahead = (uint16_t)(h->ns - r->nr);

	take_nr(r, h->nr);
	/* A ZLB does not use up its Ns. */
	if (!rd_more(&h->body))
		return L2TP_REL_ZLB;
	if (ahead >= 0x8000) {
		r->owe_ack = true;
		return L2TP_REL_DUPLICATE;
	}
	if (ahead > 0)
		return hold(r, h, ahead);
	r->nr++;
	r->owe_ack = true;
	return L2TP_REL_NEW;
}

struct l2tp_held *
l2tp_reliable_unhold(struct l2tp_reliable *r)
{
	struct l2tp_held **slot = &r->held[r->nr % L2TP_HOLD_MAX];
	struct l2tp_held *held = *slot;

	if (held == NULL || held->ns != r->nr)
		return NULL;
	*slot = NULL;
	r->nr++;
	r->owe_ack = true;
	return held;
}

bool
l2tp_reliable_send(struct l2tp_reliable *r, uint16_t sid, const struct wr *avps, bool last)
{
	size_t len = wr_len(avps);
	struct wr w;
	struct out *o;

	if (avps->bad || r->queued >= L2TP_QUEUE_MAX - (last ? 0 : L2TP_QUEUE_RESERVE))
		return false;
	o = malloc(sizeof(*o));
	if (o == NULL)
		return false;
	w = wr_init(o->bytes, sizeof(o->bytes));
	put_header(&w, r->peer_tid, sid, r->ns, r->nr, len);
	wr_bytes(&w, avps->start, len);
	if (w.bad) {
		free(o);
		return false;
	}
	o->ns = r->ns++;
	o->len = wr_len(&w);
	list_add_tail(&r->queue, &o->node);
	r->queued++;
	push(r);
	return true;
}

void
l2tp_reliable_window(struct l2tp_reliable *r, uint16_t peer_window)
{
	r->peer_window = peer_window > 0 ? peer_window : 1;
	r->ssthresh = r->peer_window;
}

void
l2tp_reliable_init(struct l2tp_reliable *r, struct timers *timers,
	void (*send)(void *arg, const uint8_t *msg, size_t len), void (*dead)(void *arg), void *arg)
{
	*r = (struct l2tp_reliable){
		.send = send, .dead = dead, .arg = arg, .retransmits = L2TP_RETRANSMITS};
	list_init(&r->queue);
	timer_init(&r->retransmit, timers, on_retransmit_due);
}

void
l2tp_reliable_reset(struct l2tp_reliable *r, uint16_t peer_tid, uint16_t our_window)
{
	LIST_FOREACH_SAFE (it, &r->queue) {
		list_del(it);
		free(container_of(it, struct out, node));
	}
	for (unsigned i = 0; i < L2TP_HOLD_MAX; i++) {
		free(r->held[i]);
		r->held[i] = NULL;
	}
	timer_stop(&r->retransmit);
	r->peer_tid = peer_tid;
	r->our_window = our_window;
	r->ns = r->nr = r->top = 0;
	r->in_flight = r->queued = 0;
	r->cwnd = 1;
	r->credit = 0;
	r->tries = 0;
	r->heard_ms = 0;
	r->owe_ack = false;
	l2tp_reliable_window(r, L2TP_WINDOW_DEFAULT);
}
