/* SPDX-License-Identifier: BSD-3-Clause */
/* The incoming call as LNS (RFC 2661, 5.2, 5.6, 7.4.2): one in a tunnel. */
#include "l2tp_impl.h"

enum verdict {
	TO_NEXT, /* the row's next state */
	STAY,
	FAULT, /* CDN with the fault that was filled in */
	REFUSE, /* CDN with the fault for another call; the session stays */
};

struct row {
	unsigned states; /* as bits */
	enum l2tp_type type;
	enum verdict (*handler)(struct l2tp *, const struct l2tp_msg *, struct l2tp_fault *);
	enum session_state next;
};

const char *
l2tp_session_state_name(enum session_state state)
{
	switch (state) {
	case SESSION_IDLE:
		return "idle";
	case SESSION_WAIT_CONNECT:
		return "wait-connect";
	case SESSION_ESTABLISHED:
		return "established";
	}
	return "?";
}

static void
set_state(struct l2tp *l, enum session_state next, const char *event)
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
		log_warning(L2TP, l->who, "CDN for the peer's session %u not sent: too many wait",
			peer_sid);
}

/* A call that is not to be; the session, if there is one, is not touched. */
static void
refuse(struct l2tp *l, const struct l2tp_msg *m, const struct l2tp_fault *f)
{
	if (log_allowed(&l->limit, l->timers->now_ms, LOG_L2TP))
		log_warning(L2TP, l->who,
			"%s of the peer's session %u refused: CDN result %u, error %u: %s",
			l2tp_type_name(m->type), m->sid, f->result, f->error, f->text);
	send_cdn(l, l2tp_random_id(l->session.our_sid, 0), m->sid, f, false);
}

static enum verdict
on_icrq(struct l2tp *l, const struct l2tp_msg *m, struct l2tp_fault *f)
{
	struct l2tp_session *s = &l->session;

	if (m->sid == 0) {
		l2tp_fault_set(f, L2TP_CDN_ERROR, L2TP_ERR_VALUE, "ICRQ without a session id");
		return REFUSE;
	}
	s->our_sid = l2tp_random_id(s->our_sid, 0);
	s->peer_sid = m->sid;
	s->sequencing = false;
	log_info(L2TP, l->who, "ICRQ: its session %u, call serial %u", m->sid, m->serial);
	if (!send_icrp(l)) {
		l2tp_fault_set(f, L2TP_CDN_NO_FACILITIES, L2TP_ERR_NONE, "too many messages wait");
		return REFUSE;
	}
	return TO_NEXT;
}

/* The RFC has any number of sessions in a tunnel; a remote-access client has one. */
static enum verdict
on_second_icrq(struct l2tp *l, const struct l2tp_msg *m, struct l2tp_fault *f)
{
	if (m->sid != l->session.peer_sid) {
		l2tp_fault_set(f, L2TP_CDN_NO_FACILITIES, L2TP_ERR_NONE,
			"one session in a tunnel, and there is one");
		return REFUSE;
	}
	if (l->session.state == SESSION_WAIT_CONNECT)
		return STAY; /* the same call asked for again: ICRP is on its way */
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
	l2tp_fault_set(f, L2TP_CDN_NO_FACILITIES_EVER, L2TP_ERR_NONE, "no outgoing calls here");
	return REFUSE;
}

static enum verdict
on_notice(struct l2tp *l, const struct l2tp_msg *m, struct l2tp_fault *f)
{
	(void)f;
	log_debug(L2TP, l->who, "session %u: %s ignored", l->session.our_sid,
		l2tp_type_name(m->type));
	return STAY;
}

#define S(state)  (1u << SESSION_##state)
#define ALIVE     (S(WAIT_CONNECT) | S(ESTABLISHED))
#define ANY_STATE (S(IDLE) | ALIVE)

/*
 * RFC 2661, 7.4.2, in its order. Rows of idle for messages that name a session are missing: there is
 * no session they could name.
 */
