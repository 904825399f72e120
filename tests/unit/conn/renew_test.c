/* SPDX-License-Identifier: BSD-3-Clause */
/* New keys of both kinds, begun by either side or by both at once. */
#include "client_internal.h"
#include "conn_pair.h"
#include "conn_ike.h"
#include "story.h"
#include "watch.h"

#define MINUTE_MS 60000
#define HOUR_MS   3600000

static struct rig_client *
first(struct rig *r)
{
	return &r->client[0];
}

static void
up(struct rig *r)
{
	rig_connect(rig_client(r, "strongswan"));
	watch_begin(r);
}

static void
up_nat(struct rig *r)
{
	rig_connect(rig_client_nat(r, "strongswan", 20500, 24500));
	watch_begin(r);
}

static void
up_windows(struct rig *r)
{
	rig_connect(rig_client(r, "windows11"));
	watch_begin(r);
}

static void
assert_lives(struct rig *r)
{
	struct rig_client *rc = first(r);

	assert_true(rig_is_up(rc));
	assert_int_equal(rc->downs, 0);
	assert_int_equal(rig_conns(r), 1);
	assert_in_range(rig_ikes(rig_conn(rc)), 1, 2);
	assert_in_range(rig_pairs(rig_conn(rc)), 1, 2);
	/* The session is the one that was there from the beginning. */
	assert_int_equal(fake_log_count("session down"), 0);
}

/* --- in time ---------------------------------------------------------------------------------- */

/* With an hour, and three for IKE, the client is the first. */
static void
by_client(struct rig *r)
{
	const struct watch *w = watch_get();

	rig_run(r, 8 * HOUR_MS, NULL);
	assert_lives(r);
	assert_in_range(w->quick_modes[WATCH_CLIENT], 8, 9);
	assert_in_range(w->main_modes[WATCH_CLIENT], 2, 3);
	assert_int_equal(w->quick_modes[WATCH_GATEWAY], 0);
	assert_int_equal(w->main_modes[WATCH_GATEWAY], 0);
}

/* Of five minutes the gateway leaves one, and the client half of that. */
static void
by_gateway(struct rig *r)
{
	const struct watch *w = watch_get();

	rig_run(r, 40 * MINUTE_MS, NULL);
	assert_lives(r);
	assert_in_range(w->quick_modes[WATCH_GATEWAY], 9, 11);
	assert_in_range(w->main_modes[WATCH_GATEWAY], 9, 11);
	assert_int_equal(w->quick_modes[WATCH_CLIENT], 0);
	assert_int_equal(w->main_modes[WATCH_CLIENT], 0);
}

/* Of ten minutes both leave one. */
static void
by_both(struct rig *r)
{
	rig_run(r, 12 * MINUTE_MS, NULL);
	r->link = (struct rig_link){0};
	rig_run(r, 30 * MINUTE_MS, NULL);
	assert_lives(r);
}

static bool
one_of_each(const struct rig *r)
{
	const struct conn *c = rig_conn(&r->client[0]);

	return c != NULL && rig_pairs(c) == 1 && rig_ikes(c) == 1 && r->client[0].n_children == 1;
}

/* Each message of a quick mode, and of what follows it. */
static void
one_quick_mode(struct rig *r)
{
	struct rig_client *rc = first(r);

	assert_int_equal(client_rekey_esp(rc->c), 0);
	rig_run(r, MINUTE_MS, NULL);
	assert_int_equal(rc->childs, 2);
	RIG_WAIT(r, 2 * MINUTE_MS, one_of_each);
	rig_run(r, 5 * MINUTE_MS, NULL);
	assert_lives(r);
}

static void
one_main_mode(struct rig *r)
{
	struct rig_client *rc = first(r);

	assert_int_equal(client_rekey_ike(rc->c), 0);
	rig_run(r, MINUTE_MS, NULL);
	assert_int_equal(rc->isakmps, 2);
	/* Under the new one all goes on. */
	assert_int_equal(client_rekey_esp(rc->c), 0);
	rig_run(r, 5 * MINUTE_MS, NULL);
	assert_lives(r);
}

/* The gateway's own, from message to message. */
static void
one_of_gateway(struct rig *r)
{
	rig_run(r, 6 * MINUTE_MS, NULL);
	assert_true(watch_get()->quick_modes[WATCH_GATEWAY] >= 1);
	assert_true(watch_get()->main_modes[WATCH_GATEWAY] >= 1);
	r->link = (struct rig_link){0};
	rig_run(r, 10 * MINUTE_MS, NULL);
	assert_lives(r);
}

/* --- by use ----------------------------------------------------------------------------------- */

