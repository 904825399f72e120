/* SPDX-License-Identifier: BSD-3-Clause */
/* An ISAKMP SA: its life, its messages' protection, repeats (RFC 2408, 2409). */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/rng.h"
#include "ike_internal.h"

const char *
ike_why_str(enum ike_why why)
{
	switch (why) {
	case IKE_WHY_NO_PROPOSAL:
		return "nothing that the peer offers is configured";
	case IKE_WHY_PSK:
		return "the pre-shared keys differ";
	case IKE_WHY_AUTH:
		return "the peer's hash is wrong";
	case IKE_WHY_TIMEOUT:
		return "main mode was not finished in time";
	case IKE_WHY_PEER_DELETE:
		return "deleted by the peer";
	case IKE_WHY_EXPIRED:
		return "its lifetime is over";
	case IKE_WHY_DEAD:
		return "the peer does not answer any more (DPD)";
	case IKE_WHY_LOCAL:
		return "ended by the gateway";
	case IKE_WHY_UNSUPPORTED:
		return "the peer wants what is not supported";
	case IKE_WHY_MALFORMED:
		return "malformed message";
	case IKE_WHY_INTERNAL:
		return "internal error";
	}
	return "?";
}

/* --- life ------------------------------------------------------------------------------------------ */

static void on_timer(struct timer *t);

struct ike_sa *
ike_sa_new(const struct ike_config *config, struct timers *timers, const struct ike_events *events,
	void *arg, const struct ip_end *local, const struct ip_end *remote, const char *who)
{
	struct ike_sa *sa = calloc(1, sizeof(*sa));

	if (sa == NULL)
		return NULL;
	sa->config = config;
	sa->timers = timers;
	sa->events = events;
	sa->arg = arg;
	sa->local = *local;
	sa->remote = *remote;
	sa->created_ms = timers->now_ms;
	sa->vendors.client = "";
	snprintf(sa->who, sizeof(sa->who), "%s", who);
	rng_bytes(sa->rcookie, sizeof(sa->rcookie));
	sa->rcookie[0] |= 1; /* never all zero */
	list_init(&sa->quicks);
	timer_init(&sa->timer, timers, on_timer);
	ike_info_dpd_init(sa);
	timer_arm(&sa->timer, IKE_MAIN_MODE_MS);
	return sa;
}

void
ike_sa_hush(struct ike_sa *sa, struct log_limit *limit)
{
	sa->hush = limit;
}

bool
ike_may_log(struct ike_sa *sa)
{
	return sa->hush == NULL || log_allowed(sa->hush, sa->timers->now_ms, LOG_IKE);
}

bool
ike_may_repeat(struct ike_sa *sa)
{
	return log_allowed(&sa->limit, sa->timers->now_ms, LOG_IKE) && ike_may_log(sa);
}

void
ike_sa_adopt(struct ike_sa *sa, void *arg, const char *who)
{
	sa->arg = arg;
	snprintf(sa->who, sizeof(sa->who), "%s", who);
}

void
ike_sa_free(struct ike_sa *sa)
{
	if (sa == NULL)
		return;
	timer_stop(&sa->timer);
	timer_stop(&sa->dpd);
	if (sa->fragments != NULL)
		ike_fragments_free(sa->fragments);
	free(sa->fragments);
	free(sa->vendors.names);
	while (!list_empty(&sa->quicks))
		ike_quick_free(container_of(sa->quicks.next, struct ike_quick, node));
	ike_main_free(sa);
	free(sa->seen_ids);
	ike_reply_free(&sa->reply);
	sodium_memzero(sa, sizeof(*sa));
	free(sa);
}

void
ike_sa_forget(struct ike_sa *sa)
{
	ike_quick_give_up(sa);
	ike_sa_free(sa);
}

void
ike_sa_delete(struct ike_sa *sa)
{
	if (sa->state == IKE_MM_UP)
		ike_info_delete_isakmp(sa);
	ike_sa_free(sa);
}

/* Says `down` and frees, unless a message is being worked on: then when that is done. */
static void
bury(struct ike_sa *sa)
{
	if (sa->busy)
		return;
	ike_quick_give_up(sa);
	sa->events->down(sa->arg, sa, sa->why);
	ike_sa_free(sa);
}

