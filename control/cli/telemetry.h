/* SPDX-License-Identifier: BSD-3-Clause */
/* The gateway's counters for DPDK's telemetry. */
#ifndef TELEMETRY_H
#define TELEMETRY_H

struct gateway;

/* Registers the commands under /kanmon/ with DPDK's telemetry. Failures are only logged. */
void telemetry_init(struct gateway *gw);

/* Returns when no callback reads the gateway any more. */
void telemetry_fini(void);

#endif
