/* SPDX-License-Identifier: BSD-3-Clause */
/* The ISAKMP SAs of a client: their life, protection of messages, and dispatch to them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client_internal.h"
#include "crypto/rng.h"

#define FRAGMENT_HEADER 8

/* In main mode retransmits; later, renews keys before the lifetime ends. */
static void
on_timer(struct timer *t)
{
	struct client_sa *sa = container_of(t, struct client_sa, timer);
	struct client *c = sa->c;
	unsigned wait;

	client_enter(c);
	if (sa->state == CLIENT_SA_UP) {
		client_rekey_ike(c);
	} else if (sa->noise && sa == c->sa) {
		client_end(c, CLIENT_WHY_IKE_AUTH, "the answer to message 5 does not verify");
	} else if ((wait = client_ike_wait(c, ++sa->tries)) != 0) {
		client_ike_again(sa, sa->msg, sa->msg_len);
		timer_arm(&sa->timer, wait);
	} else if (sa == c->next) {
		client_end(c, CLIENT_WHY_DEAD, "no answer in the new main mode");
	} else {
		client_end(c, CLIENT_WHY_IKE_TIMEOUT, "no answer to message %u%s",
			2 * sa->state + 1,
			sa->state == CLIENT_SA_5 ? ": the pre-shared keys may differ" : "");
	}
	client_leave(c);
}

struct client_sa *
client_sa_new(struct client *c, uint16_t port)
{
	struct client_sa *sa = calloc(1, sizeof(*sa));

	if (sa == NULL)
		return NULL;
	sa->main = calloc(1, sizeof(*sa->main));
	if (sa->main == NULL) {
		free(sa);
		return NULL;
	}
	sa->c = c;
	sa->port = port;
	rng_bytes(sa->icookie, sizeof(sa->icookie));
	sa->icookie[0] |= 1; /* must not be all zero */
	list_init(&sa->quicks);
	timer_init(&sa->timer, c->timers, on_timer);
	timer_init(&sa->dpd_timer, c->timers, NULL);
	return sa;
}

void
client_sa_free(struct client_sa *sa)
{
	if (sa == NULL)
		return;
	timer_stop(&sa->timer);
	timer_stop(&sa->dpd_timer);
	while (!list_empty(&sa->quicks))
		client_quick_free(container_of(sa->quicks.next, struct client_quick, node));
	if (sa->main != NULL)
		dh_free(sa->main->dh);
	free(sa->main);
	free(sa->msg);
	sodium_memzero(sa, sizeof(*sa));
	free(sa);
}

unsigned
client_ike_wait(const struct client *c, unsigned n)
{
	const uint16_t *ms = c->profile->ike_repeat_ms;

	while (*ms != 0 && n-- > 0)
		ms++;
	return *ms;
}

/* --- out -------------------------------------------------------------------------------------- */

void
client_ike_begin(
	struct ike_out *o, const struct client_sa *sa, uint8_t exchange, uint32_t message_id)
{
	ike_out_header(o, sa->icookie, sa->rcookie, exchange, message_id);
}

