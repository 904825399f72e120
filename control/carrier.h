/* SPDX-License-Identifier: BSD-3-Clause */
/* Links of ports that come back. */
#ifndef CARRIER_H
#define CARRIER_H

struct gateway;

/* Looks whether a port's link has come back: neighbours, switches and the DHCP server are asked or told. */
void carrier_watch(struct gateway *gw);

#endif
