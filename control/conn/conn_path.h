/* SPDX-License-Identifier: BSD-3-Clause */
/* The path MTU of a connection. */
#ifndef CONN_PATH_H
#define CONN_PATH_H

#include <stdint.h>

#include "icmp.h"

struct clients;
struct conn;

/* A router on the way to a client could not forward a packet of ours (RFC 4301, 8.2.1). */
void conn_path_input(struct clients *cs, const struct icmp_too_big *word);

/*
 * The MTU of the session in bytes of an IP packet: what PPP negotiated, as far as it fits the path.
 */
uint16_t conn_path_fit(const struct conn *c);

/* Forgets what was learned long ago. */
void conn_path_sweep(struct conn *c);

#endif
