/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "steer.h"

static void
outbox_flush(struct worker *w, unsigned owner, enum mouth mouth)
{
	struct outbox *box = &w->out[mouth][owner];
	unsigned sent;

	sent = rte_ring_enqueue_burst(
		w->workers[owner]->mouth[mouth], (void **)box->pkt, box->n, NULL);
	for (unsigned i = sent; i < box->n; i++)
		drop(w, box->pkt[i], DROP_MOUTH_FULL);
	box->n = 0;
}

void
push(struct worker *w, unsigned owner, enum mouth mouth, struct rte_mbuf *m)
{
	struct outbox *box = &w->out[mouth][owner];

	if (box->n == RTE_DIM(box->pkt))
		outbox_flush(w, owner, mouth);
	box->pkt[box->n++] = m;
}

void
push_flush(struct worker *w)
{
	for (unsigned mouth = 0; mouth < MOUTH_N; mouth++) {
		for (unsigned owner = 0; owner < w->n_workers; owner++) {
			if (w->out[mouth][owner].n > 0)
				outbox_flush(w, owner, mouth);
		}
	}
}

void
steer_up(struct worker *w, struct rte_mbuf *m)
{
	rte_be32_t spi;
	unsigned owner;

	if (m->data_len < sizeof(spi)) {
		drop(w, m, DROP_ESP_SHORT);
		return;
	}
	memcpy(&spi, rte_pktmbuf_mtod(m, void *), sizeof(spi));
	owner = ID_WORKER(rte_be_to_cpu_32(spi));
	if (owner == w->id) {
		rte_prefetch0(&w->sa_in[ID_SLOT(rte_be_to_cpu_32(spi))]);
		lane_append(&w->lane[LANE_UP], m, NULL);
	} else if (owner < w->n_workers) {
		push(w, owner, MOUTH_UP, m);
	} else {
		drop(w, m, DROP_ESP_NO_SA);
	}
}

void
steer_down(struct worker *w, struct rte_mbuf *m, uint32_t sid)
{
	struct sess *s;

	if (ID_WORKER(sid) != w->id) {
		push(w, ID_WORKER(sid), MOUTH_DOWN, m);
		return;
	}
	s = sess_find(w, sid);
	if (s == NULL)
		drop(w, m, DROP_NO_LEASE);
	else
		lane_append(&w->lane[LANE_DOWN], m, s);
}
