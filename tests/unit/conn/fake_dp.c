/* SPDX-License-Identifier: BSD-3-Clause */
/* What control publishes: sessions, leases, SAs. */
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
	for (unsigned i = 0; i < 256; i++)
		if (dp->lease[i] == sid)
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

static uint32_t *
lease_at(struct dp *dp, be32 addr)
{
	be32 net = addr & htonl(0xffffff00);

	if (dp->lease_net == 0)
		dp->lease_net = net;
	return net == dp->lease_net ? &dp->lease[ntohl(addr) & 0xff] : NULL;
}

int
dp_lease_set(struct dp *dp, be32 addr, uint32_t sid)
{
	uint32_t *at = lease_at(dp, addr);

	if (fake_dp_fails(dp, FAKE_LEASE_SET) || at == NULL)
		return -EINVAL;
	sess_taken(dp, sid);
	if (*at != DP_SID_NONE && *at != sid)
		fail_msg("a lease is given to session %08x that %08x has", sid, *at);
	*at = sid;
	return 0;
}

void
dp_lease_clear(struct dp *dp, be32 addr)
{
	uint32_t *at = lease_at(dp, addr);

	if (at != NULL)
		*at = DP_SID_NONE;
}

uint32_t
fake_dp_lease(const struct dp *dp, be32 addr)
{
	return (addr & htonl(0xffffff00)) == dp->lease_net ? dp->lease[ntohl(addr) & 0xff]
							   : DP_SID_NONE;
}

/* --- inbound SAs ------------------------------------------------------------------------------ */

static struct fake_sa_in *
sa_in_at(const struct dp *dp, be32 spi)
{
	uint32_t id = ntohl(spi), slot = DP_ID_SLOT(id);
	unsigned worker = DP_ID_WORKER(id);
	struct fake_sa_in *in;

	if (worker >= dp->n_workers || slot == 0 || slot > 2 * dp->n_slots)
		return NULL;
	in = &dp->worker[worker].sa_in[slot];
	return in->generation == id >> FAKE_SPI_SHIFT ? in : NULL;
}

static struct fake_sa_in *
sa_in_taken(const struct dp *dp, be32 spi)
{
	struct fake_sa_in *in = sa_in_at(dp, spi);

	if (in == NULL || (in->state != FAKE_SLOT_TAKEN && in->state != FAKE_SLOT_PUBLISHED))
		fail_msg("SPI %08x is not taken", ntohl(spi));
	return in;
}

struct fake_sa_in *
fake_dp_sa_in(const struct dp *dp, be32 spi)
{
	struct fake_sa_in *in = sa_in_at(dp, spi);

	return in != NULL && in->state == FAKE_SLOT_PUBLISHED ? in : NULL;
}

be32
dp_spi_take(struct dp *dp, unsigned worker)
{
	struct fake_worker *w = &dp->worker[worker];

	assert_true(worker < dp->n_workers);
	if (fake_dp_fails(dp, FAKE_SPI_TAKE))
		return 0;
	for (uint32_t slot = 1; slot <= 2 * dp->n_slots; slot++) {
		struct fake_sa_in *in = &w->sa_in[slot];
		uint8_t generation = (uint8_t)(in->generation % 255 + 1);

		if (in->state != FAKE_SLOT_FREE)
			continue;
		*in = (struct fake_sa_in){.state = FAKE_SLOT_TAKEN, .generation = generation};
		w->n_sa_in++;
		return htonl((uint32_t)generation << FAKE_SPI_SHIFT | worker << FAKE_WORKER_SHIFT |
			     slot);
	}
	return 0;
}

int
dp_sa_in_publish(struct dp *dp, const struct dp_sa *sa, uint32_t sid)
{
	struct fake_sa_in *in = sa_in_taken(dp, sa->spi);

	assert_int_equal(in->state, FAKE_SLOT_TAKEN);
	/* A worker carries its own sessions alone. */
	assert_int_equal(DP_ID_WORKER(ntohl(sa->spi)), DP_ID_WORKER(sid));
	assert_non_null(fake_dp_sess(dp, sid));
	if (fake_dp_fails(dp, FAKE_SA_IN_PUBLISH))
		return -ENOMEM;
	in->state = FAKE_SLOT_PUBLISHED;
	in->sa = *sa;
	in->keys = *sa->keys;
	in->sa.keys = &in->keys;
	in->sid = sid;
	return 0;
}

void
dp_sa_in_retire(struct dp *dp, be32 spi)
{
	sa_in_taken(dp, spi)->state = FAKE_SLOT_RETIRED;
	dp->worker[DP_ID_WORKER(ntohl(spi))].n_sa_in--;
	dp->any_retired = true;
}

bool
dp_sa_in_stats(const struct dp *dp, be32 spi, struct dp_sa_stats *out)
{
	const struct fake_sa_in *in = fake_dp_sa_in(dp, spi);

	if (in == NULL)
		return false;
	*out = in->stats;
	return true;
}

/* --- outbound SAs ----------------------------------------------------------------------------- */

static struct sa_out *
out_new(struct dp *dp, const struct dp_sa *sa)
{
	struct sa_out *out = fake_alloc(sizeof(*out));

	out->sa = *sa;
	out->keys = *sa->keys;
	out->sa.keys = &out->keys;
	out->stats.remote = sa->remote;
	list_add_tail(&dp->outs, &out->node);
	return out;
}

struct sa_out *
dp_sa_out_new(struct dp *dp, const struct dp_sa *sa)
{
	return fake_dp_fails(dp, FAKE_SA_OUT_NEW) ? NULL : out_new(dp, sa);
}

struct sa_out *
dp_sa_out_moved(struct dp *dp, const struct sa_out *old, const struct esp_suite *suite,
	const struct ip_end *remote)
{
	struct sa_out *out;

	assert_false(old->retired);
	assert_true(old->sa.udp_encap);
	assert_ptr_equal(old->sa.suite, suite);
	if (fake_dp_fails(dp, FAKE_SA_OUT_MOVED))
		return NULL;
	out = out_new(dp, &old->sa);
	out->stats = old->stats;
	out->stats.remote = *remote;
	return out;
}

void
dp_sess_set_out(struct dp *dp, uint32_t sid, struct sa_out *out)
{
	struct fake_sess *s = sess_taken(dp, sid);

	assert_true(out == NULL || !out->retired);
	assert_int_equal(s->state, FAKE_SLOT_PUBLISHED);
	s->out = out;
}

void
dp_sa_out_retire(struct dp *dp, struct sa_out *out)
{
	if (out == NULL)
		return;
	assert_false(out->retired);
	for (unsigned i = 0; i < dp->n_workers; i++)
		for (uint32_t slot = 1; slot <= dp->n_slots; slot++)
			if (dp->worker[i].sess[slot].state == FAKE_SLOT_PUBLISHED &&
				dp->worker[i].sess[slot].out == out)
				fail_msg("an SA is retired that a session sends on");
	out->retired = true;
	list_del(&out->node);
	list_add_tail(&dp->retired, &out->node);
}

void
dp_sa_out_stats(const struct sa_out *out, struct dp_sa_stats *stats)
{
	assert_false(out->retired);
	*stats = out->stats;
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
	for (unsigned i = 0; i < 256; i++)
		assert_int_equal(dp->lease[i], DP_SID_NONE);
}
