/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/prf.h"
#include "unit.h"

static const enum hash_id all[] = {HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512};

#define N_ALL (sizeof(all) / sizeof(all[0]))

/* clang-format off */
static const struct {
	const char *name;
	size_t len;
	const char *of_nothing, *of_abc; /* RFC 1321, A.5; FIPS 180 examples */
} hashes[N_ALL] = {
	{"md5", 16,
		"d41d8cd98f00b204e9800998ecf8427e",
		"900150983cd24fb0d6963f7d28e17f72"},
	{"sha1", 20,
		"da39a3ee5e6b4b0d3255bfef95601890afd80709",
		"a9993e364706816aba3e25717850c26c9cd0d89d"},
	{"sha256", 32,
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{"sha384", 48,
		"38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
		"274edebfe76f65fbd51ad2f14898b95b",
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		"8086072ba1e7cc2358baeca134c825a7"},
	{"sha512", 64,
		"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
		"47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

/*
 * RFC 2202 (MD5, SHA-1) and RFC 4231. The last one of each hash, with an empty key and no data, is
 * from Python's hmac.
 */
static const struct {
	enum hash_id hash;
	uint8_t key_byte; /* key_len times; 0: the key is "Jefe" */
	size_t key_len;
	const char *data;
	const char *mac;
} macs[] = {
	{HASH_MD5, 0x0b, 16, "Hi There", "9294727a3638bb1c13f48ef8158bfc9d"},
	{HASH_MD5, 0, 4, "what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738"},
	{HASH_MD5, 0xaa, 80, "Test Using Larger Than Block-Size Key - Hash Key First",
		"6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"},
	{HASH_MD5, 0, 0, "", "74e6f7298a9c2d168935f58c001bad88"},
	{HASH_SHA1, 0x0b, 20, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"},
	{HASH_SHA1, 0, 4, "what do ya want for nothing?",
		"effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
	{HASH_SHA1, 0xaa, 80, "Test Using Larger Than Block-Size Key - Hash Key First",
		"aa4ae5e15272d00e95705637ce8a3b55ed402112"},
	{HASH_SHA1, 0, 0, "", "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d"},
	{HASH_SHA256, 0x0b, 20, "Hi There",
		"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
	{HASH_SHA256, 0, 4, "what do ya want for nothing?",
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
	{HASH_SHA256, 0xaa, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
	{HASH_SHA256, 0, 0, "",
		"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
	{HASH_SHA384, 0x0b, 20, "Hi There",
		"afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
		"faea9ea9076ede7f4af152e8b2fa9cb6"},
	{HASH_SHA384, 0, 4, "what do ya want for nothing?",
		"af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
		"8e2240ca5e69e2c78b3239ecfab21649"},
	{HASH_SHA384, 0xaa, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
		"4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
		"0c2ef6ab4030fe8296248df163f44952"},
	{HASH_SHA384, 0, 0, "",
		"6c1f2ee938fad2e24bd91298474382ca218c75db3d83e114b3d4367776d14d35"
		"51289e75e8209cd4b792302840234adc"},
	{HASH_SHA512, 0x0b, 20, "Hi There",
		"87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
		"daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
	{HASH_SHA512, 0, 4, "what do ya want for nothing?",
		"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		"9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
	{HASH_SHA512, 0xaa, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
		"80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
		"6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
	{HASH_SHA512, 0, 0, "",
		"b936cee86c9f87aa5d3c6f2e84cb5a4239a5fe50480a6ec66b70ab5b1f4ac673"
		"0c6c515421b327ec1d69402e53dfb49ad7381eb067b338fd7b0cb22247225d47"},
};
/* clang-format on */

static void
hash_vectors(void **state)
{
	uint8_t out[HASH_MAX], want[HASH_MAX];
	/* "abc" in pieces, one of which is empty with a NULL pointer. */
	const struct part parts[] = {{"a", 1}, {NULL, 0}, {"bc", 2}};

	(void)state;
	for (size_t i = 0; i < N_ALL; i++) {
		assert_string_equal(hash_name(all[i]), hashes[i].name);
		assert_int_equal(hash_len(all[i]), hashes[i].len);
		assert_int_equal(unit_hex(hashes[i].of_nothing, want, sizeof(want)), hashes[i].len);
		assert_int_equal(hash_parts(all[i], NULL, 0, out), 0);
		assert_memory_equal(out, want, hashes[i].len);
		unit_hex(hashes[i].of_abc, want, sizeof(want));
		assert_int_equal(hash_parts(all[i], parts, 3, out), 0);
		assert_memory_equal(out, want, hashes[i].len);
	}
}

static void
hmac_vectors(void **state)
{
	uint8_t key[131], out[HASH_MAX], want[HASH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(macs) / sizeof(macs[0]); i++) {
		size_t len = strlen(macs[i].data), half = len / 2;
		const struct part parts[] = {
			{macs[i].data, half}, {macs[i].data + half, len - half}};

		if (macs[i].key_byte != 0)
			memset(key, macs[i].key_byte, macs[i].key_len);
		else
			memcpy(key, "Jefe", macs[i].key_len);
		assert_int_equal(unit_hex(macs[i].mac, want, sizeof(want)), hash_len(macs[i].hash));
		assert_int_equal(prf(macs[i].hash, key, macs[i].key_len, parts, 2, out), 0);
		assert_memory_equal(out, want, hash_len(macs[i].hash));
	}
}

/* IKE chains keys through one buffer: K1 = prf(K, K0 | ...) with K1 over K0. */
static void
output_over_input(void **state)
{
	uint8_t a[HASH_MAX] = "the key and the data as well", apart[HASH_MAX];

	(void)state;
	assert_int_equal(prf(HASH_SHA256, a, 28, &(struct part){a, 32}, 1, apart), 0);
	assert_int_equal(prf(HASH_SHA256, a, 28, &(struct part){a, 32}, 1, a), 0);
	assert_memory_equal(a, apart, 32);
}

static void
unknown_hash(void **state)
{
	uint8_t out[HASH_MAX];

	(void)state;
	for (int h = 0; h <= HASH_SHA512 + 1; h += HASH_SHA512 + 1) {
		assert_int_equal(hash_len((enum hash_id)h), 0);
		assert_int_equal(hash_parts((enum hash_id)h, NULL, 0, out), -EIO);
		assert_int_equal(prf((enum hash_id)h, "k", 1, NULL, 0, out), -EIO);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_vectors),
		cmocka_unit_test(hmac_vectors),
		cmocka_unit_test(output_over_input),
		cmocka_unit_test(unknown_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
