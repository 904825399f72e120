/* SPDX-License-Identifier: BSD-3-Clause */
/* A worker core: its lanes, its slots, and the loop over the stages. */
#ifndef WORKER_H
#define WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <intel-ipsec-mb.h>
#include <rte_branch_prediction.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>
#include <rte_ring.h>

#include "dp.h"
#include "lane.h"
#include "sa.h"

struct fib;
struct nat;
struct policy;
struct reass;
struct rte_rcu_qsbr;
struct track;

/* What workers know of a network; constant in a turn. */
struct network {
	rte_be32_t addr; /* ours */
	rte_be32_t mask;
	rte_be32_t broadcast; /* directed */
	rte_be32_t gateway; /* 0: none */
	uint16_t mtu;
	rte_be16_t vlan; /* tag of its frames; 0: none */
	uint8_t mac[6];
	uint8_t port; /* enum dp_port */
	uint8_t number; /* its own in w->net */
	uint8_t source_check; /* enum dp_source_check */
	bool forward, dhcp, relay; /* as in dp_port_config */
	_Atomic uint32_t *
		lease; /* by host part of the address: sid, or 0; NULL: no LAN. Shared by all workers */
	_Atomic uint64_t *neigh; /* by host part of the address: NEIGH_* bits and 48 bits of MAC */
};

/* The networks and routes as control publishes them: a worker copies them at the start of a turn. */
struct net_view {
	struct network net[DP_NETS_MAX];
	const struct fib *fib; /* NULL: no static routes */
	uint64_t generation; /* from 1: tells views apart */
};

#define NET_NONE 0xff

#define NEIGH_VALID (1ull << 63)
#define NEIGH_USED  (1ull << 62) /* the worker sets it, control clears it */

/* Metadata of an mbuf that crosses cores, in its private area: slow path only. */
struct pkt_meta {
	uint32_t sid;
	rte_be32_t spi;
	rte_be32_t next_hop;
	rte_be16_t udp_port;
	uint16_t mtu;
	uint8_t reason; /* enum punt_reason */
	uint8_t net; /* number of a network, or DP_CLIENT */
	uint8_t worker;
	bool raw; /* TO_LAN, TO_WAN: a whole Ethernet frame */
};

/* The private area of each mbuf. */
#define PKT_META_SIZE RTE_ALIGN_CEIL(sizeof(struct pkt_meta), RTE_MBUF_PRIV_ALIGN)

static inline struct pkt_meta *
pkt_meta(struct rte_mbuf *m)
{
	return rte_mbuf_to_priv(m);
}

/* Metadata of a packet that came in by the network; the rest is 0, for the caller to fill. */
static inline struct pkt_meta *
pkt_meta_init(struct rte_mbuf *m, unsigned net, uint32_t sid)
{
	struct pkt_meta *meta = pkt_meta(m);

	*meta = (struct pkt_meta){.net = (uint8_t)net, .sid = sid};
	return meta;
}

/* Packets on their way to another worker's inbox, pushed at the end of the turn. */
struct outbox {
	uint32_t n;
	struct rte_mbuf *pkt[BURST];
};

/* A token bucket in TSC cycles. */
struct policer {
	uint64_t next_tsc; /* when the bucket would be full again, less its depth */
};

struct worker {
	/* Constant after start. */
	unsigned id;
	unsigned lcore;
	unsigned n_workers;
	unsigned idle_sleep_us;
	uint32_t n_sess_slots, n_sa_slots;
	uint32_t replay_window; /* of the SAs that control makes now */
	struct network net[DP_NETS_MAX];
	unsigned n_nets;
	const uint8_t *net_of_vlan
		[DP_N_PORTS]; /* by VLAN ID; NULL: all frames are untagged. NET_NONE: none of ours */
	_Atomic(struct sa_in *) *sa_in; /* by slot; control publishes */
	_Atomic(struct sess *) *sess; /* by slot; control publishes */
	struct rte_mempool *pool;
	struct rte_mempool *large; /* of packets up to DP_PACKET_MAX: few, for what is rare */
	struct reass *reass;
	struct nat *nat; /* NULL: there is none */
	IMB_MGR *mb;
	struct rte_ring *inbox[INBOX_N];
	struct rte_ring *punt_auth, *punt_open, *punt_first; /* to control; shared by all workers */
	struct worker *const *workers; /* all, by id */
	uint16_t port_id[DP_N_PORTS];
	uint16_t queue[DP_N_PORTS];
	bool has_queue[DP_N_PORTS]; /* false: this worker does not touch the port */
	uint8_t tx_worker[DP_N_PORTS]; /* who sends for this worker: itself if it has a queue */
	uint64_t tsc_hz;
	struct rte_rcu_qsbr *rcu;
	_Atomic bool *stop; /* control sets it */
	_Atomic(struct policy *) *published; /* the filter's; control publishes */
	_Atomic bool shaping; /* control sets it: a session has a rate */
	bool copy_dscp_out, copy_dscp_in; /* RFC 2983 */
	struct track *track; /* the filter's flows; NULL: no filter */
	_Atomic(const struct net_view *) *view; /* control publishes; NULL: constant */
	uint64_t generation; /* of the view that net and fib are of; 0: of none */
	const struct fib *fib; /* static routes; NULL: none */

