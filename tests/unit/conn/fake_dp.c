/* SPDX-License-Identifier: BSD-3-Clause */
/* Life; what control publishes of sessions and leases. */
#include "fake_dp.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "fake_dp_impl.h"
#include "fake_libc.h"

/* --- life ------------------------------------------------------------------------------------- */

struct dp *
fake_dp_new(unsigned n_workers, uint32_t n_slots)
{
	struct dp *dp = fake_alloc(sizeof(*dp));

	dp->n_workers = n_workers;
	dp->n_slots = n_slots;
	list_init(&dp->outs);
	list_init(&dp->retired);
	list_init(&dp->sent);
	for (unsigned i = 0; i < 3; i++)
		list_init(&dp->punt[i]);
	for (unsigned i = 0; i < n_workers; i++) {
		dp->worker[i].sess = fake_alloc((n_slots + 1) * sizeof(struct fake_sess));
		dp->worker[i].sa_in = fake_alloc((2 * n_slots + 1) * sizeof(struct fake_sa_in));
	}
	for (unsigned i = 0; i < DP_N_PORTS; i++)
		dp->link[i] = true;
	return dp;
}

void
dp_stop(struct dp *dp)
{
	dp_poll(dp);
	fake_dp_clear(dp);
	LIST_FOREACH_SAFE (it, &dp->outs)
		fake_free(container_of(it, struct sa_out, node));
	for (unsigned i = 0; i < 3; i++)
		LIST_FOREACH_SAFE (it, &dp->punt[i])
			fake_free(container_of(it, struct fake_punt, node));
	for (unsigned i = 0; i < dp->n_workers; i++) {
		fake_free(dp->worker[i].sess);
		fake_free(dp->worker[i].sa_in);
	}
	fake_free(dp);
}

/* A worker's turn has passed: what was retired is gone, and its slots are free. */
void
dp_poll(struct dp *dp)
{
	LIST_FOREACH_SAFE (it, &dp->retired)
		fake_free(container_of(it, struct sa_out, node));
	list_init(&dp->retired);
	if (!dp->any_retired)
		return;
	dp->any_retired = false;
	for (unsigned i = 0; i < dp->n_workers; i++) {
		struct fake_worker *w = &dp->worker[i];

		for (uint32_t s = 1; s <= dp->n_slots; s++)
			if (w->sess[s].state == FAKE_SLOT_RETIRED)
				w->sess[s] = (struct fake_sess){.state = FAKE_SLOT_FREE};
		for (uint32_t s = 1; s <= 2 * dp->n_slots; s++)
			if (w->sa_in[s].state == FAKE_SLOT_RETIRED)
				w->sa_in[s].state = FAKE_SLOT_FREE;
	}
}

void
fake_dp_fail(struct dp *dp, enum fake_call call, unsigned n)
{
	dp->fail_after[call] = n;
	dp->fail_always[call] = false;
}

void
fake_dp_fail_all(struct dp *dp, enum fake_call call, bool fail)
{
	dp->fail_after[call] = fail;
	dp->fail_always[call] = fail;
}

bool
fake_dp_fails(struct dp *dp, enum fake_call call)
{
	dp->calls[call]++;
	if (dp->fail_after[call] == 0)
		return false;
	if (dp->fail_after[call] == 1 && dp->fail_always[call])
		return true;
	return --dp->fail_after[call] == 0;
}

/* --- sessions --------------------------------------------------------------------------------- */

static struct fake_sess *
sess_at(const struct dp *dp, uint32_t sid)
{
	unsigned worker = DP_ID_WORKER(sid);
	uint32_t slot = DP_ID_SLOT(sid);

	if (sid >> FAKE_SPI_SHIFT != 0 || worker >= dp->n_workers || slot == 0 ||
		slot > dp->n_slots)
		fail_msg("%08x is not a session number", sid);
	return &dp->worker[worker].sess[slot];
}

/* One that control may name. */
static struct fake_sess *
sess_taken(const struct dp *dp, uint32_t sid)
{
	struct fake_sess *s = sess_at(dp, sid);

	if (s->state != FAKE_SLOT_TAKEN && s->state != FAKE_SLOT_PUBLISHED)
		fail_msg("session %08x is not taken", sid);
	return s;
}

const struct fake_sess *
fake_dp_sess(const struct dp *dp, uint32_t sid)
{
	struct fake_sess *s = sid == DP_SID_NONE ? NULL : sess_at(dp, sid);

	return s != NULL && s->state == FAKE_SLOT_PUBLISHED ? s : NULL;
}

struct fake_sess *
fake_dp_sess_of(const struct dp *dp, uint32_t sid)
{
	return sess_taken(dp, sid);
}

