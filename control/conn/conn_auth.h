/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who may have a session: the password, the limits, and which older session of the user makes room.
 */
#ifndef CONN_AUTH_H
#define CONN_AUTH_H

#include "ppp.h"

struct conn;

enum {
	/*
	 * Between questions to the other sessions of a user who has too many, and how many of them.
	 */
	CONN_ASK_MS = 500,
	CONN_ASKS = 6,
};

/*
 * PPP's event `auth` (ppp.h). If the user has as many sessions as limits.sessions_per_user,
 * limits.takeover says which of them makes room: those whose clients do not answer an LCP echo
 * within CONN_ASK_MS * CONN_ASKS, or the oldest.
 */
void conn_auth(struct conn *c, const struct ppp_auth *auth);

/*
 * The connection is not the user's any more, nor waits for what the user's other sessions answer.
 * Idempotent.
 */
void conn_auth_end(struct conn *c);

#endif
