/* SPDX-License-Identifier: BSD-3-Clause */
#include "l2tp_tunnel.h"

#include <stdio.h>

#include "l2tp_impl.h"

/* What a handler decides; step() changes the state. */
enum verdict {
	TO_NEXT, /* enter the row's next state */
	STAY,
	FAULT, /* end the tunnel, with the fault that is filled in */
	OVER, /* the tunnel is gone already */
};

struct row {
	unsigned states; /* one bit per state */
	enum l2tp_type type;
	enum verdict (*handler)(struct l2tp *, const struct l2tp_msg *, struct l2tp_fault *);
	enum l2tp_tunnel_state next;
};

const char *
l2tp_tunnel_state_name(enum l2tp_tunnel_state state)
{
	switch (state) {
	case L2TP_TUNNEL_IDLE:
		return "idle";
	case L2TP_TUNNEL_WAIT_CTL_CONN:
		return "wait-ctl-conn";
	case L2TP_TUNNEL_ESTABLISHED:
		return "established";
	case L2TP_TUNNEL_CLOSING:
		return "closing";
	}
	return "?";
}

static void
set_state(struct l2tp *l, enum l2tp_tunnel_state next, const char *event)
{
	if (l->tunnel.state == next)
		return;
	log_info(L2TP, l->who, "tunnel %u: %s -> %s (%s)", l->tunnel.our_tid,
		l2tp_tunnel_state_name(l->tunnel.state), l2tp_tunnel_state_name(next), event);
	l->tunnel.state = next;
}

