/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole data plane as control sees it: two ports of net_ring (what is sent comes back), and two
 * workers with one queue between them. EAL can start only once in a process, so all tests share it.
 */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "cksum.h"
#include "dp_impl.h"
#include "log.h"

#define MAX_SESSIONS 4
#define WAIT_MS      5000

static const uint8_t neighbour_mac[6] = {2, 0, 0, 0, 0, 0x42};

/* The last punted packet. */
struct seen {
	unsigned n[PUNT_N];
	struct dp_punt last;
	uint8_t bytes[2048];
};

static void
on_punt(void *arg, const struct dp_punt *punt)
{
	struct seen *seen = arg;

	seen->n[punt->reason]++;
	seen->last = *punt;
	memcpy(seen->bytes, punt->data, punt->len);
	seen->last.data = seen->bytes;
}

/* One turn of the control loop, with a short sleep. */
static void
turn(struct dp *dp, struct seen *seen)
{
	const struct timespec ms = {.tv_nsec = 1000000};

	dp_poll(dp);
	dp_punt_drain(dp, 64, on_punt, seen);
	nanosleep(&ms, NULL);
}

static void
wait_for_punt(struct dp *dp, struct seen *seen, enum punt_reason reason)
{
	for (unsigned i = 0; i < WAIT_MS && seen->n[reason] == 0; i++)
		turn(dp, seen);
	assert_int_equal(seen->n[reason], 1);
	assert_int_equal(seen->last.reason, reason);
}

static void
wait_for_drop(struct dp *dp, enum drop_reason reason, uint64_t n)
{
	struct seen seen = {0};

	for (unsigned i = 0; i < WAIT_MS && dp_drops(dp, reason) < n; i++)
		turn(dp, &seen);
	assert_int_equal(dp_drops(dp, reason), n);
}

static be32
ip(const char *text)
{
	be32 addr;

	assert_int_equal(ip_parse(text, &addr), 0);
	return addr;
}

/* Numbers that another test gave back may not be free yet. */
static uint32_t
take_session(struct dp *dp, unsigned worker)
{
	struct seen seen = {0};
	uint32_t sid = DP_SID_NONE;

	for (unsigned i = 0; i < WAIT_MS && sid == DP_SID_NONE; i++) {
		sid = dp_sess_take(dp, worker);
		turn(dp, &seen);
	}
	assert_int_not_equal(sid, DP_SID_NONE);
	return sid;
}

/* Writes an IPv4 header with n bytes of payload behind it. */
static size_t
packet(uint8_t *p, const char *src, const char *dst, size_t n)
{
	be32 s = ip(src), d = ip(dst);
	uint16_t sum;

	memset(p, 0, 20 + n);
	p[0] = 0x45;
	p[2] = (uint8_t)((20 + n) >> 8);
	p[3] = (uint8_t)(20 + n);
	p[8] = 64;
	p[9] = IPPROTO_ICMP;
	memcpy(p + 12, &s, 4);
	memcpy(p + 16, &d, 4);
	sum = cksum(p, 20);
	memcpy(p + 10, &sum, 2);
	return 20 + n;
}

static void
ports_have_addresses_and_links(void **state)
{
	struct dp *dp = *state;
	uint8_t mac[6] = {0xff};
	struct dp_port_stats st;

	dp_port_mac(dp, DP_LAN, mac);
	assert_int_equal(mac[0] & 1, 0);
	assert_true(dp_port_link(dp, DP_WAN));
	assert_true(dp_port_link(dp, DP_LAN));
	assert_int_equal(dp_n_workers(dp), 2);
	assert_int_equal(dp_port_stats(dp, DP_WAN, &st), 0);
}

/* A frame that leaves the LAN port comes back in: broadcast ARP is punted unchanged. */
static void
arp_reaches_control(void **state)
{
	struct dp *dp = *state;
	struct seen seen = {0};
	uint8_t frame[60];

	memset(frame, 0xff, 6);
	dp_port_mac(dp, DP_LAN, frame + 6);
	memcpy(frame + 12, "\x08\x06", 2);
	memset(frame + 14, 0x5a, sizeof(frame) - 14);
	assert_int_equal(dp_inject_frame(dp, DP_LAN, frame, sizeof(frame)), 0);
	wait_for_punt(dp, &seen, PUNT_ARP);
	assert_int_equal(seen.last.net, DP_LAN);
	assert_int_equal(seen.last.sid, DP_SID_NONE);
	assert_int_equal(seen.last.len, sizeof(frame));
	assert_memory_equal(seen.bytes, frame, sizeof(frame));
	assert_true(dp_punts(dp, PUNT_ARP) >= 1);
}

