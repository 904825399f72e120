/* SPDX-License-Identifier: BSD-3-Clause */
/* Hands packets to other cores: push() to a worker, punt() to control. */
#ifndef HANDOFF_H
#define HANDOFF_H

#include "worker.h"

/*
 * Leaves the packet to control. The caller fills in pkt_meta() (sid, spi, net and what the reason
 * needs); data is where punt.h says. Polices and counts; drops the packet when its rate is exceeded
 * or the ring is full.
 */
void punt(struct worker *w, struct rte_mbuf *m, enum punt_reason reason);

/*
 * Hands the packet to a worker's inbox at the end of this turn, or as soon as the outbox is full.
 * Drops it then if the inbox is full.
 */
void push(struct worker *w, unsigned owner, enum inbox inbox, struct rte_mbuf *m);

/* Flushes all outboxes that push() filled. */
void push_flush(struct worker *w);

#endif
