/* SPDX-License-Identifier: BSD-3-Clause */
/* The DHCP client, state by state (RFC 2131, figure 5): its messages, times and lease. */
#include "dhcp_rig.h"

/* RFC 2131, 4.1: 4, 8, 16, 32, 64 and again 64 seconds, each plus or minus one. */
/* Brings a client into a state. */
typedef struct rig *way(void);

static void
discover_is_repeated_ever_less(void **state)
{
	static const uint64_t wait_s[] = {4, 8, 16, 32, 64, 64};
	struct rig *g = selecting();
	uint32_t id = g->sent[0].id;

	(void)state;
	assert_true(g->sent[0].broadcast && g->sent[0].flag);
	assert_int_equal(g->sent[0].src, 0);
	assert_int_equal(g->sent[0].dst, unit_addr("255.255.255.255"));
	assert_int_equal(g->sent[0].ciaddr | g->sent[0].wanted | g->sent[0].server, 0);
	for (size_t i = 0; i < 6; i++) {
		uint64_t before = g->timers.now_ms;

		assert_int_equal(next(g, 66000)->id, id);
		assert_in_range(g->timers.now_ms - before, wait_s[i] * 1000 - DHCP_JITTER_MS,
			wait_s[i] * 1000 + DHCP_JITTER_MS + 20);
	}
	rig_free(g);
}

static void
offers_that_will_not_do_are_passed_over(void **state)
{
	static const struct answer bad[] = {
		{.type = DHCP_ACK},
		{.type = DHCP_NAK},
		{.type = DHCP_OFFER, .other_id = true},
		{.type = DHCP_OFFER, .other_client = true},
		{.type = DHCP_OFFER, .no_mask = true},
		{.type = DHCP_OFFER, .server = ""},
		{.type = DHCP_OFFER, .address = "10.0.0.255"},
		{.type = DHCP_OFFER, .address = "10.0.0.0"},
		{.type = DHCP_OFFER, .address = "0.0.0.0"},
		{.type = DHCP_OFFER, .address = "127.0.0.1"},
		{.type = DHCP_OFFER, .address = "224.0.0.9"},
		{.type = DHCP_DISCOVER},
	};
	struct rig *g = selecting();

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		answer(g, &bad[i]);
		expect_state(g, "selecting");
	}
	g->accept = false;
	answer(g, &(struct answer){.type = DHCP_OFFER});
	expect_state(g, "selecting");
	rig_free(g);
}

static void
an_offer_is_requested(void **state)
{
	struct rig *g = requesting();
	const struct sent *s = &g->sent[g->n_sent - 1];

	(void)state;
	assert_int_equal(s->wanted, unit_addr(ADDR));
	assert_int_equal(s->server, unit_addr(SERVER));
	assert_int_equal(s->ciaddr, 0);
	assert_int_equal(s->id, g->sent[0].id);
	assert_true(s->broadcast && s->flag);
	/* Without an answer it retransmits a few times and restarts. */
	for (unsigned i = 1; i < DHCP_REQUESTS; i++)
		assert_int_equal(next(g, 66000)->type, DHCP_REQUEST);
	assert_int_equal(next(g, 66000)->type, DHCP_DISCOVER);
	rig_free(g);
}

static void
a_refusal_begins_again(void **state)
{
	struct rig *g = requesting();

	(void)state;
	answer(g, &(struct answer){.type = DHCP_NAK});
	expect_state(g, "init");
	assert_int_equal(next(g, DHCP_START_MS + 20)->type, DHCP_DISCOVER);
	assert_int_equal(g->losses, 0);
	rig_free(g);
}

/* An acknowledgement of something that was not requested is ignored. */
static void
another_acknowledgement_is_none(void **state)
{
	struct rig *g = requesting();

	(void)state;
	answer(g, &(struct answer){.type = DHCP_ACK, .address = "10.0.0.51"});
	answer(g, &(struct answer){.type = DHCP_ACK, .server = "10.0.0.4"});
	expect_state(g, "requesting");
	rig_free(g);
}

static void
the_address_is_probed_before_it_is_used(void **state)
{
	struct rig *g = checking(&ack);
	uint64_t began = g->timers.now_ms;

	(void)state;
	assert_int_equal(g->probes, 1);
	while (g->bounds == 0)
		pass(g, 10);
	assert_int_equal(g->probes, ACD_PROBE_NUM);
	assert_in_range(g->timers.now_ms - began,
		(ACD_PROBE_NUM - 1) * ACD_PROBE_MIN_MS + ACD_ANNOUNCE_WAIT_MS,
		(ACD_PROBE_NUM - 1) * ACD_PROBE_MAX_MS + ACD_ANNOUNCE_WAIT_MS + 50);
	assert_int_equal(g->lease.address.addr, unit_addr(ADDR));
	assert_int_equal(g->lease.address.len, 24);
	assert_int_equal(g->lease.router, unit_addr(SERVER));
	assert_int_equal(g->lease.renew_s, LEASE / 2);
	assert_int_equal(g->lease.rebind_s, LEASE * 7 / 8);
	rig_free(g);
}

