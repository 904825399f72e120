/* SPDX-License-Identifier: BSD-3-Clause */
/* Ns and Nr, windows, retransmission: each rule alone. lossy_test combines them. */
#include "rig.h"

/* A channel under test. Records the Ns of what it sends, with 0x10000 added for a ZLB. */
struct chan {
	struct timers timers;
	struct l2tp_reliable r;
	unsigned n, dead;
	uint32_t ns[64];
	uint16_t last_nr;
};

static void
on_chan_send(void *arg, const uint8_t *msg, size_t len)
{
	struct chan *c = arg;
	struct l2tp_header h;

	assert_true(l2tp_header_read(&h, msg, len));
	assert_int_equal(h.tid, 9);
	assert_true(c->n < 64);
	c->ns[c->n++] = h.ns + (rd_more(&h.body) ? 0 : 0x10000);
	c->last_nr = h.nr;
}

static void
on_chan_dead(void *arg)
{
	struct chan *c = arg;

	c->dead++;
	l2tp_reliable_reset(&c->r, 9, 4);
}

static struct chan *
chan_new(uint16_t our_window, uint16_t peer_window, uint16_t start)
{
	struct chan *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	timers_init(&c->timers, 5000);
	l2tp_reliable_init(&c->r, &c->timers, on_chan_send, on_chan_dead, c);
	l2tp_reliable_reset(&c->r, 9, our_window);
	l2tp_reliable_window(&c->r, peer_window);
	c->r.ns = c->r.nr = c->r.top = start;
	return c;
}

static void
chan_free(struct chan *c)
{
	l2tp_reliable_reset(&c->r, 0, 1);
	free(c);
}

static void
chan_wait(struct chan *c, uint64_t ms)
{
	for (uint64_t end = c->timers.now_ms + ms; c->timers.now_ms < end;)
		timers_run(&c->timers, c->timers.now_ms + TIMER_TICK_MS);
}

static bool
chan_send(struct chan *c, bool last)
{
	uint8_t buf[32];
	struct wr w = wr_init(buf, sizeof(buf));

	l2tp_put_type(&w, L2TP_HELLO);
	return l2tp_reliable_send(&c->r, 0, &w, last);
}

static enum l2tp_rel_in
chan_in(struct chan *c, uint16_t ns, uint16_t nr)
{
	static const uint8_t body[] = {0x80, 0x08, 0, 0, 0, 0, 0, 6};
	struct l2tp_header h = {.tid = 1, .ns = ns, .nr = nr, .body = rd_init(body, sizeof(body))};

	return l2tp_reliable_in(&c->r, &h);
}

static enum l2tp_rel_in
chan_ack(struct chan *c, uint16_t nr)
{
	struct l2tp_header h = {.tid = 1, .nr = nr};

	return l2tp_reliable_in(&c->r, &h);
}

/* Passes Ns ahead of a base, also near the wraparound, and returns the result. */
static void
test_receive_window(void **state)
{
	static const struct {
		uint16_t ahead;
		enum l2tp_rel_in in;
	} cases[] = {
		{0, L2TP_REL_NEW},
		{1, L2TP_REL_HELD},
		{3, L2TP_REL_HELD},
		{4, L2TP_REL_OUTSIDE},
		{0x7fff, L2TP_REL_OUTSIDE},
		{0x8000, L2TP_REL_DUPLICATE},
		{0xffff, L2TP_REL_DUPLICATE},
	};
	static const uint16_t bases[] = {0, 1, 0x7ffe, 0xfffe, 0xffff};

	(void)state;
	for (unsigned b = 0; b < 5; b++) {
		for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			struct chan *c = chan_new(4, 4, bases[b]);
			bool acked = cases[i].in == L2TP_REL_NEW ||
				     cases[i].in == L2TP_REL_DUPLICATE;

			assert_int_equal(
				chan_in(c, (uint16_t)(bases[b] + cases[i].ahead), bases[b]),
				cases[i].in);
			l2tp_reliable_ack(&c->r);
			assert_int_equal(c->n, acked);
			l2tp_reliable_ack(&c->r);
			assert_int_equal(c->n, acked); /* once */
			chan_free(c);
		}
	}
}

static void
test_reordered(void **state)
{
	struct chan *c = chan_new(8, 4, 0xfffe);
	static const uint16_t order[] = {0x0000, 0x0001, 0xffff, 0xffff};
	struct l2tp_held *h;
	uint16_t next = 0xffff;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(chan_in(c, order[i], 0xfffe), L2TP_REL_HELD);
	assert_null(l2tp_reliable_unhold(&c->r));
	assert_int_equal(chan_in(c, 0xfffe, 0xfffe), L2TP_REL_NEW);
	while ((h = l2tp_reliable_unhold(&c->r)) != NULL) {
		assert_int_equal(h->ns, next++);
		assert_int_equal(h->len, 8);
		free(h);
	}
	assert_int_equal(next, 2);
	l2tp_reliable_ack(&c->r);
	assert_int_equal(c->last_nr, 2);
	assert_int_equal(chan_in(c, 1, 0xfffe), L2TP_REL_DUPLICATE);
	chan_free(c);
}

