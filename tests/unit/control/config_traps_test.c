/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is easily mistaken in a configuration is refused, or warned of, where the mistake is: values
 * that YAML reads otherwise than they look, and values that are valid but do harm together.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "config_good.h"

/* clang-format off */
static const struct config_case cases[] = {
	/* Routers whose addresses clients would get. */
	{"lan:\n", "lan:\n  gateway: 192.168.0.1\n",
		"t:5: lan.gateway: 192.168.0.1 is in pools[0] in line 11, whose addresses "
		"clients get\n",
		""},
	{"lan:\n", "lan:\n  gateway: 192.168.0.32\n",
		"", ""},
	{"ike:\n", "routes: [10.1.0.0/16 via 192.168.0.31]\nike:\n",
		"t:7: routes[0]: 192.168.0.31 is in pools[0] in line 11, whose addresses clients "
		"get\n",
		""},
	{"    password: long-enough-password\n",
		"    password: long-enough-password\n    address: 192.168.0.40\n"
		"routes: [10.1.0.0/16 via 192.168.0.40]\n",
		"t:15: routes[0]: 192.168.0.40 is the address of user \"user-01\" in line 12\n",
		""},
	{"  - 192.168.0.1-192.168.0.31\n",
		"  - 192.168.0.1-192.168.0.31\n  - 192.168.20.1-192.168.20.9\n"
		"segments: [{name: a, vlan: 20, address: 192.168.20.254/24, gateway: "
		"192.168.20.9}]\n",
		"t:12: segments[0].gateway: 192.168.20.9 is in pools[1] in line 11, whose "
		"addresses clients get\n",
		""},
	{"  - 192.168.0.1-192.168.0.31\n",
		"  - 192.168.0.1-192.168.0.31\n  - 192.168.20.1-192.168.20.9\n"
		"segments: [{name: a, vlan: 20, address: 192.168.20.254/24, gateway: "
		"192.168.20.10}]\n",
		"", ""},
	{"  - 192.168.0.1-192.168.0.31\n",
		"  - 192.168.20.1-192.168.20.9\n"
		"segments: [{name: a, vlan: 20, address: 192.168.20.254/24}]\n",
		"t:13: users[0].address: is required: segment lan has no pool\n", ""},

	/* DNS servers that cannot answer. */
	{"ike:\n", "ppp: {dns: [192.168.0.254]}\nike:\n",
		"t:7: ppp.dns[0]: 192.168.0.254 is the gateway, which is not a DNS server\n", ""},
	{"ike:\n", "ppp: {dns: [192.168.0.53, 10.0.0.254]}\nike:\n",
		"t:7: ppp.dns[1]: 10.0.0.254 is the gateway, which is not a DNS server\n", ""},
	{"ike:\n", "ppp: {dns: [127.0.0.53]}\nike:\n",
		"t:7: ppp.dns[0]: 127.0.0.53 is the client itself (loopback)\n", ""},
	{"ike:\n", "ppp: {dns: [255.255.255.255]}\nike:\n",
		"t:7: ppp.dns[0]: 255.255.255.255 is not a host address\n", ""},
	{"ike:\n",
		"ppp: {dns: [10.0.0.254]}\n"
		"nat: {destination: [{port: 53, protocol: both, to: 192.168.0.53}]}\nike:\n",
		"", ""},

	/* Port forwards to what is not one host of the LAN. */
	{"ike:\n", "nat: {destination: [{port: 80, to: 192.168.0.9}]}\nike:\n",
		"t:7: nat.destination[0]: forwards to 192.168.0.9 in pools[0], which any client "
		"may get (reserve it by users[].address)\n",
		""},
	{"    password: long-enough-password\n",
		"    password: long-enough-password\n    address: 192.168.0.9\n"
		"nat: {destination: [{port: 80, to: 192.168.0.9}]}\n",
		"", ""},
	{"ike:\n", "nat: {destination: [{port: 80, to: 203.0.113.7}]}\nike:\n",
		"t:7: nat.destination[0]: forwards to 203.0.113.7, which is not reached by the "
		"LAN port\n",
		""},
	{"ike:\n", "nat: {destination: [{port: 80, to: 10.0.0.7}]}\nike:\n",
		"t:7: nat.destination[0]: forwards to 10.0.0.7, which is not reached by the LAN "
		"port\n",
		""},
	{"ike:\n", "nat: {destination: [{port: 80, to: 192.168.0.255}]}\nike:\n",
		"t:7: nat.destination[0]: forwards to 192.168.0.255, which is not a host "
		"address\n",
		""},
	{"ike:\n",
		"nat: {source: [{from: [192.168.0.0/24], to: 10.0.0.16}], destination: [{port: "
		"80, to: 10.0.0.16}]}\nike:\n",
		"t:7: nat.destination[0]: forwards to 10.0.0.16, the gateway's own address\n", ""},
	{"ike:\n",
		"nat: {destination: [{port: 80, to: 10.1.2.3}]}\n"
		"routes: [10.1.0.0/16 via 192.168.0.99]\nike:\n",
		"", ""},
	{"ike:\n",
		"nat: {destination: [{port: 80, to: 10.1.2.3}]}\n"
		"routes: [10.1.0.0/16 via 192.168.0.99, 10.1.2.0/24 blackhole]\nike:\n",
		"t:7: nat.destination[0]: forwards to 10.1.2.3, which is not reached by the LAN "
		"port\n",
		""},
	{"ike:\n",
		"nat: {destination: [{port: 80, to: 10.1.2.3}]}\n"
		"routes: [10.1.0.0/16 via 10.0.0.99]\nike:\n",
		"t:7: nat.destination[0]: forwards to 10.1.2.3, which is not reached by the LAN "
		"port\n",
		""},
	{"lan:\n",
		"nat: {destination: [{port: 80, to: 203.0.113.7}]}\nlan:\n"
		"  gateway: 192.168.0.99\n",
		"", ""},

	/* Clients that vanish, packets that do not fit. */
	{"ike:\n", "ppp: {echo_interval: 0}\nl2tp: {hello: 0}\nike:\n",
		"",
		"t:7: warning: ppp.echo_interval: with l2tp.hello also 0, sessions of clients "
		"that vanished stay until their keys expire\n"},
	{"ike:\n", "ppp: {echo_interval: 0}\nike:\n",
		"", ""},
	{"ike:\n", "ppp: {mru: 1500}\nike:\n",
		"",
		"t:7: warning: ppp.mru: 1500 does not fit into wan.mtu 1500 with the tunnel "
		"headers (at most 1402): large packets of clients would arrive in fragments, or "
		"not at all\n"},
	{"ike:\n", "ppp: {mru: 1402}\nike:\n",
		"", ""},

	/* Names and secrets that are not what the operator typed, or that others guess. */
	{"user-01", "\" user\"",
		"t:12: users[0].name: \" user\" begins or ends with a blank\n", ""},
	{"user-01", "'user '",
		"t:12: users[0].name: \"user \" begins or ends with a blank\n", ""},
	{"user-01", "\"two words\"",
		"", ""},
	{"user-01", "user #1",
		"",
		"t:12: warning: users[0].name: the value ends before the #, which begins a "
		"comment (put the value in quotes if it is part of it)\n"},
	{"long-enough-password", "pass #word",
		"",
		"t:13: warning: users[0].password: the value ends before the #, which begins a "
		"comment (put the value in quotes if it is part of it)\n"
		"t:12: warning: users[0].password: is shorter than 8 bytes and easy to guess\n"},
	{"long-enough-password", "long-enough-pass # changed in May",
		"",
		"t:13: warning: users[0].password: the value ends before the #, which begins a "
		"comment (put the value in quotes if it is part of it)\n"},
	{"long-enough-password", "\"pass #word\"",
		"", ""},
	{"long-enough-password", "pass#word",
		"", ""},
	{"long-enough-password", "#password",
		"t:13: users[0].password: has no value (# begins a comment: put a value that "
		"begins with # in quotes)\n",
		""},
	{"long-enough-secret", "long-enough-key #1",
		"",
		"t:8: warning: ike.psk: the value ends before the #, which begins a comment (put "
		"the value in quotes if it is part of it)\n"
		"t:8: warning: ike.psk: is shorter than 16 bytes and easy to guess\n"},
	{"long-enough-secret", "secret123",
		"",
		"t:8: warning: ike.psk: is the key of the example configuration and easy to "
		"guess\n"},
	{"long-enough-secret", "fifteen-bytes-x",
		"", "t:8: warning: ike.psk: is shorter than 16 bytes and easy to guess\n"},
	{"long-enough-secret", "sixteen-bytes-xy",
		"", ""},
	{"long-enough-password", "password123",
		"",
		"t:12: warning: users[0].password: is the password of the example configuration "
		"and easy to guess\n"},
	{"long-enough-password", "seven-b",
		"",
		"t:12: warning: users[0].password: is shorter than 8 bytes and easy to guess\n"},
	{"long-enough-password", "eight-by",
		"", ""},
	{"user-01\n    password: long-enough-password", "user-0001\n    password: user-0001",
		"", "t:12: warning: users[0].password: is the user's name and easy to guess\n"},
	{"    password: long-enough-password\n",
		"    password: a\n  - {name: b, password: long-enough}\n"
		"  - {name: c, password: b}\n  - {name: d, password: b, disabled: true}\n",
		"",
		"t:12: warning: users[0].password: is shorter than 8 bytes and easy to guess; so "
		"are those of 1 more user\n"},

	/* Characters that mean something to YAML. */
	{"long-enough-password", "@bcdefghi",
		"t:13: users[0].password: a value that begins with @ must be in quotes\n", ""},
	{"long-enough-password", "%bcdefghi",
		"t:13: users[0].password: a value that begins with % must be in quotes\n", ""},
	{"long-enough-password", "*bcdefghi",
		"t:13: users[0].password: aliases are not supported (put a value that begins "
		"with * in quotes)\n",
		""},
	{"long-enough-password", "&bcdefghi",
		"t:13: users[0].password: anchors are not supported (put a value that begins "
		"with & in quotes)\n",
		""},
	{"long-enough-password", "!bcdefghi",
		"t:13: users[0].password: tags are not supported (put a value that begins with ! "
		"in quotes)\n",
		""},
	{"long-enough-password", "`bcdefghi",
		"t:13: users[0].password: a value that begins with ` must be in quotes\n", ""},
	{"long-enough-password", "|bcdefghi",
		"t:13: users[0].password: a value that begins with | must be in quotes\n", ""},
	{"long-enough-password", ">bcdefghi",
		"t:13: users[0].password: a value that begins with > must be in quotes\n", ""},
	{"long-enough-password", "*&bcdefgh",
		"t:13: users[0].password: a value that begins with * must be in quotes\n", ""},
	{"long-enough-password", "!b!cdefgh",
		"t:13: users[0].password: a value that begins with ! must be in quotes\n", ""},
	{"long-enough-password", "[bcdefghi",
		"t:13: users[0].password: is a list (a single value is expected)\n"
		"t:13: users[0].password: the list [ that begins here does not end, or lacks a "
		"comma (put a value that begins with [ in quotes)\n",
		""},
	{"long-enough-password", "]bcdefghi",
		"t:13: users[0].password: a value that begins with ] must be in quotes\n", ""},
	{"long-enough-password", ",bcdefghi",
		"t:13: users[0].password: a value that begins with , must be in quotes\n", ""},
	{"long-enough-password", "b: cdefghi",
		"t:13: users[0].password: a value that contains \": \" must be in quotes\n", ""},
	{"pools:\n  - ", "pools:\n  - @",
		"t:10: pools: a value that begins with @ must be in quotes\n", ""},
	{"    password: long-enough-password\n", "\tpassword: long-enough-password\n",
		"t:13: a TAB is in the indentation: use spaces\n", ""},
	{"  - name: user-01\n", "  - name: user-01\n   \tdisabled: true\n",
		"t:13: a TAB is in the indentation: use spaces\n", ""},

	/* Quotes. */
	{"long-enough-secret", "\"long-enough-secret",
		"t:8: ike.psk: the quote that begins here does not end\n", ""},
	{"long-enough-secret", "'long-enough-secret",
		"t:8: ike.psk: the quote that begins here does not end\n", ""},
	{"long-enough-secret", "\"long-enough\"-secret",
		"t:8: ike.psk: text follows the closing quote\n", ""},
	{"long-enough-secret", "'it's long enough'",
		"t:8: ike.psk: text follows the closing quote\n", ""},
	{"long-enough-secret", "\"long\\enough-secret\"",
		"t:8: ike.psk: contains a control character (in double quotes, a backslash "
		"begins an escape)\n",
		""},
	{"user-01\n", "\"user-01\n",
		"t:12: users[0].name: the quote that begins here does not end\n", ""},
	{"  - name: user-01\n    password: long-enough-password\n",
		"  - name: \"a\n    password: hunter22\n  - name: \"b\"\n    password: hunter23\n",
		"t:12: users[0].name: continues on line 14: a value must be on one line (is a "
		"quote missing?)\n"
		"t:12: users[0].name: the quote that begins here ends in line 14, where more "
		"text follows\n",
		""},
	{"long-enough-secret", "long-enough\n    secret",
		"t:8: ike.psk: continues on line 9: a value must be on one line (is a quote "
		"missing?)\n",
		""},
	{"long-enough-secret", "|\n    long-enough-secret",
		"t:8: ike.psk: continues on line 10: a value must be on one line (is a quote "
		"missing?)\n",
		""},

	/* Blanks and colons that are missing. */
	{"psk: ", "psk:",
		"t:8: ike: a blank is missing after \"psk:\"\n", ""},
	{"  psk: ", "  lifetime: 8h\n  psk:",
		"t:9: a blank is missing after \"psk:\"\n", ""},
	{"  psk: long-enough-secret\n", "  psk:long-enough-secret\n  lifetime: 8h\n",
		"t:8: ike: a blank is missing after \"psk:\"\n", ""},
	{"ike:\n  psk: long-enough-secret\n", "ike: {lifetime: 8h, psk:long-enough-secret}\n",
		"t:7: ike: a blank is missing after \"psk:\"\n", ""},
	{"    password: ", "    password:",
		"t:13: a blank is missing after \"password:\"\n", ""},
	{"name: user-01", "name:user-01",
		"t:12: users[0]: a blank is missing after \"name:\"\n", ""},
	{"  - name: user-01\n    password: long-enough-password\n",
		"  - {name: a, password:hunter22}\n",
		"t:12: users[0]: a blank is missing after \"password:\"\n", ""},
	{"  - name: user-01\n    password: long-enough-password\n", "  - name:hunter22\n",
		"t:12: users[0]: a blank is missing after \"name:\"\n", ""},
	{"  psk: long-enough-secret\n",
		"  lifetime: 8h\n  psk long-enough-secret\n  nat_traversal: true\n",
		"t:9: a colon is missing after the key\n", ""},
	{"    password: long-enough-password\n", "   password: long-enough-password\n",
		"t:12: users[0].password: is missing\n"
		"t:13: the indentation does not match the lines above\n",
		""},
};
/* clang-format on */