static void
a_neighbour_that_has_it_is_told_to_the_server(void **state)
{
	/* A host that claims it, and one that probes at the same time. */
	static const char *const spa[] = {ADDR, "0.0.0.0"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct rig *g = checking(&ack);
		const struct sent *s;

		hear(g, "10.0.0.7", ADDR, other_mac); /* requests it */
		hear(g, "0.0.0.0", ADDR, mac); /* our own probe, looped back */
		expect_state(g, "checking");
		hear(g, spa[i], ADDR, other_mac);
		s = &g->sent[g->n_sent - 1];
		assert_int_equal(s->type, DHCP_DECLINE);
		assert_int_equal(s->wanted, unit_addr(ADDR));
		assert_int_equal(s->server, unit_addr(SERVER));
		assert_int_equal(s->ciaddr, 0);
		assert_true(s->broadcast);
		expect_state(g, "init");
		pass(g, DHCP_DECLINE_MS - 20);
		assert_int_equal(g->sent[g->n_sent - 1].type, DHCP_DECLINE);
		assert_int_equal(next(g, 40)->type, DHCP_DISCOVER);
		assert_int_equal(g->bounds + g->losses, 0);
		rig_free(g);
	}
}

static void
a_lease_is_renewed_with_its_server(void **state)
{
	struct rig *g = renewing();
	const struct sent *s = &g->sent[g->n_sent - 1];
	struct dhcp_client_info info;

	(void)state;
	assert_false(s->broadcast);
	assert_int_equal(s->src, unit_addr(ADDR));
	assert_int_equal(s->dst, unit_addr(SERVER));
	assert_int_equal(s->ciaddr, unit_addr(ADDR));
	assert_int_equal(s->wanted | s->server, 0);
	assert_false(s->flag);
	answer(g, &(struct answer){.type = DHCP_ACK, .address = "10.0.0.51"});
	expect_state(g, "renewing");
	answer(g, &ack);
	expect_state(g, "bound");
	assert_int_equal(g->bounds, 2);
	dhcp_client_info(g->c, &info);
	assert_int_equal(info.expires_ms, s->at_ms + LEASE * 1000);
	assert_int_equal(info.renew_ms, s->at_ms + LEASE / 2 * 1000);
	rig_free(g);
}

/* 4.4.5: at half of the time left to T2, but at most once a minute; then all servers are asked. */
static void
a_server_that_is_silent_is_asked_less_and_less(void **state)
{
	struct rig *g = renewing();
	uint64_t t1 = g->timers.now_ms;
	const struct sent *s;

	(void)state;
	s = next(g, LEASE * 1000);
	assert_in_range(s->at_ms - t1, (LEASE * 7 / 8 - LEASE / 2) * 500 - 50,
		(LEASE * 7 / 8 - LEASE / 2) * 500 + 50);
	while (!s->broadcast) {
		uint64_t before = s->at_ms;

		s = next(g, LEASE * 1000);
		assert_true(s->broadcast || s->at_ms - before >= DHCP_RENEW_MIN_MS - 20);
	}
	assert_in_range(s->at_ms - t1, (LEASE * 7 / 8 - LEASE / 2) * 1000 - 6000,
		(LEASE * 7 / 8 - LEASE / 2) * 1000 + 100);
	assert_int_equal(s->ciaddr, unit_addr(ADDR));
	assert_int_equal(s->src, unit_addr(ADDR));
	assert_int_equal(s->wanted | s->server, 0);
	rig_free(g);
}

static void
another_server_may_rebind(void **state)
{
	struct rig *g = rebinding();

	(void)state;
	answer(g, &(struct answer){.type = DHCP_ACK, .server = "10.0.0.4"});
	expect_state(g, "bound");
	assert_int_equal(g->lease.server, unit_addr("10.0.0.4"));
	assert_int_equal(g->losses, 0);
	rig_free(g);
}

static void
a_lease_that_nobody_renews_expires(void **state)
{
	struct rig *g = rebinding();
	struct dhcp_client_info info;
	uint64_t expires;

	(void)state;
	dhcp_client_info(g->c, &info);
	expires = info.expires_ms;
	while (g->losses == 0)
		pass(g, 10);
	assert_in_range(g->timers.now_ms, expires, expires + 50);
	expect_state(g, "init");
	dhcp_client_info(g->c, &info);
	assert_null(info.lease);
	assert_int_equal(next(g, 50)->type, DHCP_DISCOVER);
	rig_free(g);
}

