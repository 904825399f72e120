/* SPDX-License-Identifier: BSD-3-Clause */
/* A connection's session: its number in the data plane, what workers know of it, its accounting. */
#ifndef CONN_SESSION_H
#define CONN_SESSION_H

#include "ip.h"

struct conn;

/*
 * A session of the data plane for the connection's first pair: control messages pass, data does not
 * yet. peer_port: the peer's UDP port inside ESP, 0: L2TP's own. 0, also if there is one already,
 * or -errno.
 */
int conn_session_take(struct conn *c, be16 peer_port);

/* Gives the session of the data plane back. Idempotent. */
void conn_session_retire(struct conn *c);

/* Workers go by c->sess from now on. */
void conn_session_publish(struct conn *c);

/* Publishes the session with the MTU that its link and path have now, if that changed. */
void conn_session_fit_mtu(struct conn *c);

/* Ends the session: lease, accounting line, PPP without a word. Idempotent. */
void conn_session_end(struct conn *c, const char *why);

/*
 * Ends it with the goodbyes of PPP and L2TP; L2TP's tunnel_down comes last, or the connection is
 * finished at once.
 */
void conn_session_close(struct conn *c, const char *why);

#endif
