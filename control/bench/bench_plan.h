/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Static sessions for benchmarks, described by a small file with their number and a seed. All else
 * is derived from these, so that kanmond and a packet generator that read the same file agree
 * without a handshake.
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
	char seed[64]; /* of the keys */
	const struct esp_suite *suite;
	bool anti_replay; /* false: packets may be repeated */
	be32 peer; /* outer address of the first client; each client has the next one */
	be32 client; /* leased address of the first client; each client has the next one */
	be32 server; /* a host of the LAN, the other end of all traffic */
	uint8_t peer_mac[6]; /* of all peers, or of wan.gateway if they are behind it */
	uint8_t server_mac[6];
};

/* One session. SPIs are in network byte order, L2TP IDs in host byte order. */
struct bench_session {
	unsigned worker;
	be32 peer, client;
	be32 spi_in, spi_out; /* of packets to kanmond and from it */
	struct esp_keys in, out;
	uint16_t our_tid, our_sid, peer_tid, peer_sid;
};

/*
 * Reads the file and checks it against the configuration. Returns 0, or -EINVAL after at least one
 * line to `report`, as config_load() writes them.
 */
int bench_plan_read(const char *path, const struct config *config, struct bench_plan *out,
	config_report_fn *report, void *arg);

/*
 * Session i, from 0 on. Workers take turns. Returns 0, or -EIO if HMAC fails; sodium_memzero() the
 * keys in *out when done.
 */
int bench_plan_session(
	const struct bench_plan *plan, unsigned n_workers, uint32_t i, struct bench_session *out);

#endif