static void
a_refused_renewal_loses_the_address(void **state)
{
	way *const ways[] = {renewing, rebinding};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct rig *g = ways[i]();

		answer(g, &(struct answer){.type = DHCP_NAK});
		assert_int_equal(g->losses, 1);
		expect_state(g, "init");
		assert_int_equal(next(g, 50)->type, DHCP_DISCOVER);
		rig_free(g);
	}
}

/* RFC 2131, 3.2: after the link was down, the address is confirmed, with any server. */
static void
after_the_link_was_away_the_address_is_asked_about(void **state)
{
	way *const ways[] = {renewing, rebinding};
	struct rig *g = bound(&ack);
	const struct sent *s;

	(void)state;
	dhcp_client_link_up(g->c);
	expect_state(g, "rebooting");
	s = &g->sent[g->n_sent - 1];
	assert_int_equal(s->type, DHCP_REQUEST);
	assert_true(s->broadcast && s->flag);
	assert_int_equal(s->wanted, unit_addr(ADDR));
	assert_int_equal(s->server | s->ciaddr, 0);
	answer(g, &ack);
	expect_state(g, "bound");
	assert_int_equal(g->bounds, 2);
	/* The network is another one. */
	dhcp_client_link_up(g->c);
	answer(g, &(struct answer){.type = DHCP_NAK});
	assert_int_equal(g->losses, 1);
	assert_int_equal(next(g, 50)->type, DHCP_DISCOVER);
	rig_free(g);

	/* Without an answer the lease stays valid, and is renewed at its time. */
	for (unsigned i = 0; i < 2; i++) {
		struct dhcp_client_info info;

		g = ways[i]();
		dhcp_client_link_up(g->c);
		for (unsigned k = 1; k < DHCP_REBOOTS; k++)
			assert_int_equal(next(g, 9000)->wanted, unit_addr(ADDR));
		assert_int_equal(next(g, 20000)->ciaddr, unit_addr(ADDR));
		expect_state(g, i == 0 ? "renewing" : "rebinding");
		dhcp_client_info(g->c, &info);
		while (g->losses == 0)
			pass(g, 10);
		assert_in_range(g->timers.now_ms, info.expires_ms, info.expires_ms + 50);
		rig_free(g);
	}
}

/* Pending answers are not awaited any longer. */
static void
when_the_link_comes_the_search_begins_at_once(void **state)
{
	way *const ways[] = {selecting, requesting};
	struct rig *g;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		unsigned sent;

		g = ways[i]();
		sent = g->n_sent;
		dhcp_client_link_up(g->c);
		assert_int_equal(g->n_sent, sent + 1);
		assert_int_equal(g->sent[sent].type, DHCP_DISCOVER);
		rig_free(g);
	}
	g = checking(&ack);
	dhcp_client_link_up(g->c);
	expect_state(g, "selecting");
	rig_free(g);
}

static void
the_address_is_defended_once(void **state)
{
	struct rig *g = bound(&ack);

	(void)state;
	hear(g, "0.0.0.0", ADDR, other_mac); /* a probe, which ARP answers: sufficient defence */
	assert_int_equal(g->announces, 0);
	hear(g, ADDR, ADDR, other_mac);
	assert_int_equal(g->announces, 1);
	pass(g, ACD_DEFEND_INTERVAL_MS + 10);
	hear(g, ADDR, ADDR, other_mac);
	assert_int_equal(g->announces, 2);
	hear(g, ADDR, ADDR, other_mac);
	assert_int_equal(g->losses, 1);
	assert_int_equal(g->sent[g->n_sent - 1].type, DHCP_DECLINE);
	expect_state(g, "init");
	rig_free(g);
}

static void
a_lease_may_have_no_end(void **state)
{
	struct rig *g = bound(&(struct answer){.type = DHCP_ACK, .lease_s = DHCP_FOREVER});
	struct dhcp_client_info info;
	unsigned sent = g->n_sent;

	(void)state;
	pass(g, 3600000);
	assert_int_equal(g->n_sent, sent);
	dhcp_client_info(g->c, &info);
	assert_int_equal(info.expires_ms + info.renew_ms, 0);
	rig_free(g);
}

