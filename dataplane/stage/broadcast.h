/* SPDX-License-Identifier: BSD-3-Clause */
/* Broadcasts: to the WAN's DHCP client, and of the LAN for clients. */
#ifndef BROADCAST_H
#define BROADCAST_H

#include "worker.h"

/*
 * Takes an IPv4 packet out of an Ethernet frame to a group address, data behind the Ethernet
 * header: punts or drops it.
 */
void broadcast_in(struct worker *w, struct rte_mbuf *m, const struct network *net);

/* Whether the packet is for the WAN's DHCP client, if there is one. Data at a sound IPv4 header. */
bool broadcast_is_dhcp(const struct worker *w, const struct rte_mbuf *m);

#endif
