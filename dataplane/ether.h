/* SPDX-License-Identifier: BSD-3-Clause */
/* Ethernet: what both ports do with received frames and frames to send. */
#ifndef ETHER_H
#define ETHER_H

#include "transit.h"
#include "worker.h"

#define ETHER_TAG_LEN 4 /* TPID and TCI (802.1Q, 9.3) */

/*
 * Returns the network that a frame came in by if it carries a sound IPv4 packet to our MAC address;
 * data is then at the IPv4 header. Else NULL, and the frame is gone: ARP to control (untagged), all
 * others dropped.
 */
const struct network *ether_in(struct worker *w, struct rte_mbuf *m, enum dp_port port);

/* Inserts a VLAN tag (VLAN ID in network order) into an untagged frame that has headroom. */
void ether_tag(struct rte_mbuf *m, rte_be16_t vlan);

/*
 * The transit of an IPv4 packet that is sent to a network: to its destination or to a router there.
 */
struct transit ether_direct(const struct worker *w, unsigned net, const struct rte_mbuf *m);

/* Sends the lane by the port: finds next hops, prepends Ethernet headers. Leaves the lane empty. */
void ether_out(struct worker *w, struct lane *l, enum dp_port port);

#endif
