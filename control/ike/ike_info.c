/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Informational exchanges: notify, DELETE, dead peer detection (RFC 2408, 4.8; RFC 2409, 5.7; RFC
 * 3706).
 */
#include "ike_info.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "crypto/rng.h"
#include "ike_commit.h"
#include "ike_proposal.h"
#include "ike_quick.h"
#include "ike_sa.h"

/* --- out ------------------------------------------------------------------------------------- */

void
ike_info_notify_plain(struct ike_sa *sa, uint16_t type)
{
	uint8_t spi[16];
	struct ike_out o;

	memcpy(spi, sa->icookie, 8);
	memcpy(spi + 8, sa->rcookie, 8);
	ike_out_begin(&o, sa, IKE_INFORMATIONAL, ike_replay_make(&sa->replay));
	ike_out_notify(&o, ISAKMP_PROTO_ISAKMP, spi, sizeof(spi), type, NULL, 0);
	ike_send_plain(sa, &o);
	ike_reply_keep(&sa->reply, sa, &o);
}

/* Begins a protected message, for finish(); returns the offset of its HASH payload. */
static size_t
begin(struct ike_sa *sa, struct ike_out *o, uint32_t *message_id)
{
	*message_id = ike_replay_make(&sa->replay);
	ike_out_begin(o, sa, IKE_INFORMATIONAL, *message_id);
	return ike_hash_open(sa, o);
}

static int
finish(struct ike_sa *sa, struct ike_out *o, size_t hash_at, uint32_t message_id)
{
	uint8_t iv[CBC_BLOCK_MAX];

	if (!ike_hash_close(sa, o, hash_at, message_id, (struct part){NULL, 0}) ||
		ike_keys_iv(&sa->keys, message_id, iv) != 0)
		return -EIO;
	return ike_send_encrypted(sa, o, iv);
}

void
ike_info_refuse(struct ike_sa *sa, uint16_t type, struct ike_reply *keep)
{
	uint32_t message_id;
	struct ike_out o;
	size_t at = begin(sa, &o, &message_id);

	ike_out_notify(&o, ISAKMP_PROTO_ESP, NULL, 0, type, NULL, 0);
	if (finish(sa, &o, at, message_id) == 0)
		ike_reply_keep(keep, sa, &o);
}

/* Sends R-U-THERE, or R-U-THERE-ACK with the number that it answers (RFC 3706, 5.4). */
static void
dpd_send(struct ike_sa *sa, uint16_t type, uint32_t seq)
{
	uint8_t spi[16], data[4];
	struct wr w = wr_init(data, sizeof(data));
	uint32_t message_id;
	struct ike_out o;
	size_t at = begin(sa, &o, &message_id);

	wr_u32(&w, seq);
	memcpy(spi, sa->icookie, 8);
	memcpy(spi + 8, sa->rcookie, 8);
	ike_out_notify(&o, ISAKMP_PROTO_ISAKMP, spi, sizeof(spi), type, data, sizeof(data));
	finish(sa, &o, at, message_id);
}

static void
on_dpd_timer(struct timer *t)
{
	struct ike_sa *sa = container_of(t, struct ike_sa, dpd);

	if (sa->dpd_asked >= sa->config->dpd_max) {
		log_info(IKE, sa->who, "DPD: %u R-U-THERE without an answer", sa->dpd_asked);
		ike_end(sa, IKE_WHY_DEAD);
		ike_reap(sa);
		return;
	}
	sa->dpd_asked++;
	dpd_send(sa, ISAKMP_R_U_THERE, ++sa->dpd_our_seq);
	timer_arm(&sa->dpd, sa->config->dpd_s * 1000ull);
}

void
ike_info_dpd_init(struct ike_sa *sa)
{
	timer_init(&sa->dpd, sa->timers, on_dpd_timer);
}

void
ike_info_dpd_start(struct ike_sa *sa)
{
	if (sa->config->dpd_s == 0 || !sa->vendors.dpd)
		return;
	/* Any number that does not wrap soon (RFC 3706, 6.2). */
	sa->dpd_our_seq = rng_u32() >> 1;
	timer_arm(&sa->dpd, sa->config->dpd_s * 1000ull);
}

void
ike_sa_heard(struct ike_sa *sa)
{
	if (!timer_armed(&sa->dpd))
		return;
	sa->dpd_asked = 0;
	timer_arm(&sa->dpd, sa->config->dpd_s * 1000ull);
}

