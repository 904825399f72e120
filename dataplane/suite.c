/* SPDX-License-Identifier: BSD-3-Clause */
#include "suite.h"

#include <string.h>
#include <sodium.h>

#define AES_SCHEDULE_MAX (15 * 16)
#define HMAC_BLOCK       64 /* of SHA-1 and SHA-256 */

static const uint8_t cipher_modes[] = {
	[ESP_DES_CBC] = IMB_CIPHER_DES,
	[ESP_3DES_CBC] = IMB_CIPHER_DES3,
	[ESP_AES_CBC] = IMB_CIPHER_CBC,
};

static const uint8_t hash_algs[] = {
	[ESP_HMAC_SHA1_96] = IMB_AUTH_HMAC_SHA_1,
	[ESP_HMAC_SHA2_256_128] = IMB_AUTH_HMAC_SHA_256,
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
	}
	return 0;
}

size_t
suite_keys_size(const struct esp_suite *suite)
{
	return sizeof(struct sa_keys) + schedule_len(suite);
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

/* The states of inner and outer hash after the key's block (RFC 2104). The key fits into a block. */
static void
hmac_expand(IMB_MGR *mb, const struct esp_suite *suite, const uint8_t *key, struct sa_keys *out)
{
	uint8_t inner[HMAC_BLOCK], outer[HMAC_BLOCK];

	memset(inner, 0x36, sizeof(inner));
	memset(outer, 0x5c, sizeof(outer));
	for (unsigned i = 0; i < suite->auth_key_len; i++) {
		inner[i] ^= key[i];
		outer[i] ^= key[i];
	}
	if (suite->auth == ESP_HMAC_SHA1_96) {
		IMB_SHA1_ONE_BLOCK(mb, inner, out->ipad);
		IMB_SHA1_ONE_BLOCK(mb, outer, out->opad);
	} else {
		IMB_SHA256_ONE_BLOCK(mb, inner, out->ipad);
		IMB_SHA256_ONE_BLOCK(mb, outer, out->opad);
	}
	sodium_memzero(inner, sizeof(inner));
	sodium_memzero(outer, sizeof(outer));
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
	if (suite->cipher == ESP_AES_CBC)
		aes_expand(mb, suite, keys->cipher, use, expanded->schedule);
	else
		des_expand(mb, keys->cipher, suite->cipher == ESP_3DES_CBC ? 3 : 1, expanded);
	hmac_expand(mb, suite, keys->auth, expanded);
	*c = (struct sa_crypto){
		.keys = expanded,
		.keys_len = (uint16_t)suite_keys_size(suite),
		.cipher = cipher_modes[suite->cipher],
		.hash = hash_algs[suite->auth],
		.key_len = suite->cipher_key_len,
		.iv_len = suite->iv_len,
		.icv_len = suite->icv_len,
		.block = suite->block,
	};
	/* 3DES takes a list of schedules, the others a schedule. */
	c->schedule = suite->cipher == ESP_3DES_CBC ? (const void *)expanded->des
						    : expanded->schedule;
}
