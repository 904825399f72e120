/* SPDX-License-Identifier: BSD-3-Clause */
/* Echo replies and errors, and what gets none. */
#include "cksum.h"
#include "icmp.h"
#include "ipv4.h"
#include "unit.h"

#define HOST "192.0.2.9"
#define SELF "192.0.2.1"

/* Makes a packet of these pieces, with the checksum of ICMP, but not that of the header. */
static size_t
packet(uint8_t *buf, const char *src, const char *dst, uint8_t protocol, const char *payload)
{
	size_t n = unit_hex(payload, buf + IPV4_HEADER_LEN, 1500);
	uint16_t sum;

	ipv4_write(buf, unit_addr(src), unit_addr(dst), protocol, n);
	if (protocol == IPV4_PROTO_ICMP && n >= 4) {
		sum = cksum(buf + IPV4_HEADER_LEN, n);
		memcpy(buf + IPV4_HEADER_LEN + 2, &sum, 2);
	}
	return IPV4_HEADER_LEN + n;
}

static size_t
echo(const uint8_t *p, size_t len, uint8_t *reply, size_t size)
{
	uint8_t *copy = unit_exact(p, len);
	size_t n = icmp_echo_reply(copy, len, reply, size);

	free(copy);
	return n;
}

static void
test_echo(void **state)
{
	uint8_t p[1600], reply[1600];
	size_t n = packet(p, HOST, SELF, IPV4_PROTO_ICMP, "08000000 12340007 616263");
	struct ipv4 ip;

	(void)state;
	assert_int_equal(echo(p, n, reply, n), n);
	assert_true(ipv4_read(reply, n, &ip));
	assert_int_equal(ip.src, unit_addr(SELF));
	assert_int_equal(ip.dst, unit_addr(HOST));
	assert_int_equal(ip.protocol, IPV4_PROTO_ICMP);
	assert_int_equal(cksum(reply, IPV4_HEADER_LEN), 0);
	assert_int_equal(cksum(ip.payload, ip.payload_len), 0);
	assert_int_equal(ip.payload[0], 0);
	assert_memory_equal(ip.payload + 4, p + 24, n - 24);
	/* Not if it does not fit. */
	assert_int_equal(echo(p, n, reply, n - 1), 0);
	/* Ethernet's padding is not returned. */
	assert_int_equal(echo(p, n + 9, reply, sizeof(reply)), n);
	/* Truncated at every length it is invalid. */
	for (size_t i = 0; i < n; i++)
		assert_int_equal(echo(p, i, reply, sizeof(reply)), 0);
	/* A flipped bit. */
	p[n - 1] ^= 1;
	assert_int_equal(echo(p, n, reply, sizeof(reply)), 0);
}

static void
test_echo_options(void **state)
{
	uint8_t p[64], reply[64];
	size_t n = unit_hex(
		"46000020 00000000 40010000 c0000209 c0000201 83040404 0800f7ff 00000000", p,
		sizeof(p));

	(void)state;
	/* Options of its header are not copied: no source route is followed. */
	assert_int_equal(echo(p, n, reply, sizeof(reply)), n - 4);
	assert_int_equal(reply[0], 0x45);
}

static void
test_no_echo(void **state)
{
	static const struct {
		const char *src, *payload;
		uint8_t protocol;
	} cases[] = {
		{HOST, "00000000 12340007", IPV4_PROTO_ICMP}, /* a reply */
		{HOST, "08010000 12340007", IPV4_PROTO_ICMP}, /* no such code */
		{HOST, "0d000000 12340007 000000000000000000000000",
			IPV4_PROTO_ICMP}, /* timestamp */
		{HOST, "11000000 12340007 00000000", IPV4_PROTO_ICMP}, /* address mask */
		{HOST, "08000000 123400", IPV4_PROTO_ICMP}, /* short */
		{HOST, "", IPV4_PROTO_ICMP},
		{HOST, "0800f7ff 00000000", IPV4_PROTO_UDP},
		/* From an address that is not a host's. */
		{"0.0.0.0", "08000000 12340007", IPV4_PROTO_ICMP},
		{"127.0.0.1", "08000000 12340007", IPV4_PROTO_ICMP},
		{"224.0.0.1", "08000000 12340007", IPV4_PROTO_ICMP},
		{"255.255.255.255", "08000000 12340007", IPV4_PROTO_ICMP},
	};
	uint8_t p[1600], reply[1600];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = packet(p, cases[i].src, SELF, cases[i].protocol, cases[i].payload);

		assert_int_equal(echo(p, n, reply, sizeof(reply)), 0);
	}
	/* A fragment is not reassembled. */
	for (unsigned i = 0; i < 2; i++) {
		size_t n = packet(p, HOST, SELF, IPV4_PROTO_ICMP, "08000000 12340007");

		p[6] = i == 0 ? 0x20 : 0;
		p[7] = i == 0 ? 0 : 1;
		assert_int_equal(echo(p, n, reply, sizeof(reply)), 0);
	}
}

