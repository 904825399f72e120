/* SPDX-License-Identifier: BSD-3-Clause */
/* Informational exchanges: notify, delete, dead peer detection (RFC 2408, 4.8; RFC 3706). */
#include <string.h>

#include "client_internal.h"
#include "crypto/rng.h"

/* --- out -------------------------------------------------------------------------------------- */

static void
cookies(const struct client_sa *sa, uint8_t spi[16])
{
	memcpy(spi, sa->icookie, 8);
	memcpy(spi + 8, sa->rcookie, 8);
}

static size_t
begin(struct client_sa *sa, struct ike_out *o, uint32_t *message_id)
{
	do
		*message_id = rng_u32();
	while (*message_id == 0);
	client_ike_begin(o, sa, IKE_INFORMATIONAL, *message_id);
	return client_ike_hash_open(sa, o);
}

/* These have no answer, so a failure to send is not an error. */
static void
finish(struct client_sa *sa, struct ike_out *o, size_t at, uint32_t message_id)
{
	uint8_t iv[CBC_BLOCK_MAX];

	if (client_ike_hash_close(sa, o, at, message_id, (struct part){NULL, 0}) &&
		ike_keys_iv(&sa->keys, message_id, iv) == 0)
		client_ike_sealed(sa, o, iv, NULL);
}

static void
send_delete(struct client_sa *sa, uint8_t proto, const void *spi, size_t spi_len)
{
	uint32_t message_id;
	struct ike_out o;
	size_t at = begin(sa, &o, &message_id), p = ike_out_open(&o, ISAKMP_DELETE);

	wr_u32(&o.w, ISAKMP_DOI_IPSEC);
	wr_u8(&o.w, proto);
	wr_u8(&o.w, (uint8_t)spi_len);
	wr_u16(&o.w, 1);
	wr_bytes(&o.w, spi, spi_len);
	ike_out_close(&o, p);
	finish(sa, &o, at, message_id);
}

void
client_info_delete_esp(struct client_sa *sa, be32 spi_in)
{
	send_delete(sa, ISAKMP_PROTO_ESP, &spi_in, sizeof(spi_in));
}

void
client_info_delete_isakmp(struct client_sa *sa)
{
	uint8_t spi[16];

	cookies(sa, spi);
	send_delete(sa, ISAKMP_PROTO_ISAKMP, spi, sizeof(spi));
}

static void
put_notify(struct client_sa *sa, struct ike_out *o, uint16_t type, const void *data, size_t len)
{
	uint8_t spi[16];

	cookies(sa, spi);
	ike_out_notify(o, ISAKMP_PROTO_ISAKMP, spi, sizeof(spi), type, data, len);
}

static void
send_notify(struct client_sa *sa, uint16_t type, const void *data, size_t len)
{
	uint32_t message_id;
	struct ike_out o;
	size_t at = begin(sa, &o, &message_id);

	put_notify(sa, &o, type, data, len);
	finish(sa, &o, at, message_id);
}

void
client_info_put_contact(struct client_sa *sa, struct ike_out *o)
{
	put_notify(sa, o, ISAKMP_INITIAL_CONTACT, NULL, 0);
}

void
client_info_contact(struct client_sa *sa)
{
	send_notify(sa, ISAKMP_INITIAL_CONTACT, NULL, 0);
}

static void
send_dpd(struct client_sa *sa, uint16_t type, uint32_t seq)
{
	uint8_t data[4];
	struct wr w = wr_init(data, sizeof(data));

	wr_u32(&w, seq);
	send_notify(sa, type, data, sizeof(data));
}

static void
on_dpd_due(struct timer *t)
{
	struct client_sa *sa = container_of(t, struct client_sa, dpd_timer);
	struct client *c = sa->c;

	client_enter(c);
	if (sa->dpd_unanswered++ >= CLIENT_DPD_MAX) {
		client_end(c, CLIENT_WHY_DEAD, "no answer to R-U-THERE");
	} else {
		send_dpd(sa, ISAKMP_R_U_THERE, ++sa->dpd_seq);
		timer_arm(t, c->profile->dpd_s * UINT64_C(1000));
	}
	client_leave(c);
}

void
client_info_dpd_begin(struct client_sa *sa)
{
	if (!sa->dpd || sa->c->profile->dpd_s == 0)
		return;
	sa->dpd_seq = rng_u32() >> 1; /* RFC 3706, 6.2: random, and far from wrapping */
	timer_init(&sa->dpd_timer, sa->c->timers, on_dpd_due);
	timer_arm(&sa->dpd_timer, sa->c->profile->dpd_s * UINT64_C(1000));
}

