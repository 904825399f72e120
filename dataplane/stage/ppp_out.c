/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DOWN: fragments packets larger than the session's MTU, or punts them so that control tells the
 * sender (RFC 791, 3.2; RFC 1191).
 */
#include "frag.h"
#include "handoff.h"
#include "mss.h"
#include "stages.h"
#include "worker.h"

static inline void
to_client(struct lane *l, struct rte_mbuf *m, struct sess *s)
{
	mss_clamp(m, s->mss);
	s->down_packets++;
	s->down_bytes += m->data_len;
	lane_append(l, m, s);
}

/* Appends the packet's fragments: all of them if there are at most max, else none. */
static void
fragment(struct worker *w, struct rte_mbuf *m, struct sess *s, struct lane *l, unsigned max)
{
	struct rte_mbuf *f[FRAG_MAX];
	unsigned n = frag_make(w, m, s->mtu, f, max);

	for (unsigned i = 0; i < n; i++)
		to_client(l, f[i], s);
}

static void
tell_too_big(struct worker *w, struct rte_mbuf *m, const struct sess *s)
{
	pkt_meta_init(m, s->net, DP_SID_NONE)->mtu = s->mtu;
	punt(w, m, PUNT_TOO_BIG);
}

static void
too_big(struct worker *w, struct rte_mbuf *m, struct sess *s, struct lane *l, unsigned max)
{
	if (frag_is_forbidden(m))
		tell_too_big(w, m, s);
	else
		fragment(w, m, s, l, max);
}

static inline bool
fits(const struct lane *l, unsigned i)
{
	return l->pkt[i]->data_len <= ((const struct sess *)l->ctx[i])->mtu;
}

/* Processes the lane from the first packet that is too big, in order. */
static void
with_fragments(struct worker *w, struct lane *l, uint16_t first)
{
	/* All packets pass through SEAL and TO_WAN, which are not empty. */
	unsigned room = LANE_MAX - w->lane[LANE_SEAL].n - w->lane[LANE_TO_WAN].n;
	struct lane all = *l;

	l->n = first;
	for (unsigned i = first; i < all.n; i++) {
		unsigned waiting = all.n - i - 1u;

		if (fits(&all, i))
			to_client(l, all.pkt[i], all.ctx[i]);
		else
			too_big(w, all.pkt[i], all.ctx[i], l, room - l->n - waiting);
	}
}

void
ppp_out(struct worker *w)
{
	struct lane *l = &w->lane[LANE_DOWN];

	for (uint16_t i = 0; i < l->n; i++) {
		struct sess *s = l->ctx[i];

		if (unlikely(!fits(l, i))) {
			with_fragments(w, l, i);
			return;
		}
		sa_out_prefetch(s);
		mss_clamp(l->pkt[i], s->mss);
		s->down_packets++;
		s->down_bytes += l->pkt[i]->data_len;
	}
}
