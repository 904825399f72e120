/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the initiator share: bytes, payloads, protection. */
#ifndef INITIATOR_IMPL_H
#define INITIATOR_IMPL_H

#include <openssl/evp.h>

#include "initiator.h"
#include "wire/isakmp.h"

/* Bodies of the identities: 10.0.0.1 and 10.0.0.254. */
extern const uint8_t init_client_id[8];
extern const uint8_t init_gate_id[8];

/* The hash of the initiator's suite. */
const EVP_MD *init_md(const struct initiator *i);

/* HMAC of pieces; out may be one of them. */
void init_mac(const struct initiator *i, const uint8_t *key, size_t key_len, uint8_t *out,
	const struct part *parts, size_t n);

/* The same with the pieces listed, as {pointer, length}. */
#define INIT_MAC(i, key, key_len, out, ...)                                \
	init_mac(i, key, key_len, out, (const struct part[]){__VA_ARGS__}, \
		sizeof((const struct part[]){__VA_ARGS__}) / sizeof(struct part))

void init_digest2(const struct initiator *i, const void *a, size_t a_len, const void *b,
	size_t b_len, uint8_t *out);

/* Network order. */
void init_put16(uint8_t *p, size_t v);
void init_put32(uint8_t *p, size_t v);
size_t init_get16(const uint8_t *p);
uint32_t init_get32(const uint8_t *p);

/* Encrypt and decrypt a message; iv becomes that of the next one. */
void init_seal(const struct initiator *i, struct init_msg *m, uint8_t *iv);
void init_unseal(
	const struct initiator *i, const struct init_msg *m, uint8_t *iv, struct init_msg *out);

/* The body of the n-th payload of the type, from 0; NULL if there is none. */
const uint8_t *init_payload(const struct init_msg *m, uint8_t type, unsigned n, size_t *len);

/* What follows the first payload, up to the end of the last. */
const uint8_t *init_after_first(const struct init_msg *m, size_t *len);

/* Write an attribute and return its length. */
size_t init_attr(uint8_t *p, uint16_t type, uint16_t value);
size_t init_attr32(uint8_t *p, uint16_t type, uint32_t value);

/* The first IV of an exchange of phase 2. */
void init_message_iv(const struct initiator *i, uint32_t id, uint8_t *iv);

/* Puts HASH(1) into the first payload. */
void init_fill_hash(const struct initiator *i, struct init_msg *m, uint32_t message_id);

#endif
