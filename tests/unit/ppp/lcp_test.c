/* SPDX-License-Identifier: BSD-3-Clause */
/* LCP: what is accepted, what is required, and how the link ends. */
#include "rig.h"

#define MAGIC "05061a2b3c4d"

/* The answer to the peer's first request. */
static void
test_answers(void **state)
{
	static const struct {
		const char *request;
		uint8_t code;
		const char *reply; /* NULL: nothing is sent */
	} cases[] = {
		{"", PPP_CONF_ACK, ""},
		{"010405dc", PPP_CONF_ACK, "010405dc"},
		{"01040080", PPP_CONF_ACK, "01040080"},
		{"0104007f", PPP_CONF_NAK, "01040080"},
		{"0103ff", PPP_CONF_NAK, "010405dc"},
		{"02060000ffff", PPP_CONF_ACK, "02060000ffff"},
		{"0204ffff", PPP_CONF_NAK, "020600000000"},
		{"0304c023", PPP_CONF_REJ, "0304c023"},
		{"0305c22381", PPP_CONF_REJ, "0305c22381"},
		{"0408c02500000064", PPP_CONF_REJ, "0408c02500000064"},
		{MAGIC "0702 0802", PPP_CONF_ACK, MAGIC "0702 0802"},
		{"070300", PPP_CONF_NAK, "0702"},
		{"080300", PPP_CONF_NAK, "0802"},
		{"090307", PPP_CONF_REJ, "090307"},
		{"0d0306", PPP_CONF_REJ, "0d0306"},
		{"1104064e 1202", PPP_CONF_REJ, "1104064e 1202"},
		{"1305010a0b", PPP_CONF_ACK, "1305010a0b"},
		{"1302", PPP_CONF_NAK, "130300"},
		{"17040001", PPP_CONF_REJ, "17040001"},
		{"fe05aabbcc", PPP_CONF_REJ, "fe05aabbcc"},
		{"0104007f 0d0306", PPP_CONF_REJ, "0d0306"}, /* Rejects first, Naks after */
		{"0104007f 0702 0204ffff", PPP_CONF_NAK, "01040080 020600000000"},
		{"0100", 0, NULL}, /* malformed lists */
		{"0101", 0, NULL},
		{"010505dc", 0, NULL},
		{"07", 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *r = rig_new(0);

		ppp_open(r->p);
		rig_forget(r);
		rig_feed(r, PPP_LCP, PPP_CONF_REQ, 77, cases[i].request);
		if (cases[i].reply != NULL) {
			rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL); /* again */
			assert_int_equal(rig_expect(r, PPP_LCP, cases[i].code, cases[i].reply), 77);
		}
		rig_silent(r);
		rig_free(r);
	}
}

/* A magic number of zero is Nak'd with another one, which the peer may then use. */
static void
test_magic_zero(void **state)
{
	struct rig *r = rig_new(0);
	struct rd data;

	(void)state;
	ppp_open(r->p);
	rig_forget(r);
	rig_feed(r, PPP_LCP, PPP_CONF_REQ, 1, "050600000000");
	rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
	rig_expect(r, PPP_LCP, PPP_CONF_NAK, NULL);
	data = rig_seen(r);
	assert_int_equal(rd_u16(&data), 0x0506);
	assert_int_not_equal(rd_u32(&data), 0);
	rig_free(r);
}

static void
loop(struct rig *r, const uint8_t *frame, size_t len)
{
	uint8_t copy[PPP_FRAME_MAX];

	memcpy(copy, frame, len);
	if (r->n_sent++ < 1000)
		rig_input(r, copy, len);
}

static void
test_loop(void **state)
{
	struct rig *r = rig_new(0);

	(void)state;
	r->on_sent = loop;
	ppp_open(r->p);
	rig_wait(r, 60000);
	rig_assert_down(r, PPP_WHY_LOOP, "");
	assert_true(r->n_sent < 100);
	rig_free(r);
}

static void
test_auth_refused(void **state)
{
	static const char *const naks[] = {"0304c023", "0305c22305", "0304c227", "0305c22380"};
	struct rig *r = rig_new(0);

	(void)state;
	ppp_open(r->p);
	for (unsigned i = 0; i < PPP_MAX_FAILURE; i++) {
		uint8_t id = rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
		struct rd data = rig_seen(r);

		/* The same request each time: it is required. */
		assert_memory_equal(data.p + 4, "\x03\x05\xc2\x23\x81", 5);
		assert_int_equal(r->downs, 0);
		rig_feed(r, PPP_LCP, PPP_CONF_NAK, id, naks[i % 4]);
	}
	rig_expect(r, PPP_LCP, PPP_TERM_REQ, NULL);
	rig_return(r, PPP_TERM_ACK);
	rig_assert_down(r, PPP_WHY_NEGOTIATE, "the peer refuses MS-CHAPv2");
	rig_free(r);

	r = rig_new(0);
	ppp_open(r->p);
	rig_feed(
		r, PPP_LCP, PPP_CONF_REJ, rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL), "0305c22381");
	rig_expect(r, PPP_LCP, PPP_TERM_REQ, NULL);
	rig_silent(r);
	rig_wait(r, 7000);
	rig_assert_down(r, PPP_WHY_NEGOTIATE, "the peer refuses MS-CHAPv2");
	rig_free(r);
}