static void
ping_to_us_reaches_control(void **state)
{
	struct dp *dp = *state;
	struct seen seen = {0};
	uint8_t frame[14 + 64];
	size_t n = packet(frame + 14, "10.0.0.1", "10.0.0.254", 8);

	dp_port_mac(dp, DP_WAN, frame);
	memcpy(frame + 6, neighbour_mac, 6);
	memcpy(frame + 12, "\x08\x00", 2);
	assert_int_equal(dp_inject_frame(dp, DP_WAN, frame, 14 + n), 0);
	wait_for_punt(dp, &seen, PUNT_SELF);
	assert_int_equal(seen.last.net, DP_WAN);
	assert_memory_equal(seen.bytes, frame + 14, n);
}

/* An unknown next hop is punted, a known one used; for other networks it is the gateway. */
static void
unknown_next_hops_are_punted_then_used(void **state)
{
	struct dp *dp = *state;
	struct seen seen = {0};
	uint8_t bytes[64];
	size_t n = packet(bytes, "10.0.0.254", "203.0.113.7", 8);
	uint64_t before = dp_drops(dp, DROP_ETHER_OTHER_MAC);

	assert_int_equal(dp_inject_ip(dp, DP_WAN, bytes, n), 0);
	wait_for_punt(dp, &seen, PUNT_NEIGH);
	assert_int_equal(seen.last.net, DP_WAN);
	assert_int_equal(seen.last.next_hop, ip("10.0.0.253"));
	assert_memory_equal(seen.bytes, bytes, n);
	assert_false(dp_neigh_used(dp, DP_WAN, ip("10.0.0.253")));

	dp_neigh_set(dp, DP_WAN, ip("10.0.0.253"), neighbour_mac);
	assert_int_equal(dp_inject_ip(dp, DP_WAN, bytes, n), 0);
	/* The frame comes back for a MAC address that is not ours. */
	wait_for_drop(dp, DROP_ETHER_OTHER_MAC, before + 1);
	assert_true(dp_neigh_used(dp, DP_WAN, ip("10.0.0.253")));
	assert_false(dp_neigh_used(dp, DP_WAN, ip("10.0.0.253")));

	dp_neigh_clear(dp, DP_WAN, ip("10.0.0.253"));
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(dp_inject_ip(dp, DP_WAN, bytes, n), 0);
	wait_for_punt(dp, &seen, PUNT_NEIGH);
}

/* Waits until the next hop is this one: until the worker has taken over the new routes. */
static void
asks_for(struct dp *dp, const uint8_t *bytes, size_t n, const char *hop)
{
	struct seen seen = {0};

	for (unsigned i = 0; i < WAIT_MS && seen.last.next_hop != ip(hop); i++) {
		dp_inject_ip(dp, DP_WAN, bytes, n);
		turn(dp, &seen);
	}
	assert_int_equal(seen.last.next_hop, ip(hop));
	/* Packets still in flight would disturb the next test. */
	for (unsigned i = 0; i < 20; i++)
		turn(dp, &seen);
}

