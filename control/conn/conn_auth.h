/* SPDX-License-Identifier: BSD-3-Clause */
/* Who may have a session: password, limits, and takeover of a user's older sessions. */
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
 * PPP's event `auth` (ppp.h). If the user has reached limits.sessions_per_user, limits.takeover
 * decides which older sessions end: those whose clients do not answer LCP echoes within CONN_ASK_MS
 * * CONN_ASKS, the oldest, or none.
 */
void conn_auth(struct conn *c, const struct ppp_auth *auth);

/* Logs the connection out, or stops waiting for the user's other sessions. Idempotent. */
void conn_auth_end(struct conn *c);

#endif
