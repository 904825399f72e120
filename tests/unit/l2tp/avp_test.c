/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages as real clients send them; truncated, corrupt and invalid ones. */
#include "rig.h"

/* clang-format off */

/* Windows 10: 108 bytes with a host name of 15 letters. */
static const uint8_t windows_sccrq[] = {
	0xc8, 0x02, 0x00, 0x6c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x80, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,			/* message type */
	0x80, 0x08, 0x00, 0x00, 0x00, 0x02, 0x01, 0x00,			/* version 1.0 */
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x01,	/* framing: sync */
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00,	/* bearer: none */
	0x00, 0x08, 0x00, 0x00, 0x00, 0x06, 0x0a, 0x00,			/* firmware */
	0x80, 0x15, 0x00, 0x00, 0x00, 0x07,
	'D', 'E', 'S', 'K', 'T', 'O', 'P', '-', 'A', 'B', 'C', 'D', '1', '2', '3',
	0x00, 0x0f, 0x00, 0x00, 0x00, 0x08, 'M', 'i', 'c', 'r', 'o', 's', 'o', 'f', 't',
	0x80, 0x08, 0x00, 0x00, 0x00, 0x09, 0x00, 0x01,			/* tunnel 1 */
	0x80, 0x08, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x08,			/* window 8 */
};

/* With Microsoft's correlation id: vendor 311, type 1, no M bit (MS-L2TPIE, 2.2.1.1). */
static const uint8_t windows_icrq[] = {
	0xc8, 0x02, 0x00, 0x46, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x01,
	0x80, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a,
	0x80, 0x08, 0x00, 0x00, 0x00, 0x0e, 0x00, 0x01,			/* session 1 */
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x0f, 0x00, 0x00, 0x00, 0x00,	/* serial 0 */
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x12, 0x00, 0x00, 0x00, 0x02,	/* bearer: analog */
	0x00, 0x16, 0x01, 0x37, 0x00, 0x01,
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
};

/* With a Receive Window Size, which RFC 2661 does not have there (MS-L2TPIE, 3.2.5.2). */
static const uint8_t windows_iccn[] = {
	0xc8, 0x02, 0x00, 0x38, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x02,
	0x80, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0c,
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x18, 0x00, 0x98, 0x96, 0x80,	/* speed */
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x13, 0x00, 0x00, 0x00, 0x01,	/* framing */
	0x00, 0x08, 0x00, 0x00, 0x00, 0x1d, 0x00, 0x04,			/* proxy authen: none */
	0x80, 0x08, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x08,
};

static const uint8_t xl2tpd_sccrq[] = {
	0xc8, 0x02, 0x00, 0x69, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x80, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x80, 0x08, 0x00, 0x00, 0x00, 0x02, 0x01, 0x00,
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x03,
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x08, 0x00, 0x00, 0x00, 0x06, 0x06, 0x90,
	0x80, 0x0e, 0x00, 0x00, 0x00, 0x07, 'c', 'l', 'i', 'e', 'n', 't', '-', '1',
	0x00, 0x13, 0x00, 0x00, 0x00, 0x08,
	'x', 'e', 'l', 'e', 'r', 'a', 'n', 'c', 'e', '.', 'c', 'o', 'm',
	0x80, 0x08, 0x00, 0x00, 0x00, 0x09, 0xbe, 0xef,
	0x80, 0x08, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x04,
};

static const uint8_t xl2tpd_icrq[] = {
	0xc8, 0x02, 0x00, 0x30, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x01,
	0x80, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a,
	0x80, 0x08, 0x00, 0x00, 0x00, 0x0e, 0x12, 0x34,
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x0f, 0x00, 0x00, 0x00, 0x01,
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x12, 0x00, 0x00, 0x00, 0x00,
};

static const uint8_t xl2tpd_iccn[] = {
	0xc8, 0x02, 0x00, 0x32, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x02,
	0x80, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0c,
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x18, 0x00, 0x98, 0x96, 0x80,
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x13, 0x00, 0x00, 0x00, 0x01,
	0x00, 0x0a, 0x00, 0x00, 0x00, 0x26, 0x00, 0x98, 0x96, 0x80,
};