/* --- in --------------------------------------------------------------------------------------- */

struct notify {
	uint8_t proto;
	uint16_t type;
	struct rd data;
};

static bool
notify_read(struct rd body, struct notify *out)
{
	uint8_t spi_len;

	rd_u32(&body);
	out->proto = rd_u8(&body);
	spi_len = rd_u8(&body);
	out->type = rd_u16(&body);
	rd_sub(&body, spi_len);
	out->data = body;
	return !body.bad;
}

static void
on_notify(struct client_sa *sa, const struct notify *n)
{
	struct rd data = n->data;
	uint32_t seq;

	switch (n->type) {
	case ISAKMP_R_U_THERE:
		seq = rd_u32(&data);
		if (rd_done(&data))
			send_dpd(sa, ISAKMP_R_U_THERE_ACK, seq);
		break;
	case ISAKMP_R_U_THERE_ACK:
		if (rd_u32(&data) == sa->dpd_seq)
			sa->dpd_unanswered = 0;
		break;
	default:
		/* Errors refuse what is under way (RFC 2408, 3.14.1); status types are ignored. */
		if (n->type < ISAKMP_CONNECTED)
			client_quick_refused(sa, n->type);
	}
}

static void
esp_deleted(struct client *c, be32 spi_out)
{
	bool had = client_pair_newest(c) != NULL;

	for (unsigned i = 0; i < CLIENT_PAIRS; i++)
		if (c->pairs[i].c != NULL && c->pairs[i].spi_out == spi_out)
			client_pair_drop(&c->pairs[i]);
	/* That of a pair that became idle answers the client's own. */
	if (had && client_pair_newest(c) == NULL && c->phase > CLIENT_QUICK_MODE)
		client_end(c, CLIENT_WHY_PEER, "the gateway deleted the ESP pair");
}

static void
on_delete(struct client_sa *sa, struct rd body)
{
	uint32_t doi = rd_u32(&body);
	uint8_t proto = rd_u8(&body), spi_len = rd_u8(&body);
	unsigned n = rd_u16(&body);
	uint8_t ours[16];

	if (body.bad || doi != ISAKMP_DOI_IPSEC || rd_left(&body) != (size_t)n * spi_len)
		return;
	cookies(sa, ours);
	for (; n > 0 && !sa->c->ended; n--) {
		const uint8_t *spi = rd_bytes(&body, spi_len);
		be32 esp;

		if (proto == ISAKMP_PROTO_ESP && spi_len == 4) {
			memcpy(&esp, spi, sizeof(esp));
			esp_deleted(sa->c, esp);
		} else if (proto == ISAKMP_PROTO_ISAKMP && spi_len == 16 &&
			   memcmp(spi, ours, 16) == 0) {
			client_end(sa->c, CLIENT_WHY_PEER, "the gateway deleted the ISAKMP SA");
		}
	}
}

/* In the clear: a main mode that cannot go on. Errors only. */
static void
on_plain(struct client_sa *sa, const struct ike_msg *m)
{
	const struct ike_payload *p = ike_payload_get(m, ISAKMP_NOTIFY, 0);
	struct notify n;

	if (p != NULL && sa->state != CLIENT_SA_UP && notify_read(p->body, &n) &&
		n.type < ISAKMP_CONNECTED)
		client_main_refused(sa, n.type);
}

void
client_info_input(struct client_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len)
{
	uint8_t clear[IKE_MESSAGE_MAX], iv[CBC_BLOCK_MAX];
	struct notify n;
	struct ike_msg m;

	if ((h->flags & ISAKMP_FLAG_ENCRYPTED) == 0) {
		if (ike_payload_read(h, msg + IKE_HEADER_LEN, len - IKE_HEADER_LEN, false, &m))
			on_plain(sa, &m);
		return;
	}
	/*
	 * A gateway with a different key may protect its refusal with that. A gateway that accepts
	 * may send something that overtakes message 6, which then arrives before the next
	 * retransmission.
	 */
	sa->noise |= sa->state == CLIENT_SA_5;
	if (sa->state != CLIENT_SA_UP || ike_keys_iv(&sa->keys, h->message_id, iv) != 0 ||
		!client_ike_open(sa, h, msg, len, iv, clear, &m) ||
		!client_ike_hash_good(sa, &m, (struct part){NULL, 0}))
		return;
	for (unsigned i = 1; i < m.n && !sa->c->ended; i++) {
		if (m.payload[i].type == ISAKMP_DELETE)
			on_delete(sa, m.payload[i].body);
		else if (m.payload[i].type == ISAKMP_NOTIFY && notify_read(m.payload[i].body, &n))
			on_notify(sa, &n);
	}
}
