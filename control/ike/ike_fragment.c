/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fragments of IKE messages, as Microsoft and Cisco send them to who says the vendor ID FRAGMENTATION: payload
 * 132 holds an identifier, the fragment's number from 1, a flag for the last, and a piece of the message.
 */
#include <stdlib.h>
#include <string.h>

#include "ike_internal.h"

#define FLAG_LAST 1

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

/* Keeps the piece; false when it cannot be of a message that we read. */
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
	/* One message at a time: the peer has given up the one before. */
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
