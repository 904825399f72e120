/* SPDX-License-Identifier: BSD-3-Clause */
/* Installs the static sessions of a bench_plan, by the same calls as for real connections. */
#ifndef BENCH_SESSIONS_H
#define BENCH_SESSIONS_H

#include "bench_plan.h"
#include "dp.h"

struct bench_sessions;

/* The data plane has no sessions yet. NULL after a log line if they cannot be installed. */
struct bench_sessions *bench_sessions_new(
	struct dp *dp, const struct config *config, const struct bench_plan *plan);

/* Removes them. NULL is allowed. */
void bench_sessions_free(struct bench_sessions *b);

#endif
