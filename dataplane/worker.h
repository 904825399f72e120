/* SPDX-License-Identifier: BSD-3-Clause */
/* A worker core: its lanes, its slots, and the loop over the stages. Defined in worker.c. */
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

/* A network as workers know it; constant within a turn. */
struct network {
	rte_be32_t addr; /* the gateway's */
	rte_be32_t mask;
	rte_be32_t broadcast; /* directed broadcast */
	rte_be32_t gateway; /* 0: none */
	uint16_t mtu;
	rte_be16_t vlan; /* VLAN ID of its frames; 0: untagged */
	uint8_t mac[6];
	uint8_t port; /* enum dp_port */
	uint8_t number; /* its index in w->net */
	uint8_t source_check; /* enum dp_source_check */
	bool forward, dhcp, relay; /* as in struct dp_port_config */
	/*
	 * Sessions by host part of the address, or DP_SID_NONE. NULL on the WAN. Shared by all
	 * workers.
	 */
	_Atomic uint32_t *lease;
	_Atomic uint64_t *neigh; /* by host part of the address: NEIGH_* bits and 48 bits of MAC */
};

/* Networks and routes as control publishes them; each worker copies them at the start of a turn. */
struct net_view {
	struct network net[DP_NETS_MAX];
	const struct fib *fib; /* NULL: no static routes */
	uint64_t generation; /* from 1; identifies the view */
};

#define NET_NONE 0xff

#define NEIGH_VALID (1ull << 63)
#define NEIGH_USED  (1ull << 62) /* a worker sets it, control clears it */

/* Metadata of a packet that crosses cores, in the mbuf's private area. Only for the slow path. */
struct pkt_meta {
	uint32_t sid;
	rte_be32_t spi;
	rte_be32_t next_hop;
	rte_be16_t udp_port;
	uint16_t mtu;
	uint8_t reason; /* enum punt_reason */
	uint8_t net; /* number of a network, or DP_CLIENT */
	uint8_t worker;
	bool raw; /* TO_LAN, TO_WAN: an Ethernet frame */
};

/* Bytes of the private area of each mbuf. */
#define PKT_META_SIZE RTE_ALIGN_CEIL(sizeof(struct pkt_meta), RTE_MBUF_PRIV_ALIGN)

static inline struct pkt_meta *
pkt_meta(struct rte_mbuf *m)
{
	return rte_mbuf_to_priv(m);
}

/*
 * Initializes the metadata of a packet from the network; the caller fills in the rest, which is 0.
 */
static inline struct pkt_meta *
pkt_meta_init(struct rte_mbuf *m, unsigned net, uint32_t sid)
{
	struct pkt_meta *meta = pkt_meta(m);

	*meta = (struct pkt_meta){.net = (uint8_t)net, .sid = sid};
	return meta;
}

/* Packets for another worker's inbox, handed over at the end of the turn. */
struct outbox {
	uint32_t n;
	struct rte_mbuf *pkt[BURST];
};

/* A token bucket in TSC cycles. */
struct policer {
	uint64_t next_tsc; /* the virtual clock (GCRA) */
};

