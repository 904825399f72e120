/* SPDX-License-Identifier: BSD-3-Clause */
#include "suite.h"

#include <string.h>
#include <rte_common.h>
#include <sodium.h>

#define AES_SCHEDULE_MAX (15 * 16)
#define HMAC_BLOCK_MAX   128 /* of SHA-384 and SHA-512 */
#define HMAC_STATE_MAX   64
#define GCM_ALIGN        64

static const uint8_t cipher_modes[] = {
	[ESP_DES_CBC] = IMB_CIPHER_DES,
	[ESP_3DES_CBC] = IMB_CIPHER_DES3,
	[ESP_AES_CBC] = IMB_CIPHER_CBC,
	[ESP_AES_GCM] = IMB_CIPHER_GCM,
};

static const uint8_t hash_algs[] = {
	[ESP_HMAC_SHA1_96] = IMB_AUTH_HMAC_SHA_1,
	[ESP_HMAC_SHA2_256_128] = IMB_AUTH_HMAC_SHA_256,
	[ESP_HMAC_SHA2_384_192] = IMB_AUTH_HMAC_SHA_384,
	[ESP_HMAC_SHA2_512_256] = IMB_AUTH_HMAC_SHA_512,
	[ESP_HMAC_SHA2_256_96] = IMB_AUTH_HMAC_SHA_256,
	[ESP_GCM_16] = IMB_AUTH_AES_GMAC,
};

static size_t
schedule_len(const struct esp_suite *suite)
{
	switch (suite->cipher) {
	case ESP_DES_CBC:
		return IMB_DES_KEY_SCHED_SIZE;
	case ESP_3DES_CBC:
		return 3 * IMB_DES_KEY_SCHED_SIZE;
	case ESP_AES_CBC:
		/* A round key for each of 10, 12 or 14 rounds, and one before. */
		return (suite->cipher_key_len / 4u + 7) * 16;
	case ESP_AES_GCM:
		return sizeof(struct gcm_key_data) + GCM_ALIGN;
	}
	return 0;
}

/* Whether both states of the HMAC do not fit into sa_keys.auth: 64 bytes each, of SHA-384 and SHA-512. */
static bool
is_wide(const struct esp_suite *suite)
{
	return suite->auth == ESP_HMAC_SHA2_384_192 || suite->auth == ESP_HMAC_SHA2_512_256;
}

size_t
suite_keys_size(const struct esp_suite *suite)
{
	return sizeof(struct sa_keys) + schedule_len(suite) + (is_wide(suite) ? HMAC_STATE_MAX : 0);
}

static void
aes_expand(IMB_MGR *mb, const struct esp_suite *suite, const uint8_t *key, enum suite_use use,
	uint8_t *out)
{
	alignas(16) uint8_t enc[AES_SCHEDULE_MAX], dec[AES_SCHEDULE_MAX];

	switch (suite->cipher_key_len) {
	case 16:
		IMB_AES_KEYEXP_128(mb, key, enc, dec);
		break;
	case 24:
		IMB_AES_KEYEXP_192(mb, key, enc, dec);
		break;
	default:
		IMB_AES_KEYEXP_256(mb, key, enc, dec);
		break;
	}
	memcpy(out, use == SUITE_SEAL ? enc : dec, schedule_len(suite));
	sodium_memzero(enc, sizeof(enc));
	sodium_memzero(dec, sizeof(dec));
}

/* The state of the hash after one block. */
static void
one_block(IMB_MGR *mb, enum esp_auth auth, const uint8_t *block, uint8_t *state)
{
	switch (auth) {
	case ESP_HMAC_SHA1_96:
		IMB_SHA1_ONE_BLOCK(mb, block, state);
		break;
	case ESP_HMAC_SHA2_256_128:
	case ESP_HMAC_SHA2_256_96:
		IMB_SHA256_ONE_BLOCK(mb, block, state);
		break;
	case ESP_HMAC_SHA2_384_192:
		IMB_SHA384_ONE_BLOCK(mb, block, state);
		break;
	case ESP_HMAC_SHA2_512_256:
		IMB_SHA512_ONE_BLOCK(mb, block, state);
		break;
	case ESP_GCM_16:
		break;
	}
}

/* The states of inner and outer hash after the key's block (RFC 2104). The key fits into a block. */
static void
hmac_expand(IMB_MGR *mb, const struct esp_suite *suite, const uint8_t *key, struct sa_keys *out)
{
	uint8_t inner[HMAC_BLOCK_MAX], outer[HMAC_BLOCK_MAX];
	uint8_t *opad = is_wide(suite) ? out->schedule + schedule_len(suite)
				       : out->auth + HMAC_STATE_MAX / 2;

	memset(inner, 0x36, sizeof(inner));
	memset(outer, 0x5c, sizeof(outer));
	for (unsigned i = 0; i < suite->auth_key_len; i++) {
		inner[i] ^= key[i];
		outer[i] ^= key[i];
	}
	one_block(mb, suite->auth, inner, out->auth);
	one_block(mb, suite->auth, outer, opad);
	out->opad = opad;
	sodium_memzero(inner, sizeof(inner));
	sodium_memzero(outer, sizeof(outer));
}

/* AES-GCM: round keys and powers of the hash key, and the salt. Returns what a job takes as its key. */
static const void *
gcm_expand(IMB_MGR *mb, const struct esp_suite *suite, const struct esp_keys *keys,
	struct sa_keys *out)
{
	struct gcm_key_data *data = RTE_PTR_ALIGN_CEIL((void *)out->schedule, GCM_ALIGN);

	if (suite->cipher_key_len == 16)
		IMB_AES128_GCM_PRE(mb, keys->cipher, data);
	else
		IMB_AES256_GCM_PRE(mb, keys->cipher, data);
	memcpy(out->auth, keys->auth, SUITE_SALT_LEN);
	return data;
}

/* DES needs one schedule, 3DES three; decryption takes the same. */
static void
des_expand(IMB_MGR *mb, const uint8_t *key, unsigned n, struct sa_keys *out)
{
	for (unsigned i = 0; i < n; i++) {
		uint8_t *schedule = out->schedule + i * IMB_DES_KEY_SCHED_SIZE;

		IMB_DES_KEYSCHED(mb, (uint64_t *)(void *)schedule, key + 8 * i);
		out->des[i] = schedule;
	}
}

void
suite_fill(IMB_MGR *mb, const struct esp_suite *suite, const struct esp_keys *keys,
	enum suite_use use, struct sa_keys *expanded, struct sa_crypto *c)
{
	const void *schedule = expanded->schedule;

	switch (suite->cipher) {
	case ESP_DES_CBC:
		des_expand(mb, keys->cipher, 1, expanded);
		break;
	case ESP_3DES_CBC:
		des_expand(mb, keys->cipher, 3, expanded);
		/* It takes a list of schedules, the others a schedule. */
		schedule = expanded->des;
		break;
	case ESP_AES_CBC:
		aes_expand(mb, suite, keys->cipher, use, expanded->schedule);
		break;
	case ESP_AES_GCM:
		schedule = gcm_expand(mb, suite, keys, expanded);
		break;
	}
	if (suite->auth != ESP_GCM_16)
		hmac_expand(mb, suite, keys->auth, expanded);
	*c = (struct sa_crypto){
		.keys = expanded,
		.schedule = schedule,
		.keys_len = (uint16_t)suite_keys_size(suite),
		.cipher = cipher_modes[suite->cipher],
		.hash = hash_algs[suite->auth],
		.key_len = suite->cipher_key_len,
		.iv_len = suite->iv_len,
		.icv_len = suite->icv_len,
		.block = suite->block,
	};
}
