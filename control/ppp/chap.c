/* SPDX-License-Identifier: BSD-3-Clause */
#include "chap.h"

#include <stdio.h>
#include <stdlib.h>

#include "crypto/rng.h"
#include "ppp_internal.h"

/* Error codes of a Failure (RFC 2759, 6). */
enum {
	E_ACCT_DISABLED = 647,
	E_NO_DIALIN_PERMISSION = 649,
	E_AUTHENTICATION_FAILURE = 691,
};

static void
new_challenge(struct chap *c)
{
	rng_bytes(c->challenge, sizeof(c->challenge));
}

/*
 * A retransmission is the same Challenge, so that a late Response to the first one is still valid.
 */
static void
send_challenge(struct ppp *p)
{
	struct chap *c = &p->chap;
	uint8_t buf[1 + MSCHAP_CHALLENGE_LEN + sizeof(p->config.name)];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u8(&w, MSCHAP_CHALLENGE_LEN);
	wr_bytes(&w, c->challenge, sizeof(c->challenge));
	wr_bytes(&w, p->config.name, strnlen(p->config.name, sizeof(p->config.name)));
	c->sent++;
	timer_arm(&c->timer, PPP_RESTART_MS);
	if (ppp_may_log(p))
		log_info(PPP, p->who, "sent chap Challenge id=%u, name '%.*s'", c->id,
			(int)sizeof(p->config.name), p->config.name);
	ppp_send_packet(p, PPP_CHAP, CHAP_CHALLENGE, c->id, buf, wr_len(&w));
}

/*
 * Some peers never retransmit a Response, and discard IPCP that arrives before our Success. If that
 * is lost, both ends would wait for each other.
 */
static void
repeat_success(struct ppp *p)
{
	struct chap *c = &p->chap;

	/* After that, the link ends when IPCP gives up. */
	if (c->sent++ >= PPP_MAX_CONFIGURE)
		return;
	timer_arm(&c->timer, CHAP_SUCCESS_MS);
	log_debug(PPP, p->who, "sent chap Success id=%u again", c->response_id);
	ppp_send(p, PPP_CHAP, c->answer, c->answer_len);
}

/*
 * Some peers never retransmit a Response. If the first that they learn is the end of the link, they
 * tell the user that the connection broke, not that the password is wrong.
 */
static void
repeat_failure(struct ppp *p)
{
	struct chap *c = &p->chap;
	bool retry = c->state == CHAP_RETRY;

	if (c->sent++ >= CHAP_FAILURES) {
		ppp_terminate(p, PPP_WHY_AUTH, retry ? "no other password was tried" : c->reason);
		return;
	}
	timer_arm(&c->timer, retry && c->sent == CHAP_FAILURES ? CHAP_RETRY_MS : CHAP_FAILED_MS);
	if (c->answer == NULL)
		return;
	log_debug(PPP, p->who, "sent chap Failure id=%u again", c->response_id);
	ppp_send(p, PPP_CHAP, c->answer, c->answer_len);
}

static void
on_timer(struct timer *timer)
{
	struct ppp *p = container_of(timer, struct ppp, chap.timer);

	if (p->chap.state == CHAP_DONE)
		repeat_success(p);
	else if (p->chap.state == CHAP_RETRY || p->chap.state == CHAP_FAILED)
		repeat_failure(p);
	else if (p->chap.sent >= PPP_MAX_CONFIGURE)
		ppp_terminate(p, PPP_WHY_AUTH, "no Response to our Challenge");
	else
		send_challenge(p);
}

void
chap_init(struct ppp *p)
{
	timer_init(&p->chap.timer, p->timers, on_timer);
}

