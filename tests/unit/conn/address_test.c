/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses for clients: waiting while the pool is probed, fixed ones, conflicts on the LAN. */
#include <string.h>

#include "story.h"

#define MINUTE_MS 60000

static struct rig_client *
add(struct rig *r)
{
	struct rig_client *rc = rig_client(r, "strongswan");

	client_connect(rc->c);
	return rc;
}

/* Another host of the LAN says by ARP that the address is its own. */
static void
claim(struct rig *r, be32 addr)
{
	static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	const struct arp_msg m = {.request = true,
		.ether_src = {2, 0, 0, 0, 0, 9},
		.sha = {2, 0, 0, 0, 0, 9},
		.spa = addr,
		.tpa = addr};
	uint8_t frame[ARP_FRAME_LEN];

	arp_write(&m, all, frame);
	fake_dp_punt(r->dp,
		&(struct dp_punt){
			.reason = PUNT_ARP, .net = DP_LAN, .data = frame, .len = sizeof(frame)});
}

/* --- waiting ---------------------------------------------------------------------------------- */

/* The gateway has just started. */
static void
just_started(struct rig *r)
{
	struct rig_client *rc = add(r);
	uint64_t begun = r->now_ms;

	RIG_WAIT(r, 2 * MINUTE_MS, rig_all_up);
	if (!story_is_good(r))
		return;
	/* RFC 5227, 1.1: three probes, a second or two apart, and two seconds after the last. */
	assert_in_range(r->now_ms - begun, 4000, 9000);
	assert_int_equal(fake_log_count("waiting for an address"), 1);
	assert_true(rig_is_up(rc));
}

/* Each of those who wait gets one. */
static void
many_wait(struct rig *r)
{
	for (unsigned i = 0; i < 4; i++)
		add(r);
	RIG_WAIT(r, 2 * MINUTE_MS, rig_all_up);
	assert_int_equal(rig_ups(r), 4);
	for (unsigned i = 0; i < 4; i++)
		for (unsigned k = 0; k < i; k++)
			assert_int_not_equal(r->client[i].address, r->client[k].address);
}

static bool
all_settled(const struct rig *r)
{
	for (unsigned i = 0; i < r->n_clients; i++)
		if (client_phase(r->client[i].c) != CLIENT_UP &&
			client_phase(r->client[i].c) != CLIENT_IDLE)
			return false;
	return true;
}

/* There are two addresses for three clients: two are up, and one is told why not. */
static void
too_few(struct rig *r)
{
	unsigned ups = 0;

	for (unsigned i = 0; i < 3; i++)
		add(r);
	RIG_WAIT(r, 2 * MINUTE_MS, all_settled);
	for (unsigned i = 0; i < 3; i++)
		ups += rig_is_up(&r->client[i]);
	assert_int_equal(ups, 2);
	assert_true(fake_log_count("no address is free in the pools") >= 1);
	/* When one leaves, the third may come. */
	for (unsigned i = 0; i < 3; i++) {
		if (!rig_is_up(&r->client[i]))
			continue;
		rig_disconnect(&r->client[i]);
		break;
	}
	for (unsigned i = 0; i < 3; i++)
		if (r->client[i].ups == 0)
			rig_connect(&r->client[i]);
	assert_int_equal(rig_ups(r), 2);
}

/* Who waits gets the address of one who leaves, at once. */
static void
one_leaves(struct rig *r)
{
	struct rig_client *rc[2] = {rig_client(r, "strongswan"), rig_client(r, "strongswan")};

	rig_connect(rc[0]);
	/* The LAN's link was away: the other address is not known to be free any more. */
	r->dp->link[DP_LAN] = false;
	rig_run(r, 100, NULL);
	r->dp->link[DP_LAN] = true;
	client_connect(rc[1]->c);
	rig_run(r, 700, NULL);
	assert_int_equal(fake_log_count("waiting for an address"), 1);
	assert_int_equal(rc[1]->ups, 0);
	rig_disconnect(rc[0]);
	rig_run(r, 300, NULL);
	assert_true(rig_is_up(rc[1]));
	assert_int_equal(rc[1]->address, rig_addr("192.168.0.1"));
}

/* All addresses turn out to be used by hosts of the LAN. */
static void
all_taken(struct rig *r)
{
	struct rig_client *rc;

	r->taken[r->n_taken++] = rig_addr("192.168.0.1");
	r->taken[r->n_taken++] = rig_addr("192.168.0.2");
	rc = add(r);
	RIG_WAIT(r, 2 * MINUTE_MS, rig_all_idle);
	assert_int_equal(rc->ups, 0);
	assert_int_equal(fake_log_count("is used by"), 2);
	assert_int_equal(fake_log_count("no address is free in the pools"), 1);
	rig_run(r, 2 * MINUTE_MS, NULL);
	assert_int_equal(rig_conns(r), 0);
	/* They leave, which is found out by and by. */
	r->n_taken = 0;
	rig_run(r, 2 * MINUTE_MS, NULL);
	rig_connect(rc);
}

/* --- conflicts -------------------------------------------------------------------------------- */

