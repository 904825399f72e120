/* SPDX-License-Identifier: BSD-3-Clause */
/* Quick mode as initiator and as responder, and informational exchanges. */
#include "initiator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "initiator_impl.h"

static size_t
quick_sa(const struct initiator *i, struct initiator_quick *q, enum dh_group group, uint8_t *p)
{
	uint8_t *t;

	memset(p, 0, 256);
	init_put32(p, ISAKMP_DOI_IPSEC);
	init_put32(p + 4, ISAKMP_SIT_IDENTITY_ONLY);
	p[12] = 1;
	p[13] = ISAKMP_PROTO_ESP;
	p[14] = 4;
	p[15] = 1;
	memcpy(p + 16, &q->spi, 4);
	t = p + 20;
	t[4] = 1;
	t[5] = q->suite->transform;
	t += 8;
	t += init_attr(
		t, IPSEC_ATTR_MODE, i->natt ? IPSEC_MODE_UDP_TRANSPORT : IPSEC_MODE_TRANSPORT);
	if (q->suite->key_bits)
		t += init_attr(t, IPSEC_ATTR_KEY_LENGTH, q->suite->key_bits);
	t += init_attr(t, IPSEC_ATTR_AUTH, q->suite->ike_auth);
	if (group)
		t += init_attr(t, IPSEC_ATTR_GROUP, (uint16_t)group);
	t += init_attr(t, IPSEC_ATTR_LIFE_TYPE, ISAKMP_LIFE_SECONDS);
	t += init_attr(t, IPSEC_ATTR_LIFE_DURATION, 3600);
	t += init_attr(t, IPSEC_ATTR_LIFE_TYPE, ISAKMP_LIFE_KILOBYTES);
	t += init_attr32(t, IPSEC_ATTR_LIFE_DURATION, 250000);
	init_put16(p + 20 + 2, (size_t)(t - p - 20));
	init_put16(p + 8 + 2, (size_t)(t - p - 8));
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
	memcpy(id, init_client_id, 8);
	id[1] = 17;
	init_put16(id + 2, port_i);
	init_msg_payload(out, ISAKMP_ID, id, 8);
	memcpy(id, init_gate_id, 8);
	id[1] = 17;
	init_put16(id + 2, port_r);
	init_msg_payload(out, ISAKMP_ID, id, 8);
	if (i->natt) {
		init_msg_payload(out, ISAKMP_NATOA, init_client_id, 8);
		init_msg_payload(out, ISAKMP_NATOA, init_gate_id, 8);
	}
	init_fill_hash(i, out, q->message_id);
	init_message_iv(i, q->message_id, q->iv);
	init_seal(i, out, q->iv);
}

static void
keymat(const struct initiator *i, const struct initiator_quick *q, be32 spi, struct esp_keys *keys)
{
	size_t want = (size_t)q->suite->cipher_key_len + q->suite->auth_key_len, h = i->prf_len;

	uint8_t mat[256] = {0}, proto = ISAKMP_PROTO_ESP;

	for (size_t done = 0; done < want; done += h)
		INIT_MAC(i, i->d, h, mat + done, {mat + done - (done ? h : 0), done ? h : 0},
			{q->gxy, q->gxy_len}, {&proto, 1}, {&spi, 4}, {q->ni, sizeof(q->ni)},
			{q->nr, q->nr_len});
	memset(keys, 0, sizeof(*keys));
	memcpy(keys->cipher, mat, q->suite->cipher_key_len);
	memcpy(keys->auth, mat + q->suite->cipher_key_len, q->suite->auth_key_len);
}

void
initiator_qm3(struct initiator *i, struct initiator_quick *q, const struct init_msg *qm2,
	struct init_msg *out)
{
	uint8_t be[4], want[HASH_MAX], zero = 0;
	size_t len, sa_len, rest_len;
	const uint8_t *p, *rest;
	struct init_msg clear;

