/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * L2TP as LAC (RFC 2661): one tunnel with one incoming call, over the gateway's own reliable
 * delivery.
 */
#include <stdlib.h>
#include <string.h>

#include "client_internal.h"
#include "crypto/rng.h"
#include "wire/l2tp.h"

enum {
	DATA_MAX = 1600,
};

/* Without a pair the message is dropped: control messages and PPP are retransmitted. */
static void
say(struct client *c, const uint8_t *msg, size_t len)
{
	if (client_traffic(c, len))
		c->ev.send_l2tp(c->arg, msg, len);
}

static void
on_send(void *arg, const uint8_t *msg, size_t len)
{
	struct client *c = arg;

	/* It can only be sent through ESP. */
	if (!c->silent && client_pair_newest(c) != NULL)
		say(c, msg, len);
}

static void
on_dead(void *arg)
{
	struct client *c = arg;

	client_enter(c);
	if (c->l2tp.state == CLIENT_L2TP_STOPPING)
		client_step_done(c, PROFILE_STEP_STOPCCN);
	else if (c->phase < CLIENT_UP)
		client_end(c, CLIENT_WHY_L2TP_TIMEOUT, "%s is not acknowledged",
			c->l2tp.state == CLIENT_L2TP_WAIT_SCCRP  ? "SCCRQ"
			: c->l2tp.state == CLIENT_L2TP_WAIT_ICRP ? "ICRQ"
								 : "ICCN");
	else
		client_end(c, CLIENT_WHY_DEAD, "L2TP is not acknowledged");
	client_leave(c);
}

/* --- out -------------------------------------------------------------------------------------- */

static void
put_avp(struct wr *w, const struct profile_avp *avp, const struct client *c)
{
	const char *text = avp->kind == PROFILE_AVP_HOST ? c->host : avp->text;
	size_t len = avp->kind == PROFILE_AVP_TEXT || avp->kind == PROFILE_AVP_HOST ? strlen(text)
		     : avp->kind == PROFILE_AVP_U32 || avp->kind == PROFILE_AVP_SERIAL ? 4
										       : 2;

	wr_u16(w, (uint16_t)((avp->m ? L2TP_AVP_M : 0) | (L2TP_AVP_HEADER + len)));
	wr_u16(w, 0);
	wr_u16(w, avp->type);
	switch (avp->kind) {
	case PROFILE_AVP_U16:
		wr_u16(w, (uint16_t)avp->value);
		break;
	case PROFILE_AVP_U32:
		wr_u32(w, avp->value);
		break;
	case PROFILE_AVP_TEXT:
	case PROFILE_AVP_HOST:
		wr_bytes(w, text, len);
		break;
	case PROFILE_AVP_TUNNEL:
		wr_u16(w, c->l2tp.tid);
		break;
	case PROFILE_AVP_SESSION:
		wr_u16(w, c->l2tp.sid);
		break;
	case PROFILE_AVP_SERIAL:
		wr_u32(w, c->tunnels);
		break;
	}
}

