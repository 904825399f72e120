/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The LNS against a small LAC with another implementation of reliable delivery (go-back-N, no
 * hold), over a network that loses, duplicates and reorders. With any schedule, they end
 * established, or down at both ends.
 */
#include "rig.h"

enum {
	SCHEDULES = 3000,
	FLIGHT_MAX = 256,
	LAC_QUEUE = 8,
	LAC_RETRIES = 6,
	LAC_TID = 300,
	LAC_SID = 400,
	STEPS_MAX = 20000, /* of 10 ms */
};

struct packet {
	uint64_t at_ms;
	bool to_lns;
	size_t len;
	uint8_t bytes[L2TP_OUT_MAX];
};

struct lac {
	uint16_t lns_tid, lns_sid;
	uint16_t ns, nr, una; /* of the next message; expected; oldest unacknowledged */
	unsigned head, tail; /* queue[una ..] */
	struct pen queue[LAC_QUEUE];
	unsigned retries;
	uint64_t resend_ms;
	bool dead, stopped; /* gave up; saw or sent StopCCN */
	bool connected; /* sent ICCN */
	uint16_t got[32];
	unsigned n_got;
};

struct net {
	struct rig *r;
	struct lac lac;
	uint64_t seed;
	unsigned loss, dup, delay; /* per cent, per cent, ms */
	unsigned n;
	struct packet flight[FLIGHT_MAX];
};

static unsigned
chance(struct net *net, unsigned bound)
{
	net->seed = net->seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(net->seed >> 33) % bound;
}

static void
put_packet(struct net *net, bool to_lns, const uint8_t *msg, size_t len)
{
	unsigned copies = chance(net, 100) < net->dup ? 2 : 1;

	for (unsigned i = 0; i < copies; i++) {
		struct packet *p = &net->flight[net->n];

		if (chance(net, 100) < net->loss)
			continue;
		assert_true(net->n < FLIGHT_MAX);
		net->n++;
		p->at_ms = net->r->timers.now_ms + 10 + chance(net, net->delay + 1);
		p->to_lns = to_lns;
		p->len = len;
		memcpy(p->bytes, msg, len);
	}
}

static void
on_lns_sent(struct rig *r, const uint8_t *msg, size_t len)
{
	put_packet(r->net, false, msg, len);
}

static void
lac_transmit(struct net *net)
{
	struct lac *a = &net->lac;

	for (unsigned i = a->head; i < a->tail; i++) {
		struct pen *p = &a->queue[i];

		wr_put16(&p->w, 10, a->nr);
		if (a->lns_tid != 0 && p->buf[19] != L2TP_SCCRQ)
			wr_put16(&p->w, 4, a->lns_tid);
		put_packet(net, true, p->buf, wr_len(&p->w));
	}
	a->resend_ms = net->r->timers.now_ms + 1000;
}

static struct pen *
lac_start(struct net *net, uint16_t sid, unsigned type)
{
	struct lac *a = &net->lac;
	struct pen *p = &a->queue[a->tail++];

	assert_true(a->tail <= LAC_QUEUE);
	pen_start(p, a->lns_tid, sid, a->ns++, a->nr, type);
	return p;
}

static void
lac_sccrq(struct net *net)
{
	struct pen *p = lac_start(net, 0, L2TP_SCCRQ);

	l2tp_put_string(&p->w, L2TP_AVP_HOST_NAME, "lac");
	l2tp_put_u16(&p->w, L2TP_AVP_TUNNEL_ID, LAC_TID);
	pen_end(p);
	lac_transmit(net);
}

static void
lac_stop(struct net *net)
{
	struct pen *p = lac_start(net, net->lac.lns_sid, L2TP_CDN);

	l2tp_put_result(&p->w, 3, 0, "");
	pen_end(p);
	p = lac_start(net, 0, L2TP_STOPCCN);
	l2tp_put_u16(&p->w, L2TP_AVP_TUNNEL_ID, LAC_TID);
	l2tp_put_result(&p->w, 1, 0, "");
	pen_end(p);
	net->lac.stopped = true;
	lac_transmit(net);
}

static void
lac_message(struct net *net, const struct l2tp_msg *m)
{
	struct lac *a = &net->lac;
	struct pen *p;

	a->got[a->n_got++] = m->type;
	switch (m->type) {
	case L2TP_SCCRP:
		a->lns_tid = m->tid;
		p = lac_start(net, 0, L2TP_SCCCN);
		pen_end(p);
		p = lac_start(net, 0, L2TP_ICRQ);
		l2tp_put_u16(&p->w, L2TP_AVP_SESSION_ID, LAC_SID);
		pen_end(p);
		break;
	case L2TP_ICRP:
		a->lns_sid = m->sid;
		p = lac_start(net, a->lns_sid, L2TP_ICCN);
		pen_end(p);
		a->connected = true;
		break;
	case L2TP_STOPCCN:
		a->stopped = true;
		break;
	default:
		break;
	}
	lac_transmit(net);
}

static void
lac_ack(struct net *net)
{
	struct pen p;

	pen_zlb(&p, net->lac.lns_tid, net->lac.ns, net->lac.nr);
	put_packet(net, true, p.buf, 12);
}

