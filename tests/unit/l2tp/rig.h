/* SPDX-License-Identifier: BSD-3-Clause */
/* An LNS under test: its clock, a record of its events, and a pen for messages. */
#ifndef L2TP_RIG_H
#define L2TP_RIG_H

#include "l2tp_impl.h"
#include "unit.h"
#include "wire/l2tp.h"

struct rig_msg {
	size_t len;
	uint8_t bytes[L2TP_MESSAGE_MAX];
};

struct rig {
	struct timers timers;
	struct l2tp *l;
	unsigned n_sent;
	struct rig_msg sent[64]; /* since the last rig_forget() */
	/* If set, takes what is sent, instead of sent[]. */
	void (*on_sent)(struct rig *, const uint8_t *msg, size_t len);
	void *net;
	struct l2tp_ids opening; /* of the last ICRQ */
	unsigned openings, ups, downs, tunnel_downs;
	enum l2tp_why why, tunnel_why; /* of the last event */
	char text[128], tunnel_text[128];
	struct l2tp_ids ids;
	bool close_when_up, close_when_down; /* the owner calls l2tp_close() inside the event */
	bool close_result;
};

static inline void
rig_on_send(void *arg, const uint8_t *msg, size_t len)
{
	struct rig *r = arg;

	assert_true(len <= L2TP_OUT_MAX);
	if (r->on_sent != NULL) {
		r->on_sent(r, msg, len);
		return;
	}
	assert_true(r->n_sent < 64);
	memcpy(r->sent[r->n_sent].bytes, msg, len);
	r->sent[r->n_sent++].len = len;
}

static inline void
rig_on_opening(void *arg, const struct l2tp_ids *ids)
{
	struct rig *r = arg;

	r->openings++;
	r->opening = *ids;
}

static inline void
rig_on_up(void *arg, const struct l2tp_ids *ids)
{
	struct rig *r = arg;

	r->ups++;
	r->ids = *ids;
	if (r->close_when_up)
		r->close_result = l2tp_close(r->l, L2TP_CDN_ADMIN, "no");
}

static inline void
rig_on_down(void *arg, enum l2tp_why why, const char *text)
{
	struct rig *r = arg;

	r->downs++;
	r->why = why;
	snprintf(r->text, sizeof(r->text), "%s", text);
	if (r->close_when_down)
		r->close_result = l2tp_close(r->l, L2TP_CDN_ADMIN, "no");
}

static inline void
rig_on_tunnel_down(void *arg, enum l2tp_why why, const char *text)
{
	struct rig *r = arg;

	r->tunnel_downs++;
	r->tunnel_why = why;
	snprintf(r->tunnel_text, sizeof(r->tunnel_text), "%s", text);
}

static inline struct rig *
rig_new(uint32_t hello_s)
{
	const struct l2tp_config config = {
		.host_name = "gate", .receive_window = 4, .hello_s = hello_s};
	const struct l2tp_events events = {
		rig_on_send, rig_on_up, rig_on_down, rig_on_tunnel_down, rig_on_opening};
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	log_set_level_all(LOG_LEVEL_ERR);
	timers_init(&r->timers, 1000000);
	r->l = l2tp_new(&config, &r->timers, &events, r, "test");
	assert_non_null(r->l);
	return r;
}

static inline void
rig_free(struct rig *r)
{
	l2tp_free(r->l);
	unit_no_timers(&r->timers);
	free(r);
}

static inline void
rig_wait(struct rig *r, uint64_t ms)
{
	unit_wait(&r->timers, ms);
}

static inline void
rig_forget(struct rig *r)
{
	r->n_sent = 0;
}

static inline void
rig_input(struct rig *r, const uint8_t *msg, size_t len)
{
	uint8_t *copy = unit_exact(msg, len);

	l2tp_input(r->l, copy, len);
	free(copy);
}

/* Reads the n-th message, from 0, sent since rig_forget(). */
static inline struct l2tp_msg
rig_sent(struct rig *r, unsigned n, struct l2tp_header *h)
{
	struct l2tp_msg m = {0};

	assert_true(n < r->n_sent);
	assert_true(l2tp_header_read(h, r->sent[n].bytes, r->sent[n].len));
	if (rd_more(&h->body)) {
		l2tp_msg_read(&m, h->body, "test");
		assert_int_equal(m.fault.result, 0);
	}
	return m;
}

static inline void
rig_assert_state(const struct rig *r, const char *tunnel, const char *session)
{
	struct l2tp_info info;

	l2tp_info(r->l, &info);
	assert_string_equal(info.tunnel_state, tunnel);
	assert_string_equal(info.session_state, session);
}