/* A list ends with a row of zeros: AVP 0 is the message type, which is not in lists. */
static void
send_msg(struct client *c, enum l2tp_type type, uint16_t sid, const struct profile_avp *avps)
{
	uint8_t buf[L2TP_OUT_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	l2tp_put_type(&w, type);
	for (; avps != NULL && avps->type != 0; avps++)
		put_avp(&w, avps, c);
	if (!l2tp_reliable_send(&c->l2tp.rel, sid, &w, false))
		client_end(
			c, CLIENT_WHY_INTERNAL, "cannot send %s", l2tp_type_name((uint16_t)type));
}

void
client_l2tp_begin(struct client *c)
{
	struct client_l2tp *l = &c->l2tp;
	const struct profile *p = c->profile;

	client_set_phase(c, CLIENT_L2TP);
	c->tunnels++;
	l->tid = p->tid_counts ? c->tunnels : l2tp_random_id(0, 0);
	if (l->tid == 0)
		l->tid = c->tunnels = 1;
	l->sid = p->sid_counts ? 1 : l2tp_random_id(0, 0);
	l->peer_sid = 0;
	l2tp_reliable_reset(&l->rel, 0, p->window);
	l->state = CLIENT_L2TP_WAIT_SCCRP;
	send_msg(c, L2TP_SCCRQ, 0, p->sccrq);
}

static uint16_t
result_code(const struct client *c, uint16_t result)
{
	if (!c->profile->apple_result)
		return result;
	return (uint16_t)((result & 0xff) << 8 | result >> 8);
}

void
client_l2tp_cdn(struct client *c)
{
	struct client_l2tp *l = &c->l2tp;
	uint8_t buf[L2TP_OUT_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	if (l->state != CLIENT_L2TP_UP)
		return;
	l2tp_put_type(&w, L2TP_CDN);
	l2tp_put_result(&w, result_code(c, L2TP_CDN_ADMIN), L2TP_ERR_NONE, "");
	l2tp_put_u16(&w, L2TP_AVP_SESSION_ID, l->sid);
	l2tp_reliable_send(&l->rel, l->peer_sid, &w, true);
}

bool
client_l2tp_stop(struct client *c, uint16_t result)
{
	struct client_l2tp *l = &c->l2tp;
	uint8_t buf[L2TP_OUT_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	/* Before SCCRP the gateway's tunnel ID is not known. */
	if (l->state != CLIENT_L2TP_WAIT_ICRP && l->state != CLIENT_L2TP_UP)
		return false;
	l2tp_put_type(&w, L2TP_STOPCCN);
	l2tp_put_u16(&w, L2TP_AVP_TUNNEL_ID, l->tid);
	l2tp_put_result(&w, result_code(c, result), L2TP_ERR_NONE, "");
	l->state = CLIENT_L2TP_STOPPING;
	timer_stop(&l->hello);
	return l2tp_reliable_send(&l->rel, 0, &w, true);
}

/* The caller fills in the length, at offset 2, if there is one. */
static size_t
data_head(const struct client *c, struct wr *w)
{
	bool length = c->profile->data_length;

	wr_u16(w, (uint16_t)(L2TP_VERSION | (length ? L2TP_FLAG_L : 0)));
	if (length)
		wr_u16(w, 0);
	wr_u16(w, c->l2tp.rel.peer_tid);
	wr_u16(w, c->l2tp.peer_sid);
	return wr_len(w);
}

void
client_l2tp_data(struct client *c, const uint8_t *frame, size_t len)
{
	uint8_t buf[DATA_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	if (c->l2tp.state != CLIENT_L2TP_UP || c->silent || client_pair_newest(c) == NULL)
		return;
	data_head(c, &w);
	wr_bytes(&w, frame, len);
	if (c->profile->data_length)
		wr_put16(&w, 2, (uint16_t)wr_len(&w));
	if (!w.bad)
		say(c, buf, wr_len(&w));
}

size_t
client_data_head(const struct client *c, uint8_t head[CLIENT_HEAD_MAX], size_t *len_at)
{
	struct wr w = wr_init(head, CLIENT_HEAD_MAX);

	data_head(c, &w);
	*len_at = c->profile->data_length ? 2 : 0;
	if (!c->ppp.acfc)
		wr_u16(&w, PPP_ADDRESS << 8 | PPP_CONTROL);
	if (!c->ppp.pfc)
		wr_u8(&w, 0);
	wr_u8(&w, PPP_IP);
	return wr_len(&w);
}

void
client_ids(const struct client *c, uint16_t *our_tid, uint16_t *our_sid)
{
	bool known = c->l2tp.state != CLIENT_L2TP_IDLE;

	*our_tid = known ? c->l2tp.tid : 0;
	*our_sid = known ? c->l2tp.sid : 0;
}

/* --- in --------------------------------------------------------------------------------------- */

static void
refused(struct client *c, const struct l2tp_msg *m)
{
	bool up = c->phase > CLIENT_PPP;

	/* A CHAP Failure before it has already given the reason: the CDN that follows does not. */
	client_end(c, up ? CLIENT_WHY_PEER : CLIENT_WHY_L2TP_REFUSED, "%s: result %u, error %u%s%s",
		l2tp_type_name(m->type), m->result, m->error, m->text[0] ? ": " : "", m->text);
}

static void
on_sccrp(struct client *c, const struct l2tp_msg *m)
{
	struct client_l2tp *l = &c->l2tp;

	if (l->state != CLIENT_L2TP_WAIT_SCCRP)
		return;
	if (m->fault.result != 0 || !l2tp_has(m, L2TP_AVP_TUNNEL_ID) || m->tid == 0) {
		client_end(c, CLIENT_WHY_L2TP_REFUSED, "invalid SCCRP: %s",
			m->fault.result ? m->fault.text : "no tunnel ID");
		return;
	}
	l->rel.peer_tid = m->tid;
	if (l2tp_has(m, L2TP_AVP_RECEIVE_WINDOW))
		l2tp_reliable_window(&l->rel, m->window);
	l->state = CLIENT_L2TP_WAIT_ICRP;
	send_msg(c, L2TP_SCCCN, 0, NULL);
	send_msg(c, L2TP_ICRQ, 0, c->profile->icrq);
}

static void
on_icrp(struct client *c, const struct l2tp_msg *m)
{
	struct client_l2tp *l = &c->l2tp;

	if (l->state != CLIENT_L2TP_WAIT_ICRP)
		return;
	if (m->fault.result != 0 || !l2tp_has(m, L2TP_AVP_SESSION_ID) || m->sid == 0) {
		client_end(c, CLIENT_WHY_L2TP_REFUSED, "invalid ICRP: %s",
			m->fault.result ? m->fault.text : "no session ID");
		return;
	}
	l->peer_sid = m->sid;
	l->state = CLIENT_L2TP_UP;
	send_msg(c, L2TP_ICCN, l->peer_sid, c->profile->iccn);
	client_ppp_begin(c);
}

static void
on_message(struct client *c, uint16_t sid, struct rd body)
{
	struct client_l2tp *l = &c->l2tp;
	struct l2tp_msg m;

	l2tp_msg_read(&m, body, "client");
	if (m.broken)
		return;
	switch (m.type) {
	case L2TP_SCCRP:
		on_sccrp(c, &m);
		break;
	case L2TP_ICRP:
		if (sid == l->sid)
			on_icrp(c, &m);
		break;
	case L2TP_CDN:
		if (l->state == CLIENT_L2TP_STOPPING)
			break;
		l2tp_reliable_ack(&l->rel);
		refused(c, &m);
		break;
	case L2TP_STOPCCN:
		l2tp_reliable_ack(&l->rel);
		if (l->state == CLIENT_L2TP_STOPPING) {
			client_step_done(c, PROFILE_STEP_STOPCCN);
			break;
		}
		l->state = CLIENT_L2TP_IDLE; /* there is nothing left to stop */
		refused(c, &m);
		break;
	default: /* HELLO needs only its acknowledgement */
		break;
	}
}

static void
control(struct client *c, const uint8_t *msg, size_t len)
{
	struct client_l2tp *l = &c->l2tp;
	struct l2tp_header h;
	struct l2tp_held *held;

	if (l->state == CLIENT_L2TP_IDLE || !l2tp_header_read(&h, msg, len) || h.tid != l->tid)
		return;
	if (l2tp_reliable_in(&l->rel, &h) == L2TP_REL_NEW) {
		on_message(c, h.sid, h.body);
		while (!c->ended && (held = l2tp_reliable_unhold(&l->rel)) != NULL) {
			on_message(c, held->sid, rd_init(held->bytes, held->len));
			free(held);
		}
	}
	if (l->state == CLIENT_L2TP_IDLE)
		return;
	l2tp_reliable_ack(&l->rel);
	if (l->state == CLIENT_L2TP_STOPPING && l2tp_reliable_idle(&l->rel))
		client_step_done(c, PROFILE_STEP_STOPCCN);
}

static void
data(struct client *c, struct rd r)
{
	uint16_t flags = rd_u16(&r), tid, sid;

	/* The length may be less than what arrived: the rest is padding. */
	if (flags & L2TP_FLAG_L) {
		size_t whole = rd_left(&r) + 2, len = rd_u16(&r);

		if (r.bad || len < 4 || len > whole)
			return;
		r = rd_sub(&r, len - 4);
	}
	tid = rd_u16(&r);
	sid = rd_u16(&r);
	if (flags & L2TP_FLAG_S)
		rd_u32(&r);
	if (flags & L2TP_FLAG_O)
		rd_sub(&r, rd_u16(&r));
	if (r.bad || tid != c->l2tp.tid || sid != c->l2tp.sid || c->l2tp.state != CLIENT_L2TP_UP)
		return;
	client_ppp_input(c, r);
}

/* The gateway is alive: postpones HELLO. */
static void
heard(struct client *c)
{
	if (c->profile->hello_s != 0 && c->l2tp.state == CLIENT_L2TP_UP)
		timer_arm(&c->l2tp.hello, c->profile->hello_s * UINT64_C(1000));
}

void
client_l2tp_input(struct client *c, const uint8_t *msg, size_t len)
{
	struct rd r = rd_init(msg, len);
	uint16_t flags = rd_u16(&r);

	if (r.bad || c->phase == CLIENT_IDLE || c->ended ||
		(flags & L2TP_VERSION_MASK) != L2TP_VERSION)
		return;
	client_enter(c);
	(void)client_traffic(c, len);
	if (flags & L2TP_FLAG_T)
		control(c, msg, len);
	else
		data(c, rd_init(msg, len));
	heard(c);
	client_leave(c);
}

/* --- life ------------------------------------------------------------------------------------- */

static void
on_hello_due(struct timer *t)
{
	struct client *c = container_of(t, struct client, l2tp.hello);

	client_enter(c);
	if (l2tp_reliable_idle(&c->l2tp.rel))
		send_msg(c, L2TP_HELLO, 0, NULL);
	heard(c);
	client_leave(c);
}

void
client_l2tp_init(struct client *c)
{
	l2tp_reliable_init(&c->l2tp.rel, c->timers, on_send, on_dead, c);
	c->l2tp.rel.retransmits = CLIENT_L2TP_RETRANSMITS;
	timer_init(&c->l2tp.hello, c->timers, on_hello_due);
}

void
client_l2tp_reset(struct client *c)
{
	timer_stop(&c->l2tp.hello);
	l2tp_reliable_reset(&c->l2tp.rel, 0, c->profile->window);
	c->l2tp.state = CLIENT_L2TP_IDLE;
}
