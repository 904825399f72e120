/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of good files: the example, what is not the default, and files as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_good.h"

/* A core that no machine has, and one that is used twice. */
static void
test_cores(void **state)
{
	struct lines lines = {0};
	struct config config;
	char text[2048];

	(void)state;
	replaced("wan:\n", "workers: {cores: [1, 1023]}\neal: {control_core: 1}\nwan:\n", text,
		sizeof(text));
	assert_int_not_equal(config_parse("t", text, strlen(text), 0, &config, collect, &lines), 0);
	assert_int_equal(lines.n, 2);
	assert_non_null(strstr(
		lines.text, "t:1: workers.cores[0]: core 1 is already used by eal.control_core"));
	assert_non_null(strstr(lines.text, "t:1: workers.cores[1]: core 1023 does not exist"));

	memset(&lines, 0, sizeof(lines));
	replaced("wan:\n", "workers: {cores: [1, 1]}\nwan:\n", text, sizeof(text));
	assert_int_not_equal(config_parse("t", text, strlen(text), 0, &config, collect, &lines), 0);
	assert_string_equal(lines.text,
		"t:1: workers.cores[1]: core 1 is already used by another worker (sharing "
		"requires workers.idle_sleep_us above 0)\n");

	memset(&lines, 0, sizeof(lines));
	replaced("wan:\n", "workers: {cores: [0, 1, 1], idle_sleep_us: 10}\nwan:\n", text,
		sizeof(text));
	assert_int_equal(config_parse("t", text, strlen(text), 0, &config, collect, &lines), 0);
	assert_int_equal(config.n_workers, 3);
	config_free(&config);
}

static void
assert_ip(be32 addr, const char *text)
{
	char buf[IP_STR_LEN];

	assert_string_equal(ip_str(addr, buf), text);
}

static void
assert_suites(const struct ike_config *ike)
{
	static const char *const suites[] = {"aes256-sha1-modp2048", "aes256-sha1-ecp384",
		"aes128-sha1-ecp256", "3des-sha1-modp2048"};
	static const char *const esp[] = {
		"aes128-sha1", "aes256-sha1", "aes256-sha256", "3des-sha1"};
	char name[IKE_SUITE_STR_LEN];

	assert_int_equal(ike->n_suites, 4);
	assert_int_equal(ike->n_esp, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_string_equal(ike_suite_str(&ike->suites[i], name), suites[i]);
		assert_string_equal(ike->esp[i]->name, esp[i]);
	}
}

