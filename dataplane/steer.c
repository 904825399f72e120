/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "steer.h"

#include "handoff.h"

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
		push(w, owner, INBOX_UP, m);
	} else {
		drop(w, m, DROP_ESP_NO_SA);
	}
}

void
steer_down(struct worker *w, struct rte_mbuf *m, uint32_t sid)
{
	struct sess *s;

	if (ID_WORKER(sid) != w->id) {
		push(w, ID_WORKER(sid), INBOX_DOWN, m);
		return;
	}
	s = sess_find(w, sid);
	if (s == NULL)
		drop(w, m, DROP_NO_LEASE);
	else
		lane_append(&w->lane[LANE_DOWN], m, s);
}
