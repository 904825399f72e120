/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The entries of the gateway's tables, and its memory. When all clients are gone, it holds what it
 * held before they came.
 */
#ifndef USAGE_H
#define USAGE_H

#include <stdint.h>

struct gateway;

enum usage {
	USAGE_CONNECTIONS,
	USAGE_ISAKMP,
	USAGE_HALF_OPEN,
	USAGE_ESP_PAIRS,
	USAGE_TUNNELS,
	USAGE_LINKS,
	USAGE_WAITING,
	USAGE_LEASES,
	USAGE_SESSIONS,
	USAGE_SPIS,
	USAGE_BURIED,
	USAGE_TIMERS,
	USAGE_SA_BYTES,
	USAGE_SA_HELD,
	USAGE_HEAP_BYTES,
	USAGE_HEAP_HELD,
	USAGE_N
};

const char *usage_name(enum usage what); /* "esp_pairs" */
const char *usage_text(enum usage what); /* its meaning */

/* Counts by walking over all entries: not for use per packet. */
void usage_get(const struct gateway *gw, uint64_t n[USAGE_N]);

#endif
