/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of this folder share: the automaton, the negotiation engine, the three protocols. */
#ifndef PPP_INTERNAL_H
#define PPP_INTERNAL_H

#include "ppp.h"
#include "log.h"
#include "rdwr.h"
#include "wire/ppp.h"

enum {
	PPP_PACKET_MAX = PPP_FRAME_MAX - 4, /* a packet without address, control and protocol */
	PPP_HEADER = 4, /* code, identifier, length */
	PPP_REPLY_MAX = PPP_PACKET_MAX - PPP_HEADER,
	PPP_REQUEST_MAX = 64, /* our options in a Configure-Request */
	PPP_TEXT_MAX = 96,

	PPP_MRU_DEFAULT = 1500, /* RFC 1661, 6.1 */
	PPP_MRU_MIN = 128, /* less is of no use to anybody */

	/* RFC 1661, 4.6 */
	PPP_RESTART_MS = 3000,
	PPP_MAX_TERMINATE = 2,
	PPP_MAX_CONFIGURE = 10,
	PPP_MAX_FAILURE = 5,
	/* The automaton alone would let two ends refuse each other's requests for ever. */
	PPP_MAX_REFUSALS = 15,

	PPP_MAX_LOOPS = 5, /* our own magic number so often: the line is looped */
	PPP_CHAP_RETRY_MS = 60000, /* for the user to type another password */
	PPP_CHAP_SUCCESS_MS =
		1000, /* between Successes, while the peer shows no sign of having one */
	PPP_ECHO_PART =
		10, /* an echo without an answer is repeated after this part of the interval, */
	PPP_ECHO_MIN_MS = 250, /* no sooner than this, */
	PPP_ECHO_MAX_MS = 3000, /* and no later */
	PPP_MAX_REACKS = 3, /* repeats of a request in Opened that are acknowledged, no more */
	PPP_HELD_MAX = 256, /* bytes of a request that waits for an address */
	PPP_FREE_LINES = 100, /* log lines of a link before they are limited */
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
	PPP_EV_RCR_PLUS, /* receive Configure-Request, good */
	PPP_EV_RCR_MINUS,
	PPP_EV_RCA,
	PPP_EV_RCN, /* Nak or Reject */
	PPP_EV_RTR,
	PPP_EV_RTA,
	PPP_EV_RUC, /* unknown code */
	PPP_EV_RXJ_PLUS, /* Code-Reject or Protocol-Reject that may be lived with */
	PPP_EV_RXJ_MINUS,
	PPP_EV_RXR, /* Echo-Request, Echo-Reply, Discard-Request */
	PPP_N_EVENTS
};

/* RFC 1661, 4.4; in the order in which those of a cell are done. */
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

struct ppp_cell {
	uint16_t actions;
	uint8_t next; /* PPP_NO_CELL: the event cannot happen in this state */
};

#define PPP_NO_CELL 0xff

/* What a handler thinks of an option of the peer. */
enum ppp_opinion {
	PPP_OPT_ACK,
	PPP_OPT_NAK, /* it has written the value we want instead */
	PPP_OPT_REJ,
	PPP_OPT_NAK_ALONE, /* nothing else of the request is worth an answer */
};

/* One option of a protocol. What is NULL is not done with this option. */
struct ppp_opt {
	uint8_t type;
	bool keep; /* never rejected, however often it was Nak'd in vain */
	const char *name;
	/* Ours: writes the value into our request; false: not this time. */
	bool (*ask)(struct ppp *p, struct wr *value);
	/* The peer answers ours. A Nak holds the value that it would like. */
	void (*nakd)(struct ppp *p, struct rd value);
	void (*rejected)(struct ppp *p);
	/* The peer's. Without this it is rejected. */
	enum ppp_opinion (*judge)(struct ppp *p, struct rd value, struct wr *want);
	/* The peer's request lacks it: writes the value to suggest; false: none. */
	bool (*missing)(struct ppp *p, struct wr *want);
	/* The value for the log; without this, nothing if empty, else hex. */
	void (*print)(struct rd value, char *buf, size_t size);
};

