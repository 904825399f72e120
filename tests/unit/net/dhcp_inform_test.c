/* SPDX-License-Identifier: BSD-3-Clause */
/* DHCPINFORM as Windows sends it after IPCP, and the answer. */
#include "dhcp_inform.h"
#include "ipv4.h"
#include "unit.h"

#define CLIENT "192.168.0.1"
#define SERVER "192.168.0.254"
#define FIXED  236 /* bytes before the cookie (RFC 2131, 2) */

static const struct ip_prefix routes[] = {{.len = 8}, {.len = 20}, {.len = 0}};

/* Op 1, hardware that is not Ethernet, id 12345678, the client's own address; then the options. */
static size_t
question(const char *src, const char *options, uint8_t *out)
{
	const struct ip_end from = {unit_addr(src), htons(68)};
	const struct ip_end to = {0xffffffff, htons(67)};
	uint8_t msg[600] = {1, 8, 6, 0, 0x12, 0x34, 0x56, 0x78};
	be32 client = unit_addr(CLIENT);
	size_t n = FIXED;

	memcpy(msg + 12, &client, 4);
	memcpy(msg + 28, "\x00\x53\x45\x00\x00\x00", 6);
	n += unit_hex(options, msg + n, sizeof(msg) - n);
	return udp_write(out, 1000, &from, &to, msg, n, msg, 0);
}

static struct dhcp_inform
all(struct ip_prefix r[3])
{
	memcpy(r, routes, sizeof(routes));
	r[0].addr = unit_addr("10.1.2.3");
	r[1].addr = unit_addr("172.16.16.0");
	return (struct dhcp_inform){
		.server = unit_addr(SERVER),
		.mask = unit_addr("255.255.255.0"),
		.dns = {unit_addr("192.168.0.53")},
		.domain = "corp.example",
		.routes = r,
		.n_routes = 3,
	};
}

#define ACK "350105 3604c0a800fe "

static const struct {
	const char *name, *question, *answer;
} cases[] = {
	{"what Windows asks for",
		"63825363 350108 3d0701005345000000 0c0250433c084d53465420352e30"
		"3707060f2c2e2f79f9 ff",
		"63825363 " ACK "0604c0a80035 0f0c636f72702e6578616d706c65"
		"7913 080ac0a800fe 14ac1010c0a800fe 00c0a800fe"
		"f913 080ac0a800fe 14ac1010c0a800fe 00c0a800fe ff"},
	{"the mask alone", "63825363 350108 370101 ff", "63825363 " ACK "0104ffffff00 ff"},
	{"what there is not", "63825363 350108 37022c2e ff", "63825363 " ACK "ff"},
	{"pads between options, no end", "63825363 00 350108 00 370101",
		"63825363 " ACK "0104ffffff00 ff"},
	{"a discover", "63825363 350101 ff", NULL},
	{"no type", "63825363 370101 ff", NULL},
	{"another cookie", "63825364 350108 ff", NULL},
	{"an option that is cut", "63825363 350108 37ff01", NULL},
	{"no cookie", "", NULL},
};

static void
test_answers(void **state)
{
	uint8_t packet[1000], answer[DHCP_INFORM_ANSWER_MAX], want[600];
	struct ip_prefix r[3];
	struct dhcp_inform what = all(r);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = question(CLIENT, cases[i].question, packet), n;
		uint8_t *copy = unit_exact(packet, len);
		struct ipv4 ip;
		struct udp udp;

		n = dhcp_inform_answer(copy, len, unit_addr(CLIENT), &what, answer);
		free(copy);
		if (cases[i].answer == NULL) {
			assert_int_equal(n, 0);
			continue;
		}
		assert_true(ipv4_read(answer, n, &ip) && udp_read(&ip, &udp));
		assert_int_equal(ip.src, unit_addr(SERVER));
		assert_int_equal(ip.dst, unit_addr(CLIENT));
		assert_int_equal(udp.src.port, htons(67));
		assert_int_equal(udp.dst.port, htons(68));
		assert_memory_equal(udp.payload, "\2\x08\6\0\x12\x34\x56\x78", 8);
		assert_memory_equal(udp.payload + 28, "\x00\x53\x45\x00\x00\x00", 6);
		n = unit_hex(cases[i].answer, want, sizeof(want));
		assert_int_equal(udp.payload_len - FIXED, n);
		assert_memory_equal(udp.payload + FIXED, want, n);
	}
}

/* Only the owner of the address is answered. */
static void
test_others(void **state)
{
	uint8_t packet[1000], answer[DHCP_INFORM_ANSWER_MAX];
	struct ip_prefix r[3];
	struct dhcp_inform what = all(r);
	size_t len = question("192.168.0.2", "63825363 350108 ff", packet);

	(void)state;
	assert_int_equal(
		dhcp_inform_answer(packet, len, unit_addr("192.168.0.2"), &what, answer), 0);
	assert_int_equal(dhcp_inform_answer(packet, len, unit_addr(CLIENT), &what, answer), 0);
	len = question(CLIENT, "63825363 350108 ff", packet);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(
			dhcp_inform_answer(packet, i, unit_addr(CLIENT), &what, answer), 0);
	assert_true(dhcp_inform_answer(packet, len, unit_addr(CLIENT), &what, answer) > 0);
}

/* The maximum number of routes fits, with the longest prefixes. */
static void
test_full(void **state)
{
	uint8_t packet[1000], answer[DHCP_INFORM_ANSWER_MAX];
	struct ip_prefix r[3], many[DHCP_INFORM_ROUTES_MAX];
	struct dhcp_inform what = all(r);
	char domain[DHCP_INFORM_DOMAIN_MAX + 1];
	size_t len = question(CLIENT, "63825363 350108 ff", packet);

	(void)state;
	for (unsigned i = 0; i < DHCP_INFORM_ROUTES_MAX; i++)
		many[i] = (struct ip_prefix){.addr = htonl(0x0a000000u + i), .len = 32};
	memset(domain, 'a', sizeof(domain) - 1);
	domain[sizeof(domain) - 1] = '\0';
	what.routes = many;
	what.n_routes = DHCP_INFORM_ROUTES_MAX;
	what.domain = domain;
	what.dns[1] = what.dns[0];
	assert_true(dhcp_inform_answer(packet, len, unit_addr(CLIENT), &what, answer) > 700);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
