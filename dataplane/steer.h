/* SPDX-License-Identifier: BSD-3-Clause */
/* Who owns a packet? Keeps it in this worker's lane, or pushes it to its owner. */
#ifndef STEER_H
#define STEER_H

#include "worker.h"

/* ESP, data at its header, hash.usr set: to lane UP of the worker that its SPI names. */
void steer_up(struct worker *w, struct rte_mbuf *m);

/* IPv4, to lane DOWN of the worker that owns the session (never DP_SID_NONE). */
void steer_down(struct worker *w, struct rte_mbuf *m, uint32_t sid);

#endif
