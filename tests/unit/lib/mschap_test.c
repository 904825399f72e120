/* SPDX-License-Identifier: BSD-3-Clause */
/* The example of RFC 2759, section 9.2, and related cases. */
#include <errno.h>

#include "crypto/legacy.h"
#include "crypto/mschap.h"
#include "unit.h"

#define AUTH_CHALLENGE "5b5d7c7d7b3f2f3e3c2c602132262628"
#define PEER_CHALLENGE "21402324255e262a28295f2b3a337c7e"
#define NT_HASH        "44ebba8d5312b8d611474411f56989ae"
#define NT_RESPONSE    "82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df"
#define SUCCESS        "S=407A5589115FD0D6209F510FE9C04566932CDA56"

struct example {
	uint8_t auth_challenge[16], peer_challenge[16], nt_hash[16], nt_response[24];
	uint8_t response[MSCHAP_RESPONSE_LEN];
};

static struct example
example(void)
{
	struct example e = {0};

	unit_hex(AUTH_CHALLENGE, e.auth_challenge, sizeof(e.auth_challenge));
	unit_hex(PEER_CHALLENGE, e.peer_challenge, sizeof(e.peer_challenge));
	unit_hex(NT_HASH, e.nt_hash, sizeof(e.nt_hash));
	unit_hex(NT_RESPONSE, e.nt_response, sizeof(e.nt_response));
	memcpy(e.response, e.peer_challenge, 16);
	memcpy(e.response + 24, e.nt_response, 24);
	return e;
}

static void
rfc2759_steps(void **state)
{
	struct example e = example();
	uint8_t out[MSCHAP_NT_RESP_LEN], challenge[8];
	char text[MSCHAP_AUTH_LEN + 1];

	(void)state;
	unit_hex("d02e4386bce91226", challenge, sizeof(challenge));
	assert_int_equal(mschap_challenge_hash(e.peer_challenge, e.auth_challenge, "User", out), 0);
	assert_memory_equal(out, challenge, 8);
	assert_int_equal(mschap_nt_hash("clientPass", out), 0);
	assert_memory_equal(out, e.nt_hash, 16);
	assert_int_equal(
		mschap_nt_response(e.auth_challenge, e.peer_challenge, "User", e.nt_hash, out), 0);
	assert_memory_equal(out, e.nt_response, 24);
	assert_int_equal(mschap_authenticator_response(e.nt_hash, e.nt_response, e.peer_challenge,
				 e.auth_challenge, "User", text),
		0);
	assert_string_equal(text, SUCCESS);
}

static void
domain_is_left_out(void **state)
{
	struct example e = example();
	uint8_t plain[8], domain[8];
	char auth[MSCHAP_AUTH_LEN + 1];

	(void)state;
	assert_int_equal(
		mschap_challenge_hash(e.peer_challenge, e.auth_challenge, "User", plain), 0);
	assert_int_equal(
		mschap_challenge_hash(e.peer_challenge, e.auth_challenge, "BIGCO\\User", domain),
		0);
	assert_memory_equal(plain, domain, 8);
	assert_true(mschap_verify(e.nt_hash, e.auth_challenge, "BIGCO\\User", e.response, auth));
	assert_string_equal(auth, SUCCESS);
}

static void
verify(void **state)
{
	struct example e = example();
	char auth[MSCHAP_AUTH_LEN + 1];
	uint8_t other[16];

	(void)state;
	assert_true(mschap_verify(e.nt_hash, e.auth_challenge, "User", e.response, auth));
	assert_string_equal(auth, SUCCESS);

	assert_int_equal(mschap_nt_hash("clientpass", other), 0);
	assert_false(mschap_verify(other, e.auth_challenge, "User", e.response, auth));
	assert_string_equal(auth, "");
	/* The name is compared exactly. */
	assert_false(mschap_verify(e.nt_hash, e.auth_challenge, "user", e.response, auth));
	/* A Response to another challenge. */
	memcpy(other, e.auth_challenge, 16);
	other[15] ^= 1;
	assert_false(mschap_verify(e.nt_hash, other, "User", e.response, auth));
}