/* Android's mtpd: only what is required. */
static const uint8_t mtpd_sccrq[] = {
	0xc8, 0x02, 0x00, 0x3d, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x80, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x80, 0x08, 0x00, 0x00, 0x00, 0x02, 0x01, 0x00,
	0x80, 0x0f, 0x00, 0x00, 0x00, 0x07, 'a', 'n', 'o', 'n', 'y', 'm', 'o', 'u', 's',
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x03,
	0x80, 0x08, 0x00, 0x00, 0x00, 0x09, 0x4d, 0x54,
};

static const uint8_t mtpd_icrq[] = {
	0xc8, 0x02, 0x00, 0x26, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x01,
	0x80, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a,
	0x80, 0x08, 0x00, 0x00, 0x00, 0x0e, 0x00, 0x77,
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x0f, 0x00, 0x00, 0x00, 0x09,
};

static const uint8_t mtpd_iccn[] = {
	0xc8, 0x02, 0x00, 0x28, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x02,
	0x80, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0c,
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x18, 0x00, 0x00, 0x00, 0x00,
	0x80, 0x0a, 0x00, 0x00, 0x00, 0x13, 0x00, 0x00, 0x00, 0x03,
};

#define BYTES(a) a, sizeof(a)
static const struct client {
	const char *host, *vendor;
	uint16_t firmware, tid, sid, window;
	const uint8_t *sccrq; size_t sccrq_len;
	const uint8_t *icrq; size_t icrq_len;
	const uint8_t *iccn; size_t iccn_len;
} clients[] = {
	{"DESKTOP-ABCD123", "Microsoft", 0x0a00, 1, 1, 8,
		BYTES(windows_sccrq), BYTES(windows_icrq), BYTES(windows_iccn)},
	{"client-1", "xelerance.com", 0x0690, 0xbeef, 0x1234, 4,
		BYTES(xl2tpd_sccrq), BYTES(xl2tpd_icrq), BYTES(xl2tpd_iccn)},
	{"anonymous", "", 0, 0x4d54, 0x77, 4,
		BYTES(mtpd_sccrq), BYTES(mtpd_icrq), BYTES(mtpd_iccn)},
};
enum { N_CLIENTS = sizeof(clients) / sizeof(clients[0]) };
/* clang-format on */

/* As the client sends it, with our IDs filled in. */
static void
feed(struct rig *r, const uint8_t *msg, size_t len, uint16_t sid)
{
	struct pen p;

	p.w = wr_init(p.buf, sizeof(p.buf));
	wr_bytes(&p.w, msg, len);
	wr_put16(&p.w, 4, rig_tid(r));
	wr_put16(&p.w, 6, sid);
	rig_input(r, p.buf, wr_len(&p.w));
}

static void
test_real_clients(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CLIENTS; i++) {
		const struct client *c = &clients[i];
		struct rig *r = rig_new(60);
		struct l2tp_header h;
		struct l2tp_info info;
		struct l2tp_msg m;

		rig_input(r, c->sccrq, c->sccrq_len);
		m = rig_sent(r, 0, &h);
		assert_int_equal(m.type, L2TP_SCCRP);
		assert_int_equal(h.tid, c->tid);
		assert_int_equal(h.nr, 1);
		assert_int_equal(m.version, 0x0100);
		assert_int_equal(m.framing, 3);
		assert_int_equal(m.window, 4);
		assert_string_equal(m.host, "gate");
		assert_string_equal(m.vendor, "kanmon");
		assert_int_not_equal(m.tid, 0);
		assert_int_equal(m.tid, rig_tid(r));
		assert_int_equal(r->l->rel.peer_window, c->window);

		rig_feed(r, 0, 1, 1, L2TP_SCCCN);
		feed(r, c->icrq, c->icrq_len, 0);
		m = rig_sent(r, r->n_sent - 1, &h);
		assert_int_equal(m.type, L2TP_ICRP);
		assert_int_equal(h.sid, c->sid);
		assert_int_not_equal(m.sid, 0);

		feed(r, c->iccn, c->iccn_len, m.sid);
		assert_int_equal(r->ups, 1);
		assert_int_equal(r->ids.our_sid, m.sid);
		assert_int_equal(r->ids.peer_sid, c->sid);
		assert_int_equal(r->ids.peer_tid, c->tid);
		assert_false(r->ids.sequencing);
		l2tp_info(r->l, &info);
		assert_string_equal(info.peer_host, c->host);
		assert_string_equal(info.peer_vendor, c->vendor);
		assert_int_equal(info.peer_firmware, c->firmware);
		rig_free(r);
	}
}

