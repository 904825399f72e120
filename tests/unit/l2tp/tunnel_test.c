/* SPDX-License-Identifier: BSD-3-Clause */
/* The control connection: set-up, refusal, keepalive, end, replacement. */
#include "rig.h"

static void
assert_stopccn(struct rig *r, unsigned n, uint16_t result, uint16_t error)
{
	struct l2tp_header h;
	struct l2tp_msg m = rig_sent(r, n, &h);

	assert_int_equal(m.type, L2TP_STOPCCN);
	assert_int_equal(m.result, result);
	assert_int_equal(m.error, error);
	assert_true(l2tp_has(&m, L2TP_AVP_TUNNEL_ID));
}

/* Messages of the peer that are invalid in a state (RFC 2661, 7.2.1). */
static void
test_table(void **state)
{
	static const struct {
		bool up;
		uint16_t type;
		bool stop;
		const char *next;
	} cases[] = {
		{false, L2TP_SCCRQ, true, "closing"},
		{false, L2TP_SCCRP, true, "closing"},
		{false, L2TP_SCCCN, false, "established"},
		{false, L2TP_HELLO, false, "wait-ctl-conn"},
		{false, L2TP_ICRQ, true, "closing"},
		{false, L2TP_CDN, true, "closing"},
		{false, L2TP_STOPCCN, false, "idle"},
		{true, L2TP_SCCRQ, true, "closing"},
		{true, L2TP_SCCRP, true, "closing"},
		{true, L2TP_SCCCN, true, "closing"},
		{true, L2TP_HELLO, false, "established"},
		{true, L2TP_STOPCCN, false, "idle"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *r = rig_new(0);

		rig_feed_sccrq(r, PEER_TID);
		if (cases[i].up)
			rig_feed(r, 0, 1, 1, L2TP_SCCCN);
		rig_forget(r);
		rig_feed(r, 0, cases[i].up ? 2 : 1, 1, cases[i].type);
		rig_assert_state(r, cases[i].next, "idle");
		assert_int_equal(r->n_sent, 1);
		if (cases[i].stop)
			assert_stopccn(r, 0, 7, 0);
		rig_free(r);
	}
}

/* Until SCCRP is acknowledged, and shortly after SCCCN, the same SCCRQ is a retransmission. */
static void
test_sccrq_repeated(void **state)
{
	struct rig *r = rig_new(0);
	struct l2tp_header h;
	uint16_t tid;

	(void)state;
	rig_feed_sccrq(r, PEER_TID);
	tid = rig_tid(r);
	rig_feed_sccrq(r, PEER_TID);
	assert_int_equal(r->n_sent, 2);
	rig_sent(r, 1, &h);
	assert_false(rd_more(&h.body));
	assert_int_equal(h.nr, 1);
	rig_feed(r, 0, 1, 1, L2TP_SCCCN);
	rig_feed_sccrq(r, PEER_TID);
	assert_int_equal(rig_tid(r), tid);
	rig_assert_state(r, "established", "idle");
	assert_int_equal(r->n_sent, 4);
	assert_int_equal(r->tunnel_downs, 0);
	rig_free(r);
}

/* A peer redials: with a new ID, or with the same one some time later or on other IPsec SAs. */
static void
test_replaced(void **state)
{
	(void)state;
	for (unsigned same = 0; same < 3; same++) {
		struct rig *r = rig_new(0);
		uint16_t old;
		struct l2tp_header h;

		l2tp_set_path(r->l, 7);
		rig_session_up(r);
		old = rig_tid(r);
		if (same == 1)
			rig_wait(r, L2TP_SCCRQ_REPEAT_MS + 100);
		if (same == 2)
			l2tp_set_path(r->l, 8);
		rig_feed_sccrq(r, same ? PEER_TID : PEER_TID + 1);
		assert_int_equal(r->downs, 1);
		assert_int_equal(r->why, L2TP_WHY_REPLACED);
		assert_int_equal(r->tunnel_downs, 0);
		assert_int_not_equal(rig_tid(r), old);
		rig_assert_state(r, "wait-ctl-conn", "idle");
		assert_int_equal(r->n_sent, 1); /* SCCRP, and nothing to the old tunnel */
		assert_int_equal(rig_sent(r, 0, &h).type, L2TP_SCCRP);
		rig_feed(r, 0, 1, 1, L2TP_SCCCN);
		rig_feed_icrq(r, PEER_SID, 2, 1);
		rig_feed(r, rig_sid(r), 3, 2, L2TP_ICCN);
		assert_int_equal(r->ups, 2);
		rig_assert_state(r, "established", "established");
		rig_free(r);
	}
}

static void
test_replaced_in_setup(void **state)
{
	struct rig *r = rig_new(0);

	(void)state;
	rig_feed_sccrq(r, PEER_TID);
	rig_feed_sccrq(r, PEER_TID + 1);
	rig_feed(r, 0, 1, 1, L2TP_SCCCN);
	rig_assert_state(r, "established", "idle");
	assert_int_equal(r->downs + r->tunnel_downs, 0);
	rig_free(r);
}

/* The peer's StopCCN and its retransmissions are acknowledged; the next tunnel is a new one. */
static void
test_stopccn_received(void **state)
{
	struct rig *r = rig_new(0);
	struct l2tp_header h;
	struct pen p;

	(void)state;
	rig_session_up(r);
	pen_start(&p, rig_tid(r), 0, 4, 2, L2TP_STOPCCN);
	l2tp_put_u16(&p.w, L2TP_AVP_TUNNEL_ID, PEER_TID);
	l2tp_put_result(&p.w, 6, 0, "bye");
	pen_feed(&p, r);
	assert_int_equal(r->downs, 1);
	assert_int_equal(r->tunnel_downs, 1);
	assert_int_equal(r->why, L2TP_WHY_PEER_STOPCCN);
	assert_int_equal(r->tunnel_why, L2TP_WHY_PEER_STOPCCN);
	assert_string_equal(r->text, "bye");
	assert_string_equal(r->tunnel_text, "bye");
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(r->n_sent, i + 1);
		rig_sent(r, i, &h);
		assert_false(rd_more(&h.body));
		assert_int_equal(h.tid, PEER_TID);
		assert_int_equal(h.nr, 5);
		pen_feed(&p, r);
		rig_wait(r, 1000);
	}
	rig_forget(r);
	rig_wait(r, L2TP_LINGER_MS);
	pen_feed(&p, r);
	assert_int_equal(r->n_sent, 0);
	rig_tunnel_up(r);
	assert_int_equal(r->tunnel_downs, 1);
	rig_free(r);
}