static void
test_errors(void **state)
{
	static const struct {
		enum icmp_error error;
		uint8_t type, code;
		uint16_t mtu;
	} cases[] = {
		{ICMP_NET_UNREACHABLE, 3, 0, 0},
		{ICMP_HOST_UNREACHABLE, 3, 1, 0},
		{ICMP_PROTOCOL_UNREACHABLE, 3, 2, 0},
		{ICMP_PORT_UNREACHABLE, 3, 3, 0},
		{ICMP_TOO_BIG, 3, 4, 1400},
		{ICMP_ADMIN_PROHIBITED, 3, 13, 0},
		{ICMP_TTL_EXCEEDED, 11, 0, 0},
	};
	uint8_t p[1600], reply[ICMP_ERROR_MAX];
	size_t len = packet(p, HOST, "203.0.113.7", 17, "01f41194000b0000 686921");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint16_t mtu = cases[i].mtu;
		/* Only one error has an mtu. */
		size_t n = icmp_error(
			cases[i].error, p, len, unit_addr(SELF), mtu ? mtu : 999, reply);
		struct ipv4 ip;

		assert_int_equal(n, 20 + 8 + len);
		assert_true(ipv4_read(reply, n, &ip));
		assert_int_equal(ip.src, unit_addr(SELF));
		assert_int_equal(ip.dst, unit_addr(HOST));
		assert_int_equal(ip.protocol, IPV4_PROTO_ICMP);
		assert_int_equal(cksum(reply, IPV4_HEADER_LEN), 0);
		assert_int_equal(cksum(ip.payload, ip.payload_len), 0);
		assert_int_equal(ip.payload[0], cases[i].type);
		assert_int_equal(ip.payload[1], cases[i].code);
		assert_int_equal(ip.payload[4] << 8 | ip.payload[5], 0);
		assert_int_equal(ip.payload[6] << 8 | ip.payload[7], mtu);
		assert_memory_equal(ip.payload + 8, p, len);
	}
}

/* As much of the packet as 576 bytes hold (RFC 1812, 4.3.2.3), without its padding. */
static void
test_quotation(void **state)
{
	uint8_t p[1600] = {0}, reply[ICMP_ERROR_MAX];

	(void)state;
	ipv4_write(p, unit_addr(HOST), unit_addr("203.0.113.7"), 17, 1380);
	assert_int_equal(icmp_error(ICMP_TOO_BIG, p, 1400, unit_addr(SELF), 1380, reply), 576);
	assert_memory_equal(reply + 28, p, 548);
	ipv4_write(p, unit_addr(HOST), unit_addr("203.0.113.7"), 17, 528);
	assert_int_equal(icmp_error(ICMP_TOO_BIG, p, 548, unit_addr(SELF), 500, reply), 576);
	ipv4_write(p, unit_addr(HOST), unit_addr("203.0.113.7"), 17, 8);
	assert_int_equal(icmp_error(ICMP_TOO_BIG, p, 46, unit_addr(SELF), 500, reply), 56);
}

static void
test_no_error(void **state)
{
	static const struct {
		const char *name, *src, *dst;
		uint8_t protocol, flags, offset;
		const char *payload;
		bool error;
	} cases[] = {
		{"first fragment", HOST, "203.0.113.7", 17, 0x20, 0, "01f4119400080000", true},
		{"later fragment", HOST, "203.0.113.7", 17, 0, 1, "01f4119400080000", false},
		{"far fragment", HOST, "203.0.113.7", 17, 0x21, 0, "01f4119400080000", false},
		{"echo", HOST, "203.0.113.7", 1, 0, 0, "0800000012340007", true},
		{"echo reply", HOST, "203.0.113.7", 1, 0, 0, "0000000012340007", true},
		{"unreachable", HOST, "203.0.113.7", 1, 0, 0, "0301000000000000", false},
		{"source quench", HOST, "203.0.113.7", 1, 0, 0, "0400000000000000", false},
		{"redirect", HOST, "203.0.113.7", 1, 0, 0, "0501000000000000", false},
		{"time exceeded", HOST, "203.0.113.7", 1, 0, 0, "0b00000000000000", false},
		{"parameter", HOST, "203.0.113.7", 1, 0, 0, "0c00000000000000", false},
		{"ICMP of no type", HOST, "203.0.113.7", 1, 0, 0, "", false},
		{"to a group", HOST, "224.0.0.251", 17, 0, 0, "01f4119400080000", false},
		{"to all", HOST, "255.255.255.255", 17, 0, 0, "01f4119400080000", false},
		{"from 0.0.0.0", "0.0.0.0", "203.0.113.7", 17, 0, 0, "01f4119400080000", false},
		{"from loopback", "127.0.0.1", "203.0.113.7", 17, 0, 0, "01f4119400080000", false},
		{"from a group", "239.1.2.3", "203.0.113.7", 17, 0, 0, "01f4119400080000", false},
		{"from all", "255.255.255.255", "203.0.113.7", 17, 0, 0, "01f4119400080000", false},
	};
	uint8_t p[1600], reply[ICMP_ERROR_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = packet(
			p, cases[i].src, cases[i].dst, cases[i].protocol, cases[i].payload);
		uint8_t *copy = unit_exact(p, n);

		copy[6] = cases[i].flags;
		copy[7] = cases[i].offset;
		n = icmp_error(ICMP_HOST_UNREACHABLE, copy, n, unit_addr(SELF), 0, reply);
		free(copy);
		if ((n != 0) != cases[i].error)
			fail_msg("%s", cases[i].name);
	}
	/* Not a valid packet. */
	for (size_t n = 0; n < 28; n++) {
		uint8_t *copy = unit_exact(p, n);

		assert_int_equal(
			icmp_error(ICMP_HOST_UNREACHABLE, copy, n, unit_addr(SELF), 0, reply), 0);
		free(copy);
	}
}

