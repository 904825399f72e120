/* SPDX-License-Identifier: BSD-3-Clause */
/* SAs of both directions, and which of them a session sends on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake_dp_impl.h"
#include "fake_libc.h"

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
	struct fake_sess *s = fake_dp_sess_of(dp, sid);

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
