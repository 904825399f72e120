/* SPDX-License-Identifier: BSD-3-Clause */
/* Puts the static sessions of a bench_plan into the data plane, by the calls that IKE, L2TP and PPP end in. */
#ifndef BENCH_SESSIONS_H
#define BENCH_SESSIONS_H

#include "bench_plan.h"
#include "dp.h"

struct bench_sessions;

/* Of a data plane that has none yet. NULL, with a log line, when they do not fit. */
struct bench_sessions *bench_sessions_new(
	struct dp *dp, const struct config *config, const struct bench_plan *plan);

/* Takes them out again. NULL is fine. */
void bench_sessions_free(struct bench_sessions *b);

#endif
