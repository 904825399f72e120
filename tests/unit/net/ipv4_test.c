/* SPDX-License-Identifier: BSD-3-Clause */
/* Headers of IPv4 and UDP, read and written. */
#include "unit.h"
#include "cksum.h"
#include "ipv4.h"

/* 192.0.2.1 to 198.51.100.2, UDP, TTL 64; then the datagram 500 to 4500 with "hi!". */
#define HEAD(first, total, frag, protocol) \
	first "00" total "0000" frag "40" protocol "0000 c0000201 c6336402 "
#define DATAGRAM "01f41194000b0000 686921"

static const struct {
	const char *name, *packet;
	bool good, fragment, df;
	size_t header_len, payload_len;
} cases[] = {
	{"plain", HEAD("45", "001f", "0000", "11") DATAGRAM, true, false, false, 20, 11},
	{"DF", HEAD("45", "001f", "4000", "11") DATAGRAM, true, false, true, 20, 11},
	{"first fragment", HEAD("45", "001f", "2000", "11") DATAGRAM, true, true, false, 20, 11},
	{"later fragment", HEAD("45", "001f", "2001", "11") DATAGRAM, true, true, false, 20, 11},
	{"last fragment", HEAD("45", "001f", "1fff", "11") DATAGRAM, true, true, false, 20, 11},
	{"reserved bit", HEAD("45", "001f", "8000", "11") DATAGRAM, true, false, false, 20, 11},
	{"options", HEAD("46", "0023", "0000", "11") "01010101" DATAGRAM, true, false, false, 24,
		11},
	{"padding behind", HEAD("45", "001f", "0000", "11") DATAGRAM "0000", true, false, false, 20,
		11},
	{"no payload", HEAD("45", "0014", "0000", "11"), true, false, false, 20, 0},
	{"header of 16", HEAD("44", "001f", "0000", "11") DATAGRAM, .good = false},
	{"header of 0", HEAD("40", "001f", "0000", "11") DATAGRAM, .good = false},
	{"header longer than the packet", HEAD("4f", "001f", "0000", "11") DATAGRAM, .good = false},
	{"total less than the header", HEAD("45", "0013", "0000", "11") DATAGRAM, .good = false},
	{"total 0", HEAD("45", "0000", "0000", "11") DATAGRAM, .good = false},
	{"total more than there is", HEAD("45", "0020", "0000", "11") DATAGRAM, .good = false},
	{"IPv6", HEAD("65", "001f", "0000", "11") DATAGRAM, .good = false},
	{"version 0", HEAD("05", "001f", "0000", "11") DATAGRAM, .good = false},
};

static void
test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t bytes[64];
		size_t len = unit_hex(cases[i].packet, bytes, sizeof(bytes));
		uint8_t *p = unit_exact(bytes, len);
		struct ipv4 ip;

		if (ipv4_read(p, len, &ip) != cases[i].good)
			fail_msg("%s", cases[i].name);
		if (cases[i].good) {
			assert_int_equal(ip.src, unit_addr("192.0.2.1"));
			assert_int_equal(ip.dst, unit_addr("198.51.100.2"));
			assert_int_equal(ip.protocol, IPV4_PROTO_UDP);
			assert_int_equal(ip.ttl, 64);
			assert_int_equal(ip.fragment, cases[i].fragment);
			assert_int_equal(ip.df, cases[i].df);
			assert_int_equal(ip.header_len, cases[i].header_len);
			assert_int_equal(ip.payload_len, cases[i].payload_len);
			assert_ptr_equal(ip.payload, p + cases[i].header_len);
		}
		free(p);
	}
}

/* A valid packet, truncated at every length. */
static void
test_short(void **state)
{
	uint8_t bytes[64];
	size_t len = unit_hex(cases[0].packet, bytes, sizeof(bytes));

	(void)state;
	for (size_t n = 0; n < len; n++) {
		uint8_t *p = unit_exact(bytes, n);
		struct ipv4 ip;

		assert_false(ipv4_read(p, n, &ip));
		free(p);
	}
}

static const struct {
	const char *name, *packet;
	bool good;
	size_t payload_len;
} datagrams[] = {
	{"without a checksum", HEAD("45", "001f", "0000", "11") DATAGRAM, true, 3},
	{"behind options", HEAD("46", "0023", "0000", "11") "01010101" DATAGRAM, true, 3},
	{"right checksum", HEAD("45", "001f", "0000", "11") "01f41194000b76af 686921", true, 3},
	{"wrong checksum", HEAD("45", "001f", "0000", "11") "01f41194000b76ae 686921", false, 0},
	{"wrong payload", HEAD("45", "001f", "0000", "11") "01f41194000b76af 686922", false, 0},
	{"shorter than its packet", HEAD("45", "001f", "0000", "11") "01f4119400090000 686921",
		true, 1},
	{"empty", HEAD("45", "001c", "0000", "11") "01f4119400080000", true, 0},
	{"length of 7", HEAD("45", "001f", "0000", "11") "01f4119400070000 686921", false, 0},
	{"length of 0", HEAD("45", "001f", "0000", "11") "01f4119400000000 686921", false, 0},
	{"longer than its packet", HEAD("45", "001f", "0000", "11") "01f41194000c0000 686921",
		false, 0},
	{"no room for a header", HEAD("45", "001b", "0000", "11") "01f41194000700", false, 0},
	{"no payload", HEAD("45", "0014", "0000", "11"), false, 0},
	{"another protocol", HEAD("45", "001f", "0000", "06") DATAGRAM, false, 0},
	{"first fragment", HEAD("45", "001f", "2000", "11") DATAGRAM, false, 0},
	{"later fragment", HEAD("45", "001f", "0002", "11") DATAGRAM, false, 0},
};