/* A peer without SCCRP can name the tunnel only by its own ID. */
static void
test_stopccn_to_zero(void **state)
{
	struct rig *r = rig_new(0);
	struct pen p;

	(void)state;
	rig_feed_sccrq(r, PEER_TID);
	for (unsigned right = 0; right < 2; right++) {
		pen_start(&p, 0, 0, 1, 0, L2TP_STOPCCN);
		l2tp_put_u16(&p.w, L2TP_AVP_TUNNEL_ID, right ? PEER_TID : PEER_TID + 1);
		l2tp_put_result(&p.w, 1, 0, "");
		pen_feed(&p, r);
		assert_int_equal(r->tunnel_downs, right);
	}
	rig_free(r);
}

/* After a refused SCCRQ, StopCCN is retransmitted, and retransmissions of SCCRQ begin nothing. */
static void
test_refused(void **state)
{
	struct rig *r = rig_new(0);
	struct pen p;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		pen_start(&p, 0, 0, 0, 0, L2TP_SCCRQ);
		l2tp_put_u16(&p.w, L2TP_AVP_PROTOCOL_VERSION, 0x0200);
		l2tp_put_u16(&p.w, L2TP_AVP_TUNNEL_ID, PEER_TID);
		pen_feed(&p, r);
	}
	assert_int_equal(r->n_sent, 2);
	assert_stopccn(r, 0, 5, 0x0100);
	rig_wait(r, 1100);
	assert_int_equal(r->n_sent, 3);
	assert_stopccn(r, 2, 5, 0x0100);
	rig_feed_zlb(r, 1, 1);
	rig_assert_state(r, "idle", "idle");
	assert_int_equal(r->tunnel_downs, 1);
	assert_int_equal(r->tunnel_why, L2TP_WHY_PROTOCOL);
	rig_wait(r, 60000);
	assert_int_equal(r->n_sent, 3);
	rig_tunnel_up(r);
	rig_free(r);
}

