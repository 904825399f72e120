/* SPDX-License-Identifier: BSD-3-Clause */
#include "lcp.h"

#include <inttypes.h>
#include <stdio.h>

#include "crypto/rng.h"
#include "ppp_internal.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static uint32_t
new_magic(uint32_t not_this)
{
	uint32_t magic;

	do
		magic = rng_u32();
	while (magic == 0 || magic == not_this);
	return magic;
}

/* --- options --------------------------------------------------------------------------------- */

static bool
mru_ask(struct ppp *p, struct wr *value)
{
	wr_u16(value, p->lcp.mru);
	return p->lcp.ask_mru;
}

/* We can grant a smaller MRU than ours, but not a larger one. */
static void
mru_nakd(struct ppp *p, struct rd value)
{
	uint16_t mru = rd_u16(&value);

	if (rd_done(&value) && mru >= PPP_MRU_MIN && mru < p->lcp.mru)
		p->lcp.mru = mru;
}

static void
mru_rejected(struct ppp *p)
{
	p->lcp.ask_mru = false;
}

static enum ppp_opinion
mru_judge(struct ppp *p, struct rd value, struct wr *want)
{
	uint16_t mru = rd_u16(&value);

	if (rd_done(&value) && mru >= PPP_MRU_MIN) {
		p->lcp.peer_mru = mru;
		return PPP_OPT_ACK;
	}
	wr_u16(want, rd_done(&value) ? PPP_MRU_MIN : PPP_MRU_DEFAULT);
	return PPP_OPT_NAK;
}

static void
print_u16(struct rd value, char *buf, size_t size)
{
	snprintf(buf, size, "%u", rd_u16(&value));
}

static void
print_u32(struct rd value, char *buf, size_t size)
{
	snprintf(buf, size, "0x%08" PRIx32, rd_u32(&value));
}

/* A packet network maps no control characters, so any map is acceptable. */
static enum ppp_opinion
asyncmap_judge(struct ppp *p, struct rd value, struct wr *want)
{
	(void)p;
	rd_u32(&value);
	if (rd_done(&value))
		return PPP_OPT_ACK;
	wr_u32(want, 0);
	return PPP_OPT_NAK;
}

static bool
auth_ask(struct ppp *p, struct wr *value)
{
	(void)p;
	wr_u16(value, PPP_CHAP);
	wr_u8(value, CHAP_MSCHAP_V2);
	return true;
}

static void
auth_refused(struct ppp *p)
{
	ppp_terminate(p, PPP_WHY_NEGOTIATE, "the peer refuses MS-CHAPv2");
}

/* We insist, whatever protocol the peer suggests. */
static void
auth_nakd(struct ppp *p, struct rd value)
{
	(void)value;
	if (++p->lcp.auth_naks >= PPP_MAX_FAILURE)
		auth_refused(p);
}

static void
auth_print(struct rd value, char *buf, size_t size)
{
	uint16_t protocol = rd_u16(&value);
	uint8_t algorithm = rd_u8(&value);

	if (protocol == PPP_PAP)
		snprintf(buf, size, "pap");
	else if (protocol == PPP_EAP)
		snprintf(buf, size, "eap");
	else if (protocol != PPP_CHAP)
		snprintf(buf, size, "0x%04x", protocol);
	else if (algorithm == CHAP_MD5)
		snprintf(buf, size, "chap MD5");
	else if (algorithm == CHAP_MSCHAP_V1)
		snprintf(buf, size, "chap MS");
	else if (algorithm == CHAP_MSCHAP_V2)
		snprintf(buf, size, "chap MS-v2");
	else
		snprintf(buf, size, "chap %u", algorithm);
}

static bool
magic_ask(struct ppp *p, struct wr *value)
{
	wr_u32(value, p->lcp.magic);
	return p->lcp.magic != 0;
}

static void
magic_nakd(struct ppp *p, struct rd value)
{
	(void)value;
	p->lcp.magic = new_magic(p->lcp.magic);
}

static void
magic_rejected(struct ppp *p)
{
	p->lcp.magic = 0;
}

/* RFC 1661, 6.4 */
static enum ppp_opinion
magic_judge(struct ppp *p, struct rd value, struct wr *want)
{
	uint32_t magic = rd_u32(&value);

	if (!rd_done(&value) || magic == 0) {
		wr_u32(want, new_magic(p->lcp.magic));
		return PPP_OPT_NAK;
	}
	if (magic != p->lcp.magic) {
		p->lcp.loops = 0;
		return PPP_OPT_ACK;
	}
	p->lcp.loops++;
	log_info(PPP, p->who, "lcp: received our own magic number, %u of %u times", p->lcp.loops,
		LCP_MAX_LOOPS);
	if (p->lcp.loops >= LCP_MAX_LOOPS)
		ppp_terminate(p, PPP_WHY_LOOP, "");
	/* The other options are probably our own: they are not answered. */
	wr_u32(want, new_magic(p->lcp.magic));
	return PPP_OPT_NAK_ALONE;
}

