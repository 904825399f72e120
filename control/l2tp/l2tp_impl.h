/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of this folder share: the message, the reliable channel, the two machines. */
#ifndef L2TP_IMPL_H
#define L2TP_IMPL_H

#include "l2tp.h"
#include "list.h"
#include "log.h"
#include "rdwr.h"

enum {
	L2TP_TEXT_MAX = 96, /* error messages and names, with their NUL */
	L2TP_OUT_MAX = 512, /* the longest message that we write */
	L2TP_QUEUE_MAX = 16, /* messages of ours that wait for acknowledgement or window */
	L2TP_QUEUE_RESERVE = 2, /* and room for the CDN and StopCCN that end it all */
	L2TP_HOLD_MAX = 8, /* messages of the peer held because one before them is missing */
	L2TP_WINDOW_DEFAULT = 4, /* peer's window without the AVP (RFC 2661, 4.4.3) */
	L2TP_SCCRQ_REPEAT_MS =
		3000, /* how long after SCCCN a late repeat of the SCCRQ is taken as one */
	L2TP_FIRMWARE = 0x0001, /* ours, in SCCRP */
	L2TP_PROTOCOL_VERSION = 0x0100,
};

/* Messages (RFC 2661, 3.2): symbol, number, name, whether about a session. */
#define L2TP_MSGS(X)                    \
	X(SCCRQ, 1, "SCCRQ", false)     \
	X(SCCRP, 2, "SCCRP", false)     \
	X(SCCCN, 3, "SCCCN", false)     \
	X(STOPCCN, 4, "StopCCN", false) \
	X(HELLO, 6, "HELLO", false)     \
	X(OCRQ, 7, "OCRQ", true)        \
	X(OCRP, 8, "OCRP", true)        \
	X(OCCN, 9, "OCCN", true)        \
	X(ICRQ, 10, "ICRQ", true)       \
	X(ICRP, 11, "ICRP", true)       \
	X(ICCN, 12, "ICCN", true)       \
	X(CDN, 14, "CDN", true)         \
	X(WEN, 15, "WEN", true)         \
	X(SLI, 16, "SLI", true)

enum l2tp_type {
#define X(sym, number, name, session) L2TP_##sym = number,
	L2TP_MSGS(X)
#undef X
};
const char *l2tp_type_name(uint16_t type); /* "?" when it is none of them */
bool l2tp_type_session(uint16_t type);

/* AVPs of vendor 0 (RFC 2661, 4.4) that code outside the table names. */
enum {
	L2TP_AVP_MESSAGE_TYPE = 0,
	L2TP_AVP_RESULT_CODE = 1,
	L2TP_AVP_PROTOCOL_VERSION = 2,
	L2TP_AVP_FRAMING_CAPS = 3,
	L2TP_AVP_BEARER_CAPS = 4,
	L2TP_AVP_FIRMWARE = 6,
	L2TP_AVP_HOST_NAME = 7,
	L2TP_AVP_VENDOR_NAME = 8,
	L2TP_AVP_TUNNEL_ID = 9,
	L2TP_AVP_RECEIVE_WINDOW = 10,
	L2TP_AVP_CHALLENGE = 11,
	L2TP_AVP_SESSION_ID = 14,
	L2TP_AVP_CALL_SERIAL = 15,
	L2TP_AVP_CHALLENGE_RESPONSE = 13,
	L2TP_AVP_TX_SPEED = 24,
	L2TP_AVP_SEQUENCING = 39,
	L2TP_AVP_COUNT = 40,
};

/* Result codes beside those of l2tp.h, and error codes (RFC 2661, 4.4.2). */
enum {
	L2TP_STOP_NOT_AUTHORIZED = 4,
	L2TP_STOP_VERSION = 5, /* error code: the highest version we know */
	L2TP_STOP_FSM = 7,
	L2TP_CDN_NO_FACILITIES_EVER = 5,

	L2TP_ERR_NONE = 0,
	L2TP_ERR_LENGTH = 2,
	L2TP_ERR_VALUE = 3,
	L2TP_ERR_CONTEXT = 5, /* session id invalid in this context */
	L2TP_ERR_AVP = 8, /* unknown AVP with the M bit */
};

/* Why a message cannot be accepted, in the words of the CDN or StopCCN that says so. */
struct l2tp_fault {
	uint16_t result; /* 0: no fault */
	uint16_t error;
	char text[L2TP_TEXT_MAX];
};

