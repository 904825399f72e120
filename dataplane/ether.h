/* SPDX-License-Identifier: BSD-3-Clause */
/* Ethernet: what both ports do with frames on the way in and out. */
#ifndef ETHER_H
#define ETHER_H

#include "transit.h"
#include "worker.h"

#define ETHER_TAG_LEN 4 /* TPID and TCI (802.1Q, 9.3) */

/*
 * The network that the frame came in by when it carries a sound IPv4 packet to our station: data is then at the
 * IPv4 header. Otherwise NULL, and it is gone: ARP to control (untagged), all else dropped.
 */
const struct network *ether_in(struct worker *w, struct rte_mbuf *m, enum dp_port port);

/* Puts the tag of a VLAN (network order) into an untagged frame that has headroom. */
void ether_tag(struct rte_mbuf *m, rte_be16_t vlan);

/* The way of an IPv4 packet to its network: to its destination, or a router there. */
struct transit ether_direct(const struct worker *w, unsigned net, const struct rte_mbuf *m);

/* Sends a lane by the port: finds the next hop, puts the Ethernet header on. Leaves it empty. */
void ether_out(struct worker *w, struct lane *l, enum dp_port port);

#endif
