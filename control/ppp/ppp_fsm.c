/* SPDX-License-Identifier: BSD-3-Clause */
#include "ppp_fsm.h"

#include <stdio.h>

#include "ppp_internal.h"

#define TLD PPP_TLD
#define IRC PPP_IRC
#define ZRC PPP_ZRC
#define SCR PPP_SCR
#define SCA PPP_SCA
#define SCN PPP_SCN
#define STR PPP_STR
#define STA PPP_STA
#define SCJ PPP_SCJ
#define SER PPP_SER
#define TLU PPP_TLU
#define TLS PPP_TLS
#define TLF PPP_TLF
/* clang-format off */
#define NO  {0, PPP_NO_CELL}

/*
 * RFC 1661, 4.1. The columns are the states: 0 Initial, 1 Starting, 2 Closed, 3 Stopped, 4 Closing,
 * 5 Stopping; in the second line 6 Req-Sent, 7 Ack-Rcvd, 8 Ack-Sent, 9 Opened. The options p and r
 * are not used, and crossed connections (x) are not distinguished.
 */
static const struct ppp_cell table[PPP_N_EVENTS][PPP_N_STATES] = {
[PPP_EV_UP]       = {{0, 2},   {IRC|SCR, 6}, NO,       NO,                NO,       NO,
		     NO,            NO,            NO,            NO},
[PPP_EV_DOWN]     = {NO,       NO,           {0, 0},   {TLS, 1},          {0, 0},   {0, 1},
		     {0, 1},        {0, 1},        {0, 1},        {TLD, 1}},
[PPP_EV_OPEN]     = {{TLS, 1}, {0, 1},       {IRC|SCR, 6}, {0, 3},        {0, 5},   {0, 5},
		     {0, 6},        {0, 7},        {0, 8},        {0, 9}},
[PPP_EV_CLOSE]    = {{0, 0},   {TLF, 0},     {0, 2},   {0, 2},            {0, 4},   {0, 4},
		     {IRC|STR, 4},  {IRC|STR, 4},  {IRC|STR, 4},  {TLD|IRC|STR, 4}},

[PPP_EV_TO_PLUS]  = {NO,       NO,           NO,       NO,                {STR, 4}, {STR, 5},
		     {SCR, 6},      {SCR, 6},      {SCR, 8},      NO},
[PPP_EV_TO_MINUS] = {NO,       NO,           NO,       NO,                {TLF, 2}, {TLF, 3},
		     {TLF, 3},      {TLF, 3},      {TLF, 3},      NO},

[PPP_EV_RCR_PLUS] = {NO,       NO,           {STA, 2}, {IRC|SCR|SCA, 8},  {0, 4},   {0, 5},
		     {SCA, 8},      {SCA|TLU, 9},  {SCA, 8},      {TLD|SCR|SCA, 8}},
[PPP_EV_RCR_MINUS]= {NO,       NO,           {STA, 2}, {IRC|SCR|SCN, 6},  {0, 4},   {0, 5},
		     {SCN, 6},      {SCN, 7},      {SCN, 6},      {TLD|SCR|SCN, 6}},
[PPP_EV_RCA]      = {NO,       NO,           {STA, 2}, {STA, 3},          {0, 4},   {0, 5},
		     {IRC, 7},      {SCR, 6},      {IRC|TLU, 9},  {TLD|SCR, 6}},
[PPP_EV_RCN]      = {NO,       NO,           {STA, 2}, {STA, 3},          {0, 4},   {0, 5},
		     {IRC|SCR, 6},  {SCR, 6},      {IRC|SCR, 8},  {TLD|SCR, 6}},

[PPP_EV_RTR]      = {NO,       NO,           {STA, 2}, {STA, 3},          {STA, 4}, {STA, 5},
		     {STA, 6},      {STA, 6},      {STA, 6},      {TLD|ZRC|STA, 5}},
[PPP_EV_RTA]      = {NO,       NO,           {0, 2},   {0, 3},            {TLF, 2}, {TLF, 3},
		     {0, 6},        {0, 6},        {0, 8},        {TLD|SCR, 6}},

[PPP_EV_RUC]      = {NO,       NO,           {SCJ, 2}, {SCJ, 3},          {SCJ, 4}, {SCJ, 5},
		     {SCJ, 6},      {SCJ, 7},      {SCJ, 8},      {SCJ, 9}},
[PPP_EV_RXJ_PLUS] = {NO,       NO,           {0, 2},   {0, 3},            {0, 4},   {0, 5},
		     {0, 6},        {0, 6},        {0, 8},        {0, 9}},
[PPP_EV_RXJ_MINUS]= {NO,       NO,           {TLF, 2}, {TLF, 3},          {TLF, 2}, {TLF, 3},
		     {TLF, 3},      {TLF, 3},      {TLF, 3},      {TLD|IRC|STR, 5}},

[PPP_EV_RXR]      = {NO,       NO,           {0, 2},   {0, 3},            {0, 4},   {0, 5},
		     {0, 6},        {0, 7},        {0, 8},        {SER, 9}},
};
/* clang-format on */

