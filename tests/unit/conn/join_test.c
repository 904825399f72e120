/* SPDX-License-Identifier: BSD-3-Clause */
/* A peer that comes again: whose connection its new ISAKMP SA becomes part of. */
#include <string.h>

#include "client_internal.h"
#include "conn_ike.h"
#include "story.h"

#define HOUR_MS 3600000

static struct rig_client *
first(struct rig *r)
{
	return &r->client[0];
}

static void
up(struct rig *r, const char *profile)
{
	rig_connect(rig_client(r, profile));
}

static void
up_strongswan(struct rig *r)
{
	up(r, "strongswan");
}

static void
up_libreswan(struct rig *r)
{
	up(r, "libreswan");
}

static void
up_macos(struct rig *r)
{
	up(r, "macos");
}

static void
up_nat(struct rig *r)
{
	rig_connect(rig_client_nat(r, "strongswan", 20500, 24500));
}

/* One connection is left, the client is up in it, and stays so. */
static void
assert_one(struct rig *r, struct rig_client *rc)
{
	unsigned downs = rc->downs;

	r->link = (struct rig_link){0};
	RIG_WAIT(r, 300000, rig_one_conn);
	rig_run(r, 300000, NULL);
	assert_int_equal(rig_conns(r), 1);
	assert_true(rig_is_up(rc));
	assert_int_equal(rc->downs, downs);
}

/* --- the same peer ---------------------------------------------------------------------------- */

/* The power was cut; its new main mode says that all before is gone. */
static void
come_again(struct rig *r)
{
	struct rig_client *rc = first(r);
	be32 address = rc->address;
	uint32_t id = rig_conn(rc)->id;

	rig_client_die(rc);
	rig_connect(rc);
	assert_one(r, rc);
	assert_int_equal(rig_conn(rc)->id, id);
	assert_int_equal(rc->address, address);
	/*
	 * Its other SAs are forgotten, unless what says so is a message of its own that was lost.
	 */
	if (story_is_good(r) || rc->config.profile == profile_find("strongswan"))
		assert_int_equal(rig_ikes(rig_conn(rc)), 1);
	if (story_is_good(r))
		assert_int_equal(fake_log_count("joins conn 1: new ISAKMP SA"), 1);
}

/* A new main mode says nothing of those before: they stay until their time is over. */
static void
come_again_silently(struct rig *r)
{
	struct rig_client *rc = first(r);
	uint32_t id = rig_conn(rc)->id;

	rig_client_die(rc);
	rig_connect(rc);
	if (story_is_good(r))
		assert_int_equal(rig_ikes(rig_conn(rc)), 2);
	assert_one(r, rc);
	assert_int_equal(rig_conn(rc)->id, id);
	rig_run(r, HOUR_MS, NULL);
	assert_int_equal(rig_ikes(rig_conn(rc)), 1);
	assert_true(rig_is_up(rc));
}

/* A peer may make main mode as often as it likes; the gateway keeps no more than a few of them. */
static void
come_often(struct rig *r)
{
	struct rig_client *rc = first(r);

	for (unsigned i = 0; i < CONN_IKES_MAX + 2; i++) {
		rig_client_die(rc);
		rig_connect(rc);
		assert_int_equal(rig_conns(r), 1);
	}
	assert_int_equal(rig_ikes(rig_conn(rc)), CONN_IKES_MAX);
	assert_int_equal(fake_log_count("ike: the oldest ISAKMP SA ended"), 3);
	rig_disconnect(rc);
}

/* Its connection is on its way down: the peer gets another. */
static void
come_while_closing(struct rig *r)
{
	struct rig_client *rc = first(r);
	struct conn *old = rig_conn(rc);

	rig_client_die(rc);
	conn_close(old, "terminated by the test");
	assert_true(old->closing);
	client_connect(rc->c);
	RIG_WAIT(r, 120000, rig_all_up);
	assert_one(r, rc);
	assert_int_equal(rig_conn(rc)->id, 2);
}

/* --- others ----------------------------------------------------------------------------------- */

/* The NAT gave the end of one client to another: the identity tells them apart. */
static void
other_identity(struct rig *r)
{
	struct rig_client *old = first(r), *rc;

	old->off = true;
	rc = rig_client_nat(r, "strongswan", 20500, 24500);
	client_connect(rc->c);
	RIG_WAIT(r, 120000, rig_all_up);
	if (story_is_good(r)) {
		assert_int_equal(rig_conns(r), 2);
		assert_int_equal(fake_log_count("joins conn"), 0);
	}
	/* The old client does not answer echoes. */
	assert_one(r, rc);
	rig_disconnect(rc);
}

static const char *spoofed_end;
static uint16_t spoofed_port;

/* Before message 5 of main mode it takes another end. */
static bool
move_before_message_5(
	struct rig *r, struct rig_client *rc, bool ike, const uint8_t *msg, size_t len)
{
	(void)len;
	if (ike && msg[18] == IKE_MAIN_MODE && (msg[19] & 1) != 0 && rc == &r->client[1])
		rig_client_move(rc, spoofed_end, 500, spoofed_port);
	return true;
}

/*
 * Whoever has the key can say that another's end and identity are its own, if it does not need the
 * answer: that is no reason to give it the other's connection, nor to end that.
 */
