/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A peer's side of a PPP link. The input consists of records of (operation, argument, ...): frames,
 * unchanged or made to match our last request, decisions of the owner, and what happens between
 * them.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "ppp_internal.h"

enum op {
	OP_RAW, /* length (u16), a frame */
	/* Protocol (u16), code (u8), length (u16), data; identifier and length are added. */
	OP_FITTED,
	OP_RETURN, /* which (u8): our last request is returned as Ack, Nak, Reject, or unchanged */
	OP_WAIT, /* tenths of a second (u8) */
	OP_POLICY, /* policy (u8) */
	OP_JUDGE, /* verdict (u8) */
	OP_ADDRESS_READY,
	OP_HEARD,
	OP_CLOSE,
	OP_COUNT,
};

/* What the owner does. */
enum policy {
	POLICY_VERDICT = 7, /* of enum ppp_verdict; a larger one: later */
	POLICY_NO_ADDRESS_YET = 1 << 3,
	POLICY_NO_ADDRESS = 1 << 4,
	POLICY_CLOSE_IN_AUTH = 1 << 5,
	POLICY_CLOSE_IN_ADDRESS = 1 << 6,
	POLICY_CLOSE_IN_UP = 1 << 7,
};

struct owner {
	struct ppp *p;
	uint8_t policy;
	bool authenticated; /* since LCP opened */
	bool addressed;
	unsigned downs;
};

static const struct ppp_net net = {0xfe00a8c0, 0x0700a8c0, {0x3500a8c0, 0}};

/* Asserts that a list of options is well-formed. */
static void
check_options(struct rd r)
{
	while (rd_more(&r)) {
		uint8_t len;

		rd_u8(&r);
		len = rd_u8(&r);
		assert(len >= 2);
		rd_bytes(&r, len - 2u);
	}
	assert(rd_done(&r));
}

static void
on_send(void *arg, const uint8_t *frame, size_t len)
{
	struct owner *o = arg;
	struct rd r = rd_init(frame, len);
	uint16_t address = rd_u16(&r), protocol = rd_u16(&r);
	uint8_t code = rd_u8(&r);

	assert(o->downs == 0 && len <= PPP_FRAME_MAX);
	assert(address == 0xff03);
	assert(protocol == PPP_LCP || protocol == PPP_IPCP || protocol == PPP_CHAP);
	rd_u8(&r);
	assert(rd_u16(&r) == len - 4);
	assert(!r.bad && code != 0);
	if (protocol == PPP_CHAP) {
		assert(code == CHAP_CHALLENGE || code == CHAP_SUCCESS || code == CHAP_FAILURE);
		if (code == CHAP_CHALLENGE)
			o->authenticated = o->addressed = false;
	} else if (code <= PPP_CONF_REJ) {
		check_options(r);
	}
}

static void
judge(struct owner *o, enum ppp_verdict verdict)
{
	bool awaited = o->p->chap.state == CHAP_JUDGING;

	if (awaited && verdict == PPP_AUTH_OK)
		o->authenticated = true;
	ppp_auth_done(o->p, verdict, "S=407A5589115FD0D6209F510FE9C04566932CDA56");
}

static void
on_auth(void *arg, const struct ppp_auth *auth)
{
	struct owner *o = arg;

	assert(o->downs == 0 && memchr(auth->user, '\0', sizeof(auth->user)) != NULL);
	if (o->policy & POLICY_CLOSE_IN_AUTH)
		ppp_close(o->p, "closed in auth");
	if ((o->policy & POLICY_VERDICT) <= PPP_AUTH_BUSY)
		judge(o, o->policy & POLICY_VERDICT);
}

static int
on_address(void *arg, struct ppp_net *out)
{
	struct owner *o = arg;

	assert(o->downs == 0 && o->authenticated);
	if (o->policy & POLICY_CLOSE_IN_ADDRESS)
		ppp_close(o->p, "closed in address");
	if (o->policy & POLICY_NO_ADDRESS_YET)
		return -EAGAIN;
	if (o->policy & POLICY_NO_ADDRESS)
		return -ENOSPC;
	o->addressed = true;
	*out = net;
	return 0;
}

static void
on_up(void *arg, const struct ppp_link *link)
{
	struct owner *o = arg;

	assert(o->downs == 0 && o->authenticated && o->addressed);
	assert(memcmp(&link->net, &net, sizeof(net)) == 0);
	assert(link->mtu >= PPP_MRU_MIN && link->mtu <= 1400);
	if (o->policy & POLICY_CLOSE_IN_UP)
		ppp_close(o->p, "closed in up");
}