const struct ppp_cell *
ppp_fsm_cell(enum ppp_event event, enum ppp_state state)
{
	return &table[event][state];
}

const char *
ppp_state_name(enum ppp_state state)
{
	static const char *const names[PPP_N_STATES] = {"Initial", "Starting", "Closed", "Stopped",
		"Closing", "Stopping", "Req-Sent", "Ack-Rcvd", "Ack-Sent", "Opened"};

	return names[state];
}

static const char *
code_name(uint8_t code)
{
	static const char *const names[] = {
		"?", "ConfReq", "ConfAck", "ConfNak", "ConfRej", "TermReq", "TermAck", "CodeRej"};

	return code < sizeof(names) / sizeof(names[0]) ? names[code] : names[0];
}

static void
log_options(const struct ppp_cp *cp, const char *way, uint8_t code, uint8_t id, struct rd options)
{
	char list[400];

	if (!ppp_may_log(cp->p))
		return;
	ppp_opt_print(cp->ops, options, list, sizeof(list));
	log_info(
		PPP, cp->p->who, "%s %s %s id=%u%s", way, cp->ops->name, code_name(code), id, list);
}

static void
log_packet(const struct ppp_cp *cp, const char *way, uint8_t code, uint8_t id, struct rd data)
{
	if (ppp_may_log(cp->p))
		log_info(PPP, cp->p->who, "%s %s %s id=%u%s%.*s", way, cp->ops->name,
			code_name(code), id, rd_more(&data) ? " " : "", (int)rd_left(&data),
			(const char *)data.p);
}

/* Each transmission decrements the Restart counter (RFC 1661, 4.6). */
static void
spend(struct ppp_cp *cp)
{
	if (cp->count > 0)
		cp->count--;
	timer_arm(&cp->restart, PPP_RESTART_MS);
}

/* After an answer, the next request is a new one, even if it asks for the same. */
static void
send_conf_req(struct ppp_cp *cp, enum ppp_event event)
{
	if (event != PPP_EV_TO_PLUS || cp->answered) {
		ppp_opt_request(cp);
		cp->req_id = ++cp->id;
		cp->answered = false;
	}
	spend(cp);
	log_options(cp, "sent", PPP_CONF_REQ, cp->req_id, rd_init(cp->req, cp->req_len));
	ppp_send_packet(cp->p, cp->ops->protocol, PPP_CONF_REQ, cp->req_id, cp->req, cp->req_len);
}

/* FNV-1a: it recognizes a request that comes again; it need not be secure. */
static uint64_t
hash(struct rd options)
{
	uint64_t h = 0xcbf29ce484222325;

	while (rd_more(&options))
		h = (h ^ rd_u8(&options)) * 0x100000001b3;
	return h;
}

