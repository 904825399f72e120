/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/cbc.h"
#include "unit.h"

#define SP800_38A_PLAIN                                                    \
	"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51" \
	"30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"

/* AES: NIST SP 800-38A, F.2. DES: FIPS 81, appendix C. 3DES: checked with the openssl command. */
static const struct {
	enum cbc_id cipher;
	const char *key, *iv, *plain, *coded;
} vectors[] = {
	{CBC_AES, "2b7e151628aed2a6abf7158809cf4f3c", "000102030405060708090a0b0c0d0e0f",
		SP800_38A_PLAIN,
		"7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
		"73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7"},
	{CBC_AES, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
		"000102030405060708090a0b0c0d0e0f", SP800_38A_PLAIN,
		"4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"
		"571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd"},
	{CBC_AES, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
		"000102030405060708090a0b0c0d0e0f", SP800_38A_PLAIN,
		"f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
		"39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b"},
	{CBC_DES, "0123456789abcdef", "1234567890abcdef",
		"4e6f77206973207468652074696d6520666f7220616c6c20",
		"e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6"},
	{CBC_3DES, "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210", "fedcba9876543210",
		"37363534333231204e6f77206973207468652074696d6520666f722000000000",
		"3fe301c962ac01d02213763c1cbd4cdc799657c064ecf5d41c673812cfde9675"},
};

static void
known_answers(void **state)
{
	uint8_t key[CBC_KEY_MAX], iv[CBC_BLOCK_MAX], iv_kept[CBC_BLOCK_MAX];
	uint8_t plain[64], coded[64], out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		enum cbc_id c = vectors[i].cipher;
		size_t key_len = unit_hex(vectors[i].key, key, sizeof(key));
		size_t len = unit_hex(vectors[i].plain, plain, sizeof(plain));

		assert_int_equal(unit_hex(vectors[i].iv, iv, sizeof(iv)), cbc_block(c));
		memcpy(iv_kept, iv, sizeof(iv));
		unit_hex(vectors[i].coded, coded, sizeof(coded));
		assert_int_equal(cbc_encrypt(c, key, key_len, iv, plain, len, out), 0);
		assert_memory_equal(out, coded, len);
		assert_int_equal(cbc_decrypt(c, key, key_len, iv, coded, len, out), 0);
		assert_memory_equal(out, plain, len);
		/* In place; the initialization vector is not changed. */
		assert_int_equal(cbc_encrypt(c, key, key_len, iv, out, len, out), 0);
		assert_memory_equal(out, coded, len);
		assert_int_equal(cbc_decrypt(c, key, key_len, iv, out, len, out), 0);
		assert_memory_equal(out, plain, len);
		assert_memory_equal(iv, iv_kept, cbc_block(c));
	}
}

static void
lengths_refused(void **state)
{
	uint8_t key[CBC_KEY_MAX + 1] = {0}, iv[CBC_BLOCK_MAX] = {0}, in[32] = {0}, out[32];

	(void)state;
	for (size_t k = 0; k <= sizeof(key); k++) {
		int aes = k == 16 || k == 24 || k == 32 ? 0 : -EINVAL;

		assert_int_equal(cbc_encrypt(CBC_AES, key, k, iv, in, 32, out), aes);
		assert_int_equal(
			cbc_decrypt(CBC_3DES, key, k, iv, in, 32, out), k == 24 ? 0 : -EINVAL);
		assert_int_equal(
			cbc_decrypt(CBC_DES, key, k, iv, in, 32, out), k == 8 ? 0 : -EINVAL);
	}
	for (size_t n = 0; n <= sizeof(in); n++) {
		int aes = n % 16 == 0 ? 0 : -EINVAL, des = n % 8 == 0 ? 0 : -EINVAL;

		assert_int_equal(cbc_decrypt(CBC_AES, key, 16, iv, in, n, out), aes);
		assert_int_equal(cbc_encrypt(CBC_3DES, key, 24, iv, in, n, out), des);
	}
	assert_int_equal(cbc_encrypt((enum cbc_id)0, key, 16, iv, in, 16, out), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(lengths_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
