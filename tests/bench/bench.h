/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Measures the speed of the data plane and that of its ciphers. The rig is the gateway's own data
 * plane, started as kanmond starts it, with sessions made by the calls that control makes. The
 * turns of a single worker run on the calling thread, between a feeder and a sink whose time does
 * not count; several workers run on their own threads (workers.c).
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "dp_impl.h"
#include "suite.h"

/* Packets that the feeder provides for each turn, and of a burst of IPsec-MB alone. */
#define BENCH_BURST 64u

#define BENCH_NONCES 256 /* more than there are jobs at a time */

/* The most turns of one measurement that count. */
#define BENCH_TURNS_MAX 4096

struct bench_options {
	unsigned core; /* CPU of the first worker */
	unsigned n_workers; /* workers above 1, or with `threads`, run on their own threads */
	bool threads;
	bool hugepages;
	uint32_t sessions; /* per worker, as many as any measurement needs */
	const struct nat_config *nat; /* NULL: no NAT */
};

struct bench_client {
	uint32_t sid;
	be32 spi;
	be32 addr; /* leased */
	uint32_t seq; /* of its last ESP packet */
	uint32_t sent[DP_N_PORTS]; /* workers.c: packets to or from the client, by incoming port */
	uint32_t seen[DP_N_PORTS];
};

struct bench {
	struct dp *dp;
	struct worker *w; /* the first worker */
	struct rte_ring *ring[DP_N_PORTS]; /* net_ring receives what it sends */
	struct bench_client *clients;
	uint32_t n_clients;
	uint32_t n_used; /* the first n_used clients get packets */
	const struct esp_suite *suite;
	struct sa_crypto seal, open; /* the clients' side; all clients have the same keys */
	size_t session_bytes; /* memory of the data plane for each session with both SAs */
	uint64_t random;
	uint8_t nonce[BENCH_NONCES][SUITE_NONCE_LEN]; /* for jobs of AES-GCM, used in turn */
	unsigned n_nonces;
};

enum bench_way {
	BENCH_DOWN, /* LAN to client: encrypt */
	BENCH_UP, /* client to LAN: decrypt */
	BENCH_BOTH, /* half of each */
};

/* Bytes of an IP packet on the LAN. IMIX: seven of 64 bytes, four of 570, one of 1400. */
#define BENCH_IMIX 0

/* --- rig.c ------------------------------------------------------------------------------------ */

int bench_open(struct bench *b, const struct bench_options *o);
void bench_close(struct bench *b);

/*
 * Makes sessions 0 to n - 1 with the suite, by the calls that control makes. Replaces the previous
 * ones.
 */
int bench_sessions(struct bench *b, const char *suite, uint32_t n);

/* From now on, only the first n sessions get packets. */
void bench_use(struct bench *b, uint32_t n);

uint32_t bench_random(struct bench *b);

/* --- rules.c ---------------------------------------------------------------------------------- */

/*
 * Publishes a filter with n rules for forwarded packets, none of which matches packets of the
 * feeders.
 */
int bench_filter(struct bench *b, uint32_t n);

/* --- feed.c ----------------------------------------------------------------------------------- */

/* Identifies an inner packet. */
struct bench_tag {
	uint32_t client, seq;
};

/* Write a frame into an empty mbuf. feed_up() leaves the encryption to the next feed_flush(). */
void feed_down(struct bench *b, struct rte_mbuf *m, uint32_t client, unsigned size, uint32_t tag);
void feed_up(struct bench *b, struct rte_mbuf *m, uint32_t client, unsigned size, uint32_t tag);
void feed_flush(struct bench *b);

/* The tag of an inner packet, which has 36 bytes or more. */
struct bench_tag bench_packet_tag(const uint8_t *ip);

/*
 * Starts to decrypt an ESP packet of the data plane in place, until the next feed_flush(). Returns
 * where its inner packet will be.
 */
const uint8_t *feed_open(struct bench *b, uint8_t *esp, unsigned len);

/* A size drawn from IMIX, or the given size. */
unsigned bench_pick_size(struct bench *b, unsigned size);

/* The bytes that are encrypted for an inner packet of the size; the mean size. */
unsigned bench_cipher_len(const struct esp_suite *suite, unsigned size);
double bench_mean_size(unsigned size);

/* Fills in a job of IPsec-MB for an ESP packet. */
void bench_job(struct bench *b, IMB_JOB *job, const struct sa_crypto *k, bool encrypt, uint8_t *esp,
	unsigned cipher);

/* --- measure.c -------------------------------------------------------------------------------- */

/* Puts BENCH_BURST frames into the rings of the ports; returns 0 or a negative errno. */
typedef int bench_feed_fn(struct bench *b, void *arg);

/*
 * Cycles per packet of turns, each fed by fn, over so many packets; negative when a packet was
 * lost.
 */
double bench_turns(struct bench *b, unsigned (*turn)(struct worker *), bench_feed_fn *fn, void *arg,
	uint32_t packets);

/*
 * Cycles per packet of the worker's turns, over `packets` packets of random sessions; negative when
 * a packet was lost.
 */
double bench_pipeline(struct bench *b, enum bench_way way, unsigned size, uint32_t packets);

/*
 * Cycles per packet of IPsec-MB alone on the ciphertext of such packets, in bursts of `burst` (at
 * most BENCH_BURST). BENCH_BOTH: the mean of both.
 */
double bench_floor(
	struct bench *b, enum bench_way way, unsigned size, unsigned burst, uint32_t packets);

/* --- workers.c -------------------------------------------------------------------------------- */

struct flow_result {
	uint32_t packets;
	double seconds;
	uint32_t lost, disordered;
	uint64_t handed_over; /* from the worker where they arrived to the owner of their session */
};

/*
 * Makes ports of rings for the workers of a bench with threads, and room for so many packets; NULL,
 * with a line to stderr, on error.
 */
struct flow *flow_new(struct bench *b, uint32_t packets);
void flow_free(struct flow *f);

/*
 * Sends all packets through all workers. Each arrives at the queue of the owner of its session or,
 * if astray, of the next worker. The order within each session is checked afterwards.
 */
int flow_run(
	struct flow *f, enum bench_way way, unsigned size, bool astray, struct flow_result *out);

/* --- nat.c ------------------------------------------------------------------------------------ */

struct nat_bench;

/* The NAT configuration for bench_options. */
const struct nat_config *nat_bench_config(void);

/* Opens sessions 0 to n - 1 with a packet each; NULL, with a line to stderr, on error. */
struct nat_bench *nat_bench_new(struct bench *b, uint32_t n);
void nat_bench_free(struct nat_bench *nb);

enum nat_way {
	NAT_BENCH_IO, /* from port to port only, like the io mode of testpmd */
	NAT_BENCH_PLAIN, /* routed from the LAN to the WAN, without NAT */
	NAT_BENCH_OUT,
	NAT_BENCH_IN,
	NAT_BENCH_N
};

/* Cycles per packet of the first n sessions in random order. */
double nat_bench_run(
	struct nat_bench *nb, enum nat_way way, unsigned size, uint32_t n, uint32_t packets);

#endif