static void
test_our_options(void **state)
{
	struct rig *r = rig_new(0);
	uint32_t magic;
	uint8_t id;
	char hex[64];

	(void)state;
	ppp_open(r->p);
	id = rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
	magic = r->p->lcp.magic;
	/*
	 * Not answers to our request: another identifier, other contents, options that we did not
	 * send.
	 */
	rig_feed(r, PPP_LCP, PPP_CONF_ACK, (uint8_t)(id + 1), "");
	rig_feed(r, PPP_LCP, PPP_CONF_ACK, id, "01040578");
	rig_feed(r, PPP_LCP, PPP_CONF_REJ, id, "0702");
	rig_feed(r, PPP_LCP, PPP_CONF_REJ, id, "01040579");
	rig_feed(r, PPP_LCP, PPP_CONF_REJ, id, "");
	rig_feed(r, PPP_LCP, PPP_CONF_NAK, id, "0109");
	rig_silent(r);
	/*
	 * A smaller MRU is accepted, the magic number is changed, an option of the peer's is
	 * ignored.
	 */
	rig_feed(r, PPP_LCP, PPP_CONF_NAK, id, "01040514 050600000001 0702");
	assert_int_not_equal(r->p->lcp.magic, magic);
	snprintf(hex, sizeof(hex), "01040514 0305c22381 0506%08x", r->p->lcp.magic);
	id = rig_expect(r, PPP_LCP, PPP_CONF_REQ, hex);
	/* A larger one is not. */
	rig_feed(r, PPP_LCP, PPP_CONF_NAK, id, "010405dc");
	id = rig_expect(r, PPP_LCP, PPP_CONF_REQ, hex);
	snprintf(hex, sizeof(hex), "01040514 0506%08x", r->p->lcp.magic);
	rig_feed(r, PPP_LCP, PPP_CONF_REJ, id, hex);
	rig_expect(r, PPP_LCP, PPP_CONF_REQ, "0305c22381");
	rig_return(r, PPP_CONF_ACK);
	rig_feed(r, PPP_LCP, PPP_CONF_REQ, 1, "");
	rig_expect(r, PPP_LCP, PPP_CONF_ACK, "");
	rig_expect(r, PPP_CHAP, CHAP_CHALLENGE, NULL);
	/* Without a magic number, echoes carry zero. */
	rig_feed(r, PPP_LCP, PPP_ECHO_REQ, 9, "00000000 6869");
	assert_int_equal(rig_expect(r, PPP_LCP, PPP_ECHO_REP, "00000000 6869"), 9);
	rig_silent(r);
	rig_free(r);
}

/* Naks in vain become Rejects, which do not go on for ever. */
static void
test_max_failure(void **state)
{
	struct rig *r = rig_new(0);
	uint8_t id = 0;

	(void)state;
	ppp_open(r->p);
	rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
	for (unsigned i = 0; i < PPP_MAX_FAILURE; i++) {
		rig_feed(r, PPP_LCP, PPP_CONF_REQ, ++id, "01040010");
		if (i == 0)
			rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
		rig_expect(r, PPP_LCP, PPP_CONF_NAK, "01040080");
	}
	rig_feed(r, PPP_LCP, PPP_CONF_REQ, ++id, "01040010");
	rig_expect(r, PPP_LCP, PPP_CONF_REJ, "01040010");
	while (id < PPP_MAX_REFUSALS && r->downs == 0)
		rig_feed(r, PPP_LCP, PPP_CONF_REQ, ++id, "01040010");
	rig_wait(r, 7000);
	rig_assert_down(r, PPP_WHY_NEGOTIATE, "no agreement on lcp options");
	rig_free(r);
}

static void
test_silence(void **state)
{
	struct rig *r = rig_new(0);

	(void)state;
	ppp_open(r->p);
	rig_wait(r, 29000);
	assert_int_equal(r->downs, 0);
	rig_wait(r, 2000);
	assert_int_equal(r->n_sent, PPP_MAX_CONFIGURE);
	rig_assert_down(r, PPP_WHY_NEGOTIATE, "no answer to LCP");
	rig_free(r);
}

