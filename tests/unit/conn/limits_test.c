/* SPDX-License-Identifier: BSD-3-Clause */
/* What peers that are not authenticated can make the gateway hold, compute and log. */
#include <string.h>

#include "loop.h"
#include "story.h"

#define MINUTE_MS 60000

/* A first message that clients of this kind send, from a client that is not up. */
static struct rig_client *template(struct rig *r)
{
	struct rig_client *rc = rig_client(r, "libreswan");

	rc->off = true;
	client_connect(rc->c);
	rig_client_die(rc);
	assert_true(rc->first_len > 0);
	return rc;
}

/* The message with a cookie of its own, number `n`, from this end. */
static void
send_first(struct rig *r, const struct rig_client *rc, const char *addr, uint32_t n)
{
	struct ip_end from = rig_end(addr, 500);
	uint8_t msg[sizeof(rc->first)];

	from.addr = htonl(ntohl(from.addr) + n);
	memcpy(msg, rc->first, rc->first_len);
	msg[0] = 0xf1;
	memcpy(msg + 4, &n, sizeof(n));
	rig_ike_from(r, &from, 500, msg, rc->first_len);
}

/* Likewise, and of a kind of its own: the last vendor ID is one that nobody else has. */
static void
send_varied(struct rig *r, struct rig_client *rc, const char *addr, uint32_t n)
{
	memcpy(rc->first + rc->first_len - sizeof(n), &n, sizeof(n));
	send_first(r, rc, addr, n);
}

static void
run_short(struct rig *r)
{
	rig_run(r, 30, NULL);
}

static const struct rig_client *stopped;

/* The stopped client's messages from the fifth of main mode on are lost. */
static bool
stop_before_message_5(
	struct rig *r, struct rig_client *rc, bool ike, const uint8_t *msg, size_t len)
{
	(void)r;
	(void)ike;
	(void)len;
	return rc != stopped || (msg[19] & 1) == 0;
}

/* Likewise those after main mode. */
static bool
stop_after_main_mode(struct rig *r, struct rig_client *rc, bool ike, const uint8_t *msg, size_t len)
{
	(void)r;
	(void)len;
	return rc != stopped || (ike && msg[18] == IKE_MAIN_MODE);
}

/* --- half-open SAs ---------------------------------------------------------------------------- */

/* So many messages a second, each from another address, and a client among them. */
static void
flood(struct rig *r)
{
	struct rig_client *bad = template(r), *rc = rig_client(r, "strongswan");

	for (uint32_t i = 0; i < 100; i++) {
		send_varied(r, bad, "198.51.0.1", i);
		run_short(r);
	}
	/* rig_check() sees to it that there are no more than limits.half_open. */
	assert_int_equal(r->gw.clients.peers.half_open, 8);
	assert_true(r->gw.clients.peers.evicted >= 50);
	client_connect(rc->c);
	for (uint32_t i = 100; i < 200; i++) {
		send_varied(r, bad, "198.51.0.1", i);
		run_short(r);
	}
	assert_true(rig_is_up(rc));
	/* The log is not flooded. */
	assert_true(fake_log_count("too many half-open ISAKMP SAs (limits.half_open)") < 100);
	/* When it is over, all that it left goes away. */
	rig_run(r, 2 * MINUTE_MS, NULL);
	assert_int_equal(rig_conns(r), 1);
	rig_disconnect(rc);
}

/* Peers that have answered are not made to go by those that have not. */
static void
answered_stay(struct rig *r)
{
	struct rig_client *bad = template(r), *rc = rig_client(r, "strongswan");

	stopped = rc;
	r->client_tap = stop_before_message_5;
	client_connect(rc->c);
	rig_run(r, 100, NULL);
	assert_int_equal(r->gw.clients.peers.half_open, 1);
	for (uint32_t i = 0; i < 50; i++) {
		send_varied(r, bad, "198.51.0.1", i);
		run_short(r);
	}
	stopped = NULL;
	RIG_WAIT(r, MINUTE_MS, rig_all_up);
	assert_int_equal(rc->isakmps, 1);
	assert_int_equal(rc->downs, 0);
}

/* All have answered, as when those who have the key are many: then the oldest of them goes. */
static void
answered_go(struct rig *r)
{
	struct rig_client *rc[3];

	r->client_tap = stop_before_message_5;
	for (unsigned i = 0; i < 3; i++) {
		stopped = rc[i] = rig_client(r, "strongswan");
		client_connect(rc[i]->c);
		rig_run(r, 100, NULL);
		rc[i]->off = true;
	}
	assert_int_equal(r->gw.clients.peers.half_open, 2);
	assert_int_equal(r->gw.clients.peers.unanswered, 0);
	assert_int_equal(r->gw.clients.peers.evicted, 1);
	assert_int_equal(fake_log_count("replaced while half open"), 1);
}