static enum ppp_opinion
pfc_judge(struct ppp *p, struct rd value, struct wr *want)
{
	(void)want;
	if (!rd_done(&value))
		return PPP_OPT_NAK;
	p->lcp.pfc = true;
	return PPP_OPT_ACK;
}

static enum ppp_opinion
acfc_judge(struct ppp *p, struct rd value, struct wr *want)
{
	(void)want;
	if (!rd_done(&value))
		return PPP_OPT_NAK;
	p->lcp.acfc = true;
	return PPP_OPT_ACK;
}

static void
callback_print(struct rd value, char *buf, size_t size)
{
	uint8_t operation = rd_u8(&value);

	if (operation == 6)
		snprintf(buf, size, "CBCP");
	else
		snprintf(buf, size, "%u", operation);
}

/* It identifies the peer in a bundle of links; it means nothing for a single link. */
static enum ppp_opinion
endpoint_judge(struct ppp *p, struct rd value, struct wr *want)
{
	(void)p;
	rd_u8(&value);
	if (!value.bad)
		return PPP_OPT_ACK;
	wr_u8(want, 0); /* class: null */
	return PPP_OPT_NAK;
}

/* In the order of our request. */
/* clang-format off */
static const struct ppp_opt opts[] = {
	{LCP_OPT_MRU, .name = "mru", .ask = mru_ask, .nakd = mru_nakd, .rejected = mru_rejected,
		.judge = mru_judge, .print = print_u16},
	{LCP_OPT_ASYNCMAP, .name = "asyncmap", .judge = asyncmap_judge, .print = print_u32},
	{LCP_OPT_AUTH, .name = "auth", .ask = auth_ask, .nakd = auth_nakd, .rejected = auth_refused,
		.print = auth_print},
	{LCP_OPT_QUALITY, .name = "quality"},
	{LCP_OPT_MAGIC, .name = "magic", .ask = magic_ask, .nakd = magic_nakd,
		.rejected = magic_rejected, .judge = magic_judge, .print = print_u32},
	{LCP_OPT_PFC, .name = "pcomp", .judge = pfc_judge},
	{LCP_OPT_ACFC, .name = "accomp", .judge = acfc_judge},
	{LCP_OPT_FCS, .name = "fcs"},
	{LCP_OPT_CALLBACK, .name = "callback", .print = callback_print},
	{LCP_OPT_MRRU, .name = "mrru", .print = print_u16},
	{LCP_OPT_SSNHF, .name = "ssnhf"},
	{LCP_OPT_ENDPOINT, .name = "endpoint", .judge = endpoint_judge},
	{LCP_OPT_LINK_DISC, .name = "link-disc", .print = print_u16},
};
/* clang-format on */

static void
peer_begin(struct ppp *p)
{
	p->lcp.peer_mru = PPP_MRU_DEFAULT;
	p->lcp.pfc = p->lcp.acfc = false;
}

/* --- echoes ---------------------------------------------------------------------------------- */

static void
send_with_magic(struct ppp *p, uint8_t code, uint8_t id, struct rd data)
{
	uint8_t buf[PPP_PACKET_MAX - PPP_HEADER];
	size_t room = ppp_room(p) - PPP_HEADER - 4;
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u32(&w, p->lcp.magic);
	wr_bytes(&w, data.p, rd_left(&data) < room ? rd_left(&data) : room);
	ppp_send_packet(p, PPP_LCP, code, id, buf, wr_len(&w));
}

void
lcp_heard(struct ppp *p)
{
	p->lcp.heard_ms = p->timers->now_ms;
	p->lcp.unanswered = 0;
}

static void
arm_echo(struct ppp *p, uint64_t ms)
{
	if (p->config.echo_s != 0 && !p->lcp.echo_off)
		timer_arm(&p->lcp.echo, ms);
}

/* Several echoes are sent in the time that the peer has, as a bad line loses many. */
static uint64_t
again_ms(uint64_t interval_ms)
{
	uint64_t ms = interval_ms / LCP_ECHO_PART;

	if (ms < LCP_ECHO_MIN_MS)
		return LCP_ECHO_MIN_MS;
	return ms < LCP_ECHO_MAX_MS ? ms : LCP_ECHO_MAX_MS;
}

