/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "esp_suite.h"

/* The properties of each cipher and authenticator, from their RFCs, to compare each row with. */
static const struct {
	enum esp_cipher cipher;
	const char *name, *show;
	uint8_t transform, block; /* RFC 2407, 4.4.4 */
	uint8_t key_min, key_max;
	bool variable, weak;
} ciphers[] = {
	{ESP_DES_CBC, "des", "DES", 2, 8, 8, 8, false, true},
	{ESP_3DES_CBC, "3des", "3DES", 3, 8, 24, 24, false, false},
	{ESP_AES_CBC, "aes", "AES", 12, 16, 16, 32, true, false},
	{ESP_AES_GCM, "aes", "AES", 20, 4, 16, 32, true, false},
};

static const struct {
	enum esp_auth auth;
	const char *name, *show;
	uint8_t attribute, key, icv; /* RFC 2403, 2404; RFC 4868, 2.6; attribute values of IANA */
} auths[] = {
	{ESP_HMAC_MD5_96, "-md5", "-CBC/HMAC-MD5-96", 1, 16, 12},
	{ESP_HMAC_SHA1_96, "-sha1", "-CBC/HMAC-SHA1-96", 2, 20, 12},
	{ESP_HMAC_SHA2_256_128, "-sha256", "-CBC/HMAC-SHA2-256-128", 5, 32, 16},
	{ESP_HMAC_SHA2_384_192, "-sha384", "-CBC/HMAC-SHA2-384-192", 6, 48, 24},
	{ESP_HMAC_SHA2_512_256, "-sha512", "-CBC/HMAC-SHA2-512-256", 7, 64, 32},
	{ESP_HMAC_SHA2_256_96, "-sha256_96", "-CBC/HMAC-SHA2-256-96", 5, 32, 12},
	{ESP_GCM_16, "gcm16", "-GCM-16", 0, 4, 16}, /* RFC 4106: no attribute, a salt */
};

static void
rows_are_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < esp_n_suites; i++) {
		const struct esp_suite *s = &esp_suites[i];
		char name[32], show[64];

		assert_int_equal(ciphers[s->cipher].cipher, s->cipher);
		assert_int_equal(auths[s->auth].auth, s->auth);
		assert_int_equal(s->transform, ciphers[s->cipher].transform);
		assert_int_equal(s->block, ciphers[s->cipher].block);
		assert_int_equal(s->iv_len, s->cipher == ESP_AES_GCM ? 8 : s->block);
		assert_in_range(
			s->cipher_key_len, ciphers[s->cipher].key_min, ciphers[s->cipher].key_max);
		assert_int_equal(
			s->key_bits, ciphers[s->cipher].variable ? s->cipher_key_len * 8 : 0);
		assert_int_equal(s->weak, ciphers[s->cipher].weak || s->auth == ESP_HMAC_MD5_96);
		assert_int_equal(s->ike_auth, auths[s->auth].attribute);
		assert_int_equal(s->auth_key_len, auths[s->auth].key);
		assert_int_equal(s->icv_len, auths[s->auth].icv);
		assert_true(s->cipher_key_len <= ESP_CIPHER_KEY_MAX);
		assert_true(s->auth_key_len <= ESP_AUTH_KEY_MAX);

		if (s->key_bits) {
			snprintf(name, sizeof(name), "aes%u%s", s->key_bits, auths[s->auth].name);
			snprintf(show, sizeof(show), "AES-%u%s", s->key_bits, auths[s->auth].show);
		} else {
			snprintf(name, sizeof(name), "%s%s", ciphers[s->cipher].name,
				auths[s->auth].name);
			snprintf(show, sizeof(show), "%s%s", ciphers[s->cipher].show,
				auths[s->auth].show);
		}
		assert_string_equal(s->name, name);
		assert_string_equal(s->show, show);
	}
}

/* Each row is found by its name and by its numbers, which are therefore unique. */
static void
rows_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < esp_n_suites; i++) {
		const struct esp_suite *s = &esp_suites[i], *match;

		assert_ptr_equal(esp_suite_find(s->name), s);
		match = esp_suite_match(s->transform, s->key_bits, s->ike_auth);
		assert_true(esp_suite_same_offer(match, s));
		/* Except for the old truncation, which must not be preferred. */
		assert_true(match == s || s->auth == ESP_HMAC_SHA2_256_96);
	}
	assert_null(esp_suite_find("aes128"));
	assert_null(esp_suite_find("AES128-SHA1"));
	assert_null(esp_suite_find(""));
}

static void
offers(void **state)
{
	static const struct {
		uint8_t transform;
		uint16_t key_bits, auth;
		const char *name; /* NULL: not supported */
	} cases[] = {
		{12, 0, 2, "aes128-sha1"}, /* AES without a key length */
		{12, 0, 5, "aes128-sha256"},
		{12, 16, 2, NULL}, /* bytes instead of bits */
		{12, 512, 2, NULL},
		{12, 256, 7, "aes256-sha512"},
		{20, 256, 0, "aes256gcm16"},
		{20, 256, 5, NULL}, /* AES-GCM with a second authenticator */
		{18, 256, 0, NULL}, /* with a tag of 8 bytes */
		{12, 128, 1, "aes128-md5"},
		{12, 192, 1, NULL},
		{12, 128, 0, NULL}, /* no authentication at all */
		{12, 128, 258, NULL}, /* 2 in its lower byte */
		{3, 192, 2, NULL}, /* a cipher with a single key length has no such attribute */
		{2, 0, 5, NULL},
		{11, 0, 2, NULL}, /* ESP_NULL */
		{0, 0, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct esp_suite *s = esp_suite_match(
			cases[i].transform, cases[i].key_bits, cases[i].auth);

		if (cases[i].name == NULL) {
			assert_null(s);
		} else {
			assert_non_null(s);
			assert_string_equal(s->name, cases[i].name);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_right),
		cmocka_unit_test(rows_are_found),
		cmocka_unit_test(offers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