/* Brings a new LNS to the state in which message `which` (0 to 2) is next. */
static struct rig *
before(const struct client *c, unsigned which)
{
	struct rig *r = rig_new(0);

	if (which > 0) {
		rig_input(r, c->sccrq, c->sccrq_len);
		rig_feed(r, 0, 1, 1, L2TP_SCCCN);
	}
	if (which > 1)
		feed(r, c->icrq, c->icrq_len, 0);
	rig_forget(r);
	return r;
}

static size_t
message(const struct client *c, unsigned which, struct rig *r, uint8_t *out)
{
	const uint8_t *src = which == 0 ? c->sccrq : which == 1 ? c->icrq : c->iccn;
	size_t len = which == 0 ? c->sccrq_len : which == 1 ? c->icrq_len : c->iccn_len;
	uint16_t sid = which == 2 ? rig_sid(r) : 0;
	struct wr w = wr_init(out, L2TP_MESSAGE_MAX);

	wr_bytes(&w, src, len);
	wr_put16(&w, 4, rig_tid(r));
	wr_put16(&w, 6, sid);
	return len;
}

/* Truncated at every length, with the length field unchanged: not a valid message. */
static void
test_truncated(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_CLIENTS * 3; i++) {
		struct rig *r = before(&clients[i / 3], i % 3);
		uint8_t buf[L2TP_MESSAGE_MAX];
		size_t len = message(&clients[i / 3], i % 3, r, buf);

		for (size_t cut = 0; cut < len; cut++)
			rig_input(r, buf, cut);
		assert_int_equal(r->n_sent, 0);
		assert_int_equal(r->ups, 0);
		rig_free(r);
	}
}

/* Truncated at every length, with a length field that fits: valid only between two AVPs. */
static void
test_cut_short(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_CLIENTS * 3; i++) {
		const struct client *c = &clients[i / 3];
		unsigned which = i % 3;
		uint8_t buf[L2TP_MESSAGE_MAX];
		struct rig *r = before(c, which);
		size_t len = message(c, which, r, buf);
		size_t edge = 12;

		rig_free(r);
		for (size_t cut = 13; cut < len; cut++) {
			bool whole;

			if (cut > edge + ((buf[edge] & 3) << 8 | buf[edge + 1]))
				edge += (buf[edge] & 3) << 8 | buf[edge + 1];
			whole = cut == edge + ((buf[edge] & 3) << 8 | buf[edge + 1]);
			r = before(c, which);
			message(c, which, r, buf);
			buf[2] = 0;
			buf[3] = (uint8_t)cut;
			rig_input(r, buf, cut);
			if (which == 0) /* no tunnel without its ID, which comes after the names */
				assert_false(
					!whole && strcmp(l2tp_tunnel_state_name(r->l->tunnel.state),
							  "wait-ctl-conn") == 0);
			else if (!whole)
				rig_assert_state(r, "closing", "idle");
			if (which == 2)
				assert_int_equal(r->ups, whole ? 1 : 0);
			rig_free(r);
		}
	}
}

/* Random corruption: the state stays valid, and sanitizers find nothing. */
static void
test_corrupt(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		unsigned which = round % 3;
		const struct client *c = &clients[round / 3 % N_CLIENTS];
		struct rig *r = before(c, which);
		uint8_t buf[L2TP_MESSAGE_MAX];
		size_t len = message(c, which, r, buf);

		for (unsigned i = 0; i < 1 + round % 5; i++) {
			seed = seed * 1664525 + 1013904223;
			buf[(seed >> 8) % len] ^= (uint8_t)(1u << (seed >> 29));
		}
		rig_input(r, buf, len);
		rig_wait(r, 40000);
		assert_true(r->ups <= 1);
		assert_true(r->downs <= r->ups);
		assert_true(r->tunnel_downs <= 1);
		rig_free(r);
	}
}

enum about { TUNNEL, SESSION };

