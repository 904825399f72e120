/* SPDX-License-Identifier: BSD-3-Clause */
/* The WAN's address by DHCP, and its defence. */
#ifndef WAN_H
#define WAN_H

#include <stddef.h>
#include <stdint.h>

#include "arp.h"

struct gateway;

/* Starts the DHCP client if wan.address is dhcp. 0 or -ENOMEM. */
int wan_init(struct gateway *gw);
void wan_fini(struct gateway *gw);

/* A packet for the DHCP client. */
void wan_dhcp_input(struct gateway *gw, const uint8_t *packet, size_t len);

/* An ARP message of another station on the WAN. */
void wan_heard(struct gateway *gw, const struct arp_msg *msg);

#endif
