/* SPDX-License-Identifier: BSD-3-Clause */
/* The address of a connection, and connections that wait for one. */
#ifndef CONN_LEASE_H
#define CONN_LEASE_H

#include "ppp.h"

struct clients;
struct conn;

/*
 * PPP's event `address` (ppp.h): takes an address of the user's segment. If the user's fixed
 * address belongs to an older session of the user, that ends. -EAGAIN: the connection waits in
 * clients.wanting.
 */
int conn_lease_acquire(struct conn *c, struct ppp_net *net);

/* Returns the address, or stops waiting for one. Idempotent. */
void conn_lease_release(struct conn *c);

/* Lets each connection that waits try again. */
void conn_leases_ask_again(struct clients *cs);

#endif
