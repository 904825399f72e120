/* SPDX-License-Identifier: BSD-3-Clause */
/* The automaton of a control protocol (RFC 1661, section 4). */
#ifndef PPP_FSM_H
#define PPP_FSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ppp_opt.h"
#include "timer.h"

enum {
	PPP_HEADER = 4, /* bytes: code, identifier, length */
	PPP_REQUEST_MAX = 64, /* bytes of our options in a Configure-Request */

	/* RFC 1661, 4.6 */
	PPP_RESTART_MS = 3000,
	PPP_MAX_TERMINATE = 2,
	PPP_MAX_CONFIGURE = 10,
	PPP_MAX_FAILURE = 5,
	/* The RFC's automaton lets two ends refuse each other's requests for ever. */
	PPP_MAX_REFUSALS = 15,
	PPP_MAX_REACKS = 3, /* retransmissions of a request that are acknowledged in Opened */
};

/* RFC 1661, 4.2 */
enum ppp_state {
	PPP_INITIAL,
	PPP_STARTING,
	PPP_CLOSED,
	PPP_STOPPED,
	PPP_CLOSING,
	PPP_STOPPING,
	PPP_REQ_SENT,
	PPP_ACK_RCVD,
	PPP_ACK_SENT,
	PPP_OPENED,
	PPP_N_STATES
};

/* RFC 1661, 4.3 */
enum ppp_event {
	PPP_EV_UP,
	PPP_EV_DOWN,
	PPP_EV_OPEN,
	PPP_EV_CLOSE,
	PPP_EV_TO_PLUS, /* timeout with counter > 0 */
	PPP_EV_TO_MINUS,
	PPP_EV_RCR_PLUS, /* acceptable Configure-Request */
	PPP_EV_RCR_MINUS,
	PPP_EV_RCA,
	PPP_EV_RCN, /* Nak or Reject */
	PPP_EV_RTR,
	PPP_EV_RTA,
	PPP_EV_RUC, /* unknown code */
	PPP_EV_RXJ_PLUS, /* permitted Code-Reject or Protocol-Reject */
	PPP_EV_RXJ_MINUS, /* catastrophic one */
	PPP_EV_RXR, /* Echo-Request, Echo-Reply, Discard-Request */
	PPP_N_EVENTS
};

/* RFC 1661, 4.4, in the order in which the actions of a cell are taken. */
enum ppp_action {
	PPP_TLD = 1 << 0, /* This-Layer-Down */
	PPP_IRC = 1 << 1, /* Initialize-Restart-Count */
	PPP_ZRC = 1 << 2,
	PPP_SCR = 1 << 3, /* Send-Configure-Request */
	PPP_SCA = 1 << 4,
	PPP_SCN = 1 << 5, /* Nak or Reject */
	PPP_STR = 1 << 6, /* Send-Terminate-Request */
	PPP_STA = 1 << 7,
	PPP_SCJ = 1 << 8, /* Send-Code-Reject */
	PPP_SER = 1 << 9, /* Send-Echo-Reply */
	PPP_TLU = 1 << 10, /* This-Layer-Up */
	PPP_TLS = 1 << 11,
	PPP_TLF = 1 << 12, /* This-Layer-Finished */
	PPP_N_ACTIONS = 13,
};

#define PPP_NO_CELL 0xff

/* A cell of the table of RFC 1661, 4.1. */
struct ppp_cell {
	uint16_t actions; /* one bit per action */
	uint8_t next; /* state; PPP_NO_CELL: the event cannot occur in this state */
};

/* What is specific to a protocol. */
struct ppp_cp_ops {
	const char *name;
	uint16_t protocol;
	bool early; /* our first request may be sent before the peer can receive it */
	const struct ppp_opt *opts;
	unsigned n_opts;
	/* The peer's request is acknowledged, ours not yet. May be NULL. */
	void (*acked)(struct ppp *p);
	void (*peer_begin)(struct ppp *p); /* a request of the peer is about to be judged */
	void (*up)(struct ppp *p);
	void (*down)(struct ppp *p);
	void (*finished)(struct ppp *p);
	void (*terminated)(struct ppp *p, struct rd data); /* Terminate-Request was acknowledged */
	/* Processes a packet of code 8 or above; false: unknown. NULL: all are unknown. */
	bool (*code)(struct ppp *p, uint8_t code, uint8_t id, struct rd body);
	/* The peer rejects a code of 8 or above. */
	void (*code_rejected)(struct ppp *p, uint8_t code);
	/* Sends Echo-Reply to the current request. */
	void (*echo_reply)(struct ppp *p);
};

/* A control protocol: its automaton and its negotiation. */
struct ppp_cp {
	struct ppp *p;
	const struct ppp_cp_ops *ops;
	enum ppp_state state;
	bool heard; /* a packet of the peer was received */
	struct timer restart;
	unsigned count; /* the Restart counter (RFC 1661, 4.6) */
	uint8_t id; /* our last identifier */
	/* Our last Configure-Request. */
	uint8_t req_id;
	bool answered;
	size_t req_len;
	uint8_t req[PPP_REQUEST_MAX];
	/* The current packet of the peer. */
	uint8_t in_id;
	struct rd in; /* from its code on */
	/* Our answer to its Configure-Request. */
	uint8_t reply_code;
	size_t reply_len;
	uint8_t *reply; /* PPP_REPLY_MAX bytes, while the request is processed */
	/* The request that we acknowledged last. */
	uint8_t acked_id;
	uint8_t reacks; /* since Opened */
	uint64_t acked_hash;
	unsigned naks; /* Configure-Naks sent since the last Ack */
	unsigned refusals; /* Naks and Rejects sent since the last Ack */
	unsigned refused; /* Naks and Rejects received */
};

void ppp_cp_init(struct ppp_cp *cp, struct ppp *p, const struct ppp_cp_ops *ops);
void ppp_cp_event(struct ppp_cp *cp, enum ppp_event event);

/*
 * The peer sends what is sent in Opened only: it has acknowledged our request, and the Ack was
 * lost. Acts as if the Ack had arrived, because repeating the request would make the peer negotiate
 * again.
 */
void ppp_cp_implied_ack(struct ppp_cp *cp);

/* Processes a packet of the protocol, which begins with its code. */
void ppp_cp_input(struct ppp_cp *cp, struct rd packet);

const struct ppp_cell *ppp_fsm_cell(enum ppp_event event, enum ppp_state state);

/* "Req-Sent" */
const char *ppp_state_name(enum ppp_state state);

#endif
