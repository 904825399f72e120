/* SPDX-License-Identifier: BSD-3-Clause */
/* The incoming call as LNS (RFC 2661, 5.2, 5.6, 7.4.2): one per tunnel. */
#ifndef L2TP_SESSION_H
#define L2TP_SESSION_H

#include "l2tp_avp.h"

enum l2tp_session_state { /* RFC 2661, 7.4.2 */
	L2TP_SESSION_IDLE,
	L2TP_SESSION_WAIT_CONNECT,
	L2TP_SESSION_ESTABLISHED,
};

struct l2tp_session {
	enum l2tp_session_state state;
	uint16_t our_sid, peer_sid;
	bool sequencing;
};

/* Processes a session message of an established tunnel. It may have a fault. */
void l2tp_session_message(struct l2tp *l, uint16_t sid, const struct l2tp_msg *m);

/*
 * Ends the session, if there is one, with a CDN. True if it was up: the caller notifies the owner.
 */
bool l2tp_session_clear(struct l2tp *l, const struct l2tp_fault *f, const char *event);

/* The same without a CDN. */
bool l2tp_session_forget(struct l2tp *l, const char *event);

const char *l2tp_session_state_name(enum l2tp_session_state state);

#endif