struct worker {
	/* Constant after start. */
	unsigned id;
	unsigned lcore;
	unsigned n_workers;
	unsigned idle_sleep_us;
	uint32_t n_sess_slots, n_sa_slots;
	uint32_t replay_window; /* packets, of SAs that are published from now on */
	struct network net[DP_NETS_MAX];
	unsigned n_nets;
	/*
	 * Index in w->net by VLAN ID, NET_NONE for a VLAN that is not ours. NULL: all frames are
	 * untagged.
	 */
	const uint8_t *net_of_vlan[DP_N_PORTS];
	_Atomic(struct sa_in *) *sa_in; /* by slot; control publishes */
	_Atomic(struct sess *) *sess; /* by slot; control publishes */
	struct rte_mempool *pool;
	/* A few buffers for packets up to DP_PACKET_MAX, for rare uses. */
	struct rte_mempool *large;
	struct reass *reass;
	struct nat *nat; /* NULL: no NAT */
	IMB_MGR *mb;
	struct rte_ring *inbox[INBOX_N];
	struct rte_ring *punt_auth, *punt_open, *punt_first; /* to control; shared by all workers */
	struct worker *const *workers; /* all workers, by id */
	uint16_t port_id[DP_N_PORTS];
	uint16_t queue[DP_N_PORTS];
	bool has_queue[DP_N_PORTS]; /* false: this worker neither receives nor sends there */
	/* Worker that sends for this one: itself if it has a queue. */
	uint8_t tx_worker[DP_N_PORTS];
	uint64_t tsc_hz;
	struct rte_rcu_qsbr *rcu;
	_Atomic bool *stop; /* control sets it */
	_Atomic(struct policy *) *published; /* the filter's; set by control */
	_Atomic bool shaping; /* set by control when a session has a rate */
	bool copy_dscp_out, copy_dscp_in; /* RFC 2983, as in struct dp_config */
	struct track *track; /* the filter's flows; NULL: no filter */
	_Atomic(const struct net_view *) *view; /* set by control; NULL: net and fib are constant */
	uint64_t generation; /* of the view in net and fib; 0: none */
	const struct fib *fib; /* static routes; NULL: none */

	/*
	 * Written by the owner, in cache lines of their own: other workers read the fields above
	 * for each packet that they push.
	 */
	alignas(RTE_CACHE_LINE_SIZE) uint64_t now_tsc;
	uint64_t now_s; /* monotonic second, updated every millisecond */
	const struct policy *policy; /* of this turn; NULL: everything passes */
	bool filtering; /* the policy applies to routed packets */
	bool inner; /* and to packets between clients and the LAN, and among clients */
	uint32_t policy_generation;
	struct lane lane[LANE_N];
	struct outbox out[INBOX_N][DP_MAX_WORKERS];
	struct policer police[PUNT_N];
	struct policer police_net[2][PUNT_PREFIXES];
	uint64_t net_key[2]; /* random key: which networks share a policer */
	uint64_t drop[DROP_N];
	uint64_t punt[PUNT_N];
	struct dp_stage_stats stage[STAGE_N];
};

/* Runs one turn over all stages; returns how many packets came in. */
unsigned worker_turn(struct worker *w);

/* The loop, as an lcore function; arg is the struct worker. */
int worker_run(void *arg);

/* Frees the packet and counts the reason. */
static inline void
drop(struct worker *w, struct rte_mbuf *m, enum drop_reason reason)
{
	w->drop[reason]++;
	rte_pktmbuf_free(m);
}

/* The published session with this number if this worker owns it, else NULL. */
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
 * Like sess_find(), for a session of any worker; only constant fields may be read. Valid until the
 * end of the turn, as sessions are freed only after all workers have passed a quiescent state.
 */
static inline struct sess *
sess_peek(const struct worker *w, uint32_t sid)
{
	return sid != DP_SID_NONE && ID_WORKER(sid) < w->n_workers
		       ? sess_find(w->workers[ID_WORKER(sid)], sid)
		       : NULL;
}

/* What the session's slot contains, perhaps NULL or another session: to be prefetched, not read. */
static inline const struct sess *
sess_find_ahead(const struct worker *w, uint32_t sid)
{
	uint32_t slot = ID_SLOT(sid);

	return slot < w->n_sess_slots ? atomic_load_explicit(&w->sess[slot], memory_order_relaxed)
				      : NULL;
}

/* Prefetches the SA that the session sends on. */
static inline void
sa_out_prefetch(const struct sess *s)
{
	const struct sa_out *out = atomic_load_explicit(&s->out, memory_order_relaxed);

	rte_prefetch0(out);
	rte_prefetch0((const char *)out + RTE_CACHE_LINE_SIZE);
}

/*
 * The session that leases addr, or DP_SID_NONE. addr must be in the network, a segment of the LAN.
 */
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

/* Like lease_on(), for any address. */
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
