/* SPDX-License-Identifier: BSD-3-Clause */
/* NAT44 compared with plain forwarding, and the cost of filter rules for it. */
#include "run.h"

#include <stdlib.h>

#define NAT_MANY 1000000

static const struct {
	unsigned size;
	uint32_t n;
} nat_cases[] = {
	{64, 1},
	{64, 10000},
	{64, NAT_MANY},
	{1400, 1},
	{1400, 10000},
	{1400, NAT_MANY},
	{BENCH_IMIX, 1},
	{BENCH_IMIX, 10000},
	{BENCH_IMIX, NAT_MANY},
};

/* All ways in turn, so that whatever else the machine does affects all of them. */
static void
nat_case(struct run *r, struct nat_bench *nb, unsigned size, uint32_t n)
{
	static double v[NAT_BENCH_N][RUN_ROUNDS_MAX];
	double ratio[2][RUN_ROUNDS_MAX], cycles[NAT_BENCH_N], least[2];

	for (unsigned i = 0; i < r->rounds; i++) {
		for (enum nat_way way = 0; way < NAT_BENCH_N; way++) {
			v[way][i] = nat_bench_run(nb, way, size, n, r->packets);
			if (v[way][i] < 0)
				exit(1);
		}
		/* The slower direction counts. */
		for (unsigned k = 0; k < 2; k++)
			ratio[k][i] = v[k][i] / RTE_MAX(v[NAT_BENCH_OUT][i], v[NAT_BENCH_IN][i]);
	}
	for (enum nat_way way = 0; way < NAT_BENCH_N; way++)
		cycles[way] = run_median(v[way], r->rounds);
	for (unsigned k = 0; k < 2; k++)
		least[k] = run_median(ratio[k], r->rounds);
	report_nat(&r->report, r->summary, size, n, cycles, least);
}

/* Cycles of the slowest of these ways, with so many rules. */
static double
slower(struct run *r, struct nat_bench *nb, enum nat_way from, enum nat_way to, uint32_t n,
	uint32_t n_rules)
{
	double worst = 0;

	/* A first run, because new rules know no flows. */
	run_rules(r, n_rules);
	for (enum nat_way way = from; way <= to; way++)
		nat_bench_run(nb, way, 64, n, r->packets);
	for (enum nat_way way = from; way <= to; way++)
		worst = RTE_MAX(worst, nat_bench_run(nb, way, 64, n, r->packets));
	run_rules(r, 0);
	if (worst <= 0)
		exit(1);
	return worst;
}

/* The relative cost of rules for those flows. */
static double
rules_cost(struct run *r, struct nat_bench *nb, enum nat_way from, enum nat_way to, uint32_t n)
{
	double cost[RUN_ROUNDS_MAX];

	for (unsigned i = 0; i < r->rounds; i++) {
		double without = slower(r, nb, from, to, n, 0);

		cost[i] = slower(r, nb, from, to, n, RUN_RULES) / without - 1;
	}
	return run_median(cost, r->rounds);
}

/*
 * For NAT's flows, with one and with many sessions; and for flows without NAT, which the filter
 * itself tracks.
 */
static void
nat_rules(struct run *r, struct nat_bench *nb)
{
	double one = rules_cost(r, nb, NAT_BENCH_OUT, NAT_BENCH_IN, 1);
	double many = rules_cost(r, nb, NAT_BENCH_OUT, NAT_BENCH_IN, NAT_MANY);

	run_filter_cost(r, "cost", RTE_MAX(one, many));
	run_filter_cost(r, "plain_cost", rules_cost(r, nb, NAT_BENCH_PLAIN, NAT_BENCH_PLAIN, 1000));
}

void
run_nat(struct run *r)
{
	struct nat_bench *nb = nat_bench_new(&r->bench, NAT_MANY);

	if (nb == NULL)
		exit(1);
	r->report.quiet = r->summary;
	report_nat_heading(&r->report);
	report_list(&r->report, "nat");
	for (unsigned i = 0; i < sizeof(nat_cases) / sizeof(nat_cases[0]); i++)
		if (!r->summary || nat_cases[i].size == 64)
			nat_case(r, nb, nat_cases[i].size, nat_cases[i].n);
	report_list_end(&r->report);
	nat_rules(r, nb);
	nat_bench_free(nb);
}
