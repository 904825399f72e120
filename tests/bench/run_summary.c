/* SPDX-License-Identifier: BSD-3-Clause */
/* The figures that the project promises (docs/performance.md), as name=value lines. */
#include "run.h"

#include <stdio.h>

/*
 * The relative cost of rules for packets of established flows in sessions; the worse direction
 * counts.
 */
static void
summary_filter(struct run *r)
{
	double ratio[RUN_ROUNDS_MAX], worst = 0;

	for (enum bench_way way = BENCH_DOWN; way <= BENCH_UP; way++) {
		for (unsigned i = 0; i < r->rounds; i++) {
			double without = run_pipeline(r, way, 64, 1);

			run_rules(r, RUN_RULES);
			run_pipeline(r, way, 64, 1);
			ratio[i] = run_pipeline(r, way, 64, 1) / without - 1;
			run_rules(r, 0);
		}
		worst = RTE_MAX(worst, run_median(ratio, r->rounds));
	}
	run_filter_cost(r, "session_cost", worst);
}

/*
 * The rate of so many sessions in random order relative to that of one; the worse direction counts.
 */
static void
summary_sessions(struct run *r, uint32_t n)
{
	double ratio[RUN_ROUNDS_MAX], cycles[RUN_ROUNDS_MAX], worst = 1e9, gbit = 0;

	for (enum bench_way way = BENCH_DOWN; way <= BENCH_UP; way++) {
		double m;

		for (unsigned i = 0; i < r->rounds; i++) {
			double one = run_pipeline(r, way, 1400, 1);

			cycles[i] = run_pipeline(r, way, 1400, n);
			ratio[i] = one / cycles[i];
		}
		m = run_median(ratio, r->rounds);
		if (m < worst) {
			worst = m;
			gbit = report_gbit(run_median(cycles, r->rounds), 1400);
		}
	}
	printf("sessions_%uk_ratio=%.3f\nsessions_%uk_gbit=%.2f\n", n / 1000, worst, n / 1000,
		gbit);
	fflush(stdout);
}

void
run_summary(struct run *r)
{
	static const unsigned size[] = {1400, 64};

	r->report.quiet = true;
	run_sessions(r, RUN_SUITE, RUN_MANY);
	report_list(&r->report, "results");
	for (unsigned i = 0; i < 2; i++) {
		for (enum bench_way way = BENCH_DOWN; way <= BENCH_UP; way++) {
			struct result m = run_measure(r, way, size[i], 1);

			printf("%s_%u_ratio=%.3f\n%s_%u_gbit=%.2f\n", report_way(way), size[i],
				m.ratio, report_way(way), size[i], report_gbit(m.cycles, size[i]));
			report_result(&r->report, RUN_SUITE, way, size[i], 1, &m);
		}
	}
	report_list_end(&r->report);
	summary_sessions(r, 10000);
	summary_sessions(r, RUN_MANY);
	summary_filter(r);
	printf("session_bytes=%zu\n", r->bench.session_bytes);
	report_value(&r->report, "session_bytes", (double)r->bench.session_bytes);
}