static void
on_down(void *arg, enum ppp_why why, const char *text)
{
	struct owner *o = arg;

	assert(o->downs++ == 0);
	assert(ppp_why_str(why)[0] != '?' && strlen(text) < PPP_TEXT_MAX);
}

/* A copy of the exact length, so that a sanitizer detects a read past its end. */
static void
input(struct owner *o, const uint8_t *frame, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (copy == NULL)
		return;
	memcpy(copy, frame, len);
	ppp_input(o->p, copy, len);
	free(copy);
}

static const uint8_t *
take(struct rd *r, size_t *len)
{
	size_t n = rd_u16(r);

	*len = n < rd_left(r) ? n : rd_left(r);
	return rd_bytes(r, *len);
}

static void
feed(struct owner *o, uint16_t protocol, uint8_t code, uint8_t id, const uint8_t *data, size_t len)
{
	uint8_t frame[PPP_FRAME_MAX];
	struct wr w = wr_init(frame, sizeof(frame));

	wr_u16(&w, 0xff03);
	wr_u16(&w, protocol);
	wr_u8(&w, code);
	wr_u8(&w, id);
	wr_u16(&w, (uint16_t)(PPP_HEADER + len));
	wr_bytes(&w, data, len);
	if (!w.bad)
		input(o, frame, wr_len(&w));
}

static void
feed_fitted(struct owner *o, struct rd *r)
{
	uint16_t protocol = rd_u16(r);
	uint8_t code = rd_u8(r), id = code;
	size_t len;
	const uint8_t *data = take(r, &len);

	if (data == NULL)
		return;
	if (protocol == PPP_CHAP)
		id = o->p->chap.id;
	else if (code >= PPP_CONF_ACK && code <= PPP_CONF_REJ)
		id = protocol == PPP_LCP ? o->p->lcp.cp.req_id : o->p->ipcp.cp.req_id;
	feed(o, protocol, code, id, data, len);
}

static void
feed_return(struct owner *o, uint8_t which)
{
	const struct ppp_cp *cp = which & 1 ? &o->p->ipcp.cp : &o->p->lcp.cp;
	uint8_t req[PPP_REQUEST_MAX];
	size_t len = cp->req_len;

	memcpy(req, cp->req, len);
	feed(o, cp->ops->protocol, (uint8_t)(PPP_CONF_REQ + (which >> 1) % 4), cp->req_id, req,
		len);
}

static void
run(struct owner *o, struct timers *timers, struct rd *r)
{
	const uint8_t *frame;
	size_t len;

	switch (rd_u8(r) % OP_COUNT) {
	case OP_RAW:
		frame = take(r, &len);
		if (frame != NULL)
			input(o, frame, len);
		break;
	case OP_FITTED:
		feed_fitted(o, r);
		break;
	case OP_RETURN:
		feed_return(o, rd_u8(r));
		break;
	case OP_WAIT:
		timers_run(timers, timers->now_ms + rd_u8(r) * 100u);
		break;
	case OP_POLICY:
		o->policy = rd_u8(r);
		break;
	case OP_JUDGE:
		judge(o, rd_u8(r) % (PPP_AUTH_BUSY + 1));
		break;
	case OP_ADDRESS_READY:
		ppp_address_ready(o->p);
		break;
	case OP_HEARD:
		ppp_heard(o->p);
		break;
	default:
		ppp_close(o->p, "closed");
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct timers timers;
	const struct ppp_config config = {.mru = 1400,
		.mtu = 1400,
		.name = "gate",
		.echo_s = 10,
		.echo_max = 3,
		.auth_tries = 3};
	const struct ppp_events events = {on_send, on_auth, on_address, on_up, on_down};
	struct rd r = rd_init(data, size);
	struct owner owner = {0};
	struct ppp_info info;

	log_set_level_all(LOG_LEVEL_ERR);
	timers_init(&timers, 1000);
	owner.p = ppp_new(&config, &timers, &events, &owner, "fuzz");
	if (owner.p == NULL)
		return 0;
	ppp_open(owner.p);
	while (rd_more(&r))
		run(&owner, &timers, &r);
	ppp_info(owner.p, &info);
	/* A link that receives nothing more ends, unless its peer does not know echoes. */
	for (unsigned i = 0; i < 200; i++)
		timers_run(&timers, timers.now_ms + 1000);
	assert(owner.downs == 1 || owner.p->lcp.echo_off);
	/* ppp_close() always ends it. */
	ppp_close(owner.p, "over");
	for (unsigned i = 0; i < 10; i++)
		timers_run(&timers, timers.now_ms + 1000);
	assert(owner.downs == 1);
	ppp_free(owner.p);
	for (unsigned i = 0; i < TIMER_SLOTS; i++)
		assert(list_empty(&timers.slot[i]));
	return 0;
}
