/* SPDX-License-Identifier: BSD-3-Clause */
/* A client that dials again under SAs that stay: another tunnel, another link, another port. */
#include "client_internal.h"
#include "story.h"

#define MINUTE_MS 60000

static struct rig_client *
first(struct rig *r)
{
	return &r->client[0];
}

static void
up(struct rig *r)
{
	rig_connect(rig_client(r, "strongswan"));
}

/* Its L2TP and PPP are gone, as after a crash of its daemon; SAs are the kernel's and stay. */
static void
new_tunnel(struct rig_client *rc)
{
	client_enter(rc->c);
	client_ppp_reset(rc->c);
	client_l2tp_reset(rc->c);
	client_set_phase(rc->c, CLIENT_L2TP);
	client_l2tp_begin(rc->c);
	client_leave(rc->c);
}

static void
assert_up(struct rig *r)
{
	r->link = (struct rig_link){0};
	rig_run(r, 5 * MINUTE_MS, NULL);
	assert_true(rig_is_up(first(r)));
	assert_int_equal(first(r)->downs, 0);
	assert_int_equal(rig_conns(r), 1);
	assert_int_equal(first(r)->address, rig_addr(RIG_POOL));
}

static void
tunnel(struct rig *r)
{
	struct rig_client *rc = first(r);

	new_tunnel(rc);
	RIG_WAIT(r, MINUTE_MS, rig_all_up);
	assert_up(r);
	assert_int_equal(rc->isakmps, 1);
	assert_int_equal(rc->childs, 1);
	assert_int_equal(fake_log_count("session down"), 1);
	assert_int_equal(fake_log_count("session up"), 2);
}

/* Each time before the one before is done. */
static void
tunnels_in_haste(struct rig *r)
{
	for (unsigned i = 1; i < 60; i++) {
		new_tunnel(first(r));
		rig_run(r, i * 5, NULL);
	}
	RIG_WAIT(r, MINUTE_MS, rig_all_up);
	assert_up(r);
}

/* The tunnel is closed in order, and the next one comes within a minute. */
static void
after_stopccn(struct rig *r)
{
	struct rig_client *rc = first(r);

	client_enter(rc->c);
	client_ppp_reset(rc->c);
	client_l2tp_stop(rc->c, L2TP_STOP_GENERAL);
	client_leave(rc->c);
	rig_run(r, 50000, NULL);
	assert_int_equal(rig_conns(r), 1);
	assert_int_equal(rig_ups(r), 0);
	new_tunnel(rc);
	RIG_WAIT(r, MINUTE_MS, rig_all_up);
	assert_up(r);
}

/* None comes: the connection is not kept for longer. */
static void
no_tunnel(struct rig *r)
{
	struct rig_client *rc = first(r);

	client_enter(rc->c);
	client_ppp_reset(rc->c);
	client_l2tp_stop(rc->c, L2TP_STOP_GENERAL);
	client_leave(rc->c);
	rig_run(r, 2 * MINUTE_MS, NULL);
	assert_int_equal(rig_conns(r), 0);
	assert_int_equal(fake_log_count("closed: no L2TP tunnel for 60 s"), 1);
	assert_int_equal(client_phase(rc->c), CLIENT_IDLE);
}

/* The link begins anew in the same session: LCP's Configure-Request says so (RFC 1661, 4.3). */
static void
link_anew(struct rig *r)
{
	struct rig_client *rc = first(r);

	client_enter(rc->c);
	client_ppp_reset(rc->c);
	client_set_phase(rc->c, CLIENT_PPP);
	client_ppp_begin(rc->c);
	client_leave(rc->c);
	RIG_WAIT(r, MINUTE_MS, rig_all_up);
	assert_up(r);
	assert_int_equal(fake_log_count("session down"), 0);
}

/* --- UDP ports inside ESP --------------------------------------------------------------------- */

/* What the client sends comes from another UDP port inside ESP. */
static void
from_port(struct rig *r, uint16_t port)
{
	struct rig_client *rc = first(r);
	const struct conn *c = rig_conn(rc);
	static const uint8_t hello[] = {0xc8, 2, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0};
	const struct dp_punt punt = {.reason = PUNT_L2TP,
		.net = DP_CLIENT,
		.sid = c->sid,
		.spi = rc->child[0].child.spi_out,
		.udp_port = htons(port),
		.data = hello,
		.len = sizeof(hello)};

	fake_dp_punt(r->dp, &punt);
	rig_run(r, 50, NULL);
}

/* Quick mode was for port 1701 alone. */
static void
port_of_another(struct rig *r)
{
	from_port(r, 40000);
	assert_int_equal(fake_log_count("quick mode was for port 1701"), 1);
	assert_int_equal(fake_dp_sess(r->dp, rig_conn(first(r))->sid)->sess.peer_port, htons(1701));
	assert_true(rig_is_up(first(r)));
}

/* Quick mode was for any port: what is sent goes to where the client sends from. */
static void
any_port(struct rig *r)
{
	struct rig_client *rc = rig_client(r, "android11");

	rig_connect(rc);
	from_port(r, 40000);
	assert_int_equal(fake_dp_sess(r->dp, rig_conn(rc)->sid)->sess.peer_port, htons(40000));
	from_port(r, 1701);
	assert_int_equal(fake_dp_sess(r->dp, rig_conn(rc)->sid)->sess.peer_port, htons(1701));
	assert_true(rig_is_up(rc));
}

/* --- what comes late -------------------------------------------------------------------------- */

/* Punts of a session that is gone, of an SA that is gone, and of no session at all. */
static void
late_punts(struct rig *r)
{
	static const uint8_t echo[] = {0xff, 3, 0xc0, 0x21, 9, 1, 0, 8, 0, 0, 0, 0};
	struct dp_punt punt = {.reason = PUNT_PPP,
		.net = DP_CLIENT,
		.sid = rig_conn(first(r))->sid,
		.spi = htonl(0x77000077),
		.data = echo,
		.len = sizeof(echo)};

	fake_dp_punt(r->dp, &punt);
	rig_run(r, 50, NULL);
	assert_true(rig_is_up(first(r)));
	rig_disconnect(first(r));
	RIG_WAIT(r, MINUTE_MS, rig_no_conns);
	fake_dp_punt(r->dp, &punt);
	punt.reason = PUNT_L2TP;
	fake_dp_punt(r->dp, &punt);
	punt.sid = DP_SID_NONE;
	fake_dp_punt(r->dp, &punt);
	rig_run(r, 50, NULL);
	assert_int_equal(rig_conns(r), 0);
	/* A tunnel without a link has no use for PPP. */
	rig_connect(first(r));
	conn_finish(rig_conn(first(r)), false, "ended by the test");
	punt.sid = 1;
	fake_dp_punt(r->dp, &punt);
	rig_run(r, 50, NULL);
	rig_client_die(first(r));
}

int
main(void)
{
	static const struct story stories[] = {
		{"tunnel", up, tunnel, STORY_LINES | STORY_FAULTS, {0}},
		{"tunnels in haste", up, tunnels_in_haste, 0, {0}},
		{"after StopCCN", up, after_stopccn, STORY_FAULTS, {0}},
		{"no tunnel", up, no_tunnel, 0, {0}},
		{"link anew", up, link_anew, STORY_FAULTS, {0}},
		{"port of another", up, port_of_another, 0, {0}},
		{"any port", NULL, any_port, 0, {0}},
		{"late punts", up, late_punts, 0, {0}},
	};

	return STORY_MAIN("redial", stories);
}