/* Routes and the WAN's address may change while packets flow; the LAN's network may not. */
static void
routes_and_addresses_change(void **state)
{
	struct dp *dp = *state;
	struct dp_route route = {.to = {.addr = ip("203.0.113.0"), .len = 24},
		.kind = DP_ROUTE_VIA,
		.out = DP_WAN,
		.hop = ip("10.0.0.7")};
	struct dp_net net = {.net = {[DP_WAN] = {{ip("10.0.0.254"), 24}, ip("10.0.0.253")},
				     [DP_LAN] = {{ip("192.168.0.254"), 24}, 0}},
		.routes = &route,
		.n_routes = 1};
	const struct dp_net before = {
		.net = {[DP_WAN] = net.net[DP_WAN], [DP_LAN] = net.net[DP_LAN]}};
	struct seen seen = {0};
	uint64_t before_drops;
	uint8_t bytes[64];
	size_t n = packet(bytes, "10.0.0.254", "203.0.113.7", 8);

	assert_int_equal(dp_net_set(dp, &net), 0);
	asks_for(dp, bytes, n, "10.0.0.7");
	/* Without an address nothing has a route. */
	net.net[DP_WAN].address = (struct ip_prefix){0, 32};
	net.net[DP_WAN].gateway = 0;
	net.n_routes = 0;
	assert_int_equal(dp_net_set(dp, &net), 0);
	before_drops = dp_drops(dp, DROP_NO_ROUTE);
	for (unsigned i = 0; i < WAIT_MS && dp_drops(dp, DROP_NO_ROUTE) == before_drops; i++) {
		dp_inject_ip(dp, DP_WAN, bytes, n);
		turn(dp, &seen);
	}
	assert_true(dp_drops(dp, DROP_NO_ROUTE) > before_drops);
	/* Another network. */
	net.net[DP_WAN].address = (struct ip_prefix){ip("172.16.0.9"), 20};
	net.net[DP_WAN].gateway = ip("172.16.15.254");
	assert_int_equal(dp_net_set(dp, &net), 0);
	dp_neigh_set(dp, DP_WAN, ip("10.0.0.253"), neighbour_mac);
	assert_false(dp_neigh_used(dp, DP_WAN, ip("10.0.0.253")));
	asks_for(dp, bytes, n, "172.16.15.254");
	net.net[DP_WAN].address.len = 8;
	assert_int_equal(dp_net_set(dp, &net), -EINVAL);
	net.net[DP_WAN].address.len = 20;
	net.net[DP_LAN].address.addr = ip("192.168.0.253");
	assert_int_equal(dp_net_set(dp, &net), -EINVAL);
	assert_int_equal(dp_net_set(dp, &before), 0);
}

static void
no_gateway_no_route(void **state)
{
	struct dp *dp = *state;
	uint64_t before = dp_drops(dp, DROP_NO_ROUTE);
	uint8_t bytes[64];
	size_t n = packet(bytes, "192.168.0.254", "203.0.113.7", 8);

	assert_int_equal(dp_inject_ip(dp, DP_LAN, bytes, n), 0);
	wait_for_drop(dp, DROP_NO_ROUTE, before + 1);
}

static void
invalid_injections_are_refused(void **state)
{
	struct dp *dp = *state;
	static const uint8_t zeros[DP_PACKET_MAX + 1];
	uint8_t bytes[64];
	size_t n = packet(bytes, "192.168.0.20", "192.168.0.1", 8);

	assert_int_equal(dp_inject_ip(dp, DP_WAN, zeros, 19), -EMSGSIZE);
	assert_int_equal(dp_inject_ip(dp, DP_WAN, zeros, sizeof(zeros)), -EMSGSIZE);
	assert_int_equal(dp_inject_frame(dp, DP_WAN, zeros, 13), -EMSGSIZE);
	assert_int_equal(dp_inject_client(dp, bytes, n), -ENOENT); /* not leased */
	n = packet(bytes, "192.168.0.20", "10.0.0.1", 8);
	assert_int_equal(dp_inject_client(dp, bytes, n), -ENOENT); /* not in the LAN */
	assert_int_equal(dp_inject_l2tp(dp, DP_SID_NONE, zeros, 12), -ENOENT);
	assert_int_equal(dp_inject_l2tp(dp, 1, zeros, 12), -ENOENT);
	assert_int_equal(dp_inject_l2tp(dp, UINT32_MAX, zeros, 12), -ENOENT);
}

/*
 * All numbers of a worker can be taken, name their worker, and are free again after a grace period.
 */
static void
session_numbers_come_back(void **state)
{
	struct dp *dp = *state;
	struct seen seen = {0};

	for (unsigned worker = 0; worker < 2; worker++) {
		uint32_t sid[MAX_SESSIONS];

		for (unsigned i = 0; i < MAX_SESSIONS; i++) {
			sid[i] = take_session(dp, worker);
			assert_int_equal(DP_ID_WORKER(sid[i]), worker);
		}
		assert_int_equal(dp_sess_take(dp, worker), DP_SID_NONE);
		assert_int_equal(dp_worker_sessions(dp, worker), MAX_SESSIONS);
		dp_sess_retire(dp, sid[2]);
		dp_sess_retire(dp, sid[2]); /* must not free it twice */
		assert_int_equal(dp_worker_sessions(dp, worker), MAX_SESSIONS - 1);
		for (unsigned i = 0; i < WAIT_MS; i++) {
			uint32_t again = dp_sess_take(dp, worker);

			if (again != DP_SID_NONE) {
				assert_int_equal(again, sid[2]);
				break;
			}
			turn(dp, &seen);
		}
		assert_int_equal(dp_sess_take(dp, worker), DP_SID_NONE);
		for (unsigned i = 0; i < MAX_SESSIONS; i++)
			dp_sess_retire(dp, sid[i]);
		assert_int_equal(dp_worker_sessions(dp, worker), 0);
	}
}