static void
send_reply(struct ppp_cp *cp)
{
	if (cp->reply_code == PPP_CONF_ACK) {
		cp->naks = cp->refusals = 0;
		cp->acked_id = cp->in_id;
		cp->acked_hash = hash(rd_init(cp->reply, cp->reply_len));
	} else {
		cp->naks += cp->reply_code == PPP_CONF_NAK;
		cp->refusals++;
	}
	log_options(cp, "sent", cp->reply_code, cp->in_id, rd_init(cp->reply, cp->reply_len));
	ppp_send_packet(
		cp->p, cp->ops->protocol, cp->reply_code, cp->in_id, cp->reply, cp->reply_len);
	if (cp->reply_code == PPP_CONF_ACK && cp->state == PPP_ACK_SENT && cp->ops->acked != NULL)
		cp->ops->acked(cp->p);
}

static void
send_term_req(struct ppp_cp *cp)
{
	struct rd text = rd_init(cp->p->text, strlen(cp->p->text));

	spend(cp);
	log_packet(cp, "sent", PPP_TERM_REQ, ++cp->id, text);
	ppp_send_packet(cp->p, cp->ops->protocol, PPP_TERM_REQ, cp->id, text.p, rd_left(&text));
}

static void
send_term_ack(struct ppp_cp *cp)
{
	log_packet(cp, "sent", PPP_TERM_ACK, cp->in_id, rd_init(NULL, 0));
	ppp_send_packet(cp->p, cp->ops->protocol, PPP_TERM_ACK, cp->in_id, NULL, 0);
}

static void
send_code_rej(struct ppp_cp *cp)
{
	size_t room = ppp_room(cp->p) - PPP_HEADER, len = rd_left(&cp->in);

	if (ppp_may_log(cp->p))
		log_info(PPP, cp->p->who, "sent %s CodeRej id=%u for code %u", cp->ops->name,
			(uint8_t)(cp->id + 1), cp->in.p[0]);
	ppp_send_packet(cp->p, cp->ops->protocol, PPP_CODE_REJ, ++cp->id, cp->in.p,
		len < room ? len : room);
}

static void
act(struct ppp_cp *cp, enum ppp_action action, enum ppp_event event, unsigned all)
{
	switch (action) {
	case PPP_TLD:
		cp->ops->down(cp->p);
		break;
	case PPP_IRC:
		cp->count = (all & PPP_STR) != 0 ? PPP_MAX_TERMINATE : PPP_MAX_CONFIGURE;
		break;
	case PPP_ZRC:
		cp->count = 0;
		timer_arm(&cp->restart, PPP_RESTART_MS);
		break;
	case PPP_SCR:
		send_conf_req(cp, event);
		break;
	case PPP_SCA:
	case PPP_SCN:
		send_reply(cp);
		break;
	case PPP_STR:
		send_term_req(cp);
		break;
	case PPP_STA:
		send_term_ack(cp);
		break;
	case PPP_SCJ:
		send_code_rej(cp);
		break;
	case PPP_SER:
		if (cp->ops->echo_reply != NULL)
			cp->ops->echo_reply(cp->p);
		break;
	case PPP_TLU:
		cp->refusals = cp->refused = cp->reacks = 0;
		cp->ops->up(cp->p);
		break;
	case PPP_TLF:
		cp->ops->finished(cp->p);
		break;
	case PPP_TLS: /* the lower layer is always up before Open */
	case PPP_N_ACTIONS:
		break;
	}
}

void
ppp_cp_event(struct ppp_cp *cp, enum ppp_event event)
{
	const struct ppp_cell *cell = &table[event][cp->state];

	if (cell->next == PPP_NO_CELL || cp->p->over)
		return;
	if (cell->next != cp->state)
		log_debug(PPP, cp->p->who, "%s: %s -> %s", cp->ops->name, ppp_state_name(cp->state),
			ppp_state_name(cell->next));
	cp->state = cell->next;
	if (cp->state < PPP_CLOSING || cp->state == PPP_OPENED)
		timer_stop(&cp->restart);
	/*
	 * The owner may close the link inside an action. Then the other actions of the cell are
	 * void.
	 */
	for (unsigned i = 0; i < PPP_N_ACTIONS; i++)
		if ((cell->actions >> i & 1) != 0 && cp->state == cell->next && !cp->p->over)
			act(cp, 1u << i, event, cell->actions);
}

