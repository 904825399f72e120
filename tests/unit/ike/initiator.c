/* SPDX-License-Identifier: BSD-3-Clause */
#include "initiator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "rdwr.h"
#include "wire/isakmp.h"

/* --- bytes ---------------------------------------------------------------------------------------------- */

static const EVP_MD *
md(const struct initiator *i)
{
	return i->suite.hash == HASH_SHA1     ? EVP_sha1()
	       : i->suite.hash == HASH_SHA256 ? EVP_sha256()
	       : i->suite.hash == HASH_SHA384 ? EVP_sha384()
					      : EVP_md5();
}

/* HMAC over pieces given as pointer and size_t length, up to NULL; out may be among them. */
static void
mac(const struct initiator *i, const uint8_t *key, size_t key_len, uint8_t *out, ...)
{
	uint8_t all[4096];
	size_t len = 0;
	const void *p;
	va_list ap;

	va_start(ap, out);
	while ((p = va_arg(ap, const void *)) != NULL) {
		size_t n = va_arg(ap, size_t);

		assert_true(len + n <= sizeof(all));
		memcpy(all + len, p, n);
		len += n;
	}
	va_end(ap);
	assert_non_null(HMAC(md(i), key, (int)key_len, all, len, out, NULL));
}

static void
digest2(const struct initiator *i, const void *a, size_t a_len, const void *b, size_t b_len,
	uint8_t *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	EVP_DigestInit_ex(ctx, md(i), NULL);
	EVP_DigestUpdate(ctx, a, a_len);
	EVP_DigestUpdate(ctx, b, b_len);
	EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
}

static void
put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, size_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static size_t
get16(const uint8_t *p)
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
	put32(m->b + 20, id);
	m->len = IKE_HEADER_LEN;
}

void
init_msg_payload(struct init_msg *m, uint8_t type, const void *body, size_t len)
{
	assert_true(m->len + 4 + len <= sizeof(m->b));
	m->b[m->next_at] = type;
	m->next_at = m->len;
	put16(m->b + m->len + 2, 4 + len);
	memcpy(m->b + m->len + 4, body, len);
	m->len += 4 + len;
}

void
init_msg_end(struct init_msg *m)
{
	put32(m->b + 24, m->len);
}

static void
seal(const struct initiator *i, struct init_msg *m, uint8_t *iv)
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

static void
unseal(const struct initiator *i, const struct init_msg *m, uint8_t *iv, struct init_msg *out)
{
	*out = *m;
	assert_true(m->b[19] & ISAKMP_FLAG_ENCRYPTED);
	assert_int_equal(cbc_decrypt(i->suite.cipher, i->key, i->key_len, iv, m->b + IKE_HEADER_LEN,
				 m->len - IKE_HEADER_LEN, out->b + IKE_HEADER_LEN),
		0);
	memcpy(iv, m->b + m->len - i->block, i->block);
}