void
chap_begin(struct ppp *p)
{
	struct chap *c = &p->chap;

	/* A renegotiation of LCP does not grant more attempts. */
	if (c->reason != NULL) {
		ppp_terminate(p, PPP_WHY_AUTH, c->reason);
		return;
	}
	ppp_set_phase(p, PPP_AUTHENTICATE);
	p->user[0] = '\0';
	c->state = CHAP_CHALLENGED;
	c->id++;
	c->sent = 0;
	new_challenge(c);
	send_challenge(p);
}

void
chap_stop(struct ppp *p)
{
	timer_stop(&p->chap.timer);
	p->chap.state = CHAP_IDLE;
}

/* Wipes and frees the peer's Response. */
static void
forget_response(struct chap *c)
{
	if (c->response != NULL)
		explicit_bzero(c->response, sizeof(*c->response));
	free(c->response);
	c->response = NULL;
}

void
chap_free(struct ppp *p)
{
	forget_response(&p->chap);
	free(p->chap.answer);
	explicit_bzero(&p->chap, sizeof(p->chap));
}

/* Sends Success or Failure, and keeps it for retransmissions if there is memory for that. */
static void
send_answer(struct ppp *p, uint8_t code, const char *text)
{
	struct chap *c = &p->chap;
	uint8_t answer[192];
	struct wr w = wr_init(answer, sizeof(answer));
	size_t len = strlen(text);

	wr_u8(&w, code);
	wr_u8(&w, c->response_id);
	wr_u16(&w, (uint16_t)(PPP_HEADER + len));
	wr_bytes(&w, text, len);
	free(c->answer);
	c->answer = w.bad ? NULL : malloc(wr_len(&w));
	c->answer_len = c->answer == NULL ? 0 : wr_len(&w);
	if (c->answer != NULL)
		memcpy(c->answer, answer, c->answer_len);
	if (!w.bad)
		ppp_send(p, PPP_CHAP, answer, wr_len(&w));
}

static void
succeed(struct ppp *p, const char *auth_response)
{
	struct chap *c = &p->chap;
	char text[128];

	snprintf(text, sizeof(text), "%s M=Welcome", auth_response);
	memcpy(p->user, c->response->user, sizeof(p->user));
	forget_response(c);
	c->state = CHAP_DONE;
	log_info(PPP, p->who, "sent chap Success id=%u", c->response_id);
	send_answer(p, CHAP_SUCCESS, text);
	c->sent = 1;
	timer_arm(&c->timer, CHAP_SUCCESS_MS);
	if (c->state == CHAP_DONE)
		ppp_authenticated(p);
}

static void
fail(struct ppp *p, unsigned error, const char *reason)
{
	struct chap *c = &p->chap;
	bool retry = error == E_AUTHENTICATION_FAILURE && ++c->wrong < p->config.auth_tries;
	char text[128], hex[2 * MSCHAP_CHALLENGE_LEN + 1];

	new_challenge(c);
	for (unsigned i = 0; i < MSCHAP_CHALLENGE_LEN; i++)
		snprintf(hex + 2 * i, 3, "%02X", c->challenge[i]);
	snprintf(text, sizeof(text), "E=%u R=%d C=%s V=3 M=%s", error, retry, hex, reason);
	log_info(PPP, p->who, "sent chap Failure id=%u E=%u R=%d: %s", c->response_id, error, retry,
		reason);
	c->state = retry ? CHAP_RETRY : CHAP_FAILED;
	c->reason = retry ? NULL : reason;
	c->sent = 1;
	timer_arm(&c->timer, CHAP_FAILED_MS);
	send_answer(p, CHAP_FAILURE, text);
}

void
chap_done(struct ppp *p, enum ppp_verdict verdict, const char *auth_response)
{
	if (p->chap.state != CHAP_JUDGING)
		return;
	switch (verdict) {
	case PPP_AUTH_OK:
		succeed(p, auth_response);
		break;
	case PPP_AUTH_WRONG:
		fail(p, E_AUTHENTICATION_FAILURE, "wrong user name or password");
		break;
	case PPP_AUTH_DISABLED:
		fail(p, E_ACCT_DISABLED, "account disabled");
		break;
	case PPP_AUTH_BUSY:
		fail(p, E_NO_DIALIN_PERMISSION, "no more sessions");
		break;
	}
}