/* What routers quote, and what is read from it. */
static const struct {
	const char *name;
	const char *icmp; /* without its checksum */
	bool good;
	uint8_t protocol;
	uint16_t mtu, len, dport;
	uint32_t spi;
} words[] = {
	{"ESP", "03040000 00000514 450005d0 00004000 40320000 c0000201 c6336402 09000003 00000001",
		true, 50, 1300, 1488, 0, 0x09000003},
	{"ESP with options",
		"03040000 00000514 460005d0 00004000 40320000 c0000201 c6336402 01010101 09000003",
		true, 50, 1300, 1488, 0, 0x09000003},
	{"ESP in UDP",
		"03040000 00000514 450005d0 00004000 40110000 c0000201 c6336402 11949c40 05bc0000 "
		"09000003",
		true, 17, 1300, 1488, 40000, 0x09000003},
	{"ESP in UDP, eight bytes of it",
		"03040000 00000514 450005d0 00004000 40110000 c0000201 c6336402 11949c40 05bc0000",
		true, 17, 1300, 1488, 40000, 0},
	{"of an old router",
		"03040000 00000000 450005d0 00004000 40320000 c0000201 c6336402 09000003 00000001",
		true, 50, 0, 1488, 0, 0x09000003},
	{"of another code",
		"03030000 00000514 450005d0 00004000 40320000 c0000201 c6336402 09000003 00000001"},
	{"of another type",
		"0b040000 00000514 450005d0 00004000 40320000 c0000201 c6336402 09000003 00000001"},
	{"of a later fragment",
		"03040000 00000514 450005d0 00000010 40320000 c0000201 c6336402 09000003 00000001"},
	{"of IPv6",
		"03040000 00000514 650005d0 00004000 40320000 c0000201 c6336402 09000003 00000001"},
	{"of a header that is too short",
		"03040000 00000514 440005d0 00004000 40320000 c0000201 c6336402 09000003 00000001"},
	{"of TCP without a word behind",
		"03040000 00000514 450005d0 00004000 40060000 c0000201 c6336402 0000"},
};

static void
test_too_big_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		uint8_t p[128], *copy;
		size_t n = packet(p, HOST, SELF, IPV4_PROTO_ICMP, words[i].icmp);
		struct icmp_too_big w;

		copy = unit_exact(p, n);
		if (icmp_too_big_read(copy, n, &w) != words[i].good)
			fail_msg("%s", words[i].name);
		free(copy);
		if (!words[i].good)
			continue;
		assert_int_equal(w.src, unit_addr("192.0.2.1"));
		assert_int_equal(w.dst, unit_addr("198.51.100.2"));
		assert_int_equal(w.protocol, words[i].protocol);
		assert_int_equal(w.mtu, words[i].mtu);
		assert_int_equal(w.len, words[i].len);
		assert_int_equal(ntohs(w.dport), words[i].dport);
		assert_int_equal(ntohl(w.spi), words[i].spi);
		/* Truncated at every length its checksum is wrong. */
		for (size_t len = 0; len < n; len++) {
			copy = unit_exact(p, len);
			assert_false(icmp_too_big_read(copy, len, &w));
			free(copy);
		}
		p[IPV4_HEADER_LEN + 7] ^= 1;
		assert_false(icmp_too_big_read(p, n, &w));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_big_read),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_echo_options),
		cmocka_unit_test(test_no_echo),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_quotation),
		cmocka_unit_test(test_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
