/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The data plane's speed beside that of its ciphers. The rig is the gateway's own data plane, started as kanmond
 * starts it, with sessions made by the calls that control makes. For one worker its turns run on the calling thread,
 * between a feeder and a sink whose time is not counted; several run on threads of their own (workers.c).
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "dp_impl.h"
#include "suite.h"

/* Packets that the feeder has ready for each turn, and of the floor's bursts. */
#define BENCH_BURST 64

#define BENCH_NONCES 256 /* more than there are jobs at a time */

/* The most turns of one measurement that count. */
#define BENCH_TURNS_MAX 4096

struct bench_options {
	unsigned core; /* where the work is done */
	unsigned n_workers; /* above 1, or with `threads`: on threads of their own */
	bool threads;
	bool hugepages;
	uint32_t sessions; /* of each worker, as many as any measurement needs */
	const struct nat_config *nat; /* or NULL */
};

struct bench_client {
	uint32_t sid;
	be32 spi;
	be32 addr; /* leased */
	uint32_t seq; /* of its last ESP packet */
	uint32_t sent
		[DP_N_PORTS]; /* workers.c: packets to it or from it, by the port they came in */
	uint32_t seen[DP_N_PORTS];
};

struct bench {
	struct dp *dp;
	struct worker *w; /* the first */
	struct rte_ring *ring[DP_N_PORTS]; /* what net_ring sends is what it receives */
	struct bench_client *clients;
	uint32_t n_clients;
	uint32_t n_used; /* the first so many get packets */
	const struct esp_suite *suite;
	struct sa_crypto seal, open; /* a client's side; all clients have the same keys */
	size_t session_bytes; /* of the data plane's memory, for each session with both SAs */
	uint64_t random;
	uint8_t nonce[BENCH_NONCES][SUITE_NONCE_LEN]; /* of jobs of AES-GCM, in turns */
	unsigned n_nonces;
};

enum bench_way {
	BENCH_DOWN, /* LAN to client: encrypt */
	BENCH_UP, /* client to LAN: decrypt */
	BENCH_BOTH, /* half of each */
};

/* Sizes of packets on the LAN; IMIX is seven of 64 bytes, four of 570, one of 1400. */
#define BENCH_IMIX 0

/* --- rig.c ----------------------------------------------------------------------------------------------------- */

int bench_open(struct bench *b, const struct bench_options *o);
void bench_close(struct bench *b);

/* Sessions 0 to n-1 with the suite, made by the calls that control makes. Replaces those that were. */
int bench_sessions(struct bench *b, const char *suite, uint32_t n);

/* Only the first n of them get packets from now on. */
void bench_use(struct bench *b, uint32_t n);

uint32_t bench_random(struct bench *b);

/* --- rules.c --------------------------------------------------------------------------------------------------- */

/* The filter with so many rules about all that is forwarded, none of which a packet of the feeders matches. */
int bench_filter(struct bench *b, uint32_t n);

/* --- feed.c ---------------------------------------------------------------------------------------------------- */

/* A number that bench_packet_tag() finds again, in the inner packet. */
struct bench_tag {
	uint32_t client, seq;
};

/* Writes a frame into an empty mbuf. feed_up leaves its seal to the next flush of b->dp->mb. */
void feed_down(struct bench *b, struct rte_mbuf *m, uint32_t client, unsigned size, uint32_t tag);
void feed_up(struct bench *b, struct rte_mbuf *m, uint32_t client, unsigned size, uint32_t tag);
void feed_flush(struct bench *b);

/* The tag of an inner packet, of at least 36 bytes. */
struct bench_tag bench_packet_tag(const uint8_t *ip);

/* Starts to open an ESP packet of the data plane, in place, until the next flush; where its inner packet will be. */
const uint8_t *feed_open(struct bench *b, uint8_t *esp, unsigned len);

/* A size of IMIX, or the size that is given. */
unsigned bench_pick_size(struct bench *b, unsigned size);

/* The bytes that are encrypted for an inner packet of the size, and the mean size of IMIX. */
unsigned bench_cipher_len(const struct esp_suite *suite, unsigned size);
double bench_mean_size(unsigned size);

/* A job of IPsec-MB on an ESP packet, with its set-up. */
void bench_job(struct bench *b, IMB_JOB *job, const struct sa_crypto *k, bool encrypt, uint8_t *esp,
	unsigned cipher);

/* --- measure.c -------------------------------------------------------------------------------------------------- */

/* Puts BENCH_BURST frames into the rings of the ports; 0 or -errno. */
typedef int bench_feed_fn(struct bench *b, void *arg);

/* Cycles per packet of turns, each fed by fn, over so many packets; < 0 when any was lost. */
double bench_turns(struct bench *b, unsigned (*turn)(struct worker *), bench_feed_fn *fn, void *arg,
	uint32_t packets);

/* Cycles per packet of the worker's turns, over `packets` packets to or from random sessions; < 0 when any was lost. */
double bench_pipeline(struct bench *b, enum bench_way way, unsigned size, uint32_t packets);

/*
 * Cycles per packet of IPsec-MB alone on what such packets are inside ESP, in bursts of `burst` (at most
 * BENCH_BURST). BENCH_BOTH: the mean.
 */
double bench_floor(
	struct bench *b, enum bench_way way, unsigned size, unsigned burst, uint32_t packets);

/* --- workers.c -------------------------------------------------------------------------------------------------- */

struct flow_result {
	uint32_t packets;
	double seconds;
	uint32_t lost, disordered;
	uint64_t
		handed_over; /* from the worker where they arrived to the one that owns their session */
};

/* Ports of rings for the workers of a bench with threads, and room for so many packets; NULL with a line to stderr. */
struct flow *flow_new(struct bench *b, uint32_t packets);
void flow_free(struct flow *f);

/*
 * All the packets through all workers, each arriving at the queue of the worker that owns its session, or of the
 * next one when astray. The order within each session is checked behind the data plane.
 */
int flow_run(
	struct flow *f, enum bench_way way, unsigned size, bool astray, struct flow_result *out);

/* --- nat.c ------------------------------------------------------------------------------------------------------ */

struct nat_bench;

/* What NAT is told, for bench_options. */
const struct nat_config *nat_bench_config(void);

/* Opens sessions 0 to n-1 by a packet each; NULL with a line to stderr. */
struct nat_bench *nat_bench_new(struct bench *b, uint32_t n);
void nat_bench_free(struct nat_bench *nb);

enum nat_way {
	NAT_BENCH_IO, /* from port to port, nothing else: as testpmd's io mode */
	NAT_BENCH_PLAIN, /* routed from the LAN to the WAN, without NAT */
	NAT_BENCH_OUT,
	NAT_BENCH_IN,
	NAT_BENCH_N
};

/* Cycles per packet, to or from the first n sessions at random. */
double nat_bench_run(
	struct nat_bench *nb, enum nat_way way, unsigned size, uint32_t n, uint32_t packets);

#endif