	/* The owner writes, in lines of its own: others read what stands above for each packet that they push. */
	alignas(RTE_CACHE_LINE_SIZE) uint64_t now_tsc;
	uint64_t now_s; /* monotonic second, refreshed every ms */
	const struct policy *policy; /* of this turn; NULL: all pass */
	bool filtering; /* it has a say about what is routed */
	bool inner; /* and between clients and the LAN's own networks, or among clients */
	uint32_t policy_generation;
	struct lane lane[LANE_N];
	struct outbox out[INBOX_N][DP_MAX_WORKERS];
	struct policer police[PUNT_N];
	struct policer police_net[2][PUNT_PREFIXES];
	uint64_t net_key[2]; /* random: which networks share a policer */
	uint64_t drop[DROP_N];
	uint64_t punt[PUNT_N];
	struct dp_stage_stats stage[STAGE_N];
};

/* One turn over all stages; returns how many packets came in. */
unsigned worker_turn(struct worker *w);

/* The loop, as an lcore function; arg is the struct worker. */
int worker_run(void *arg);

/* Frees the packet and counts why. */
static inline void
drop(struct worker *w, struct rte_mbuf *m, enum drop_reason reason)
{
	w->drop[reason]++;
	rte_pktmbuf_free(m);
}

/* The session by number if this worker owns it and it is published, else NULL. */
static inline struct sess *
sess_find(const struct worker *w, uint32_t sid)
{
	uint32_t slot = ID_SLOT(sid);
	struct sess *s;

	if (sid == DP_SID_NONE || ID_WORKER(sid) != w->id || slot >= w->n_sess_slots)
		return NULL;
	s = atomic_load_explicit(&w->sess[slot], memory_order_acquire);
	return s != NULL && s->sid == sid ? s : NULL;
}

/*
 * The same of any worker, for what is constant in it: NULL, or good until the end of the turn, as sessions are freed only when
 * all workers have passed.
 */
static inline struct sess *
sess_peek(const struct worker *w, uint32_t sid)
{
	return sid != DP_SID_NONE && ID_WORKER(sid) < w->n_workers
		       ? sess_find(w->workers[ID_WORKER(sid)], sid)
		       : NULL;
}

/* What stands in the session's slot, perhaps NULL or another's: to be prefetched, not to be read. */
static inline const struct sess *
sess_find_ahead(const struct worker *w, uint32_t sid)
{
	uint32_t slot = ID_SLOT(sid);

	return slot < w->n_sess_slots ? atomic_load_explicit(&w->sess[slot], memory_order_relaxed)
				      : NULL;
}

/* The SA that the session sends on, on its way into the cache. */
static inline void
sa_out_prefetch(const struct sess *s)
{
	const struct sa_out *out = atomic_load_explicit(&s->out, memory_order_relaxed);

	rte_prefetch0(out);
	rte_prefetch0((const char *)out + RTE_CACHE_LINE_SIZE);
}

/* The sid that an address of a segment is leased to, or DP_SID_NONE. addr must be in its network. */
static inline uint32_t
lease_on(const struct network *net, rte_be32_t addr)
{
	return atomic_load_explicit(
		&net->lease[rte_be_to_cpu_32(addr & ~net->mask)], memory_order_relaxed);
}

static inline void
lease_prefetch(const struct network *net, rte_be32_t addr)
{
	rte_prefetch0(&net->lease[rte_be_to_cpu_32(addr & ~net->mask)]);
}

/* The same for an address of anywhere. */
static inline uint32_t
lease_find(const struct worker *w, rte_be32_t addr)
{
	for (unsigned i = DP_LAN; i < w->n_nets; i++) {
		const struct network *net = &w->net[i];

		if (((addr ^ net->addr) & net->mask) == 0)
			return lease_on(net, addr);
	}
	return DP_SID_NONE;
}

#endif