/* An additional AVP in an otherwise valid message, and its effect. */
static const struct extra {
	const char *name;
	enum about about; /* SCCRQ or ICRQ */
	uint16_t flags, vendor, type;
	size_t len;
	uint16_t result, error; /* of StopCCN or CDN; 0: accepted */
} extras[] = {
	{"unknown, mandatory", TUNNEL, 0x8000, 0, 99, 4, 2, 8},
	{"unknown, mandatory", SESSION, 0x8000, 0, 99, 4, 2, 8},
	{"number that the RFC left out", TUNNEL, 0x8000, 0, 20, 0, 2, 8},
	{"unknown", TUNNEL, 0, 0, 99, 4, 0, 0},
	{"unknown", SESSION, 0, 0, 99, 4, 0, 0},
	{"vendor's, mandatory", TUNNEL, 0x8000, 311, 1, 16, 2, 8},
	{"vendor's, mandatory", SESSION, 0x8000, 9, 7, 2, 2, 8},
	{"vendor's", SESSION, 0, 311, 1, 16, 0, 0},
	{"hidden, mandatory", TUNNEL, 0xc000, 0, L2TP_AVP_HOST_NAME, 20, 2, 8},
	{"hidden, mandatory", SESSION, 0xc000, 0, L2TP_AVP_CALL_SERIAL, 20, 2, 8},
	{"hidden", SESSION, 0x4000, 0, 30, 20, 0, 0},
	{"reserved bits, mandatory", TUNNEL, 0x8400, 0, L2TP_AVP_HOST_NAME, 4, 2, 8},
	{"reserved bits", TUNNEL, 0x2000, 0, L2TP_AVP_FIRMWARE, 2, 0, 0},
	{"misplaced, mandatory", SESSION, 0x8000, 0, L2TP_AVP_RESULT_CODE, 2, 0, 0},
	{"misplaced, wrong length", SESSION, 0x8000, 0, L2TP_AVP_RECEIVE_WINDOW, 7, 0, 0},
	{"wrong length", TUNNEL, 0x8000, 0, L2TP_AVP_RECEIVE_WINDOW, 3, 2, 2},
	{"wrong length", SESSION, 0x8000, 0, L2TP_AVP_CALL_SERIAL, 5, 2, 2},
	{"random vector", TUNNEL, 0x8000, 0, 36, 16, 0, 0},
	{"tie breaker", TUNNEL, 0, 0, 5, 8, 0, 0},
	{"challenge", TUNNEL, 0x8000, 0, L2TP_AVP_CHALLENGE, 16, 4, 0},
	{"window 0", TUNNEL, 0x8000, 0, L2TP_AVP_RECEIVE_WINDOW, 2, 0, 0},
};

static void
test_extra_avps(void **state)
{
	static const uint8_t zeros[32];

	(void)state;
	for (size_t i = 0; i < sizeof(extras) / sizeof(extras[0]); i++) {
		const struct extra *e = &extras[i];
		struct rig *r = rig_new(0);
		struct l2tp_header h;
		struct l2tp_msg m;
		struct pen p;

		print_message("%s in %s\n", e->name, e->about == TUNNEL ? "SCCRQ" : "ICRQ");
		if (e->about == SESSION)
			rig_tunnel_up(r);
		rig_forget(r);
		pen_start(&p, rig_tid(r), 0, e->about == TUNNEL ? 0 : 2, 1,
			e->about == TUNNEL ? L2TP_SCCRQ : L2TP_ICRQ);
		pen_avp(&p, e->flags, e->vendor, e->type, zeros, e->len);
		l2tp_put_u16(
			&p.w, e->about == TUNNEL ? L2TP_AVP_TUNNEL_ID : L2TP_AVP_SESSION_ID, 77);
		pen_feed(&p, r);
		m = rig_sent(r, 0, &h);
		assert_int_equal(e->about == TUNNEL ? h.tid : h.sid, 77);
		if (e->result == 0) {
			assert_int_equal(m.type, e->about == TUNNEL ? L2TP_SCCRP : L2TP_ICRP);
		} else {
			assert_int_equal(m.type, e->about == TUNNEL ? L2TP_STOPCCN : L2TP_CDN);
			assert_int_equal(m.result, e->result);
			assert_int_equal(m.error, e->error);
			assert_true(strlen(m.text) > 10);
			rig_assert_state(r, e->about == TUNNEL ? "closing" : "established", "idle");
		}
		rig_free(r);
	}
}

