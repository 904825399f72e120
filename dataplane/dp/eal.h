/* SPDX-License-Identifier: BSD-3-Clause */
/* DPDK's environment (EAL): its arguments from our configuration, its output into our log. */
#ifndef EAL_H
#define EAL_H

#include <stdio.h>

#include "dp.h"

/* Lcore 0 is control's, lcore i + 1 is worker i's. */
#define EAL_LCORE_CONTROL   0u
#define EAL_LCORE_WORKER(i) ((i) + 1)

/*
 * Starts EAL and binds the calling thread to control's core. memory_mb: 0 for EAL's default. Logs
 * errors; returns 0 or a negative errno. *log is for eal_stop().
 */
int eal_start(const struct dp_config *config, unsigned memory_mb, FILE **log);
void eal_stop(bool up, FILE *log);

#endif