static void
test_udp_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(datagrams) / sizeof(datagrams[0]); i++) {
		uint8_t bytes[64];
		size_t len = unit_hex(datagrams[i].packet, bytes, sizeof(bytes));
		uint8_t *p = unit_exact(bytes, len);
		struct ipv4 ip;
		struct udp udp;

		assert_true(ipv4_read(p, len, &ip));
		if (udp_read(&ip, &udp) != datagrams[i].good)
			fail_msg("%s", datagrams[i].name);
		if (datagrams[i].good) {
			assert_int_equal(udp.src.addr, unit_addr("192.0.2.1"));
			assert_int_equal(udp.src.port, htons(500));
			assert_int_equal(udp.dst.addr, unit_addr("198.51.100.2"));
			assert_int_equal(udp.dst.port, htons(4500));
			assert_int_equal(udp.payload_len, datagrams[i].payload_len);
			assert_memory_equal(udp.payload, "hi!", udp.payload_len);
		}
		free(p);
	}
}

static const struct ip_end src = {0x010200c0, 0xf401}, dst = {0x026433c6, 0x9411};

/* They differ only in the identification, and the header's checksum is right. */
static void
assert_datagram(const uint8_t *got, uint8_t *want, size_t n)
{
	memcpy(want + 4, got + 4, 2);
	memcpy(want + 10, got + 10, 2);
	assert_int_equal(cksum(got, 20), 0);
	assert_memory_equal(got, want, n);
}

static void
test_udp_write(void **state)
{
	uint8_t buf[64], want[64];
	size_t n = unit_hex("4500001f0000000040110000c0000201c6336402 01f41194000b76af 686921",
		want, sizeof(want));
	struct ipv4 ip;
	struct udp udp;

	(void)state;
	assert_int_equal(udp_write(buf, sizeof(buf), &src, &dst, "h", 1, "i!", 2), n);
	assert_datagram(buf, want, n);
	assert_int_equal(udp_write(buf, n, &src, &dst, NULL, 0, "hi!", 3), n);
	assert_datagram(buf, want, n);
	assert_true(ipv4_read(buf, n, &ip) && udp_read(&ip, &udp));
	/* Nothing is written past the buffer. */
	for (size_t room = 0; room < n; room++) {
		uint8_t *p = unit_exact(buf, room);

		assert_int_equal(udp_write(p, room, &src, &dst, "h", 1, "i!", 2), 0);
		free(p);
	}
}

/* A checksum of zero is sent as ffff, because zero means that there is none (RFC 768). */
static void
test_udp_zero_sum(void **state)
{
	uint8_t buf[64], bytes[2] = {0, 0};
	struct ipv4 ip;
	struct udp udp;
	uint16_t sum;
	size_t n;

	(void)state;
	assert_true(udp_write(buf, sizeof(buf), &src, &dst, NULL, 0, bytes, 2) > 0);
	memcpy(bytes, buf + 26, 2); /* the checksum without it, now included: zero */
	n = udp_write(buf, sizeof(buf), &src, &dst, NULL, 0, bytes, 2);
	memcpy(&sum, buf + 26, 2);
	assert_int_equal(sum, 0xffff);
	assert_true(ipv4_read(buf, n, &ip) && udp_read(&ip, &udp));
	assert_int_equal(udp.payload_len, 2);
}

/* All packets may be fragmented on the way, and have an identification (RFC 6864, 4.1). */
static void
test_fragmentable(void **state)
{
	static uint8_t buf[65536 + 100], payload[65536];
	struct ipv4 ip;
	unsigned same = 0;
	uint16_t last = 0, id;
	size_t n;

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		n = udp_write(buf, sizeof(buf), &src, &dst, NULL, 0, payload, i % 2 ? 100 : 1393);
		assert_true(ipv4_read(buf, n, &ip) && !ip.df && !ip.fragment);
		assert_int_equal(cksum(buf, 20), 0);
		memcpy(&id, buf + 4, 2);
		same += i > 0 && id == last;
		last = id;
	}
	assert_true(same < 3);
	/* The longest possible packet. */
	n = udp_write(buf, sizeof(buf), &src, &dst, NULL, 0, payload, 65535 - 28);
	assert_int_equal(n, 65535);
	assert_true(ipv4_read(buf, n, &ip));
	assert_int_equal(ip.payload_len, 65515);
	assert_int_equal(udp_write(buf, sizeof(buf), &src, &dst, "x", 1, payload, 65535 - 28), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_udp_read),
		cmocka_unit_test(test_udp_write),
		cmocka_unit_test(test_udp_zero_sum),
		cmocka_unit_test(test_fragmentable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