/* The nth payload of the type: its body, or NULL. */
static const uint8_t *
payload(const struct init_msg *m, uint8_t type, unsigned n, size_t *len)
{
	uint8_t next = m->b[16];
	size_t at = IKE_HEADER_LEN;

	while (next != ISAKMP_NONE) {
		size_t size;

		assert_true(at + 4 <= m->len);
		size = get16(m->b + at + 2);
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
static const uint8_t *
after_first(const struct init_msg *m, size_t *len)
{
	uint8_t next = m->b[16];
	size_t at = IKE_HEADER_LEN, first = 0;

	while (next != ISAKMP_NONE) {
		next = m->b[at];
		at += get16(m->b + at + 2);
		if (first == 0)
			first = at;
	}
	*len = at - first;
	return m->b + first;
}

/* --- main mode ------------------------------------------------------------------------------------------ */

static size_t
attr(uint8_t *p, uint16_t type, uint16_t value)
{
	put16(p, ISAKMP_ATTR_BASIC | type);
	put16(p + 2, value);
	return 4;
}

static size_t
attr32(uint8_t *p, uint16_t type, uint32_t value)
{
	put16(p, type);
	put16(p + 2, 4);
	put32(p + 4, value);
	return 8;
}

/* Its identity, until a test gives it another. */
static const uint8_t id_body[8] = {ISAKMP_ID_IPV4, 0, 0, 0, 10, 0, 0, 1};

void
initiator_init(struct initiator *i, const char *suite, const char *psk)
{
	memset(i, 0, sizeof(*i));
	assert_int_equal(ike_suite_parse(suite, &i->suite), 0);
	i->psk = psk;
	memcpy(i->icookie, "icookie!", 8);
	memcpy(i->id, id_body, sizeof(id_body));
	i->id_len = sizeof(id_body);
	memset(i->ni, 0x5a, sizeof(i->ni));
	i->dh = dh_new(i->suite.group);
	assert_non_null(i->dh);
	i->block = cbc_block(i->suite.cipher);
	i->key_len = i->suite.key_bits ? i->suite.key_bits / 8u : 24;
	i->prf_len = (size_t)EVP_MD_size(md(i));
}

void
initiator_fini(struct initiator *i)
{
	dh_free(i->dh);
}

void
initiator_mm1(struct initiator *i, struct init_msg *out)
{
	static const uint8_t hashes[] = {[HASH_MD5] = IKE_HASH_MD5,
		[HASH_SHA1] = IKE_HASH_SHA1,
		[HASH_SHA256] = IKE_HASH_SHA256,
		[HASH_SHA384] = IKE_HASH_SHA384};
	uint8_t *p = i->sai, *t;

	memset(i->sai, 0, sizeof(i->sai));
	put32(p, ISAKMP_DOI_IPSEC);
	put32(p + 4, ISAKMP_SIT_IDENTITY_ONLY);
	p[12] = 1;
	p[13] = ISAKMP_PROTO_ISAKMP;
	p[15] = 1;
	t = p + 16;
	t[4] = 1;
	t[5] = ISAKMP_TRANSFORM_KEY_IKE;
	t += 8;
	t += attr(
		t, IKE_ATTR_CIPHER, i->suite.cipher == CBC_AES ? IKE_CIPHER_AES : IKE_CIPHER_3DES);
	if (i->suite.key_bits)
		t += attr(t, IKE_ATTR_KEY_LENGTH, i->suite.key_bits);
	t += attr(t, IKE_ATTR_HASH, hashes[i->suite.hash]);
	t += attr(t, IKE_ATTR_GROUP, (uint16_t)i->suite.group);
	t += attr(t, IKE_ATTR_AUTH, IKE_AUTH_PSK);
	t += attr(t, IKE_ATTR_LIFE_TYPE, ISAKMP_LIFE_SECONDS);
	t += attr32(t, IKE_ATTR_LIFE_DURATION, 28800);
	put16(p + 16 + 2, (size_t)(t - p - 16));
	put16(p + 8 + 2, (size_t)(t - p - 8));
	i->sai_len = (size_t)(t - p);
	init_msg_begin(out, i, IKE_MAIN_MODE, 0);
	init_msg_payload(out, ISAKMP_SA, i->sai, i->sai_len);
	init_msg_end(out);
}

void
initiator_mm3(struct initiator *i, const struct init_msg *mm2, struct init_msg *out)
{
	const uint8_t *sa;
	size_t len;

	assert_memory_equal(mm2->b, i->icookie, 8);
	memcpy(i->rcookie, mm2->b + 8, 8);
	sa = payload(mm2, ISAKMP_SA, 0, &len);
	assert_non_null(sa);
	/* One transform, as it was offered (RFC 2408, 4.2). */
	assert_int_equal(len, i->sai_len);
	assert_memory_equal(sa, i->sai, len);
	init_msg_begin(out, i, IKE_MAIN_MODE, 0);
	init_msg_payload(out, ISAKMP_KE, dh_public(i->dh), dh_public_len(i->suite.group));
	init_msg_payload(out, ISAKMP_NONCE, i->ni, sizeof(i->ni));
	init_msg_end(out);
}

static void
derive(struct initiator *i)
{
	static const uint8_t n[3] = {0, 1, 2};
	size_t h = i->prf_len, ke = dh_public_len(i->suite.group), one = 1, eight = 8, done;
	uint8_t block[HASH_MAX];

	mac(i, (const uint8_t *)i->psk, strlen(i->psk), i->skeyid, i->ni, sizeof(i->ni), i->nr,
		i->nr_len, NULL);
	mac(i, i->skeyid, h, i->d, i->gxy, i->gxy_len, i->icookie, eight, i->rcookie, eight, &n[0],
		one, NULL);
	mac(i, i->skeyid, h, i->a, i->d, h, i->gxy, i->gxy_len, i->icookie, eight, i->rcookie,
		eight, &n[1], one, NULL);
	mac(i, i->skeyid, h, i->e, i->a, h, i->gxy, i->gxy_len, i->icookie, eight, i->rcookie,
		eight, &n[2], one, NULL);
	if (i->key_len <= h) {
		memcpy(i->key, i->e, i->key_len);
	} else {
		mac(i, i->e, h, block, &n[0], one, NULL);
		for (done = 0; done < i->key_len; done += h) {
			memcpy(i->key + done, block, i->key_len - done < h ? i->key_len - done : h);
			mac(i, i->e, h, block, block, h, NULL);
		}
	}
	digest2(i, dh_public(i->dh), ke, i->ke_r, ke, block);
	memcpy(i->iv, block, i->block);
}

static const uint8_t id_body_r[8] = {ISAKMP_ID_IPV4, 0, 0, 0, 10, 0, 0, 254};

void
initiator_mm5(struct initiator *i, const struct init_msg *mm4, bool contact, struct init_msg *out)
{
	size_t ke_len = dh_public_len(i->suite.group), len, eight = 8;
	const uint8_t *p = payload(mm4, ISAKMP_KE, 0, &len);
	uint8_t hash[HASH_MAX], notify[24] = {0, 0, 0, ISAKMP_DOI_IPSEC, ISAKMP_PROTO_ISAKMP, 16};

	assert_non_null(p);
	assert_int_equal(len, ke_len);
	memcpy(i->ke_r, p, len);
	p = payload(mm4, ISAKMP_NONCE, 0, &i->nr_len);
	assert_non_null(p);
	assert_in_range(i->nr_len, 8, 256);
	memcpy(i->nr, p, i->nr_len);
	assert_int_equal(dh_shared(i->dh, i->ke_r, ke_len, i->gxy, &i->gxy_len), 0);
	derive(i);
	mac(i, i->skeyid, i->prf_len, hash, dh_public(i->dh), ke_len, i->ke_r, ke_len, i->icookie,
		eight, i->rcookie, eight, i->sai, i->sai_len, i->id, i->id_len, NULL);
	init_msg_begin(out, i, IKE_MAIN_MODE, 0);
	init_msg_payload(out, ISAKMP_ID, i->id, i->id_len);
	init_msg_payload(out, ISAKMP_HASH, hash, i->prf_len);
	if (contact) {
		put16(notify + 6, ISAKMP_INITIAL_CONTACT);
		memcpy(notify + 8, i->icookie, 8);
		memcpy(notify + 16, i->rcookie, 8);
		init_msg_payload(out, ISAKMP_NOTIFY, notify, sizeof(notify));
	}
	seal(i, out, i->iv);
}

void
initiator_mm6(struct initiator *i, const struct init_msg *mm6)
{
	size_t ke_len = dh_public_len(i->suite.group), len, id_len, eight = 8;
	const uint8_t *p, *id;
	struct init_msg clear;
	uint8_t want[HASH_MAX];

	unseal(i, mm6, i->iv, &clear);
	id = payload(&clear, ISAKMP_ID, 0, &id_len);
	p = payload(&clear, ISAKMP_HASH, 0, &len);
	assert_non_null(id);
	assert_non_null(p);
	assert_int_equal(id_len, sizeof(id_body_r));
	assert_memory_equal(id + 4, id_body_r + 4, 4);
	mac(i, i->skeyid, i->prf_len, want, i->ke_r, ke_len, dh_public(i->dh), ke_len, i->rcookie,
		eight, i->icookie, eight, i->sai, i->sai_len, id, id_len, NULL);
	assert_int_equal(len, i->prf_len);
	assert_memory_equal(p, want, len);
}

/* --- quick mode ----------------------------------------------------------------------------------------- */

static void
message_iv(const struct initiator *i, uint32_t id, uint8_t *iv)
{
	uint8_t be[4], digest[HASH_MAX];

	put32(be, id);
	digest2(i, i->iv, i->block, be, 4, digest);
	memcpy(iv, digest, i->block);
}

/* Puts HASH(1) or (2) into the first payload. */
static void
fill_hash(const struct initiator *i, struct init_msg *m, uint32_t message_id)
{
	uint8_t be[4], hash[HASH_MAX];
	const uint8_t *rest;
	size_t len, four = 4;

	put32(be, message_id);
	rest = after_first(m, &len);
	mac(i, i->a, i->prf_len, hash, be, four, rest, len, NULL);
	memcpy(m->b + IKE_HEADER_LEN + 4, hash, i->prf_len);
}

static size_t
quick_sa(const struct initiator *i, struct initiator_quick *q, enum dh_group group, uint8_t *p)
{
	uint8_t *t;

	memset(p, 0, 256);
	put32(p, ISAKMP_DOI_IPSEC);
	put32(p + 4, ISAKMP_SIT_IDENTITY_ONLY);
	p[12] = 1;
	p[13] = ISAKMP_PROTO_ESP;
	p[14] = 4;
	p[15] = 1;
	memcpy(p + 16, &q->spi, 4);
	t = p + 20;
	t[4] = 1;
	t[5] = q->suite->transform;
	t += 8;
	t += attr(t, IPSEC_ATTR_MODE, i->natt ? IPSEC_MODE_UDP_TRANSPORT : IPSEC_MODE_TRANSPORT);
	if (q->suite->key_bits)
		t += attr(t, IPSEC_ATTR_KEY_LENGTH, q->suite->key_bits);
	t += attr(t, IPSEC_ATTR_AUTH, q->suite->ike_auth);
	if (group)
		t += attr(t, IPSEC_ATTR_GROUP, (uint16_t)group);
	t += attr(t, IPSEC_ATTR_LIFE_TYPE, ISAKMP_LIFE_SECONDS);
	t += attr(t, IPSEC_ATTR_LIFE_DURATION, 3600);
	t += attr(t, IPSEC_ATTR_LIFE_TYPE, ISAKMP_LIFE_KILOBYTES);
	t += attr32(t, IPSEC_ATTR_LIFE_DURATION, 250000);
	put16(p + 20 + 2, (size_t)(t - p - 20));
	put16(p + 8 + 2, (size_t)(t - p - 8));
	return (size_t)(t - p);
}

void
initiator_qm1(struct initiator *i, struct initiator_quick *q, const char *suite,
	enum dh_group group, uint16_t port_i, uint16_t port_r, struct init_msg *out)
{
	uint8_t sa[256], id[8], zero[HASH_MAX] = {0};
	size_t sa_len;

	q->suite = esp_suite_find(suite);
	assert_non_null(q->suite);
	memset(q->ni, (int)q->message_id & 0xff, sizeof(q->ni));
	sa_len = quick_sa(i, q, group, sa);
	init_msg_begin(out, i, IKE_QUICK_MODE, q->message_id);
	init_msg_payload(out, ISAKMP_HASH, zero, i->prf_len);
	init_msg_payload(out, ISAKMP_SA, sa, sa_len);
	init_msg_payload(out, ISAKMP_NONCE, q->ni, sizeof(q->ni));
	if (group) {
		q->dh = dh_new(group);
		init_msg_payload(out, ISAKMP_KE, dh_public(q->dh), dh_public_len(group));
	}
	memcpy(id, id_body, 8);
	id[1] = 17;
	put16(id + 2, port_i);
	init_msg_payload(out, ISAKMP_ID, id, 8);
	memcpy(id, id_body_r, 8);
	id[1] = 17;
	put16(id + 2, port_r);
	init_msg_payload(out, ISAKMP_ID, id, 8);
	if (i->natt) {
		init_msg_payload(out, ISAKMP_NATOA, id_body, 8);
		init_msg_payload(out, ISAKMP_NATOA, id_body_r, 8);
	}
	fill_hash(i, out, q->message_id);
	message_iv(i, q->message_id, q->iv);
	seal(i, out, q->iv);
}

static void
keymat(const struct initiator *i, const struct initiator_quick *q, be32 spi, struct esp_keys *keys)
{
	size_t want = (size_t)q->suite->cipher_key_len + q->suite->auth_key_len, h = i->prf_len;
	size_t one = 1, four = 4;
	uint8_t mat[256], proto = ISAKMP_PROTO_ESP;

	for (size_t done = 0; done < want; done += h)
		mac(i, i->d, h, mat + done, mat + done - (done ? h : 0), done ? h : (size_t)0,
			q->gxy, q->gxy_len, &proto, one, &spi, four, q->ni, sizeof(q->ni), q->nr,
			q->nr_len, NULL);
	memset(keys, 0, sizeof(*keys));
	memcpy(keys->cipher, mat, q->suite->cipher_key_len);
	memcpy(keys->auth, mat + q->suite->cipher_key_len, q->suite->auth_key_len);
}

void
initiator_qm3(struct initiator *i, struct initiator_quick *q, const struct init_msg *qm2,
	struct init_msg *out)
{
	uint8_t be[4], want[HASH_MAX], zero = 0;
	size_t len, sa_len, rest_len, one = 1, four = 4;
	const uint8_t *p, *rest;
	struct init_msg clear;

	unseal(i, qm2, q->iv, &clear);
	put32(be, q->message_id);
	rest = after_first(&clear, &rest_len);
	mac(i, i->a, i->prf_len, want, be, four, q->ni, sizeof(q->ni), rest, rest_len, NULL);
	p = payload(&clear, ISAKMP_HASH, 0, &len);
	assert_non_null(p);
	assert_int_equal(len, i->prf_len);
	assert_memory_equal(p, want, len);
	p = payload(&clear, ISAKMP_SA, 0, &sa_len);
	assert_non_null(p);
	assert_int_equal(p[13], ISAKMP_PROTO_ESP);
	memcpy(&q->peer_spi, p + 16, 4);
	p = payload(&clear, ISAKMP_NONCE, 0, &q->nr_len);
	assert_non_null(p);
	memcpy(q->nr, p, q->nr_len);
	p = payload(&clear, ISAKMP_KE, 0, &len);
	assert_int_equal(p != NULL, q->dh != NULL);
	if (p)
		assert_int_equal(dh_shared(q->dh, p, len, q->gxy, &q->gxy_len), 0);
	dh_free(q->dh);
	q->dh = NULL;
	for (q->n_oa = 0; q->n_oa < 2; q->n_oa++) {
		p = payload(&clear, ISAKMP_NATOA, q->n_oa, &len);
		if (p == NULL)
			break;
		assert_int_equal(len, 8);
		memcpy(q->oa[q->n_oa], p, 8);
	}
	keymat(i, q, q->peer_spi, &q->in);
	keymat(i, q, q->spi, &q->out);
	mac(i, i->a, i->prf_len, want, &zero, one, be, four, q->ni, sizeof(q->ni), q->nr, q->nr_len,
		NULL);
	init_msg_begin(out, i, IKE_QUICK_MODE, q->message_id);
	init_msg_payload(out, ISAKMP_HASH, want, i->prf_len);
	seal(i, out, q->iv);
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | (uint32_t)get16(p + 2);
}

void
initiator_qm2(struct initiator *i, struct initiator_quick *q, const struct init_msg *qm1,
	struct init_msg *out)
{
	uint8_t be[4], want[HASH_MAX], sa[256], ni[256], zero[HASH_MAX] = {0};
	size_t len, sa_len, ni_len, rest_len, four = 4;
	const uint8_t *p, *ids[2], *rest;
	struct init_msg clear;

	q->message_id = get32(qm1->b + 20);
	message_iv(i, q->message_id, q->iv);
	unseal(i, qm1, q->iv, &clear);
	put32(be, q->message_id);
	rest = after_first(&clear, &rest_len);
	mac(i, i->a, i->prf_len, want, be, four, rest, rest_len, NULL);
	p = payload(&clear, ISAKMP_HASH, 0, &len);
	assert_non_null(p);
	assert_memory_equal(p, want, i->prf_len);
	p = payload(&clear, ISAKMP_SA, 0, &sa_len);
	assert_non_null(p);
	memcpy(sa, p, sa_len);
	memcpy(&q->peer_spi, p + 16, 4);
	assert_int_equal(p[20 + 5], q->suite->transform);
	p = payload(&clear, ISAKMP_NONCE, 0, &ni_len);
	assert_non_null(p);
	/* keymat() has 20 bytes of Ni: the rest of it stands before Nr, as both are one string to it. */
	assert_true(ni_len >= sizeof(q->ni) && ni_len <= sizeof(ni));
	memcpy(ni, p, ni_len);
	memcpy(q->ni, ni, sizeof(q->ni));
	memcpy(q->nr, ni + sizeof(q->ni), ni_len - sizeof(q->ni));
	q->nr_len = ni_len - sizeof(q->ni) + 16;
	memset(q->nr + q->nr_len - 16, 0x77, 16);
	ids[0] = payload(&clear, ISAKMP_ID, 0, &len);
	ids[1] = payload(&clear, ISAKMP_ID, 1, &len);
	assert_true(ids[0] != NULL && ids[1] != NULL && len == 8);
	assert_memory_equal(ids[0] + 4, id_body_r + 4, 4);
	assert_memory_equal(ids[1] + 4, id_body + 4, 4);
	memcpy(sa + 16, &q->spi, 4);
	init_msg_begin(out, i, IKE_QUICK_MODE, q->message_id);
	init_msg_payload(out, ISAKMP_HASH, zero, i->prf_len);
	init_msg_payload(out, ISAKMP_SA, sa, sa_len);
	init_msg_payload(out, ISAKMP_NONCE, q->nr + q->nr_len - 16, 16);
	init_msg_payload(out, ISAKMP_ID, ids[0], 8);
	init_msg_payload(out, ISAKMP_ID, ids[1], 8);
	rest = after_first(out, &rest_len);
	mac(i, i->a, i->prf_len, out->b + IKE_HEADER_LEN + 4, be, four, ni, ni_len, rest, rest_len,
		NULL);
	seal(i, out, q->iv);
	keymat(i, q, q->peer_spi, &q->in);
	keymat(i, q, q->spi, &q->out);
}

void
initiator_qm3_check(struct initiator *i, struct initiator_quick *q, const struct init_msg *qm3)
{
	uint8_t be[4], want[HASH_MAX], zero = 0;
	size_t len, one = 1, four = 4;
	struct init_msg clear;
	const uint8_t *p;

	unseal(i, qm3, q->iv, &clear);
	put32(be, q->message_id);
	mac(i, i->a, i->prf_len, want, &zero, one, be, four, q->ni, sizeof(q->ni), q->nr, q->nr_len,
		NULL);
	p = payload(&clear, ISAKMP_HASH, 0, &len);
	assert_non_null(p);
	assert_int_equal(len, i->prf_len);
	assert_memory_equal(p, want, len);
}

void
initiator_qm4(struct initiator *i, struct initiator_quick *q, struct init_msg *out)
{
	uint8_t zero[HASH_MAX] = {0};
	uint8_t body[12] = {0, 0, 0, ISAKMP_DOI_IPSEC, ISAKMP_PROTO_ESP, 4};

	body[6] = ISAKMP_CONNECTED >> 8;
	body[7] = ISAKMP_CONNECTED & 0xff;
	memcpy(body + 8, &q->spi, 4);
	init_msg_begin(out, i, IKE_QUICK_MODE, q->message_id);
	out->b[19] |= ISAKMP_FLAG_COMMIT;
	init_msg_payload(out, ISAKMP_HASH, zero, i->prf_len);
	init_msg_payload(out, ISAKMP_NOTIFY, body, sizeof(body));
	fill_hash(i, out, q->message_id);
	seal(i, out, q->iv);
}

void
initiator_qm4_check(struct initiator *i, struct initiator_quick *q, const struct init_msg *qm4)
{
	uint8_t hash[HASH_MAX];
	const uint8_t *rest, *p;
	struct init_msg clear;
	size_t rest_len, len, four = 4;

	assert_int_equal(qm4->b[18], IKE_QUICK_MODE);
	assert_int_equal(qm4->b[19] & ISAKMP_FLAG_COMMIT, ISAKMP_FLAG_COMMIT);
	unseal(i, qm4, q->iv, &clear);
	rest = after_first(&clear, &rest_len);
	mac(i, i->a, i->prf_len, hash, qm4->b + 20, four, rest, rest_len, NULL);
	p = payload(&clear, ISAKMP_HASH, 0, &len);
	assert_non_null(p);
	assert_memory_equal(p, hash, i->prf_len);
	p = payload(&clear, ISAKMP_NOTIFY, 0, &len);
	assert_non_null(p);
	assert_int_equal(len, 12);
	assert_int_equal(get16(p + 6), ISAKMP_CONNECTED);
}

/* --- informational ------------------------------------------------------------------------------------------ */

void
initiator_info(struct initiator *i, uint32_t message_id, uint8_t type, const void *body, size_t len,
	struct init_msg *out)
{
	uint8_t iv[CBC_BLOCK_MAX], zero[HASH_MAX] = {0};

	init_msg_begin(out, i, IKE_INFORMATIONAL, message_id);
	init_msg_payload(out, ISAKMP_HASH, zero, i->prf_len);
	init_msg_payload(out, type, body, len);
	fill_hash(i, out, message_id);
	message_iv(i, message_id, iv);
	seal(i, out, iv);
}

void
initiator_raw(struct initiator *i, uint8_t exchange, uint32_t message_id, uint8_t first,
	const void *bytes, size_t len, struct init_msg *out)
{
	uint8_t iv[CBC_BLOCK_MAX], be[4], hash[HASH_MAX] = {0}, next = first;
	size_t at, end = 0, size, four = 4;

	init_msg_begin(out, i, exchange, message_id);
	init_msg_payload(out, ISAKMP_HASH, hash, i->prf_len);
	out->b[out->next_at] = first;
	at = out->len;
	memcpy(out->b + at, bytes, len);
	out->len += len;
	while (next != ISAKMP_NONE && len - end >= 4) {
		size = get16(out->b + at + end + 2);
		if (size < 4 || size > len - end)
			break;
		next = out->b[at + end];
		end += size;
	}
	put32(be, message_id);
	mac(i, i->a, i->prf_len, hash, be, four, out->b + at, end, NULL);
	memcpy(out->b + IKE_HEADER_LEN + 4, hash, i->prf_len);
	message_iv(i, message_id, iv);
	seal(i, out, iv);
}

void
initiator_info_open(struct initiator *i, const struct init_msg *m, uint8_t *type,
	uint8_t body[INIT_MSG_MAX], size_t *len)
{
	uint8_t iv[CBC_BLOCK_MAX], hash[HASH_MAX];
	const uint8_t *rest;
	struct init_msg clear;
	size_t rest_len, four = 4;

	assert_int_equal(m->b[18], IKE_INFORMATIONAL);
	message_iv(i, (uint32_t)(get16(m->b + 20) << 16 | get16(m->b + 22)), iv);
	unseal(i, m, iv, &clear);
	rest = after_first(&clear, &rest_len);
	mac(i, i->a, i->prf_len, hash, m->b + 20, four, rest, rest_len, NULL);
	assert_memory_equal(clear.b + IKE_HEADER_LEN + 4, hash, i->prf_len);
	*type = clear.b[IKE_HEADER_LEN]; /* the hash's "next" */
	*len = get16(rest + 2) - 4;
	memcpy(body, rest + 4, *len);
}