/* --- of one source ---------------------------------------------------------------------------- */

/* Messages of a kind that was not seen before: those above the limit are refused. */
static void
per_source(struct rig *r)
{
	struct rig_client *bad = template(r);
	struct ip_end from = rig_end("198.51.100.1", 500);
	uint8_t msg[sizeof(bad->first)];

	for (uint32_t i = 0; i < 6; i++) {
		memcpy(msg, bad->first, bad->first_len);
		msg[0] = (uint8_t)(i + 1);
		/* Of another kind each: a lifetime of its own. */
		msg[bad->first_len - 1] = (uint8_t)i;
		from.port = htons((uint16_t)(1000 + i));
		rig_ike_from(r, &from, 500, msg, bad->first_len);
		run_short(r);
	}
	assert_int_equal(r->gw.clients.peers.half_open, 3);
	assert_int_equal(fake_log_count("limits.half_open_per_source"), 3);
	/* Others are not concerned. */
	rig_connect(rig_client(r, "strongswan"));
	rig_run(r, 2 * MINUTE_MS, NULL);
	assert_int_equal(r->gw.clients.peers.half_open, 0);
	rig_ike_from(r, &from, 500, bad->first, bad->first_len);
	run_short(r);
	assert_int_equal(r->gw.clients.peers.half_open, 1);
}

/* --- first messages without a connection ------------------------------------------------------ */

/*
 * A client of the kind was up before: its like are answered, and become connections with message 3.
 */
static void
stateless(struct rig *r)
{
	struct rig_client *rc = rig_client(r, "libreswan"), *bad;
	uint32_t held;

	rig_connect(rc);
	rig_disconnect(rc);
	bad = template(r);
	for (uint32_t i = 0; i < 50; i++) {
		send_first(r, bad, "198.51.0.1", i);
		run_short(r);
	}
	held = r->gw.clients.peers.half_open;
	assert_in_range(held, 1, 3);
	assert_true(r->gw.clients.stateless >= 45);
	/* The same message again is answered by what is there. */
	rig_connect(rc);
	assert_in_range(r->gw.clients.peers.half_open, 1, 3);
	rig_disconnect(rc);
}

static void
stateless_lines(struct rig *r)
{
	struct rig_client *rc = &r->client[0];

	rig_connect(rc);
	assert_true(r->gw.clients.stateless >= 1);
	r->link = (struct rig_link){0};
	rig_disconnect(rc);
}

/*
 * An address has answered with the cookie, and its message cannot be worked on again: it is asked
 * for again.
 */
static void
under_flood(struct rig *r)
{
	struct rig_client *rc = rig_client(r, "libreswan"), *bad;

	rig_connect(rc);
	rig_disconnect(rc);
	rig_run(r, 5000, NULL);
	bad = template(r);
	for (uint32_t i = 0; i < 10; i++) {
		send_first(r, bad, "198.51.0.1", i);
		run_short(r);
	}
	assert_true(r->gw.clients.stateless > 0);
}

static void
stateless_allocations(struct rig *r)
{
	struct rig_client *rc = &r->client[0];

	client_connect(rc->c);
	rig_run(r, 30000, NULL);
	if (!rig_is_up(rc)) {
		/* It is told why, or gives up by itself. */
		rig_client_die(rc);
		rig_connect(rc);
	}
	rig_disconnect(rc);
	rig_run(r, 3 * MINUTE_MS, NULL);
	assert_int_equal(rig_conns(r), 0);
}

/* --- connections ------------------------------------------------------------------------------ */

/*
 * Of those who have the key, no more hold on to an ISAKMP SA than may have sessions, and as many as
 * may be half open.
 */
static void
connections(struct rig *r)
{
	struct rig_client *rc[3];

	for (unsigned i = 0; i < 3; i++)
		rc[i] = rig_client(r, "strongswan");
	rig_connect(rc[0]);
	stopped = rc[1];
	r->client_tap = stop_after_main_mode;
	client_connect(rc[1]->c);
	rig_run(r, 1000, NULL);
	assert_int_equal(rig_conns(r), 2);
	client_connect(rc[2]->c);
	rig_run(r, 2000, NULL);
	assert_int_equal(fake_log_count("too many connections (limits.sessions)"), 1);
	assert_int_equal(rig_conns(r), 2);
	assert_int_equal(rc[2]->isakmps, 0);
	/* The one without a pair is given a minute. */
	rc[1]->off = true;
	rig_client_die(rc[1]);
	rig_client_die(rc[2]);
	rig_run(r, 65000, NULL);
	client_connect(rc[2]->c);
	rig_run(r, 2000, NULL);
	assert_int_equal(rc[2]->isakmps, 1);
}