/* The example, value for value. */
static void
test_example(void **state)
{
	struct lines lines = {0};
	struct config c;
	struct dp_config dp;

	(void)state;
	assert_int_equal(
		config_load(SOURCE_ROOT "/configs/kanmon.yaml", 0, &c, collect, &lines), 0);
	assert_string_equal(lines.text, "");
	assert_ip(c.wan.address.addr, "10.0.0.254");
	assert_int_equal(c.wan.address.len, 24);
	assert_ip(c.lan.address.addr, "192.168.0.254");
	assert_int_equal(c.lan.address.len, 24);
	assert_string_equal(c.wan.device, "0000:03:00.0");
	assert_int_equal(c.wan.mtu, 1500);
	assert_int_equal(c.wan.descriptors, 1024);
	assert_int_equal(c.ike.psk.len, 9);
	assert_memory_equal(c.ike.psk.b, "secret123", 9);
	assert_suites(&c.ike);
	assert_int_equal(c.ike.life_s, 28800);
	assert_int_equal(c.ike.esp_life_s, 3600);
	assert_int_equal(c.ike.esp_life_kb, 0);
	assert_int_equal(c.ike.n_pfs, 0);
	assert_true(c.ike.natt);
	assert_int_equal(c.ppp.mtu, 1400);
	assert_int_equal(c.ppp.mru, 1400);
	assert_int_equal(config_mss_clamp(&c), 1360);
	assert_int_equal(c.ppp.auth_tries, 3);
	assert_int_equal(c.dns[0], 0);
	assert_int_equal(c.n_pools, 1);
	assert_ip(c.pools[0].first, "192.168.0.1");
	assert_ip(c.pools[0].last, "192.168.0.31");
	assert_int_equal(c.n_users, 1);
	assert_string_equal(c.users[0].name, "user-01");
	assert_ptr_equal(config_find_user(&c, "user-01"), &c.users[0]);
	assert_null(config_find_user(&c, "user-02"));
	assert_null(config_find_user(&c, "user-0"));
	assert_string_equal(c.users[0].password, "password123");
	assert_int_equal(c.users[0].address, 0);
	assert_false(c.users[0].disabled);
	assert_string_equal(c.control_socket, "/run/kanmon/kanmon.sock");
	assert_int_equal(c.log_level, LOG_LEVEL_INFO);
	assert_int_equal(c.l2tp.hello_s, 60);

	/* Source NAT for the LAN. */
	assert_int_equal(c.nat.n_sources, 1);
	assert_int_equal(c.nat.source[0].from.n, 1);
	assert_ip(c.nat.source[0].from.net[0].addr, "192.168.0.0");
	assert_int_equal(c.nat.source[0].from.net[0].len, 24);
	assert_int_equal(c.nat.source[0].to.first, 0);
	assert_int_equal(c.nat.n_destinations, 0);
	assert_int_equal(c.nat.mapping, NAT_ENDPOINT_INDEPENDENT);
	assert_int_equal(c.nat.filtering, NAT_ENDPOINT_INDEPENDENT);
	assert_int_equal(c.nat.max_sessions, 1000000);
	assert_int_equal(c.nat.timeout[NAT_QUEUE_UDP], 300);
	assert_int_equal(c.nat.timeout[NAT_QUEUE_TCP], 7440);
	assert_int_equal(c.nat.timeout[NAT_QUEUE_HALF], 240);

	config_dp(&c, &dp);
	assert_ptr_equal(dp.nat, &c.nat);
	assert_int_equal(dp.control_core, 0);
	assert_int_equal(dp.n_workers, 1);
	assert_int_equal(dp.worker_core[0], 1);
	assert_true(dp.hugepages);
	assert_string_equal(dp.file_prefix, "kanmon");
	assert_int_equal(dp.max_sessions, 11000);
	assert_int_equal(dp.replay_window, 1024);
	assert_string_equal(dp.port[DP_LAN].device, "0000:04:00.0");
	config_free(&c);
	assert_null(c.users);
	assert_int_equal(c.ike.psk.len, 0);
}