/* 20 packets of 1000 bytes a second, of which the client does not count the bytes. */
static void
use(struct rig *r, unsigned seconds)
{
	struct rig_client *rc = first(r);

	for (unsigned i = 0; i < seconds; i++) {
		struct rig_child *child = &rc->child[rc->n_children - 1];

		child->seq += 20;
		fake_dp_traffic(r->dp, rig_conn(rc)->sid, child->child.spi_out, 20, 1000);
		rig_run(r, 1000, NULL);
	}
}

/* A megabyte lasts for 50 seconds: the gateway renews before that. */
static void
kilobytes(struct rig *r)
{
	use(r, 300);
	assert_lives(r);
	assert_in_range(watch_get()->quick_modes[WATCH_GATEWAY], 6, 12);
	assert_int_equal(watch_get()->quick_modes[WATCH_CLIENT], 0);
}

/* No new pair can be made: the spent one goes on for half a minute, and no longer. */
static void
kilobytes_without_successor(struct rig *r)
{
	struct rig_client *rc = first(r);
	struct conn *c = rig_conn(rc);
	be32 spi = rc->child[0].child.spi_out;
	unsigned seconds = 0;

	r->link.cut = true;
	while (c->n_pairs > 0 && seconds < 200) {
		fake_dp_traffic(r->dp, c->sid, spi, 20, 1000);
		rig_run(r, 1000, NULL);
		seconds++;
	}
	assert_in_range(seconds, 70, 90);
	assert_int_equal(fake_log_count("expired after"), 1);
}

/* Sequence numbers come to their end long before the lifetime does, on either side. */
static void
sequence_numbers(struct rig *r)
{
	struct rig_client *rc = first(r);

	fake_dp_sa_in(r->dp, rc->child[0].child.spi_out)->stats.seq = UINT32_MAX - 1000;
	rig_run(r, 20000, NULL);
	assert_int_equal(watch_get()->quick_modes[WATCH_GATEWAY], 1);
	fake_dp_sess(r->dp, rig_conn(rc)->sid)->out->stats.seq = UINT32_MAX - 1000;
	rig_run(r, 3000, NULL);
	assert_int_equal(watch_get()->quick_modes[WATCH_GATEWAY], 2);
	rig_run(r, 3 * MINUTE_MS, NULL);
	assert_int_equal(watch_get()->quick_modes[WATCH_GATEWAY], 2);
	assert_lives(r);
}

/*
 * Windows deletes a pair that it did not use for five minutes; the gateway asks for one when it has
 * something to send.
 */
static void
idle_windows(struct rig *r)
{
	struct rig_client *rc = first(r);

	/* The gateway's questions for signs of life keep it in use, unless there are none. */
	rig_run(r, 6 * MINUTE_MS, NULL);
	assert_int_equal(rig_conns(r), 1);
	assert_int_equal(rig_conn(rc) == NULL, true);
	assert_int_equal(rig_ups(r), 1);
	/* A host of the LAN sends something. */
	LIST_FOREACH (it, &r->gw.clients.conns)
		fake_dp_traffic(r->dp, container_of(it, struct conn, node)->sid, 0, 1, 100);
	rig_run(r, 3000, NULL);
	assert_lives(r);
	assert_int_equal(watch_get()->quick_modes[WATCH_GATEWAY], 1);
}

/* --- that come to nothing --------------------------------------------------------------------- */

static bool
drop_deletes(struct rig *r, struct rig_client *rc, bool ike, const uint8_t *msg, size_t len)
{
	(void)r;
	(void)rc;
	(void)len;
	return !ike || msg[18] != IKE_INFORMATIONAL;
}

/*
 * The client's DELETE of the old pair is lost: when all comes on the new one, the gateway deletes
 * it.
 */
static void
left_over(struct rig *r)
{
	struct rig_client *rc = first(r);

	r->client_tap = drop_deletes;
	assert_int_equal(client_rekey_esp(rc->c), 0);
	rig_run(r, 10000, NULL);
	assert_int_equal(rc->n_children, 1);
	assert_int_equal(rig_pairs(rig_conn(rc)), 2);
	rig_run(r, 3 * MINUTE_MS, NULL);
	assert_int_equal(rig_pairs(rig_conn(rc)), 1);
	assert_lives(r);
}

static unsigned quick_messages;

static bool
only_first(struct rig *r, struct rig_client *rc, bool ike, const uint8_t *msg, size_t len)
{
	(void)r;
	(void)rc;
	(void)len;
	return ike && msg[18] == IKE_QUICK_MODE && quick_messages++ == 0;
}

/*
 * Message 3 of quick mode never comes, nor a packet on the new pair, nor DELETE of the old one,
 * which stays in use.
 */
