/* SPDX-License-Identifier: BSD-3-Clause */
/* What a client's state machine tells its owner, and where its packets go. */
#include <stdio.h>
#include <string.h>

#include "rig.h"

/* --- events of the client --------------------------------------------------------------------- */

static void
on_send_ike(void *arg, uint16_t port, const uint8_t *msg, size_t len)
{
	struct rig_client *rc = arg;

	if (rc->first_len == 0 && len <= sizeof(rc->first)) {
		memcpy(rc->first, msg, len);
		rc->first_len = len;
	}
	rc->ike_sent++;
	rig_client_send(rc, true, port, msg, len);
}

static void
on_send_l2tp(void *arg, const uint8_t *msg, size_t len)
{
	struct rig_client *rc = arg;

	assert_true(rc->n_children > 0);
	rc->l2tp_sent++;
	rig_client_send(rc, false, 0, msg, len);
}

static int
on_child_new(void *arg, const struct client_child *child)
{
	struct rig_client *rc = arg;

	assert_true(rc->n_children < RIG_CHILDREN);
	rc->child[rc->n_children++] = (struct rig_child){.child = *child};
	rc->childs++;
	return 0;
}

static void
on_child_gone(void *arg, be32 spi_in)
{
	struct rig_client *rc = arg;

	for (unsigned i = 0; i < rc->n_children; i++) {
		if (rc->child[i].child.spi_in != spi_in)
			continue;
		rc->n_children--;
		memmove(&rc->child[i], &rc->child[i + 1],
			(rc->n_children - i) * sizeof(rc->child[0]));
		return;
	}
	fail_msg("a pair is gone that never was");
}

static void
on_isakmp_up(void *arg, const struct client_isakmp_keys *keys)
{
	struct rig_client *rc = arg;

	(void)keys;
	rc->isakmps++;
}

static void
on_up(void *arg, be32 address, be32 gateway)
{
	struct rig_client *rc = arg;

	rc->ups++;
	rc->gateway = gateway;
	rc->address = address;
}

static void
on_inform(void *arg, bool answered)
{
	struct rig_client *rc = arg;

	rc->informs += answered;
}

static void
on_down(void *arg, enum client_why why, const char *text)
{
	struct rig_client *rc = arg;

	rc->downs++;
	rc->why = why;
	rc->address = 0;
	snprintf(rc->text, sizeof(rc->text), "%s", text);
}

static const struct client_events events = {
	.send_ike = on_send_ike,
	.send_l2tp = on_send_l2tp,
	.child_new = on_child_new,
	.child_gone = on_child_gone,
	.isakmp_up = on_isakmp_up,
	.up = on_up,
	.inform = on_inform,
	.down = on_down,
};

/* --- life ------------------------------------------------------------------------------------- */

static void
renew(struct rig_client *rc)
{
	client_free(rc->c);
	rc->c = client_new(&rc->config, &rc->id, &rc->rig->timers, &events, rc);
	assert_non_null(rc->c);
}

struct rig_client *
rig_client(struct rig *r, const char *profile)
{
	static const char *const names[RIG_CLIENTS] = {"user-01", "user-02", "user-03", "user-04",
		"user-05", "user-06", "user-07", "user-08"};
	struct rig_client *rc = &r->client[r->n_clients];
	be32 own = htonl(ntohl(rig_addr(RIG_OUTSIDE)) + r->n_clients);

	assert_true(r->n_clients < RIG_CLIENTS);
	rc->rig = r;
	rc->config = (struct client_config){
		.profile = profile_find(profile), .psk = "secret123", .psk_len = 9};
	assert_non_null(rc->config.profile);
	rc->id = (struct client_id){
		.inside = {own, 0},
		.gateway = rig_addr(RIG_WAN),
		.user = names[r->n_clients],
		.password = RIG_PASSWORD,
		.host_name = "host",
		.number = r->n_clients,
	};
	rc->outer[0] = (struct ip_end){own, htons(IKE_PORT)};
	rc->outer[1] = (struct ip_end){own, htons(IKE_NATT_PORT)};
	r->n_clients++;
	renew(rc);
	return rc;
}

struct rig_client *
rig_client_nat(struct rig *r, const char *profile, uint16_t port500, uint16_t port4500)
{
	struct rig_client *rc = rig_client(r, profile);

	rc->id.inside.addr = htonl(ntohl(rig_addr("172.16.0.1")) + rc->id.number);
	rc->nat = true;
	rig_client_move(rc, RIG_NAT, port500, port4500);
	renew(rc);
	return rc;
}

void
rig_client_move(struct rig_client *rc, const char *addr, uint16_t port500, uint16_t port4500)
{
	rc->outer[0] = rig_end(addr, port500);
	rc->outer[1] = rig_end(addr, port4500);
}

void
rig_client_user(struct rig_client *rc, const char *user, const char *password)
{
	rc->id.user = user;
	rc->id.password = password;
	renew(rc);
}

void
rig_client_die(struct rig_client *rc)
{
	client_die(rc->c);
	rc->n_children = 0;
}

/* --- what tests do with it -------------------------------------------------------------------- */

void
rig_connect(struct rig_client *rc)
{
	unsigned ups = rc->ups;

	client_connect(rc->c);
	RIG_WAIT(rc->rig, 120000, rig_all_up);
	assert_true(rc->ups > ups);
	assert_true(rig_is_up(rc));
}

static bool
idle(const struct rig *r)
{
	for (unsigned i = 0; i < r->n_clients; i++)
		if (client_phase(r->client[i].c) == CLIENT_CLOSING)
			return false;
	return true;
}

void
rig_disconnect(struct rig_client *rc)
{
	client_disconnect(rc->c);
	RIG_WAIT(rc->rig, 20000, idle);
	assert_int_equal(client_phase(rc->c), CLIENT_IDLE);
}

struct conn *
rig_conn(const struct rig_client *rc)
{
	const struct fake_sa_in *in;

	if (rc->n_children == 0)
		return NULL;
	in = fake_dp_sa_in(rc->rig->dp, rc->child[rc->n_children - 1].child.spi_out);
	return in != NULL ? clients_by_sid(&rc->rig->gw.clients, in->sid) : NULL;
}

bool
rig_is_up(const struct rig_client *rc)
{
	const struct conn *c = rig_conn(rc);

	return client_phase(rc->c) == CLIENT_UP && c != NULL && c->up && c->lease == rc->address;
}

void
rig_traffic(struct rig_client *rc, uint32_t packets, uint32_t size)
{
	struct rig_child *child = &rc->child[rc->n_children - 1];
	const struct conn *c = rig_conn(rc);

	assert_non_null(c);
	child->seq += packets;
	fake_dp_traffic(rc->rig->dp, c->sid, child->child.spi_out, packets, size);
	client_traffic(rc->c, (size_t)packets * size * 2);
}