static void
lac_input(struct net *net, const uint8_t *msg, size_t len)
{
	struct lac *a = &net->lac;
	struct l2tp_header h;
	struct l2tp_msg m;

	assert_true(l2tp_header_read(&h, msg, len));
	assert_int_equal(h.tid, LAC_TID);
	/* The LNS never acknowledges a message that was not sent. */
	assert_true(
		(uint16_t)(h.nr - a->una) <= a->tail - a->head || (uint16_t)(a->una - h.nr) < 100);
	while (a->head < a->tail && (uint16_t)(h.nr - a->una - 1) < 0x8000) {
		a->head++;
		a->una++;
		a->retries = 0;
		a->resend_ms = net->r->timers.now_ms + 1000;
	}
	if (a->head == a->tail)
		a->head = a->tail = 0;
	if (!rd_more(&h.body))
		return;
	if (h.ns == a->nr) {
		a->nr++;
		l2tp_msg_read(&m, h.body, "lac");
		assert_int_equal(m.fault.result, 0);
		lac_message(net, &m);
	}
	if ((uint16_t)(a->nr - h.ns - 1) < 0x8000 && a->lns_tid != 0)
		lac_ack(net);
}

static void
net_step(struct net *net)
{
	struct rig *r = net->r;
	struct lac *a = &net->lac;

	timers_run(&r->timers, r->timers.now_ms + TIMER_TICK_MS);
	for (unsigned i = 0; i < net->n;) {
		struct packet p = net->flight[i];

		if (p.at_ms > r->timers.now_ms) {
			i++;
			continue;
		}
		net->flight[i] = net->flight[--net->n];
		if (p.to_lns)
			rig_input(r, p.bytes, p.len);
		else if (!a->dead)
			lac_input(net, p.bytes, p.len);
	}
	if (a->head == a->tail || a->dead || r->timers.now_ms < a->resend_ms)
		return;
	if (a->retries++ == LAC_RETRIES)
		a->dead = true;
	else
		lac_transmit(net);
}

/* Runs until the LNS has no tunnel and nothing is in flight. */
static void
run_down(struct net *net)
{
	for (unsigned i = 0; i < STEPS_MAX; i++) {
		net_step(net);
		if (net->r->l->tunnel.state == L2TP_TUNNEL_IDLE && net->n == 0 &&
			(net->lac.dead || net->lac.head == net->lac.tail))
			return;
	}
	fail_msg("no end: tunnel %s", l2tp_tunnel_state_name(net->r->l->tunnel.state));
}

/* True if both came up. */
static bool
run_up(struct net *net)
{
	lac_sccrq(net);
	for (unsigned i = 0; i < STEPS_MAX; i++) {
		net_step(net);
		if (net->r->ups == 1 && net->lac.connected && net->lac.head == net->lac.tail &&
			l2tp_reliable_idle(&net->r->l->rel))
			return true;
		if (net->lac.dead || net->lac.stopped || net->r->tunnel_downs > 0)
			return false;
	}
	fail_msg("neither up nor down");
	return false;
}

static void
check_up(struct net *net)
{
	const struct l2tp_ids *ids = &net->r->ids;

	assert_int_equal(ids->our_tid, net->lac.lns_tid);
	assert_int_equal(ids->our_sid, net->lac.lns_sid);
	assert_int_equal(ids->peer_tid, LAC_TID);
	assert_int_equal(ids->peer_sid, LAC_SID);
	assert_int_equal(net->lac.n_got, 2);
	assert_int_equal(net->lac.got[0], L2TP_SCCRP);
	assert_int_equal(net->lac.got[1], L2TP_ICRP);
	rig_assert_state(net->r, "established", "established");
}

static bool
schedule(unsigned number, unsigned loss)
{
	struct net *net = calloc(1, sizeof(*net));
	struct rig *r = rig_new(20);
	bool up;

	assert_non_null(net);
	net->r = r;
	net->seed = number * 2654435761u + loss;
	net->loss = loss;
	net->dup = number % 30;
	net->delay = number % 4 == 0 ? 0 : number % 4 * 500;
	r->on_sent = on_lns_sent;
	r->net = net;
	up = run_up(net);
	if (up) {
		check_up(net);
		for (unsigned i = 0; i < 6000 && r->tunnel_downs == 0; i++)
			net_step(net); /* a minute with HELLO */
		if (r->tunnel_downs == 0 && number % 2 == 0)
			assert_true(l2tp_close(r->l, L2TP_CDN_ADMIN, "the end"));
		else if (r->tunnel_downs == 0)
			lac_stop(net);
	} else {
		net->lac.dead = true;
	}
	run_down(net);
	assert_true(r->ups <= 1);
	assert_int_equal(r->downs, r->ups);
	assert_true(r->tunnel_downs <= 1);
	if (up)
		assert_int_equal(r->tunnel_downs, 1);
	rig_free(r);
	free(net);
	return up;
}

static void
test_no_loss(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SCHEDULES / 3; i++)
		assert_true(schedule(i, 0)); /* duplicated and reordered only */
}

static void
test_loss(void **state)
{
	unsigned ups = 0;

	(void)state;
	for (unsigned i = 0; i < SCHEDULES; i++)
		ups += schedule(i, 5 + i % 30);
	print_message("%u of %u schedules came up\n", ups, SCHEDULES);
	assert_true(ups > SCHEDULES * 95 / 100);
}

static void
test_heavy_loss(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SCHEDULES / 3; i++)
		schedule(i, 50 + i % 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_loss),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_heavy_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
