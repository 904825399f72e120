/* SPDX-License-Identifier: BSD-3-Clause */
/* ARP: what is answered, what is learned, which packets wait. */
#include "lan.h"

#define LEASED "192.168.0.7"
#define FREE   "192.168.0.8"
#define HOST   "192.168.0.10"

/* Makes ARP and a pool with one leased and one free address. */
static struct lan *
lan_with_lease(void)
{
	struct lan *l = lan_new();
	be32 got;

	lan_range(l, LEASED "-" FREE);
	lease_set_state(l->pool, lease_find(l->pool, unit_addr(LEASED)), LEASE_FREE);
	assert_int_equal(lease_acquire(l->pool, "ann", &got), 0);
	assert_int_equal(got, unit_addr(LEASED));
	return l;
}

static void
test_answers(void **state)
{
	static const struct {
		const char *spa, *tpa;
		bool answered;
	} cases[] = {
		{HOST, OWN, true},
		{HOST, LEASED, true},
		{HOST, FREE, false}, /* of the pool, but not leased */
		{HOST, "192.168.0.9", false},
		{HOST, "192.168.0.255", false},
		{HOST, "10.0.0.1", false},
		{"0.0.0.0", OWN, true}, /* a probe: the answer is our defence */
		{"0.0.0.0", LEASED, true},
		{"0.0.0.0", FREE, false},
		{"10.9.9.9", OWN, true}, /* a host that is configured for another network */
		/* Conflicts are not answered. */
		{OWN, OWN, false},
		{LEASED, LEASED, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lan *l = lan_with_lease();
		struct arp_msg m;
		uint8_t a[6];

		lan_feed(l, true, MAC_A, cases[i].spa, cases[i].tpa);
		if (cases[i].answered) {
			lan_expect(l, false, cases[i].tpa, cases[i].spa, MAC_A);
			assert_true(arp_read(l->sent[0].frame, ARP_FRAME_LEN, &m));
			mac(MAC_A, a);
			assert_memory_equal(m.tha, a, 6);
		}
		lan_silent(l);
		assert_int_equal(l->heard, 1);
		lan_free(l);
	}
}

/* A reply is never answered, whatever its target. */
static void
test_replies(void **state)
{
	struct lan *l = lan_with_lease();
	struct arp_stats stats;

	(void)state;
	lan_feed(l, false, MAC_A, HOST, OWN);
	lan_feed(l, false, MAC_A, HOST, LEASED);
	lan_feed(l, false, MAC_A, OWN, HOST);
	lan_feed(l, false, MAC_A, LEASED, HOST);
	lan_silent(l);
	assert_int_equal(l->heard, 4);
	/* Nothing was asked, so nothing is learned. */
	assert_int_equal(l->sets, 0);
	arp_stats(l->arp, &stats);
	assert_int_equal(stats.replies_in, 4);
	assert_int_equal(stats.answered, 0);
	lan_free(l);
}

static void
test_malformed(void **state)
{
	/*
	 * destination, source, type; hardware, protocol, their lengths, operation; sha, spa, tha,
	 * tpa
	 */
	static const char good[] = "ffffffffffff 02000000000a 0806 0001 0800 06 04 0001 "
				   "02000000000a c0a8000a 000000000000 c0a800fe";
	static const struct {
		size_t at;
		uint8_t byte;
	} bad[] = {
		{12, 0x86}, /* not ARP */
		{13, 0x00},
		{15, 6}, /* not Ethernet */
		{16, 0x86}, /* not IPv4 */
		{18, 8},
		{18, 0},
		{19, 16},
		{21, 0}, /* not a request or reply */
		{21, 3},
		{20, 1},
		{22, 0x03}, /* a group address as sender */
		{22, 0xff},
	};
	struct lan *l = lan_with_lease();
	uint8_t frame[64] = {0}, copy[64];
	size_t len = unit_hex(good, frame, sizeof(frame));
	struct arp_stats stats;
	struct arp_msg m;
	uint8_t *p;

	(void)state;
	assert_int_equal(len, ARP_FRAME_LEN);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memcpy(copy, frame, len);
		copy[bad[i].at] = bad[i].byte;
		arp_input(l->arp, copy, len);
	}
	for (size_t n = 0; n < len; n++) {
		p = unit_exact(frame, n);
		assert_false(arp_read(p, n, &m));
		arp_input(l->arp, p, n);
		free(p);
	}
	lan_silent(l);
	assert_int_equal(l->heard, 0);
	arp_stats(l->arp, &stats);
	assert_int_equal(stats.malformed, 12 + ARP_FRAME_LEN);
	/* Complete, and with Ethernet's padding. */
	arp_input(l->arp, frame, len);
	arp_input(l->arp, frame, 60);
	assert_int_equal(l->n_sent, 2);
	lan_free(l);
}