static void
write_delete(struct ike_out *o, uint8_t proto, const void *spis, size_t spi_len, unsigned n)
{
	size_t at = ike_out_open(o, ISAKMP_DELETE);

	wr_u32(&o->w, ISAKMP_DOI_IPSEC);
	wr_u8(&o->w, proto);
	wr_u8(&o->w, (uint8_t)spi_len);
	wr_u16(&o->w, (uint16_t)n);
	wr_bytes(&o->w, spis, spi_len * n);
	ike_out_close(o, at);
}

void
ike_info_delete_isakmp(struct ike_sa *sa)
{
	uint32_t message_id;
	uint8_t spi[16];
	struct ike_out o;
	size_t at = begin(sa, &o, &message_id);

	memcpy(spi, sa->icookie, 8);
	memcpy(spi + 8, sa->rcookie, 8);
	write_delete(&o, ISAKMP_PROTO_ISAKMP, spi, sizeof(spi), 1);
	finish(sa, &o, at, message_id);
}

void
ike_sa_send_delete_esp(struct ike_sa *sa, const be32 *spi_in, unsigned n)
{
	uint32_t message_id;
	struct ike_out o;
	size_t at;

	if (sa->state != IKE_MM_UP || n == 0)
		return;
	at = begin(sa, &o, &message_id);
	write_delete(&o, ISAKMP_PROTO_ESP, spi_in, sizeof(*spi_in), n);
	finish(sa, &o, at, message_id);
}

/* --- in -------------------------------------------------------------------------------------- */

struct notify {
	uint8_t proto, spi_len;
	uint16_t type;
	struct rd spi, data;
};

static bool
notify_read(struct rd body, struct notify *out)
{
	uint32_t doi = rd_u32(&body);

	out->proto = rd_u8(&body);
	out->spi_len = rd_u8(&body);
	out->type = rd_u16(&body);
	out->spi = rd_sub(&body, out->spi_len);
	out->data = body;
	/* DOI 0 is ISAKMP itself: strongSwan and others use it for errors of phase 1. */
	return !body.bad && doi <= ISAKMP_DOI_IPSEC;
}

uint16_t
ike_info_notify_type(struct rd body)
{
	struct notify n;

	return notify_read(body, &n) ? n.type : 0;
}

static void
shorten(uint64_t *life, uint64_t to)
{
	if (to != 0 && (*life == 0 || to < *life))
		*life = to;
}

void
ike_info_lifetime(const struct ike_msg *m, uint64_t *life_s, uint64_t *life_kb)
{
	const struct ike_payload *p;
	uint64_t s = 0, kb = 0;
	struct notify n;

	for (unsigned i = 0; (p = ike_payload_get(m, ISAKMP_NOTIFY, i)) != NULL; i++)
		if (notify_read(p->body, &n) && n.type == ISAKMP_RESPONDER_LIFETIME &&
			n.proto == ISAKMP_PROTO_ESP)
			ike_proposal_read_life(n.data, &s, &kb);
	shorten(life_s, s);
	shorten(life_kb, kb);
}

static const char *
notify_str(uint16_t type, char buf[24])
{
	const char *name = ike_notify_name(type);

	if (name != NULL)
		return name;
	snprintf(buf, 24, "notify %u", type);
	return buf;
}

void
ike_info_on_notify(struct ike_sa *sa, struct rd body)
{
	struct notify n;
	char name[24];

	if (!notify_read(body, &n)) {
		log_info(IKE, sa->who, "ignored a malformed notify");
		return;
	}
	switch (n.type) {
	case ISAKMP_R_U_THERE_ACK:
		if (rd_u32(&n.data) == sa->dpd_our_seq && rd_done(&n.data) && sa->dpd_asked != 0)
			ike_sa_heard(sa);
		break;
	case ISAKMP_INITIAL_CONTACT:
		/* A peer that has lost its state begins an SA itself. */
		if (sa->ours) {
			log_info(IKE, sa->who,
				"ignored INITIAL-CONTACT in an SA that the gateway initiated");
			break;
		}
		log_info(IKE, sa->who, "received INITIAL-CONTACT");
		sa->events->initial_contact(sa->arg, sa);
		break;
	default:
		log_info(IKE, sa->who, "received %s", notify_str(n.type, name));
	}
}