static void
stray(struct rig *r)
{
	struct rig_client *rc = first(r), *liar = rig_client_nat(r, "strongswan", 500, 4500);
	uint32_t id = rig_conn(rc)->id;

	liar->id.inside = rc->id.inside;
	rig_client_user(liar, "user-02", RIG_PASSWORD);
	rig_client_move(liar, "10.0.0.66", 500, 4500);
	spoofed_end = RIG_NAT;
	spoofed_port = 24500;
	r->client_tap = move_before_message_5;
	client_connect(liar->c);
	rig_run(r, 2000, NULL);
	assert_int_equal(fake_log_count("main mode ended at another address than it began"), 1);
	assert_int_equal(rig_conns(r), 2);
	assert_int_equal(rig_ikes(rig_conn(rc)), 1);
	assert_true(rig_is_up(rc));
	/* What the real peer begins is not the liar's either. */
	rig_client_die(rc);
	client_die(liar->c);
	liar->off = true;
	rig_connect(rc);
	assert_int_equal(rig_conn(rc)->id, id);
	assert_one(r, rc);
}

/* A NAT that has several addresses may do so: such a client works, in a connection of its own. */
static void
stray_in_good_faith(struct rig *r)
{
	struct rig_client *rc;

	rc = rig_client_nat(r, "strongswan", 500, 4500);
	rig_client_move(rc, "10.0.0.66", 500, 4500);
	spoofed_end = "10.0.0.67";
	spoofed_port = 4500;
	r->client_tap = move_before_message_5;
	client_connect(rc->c);
	RIG_WAIT(r, 120000, rig_all_up);
	assert_int_equal(rig_conns(r), 2);
	rig_run(r, 300000, NULL);
	assert_true(rig_is_up(rc));
	/* When it comes again, nobody knows that it is the same. */
	rig_client_die(rc);
	rig_client_move(rc, "10.0.0.66", 500, 4500);
	client_connect(rc->c);
	RIG_WAIT(r, 120000, rig_all_up);
	assert_int_equal(fake_log_count("joins conn"), 0);
}

/* --- DELETE of an ISAKMP SA under another (RFC 2408, 3.15) ------------------------------------ */

static void
send_delete(struct client_sa *sa, const uint8_t cookies[16])
{
	static uint32_t message_id = 0x1234;
	uint8_t iv[CBC_BLOCK_MAX];
	struct ike_out o;
	size_t at, payload;

	message_id++;
	client_ike_begin(&o, sa, IKE_INFORMATIONAL, message_id);
	at = client_ike_hash_open(sa, &o);
	payload = ike_out_open(&o, ISAKMP_DELETE);
	wr_u32(&o.w, ISAKMP_DOI_IPSEC);
	wr_u8(&o.w, ISAKMP_PROTO_ISAKMP);
	wr_u8(&o.w, 16);
	wr_u16(&o.w, 1);
	wr_bytes(&o.w, cookies, 16);
	ike_out_close(&o, payload);
	assert_true(client_ike_hash_close(sa, &o, at, message_id, (struct part){NULL, 0}));
	assert_int_equal(ike_keys_iv(&sa->keys, message_id, iv), 0);
	assert_true(client_ike_sealed(sa, &o, iv, NULL));
}

static void
delete_other(struct rig *r)
{
	struct rig_client *rc = first(r);
	uint8_t old[16], unknown[16] = {1};

	memcpy(old, rc->c->sa->icookie, 8);
	memcpy(old + 8, rc->c->sa->rcookie, 8);
	rig_client_die(rc);
	rig_connect(rc);
	assert_int_equal(rig_ikes(rig_conn(rc)), 2);
	send_delete(rc->c->sa, unknown);
	rig_run(r, 1000, NULL);
	assert_int_equal(fake_log_count("DELETE for an unknown ISAKMP SA: ignored"), 1);
	assert_int_equal(rig_ikes(rig_conn(rc)), 2);
	/* Half of its cookies do not name an SA. */
	memcpy(unknown, old, 8);
	send_delete(rc->c->sa, unknown);
	rig_run(r, 1000, NULL);
	assert_int_equal(rig_ikes(rig_conn(rc)), 2);
	send_delete(rc->c->sa, old);
	rig_run(r, 1000, NULL);
	assert_int_equal(rig_ikes(rig_conn(rc)), 1);
	assert_int_equal(fake_log_count("deleted by the peer through another SA"), 1);
	assert_one(r, rc);
}

/* --- all -------------------------------------------------------------------------------------- */

int
main(void)
{
	static const struct story stories[] = {
		{"again", up_strongswan, come_again, STORY_LINES | STORY_FAULTS, {0}},
		{"again, later INITIAL-CONTACT", up_macos, come_again, STORY_FAULTS, {0}},
		{"again, no INITIAL-CONTACT", up_libreswan, come_again_silently, STORY_LINES, {0}},
		{"often", up_libreswan, come_often, 0, {0}},
		{"while closing", up_strongswan, come_while_closing, STORY_FAULTS, {0}},
		{"other identity", up_nat, other_identity, STORY_FAULTS, {0}},
		{"stray", up_nat, stray, 0, {0}},
		{"stray in good faith", up_nat, stray_in_good_faith, 0, {0}},
		{"DELETE of another", up_libreswan, delete_other, 0, {0}},
	};

	return STORY_MAIN("join", stories);
}