static void
on_restart(struct timer *timer)
{
	struct ppp_cp *cp = container_of(timer, struct ppp_cp, restart);

	ppp_cp_event(cp, cp->count > 0 ? PPP_EV_TO_PLUS : PPP_EV_TO_MINUS);
}

void
ppp_cp_init(struct ppp_cp *cp, struct ppp *p, const struct ppp_cp_ops *ops)
{
	cp->p = p;
	cp->ops = ops;
	timer_init(&cp->restart, p->timers, on_restart);
}

static void
no_agreement(struct ppp_cp *cp)
{
	char text[PPP_TEXT_MAX];

	snprintf(text, sizeof(text), "no agreement on %s options", cp->ops->name);
	ppp_terminate(cp->p, PPP_WHY_NEGOTIATE, text);
}

/*
 * Whether the request that made us Opened has come again: our Ack was lost, or the packet was
 * duplicated. By the table this would start a new negotiation, which never ends on a bad line. A
 * peer that insists gets one.
 */
static bool
is_repeat(struct ppp_cp *cp, struct rd options)
{
	return cp->state == PPP_OPENED && cp->in_id == cp->acked_id &&
	       cp->reacks < PPP_MAX_REACKS && hash(options) == cp->acked_hash;
}

static void
on_conf_req(struct ppp_cp *cp, struct rd options)
{
	uint8_t reply[PPP_REPLY_MAX];

	log_options(cp, "rcvd", PPP_CONF_REQ, cp->in_id, options);
	if (is_repeat(cp, options)) {
		cp->reacks++;
		log_options(cp, "sent", PPP_CONF_ACK, cp->in_id, options);
		ppp_send_packet(cp->p, cp->ops->protocol, PPP_CONF_ACK, cp->in_id, options.p,
			rd_left(&options));
		return;
	}
	if (cp->state == PPP_CLOSED || cp->state == PPP_CLOSING || cp->state == PPP_STOPPING) {
		/* These states do not depend on whether it is acceptable. */
		ppp_cp_event(cp, PPP_EV_RCR_PLUS);
		return;
	}
	cp->reply = reply;
	if (!ppp_opt_judge(cp, options)) {
		log_info(PPP, cp->p->who, "%s: ignored a malformed ConfReq", cp->ops->name);
		goto out;
	}
	/*
	 * Some clients begin PPP long after the call is up, so our request was lost. It is sent
	 * again before our Ack, because a peer in Opened would begin to negotiate again.
	 */
	if (cp->ops->early && !cp->heard && cp->state == PPP_REQ_SENT) {
		cp->heard = true;
		send_conf_req(cp, PPP_EV_TO_PLUS);
	}
	ppp_cp_event(cp, cp->reply_code == PPP_CONF_ACK ? PPP_EV_RCR_PLUS : PPP_EV_RCR_MINUS);
	if (cp->refusals >= PPP_MAX_REFUSALS)
		no_agreement(cp);
out:
	cp->reply = NULL;
	cp->reply_len = 0;
}

void
ppp_cp_implied_ack(struct ppp_cp *cp)
{
	if (cp->state != PPP_ACK_SENT || cp->answered)
		return;
	if (ppp_may_log(cp->p))
		log_info(PPP, cp->p->who,
			"%s: the peer is in Opened, so its ConfAck id=%u must be lost",
			cp->ops->name, cp->req_id);
	cp->answered = true;
	ppp_cp_event(cp, PPP_EV_RCA);
}