	init_unseal(i, qm2, q->iv, &clear);
	init_put32(be, q->message_id);
	rest = init_after_first(&clear, &rest_len);
	INIT_MAC(i, i->a, i->prf_len, want, {be, 4}, {q->ni, sizeof(q->ni)}, {rest, rest_len});
	p = init_payload(&clear, ISAKMP_HASH, 0, &len);
	assert_non_null(p);
	assert_int_equal(len, i->prf_len);
	assert_memory_equal(p, want, len);
	p = init_payload(&clear, ISAKMP_SA, 0, &sa_len);
	assert_non_null(p);
	assert_int_equal(p[13], ISAKMP_PROTO_ESP);
	memcpy(&q->peer_spi, p + 16, 4);
	p = init_payload(&clear, ISAKMP_NONCE, 0, &q->nr_len);
	assert_non_null(p);
	memcpy(q->nr, p, q->nr_len);
	p = init_payload(&clear, ISAKMP_KE, 0, &len);
	assert_int_equal(p != NULL, q->dh != NULL);
	if (p)
		assert_int_equal(dh_shared(q->dh, p, len, q->gxy, &q->gxy_len), 0);
	dh_free(q->dh);
	q->dh = NULL;
	for (q->n_oa = 0; q->n_oa < 2; q->n_oa++) {
		p = init_payload(&clear, ISAKMP_NATOA, q->n_oa, &len);
		if (p == NULL)
			break;
		assert_int_equal(len, 8);
		memcpy(q->oa[q->n_oa], p, 8);
	}
	keymat(i, q, q->peer_spi, &q->in);
	keymat(i, q, q->spi, &q->out);
	INIT_MAC(i, i->a, i->prf_len, want, {&zero, 1}, {be, 4}, {q->ni, sizeof(q->ni)},
		{q->nr, q->nr_len});
	init_msg_begin(out, i, IKE_QUICK_MODE, q->message_id);
	init_msg_payload(out, ISAKMP_HASH, want, i->prf_len);
	init_seal(i, out, q->iv);
}

void
initiator_qm2(struct initiator *i, struct initiator_quick *q, const struct init_msg *qm1,
	struct init_msg *out)
{
	uint8_t be[4], want[HASH_MAX], sa[256], ni[256], zero[HASH_MAX] = {0};
	size_t len, sa_len, ni_len, rest_len;
	const uint8_t *p, *ids[2], *rest;
	struct init_msg clear;

	q->message_id = init_get32(qm1->b + 20);
	init_message_iv(i, q->message_id, q->iv);
	init_unseal(i, qm1, q->iv, &clear);
	init_put32(be, q->message_id);
	rest = init_after_first(&clear, &rest_len);
	INIT_MAC(i, i->a, i->prf_len, want, {be, 4}, {rest, rest_len});
	p = init_payload(&clear, ISAKMP_HASH, 0, &len);
	assert_non_null(p);
	assert_memory_equal(p, want, i->prf_len);
	p = init_payload(&clear, ISAKMP_SA, 0, &sa_len);
	assert_non_null(p);
	memcpy(sa, p, sa_len);
	memcpy(&q->peer_spi, p + 16, 4);
	assert_int_equal(p[20 + 5], q->suite->transform);
	p = init_payload(&clear, ISAKMP_NONCE, 0, &ni_len);
	assert_non_null(p);
	/*
	 * keymat() has 20 bytes of Ni: the rest of it stands before Nr, as both are one string to
	 * it.
	 */
	assert_true(ni_len >= sizeof(q->ni) && ni_len <= sizeof(ni));
	memcpy(ni, p, ni_len);
	memcpy(q->ni, ni, sizeof(q->ni));
	memcpy(q->nr, ni + sizeof(q->ni), ni_len - sizeof(q->ni));
	q->nr_len = ni_len - sizeof(q->ni) + 16;
	memset(q->nr + q->nr_len - 16, 0x77, 16);
	ids[0] = init_payload(&clear, ISAKMP_ID, 0, &len);
	ids[1] = init_payload(&clear, ISAKMP_ID, 1, &len);
	assert_true(ids[0] != NULL && ids[1] != NULL && len == 8);
	assert_memory_equal(ids[0] + 4, init_gate_id + 4, 4);
	assert_memory_equal(ids[1] + 4, init_client_id + 4, 4);
	memcpy(sa + 16, &q->spi, 4);
	init_msg_begin(out, i, IKE_QUICK_MODE, q->message_id);
	init_msg_payload(out, ISAKMP_HASH, zero, i->prf_len);
	init_msg_payload(out, ISAKMP_SA, sa, sa_len);
	init_msg_payload(out, ISAKMP_NONCE, q->nr + q->nr_len - 16, 16);
	init_msg_payload(out, ISAKMP_ID, ids[0], 8);
	init_msg_payload(out, ISAKMP_ID, ids[1], 8);
	rest = init_after_first(out, &rest_len);
	INIT_MAC(i, i->a, i->prf_len, out->b + IKE_HEADER_LEN + 4, {be, 4}, {ni, ni_len},
		{rest, rest_len});
	init_seal(i, out, q->iv);
	keymat(i, q, q->peer_spi, &q->in);
	keymat(i, q, q->spi, &q->out);
}

