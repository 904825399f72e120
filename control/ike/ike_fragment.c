/* SPDX-License-Identifier: BSD-3-Clause */
#include "ike_fragment.h"

#include <stdlib.h>
#include <string.h>

#include "ike_sa.h"

#define FLAG_LAST 1

enum {
	HEADER_LEN = 8, /* of payload 132: generic header, identifier, number, flags */
	IP_UDP_LEN = 20 + 8,
	NON_ESP_MARKER_LEN = 4, /* on port 4500 (RFC 3948, 2.2) */
};

static void
forget(struct ike_fragments *f)
{
	for (unsigned i = 0; i < IKE_MAX_FRAGMENTS; i++)
		free(f->part[i].bytes);
	memset(f, 0, sizeof(*f));
}

void
ike_fragments_free(struct ike_fragments *f)
{
	forget(f);
}

/* Keeps a piece; false if it cannot belong to a valid message with the pieces before it. */
static bool
keep(struct ike_fragments *f, uint8_t number, bool last, struct rd data)
{
	size_t len = rd_left(&data);

	if (number == 0 || number > IKE_MAX_FRAGMENTS || len == 0 ||
		f->len + len > IKE_MESSAGE_MAX || (f->last != 0 && number > f->last))
		return false;
	for (unsigned i = number; last && i < IKE_MAX_FRAGMENTS; i++)
		if (f->part[i].bytes != NULL)
			return false;
	if (f->part[number - 1].bytes != NULL)
		return true;
	f->part[number - 1].bytes = malloc(len);
	if (f->part[number - 1].bytes == NULL)
		return false;
	memcpy(f->part[number - 1].bytes, data.p, len);
	f->part[number - 1].len = len;
	f->len += len;
	f->n++;
	if (last)
		f->last = number;
	return true;
}

/* Like Cisco and strongSwan: every fragment's header has message ID 0, main mode and no flags. */
static size_t
write_piece(uint8_t *out, size_t size, const uint8_t *msg, uint16_t id, uint8_t number, bool last,
	const uint8_t *data, size_t len)
{
	struct wr w = wr_init(out, size);

	wr_bytes(&w, msg, 16); /* cookies */
	wr_u8(&w, ISAKMP_FRAGMENT);
	wr_u8(&w, msg[17]); /* version */
	wr_u8(&w, IKE_MAIN_MODE);
	wr_u8(&w, 0);
	wr_u32(&w, 0);
	wr_u32(&w, (uint32_t)(IKE_HEADER_LEN + HEADER_LEN + len));
	wr_u8(&w, ISAKMP_NONE);
	wr_u8(&w, 0);
	wr_u16(&w, (uint16_t)(HEADER_LEN + len));
	wr_u16(&w, id);
	wr_u8(&w, number);
	wr_u8(&w, last ? FLAG_LAST : 0);
	wr_bytes(&w, data, len);
	return w.bad ? 0 : wr_len(&w);
}

void
ike_fragment_send(struct ike_sa *sa, const uint8_t *msg, size_t len)
{
	size_t head = IP_UDP_LEN;
	uint8_t digest[IKE_DIGEST_LEN], piece[IKE_MESSAGE_MAX];
	size_t room, n;
	uint8_t number = 0;

	if (sa->local.port == htons(IKE_NATT_PORT))
		head += NON_ESP_MARKER_LEN;
	if (!sa->vendors.fragmentation || sa->config->fragment_size == 0 ||
		head + len <= sa->config->fragment_size) {
		sa->events->send(sa->arg, sa, &sa->local, &sa->remote, msg, len);
		return;
	}
	room = sa->config->fragment_size - head - IKE_HEADER_LEN - HEADER_LEN;
	ike_digest(msg, len, digest);
	log_debug(IKE, sa->who, "sending a message of %zu bytes in %zu fragments", len,
		(len + room - 1) / room);
	for (size_t at = 0; at < len; at += room) {
		bool last = len - at <= room;

		n = write_piece(piece, sizeof(piece), msg, (uint16_t)(digest[0] << 8 | digest[1]),
			++number, last, msg + at, last ? len - at : room);
		sa->events->send(sa->arg, sa, &sa->local, &sa->remote, piece, n);
	}
}

size_t
ike_fragment_input(
	struct ike_fragments *f, const uint8_t *msg, size_t len, uint8_t whole[IKE_MESSAGE_MAX])
{
	struct rd r = rd_init(msg + IKE_HEADER_LEN, len - IKE_HEADER_LEN), body;
	uint8_t next = rd_u8(&r), number, flags;
	uint16_t size, id;
	size_t n = 0;

	rd_u8(&r);
	size = rd_u16(&r);
	if (next != ISAKMP_NONE || size < 8)
		return 0;
	body = rd_sub(&r, size - 4u);
	id = rd_u16(&body);
	number = rd_u8(&body);
	flags = rd_u8(&body);
	if (body.bad || !rd_done(&r))
		return 0;
	/* One message at a time: with a new one, the peer has given up the previous one. */
	if (f->n == 0 || f->id != id) {
		forget(f);
		f->id = id;
	}
	if (!keep(f, number, (flags & FLAG_LAST) != 0, body)) {
		forget(f);
		return 0;
	}
	if (f->last == 0 || f->n != f->last)
		return 0;
	for (unsigned i = 0; i < f->last; i++) {
		memcpy(whole + n, f->part[i].bytes, f->part[i].len);
		n += f->part[i].len;
	}
	forget(f);
	return n;
}