/* Reads the Response; false if it is malformed. The user is set if it has one. */
static bool
read_response(struct ppp_auth *a, struct rd body)
{
	uint8_t len = rd_u8(&body);
	struct rd value = rd_sub(&body, len);
	const uint8_t *bytes = rd_bytes(&value, MSCHAP_RESPONSE_LEN);
	size_t n = rd_left(&body);

	if (body.bad || n > PPP_NAME_MAX)
		return false;
	memcpy(a->user, body.p, n);
	if (!rd_done(&value) || strlen(a->user) != n)
		return false;
	memcpy(a->response, bytes, MSCHAP_RESPONSE_LEN);
	return true;
}

/* Whether a Response with this identifier answers our last Challenge. */
static bool
fits(const struct chap *c, uint8_t id)
{
	if (c->state == CHAP_CHALLENGED)
		return id == c->id;
	/* After a Failure, some peers keep the identifier and others increment it. */
	return c->state == CHAP_RETRY &&
	       (id == c->response_id || id == (uint8_t)(c->response_id + 1));
}

/* Whether it is a retransmission of the Response that was judged last, whose answer was lost. */
static bool
is_repeat(const struct chap *c, uint8_t id, const struct ppp_auth *a)
{
	if (id != c->response_id || c->state < CHAP_RETRY)
		return false;
	return c->state >= CHAP_FAILED ||
	       (strcmp(a->user, c->response->user) == 0 &&
		       memcmp(a->response, c->response->response, sizeof(a->response)) == 0);
}

static void
on_response(struct ppp *p, uint8_t id, struct rd body)
{
	struct chap *c = &p->chap;
	struct ppp_auth a = {0};
	bool good = read_response(&a, body);

	if (ppp_may_log(p))
		log_info(PPP, p->who, "rcvd chap Response id=%u, name '%s'", id, a.user);
	if (is_repeat(c, id, &a)) {
		if (c->answer != NULL)
			ppp_send(p, PPP_CHAP, c->answer, c->answer_len);
		return;
	}
	if (!fits(c, id)) {
		log_debug(PPP, p->who, "chap: ignored Response id=%u: not the expected one", id);
		return;
	}
	if (c->response == NULL && (c->response = malloc(sizeof(a))) == NULL)
		return;
	timer_stop(&c->timer);
	memcpy(a.challenge, c->challenge, sizeof(a.challenge));
	*c->response = a;
	c->response_id = c->id = id;
	c->state = CHAP_JUDGING;
	if (good) {
		p->ev.auth(p->arg, &a);
		return;
	}
	log_info(PPP, p->who, "chap: malformed Response: needs %u bytes and a name",
		MSCHAP_RESPONSE_LEN);
	chap_done(p, PPP_AUTH_WRONG, "");
}

const char *
chap_failed(const struct ppp *p)
{
	return p->chap.reason;
}

void
chap_network_heard(struct ppp *p)
{
	if (p->chap.state == CHAP_DONE)
		timer_stop(&p->chap.timer);
}

void
chap_input(struct ppp *p, struct rd packet)
{
	uint8_t code = rd_u8(&packet), id = rd_u8(&packet);
	uint16_t len = rd_u16(&packet);
	struct rd body;

	if (packet.bad || len < PPP_HEADER || (body = rd_sub(&packet, len - PPP_HEADER)).bad) {
		if (ppp_may_log(p))
			log_info(PPP, p->who, "chap: ignored a packet with an invalid length");
		return;
	}
	if (code == CHAP_RESPONSE)
		on_response(p, id, body);
	else if (ppp_may_log(p)) /* we do not authenticate to the peer */
		log_info(PPP, p->who, "chap: ignored code %u id=%u", code, id);
}
