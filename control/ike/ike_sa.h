/* SPDX-License-Identifier: BSD-3-Clause */
/* An ISAKMP SA, as the files of ike/ see it. */
#ifndef IKE_SA_H
#define IKE_SA_H

#include "ike_fragment.h"
#include "ike_keys.h"
#include "ike_main.h"
#include "ike_replay.h"
#include "ike_send.h"
#include "ike_vendor.h"
#include "list.h"
#include "log.h"

/* Durations, ms. */
enum {
	IKE_MAIN_MODE_MS = 60000, /* the peer's time for its next message of main mode */
	IKE_FAILED_MS = 5000, /* how long a failed SA is kept to absorb retransmissions */
};

enum ike_state {
	IKE_MM_IDLE, /* before message 1 */
	IKE_MM_SA, /* message 2 is sent */
	IKE_MM_KE, /* message 4 is sent */
	IKE_MM_I_SA, /* as initiator: message 1 is sent */
	IKE_MM_I_KE, /* as initiator: message 3 is sent */
	IKE_MM_I_AUTH, /* as initiator: message 5 is sent */
	IKE_MM_UP, /* message 6 is sent or received */
	IKE_MM_FAILED, /* absorbs retransmissions for IKE_FAILED_MS, then ends */
	IKE_MM_N
};

struct ike_sa {
	const struct ike_config *config;
	struct timers *timers;
	const struct ike_events *events;
	void *arg;
	char who[64];
	struct ip_end local, remote;
	uint8_t icookie[8], rcookie[8];
	enum ike_state state;
	bool ours; /* we are the initiator */
	bool ended; /* ike_reap() reports `down` and frees it */
	/* The message that is being processed. */
	struct {
		uint8_t digest[IKE_DIGEST_LEN];
		struct ip_end local, remote;
	} in;
	/* Main mode: the deadline or, as initiator, the next retransmission. Then: the lifetime. */
	struct timer timer;
	unsigned sent; /* as initiator: how many times the last message was sent */
	uint64_t created_ms, expires_ms; /* monotonic */
	enum ike_why why;

	struct ike_suite suite;
	uint64_t life_s;
	struct ike_main *main; /* NULL when main mode is complete or has failed */
	bool mute; /* message 1 is processed again; its answer was sent before */
	struct log_limit *hush; /* shared limit for log lines before message 3; NULL: none */
	struct ike_keys keys;
	uint8_t seen_mm[3][IKE_DIGEST_LEN]; /* digests of the peer's messages of main mode */
	unsigned n_seen_mm;
	struct ike_reply reply; /* of main mode */
	struct ike_replay replay;

	struct ike_vendors vendors;
	bool nat_us, nat_peer; /* which end is behind a NAT */
	bool natt; /* behind a NAT and on port 4500: ESP is encapsulated in UDP */
	bool strayed; /* the last message of main mode came from a new address */
	struct ike_fragments *fragments; /* NULL: none */
	struct timer dpd; /* armed while DPD runs */
	uint32_t dpd_our_seq; /* of our last R-U-THERE */
	unsigned dpd_asked; /* R-U-THERE that we have sent since the peer was last heard */
	bool dpd_seen; /* dpd_seq is valid */
	uint32_t dpd_seq; /* the highest of the peer's R-U-THERE */
	char id_text[IKE_ID_STR_LEN];

	struct ike_traffic traffic;
	struct list quicks;
	unsigned n_quicks; /* under way as responder */
	struct log_limit limit; /* for lines that the peer can cause repeatedly */
};

/* Ends the SA for this reason. It stays valid until ike_reap(). */
void ike_end(struct ike_sa *sa, enum ike_why why);

/*
 * Reports `down` and frees the SA if it has ended. The last call of what processes a message or a timer.
 */
void ike_reap(struct ike_sa *sa);

/* The current message is authenticated and new: follows the peer to the end that it came from. */
void ike_heard(struct ike_sa *sa);

/* Whether a line may be logged about a peer whose address may still be spoofed. */
bool ike_may_log(struct ike_sa *sa);

/* The same for a line that the peer can cause repeatedly. */
bool ike_may_repeat(struct ike_sa *sa);

#endif
