/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ESP transforms as data: what IKE negotiates, the configuration names and the data plane runs.
 * Adding a cipher starts with a row here.
 */
#ifndef ESP_SUITE_H
#define ESP_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum esp_cipher {
	ESP_DES_CBC,
	ESP_3DES_CBC,
	ESP_AES_CBC,
	ESP_AES_GCM, /* RFC 4106: authenticates by itself */
};

enum esp_auth {
	ESP_HMAC_MD5_96,
	ESP_HMAC_SHA1_96,
	ESP_HMAC_SHA2_256_128,
	ESP_HMAC_SHA2_384_192,
	ESP_HMAC_SHA2_512_256,
	ESP_HMAC_SHA2_256_96, /* the draft before RFC 4868: Linux before 2.6.36, so old Androids */
	ESP_GCM_16, /* the cipher's own tag */
};

struct esp_suite {
	const char *name; /* "aes128-sha1" */
	const char *show; /* "AES-128-CBC/HMAC-SHA1-96" */
	enum esp_cipher cipher;
	enum esp_auth auth;
	uint8_t transform; /* ESP transform ID (RFC 2407, 4.4.4) */
	uint8_t ike_auth; /* value of the Authentication Algorithm attribute (RFC 2407, 4.5) */
	uint16_t key_bits; /* value of the Key Length attribute; 0 when the cipher has only one */
	uint8_t cipher_key_len,
		auth_key_len; /* bytes; of AES-GCM the latter is the salt (RFC 4106, 8.1) */
	uint8_t block, iv_len, icv_len; /* bytes; what is encrypted is padded to whole blocks */
	bool weak; /* allowed only when the configuration says so */
};

#define ESP_CIPHER_KEY_MAX 32
#define ESP_AUTH_KEY_MAX   64

/* Keys of one direction, as KEYMAT gives them: the cipher's first, then the authenticator's. */
struct esp_keys {
	uint8_t cipher[ESP_CIPHER_KEY_MAX];
	uint8_t auth[ESP_AUTH_KEY_MAX];
};

/* All suites, in no order of preference. */
extern const struct esp_suite esp_suites[];
extern const size_t esp_n_suites;

/* By name; NULL when there is none. */
const struct esp_suite *esp_suite_find(const char *name);

/*
 * By what the peer's transform says; NULL when it is none of ours. key_bits 0: attribute absent.
 * HMAC-SHA2-256 is found with 128 bits: the other truncation has no number of its own.
 */
const struct esp_suite *esp_suite_match(uint8_t transform, uint16_t key_bits, uint16_t ike_auth);

/* Whether a peer that offers one may mean the other: all that is said about them is the same. */
bool esp_suite_same_offer(const struct esp_suite *a, const struct esp_suite *b);

#endif
