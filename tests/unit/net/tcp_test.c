/* SPDX-License-Identifier: BSD-3-Clause */
/* Resets: which segments are answered, with which numbers. */
#include "cksum.h"
#include "ipv4.h"
#include "tcp.h"
#include "unit.h"

#define CLIENT "192.168.0.1"
#define SERVER "192.168.0.100"

static size_t
reset(const char *segment, size_t cut, uint8_t buf[TCP_RESET_LEN])
{
	uint8_t p[256], *copy;
	size_t n = unit_hex(segment, p + IPV4_HEADER_LEN, sizeof(p) - IPV4_HEADER_LEN);

	ipv4_write(p, unit_addr(CLIENT), unit_addr(SERVER), 6, n);
	copy = unit_exact(p, IPV4_HEADER_LEN + n - cut);
	n = tcp_reset(copy, IPV4_HEADER_LEN + n - cut, buf);
	free(copy);
	return n;
}

/* Makes a segment and expects this reset. */
static void
check_reset(const char *segment, const char *answer)
{
	uint8_t buf[TCP_RESET_LEN], want[20], pseudo[12] = {0};
	struct ipv4 ip;
	uint32_t sum;

	assert_int_equal(reset(segment, 0, buf), TCP_RESET_LEN);
	assert_int_equal(unit_hex(answer, want, sizeof(want)), 14);
	assert_memory_equal(buf + IPV4_HEADER_LEN, want, 14);
	assert_true(ipv4_read(buf, sizeof(buf), &ip));
	assert_int_equal(ip.src, unit_addr(SERVER));
	assert_int_equal(ip.dst, unit_addr(CLIENT));
	assert_int_equal(cksum(buf, IPV4_HEADER_LEN), 0);
	memcpy(pseudo, buf + 12, 8);
	pseudo[9] = 6;
	pseudo[11] = 20;
	sum = cksum_add(0, pseudo, sizeof(pseudo));
	assert_int_equal(cksum_fold(cksum_add(sum, ip.payload, ip.payload_len)), 0);
}

static void
test_answers(void **state)
{
	(void)state;
	/* A SYN is acknowledged, and counts as one. */
	check_reset(
		"04d20050 00000064 00000000 50020000 00000000", "005004d2 00000000 00000065 5014");
	/* So are bytes and a FIN. */
	check_reset("04d20050 00000064 00000000 50010000 00000000 616263",
		"005004d2 00000000 00000068 5014");
	/* A segment with ACK is answered with its acknowledgement number. */
	check_reset("04d20050 00000064 11223344 50100000 00000000 616263",
		"005004d2 11223344 00000000 5004");
	/* Options do not count. */
	check_reset("04d20050 00000064 00000000 60020000 00000000 020405b4",
		"005004d2 00000000 00000065 5014");
}

static void
test_none(void **state)
{
	const char syn[] = "04d20050 00000064 00000000 50020000 00000000";
	uint8_t buf[TCP_RESET_LEN];

	(void)state;
	/* A reset; an offset that is too small; one that is too large. */
	assert_int_equal(reset("04d20050 00000064 00000000 50040000 00000000", 0, buf), 0);
	assert_int_equal(reset("04d20050 00000064 00000000 40020000 00000000", 0, buf), 0);
	assert_int_equal(reset("04d20050 00000064 00000000 60020000 00000000", 0, buf), 0);
	for (size_t cut = 1; cut <= 40; cut++)
		assert_int_equal(reset(syn, cut, buf), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
