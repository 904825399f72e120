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
	[ESP_HMAC_MD5_96] = IMB_AUTH_MD5,
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
		/* A round key for each of 10, 12 or 14 rounds, and one in front. */
		return (suite->cipher_key_len / 4u + 7) * 16;
	case ESP_AES_GCM:
		return sizeof(struct gcm_key_data) + GCM_ALIGN;
	}
	return 0;
}

/*
 * Bytes of one HMAC state as IPsec-MB stores it; with AES-GCM: of the salt in place of the states.
 */
static size_t
state_len(const struct esp_suite *suite)
{
	switch (suite->auth) {
	case ESP_HMAC_MD5_96:
		return 16;
	case ESP_HMAC_SHA1_96:
		return 20;
	case ESP_HMAC_SHA2_256_128:
	case ESP_HMAC_SHA2_256_96:
		return 32;
	case ESP_HMAC_SHA2_384_192:
	case ESP_HMAC_SHA2_512_256:
		return HMAC_STATE_MAX;
	case ESP_GCM_16:
		return SUITE_SALT_LEN;
	}
	return 0;
}

/* Bytes in front of the key schedule. */
static size_t
states_len(const struct esp_suite *suite)
{
	return RTE_ALIGN_CEIL(2 * state_len(suite), SA_KEYS_ALIGN);
}

/* The key of 3DES as IPsec-MB takes it: pointers to its schedules. */
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

/* The hash's state after one block. */
static void
one_block(IMB_MGR *mb, enum esp_auth auth, const uint8_t *block, uint8_t *state)
{
	switch (auth) {
	case ESP_HMAC_MD5_96:
		IMB_MD5_ONE_BLOCK(mb, block, state);
		break;
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

/*
 * The states of the inner and outer hash after the key's block (RFC 2104). The key fits into a
 * block.
 */
static void
hmac_expand(IMB_MGR *mb, const struct esp_suite *suite, const uint8_t *key, uint8_t *out)
{
	uint8_t inner[HMAC_BLOCK_MAX], outer[HMAC_BLOCK_MAX];
	/* IPsec-MB may write whole registers. */
	alignas(16) uint8_t state[2 * HMAC_STATE_MAX];

	memset(inner, 0x36, sizeof(inner));
	memset(outer, 0x5c, sizeof(outer));
	for (unsigned i = 0; i < suite->auth_key_len; i++) {
		inner[i] ^= key[i];
		outer[i] ^= key[i];
	}
	one_block(mb, suite->auth, inner, state);
	one_block(mb, suite->auth, outer, state + state_len(suite));
	memcpy(out, state, 2 * state_len(suite));
	sodium_memzero(state, sizeof(state));
	sodium_memzero(inner, sizeof(inner));
	sodium_memzero(outer, sizeof(outer));
}

/* AES-GCM: round keys and powers of the hash key. Returns what a job takes as its key. */
static const void *
gcm_expand(IMB_MGR *mb, const struct esp_suite *suite, const uint8_t *key, uint8_t *out)
{
	struct gcm_key_data *data = RTE_PTR_ALIGN_CEIL((void *)out, GCM_ALIGN);

	if (suite->cipher_key_len == 16)
		IMB_AES128_GCM_PRE(mb, key, data);
	else
		IMB_AES256_GCM_PRE(mb, key, data);
	return data;
}

/* DES needs one schedule, 3DES three; decryption uses the same. */
static void
des_expand(IMB_MGR *mb, const uint8_t *key, unsigned n, uint8_t *schedules)
{
	for (unsigned i = 0; i < n; i++)
		IMB_DES_KEYSCHED(mb, (uint64_t *)(void *)(schedules + i * IMB_DES_KEY_SCHED_SIZE),
			key + 8 * i);
}

/* Writes the schedules of 3DES and the list that a job takes as its key; returns the list. */
static const void *
des3_expand(IMB_MGR *mb, const uint8_t *key, uint8_t *out)
{
	struct des3_keys *list = (struct des3_keys *)(void *)out;
	uint8_t *schedules = out + RTE_ALIGN_CEIL(sizeof(*list), SA_KEYS_ALIGN);

	des_expand(mb, key, 3, schedules);
	for (unsigned i = 0; i < 3; i++)
		list->schedule[i] = schedules + i * IMB_DES_KEY_SCHED_SIZE;
	return list;
}

/* Expands the cipher's key; returns what a job takes as its key. */
static const void *
cipher_expand(IMB_MGR *mb, const struct esp_suite *suite, const uint8_t *key, enum suite_use use,
	uint8_t *out)
{
	switch (suite->cipher) {
	case ESP_DES_CBC:
		des_expand(mb, key, 1, out);
		break;
	case ESP_3DES_CBC:
		return des3_expand(mb, key, out);
	case ESP_AES_CBC:
		aes_expand(mb, suite, key, use, out);
		break;
	case ESP_AES_GCM:
		return gcm_expand(mb, suite, key, out);
	}
	return out;
}

/* Sets what the library calls the suite in this direction. */
static void
set_id(IMB_MGR *mb, enum suite_use use, struct sa_crypto *c)
{
#if SUITE_HAS_ID
	IMB_JOB job = {
		.cipher_direction = use == SUITE_SEAL ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT,
	};

	suite_job(&job, c);
	imb_set_session(mb, &job);
	assert(job.suite_id[0] <= UINT16_MAX && job.suite_id[1] <= UINT16_MAX);
	c->id[0] = (uint16_t)job.suite_id[0];
	c->id[1] = (uint16_t)job.suite_id[1];
#else
	(void)mb;
	(void)use;
	(void)c;
#endif
}

void
suite_fill(IMB_MGR *mb, const struct esp_suite *suite, const struct esp_keys *keys,
	enum suite_use use, uint8_t *expanded, struct sa_crypto *c)
{
	size_t end = (uintptr_t)expanded % RTE_CACHE_LINE_SIZE + suite_keys_size(suite);
	const uint8_t *schedule;

	if (suite->auth == ESP_GCM_16)
		memcpy(expanded, keys->auth, SUITE_SALT_LEN);
	else
		hmac_expand(mb, suite, keys->auth, expanded);
	schedule = cipher_expand(mb, suite, keys->cipher, use, expanded + states_len(suite));
	*c = (struct sa_crypto){
		.keys = expanded,
		.schedule = (uint16_t)(schedule - expanded),
		.keys_lines = (uint8_t)((end + RTE_CACHE_LINE_SIZE - 1) / RTE_CACHE_LINE_SIZE),
		.opad = (uint8_t)state_len(suite),
		.cipher = cipher_modes[suite->cipher],
		.hash = hash_algs[suite->auth],
		.key_len = suite->cipher_key_len,
		.iv_len = suite->iv_len,
		.icv_len = suite->icv_len,
		.block = suite->block,
	};
	set_id(mb, use, c);
}

void
suite_moved(const uint8_t *from, uint8_t *expanded, struct sa_crypto *c)
{
	c->keys = expanded;
	if (c->cipher == IMB_CIPHER_DES3) {
		struct des3_keys *list = (struct des3_keys *)(void *)(expanded + c->schedule);

		for (unsigned i = 0; i < 3; i++)
			list->schedule[i] = expanded + ((const uint8_t *)list->schedule[i] - from);
	}
}
