/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * LCP and IPCP of a client, on the gateway's table of the automaton (RFC 1661, 4). The gateway's
 * engine is not used, as it logs and takes kilobytes per link: one process has ten thousand links.
 */
#include <stdio.h>
#include <string.h>

#include "client_internal.h"

enum {
	REPLY_MAX = 512,
};

/* A packet that is being processed, and the answer to it. */
struct packet {
	uint8_t code, id;
	struct rd all, body;
	uint8_t reply_code;
	struct wr reply;
	uint8_t buf[REPLY_MAX];
};

static const struct profile_opt *
options(const struct client_cp *cp)
{
	return cp->kind->protocol == PPP_LCP ? cp->c->profile->lcp : cp->c->profile->ipcp;
}

static bool
next(struct rd *r, uint8_t *type, struct rd *value)
{
	uint8_t len;

	if (!rd_more(r))
		return false;
	*type = rd_u8(r);
	len = rd_u8(r);
	if (len < 2) {
		r->bad = true;
		return false;
	}
	*value = rd_sub(r, len - 2u);
	return !r->bad;
}

static bool
well_formed(struct rd r)
{
	struct rd value;
	uint8_t type;

	while (next(&r, &type, &value))
		;
	return rd_done(&r);
}

static void
put(struct wr *w, uint8_t type, const uint8_t *value, size_t len)
{
	wr_u8(w, type);
	wr_u8(w, (uint8_t)(2 + len));
	wr_bytes(w, value, len);
}

/* --- actions ---------------------------------------------------------------------------------- */

/* Whether to request option i. The address replaces the deprecated pair once that is refused. */
static bool
wanted(const struct client_cp *cp, unsigned i)
{
	const struct profile_opt *opt = options(cp);

	if (cp->off >> i & 1)
		return false;
	return cp->kind->protocol != PPP_IPCP || i == 0 || opt[i].type != IPCP_OPT_ADDRESS ||
	       opt[i - 1].type != IPCP_OPT_ADDRESSES || (cp->off >> (i - 1) & 1) != 0;
}

static void
write_request(struct client_cp *cp, struct wr *w)
{
	const struct profile_opt *opt = options(cp);

	for (unsigned i = 0; opt[i].type != 0; i++) {
		if (!wanted(cp, i))
			continue;
		wr_u8(w, opt[i].type);
		wr_u8(w, (uint8_t)(2 + opt[i].len));
		cp->kind->value(cp->c, &opt[i], w);
	}
}

