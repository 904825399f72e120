/* SPDX-License-Identifier: BSD-3-Clause */
/* The addresses of the rig's networks. */
#ifndef NET_H
#define NET_H

#include "ip.h"

#define NET_IP(a, b, c, d) htonl((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define NET_WAN_ADDR       NET_IP(10, 0, 0, 254)
#define NET_WAN_GATEWAY    NET_IP(10, 0, 0, 253)
#define NET_LAN_ADDR       NET_IP(172, 16, 0, 254)
#define NET_LAN_HOST       NET_IP(172, 16, 0, 100)
#define NET_FIRST_LEASE    0xac110001u /* 172.17.0.1 */
#define NET_FIRST_OUTER    0x0b000001u /* 11.0.0.1: behind the WAN's gateway */
#define NET_L2TP_TID       7
#define NET_L2TP_SID       9

/* The MAC address of the WAN's gateway and the LAN's host. */
static const uint8_t net_mac_other[6] = {2, 0, 0, 0, 0, 9};

#endif