void
ike_end(struct ike_sa *sa, enum ike_why why)
{
	if (sa->ended)
		return;
	sa->ended = true;
	sa->why = why;
	bury(sa);
}

static void
on_timer(struct timer *t)
{
	struct ike_sa *sa = container_of(t, struct ike_sa, timer);

	if (sa->state == IKE_MM_FAILED) {
		ike_end(sa, sa->why);
	} else if (sa->state == IKE_MM_UP) {
		log_info(IKE, sa->who, "ISAKMP SA: lifetime of %" PRIu64 " s is over", sa->life_s);
		ike_info_delete_isakmp(sa);
		ike_end(sa, IKE_WHY_EXPIRED);
	} else if (!sa->ours || !ike_renew_again(sa)) {
		ike_end(sa, IKE_WHY_TIMEOUT);
	}
}

/* --- repeats ----------------------------------------------------------------------------------------- */

void
ike_digest(const uint8_t *msg, size_t len, uint8_t out[IKE_DIGEST_LEN])
{
	uint8_t digest[HASH_MAX] = {0};
	const struct part part = {msg, len};

	hash_parts(HASH_SHA1, &part, 1, digest);
	memcpy(out, digest, IKE_DIGEST_LEN);
}

void
ike_reply_free(struct ike_reply *r)
{
	free(r->bytes);
	r->bytes = NULL;
	r->len = 0;
}

void
ike_reply_keep(struct ike_reply *r, const struct ike_sa *sa, const struct ike_out *o)
{
	ike_reply_free(r);
	memcpy(r->digest, sa->in.digest, IKE_DIGEST_LEN);
	r->bytes = malloc(wr_len(&o->w));
	if (r->bytes == NULL)
		return;
	r->len = wr_len(&o->w);
	memcpy(r->bytes, o->buf, r->len);
}

static bool
message_id_seen(const struct ike_sa *sa, uint32_t message_id)
{
	unsigned n = sa->n_seen_ids < IKE_SEEN_IDS ? sa->n_seen_ids : IKE_SEEN_IDS;

	for (unsigned i = 0; i < n; i++)
		if (sa->seen_ids[i] == message_id)
			return true;
	return false;
}

/* False when out of memory. Most SAs see a handful, so the room doubles as they come. */
static bool
message_id_keep(struct ike_sa *sa, uint32_t message_id)
{
	unsigned n = sa->n_seen_ids;

	if (n < IKE_SEEN_IDS && (n == 0 || (n >= IKE_SEEN_IDS_FIRST && (n & (n - 1)) == 0))) {
		unsigned room = n == 0 ? IKE_SEEN_IDS_FIRST : 2 * n;
		uint32_t *ids = realloc(sa->seen_ids, room * sizeof(*ids));

		if (ids == NULL)
			return false;
		sa->seen_ids = ids;
	}
	sa->seen_ids[sa->n_seen_ids++ % IKE_SEEN_IDS] = message_id;
	return true;
}

bool
ike_message_id_new(struct ike_sa *sa, uint32_t message_id)
{
	/* What cannot be remembered could be replayed. */
	return !message_id_seen(sa, message_id) && message_id_keep(sa, message_id);
}

uint32_t
ike_message_id_make(struct ike_sa *sa)
{
	uint32_t id;

	do
		id = rng_u32();
	while (id == 0 || message_id_seen(sa, id));
	(void)message_id_keep(sa, id);
	return id;
}

void
ike_heard(struct ike_sa *sa)
{
	char from[IP_END_STR_LEN];

	/* Only a peer behind NAT moves, and only on the port made for that (RFC 3947, 4). */
	if (!sa->natt || !sa->nat_peer || !ip_end_equal(&sa->in.local, &sa->local) ||
		ip_end_equal(&sa->in.remote, &sa->remote))
		return;
	sa->remote = sa->in.remote;
	log_info(IKE, sa->who, "the peer moved to %s", ip_end_str(&sa->remote, from));
	sa->events->moved(sa->arg, sa, &sa->remote);
}

void
ike_sa_move(struct ike_sa *sa, const struct ip_end *remote)
{
	if (sa->natt)
		sa->remote = *remote;
}

/* --- sending -------------------------------------------------------------------------------------------- */

void
ike_send_again(struct ike_sa *sa, const uint8_t *msg, size_t len)
{
	if (!sa->mute)
		ike_fragment_send(sa, msg, len);
}

