/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Static sessions for benchmarks, as a small file describes them: how many, and a seed. All else is
 * derived, so that kanmond and a packet generator that read the same files agree without a handshake.
 */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "esp_suite.h"
#include "ip.h"

struct bench_plan {
	uint32_t count;
	char seed[64]; /* keys are made of it */
	const struct esp_suite *suite;
	bool anti_replay; /* false: the same packets may come again */
	be32 peer; /* outer address of the first client; the next one has the next */
	be32 client; /* leased address of the first */
	be32 server; /* a host of the LAN, the other end of all traffic */
	uint8_t peer_mac[6]; /* of all peers, or of wan.gateway where they are behind it */
	uint8_t server_mac[6];
};

/* One of them. SPIs in network order, L2TP IDs as in struct dp_sess. */
struct bench_session {
	unsigned worker;
	be32 peer, client;
	be32 spi_in, spi_out; /* to kanmond, from it */
	struct esp_keys in, out;
	uint16_t our_tid, our_sid, peer_tid, peer_sid;
};

/*
 * Reads the file and checks it against the configuration. Returns 0, or -EINVAL after at least one
 * line to `report`, as config_load() writes them.
 */
int bench_plan_read(const char *path, const struct config *config, struct bench_plan *out,
	config_report_fn *report, void *arg);

/* The i-th session of kanmond with so many workers, which take turns. 0, or -EIO when no HMAC can be had. */
int bench_plan_session(
	const struct bench_plan *plan, unsigned n_workers, uint32_t i, struct bench_session *out);

#endif
