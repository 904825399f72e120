/* SPDX-License-Identifier: BSD-3-Clause */
/* A link: its phases (RFC 1661, 3), dispatch of frames to protocols, its end. */
#include <stdio.h>
#include <stdlib.h>

#include "ppp_internal.h"

const char *
ppp_why_str(enum ppp_why why)
{
	switch (why) {
	case PPP_WHY_PEER:
		return "Terminate-Request from the peer";
	case PPP_WHY_AUTH:
		return "authentication failed";
	case PPP_WHY_NEGOTIATE:
		return "negotiation failed";
	case PPP_WHY_ECHO:
		return "the peer does not answer LCP echoes";
	case PPP_WHY_LOOP:
		return "the link is looped back";
	case PPP_WHY_NO_ADDRESS:
		return "no address available";
	case PPP_WHY_LOCAL:
		return "closed by the gateway";
	}
	return "?";
}

static const char *
phase_name(enum ppp_phase phase)
{
	switch (phase) {
	case PPP_DEAD:
		return "dead";
	case PPP_ESTABLISH:
		return "establish";
	case PPP_AUTHENTICATE:
		return "authenticate";
	case PPP_NETWORK:
		return "network";
	case PPP_TERMINATE:
		return "terminate";
	}
	return "?";
}

void
ppp_set_phase(struct ppp *p, enum ppp_phase phase)
{
	if (p->phase == phase)
		return;
	log_debug(PPP, p->who, "phase %s -> %s", phase_name(p->phase), phase_name(phase));
	p->phase = phase;
}

bool
ppp_may_log(struct ppp *p)
{
	if (p->lines < PPP_FREE_LINES) {
		p->lines++;
		return true;
	}
	return log_allowed(&p->limit, p->timers->now_ms, LOG_PPP);
}

size_t
ppp_room(const struct ppp *p)
{
	return p->lcp.peer_mru < PPP_PACKET_MAX ? p->lcp.peer_mru : PPP_PACKET_MAX;
}

bool
ppp_copy_text(char *out, size_t size, struct rd data)
{
	size_t at = 0;

	while (rd_more(&data)) {
		uint8_t c = rd_u8(&data);

		if (c < 0x20 || c > 0x7e) {
			out[0] = '\0';
			return false;
		}
		if (at + 1 < size)
			out[at++] = (char)c;
	}
	out[at] = '\0';
	return true;
}

void
ppp_send(struct ppp *p, uint16_t protocol, const void *packet, size_t len)
{
	uint8_t frame[PPP_FRAME_MAX];
	struct wr w = wr_init(frame, sizeof(frame));

	wr_u8(&w, PPP_ADDRESS);
	wr_u8(&w, PPP_CONTROL);
	wr_u16(&w, protocol);
	wr_bytes(&w, packet, len);
	if (!w.bad && !p->over)
		p->ev.send(p->arg, frame, wr_len(&w));
}

void
ppp_send_packet(
	struct ppp *p, uint16_t protocol, uint8_t code, uint8_t id, const void *data, size_t len)
{
	uint8_t packet[PPP_PACKET_MAX];
	struct wr w = wr_init(packet, sizeof(packet));

	wr_u8(&w, code);
	wr_u8(&w, id);
	wr_u16(&w, (uint16_t)(PPP_HEADER + len));
	wr_bytes(&w, data, len);
	if (!w.bad)
		ppp_send(p, protocol, packet, wr_len(&w));
}

void
ppp_terminate(struct ppp *p, enum ppp_why why, const char *text)
{
	if (p->over || p->phase == PPP_TERMINATE)
		return;
	p->why = why;
	snprintf(p->text, sizeof(p->text), "%s", text);
	log_line(LOG_PPP,
		why == PPP_WHY_NEGOTIATE || why == PPP_WHY_LOOP ? LOG_LEVEL_WARNING
								: LOG_LEVEL_INFO,
		p->who, "terminating the link: %s%s%s", ppp_why_str(why), text[0] ? ": " : "",
		text);
	ppp_set_phase(p, PPP_TERMINATE);
	ppp_cp_event(&p->lcp.cp, PPP_EV_CLOSE);
	/* Before LCP was up, there is no peer to notify. */
	if (p->lcp.cp.state < PPP_CLOSING)
		ppp_end(p, p->why, p->text);
}

static void
stop_all(struct ppp *p)
{
	lcp_stop(p);
	chap_stop(p);
	ipcp_stop(p);
}

void
ppp_end(struct ppp *p, enum ppp_why why, const char *text)
{
	char copy[PPP_TEXT_MAX];

	if (p->over)
		return;
	snprintf(copy, sizeof(copy), "%s", text);
	p->over = true;
	stop_all(p);
	ppp_set_phase(p, PPP_DEAD);
	p->ev.down(p->arg, why, copy);
}

