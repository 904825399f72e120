/* SPDX-License-Identifier: BSD-3-Clause */
#include "l2tp_session.h"

#include "l2tp_impl.h"

enum verdict {
	TO_NEXT, /* enter the row's next state */
	STAY,
	FAULT, /* end the session, with the fault that is filled in */
	REFUSE, /* refuse another call with that fault; the session stays */
};

struct row {
	unsigned states; /* one bit per state */
	enum l2tp_type type;
	enum verdict (*handler)(struct l2tp *, const struct l2tp_msg *, struct l2tp_fault *);
	enum l2tp_session_state next;
};

const char *
l2tp_session_state_name(enum l2tp_session_state state)
{
	switch (state) {
	case L2TP_SESSION_IDLE:
		return "idle";
	case L2TP_SESSION_WAIT_CONNECT:
		return "wait-connect";
	case L2TP_SESSION_ESTABLISHED:
		return "established";
	}
	return "?";
}

static void
set_state(struct l2tp *l, enum l2tp_session_state next, const char *event)
{
	if (l->session.state == next)
		return;
	log_info(L2TP, l->who, "session %u: %s -> %s (%s)", l->session.our_sid,
		l2tp_session_state_name(l->session.state), l2tp_session_state_name(next), event);
	l->session.state = next;
}

