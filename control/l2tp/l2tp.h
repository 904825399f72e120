/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * L2TP control connection as LNS (RFC 2661). Pure: bytes and time in, bytes and events out.
 *
 * One struct l2tp is one peer's L2TP inside its IPsec: one tunnel with one session. A new SCCRQ while
 * a tunnel is up replaces it (the client redialled); a repeated one is a retransmission.
 */
#ifndef L2TP_H
#define L2TP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timer.h"

#define L2TP_PORT        1701
#define L2TP_MESSAGE_MAX 1400 /* the longest control message we read or write */

/* Durations and counts (RFC 2661, section 5.8 and 5.5). */
enum {
	L2TP_RETRANSMIT_MS = 1000, /* first wait for an acknowledgement, doubled each time */
	L2TP_RETRANSMIT_MAX_MS = 8000, /* cap of the wait */
	L2TP_RETRANSMITS = 8, /* after so many, and as long a silence, the tunnel is dead */
	L2TP_SILENCE_MS = 30000,
	L2TP_SETUP_MS = 60000, /* tunnel or session set-up must be done by then */
	L2TP_LINGER_MS = 31000, /* after StopCCN, to acknowledge its repeats */
};

struct l2tp_config {
	char host_name[64];
	uint16_t receive_window; /* ours, messages; >= 1 */
	uint32_t hello_s; /* idle seconds before a HELLO; 0: none */
};

enum l2tp_why {
	L2TP_WHY_PEER_STOPCCN,
	L2TP_WHY_PEER_CDN,
	L2TP_WHY_TIMEOUT, /* a message of ours was never acknowledged */
	L2TP_WHY_SETUP_TIMEOUT,
	L2TP_WHY_REPLACED, /* a new SCCRQ came */
	L2TP_WHY_PROTOCOL, /* unknown mandatory AVP, hidden AVP, malformed */
	L2TP_WHY_LOCAL, /* l2tp_close by the owner */
};
const char *l2tp_why_str(enum l2tp_why why);

/* Result codes of StopCCN and CDN that owners use (RFC 2661, 4.4.2). */
enum {
	L2TP_STOP_GENERAL = 1, /* general request to clear the control connection */
	L2TP_STOP_ERROR = 2, /* general error: error code says */
	L2TP_STOP_SHUTDOWN = 6,
	L2TP_CDN_ERROR = 2,
	L2TP_CDN_ADMIN = 3,
	L2TP_CDN_NO_FACILITIES = 4,
};

/* What data messages of the session carry. Host order. */
struct l2tp_ids {
	uint16_t our_tid, our_sid; /* in messages from the peer */
	uint16_t peer_tid, peer_sid; /* in messages to the peer */
	bool sequencing; /* the peer requires data sequence numbers (AVP 39) */
};

struct l2tp_events {
	/* Send a control message (from its L2TP header on). */
	void (*send)(void *arg, const uint8_t *msg, size_t len);
	/* ICCN is taken: PPP may begin. */
	void (*session_up)(void *arg, const struct l2tp_ids *ids);
	/* A session that was up is gone. text: the peer's error message or "". */
	void (*session_down)(void *arg, enum l2tp_why why, const char *text);
	/*
	 * The control connection is gone (never sent for L2TP_WHY_REPLACED, as another is there). The struct
	 * stays usable for a new SCCRQ until the owner frees it.
	 */
	void (*tunnel_down)(void *arg, enum l2tp_why why, const char *text);
	/*
	 * ICRQ is taken: these are the session's numbers. Many peers send PPP right behind ICCN, so who sorts packets should
	 * know them before session_up. NULL: not wanted. No word follows if it does not come to that.
	 */
	void (*session_opening)(void *arg, const struct l2tp_ids *ids);
};

struct l2tp;

/* `who` names the connection in log lines and is copied. NULL when out of memory. */
struct l2tp *l2tp_new(const struct l2tp_config *config, struct timers *timers,
	const struct l2tp_events *events, void *arg, const char *who);
void l2tp_set_who(struct l2tp *l, const char *who);

/*
 * What the messages from now on come by: any number that is another for another IPsec SA. A SCCRQ that comes by another than the
 * tunnel's did is not that one again, whatever its tunnel ID.
 */
void l2tp_set_path(struct l2tp *l, uint32_t path);

/*
 * A control message, from its L2TP header on (T bit set). May cause any event. The caller must not
 * free l from inside an event; it may call l2tp_close.
 */
void l2tp_input(struct l2tp *l, const uint8_t *msg, size_t len);

/* The peer lives: data of its session was verified. What waits for an acknowledgement waits on. */
void l2tp_heard(struct l2tp *l);

/*
 * Ends session (CDN with this result) and tunnel (StopCCN general), with text as error message.
 * session_down comes at once and tunnel_down when the peer acknowledged or will not any more, both
 * with L2TP_WHY_LOCAL unless the tunnel was closing already.
 * False when there is no tunnel: then no event comes. True when tunnel_down is still to come.
 */
bool l2tp_close(struct l2tp *l, uint16_t cdn_result, const char *text);

/* Frees without a word. No event. */
void l2tp_free(struct l2tp *l);

/* RFC 2661, 7.2.1, as the responder. */
enum l2tp_tunnel_state {
	L2TP_TUNNEL_IDLE,
	L2TP_TUNNEL_WAIT_CTL_CONN,
	L2TP_TUNNEL_ESTABLISHED,
	L2TP_TUNNEL_CLOSING, /* the RFC's "Clean up": our StopCCN is not acknowledged yet */
};

struct l2tp_info {
	enum l2tp_tunnel_state tunnel;
	const char *tunnel_state; /* its name: "idle", "wait-ctl-conn", "established", "closing" */
	const char *session_state; /* RFC 2661, 7.4.2: "idle", "wait-connect", "established" */
	struct l2tp_ids ids;
	char peer_host[64], peer_vendor[64]; /* from SCCRQ, "" when absent */
	uint16_t peer_firmware;
};
void l2tp_info(const struct l2tp *l, struct l2tp_info *out);

#endif