/* --- what is no message ----------------------------------------------------------------------- */

static void
garbage(struct rig *r)
{
	static const uint8_t none[64];
	struct ip_end from = rig_end("198.51.100.1", 500);
	struct rig_client *rc = rig_client(r, "strongswan");
	uint8_t msg[64] = {1};
	struct dp_punt punt = {.reason = PUNT_IKE, .net = DP_WAN, .data = none, .len = 64};

	/*
	 * Not IPv4; not UDP; too short for a header, for the marker; another version; another's
	 * cookies.
	 */
	fake_dp_punt(r->dp, &punt);
	rig_ike_from(r, &from, 500, none, 1);
	rig_ike_from(r, &from, 500, none, sizeof(none));
	msg[17] = 0x20;
	rig_ike_from(r, &from, 500, msg, sizeof(msg));
	msg[8] = 1;
	msg[17] = 0x10;
	msg[18] = IKE_MAIN_MODE;
	msg[27] = sizeof(msg);
	rig_ike_from(r, &from, 500, msg, sizeof(msg));
	rig_ike_from(r, &from, 4500, msg, sizeof(msg));
	rig_run(r, 1000, NULL);
	assert_int_equal(rig_conns(r), 0);
	assert_int_equal(fake_log_count("message for an unknown ISAKMP SA: ignored"), 2);
	/* There is an end to what is logged of it. */
	for (unsigned i = 0; i < 1000; i++)
		rig_ike_from(r, &from, 500, msg, sizeof(msg));
	rig_run(r, 1000, NULL);
	assert_in_range(fake_log_count("message for an unknown ISAKMP SA: ignored"), 2, 40);
	rig_connect(rc);
}

/* First messages that come to nothing: each has its lines, until they are too many. */
static void
refused_firsts(struct rig *r)
{
	struct rig_client *bad = template(r);
	struct ip_end from = rig_end("198.51.0.1", 500);

	/* Aggressive mode. */
	bad->first[18] = IKE_AGGRESSIVE;
	for (uint32_t i = 0; i < 300; i++) {
		memcpy(bad->first + 1, &i, sizeof(i));
		from.addr = htonl(ntohl(from.addr) + 1);
		rig_ike_from(r, &from, 500, bad->first, bad->first_len);
	}
	rig_run(r, 2000, NULL);
	assert_int_equal(rig_conns(r), 0);
	assert_in_range(fake_log_count("aggressive mode"), 32, 90);
	/* The next ones have theirs again. */
	rig_run(r, MINUTE_MS, NULL);
	fake_log_clear();
	from.addr = htonl(ntohl(from.addr) + 1);
	bad->first[0] ^= 0xff;
	rig_ike_from(r, &from, 500, bad->first, bad->first_len);
	rig_run(r, 1000, NULL);
	assert_true(fake_log_count("aggressive mode") >= 1);
}

/* The gateway is shutting down: nobody begins. */
static void
shutting_down(struct rig *r)
{
	struct rig_client *rc = rig_client(r, "strongswan");

	loop_shut_down(&r->gw);
	client_connect(rc->c);
	rig_run(r, 3000, NULL);
	assert_int_equal(rig_conns(r), 0);
	assert_int_equal(rc->isakmps, 0);
}

int
main(void)
{
	static const struct story stories[] = {
		{"flood", NULL, flood, 0, {.limits = "  half_open: 8\n"}},
		{"answered stay", NULL, answered_stay, 0, {.limits = "  half_open: 8\n"}},
		{"answered go", NULL, answered_go, 0, {.limits = "  half_open: 2\n"}},
		{"per source", NULL, per_source, 0, {.limits = "  half_open_per_source: 3\n"}},
		{"stateless", NULL, stateless, 0, {.limits = "  half_open: 8\n"}},
		{"stateless, lines", under_flood, stateless_lines, STORY_LINES | STORY_FAULTS,
			{.limits = "  half_open: 8\n"}},
		{"stateless, memory", under_flood, stateless_allocations, STORY_ALLOCATIONS,
			{.limits = "  half_open: 8\n"}},
		{"connections", NULL, connections, 0,
			{.limits = "  sessions: 1\n  half_open: 1\n"}},
		{"garbage", NULL, garbage, 0, {0}},
		{"refused", NULL, refused_firsts, 0, {0}},
		{"shutting down", NULL, shutting_down, 0, {0}},
	};

	return STORY_MAIN("limits", stories);
}
