/* SPDX-License-Identifier: BSD-3-Clause */
#include "esp_suite.h"

#include <string.h>

/*
 * The cipher's part of a suite (RFC 2407, 4.4.4; RFC 3602; RFC 4106), lengths in bytes. GCM works
 * on bytes, but ESP pads to 4 of them.
 */
#define CIPHER(c, id, bits, key, blk) \
	.cipher = c, .transform = id, .key_bits = bits, .cipher_key_len = key, .block = blk
#define CBC(c, id, bits, key, blk) CIPHER(c, id, bits, key, blk), .iv_len = blk
#define AES128                     CBC(ESP_AES_CBC, 12, 128, 16, 16)
#define AES192                     CBC(ESP_AES_CBC, 12, 192, 24, 16)
#define AES256                     CBC(ESP_AES_CBC, 12, 256, 32, 16)
#define TRIPLE_DES                 CBC(ESP_3DES_CBC, 3, 0, 24, 8)
#define DES                        CBC(ESP_DES_CBC, 2, 0, 8, 8)
#define AES128_GCM                 CIPHER(ESP_AES_GCM, 20, 128, 16, 4), .iv_len = 8
#define AES256_GCM                 CIPHER(ESP_AES_GCM, 20, 256, 32, 4), .iv_len = 8

/* The authenticator's part (RFC 2407, 4.5; RFC 2403, 2404, 4868). */
#define AUTH(a, id, key, icv) .auth = a, .ike_auth = id, .auth_key_len = key, .icv_len = icv
#define MD5                   AUTH(ESP_HMAC_MD5_96, 1, 16, 12)
#define SHA1                  AUTH(ESP_HMAC_SHA1_96, 2, 20, 12)
#define SHA256                AUTH(ESP_HMAC_SHA2_256_128, 5, 32, 16)
#define SHA256_96             AUTH(ESP_HMAC_SHA2_256_96, 5, 32, 12)
#define SHA384                AUTH(ESP_HMAC_SHA2_384_192, 6, 48, 24)
#define SHA512                AUTH(ESP_HMAC_SHA2_512_256, 7, 64, 32)
#define TAG_16                AUTH(ESP_GCM_16, 0, 4, 16)

#define WEAK .weak = true

const struct esp_suite esp_suites[] = {
	{"aes128-sha1", "AES-128-CBC/HMAC-SHA1-96", AES128, SHA1},
	{"aes192-sha1", "AES-192-CBC/HMAC-SHA1-96", AES192, SHA1},
	{"aes256-sha1", "AES-256-CBC/HMAC-SHA1-96", AES256, SHA1},
	{"aes128-sha256", "AES-128-CBC/HMAC-SHA2-256-128", AES128, SHA256},
	{"aes192-sha256", "AES-192-CBC/HMAC-SHA2-256-128", AES192, SHA256},
	{"aes256-sha256", "AES-256-CBC/HMAC-SHA2-256-128", AES256, SHA256},
	{"aes128-sha384", "AES-128-CBC/HMAC-SHA2-384-192", AES128, SHA384},
	{"aes256-sha384", "AES-256-CBC/HMAC-SHA2-384-192", AES256, SHA384},
	{"aes128-sha512", "AES-128-CBC/HMAC-SHA2-512-256", AES128, SHA512},
	{"aes256-sha512", "AES-256-CBC/HMAC-SHA2-512-256", AES256, SHA512},
	{"aes128-sha256_96", "AES-128-CBC/HMAC-SHA2-256-96", AES128, SHA256_96},
	{"aes256-sha256_96", "AES-256-CBC/HMAC-SHA2-256-96", AES256, SHA256_96},
	{"aes128gcm16", "AES-128-GCM-16", AES128_GCM, TAG_16},
	{"aes256gcm16", "AES-256-GCM-16", AES256_GCM, TAG_16},
	{"3des-sha1", "3DES-CBC/HMAC-SHA1-96", TRIPLE_DES, SHA1},
	{"3des-sha256", "3DES-CBC/HMAC-SHA2-256-128", TRIPLE_DES, SHA256},
	{"aes128-md5", "AES-128-CBC/HMAC-MD5-96", AES128, MD5, WEAK},
	{"aes256-md5", "AES-256-CBC/HMAC-MD5-96", AES256, MD5, WEAK},
	{"3des-md5", "3DES-CBC/HMAC-MD5-96", TRIPLE_DES, MD5, WEAK},
	{"des-md5", "DES-CBC/HMAC-MD5-96", DES, MD5, WEAK},
	{"des-sha1", "DES-CBC/HMAC-SHA1-96", DES, SHA1, WEAK},
};

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

		/* RFC 3602, 5.3 requires a key length for AES; peers that omit it mean 128. */
		if (s->transform == transform && s->ike_auth == ike_auth &&
			(s->key_bits == key_bits ||
				(key_bits == 0 && transform == 12 && s->key_bits == 128)))
			return s;
	}
	return NULL;
}
