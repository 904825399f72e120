/* SPDX-License-Identifier: BSD-3-Clause */
/* What the profiles send, as far as it is known to the byte. */
#include "gateway.h"

#include <stdio.h>
#include <string.h>

/* Message 1 of Windows 10 and 11, from its header's exchange type on (the cookie is random). */
static void
test_windows_first(void **state)
{
	static const char *const vendors[] = {
		"01528bbbc00696121849ab9a1c5b2a5100000001",
		"1e2b516905991c7d7c96fcbfb587e46100000009",
		"4a131c81070358455c5728f20e95452f",
		"90cb80913ebb696e086381b5ec427b1f",
		"4048b7d56ebce88525e7de7f00d6c2d3",
		"fb1de3cdf341b7ea16b7e5be0855f120",
		"26244d38eddb61b3172a36e3d0cfb819",
		"e3a5966a76379fe707228231e5ce8652",
	};
	static struct gw g;
	const uint8_t *p;

	(void)state;
	gw_init(&g, "windows11");
	client_connect(g.c);
	assert_int_equal(g.first_len, 408);
	p = g.first;
	assert_int_equal(p[16], 1); /* SA */
	assert_int_equal(p[18], 2); /* main mode */
	assert_int_equal(p[30] << 8 | p[31], 212);
	p += 28 + 212;
	for (size_t i = 0; i < 8; i++) {
		size_t len = strlen(vendors[i]) / 2;
		char text[64];

		assert_int_equal(p[0], i < 7 ? 13 : 0);
		assert_int_equal(p[2] << 8 | p[3], 4 + len);
		for (size_t k = 0; k < len; k++)
			snprintf(text + 2 * k, 3, "%02x", p[4 + k]);
		assert_string_equal(text, vendors[i]);
		p += 4 + len;
	}
	gw_fini(&g);
}

/* Each suite that a profile offers is chosen if the gateway has it configured. */
static void
test_each_suite(void **state)
{
	static const char *const suites[] = {"aes256-sha1-ecp384", "aes128-sha1-ecp256",
		"aes256-sha1-modp2048", "3des-sha1-modp2048", "3des-sha1-modp1024"};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		static struct gw g;
		struct ike_sa_info info;

		gw_init(&g, "windows11");
		g.ike.n_suites = 1;
		assert_int_equal(ike_suite_parse(suites[i], &g.ike.suites[0]), 0);
		gw_connect(&g);
		ike_sa_info(g.sa[0], &info);
		assert_string_equal(info.client, "windows");
		gw_fini(&g);
	}
}

/* What the gateway learns of each. */
static void
test_seen(void **state)
{
	static const struct {
		const char *profile, *client, *host, *vendor;
		uint16_t firmware;
		unsigned contacts;
	} rows[] = {
		{"windows11", "windows", "DESKTOP-1234567", "Microsoft", 0x0a00, 0},
		{"macos", "apple", "DESKTOP-1234567", "", 0, 1},
		{"ios", "apple", "DESKTOP-1234567", "", 0, 1},
		{"android11", "android", "anonymous", "", 0, 1},
		{"strongswan", "strongswan", "DESKTOP-1234567", "xelerance.com", 0x0690, 1},
		{"libreswan", "", "DESKTOP-1234567", "xelerance.com", 0x0690, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct gw g;
		struct ike_sa_info ike;
		struct l2tp_info l2tp;

		gw_init(&g, rows[i].profile);
		gw_connect(&g);
		ike_sa_info(g.sa[0], &ike);
		l2tp_info(g.l2tp, &l2tp);
		print_message("%s: seen as '%s' by %s\n", rows[i].profile, ike.client, ike.vendors);
		assert_string_equal(l2tp.peer_host, rows[i].host);
		assert_string_equal(l2tp.peer_vendor, rows[i].vendor);
		assert_int_equal(l2tp.peer_firmware, rows[i].firmware);
		assert_int_equal(g.contacts, rows[i].contacts);
		gw_fini(&g);
	}
}

/* The name is in SCCRQ and in the second of three Identification packets, as RAS sends them. */
static void
test_windows_ident(void **state)
{
	struct ppp_info info;
	static struct gw g;

	(void)state;
	gw_init(&g, "windows11");
	gw_connect(&g);
	ppp_info(g.ppp, &info);
	assert_string_equal(info.ident, "MSRAS-0-DESKTOP-1234567");
	gw_fini(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows_first),
		cmocka_unit_test(test_each_suite),
		cmocka_unit_test(test_seen),
		cmocka_unit_test(test_windows_ident),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