/* First one in flight, then more with each acknowledgement, but never more than the window. */
static void
test_slow_start(void **state)
{
	struct chan *c = chan_new(4, 3, 0xffff);

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		assert_true(chan_send(c, false));
	assert_int_equal(c->n, 1);
	chan_ack(c, 0);
	assert_int_equal(c->n, 3); /* 0, 1 */
	chan_ack(c, 1);
	assert_int_equal(c->n, 5); /* 2, 3: window 3 */
	chan_ack(c, 4);
	assert_int_equal(c->n, 8); /* 4, 5, 6 */
	for (unsigned i = 0; i < c->n; i++)
		assert_int_equal(c->ns[i], (uint16_t)(0xffff + i));
	chan_ack(c, 4);
	chan_ack(c, 3); /* old */
	chan_ack(c, 0x7000); /* never sent */
	chan_ack(c, 9); /* queued, never sent */
	assert_int_equal(c->n, 8);
	chan_ack(c, 7);
	chan_ack(c, 9);
	assert_true(l2tp_reliable_idle(&c->r));
	assert_int_equal(c->n, 10);
	chan_wait(c, 60000);
	assert_int_equal(c->n, 10);
	assert_int_equal(c->dead, 0);
	chan_free(c);
}

static void
test_back_off(void **state)
{
	static const unsigned waits[] = {1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000};
	struct chan *c = chan_new(4, 4, 0);
	uint64_t due = c->timers.now_ms;

	(void)state;
	chan_send(c, false);
	for (unsigned i = 0; i < L2TP_RETRANSMITS; i++) {
		due += waits[i];
		chan_wait(c, due - TIMER_TICK_MS - c->timers.now_ms);
		assert_int_equal(c->n, i + 1);
		chan_wait(c, TIMER_TICK_MS);
		assert_int_equal(c->n, i + 2);
		assert_int_equal(c->ns[i + 1], 0);
	}
	assert_int_equal(c->dead, 0);
	chan_wait(c, 8100);
	assert_int_equal(c->dead, 1);
	assert_int_equal(c->n, L2TP_RETRANSMITS + 1);
	chan_free(c);
}

/*
 * After a loss only the oldest is retransmitted. What the peer has already is acknowledged by that.
 */
static void
test_repeat_one(void **state)
{
	struct chan *c = chan_new(4, 4, 0);

	(void)state;
	chan_send(c, false);
	chan_ack(c, 1);
	chan_ack(c, 1);
	chan_send(c, false);
	chan_send(c, false);
	assert_int_equal(c->n, 3);
	assert_int_equal(chan_in(c, 0, 1), L2TP_REL_NEW);
	chan_wait(c, 1100);
	assert_int_equal(c->n, 4);
	assert_int_equal(c->ns[3], 1);
	assert_int_equal(c->last_nr, 1); /* updated, so that it acknowledges */
	l2tp_reliable_ack(&c->r);
	assert_int_equal(c->n, 4);
	chan_ack(c, 3);
	assert_true(l2tp_reliable_idle(&c->r));
	/* the next one begins with the shortest interval */
	chan_send(c, false);
	chan_wait(c, 1100);
	assert_int_equal(c->n, 6);
	chan_free(c);
}

static void
test_queue_full(void **state)
{
	struct chan *c = chan_new(4, 1, 0);

	(void)state;
	for (unsigned i = 0; i < L2TP_QUEUE_MAX - L2TP_QUEUE_RESERVE; i++)
		assert_true(chan_send(c, false));
	assert_false(chan_send(c, false));
	for (unsigned i = 0; i < L2TP_QUEUE_RESERVE; i++)
		assert_true(chan_send(c, true));
	assert_false(chan_send(c, true));
	assert_int_equal(c->n, 1);
	for (uint16_t i = 1; i <= L2TP_QUEUE_MAX; i++)
		chan_ack(c, i);
	assert_int_equal(c->n, L2TP_QUEUE_MAX);
	assert_true(l2tp_reliable_idle(&c->r));
	chan_free(c);
}

/* A ZLB carries the next Ns and does not use it up. */
static void
test_zlb(void **state)
{
	struct chan *c = chan_new(4, 4, 7);

	(void)state;
	assert_int_equal(chan_ack(c, 7), L2TP_REL_ZLB);
	l2tp_reliable_ack(&c->r);
	assert_int_equal(c->n, 0); /* an acknowledgement is not acknowledged */
	assert_int_equal(chan_in(c, 7, 7), L2TP_REL_NEW);
	l2tp_reliable_ack(&c->r);
	chan_send(c, false);
	assert_int_equal(c->ns[0], 0x10007);
	assert_int_equal(c->ns[1], 7);
	chan_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_receive_window),
		cmocka_unit_test(test_reordered),
		cmocka_unit_test(test_slow_start),
		cmocka_unit_test(test_back_off),
		cmocka_unit_test(test_repeat_one),
		cmocka_unit_test(test_queue_full),
		cmocka_unit_test(test_zlb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
