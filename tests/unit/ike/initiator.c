/* SPDX-License-Identifier: BSD-3-Clause */
/* Main mode as initiator. */
#include "initiator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "initiator_impl.h"

void
initiator_init(struct initiator *i, const char *suite, const char *psk)
{
	memset(i, 0, sizeof(*i));
	assert_int_equal(ike_suite_parse(suite, &i->suite), 0);
	i->psk = psk;
	memcpy(i->icookie, "icookie!", 8);
	memcpy(i->id, init_client_id, sizeof(init_client_id));
	i->id_len = sizeof(init_client_id);
	memset(i->ni, 0x5a, sizeof(i->ni));
	i->dh = dh_new(i->suite.group);
	assert_non_null(i->dh);
	i->block = cbc_block(i->suite.cipher);
	i->key_len = i->suite.key_bits ? i->suite.key_bits / 8u : 24;
	i->prf_len = (size_t)EVP_MD_size(init_md(i));
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
	init_put32(p, ISAKMP_DOI_IPSEC);
	init_put32(p + 4, ISAKMP_SIT_IDENTITY_ONLY);
	p[12] = 1;
	p[13] = ISAKMP_PROTO_ISAKMP;
	p[15] = 1;
	t = p + 16;
	t[4] = 1;
	t[5] = ISAKMP_TRANSFORM_KEY_IKE;
	t += 8;
	t += init_attr(
		t, IKE_ATTR_CIPHER, i->suite.cipher == CBC_AES ? IKE_CIPHER_AES : IKE_CIPHER_3DES);
	if (i->suite.key_bits)
		t += init_attr(t, IKE_ATTR_KEY_LENGTH, i->suite.key_bits);
	t += init_attr(t, IKE_ATTR_HASH, hashes[i->suite.hash]);
	t += init_attr(t, IKE_ATTR_GROUP, (uint16_t)i->suite.group);
	t += init_attr(t, IKE_ATTR_AUTH, IKE_AUTH_PSK);
	t += init_attr(t, IKE_ATTR_LIFE_TYPE, ISAKMP_LIFE_SECONDS);
	t += init_attr32(t, IKE_ATTR_LIFE_DURATION, 28800);
	init_put16(p + 16 + 2, (size_t)(t - p - 16));
	init_put16(p + 8 + 2, (size_t)(t - p - 8));
	i->sai_len = (size_t)(t - p);
	init_msg_begin(out, i, IKE_MAIN_MODE, 0);
	init_msg_payload(out, ISAKMP_SA, i->sai, i->sai_len);
	if (i->vid != NULL)
		init_msg_payload(out, ISAKMP_VID, i->vid, i->vid_len);
	init_msg_end(out);
}

void
initiator_mm3(struct initiator *i, const struct init_msg *mm2, struct init_msg *out)
{
	const uint8_t *sa;
	size_t len;

	assert_memory_equal(mm2->b, i->icookie, 8);
	memcpy(i->rcookie, mm2->b + 8, 8);
	sa = init_payload(mm2, ISAKMP_SA, 0, &len);
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
	size_t h = i->prf_len, ke = dh_public_len(i->suite.group), done;
	uint8_t block[HASH_MAX];

	INIT_MAC(i, (const uint8_t *)i->psk, strlen(i->psk), i->skeyid, {i->ni, sizeof(i->ni)},
		{i->nr, i->nr_len});
	INIT_MAC(i, i->skeyid, h, i->d, {i->gxy, i->gxy_len}, {i->icookie, 8}, {i->rcookie, 8},
		{&n[0], 1});
	INIT_MAC(i, i->skeyid, h, i->a, {i->d, h}, {i->gxy, i->gxy_len}, {i->icookie, 8},
		{i->rcookie, 8}, {&n[1], 1});
	INIT_MAC(i, i->skeyid, h, i->e, {i->a, h}, {i->gxy, i->gxy_len}, {i->icookie, 8},
		{i->rcookie, 8}, {&n[2], 1});
	if (i->key_len <= h) {
		memcpy(i->key, i->e, i->key_len);
	} else {
		INIT_MAC(i, i->e, h, block, {&n[0], 1});
		for (done = 0; done < i->key_len; done += h) {
			memcpy(i->key + done, block, i->key_len - done < h ? i->key_len - done : h);
			INIT_MAC(i, i->e, h, block, {block, h});
		}
	}
	init_digest2(i, dh_public(i->dh), ke, i->ke_r, ke, block);
	memcpy(i->iv, block, i->block);
}

void
initiator_mm5(struct initiator *i, const struct init_msg *mm4, bool contact, struct init_msg *out)
{
	size_t ke_len = dh_public_len(i->suite.group), len;
	const uint8_t *p = init_payload(mm4, ISAKMP_KE, 0, &len);
	uint8_t hash[HASH_MAX], notify[24] = {0, 0, 0, ISAKMP_DOI_IPSEC, ISAKMP_PROTO_ISAKMP, 16};

	assert_non_null(p);
	assert_int_equal(len, ke_len);
	memcpy(i->ke_r, p, len);
	p = init_payload(mm4, ISAKMP_NONCE, 0, &i->nr_len);
	assert_non_null(p);
	assert_in_range(i->nr_len, 8, 256);
	memcpy(i->nr, p, i->nr_len);
	assert_int_equal(dh_shared(i->dh, i->ke_r, ke_len, i->gxy, &i->gxy_len), 0);
	derive(i);
	INIT_MAC(i, i->skeyid, i->prf_len, hash, {dh_public(i->dh), ke_len}, {i->ke_r, ke_len},
		{i->icookie, 8}, {i->rcookie, 8}, {i->sai, i->sai_len}, {i->id, i->id_len});
	init_msg_begin(out, i, IKE_MAIN_MODE, 0);
	init_msg_payload(out, ISAKMP_ID, i->id, i->id_len);
	init_msg_payload(out, ISAKMP_HASH, hash, i->prf_len);
	if (contact) {
		init_put16(notify + 6, ISAKMP_INITIAL_CONTACT);
		memcpy(notify + 8, i->icookie, 8);
		memcpy(notify + 16, i->rcookie, 8);
		init_msg_payload(out, ISAKMP_NOTIFY, notify, sizeof(notify));
	}
	init_seal(i, out, i->iv);
}

void
initiator_mm6(struct initiator *i, const struct init_msg *mm6)
{
	size_t ke_len = dh_public_len(i->suite.group), len, id_len;
	const uint8_t *p, *id;
	struct init_msg clear;
	uint8_t want[HASH_MAX];

	init_unseal(i, mm6, i->iv, &clear);
	id = init_payload(&clear, ISAKMP_ID, 0, &id_len);
	p = init_payload(&clear, ISAKMP_HASH, 0, &len);
	assert_non_null(id);
	assert_non_null(p);
	assert_int_equal(id_len, sizeof(init_gate_id));
	assert_memory_equal(id + 4, init_gate_id + 4, 4);
	INIT_MAC(i, i->skeyid, i->prf_len, want, {i->ke_r, ke_len}, {dh_public(i->dh), ke_len},
		{i->rcookie, 8}, {i->icookie, 8}, {i->sai, i->sai_len}, {id, id_len});
	assert_int_equal(len, i->prf_len);
	assert_memory_equal(p, want, len);
}
