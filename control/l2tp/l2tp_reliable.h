/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reliable delivery of control messages (RFC 2661, 5.8): Ns and Nr, windows, retransmission, and
 * slow start with congestion avoidance (appendix A). Each message of the peer is delivered once and
 * in order.
 */
#ifndef L2TP_RELIABLE_H
#define L2TP_RELIABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "l2tp_avp.h"
#include "list.h"
#include "timer.h"

enum {
	L2TP_QUEUE_MAX = 16, /* messages of ours that await acknowledgement or window */
	L2TP_QUEUE_RESERVE = 2, /* of these, for the CDN and StopCCN that end the tunnel */
	L2TP_HOLD_MAX = 8, /* messages of the peer that are held until a missing one arrives */
	L2TP_WINDOW_DEFAULT = 4, /* the peer's window without the AVP (RFC 2661, 4.4.3) */
};

/* A message that was held; the caller of l2tp_reliable_unhold() frees it. */
struct l2tp_held {
	uint16_t ns, sid;
	size_t len;
	uint8_t bytes[];
};

struct l2tp_reliable {
	void (*send)(void *arg, const uint8_t *msg, size_t len);
	void (*dead)(void *arg); /* the oldest message was retransmitted in vain */
	void *arg;
	uint16_t peer_tid;
	uint16_t ns; /* of our next new message */
	uint16_t nr; /* that we expect next */
	uint16_t top; /* one past the highest Ns that we have ever sent */
	uint16_t in_flight; /* messages at the head of the queue that count as sent */
	uint16_t queued;
	uint16_t our_window, peer_window; /* messages */
	uint16_t cwnd, ssthresh, credit; /* congestion window (RFC 2661, appendix A), messages */
	unsigned retransmits; /* L2TP_RETRANSMITS; owners may change it after init */
	unsigned tries; /* retransmissions of the head of the queue so far */
	uint64_t heard_ms; /* last sign of life of the peer, monotonic; 0: none that counts */
	bool owe_ack; /* something was received that nothing sent acknowledges yet */
	struct timer retransmit;
	struct list queue; /* struct out, oldest first */
	struct l2tp_held *held[L2TP_HOLD_MAX];
};

enum l2tp_rel_in {
	L2TP_REL_NEW, /* the expected message: process it now */
	L2TP_REL_ZLB, /* an acknowledgement only */
	L2TP_REL_DUPLICATE, /* received before: acknowledge again */
	L2TP_REL_HELD, /* an earlier message is missing */
	L2TP_REL_OUTSIDE, /* outside the window: dropped */
};

void l2tp_reliable_init(struct l2tp_reliable *r, struct timers *timers,
	void (*send)(void *arg, const uint8_t *msg, size_t len), void (*dead)(void *arg),
	void *arg);

/* Makes a fresh channel: Ns and Nr are 0, nothing is queued or held. */
void l2tp_reliable_reset(struct l2tp_reliable *r, uint16_t peer_tid, uint16_t our_window);

/* Sets the window that the peer's SCCRQ announced. */
void l2tp_reliable_window(struct l2tp_reliable *r, uint16_t peer_window);

/* Processes Nr and Ns of a message. */
enum l2tp_rel_in l2tp_reliable_in(struct l2tp_reliable *r, const struct l2tp_header *h);

/* Takes the next held message if its turn has come; else NULL. */
struct l2tp_held *l2tp_reliable_unhold(struct l2tp_reliable *r);

/*
 * Queues a message, given by its AVPs, and sends it when the window allows it. `last` may use the
 * reserve. False if the queue is full.
 */
bool l2tp_reliable_send(struct l2tp_reliable *r, uint16_t sid, const struct wr *avps, bool last);

/* The peer is alive. Retransmission ends only after a silence of L2TP_SILENCE_MS. */
void l2tp_reliable_heard(struct l2tp_reliable *r);

/* Sends a ZLB if an acknowledgement is owed. */
void l2tp_reliable_ack(struct l2tp_reliable *r);

/* Whether all messages of ours are acknowledged. */
bool l2tp_reliable_idle(const struct l2tp_reliable *r);

/* Writes a ZLB and sends it. */
void l2tp_reliable_zlb(void (*send)(void *arg, const uint8_t *msg, size_t len), void *arg,
	uint16_t tid, uint16_t ns, uint16_t nr);

#endif
