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

/* Bytes of one of HMAC's states. */
static size_t
state_len(const struct esp_suite *suite)
{
	return suite->auth == ESP_HMAC_SHA1_96 ? 20 : 32;
}

/* Bytes before the schedule. */
static size_t
states_len(const struct esp_suite *suite)
{
	return RTE_ALIGN_CEIL(2 * state_len(suite), SA_KEYS_ALIGN);
}

/* What IPsec-MB takes as the key of 3DES: pointers to its schedules. */
struct des3_keys {
	const void *schedule[3];
};

static size_t
des3_keys_len(const struct esp_suite *suite)
{
	return suite->cipher == ESP_3DES_CBC
		       ? RTE_ALIGN_CEIL(sizeof(struct des3_keys), SA_KEYS_ALIGN)
		       : 0;
}

size_t
suite_keys_size(const struct esp_suite *suite)
{
	return states_len(suite) + des3_keys_len(suite) + schedule_len(suite);
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
hmac_expand(IMB_MGR *mb, const struct esp_suite *suite, const uint8_t *key, uint8_t *out)
{
	uint8_t inner[HMAC_BLOCK], outer[HMAC_BLOCK];
	/* IPsec-MB may write whole registers. */
	alignas(16) uint8_t state[2 * HMAC_BLOCK];

	memset(inner, 0x36, sizeof(inner));
	memset(outer, 0x5c, sizeof(outer));
	for (unsigned i = 0; i < suite->auth_key_len; i++) {
		inner[i] ^= key[i];
		outer[i] ^= key[i];
	}
	if (suite->auth == ESP_HMAC_SHA1_96) {
		IMB_SHA1_ONE_BLOCK(mb, inner, state);
		IMB_SHA1_ONE_BLOCK(mb, outer, state + state_len(suite));
	} else {
		IMB_SHA256_ONE_BLOCK(mb, inner, state);
		IMB_SHA256_ONE_BLOCK(mb, outer, state + state_len(suite));
	}
	memcpy(out, state, 2 * state_len(suite));
	sodium_memzero(state, sizeof(state));
	sodium_memzero(inner, sizeof(inner));
	sodium_memzero(outer, sizeof(outer));
}

/* DES needs one schedule, 3DES three; decryption takes the same. */
static void
des_expand(IMB_MGR *mb, const uint8_t *key, unsigned n, uint8_t *schedules)
{
	for (unsigned i = 0; i < n; i++)
		IMB_DES_KEYSCHED(mb, (uint64_t *)(void *)(schedules + i * IMB_DES_KEY_SCHED_SIZE),
			key + 8 * i);
}

/* 3DES takes a list of schedules, the others a schedule. */
static const void *
key_of(const struct esp_suite *suite, uint8_t *at, const uint8_t *schedules)
{
	struct des3_keys *list = (struct des3_keys *)(void *)at;

	if (suite->cipher != ESP_3DES_CBC)
		return schedules;
	for (unsigned i = 0; i < 3; i++)
		list->schedule[i] = schedules + i * IMB_DES_KEY_SCHED_SIZE;
	return list;
}

void
suite_fill(IMB_MGR *mb, const struct esp_suite *suite, const struct esp_keys *keys,
	enum suite_use use, uint8_t *expanded, struct sa_crypto *c)
{
	uint8_t *list = expanded + states_len(suite), *schedules = list + des3_keys_len(suite);
	size_t end = (uintptr_t)expanded % RTE_CACHE_LINE_SIZE + suite_keys_size(suite);

	hmac_expand(mb, suite, keys->auth, expanded);
	if (suite->cipher == ESP_AES_CBC)
		aes_expand(mb, suite, keys->cipher, use, schedules);
	else
		des_expand(mb, keys->cipher, suite->cipher == ESP_3DES_CBC ? 3 : 1, schedules);
	*c = (struct sa_crypto){
		.keys = expanded,
		.schedule = key_of(suite, list, schedules),
		.keys_lines = (uint8_t)((end + RTE_CACHE_LINE_SIZE - 1) / RTE_CACHE_LINE_SIZE),
		.opad = (uint8_t)state_len(suite),
		.cipher = cipher_modes[suite->cipher],
		.hash = hash_algs[suite->auth],
		.key_len = suite->cipher_key_len,
		.iv_len = suite->iv_len,
		.icv_len = suite->icv_len,
		.block = suite->block,
	};
}