static void
without_third_message(struct rig *r)
{
	struct rig_client *rc = first(r);
	be32 spi = rc->child[0].child.spi_in;
	struct conn *c = rig_conn(rc);

	quick_messages = 0;
	r->client_tap = only_first;
	assert_int_equal(client_rekey_esp(rc->c), 0);
	rig_run(r, 500, NULL);
	assert_int_equal(rig_pairs(c), 2);
	assert_int_equal(conn_pair_current(c)->spi_out, spi);
	rig_run(r, 70000, NULL);
	assert_int_equal(rig_pairs(c), 1);
	assert_int_equal(conn_pair_current(c)->spi_out, spi);
	r->client_tap = NULL;
}

/*
 * The peer is gone: its pair ends with its life, and its connection before that, by the questions
 * for signs of life.
 */
static void
of_dead_client(struct rig *r)
{
	first(r)->off = true;
	rig_run(r, 10 * MINUTE_MS, NULL);
	assert_int_equal(rig_conns(r), 0);
	rig_client_die(first(r));
}

/* PPP and L2TP ask for nothing: only lifetimes end what the dead client left. */
static void
of_dead_client_unasked(struct rig *r)
{
	struct rig_client *rc = first(r);
	struct conn *c = rig_conn(rc);

	rc->off = true;
	rig_run(r, 4 * MINUTE_MS, NULL);
	assert_int_equal(rig_conns(r), 1);
	assert_int_equal(rig_pairs(c), 1);
	rig_run(r, 2 * MINUTE_MS, NULL);
	assert_int_equal(fake_log_count("esp: spi 01000001 expired after 300 s"), 1);
	assert_int_equal(rig_conns(r), 0);
	/* It was no peer whom the gateway refused. */
	assert_int_equal(fake_log_count("refused"), 0);
	rig_client_die(rc);
}

/* --- NAT before the gateway ------------------------------------------------------------------- */

/* The client dials another address than the gateway's own. */
static void
gateway_behind_nat(struct rig *r)
{
	struct rig_client *rc = rig_client(r, "strongswan");

	rc->id.gateway = rig_addr("203.0.113.1");
	rig_client_user(rc, "user-01", RIG_PASSWORD);
	rig_connect(rc);
	assert_true(rc->child[0].child.udp_encap);
	rig_run(r, 10 * MINUTE_MS, NULL);
	assert_in_range(r->keepalives, 28, 31);
	assert_true(rig_is_up(rc));
	rig_disconnect(rc);
	r->keepalives = 0;
	rig_run(r, 5 * MINUTE_MS, NULL);
	assert_int_equal(r->keepalives, 0);
}

int
main(void)
{
	static const struct story stories[] = {
		{"by client", up, by_client, 0, {0}},
		{"by client behind NAT", up_nat, by_client, 0, {0}},
		{"by gateway", up, by_gateway, 0,
			{.ike = "  lifetime: 5m\n", .esp = "  lifetime: 5m\n"}},
		{"by both", up, by_both, STORY_LINES,
			{.ike = "  lifetime: 10m\n", .esp = "  lifetime: 10m\n"}},
		{"quick mode", up_nat, one_quick_mode, STORY_FAULTS, {0}},
		{"main mode", up_nat, one_main_mode, STORY_FAULTS, {0}},
		{"of the gateway", up_nat, one_of_gateway, STORY_LINES | STORY_FAULTS,
			{.ike = "  lifetime: 5m\n", .esp = "  lifetime: 5m\n"}},
		{"kilobytes", up, kilobytes, 0, {.esp = "  lifetime_kb: 1000\n"}},
		{"kilobytes, no successor", up, kilobytes_without_successor, 0,
			{.esp = "  lifetime_kb: 1000\n"}},
		{"sequence numbers", up, sequence_numbers, 0, {0}},
		{"idle Windows", up_windows, idle_windows, 0,
			{.l2tp = "  hello: 0\n", .ppp = "  echo_interval: 0\n"}},
		{"left over", up, left_over, 0, {0}},
		{"no third message", up, without_third_message, 0, {0}},
		{"dead client", up, of_dead_client, 0,
			{.ike = "  lifetime: 5m\n", .esp = "  lifetime: 5m\n"}},
		{"dead client, unasked", up, of_dead_client_unasked, 0,
			{.ike = "  lifetime: 5m\n",
				.esp = "  lifetime: 5m\n",
				.l2tp = "  hello: 0\n",
				.ppp = "  echo_interval: 0\n"}},
		{"gateway behind NAT", NULL, gateway_behind_nat, 0, {0}},
	};

	return STORY_MAIN("renew", stories);
}
