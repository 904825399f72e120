/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The examples of RFC 5903, section 8: their private keys are what OpenSSL's generator for tests
 * hands out, which takes the place of the real one in this process.
 */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "crypto/dh.h"
#include "unit.h"

static const struct {
	enum dh_group group;
	const char *i, *gi, *r, *gr, *shared;
} vectors[] = {
	{
		.group = DH_ECP256,
		.i = "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
		.gi = "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
		      "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
		.r = "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
		.gr = "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
		      "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
		.shared = "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de",
	},
	{
		.group = DH_ECP384,
		.i = "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f16"
		     "0647b67414dce655e35b538041e649ee3faef896783ab194",
		.gi = "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e3"
		      "1634fe72b4c55ee6de3ac808acb4bdb4c88732aee95f41aa"
		      "9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ad"
		      "a024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c",
		.r = "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060"
		     "855cc9bda0aa2942e0308312916b8ed2960e4bd55a7448fc",
		.gr = "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d"
		      "83cfa41732bc509d0d1ac43a0336def96fda41d0774a3571"
		      "dcfbec7aacf3196472169e838430367f66eebe3c6e70c416"
		      "dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c",
		.shared = "11187331c279962d93d604243fd592cb9d0a926f422e4718"
			  "7521287e7156c5c4d603135569b9e9d09cf5d4a270f59746",
	},
	{
		.group = DH_ECP521,
		.i = "0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a095aa"
		     "85a30fe1c2952c6771d937ba9777f5957b2639bab072462f68c27a57382d4a52",
		.gi = "0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbee1e3"
		      "bf42e00b8e380aeae57c2d107564941885942af5a7f4601723c4195d176ced3e"
		      "017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4a10ad8a7"
		      "88015ac405d7799dc75e7b7d5b6cf2261a6a7f1507438bf01beb6ca3926f9582",
		.r = "0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e9c67"
		     "7d600b343757a3bdbf2a3163e4c2f869cca7458aa4a4effc311f5cb151685eb9",
		.gr = "00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a219b97"
		      "c356436adc6e95bb0352f6be64a6c2912d4ef2d0433ced2b6171640012d9460f"
		      "015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d9852077b87220b"
		      "6536c5c408a1d2aebb8e86d678ae49cb57091f4732296579ab44fcd17f0fc56a",
		.shared = "01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04d142"
			  "7e73ca4baa240a34786859810c06b3c715a3a8cc3151f2bee417996d19f3ddea",
	},
};

/* Makes `key` the next private key. Random bytes after it only blind the computation. */
static void
set_random(const char *key)
{
	static uint8_t bytes[16384];
	OSSL_PARAM params[] = {
		OSSL_PARAM_octet_string(OSSL_RAND_PARAM_TEST_ENTROPY, bytes, sizeof(bytes)),
		OSSL_PARAM_END,
	};

	memset(bytes, 0x11, sizeof(bytes));
	unit_hex(key, bytes, sizeof(bytes));
	assert_int_equal(EVP_RAND_CTX_set_params(RAND_get0_private(NULL), params), 1);
}

static struct dh *
make(enum dh_group group, const char *key, const char *public)
{
	uint8_t want[DH_MAX];
	struct dh *dh;

	set_random(key);
	dh = dh_new(group);
	assert_non_null(dh);
	assert_int_equal(unit_hex(public, want, sizeof(want)), dh_public_len(group));
	assert_memory_equal(dh_public(dh), want, dh_public_len(group));
	return dh;
}

static void
rfc5903(void **state)
{
	uint8_t want[DH_MAX], out[DH_MAX];

	(void)state;
	for (size_t k = 0; k < sizeof(vectors) / sizeof(vectors[0]); k++) {
		enum dh_group g = vectors[k].group;
		struct dh *i = make(g, vectors[k].i, vectors[k].gi);
		struct dh *r = make(g, vectors[k].r, vectors[k].gr);
		size_t len = 0;

		set_random("");
		assert_int_equal(dh_shared(i, dh_public(r), dh_public_len(g), out, &len), 0);
		assert_int_equal(len, unit_hex(vectors[k].shared, want, sizeof(want)));
		assert_memory_equal(out, want, len);
		set_random("");
		assert_int_equal(dh_shared(r, dh_public(i), dh_public_len(g), out, &len), 0);
		assert_memory_equal(out, want, len);
		dh_free(i);
		dh_free(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rfc5903)};

	if (RAND_set_DRBG_type(NULL, "TEST-RAND", NULL, NULL, NULL) != 1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
