/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ESP suites as data: IKE negotiates them, the configuration names them, the data plane runs
 * them. A new cipher starts with a row here.
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
	ESP_AES_GCM, /* RFC 4106: also authenticates */
};

enum esp_auth {
	ESP_HMAC_MD5_96,
	ESP_HMAC_SHA1_96,
	ESP_HMAC_SHA2_256_128,
	ESP_HMAC_SHA2_384_192,
	ESP_HMAC_SHA2_512_256,
	ESP_HMAC_SHA2_256_96, /* the draft of RFC 4868: Linux before 2.6.36, hence old Android */
	ESP_GCM_16, /* the cipher's own tag */
};

struct esp_suite {
	const char *name; /* in the configuration: "aes128-sha1" */
	const char *show; /* for people: "AES-128-CBC/HMAC-SHA1-96" */
	enum esp_cipher cipher;
	enum esp_auth auth;
	uint8_t transform; /* ESP transform ID (RFC 2407, 4.4.4) */
	uint8_t ike_auth; /* value of the Authentication Algorithm attribute (RFC 2407, 4.5) */
	uint16_t key_bits; /* value of the Key Length attribute; 0 when the cipher has only one */
	uint8_t cipher_key_len; /* bytes */
	uint8_t auth_key_len; /* bytes; the salt for AES-GCM (RFC 4106, 8.1) */
	uint8_t block; /* bytes; the plaintext is padded to whole blocks */
	uint8_t iv_len; /* bytes */
	uint8_t icv_len; /* bytes */
	bool weak; /* refused unless the configuration allows weak suites */
};

#define ESP_CIPHER_KEY_MAX 32
#define ESP_AUTH_KEY_MAX   64

/* Keys of one direction, in the order of KEYMAT: the cipher's, then the authenticator's. */
struct esp_keys {
	uint8_t cipher[ESP_CIPHER_KEY_MAX];
	uint8_t auth[ESP_AUTH_KEY_MAX];
};

/* All suites, in no order of preference. */
extern const struct esp_suite esp_suites[];
extern const size_t esp_n_suites;

/* The suite with a configuration name; NULL if there is none. */
const struct esp_suite *esp_suite_find(const char *name);

/*
 * The suite that a peer's transform describes; NULL if we do not know it. key_bits is 0 if the
 * attribute is absent. HMAC-SHA2-256 is found with the 128-bit truncation; the 96-bit one has no
 * number of its own.
 */
const struct esp_suite *esp_suite_match(uint8_t transform, uint16_t key_bits, uint16_t ike_auth);

/*
 * Whether both suites look the same in an offer, so that a peer that offers one may mean the other.
 */
bool esp_suite_same_offer(const struct esp_suite *a, const struct esp_suite *b);

#endif