static void
test_own_frames(void **state)
{
	struct lan *l = lan_with_lease();

	(void)state;
	/* Our own message, sent back by a loop, is not a conflict. */
	arp_announce(l->arp, unit_addr(LEASED));
	lan_expect_announcement(l, LEASED);
	arp_input(l->arp, l->sent[0].frame, ARP_FRAME_LEN);
	arp_probe(l->arp, unit_addr(FREE));
	lan_expect_probe(l, FREE);
	arp_input(l->arp, l->sent[1].frame, ARP_FRAME_LEN);
	assert_int_equal(l->heard, 0);
	lan_silent(l);
	lan_free(l);
}

/* Packets wait for their neighbour and are sent in order, up to a limit. */
static void
test_resolve(void **state)
{
	struct lan *l = lan_new();
	struct arp_stats stats;
	uint8_t packet[20] = {0}, a[6];

	(void)state;
	mac(MAC_A, a);
	for (unsigned i = 0; i < ARP_HOLD + 2; i++) {
		packet[0] = (uint8_t)i;
		arp_resolve(l->arp, unit_addr(HOST), packet, sizeof(packet));
	}
	/* One request for all of them. */
	lan_expect(l, true, OWN, HOST, ALL_MAC);
	lan_silent(l);
	lan_feed(l, false, MAC_A, HOST, OWN);
	assert_int_equal(l->sets, 1);
	assert_int_equal(l->set_addr, unit_addr(HOST));
	assert_memory_equal(l->set_mac, a, 6);
	assert_int_equal(l->forwards, ARP_HOLD);
	assert_int_equal(l->forward_len, sizeof(packet));
	for (unsigned i = 0; i < ARP_HOLD; i++)
		assert_int_equal(l->forward[i], i);
	/* One that was in flight when the neighbour became known. */
	packet[0] = 99;
	arp_resolve(l->arp, unit_addr(HOST), packet, sizeof(packet));
	assert_int_equal(l->forwards, ARP_HOLD + 1);
	assert_int_equal(l->forward[ARP_HOLD], 99);
	arp_stats(l->arp, &stats);
	assert_int_equal(stats.held_dropped, 2);
	/* It gets another Ethernet address. */
	mac(MAC_B, a);
	lan_feed(l, true, MAC_B, HOST, HOST);
	assert_int_equal(l->sets, 2);
	assert_memory_equal(l->set_mac, a, 6);
	lan_silent(l);
	lan_free(l);
}

static void
test_no_answer(void **state)
{
	struct lan *l = lan_new();
	uint8_t packet[20] = {7};

	(void)state;
	arp_resolve(l->arp, unit_addr(HOST), packet, sizeof(packet));
	packet[0] = 8;
	arp_resolve(l->arp, unit_addr(HOST), packet, sizeof(packet));
	lan_expect(l, true, OWN, HOST, ALL_MAC);
	/* At most one a second. */
	lan_wait(l, 990);
	lan_silent(l);
	lan_wait(l, 20);
	lan_expect(l, true, OWN, HOST, ALL_MAC);
	lan_wait(l, 1000);
	lan_expect(l, true, OWN, HOST, ALL_MAC);
	assert_int_equal(l->unreachables, 0);
	lan_wait(l, 1000);
	lan_silent(l);
	assert_int_equal(l->unreachables, 2);
	assert_memory_equal(l->unreachable, "\7\10", 2);
	assert_int_equal(l->clears, 0); /* it was never known */
	/* A late answer is ignored. */
	lan_feed(l, false, MAC_A, HOST, OWN);
	assert_int_equal(l->sets, 0);
	lan_wait(l, 60000);
	lan_silent(l);
	/* The next packet causes a new request. */
	arp_resolve(l->arp, unit_addr(HOST), packet, sizeof(packet));
	lan_expect(l, true, OWN, HOST, ALL_MAC);
	lan_free(l);
}