/* A fragment: payload 132 with identifier, number from 1 on, last flag, part of the message. */
static void
send_piece(struct client_sa *sa, const uint8_t *msg, const uint8_t *piece, size_t n, uint8_t number,
	bool last)
{
	uint8_t buf[IKE_HEADER_LEN + FRAGMENT_HEADER + UINT16_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_bytes(&w, msg, 16);
	wr_u8(&w, ISAKMP_FRAGMENT);
	wr_bytes(&w, msg + 17, 2); /* version, exchange */
	wr_u8(&w, 0);
	wr_bytes(&w, msg + 20, 4); /* message ID */
	wr_u32(&w, (uint32_t)(IKE_HEADER_LEN + FRAGMENT_HEADER + n));
	wr_u8(&w, ISAKMP_NONE);
	wr_u8(&w, 0);
	wr_u16(&w, (uint16_t)(FRAGMENT_HEADER + n));
	wr_u16(&w, sa->fragments);
	wr_u8(&w, number);
	wr_u8(&w, last);
	wr_bytes(&w, piece, n);
	if (!w.bad)
		sa->c->ev.send_ike(sa->c->arg, sa->port, buf, wr_len(&w));
}

/* As Windows and Cisco do, once the peer has announced support. */
static void
send_pieces(struct client_sa *sa, const uint8_t *msg, size_t len, size_t most)
{
	uint8_t number = 0;

	sa->fragments++;
	for (size_t at = 0; at < len; at += most) {
		bool last = len - at <= most;

		send_piece(sa, msg, msg + at, last ? len - at : most, ++number, last);
	}
}

void
client_ike_again(struct client_sa *sa, const uint8_t *msg, size_t len)
{
	size_t most = sa->c->config->fragment;

	if (msg == NULL)
		return;
	if (most != 0 && len > most && sa->fragmentation && (msg[19] & ISAKMP_FLAG_ENCRYPTED) != 0)
		send_pieces(sa, msg, len, most);
	else
		sa->c->ev.send_ike(sa->c->arg, sa->port, msg, len);
}

bool
client_ike_plain(struct client_sa *sa, struct ike_out *o, const struct client_kept *keep)
{
	size_t len = wr_len(&o->w);

	wr_put16(&o->w, 24, (uint16_t)(len >> 16));
	wr_put16(&o->w, 26, (uint16_t)len);
	if (o->w.bad)
		return false;
	if (keep != NULL) {
		free(*keep->bytes);
		*keep->bytes = malloc(len);
		if (*keep->bytes == NULL)
			return false;
		memcpy(*keep->bytes, o->buf, len);
		*keep->len = len;
	}
	client_ike_again(sa, o->buf, len);
	return true;
}

bool
client_ike_sealed(struct client_sa *sa, struct ike_out *o, uint8_t iv[CBC_BLOCK_MAX],
	const struct client_kept *keep)
{
	size_t block = sa->keys.block, body = wr_len(&o->w) - IKE_HEADER_LEN;
	uint8_t *p = o->buf + IKE_HEADER_LEN;

	wr_zero(&o->w, (block - body % block) % block);
	if (o->w.bad)
		return false;
	o->buf[19] |= ISAKMP_FLAG_ENCRYPTED;
	body = wr_len(&o->w) - IKE_HEADER_LEN;
	if (cbc_encrypt(sa->keys.cipher, sa->keys.key, sa->keys.key_len, iv, p, body, p) != 0)
		return false;
	memcpy(iv, p + body - block, block);
	return client_ike_plain(sa, o, keep);
}

size_t
client_ike_hash_open(struct client_sa *sa, struct ike_out *o)
{
	size_t at = ike_out_open(o, ISAKMP_HASH);

	wr_zero(&o->w, hash_len(sa->keys.hash));
	ike_out_close(o, at);
	return at;
}

bool
client_ike_hash_close(
	struct client_sa *sa, struct ike_out *o, size_t at, uint32_t message_id, struct part before)
{
	size_t n = hash_len(sa->keys.hash), rest_at = at + 4 + n;
	const struct part parts[] = {before, {o->buf + rest_at, wr_len(&o->w) - rest_at}};
	uint8_t hash[HASH_MAX];

	if (o->w.bad || ike_keys_hash(&sa->keys, message_id, parts, 2, hash) != 0)
		return false;
	memcpy(o->buf + at + 4, hash, n);
	return true;
}

/* --- in --------------------------------------------------------------------------------------- */

bool
client_ike_open(const struct client_sa *sa, const struct ike_header *h, const uint8_t *msg,
	size_t len, uint8_t iv[CBC_BLOCK_MAX], uint8_t *clear, struct ike_msg *m)
{
	const uint8_t *body = msg + IKE_HEADER_LEN;
	size_t n = len - IKE_HEADER_LEN, block = sa->keys.block;

	if ((h->flags & ISAKMP_FLAG_ENCRYPTED) == 0 || n == 0 || n % block != 0 ||
		cbc_decrypt(sa->keys.cipher, sa->keys.key, sa->keys.key_len, iv, body, n, clear) !=
			0)
		return false;
	memcpy(iv, body + n - block, block);
	return ike_payload_read(h, clear, n, true, m);
}

bool
client_ike_hash_good(const struct client_sa *sa, const struct ike_msg *m, struct part before)
{
	size_t n = hash_len(sa->keys.hash);
	const struct part parts[] = {before, {m->after_first, (size_t)(m->end - m->after_first)}};
	uint8_t want[HASH_MAX];

	return m->payload[0].type == ISAKMP_HASH && rd_left(&m->payload[0].body) == n &&
	       ike_keys_hash(&sa->keys, m->h.message_id, parts, 2, want) == 0 &&
	       secret_equal(m->payload[0].body.p, want, n);
}

/* Before message 2 any responder cookie is accepted: the gateway chooses it. */
static bool
is_for(const struct client_sa *sa, const struct ike_header *h)
{
	return sa != NULL && memcmp(sa->icookie, h->icookie, 8) == 0 &&
	       (sa->state == CLIENT_SA_1 || memcmp(sa->rcookie, h->rcookie, 8) == 0);
}

/* The cookies alone tell which SA a message is for, whatever its port. */
static void
dispatch(struct client *c, const struct ike_header *h, const uint8_t *msg, size_t len)
{
	struct client_sa *sa = is_for(c->next, h) ? c->next : is_for(c->sa, h) ? c->sa : NULL;

	if (sa == NULL)
		return;
	switch (h->exchange) {
	case IKE_MAIN_MODE:
		client_main_input(sa, h, msg, len);
		break;
	case IKE_QUICK_MODE:
		client_quick_input(sa, h, msg, len);
		break;
	case IKE_INFORMATIONAL:
		client_info_input(sa, h, msg, len);
		break;
	default:
		break;
	}
}

void
client_ike_input(struct client *c, uint16_t port, const uint8_t *msg, size_t len)
{
	struct ike_header h;

	if (c->phase == CLIENT_IDLE || c->ended || !ike_header_read(msg, len, &h))
		return;
	client_enter(c);
	if (!client_answer_input(c, port, &h, msg, len))
		dispatch(c, &h, msg, len);
	client_leave(c);
}
