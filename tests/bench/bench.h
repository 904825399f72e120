/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The data plane's speed beside that of its ciphers. The rig is the gateway's own data plane, started as kanmond
 * starts it, on two ports of net_ring; its worker's turns run on the calling thread, between a feeder and a
 * sink whose time is not counted.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "dp_impl.h"

#define BENCH_BURST \
	64 /* packets that the feeder has ready for each turn, and of the floor's bursts */

struct bench_options {
	unsigned core; /* where the work is done */
	unsigned memory_mb;
	bool hugepages;
	uint32_t sessions; /* as many as any measurement needs */
};

struct bench_client {
	uint32_t sid;
	be32 spi;
	be32 addr; /* leased */
	uint32_t seq; /* of its last ESP packet */
};

struct bench {
	struct dp *dp;
	struct worker *w;
	struct rte_ring *ring[DP_N_PORTS]; /* what net_ring sends is what it receives */
	struct bench_client *clients;
	uint32_t n_clients;
	const struct esp_suite *suite;
	struct sa_crypto seal, open; /* a client's side; all clients have the same keys */
	size_t session_bytes; /* of the data plane's memory, for each session with both SAs */
	uint64_t random;
};

enum bench_way {
	BENCH_DOWN, /* LAN to client: encrypt */
	BENCH_UP, /* client to LAN: decrypt */
	BENCH_BOTH, /* half of each */
};

/* Sizes of packets on the LAN; IMIX is seven of 64 bytes, four of 570, one of 1400. */
#define BENCH_IMIX 0

int bench_open(struct bench *b, const struct bench_options *o);
void bench_close(struct bench *b);

/* Sessions 0 to n-1 with the suite, made by the calls that control makes. Replaces those that were. */
int bench_sessions(struct bench *b, const char *suite, uint32_t n);

/* Cycles per packet of the worker's turns, over `packets` packets to or from random sessions; < 0 when any was lost. */
double bench_pipeline(struct bench *b, enum bench_way way, unsigned size, uint32_t packets);

/* Cycles per packet of IPsec-MB alone on what such packets are inside ESP. BENCH_BOTH: the mean. */
double bench_floor(struct bench *b, enum bench_way way, unsigned size, uint32_t packets);

/* The bytes that are encrypted for an inner packet of the size, and the mean size of IMIX. */
unsigned bench_cipher_len(const struct esp_suite *suite, unsigned size);
double bench_mean_size(unsigned size);

#endif