/* Fills in the header's length. */
static void
put_len(struct ike_out *o)
{
	size_t len = wr_len(&o->w);

	wr_put16(&o->w, 24, (uint16_t)(len >> 16));
	wr_put16(&o->w, 26, (uint16_t)len);
}

void
ike_send_plain(struct ike_sa *sa, struct ike_out *o)
{
	put_len(o);
	if (o->w.bad)
		log_err(IKE, sa->who, "a message of ours does not fit and was not sent");
	else
		ike_send_again(sa, o->buf, wr_len(&o->w));
}

int
ike_send_encrypted(struct ike_sa *sa, struct ike_out *o, uint8_t iv[CBC_BLOCK_MAX])
{
	size_t block = sa->keys.block, body = wr_len(&o->w) - IKE_HEADER_LEN;
	uint8_t *p = o->buf + IKE_HEADER_LEN;
	int rc;

	wr_zero(&o->w, (block - body % block) % block);
	put_len(o);
	if (o->w.bad) {
		log_err(IKE, sa->who, "a message of ours does not fit and was not sent");
		return -EMSGSIZE;
	}
	o->buf[19] |= ISAKMP_FLAG_ENCRYPTED;
	body = wr_len(&o->w) - IKE_HEADER_LEN;
	rc = cbc_encrypt(sa->keys.cipher, sa->keys.key, sa->keys.key_len, iv, p, body, p);
	if (rc != 0)
		return rc;
	memcpy(iv, p + body - block, block);
	ike_send_again(sa, o->buf, wr_len(&o->w));
	return 0;
}

bool
ike_decrypt(const struct ike_sa *sa, const uint8_t *body, size_t len, uint8_t iv[CBC_BLOCK_MAX],
	uint8_t *out)
{
	size_t block = sa->keys.block;

	if (len == 0 || len % block != 0 ||
		cbc_decrypt(sa->keys.cipher, sa->keys.key, sa->keys.key_len, iv, body, len, out) !=
			0)
		return false;
	memcpy(iv, body + len - block, block);
	return true;
}

/* --- input -------------------------------------------------------------------------------------------------- */

/*
 * Whether the cookies are this SA's. A repeated first message has no responder cookie yet; any other
 * without ours is not from someone who hears us, and must not cost a Diffie-Hellman.
 */
static bool
cookies_good(const struct ike_sa *sa, const struct ike_header *h)
{
	static const uint8_t zero[8];

	if (sa->state == IKE_MM_IDLE)
		return memcmp(h->rcookie, zero, 8) == 0 && memcmp(h->icookie, zero, 8) != 0;
	if (memcmp(h->icookie, sa->icookie, 8) != 0)
		return false;
	if (sa->state == IKE_MM_I_SA)
		return memcmp(h->rcookie, zero, 8) != 0;
	return memcmp(h->rcookie, sa->rcookie, 8) == 0 ||
	       (memcmp(h->rcookie, zero, 8) == 0 && sa->n_seen_mm > 0 &&
		       memcmp(sa->seen_mm[0], sa->in.digest, IKE_DIGEST_LEN) == 0);
}

/* An exchange that we do not do. */
static void
other_input(struct ike_sa *sa, const struct ike_header *h)
{
	if (sa->state != IKE_MM_IDLE) {
		if (ike_may_repeat(sa))
			log_info(IKE, sa->who, "message of exchange %u: ignored", h->exchange);
		return;
	}
	if (!ike_may_log(sa))
		; /* one of too many */
	else if (h->exchange == IKE_AGGRESSIVE)
		log_warning(IKE, sa->who,
			"the peer wants aggressive mode: refused, as it shows a hash of the key to "
			"anyone; nothing here allows it, the client must use main mode");
	else
		log_warning(
			IKE, sa->who, "the first message is of exchange %u: refused", h->exchange);
	ike_info_notify_plain(sa, ISAKMP_INVALID_EXCHANGE_TYPE);
	ike_end(sa, IKE_WHY_UNSUPPORTED);
}

static void input(struct ike_sa *sa, const uint8_t *msg, size_t len);

