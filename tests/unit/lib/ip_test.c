/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ip.h"

#define IP(a, b, c, d) htonl((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static void
addresses(void **state)
{
	static const struct {
		const char *text;
		uint32_t host; /* in host order */
	} good[] = {
		{"0.0.0.0", 0},
		{"10.0.0.254", 0x0a0000fe},
		{"255.255.255.255", 0xffffffff},
	};
	static const char *const bad[] = {"", " ", "10", "10.0.0", "10.0.0.", "10.0.0.0.0",
		"10.0.0.256", "10.0.0.-1", "10.0.0.1 ", " 10.0.0.1", "10.0.0.01", "10.0.0.0x1",
		"10..0.1", "10.0.0.1/24", "::1", "localhost", "1000.0.0.1"};
	char buf[IP_STR_LEN];
	be32 a;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(ip_parse(good[i].text, &a), 0);
		assert_int_equal(ntohl(a), good[i].host);
		assert_string_equal(ip_str(a, buf), good[i].text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ip_parse(bad[i], &a), -EINVAL);
}

static void
prefixes(void **state)
{
	static const struct {
		const char *text;
		uint32_t addr, network, broadcast;
		uint8_t len;
	} good[] = {
		{"192.168.0.254/24", 0xc0a800fe, 0xc0a80000, 0xc0a800ff, 24},
		{"10.1.2.3/0", 0x0a010203, 0, 0xffffffff, 0},
		{"10.1.2.3/9", 0x0a010203, 0x0a000000, 0x0a7fffff, 9},
		{"10.1.2.3/31", 0x0a010203, 0x0a010202, 0x0a010203, 31},
		{"10.1.2.3/32", 0x0a010203, 0x0a010203, 0x0a010203, 32},
	};
	static const char *const bad[] = {"", "/", "10.0.0.0", "10.0.0.0/", "/24", "10.0.0.0/33",
		"10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/ 8", "10.0.0.0/8 ", "10.0.0.0/08",
		"10.0.0.0/00", "10.0.0.0/8/8", "10.0.0.0/8x", "10.0.0.0/4294967304",
		"10.0.0.0/18446744073709551624", "10.0.0/8", "10.0.0.0 /8",
		"10.0.0.0.0.0.0.0.0.0.0.0.0/8"};
	struct ip_prefix p;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(ip_prefix_parse(good[i].text, &p), 0);
		assert_int_equal(ntohl(p.addr), good[i].addr);
		assert_int_equal(p.len, good[i].len);
		assert_int_equal(ntohl(ip_network(&p)), good[i].network);
		assert_int_equal(ntohl(ip_broadcast(&p)), good[i].broadcast);
		assert_true(ip_prefix_contains(&p, ip_network(&p)));
		assert_true(ip_prefix_contains(&p, ip_broadcast(&p)));
		if (p.len > 0) {
			assert_false(ip_prefix_contains(&p, htonl(good[i].network - 1)));
			assert_false(ip_prefix_contains(&p, htonl(good[i].broadcast + 1)));
		}
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ip_prefix_parse(bad[i], &p), -EINVAL);
}

static void
ranges(void **state)
{
	static const struct {
		const char *text;
		uint32_t first, last, count;
	} good[] = {
		{"192.168.0.1-192.168.0.31", 0xc0a80001, 0xc0a8001f, 31},
		{"192.168.0.1", 0xc0a80001, 0xc0a80001, 1},
		{"192.168.0.1-192.168.0.1", 0xc0a80001, 0xc0a80001, 1},
		/* Addresses are ordered as numbers, not as bytes in memory. */
		{"10.0.0.255-10.0.1.0", 0x0a0000ff, 0x0a000100, 2},
		{"127.255.255.255-128.0.0.0", 0x7fffffff, 0x80000000, 2},
	};
	static const char *const bad[] = {"", "-", "10.0.0.1-", "-10.0.0.1", "10.0.0.2-10.0.0.1",
		"10.0.1.0-10.0.0.255", "10.0.0.1-10.0.0.2-10.0.0.3", "10.0.0.1 - 10.0.0.2",
		"10.0.0.1-31", "10.0.0.0/24"};
	struct ip_range r;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(ip_range_parse(good[i].text, &r), 0);
		assert_int_equal(ntohl(r.first), good[i].first);
		assert_int_equal(ntohl(r.last), good[i].last);
		assert_int_equal(ip_range_count(&r), good[i].count);
		assert_true(ip_range_contains(&r, r.first));
		assert_true(ip_range_contains(&r, r.last));
		assert_false(ip_range_contains(&r, htonl(good[i].first - 1)));
		assert_false(ip_range_contains(&r, htonl(good[i].last + 1)));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ip_range_parse(bad[i], &r), -EINVAL);
}

static void
ends(void **state)
{
	const struct ip_end a = {IP(255, 255, 255, 255), htons(65535)},
			    b = {IP(10, 0, 0, 1), htons(1701)};
	const struct ip_end other_port = {b.addr, htons(4500)}, other_addr = {a.addr, b.port};
	char buf[IP_END_STR_LEN];

	(void)state;
	assert_string_equal(ip_end_str(&a, buf), "255.255.255.255:65535");
	assert_string_equal(ip_end_str(&b, buf), "10.0.0.1:1701");
	assert_true(ip_end_equal(&b, &b));
	assert_false(ip_end_equal(&b, &other_port));
	assert_false(ip_end_equal(&b, &other_addr));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(ranges),
		cmocka_unit_test(ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