static bool
send_sccrp(struct l2tp *l)
{
	uint8_t buf[L2TP_OUT_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	l2tp_put_type(&w, L2TP_SCCRP);
	l2tp_put_u16(&w, L2TP_AVP_PROTOCOL_VERSION, L2TP_PROTOCOL_VERSION);
	l2tp_put_u32(&w, L2TP_AVP_FRAMING_CAPS, 3); /* asynchronous and synchronous */
	l2tp_put_u16(&w, L2TP_AVP_FIRMWARE, L2TP_FIRMWARE);
	l2tp_put_string(&w, L2TP_AVP_HOST_NAME, l->config.host_name);
	l2tp_put_string(&w, L2TP_AVP_VENDOR_NAME, "kanmon");
	l2tp_put_u16(&w, L2TP_AVP_TUNNEL_ID, l->tunnel.our_tid);
	l2tp_put_u16(&w, L2TP_AVP_RECEIVE_WINDOW, l->config.receive_window);
	return l2tp_reliable_send(&l->rel, 0, &w, false);
}

static bool
send_stopccn(struct l2tp *l, const struct l2tp_fault *f)
{
	uint8_t buf[L2TP_OUT_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	l2tp_put_type(&w, L2TP_STOPCCN);
	l2tp_put_u16(&w, L2TP_AVP_TUNNEL_ID, l->tunnel.our_tid);
	l2tp_put_result(&w, f->result, f->error, f->text);
	return l2tp_reliable_send(&l->rel, 0, &w, true);
}

static void
send_hello(struct l2tp *l)
{
	uint8_t buf[L2TP_OUT_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	l2tp_put_type(&w, L2TP_HELLO);
	if (l2tp_reliable_send(&l->rel, 0, &w, false))
		log_debug(L2TP, l->who, "tunnel %u: sent HELLO", l->tunnel.our_tid);
}

static enum verdict
on_sccrq(struct l2tp *l, const struct l2tp_msg *m, struct l2tp_fault *f)
{
	struct l2tp_tunnel *t = &l->tunnel;

	memcpy(t->peer_host, m->host, sizeof(t->peer_host));
	memcpy(t->peer_vendor, m->vendor, sizeof(t->peer_vendor));
	t->peer_firmware = m->firmware;
	if (l2tp_has(m, L2TP_AVP_RECEIVE_WINDOW))
		l2tp_reliable_window(&l->rel, m->window);
	log_info(L2TP, l->who,
		"SCCRQ: host '%s', vendor '%s', firmware 0x%04x, the peer's tunnel %u, window %u",
		t->peer_host, t->peer_vendor, t->peer_firmware, t->peer_tid, l->rel.peer_window);
	if (l2tp_has(m, L2TP_AVP_PROTOCOL_VERSION) &&
		m->version >> 8 != L2TP_PROTOCOL_VERSION >> 8) {
		l2tp_fault_set(f, L2TP_STOP_VERSION, L2TP_PROTOCOL_VERSION,
			"protocol version %u.%u is not supported", m->version >> 8,
			m->version & 255);
		return FAULT;
	}
	/*
	 * A challenge requires a shared secret (RFC 2661, 5.1.1); IPsec authenticates the peer
	 * already.
	 */
	if (l2tp_has(m, L2TP_AVP_CHALLENGE)) {
		l2tp_fault_set(f, L2TP_STOP_NOT_AUTHORIZED, L2TP_ERR_NONE,
			"tunnel authentication (Challenge AVP) is not supported");
		return FAULT;
	}
	if (!send_sccrp(l)) {
		l2tp_fault_set(f, L2TP_STOP_ERROR, L2TP_ERR_RESOURCES, "out of memory");
		return FAULT;
	}
	return TO_NEXT;
}

static enum verdict
on_scccn(struct l2tp *l, const struct l2tp_msg *m, struct l2tp_fault *f)
{
	(void)m;
	(void)f;
	l->tunnel.was_established = true;
	l->tunnel.established_ms = l->timers->now_ms;
	timer_arm(&l->tunnel.setup, L2TP_SETUP_MS);
	return TO_NEXT;
}

static enum verdict
on_stopccn(struct l2tp *l, const struct l2tp_msg *m, struct l2tp_fault *f)
{
	(void)f;
	l2tp_reliable_ack(&l->rel);
	log_info(L2TP, l->who, "tunnel %u: StopCCN from the peer: result %u, error %u, '%s'",
		l->tunnel.our_tid, m->result, m->error, m->text);
	if (l->tunnel.state == L2TP_TUNNEL_CLOSING)
		l2tp_tunnel_gone(l, "StopCCN", l->tunnel.why, m->text);
	else
		l2tp_tunnel_gone(l, "StopCCN", L2TP_WHY_PEER_STOPCCN, m->text);
	return OVER;
}

static enum verdict
on_hello(struct l2tp *l, const struct l2tp_msg *m, struct l2tp_fault *f)
{
	(void)m;
	(void)f;
	log_debug(L2TP, l->who, "tunnel %u: received HELLO", l->tunnel.our_tid);
	return STAY;
}

static enum verdict
on_invalid(struct l2tp *l, const struct l2tp_msg *m, struct l2tp_fault *f)
{
	l2tp_fault_set(f, L2TP_STOP_FSM, L2TP_ERR_NONE, "%s is not expected in state %s",
		l2tp_type_name(m->type), l2tp_tunnel_state_name(l->tunnel.state));
	return FAULT;
}

#define S(state) (1u << L2TP_TUNNEL_##state)

/*
 * RFC 2661, 7.2.1, in its order, without the rows of the initiator. State idle has a row for SCCRQ
 * only: any other message names a tunnel that does not exist, and l2tp_input() ignores it.
 */
/* clang-format off */
static const struct row rows[] = {
	{S(IDLE),			L2TP_SCCRQ,	on_sccrq,	L2TP_TUNNEL_WAIT_CTL_CONN},
	{S(WAIT_CTL_CONN),		L2TP_SCCCN,	on_scccn,	L2TP_TUNNEL_ESTABLISHED},
	{S(WAIT_CTL_CONN),		L2TP_SCCRQ,	on_invalid,	L2TP_TUNNEL_CLOSING},
	{S(WAIT_CTL_CONN),		L2TP_SCCRP,	on_invalid,	L2TP_TUNNEL_CLOSING},
	{S(ESTABLISHED),		L2TP_SCCRQ,	on_invalid,	L2TP_TUNNEL_CLOSING},
	{S(ESTABLISHED),		L2TP_SCCRP,	on_invalid,	L2TP_TUNNEL_CLOSING},
	{S(ESTABLISHED),		L2TP_SCCCN,	on_invalid,	L2TP_TUNNEL_CLOSING},
	{S(WAIT_CTL_CONN) | S(ESTABLISHED) | S(CLOSING),
					L2TP_STOPCCN,	on_stopccn,	L2TP_TUNNEL_IDLE},
	/* 6.5 */
	{S(WAIT_CTL_CONN) | S(ESTABLISHED),
					L2TP_HELLO,	on_hello,	L2TP_TUNNEL_ESTABLISHED},
};
/* clang-format on */

#undef S

/* Processes a message by the row of the state and the message's type. */
static void
step(struct l2tp *l, const struct l2tp_msg *m)
{
	struct l2tp_fault f = m->fault;
	enum verdict verdict = FAULT;
	const struct row *row = NULL;

	for (size_t i = 0; row == NULL && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == m->type && (rows[i].states >> l->tunnel.state & 1) != 0)
			row = &rows[i];
	/* A StopCCN ends the tunnel even if it has a fault. */
	if (f.result == 0 || m->type == L2TP_STOPCCN)
		verdict = row ? row->handler(l, m, &f) : on_invalid(l, m, &f);
	if (verdict == TO_NEXT)
		set_state(l, row->next, l2tp_type_name(m->type));
	else if (verdict == FAULT)
		l2tp_tunnel_stop(l, L2TP_WHY_PROTOCOL, &f, false);
}

void
l2tp_tunnel_begin(struct l2tp *l, const struct l2tp_header *h, const struct l2tp_msg *m)
{
	struct l2tp_tunnel *t = &l->tunnel;

	t->our_tid = l2tp_random_id(t->our_tid, l->stale.our_tid);
	t->peer_tid = m->tid;
	t->path = l->path;
	t->was_established = false;
	l2tp_reliable_reset(&l->rel, t->peer_tid, l->config.receive_window);
	l2tp_reliable_in(&l->rel, h);
	timer_arm(&t->setup, L2TP_SETUP_MS);
	step(l, m);
	l2tp_tunnel_heard(l);
}

void
l2tp_tunnel_message(struct l2tp *l, uint16_t sid, struct rd body)
{
	struct l2tp_msg m;

	l2tp_msg_read(&m, body, l->who);
	if (m.type == L2TP_STOPCCN) {
		step(l, &m);
		return;
	}
	if (l->tunnel.state == L2TP_TUNNEL_CLOSING) {
		log_debug(L2TP, l->who, "tunnel %u: ignored %s while closing", l->tunnel.our_tid,
			l2tp_type_name(m.type));
		return;
	}
	/* An unknown type without the M bit is ignored. */
	if (m.fault.result == 0 && !l2tp_type_known(m.type))
		return;
	if (l2tp_type_session(m.type) && !m.broken && l->tunnel.state == L2TP_TUNNEL_ESTABLISHED)
		l2tp_session_message(l, sid, &m);
	else
		step(l, &m);
}

void
l2tp_tunnel_stop(struct l2tp *l, enum l2tp_why why, const struct l2tp_fault *f, bool was_up)
{
	struct l2tp_tunnel *t = &l->tunnel;

	if (t->state == L2TP_TUNNEL_CLOSING)
		return;
	if (why == L2TP_WHY_LOCAL)
		log_info(L2TP, l->who, "tunnel %u: sending StopCCN: %s", t->our_tid, f->text);
	else
		log_warning(L2TP, l->who, "tunnel %u: sending StopCCN: result %u, error %u: %s",
			t->our_tid, f->result, f->error, f->text);
	was_up |= l2tp_session_forget(l, "StopCCN sent");
	t->why = why;
	l->rel.heard_ms = 0;
	timer_stop(&t->hello);
	timer_stop(&t->setup);
	set_state(l, L2TP_TUNNEL_CLOSING, "StopCCN sent");
	if (!send_stopccn(l, f)) {
		if (was_up)
			l->ev.session_down(l->arg, why, "");
		l2tp_tunnel_gone(l, "StopCCN could not be sent", why, "");
		return;
	}
	/* The text of the event is for messages of the peer; our own one is only logged. */
	if (was_up)
		l->ev.session_down(l->arg, why, "");
}

/* Returns to idle. The IDs are kept for retransmissions of the peer's last message. */
static void
clear(struct l2tp *l, const char *event)
{
	struct l2tp_tunnel *t = &l->tunnel;

	timer_stop(&t->hello);
	timer_stop(&t->setup);
	l->stale = (struct l2tp_stale){
		.our_tid = t->our_tid,
		.peer_tid = t->peer_tid,
		.ns = l->rel.top,
		.nr = l->rel.nr,
		.until_ms = l->timers->now_ms + L2TP_LINGER_MS,
	};
	set_state(l, L2TP_TUNNEL_IDLE, event);
	l2tp_reliable_reset(&l->rel, 0, l->config.receive_window);
}

void
l2tp_tunnel_gone(struct l2tp *l, const char *event, enum l2tp_why why, const char *text)
{
	bool was_up = l2tp_session_forget(l, event);
	char copy[L2TP_TEXT_MAX];

	snprintf(copy, sizeof(copy), "%s", text);
	clear(l, event);
	if (was_up)
		l->ev.session_down(l->arg, why, copy);
	l->ev.tunnel_down(l->arg, why, copy);
}

void
l2tp_tunnel_replaced(struct l2tp *l)
{
	bool was_up = l2tp_session_forget(l, "new SCCRQ");
	bool awaited = l->tunnel.state == L2TP_TUNNEL_CLOSING && l->tunnel.why == L2TP_WHY_LOCAL;

	/*
	 * Nothing is sent to the old tunnel: the peer has forgotten it, and one that numbers its
	 * tunnels from 1 again would take our StopCCN for one of the new tunnel.
	 */
	clear(l, "new SCCRQ");
	if (was_up)
		l->ev.session_down(l->arg, L2TP_WHY_REPLACED, "");
	if (awaited)
		l->ev.tunnel_down(l->arg, L2TP_WHY_LOCAL, "");
}

void
l2tp_tunnel_heard(struct l2tp *l)
{
	enum l2tp_tunnel_state state = l->tunnel.state;

	if (l->config.hello_s != 0 &&
		(state == L2TP_TUNNEL_ESTABLISHED || state == L2TP_TUNNEL_WAIT_CTL_CONN))
		timer_arm(&l->tunnel.hello, l->config.hello_s * UINT64_C(1000));
}

/* Sends HELLO after a silence (RFC 2661, 6.5), unless another message awaits an acknowledgement. */
static void
on_hello_due(struct timer *timer)
{
	struct l2tp *l = container_of(timer, struct l2tp, tunnel.hello);

	if (l2tp_reliable_idle(&l->rel))
		send_hello(l);
	l2tp_tunnel_heard(l);
}

static void
on_setup_expired(struct timer *timer)
{
	struct l2tp *l = container_of(timer, struct l2tp, tunnel.setup);
	struct l2tp_fault f = {0};

	l2tp_fault_set(&f, L2TP_STOP_GENERAL, L2TP_ERR_NONE,
		"no session within %u s (tunnel %s, session %s)", L2TP_SETUP_MS / 1000,
		l2tp_tunnel_state_name(l->tunnel.state), l2tp_session_state_name(l->session.state));
	l2tp_tunnel_stop(l, L2TP_WHY_SETUP_TIMEOUT, &f, false);
}

void
l2tp_tunnel_init(struct l2tp *l)
{
	timer_init(&l->tunnel.hello, l->timers, on_hello_due);
	timer_init(&l->tunnel.setup, l->timers, on_setup_expired);
}
