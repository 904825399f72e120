/* SPDX-License-Identifier: BSD-3-Clause */
/* The PPP link of a connection, and its events. */
#ifndef CONN_PPP_H
#define CONN_PPP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dp.h"
#include "ppp.h"
#include "reap.h"

struct conn;

/* One PPP link; the argument of its events. */
struct conn_ppp {
	struct reap reap;
	struct conn *conn;
	struct ppp *ppp;
	bool dead; /* detached from its connection; freed at the end of the turn */
};

/*
 * Begins LCP on a new link, for the L2TP session that has come up. c->link is NULL before. 0 or
 * -ENOMEM.
 */
int conn_ppp_begin(struct conn *c);

/* Ends the link without notifying the peer. Idempotent. */
void conn_ppp_end(struct conn *c);

/* A PPP frame from the connection's session. */
void conn_ppp_input(struct conn *c, const struct dp_punt *punt);

/* Sends an IPv4 packet to the client of a session that is up, whatever its destination. */
void conn_ppp_send_ip(struct conn *c, const uint8_t *packet, size_t len);

#endif