static void
a_session_is_published_replaced_and_retired(void **state)
{
	struct dp *dp = *state;
	struct dp_sess sess = {.client = ip("192.168.0.5"),
		.local_port = htons(1701),
		.peer_port = htons(1701),
		.our_tid = 7,
		.our_sid = 8,
		.peer_tid = 9,
		.peer_sid = 10,
		.mtu = 1400};
	struct dp_sess_stats st;
	uint8_t bytes[64], msg[12] = {0xc8, 0x02};
	size_t n = packet(bytes, "192.168.0.20", "192.168.0.5", 8);
	uint64_t no_out = dp_drops(dp, DROP_NO_SA_OUT);
	uint32_t sid = take_session(dp, 1);

	assert_false(dp_sess_stats(dp, sid, &st));
	assert_int_equal(dp_inject_l2tp(dp, sid, msg, sizeof(msg)), -ENOENT);
	assert_int_equal(dp_sess_publish(dp, sid, &sess), 0);
	assert_int_equal(dp_lease_set(dp, ip("10.0.0.5"), sid), -EINVAL);
	assert_int_equal(dp_lease_set(dp, sess.client, sid), 0);

	/* Both kinds of packets end where the session cannot send yet. */
	assert_int_equal(dp_inject_l2tp(dp, sid, msg, sizeof(msg)), 0);
	wait_for_drop(dp, DROP_NO_SA_OUT, no_out + 1);
	assert_int_equal(dp_inject_client(dp, bytes, n), 0);
	wait_for_drop(dp, DROP_NO_SA_OUT, no_out + 2);

	/* Counters survive a replacement. */
	assert_true(dp_sess_stats(dp, sid, &st));
	assert_int_equal(st.up_packets, 0);
	assert_int_equal(st.down_packets, 1);
	assert_int_equal(st.down_bytes, n);
	sess.mtu = 1200;
	assert_int_equal(dp_sess_publish(dp, sid, &sess), 0);
	memset(&st, 0, sizeof(st));
	assert_true(dp_sess_stats(dp, sid, &st));
	assert_int_equal(st.down_packets, 1);

	dp_lease_clear(dp, sess.client);
	assert_int_equal(dp_inject_client(dp, bytes, n), -ENOENT);
	dp_sess_retire(dp, sid);
	assert_false(dp_sess_stats(dp, sid, &st));
	assert_int_equal(dp_sess_publish(dp, sid, &sess), -EINVAL);
}

/* Ns continues when the session's parameters change, and starts again for another L2TP session. */
static void
l2tp_sessions_count_from_zero(void **state)
{
	struct dp *dp = *state;
	struct dp_sess sess = {.our_tid = 7, .our_sid = 8, .mtu = 1400, .sequencing = true};
	uint32_t sid = take_session(dp, 0);

	assert_int_equal(dp_sess_publish(dp, sid, &sess), 0);
	dp_sess_get(dp, sid)->ns = 5;
	sess.mtu = 1300;
	assert_int_equal(dp_sess_publish(dp, sid, &sess), 0);
	assert_int_equal(dp_sess_get(dp, sid)->ns, 5);
	sess.our_sid = 9;
	assert_int_equal(dp_sess_publish(dp, sid, &sess), 0);
	assert_int_equal(dp_sess_get(dp, sid)->ns, 0);
	dp_sess_get(dp, sid)->ns = 5;
	sess.our_tid = 8;
	assert_int_equal(dp_sess_publish(dp, sid, &sess), 0);
	assert_int_equal(dp_sess_get(dp, sid)->ns, 0);
	dp_sess_retire(dp, sid);
}