/* Every bit of the peer's challenge and of the NT-Response counts. */
static void
verify_each_bit(void **state)
{
	struct example e = example();
	char auth[MSCHAP_AUTH_LEN + 1];

	(void)state;
	for (size_t bit = 0; bit < 48 * 8; bit++) {
		bool reserved = bit / 8 >= 16 && bit / 8 < 24;

		e.response[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(
			mschap_verify(e.nt_hash, e.auth_challenge, "User", e.response, auth),
			reserved);
		e.response[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

/* Digests computed with Python's UTF-16 and the openssl command's MD4. */
static void
passwords(void **state)
{
	static const struct {
		const char *password, *hash;
	} good[] = {
		{"", "31d6cfe0d16ae931b73c59d7e0c089c0"},
		{"p\xc3\xa4ssw\xc3\xb6rd\xe2\x82\xac\xf0\x9f\x98\x80",
			"343b5f56098bef0de4739d82d102f3ca"},
	};
	static const char *const bad[] = {
		"\x80", /* begins with a continuation */
		"\xff", "\xf8\x88\x80\x80\x80", /* five bytes */
		"a\xc3", /* ends within a character */
		"a\xe2\x82", "\xf0\x9f\x98", "\xc3\x28", "\xc0\xaf", /* overlong */
		"\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xed\xa0\x80", /* a surrogate */
		"\xf4\x90\x80\x80", /* above U+10FFFF */
	};
	uint8_t hash[MSCHAP_NT_HASH_LEN], want[MSCHAP_NT_HASH_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		unit_hex(good[i].hash, want, sizeof(want));
		assert_int_equal(mschap_nt_hash(good[i].password, hash), 0);
		assert_memory_equal(hash, want, sizeof(want));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(mschap_nt_hash(bad[i], hash), -EINVAL);
}

/* At most 256 characters (RFC 2759, 8.3); a surrogate pair counts as two. */
static void
long_passwords(void **state)
{
	uint8_t hash[MSCHAP_NT_HASH_LEN], want[MSCHAP_NT_HASH_LEN];
	char text[300];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[256] = '\0';
	unit_hex("9118f6ce48955b5ca2be01329e7f959e", want, sizeof(want));
	assert_int_equal(mschap_nt_hash(text, hash), 0);
	assert_memory_equal(hash, want, sizeof(want));
	text[256] = 'a';
	text[257] = '\0';
	assert_int_equal(mschap_nt_hash(text, hash), -EINVAL);
	memcpy(text + 254, "\xf0\x9f\x98\x80", 5);
	assert_int_equal(mschap_nt_hash(text, hash), 0);
	memcpy(text + 255, "\xf0\x9f\x98\x80", 5);
	assert_int_equal(mschap_nt_hash(text, hash), -EINVAL);
}

static void
legacy_algorithms(void **state)
{
	uint8_t key[7], in[8], out[16], want[16];

	(void)state;
	/* RFC 1320, A.5. */
	unit_hex("a448017aaf21d8525fc10ae87aa6729d", want, sizeof(want));
	assert_int_equal(legacy_md4("abc", 3, out), 0);
	assert_memory_equal(out, want, 16);
	/* DES with the key 0123456789abcdef, given without its parity bits. */
	unit_hex("00451338957377", key, sizeof(key));
	memcpy(in, "Now is t", 8);
	unit_hex("3fa40e8a984d4815", want, sizeof(want));
	assert_int_equal(legacy_des(key, in, out), 0);
	assert_memory_equal(out, want, 8);
}

/* After legacy_fini() everything fails; legacy_init() may be called again, and twice. */
static void
legacy_closed(void **state)
{
	struct example e = example();
	char auth[MSCHAP_AUTH_LEN + 1];
	uint8_t out[16];

	(void)state;
	legacy_fini();
	assert_int_equal(legacy_md4("abc", 3, out), -EIO);
	assert_int_equal(legacy_des(e.nt_hash, e.nt_hash, out), -EIO);
	assert_false(mschap_verify(e.nt_hash, e.auth_challenge, "User", e.response, auth));
	assert_int_equal(mschap_authenticator_response(e.nt_hash, e.nt_response, e.peer_challenge,
				 e.auth_challenge, "User", auth),
		-EIO);
	assert_string_equal(auth, "");
	assert_int_equal(legacy_init(), 0);
	assert_int_equal(legacy_init(), 0);
	assert_true(mschap_verify(e.nt_hash, e.auth_challenge, "User", e.response, auth));
}

static int
setup(void **state)
{
	(void)state;
	return legacy_init();
}

static int
teardown(void **state)
{
	(void)state;
	legacy_fini();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc2759_steps),
		cmocka_unit_test(domain_is_left_out),
		cmocka_unit_test(verify),
		cmocka_unit_test(verify_each_bit),
		cmocka_unit_test(passwords),
		cmocka_unit_test(long_passwords),
		cmocka_unit_test(legacy_algorithms),
		cmocka_unit_test(legacy_closed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