static void
on_delete(struct ike_sa *sa, struct rd body)
{
	uint32_t doi = rd_u32(&body);
	uint8_t proto = rd_u8(&body), spi_len = rd_u8(&body);
	uint16_t n = rd_u16(&body);
	const uint8_t *spi;

	if (body.bad || doi != ISAKMP_DOI_IPSEC || rd_left(&body) != (size_t)n * spi_len) {
		log_info(IKE, sa->who, "ignored a malformed DELETE");
		return;
	}
	for (; n > 0; n--) {
		if (proto == ISAKMP_PROTO_ESP && spi_len == 4) {
			sa->events->esp_deleted(sa->arg, sa, rd_be32(&body));
		} else if (proto == ISAKMP_PROTO_ISAKMP && spi_len == 16) {
			spi = rd_bytes(&body, 16);
			if (memcmp(spi, sa->icookie, 8) == 0 &&
				memcmp(spi + 8, sa->rcookie, 8) == 0)
				ike_end(sa, IKE_WHY_PEER_DELETE);
			else
				sa->events->isakmp_deleted(sa->arg, sa, spi);
		} else {
			rd_bytes(&body, spi_len);
		}
	}
}

/* Logs the notify payloads of an unauthenticated message. */
static void
log_plain(struct ike_sa *sa, const struct ike_msg *m)
{
	const struct ike_payload *p;
	struct notify n;
	char name[24];

	for (unsigned i = 0; (p = ike_payload_get(m, ISAKMP_NOTIFY, i)) != NULL; i++)
		if (notify_read(p->body, &n))
			log_info(IKE, sa->who, "ignored unauthenticated %s",
				notify_str(n.type, name));
}

/*
 * Answers R-U-THERE, if it is alone in its message. They come all the time, so their message IDs
 * are not remembered: they change nothing, and their growing number tells a new one from a replay
 * (RFC 3706, 6.2).
 */
static bool
on_dpd(struct ike_sa *sa, const struct ike_msg *m)
{
	struct notify n;
	uint32_t seq;

	if (m->n != 2 || m->payload[1].type != ISAKMP_NOTIFY ||
		!notify_read(m->payload[1].body, &n) || n.type != ISAKMP_R_U_THERE)
		return false;
	seq = rd_u32(&n.data);
	if (!rd_done(&n.data))
		return true;
	if (!sa->dpd_seen || (int32_t)(seq - sa->dpd_seq) > 0) {
		sa->dpd_seen = true;
		sa->dpd_seq = seq;
		ike_heard(sa);
		ike_sa_heard(sa);
	}
	dpd_send(sa, ISAKMP_R_U_THERE_ACK, seq);
	return true;
}

void
ike_info_input(struct ike_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len)
{
	const uint8_t *body = msg + IKE_HEADER_LEN;
	uint8_t clear[IKE_MESSAGE_MAX], iv[CBC_BLOCK_MAX];
	size_t body_len = len - IKE_HEADER_LEN;
	struct ike_quick *q;
	struct ike_msg m;

	if ((h->flags & ISAKMP_FLAG_ENCRYPTED) == 0) {
		if (ike_payload_read(h, body, body_len, false, &m) && ike_may_repeat(sa))
			log_plain(sa, &m);
		return;
	}
	if (sa->state != IKE_MM_UP) {
		if (ike_may_repeat(sa))
			log_info(IKE, sa->who,
				"ignored a protected informational message before main mode is "
				"complete");
		return;
	}
	q = ike_quick_find(sa, h->message_id);
	if (q != NULL && ike_commit_input(q, h, msg, len))
		return;
	if (ike_keys_iv(&sa->keys, h->message_id, iv) != 0 ||
		!ike_decrypt(sa, body, body_len, iv, clear) ||
		!ike_payload_read(h, clear, body_len, true, &m) ||
		!ike_hash_good(sa, &m, (struct part){NULL, 0})) {
		if (ike_may_repeat(sa))
			log_info(IKE, sa->who,
				"ignored an informational message that does not verify");
		return;
	}
	if (on_dpd(sa, &m) || !ike_replay_new(&sa->replay, h->message_id))
		return;
	ike_heard(sa);
	for (unsigned i = 1; i < m.n && !sa->ended; i++) {
		if (m.payload[i].type == ISAKMP_NOTIFY)
			ike_info_on_notify(sa, m.payload[i].body);
		else if (m.payload[i].type == ISAKMP_DELETE)
			on_delete(sa, m.payload[i].body);
	}
}
