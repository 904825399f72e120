/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/bn.h>

#include "crypto/dh.h"

static const struct {
	enum dh_group id;
	const char *name;
	size_t public_len, shared_len;
	BIGNUM *(*prime)(BIGNUM *); /* NULL for a curve */
} groups[] = {
	{DH_MODP1024, "modp1024", 128, 128, BN_get_rfc2409_prime_1024},
	{DH_MODP1536, "modp1536", 192, 192, BN_get_rfc3526_prime_1536},
	{DH_MODP2048, "modp2048", 256, 256, BN_get_rfc3526_prime_2048},
	{DH_MODP3072, "modp3072", 384, 384, BN_get_rfc3526_prime_3072},
	{DH_MODP4096, "modp4096", 512, 512, BN_get_rfc3526_prime_4096},
	{DH_ECP256, "ecp256", 64, 32, NULL},
	{DH_ECP384, "ecp384", 96, 48, NULL},
	{DH_ECP521, "ecp521", 132, 66, NULL},
};

#define N_GROUPS (sizeof(groups) / sizeof(groups[0]))

static void
names(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_GROUPS; i++) {
		assert_true(dh_known(groups[i].id));
		assert_string_equal(dh_name(groups[i].id), groups[i].name);
		assert_int_equal(dh_parse(groups[i].name), groups[i].id);
		assert_int_equal(dh_public_len(groups[i].id), groups[i].public_len);
	}
	assert_false(dh_known(DH_MODP768));
	assert_int_equal(dh_public_len(DH_MODP768), 0);
	assert_null(dh_new(DH_MODP768));
	assert_int_equal(dh_parse("modp768"), -1);
	assert_int_equal(dh_parse(""), -1);
	dh_free(NULL);
}

static void
both_sides_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_GROUPS; i++) {
		struct dh *a = dh_new(groups[i].id), *b = dh_new(groups[i].id);
		uint8_t ab[DH_MAX], ba[DH_MAX];
		size_t ab_len = 0, ba_len = 0, n = groups[i].public_len;

		assert_non_null(a);
		assert_non_null(b);
		assert_memory_not_equal(dh_public(a), dh_public(b), n);
		assert_int_equal(dh_shared(a, dh_public(b), n, ab, &ab_len), 0);
		assert_int_equal(dh_shared(b, dh_public(a), n, ba, &ba_len), 0);
		assert_int_equal(ab_len, groups[i].shared_len);
		assert_int_equal(ba_len, groups[i].shared_len);
		assert_memory_equal(ab, ba, ab_len);
		dh_free(a);
		dh_free(b);
	}
}

/* With the generator, 2, as the peer's value, the shared secret is one's own public value. */
static void
modp_with_generator(void **state)
{
	(void)state;
	for (size_t k = 0; k < 20 * N_GROUPS; k++) {
		size_t i = k % N_GROUPS;
		struct dh *dh = dh_new(groups[i].id);
		uint8_t two[DH_MAX] = {0}, out[DH_MAX];
		size_t len = 0, n = groups[i].public_len;

		assert_non_null(dh);
		two[n - 1] = 2;
		if (groups[i].prime != NULL) {
			assert_int_equal(dh_shared(dh, two, n, out, &len), 0);
			assert_int_equal(len, n);
			assert_memory_equal(out, dh_public(dh), n);
		}
		dh_free(dh);
	}
}

/* One value in 256 begins with a zero byte, which must not be dropped. */
static void
modp_padded(void **state)
{
	uint8_t two[DH_MAX] = {[127] = 2}, out[DH_MAX];
	struct dh *dh = NULL;
	size_t len = 0;

	(void)state;
	for (int tries = 0; tries < 10000; tries++) {
		dh_free(dh);
		dh = dh_new(DH_MODP1024);
		assert_non_null(dh);
		if (dh_public(dh)[0] == 0)
			break;
	}
	assert_int_equal(dh_public(dh)[0], 0);
	assert_int_equal(dh_shared(dh, two, 128, out, &len), 0);
	assert_int_equal(len, 128);
	assert_memory_equal(out, dh_public(dh), 128);
	dh_free(dh);
}

