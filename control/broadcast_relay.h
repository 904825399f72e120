/* SPDX-License-Identifier: BSD-3-Clause */
/* Broadcasts between clients and the LAN (lan.broadcast). */
#ifndef BROADCAST_RELAY_H
#define BROADCAST_RELAY_H

#include <stddef.h>
#include <stdint.h>

struct conn;
struct gateway;

enum {
	/* Copies a second: the rings to the workers hold that many, and sealing them is cheap. */
	BROADCAST_COPIES_S = 1000,
};

/*
 * Relays a broadcast of a client, or of a host of the LAN (from is NULL), to all others on the
 * network, if lan.broadcast is set.
 */
void broadcast_relay(struct gateway *gw, const struct conn *from, unsigned net,
	const uint8_t *packet, size_t len);

#endif
