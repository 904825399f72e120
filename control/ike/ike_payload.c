/* SPDX-License-Identifier: BSD-3-Clause */
#include "ike_payload.h"

#include <string.h>

#include "ike_sa.h"

enum {
	COOKIES_LEN = 16,
	LENGTH_AT = 24, /* in the header (RFC 2408, 3.1) */
};

bool
ike_header_read(const uint8_t *msg, size_t len, struct ike_header *out)
{
	struct rd r = rd_init(msg, len);
	const uint8_t *icookie = rd_bytes(&r, 8), *rcookie = rd_bytes(&r, 8);

	out->next = rd_u8(&r);
	out->version = rd_u8(&r);
	out->exchange = rd_u8(&r);
	out->flags = rd_u8(&r);
	out->message_id = rd_u32(&r);
	out->len = rd_u32(&r);
	if (r.bad || out->version >> 4 != 1 || out->len != len || len > IKE_MESSAGE_MAX)
		return false;
	memcpy(out->icookie, icookie, 8);
	memcpy(out->rcookie, rcookie, 8);
	return true;
}

/* Maps a draft's payload type to that of the RFC. */
static uint8_t
map_type(uint8_t type)
{
	if (type == ISAKMP_NATD_DRAFT)
		return ISAKMP_NATD;
	return type == ISAKMP_NATOA_DRAFT ? ISAKMP_NATOA : type;
}

bool
ike_payload_read(const struct ike_header *h, const uint8_t *body, size_t len, bool padded,
	struct ike_msg *out)
{
	struct rd r = rd_init(body, len);
	uint8_t next = h->next;

	out->h = *h;
	out->n = 0;
	out->after_first = NULL;
	while (next != ISAKMP_NONE) {
		struct ike_payload *p = &out->payload[out->n];
		uint16_t size;

		if (out->n == IKE_MAX_PAYLOADS)
			return false;
		p->type = map_type(next);
		next = rd_u8(&r);
		rd_u8(&r);
		size = rd_u16(&r);
		if (size < 4)
			return false;
		p->body = rd_sub(&r, size - 4u);
		if (r.bad)
			return false;
		if (out->n++ == 0)
			out->after_first = r.p;
	}
	out->end = r.p;
	return out->n > 0 && (padded || rd_done(&r));
}

const struct ike_payload *
ike_payload_get(const struct ike_msg *m, uint8_t type, unsigned i)
{
	for (unsigned k = 0; k < m->n; k++)
		if (m->payload[k].type == type && i-- == 0)
			return &m->payload[k];
	return NULL;
}

bool
ike_payload_check(const struct ike_msg *m, uint64_t needs, uint64_t allows)
{
	uint64_t seen = 0;

	for (unsigned k = 0; k < m->n; k++) {
		uint8_t type = m->payload[k].type;

		/* Private types of other vendors are skipped (RFC 2408, 3.1). */
		if (type >= 128)
			continue;
		if (type >= 64 || (1ull << type & (needs | allows)) == 0)
			return false;
		/* A needed payload comes once, except for identities, which may come in pairs. */
		if ((1ull << type & seen & needs) != 0 && type != ISAKMP_ID)
			return false;
		seen |= 1ull << type;
	}
	return (seen & needs) == needs;
}

void
ike_out_begin(struct ike_out *o, const struct ike_sa *sa, uint8_t exchange, uint32_t message_id)
{
	ike_out_header(o, sa->icookie, sa->rcookie, exchange, message_id);
}

void
ike_out_header(struct ike_out *o, const uint8_t icookie[8], const uint8_t rcookie[8],
	uint8_t exchange, uint32_t message_id)
{
	o->w = wr_init(o->buf, sizeof(o->buf));
	wr_bytes(&o->w, icookie, 8);
	wr_bytes(&o->w, rcookie, 8);
	o->next_at = wr_len(&o->w);
	wr_u8(&o->w, ISAKMP_NONE);
	wr_u8(&o->w, ISAKMP_VERSION);
	wr_u8(&o->w, exchange);
	wr_u8(&o->w, 0);
	wr_u32(&o->w, message_id);
	wr_u32(&o->w, 0);
}

void
ike_out_finish(struct ike_out *o)
{
	size_t len = wr_len(&o->w);

	wr_put16(&o->w, LENGTH_AT, (uint16_t)(len >> 16));
	wr_put16(&o->w, LENGTH_AT + 2, (uint16_t)len);
}

size_t
ike_out_open(struct ike_out *o, uint8_t type)
{
	size_t at = wr_len(&o->w);

	if (!o->w.bad)
		o->buf[o->next_at] = type;
	o->next_at = at;
	wr_u32(&o->w, 0);
	return at;
}

void
ike_out_close(struct ike_out *o, size_t at)
{
	wr_close16(&o->w, at + 2, at);
}

void
ike_out_bytes(struct ike_out *o, uint8_t type, const void *bytes, size_t len)
{
	size_t at = ike_out_open(o, type);

	wr_bytes(&o->w, bytes, len);
	ike_out_close(o, at);
}

void
ike_out_notify(struct ike_out *o, uint8_t proto, const void *spi, size_t spi_len, uint16_t type,
	const void *data, size_t len)
{
	size_t at = ike_out_open(o, ISAKMP_NOTIFY);

	wr_u32(&o->w, ISAKMP_DOI_IPSEC);
	wr_u8(&o->w, proto);
	wr_u8(&o->w, (uint8_t)spi_len);
	wr_u16(&o->w, type);
	wr_bytes(&o->w, spi, spi_len);
	wr_bytes(&o->w, data, len);
	ike_out_close(o, at);
}

const char *
ike_notify_name(uint16_t type)
{
	static const struct {
		uint16_t type;
		const char *name;
	} names[] = {
#define X(sym, value) {value, #sym},
		ISAKMP_NOTIFIES(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return NULL;
}