/* Messages for unknown tunnels are not answered. */
static void
test_strays(void **state)
{
	struct rig *r = rig_new(0);
	struct pen p;

	(void)state;
	pen_start(&p, 0, 0, 0, 0, L2TP_SCCRQ); /* no tunnel ID */
	pen_feed(&p, r);
	pen_start(&p, 0, 0, 1, 0, L2TP_SCCRQ); /* Ns is not 0 */
	l2tp_put_u16(&p.w, L2TP_AVP_TUNNEL_ID, PEER_TID);
	pen_feed(&p, r);
	pen_start(&p, 0, 0, 0, 0, L2TP_SCCCN);
	pen_feed(&p, r);
	pen_start(&p, 4711, 0, 0, 0, L2TP_HELLO);
	pen_feed(&p, r);
	pen_zlb(&p, 0, 0, 0);
	pen_feed(&p, r);
	assert_int_equal(r->n_sent, 0);
	rig_assert_state(r, "idle", "idle");
	assert_false(l2tp_close(r->l, L2TP_CDN_ADMIN, "nothing"));
	assert_int_equal(r->tunnel_downs, 0);
	rig_free(r);
}

static void
test_hello(void **state)
{
	struct rig *r = rig_new(60);
	struct l2tp_header h;

	(void)state;
	rig_session_up(r);
	rig_wait(r, 50000);
	rig_feed(r, 0, 4, 2, L2TP_HELLO);
	assert_int_equal(r->n_sent, 1); /* its ZLB */
	rig_wait(r, 59000);
	assert_int_equal(r->n_sent, 1);
	rig_wait(r, 1100);
	assert_int_equal(r->n_sent, 2);
	assert_int_equal(rig_sent(r, 1, &h).type, L2TP_HELLO);
	assert_int_equal(h.sid, 0);
	rig_feed_zlb(r, 5, 3);
	rig_wait(r, 59000);
	assert_int_equal(r->n_sent, 2);
	/* The peer is gone. */
	rig_wait(r, 1100 + 54800);
	assert_int_equal(r->downs, 0);
	rig_wait(r, 300);
	assert_int_equal(r->n_sent, 3 + L2TP_RETRANSMITS);
	assert_int_equal(r->downs, 1);
	assert_int_equal(r->why, L2TP_WHY_TIMEOUT);
	assert_int_equal(r->tunnel_downs, 1);
	assert_int_equal(r->tunnel_why, L2TP_WHY_TIMEOUT);
	rig_wait(r, 200000);
	assert_int_equal(r->n_sent, 3 + L2TP_RETRANSMITS);
	rig_free(r);
}

/* All acknowledgements of HELLO are lost, but the peer's data proves that it is alive. */
static void
test_hello_lost(void **state)
{
	struct rig *r = rig_new(60);

	(void)state;
	rig_session_up(r);
	for (unsigned i = 0; i < 20; i++) {
		rig_wait(r, 20000);
		l2tp_heard(r->l);
	}
	assert_int_equal(r->downs, 0);
	/* The peer becomes silent. */
	rig_wait(r, L2TP_SILENCE_MS + L2TP_RETRANSMIT_MAX_MS + 100);
	assert_int_equal(r->tunnel_downs, 1);
	assert_int_equal(r->tunnel_why, L2TP_WHY_TIMEOUT);
	rig_free(r);
}

static void
test_no_hello(void **state)
{
	struct rig *r = rig_new(0);

	(void)state;
	rig_session_up(r);
	rig_wait(r, 1000000);
	assert_int_equal(r->n_sent, 0);
	rig_assert_state(r, "established", "established");
	rig_free(r);
}

/* A tunnel without a session is closed, also if it had one. */
static void
test_setup_timeout(void **state)
{
	(void)state;
	for (unsigned lost = 0; lost < 2; lost++) {
		struct rig *r = rig_new(0);

		if (lost) {
			rig_session_up(r);
			rig_feed(r, rig_sid(r), 4, 2, L2TP_CDN);
			assert_int_equal(r->downs, 1);
		} else {
			rig_tunnel_up(r);
		}
		rig_forget(r);
		rig_wait(r, L2TP_SETUP_MS - 100);
		assert_int_equal(r->n_sent, 0);
		rig_wait(r, 200);
		assert_stopccn(r, 0, 1, 0);
		rig_feed_zlb(r, lost ? 5 : 2, lost ? 3 : 2);
		assert_int_equal(r->tunnel_why, L2TP_WHY_SETUP_TIMEOUT);
		assert_int_equal(r->tunnel_downs, 1);
		rig_free(r);
	}
}

