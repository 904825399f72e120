/* SPDX-License-Identifier: BSD-3-Clause */
/* The session of a connection in the data plane, and its accounting. */
#ifndef CONN_SESSION_H
#define CONN_SESSION_H

#include "ip.h"

struct conn;

/*
 * Takes a session of the data plane for the connection's first pair; only control messages pass it
 * yet. peer_port: the peer's UDP port inside ESP, 0: 1701. 0, also if there is one already, or
 * -errno.
 */
int conn_session_take(struct conn *c, be16 peer_port);

/* Returns the session to the data plane. Idempotent. */
void conn_session_retire(struct conn *c);

/* Publishes c->sess to the workers. */
void conn_session_publish(struct conn *c);

/* Publishes the session with the present MTU of its link and path, if that has changed. */
void conn_session_fit_mtu(struct conn *c);

/* Ends lease and PPP link without notifying the peer; logs the accounting line. Idempotent. */
void conn_session_end(struct conn *c, const char *why);

/*
 * The same in order: PPP terminates, then L2TP. The event tunnel_down comes last; without a tunnel,
 * a closing connection is finished at once.
 */
void conn_session_close(struct conn *c, const char *why);

#endif
