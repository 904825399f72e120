/* SPDX-License-Identifier: BSD-3-Clause */
/* The output of kanmon-bench: tables, and JSON for plots. */
#ifndef REPORT_H
#define REPORT_H

#include <stdio.h>

#include "bench.h"

/* Pipeline and floor in cycles per packet: medians over the rounds, and the range of the ratio. */
struct result {
	double cycles, floor, ratio, ratio_min, ratio_max;
};

struct report {
	bool quiet; /* print no table */
	FILE *json; /* NULL: none */
	const char *more; /* separator before the next entry of the open list */
};

const char *report_way(enum bench_way way);

/* Of the IP packets inside the tunnels. */
double report_gbit(double cycles, unsigned size);

void report_begin(struct report *r);
void report_end(struct report *r);

/* A list in the JSON; a table with its heading on stdout. */
void report_list(struct report *r, const char *name);
void report_list_end(struct report *r);
void report_heading(const struct report *r, const char *text);

void report_result(struct report *r, const char *suite, enum bench_way way, unsigned size,
	uint32_t sessions, const struct result *m);
void report_stage(
	struct report *r, enum bench_way way, uint32_t sessions, const char *stage, double cycles);
void report_value(struct report *r, const char *name, double value);

/*
 * cycles: by enum nat_way; ratio: rate of the slower direction relative to io forwarding and to
 * plain forwarding.
 */
void report_nat_heading(const struct report *r);
void report_nat(struct report *r, bool summary, unsigned size, uint32_t n,
	const double cycles[NAT_BENCH_N], const double ratio[2]);

void report_flow_heading(const struct report *r);
void report_flow(struct report *r, unsigned n_workers, enum bench_way way, unsigned size,
	bool astray, const struct flow_result *f);

#endif