/* The header of a control message (RFC 2661, 3.1). */
struct l2tp_header {
	uint16_t tid, sid, ns, nr;
	struct rd body; /* the AVPs; empty: a ZLB */
};

/* A control message in plain values; what `has` lacks is 0 or "". */
struct l2tp_msg {
	uint16_t type;
	uint64_t has; /* bit n: AVP n was read */
	struct l2tp_fault fault; /* the first */
	bool broken; /* the fault is one of framing: nothing after it could be read */
	uint16_t version, firmware, tid, window, sid;
	uint16_t result, error;
	uint32_t framing, serial;
	char host[64], vendor[64], text[L2TP_TEXT_MAX];
};

static inline bool
l2tp_has(const struct l2tp_msg *m, unsigned avp)
{
	return (m->has >> avp & 1) != 0;
}

/* l2tp_avp.c */

/* False when msg is no L2TPv2 control message. Bytes after its length are left out. */
bool l2tp_header_read(struct l2tp_header *h, const uint8_t *msg, size_t len);

/* Reads all AVPs; decides nothing but what m->fault says. `who` is for debug lines. */
void l2tp_msg_read(struct l2tp_msg *m, struct rd body, const char *who);

/* AVPs with the M bit that their row in the table has. */
void l2tp_put_type(struct wr *w, enum l2tp_type type);
void l2tp_put_u16(struct wr *w, unsigned avp, uint16_t value);
void l2tp_put_u32(struct wr *w, unsigned avp, uint32_t value);
void l2tp_put_string(struct wr *w, unsigned avp, const char *s);
/* Result Code: without error and text when there is neither. */
void l2tp_put_result(struct wr *w, uint16_t result, uint16_t error, const char *text);