static void
send_echo(struct ppp *p)
{
	uint8_t id = ++p->lcp.cp.id;

	log_debug(PPP, p->who, "sent lcp EchoReq id=%u, silent for %" PRIu64 " ms", id,
		p->timers->now_ms - p->lcp.heard_ms);
	send_with_magic(p, PPP_ECHO_REQ, id, rd_init(NULL, 0));
}

static void
on_echo_due(struct timer *timer)
{
	struct ppp *p = container_of(timer, struct ppp, lcp.echo);
	struct lcp *l = &p->lcp;
	uint64_t idle = p->timers->now_ms - l->heard_ms, wait = p->config.echo_s * UINT64_C(1000);
	char text[PPP_TEXT_MAX];

	if (idle < wait) {
		arm_echo(p, wait - idle);
		return;
	}
	if (l->unanswered == 0)
		l->asked_ms = p->timers->now_ms;
	else if (p->timers->now_ms - l->asked_ms >= wait * p->config.echo_max) {
		snprintf(text, sizeof(text), "%u echoes without an answer in %" PRIu64 " s",
			l->unanswered, (p->timers->now_ms - l->asked_ms) / 1000);
		ppp_terminate(p, PPP_WHY_ECHO, text);
		return;
	}
	l->unanswered++;
	arm_echo(p, again_ms(wait));
	send_echo(p);
}

/* A peer that does not know echoes rejects it, which shows as well that it is alive. */
void
lcp_ask(struct ppp *p)
{
	if (p->lcp.cp.state == PPP_OPENED)
		send_echo(p);
}

/* Whether the magic number is ours: the link is looped back (RFC 1661, 5.8). */
static bool
is_ours(struct ppp *p, uint32_t magic)
{
	if (magic == 0 || magic != p->lcp.magic)
		return false;
	if (++p->lcp.loops >= LCP_MAX_LOOPS)
		ppp_terminate(p, PPP_WHY_LOOP, "");
	return true;
}

static void
echo_reply(struct ppp *p)
{
	struct rd data = p->lcp.echo_data;
	uint32_t magic = rd_u32(&data);

	if (data.bad || is_ours(p, magic))
		return;
	log_debug(PPP, p->who, "rcvd lcp EchoReq id=%u", p->lcp.cp.in_id);
	send_with_magic(p, PPP_ECHO_REP, p->lcp.cp.in_id, data);
}

/* --- other codes ----------------------------------------------------------------------------- */

/* Identification (RFC 1570, 2.1). If there are several, the last printable one is kept. */
static void
on_ident(struct ppp *p, struct rd body)
{
	char text[sizeof(p->lcp.ident)];

	rd_u32(&body); /* magic */
	if (body.bad)
		return;
	if (ppp_copy_text(text, sizeof(text), body) && text[0] != '\0')
		memcpy(p->lcp.ident, text, sizeof(text));
	if (ppp_may_log(p))
		log_info(PPP, p->who, "rcvd lcp Ident id=%u '%.*s'", p->lcp.cp.in_id,
			(int)rd_left(&body), (const char *)body.p);
}

/* Time-Remaining (RFC 1570, 2.2). */
static void
on_time_remaining(struct ppp *p, struct rd body)
{
	uint32_t seconds;

	rd_u32(&body); /* magic */
	seconds = rd_u32(&body);
	if (!body.bad && ppp_may_log(p))
		log_info(PPP, p->who, "rcvd lcp TimeRemaining: %" PRIu32 " s", seconds);
}

static void
on_protocol_rejected(struct ppp *p, struct rd body)
{
	uint16_t protocol = rd_u16(&body);

	/* RFC 1661, 5.7 */
	if (body.bad || p->lcp.cp.state != PPP_OPENED)
		return;
	if (ppp_may_log(p))
		log_info(PPP, p->who, "rcvd lcp ProtRej for 0x%04x", protocol);
	switch (protocol) {
	case PPP_LCP:
		ppp_terminate(p, PPP_WHY_NEGOTIATE, "the peer rejects LCP");
		break;
	case PPP_CHAP:
		ppp_terminate(p, PPP_WHY_NEGOTIATE, "the peer refuses MS-CHAPv2");
		break;
	case PPP_IPCP:
		if (p->phase == PPP_NETWORK)
			ppp_terminate(p, PPP_WHY_NEGOTIATE, "the peer rejects IPCP");
		break;
	case PPP_IP:
		ppp_terminate(p, PPP_WHY_NEGOTIATE, "the peer rejects IP");
		break;
	default:
		break;
	}
}

