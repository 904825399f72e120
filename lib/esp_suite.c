/* SPDX-License-Identifier: BSD-3-Clause */
#include "esp_suite.h"

#include <string.h>

/* clang-format off */
#define SUITE(n, s, c, a, t, ia, bits, ck, ak, blk, icv, wk)                                   \
	{.name = n, .show = s, .cipher = c, .auth = a, .transform = t, .ike_auth = ia,         \
	 .key_bits = bits, .cipher_key_len = ck, .auth_key_len = ak, .block = blk,             \
	 .iv_len = blk, .icv_len = icv, .weak = wk}
#define GCM(n, s, bits, ck)                                                                    \
	{.name = n, .show = s, .cipher = ESP_AES_GCM, .auth = ESP_GCM_16, .transform = 20,    \
	 .key_bits = bits, .cipher_key_len = ck, .auth_key_len = 4, .block = 4, .iv_len = 8,  \
	 .icv_len = 16}

const struct esp_suite esp_suites[] = {
	/*    name             shown as                             cipher        auth                   ID  attr bits  keys    blk icv */
	SUITE("aes128-sha1",   "AES-128-CBC/HMAC-SHA1-96",          ESP_AES_CBC,  ESP_HMAC_SHA1_96,      12, 2,   128, 16, 20, 16, 12, false),
	SUITE("aes192-sha1",   "AES-192-CBC/HMAC-SHA1-96",          ESP_AES_CBC,  ESP_HMAC_SHA1_96,      12, 2,   192, 24, 20, 16, 12, false),
	SUITE("aes256-sha1",   "AES-256-CBC/HMAC-SHA1-96",          ESP_AES_CBC,  ESP_HMAC_SHA1_96,      12, 2,   256, 32, 20, 16, 12, false),
	SUITE("aes128-sha256", "AES-128-CBC/HMAC-SHA2-256-128",     ESP_AES_CBC,  ESP_HMAC_SHA2_256_128, 12, 5,   128, 16, 32, 16, 16, false),
	SUITE("aes192-sha256", "AES-192-CBC/HMAC-SHA2-256-128",     ESP_AES_CBC,  ESP_HMAC_SHA2_256_128, 12, 5,   192, 24, 32, 16, 16, false),
	SUITE("aes256-sha256", "AES-256-CBC/HMAC-SHA2-256-128",     ESP_AES_CBC,  ESP_HMAC_SHA2_256_128, 12, 5,   256, 32, 32, 16, 16, false),
	SUITE("aes128-sha384",   "AES-128-CBC/HMAC-SHA2-384-192",     ESP_AES_CBC,  ESP_HMAC_SHA2_384_192, 12, 6,   128, 16, 48, 16, 24, false),
	SUITE("aes256-sha384",   "AES-256-CBC/HMAC-SHA2-384-192",     ESP_AES_CBC,  ESP_HMAC_SHA2_384_192, 12, 6,   256, 32, 48, 16, 24, false),
	SUITE("aes128-sha512",   "AES-128-CBC/HMAC-SHA2-512-256",     ESP_AES_CBC,  ESP_HMAC_SHA2_512_256, 12, 7,   128, 16, 64, 16, 32, false),
	SUITE("aes256-sha512",   "AES-256-CBC/HMAC-SHA2-512-256",     ESP_AES_CBC,  ESP_HMAC_SHA2_512_256, 12, 7,   256, 32, 64, 16, 32, false),
	SUITE("aes128-sha256_96", "AES-128-CBC/HMAC-SHA2-256-96",      ESP_AES_CBC,  ESP_HMAC_SHA2_256_96,  12, 5,   128, 16, 32, 16, 12, false),
	SUITE("aes256-sha256_96", "AES-256-CBC/HMAC-SHA2-256-96",      ESP_AES_CBC,  ESP_HMAC_SHA2_256_96,  12, 5,   256, 32, 32, 16, 12, false),
	GCM("aes128gcm16",     "AES-128-GCM-16", 128, 16),
	GCM("aes256gcm16",     "AES-256-GCM-16", 256, 32),
	SUITE("3des-sha1",     "3DES-CBC/HMAC-SHA1-96",             ESP_3DES_CBC, ESP_HMAC_SHA1_96,       3, 2,     0, 24, 20,  8, 12, false),
	SUITE("3des-sha256",   "3DES-CBC/HMAC-SHA2-256-128",        ESP_3DES_CBC, ESP_HMAC_SHA2_256_128,  3, 5,     0, 24, 32,  8, 16, false),
	SUITE("aes128-md5",    "AES-128-CBC/HMAC-MD5-96",           ESP_AES_CBC,  ESP_HMAC_MD5_96,       12, 1,   128, 16, 16, 16, 12, true),
	SUITE("aes256-md5",    "AES-256-CBC/HMAC-MD5-96",           ESP_AES_CBC,  ESP_HMAC_MD5_96,       12, 1,   256, 32, 16, 16, 12, true),
	SUITE("3des-md5",      "3DES-CBC/HMAC-MD5-96",              ESP_3DES_CBC, ESP_HMAC_MD5_96,        3, 1,     0, 24, 16,  8, 12, true),
	SUITE("des-md5",       "DES-CBC/HMAC-MD5-96",               ESP_DES_CBC,  ESP_HMAC_MD5_96,        2, 1,     0,  8, 16,  8, 12, true),
	SUITE("des-sha1",      "DES-CBC/HMAC-SHA1-96",              ESP_DES_CBC,  ESP_HMAC_SHA1_96,       2, 2,     0,  8, 20,  8, 12, true),
};
/* clang-format on */

const size_t esp_n_suites = sizeof(esp_suites) / sizeof(esp_suites[0]);

const struct esp_suite *
esp_suite_find(const char *name)
{
	for (size_t i = 0; i < esp_n_suites; i++)
		if (strcmp(esp_suites[i].name, name) == 0)
			return &esp_suites[i];
	return NULL;
}

bool
esp_suite_same_offer(const struct esp_suite *a, const struct esp_suite *b)
{
	return a->transform == b->transform && a->key_bits == b->key_bits &&
	       a->ike_auth == b->ike_auth;
}

const struct esp_suite *
esp_suite_match(uint8_t transform, uint16_t key_bits, uint16_t ike_auth)
{
	for (size_t i = 0; i < esp_n_suites; i++) {
		const struct esp_suite *s = &esp_suites[i];

		/* RFC 3602, 5.3 wants AES's key length said; who leaves it out means 128. */
		if (s->transform == transform && s->ike_auth == ike_auth &&
			(s->key_bits == key_bits ||
				(key_bits == 0 && transform == 12 && s->key_bits == 128)))
			return s;
	}
	return NULL;
}