/* The peer begins late: our request, which it cannot have received, is sent again at once. */
static void
test_late_peer(void **state)
{
	struct rig *r = rig_new(0);
	uint8_t id;

	(void)state;
	ppp_open(r->p);
	id = rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
	rig_wait(r, 500);
	rig_silent(r);
	/* Not for a packet that it would ignore as well. */
	rig_feed(r, PPP_LCP, PPP_CONF_REQ, 1, "0100");
	rig_silent(r);
	rig_free(r);

	r = rig_new(0);
	ppp_open(r->p);
	id = rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
	rig_wait(r, 500);
	rig_feed(r, PPP_LCP, PPP_CONF_REQ, 1, MAGIC);
	/* Before the Ack, which may open the peer's end. */
	assert_int_equal(rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL), id);
	assert_memory_equal(r->sent[0].bytes, r->sent[1].bytes, r->sent[0].len);
	rig_expect(r, PPP_LCP, PPP_CONF_ACK, MAGIC);
	rig_feed(r, PPP_LCP, PPP_CONF_REQ, 2, MAGIC);
	rig_expect(r, PPP_LCP, PPP_CONF_ACK, MAGIC);
	rig_silent(r);
	/*
	 * The restart timer runs from the retransmission. One Ack opens, another one has no effect.
	 */
	rig_wait(r, 2900);
	rig_silent(r);
	rig_wait(r, 200);
	rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
	rig_return(r, PPP_CONF_ACK);
	rig_expect(r, PPP_CHAP, CHAP_CHALLENGE, NULL);
	rig_forget(r);
	rig_feed(r, PPP_LCP, PPP_CONF_ACK, id, "");
	rig_silent(r);
	assert_int_equal(r->p->lcp.cp.state, PPP_OPENED);
	rig_free(r);

	/* A peer that has answered has received our request. */
	r = rig_new(0);
	ppp_open(r->p);
	id = rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
	rig_feed(r, PPP_LCP, PPP_CONF_NAK, id, "01040514");
	rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
	rig_feed(r, PPP_LCP, PPP_CONF_REQ, 1, MAGIC);
	rig_expect(r, PPP_LCP, PPP_CONF_ACK, MAGIC);
	rig_silent(r);
	rig_free(r);
}

static void
test_echo(void **state)
{
	struct rig *r = rig_new(10);
	char want[16];

	(void)state;
	/* Not before the link is open. */
	ppp_open(r->p);
	rig_forget(r);
	rig_feed(r, PPP_LCP, PPP_ECHO_REQ, 1, "00000000");
	rig_silent(r);
	rig_free(r);

	r = rig_new(10);
	rig_up(r, MAGIC);
	snprintf(want, sizeof(want), "%08x", r->p->lcp.magic);
	rig_wait(r, 9900);
	rig_silent(r);
	rig_wait(r, 200);
	rig_expect(r, PPP_LCP, PPP_ECHO_REQ, want);
	rig_feed(r, PPP_LCP, PPP_ECHO_REP, r->sent[0].bytes[5], "1a2b3c4d");
	rig_silent(r);
	/* Data postpones it. */
	rig_wait(r, 6000);
	ppp_heard(r->p);
	rig_wait(r, 9900);
	rig_silent(r);
	/* All echoes of thirty seconds but the last are lost: the peer is not dead. */
	rig_wait(r, 200);
	assert_int_equal(r->n_sent, 1);
	rig_wait(r, 29000);
	assert_int_equal(r->n_sent, 30);
	rig_forget(r);
	rig_feed(r, PPP_LCP, PPP_ECHO_REP, 1, "1a2b3c4d");
	/* After complete silence for as long, and no earlier, it is. */
	rig_wait(r, 39800);
	assert_int_equal(r->n_sent, 30);
	assert_int_equal(r->p->phase, PPP_NETWORK);
	rig_wait(r, 400);
	assert_int_equal(r->sent[30].bytes[4], PPP_TERM_REQ);
	rig_wait(r, 7000);
	rig_assert_down(r, PPP_WHY_ECHO, "30 echoes without an answer in 30 s");
	rig_free(r);
}

