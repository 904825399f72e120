/* SPDX-License-Identifier: BSD-3-Clause */
/* One figure of kanmon-bench. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
run_median(double *v, unsigned n)
{
	qsort(v, n, sizeof(*v), by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

double
run_pipeline(struct run *r, enum bench_way way, unsigned size, uint32_t sessions)
{
	double cycles;

	bench_use(&r->bench, sessions);
	cycles = bench_pipeline(&r->bench, way, size, r->packets);
	if (cycles < 0)
		exit(1);
	return cycles;
}

static double
ipsec_mb(struct run *r, enum bench_way way, unsigned size)
{
	double cycles = bench_floor(&r->bench, way, size, BENCH_BURST, r->packets);

	if (cycles < 0)
		exit(1);
	return cycles;
}

void
run_round(struct run *r, struct run_series *s, unsigned round, enum bench_way way, unsigned size,
	uint32_t sessions)
{
	s->floor[round] = ipsec_mb(r, way, size);
	s->cycles[round] = run_pipeline(r, way, size, sessions);
	s->ratio[round] = s->floor[round] / s->cycles[round];
}

struct result
run_result(const struct run *r, struct run_series *s)
{
	struct result out;

	out.ratio = run_median(s->ratio, r->rounds);
	out.ratio_min = s->ratio[0];
	out.ratio_max = s->ratio[r->rounds - 1];
	out.cycles = run_median(s->cycles, r->rounds);
	out.floor = run_median(s->floor, r->rounds);
	return out;
}

struct result
run_measure(struct run *r, enum bench_way way, unsigned size, uint32_t sessions)
{
	struct run_series s;

	for (unsigned i = 0; i < r->rounds; i++)
		run_round(r, &s, i, way, size, sessions);
	return run_result(r, &s);
}

void
run_sessions(struct run *r, const char *suite, uint32_t n)
{
	if (bench_sessions(&r->bench, suite, n) != 0)
		exit(1);
}

void
run_rules(struct run *r, uint32_t n)
{
	if (bench_filter(&r->bench, n) != 0)
		exit(1);
}

void
run_filter_cost(struct run *r, const char *name, double cost)
{
	printf("filter_%u_%s=%.3f\n", RUN_RULES, name, cost);
	fflush(stdout);
	report_value(&r->report, name, cost);
}
