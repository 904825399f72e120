/* SPDX-License-Identifier: BSD-3-Clause */
/* The policy between zones. */
#ifndef FILTER_H
#define FILTER_H

#include "worker.h"

/*
 * A flow begins with this packet, data at the IPv4 header as hosts inside know it, transit() filled in; s is the session
 * of the client that sent it, else NULL. True when it may; else the packet is gone.
 */
static inline bool
filter_new(struct worker *w, struct rte_mbuf *m, const struct sess *s)
{
	(void)w;
	(void)m;
	(void)s;
	return true;
}

#endif