/* Invalid times are replaced by defaults. */
static void
times_are_made_sound(void **state)
{
	static const struct {
		struct answer a;
		uint32_t lease_s, renew_s, rebind_s;
	} cases[] = {
		{{.type = DHCP_ACK, .renew_s = 6}, LEASE, 6, LEASE * 7 / 8},
		{{.type = DHCP_ACK, .renew_s = 100, .rebind_s = 200}, LEASE, 100, 200},
		{{.type = DHCP_ACK, .renew_s = 300, .rebind_s = 200}, LEASE, LEASE / 2, 200},
		{{.type = DHCP_ACK, .rebind_s = LEASE}, LEASE, LEASE / 2, LEASE * 7 / 8},
		{{.type = DHCP_ACK, .lease_s = 1}, DHCP_LEASE_MIN_S, 5, 8},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *g = checking(&cases[i].a);

		while (g->bounds == 0)
			pass(g, 10);
		assert_int_equal(g->lease.lease_s, cases[i].lease_s);
		if (cases[i].rebind_s == 200 && cases[i].a.renew_s == 300)
			assert_true(g->lease.renew_s < 200);
		else
			assert_int_equal(g->lease.renew_s, cases[i].renew_s);
		assert_int_equal(g->lease.rebind_s, cases[i].rebind_s);
		rig_free(g);
	}
}

/* RFC 3442: classless routes, also split (RFC 3396). The router option is then ignored. */
static void
classless_routes_are_read(void **state)
{
	static const uint8_t options[] = {
		121,
		9,
		0,
		10,
		0,
		0,
		4,
		24,
		203,
		0,
		113, /* default, and half of a route */
		121,
		9,
		10,
		0,
		0,
		5,
		8,
		172,
		0,
		0,
		0, /* its other half; a network on the link */
		121,
		4,
		0,
		33,
		1,
		2, /* its last byte; an invalid one */
		6,
		8,
		10,
		0,
		0,
		3,
		10,
		0,
		0,
		4,
	};
	struct rig *g = bound(&(struct answer){
		.type = DHCP_ACK, .options = options, .options_len = sizeof(options)});

	(void)state;
	assert_int_equal(g->lease.router, unit_addr("10.0.0.4"));
	assert_int_equal(g->lease.n_routes, 2);
	assert_int_equal(g->lease.routes[0].to.addr, unit_addr("203.0.113.0"));
	assert_int_equal(g->lease.routes[0].to.len, 24);
	assert_int_equal(g->lease.routes[0].router, unit_addr("10.0.0.5"));
	assert_int_equal(g->lease.routes[1].to.addr, unit_addr("172.0.0.0"));
	assert_int_equal(g->lease.routes[1].router, 0);
	assert_int_equal(g->lease.dns[1], unit_addr("10.0.0.4"));
	rig_free(g);
}

/* Truncated at every length, a message is ignored or read, without a read past its end. */
static void
what_is_cut_off_is_no_message(void **state)
{
	struct rig *g = selecting();
	uint8_t packet[800], *cut;
	size_t n = build(g, &(struct answer){.type = DHCP_OFFER}, packet, sizeof(packet));
	struct dhcp_reply r;

	(void)state;
	for (size_t len = 0; len < n - 28; len++) {
		cut = malloc(len + 1);
		memcpy(cut, packet + 28, len);
		assert_true(!dhcp_reply_read(cut, len, g->sent[0].id, mac, &r) || len > 240);
		free(cut);
	}
	assert_true(dhcp_reply_read(packet + 28, n - 28, g->sent[0].id, mac, &r));
	assert_int_equal(r.type, DHCP_OFFER);
	assert_int_equal(r.mask_len, 24);
	rig_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(discover_is_repeated_ever_less),
		cmocka_unit_test(offers_that_will_not_do_are_passed_over),
		cmocka_unit_test(an_offer_is_requested),
		cmocka_unit_test(a_refusal_begins_again),
		cmocka_unit_test(another_acknowledgement_is_none),
		cmocka_unit_test(the_address_is_probed_before_it_is_used),
		cmocka_unit_test(a_neighbour_that_has_it_is_told_to_the_server),
		cmocka_unit_test(a_lease_is_renewed_with_its_server),
		cmocka_unit_test(a_server_that_is_silent_is_asked_less_and_less),
		cmocka_unit_test(another_server_may_rebind),
		cmocka_unit_test(a_lease_that_nobody_renews_expires),
		cmocka_unit_test(a_refused_renewal_loses_the_address),
		cmocka_unit_test(after_the_link_was_away_the_address_is_asked_about),
		cmocka_unit_test(when_the_link_comes_the_search_begins_at_once),
		cmocka_unit_test(the_address_is_defended_once),
		cmocka_unit_test(a_lease_may_have_no_end),
		cmocka_unit_test(times_are_made_sound),
		cmocka_unit_test(classless_routes_are_read),
		cmocka_unit_test(what_is_cut_off_is_no_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