static void
test_traps(void **state)
{
	(void)state;
	check_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

/* A file may be checked on another machine than the one that it is for. */
static void
test_other_machine(void **state)
{
	struct lines lines = {0};
	struct config config;
	char text[2048];

	(void)state;
	replaced("wan:\n", "workers: {cores: [1001]}\neal: {control_core: 1000}\nwan:\n", text,
		sizeof(text));
	assert_int_not_equal(config_parse("t", text, strlen(text), 0, &config, collect, &lines), 0);
	assert_int_equal(lines.n, 2);
	memset(&lines, 0, sizeof(lines));
	assert_int_equal(
		config_parse("t", text, strlen(text), CONFIG_ANY_MACHINE, &config, collect, &lines),
		0);
	assert_non_null(strstr(lines.warnings,
		"t:2: warning: eal.control_core: core 1000 is not available on this machine "
		"(available: "));
	assert_non_null(strstr(lines.warnings,
		"t:1: warning: workers.cores[0]: core 1001 is not available on this machine "
		"(available: "));
	config_free(&config);
}

/* Whether the line is a key or an entry that is commented out, and not prose. */
static bool
is_commented_out(const char *line)
{
	const char *p = line + strspn(line, " ");

	if (strncmp(p, "# ", 2) != 0)
		return false;
	p += 2 + strspn(p + 2, " ");
	if (strncmp(p, "- ", 2) == 0)
		return true;
	p += strspn(p, "abcdefghijklmnopqrstuvwxyz_");
	return *p == ':' && (p[1] == ' ' || p[1] == '\n');
}

/* Whatever the operator uncomments in the example is valid, even all of it at once. */
static void
test_example_uncommented(void **state)
{
	static char text[65536], line[512];
	FILE *f = fopen(SOURCE_ROOT "/configs/kanmon.yaml", "r");
	struct lines lines = {0};
	struct config config;
	size_t len = 0, n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		char *hash = strstr(line, "# ");

		if (is_commented_out(line)) {
			memmove(hash, hash + 2, strlen(hash + 2) + 1);
			n++;
		}
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", line);
	}
	fclose(f);
	assert_true(n > 100);
	if (config_parse("kanmon.yaml", text, len, CONFIG_ANY_MACHINE, &config, collect, &lines) !=
		0)
		fail_msg("%s", lines.text);
	assert_int_equal(config.lan.gateway, htonl(0xc0a800fd));
	assert_int_equal(config.n_rules, 2);
	assert_int_equal(config.n_segments, 1);
	config_free(&config);
}

/* The example's secrets are known to everyone. */
static void
test_example_secrets(void **state)
{
	struct lines lines = {0};
	struct config config;

	(void)state;
	assert_int_equal(config_load(SOURCE_ROOT "/configs/kanmon.yaml", CONFIG_ANY_MACHINE,
				 &config, collect, &lines),
		0);
	assert_non_null(strstr(lines.warnings, "warning: ike.psk: is the key of the example"));
	assert_non_null(strstr(
		lines.warnings, "warning: users[0].password: is the password of the example"));
	config_free(&config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_traps),
		cmocka_unit_test(test_other_machine),
		cmocka_unit_test(test_example_uncommented),
		cmocka_unit_test(test_example_secrets),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
