/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What kanmon-bench measures, how often, and in which order. Each figure is the median over rounds.
 * What is compared is measured in turn within each round, so that whatever else the machine does
 * affects both.
 */
#ifndef RUN_H
#define RUN_H

#include "bench.h"
#include "report.h"

#define RUN_ROUNDS_MAX 64
#define RUN_SUITE      "aes128-sha1"
#define RUN_MANY       100000u /* sessions, the most of any figure */
#define RUN_RULES      1000u /* of the filter's figures */

struct run {
	struct bench bench;
	struct bench_options o;
	struct report report;
	unsigned rounds; /* at most RUN_ROUNDS_MAX */
	uint32_t packets; /* in one measurement */
	bool summary; /* print name=value lines only */
	bool quick;
};

/* --- run.c: one figure; the functions end the program when a measurement fails ---------------- */

/* Sorts v. */
double run_median(double *v, unsigned n);

/* Replaces the sessions; makes the filter's rules. */
void run_sessions(struct run *r, const char *suite, uint32_t n);
void run_rules(struct run *r, uint32_t n);

/* Cycles per packet with so many of the sessions. */
double run_pipeline(struct run *r, enum bench_way way, unsigned size, uint32_t sessions);

/* The rounds of one figure: pipeline, IPsec-MB alone (the floor), and floor / pipeline. */
struct run_series {
	double cycles[RUN_ROUNDS_MAX], floor[RUN_ROUNDS_MAX], ratio[RUN_ROUNDS_MAX];
};

void run_round(struct run *r, struct run_series *s, unsigned round, enum bench_way way,
	unsigned size, uint32_t sessions);

/* Sorts s. */
struct result run_result(const struct run *r, struct run_series *s);

/* All rounds of one figure. */
struct result run_measure(struct run *r, enum bench_way way, unsigned size, uint32_t sessions);

/* A figure of the filter: prints filter_<rules>_<name>. */
void run_filter_cost(struct run *r, const char *name, double cost);

/* --- run_table.c: all tables; run_summary.c: the promised figures ----------------------------- */

void run_table(struct run *r);
void run_summary(struct run *r);

/* --- run_nat.c: NAT44 compared with plain forwarding ------------------------------------------ */

void run_nat(struct run *r);

/* --- run_workers.c: worker threads; false when packets were lost or out of order -------------- */

bool run_workers(struct run *r);

#endif
