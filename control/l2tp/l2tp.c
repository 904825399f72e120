/* SPDX-License-Identifier: BSD-3-Clause */
/* The L2TP of one peer: the tunnel that a message is for, replacement of tunnels. */
#include <stdio.h>
#include <stdlib.h>

#include "l2tp_impl.h"
#include "crypto/rng.h"

const char *
l2tp_why_str(enum l2tp_why why)
{
	switch (why) {
	case L2TP_WHY_PEER_STOPCCN:
		return "StopCCN from the peer";
	case L2TP_WHY_PEER_CDN:
		return "CDN from the peer";
	case L2TP_WHY_TIMEOUT:
		return "the peer does not acknowledge";
	case L2TP_WHY_SETUP_TIMEOUT:
		return "the set-up timed out";
	case L2TP_WHY_REPLACED:
		return "replaced by a new tunnel of the peer";
	case L2TP_WHY_PROTOCOL:
		return "protocol error";
	case L2TP_WHY_LOCAL:
		return "closed by the gateway";
	}
	return "?";
}

uint16_t
l2tp_random_id(uint16_t not_this, uint16_t nor_this)
{
	uint16_t id;

	do
		id = (uint16_t)rng_below(65536);
	while (id == 0 || id == not_this || id == nor_this);
	return id;
}

static void
on_send(void *arg, const uint8_t *msg, size_t len)
{
	struct l2tp *l = arg;

	l->ev.send(l->arg, msg, len);
}

static void
on_dead(void *arg)
{
	struct l2tp *l = arg;
	const struct l2tp_tunnel *t = &l->tunnel;

	log_info(L2TP, l->who, "tunnel %u: no acknowledgement after %u retransmissions", t->our_tid,
		L2TP_RETRANSMITS);
	l2tp_tunnel_gone(l, "no acknowledgement",
		t->state == L2TP_TUNNEL_CLOSING ? t->why : L2TP_WHY_TIMEOUT, "");
}

struct l2tp *
l2tp_new(const struct l2tp_config *config, struct timers *timers, const struct l2tp_events *events,
	void *arg, const char *who)
{
	struct l2tp *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->config = *config;
	l->timers = timers;
	l->ev = *events;
	l->arg = arg;
	l2tp_set_who(l, who);
	l2tp_reliable_init(&l->rel, timers, on_send, on_dead, l);
	l2tp_tunnel_init(l);
	return l;
}

void
l2tp_set_who(struct l2tp *l, const char *who)
{
	snprintf(l->who, sizeof(l->who), "%s", who);
}

static void
ignore(struct l2tp *l, const char *what, unsigned number)
{
	if (log_allowed(&l->limit, l->timers->now_ms, LOG_L2TP))
		log_info(L2TP, l->who, "ignored %s %u", what, number);
}

/* Has no effect on a tunnel that is closing: that ends, whatever its peer sends. */
void
l2tp_heard(struct l2tp *l)
{
	if (l->tunnel.state == L2TP_TUNNEL_ESTABLISHED)
		l2tp_reliable_heard(&l->rel);
}

/* Processes a message of the current tunnel, and held ones whose turn it is after that. */
static void
channel_input(struct l2tp *l, const struct l2tp_header *h)
{
	enum l2tp_rel_in in = l2tp_reliable_in(&l->rel, h);
	struct l2tp_held *held;

	l2tp_tunnel_heard(l);
	l2tp_heard(l);
	if (in == L2TP_REL_NEW)
		l2tp_tunnel_message(l, h->sid, h->body);
	else if (in != L2TP_REL_ZLB)
		log_debug(L2TP, l->who, "tunnel %u: Ns %u, expected %u: %s", h->tid, h->ns,
			l->rel.nr,
			in == L2TP_REL_DUPLICATE ? "duplicate, acknowledged again"
			: in == L2TP_REL_HELD    ? "held"
						 : "outside the window, dropped");
	while (l->tunnel.state != L2TP_TUNNEL_IDLE &&
		(held = l2tp_reliable_unhold(&l->rel)) != NULL) {
		l2tp_tunnel_message(l, held->sid, rd_init(held->bytes, held->len));
		free(held);
	}
	if (l->tunnel.state == L2TP_TUNNEL_IDLE)
		return;
	l2tp_reliable_ack(&l->rel);
	if (l->tunnel.state == L2TP_TUNNEL_CLOSING && l2tp_reliable_idle(&l->rel))
		l2tp_tunnel_gone(l, "StopCCN acknowledged", l->tunnel.why, "");
}

/*
 * Whether an SCCRQ is a retransmission of the one that began the current tunnel, even if refused.
 */
static bool
is_repeat(const struct l2tp *l, const struct l2tp_msg *m)
{
	const struct l2tp_tunnel *t = &l->tunnel;

	if (t->state == L2TP_TUNNEL_IDLE || m->tid != t->peer_tid || l->path != t->path)
		return false;
	if (!t->was_established)
		return true;
	/* Later, it is from a peer that has lost its tunnel and begins with the same ID again. */
	return t->state == L2TP_TUNNEL_ESTABLISHED &&
	       l->timers->now_ms - t->established_ms < L2TP_SCCRQ_REPEAT_MS;
}

