/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A gateway's side of kanmon-load's clients. The first byte of the input selects the profile, and
 * whether the client is up or has just sent message 1; records of (operation, argument, ...)
 * follow.
 */
#include <stdlib.h>
#include <string.h>

#include "client_internal.h"
#include "gateway.h"
#include "wire/l2tp.h"
#include "wire/ppp.h"

enum op {
	OP_IKE, /* port (u8), length (u16), a message */
	OP_COOKIES, /* the same, with length, and cookies of the client's ISAKMP SA */
	/* Exchange (u8), first payload (u8), length (u16), payloads; they are protected. */
	OP_SEALED,
	OP_L2TP, /* length (u16), a message */
	OP_CONTROL, /* length (u16), AVPs; a header is added */
	OP_PPP, /* length (u16), a frame; a header is added */
	OP_TRAFFIC, /* bytes (u16) */
	OP_WAIT, /* seconds (u8) */
	OP_COUNT,
};

#define MESSAGE_MAX 2048

static void
nobody_ike(void *arg, uint16_t port, const uint8_t *msg, size_t len)
{
	(void)arg;
	(void)port;
	(void)msg;
	(void)len;
}

static void
nobody_l2tp(void *arg, const uint8_t *msg, size_t len)
{
	(void)arg;
	(void)msg;
	(void)len;
}

static int
any_child(void *arg, const struct client_child *child)
{
	(void)arg;
	(void)child;
	return 0;
}

static const struct client_events events = {
	.send_ike = nobody_ike,
	.send_l2tp = nobody_l2tp,
	.child_new = any_child,
};

/* A copy of the exact length, so that a sanitizer detects a read past its end. */
static void
hand_over(struct client *c, bool ike, uint16_t port, const uint8_t *msg, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (copy == NULL)
		return;
	if (len > 0)
		memcpy(copy, msg, len);
	if (ike)
		client_ike_input(c, port, copy, len);
	else
		client_l2tp_input(c, copy, len);
	free(copy);
}

static struct rd
bytes(struct rd *r)
{
	size_t len = rd_u16(r);

	if (len > rd_left(r))
		len = rd_left(r);
	if (len > MESSAGE_MAX)
		len = MESSAGE_MAX;
	return rd_sub(r, len);
}

static void
cookies(struct client *c, struct rd *r)
{
	uint16_t port = rd_u8(r) & 1 ? IKE_NATT_PORT : IKE_PORT;
	struct rd b = bytes(r);
	size_t len = rd_left(&b);
	uint8_t msg[MESSAGE_MAX];

	if (len < IKE_HEADER_LEN)
		return;
	memcpy(msg, b.p, len);
	if (c->sa != NULL) {
		memcpy(msg, c->sa->icookie, 8);
		if (c->sa->state != CLIENT_SA_1)
			memcpy(msg + 8, c->sa->rcookie, 8);
	}
	msg[17] = ISAKMP_VERSION;
	msg[24] = msg[25] = 0;
	msg[26] = (uint8_t)(len >> 8);
	msg[27] = (uint8_t)len;
	hand_over(c, true, port, msg, len);
}

static void
sealed(struct client *c, struct rd *r, uint32_t message_id)
{
	static const uint8_t exchanges[] = {IKE_QUICK_MODE, IKE_INFORMATIONAL};
	uint8_t exchange = exchanges[rd_u8(r) & 1], first = rd_u8(r), iv[CBC_BLOCK_MAX];
	struct rd b = bytes(r);
	struct ike_out o;
	size_t at;

	if (c->sa == NULL || c->sa->state != CLIENT_SA_UP)
		return;
	/* The client begins a quick mode now and then. */
	if (exchange == IKE_QUICK_MODE && (message_id & 3) == 0 && !list_empty(&c->sa->quicks))
		message_id =
			container_of(c->sa->quicks.next, struct client_quick, node)->message_id;
	client_ike_begin(&o, c->sa, exchange, message_id);
	at = client_ike_hash_open(c->sa, &o);
	o.buf[at] = first;
	wr_bytes(&o.w, b.p, rd_left(&b));
	if (!client_ike_hash_close(c->sa, &o, at, message_id, (struct part){NULL, 0}) ||
		ike_keys_iv(&c->sa->keys, message_id, iv) != 0 ||
		!client_ike_sealed(c->sa, &o, iv, NULL))
		return;
	hand_over(c, true, c->sa->port, o.buf, wr_len(&o.w));
}

static void
behind_header(struct client *c, struct rd *r, bool control)
{
	struct rd b = bytes(r);
	uint8_t msg[MESSAGE_MAX + 16];
	struct wr w = wr_init(msg, sizeof(msg));
	uint16_t tid, sid;

	client_ids(c, &tid, &sid);
	wr_u16(&w, L2TP_FLAG_L | L2TP_VERSION | (control ? L2TP_FLAG_T | L2TP_FLAG_S : 0));
	wr_u16(&w, (uint16_t)((control ? 12 : 8) + rd_left(&b)));
	wr_u16(&w, tid);
	wr_u16(&w, sid);
	if (control) {
		wr_u16(&w, c->l2tp.rel.nr);
		wr_u16(&w, c->l2tp.rel.ns);
	}
	wr_bytes(&w, b.p, rd_left(&b));
	hand_over(c, false, 0, msg, wr_len(&w));
}

static void
feed(struct client *c, struct rd *r, uint32_t message_id)
{
	uint8_t op = rd_u8(r) % OP_COUNT;
	uint16_t port;
	struct rd b;

	switch (op) {
	case OP_IKE:
		port = rd_u8(r) & 1 ? IKE_NATT_PORT : IKE_PORT;
		b = bytes(r);
		hand_over(c, true, port, b.p, rd_left(&b));
		break;
	case OP_COOKIES:
		cookies(c, r);
		break;
	case OP_SEALED:
		sealed(c, r, message_id);
		break;
	case OP_L2TP:
		b = bytes(r);
		hand_over(c, false, 0, b.p, rd_left(&b));
		break;
	case OP_CONTROL:
	case OP_PPP:
		behind_header(c, r, op == OP_CONTROL);
		break;
	case OP_TRAFFIC:
		client_traffic(c, rd_u16(r) * 1024u);
		break;
	default:
		timers_run(c->timers, c->timers->now_ms + rd_u8(r) * 1000u);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	uint8_t how = rd_u8(&r);
	uint32_t message_id = 1;
	static struct gw g;

	/* Profiles that offer a group with cheap arithmetic. */
	gw_init(&g, how & 2 ? "windows11" : "strongswan");
	g.ike.n_suites = 1;
	if (ike_suite_parse("aes128-sha1-ecp256", &g.ike.suites[0]) != 0)
		abort();
	if (how & 4)
		gw_nat(&g);
	if (how & 1)
		gw_connect(&g);
	else
		client_connect(g.c);
	g.c->ev = events;
	while (rd_more(&r))
		feed(g.c, &r, message_id++);
	client_disconnect(g.c);
	timers_run(&g.timers, g.timers.now_ms + 60000);
	if (client_phase(g.c) != CLIENT_IDLE)
		timers_run(&g.timers, g.timers.now_ms + 60000);
	gw_fini(&g);
	return 0;
}
