/* SPDX-License-Identifier: BSD-3-Clause */
#include "initiator_impl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/hmac.h>

const uint8_t init_client_id[8] = {ISAKMP_ID_IPV4, 0, 0, 0, 10, 0, 0, 1};
const uint8_t init_gate_id[8] = {ISAKMP_ID_IPV4, 0, 0, 0, 10, 0, 0, 254};

const EVP_MD *
init_md(const struct initiator *i)
{
	return i->suite.hash == HASH_SHA1     ? EVP_sha1()
	       : i->suite.hash == HASH_SHA256 ? EVP_sha256()
	       : i->suite.hash == HASH_SHA384 ? EVP_sha384()
					      : EVP_md5();
}

void
init_mac(const struct initiator *i, const uint8_t *key, size_t key_len, uint8_t *out,
	const struct part *parts, size_t n)
{
	uint8_t all[4096];
	size_t len = 0;

	for (size_t k = 0; k < n; k++) {
		assert_true(len + parts[k].len <= sizeof(all));
		memcpy(all + len, parts[k].p, parts[k].len);
		len += parts[k].len;
	}
	assert_non_null(HMAC(init_md(i), key, (int)key_len, all, len, out, NULL));
}

void
init_digest2(const struct initiator *i, const void *a, size_t a_len, const void *b, size_t b_len,
	uint8_t *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	EVP_DigestInit_ex(ctx, init_md(i), NULL);
	EVP_DigestUpdate(ctx, a, a_len);
	EVP_DigestUpdate(ctx, b, b_len);
	EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
}

void
init_put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void
init_put32(uint8_t *p, size_t v)
{
	init_put16(p, v >> 16);
	init_put16(p + 2, v);
}

size_t
init_get16(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

void
init_msg_begin(struct init_msg *m, const struct initiator *i, uint8_t exchange, uint32_t id)
{
	memset(m, 0, sizeof(*m));
	memcpy(m->b, i->icookie, 8);
	memcpy(m->b + 8, i->rcookie, 8);
	m->next_at = 16;
	m->b[17] = ISAKMP_VERSION;
	m->b[18] = exchange;
	init_put32(m->b + 20, id);
	m->len = IKE_HEADER_LEN;
}

void
init_msg_payload(struct init_msg *m, uint8_t type, const void *body, size_t len)
{
	assert_true(m->len + 4 + len <= sizeof(m->b));
	m->b[m->next_at] = type;
	m->next_at = m->len;
	init_put16(m->b + m->len + 2, 4 + len);
	memcpy(m->b + m->len + 4, body, len);
	m->len += 4 + len;
}

void
init_msg_end(struct init_msg *m)
{
	init_put32(m->b + 24, m->len);
}

void
init_seal(const struct initiator *i, struct init_msg *m, uint8_t *iv)
{
	size_t len = m->len - IKE_HEADER_LEN;

	len = (len + i->block - 1) / i->block * i->block;
	m->b[19] |= ISAKMP_FLAG_ENCRYPTED;
	assert_int_equal(cbc_encrypt(i->suite.cipher, i->key, i->key_len, iv, m->b + IKE_HEADER_LEN,
				 len, m->b + IKE_HEADER_LEN),
		0);
	m->len = IKE_HEADER_LEN + len;
	memcpy(iv, m->b + m->len - i->block, i->block);
	init_msg_end(m);
}

void
init_unseal(const struct initiator *i, const struct init_msg *m, uint8_t *iv, struct init_msg *out)
{
	*out = *m;
	assert_true(m->b[19] & ISAKMP_FLAG_ENCRYPTED);
	assert_int_equal(cbc_decrypt(i->suite.cipher, i->key, i->key_len, iv, m->b + IKE_HEADER_LEN,
				 m->len - IKE_HEADER_LEN, out->b + IKE_HEADER_LEN),
		0);
	memcpy(iv, m->b + m->len - i->block, i->block);
}

/* The nth payload of the type: its body, or NULL. */
const uint8_t *
init_payload(const struct init_msg *m, uint8_t type, unsigned n, size_t *len)
{
	uint8_t next = m->b[16];
	size_t at = IKE_HEADER_LEN;

	while (next != ISAKMP_NONE) {
		size_t size;

		assert_true(at + 4 <= m->len);
		size = init_get16(m->b + at + 2);
		assert_true(size >= 4 && at + size <= m->len);
		if (next == type && n-- == 0) {
			*len = size - 4;
			return m->b + at + 4;
		}
		next = m->b[at];
		at += size;
	}
	*len = 0;
	return NULL;
}

/* Bytes from the end of the first payload to the end of the last. */
const uint8_t *
init_after_first(const struct init_msg *m, size_t *len)
{
	uint8_t next = m->b[16];
	size_t at = IKE_HEADER_LEN, first = 0;

	while (next != ISAKMP_NONE) {
		next = m->b[at];
		at += init_get16(m->b + at + 2);
		if (first == 0)
			first = at;
	}
	*len = at - first;
	return m->b + first;
}

size_t
init_attr(uint8_t *p, uint16_t type, uint16_t value)
{
	init_put16(p, ISAKMP_ATTR_BASIC | type);
	init_put16(p + 2, value);
	return 4;
}

size_t
init_attr32(uint8_t *p, uint16_t type, uint32_t value)
{
	init_put16(p, type);
	init_put16(p + 2, 4);
	init_put32(p + 4, value);
	return 8;
}

uint32_t
init_get32(const uint8_t *p)
{
	return (uint32_t)init_get16(p) << 16 | (uint32_t)init_get16(p + 2);
}

void
init_message_iv(const struct initiator *i, uint32_t id, uint8_t *iv)
{
	uint8_t be[4], digest[HASH_MAX];

	init_put32(be, id);
	init_digest2(i, i->iv, i->block, be, 4, digest);
	memcpy(iv, digest, i->block);
}

/* Puts HASH(1) or (2) into the first payload. */
void
init_fill_hash(const struct initiator *i, struct init_msg *m, uint32_t message_id)
{
	uint8_t be[4], hash[HASH_MAX];
	const uint8_t *rest;
	size_t len;

	init_put32(be, message_id);
	rest = init_after_first(m, &len);
	INIT_MAC(i, i->a, i->prf_len, hash, {be, 4}, {rest, len});
	memcpy(m->b + IKE_HEADER_LEN + 4, hash, i->prf_len);
}