/* Whether a StopCCN names the current tunnel by the ID that the peer assigned (RFC 2661, 4.4.3). */
static bool
is_named(const struct l2tp *l, const struct l2tp_msg *m)
{
	return l->tunnel.state != L2TP_TUNNEL_IDLE && l2tp_has(m, L2TP_AVP_TUNNEL_ID) &&
	       m->tid == l->tunnel.peer_tid;
}

static void
on_sccrq(struct l2tp *l, const struct l2tp_header *h, const struct l2tp_msg *m)
{
	if (m->tid == 0 || h->ns != 0) {
		ignore(l, m->tid == 0 ? "SCCRQ without tunnel ID, Ns" : "SCCRQ with Ns", h->ns);
		return;
	}
	if (is_repeat(l, m)) {
		log_debug(L2TP, l->who, "tunnel %u: retransmitted SCCRQ", l->tunnel.our_tid);
		l->rel.owe_ack = true;
		l2tp_reliable_ack(&l->rel);
		return;
	}
	if (l->tunnel.state != L2TP_TUNNEL_IDLE)
		l2tp_tunnel_replaced(l);
	l2tp_tunnel_begin(l, h, m);
}

/* A message to tunnel 0: the peer does not know our ID yet. */
static void
on_tunnel_zero(struct l2tp *l, const struct l2tp_header *h)
{
	struct l2tp_msg m;

	if (!rd_more(&h->body)) {
		ignore(l, "an acknowledgement for tunnel", 0);
		return;
	}
	l2tp_msg_read(&m, h->body, l->who);
	if (m.type == L2TP_SCCRQ)
		on_sccrq(l, h, &m);
	else if (m.type == L2TP_STOPCCN && is_named(l, &m))
		channel_input(l, h);
	else
		ignore(l, "a message to tunnel 0 that is not SCCRQ, but of type", m.type);
}

void
l2tp_set_path(struct l2tp *l, uint32_t path)
{
	l->path = path;
}

void
l2tp_input(struct l2tp *l, const uint8_t *msg, size_t len)
{
	const struct l2tp_stale *stale = &l->stale;
	struct l2tp_header h;

	if (!l2tp_header_read(&h, msg, len))
		ignore(l, "a malformed control message of length", (unsigned)len);
	else if (h.tid == 0)
		on_tunnel_zero(l, &h);
	else if (l->tunnel.state != L2TP_TUNNEL_IDLE && h.tid == l->tunnel.our_tid)
		channel_input(l, &h);
	else if (h.tid != stale->our_tid || l->timers->now_ms >= stale->until_ms)
		ignore(l, "a message for a tunnel that does not exist:", h.tid);
	else if (rd_more(&h.body))
		l2tp_reliable_zlb(on_send, l, stale->peer_tid, stale->ns, stale->nr);
}

bool
l2tp_close(struct l2tp *l, uint16_t cdn_result, const char *text)
{
	struct l2tp_fault cdn = {0}, stop = {0};
	bool was_up;

	if (l->tunnel.state == L2TP_TUNNEL_IDLE || l->tunnel.state == L2TP_TUNNEL_CLOSING)
		return l->tunnel.state == L2TP_TUNNEL_CLOSING;
	l2tp_fault_set(&cdn, cdn_result, L2TP_ERR_NONE, "%s", text);
	l2tp_fault_set(&stop, L2TP_STOP_GENERAL, L2TP_ERR_NONE, "%s", text);
	was_up = l2tp_session_clear(l, &cdn, "CDN sent");
	l2tp_tunnel_stop(l, L2TP_WHY_LOCAL, &stop, was_up);
	return true;
}

void
l2tp_free(struct l2tp *l)
{
	if (l == NULL)
		return;
	l2tp_reliable_reset(&l->rel, 0, l->config.receive_window);
	timer_stop(&l->tunnel.hello);
	timer_stop(&l->tunnel.setup);
	free(l);
}

void
l2tp_info(const struct l2tp *l, struct l2tp_info *out)
{
	const struct l2tp_tunnel *t = &l->tunnel;
	const struct l2tp_session *s = &l->session;

	*out = (struct l2tp_info){
		.tunnel = t->state,
		.tunnel_state = l2tp_tunnel_state_name(t->state),
		.session_state = l2tp_session_state_name(s->state),
		.peer_firmware = t->peer_firmware,
	};
	if (t->state != L2TP_TUNNEL_IDLE) {
		out->ids.our_tid = t->our_tid;
		out->ids.peer_tid = t->peer_tid;
	}
	if (s->state != L2TP_SESSION_IDLE) {
		out->ids.our_sid = s->our_sid;
		out->ids.peer_sid = s->peer_sid;
		out->ids.sequencing = s->sequencing;
	}
	memcpy(out->peer_host, t->peer_host, sizeof(out->peer_host));
	memcpy(out->peer_vendor, t->peer_vendor, sizeof(out->peer_vendor));
}
