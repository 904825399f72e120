/* SPDX-License-Identifier: BSD-3-Clause */
/* A client whose NAT gives it another address or port. */
#include "client_internal.h"
#include "conn_pair.h"
#include "conn_ike.h"
#include "story.h"

#define MINUTE_MS 60000

static struct rig_client *
first(struct rig *r)
{
	return &r->client[0];
}

static void
up_nat(struct rig *r)
{
	rig_connect(rig_client_nat(r, "strongswan", 20500, 24500));
}

static void
up_direct(struct rig *r)
{
	rig_connect(rig_client(r, "strongswan"));
}

/* Where the gateway sends a client's ESP. */
static struct ip_end
esp_end(const struct rig_client *rc)
{
	const struct conn *c = rig_conn(rc);

	assert_non_null(c);
	return fake_dp_sess(rc->rig->dp, c->sid)->out->stats.remote;
}

static bool
follows(const struct rig *r)
{
	const struct rig_client *rc = &r->client[0];
	const struct conn *c = rig_conn(rc);
	struct ip_end to = rc->outer[1], end;

	if (c == NULL || !ip_end_equal(&c->remote, &to))
		return false;
	CONN_IKES_FOREACH (ci, c)
		if (ci->up && !ip_end_equal(&ci->remote, &to))
			return false;
	end = esp_end(rc);
	return ip_end_equal(&end, &to);
}

/* It stays up for long, with renewals begun by either side. */
static void
assert_lives(struct rig *r, unsigned minutes)
{
	struct rig_client *rc = first(r);

	r->link = (struct rig_link){0};
	rig_run(r, minutes * MINUTE_MS, NULL);
	assert_int_equal(rc->downs, 0);
	assert_true(rig_is_up(rc));
	assert_true(follows(r));
}

/* --- followed by ------------------------------------------------------------------------------ */

/* Its next message of IKE comes from there. */
static void
by_ike(struct rig *r)
{
	struct rig_client *rc = first(r);

	rig_client_move(rc, RIG_NAT, 30500, 34500);
	assert_int_equal(client_rekey_esp(rc->c), 0);
	RIG_WAIT(r, MINUTE_MS, follows);
	assert_lives(r, story_is_good(r) ? 90 : 5);
	assert_int_equal(rig_conns(r), 1);
}

/* Its next packet of ESP comes from there; the worker follows that by itself, and IKE must. */
static void
by_esp(struct rig *r)
{
	struct rig_client *rc = first(r);

	rig_client_move(rc, "10.0.0.201", 30500, 34500);
	/* It asks for signs of life once a minute. */
	RIG_WAIT(r, 3 * MINUTE_MS, follows);
	assert_lives(r, story_is_good(r) ? 90 : 5);
	assert_int_equal(rig_conns(r), 1);
}

/* Again and again, with pairs that are current, previous and ending. */
static void
often(struct rig *r)
{
	struct rig_client *rc = first(r);

	for (uint16_t i = 1; i <= 20; i++) {
		rig_client_move(rc, RIG_NAT, (uint16_t)(20500 + i), (uint16_t)(24500 + i));
		assert_int_equal(client_rekey_esp(rc->c), 0);
		rig_run(r, 2500, NULL);
		assert_true(follows(r));
	}
	assert_lives(r, 10);
}

/* Its next main mode finds its connection again. */
static void
then_main_mode(struct rig *r)
{
	struct rig_client *rc = first(r);
	uint32_t id = rig_conn(rc)->id;

	by_esp(r);
	assert_int_equal(client_rekey_ike(rc->c), 0);
	rig_run(r, MINUTE_MS, NULL);
	assert_int_equal(rig_conns(r), 1);
	assert_int_equal(rig_conn(rc)->id, id);
	assert_int_equal(rig_ikes(rig_conn(rc)), 1);
}

/* --- to an end that is taken ------------------------------------------------------------------ */

/* It had a connection there, which is not known to be dead, and its NAT goes back to that. */
static void
to_its_old_end(struct rig *r)
{
	struct rig_client *rc = first(r);

	rig_client_die(rc);
	rig_client_move(rc, RIG_NAT, 30500, 34500);
	rig_connect(rc);
	assert_int_equal(rig_conns(r), 2);
	rig_client_move(rc, RIG_NAT, 20500, 24500);
	RIG_WAIT(r, 2 * MINUTE_MS, follows);
	assert_true(rig_is_up(rc));
	/* The old one does not answer for long. */
	RIG_WAIT(r, 5 * MINUTE_MS, rig_one_conn);
	assert_int_equal(rig_conn(rc)->id, 2);
	/* New keys of both kinds are its own connection's. */
	assert_int_equal(client_rekey_ike(rc->c), 0);
	rig_run(r, MINUTE_MS, NULL);
	assert_int_equal(rig_conns(r), 1);
	assert_int_equal(client_rekey_esp(rc->c), 0);
	assert_lives(r, 10);
	assert_int_equal(rig_conns(r), 1);
	assert_int_equal(rig_conn(rc)->id, 2);
}