void
ppp_authenticated(struct ppp *p)
{
	ppp_set_phase(p, PPP_NETWORK);
	ipcp_begin(p);
}

/* --- input ----------------------------------------------------------------------------------- */

/*
 * Reads address, control and protocol, and returns the protocol (RFC 1661, 2 and 6.5; RFC 1662, 3).
 */
static uint16_t
read_protocol(struct rd *r)
{
	uint8_t first;

	if (rd_left(r) >= 2 && r->p[0] == PPP_ADDRESS && r->p[1] == PPP_CONTROL)
		rd_u16(r);
	first = rd_u8(r);
	if ((first & 1) != 0)
		return first;
	return (uint16_t)(first << 8 | rd_u8(r));
}

void
ppp_input(struct ppp *p, const uint8_t *frame, size_t len)
{
	struct rd r = rd_init(frame, len);
	uint16_t protocol = read_protocol(&r);

	if (p->over || r.bad || len > PPP_FRAME_MAX)
		return;
	lcp_heard(p);
	if (protocol == PPP_LCP) {
		ppp_cp_input(&p->lcp.cp, r);
		return;
	}
	/* What comes before its phase is silently discarded (RFC 1661, 3.4 to 3.6). */
	if (p->lcp.cp.state != PPP_OPENED) {
		log_debug(PPP, p->who, "ignored protocol 0x%04x in phase %s", protocol,
			phase_name(p->phase));
		return;
	}
	if (protocol != PPP_CHAP && p->phase == PPP_NETWORK)
		chap_network_heard(p);
	if (protocol == PPP_CHAP)
		chap_input(p, r);
	else if (p->phase != PPP_NETWORK || protocol == PPP_IP)
		log_debug(PPP, p->who, "ignored protocol 0x%04x in phase %s", protocol,
			phase_name(p->phase));
	else if (protocol == PPP_IPCP)
		ipcp_input(p, r);
	else
		lcp_protocol_reject(p, protocol, r);
}

/* --- for the owner --------------------------------------------------------------------------- */

struct ppp *
ppp_new(const struct ppp_config *config, struct timers *timers, const struct ppp_events *events,
	void *arg, const char *who)
{
	struct ppp *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->config = *config;
	p->timers = timers;
	p->ev = *events;
	p->arg = arg;
	p->phase = PPP_DEAD;
	p->why = PPP_WHY_NEGOTIATE;
	ppp_set_who(p, who);
	lcp_init(p);
	chap_init(p);
	ipcp_init(p);
	return p;
}

void
ppp_set_who(struct ppp *p, const char *who)
{
	snprintf(p->who, sizeof(p->who), "%s", who);
}

void
ppp_open(struct ppp *p)
{
	if (p->over || p->phase != PPP_DEAD)
		return;
	ppp_set_phase(p, PPP_ESTABLISH);
	ppp_cp_event(&p->lcp.cp, PPP_EV_OPEN);
	ppp_cp_event(&p->lcp.cp, PPP_EV_UP);
}

void
ppp_auth_done(struct ppp *p, enum ppp_verdict verdict, const char *auth_response)
{
	if (!p->over)
		chap_done(p, verdict, auth_response);
}

void
ppp_address_ready(struct ppp *p)
{
	if (!p->over && p->ipcp.waiting)
		ipcp_begin(p);
}

void
ppp_close(struct ppp *p, const char *text)
{
	ppp_terminate(p, PPP_WHY_LOCAL, text);
}

void
ppp_heard(struct ppp *p)
{
	lcp_heard(p);
	ipcp_heard(p);
}

void
ppp_ask(struct ppp *p)
{
	if (!p->over)
		lcp_ask(p);
}

uint64_t
ppp_heard_ms(const struct ppp *p)
{
	return p->lcp.heard_ms;
}

void
ppp_free(struct ppp *p)
{
	if (p == NULL)
		return;
	p->over = true;
	stop_all(p);
	chap_free(p);
	free(p);
}

void
ppp_info(const struct ppp *p, struct ppp_info *out)
{
	memset(out, 0, sizeof(*out));
	out->phase = phase_name(p->phase);
	out->lcp = ppp_state_name(p->lcp.cp.state);
	out->ipcp = ppp_state_name(p->ipcp.cp.state);
	out->peer_mru = p->lcp.peer_mru;
	memcpy(out->user, p->user, sizeof(out->user));
	memcpy(out->ident, p->lcp.ident, sizeof(out->ident));
}