static bool
send_icrp(struct l2tp *l)
{
	uint8_t buf[L2TP_OUT_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	l2tp_put_type(&w, L2TP_ICRP);
	l2tp_put_u16(&w, L2TP_AVP_SESSION_ID, l->session.our_sid);
	return l2tp_reliable_send(&l->rel, l->session.peer_sid, &w, false);
}

static void
send_cdn(struct l2tp *l, uint16_t our_sid, uint16_t peer_sid, const struct l2tp_fault *f, bool last)
{
	uint8_t buf[L2TP_OUT_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	l2tp_put_type(&w, L2TP_CDN);
	l2tp_put_result(&w, f->result, f->error, f->text);
	l2tp_put_u16(&w, L2TP_AVP_SESSION_ID, our_sid);
	if (!l2tp_reliable_send(&l->rel, peer_sid, &w, last))
		log_warning(L2TP, l->who,
			"CDN for the peer's session %u not sent: too many messages are queued",
			peer_sid);
}

/* Refuses a call; the session, if there is one, is not touched. */
static void
refuse(struct l2tp *l, const struct l2tp_msg *m, const struct l2tp_fault *f)
{
	if (log_allowed(&l->limit, l->timers->now_ms, LOG_L2TP))
		log_warning(L2TP, l->who,
			"%s for the peer's session %u refused: CDN with result %u, error %u: %s",
			l2tp_type_name(m->type), m->sid, f->result, f->error, f->text);
	send_cdn(l, l2tp_random_id(l->session.our_sid, 0), m->sid, f, false);
}

static enum verdict
on_icrq(struct l2tp *l, const struct l2tp_msg *m, struct l2tp_fault *f)
{
	struct l2tp_session *s = &l->session;

	if (m->sid == 0) {
		l2tp_fault_set(f, L2TP_CDN_ERROR, L2TP_ERR_VALUE, "ICRQ without a session ID");
		return REFUSE;
	}
	s->our_sid = l2tp_random_id(s->our_sid, 0);
	s->peer_sid = m->sid;
	s->sequencing = false;
	log_info(L2TP, l->who, "ICRQ: the peer's session %u, call serial %u", m->sid, m->serial);
	if (!send_icrp(l)) {
		l2tp_fault_set(
			f, L2TP_CDN_NO_FACILITIES, L2TP_ERR_NONE, "too many messages are queued");
		return REFUSE;
	}
	return TO_NEXT;
}

/* The RFC allows any number of sessions in a tunnel; a remote-access client has one. */
static enum verdict
on_second_icrq(struct l2tp *l, const struct l2tp_msg *m, struct l2tp_fault *f)
{
	if (m->sid != l->session.peer_sid) {
		l2tp_fault_set(f, L2TP_CDN_NO_FACILITIES, L2TP_ERR_NONE,
			"only one session per tunnel is supported");
		return REFUSE;
	}
	/* The peer asks for the same call again: ICRP is on its way. */
	if (l->session.state == L2TP_SESSION_WAIT_CONNECT)
		return STAY;
	l2tp_fault_set(f, L2TP_CDN_ERROR, L2TP_ERR_CONTEXT, "ICRQ for a session that is up");
	return FAULT;
}

static enum verdict
on_iccn(struct l2tp *l, const struct l2tp_msg *m, struct l2tp_fault *f)
{
	(void)f;
	l->session.sequencing = l2tp_has(m, L2TP_AVP_SEQUENCING);
	timer_stop(&l->tunnel.setup);
	return TO_NEXT;
}

static enum verdict
on_invalid(struct l2tp *l, const struct l2tp_msg *m, struct l2tp_fault *f)
{
	l2tp_fault_set(f, L2TP_CDN_ERROR, L2TP_ERR_CONTEXT, "%s is not expected in state %s",
		l2tp_type_name(m->type), l2tp_session_state_name(l->session.state));
	return FAULT;
}

static enum verdict
on_cdn(struct l2tp *l, const struct l2tp_msg *m, struct l2tp_fault *f)
{
	(void)f;
	log_info(L2TP, l->who, "session %u: CDN from the peer: result %u, error %u, '%s'",
		l->session.our_sid, m->result, m->error, m->text);
	if (l2tp_session_forget(l, "CDN"))
		l->ev.session_down(l->arg, L2TP_WHY_PEER_CDN, m->text);
	return STAY;
}

static enum verdict
on_ocrq(struct l2tp *l, const struct l2tp_msg *m, struct l2tp_fault *f)
{
	(void)l;
	(void)m;
	l2tp_fault_set(
		f, L2TP_CDN_NO_FACILITIES_EVER, L2TP_ERR_NONE, "outgoing calls are not supported");
	return REFUSE;
}

static enum verdict
on_notice(struct l2tp *l, const struct l2tp_msg *m, struct l2tp_fault *f)
{
	(void)f;
	log_debug(L2TP, l->who, "session %u: ignored %s", l->session.our_sid,
		l2tp_type_name(m->type));
	return STAY;
}

#define S(state)  (1u << L2TP_SESSION_##state)
#define ALIVE     (S(WAIT_CONNECT) | S(ESTABLISHED))
#define ANY_STATE (S(IDLE) | ALIVE)

/*
 * RFC 2661, 7.4.2, in its order. State idle has no rows for messages that name a session: there is
 * none that they could name.
 */
/* clang-format off */
static const struct row rows[] = {
	{S(IDLE),		L2TP_ICRQ,	on_icrq,	L2TP_SESSION_WAIT_CONNECT},
	{S(WAIT_CONNECT),	L2TP_ICCN,	on_iccn,	L2TP_SESSION_ESTABLISHED},
	{S(WAIT_CONNECT),	L2TP_ICRQ,	on_second_icrq,	L2TP_SESSION_IDLE},
	{S(WAIT_CONNECT),	L2TP_ICRP,	on_invalid,	L2TP_SESSION_IDLE},
	{ALIVE,			L2TP_CDN,	on_cdn,		L2TP_SESSION_IDLE},
	{S(ESTABLISHED),	L2TP_ICRQ,	on_second_icrq,	L2TP_SESSION_IDLE},
	{S(ESTABLISHED),	L2TP_ICRP,	on_invalid,	L2TP_SESSION_IDLE},
	{S(ESTABLISHED),	L2TP_ICCN,	on_invalid,	L2TP_SESSION_IDLE},
	/* 7.5: outgoing calls, which we do not support */
	{ANY_STATE,		L2TP_OCRQ,	on_ocrq,	L2TP_SESSION_IDLE},
	{ALIVE,			L2TP_OCRP,	on_invalid,	L2TP_SESSION_IDLE},
	{ALIVE,			L2TP_OCCN,	on_invalid,	L2TP_SESSION_IDLE},
	/* 6.13, 6.14 */
	{ALIVE,			L2TP_WEN,	on_notice,	L2TP_SESSION_ESTABLISHED},
	{ALIVE,			L2TP_SLI,	on_notice,	L2TP_SESSION_ESTABLISHED},
};
/* clang-format on */

#undef S

/* Whether the message is for our session, or begins one. */
static bool
addressed(const struct l2tp *l, uint16_t sid, const struct l2tp_msg *m)
{
	const struct l2tp_session *s = &l->session;

	if (m->type == L2TP_ICRQ || m->type == L2TP_OCRQ)
		return true;
	if (s->state == L2TP_SESSION_IDLE)
		return false;
	/* A peer that has not received ICRP names the session by its own ID (RFC 2661, 4.4.4). */
	if (m->type == L2TP_CDN && sid == 0)
		return l2tp_has(m, L2TP_AVP_SESSION_ID) && m->sid == s->peer_sid;
	return sid == s->our_sid;
}

static void
end(struct l2tp *l, const struct l2tp_fault *f)
{
	log_warning(L2TP, l->who, "session %u: sending CDN: result %u, error %u: %s",
		l->session.our_sid, f->result, f->error, f->text);
	if (l2tp_session_clear(l, f, "CDN sent"))
		l->ev.session_down(l->arg, L2TP_WHY_PROTOCOL, "");
}

void
l2tp_session_message(struct l2tp *l, uint16_t sid, const struct l2tp_msg *m)
{
	struct l2tp_fault f = m->fault;
	enum verdict verdict = m->type == L2TP_ICRQ || m->type == L2TP_OCRQ ? REFUSE : FAULT;
	const struct row *row = NULL;
	struct l2tp_info info;

	if (!addressed(l, sid, m)) {
		if (log_allowed(&l->limit, l->timers->now_ms, LOG_L2TP))
			log_info(L2TP, l->who, "ignored %s for a session that does not exist: %u",
				l2tp_type_name(m->type), sid);
		return;
	}
	for (size_t i = 0; row == NULL && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == m->type && (rows[i].states >> l->session.state & 1) != 0)
			row = &rows[i];
	/* A CDN ends the session even if it has a fault. */
	if (f.result == 0 || m->type == L2TP_CDN)
		verdict = row ? row->handler(l, m, &f) : on_invalid(l, m, &f);
	if (verdict == REFUSE) {
		refuse(l, m, &f);
	} else if (verdict == FAULT) {
		end(l, &f);
	} else if (verdict == TO_NEXT) {
		set_state(l, row->next, l2tp_type_name(m->type));
		if (row->next == L2TP_SESSION_WAIT_CONNECT && l->ev.session_opening != NULL) {
			l2tp_info(l, &info);
			l->ev.session_opening(l->arg, &info.ids);
		}
		if (row->next == L2TP_SESSION_ESTABLISHED) {
			l2tp_info(l, &info);
			l->ev.session_up(l->arg, &info.ids);
		}
	}
}

bool
l2tp_session_clear(struct l2tp *l, const struct l2tp_fault *f, const char *event)
{
	if (l->session.state == L2TP_SESSION_IDLE)
		return false;
	send_cdn(l, l->session.our_sid, l->session.peer_sid, f, true);
	return l2tp_session_forget(l, event);
}

bool
l2tp_session_forget(struct l2tp *l, const char *event)
{
	bool was_up = l->session.state == L2TP_SESSION_ESTABLISHED;

	if (l->session.state == L2TP_SESSION_IDLE)
		return false;
	set_state(l, L2TP_SESSION_IDLE, event);
	/* A tunnel without a session is kept no longer than its set-up may take. */
	timer_arm(&l->tunnel.setup, L2TP_SETUP_MS);
	return was_up;
}
