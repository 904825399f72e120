/* SPDX-License-Identifier: BSD-3-Clause */
/* Broadcasts between clients and their LAN: which of them go on, and as what. Pure. */
#ifndef RELAY_H
#define RELAY_H

#include <stddef.h>
#include <stdint.h>

#include "ip.h"

/*
 * The broadcast in `packet` (from its IPv4 header on) one hop further, written to buf. Returns its length, or 0 when
 * it does not go on: it is no whole UDP datagram to all hosts of the LAN's network or of the link (255.255.255.255),
 * it is DHCP, which has relays of its own (RFC 1542), its time to live is over, or it does not fit.
 */
size_t relay_copy(
	const uint8_t *packet, size_t len, const struct ip_prefix *lan, uint8_t *buf, size_t size);

#endif