static bool
on_code(struct ppp *p, uint8_t code, uint8_t id, struct rd body)
{
	(void)id;
	switch (code) {
	case PPP_PROTO_REJ:
		on_protocol_rejected(p, body);
		return true;
	case PPP_ECHO_REQ:
		/* It is sent in Opened only (RFC 1661, 5.8). */
		ppp_cp_implied_ack(&p->lcp.cp);
		p->lcp.echo_data = body;
		ppp_cp_event(&p->lcp.cp, PPP_EV_RXR);
		/* The data is part of the packet, which is valid in its handler only. */
		p->lcp.echo_data = (struct rd){.bad = true};
		return true;
	case PPP_ECHO_REP: /* lcp_heard() has taken note */
	case PPP_DISCARD_REQ:
		ppp_cp_event(&p->lcp.cp, PPP_EV_RXR);
		return true;
	case PPP_IDENT:
		on_ident(p, body);
		return true;
	case PPP_TIME_REMAINING:
		on_time_remaining(p, body);
		return true;
	default:
		return false;
	}
}

/* A peer that rejects echoes may be alive: they do not judge it any more. */
static void
on_code_rejected(struct ppp *p, uint8_t code)
{
	if (code != PPP_ECHO_REQ)
		return;
	p->lcp.echo_off = true;
	timer_stop(&p->lcp.echo);
}

void
lcp_protocol_reject(struct ppp *p, uint16_t protocol, struct rd data)
{
	uint8_t buf[PPP_PACKET_MAX - PPP_HEADER];
	size_t room = ppp_room(p) - PPP_HEADER - 2;
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u16(&w, protocol);
	wr_bytes(&w, data.p, rd_left(&data) < room ? rd_left(&data) : room);
	if (ppp_may_log(p))
		log_info(PPP, p->who, "sent lcp ProtRej id=%u for 0x%04x%s",
			(uint8_t)(p->lcp.cp.id + 1), protocol,
			protocol == PPP_CCP      ? " (CCP)"
			: protocol == PPP_IPV6CP ? " (IPV6CP)"
						 : "");
	ppp_send_packet(p, PPP_LCP, PPP_PROTO_REJ, ++p->lcp.cp.id, buf, wr_len(&w));
}

/* --- layers ---------------------------------------------------------------------------------- */

static void
up(struct ppp *p)
{
	log_info(PPP, p->who, "lcp is open: the peer's mru is %u%s%s", p->lcp.peer_mru,
		p->lcp.pfc ? ", pcomp" : "", p->lcp.acfc ? ", accomp" : "");
	p->lcp.loops = p->lcp.auth_naks = 0;
	lcp_heard(p);
	arm_echo(p, p->config.echo_s * UINT64_C(1000));
	chap_begin(p);
}

static void
down(struct ppp *p)
{
	timer_stop(&p->lcp.echo);
	chap_stop(p);
	ipcp_stop(p);
	if (p->phase != PPP_TERMINATE)
		ppp_set_phase(p, PPP_ESTABLISH);
}

static void
finished(struct ppp *p)
{
	if (p->phase != PPP_TERMINATE && p->text[0] == '\0')
		snprintf(p->text, sizeof(p->text), "no answer to LCP");
	ppp_end(p, p->why, p->text);
}

static void
terminated(struct ppp *p, struct rd data)
{
	const char *failed = chap_failed(p);
	char text[PPP_TEXT_MAX];

	ppp_copy_text(text, sizeof(text), data);
	if (p->phase == PPP_TERMINATE)
		ppp_end(p, p->why, p->text);
	else if (failed != NULL)
		ppp_end(p, PPP_WHY_AUTH, failed);
	else
		ppp_end(p, PPP_WHY_PEER, text);
}

void
lcp_init(struct ppp *p)
{
	static const struct ppp_cp_ops ops = {
		.name = "lcp",
		.protocol = PPP_LCP,
		.early = true,
		.opts = opts,
		.n_opts = N(opts),
		.peer_begin = peer_begin,
		.up = up,
		.down = down,
		.finished = finished,
		.terminated = terminated,
		.code = on_code,
		.code_rejected = on_code_rejected,
		.echo_reply = echo_reply,
	};
	struct lcp *l = &p->lcp;

	ppp_cp_init(&l->cp, p, &ops);
	timer_init(&l->echo, p->timers, on_echo_due);
	l->ask_mru = true;
	l->mru = p->config.mru;
	l->magic = new_magic(0);
	l->echo_data.bad = true;
	peer_begin(p);
}

void
lcp_stop(struct ppp *p)
{
	timer_stop(&p->lcp.cp.restart);
	timer_stop(&p->lcp.echo);
}