static void
send_request(struct client_cp *cp, bool again)
{
	uint8_t buf[REPLY_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	write_request(cp, &w);
	if (!again || cp->answered) {
		cp->req_id = ++cp->id;
		cp->answered = false;
	}
	client_ppp_send(cp->c, cp->kind->protocol, PPP_CONF_REQ, cp->req_id, buf, wr_len(&w));
}

/* Each transmission counts towards the limit (RFC 1661, 4.6). */
static void
spend(struct client_cp *cp)
{
	if (cp->count > 0)
		cp->count--;
	timer_arm(&cp->restart, PPP_RESTART_MS);
}

static void
finished(struct client_cp *cp)
{
	struct client *c = cp->c;

	if (c->phase == CLIENT_CLOSING)
		client_step_done(c, PROFILE_STEP_LCP);
	else if (cp->timed_out)
		client_end(c, CLIENT_WHY_PPP_TIMEOUT, "no answer in %s", cp->kind->name);
	else
		client_end(c, CLIENT_WHY_PPP_REFUSED, "the gateway rejects %s", cp->kind->name);
}

static void
act(struct client_cp *cp, enum ppp_action action, enum ppp_event event, unsigned all,
	struct packet *in)
{
	uint16_t protocol = cp->kind->protocol;
	struct client *c = cp->c;

	switch (action) {
	case PPP_TLD:
		cp->kind->down(c);
		break;
	case PPP_IRC:
		cp->count = (all & PPP_STR) != 0 ? PPP_MAX_TERMINATE : PPP_MAX_CONFIGURE;
		break;
	case PPP_ZRC:
		cp->count = 0;
		timer_arm(&cp->restart, PPP_RESTART_MS);
		break;
	case PPP_SCR:
		spend(cp);
		send_request(cp, event == PPP_EV_TO_PLUS);
		break;
	case PPP_SCA:
	case PPP_SCN:
		client_ppp_send(
			c, protocol, in->reply_code, in->id, in->reply.start, wr_len(&in->reply));
		break;
	case PPP_STR:
		spend(cp);
		client_ppp_send(c, protocol, PPP_TERM_REQ, ++cp->id, NULL, 0);
		break;
	case PPP_STA:
		client_ppp_send(c, protocol, PPP_TERM_ACK, in->id, NULL, 0);
		break;
	case PPP_SCJ:
		client_ppp_send(c, protocol, PPP_CODE_REJ, ++cp->id, in->all.p,
			rd_left(&in->all) < REPLY_MAX ? rd_left(&in->all) : REPLY_MAX);
		break;
	case PPP_TLU:
		cp->refused = 0;
		cp->kind->up(c);
		break;
	case PPP_TLF:
		finished(cp);
		break;
	case PPP_SER: /* client_ppp_lcp_code() answers echoes */
	case PPP_TLS:
	case PPP_N_ACTIONS:
		break;
	}
}

static void
event_in(struct client_cp *cp, enum ppp_event event, struct packet *in)
{
	const struct ppp_cell *cell = ppp_fsm_cell(event, cp->state);

	if (cell->next == PPP_NO_CELL || cp->c->ended)
		return;
	cp->state = cell->next;
	if (cp->state < PPP_CLOSING || cp->state == PPP_OPENED)
		timer_stop(&cp->restart);
	for (unsigned i = 0; i < PPP_N_ACTIONS; i++)
		if ((cell->actions >> i & 1) != 0 && cp->state == cell->next && !cp->c->ended)
			act(cp, 1u << i, event, cell->actions, in);
}

/* In Stopped the client waited for the gateway's request (client_cp_open): it begins itself. */
static void
on_restart(struct timer *t)
{
	struct client_cp *cp = container_of(t, struct client_cp, restart);

	client_enter(cp->c);
	if (cp->state == PPP_STOPPED) {
		cp->state = PPP_STARTING;
		event_in(cp, PPP_EV_UP, NULL);
	} else {
		cp->timed_out = cp->count == 0;
		event_in(cp, cp->count > 0 ? PPP_EV_TO_PLUS : PPP_EV_TO_MINUS, NULL);
	}
	client_leave(cp->c);
}

void
client_cp_init(struct client_cp *cp, struct client *c, bool lcp)
{
	cp->c = c;
	cp->kind = lcp ? &client_lcp_kind : &client_ipcp_kind;
	timer_init(&cp->restart, c->timers, on_restart);
}

void
client_cp_reset(struct client_cp *cp)
{
	timer_stop(&cp->restart);
	cp->state = PPP_INITIAL;
	cp->off = 0;
	cp->refused = 0;
	cp->answered = cp->timed_out = false;
}

void
client_cp_open(struct client_cp *cp, uint32_t wait_ms)
{
	client_cp_reset(cp);
	if (wait_ms != 0) {
		cp->state = PPP_STOPPED;
		timer_arm(&cp->restart, wait_ms);
		return;
	}
	cp->state = PPP_STARTING;
	event_in(cp, PPP_EV_UP, NULL);
}

void
client_cp_close(struct client_cp *cp)
{
	event_in(cp, PPP_EV_CLOSE, NULL);
}

/* --- in --------------------------------------------------------------------------------------- */

static void
refuses(struct client_cp *cp)
{
	if (++cp->refused >= PPP_MAX_REFUSALS)
		client_end(cp->c, CLIENT_WHY_PPP_REFUSED, "the negotiation of %s does not converge",
			cp->kind->name);
}

static void
on_conf_req(struct client_cp *cp, struct packet *in)
{
	uint8_t nak_buf[REPLY_MAX], want_buf[8], type;
	struct wr nak = wr_init(nak_buf, sizeof(nak_buf));
	struct rd r = in->body, value;

	in->reply = wr_init(in->buf, sizeof(in->buf));
	if (rd_left(&in->body) > sizeof(in->buf) || !well_formed(in->body))
		return;
	cp->kind->begin(cp->c);
	while (next(&r, &type, &value)) {
		struct wr want = wr_init(want_buf, sizeof(want_buf));

		switch (cp->kind->judge(cp->c, type, value, &want)) {
		case PPP_OPT_ACK:
			break;
		case PPP_OPT_REJ:
			put(&in->reply, type, value.p, rd_left(&value));
			break;
		case PPP_OPT_NAK:
		case PPP_OPT_NAK_ALONE:
			put(&nak, type, want.start, wr_len(&want));
			break;
		}
	}
	if (wr_len(&in->reply) > 0) {
		in->reply_code = PPP_CONF_REJ;
	} else if (wr_len(&nak) > 0) {
		in->reply_code = PPP_CONF_NAK;
		wr_bytes(&in->reply, nak.start, wr_len(&nak));
	} else {
		in->reply_code = PPP_CONF_ACK;
		wr_bytes(&in->reply, in->body.p, rd_left(&in->body));
	}
	if (in->reply_code != PPP_CONF_ACK)
		refuses(cp);
	event_in(cp, in->reply_code == PPP_CONF_ACK ? PPP_EV_RCR_PLUS : PPP_EV_RCR_MINUS, in);
}

/* The index of an option in the profile's list, if it was requested; else -1. */
static int
asked(const struct client_cp *cp, uint8_t type)
{
	const struct profile_opt *opt = options(cp);

	for (int i = 0; opt[i].type != 0; i++)
		if (opt[i].type == type && wanted(cp, (unsigned)i))
			return i;
	return -1;
}

static void
take_refusal(struct client_cp *cp, const struct packet *in)
{
	struct rd r = in->body, value;
	uint8_t type;

	while (next(&r, &type, &value)) {
		int i = asked(cp, type);

		if (i < 0 || (in->code == PPP_CONF_NAK && cp->kind->nakd(cp->c, type, value)))
			continue;
		cp->off |= (uint16_t)(1u << i);
		if (cp->kind->protocol == PPP_IPCP && type == IPCP_OPT_ADDRESS)
			client_end(cp->c, CLIENT_WHY_PPP_REFUSED, "the gateway assigns no address");
	}
	refuses(cp);
}

/* Takes an Ack, Nak or Reject. */
static void
on_answer(struct client_cp *cp, struct packet *in)
{
	uint8_t buf[REPLY_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	if (cp->state < PPP_REQ_SENT) {
		event_in(cp, in->code == PPP_CONF_ACK ? PPP_EV_RCA : PPP_EV_RCN, in);
		return;
	}
	if (in->id != cp->req_id || cp->answered || !well_formed(in->body))
		return;
	write_request(cp, &w);
	if (in->code == PPP_CONF_ACK &&
		(rd_left(&in->body) != wr_len(&w) || memcmp(in->body.p, buf, wr_len(&w)) != 0))
		return;
	cp->answered = true;
	if (in->code != PPP_CONF_ACK)
		take_refusal(cp, in);
	event_in(cp, in->code == PPP_CONF_ACK ? PPP_EV_RCA : PPP_EV_RCN, in);
}

static void
on_term_req(struct client_cp *cp, struct packet *in)
{
	struct client *c = cp->c;
	bool up = c->phase == CLIENT_UP;

	event_in(cp, PPP_EV_RTR, in);
	if (c->phase == CLIENT_CLOSING)
		return;
	client_end(c, up ? CLIENT_WHY_PEER : CLIENT_WHY_PPP_REFUSED, "the gateway ended %s",
		cp->kind->name);
}

void
client_cp_input(struct client_cp *cp, struct rd packet)
{
	struct packet in = {.all = packet};
	struct rd r = packet;
	uint16_t len;

	in.code = rd_u8(&r);
	in.id = rd_u8(&r);
	len = rd_u16(&r);
	if (r.bad || len < PPP_HEADER || cp->state < PPP_CLOSED)
		return;
	in.body = rd_sub(&r, len - PPP_HEADER);
	if (in.body.bad)
		return;
	in.all = rd_init(packet.p, len);
	switch (in.code) {
	case PPP_CONF_REQ:
		on_conf_req(cp, &in);
		break;
	case PPP_CONF_ACK:
	case PPP_CONF_NAK:
	case PPP_CONF_REJ:
		on_answer(cp, &in);
		break;
	case PPP_TERM_REQ:
		on_term_req(cp, &in);
		break;
	case PPP_TERM_ACK:
		event_in(cp, PPP_EV_RTA, &in);
		break;
	case PPP_CODE_REJ:
		if (rd_more(&in.body) && in.body.p[0] <= PPP_CODE_REJ)
			event_in(cp, PPP_EV_RXJ_MINUS, &in);
		break;
	default:
		if (cp->kind->protocol != PPP_LCP ||
			!client_ppp_lcp_code(cp->c, in.code, in.id, in.body))
			event_in(cp, PPP_EV_RUC, &in);
	}
}
