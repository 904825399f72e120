/* SPDX-License-Identifier: BSD-3-Clause */
/* Broadcasts between clients and the LAN (lan.broadcast). */
#ifndef BROADCAST_RELAY_H
#define BROADCAST_RELAY_H

#include <stddef.h>
#include <stdint.h>

struct conn;
struct gateway;

enum {
	/* Copies a second: what the rings to the workers take at once, and crypto in passing. */
	BROADCAST_COPIES_S = 1000,
};

/*
 * A broadcast of a client, or of a segment of the LAN (from is NULL), to all others on the network if the configuration
 * wants it.
 */
void broadcast_relay(struct gateway *gw, const struct conn *from, unsigned net,
	const uint8_t *packet, size_t len);

#endif