/* Values that differ from the defaults end up in their fields, including numbers of all widths. */
static void
test_values(void **state)
{
	static const char more[] =
		"log: {level: debug, modules: {ike: error, dp: notice}}\n"
		"control: {socket: /tmp/k.sock}\n"
		"eal: {hugepages: false, memory_mb: 700, file_prefix: k2, options: "
		"[--no-telemetry, -d, x.so]}\n"
		"workers: {idle_sleep_us: 50}\n"
		"esp: {path_mtu: true, lifetime: 60, lifetime_kb: 4294967295, replay_window: 64, "
		"pfs: [ecp256, modp2048]}\n"
		"l2tp: {hello: 2m, receive_window: 4, host_name: gw.example}\n"
		"ppp: {mtu: 1300, mru: 1280, mss_clamp: 1200, dns: [1.1.1.1, 9.9.9.9], "
		"echo_interval: 0, echo_failures: 9, auth_tries: 1, name: gw}\n"
		"limits: {half_open: 7, half_open_per_source: 3, sessions: 60000, "
		"sessions_per_user: 2, takeover: oldest}\n"
		"nat: {source: [{name: out, from: [192.168.0.0/24, 10.1.0.0/16], to: "
		"10.0.0.16-10.0.0.31}],\n"
		"    destination: [{name: web, protocol: both, port: 8000-8010, to: "
		"'192.168.0.100:80', from: [10.0.0.7]}],\n"
		"    mapping: address-dependent, filtering: address-and-port-dependent, "
		"max_sessions: 500,\n"
		"    max_sessions_per_host: 20, timeouts: {udp: 2m, tcp_established: 3h, "
		"tcp_transitory: 5m, icmp: 90}}\n"
		"users:\n"
		"  - {name: a, password: '0123', address: 192.168.0.40, disabled: true}\n";
	struct lines lines = {0};
	struct config c;
	struct dp_config dp;
	char text[4096];

	(void)state;
	replaced("users:\n", more, text, sizeof(text));
	assert_int_equal(config_parse("t", text, strlen(text), 0, &c, collect, &lines), 0);
	assert_int_equal(c.log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(c.log_module_level[LOG_IKE], LOG_LEVEL_ERR);
	assert_int_equal(c.log_module_level[LOG_DP], LOG_LEVEL_NOTICE);
	assert_int_equal(c.log_module_level[LOG_PPP], 0);
	assert_string_equal(c.control_socket, "/tmp/k.sock");
	assert_int_equal(c.ike.esp_life_s, 60);
	assert_true(c.path_mtu);
	assert_int_equal(c.ike.esp_life_kb, 4294967295u);
	assert_int_equal(c.ike.n_pfs, 2);
	assert_int_equal(c.ike.pfs[0], DH_ECP256);
	assert_int_equal(c.ike.pfs[1], DH_MODP2048);
	assert_int_equal(c.l2tp.hello_s, 120);
	assert_int_equal(c.l2tp.receive_window, 4);
	assert_string_equal(c.l2tp.host_name, "gw.example");
	assert_string_equal(c.nat.source[0].name, "out");
	assert_int_equal(c.nat.source[0].from.n, 2);
	assert_ip(c.nat.source[0].to.last, "10.0.0.31");
	assert_string_equal(c.nat.destination[0].name, "web");
	assert_int_equal(c.nat.destination[0].protocols, NAT_TO_TCP | NAT_TO_UDP);
	assert_int_equal(c.nat.destination[0].first, 8000);
	assert_int_equal(c.nat.destination[0].last, 8010);
	assert_ip(c.nat.destination[0].host, "192.168.0.100");
	assert_int_equal(c.nat.destination[0].host_port, 80);
	assert_int_equal(c.nat.destination[0].from.net[0].len, 32);
	assert_int_equal(c.nat.mapping, NAT_ADDRESS_DEPENDENT);
	assert_int_equal(c.nat.filtering, NAT_ADDRESS_AND_PORT_DEPENDENT);
	assert_int_equal(c.nat.max_sessions, 500);
	assert_int_equal(c.nat.max_per_host, 20);
	assert_int_equal(c.nat.timeout[NAT_QUEUE_UDP], 120);
	assert_int_equal(c.nat.timeout[NAT_QUEUE_TCP], 10800);
	assert_int_equal(c.nat.timeout[NAT_QUEUE_TCP_TRANSITORY], 300);
	assert_int_equal(c.nat.timeout[NAT_QUEUE_HALF], 300);
	assert_int_equal(c.nat.timeout[NAT_QUEUE_ICMP], 90);
	assert_int_equal(c.ppp.mtu, 1300);
	assert_int_equal(c.ppp.mru, 1280);
	assert_int_equal(config_mss_clamp(&c), 1200);
	assert_int_equal(c.ppp.echo_s, 0);
	assert_int_equal(c.ppp.echo_max, 9);
	assert_int_equal(c.ppp.auth_tries, 1);
	assert_ip(c.dns[0], "1.1.1.1");
	assert_ip(c.dns[1], "9.9.9.9");
	assert_int_equal(c.limit_half_open, 7);
	assert_int_equal(c.limit_half_open_per_source, 3);
	assert_int_equal(c.limit_sessions_per_user, 2);
	assert_int_equal(c.takeover, CONFIG_TAKEOVER_OLDEST);
	assert_int_equal(c.n_users, 2);
	assert_string_equal(c.users[0].password, "0123");
	assert_ip(c.users[0].address, "192.168.0.40");
	assert_true(c.users[0].disabled);

	config_dp(&c, &dp);
	assert_false(dp.hugepages);
	assert_int_equal(dp.memory_mb, 700);
	assert_string_equal(dp.file_prefix, "k2");
	assert_int_equal(dp.idle_sleep_us, 50);
	assert_int_equal(dp.n_eal_options, 3);
	assert_string_equal(dp.eal_options[2], "x.so");
	assert_int_equal(dp.replay_window, 64);
	config_free(&c);
}

/* --- the file as a whole ---------------------------------------------------------------------- */

static void
test_no_file(void **state)
{
	struct lines lines = {0};
	struct config c;

	(void)state;
	assert_int_not_equal(config_load("/nonexistent.yaml", 0, &c, collect, &lines), 0);
	assert_string_equal(lines.text, "/nonexistent.yaml: No such file or directory\n");
	memset(&lines, 0, sizeof(lines));
	assert_int_not_equal(config_load("/tmp", 0, &c, collect, &lines), 0);
	assert_string_equal(lines.text, "/tmp: Is a directory\n");
}

/* An empty file lacks exactly the required keys. */
static void
test_empty(void **state)
{
	static const char *const required[] = {
		"wan.device", "wan.address", "lan.device", "lan.address", "ike.psk", "users"};
	struct lines lines = {0};
	struct config c;
	char expect[64];

	(void)state;
	assert_int_not_equal(config_parse("t", "# no key\n", 9, 0, &c, collect, &lines), 0);
	assert_int_equal(lines.n, 6);
	for (size_t i = 0; i < 6; i++) {
		snprintf(expect, sizeof(expect), "t:1: %s: is missing\n", required[i]);
		assert_non_null(strstr(lines.text, expect));
	}
}

/* Many users are read, in a time that does not grow with their square. */
static void
test_many_users(void **state)
{
	const unsigned n = 20000;
	struct lines lines = {0};
	size_t room = sizeof(good) + n * 40, len;
	char *text = malloc(room);
	struct config c;

	(void)state;
	assert_non_null(text);
	len = (size_t)snprintf(text, room, "%s", good);
	for (unsigned i = 0; i < n; i++)
		len += (size_t)snprintf(
			text + len, room - len, "  - {name: u%u, password: p}\n", i);
	assert_int_equal(config_parse("t", text, len, 0, &c, collect, &lines), 0);
	assert_int_equal(c.n_users, n + 1);
	assert_string_equal(c.users[n].name, "u19999");
	assert_int_equal(c.users[n].line, 13 + n);
	config_free(&c);
	free(text);
}

/* The manual is up to date with the table: scripts/gen-config-docs writes it. */
static void
test_manual(void **state)
{
	static char manual[65536];
	char *keys = NULL;
	size_t keys_len = 0;
	FILE *f = fopen(SOURCE_ROOT "/docs/configuration.md", "r");
	FILE *mem = open_memstream(&keys, &keys_len);

	(void)state;
	assert_non_null(f);
	assert_non_null(mem);
	manual[fread(manual, 1, sizeof(manual) - 1, f)] = '\0';
	fclose(f);
	config_print_keys(mem);
	fclose(mem);
	assert_true(keys_len > 1000);
	if (strstr(manual, keys) == NULL)
		fail_msg("docs/configuration.md differs from kanmond --keys: run "
			 "scripts/gen-config-docs");
	free(keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cores),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_many_users),
		cmocka_unit_test(test_manual),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
