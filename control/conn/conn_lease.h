/* SPDX-License-Identifier: BSD-3-Clause */
/* A connection's address of the LAN, and who waits for one. */
#ifndef CONN_LEASE_H
#define CONN_LEASE_H

#include "ppp.h"

struct clients;
struct conn;

/*
 * PPP's event `address` (ppp.h): an address of the user's segment. A user's own fixed address is
 * taken from an older session of the user, which ends. -EAGAIN: the connection waits in
 * clients.wanting.
 */
int conn_lease_acquire(struct conn *c, struct ppp_net *net);

/* Gives the address back, and does not wait for one any more. Idempotent. */
void conn_lease_release(struct conn *c);

/* Asks for each connection that waits whether an address is free now. */
void conn_leases_ask_again(struct clients *cs);

#endif
