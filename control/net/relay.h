/* SPDX-License-Identifier: BSD-3-Clause */
/* Broadcasts between clients and their LAN: which are relayed, and how. Pure functions. */
#ifndef RELAY_H
#define RELAY_H

#include <stddef.h>
#include <stdint.h>

#include "ip.h"

/*
 * Writes the broadcast in `packet` (from its IPv4 header on) to buf, as after one hop. Returns its
 * length in bytes; 0 if it is not relayed because it is not a complete UDP datagram to the
 * broadcast address of the LAN's network or to 255.255.255.255, is DHCP, which has its own relays
 * (RFC 1542), has no time to live left, or does not fit.
 */
size_t relay_copy(
	const uint8_t *packet, size_t len, const struct ip_prefix *lan, uint8_t *buf, size_t size);

#endif
