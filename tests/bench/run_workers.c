/* SPDX-License-Identifier: BSD-3-Clause */
/* Several worker threads: rates, order, and what a hand-over costs. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>

bool
run_workers(struct run *r)
{
	const uint32_t packets = 8192;
	bool good = true;
	struct flow *flow;

	run_sessions(r, RUN_SUITE, 100);
	flow = flow_new(&r->bench, packets);
	if (flow == NULL)
		exit(1);
	report_flow_heading(&r->report);
	report_list(&r->report, "workers");
	for (enum bench_way way = BENCH_DOWN; way <= BENCH_BOTH; way++) {
		for (unsigned astray = 0; astray < (r->o.n_workers > 1 ? 2 : 1); astray++) {
			struct flow_result f, sum = {0};

			for (unsigned i = 0; i < r->rounds; i++) {
				if (flow_run(flow, way, 1400, astray, &f) != 0)
					exit(1);
				sum.packets += f.packets;
				sum.seconds += f.seconds;
				sum.lost += f.lost;
				sum.disordered += f.disordered;
				sum.handed_over += f.handed_over;
			}
			report_flow(&r->report, r->o.n_workers, way, 1400, astray, &sum);
			good = good && sum.lost == 0 && sum.disordered == 0 &&
			       sum.handed_over == (astray ? sum.packets : 0);
		}
	}
	report_list_end(&r->report);
	flow_free(flow);
	if (!good)
		fputs("packets were lost, out of order or at the wrong worker\n", stderr);
	return good;
}
