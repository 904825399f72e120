/* SPDX-License-Identifier: BSD-3-Clause */
/* Quick mode (RFC 2409, section 5.5): the state of an exchange, and our part as responder. */
#ifndef IKE_QUICK_H
#define IKE_QUICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike_main.h"
#include "ike_send.h"
#include "list.h"
#include "timer.h"

/* What one peer can make us hold, in one SA. */
#define IKE_MAX_QUICKS 8 /* quick modes under way */
#define IKE_MAX_DONE   16 /* completed or refused ones, kept for retransmissions */

/* How long a completed quick mode is kept to answer retransmissions. */
#define IKE_QUICK_LINGER_MS 30000

/*
 * How long after message 3 of ours the peer is taken to have it. It may be lost and is not
 * acknowledged; peers retransmit message 2 after up to 4 s.
 */
#define IKE_QUICK_SETTLE_MS 10000

enum ike_quick_state {
	IKE_QM_ASKED, /* as initiator: message 1 is sent (ike_rekey.c) */
	/* as initiator: message 3 is sent, and message 2 has not come again since */
	IKE_QM_SETTLING,
	IKE_QM_SENT, /* as responder: message 2 is sent */
	IKE_QM_DONE,
};

struct ike_quick {
	struct list node;
	struct ike_sa *sa;
	struct timer timer;
	enum ike_quick_state state;
	uint32_t message_id; /* host order */
	uint8_t iv[CBC_BLOCK_MAX];
	struct ike_reply reply;
	unsigned sent; /* how many times our last message was sent */
	be32 spi_in;
	bool commit; /* the peer set the commit bit (ike_commit.c) */
	uint8_t ni[IKE_NONCE_MAX], nr[IKE_NONCE_OUR];
	size_t ni_len;
	/* As initiator. */
	const struct esp_suite *suite; /* what we offer */
	enum dh_group pfs; /* 0: without */
	struct dh *dh; /* with PFS, until message 2 */
};

/* Processes a message of quick mode. */
void ike_quick_input(struct ike_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len);

/* The quick mode with this message ID that is under way or still kept; NULL if there is none. */
struct ike_quick *ike_quick_find(struct ike_sa *sa, uint32_t message_id);

void ike_quick_free(struct ike_quick *q);

/* The SA ends: frees all quick modes, with child_gone for those that await message 3. */
void ike_quick_give_up(struct ike_sa *sa);

#endif