/* A neighbour in use is asked again, first by unicast, and given up if it is silent. */
static void
test_refresh(void **state)
{
	struct lan *l = lan_new();
	uint8_t packet[20] = {0};

	(void)state;
	l->used = true;
	arp_resolve(l->arp, unit_addr(HOST), packet, sizeof(packet));
	lan_feed(l, false, MAC_A, HOST, OWN);
	lan_forget(l);
	lan_wait(l, ARP_REACHABLE_MS - 20);
	lan_silent(l);
	lan_wait(l, 40);
	lan_expect(l, true, OWN, HOST, MAC_A);
	lan_feed(l, false, MAC_A, HOST, OWN);
	lan_wait(l, ARP_REACHABLE_MS - 20);
	lan_silent(l);
	lan_wait(l, 40);
	lan_expect(l, true, OWN, HOST, MAC_A);
	lan_wait(l, 1000);
	lan_expect(l, true, OWN, HOST, MAC_A);
	lan_wait(l, 1000);
	lan_expect(l, true, OWN, HOST, ALL_MAC);
	assert_int_equal(l->clears, 0);
	lan_wait(l, 1000);
	assert_int_equal(l->clears, 1);
	assert_int_equal(l->clear_addr, unit_addr(HOST));
	assert_int_equal(l->unreachables, 0);
	lan_silent(l);
	lan_free(l);

	/* A neighbour that is not in use is forgotten without a request. */
	l = lan_new();
	arp_resolve(l->arp, unit_addr(HOST), packet, sizeof(packet));
	lan_feed(l, false, MAC_A, HOST, OWN);
	lan_forget(l);
	lan_wait(l, ARP_REACHABLE_MS + 20);
	lan_silent(l);
	assert_int_equal(l->clears, 1);
	lan_free(l);
}

/* After the link was down, all are asked at once by broadcast; packets are sent meanwhile. */
static void
test_doubt(void **state)
{
	struct lan *l = lan_new();
	uint8_t packet[20] = {0}, a[6];

	(void)state;
	arp_doubt(l->arp);
	lan_silent(l);
	l->used = true;
	arp_resolve(l->arp, unit_addr(HOST), packet, sizeof(packet));
	lan_feed(l, false, MAC_A, HOST, OWN);
	lan_forget(l);
	arp_doubt(l->arp);
	lan_expect(l, true, OWN, HOST, ALL_MAC);
	assert_int_equal(l->clears, 0);
	/* It has another Ethernet address. */
	mac(MAC_B, a);
	lan_feed(l, false, MAC_B, HOST, OWN);
	assert_memory_equal(l->set_mac, a, 6);
	/* From now on it is asked by unicast, as usual. */
	lan_wait(l, ARP_REACHABLE_MS + 20);
	lan_expect(l, true, OWN, HOST, MAC_B);
	lan_feed(l, false, MAC_B, HOST, OWN);
	/* It does not answer any more. */
	arp_doubt(l->arp);
	for (unsigned i = 0; i < ARP_TRIES; i++) {
		lan_expect(l, true, OWN, HOST, ALL_MAC);
		lan_wait(l, ARP_RETRY_MS + 10);
	}
	assert_int_equal(l->clears, 1);
	lan_silent(l);
	lan_free(l);
}

