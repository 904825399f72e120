/* SPDX-License-Identifier: BSD-3-Clause */
/* The path MTU of a connection. */
#ifndef CONN_PATH_H
#define CONN_PATH_H

#include <stdint.h>

#include "icmp.h"

struct clients;
struct conn;

/* A router reports that a packet of ours to a client did not fit (RFC 4301, 8.2.1). */
void conn_path_input(struct clients *cs, const struct icmp_too_big *report);

/* The MTU of the session, in bytes of an IP packet: that of PPP, or less if the path needs it. */
uint16_t conn_path_fit(const struct conn *c);

/* Forgets what is older than ten minutes. */
void conn_path_sweep(struct conn *c);

#endif
