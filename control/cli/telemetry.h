/* SPDX-License-Identifier: BSD-3-Clause */
/* The gateway's counters for DPDK's telemetry. */
#ifndef TELEMETRY_H
#define TELEMETRY_H

struct gateway;

/* Registers /kanmon/... with DPDK's telemetry; a failure is logged, no more. */
void telemetry_init(struct gateway *gw);

/* The gateway is not read any more. */
void telemetry_fini(void);

#endif