/* Makes p + add as a public value. */
static void
near_prime(size_t group, int add, uint8_t out[DH_MAX])
{
	BIGNUM *p = groups[group].prime(NULL);

	if (add < 0)
		BN_sub_word(p, (BN_ULONG)-add);
	else
		BN_add_word(p, (BN_ULONG)add);
	assert_int_not_equal(BN_bn2binpad(p, out, (int)groups[group].public_len), -1);
	BN_free(p);
}

static void
modp_range(void **state)
{
	static const struct {
		int add, rc;
	} near[] = {{-3, 0}, {-2, 0}, {-1, -EINVAL}, {0, -EINVAL}, {1, -EINVAL}, {2, -EINVAL}};

	(void)state;
	for (size_t i = 0; i < N_GROUPS && groups[i].prime != NULL; i++) {
		struct dh *dh = dh_new(groups[i].id);
		uint8_t y[DH_MAX] = {0}, out[DH_MAX];
		size_t len, n = groups[i].public_len;

		assert_int_equal(dh_shared(dh, y, n, out, &len), -EINVAL);
		y[n - 1] = 1;
		assert_int_equal(dh_shared(dh, y, n, out, &len), -EINVAL);
		memset(y, 0xff, n);
		assert_int_equal(dh_shared(dh, y, n, out, &len), -EINVAL);
		for (size_t k = 0; k < sizeof(near) / sizeof(near[0]); k++) {
			near_prime(i, near[k].add, y);
			assert_int_equal(dh_shared(dh, y, n, out, &len), near[k].rc);
		}
		dh_free(dh);
	}
}

static void
ecp_off_curve(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_GROUPS; i++) {
		size_t len, n = groups[i].public_len;
		uint8_t y[DH_MAX], out[DH_MAX];
		struct dh *dh, *peer;

		if (groups[i].prime != NULL)
			continue;
		dh = dh_new(groups[i].id);
		peer = dh_new(groups[i].id);
		memcpy(y, dh_public(peer), n);
		y[n - 1] ^= 1;
		assert_int_equal(dh_shared(dh, y, n, out, &len), -EINVAL);
		memcpy(y, dh_public(peer), n);
		y[n / 2 - 1] ^= 0x80;
		assert_int_equal(dh_shared(dh, y, n, out, &len), -EINVAL);
		/*
		 * Coordinates above the prime, and (0, 0), which some use for the point at
		 * infinity.
		 */
		memset(y, 0xff, n);
		assert_int_equal(dh_shared(dh, y, n, out, &len), -EINVAL);
		memset(y, 0, n);
		assert_int_equal(dh_shared(dh, y, n, out, &len), -EINVAL);
		dh_free(dh);
		dh_free(peer);
	}
}

static void
wrong_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_GROUPS; i++) {
		struct dh *dh = dh_new(groups[i].id);
		uint8_t y[DH_MAX + 1] = {0}, out[DH_MAX];
		size_t len, n = groups[i].public_len;

		/* A valid value with a leading zero byte, or without its last byte. */
		memcpy(y + 1, dh_public(dh), n);
		assert_int_equal(dh_shared(dh, y, n + 1, out, &len), -EINVAL);
		assert_int_equal(dh_shared(dh, y + 1, n - 1, out, &len), -EINVAL);
		assert_int_equal(dh_shared(dh, y, 0, out, &len), -EINVAL);
		dh_free(dh);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(both_sides_agree),
		cmocka_unit_test(modp_with_generator),
		cmocka_unit_test(modp_padded),
		cmocka_unit_test(modp_range),
		cmocka_unit_test(ecp_off_curve),
		cmocka_unit_test(wrong_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