static void
spis_have_a_new_generation_each_time(void **state)
{
	struct dp *dp = *state;
	const struct esp_suite *suite = esp_suite_find("aes128-sha1");
	struct esp_keys keys = {{1}, {2}};
	struct seen seen = {0};
	struct dp_sa_stats st;
	struct dp_sa sa = {.suite = suite, .keys = &keys};
	be32 spi = dp_spi_take(dp, 1), again = 0;

	assert_non_null(suite);
	assert_true(ntohl(spi) >= 256); /* RFC 4303, 2.1 */
	assert_int_equal(DP_ID_WORKER(ntohl(spi)), 1);
	sa.spi = spi;
	assert_false(dp_sa_in_stats(dp, spi, &st));
	assert_int_equal(dp_sa_in_publish(dp, &sa, 5), 0);
	assert_int_equal(dp_sa_in_publish(dp, &sa, 5), -EINVAL);
	assert_true(dp_sa_in_stats(dp, spi, &st));
	assert_int_equal(st.packets, 0);
	dp_sa_in_retire(dp, spi);
	dp_sa_in_retire(dp, spi);
	assert_false(dp_sa_in_stats(dp, spi, &st));

	/* The slot is taken again with another SPI; the old SPI does not reach it. */
	for (unsigned i = 0; i < WAIT_MS && DP_ID_SLOT(ntohl(again)) != DP_ID_SLOT(ntohl(spi));
		i++) {
		if (again != 0)
			dp_sa_in_retire(dp, again);
		again = dp_spi_take(dp, 1);
		turn(dp, &seen);
	}
	assert_int_equal(DP_ID_SLOT(ntohl(again)), DP_ID_SLOT(ntohl(spi)));
	assert_int_not_equal(again, spi);
	sa.spi = spi;
	assert_int_equal(dp_sa_in_publish(dp, &sa, 5), -EINVAL);
	dp_sa_in_retire(dp, again);
}

/* Stopped with sessions and SAs still published, nothing leaks (the sanitizer checks it). */
static void
leave_something_published(void **state)
{
	struct dp *dp = *state;
	struct esp_keys keys = {{1}, {2}};
	struct dp_sa sa = {.suite = esp_suite_find("aes128-sha1"), .keys = &keys};
	struct dp_sess sess = {.local_port = htons(1701), .peer_port = htons(1701), .mtu = 1400};
	uint32_t sid = take_session(dp, 0);

	sa.spi = dp_spi_take(dp, 0);
	assert_int_equal(dp_sa_in_publish(dp, &sa, sid), 0);
	assert_int_equal(dp_sess_publish(dp, sid, &sess), 0);
	assert_int_equal(dp_sess_publish(dp, sid, &sess), 0);
}

static int
start(void **state)
{
	struct dp_config config = {
		.n_workers = 2,
		.idle_sleep_us = 100,
		.max_sessions = MAX_SESSIONS,
		.replay_window = 64,
		.port =
			{
				[DP_WAN] = {.device = "net_ring0",
					.gateway = ip("10.0.0.253"),
					.mtu = 1500,
					.queues = 1,
					.descriptors = 256},
				[DP_LAN] = {.device = "net_ring1",
					.mtu = 1500,
					.queues = 2,
					.descriptors = 256},
			},
	};
	struct dp *dp;

	log_set_level_all(LOG_LEVEL_INFO);
	ip_prefix_parse("10.0.0.254/24", &config.port[DP_WAN].address);
	ip_prefix_parse("192.168.0.254/24", &config.port[DP_LAN].address);
	snprintf(config.file_prefix, sizeof(config.file_prefix), "kanmon-test-%d", (int)getpid());
	if (dp_start(&config, &dp) != 0)
		return -1;
	*state = dp;
	return 0;
}

static int
stop(void **state)
{
	dp_stop(*state);
	dp_stop(NULL);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_have_addresses_and_links),
		cmocka_unit_test(arp_reaches_control),
		cmocka_unit_test(ping_to_us_reaches_control),
		cmocka_unit_test(unknown_next_hops_are_punted_then_used),
		cmocka_unit_test(routes_and_addresses_change),
		cmocka_unit_test(no_gateway_no_route),
		cmocka_unit_test(invalid_injections_are_refused),
		cmocka_unit_test(session_numbers_come_back),
		cmocka_unit_test(a_session_is_published_replaced_and_retired),
		cmocka_unit_test(l2tp_sessions_count_from_zero),
		cmocka_unit_test(spis_have_a_new_generation_each_time),
		cmocka_unit_test(leave_something_published),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
