/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who may have a session: passwords, limits.sessions, limits.sessions_per_user and limits.takeover.
 */
#include "conn_auth.h"
#include "conn_lease.h"
#include "story.h"
#include "user.h"

#define MINUTE_MS 60000

/* Another client of user-01. */
static struct rig_client *
again(struct rig *r)
{
	struct rig_client *rc = rig_client(r, "strongswan");

	rig_client_user(rc, "user-01", RIG_PASSWORD);
	return rc;
}

static void
up(struct rig *r)
{
	rig_connect(again(r));
}

static bool
last_is_idle(const struct rig *r)
{
	return client_phase(r->client[r->n_clients - 1].c) == CLIENT_IDLE;
}

/* Connects, and is refused as the user has too many sessions. */
static void
refused(struct rig_client *rc)
{
	client_connect(rc->c);
	RIG_WAIT(rc->rig, 2 * MINUTE_MS, last_is_idle);
	assert_int_equal(rc->ups, 0);
	assert_int_equal(rc->why, CLIENT_WHY_PPP_AUTH);
}

/* --- takeover --------------------------------------------------------------------------------- */

/* The old client is dead: its session ends when it does not answer for three seconds. */
static void
silent_dead(struct rig *r)
{
	struct rig_client *old = &r->client[0], *rc;
	uint64_t begun;

	old->off = true;
	rc = again(r);
	begun = r->now_ms;
	rig_connect(rc);
	if (story_is_good(r))
		assert_in_range(r->now_ms - begun, 3000, 5000);
	assert_int_equal(rig_ups(r), 1);
	r->link = (struct rig_link){0};
	rig_run(r, 5 * MINUTE_MS, NULL);
	assert_true(rig_is_up(rc));
	assert_int_equal(rig_conns(r), 1);
}

/* The old client answers: the new one is refused. */
static void
silent_alive(struct rig *r)
{
	struct rig_client *rc = again(r);

	refused(rc);
	r->link = (struct rig_link){0};
	rig_run(r, 2 * MINUTE_MS, NULL);
	assert_true(rig_is_up(&r->client[0]));
	assert_int_equal(r->client[0].downs, 0);
	assert_int_equal(rig_conns(r), 1);
}

/* Of three that are allowed, the one that is dead makes room. */
static void
silent_of_many(struct rig *r)
{
	struct rig_client *rc[4] = {&r->client[0]};

	for (unsigned i = 1; i < 3; i++) {
		rc[i] = again(r);
		rig_connect(rc[i]);
	}
	rc[1]->off = true;
	rc[3] = again(r);
	rig_connect(rc[3]);
	assert_int_equal(rig_ups(r), 3);
	assert_true(rig_is_up(rc[0]) && rig_is_up(rc[2]) && rig_is_up(rc[3]));
}

/* While the others are asked, the new client leaves, and comes back. */
static void
silent_leaves(struct rig *r)
{
	struct rig_client *rc;

	r->client[0].off = true;
	rc = again(r);
	client_connect(rc->c);
	rig_run(r, 1000, NULL);
	assert_int_equal(rig_conns(r), 2);
	rig_disconnect(rc);
	rig_run(r, 5000, NULL);
	/* What it asked for has no consequence. */
	assert_int_equal(rig_ups(r), 1);
	client_connect(rc->c);
	rig_run(r, 1000, NULL);
	rig_client_die(rc);
	rig_connect(rc);
	assert_int_equal(rig_ups(r), 1);
}

/* The oldest goes at once, and is told. */
static void
oldest(struct rig *r)
{
	struct rig_client *old = &r->client[0], *rc = again(r);

	rig_connect(rc);
	assert_int_equal(rig_ups(r), 1);
	r->link = (struct rig_link){0};
	rig_run(r, MINUTE_MS, NULL);
	assert_int_equal(client_phase(old->c), CLIENT_IDLE);
	assert_int_equal(old->why, CLIENT_WHY_PEER);
	assert_true(rig_is_up(rc));
	rig_run(r, 5 * MINUTE_MS, NULL);
	assert_int_equal(rig_conns(r), 1);
}

static void
none(struct rig *r)
{
	struct rig_client *rc;

	r->client[0].off = true;
	rc = again(r);
	refused(rc);
	assert_int_equal(rig_ups(r), 1);
	assert_int_equal(fake_log_count("limits.sessions_per_user"), 1);
	/* When the dead one has been found out, there is room. */
	rig_run(r, 5 * MINUTE_MS, NULL);
	assert_int_equal(rig_ups(r), 0);
	rig_connect(rc);
}

/* The same client dials again: its old session ends with its tunnel. */
static void
redials(struct rig *r)
{
	struct rig_client *rc = &r->client[0];

	for (unsigned i = 0; i < 3; i++) {
		rig_client_die(rc);
		rig_connect(rc);
	}
	assert_int_equal(rig_ups(r), 1);
	assert_int_equal(rc->address, rig_addr(RIG_POOL));
}

/* --- limits.sessions -------------------------------------------------------------------------- */