/* A peer that does not know echoes is not asked again. */
static void
test_echo_rejected(void **state)
{
	struct rig *r = rig_new(10);

	(void)state;
	rig_up(r, MAGIC);
	rig_wait(r, 10100);
	rig_expect(r, PPP_LCP, PPP_ECHO_REQ, NULL);
	rig_feed(r, PPP_LCP, PPP_CODE_REJ, 1, "0905000800000000");
	rig_wait(r, 100000);
	rig_silent(r);
	assert_int_equal(r->downs, 0);
	/* ppp_ask() asks it nevertheless: its Reject proves that it is alive. */
	assert_true(ppp_heard_ms(r->p) < r->timers.now_ms);
	ppp_ask(r->p);
	rig_expect(r, PPP_LCP, PPP_ECHO_REQ, NULL);
	rig_feed(r, PPP_LCP, PPP_CODE_REJ, 2, "0905000800000000");
	assert_int_equal(ppp_heard_ms(r->p), r->timers.now_ms);
	rig_free(r);
}

static void
test_codes(void **state)
{
	struct rig *r = rig_new(0);

	(void)state;
	rig_up(r, MAGIC);
	rig_feed(r, PPP_LCP, 14, 5, "abcd");
	rig_expect(r, PPP_LCP, PPP_CODE_REJ, "0e050006abcd");
	rig_feed(r, PPP_LCP, 0, 6, "");
	rig_expect(r, PPP_LCP, PPP_CODE_REJ, "00060004");
	rig_feed(r, PPP_IPCP, PPP_ECHO_REQ, 7, "00000000");
	rig_expect(r, PPP_IPCP, PPP_CODE_REJ, "0907000800000000");
	rig_feed(r, PPP_LCP, PPP_DISCARD_REQ, 8, "1a2b3c4d0000");
	rig_feed(r, PPP_LCP, PPP_TIME_REMAINING, 8, "1a2b3c4d0000003c");
	rig_feed(r, PPP_LCP, PPP_PROTO_REJ, 8, "80fd0101");
	rig_feed(r, PPP_LCP, PPP_PROTO_REJ, 8, "80");
	rig_silent(r);
	assert_int_equal(r->downs, 0);
	rig_feed(r, PPP_LCP, PPP_CODE_REJ, 9, "01010004");
	rig_expect(r, PPP_LCP, PPP_TERM_REQ, NULL);
	rig_return(r, PPP_TERM_ACK);
	rig_assert_down(r, PPP_WHY_NEGOTIATE, "the peer rejects lcp ConfReq");
	rig_free(r);
}

static void
test_protocol_rejected(void **state)
{
	static const struct {
		const char *hex, *text;
	} cases[] = {
		{"c0210104", "the peer rejects LCP"},
		{"80210104", "the peer rejects IPCP"},
		{"c2230104", "the peer refuses MS-CHAPv2"},
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct rig *r = rig_new(0);

		rig_up(r, MAGIC);
		rig_feed(r, PPP_LCP, PPP_PROTO_REJ, 1, cases[i].hex);
		rig_expect(r, PPP_LCP, PPP_TERM_REQ, NULL);
		rig_return(r, PPP_TERM_ACK);
		rig_assert_down(r, PPP_WHY_NEGOTIATE, cases[i].text);
		rig_free(r);
	}
}

/* What we return is truncated to the peer's MRU; frames longer than a control frame are dropped. */
static void
test_sizes(void **state)
{
	struct rig *r = rig_new(0);
	uint8_t frame[2000] = {0xff, 3, 0x80, 0x57};

	(void)state;
	rig_up(r, "01040080");
	assert_int_equal(r->link.mtu, 128);
	rig_input(r, frame, 1400);
	rig_expect(r, PPP_LCP, PPP_PROTO_REJ, NULL);
	assert_int_equal(r->sent[0].len, 4 + 128);
	frame[2] = 0xc0;
	frame[3] = 0x21;
	frame[4] = PPP_ECHO_REQ;
	frame[6] = 1200 >> 8;
	frame[7] = 1200 & 255;
	rig_input(r, frame, 1400);
	rig_expect(r, PPP_LCP, PPP_ECHO_REP, NULL);
	assert_int_equal(r->sent[1].len, 4 + 128);
	frame[4] = 99;
	rig_input(r, frame, 1400);
	rig_expect(r, PPP_LCP, PPP_CODE_REJ, NULL);
	assert_int_equal(r->sent[2].len, 4 + 128);
	rig_input(r, frame, sizeof(frame));
	rig_silent(r);
	rig_free(r);
}

