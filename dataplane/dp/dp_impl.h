/* SPDX-License-Identifier: BSD-3-Clause */
/* The data plane as the files of dataplane/dp/ see it. */
#ifndef DP_IMPL_H
#define DP_IMPL_H

#include <stdio.h>

#include "nat.h"
#include "port.h"
#include "slab.h"
#include "slot.h"
#include "worker.h"

#define SA_PER_SESSION 2 /* inbound SA slots per session: some sessions are rekeying, never all */

/* The slots of one worker. */
struct dp_slots {
	struct slots sess, sa_in;
};

struct dp {
	struct dp_config config; /* pointers in it are not valid after dp_start() */
	struct port port[DP_N_PORTS];
	struct network net[DP_NETS_MAX]; /* as last published */
	unsigned n_nets;
	/* By VLAN ID, as in struct worker; NULL: all frames are untagged. */
	uint8_t *net_of_vlan[DP_N_PORTS];
	struct rte_mempool *pool;
	struct rte_mempool *large; /* buffers for packets up to DP_PACKET_MAX */
	struct rte_ring *punt_auth, *punt_open, *punt_first;
	struct rte_rcu_qsbr *rcu;
	struct graveyard graves;
	struct slabs slabs; /* memory of sessions and SAs */
	IMB_MGR *mb; /* control's own, for key schedules */
	struct nat_shared *nat; /* NULL: no NAT */
	uint32_t policy_generation; /* of the last policy made */
	/*
	 * Workers read these in every turn, so they share no cache line with what control writes.
	 */
	alignas(RTE_CACHE_LINE_SIZE) _Atomic bool stop;
	_Atomic(const struct net_view *) view; /* NULL: `net` is as at start */
	_Atomic(struct policy *) policy; /* the filter's; NULL: none yet */
	unsigned n_workers;
	struct worker *worker[DP_MAX_WORKERS];
	alignas(RTE_CACHE_LINE_SIZE) struct dp_slots slots[DP_MAX_WORKERS];
	FILE *eal_log; /* the stream that carries EAL's lines to the log */
	bool eal_up, running;
	uint64_t generation; /* of `view` */
	uint64_t watch_due; /* TSC cycles: when the links are polled again */
};

/*
 * Sets the address and gateway of a network and allocates its table of neighbours. Returns 0 or
 * -ENOMEM. In dp_net.c.
 */
int dp_net_init(struct network *net, const struct ip_prefix *address, be32 gateway);
/* Frees the neighbours and the published view. Workers must have stopped. In dp_net.c. */
void dp_net_fini(struct dp *dp);

/* Workers, in dp_worker.c. The functions return 0 or a negative errno. */
int dp_workers_new(struct dp *dp);
void dp_workers_free(struct dp *dp);
int dp_workers_launch(struct dp *dp);
void dp_workers_stop(struct dp *dp);

/* Reads a counter that a worker writes. */
static inline uint64_t
dp_peek(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* The worker that owns the session; NULL when the number is not taken. In dp_publish.c. */
struct worker *dp_owner_of_sid(const struct dp *dp, uint32_t sid);

/* The published session; NULL when there is none. In dp_publish.c. */
struct sess *dp_sess_get(const struct dp *dp, uint32_t sid);

#endif