/* A piece of a message; with the last that was missing, the message. Nobody sends the first one so. */
static void
fragment_input(struct ike_sa *sa, const uint8_t *msg, size_t len)
{
	uint8_t whole[IKE_MESSAGE_MAX];
	size_t n;
	struct ike_header h;

	if (sa->state == IKE_MM_IDLE)
		return;
	if (sa->fragments == NULL)
		sa->fragments = calloc(1, sizeof(*sa->fragments));
	if (sa->fragments == NULL)
		return;
	n = ike_fragment_input(sa->fragments, msg, len, whole);
	if (sa->fragments->n == 0) {
		free(sa->fragments);
		sa->fragments = NULL;
	}
	/* No fragments of fragments. */
	if (n == 0 || !ike_header_read(whole, n, &h) || h.next == ISAKMP_FRAGMENT)
		return;
	ike_digest(whole, n, sa->in.digest);
	input(sa, whole, n);
}

static void
input(struct ike_sa *sa, const uint8_t *msg, size_t len)
{
	struct ike_header h;

	if (!ike_header_read(msg, len, &h) || !cookies_good(sa, &h)) {
		if (ike_may_repeat(sa))
			log_info(IKE, sa->who, "malformed header or foreign cookies: ignored");
		return;
	}
	if (h.next == ISAKMP_FRAGMENT) {
		fragment_input(sa, msg, len);
		return;
	}
	if (sa->state == IKE_MM_IDLE)
		memcpy(sa->icookie, h.icookie, 8);
	switch (h.exchange) {
	case IKE_MAIN_MODE:
		ike_main_input(sa, &h, msg, len);
		break;
	case IKE_QUICK_MODE:
		ike_quick_input(sa, &h, msg, len);
		break;
	case IKE_INFORMATIONAL:
		ike_info_input(sa, &h, msg, len);
		break;
	default:
		other_input(sa, &h);
	}
}

void
ike_sa_input(struct ike_sa *sa, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len)
{
	sa->in.local = *local;
	sa->in.remote = *remote;
	ike_digest(msg, len, sa->in.digest);
	sa->busy = true;
	input(sa, msg, len);
	/* A first message that begins nothing. */
	if (sa->state == IKE_MM_IDLE)
		ike_end(sa, IKE_WHY_MALFORMED);
	sa->busy = false;
	if (sa->ended)
		bury(sa);
}

bool
ike_sa_resume(struct ike_sa *sa, const uint8_t rcookie[8], const struct ip_end *local,
	const struct ip_end *remote, const uint8_t *msg, size_t len)
{
	memcpy(sa->rcookie, rcookie, sizeof(sa->rcookie));
	sa->in.local = *local;
	sa->in.remote = *remote;
	ike_digest(msg, len, sa->in.digest);
	sa->busy = sa->mute = true;
	input(sa, msg, len);
	sa->busy = sa->mute = false;
	return sa->state == IKE_MM_SA && !sa->ended;
}

void
ike_sa_info(const struct ike_sa *sa, struct ike_sa_info *out)
{
	static const char *const states[IKE_MM_N] = {
		[IKE_MM_IDLE] = "main mode: new",
		[IKE_MM_SA] = "main mode: waiting for message 3",
		[IKE_MM_KE] = "main mode: waiting for message 5",
		[IKE_MM_I_SA] = "main mode, ours: waiting for message 2",
		[IKE_MM_I_KE] = "main mode, ours: waiting for message 4",
		[IKE_MM_I_AUTH] = "main mode, ours: waiting for message 6",
		[IKE_MM_UP] = "up",
		[IKE_MM_FAILED] = "failed",
	};

	*out = (struct ike_sa_info){
		.local = sa->local,
		.remote = sa->remote,
		.up = sa->state == IKE_MM_UP,
		.natt = sa->natt,
		.nat_us = sa->nat_us,
		.nat_peer = sa->nat_peer,
		.strayed = sa->strayed,
		.suite = sa->suite,
		.client = sa->vendors.client ? sa->vendors.client : "",
		.state = states[sa->state],
		.created_ms = sa->created_ms,
		.expires_ms = sa->expires_ms,
	};
	memcpy(out->icookie, sa->icookie, 8);
	memcpy(out->rcookie, sa->rcookie, 8);
	snprintf(out->id, sizeof(out->id), "%s", sa->id_text);
	snprintf(out->vendors, sizeof(out->vendors), "%s",
		sa->vendors.names ? sa->vendors.names : "");
}