/* RFC 5227, 2.4 (b): a leased address is defended once, and given up at the second claim. */
static void
conflict(struct rig *r)
{
	struct rig_client *rc = add(r);
	be32 addr;

	RIG_WAIT(r, MINUTE_MS, rig_all_up);
	addr = rc->address;
	claim(r, addr);
	rig_run(r, 1000, NULL);
	assert_true(rig_is_up(rc));
	/* A claim long after counts as the first. */
	rig_run(r, 15000, NULL);
	claim(r, addr);
	rig_run(r, 1000, NULL);
	assert_true(rig_is_up(rc));
	claim(r, addr);
	RIG_WAIT(r, 10000, rig_no_conns);
	assert_int_equal(rc->why, CLIENT_WHY_PEER);
	assert_int_equal(fake_log_count("closed: address conflict with 02:00:00:00:00:09"), 1);
	/* It gets another one. */
	rig_connect(rc);
	assert_int_not_equal(rc->address, addr);
}

/* The client's connection is ending anyway. */
static void
conflict_while_closing(struct rig *r)
{
	struct rig_client *rc = add(r);
	be32 addr;

	RIG_WAIT(r, MINUTE_MS, rig_all_up);
	addr = rc->address;
	rc->off = true;
	claim(r, addr);
	rig_run(r, 100, NULL);
	conn_close(rig_conn(rc), "terminated by the test");
	claim(r, addr);
	RIG_WAIT(r, 10000, rig_no_conns);
}

/* --- fixed addresses -------------------------------------------------------------------------- */

#define FIXED                                                                            \
	"  - name: user-01\n    password: " RIG_PASSWORD "\n    address: 192.168.0.77\n" \
	"  - name: user-02\n    password: " RIG_PASSWORD "\n"

/* The user comes from elsewhere: the address goes with the user, and the older session ends. */
static void
fixed_taken_over(struct rig *r)
{
	struct rig_client *old = add(r), *rc;

	RIG_WAIT(r, MINUTE_MS, rig_all_up);
	assert_int_equal(old->address, rig_addr("192.168.0.77"));
	rc = rig_client(r, "strongswan");
	rig_client_user(rc, "user-01", RIG_PASSWORD);
	rig_connect(rc);
	assert_int_equal(rc->address, rig_addr("192.168.0.77"));
	rig_run(r, 5000, NULL);
	assert_int_equal(rig_conns(r), 1);
	assert_int_equal(old->why, CLIENT_WHY_PEER);
	assert_true(fake_log_count("replaced: user user-01 connected again as conn 2") >= 1);
}

static void
fixed_in_conflict(struct rig *r)
{
	struct rig_client *rc;

	r->taken[r->n_taken++] = rig_addr("192.168.0.77");
	rc = add(r);
	RIG_WAIT(r, MINUTE_MS, rig_all_idle);
	assert_int_equal(rc->ups, 0);
	assert_int_equal(
		fake_log_count("the fixed address 192.168.0.77 is in use by another host"), 1);
	/* Others are not concerned. */
	rig_connect(rig_client(r, "strongswan"));
}

/* --- segments --------------------------------------------------------------------------------- */

static void
segments(struct rig *r)
{
	struct rig_client *a = add(r), *b = rig_client(r, "strongswan");
	const struct fake_sess *s;

	rig_client_user(b, "user-02", RIG_PASSWORD);
	client_connect(b->c);
	rig_run(r, MINUTE_MS, NULL);
	assert_int_equal(a->address, rig_addr("192.168.0.1"));
	assert_int_equal(b->address, rig_addr("192.168.20.1"));
	assert_int_equal(a->gateway, rig_addr(RIG_LAN));
	assert_int_equal(b->gateway, rig_addr("192.168.20.254"));
	s = fake_dp_sess(r->dp, rig_conn(b)->sid);
	assert_int_equal(s->sess.segment, 1);
	assert_int_equal(s->sess.client, b->address);
}

int
main(void)
{
	static const char two[] = "  - 192.168.0.1-192.168.0.2\n";
	static const struct story stories[] = {
		{"just started", NULL, just_started, STORY_LINES | STORY_FAULTS,
			{.unprobed = true}},
		{"many wait", NULL, many_wait, STORY_LINES, {.unprobed = true}},
		{"too few", NULL, too_few, 0, {.pools = two}},
		{"too few, just started", NULL, too_few, 0, {.pools = two, .unprobed = true}},
		{"one leaves", NULL, one_leaves, 0, {.pools = two}},
		{"all taken", NULL, all_taken, 0, {.pools = two, .unprobed = true}},
		{"conflict", NULL, conflict, STORY_LINES, {0}},
		{"conflict while closing", NULL, conflict_while_closing, 0, {0}},
		{"fixed, taken over", NULL, fixed_taken_over, 0, {.users = FIXED}},
		{"fixed, in conflict", NULL, fixed_in_conflict, 0,
			{.users = FIXED, .unprobed = true}},
		{"segments", NULL, segments, 0,
			{.pools = "  - 192.168.0.1-192.168.0.8\n"
				  "  - 192.168.20.1-192.168.20.8\n",
				.users = "  - name: user-01\n    password: " RIG_PASSWORD "\n"
					 "  - name: user-02\n    password: " RIG_PASSWORD "\n"
					 "    segment: guests\n",
				.rest = "segments:\n"
					"  - name: guests\n"
					"    vlan: 20\n"
					"    address: 192.168.20.254/24\n"}},
	};

	return STORY_MAIN("address", stories);
}