/* A message that is being written: the header, then AVPs through w, then pen_end(). */
struct pen {
	uint8_t buf[L2TP_MESSAGE_MAX];
	struct wr w;
};

static inline void
pen_zlb(struct pen *p, uint16_t tid, uint16_t ns, uint16_t nr)
{
	p->w = wr_init(p->buf, sizeof(p->buf));
	wr_u16(&p->w, 0xc802);
	wr_u16(&p->w, 12);
	wr_u16(&p->w, tid);
	wr_u16(&p->w, 0);
	wr_u16(&p->w, ns);
	wr_u16(&p->w, nr);
}

static inline void
pen_start(struct pen *p, uint16_t tid, uint16_t sid, uint16_t ns, uint16_t nr, unsigned type)
{
	pen_zlb(p, tid, ns, nr);
	wr_put16(&p->w, 6, sid);
	l2tp_put_u16(&p->w, L2TP_AVP_MESSAGE_TYPE, (uint16_t)type);
}

/* Writes any AVP, also an invalid one. */
static inline void
pen_avp(struct pen *p, uint16_t flags, uint16_t vendor, uint16_t type, const void *value,
	size_t len)
{
	wr_u16(&p->w, (uint16_t)(flags | (6 + len)));
	wr_u16(&p->w, vendor);
	wr_u16(&p->w, type);
	wr_bytes(&p->w, value, len);
}

static inline void
pen_end(struct pen *p)
{
	wr_put16(&p->w, 2, (uint16_t)wr_len(&p->w));
	assert_false(p->w.bad);
}

static inline void
pen_feed(struct pen *p, struct rig *r)
{
	pen_end(p);
	rig_input(r, p->buf, wr_len(&p->w));
}

static inline uint16_t
rig_tid(const struct rig *r)
{
	struct l2tp_info info;

	l2tp_info(r->l, &info);
	return info.ids.our_tid;
}

static inline uint16_t
rig_sid(const struct rig *r)
{
	struct l2tp_info info;

	l2tp_info(r->l, &info);
	return info.ids.our_sid;
}

static inline void
rig_feed_sccrq(struct rig *r, uint16_t peer_tid)
{
	struct pen p;

	pen_start(&p, 0, 0, 0, 0, L2TP_SCCRQ);
	l2tp_put_u16(&p.w, L2TP_AVP_PROTOCOL_VERSION, 0x0100);
	l2tp_put_string(&p.w, L2TP_AVP_HOST_NAME, "peer");
	l2tp_put_u16(&p.w, L2TP_AVP_TUNNEL_ID, peer_tid);
	pen_feed(&p, r);
}

/* Passes a message that has only its type, for the current tunnel. */
static inline void
rig_feed(struct rig *r, uint16_t sid, uint16_t ns, uint16_t nr, unsigned type)
{
	struct pen p;

	pen_start(&p, rig_tid(r), sid, ns, nr, type);
	pen_feed(&p, r);
}

static inline void
rig_feed_zlb(struct rig *r, uint16_t ns, uint16_t nr)
{
	struct pen p;

	pen_zlb(&p, rig_tid(r), ns, nr);
	pen_feed(&p, r);
}

static inline void
rig_feed_icrq(struct rig *r, uint16_t peer_sid, uint16_t ns, uint16_t nr)
{
	struct pen p;

	pen_start(&p, rig_tid(r), 0, ns, nr, L2TP_ICRQ);
	l2tp_put_u16(&p.w, L2TP_AVP_SESSION_ID, peer_sid);
	l2tp_put_u32(&p.w, L2TP_AVP_CALL_SERIAL, 7);
	pen_feed(&p, r);
}

enum { PEER_TID = 17, PEER_SID = 5 };

/* Brings the tunnel up. The peer's next Ns is 2, ours 1. */
static inline void
rig_tunnel_up(struct rig *r)
{
	rig_feed_sccrq(r, PEER_TID);
	rig_feed(r, 0, 1, 1, L2TP_SCCCN);
	rig_assert_state(r, "established", "idle");
}

/* Brings the session up. The peer's next Ns is 4, ours 2. */
static inline void
rig_session_up(struct rig *r)
{
	unsigned ups = r->ups;

	rig_tunnel_up(r);
	rig_feed_icrq(r, PEER_SID, 2, 1);
	/* PPP may follow ICCN so closely that the IDs must be known before ICCN is read. */
	assert_int_equal(r->openings, ups + 1);
	assert_int_equal(r->opening.our_sid, rig_sid(r));
	assert_int_equal(r->opening.peer_sid, PEER_SID);
	assert_int_equal(r->ups, ups);
	rig_feed(r, rig_sid(r), 3, 2, L2TP_ICCN);
	assert_int_equal(r->ups, ups + 1);
	rig_forget(r);
}

#endif
