/* SPDX-License-Identifier: BSD-3-Clause */
#include "report.h"

#include <rte_cycles.h>

const char *
report_way(enum bench_way way)
{
	static const char *const names[] = {"encrypt", "decrypt", "both"};

	return names[way];
}

double
report_gbit(double cycles, unsigned size)
{
	return bench_mean_size(size) * 8 * (double)rte_get_tsc_hz() / cycles / 1e9;
}

static const char *
size_str(unsigned size, char buf[16])
{
	if (size == BENCH_IMIX)
		snprintf(buf, 16, "IMIX");
	else
		snprintf(buf, 16, "%u", size);
	return buf;
}

void
report_begin(struct report *r)
{
	if (r->json != NULL)
		fprintf(r->json, "{\n \"tsc_hz\": %" PRIu64 ",\n \"burst\": %u", rte_get_tsc_hz(),
			BENCH_BURST);
}

void
report_end(struct report *r)
{
	if (r->json == NULL)
		return;
	fputs("\n}\n", r->json);
	fclose(r->json);
	r->json = NULL;
}

void
report_list(struct report *r, const char *name)
{
	if (r->json != NULL)
		fprintf(r->json, ",\n \"%s\": [", name);
	r->more = "";
}

void
report_list_end(struct report *r)
{
	if (r->json != NULL)
		fputs("\n ]", r->json);
}

void
report_heading(const struct report *r, const char *text)
{
	if (!r->quiet)
		printf("\n%s\n%-14s %-8s %5s %8s %9s %9s %8s %8s   %s\n", text, "suite", "way",
			"bytes", "sessions", "cycles", "floor", "Gbit/s", "floor",
			"ratio (min-max)");
}

void
report_result(struct report *r, const char *suite, enum bench_way way, unsigned size,
	uint32_t sessions, const struct result *m)
{
	char text[16];

	size_str(size, text);
	if (!r->quiet)
		printf("%-14s %-8s %5s %8u %9.0f %9.0f %8.2f %8.2f   %.2f (%.2f-%.2f)\n", suite,
			report_way(way), text, sessions, m->cycles, m->floor,
			report_gbit(m->cycles, size), report_gbit(m->floor, size), m->ratio,
			m->ratio_min, m->ratio_max);
	fflush(stdout);
	if (r->json == NULL)
		return;
	fprintf(r->json,
		"%s\n  {\"suite\": \"%s\", \"way\": \"%s\", \"size\": \"%s\", \"sessions\": %u, "
		"\"cycles\": %.1f, \"floor_cycles\": %.1f, \"gbit\": %.3f, \"floor_gbit\": %.3f, "
		"\"ratio\": %.4f, \"ratio_min\": %.4f, \"ratio_max\": %.4f}",
		r->more, suite, report_way(way), text, sessions, m->cycles, m->floor,
		report_gbit(m->cycles, size), report_gbit(m->floor, size), m->ratio, m->ratio_min,
		m->ratio_max);
	r->more = ",";
}

void
report_stage(
	struct report *r, enum bench_way way, uint32_t sessions, const char *stage, double cycles)
{
	if (!r->quiet)
		printf("  %-10s %8.1f\n", stage, cycles);
	if (r->json != NULL)
		fprintf(r->json,
			"%s\n  {\"way\": \"%s\", \"sessions\": %u, \"stage\": \"%s\", \"cycles\": "
			"%.1f}",
			r->more, report_way(way), sessions, stage, cycles);
	r->more = ",";
}

void
report_value(struct report *r, const char *name, double value)
{
	if (r->json != NULL)
		fprintf(r->json, ",\n \"%s\": %.1f", name, value);
}

static double
mpps(double cycles)
{
	return (double)rte_get_tsc_hz() / cycles / 1e6;
}

void
report_nat_heading(const struct report *r)
{
	if (!r->quiet)
		printf("\nNAT44 in Mpps, and the rate of the slower direction relative to plain "
		       "forwarding and to io forwarding\n%5s %8s %8s %8s %8s %8s %8s %8s\n",
			"bytes", "sessions", "out", "in", "plain", "io", "/plain", "/io");
}

void
report_nat(struct report *r, bool summary, unsigned size, uint32_t n,
	const double cycles[NAT_BENCH_N], const double ratio[2])
{
	const char *const many = n == 1 ? "1" : n == 10000 ? "10k" : "1m";
	double slower = RTE_MAX(cycles[NAT_BENCH_OUT], cycles[NAT_BENCH_IN]);
	char text[16];

	size_str(size, text);
	if (!r->quiet)
		printf("%5s %8u %8.2f %8.2f %8.2f %8.2f %8.2f %8.2f\n", text, n,
			mpps(cycles[NAT_BENCH_OUT]), mpps(cycles[NAT_BENCH_IN]),
			mpps(cycles[NAT_BENCH_PLAIN]), mpps(cycles[NAT_BENCH_IO]), ratio[1],
			ratio[0]);
	if (summary)
		printf("nat_%s_%s_mpps=%.2f\nnat_%s_%s_ratio=%.3f\nnat_%s_%s_io_ratio=%.3f\n", text,
			many, mpps(slower), text, many, ratio[1], text, many, ratio[0]);
	fflush(stdout);
	if (r->json == NULL)
		return;
	fprintf(r->json,
		"%s\n  {\"size\": \"%s\", \"sessions\": %u, \"out_cycles\": %.1f, "
		"\"in_cycles\": %.1f, \"plain_cycles\": %.1f, \"io_cycles\": %.1f, "
		"\"ratio\": %.4f, \"io_ratio\": %.4f}",
		r->more, text, n, cycles[NAT_BENCH_OUT], cycles[NAT_BENCH_IN],
		cycles[NAT_BENCH_PLAIN], cycles[NAT_BENCH_IO], ratio[1], ratio[0]);
	r->more = ",";
}

void
report_flow_heading(const struct report *r)
{
	if (!r->quiet)
		printf("%7s %-8s %5s %-14s %8s %8s %8s %6s %10s %12s\n", "workers", "way", "bytes",
			"arriving at", "packets", "Mpps", "Gbit/s", "lost", "disordered",
			"handed over");
}

void
report_flow(struct report *r, unsigned n_workers, enum bench_way way, unsigned size, bool astray,
	const struct flow_result *f)
{
	double pps = f->packets / f->seconds, bits = bench_mean_size(size) * 8 * pps;
	const char *at = astray ? "the next one" : "the owner";
	char text[16];

	size_str(size, text);
	if (!r->quiet)
		printf("%7u %-8s %5s %-14s %8u %8.2f %8.2f %6u %10u %12" PRIu64 "\n", n_workers,
			report_way(way), text, at, f->packets, pps / 1e6, bits / 1e9, f->lost,
			f->disordered, f->handed_over);
	fflush(stdout);
	if (r->json == NULL)
		return;
	fprintf(r->json,
		"%s\n  {\"workers\": %u, \"way\": \"%s\", \"size\": \"%s\", \"astray\": %s, "
		"\"packets\": %u, \"mpps\": %.3f, \"gbit\": %.3f, \"lost\": %u, "
		"\"disordered\": %u, \"handed_over\": %" PRIu64 "}",
		r->more, n_workers, report_way(way), text, astray ? "true" : "false", f->packets,
		pps / 1e6, bits / 1e9, f->lost, f->disordered, f->handed_over);
	r->more = ",";
}
