/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds the owner of a packet: appends it to this worker's lane, or pushes it to another worker. */
#ifndef STEER_H
#define STEER_H

#include "worker.h"

/* ESP, data at its header, hash.usr set: to lane UP of the worker that the SPI names. */
void steer_up(struct worker *w, struct rte_mbuf *m);

/* IPv4, data at its header: to lane DOWN of the worker that owns the session; not DP_SID_NONE. */
void steer_down(struct worker *w, struct rte_mbuf *m, uint32_t sid);

#endif