/* Only in its phase (RFC 1661, 3.4 and 3.5). */
static void
test_phases(void **state)
{
	struct rig *r = rig_new(0);

	(void)state;
	ppp_open(r->p);
	rig_forget(r);
	rig_feed(r, PPP_CCP, PPP_CONF_REQ, 1, "");
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, "");
	rig_feed(r, PPP_CHAP, CHAP_RESPONSE, 1, "00");
	rig_feed(r, PPP_LCP, PPP_PROTO_REJ, 1, "8021");
	rig_silent(r);
	rig_free(r);

	r = rig_new(0);
	rig_lcp_up(r, MAGIC);
	rig_expect(r, PPP_CHAP, CHAP_CHALLENGE, NULL);
	rig_feed(r, PPP_CCP, PPP_CONF_REQ, 1, "");
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, "");
	rig_feed(r, PPP_PAP, 1, 1, "0475736572047061737a");
	rig_silent(r);
	assert_int_equal(r->auths, 0);
	rig_free(r);
}

static void
test_close(void **state)
{
	struct rig *r = rig_new(0);

	(void)state;
	rig_up(r, MAGIC);
	ppp_close(r->p, "operator");
	rig_expect(r, PPP_LCP, PPP_TERM_REQ, "6f70657261746f72");
	assert_int_equal(r->downs, 0);
	ppp_close(r->p, "again");
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 9, "0306c0a80007");
	rig_silent(r);
	rig_wait(r, 3100);
	rig_expect(r, PPP_LCP, PPP_TERM_REQ, NULL);
	rig_return(r, PPP_TERM_ACK);
	rig_assert_down(r, PPP_WHY_LOCAL, "operator");
	ppp_close(r->p, "over");
	rig_free(r);

	/* Before it is open, and while both ends terminate. */
	r = rig_new(0);
	ppp_close(r->p, "early");
	rig_silent(r);
	rig_assert_down(r, PPP_WHY_LOCAL, "early");
	rig_free(r);

	r = rig_new(0);
	rig_up(r, MAGIC);
	ppp_close(r->p, "operator");
	rig_expect(r, PPP_LCP, PPP_TERM_REQ, NULL);
	rig_feed(r, PPP_LCP, PPP_TERM_REQ, 3, "");
	rig_expect(r, PPP_LCP, PPP_TERM_ACK, "");
	rig_assert_down(r, PPP_WHY_LOCAL, "operator");
	rig_free(r);
}

/* The peer renegotiates: everything again, with the same lease. */
static void
test_renegotiate(void **state)
{
	struct rig *r = rig_new(0);
	uint8_t challenge[16], id;

	(void)state;
	rig_up(r, MAGIC "0702");
	rig_feed(r, PPP_LCP, PPP_CONF_REQ, 9, "010403e8");
	rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
	rig_return(r, PPP_CONF_ACK);
	rig_expect(r, PPP_LCP, PPP_CONF_ACK, "010403e8");
	id = rig_challenge(r, challenge);
	assert_string_equal(r->p->user, "");
	rig_respond(r, id, challenge, "user-01", "password123");
	rig_expect(r, PPP_CHAP, CHAP_SUCCESS, NULL);
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, NULL);
	rig_return(r, PPP_CONF_ACK);
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 10, "0306c0a80007");
	rig_expect(r, PPP_IPCP, PPP_CONF_ACK, NULL);
	rig_silent(r);
	assert_int_equal(r->ups, 2);
	assert_int_equal(r->auths, 2);
	assert_int_equal(r->link.mtu, 1000);
	assert_false(r->link.pfc);
	rig_free(r);
}

/* Every frame of a valid conversation truncated, and with a wrong length: no effect. */
static void
test_truncated(void **state)
{
	static const uint8_t frame[] = {
		0xff, 3, 0xc0, 0x21, 1, 1, 0, 18, 1, 4, 5, 0x78, 5, 6, 1, 2, 3, 4, 7, 2, 8, 2};
	uint8_t longer[sizeof(frame)];

	(void)state;
	for (size_t n = 0; n <= sizeof(frame); n++) {
		struct rig *r = rig_new(0);

		ppp_open(r->p);
		rig_forget(r);
		rig_input(r, frame, n);
		assert_int_equal(r->n_sent, n == sizeof(frame) ? 2 : 0);
		rig_free(r);
	}
	for (unsigned len = 0; len < 40; len++) {
		struct rig *r = rig_new(0);

		memcpy(longer, frame, sizeof(frame));
		longer[7] = (uint8_t)len;
		ppp_open(r->p);
		rig_forget(r);
		rig_input(r, longer, sizeof(longer));
		/* A shorter length is valid at the end of an option: the rest is padding. */
		assert_int_equal(r->n_sent != 0,
			len == 4 || len == 8 || len == 14 || len == 16 || len == 18);
		rig_free(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_magic_zero),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_auth_refused),
		cmocka_unit_test(test_our_options),
		cmocka_unit_test(test_max_failure),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_late_peer),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_echo_rejected),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_protocol_rejected),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_renegotiate),
		cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
