/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A data plane of the test's own behind dp.h: it records what control publishes and injects, hands
 * out SPIs and session numbers, and carries single packets of a client as a worker does. A call
 * that dp.h does not allow fails the test: an SPI that is retired twice, an SA that is retired
 * while a session sends on it.
 */
#ifndef FAKE_DP_H
#define FAKE_DP_H

#include "dp.h"
#include "list.h"

enum {
	FAKE_WORKERS_MAX = 4,
	FAKE_SPI_SHIFT = 24, /* generation:8 | worker:6 | slot:18 */
	FAKE_WORKER_SHIFT = 18,
	FAKE_NEIGH_MAX = 16,
	FAKE_LEASES_MAX = 64,
};

#define FAKE_WAN_MAC "\x02\0\0\0\0\x01"
#define FAKE_LAN_MAC "\x02\0\0\0\0\x02"

/* Functions that fail when the test wants it. */
enum fake_call {
	FAKE_SESS_TAKE,
	FAKE_SESS_PUBLISH,
	FAKE_LEASE_SET,
	FAKE_SPI_TAKE,
	FAKE_SA_IN_PUBLISH,
	FAKE_SA_OUT_NEW,
	FAKE_SA_OUT_MOVED,
	FAKE_INJECT_L2TP,
	FAKE_INJECT_CLIENT,
	FAKE_INJECT_IP,
	FAKE_INJECT_FRAME,
	FAKE_INJECT_NAT_OUT,
	FAKE_INJECT_NAT_BACK,
	FAKE_NET_SET,
	FAKE_N_CALLS
};

enum fake_slot_state {
	FAKE_SLOT_FREE,
	FAKE_SLOT_TAKEN,
	FAKE_SLOT_PUBLISHED,
	FAKE_SLOT_RETIRED, /* free after the next dp_poll */
};

struct fake_sess {
	enum fake_slot_state state;
	struct dp_sess sess; /* as published last */
	struct sa_out *out;
	struct dp_sess_stats stats;
};

struct fake_sa_in {
	enum fake_slot_state state;
	uint8_t generation;
	struct dp_sa sa;
	struct esp_keys keys;
	uint32_t sid;
	uint64_t window; /* bit i: the packet i before stats.seq has come */
	struct dp_sa_stats stats;
};

/* An outbound SA. */
struct sa_out {
	struct list node; /* in dp.outs, or dp.retired */
	bool retired;
	struct dp_sa sa; /* without its keys */
	struct esp_keys keys;
	struct dp_sa_stats stats;
};

struct fake_worker {
	struct fake_sess *sess; /* by slot; slot 0 is never taken */
	struct fake_sa_in *sa_in;
	uint32_t n_sess, n_sa_in; /* taken or published */
};

/* A packet that control injected. */
struct fake_packet {
	struct list node; /* in dp.sent */
	enum fake_call call;
	unsigned net; /* FAKE_INJECT_IP, FAKE_INJECT_FRAME */
	uint32_t sid; /* FAKE_INJECT_L2TP, and where it went: */
	be32 spi;
	struct ip_end remote;
	bool udp_encap;
	bool sealed; /* false: the session had no SA to send on, so the worker drops it */
	size_t len;
	uint8_t bytes[];
};

struct dp {
	unsigned n_workers;
	uint32_t n_slots; /* of each worker, for sessions; SAs have twice as many */
	struct fake_worker worker[FAKE_WORKERS_MAX];
	struct list outs, retired; /* sa_out */
	struct list punt[3]; /* struct fake_punt: from sessions, from anyone, first messages */
	struct list sent; /* struct fake_packet, the first one first */
	struct {
		be32 addr;
		uint32_t sid; /* DP_SID_NONE: a free place */
	} lease[FAKE_LEASES_MAX];
	bool link[DP_N_PORTS];
	bool nat; /* dp_nat_on() */
	be32 nat_pool; /* the only address of a NAT pool; 0: none */
	struct dp_nat_stats nat_stats;
	struct dp_net net; /* of the last dp_net_set() */
	unsigned net_sets;
	be32 neigh[FAKE_NEIGH_MAX]; /* neighbours that are known */
	unsigned n_neigh;
	bool neigh_used;
	/* Each call that is counted down to 0 fails, and all after it while `always` is set. */
	unsigned fail_after[FAKE_N_CALLS]; /* 0: none fails */
	bool fail_always[FAKE_N_CALLS];
	uint64_t calls[FAKE_N_CALLS]; /* since the beginning */
	uint64_t dropped; /* packets of clients that a worker would drop */
	bool any_retired;
	uint64_t now_s; /* monotonic second for dp_sa_stats.last_s */
};

/* n_slots sessions and twice as many SAs for each worker. Only dp_stop() frees it. */
struct dp *fake_dp_new(unsigned n_workers, uint32_t n_slots);

/* The n-th call from now on fails, once; 0: none does. */
void fake_dp_fail(struct dp *dp, enum fake_call call, unsigned n);
/* All calls from now on fail, or succeed again. */
void fake_dp_fail_all(struct dp *dp, enum fake_call call, bool fail);

/* NULL when it is not published. */
const struct fake_sess *fake_dp_sess(const struct dp *dp, uint32_t sid);
struct fake_sa_in *fake_dp_sa_in(const struct dp *dp, be32 spi);
/* The session that has the LAN address; DP_SID_NONE: none. */
uint32_t fake_dp_lease(const struct dp *dp, be32 addr);
/* How many are taken, or not yet retired. */
unsigned fake_dp_sessions(const struct dp *dp);
unsigned fake_dp_spis(const struct dp *dp);
unsigned fake_dp_sas_out(const struct dp *dp);
bool fake_dp_neigh(const struct dp *dp, be32 addr);
/* Fails the test when control left anything behind. */
void fake_dp_assert_empty(const struct dp *dp);

/* --- fake_dp_io.c: packets -------------------------------------------------------------------- */

/* Leaves a packet to control. Copied, but for what it points to besides the data. */
void fake_dp_punt(struct dp *dp, const struct dp_punt *punt);
/* An IPv4 packet of UDP from the WAN to port 500 or 4500, as wan_in sorts them. */
void fake_dp_wan_udp(struct dp *dp, const struct ip_end *src, const struct ip_end *dst,
	const void *payload, size_t len);

/* An ESP packet of a client, in clear. */
struct fake_esp {
	be32 spi;
	uint32_t seq;
	struct ip_end from; /* outer */
	be16 port; /* the client's UDP port inside */
};

/*
 * Takes it the way of esp_in, l2tp_in and ppp_in: replay window, counters, NAT rebinding, punts.
 * False: it is dropped.
 */
bool fake_dp_esp(struct dp *dp, const struct fake_esp *esp, const uint8_t *msg, size_t len);
/*
 * Packets of a size pass a session each way, without their contents, on the SA that control knows
 * of.
 */
void fake_dp_traffic(struct dp *dp, uint32_t sid, be32 spi_in, uint32_t packets, uint32_t size);
/*
 * The oldest packet that control injected and that was not taken yet; NULL: none. The caller frees
 * it by fake_free().
 */
struct fake_packet *fake_dp_next(struct dp *dp);
/* Forgets all that was injected. */
void fake_dp_clear(struct dp *dp);

#endif
