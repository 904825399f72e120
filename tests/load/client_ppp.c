/* SPDX-License-Identifier: BSD-3-Clause */
/* PPP apart from negotiation: framing, echo, MS-CHAPv2 (RFC 2759), requests of other protocols. */
#include <stdio.h>
#include <string.h>

#include "client_internal.h"
#include "crypto/rng.h"

/* --- frames ----------------------------------------------------------------------------------- */

void
client_ppp_send(
	struct client *c, uint16_t protocol, uint8_t code, uint8_t id, const void *data, size_t len)
{
	uint8_t buf[PPP_FRAME_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u8(&w, PPP_ADDRESS);
	wr_u8(&w, PPP_CONTROL);
	wr_u16(&w, protocol);
	wr_u8(&w, code);
	wr_u8(&w, id);
	wr_u16(&w, (uint16_t)(PPP_HEADER + len));
	wr_bytes(&w, data, len);
	if (!w.bad)
		client_l2tp_data(c, buf, wr_len(&w));
}

/* Code, identifier and body of a packet; false if its length is wrong. */
static bool
packet_read(struct rd packet, uint8_t *code, uint8_t *id, struct rd *body)
{
	uint16_t len;

	*code = rd_u8(&packet);
	*id = rd_u8(&packet);
	len = rd_u16(&packet);
	if (packet.bad || len < PPP_HEADER)
		return false;
	*body = rd_sub(&packet, len - PPP_HEADER);
	return !body->bad;
}

/* --- CHAP ------------------------------------------------------------------------------------- */

/* Success may get lost: the Response is retransmitted and must be accepted (RFC 1994, 4.1). */
static void
send_response(struct client *c)
{
	struct client_ppp *p = &c->ppp;
	uint8_t buf[1 + MSCHAP_RESPONSE_LEN + PPP_NAME_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u8(&w, MSCHAP_RESPONSE_LEN);
	wr_bytes(&w, p->response, sizeof(p->response));
	wr_bytes(&w, c->user, strlen(c->user));
	client_ppp_send(c, PPP_CHAP, CHAP_RESPONSE, p->chap_id, buf, wr_len(&w));
	timer_arm(&p->chap_timer, PPP_RESTART_MS);
}

static void
on_chap_timer(struct timer *t)
{
	struct client *c = container_of(t, struct client, ppp.chap_timer);

	client_enter(c);
	send_response(c);
	client_leave(c);
}

/*
 * RFC 2759, 4: peer challenge, eight zero bytes, NT response, flags. The peer challenge is derived
 * from the Challenge and a secret of the link, so that a retransmitted Challenge gets the same
 * Response.
 */
static void
on_challenge(struct client *c, uint8_t id, struct rd body)
{
	struct client_ppp *p = &c->ppp;
	uint8_t hash[MSCHAP_NT_HASH_LEN], digest[HASH_MAX];
	uint8_t len = rd_u8(&body);
	const uint8_t *value = rd_bytes(&body, len);
	const struct part parts[] = {{p->chap_seed, sizeof(p->chap_seed)}, {&id, 1}, {value, len}};

	if (value == NULL || len != MSCHAP_CHALLENGE_LEN)
		return;
	memset(p->response, 0, sizeof(p->response));
	if (hash_parts(HASH_SHA1, parts, 3, digest) != 0 ||
		mschap_nt_hash(c->password, hash) != 0) {
		client_end(c, CLIENT_WHY_INTERNAL, "cannot compute the response to the challenge");
		return;
	}
	memcpy(p->challenge, value, len);
	memcpy(p->response, digest, 16);
	if (mschap_nt_response(p->challenge, p->response, c->user, hash, p->response + 24) != 0) {
		client_end(c, CLIENT_WHY_INTERNAL, "cannot compute the response to the challenge");
		return;
	}
	sodium_memzero(hash, sizeof(hash));
	p->chap_id = id;
	p->answered = true;
	send_response(c);
}

/* The gateway must prove that it knows the password (RFC 2759, 5). */
static bool
proof_good(struct client *c, struct rd body)
{
	struct client_ppp *p = &c->ppp;
	uint8_t hash[MSCHAP_NT_HASH_LEN];
	char want[MSCHAP_AUTH_LEN + 1];
	const uint8_t *theirs = rd_bytes(&body, MSCHAP_AUTH_LEN);
	bool good = theirs != NULL && mschap_nt_hash(c->password, hash) == 0 &&
		    mschap_authenticator_response(hash, p->response + 24, p->response, p->challenge,
			    c->user, want) == 0 &&
		    secret_equal(theirs, want, MSCHAP_AUTH_LEN);

	sodium_memzero(hash, sizeof(hash));
	return good;
}

static void network(struct client *c);

static void
on_chap(struct client *c, struct rd packet)
{
	struct client_ppp *p = &c->ppp;
	char text[CLIENT_TEXT];
	uint8_t code, id;
	struct rd body;

	if (!packet_read(packet, &code, &id, &body) || p->lcp.state != PPP_OPENED)
		return;
	switch (code) {
	case CHAP_CHALLENGE:
		on_challenge(c, id, body);
		break;
	case CHAP_SUCCESS:
		if (!p->answered || id != p->chap_id || p->passed)
			break;
		if (!proof_good(c, body)) {
			client_end(
				c, CLIENT_WHY_PPP_AUTH, "the gateway does not know the password");
			break;
		}
		p->passed = true;
		timer_stop(&p->chap_timer);
		network(c);
		break;
	case CHAP_FAILURE:
		if (p->answered && id == p->chap_id)
			client_end(c, CLIENT_WHY_PPP_AUTH, "%s",
				client_text(body, text, sizeof(text)));
		break;
	}
}

/* --- requests of other protocols -------------------------------------------------------------- */

static int
extra_find(const struct client *c, uint16_t protocol)
{
	const struct profile_bytes *e = c->profile->extras;

	for (int i = 0; e != NULL && e[i].len != 0; i++)
		if (e[i].proto == protocol)
			return i;
	return -1;
}

/* Sends those without an answer. */
static void
send_extras(struct client *c)
{
	const struct profile_bytes *e = c->profile->extras;

	for (unsigned i = 0; e != NULL && e[i].len != 0; i++)
		if (c->ppp.extras >> i & 1)
			client_ppp_send(c, e[i].proto, PPP_CONF_REQ, 1, e[i].b, e[i].len);
	if (c->ppp.extras != 0 && ++c->ppp.extra_tries < CLIENT_EXTRA_TRIES)
		timer_arm(&c->ppp.extra_timer, PPP_RESTART_MS);
}

static void
on_extra_timer(struct timer *t)
{
	struct client *c = container_of(t, struct client, ppp.extra_timer);

	client_enter(c);
	send_extras(c);
	client_leave(c);
}

static void
extra_done(struct client *c, int i)
{
	if (i >= 0)
		c->ppp.extras &= (uint8_t) ~(1u << i);
}

static void
protocol_reject(struct client *c, uint16_t protocol, struct rd packet)
{
	uint8_t buf[256];
	struct wr w = wr_init(buf, sizeof(buf));
	size_t len = rd_left(&packet);

	wr_u16(&w, protocol);
	wr_bytes(&w, packet.p, len < sizeof(buf) - 2 ? len : sizeof(buf) - 2);
	client_ppp_send(c, PPP_LCP, PPP_PROTO_REJ, ++c->ppp.lcp.id, buf, wr_len(&w));
}

/* They do not open: the gateway's requests are rejected, and any answer to the client's ends it. */
static void
other_input(struct client *c, uint16_t protocol, struct rd packet)
{
	int i = extra_find(c, protocol);
	uint8_t code, id;
	struct rd body;

	if (c->ppp.lcp.state != PPP_OPENED)
		return;
	if (i < 0) {
		protocol_reject(c, protocol, packet);
		return;
	}
	if (!packet_read(packet, &code, &id, &body))
		return;
	if (code == PPP_CONF_REQ && rd_more(&body))
		client_ppp_send(c, protocol, PPP_CONF_REJ, id, body.p, rd_left(&body));
	else if (code == PPP_CONF_REQ)
		protocol_reject(c, protocol, packet);
	else if (code == PPP_TERM_REQ)
		client_ppp_send(c, protocol, PPP_TERM_ACK, id, NULL, 0);
	else if (code == PPP_CONF_ACK || code == PPP_CONF_NAK || code == PPP_CONF_REJ)
		extra_done(c, i);
}

/* --- phases ----------------------------------------------------------------------------------- */

void
client_ppp_lcp_up(struct client *c)
{
	const struct profile_bytes *ident = c->profile->idents;
	uint32_t magic = htonl(c->ppp.magic);
	uint8_t buf[256];

	for (; ident != NULL && ident->len != 0; ident++) {
		struct wr w = wr_init(buf, sizeof(buf));

		wr_be32(&w, magic);
		wr_bytes(&w, ident->b, ident->len);
		if (ident->host)
			wr_bytes(&w, c->host, strlen(c->host));
		client_ppp_send(c, PPP_LCP, PPP_IDENT, ++c->ppp.lcp.id, buf, wr_len(&w));
	}
	if (c->profile->echo_s != 0)
		timer_arm(&c->ppp.echo, c->profile->echo_s * UINT64_C(1000));
}

void
client_ppp_lcp_down(struct client *c)
{
	struct client_ppp *p = &c->ppp;

	client_cp_reset(&p->ipcp);
	p->passed = p->answered = false;
	timer_stop(&p->chap_timer);
	p->extras = 0;
	timer_stop(&p->extra_timer);
	timer_stop(&p->echo);
	client_inform_stop(c);
}

static void
network(struct client *c)
{
	const struct profile_bytes *e = c->profile->extras;

	c->ppp.extras = 0;
	c->ppp.extra_tries = 0;
	for (unsigned i = 0; e != NULL && e[i].len != 0; i++)
		c->ppp.extras |= (uint8_t)(1u << i);
	send_extras(c);
	client_cp_open(&c->ppp.ipcp, 0);
}

void
client_ppp_up(struct client *c)
{
	if (c->phase == CLIENT_CLOSING)
		return;
	if (c->ppp.addr[0] == 0) {
		client_end(c, CLIENT_WHY_PPP_REFUSED, "IPCP opened without an address");
		return;
	}
	client_set_phase(c, CLIENT_UP);
	if (c->ev.up != NULL)
		c->ev.up(c->arg, c->ppp.addr[0], c->ppp.peer);
	client_inform_begin(c);
}

/* --- LCP beside the automaton ----------------------------------------------------------------- */

static void
on_echo_due(struct timer *t)
{
	struct client *c = container_of(t, struct client, ppp.echo);
	uint32_t magic = htonl(c->ppp.magic);

	client_enter(c);
	if (c->ppp.unanswered++ >= c->profile->echo_max) {
		client_end(c, CLIENT_WHY_DEAD, "no answer to LCP echoes");
	} else {
		client_ppp_send(c, PPP_LCP, PPP_ECHO_REQ, ++c->ppp.echo_id, &magic, 4);
		timer_arm(t, c->profile->echo_s * UINT64_C(1000));
	}
	client_leave(c);
}

/* Echo-Reply: the request with the client's magic number (RFC 1661, 5.8). */
static void
send_echo_reply(struct client *c, uint8_t id, struct rd body)
{
	uint8_t buf[512];
	struct wr w = wr_init(buf, sizeof(buf));

	rd_u32(&body);
	wr_u32(&w, c->ppp.magic);
	if (body.bad || rd_left(&body) > sizeof(buf) - 4)
		return;
	wr_bytes(&w, body.p, rd_left(&body));
	client_ppp_send(c, PPP_LCP, PPP_ECHO_REP, id, buf, wr_len(&w));
}

bool
client_ppp_lcp_code(struct client *c, uint8_t code, uint8_t id, struct rd body)
{
	uint16_t protocol;

	switch (code) {
	case PPP_PROTO_REJ:
		protocol = rd_u16(&body);
		if (protocol == PPP_IPCP && !body.bad)
			client_end(c, CLIENT_WHY_PPP_REFUSED, "the gateway rejected IPCP");
		extra_done(c, extra_find(c, protocol));
		return true;
	case PPP_ECHO_REQ:
		if (c->ppp.lcp.state == PPP_OPENED)
			send_echo_reply(c, id, body);
		return true;
	case PPP_ECHO_REP:
		c->ppp.unanswered = 0;
		return true;
	case PPP_DISCARD_REQ:
	case PPP_IDENT:
	case PPP_TIME_REMAINING:
		return true;
	default:
		return false;
	}
}

/* --- life ------------------------------------------------------------------------------------- */

void
client_ppp_input(struct client *c, struct rd frame)
{
	struct rd r = frame;
	uint16_t protocol;

	if (!c->ppp.begun)
		return;
	if (rd_left(&r) >= 2 && r.p[0] == PPP_ADDRESS && r.p[1] == PPP_CONTROL)
		rd_u16(&r);
	protocol = rd_u8(&r);
	if ((protocol & 1) == 0)
		protocol = (uint16_t)(protocol << 8 | rd_u8(&r));
	if (r.bad)
		return;
	switch (protocol) {
	case PPP_LCP:
		client_cp_input(&c->ppp.lcp, r);
		break;
	case PPP_CHAP:
		on_chap(c, r);
		break;
	case PPP_IPCP:
		client_cp_input(&c->ppp.ipcp, r);
		break;
	case PPP_IP:
		break; /* is for the owner */
	default:
		other_input(c, protocol, r);
	}
}

void
client_ppp_init(struct client *c)
{
	client_cp_init(&c->ppp.lcp, c, true);
	client_cp_init(&c->ppp.ipcp, c, false);
	timer_init(&c->ppp.extra_timer, c->timers, on_extra_timer);
	timer_init(&c->ppp.echo, c->timers, on_echo_due);
	timer_init(&c->ppp.chap_timer, c->timers, on_chap_timer);
}

void
client_ppp_begin(struct client *c)
{
	client_set_phase(c, CLIENT_PPP);
	c->ppp.begun = true;
	c->ppp.magic = rng_u32() | 1;
	rng_bytes(c->ppp.chap_seed, sizeof(c->ppp.chap_seed));
	client_cp_open(&c->ppp.lcp, c->profile->lcp_wait_ms);
}

bool
client_ppp_close(struct client *c)
{
	struct client_ppp *p = &c->ppp;

	if (!p->begun || p->lcp.state < PPP_REQ_SENT)
		return false;
	client_cp_close(&p->lcp);
	return true;
}

void
client_ppp_reset(struct client *c)
{
	struct client_ppp *p = &c->ppp;

	client_ppp_lcp_down(c);
	client_cp_reset(&p->lcp);
	p->begun = false;
	p->mru = 0;
	p->pfc = p->acfc = false;
	p->unanswered = 0;
	memset(p->addr, 0, sizeof(p->addr));
	p->peer = p->old_peer = 0;
}