/* Headers that are not valid for a control message. */
static void
test_headers(void **state)
{
	static const struct {
		uint16_t flags, length;
		bool good;
	} cases[] = {
		{0xc802, 20, true},
		{0xc902, 20, true}, /* P is ignored */
		{0xfdf2, 20, true}, /* reserved bits are ignored */
		{0x4802, 20, false}, /* no T */
		{0x8802, 20, false}, /* no L */
		{0xc002, 20, false}, /* no S */
		{0xca02, 20, false}, /* O */
		{0xc803, 20, false}, /* L2TPv3 */
		{0xc801, 20, false}, /* L2F */
		{0xc802, 11, false},
		{0xc802, 12, true},
		{0xc802, 21, false}, /* longer than the datagram */
		{0xc802, 0xffff, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct l2tp_header h;
		struct pen p;

		pen_start(&p, 1, 2, 3, 4, L2TP_HELLO);
		pen_end(&p);
		wr_put16(&p.w, 0, cases[i].flags);
		wr_put16(&p.w, 2, cases[i].length);
		assert_int_equal(l2tp_header_read(&h, p.buf, wr_len(&p.w)), cases[i].good);
		if (!cases[i].good)
			continue;
		assert_int_equal(h.tid, 1);
		assert_int_equal(h.sid, 2);
		assert_int_equal(h.ns, 3);
		assert_int_equal(h.nr, 4);
		assert_int_equal(rd_left(&h.body), cases[i].length - 12u);
	}
}

static void
test_result_code(void **state)
{
	static const struct {
		size_t len;
		uint16_t result, error;
		const char *text;
		bool good;
	} cases[] = {
		{0, 0, 0, "", false},
		{1, 0, 0, "", false},
		{2, 0x0102, 0, "", true},
		{3, 0x0102, 0, "", false},
		{4, 0x0102, 0x0304, "", true},
		{9, 0x0102, 0x0304, "A?\xc3\xa4?", true},
	};
	static const uint8_t value[] = {1, 2, 3, 4, 'A', 0x12, 0xc3, 0xa4, 0x7f};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct l2tp_msg m;
		struct pen p;

		pen_start(&p, 1, 0, 0, 0, L2TP_STOPCCN);
		pen_avp(&p, 0x8000, 0, L2TP_AVP_RESULT_CODE, value, cases[i].len);
		pen_end(&p);
		l2tp_msg_read(&m, rd_init(p.buf + 12, wr_len(&p.w) - 12), "test");
		assert_int_equal(m.fault.result == 0, cases[i].good);
		if (!cases[i].good)
			continue;
		assert_int_equal(m.result, cases[i].result);
		assert_int_equal(m.error, cases[i].error);
		assert_string_equal(m.text, cases[i].text);
	}
}

/* The first AVP must be the message type. */
static void
test_no_type(void **state)
{
	struct rig *r = rig_new(0);
	struct l2tp_header h;
	struct pen p;

	(void)state;
	rig_session_up(r);
	pen_zlb(&p, rig_tid(r), 4, 2);
	l2tp_put_u16(&p.w, L2TP_AVP_TUNNEL_ID, 3);
	pen_feed(&p, r);
	assert_int_equal(rig_sent(r, 0, &h).type, L2TP_STOPCCN);
	assert_int_equal(r->downs, 1);
	assert_int_equal(r->why, L2TP_WHY_PROTOCOL);
	rig_free(r);
}

/* RFC 2661, 4.4.1: an unknown type ends the tunnel if it has the M bit, else it is ignored. */
static void
test_unknown_type(void **state)
{
	struct rig *r = rig_new(0);
	struct l2tp_header h;
	struct l2tp_msg m;
	struct pen p;

	(void)state;
	rig_session_up(r);
	pen_zlb(&p, rig_tid(r), 4, 2);
	pen_avp(&p, 0, 0, 0, "\0\x63", 2);
	pen_feed(&p, r);
	rig_sent(r, 0, &h);
	assert_false(rd_more(&h.body));
	assert_int_equal(h.nr, 5);
	rig_assert_state(r, "established", "established");
	pen_zlb(&p, rig_tid(r), 5, 2);
	pen_avp(&p, 0x8000, 0, 0, "\0\x63", 2);
	pen_feed(&p, r);
	m = rig_sent(r, 1, &h);
	assert_int_equal(m.type, L2TP_STOPCCN);
	assert_int_equal(m.result, 2);
	assert_int_equal(m.error, 8);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_clients),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_corrupt),
		cmocka_unit_test(test_extra_avps),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_result_code),
		cmocka_unit_test(test_no_type),
		cmocka_unit_test(test_unknown_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
