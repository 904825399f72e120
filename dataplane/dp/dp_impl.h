/* SPDX-License-Identifier: BSD-3-Clause */
/* The data plane as its own control side sees it. */
#ifndef DP_IMPL_H
#define DP_IMPL_H

#include <stdio.h>

#include "nat.h"
#include "port.h"
#include "slab.h"
#include "slot.h"
#include "worker.h"

#define SA_PER_SESSION 2 /* inbound SA slots for each session: some are being rekeyed, never all */

/* Numbers of one worker's slots. */
struct dp_slots {
	struct slots sess, sa_in;
};

struct dp {
	struct dp_config config; /* its pointers are not kept */
	struct port port[DP_N_PORTS];
	struct network net[DP_NETS_MAX]; /* of now */
	unsigned n_nets;
	uint8_t *net_of_vlan[DP_N_PORTS]; /* as in struct worker */
	struct rte_mempool *pool;
	struct rte_mempool *large; /* see struct worker */
	struct rte_ring *punt_auth, *punt_open, *punt_first;
	struct rte_rcu_qsbr *rcu;
	struct graveyard graves;
	struct slabs slabs; /* sessions and SAs */
	IMB_MGR *mb; /* control's own: key schedules */
	struct nat_shared *nat; /* NULL: there is none */
	uint32_t policy_generation; /* of the last one made */
	/* Workers read these in every turn: not in one line with what control writes. */
	alignas(RTE_CACHE_LINE_SIZE) _Atomic bool stop;
	_Atomic(const struct net_view *) view; /* NULL: net as at the start */
	_Atomic(struct policy *) policy; /* the filter's; NULL: none yet */
	unsigned n_workers;
	struct worker *worker[DP_MAX_WORKERS];
	alignas(RTE_CACHE_LINE_SIZE) struct dp_slots slots[DP_MAX_WORKERS];
	FILE *eal_log; /* EAL's lines on their way to the log */
	bool eal_up, running;
	uint64_t generation; /* of view */
	uint64_t watch_due; /* TSC: when links are looked at again */
};

/* A port's address, and room for the neighbours of its network; in net.c. 0 or -ENOMEM. */
int dp_net_init(struct network *net, const struct ip_prefix *address, be32 gateway);
/* Frees neighbours and what is published; workers must have stopped. */
void dp_net_fini(struct dp *dp);

/* Workers; in dp_worker.c. Each returns 0 or -errno. */
int dp_workers_new(struct dp *dp);
void dp_workers_free(struct dp *dp);
int dp_workers_launch(struct dp *dp);
void dp_workers_stop(struct dp *dp);

/* The worker that owns the session; NULL when the number is not taken. */
struct worker *dp_owner_of_sid(const struct dp *dp, uint32_t sid);

/* The session's object as published; NULL when it is not. */
struct sess *dp_sess_get(const struct dp *dp, uint32_t sid);

#endif