uint32_t
dp_sess_take(struct dp *dp, unsigned worker)
{
	struct fake_worker *w = &dp->worker[worker];

	assert_true(worker < dp->n_workers);
	if (fake_dp_fails(dp, FAKE_SESS_TAKE))
		return DP_SID_NONE;
	for (uint32_t slot = 1; slot <= dp->n_slots; slot++) {
		if (w->sess[slot].state != FAKE_SLOT_FREE)
			continue;
		w->sess[slot].state = FAKE_SLOT_TAKEN;
		w->n_sess++;
		return worker << FAKE_WORKER_SHIFT | slot;
	}
	return DP_SID_NONE;
}

int
dp_sess_publish(struct dp *dp, uint32_t sid, const struct dp_sess *sess)
{
	struct fake_sess *s = sess_taken(dp, sid);

	if (fake_dp_fails(dp, FAKE_SESS_PUBLISH))
		return -ENOMEM;
	s->sess = *sess;
	s->state = FAKE_SLOT_PUBLISHED;
	return 0;
}

void
dp_sess_retire(struct dp *dp, uint32_t sid)
{
	struct fake_sess *s = sess_taken(dp, sid);

	for (unsigned i = 0; i < dp->n_workers; i++)
		for (uint32_t slot = 1; slot <= 2 * dp->n_slots; slot++) {
			const struct fake_sa_in *in = &dp->worker[i].sa_in[slot];

			if (in->state == FAKE_SLOT_PUBLISHED && in->sid == sid)
				fail_msg("session %08x is retired before its SA %08x", sid,
					ntohl(in->sa.spi));
		}
	for (unsigned i = 0; i < FAKE_LEASES_MAX; i++)
		if (dp->lease[i].sid == sid)
			fail_msg("session %08x is retired, and still has a lease", sid);
	s->state = FAKE_SLOT_RETIRED;
	dp->worker[DP_ID_WORKER(sid)].n_sess--;
	dp->any_retired = true;
}

bool
dp_sess_stats(const struct dp *dp, uint32_t sid, struct dp_sess_stats *out)
{
	const struct fake_sess *s = fake_dp_sess(dp, sid);

	if (s == NULL)
		return false;
	*out = s->stats;
	return true;
}

uint32_t
dp_worker_sessions(const struct dp *dp, unsigned worker)
{
	return dp->worker[worker].n_sess;
}

unsigned
dp_n_workers(const struct dp *dp)
{
	return dp->n_workers;
}

/* --- leases ----------------------------------------------------------------------------------- */

/* The place of the address; FAKE_LEASES_MAX: it has none. */
static unsigned
lease_at(const struct dp *dp, be32 addr)
{
	unsigned i = 0;

	while (i < FAKE_LEASES_MAX &&
		(dp->lease[i].sid == DP_SID_NONE || dp->lease[i].addr != addr))
		i++;
	return i;
}

int
dp_lease_set(struct dp *dp, be32 addr, uint32_t sid)
{
	uint32_t has = fake_dp_lease(dp, addr);
	unsigned i;

	if (fake_dp_fails(dp, FAKE_LEASE_SET))
		return -EINVAL;
	sess_taken(dp, sid);
	if (has == sid)
		return 0;
	if (has != DP_SID_NONE)
		fail_msg("a lease is given to session %08x that %08x has", sid, has);
	for (i = 0; i < FAKE_LEASES_MAX && dp->lease[i].sid != DP_SID_NONE; i++)
		;
	assert_true(i < FAKE_LEASES_MAX);
	dp->lease[i].addr = addr;
	dp->lease[i].sid = sid;
	return 0;
}

void
dp_lease_clear(struct dp *dp, be32 addr)
{
	unsigned i = lease_at(dp, addr);

	if (i < FAKE_LEASES_MAX)
		dp->lease[i].sid = DP_SID_NONE;
}

uint32_t
fake_dp_lease(const struct dp *dp, be32 addr)
{
	unsigned i = lease_at(dp, addr);

	return i < FAKE_LEASES_MAX ? dp->lease[i].sid : DP_SID_NONE;
}

/* --- what is left ----------------------------------------------------------------------------- */

unsigned
fake_dp_sessions(const struct dp *dp)
{
	unsigned n = 0;

	for (unsigned i = 0; i < dp->n_workers; i++)
		n += dp->worker[i].n_sess;
	return n;
}

unsigned
fake_dp_spis(const struct dp *dp)
{
	unsigned n = 0;

	for (unsigned i = 0; i < dp->n_workers; i++)
		n += dp->worker[i].n_sa_in;
	return n;
}

unsigned
fake_dp_sas_out(const struct dp *dp)
{
	unsigned n = 0;

	LIST_FOREACH (it, &dp->outs)
		n++;
	return n;
}

void
fake_dp_assert_empty(const struct dp *dp)
{
	assert_int_equal(fake_dp_sessions(dp), 0);
	assert_int_equal(fake_dp_spis(dp), 0);
	assert_int_equal(fake_dp_sas_out(dp), 0);
	for (unsigned i = 0; i < FAKE_LEASES_MAX; i++)
		assert_int_equal(dp->lease[i].sid, DP_SID_NONE);
}
