/* SPDX-License-Identifier: BSD-3-Clause */
/* A refusal tells the operator what to configure. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "ike_proposal.h"
#include "ike_sa.h"

/* Makes the body of an SA payload with one transform. */
static struct rd
body_of(struct ike_out *o, const struct ike_choice *c)
{
	static const struct ike_sa sa;
	static const uint8_t spi[4] = {0xc0, 0, 0, 1};
	be32 spi_be;

	memcpy(&spi_be, spi, sizeof(spi_be));
	ike_out_begin(o, &sa, IKE_MAIN_MODE, 0);
	ike_proposal_write(o, c, c->proto == ISAKMP_PROTO_ESP ? &spi_be : NULL);
	assert_false(o->w.bad);
	return rd_init(o->buf + IKE_HEADER_LEN + 4, wr_len(&o->w) - IKE_HEADER_LEN - 4);
}

static void
test_main_mode(void **state)
{
	static const struct {
		const char *offered, *cure;
	} cases[] = {
		{"aes256-sha256-modp2048", "add aes256-sha256-modp2048 to ike.proposals"},
		{"aes128-sha1-modp1024",
			"add aes128-sha1-modp1024 to ike.proposals and set ike.allow_weak, as it "
			"is weak (MODP-1024)"},
		{"des-md5-modp1024",
			"add des-md5-modp1024 to ike.proposals and set ike.allow_weak, as it is "
			"weak (DES, MD5, MODP-1024)"},
		{"3des-md5-ecp256",
			"add 3des-md5-ecp256 to ike.proposals and set ike.allow_weak, as it is "
			"weak (MD5)"},
	};
	static struct ike_out o;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t attrs[64];
		struct wr w = wr_init(attrs, sizeof(attrs));
		struct ike_choice c = {.proposal = 1,
			.transform = 1,
			.transform_id = ISAKMP_TRANSFORM_KEY_IKE,
			.proto = ISAKMP_PROTO_ISAKMP,
			.attrs = attrs};
		char cure[IKE_CURE_LEN];
		struct ike_suite suite;

		assert_int_equal(ike_suite_parse(cases[i].offered, &suite), 0);
		ike_proposal_suite(&suite, 28800, &w);
		c.attrs_len = wr_len(&w);
		ike_proposal_cure_main(body_of(&o, &c), cure);
		assert_string_equal(cure, cases[i].cure);
		/* No configuration allows an authentication method other than a pre-shared key. */
		for (size_t at = 0; at + 4 <= c.attrs_len; at += 4)
			if (attrs[at] == 0x80 && attrs[at + 1] == IKE_ATTR_AUTH)
				attrs[at + 3] = 3;
		ike_proposal_cure_main(body_of(&o, &c), cure);
		assert_string_equal(cure, "");
	}
}

static void
test_quick_mode(void **state)
{
	static const struct {
		const char *offered;
		enum dh_group pfs;
		uint16_t mode;
		const char *cure;
	} cases[] = {
		{"aes256-sha512", 0, IPSEC_MODE_TRANSPORT, "add aes256-sha512 to esp.proposals"},
		{"aes128-sha1", DH_ECP384, IPSEC_MODE_TRANSPORT, "add ecp384 to esp.pfs"},
		{"aes256-sha1", DH_MODP2048, IPSEC_MODE_TRANSPORT,
			"add aes256-sha1 to esp.proposals and add modp2048 to esp.pfs"},
		{"des-md5", 0, IPSEC_MODE_TRANSPORT,
			"add des-md5 to esp.proposals and set esp.allow_weak, as it is weak "
			"(DES-CBC/HMAC-MD5-96)"},
		{"aes128-sha1", DH_MODP1024, IPSEC_MODE_TRANSPORT,
			"add modp1024 to esp.pfs and set esp.allow_weak, as it is weak "
			"(MODP-1024)"},
		/* No configuration allows tunnel mode. */
		{"aes128-sha1", 0, IPSEC_MODE_TUNNEL, ""},
	};
	struct ike_config config = {.n_esp = 1};
	static struct ike_out o;

	(void)state;
	config.esp[0] = esp_suite_find("aes128-sha1");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct esp_suite *suite = esp_suite_find(cases[i].offered);
		uint8_t attrs[64];
		struct wr w = wr_init(attrs, sizeof(attrs));
		struct ike_choice c = {.proposal = 1,
			.transform = 1,
			.transform_id = suite->transform,
			.proto = ISAKMP_PROTO_ESP,
			.attrs = attrs};
		char cure[IKE_CURE_LEN];

		ike_proposal_attr(&w, IPSEC_ATTR_MODE, cases[i].mode);
		ike_proposal_attr(&w, IPSEC_ATTR_AUTH, suite->ike_auth);
		if (suite->key_bits != 0)
			ike_proposal_attr(&w, IPSEC_ATTR_KEY_LENGTH, suite->key_bits);
		if (cases[i].pfs != 0)
			ike_proposal_attr(&w, IPSEC_ATTR_GROUP, (uint16_t)cases[i].pfs);
		c.attrs_len = wr_len(&w);
		ike_proposal_cure_quick(&config, body_of(&o, &c), false, cure);
		assert_string_equal(cure, cases[i].cure);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_main_mode),
		cmocka_unit_test(test_quick_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
