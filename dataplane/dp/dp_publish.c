/* SPDX-License-Identifier: BSD-3-Clause */
/* Sessions, SAs and leases: control writes slots, workers read them, the graveyard frees. */
#include <errno.h>

#include "dp_impl.h"

/* --- sessions --------------------------------------------------------------------------------- */

struct worker *
dp_owner_of_sid(const struct dp *dp, uint32_t sid)
{
	unsigned worker = ID_WORKER(sid);

	if (sid >> 24 != 0 || worker >= dp->n_workers ||
		!slots_is_taken(&dp->slots[worker].sess, ID_SLOT(sid)))
		return NULL;
	return dp->worker[worker];
}

struct sess *
dp_sess_get(const struct dp *dp, uint32_t sid)
{
	const struct worker *w = dp_owner_of_sid(dp, sid);

	return w == NULL ? NULL
			 : atomic_load_explicit(&w->sess[ID_SLOT(sid)], memory_order_relaxed);
}

uint32_t
dp_sess_take(struct dp *dp, unsigned worker)
{
	uint32_t slot = slots_take(&dp->slots[worker].sess);

	return slot == 0 ? DP_SID_NONE : ID_MAKE(0, worker, slot);
}

/* A new version of a session does not refill its token bucket. */
static void
keep_shape(const struct sess *old, struct sess *new)
{
	for (unsigned i = SESS_UP; i <= SESS_DOWN; i++) {
		new->shaper[i].next_tsc = dp_peek(&old->shaper[i].next_tsc);
		new->shaper[i].dropped = dp_peek(&old->shaper[i].dropped);
	}
}

int
dp_sess_publish(struct dp *dp, uint32_t sid, const struct dp_sess *sess)
{
	struct worker *w = dp_owner_of_sid(dp, sid);
	struct sess *old, *new;

	if (w == NULL)
		return -EINVAL;
	new = sess_new(&dp->slabs, sess, sid);
	if (new == NULL)
		return -ENOMEM;
	old = dp_sess_get(dp, sid);
	if (old != NULL) {
		atomic_store_explicit(&new->out,
			atomic_load_explicit(&old->out, memory_order_relaxed),
			memory_order_relaxed);
		new->up_packets = dp_peek(&old->up_packets);
		new->up_bytes = dp_peek(&old->up_bytes);
		new->down_packets = dp_peek(&old->down_packets);
		new->down_bytes = dp_peek(&old->down_bytes);
		if (old->shaped && new->shaped)
			keep_shape(old, new);
		/* A new L2TP session counts from 0 (RFC 2661, 5.4). */
		if (old->our_tid == new->our_tid && old->our_sid == new->our_sid)
			new->ns = __atomic_load_n(&old->ns, __ATOMIC_RELAXED);
	}
	if (new->shaped)
		atomic_store_explicit(&w->shaping, true, memory_order_relaxed);
	atomic_store_explicit(&w->sess[ID_SLOT(sid)], new, memory_order_release);
	if (old != NULL)
		graveyard_bury(&dp->graves, slab_release, old, NULL, 0);
	return 0;
}

void
dp_sess_retire(struct dp *dp, uint32_t sid)
{
	struct worker *w = dp_owner_of_sid(dp, sid);
	struct sess *old;

	if (w == NULL)
		return;
	old = dp_sess_get(dp, sid);
	atomic_store_explicit(&w->sess[ID_SLOT(sid)], NULL, memory_order_release);
	graveyard_bury(&dp->graves, slab_release, old, &dp->slots[w->id].sess, ID_SLOT(sid));
}

bool
dp_sess_stats(const struct dp *dp, uint32_t sid, struct dp_sess_stats *out)
{
	const struct sess *s = dp_sess_get(dp, sid);

	if (s == NULL)
		return false;
	*out = (struct dp_sess_stats){
		.up_packets = dp_peek(&s->up_packets),
		.up_bytes = dp_peek(&s->up_bytes),
		.down_packets = dp_peek(&s->down_packets),
		.down_bytes = dp_peek(&s->down_bytes),
		.up_dropped = s->shaped ? dp_peek(&s->shaper[SESS_UP].dropped) : 0,
		.down_dropped = s->shaped ? dp_peek(&s->shaper[SESS_DOWN].dropped) : 0,
	};
	return true;
}

uint32_t
dp_worker_sessions(const struct dp *dp, unsigned worker)
{
	return dp->slots[worker].sess.n_taken;
}

void
dp_usage(const struct dp *dp, struct dp_usage *out)
{
	*out = (struct dp_usage){
		.buried = dp->graves.n,
		.used = dp->slabs.used,
		.held = dp->slabs.held,
	};
	for (unsigned i = 0; i < dp->n_workers; i++) {
		out->sessions += dp->slots[i].sess.n_taken;
		out->spis += dp->slots[i].sa_in.n_taken;
	}
}

/* --- leases ----------------------------------------------------------------------------------- */

static _Atomic uint32_t *
lease_at(struct dp *dp, be32 addr)
{
	for (unsigned i = DP_LAN; i < dp->n_nets; i++) {
		const struct network *net = &dp->net[i];

		if (((addr ^ net->addr) & net->mask) == 0)
			return &net->lease[ntohl(addr & ~net->mask)];
	}
	return NULL;
}

