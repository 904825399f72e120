/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control connection of L2TP as LNS (RFC 2661). The module is pure: bytes and time in, bytes
 * and events out.
 *
 * A struct l2tp is the L2TP of one peer inside its IPsec: one tunnel with one session. A new SCCRQ
 * while a tunnel is up replaces it, because the client has redialled; a retransmitted one does not.
 */
#ifndef L2TP_H
#define L2TP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timer.h"

#define L2TP_PORT        1701
#define L2TP_MESSAGE_MAX 1400 /* bytes of the longest control message that we read or write */

/* Durations and counts (RFC 2661, section 5.8 and 5.5). */
enum {
	L2TP_RETRANSMIT_MS = 1000, /* first retransmission; the interval doubles each time */
	L2TP_RETRANSMIT_MAX_MS = 8000, /* the longest interval */
	/* after these, and a silence of L2TP_SILENCE_MS, the tunnel is dead */
	L2TP_RETRANSMITS = 8,
	L2TP_SILENCE_MS = 30000,
	L2TP_SETUP_MS = 60000, /* time for the set-up of the tunnel, and for that of the session */
	L2TP_LINGER_MS = 31000, /* after StopCCN, to acknowledge its retransmissions */
};

struct l2tp_config {
	char host_name[64];
	uint16_t receive_window; /* ours, messages; >= 1 */
	uint32_t hello_s; /* silence before a HELLO; 0: none */
};

/* Why a session or tunnel ended. */
enum l2tp_why {
	L2TP_WHY_PEER_STOPCCN,
	L2TP_WHY_PEER_CDN,
	L2TP_WHY_TIMEOUT, /* a message of ours was never acknowledged */
	L2TP_WHY_SETUP_TIMEOUT,
	L2TP_WHY_REPLACED, /* by a new SCCRQ */
	L2TP_WHY_PROTOCOL, /* unknown mandatory AVP, hidden AVP, malformed message, ... */
	L2TP_WHY_LOCAL, /* the owner called l2tp_close() */
};

/* A phrase for the log. */
const char *l2tp_why_str(enum l2tp_why why);

/* Result codes of StopCCN and CDN that owners use (RFC 2661, 4.4.2). */
enum {
	L2TP_STOP_GENERAL = 1, /* general request to clear the control connection */
	L2TP_STOP_ERROR = 2, /* general error, see the error code */
	L2TP_STOP_SHUTDOWN = 6,
	L2TP_CDN_ERROR = 2,
	L2TP_CDN_ADMIN = 3,
	L2TP_CDN_NO_FACILITIES = 4,
};

/* The IDs in data messages of the session. Host order. */
struct l2tp_ids {
	uint16_t our_tid, our_sid; /* in messages from the peer */
	uint16_t peer_tid, peer_sid; /* in messages to the peer */
	bool sequencing; /* the peer requires data sequence numbers (AVP 39) */
};

struct l2tp_events {
	/* Sends a control message, which begins with the L2TP header. */
	void (*send)(void *arg, const uint8_t *msg, size_t len);
	/* ICCN is accepted: PPP may begin. */
	void (*session_up)(void *arg, const struct l2tp_ids *ids);
	/* A session that was up is gone. text is the peer's error message or "". */
	void (*session_down)(void *arg, enum l2tp_why why, const char *text);
	/*
	 * The control connection is gone. Does not come with L2TP_WHY_REPLACED, because another one
	 * exists then. The struct stays usable for a new SCCRQ until the owner frees it.
	 */
	void (*tunnel_down)(void *arg, enum l2tp_why why, const char *text);
	/*
	 * ICRQ is accepted: these are the IDs of the session. Many peers send PPP right after ICCN,
	 * so what classifies packets should know them before session_up. If the set-up fails, no
	 * event follows. May be NULL.
	 */
	void (*session_opening)(void *arg, const struct l2tp_ids *ids);
};

struct l2tp;

/* `who` names the connection in log lines and is copied. NULL if out of memory. */
struct l2tp *l2tp_new(const struct l2tp_config *config, struct timers *timers,
	const struct l2tp_events *events, void *arg, const char *who);
void l2tp_set_who(struct l2tp *l, const char *who);

/*
 * Sets the path that messages come by from now on: a number that differs between IPsec SAs. An
 * SCCRQ by a path other than that of the tunnel's own is not a retransmission, whatever its tunnel
 * ID.
 */
void l2tp_set_path(struct l2tp *l, uint32_t path);

/*
 * Processes a control message, which begins with the L2TP header (T bit set). May cause any event.
 * The owner must not free l inside an event; it may call l2tp_close().
 */
void l2tp_input(struct l2tp *l, const uint8_t *msg, size_t len);

/*
 * Data of the peer's session was verified, so the peer is alive. Extends the wait for
 * acknowledgements.
 */
void l2tp_heard(struct l2tp *l);

/*
 * Ends the session (CDN with this result) and the tunnel (StopCCN, general), with text as error
 * message. session_down comes at once, tunnel_down when the peer has acknowledged or is given up;
 * both with L2TP_WHY_LOCAL unless the tunnel was closing already. False if there is no tunnel, and
 * no event follows; true if tunnel_down follows.
 */
bool l2tp_close(struct l2tp *l, uint16_t cdn_result, const char *text);

/* Frees l. Sends nothing; no events. */
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
	char peer_host[64], peer_vendor[64]; /* from SCCRQ; "" if absent */
	uint16_t peer_firmware;
};
void l2tp_info(const struct l2tp *l, struct l2tp_info *out);

#endif