/* Processes Ack, Nak or Reject. */
static void
on_conf_answer(struct ppp_cp *cp, uint8_t code, struct rd options)
{
	bool fits = cp->in_id == cp->req_id && !cp->answered;
	enum ppp_event event = code == PPP_CONF_ACK ? PPP_EV_RCA : PPP_EV_RCN;

	log_options(cp, "rcvd", code, cp->in_id, options);
	if (cp->state < PPP_REQ_SENT) {
		ppp_cp_event(cp, event);
		return;
	}
	if (fits && code == PPP_CONF_ACK)
		fits = rd_left(&options) == cp->req_len &&
		       memcmp(options.p, cp->req, cp->req_len) == 0;
	else if (fits)
		fits = code == PPP_CONF_NAK ? ppp_opt_nakd(cp, options)
					    : ppp_opt_rejected(cp, options);
	if (!fits) {
		if (ppp_may_log(cp->p))
			log_info(PPP, cp->p->who,
				"%s: ignored %s id=%u, which does not match our request",
				cp->ops->name, code_name(code), cp->in_id);
		return;
	}
	cp->answered = true;
	if (event == PPP_EV_RCN && ++cp->refused >= PPP_MAX_REFUSALS)
		no_agreement(cp);
	ppp_cp_event(cp, event);
}

static void
on_code_rej(struct ppp_cp *cp, struct rd rejected)
{
	uint8_t code = rd_u8(&rejected);

	if (rejected.bad)
		return;
	log_info(PPP, cp->p->who, "rcvd %s CodeRej id=%u for code %u", cp->ops->name, cp->in_id,
		code);
	if (code >= PPP_CONF_REQ && code <= PPP_CODE_REJ) {
		if (cp->p->phase != PPP_TERMINATE)
			snprintf(cp->p->text, sizeof(cp->p->text), "the peer rejects %s %s",
				cp->ops->name, code_name(code));
		ppp_cp_event(cp, PPP_EV_RXJ_MINUS);
		return;
	}
	if (cp->ops->code_rejected != NULL)
		cp->ops->code_rejected(cp->p, code);
	ppp_cp_event(cp, PPP_EV_RXJ_PLUS);
}

static void
on_term_req(struct ppp_cp *cp, struct rd data)
{
	log_packet(cp, "rcvd", PPP_TERM_REQ, cp->in_id, data);
	ppp_cp_event(cp, PPP_EV_RTR);
	cp->ops->terminated(cp->p, data);
}

void
ppp_cp_input(struct ppp_cp *cp, struct rd packet)
{
	struct rd r = packet, body;
	uint8_t code = rd_u8(&r), id = rd_u8(&r);
	uint16_t len = rd_u16(&r);

	/* What follows the length is padding (RFC 1661, 5). */
	if (r.bad || len < PPP_HEADER || (body = rd_sub(&r, len - PPP_HEADER)).bad) {
		if (ppp_may_log(cp->p))
			log_info(PPP, cp->p->who, "%s: ignored a packet with an invalid length",
				cp->ops->name);
		return;
	}
	if (cp->state < PPP_CLOSED)
		return;
	cp->in_id = id;
	cp->in = rd_init(packet.p, len);
	switch (code) {
	case PPP_CONF_REQ:
		on_conf_req(cp, body);
		break;
	case PPP_CONF_ACK:
	case PPP_CONF_NAK:
	case PPP_CONF_REJ:
		on_conf_answer(cp, code, body);
		break;
	case PPP_TERM_REQ:
		on_term_req(cp, body);
		break;
	case PPP_TERM_ACK:
		log_packet(cp, "rcvd", code, id, body);
		ppp_cp_event(cp, PPP_EV_RTA);
		break;
	case PPP_CODE_REJ:
		on_code_rej(cp, body);
		break;
	default:
		if (cp->ops->code == NULL || !cp->ops->code(cp->p, code, id, body))
			ppp_cp_event(cp, PPP_EV_RUC);
		break;
	}
	cp->heard = true;
}