static void
sessions(struct rig *r)
{
	struct rig_client *rc[3] = {&r->client[0]};

	rc[1] = rig_client(r, "strongswan");
	rig_connect(rc[1]);
	rc[2] = rig_client(r, "strongswan");
	refused(rc[2]);
	assert_int_equal(fake_log_count("limits.sessions is reached"), 1);
	rig_disconnect(rc[0]);
	rig_connect(rc[2]);
	assert_int_equal(rig_ups(r), 2);
}

/* --- at the same time ------------------------------------------------------------------------- */

static bool
one_up(const struct rig *r)
{
	return rig_ups(r) == 1;
}

/*
 * While addresses are probed, nobody has a session yet; the limits hold for those who wait as well.
 */
static void
at_once(struct rig *r)
{
	for (unsigned i = 0; i < 3; i++)
		client_connect(again(r)->c);
	RIG_WAIT(r, MINUTE_MS, one_up);
	for (unsigned i = 0; i < 100; i++) {
		rig_run(r, 500, NULL);
		assert_int_equal(rig_ups(r), 1);
	}
}

/* --- passwords -------------------------------------------------------------------------------- */

static void
passwords(struct rig *r)
{
	static const struct {
		const char *user, *password, *line;
		bool right;
	} cases[] = {
		{"user-09", RIG_PASSWORD, "refused: user user-09: unknown user", false},
		{"user-01", "password124", "refused: user user-01: wrong password", false},
		{"user-01", "", "refused: user user-01: wrong password", false},
		{"user-02", RIG_PASSWORD, "refused: user user-02: the user is disabled", false},
		{"user-03", "", "refused: user user-03: wrong password", false},
		{"", "", "refused: user : unknown user", false},
		{"DOMAIN\\user-01", RIG_PASSWORD, "user user-01 authenticated", true},
		{"A\\B\\user-01", RIG_PASSWORD, "user user-01 authenticated", true},
	};
	struct rig_client *rc = rig_client(r, "strongswan");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_client_user(rc, cases[i].user, cases[i].password);
		fake_log_clear();
		if (cases[i].right) {
			rig_connect(rc);
			rig_disconnect(rc);
		} else {
			client_connect(rc->c);
			RIG_WAIT(r, 2 * MINUTE_MS, last_is_idle);
			assert_int_equal(rc->why, CLIENT_WHY_PPP_AUTH);
		}
		if (fake_log_count(cases[i].line) == 0)
			fail_msg("no line \"%s\"", cases[i].line);
		rig_run(r, 2 * MINUTE_MS, NULL);
		assert_int_equal(rig_conns(r), 0);
	}
	assert_int_equal(rig_ups(r), 0);
}

/* A link that is a user's does not become another's. */
static void
other_user(struct rig *r)
{
	struct rig_client *rc = &r->client[0];
	struct conn *c = rig_conn(rc);
	struct ppp_auth auth = {.user = "user-02"};
	uint8_t hash[MSCHAP_NT_HASH_LEN];

	assert_int_equal(mschap_nt_hash(RIG_PASSWORD, hash), 0);
	assert_int_equal(mschap_nt_response(auth.challenge, auth.response, auth.user, hash,
				 auth.response + 24),
		0);
	conn_auth(c, &auth);
	assert_int_equal(fake_log_count("the session belongs to user user-01"), 1);
	assert_string_equal(conn_user(c), "user-01");
	rig_run(r, MINUTE_MS, NULL);
	assert_true(rig_is_up(rc));
}

#define PER_USER(takeover)                             \
	{                                              \
		.limits = "  sessions_per_user: 1\n"   \
			  "  takeover: " takeover "\n" \
	}

int
main(void)
{
	static const struct story stories[] = {
		{"silent, dead", up, silent_dead, STORY_LINES | STORY_FAULTS, PER_USER("silent")},
		{"silent, alive", up, silent_alive, STORY_FAULTS, PER_USER("silent")},
		{"silent, of many", up, silent_of_many, 0, {.limits = "  sessions_per_user: 3\n"}},
		{"silent, leaves", up, silent_leaves, 0, PER_USER("silent")},
		{"oldest", up, oldest, STORY_LINES | STORY_FAULTS, PER_USER("oldest")},
		{"none", up, none, 0, PER_USER("none")},
		{"redials", up, redials, STORY_LINES, PER_USER("none")},
		{"sessions", up, sessions, 0, {.limits = "  sessions: 2\n"}},
		{"at once, silent", NULL, at_once, 0,
			{.limits = "  sessions_per_user: 1\n  takeover: silent\n",
				.unprobed = true}},
		{"at once, oldest", NULL, at_once, 0,
			{.limits = "  sessions_per_user: 1\n  takeover: oldest\n",
				.unprobed = true}},
		{"at once, sessions", NULL, at_once, 0,
			{.limits = "  sessions: 1\n", .unprobed = true}},
		{"passwords", NULL, passwords, 0,
			{.users = "  - name: user-01\n    password: " RIG_PASSWORD "\n"
				  "  - name: user-02\n    password: " RIG_PASSWORD "\n"
				  "    disabled: true\n"
				  "  - name: user-03\n    password: \"x\"\n"}},
		{"other user", up, other_user, 0, {0}},
	};

	return STORY_MAIN("takeover", stories);
}