/* What makes a protocol of the automaton. */
struct ppp_cp_ops {
	const char *name;
	uint16_t protocol;
	bool early; /* our first request may be sent before the peer can hear it */
	const struct ppp_opt *opts;
	unsigned n_opts;
	void (*acked)(struct ppp *p); /* the peer's request is, ours not yet; may be NULL */
	void (*peer_begin)(struct ppp *p); /* a request of the peer will be judged: its defaults */
	void (*up)(struct ppp *p);
	void (*down)(struct ppp *p);
	void (*finished)(struct ppp *p);
	void (*terminated)(struct ppp *p, struct rd data); /* Terminate-Request was answered */
	/* A packet of code 8 and up; false: unknown. NULL: all are. */
	bool (*code)(struct ppp *p, uint8_t code, uint8_t id, struct rd body);
	/* A code of 8 and up that the peer has rejected. */
	void (*code_rejected)(struct ppp *p, uint8_t code);
	/* Echo-Reply to the request being handled. */
	void (*echo_reply)(struct ppp *p);
};

/* A control protocol: its automaton and its negotiation. */
struct ppp_cp {
	struct ppp *p;
	const struct ppp_cp_ops *ops;
	enum ppp_state state;
	bool heard; /* a packet of the peer */
	struct timer restart;
	unsigned count; /* RFC 1661, 4.6: the Restart counter */
	uint8_t id; /* the last identifier of ours */
	/* Our last Configure-Request. */
	uint8_t req_id;
	bool answered;
	size_t req_len;
	uint8_t req[PPP_REQUEST_MAX];
	/* The peer's packet being handled. */
	uint8_t in_id;
	struct rd in; /* from its code on */
	/* Our answer to its Configure-Request. */
	uint8_t reply_code;
	size_t reply_len;
	uint8_t *reply; /* PPP_REPLY_MAX bytes, as long as the request is being handled */
	/* The request that we acknowledged last. */
	uint8_t acked_id;
	uint8_t reacks; /* since Opened */
	uint64_t acked_hash;
	unsigned naks; /* Configure-Naks sent since the last Ack */
	unsigned refusals; /* Naks and Rejects sent since the last Ack */
	unsigned refused; /* and received */
};

struct lcp {
	struct ppp_cp cp;
	bool ask_mru;
	uint16_t mru;
	uint32_t magic; /* ours; 0: the peer would have none */
	unsigned auth_naks;
	unsigned loops;
	/* Of the peer's request. */
	uint16_t peer_mru;
	bool pfc, acfc;
	char ident[128];
	struct timer echo;
	uint64_t heard_ms;
	uint64_t asked_ms; /* of the first echo since the peer was heard */
	unsigned unanswered; /* echoes since then */
	bool echo_off; /* the peer has rejected the code */
	struct rd echo_data; /* of the request being handled; bad: it was none */
};

enum chap_state {
	CHAP_IDLE,
	CHAP_CHALLENGED,
	CHAP_JUDGING, /* the owner has the Response */
	CHAP_RETRY, /* it was wrong, another may come */
	CHAP_DONE,
};

struct chap {
	enum chap_state state;
	struct timer timer;
	uint8_t id;
	uint8_t challenge[MSCHAP_CHALLENGE_LEN];
	unsigned sent; /* times the challenge was sent */
	unsigned wrong; /* passwords; of the link's whole life */
	/* The Response judged last and our answer to it, for its repeats. */
	struct ppp_auth
		*response; /* NULL: none, or it was good and its repeats are known by their id */
	uint8_t response_id;
	size_t answer_len;
	uint8_t *answer;
};

struct ipcp {
	struct ppp_cp cp;
	struct ppp_net net;
	bool waiting; /* for an address */
	bool no_address; /* the peer does not want to hear ours */
	bool data_heard; /* since the peer's request was acknowledged */
	unsigned address_naks;
	/* The peer's last request while waiting. */
	size_t held_len;
	uint8_t *held;
};

enum ppp_phase { /* RFC 1661, 3.2 */
	PPP_DEAD,
	PPP_ESTABLISH,
	PPP_AUTHENTICATE,
	PPP_NETWORK,
	PPP_TERMINATE,
};