/* A host that asks for us is learned at once, as it will send more (RFC 826). */
static void
test_learn(void **state)
{
	static const struct {
		const char *spa, *tpa;
		unsigned sets;
	} cases[] = {
		{HOST, OWN, 1},
		{HOST, LEASED, 1},
		{HOST, FREE, 0}, /* not for us */
		{HOST, HOST, 0}, /* an announcement */
		{"0.0.0.0", OWN, 0}, /* a probe */
		{"10.9.9.9", OWN, 0}, /* not of this network */
		{"192.168.0.0", OWN, 0},
		{"192.168.0.255", OWN, 0},
		{OWN, LEASED, 0}, /* never for our own address */
		{LEASED, OWN, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lan *l = lan_with_lease();

		lan_feed(l, true, MAC_A, cases[i].spa, cases[i].tpa);
		assert_int_equal(l->sets, cases[i].sets);
		lan_free(l);
	}
}

static void
test_resolve_refused(void **state)
{
	static const char *const never[] = {
		OWN, "192.168.0.0", "192.168.0.255", "10.0.0.1", "0.0.0.0"};
	struct lan *l = lan_new();
	struct arp_stats stats;
	uint8_t packet[20] = {0};

	(void)state;
	for (size_t i = 0; i < 5; i++)
		arp_resolve(l->arp, unit_addr(never[i]), packet, sizeof(packet));
	lan_silent(l);
	arp_stats(l->arp, &stats);
	assert_int_equal(stats.held_dropped, 5);
	lan_free(l);
}

/* A scan of the network resolves a limited number at a time; other packets are dropped. */
static void
test_scan(void **state)
{
	const struct ip_prefix own = {unit_addr("10.0.0.1"), 16};
	struct lan *l = lan_new();
	uint8_t packet[20] = {0}, m[6];
	struct arp *a;

	(void)state;
	mac(OWN_MAC, m);
	a = arp_new(LAN_PORT, &own, m, &l->timers, &lan_arp_events, l);
	assert_non_null(a);
	for (uint32_t i = 0; i < 1000; i++)
		arp_resolve(a, htonl(0x0a000100 + i), packet, sizeof(packet));
	assert_int_equal(l->n_sent, ARP_PENDING_MAX);
	lan_wait(l, 5000);
	assert_int_equal(l->n_sent, ARP_PENDING_MAX * ARP_TRIES);
	assert_int_equal(l->unreachables, ARP_PENDING_MAX);
	/* After that there is room again. */
	lan_forget(l);
	arp_resolve(a, htonl(0x0a000200), packet, sizeof(packet));
	assert_int_equal(l->n_sent, 1);
	arp_free(a);
	arp_free(NULL);
	lan_free(l);
}

/* With a new address, neighbours and held packets are forgotten, and the new one is answered. */
static void
test_renumber(void **state)
{
	static const uint8_t packet[20] = {0x45};
	const struct ip_prefix none = {.len = 32}, new = {unit_addr("10.1.0.9"), 16};
	struct lan *l = lan_new();

	(void)state;
	lan_feed(l, true, MAC_A, HOST, OWN);
	lan_expect(l, false, OWN, HOST, MAC_A);
	arp_resolve(l->arp, unit_addr("192.168.0.20"), packet, sizeof(packet));
	lan_expect(l, true, OWN, "192.168.0.20", ALL_MAC);
	assert_int_equal(arp_renumber(l->arp, &none), 0);
	lan_feed(l, true, MAC_A, HOST, OWN);
	lan_feed(l, true, MAC_A, HOST, "0.0.0.0");
	lan_wait(l, 2 * ARP_REACHABLE_MS);
	lan_silent(l);
	assert_int_equal(l->unreachables + l->forwards, 0);
	arp_probe(l->arp, new.addr);
	lan_expect_probe(l, "10.1.0.9");
	assert_int_equal(arp_renumber(l->arp, &new), 0);
	lan_feed(l, true, MAC_B, "10.1.255.1", "10.1.0.9");
	lan_expect(l, false, "10.1.0.9", "10.1.255.1", MAC_B);
	assert_int_equal(l->set_addr, unit_addr("10.1.255.1"));
	lan_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_own_frames),
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_refresh),
		cmocka_unit_test(test_doubt),
		cmocka_unit_test(test_learn),
		cmocka_unit_test(test_resolve_refused),
		cmocka_unit_test(test_scan),
		cmocka_unit_test(test_renumber),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
