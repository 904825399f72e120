/* SPDX-License-Identifier: BSD-3-Clause */
/* What must hold between two turns, whatever has happened. */
#include <string.h>

#include "conn_pair.h"
#include "conn_ike.h"
#include "rig.h"

/* The pairs of a connection are the SAs of its session, and it sends on the current one. */
static unsigned
check_pairs(struct rig *r, const struct conn *c)
{
	const struct fake_sess *s = fake_dp_sess(r->dp, c->sid);
	const struct conn_pair *current = NULL;
	unsigned n = 0;

	CONN_PAIRS_FOREACH (p, c) {
		const struct fake_sa_in *in = fake_dp_sa_in(r->dp, p->spi_in);

		n++;
		assert_ptr_equal(p->conn, c);
		assert_non_null(in);
		assert_int_equal(in->sid, c->sid);
		assert_int_equal(p->out == NULL, p->state == CONN_PAIR_ENDING);
		assert_true(p->out == NULL || !p->out->retired);
		if (p->state != CONN_PAIR_CURRENT)
			continue;
		assert_null(current);
		current = p;
	}
	assert_int_equal(n, c->n_pairs);
	assert_true(n <= CONN_PAIRS_MAX);
	assert_true(n == 0 || s != NULL);
	if (s != NULL)
		assert_ptr_equal(s->out, current != NULL ? current->out : NULL);
	return n;
}

static unsigned
check_ikes(const struct conn *c, unsigned *half_open, unsigned *unanswered)
{
	unsigned n = 0, up = 0;

	CONN_IKES_FOREACH (ci, c) {
		n++;
		up += ci->up;
		assert_ptr_equal(ci->conn, c);
		assert_false(ci->up && ci->half_open);
		*half_open += ci->half_open;
		*unanswered += ci->half_open && !ci->answered;
	}
	assert_int_equal(n, c->n_ikes);
	assert_true(up <= CONN_IKES_MAX);
	return n;
}

/*
 * Its lease is its own, for as long as it is up the data plane sends the address's packets to it.
 */
static void
check_lease(struct rig *r, const struct conn *c)
{
	const struct fake_sess *s = fake_dp_sess(r->dp, c->sid);
	const struct lease *l;

	if (c->lease == 0) {
		assert_false(c->up);
		return;
	}
	l = lease_find(c->segment->leases, c->lease);
	assert_non_null(l);
	assert_true(l->state == LEASE_TAKEN || c->closing);
	assert_ptr_equal(l->owner, c);
	if (!c->up)
		return;
	assert_non_null(s);
	assert_true(s->sess.client == c->lease || c->unpublished);
	assert_int_equal(fake_dp_lease(r->dp, c->lease), c->sid);
}

static void
check_conn(struct rig *r, struct conn *c)
{
	assert_false(c->dead);
	if (c->sid != DP_SID_NONE) {
		assert_ptr_equal(clients_by_sid(&r->gw.clients, c->sid), c);
		assert_non_null(fake_dp_sess(r->dp, c->sid));
	}
	assert_true(c->up == false || c->link != NULL);
	check_lease(r, c);
	/* It waits for something, or has something to live for. */
	assert_false(c->n_pairs == 0 && c->n_ikes == 0 && !c->closing);
}

void
rig_check(struct rig *r)
{
	struct clients *cs = &r->gw.clients;
	unsigned conns = 0, ikes = 0, half_open = 0, unanswered = 0, pairs = 0, leases = 0,
		 with_session = 0, authenticated = 0;

	CLIENTS_FOREACH (c, cs) {
		conns++;
		check_conn(r, c);
		pairs += check_pairs(r, c);
		ikes += check_ikes(c, &half_open, &unanswered);
		leases += c->lease != 0;
		authenticated += c->user != NULL;
		assert_true(c->user == NULL || c->user->sessions > 0);
		with_session += c->sid != DP_SID_NONE;
	}
	assert_true(list_empty(&cs->ended));
	assert_int_equal(conns, cs->n_conns);
	assert_int_equal(ikes, cs->peers.n);
	assert_int_equal(half_open, cs->peers.half_open);
	assert_int_equal(unanswered, cs->peers.unanswered);
	assert_true(half_open <= cs->config->limit_half_open);
	assert_int_equal(with_session, fake_dp_sessions(r->dp));
	assert_int_equal(leases, segments_taken(cs->segments));
	assert_int_equal(authenticated, cs->n_sessions);
	/* Those of quick modes that are under way are taken and have no pair. */
	assert_true(pairs <= fake_dp_spis(r->dp));
}

unsigned
rig_conns(const struct rig *r)
{
	return r->gw.clients.n_conns;
}

unsigned
rig_ups(const struct rig *r)
{
	unsigned n = 0;

	CLIENTS_FOREACH (c, &r->gw.clients)
		n += c->up;
	return n;
}

unsigned
rig_ikes(const struct conn *c)
{
	unsigned n = 0;

	CONN_IKES_FOREACH (ci, c)
		n += ci->up;
	return n;
}

unsigned
rig_pairs(const struct conn *c)
{
	unsigned n = 0;

	CONN_PAIRS_FOREACH (p, c)
		n += p->state != CONN_PAIR_ENDING;
	return n;
}

/* --- conditions ------------------------------------------------------------------------------- */

bool
rig_all_up(const struct rig *r)
{
	for (unsigned i = 0; i < r->n_clients; i++)
		if (!r->client[i].off && client_phase(r->client[i].c) != CLIENT_IDLE &&
			!rig_is_up(&r->client[i]))
			return false;
	return true;
}

bool
rig_all_idle(const struct rig *r)
{
	for (unsigned i = 0; i < r->n_clients; i++)
		if (client_phase(r->client[i].c) != CLIENT_IDLE)
			return false;
	return true;
}

bool
rig_no_conns(const struct rig *r)
{
	return r->gw.clients.n_conns == 0;
}

bool
rig_one_conn(const struct rig *r)
{
	return r->gw.clients.n_conns == 1;
}