struct ppp {
	struct ppp_config config;
	struct timers *timers;
	struct ppp_events ev;
	void *arg;
	char who[64];
	enum ppp_phase phase;
	bool over; /* `down` was sent: not a word to the owner any more */
	enum ppp_why why; /* of phase terminate */
	char text[PPP_TEXT_MAX];
	char user[PPP_NAME_MAX + 1];
	unsigned lines;
	struct log_limit limit;
	struct lcp lcp;
	struct chap chap;
	struct ipcp ipcp;
};

/* ppp.c */

void ppp_send(struct ppp *p, uint16_t protocol, const void *packet, size_t len);
/* Writes an LCP-like packet and sends it. */
void ppp_send_packet(
	struct ppp *p, uint16_t protocol, uint8_t code, uint8_t id, const void *data, size_t len);
/* Ends the link in order: Terminate-Request, then `down`. The first reason stays. */
void ppp_terminate(struct ppp *p, enum ppp_why why, const char *text);
/* The link has ended. The last thing to happen. */
void ppp_end(struct ppp *p, enum ppp_why why, const char *text);
void ppp_set_phase(struct ppp *p, enum ppp_phase phase);
/* Authentication is over and good: to the network phase. */
void ppp_authenticated(struct ppp *p);
/* Whether another line about what a peer sends may be logged. */
bool ppp_may_log(struct ppp *p);
/* The longest packet (from its code on) to send to the peer. */
size_t ppp_room(const struct ppp *p);
/* The text of a peer if it is printable, else "". True when it is. */
bool ppp_copy_text(char *out, size_t size, struct rd data);

/* ppp_fsm.c */

void ppp_cp_init(struct ppp_cp *cp, struct ppp *p, const struct ppp_cp_ops *ops);
void ppp_cp_event(struct ppp_cp *cp, enum ppp_event event);
/*
 * The peer sends what only one in Opened sends, so it has acknowledged our request, and that Ack was lost: takes
 * it as come. To repeat the request instead would make the peer begin anew.
 */
void ppp_cp_implied_ack(struct ppp_cp *cp);
/* A packet of the protocol, from its code on. */
void ppp_cp_input(struct ppp_cp *cp, struct rd packet);
const struct ppp_cell *ppp_fsm_cell(enum ppp_event event, enum ppp_state state);
const char *ppp_state_name(enum ppp_state state);

/* ppp_opt.c */

/* Makes cp->req anew. */
void ppp_opt_request(struct ppp_cp *cp);
/* Judges the peer's options and makes cp->reply. False when the list is malformed. */
bool ppp_opt_judge(struct ppp_cp *cp, struct rd options);
/* Takes the peer's Nak or Reject of our request. False when it does not fit the request. */
bool ppp_opt_nakd(struct ppp_cp *cp, struct rd options);
bool ppp_opt_rejected(struct ppp_cp *cp, struct rd options);
/* " <mru 1400> <pcomp>" */
void ppp_opt_print(const struct ppp_cp_ops *ops, struct rd options, char *buf, size_t size);
void ppp_opt_print_addr(struct rd value, char *buf, size_t size);

/* lcp.c */

void lcp_init(struct ppp *p);
void lcp_stop(struct ppp *p);
void lcp_heard(struct ppp *p);
/* Sends an echo beside those that are due, if LCP is open. */
void lcp_ask(struct ppp *p);
void lcp_protocol_reject(struct ppp *p, uint16_t protocol, struct rd data);

/* chap.c */

void chap_init(struct ppp *p);
void chap_begin(struct ppp *p);
void chap_stop(struct ppp *p);
void chap_free(struct ppp *p);
void chap_input(struct ppp *p, struct rd packet);
/* The peer speaks a network protocol: it has our Success. */
void chap_network_heard(struct ppp *p);
void chap_done(struct ppp *p, enum ppp_verdict verdict, const char *auth_response);

/* ipcp.c */

void ipcp_init(struct ppp *p);
/* Asks the owner for addresses; with them IPCP begins. */
void ipcp_begin(struct ppp *p);
/* Data of the peer has come since this was last called. */
void ipcp_heard(struct ppp *p);
void ipcp_stop(struct ppp *p);
void ipcp_input(struct ppp *p, struct rd packet);

#endif