void l2tp_fault_set(struct l2tp_fault *f, uint16_t result, uint16_t error, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* l2tp_reliable.c: RFC 2661, 5.8 */

struct l2tp_reliable {
	void (*send)(void *arg, const uint8_t *msg, size_t len);
	void (*dead)(void *arg); /* the oldest message was repeated in vain */
	void *arg;
	uint16_t peer_tid;
	uint16_t ns; /* of our next new message */
	uint16_t nr; /* that we expect next */
	uint16_t top; /* one past the highest Ns of ours that was ever sent */
	uint16_t in_flight; /* messages at the queue's head that count as sent */
	uint16_t queued;
	uint16_t our_window, peer_window;
	uint16_t cwnd, ssthresh, credit; /* congestion window (RFC 2661, appendix A) */
	unsigned retransmits; /* L2TP_RETRANSMITS; owners may set another after init */
	unsigned tries; /* repetitions of the queue's head so far */
	uint64_t heard_ms; /* a sign of life of the peer; 0: none that counts */
	bool owe_ack; /* something was received that nothing sent has acknowledged yet */
	struct timer retransmit;
	struct list queue; /* struct out, oldest first */
	struct held *held[L2TP_HOLD_MAX];
};

/* A message taken out of the hold; the caller frees it. */
struct held {
	uint16_t ns, sid;
	size_t len;
	uint8_t bytes[];
};

enum l2tp_rel_in {
	L2TP_REL_NEW, /* the one expected: handle it now */
	L2TP_REL_ZLB, /* an acknowledgement only */
	L2TP_REL_DUPLICATE, /* had it: acknowledge again */
	L2TP_REL_HELD, /* one before it is missing */
	L2TP_REL_OUTSIDE, /* not in the window: dropped */
};

void l2tp_reliable_init(struct l2tp_reliable *r, struct timers *timers,
	void (*send)(void *arg, const uint8_t *msg, size_t len), void (*dead)(void *arg),
	void *arg);
/* A fresh channel: Ns and Nr 0, queue and hold empty. */
void l2tp_reliable_reset(struct l2tp_reliable *r, uint16_t peer_tid, uint16_t our_window);
/* The window that the peer's SCCRQ named. */
void l2tp_reliable_window(struct l2tp_reliable *r, uint16_t peer_window);
/* Takes Nr and Ns of a message. */
enum l2tp_rel_in l2tp_reliable_in(struct l2tp_reliable *r, const struct l2tp_header *h);
/* The next message of the hold, if its turn has come; else NULL. */
struct held *l2tp_reliable_unhold(struct l2tp_reliable *r);
/*
 * Queues a message (AVPs only) and sends it if the window lets it. `last` may use the reserve. False
 * when the queue is full.
 */
bool l2tp_reliable_send(struct l2tp_reliable *r, uint16_t sid, const struct wr *avps, bool last);
/* The peer lives: without it only silence of L2TP_SILENCE_MS lets repetitions come to an end. */
void l2tp_reliable_heard(struct l2tp_reliable *r);
/* Sends a ZLB if an acknowledgement is owed. */
void l2tp_reliable_ack(struct l2tp_reliable *r);
/* Whether all of ours was acknowledged. */
bool l2tp_reliable_idle(const struct l2tp_reliable *r);
/* Writes and sends one ZLB. */
void l2tp_zlb(void (*send)(void *arg, const uint8_t *msg, size_t len), void *arg, uint16_t tid,
	uint16_t ns, uint16_t nr);

/* The machines. */

enum session_state { /* RFC 2661, 7.4.2 */
	SESSION_IDLE,
	SESSION_WAIT_CONNECT,
	SESSION_ESTABLISHED,
};

struct l2tp_tunnel {
	enum l2tp_tunnel_state state;
	uint16_t our_tid, peer_tid;
	uint32_t path; /* that its SCCRQ came by */
	uint64_t established_ms;
	struct timer hello, setup;
	bool was_established;
	enum l2tp_why why; /* of closing */
	char peer_host[64], peer_vendor[64];
	uint16_t peer_firmware;
};

struct l2tp_session {
	enum session_state state;
	uint16_t our_sid, peer_sid;
	bool sequencing;
};

/* A tunnel that is gone but whose last message the peer may repeat. */
struct l2tp_stale {
	uint16_t our_tid; /* 0: none */
	uint16_t peer_tid, ns, nr;
	uint64_t until_ms;
};

struct l2tp {
	struct l2tp_config config;
	struct timers *timers;
	struct l2tp_events ev;
	void *arg;
	char who[64];
	struct l2tp_reliable rel;
	struct l2tp_tunnel tunnel;
	struct l2tp_session session;
	struct l2tp_stale stale;
	uint32_t path; /* of the message at hand */
	struct log_limit limit; /* of lines about messages that are ignored */
};

/* A random id that is none of the two. */
uint16_t l2tp_random_id(uint16_t not_this, uint16_t nor_this);

/* Text of a peer for logs and owners: bounded, control bytes as '?'. */
void l2tp_copy_text(char *out, size_t size, const uint8_t *p, size_t len);

/* l2tp_tunnel.c */

void l2tp_tunnel_init(struct l2tp *l);
/* A first SCCRQ, whose tunnel id is not 0: makes a tunnel out of idle. */
void l2tp_tunnel_begin(struct l2tp *l, const struct l2tp_header *h, const struct l2tp_msg *m);
/* The next message of the tunnel in its order. */
void l2tp_tunnel_message(struct l2tp *l, uint16_t sid, struct rd body);
/* Sends StopCCN and waits for its acknowledgement. The session ends at once; was_up: it just did. */
void l2tp_tunnel_stop(struct l2tp *l, enum l2tp_why why, const struct l2tp_fault *f, bool was_up);
/* The tunnel is gone: back to idle, and events to the owner. */
void l2tp_tunnel_gone(struct l2tp *l, const char *event, enum l2tp_why why, const char *text);
/* As gone, for a new SCCRQ that takes the place: the owner is told what it must know. */
void l2tp_tunnel_replaced(struct l2tp *l);
/* Something was heard from the peer. */
void l2tp_tunnel_heard(struct l2tp *l);
const char *l2tp_tunnel_state_name(enum l2tp_tunnel_state state);

/* l2tp_session.c */

/* A session message of an established tunnel, well formed or with its fault. */
void l2tp_session_message(struct l2tp *l, uint16_t sid, const struct l2tp_msg *m);
/* Ends the session with a CDN, if there is one. True when it was up: the caller tells the owner. */
bool l2tp_session_clear(struct l2tp *l, const struct l2tp_fault *f, const char *event);
/* Forgets the session without a word. True when it was up: the caller tells the owner. */
bool l2tp_session_forget(struct l2tp *l, const char *event);
const char *l2tp_session_state_name(enum session_state state);

#endif
