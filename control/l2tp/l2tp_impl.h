/* SPDX-License-Identifier: BSD-3-Clause */
/* struct l2tp, as the files of l2tp/ see it. */
#ifndef L2TP_IMPL_H
#define L2TP_IMPL_H

#include "l2tp_avp.h"
#include "l2tp_reliable.h"
#include "l2tp_session.h"
#include "l2tp_tunnel.h"
#include "log.h"

/* How long after SCCCN an SCCRQ with the same tunnel ID is taken for a late retransmission. */
#define L2TP_SCCRQ_REPEAT_MS 3000

/* A tunnel that is gone, but whose last message the peer may retransmit. */
struct l2tp_stale {
	uint16_t our_tid; /* 0: none */
	uint16_t peer_tid, ns, nr;
	uint64_t until_ms; /* monotonic */
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
	uint32_t path; /* of the current message */
	struct log_limit limit; /* for lines about ignored messages */
};

/* A random ID other than 0 and these two. */
uint16_t l2tp_random_id(uint16_t not_this, uint16_t nor_this);

#endif