/*
 * Another client with the same identity moves to where the first one is: what the first begins
 * stays its own.
 */
static void
to_another(struct rig *r)
{
	struct rig_client *rc = first(r), *liar = rig_client_nat(r, "strongswan", 40500, 44500);
	uint32_t id = rig_conn(rc)->id;

	liar->id.inside = rc->id.inside;
	rig_client_user(liar, "user-02", RIG_PASSWORD);
	rig_connect(liar);
	assert_int_equal(rig_conns(r), 2);
	rig_client_move(liar, RIG_NAT, 20500, 24500);
	assert_int_equal(client_rekey_esp(liar->c), 0);
	rig_run(r, 2000, NULL);
	rig_client_die(liar);
	liar->off = true;
	/* Main mode of the first client, with INITIAL-CONTACT. */
	rig_client_die(rc);
	rig_connect(rc);
	assert_int_equal(rig_conn(rc)->id, id);
	assert_true(rig_is_up(rc));
}

/* --- where the gateway stands alone ----------------------------------------------------------- */

/* The client has deleted its only ISAKMP SA; its ESP moves; the gateway needs another pair. */
static void
without_isakmp(struct rig *r)
{
	struct rig_client *rc = first(r);

	client_info_delete_isakmp(rc->c->sa);
	rig_run(r, 1000, NULL);
	assert_int_equal(rig_ikes(rig_conn(rc)), 0);
	assert_non_null(rig_conn(rc)->last_peer);
	rig_client_move(rc, RIG_NAT, 30500, 34500);
	RIG_WAIT(r, 3 * MINUTE_MS, follows);
	/* Four minutes from its beginning the pair is due. */
	rig_run(r, 5 * MINUTE_MS, NULL);
	assert_int_equal(rig_ikes(rig_conn(rc)), 1);
	assert_true(rc->childs >= 2);
	assert_lives(r, 30);
}

/*
 * There is no memory for SAs that send to the new end: the worker follows the client's next packet
 * by itself.
 */
static void
without_memory(struct rig *r)
{
	struct rig_client *rc = first(r);

	fake_dp_fail_all(r->dp, FAKE_SA_OUT_MOVED, true);
	rig_client_move(rc, RIG_NAT, 30500, 34500);
	client_info_contact(rc->c->sa); /* a message of IKE, and no ESP */
	rig_run(r, 5000, NULL);
	/* IKE stays at the new end, whatever ESP does. */
	assert_true(ip_end_equal(&rig_conn(rc)->remote, &rc->outer[1]));
	RIG_WAIT(r, 2 * MINUTE_MS, follows);
	assert_lives(r, story_is_good(r) ? 90 : 5);
}

/* An address of the gateway's own choice: ESP without UDP has no port that could follow. */
static void
without_udp(struct rig *r)
{
	struct rig_client *rc = first(r);
	struct ip_end before = esp_end(rc), to = rig_end("10.0.0.77", 500), after;

	conn_move(rig_conn(rc), &to);
	after = esp_end(rc);
	assert_true(ip_end_equal(&before, &after));
	rig_run(r, 1000, NULL);
}

int
main(void)
{
	static const struct story stories[] = {
		{"by IKE", up_nat, by_ike, STORY_LINES | STORY_FAULTS, {0}},
		{"by ESP", up_nat, by_esp, STORY_LINES, {0}},
		{"often", up_nat, often, 0, {0}},
		{"then main mode", up_nat, then_main_mode, STORY_LINES, {0}},
		{"to its old end", up_nat, to_its_old_end, 0, {0}},
		{"to another", up_nat, to_another, 0, {0}},
		{"without ISAKMP SA", up_nat, without_isakmp, 0, {.esp = "  lifetime: 5m\n"}},
		{"without memory", up_nat, without_memory, 0, {0}},
		{"without UDP", up_direct, without_udp, 0, {0}},
	};

	return STORY_MAIN("move", stories);
}
