/* SPDX-License-Identifier: BSD-3-Clause */
/* The operator ends the sessions that are meant, and no others. */
#include <string.h>

#include "cli_impl.h"
#include "cli_terminate.h"
#include "rig.h"

/* One user's name looks like a session's number, one's like an address. */
static const struct rig_setup setup = {
	.users = "  - {name: \"2\", password: password123}\n"
		 "  - {name: user-02, password: password123}\n"
		 "  - {name: 192.168.0.1, password: password123}\n",
};

static const char *const names[] = {"2", "user-02", "192.168.0.1"};

/* Three clients, whose sessions have the numbers 1 to 3; the last two are behind one NAT. */
static struct rig *
three_clients(struct rig_client *rc[3])
{
	struct rig *r = rig_new(&setup);

	for (unsigned i = 0; i < 3; i++) {
		rc[i] = i == 0 ? rig_client(r, "strongswan")
			       : rig_client_nat(r, "strongswan", (uint16_t)(20500 + i),
					 (uint16_t)(24500 + i));
		rig_client_user(rc[i], names[i], RIG_PASSWORD);
		rig_connect(rc[i]);
		assert_int_equal(rig_conn(rc[i])->id, i + 1);
	}
	return r;
}

/* Which clients are up after the command, as bits. */
static unsigned
after(struct rig *r, struct rig_client *rc[3], enum cli_status expect, const char *a, const char *b,
	const char *message)
{
	char words[2][32];
	char *argv[] = {words[0], words[1]};
	struct cli_out out = {0};
	unsigned up = 0;

	snprintf(words[0], sizeof(words[0]), "%s", a);
	snprintf(words[1], sizeof(words[1]), "%s", b != NULL ? b : "");
	assert_int_equal(cli_terminate(&r->gw, &out, b != NULL ? 2 : 1, argv), expect);
	assert_string_equal(out.messages.p, message);
	cli_out_fini(&out);
	rig_run(r, 10000, NULL);
	for (unsigned i = 0; i < 3; i++)
		up |= (unsigned)rig_is_up(rc[i]) << i;
	return up;
}

static void
test_names(void **state)
{
	static const struct {
		enum cli_status status;
		const char *a, *b, *message;
		unsigned up; /* of three that were up before */
	} cases[] = {
		{CLI_OK, "all", NULL, "3 sessions terminated", 0},
		{CLI_OK, "1", NULL, "1 session terminated", 6},
		{CLI_OK, "user-02", NULL, "1 session terminated", 5},
		{CLI_OK, "192.168.0.2", NULL, "1 session terminated", 5},
		{CLI_OK, RIG_OUTSIDE, NULL, "1 session terminated", 6},
		{CLI_OK, RIG_NAT, NULL, "2 sessions terminated", 1},
		{CLI_OK, "session", "2", "1 session terminated", 5},
		{CLI_OK, "user", "2", "1 session terminated", 6},
		{CLI_OK, "user", "192.168.0.1", "1 session terminated", 3},
		{CLI_OK, "address", "192.168.0.1", "1 session terminated", 6},
		{CLI_OK, "address", RIG_NAT, "2 sessions terminated", 1},
		{CLI_FAILED, "2", NULL,
			"\"2\" is a session and a user: use \"terminate session 2\" or "
			"\"terminate user 2\"",
			7},
		{CLI_FAILED, "192.168.0.1", NULL,
			"\"192.168.0.1\" is a user and an address: use \"terminate user "
			"192.168.0.1\" or \"terminate address 192.168.0.1\"",
			7},
		{CLI_FAILED, "4", NULL, "no session matches \"4\"", 7},
		{CLI_FAILED, "user", "1", "no session matches user \"1\"", 7},
		{CLI_FAILED, "user", "all", "no session matches user \"all\"", 7},
		{CLI_USAGE, "session", "4294967297", "\"4294967297\" is not a session's number", 7},
		{CLI_USAGE, "session", "user-02", "\"user-02\" is not a session's number", 7},
		{CLI_USAGE, "session", " 1", "\" 1\" is not a session's number", 7},
		{CLI_USAGE, "address", "user-02", "\"user-02\" is not an IPv4 address", 7},
		{CLI_USAGE, "users", "user-02", "\"users\" is not one of session, user, address",
			7},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig_client *rc[3];
		struct rig *r = three_clients(rc);

		rig_about(r, "terminate %s %s", cases[i].a, cases[i].b != NULL ? cases[i].b : "");
		assert_int_equal(
			after(r, rc, cases[i].status, cases[i].a, cases[i].b, cases[i].message),
			cases[i].up);
		rig_free(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {RIG_TEST(test_names)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