void
initiator_qm3_check(struct initiator *i, struct initiator_quick *q, const struct init_msg *qm3)
{
	uint8_t be[4], want[HASH_MAX], zero = 0;
	size_t len;
	struct init_msg clear;
	const uint8_t *p;

	init_unseal(i, qm3, q->iv, &clear);
	init_put32(be, q->message_id);
	INIT_MAC(i, i->a, i->prf_len, want, {&zero, 1}, {be, 4}, {q->ni, sizeof(q->ni)},
		{q->nr, q->nr_len});
	p = init_payload(&clear, ISAKMP_HASH, 0, &len);
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
	init_fill_hash(i, out, q->message_id);
	init_seal(i, out, q->iv);
}

void
initiator_qm4_check(struct initiator *i, struct initiator_quick *q, const struct init_msg *qm4)
{
	uint8_t hash[HASH_MAX];
	const uint8_t *rest, *p;
	struct init_msg clear;
	size_t rest_len, len;

	assert_int_equal(qm4->b[18], IKE_QUICK_MODE);
	assert_int_equal(qm4->b[19] & ISAKMP_FLAG_COMMIT, ISAKMP_FLAG_COMMIT);
	init_unseal(i, qm4, q->iv, &clear);
	rest = init_after_first(&clear, &rest_len);
	INIT_MAC(i, i->a, i->prf_len, hash, {qm4->b + 20, 4}, {rest, rest_len});
	p = init_payload(&clear, ISAKMP_HASH, 0, &len);
	assert_non_null(p);
	assert_memory_equal(p, hash, i->prf_len);
	p = init_payload(&clear, ISAKMP_NOTIFY, 0, &len);
	assert_non_null(p);
	assert_int_equal(len, 12);
	assert_int_equal(init_get16(p + 6), ISAKMP_CONNECTED);
}

/* --- informational --------------------------------------------------------------------------- */

void
initiator_info(struct initiator *i, uint32_t message_id, uint8_t type, const void *body, size_t len,
	struct init_msg *out)
{
	uint8_t iv[CBC_BLOCK_MAX], zero[HASH_MAX] = {0};

	init_msg_begin(out, i, IKE_INFORMATIONAL, message_id);
	init_msg_payload(out, ISAKMP_HASH, zero, i->prf_len);
	init_msg_payload(out, type, body, len);
	init_fill_hash(i, out, message_id);
	init_message_iv(i, message_id, iv);
	init_seal(i, out, iv);
}

void
initiator_raw(struct initiator *i, uint8_t exchange, uint32_t message_id, uint8_t first,
	const void *bytes, size_t len, struct init_msg *out)
{
	uint8_t iv[CBC_BLOCK_MAX], be[4], hash[HASH_MAX] = {0}, next = first;
	size_t at, end = 0, size;

	init_msg_begin(out, i, exchange, message_id);
	init_msg_payload(out, ISAKMP_HASH, hash, i->prf_len);
	out->b[out->next_at] = first;
	at = out->len;
	memcpy(out->b + at, bytes, len);
	out->len += len;
	while (next != ISAKMP_NONE && len - end >= 4) {
		size = init_get16(out->b + at + end + 2);
		if (size < 4 || size > len - end)
			break;
		next = out->b[at + end];
		end += size;
	}
	init_put32(be, message_id);
	INIT_MAC(i, i->a, i->prf_len, hash, {be, 4}, {out->b + at, end});
	memcpy(out->b + IKE_HEADER_LEN + 4, hash, i->prf_len);
	init_message_iv(i, message_id, iv);
	init_seal(i, out, iv);
}

void
initiator_info_open(struct initiator *i, const struct init_msg *m, uint8_t *type,
	uint8_t body[INIT_MSG_MAX], size_t *len)
{
	uint8_t iv[CBC_BLOCK_MAX], hash[HASH_MAX];
	const uint8_t *rest;
	struct init_msg clear;
	size_t rest_len;

	assert_int_equal(m->b[18], IKE_INFORMATIONAL);
	init_message_iv(i, (uint32_t)(init_get16(m->b + 20) << 16 | init_get16(m->b + 22)), iv);
	init_unseal(i, m, iv, &clear);
	rest = init_after_first(&clear, &rest_len);
	INIT_MAC(i, i->a, i->prf_len, hash, {m->b + 20, 4}, {rest, rest_len});
	assert_memory_equal(clear.b + IKE_HEADER_LEN + 4, hash, i->prf_len);
	*type = clear.b[IKE_HEADER_LEN]; /* the hash's "next" */
	*len = init_get16(rest + 2) - 4;
	memcpy(body, rest + 4, *len);
}