int
dp_lease_set(struct dp *dp, be32 addr, uint32_t sid)
{
	_Atomic uint32_t *at = lease_at(dp, addr);

	if (at == NULL || dp_owner_of_sid(dp, sid) == NULL)
		return -EINVAL;
	atomic_store_explicit(at, sid, memory_order_relaxed);
	return 0;
}

void
dp_lease_clear(struct dp *dp, be32 addr)
{
	_Atomic uint32_t *at = lease_at(dp, addr);

	if (at != NULL)
		atomic_store_explicit(at, DP_SID_NONE, memory_order_relaxed);
}

/* --- inbound SAs ------------------------------------------------------------------------------ */

/* The worker whose slot the SPI names, if the generation is current; else NULL. */
static struct worker *
owner_of_spi(const struct dp *dp, be32 spi)
{
	uint32_t id = ntohl(spi);
	unsigned worker = ID_WORKER(id);
	uint32_t slot = ID_SLOT(id);

	if (worker >= dp->n_workers || !slots_is_taken(&dp->slots[worker].sa_in, slot) ||
		dp->slots[worker].sa_in.gen[slot] != id >> 24)
		return NULL;
	return dp->worker[worker];
}

static struct sa_in *
sa_in_at(const struct worker *w, be32 spi)
{
	return atomic_load_explicit(&w->sa_in[ID_SLOT(ntohl(spi))], memory_order_relaxed);
}

be32
dp_spi_take(struct dp *dp, unsigned worker)
{
	struct slots *slots = &dp->slots[worker].sa_in;
	uint32_t slot = slots_take(slots);

	return slot == 0 ? 0 : htonl(ID_MAKE(slots->gen[slot], worker, slot));
}

be32
dp_spi_take_static(struct dp *dp, unsigned worker)
{
	struct slots *slots = &dp->slots[worker].sa_in;
	uint32_t slot = slots_take(slots);

	if (slot == 0)
		return 0;
	slots->gen[slot] = 1;
	return htonl(ID_MAKE(1, worker, slot));
}

int
dp_sa_in_publish(struct dp *dp, const struct dp_sa *sa, uint32_t sid)
{
	struct worker *w = owner_of_spi(dp, sa->spi);
	struct sa_in *in;

	if (w == NULL || sa_in_at(w, sa->spi) != NULL)
		return -EINVAL;
	in = sa_in_new(&dp->slabs, dp->mb, sa, sid, dp->config.replay_window);
	if (in == NULL)
		return -ENOMEM;
	atomic_store_explicit(&w->sa_in[ID_SLOT(ntohl(sa->spi))], in, memory_order_release);
	return 0;
}

void
dp_sa_in_retire(struct dp *dp, be32 spi)
{
	struct worker *w = owner_of_spi(dp, spi);
	uint32_t slot = ID_SLOT(ntohl(spi));
	struct sa_in *old;

	if (w == NULL)
		return;
	old = sa_in_at(w, spi);
	atomic_store_explicit(&w->sa_in[slot], NULL, memory_order_release);
	graveyard_bury(&dp->graves, slab_release, old, &dp->slots[w->id].sa_in, slot);
}

bool
dp_sa_in_stats(const struct dp *dp, be32 spi, struct dp_sa_stats *out)
{
	const struct worker *w = owner_of_spi(dp, spi);
	const struct sa_in *sa = w == NULL ? NULL : sa_in_at(w, spi);

	if (sa == NULL)
		return false;
	*out = (struct dp_sa_stats){
		.packets = dp_peek(&sa->packets),
		.bytes = dp_peek(&sa->bytes),
		.replayed = dp_peek(&sa->replayed),
		.bad = dp_peek(&sa->bad),
		.seq = dp_peek(&sa->top),
		.last_s = __atomic_load_n(&sa->last_s, __ATOMIC_RELAXED),
	};
	return true;
}

/* --- outbound SAs ----------------------------------------------------------------------------- */

struct sa_out *
dp_sa_out_new(struct dp *dp, const struct dp_sa *sa)
{
	return sa_out_new(&dp->slabs, dp->mb, sa);
}

struct sa_out *
dp_sa_out_moved(struct dp *dp, const struct sa_out *old, const struct esp_suite *suite,
	const struct ip_end *remote)
{
	return sa_out_moved(&dp->slabs, old, suite, remote);
}

void
dp_sess_set_out(struct dp *dp, uint32_t sid, struct sa_out *out)
{
	struct sess *s = dp_sess_get(dp, sid);

	if (s != NULL)
		atomic_store_explicit(&s->out, out, memory_order_release);
}

void
dp_sa_out_retire(struct dp *dp, struct sa_out *out)
{
	if (out != NULL)
		graveyard_bury(&dp->graves, slab_release, out, NULL, 0);
}

void
dp_sa_out_stats(const struct sa_out *out, struct dp_sa_stats *stats)
{
	uint64_t to = dp_peek(&out->to);

	*stats = (struct dp_sa_stats){
		.remote = {.addr = (be32)(to >> 16), .port = (be16)to},
		.packets = dp_peek(&out->packets),
		.bytes = dp_peek(&out->bytes),
		.seq = dp_peek(&out->seq),
	};
}