static void
test_no_scccn(void **state)
{
	struct rig *r = rig_new(0);

	(void)state;
	rig_feed_sccrq(r, PEER_TID);
	rig_wait(r, 56000);
	assert_int_equal(r->tunnel_downs, 1);
	rig_assert_state(r, "idle", "idle");
	rig_free(r);
}

/* CDN and StopCCN are sent. The tunnel ends with their acknowledgement, a StopCCN, or a timeout. */
static void
test_close(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 4; how++) {
		struct rig *r = rig_new(60);
		struct l2tp_header h;
		struct l2tp_msg m;

		rig_session_up(r);
		assert_true(l2tp_close(r->l, L2TP_CDN_ADMIN, "terminated by the operator"));
		assert_int_equal(r->downs, 1);
		assert_int_equal(r->why, L2TP_WHY_LOCAL);
		assert_int_equal(r->tunnel_downs, 0);
		m = rig_sent(r, 0, &h);
		assert_int_equal(m.type, L2TP_CDN);
		assert_int_equal(h.sid, PEER_SID);
		assert_int_equal(m.result, L2TP_CDN_ADMIN);
		assert_string_equal(m.text, "terminated by the operator");
		assert_stopccn(r, 1, 1, 0);
		rig_feed(r, r->ids.our_sid, 4, 2, L2TP_WEN); /* ignored, but acknowledged */
		rig_sent(r, 2, &h);
		assert_int_equal(h.nr, 5);
		assert_true(l2tp_close(r->l, L2TP_CDN_ADMIN, "again"));
		if (how == 0)
			rig_feed_zlb(r, 5, 4);
		else if (how == 1)
			rig_feed(r, 0, 5, 2, L2TP_STOPCCN);
		else if (how == 2)
			rig_feed_sccrq(r, PEER_TID + 1);
		else
			rig_wait(r, 56000);
		assert_int_equal(r->downs, 1);
		assert_int_equal(r->tunnel_downs, 1);
		assert_int_equal(r->tunnel_why, L2TP_WHY_LOCAL);
		rig_assert_state(r, how == 2 ? "wait-ctl-conn" : "idle", "idle");
		rig_free(r);
	}
}

/* The owner may close the tunnel inside events. */
static void
test_close_inside(void **state)
{
	struct rig *r = rig_new(0);

	(void)state;
	r->close_when_up = true;
	rig_session_up(r);
	assert_true(r->close_result);
	assert_int_equal(r->downs, 1);
	rig_assert_state(r, "closing", "idle");
	rig_feed_zlb(r, 4, 4);
	assert_int_equal(r->tunnel_downs, 1);
	r->close_when_up = false;

	r->close_when_down = true;
	rig_session_up(r);
	rig_feed(r, rig_sid(r), 4, 2, L2TP_CDN);
	assert_int_equal(r->downs, 2);
	assert_int_equal(r->why, L2TP_WHY_PEER_CDN);
	assert_true(r->close_result);
	rig_feed_zlb(r, 5, 3);
	assert_int_equal(r->tunnel_downs, 2);
	assert_int_equal(r->tunnel_why, L2TP_WHY_LOCAL);

	rig_session_up(r);
	rig_feed(r, 0, 4, 2, L2TP_STOPCCN);
	assert_false(r->close_result);
	assert_int_equal(r->tunnel_downs, 3);
	assert_int_equal(r->tunnel_why, L2TP_WHY_PEER_STOPCCN);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_sccrq_repeated),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_replaced_in_setup),
		cmocka_unit_test(test_stopccn_received),
		cmocka_unit_test(test_stopccn_to_zero),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_strays),
		cmocka_unit_test(test_hello),
		cmocka_unit_test(test_hello_lost),
		cmocka_unit_test(test_no_hello),
		cmocka_unit_test(test_setup_timeout),
		cmocka_unit_test(test_no_scccn),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_close_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
