/* SPDX-License-Identifier: BSD-3-Clause */
/* Which broadcasts are relayed, and how many. */
#include "budget.h"
#include "cksum.h"
#include "ipv4.h"
#include "relay.h"
#include "unit.h"

#define CLIENT "192.168.0.1"
#define ALL    "192.168.0.255"

struct relay_case {
	const char *name, *dst;
	uint16_t src_port, dst_port;
	uint8_t ttl; /* 0: 64 */
	uint8_t protocol; /* 0: UDP */
	bool fragment, goes;
};

static const struct relay_case cases[] = {
	{"NetBIOS names", ALL, 137, 137, .goes = true},
	{"to all of the link", "255.255.255.255", 40000, 1947, .goes = true},
	{"last hop but one", ALL, 137, 137, .ttl = 2, .goes = true},
	{"last hop", ALL, 137, 137, .ttl = 1},
	{"to a host", "192.168.0.9", 137, 137},
	{"to another network's hosts", "192.168.1.255", 137, 137},
	{"to a group", "224.0.0.251", 5353, 5353},
	{"DHCP to servers", ALL, 68, 67},
	{"DHCP to clients", "255.255.255.255", 67, 68},
	{"from DHCP's port", ALL, 67, 9999},
	{"not UDP", ALL, 137, 137, .protocol = 6},
	{"a fragment", ALL, 137, 137, .fragment = true},
};

static size_t
build(const struct relay_case *c, uint8_t *packet, size_t size)
{
	const struct ip_end src = {unit_addr(CLIENT), htons(c->src_port)},
			    dst = {unit_addr(c->dst), htons(c->dst_port)};
	size_t n = udp_write(packet, size, &src, &dst, NULL, 0, "name?", 5);
	uint16_t sum;

	if (c->ttl != 0)
		packet[8] = c->ttl;
	if (c->protocol != 0)
		packet[9] = c->protocol;
	if (c->fragment)
		packet[6] = 0x20;
	memset(packet + 10, 0, 2);
	sum = cksum(packet, IPV4_HEADER_LEN);
	memcpy(packet + 10, &sum, sizeof(sum));
	return n;
}

static void
test_relay(void **state)
{
	const struct ip_prefix lan = {unit_addr("192.168.0.254"), 24};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t packet[64], copy[64];
		size_t n = build(&cases[i], packet, sizeof(packet));
		uint8_t *p = unit_exact(packet, n);
		size_t got = relay_copy(p, n, &lan, copy, sizeof(copy));

		print_message("%s\n", cases[i].name);
		assert_int_equal(got, cases[i].goes ? n : 0);
		if (cases[i].goes) {
			assert_int_equal(copy[8], packet[8] - 1);
			assert_int_equal(cksum(copy, IPV4_HEADER_LEN), 0);
			assert_memory_equal(copy + 12, packet + 12, n - 12);
			assert_int_equal(relay_copy(p, n, &lan, copy, n - 1), 0);
		}
		free(p);
		for (size_t len = 0; len < n; len++) {
			p = unit_exact(packet, len);
			assert_int_equal(relay_copy(p, len, &lan, copy, sizeof(copy)), 0);
			free(p);
		}
	}
}

/* The number of one second at once, then as many as are available; all or none. */
static void
test_budget(void **state)
{
	struct budget b = {0};

	(void)state;
	assert_true(budget_take(&b, 5000, 60, 100));
	assert_false(budget_take(&b, 5000, 41, 100));
	assert_true(budget_take(&b, 5000, 40, 100));
	assert_false(budget_take(&b, 5000, 1, 100));
	assert_true(budget_take(&b, 5010, 1, 100));
	assert_false(budget_take(&b, 5010, 1, 100));
	assert_true(budget_take(&b, 9000, 100, 100));
	assert_false(budget_take(&b, 60000, 101, 100));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_relay),
		cmocka_unit_test(test_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
