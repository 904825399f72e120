/* SPDX-License-Identifier: BSD-3-Clause */
/* The incoming call (RFC 2661, 7.4.2), and what a remote-access LNS refuses. */
#include "rig.h"

/* The table: each message in each state, for our session or as a new call with the same ID. */
static void
test_table(void **state)
{
	static const struct {
		bool up;
		uint16_t type;
		const char *next;
		bool cdn;
	} cases[] = {
		{false, L2TP_ICCN, "established", false},
		{false, L2TP_ICRQ, "wait-connect", false}, /* the same call again */
		{false, L2TP_ICRP, "idle", true},
		{false, L2TP_OCRP, "idle", true},
		{false, L2TP_OCCN, "idle", true},
		{false, L2TP_CDN, "idle", false},
		{false, L2TP_WEN, "wait-connect", false},
		{false, L2TP_SLI, "wait-connect", false},
		{true, L2TP_ICRQ, "idle", true},
		{true, L2TP_ICRP, "idle", true},
		{true, L2TP_ICCN, "idle", true},
		{true, L2TP_OCRP, "idle", true},
		{true, L2TP_OCCN, "idle", true},
		{true, L2TP_CDN, "idle", false},
		{true, L2TP_WEN, "established", false},
		{true, L2TP_SLI, "established", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *r = rig_new(0);
		struct l2tp_header h;
		struct l2tp_msg m;
		uint16_t sid;

		if (cases[i].up) {
			rig_session_up(r);
		} else {
			rig_tunnel_up(r);
			rig_feed_icrq(r, PEER_SID, 2, 1);
			rig_feed_zlb(r, 3, 2);
		}
		rig_forget(r);
		sid = rig_sid(r);
		if (cases[i].type == L2TP_ICRQ)
			rig_feed_icrq(r, PEER_SID, cases[i].up ? 4 : 3, 2);
		else
			rig_feed(r, sid, cases[i].up ? 4 : 3, 2, cases[i].type);
		rig_assert_state(r, "established", cases[i].next);
		assert_int_equal(r->n_sent, 1);
		m = rig_sent(r, 0, &h);
		assert_int_equal(m.type, cases[i].cdn ? L2TP_CDN : 0);
		if (cases[i].cdn) {
			assert_int_equal(h.sid, PEER_SID);
			assert_int_equal(m.sid, sid);
			assert_int_equal(m.result, 2);
		}
		assert_int_equal(r->ups, cases[i].up || cases[i].type == L2TP_ICCN);
		assert_int_equal(r->downs, cases[i].up && strcmp(cases[i].next, "idle") == 0);
		rig_free(r);
	}
}

/* A second call, an outgoing call and a call without an ID are refused, without other effect. */
static void
test_refused_calls(void **state)
{
	static const struct {
		uint16_t type, sid, result, error;
	} cases[] = {
		{L2TP_ICRQ, PEER_SID + 1, 4, 0},
		{L2TP_OCRQ, PEER_SID + 1, 5, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *r = rig_new(0);
		struct l2tp_header h;
		struct l2tp_msg m;
		struct pen p;

		rig_session_up(r);
		pen_start(&p, rig_tid(r), 0, 4, 2, cases[i].type);
		l2tp_put_u16(&p.w, L2TP_AVP_SESSION_ID, cases[i].sid);
		pen_feed(&p, r);
		m = rig_sent(r, 0, &h);
		assert_int_equal(m.type, L2TP_CDN);
		assert_int_equal(h.sid, cases[i].sid);
		assert_int_equal(m.result, cases[i].result);
		assert_int_equal(m.error, cases[i].error);
		assert_int_not_equal(m.sid, rig_sid(r));
		rig_assert_state(r, "established", "established");
		assert_int_equal(r->downs, 0);
		rig_free(r);
	}
}

static void
test_icrq_without_id(void **state)
{
	struct rig *r = rig_new(0);
	struct l2tp_header h;
	struct l2tp_msg m;

	(void)state;
	rig_tunnel_up(r);
	rig_forget(r);
	rig_feed(r, 0, 2, 1, L2TP_ICRQ);
	m = rig_sent(r, 0, &h);
	assert_int_equal(m.type, L2TP_CDN);
	assert_int_equal(m.result, 2);
	assert_int_equal(m.error, 3);
	rig_assert_state(r, "established", "idle");
	rig_feed_icrq(r, PEER_SID, 3, 2);
	rig_assert_state(r, "established", "wait-connect");
	rig_free(r);
}

static void
test_sequencing(void **state)
{
	struct rig *r = rig_new(0);
	struct pen p;

	(void)state;
	rig_tunnel_up(r);
	rig_feed_icrq(r, PEER_SID, 2, 1);
	pen_start(&p, rig_tid(r), rig_sid(r), 3, 2, L2TP_ICCN);
	pen_avp(&p, 0x8000, 0, L2TP_AVP_SEQUENCING, NULL, 0);
	pen_feed(&p, r);
	assert_int_equal(r->ups, 1);
	assert_true(r->ids.sequencing);
	rig_free(r);
}

/* Messages for other sessions have no effect. */
static void
test_strays(void **state)
{
	static const uint16_t types[] = {L2TP_ICCN, L2TP_CDN, L2TP_ICRP, L2TP_WEN, L2TP_SLI};
	struct rig *r = rig_new(0);
	uint16_t ns = 4;

	(void)state;
	rig_session_up(r);
	for (unsigned i = 0; i < 5; i++) {
		rig_feed(r, l2tp_random_id(rig_sid(r), 0), ns++, 2, types[i]);
		rig_feed(r, 0, ns++, 2, types[i]);
	}
	rig_assert_state(r, "established", "established");
	assert_int_equal(r->downs, 0);
	assert_int_equal(r->n_sent, 10); /* ZLBs */
	rig_free(r);
}

/* A peer that gives up before ICRP names the session by its own ID. */
static void
test_cdn_to_zero(void **state)
{
	struct rig *r = rig_new(0);
	struct pen p;

	(void)state;
	rig_tunnel_up(r);
	rig_feed_icrq(r, PEER_SID, 2, 1);
	for (uint16_t right = 0; right < 2; right++) {
		pen_start(&p, rig_tid(r), 0, (uint16_t)(3 + right), 1, L2TP_CDN);
		l2tp_put_result(&p.w, 1, 0, "");
		l2tp_put_u16(&p.w, L2TP_AVP_SESSION_ID, (uint16_t)(PEER_SID + 1 - right));
		pen_feed(&p, r);
		rig_assert_state(r, "established", right ? "idle" : "wait-connect");
	}
	assert_int_equal(r->ups + r->downs, 0);
	rig_free(r);
}

/* Windows and iOS end with CDN, result 3, with bytes that are not text, and StopCCN. */
static void
test_cdn_received(void **state)
{
	struct rig *r = rig_new(0);
	struct pen p;
	uint16_t sid;

	(void)state;
	rig_session_up(r);
	sid = rig_sid(r);
	pen_start(&p, rig_tid(r), sid, 4, 2, L2TP_CDN);
	pen_avp(&p, 0x8000, 0, L2TP_AVP_RESULT_CODE, "\0\3\0\0A\1\xff\2", 8);
	l2tp_put_u16(&p.w, L2TP_AVP_SESSION_ID, PEER_SID);
	pen_feed(&p, r);
	assert_int_equal(r->downs, 1);
	assert_int_equal(r->why, L2TP_WHY_PEER_CDN);
	assert_string_equal(r->text, "A?\xff?");
	rig_assert_state(r, "established", "idle");

	rig_feed_icrq(r, PEER_SID + 1, 5, 2);
	assert_int_not_equal(rig_sid(r), sid);
	rig_feed(r, rig_sid(r), 6, 3, L2TP_ICCN);
	assert_int_equal(r->ups, 2);
	assert_int_equal(r->ids.peer_sid, PEER_SID + 1);
	rig_feed(r, 0, 7, 3, L2TP_STOPCCN);
	assert_int_equal(r->downs, 2);
	assert_int_equal(r->tunnel_downs, 1);
	rig_free(r);
}

/* A message of the session that is not understood ends the session, not the tunnel. */
static void
test_fault_ends_session(void **state)
{
	struct rig *r = rig_new(0);
	struct l2tp_header h;
	struct l2tp_msg m;
	struct pen p;

	(void)state;
	rig_session_up(r);
	pen_start(&p, rig_tid(r), rig_sid(r), 4, 2, L2TP_WEN);
	pen_avp(&p, 0x8000, 0, 300, "x", 1);
	pen_feed(&p, r);
	m = rig_sent(r, 0, &h);
	assert_int_equal(m.type, L2TP_CDN);
	assert_int_equal(h.sid, PEER_SID);
	assert_int_equal(m.result, 2);
	assert_int_equal(m.error, 8);
	assert_non_null(strstr(m.text, "300"));
	assert_int_equal(r->downs, 1);
	assert_int_equal(r->why, L2TP_WHY_PROTOCOL);
	rig_assert_state(r, "established", "idle");
	rig_free(r);
}

/* A retransmitted ICCN is acknowledged, and the session comes up once. */
static void
test_repeats(void **state)
{
	struct rig *r = rig_new(0);
	uint16_t sid;

	(void)state;
	rig_session_up(r);
	sid = rig_sid(r);
	for (unsigned i = 0; i < 3; i++) {
		rig_feed_icrq(r, PEER_SID, 2, 1);
		rig_feed(r, sid, 3, 2, L2TP_ICCN);
	}
	assert_int_equal(r->n_sent, 6);
	assert_int_equal(r->ups, 1);
	assert_int_equal(rig_sid(r), sid);
	rig_assert_state(r, "established", "established");
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_refused_calls),
		cmocka_unit_test(test_icrq_without_id),
		cmocka_unit_test(test_sequencing),
		cmocka_unit_test(test_strays),
		cmocka_unit_test(test_cdn_to_zero),
		cmocka_unit_test(test_cdn_received),
		cmocka_unit_test(test_fault_ends_session),
		cmocka_unit_test(test_repeats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