/* clang-format off */
static const struct row rows[] = {
	{S(IDLE),		L2TP_ICRQ,	on_icrq,	SESSION_WAIT_CONNECT},
	{S(WAIT_CONNECT),	L2TP_ICCN,	on_iccn,	SESSION_ESTABLISHED},
	{S(WAIT_CONNECT),	L2TP_ICRQ,	on_second_icrq,	SESSION_IDLE},
	{S(WAIT_CONNECT),	L2TP_ICRP,	on_invalid,	SESSION_IDLE},
	{ALIVE,			L2TP_CDN,	on_cdn,		SESSION_IDLE},
	{S(ESTABLISHED),	L2TP_ICRQ,	on_second_icrq,	SESSION_IDLE},
	{S(ESTABLISHED),	L2TP_ICRP,	on_invalid,	SESSION_IDLE},
	{S(ESTABLISHED),	L2TP_ICCN,	on_invalid,	SESSION_IDLE},
	/* 7.5: outgoing calls are not for this LNS */
	{ANY_STATE,		L2TP_OCRQ,	on_ocrq,	SESSION_IDLE},
	{ALIVE,			L2TP_OCRP,	on_invalid,	SESSION_IDLE},
	{ALIVE,			L2TP_OCCN,	on_invalid,	SESSION_IDLE},
	/* 6.13, 6.14 */
	{ALIVE,			L2TP_WEN,	on_notice,	SESSION_ESTABLISHED},
	{ALIVE,			L2TP_SLI,	on_notice,	SESSION_ESTABLISHED},
};
/* clang-format on */

#undef S

/* Whether the message is about our session, or one that is to be. */
static bool
addressed(const struct l2tp *l, uint16_t sid, const struct l2tp_msg *m)
{
	const struct l2tp_session *s = &l->session;

	if (m->type == L2TP_ICRQ || m->type == L2TP_OCRQ)
		return true;
	if (s->state == SESSION_IDLE)
		return false;
	/* A peer that has not seen ICRP yet names its session by its own id (RFC 2661, 4.4.4). */
	if (m->type == L2TP_CDN && sid == 0)
		return l2tp_has(m, L2TP_AVP_SESSION_ID) && m->sid == s->peer_sid;
	return sid == s->our_sid;
}

static void
end(struct l2tp *l, const struct l2tp_fault *f)
{
	log_warning(L2TP, l->who, "session %u: CDN to the peer: result %u, error %u: %s",
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
			log_info(L2TP, l->who, "%s for session %u, which does not exist: ignored",
				l2tp_type_name(m->type), sid);
		return;
	}
	for (size_t i = 0; row == NULL && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == m->type && (rows[i].states >> l->session.state & 1) != 0)
			row = &rows[i];
	/* Whatever is wrong with it, a CDN means what it says. */
	if (f.result == 0 || m->type == L2TP_CDN)
		verdict = row ? row->handler(l, m, &f) : on_invalid(l, m, &f);
	if (verdict == REFUSE) {
		refuse(l, m, &f);
	} else if (verdict == FAULT) {
		end(l, &f);
	} else if (verdict == TO_NEXT) {
		set_state(l, row->next, l2tp_type_name(m->type));
		if (row->next == SESSION_WAIT_CONNECT && l->ev.session_opening != NULL) {
			l2tp_info(l, &info);
			l->ev.session_opening(l->arg, &info.ids);
		}
		if (row->next == SESSION_ESTABLISHED) {
			l2tp_info(l, &info);
			l->ev.session_up(l->arg, &info.ids);
		}
	}
}

bool
l2tp_session_clear(struct l2tp *l, const struct l2tp_fault *f, const char *event)
{
	if (l->session.state == SESSION_IDLE)
		return false;
	send_cdn(l, l->session.our_sid, l->session.peer_sid, f, true);
	return l2tp_session_forget(l, event);
}

bool
l2tp_session_forget(struct l2tp *l, const char *event)
{
	bool was_up = l->session.state == SESSION_ESTABLISHED;

	if (l->session.state == SESSION_IDLE)
		return false;
	set_state(l, SESSION_IDLE, event);
	/* A tunnel without a session is kept only as long as one in the making. */
	timer_arm(&l->tunnel.setup, L2TP_SETUP_MS);
	return was_up;
}
