/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages of ISAKMP: the chain of payloads, read and written (RFC 2408, section 3). */
#ifndef IKE_PAYLOAD_H
#define IKE_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike.h"
#include "rdwr.h"
#include "wire/isakmp.h"

#define IKE_MAX_PAYLOADS 64 /* in one message: what a peer may make us look at */
#define IKE_FLAGS_AT     19 /* offset in the header (RFC 2408, 3.1) */

struct ike_payload {
	uint8_t type; /* enum isakmp_payload; numbers of drafts are mapped to those of RFC 3947 */
	struct rd body;
};

/* The payloads of a message. Readers point into the message. */
struct ike_msg {
	struct ike_header h;
	unsigned n;
	struct ike_payload payload[IKE_MAX_PAYLOADS];
	/*
	 * What HASH(1) and the like cover: from the end of the first payload to that of the last.
	 */
	const uint8_t *after_first;
	const uint8_t *end;
};

/*
 * Splits the chain of payloads. Bytes after the last one are allowed only if padded. False if it is
 * malformed or empty.
 */
bool ike_payload_read(const struct ike_header *h, const uint8_t *body, size_t len, bool padded,
	struct ike_msg *out);

/* The i-th payload of a type, from 0; NULL if there is none. */
const struct ike_payload *ike_payload_get(const struct ike_msg *m, uint8_t type, unsigned i);

/*
 * Whether the message has each needed payload, and no other than the needed and the allowed ones.
 * Both are sets, one bit per type.
 */
bool ike_payload_check(const struct ike_msg *m, uint64_t needs, uint64_t allows);
#define P(type) (1ull << ISAKMP_##type)

/* A message that is being written. */
struct ike_out {
	struct wr w;
	size_t next_at; /* offset of the byte for the next payload's type */
	uint8_t buf[IKE_MESSAGE_MAX];
};

/* Begins a message of an SA. */
void ike_out_begin(
	struct ike_out *o, const struct ike_sa *sa, uint8_t exchange, uint32_t message_id);

/* The same with explicit cookies. */
void ike_out_header(struct ike_out *o, const uint8_t icookie[8], const uint8_t rcookie[8],
	uint8_t exchange, uint32_t message_id);

/* Opens a payload and returns its offset, for ike_out_close(). */
size_t ike_out_open(struct ike_out *o, uint8_t type);
void ike_out_close(struct ike_out *o, size_t at);

/* Writes a payload with that body. */
void ike_out_bytes(struct ike_out *o, uint8_t type, const void *bytes, size_t len);

/* Writes a notify payload (RFC 2408, 3.14). */
void ike_out_notify(struct ike_out *o, uint8_t proto, const void *spi, size_t spi_len,
	uint16_t type, const void *data, size_t len);

/* Fills in the header's length, which is known at the end. */
void ike_out_finish(struct ike_out *o);

/* "NO_PROPOSAL_CHOSEN"; NULL for an unknown type. */
const char *ike_notify_name(uint16_t type);

#endif
