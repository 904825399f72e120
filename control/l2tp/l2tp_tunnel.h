/* SPDX-License-Identifier: BSD-3-Clause */
/* The control connection as the responder (RFC 2661, 5.1, 5.7, 7.2). */
#ifndef L2TP_TUNNEL_H
#define L2TP_TUNNEL_H

#include "l2tp_avp.h"

struct l2tp_tunnel {
	enum l2tp_tunnel_state state;
	uint16_t our_tid, peer_tid;
	uint32_t path; /* that its SCCRQ came by */
	uint64_t established_ms; /* monotonic */
	struct timer hello, setup;
	bool was_established;
	enum l2tp_why why; /* it is closing */
	char peer_host[64], peer_vendor[64];
	uint16_t peer_firmware;
};

void l2tp_tunnel_init(struct l2tp *l);

/* Begins a tunnel in state idle for an SCCRQ, whose tunnel ID is not 0. */
void l2tp_tunnel_begin(struct l2tp *l, const struct l2tp_header *h, const struct l2tp_msg *m);

/* Processes the next message of the tunnel, in order. */
void l2tp_tunnel_message(struct l2tp *l, uint16_t sid, struct rd body);

/*
 * Sends StopCCN and waits for its acknowledgement. The session ends at once; was_up says that it
 * did so just before, and that the owner does not know yet.
 */
void l2tp_tunnel_stop(struct l2tp *l, enum l2tp_why why, const struct l2tp_fault *f, bool was_up);

/* The tunnel is gone: returns to idle and notifies the owner. */
void l2tp_tunnel_gone(struct l2tp *l, const char *event, enum l2tp_why why, const char *text);

/* The same for a tunnel that a new SCCRQ replaces; the owner learns only what it must. */
void l2tp_tunnel_replaced(struct l2tp *l);

/* The peer was heard: postpones HELLO. */
void l2tp_tunnel_heard(struct l2tp *l);

const char *l2tp_tunnel_state_name(enum l2tp_tunnel_state state);

#endif
