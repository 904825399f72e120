/* SPDX-License-Identifier: BSD-3-Clause */
/* Watches the links of the ports. */
#ifndef CARRIER_H
#define CARRIER_H

struct gateway;

/*
 * Checks whether the link of a port has come back: then addresses are announced, and neighbours,
 * pool addresses and the DHCP lease are verified anew.
 */
void carrier_watch(struct gateway *gw);

#endif
