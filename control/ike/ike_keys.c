/* SPDX-License-Identifier: BSD-3-Clause */
#include "ike_keys.h"

#include <errno.h>
#include <string.h>

#include "wire/isakmp.h"

/* SKEYID_d, _a, _e: prf(SKEYID, [the previous one |] g^xy | CKY-I | CKY-R | n) */
static int
derive(const struct ike_keys *k, const uint8_t *before, const struct ike_keys_in *in, uint8_t n,
	uint8_t *out)
{
	size_t len = hash_len(k->hash);
	const struct part parts[] = {
		{before, before ? len : 0},
		in->gxy,
		{in->icookie, 8},
		{in->rcookie, 8},
		{&n, 1},
	};

	return prf(k->hash, k->skeyid, len, parts, 5, out);
}

/* Appendix B: the cipher's key is taken from SKEYID_e, which is expanded if it is too short. */
static int
cipher_key(struct ike_keys *k)
{
	size_t len = hash_len(k->hash), done = 0;
	static const uint8_t zero;
	uint8_t block[HASH_MAX];
	struct part input = {&zero, 1};
	int rc = 0;

	if (k->key_len <= len) {
		memcpy(k->key, k->e, k->key_len);
		return 0;
	}
	while (rc == 0 && done < k->key_len) {
		size_t n = k->key_len - done < len ? k->key_len - done : len;

		rc = prf(k->hash, k->e, len, &input, 1, block);
		memcpy(k->key + done, block, n);
		done += n;
		input = (struct part){block, len};
	}
	sodium_memzero(block, sizeof(block));
	return rc;
}

int
ike_keys_make(struct ike_keys *k, const struct ike_keys_in *in)
{
	const struct part nonces[] = {in->ni, in->nr};
	const struct part publics[] = {in->gxi, in->gxr};
	uint8_t iv[HASH_MAX] = {0};
	int rc;

	k->hash = in->suite->hash;
	k->cipher = in->suite->cipher;
	k->block = cbc_block(k->cipher);
	k->key_len = k->cipher == CBC_AES    ? in->suite->key_bits / 8u
		     : k->cipher == CBC_3DES ? 24
					     : 8;
	rc = prf(k->hash, in->psk->b, in->psk->len, nonces, 2, k->skeyid);
	if (rc == 0)
		rc = derive(k, NULL, in, 0, k->d);
	if (rc == 0)
		rc = derive(k, k->d, in, 1, k->a);
	if (rc == 0)
		rc = derive(k, k->a, in, 2, k->e);
	if (rc == 0)
		rc = cipher_key(k);
	if (rc == 0)
		rc = hash_parts(k->hash, publics, 2, iv);
	if (rc == 0)
		memcpy(k->iv, iv, k->block);
	return rc;
}

int
ike_keys_auth(const struct ike_keys *k, struct part own_ke, struct part other_ke,
	const uint8_t *own_cookie, const uint8_t *other_cookie, struct part sai, struct part id,
	uint8_t *out)
{
	const struct part parts[] = {own_ke, other_ke, {own_cookie, 8}, {other_cookie, 8}, sai, id};

	return prf(k->hash, k->skeyid, hash_len(k->hash), parts, 6, out);
}

static struct part
id_part(uint32_t message_id, uint8_t buf[4])
{
	uint32_t be = htonl(message_id);

	memcpy(buf, &be, 4);
	return (struct part){buf, 4};
}

int
ike_keys_iv(const struct ike_keys *k, uint32_t message_id, uint8_t iv[CBC_BLOCK_MAX])
{
	uint8_t id[4], digest[HASH_MAX] = {0};
	const struct part parts[] = {{k->iv, k->block}, id_part(message_id, id)};
	int rc = hash_parts(k->hash, parts, 2, digest);

	memcpy(iv, digest, k->block);
	return rc;
}

int
ike_keys_hash(const struct ike_keys *k, uint32_t message_id, const struct part *parts,
	size_t n_parts, uint8_t *out)
{
	struct part all[4];
	uint8_t id[4];

	if (n_parts > 3)
		return -EINVAL;
	all[0] = id_part(message_id, id);
	for (size_t i = 0; i < n_parts; i++)
		all[1 + i] = parts[i];
	return prf(k->hash, k->a, hash_len(k->hash), all, 1 + n_parts, out);
}

int
ike_keys_hash3(
	const struct ike_keys *k, uint32_t message_id, struct part ni, struct part nr, uint8_t *out)
{
	static const uint8_t zero;
	uint8_t id[4];
	const struct part parts[] = {{&zero, 1}, id_part(message_id, id), ni, nr};

	return prf(k->hash, k->a, hash_len(k->hash), parts, 4, out);
}

int
ike_keys_esp(const struct ike_keys *k, const struct esp_suite *suite, be32 spi, struct part gxy,
	struct part ni, struct part nr, struct esp_keys *out)
{
	static const uint8_t proto = ISAKMP_PROTO_ESP;
	size_t len = hash_len(k->hash), want = suite->cipher_key_len + suite->auth_key_len;
	uint8_t keymat[ESP_CIPHER_KEY_MAX + ESP_AUTH_KEY_MAX + HASH_MAX] = {0};
	size_t done = 0;
	int rc = 0;

	/* K1 = prf(d, rest), K2 = prf(d, K1 | rest), ... (RFC 2409, 5.5) */
	while (rc == 0 && done < want) {
		const struct part parts[] = {
			{keymat + done - (done ? len : 0), done ? len : 0},
			gxy,
			{&proto, 1},
			{&spi, 4},
			ni,
			nr,
		};

		rc = prf(k->hash, k->d, len, parts, 6, keymat + done);
		done += len;
	}
	if (rc == 0) {
		memcpy(out->cipher, keymat, suite->cipher_key_len);
		memcpy(out->auth, keymat + suite->cipher_key_len, suite->auth_key_len);
	}
	sodium_memzero(keymat, sizeof(keymat));
	return rc;
}
