/* SPDX-License-Identifier: BSD-3-Clause */
/* Ethernet: what both ports do with frames on the way in and out. */
#ifndef ETHER_H
#define ETHER_H

#include "worker.h"

/*
 * True when the frame carries a sound IPv4 packet to our station: data is then at the IPv4 header.
 * Otherwise it is gone: ARP to control, all else dropped.
 */
bool ether_in(struct worker *w, struct rte_mbuf *m, enum dp_port port);

/* Sends a lane by the port: finds the next hop, puts the Ethernet header on. Leaves it empty. */
void ether_out(struct worker *w, struct lane *l, enum dp_port port);

#endif
