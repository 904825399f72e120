/* SPDX-License-Identifier: BSD-3-Clause */
/* All tables of kanmon-bench: sizes, sessions, stages, suites. */
#include "run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <rte_cycles.h>

#define STAGE_RUNS  200
#define STAGE_TURNS 10

static const unsigned sizes[] = {64, 128, 256, 512, 1024, 1400, BENCH_IMIX};
#define N_SIZES (sizeof(sizes) / sizeof(sizes[0]))

static void
measure_and_say(struct run *r, const char *suite, enum bench_way way, unsigned size, uint32_t n)
{
	struct result m = run_measure(r, way, size, n);

	report_result(&r->report, suite, way, size, n, &m);
}

/* With --quick, only the sizes with one session, and the numbers of sessions at 1400 bytes. */
static bool
wanted(const struct run *r, uint32_t sessions, unsigned size)
{
	return !r->quick || sessions == 1 || size == 1400;
}

/*
 * A block of the table. Each round has all sizes and directions, so that they see the same machine.
 */
static void
block(struct run *r, uint32_t n)
{
	static struct run_series s[BENCH_BOTH + 1][N_SIZES];
	char text[80];

	snprintf(text, sizeof(text), "%u session%s in random order", n, n == 1 ? "" : "s");
	report_heading(&r->report, text);
	for (unsigned i = 0; i < r->rounds; i++)
		for (enum bench_way way = BENCH_DOWN; way <= BENCH_BOTH; way++)
			for (unsigned k = 0; k < N_SIZES; k++)
				if (wanted(r, n, sizes[k]))
					run_round(r, &s[way][k], i, way, sizes[k], n);
	for (enum bench_way way = BENCH_DOWN; way <= BENCH_BOTH; way++) {
		for (unsigned k = 0; k < N_SIZES; k++) {
			struct result m;

			if (!wanted(r, n, sizes[k]))
				continue;
			m = run_result(r, &s[way][k]);
			report_result(&r->report, RUN_SUITE, way, sizes[k], n, &m);
		}
	}
}

static void
table(struct run *r)
{
	static const uint32_t n[] = {1, 100, 10000, RUN_MANY};

	run_sessions(r, RUN_SUITE, RUN_MANY);
	for (unsigned i = 0; i < sizeof(n) / sizeof(n[0]); i++)
		block(r, n[i]);
	if (!r->report.quiet)
		printf("A session with both SAs takes %zu bytes, %u of them %zu MiB; the "
		       "last-level cache has %ld MiB.\n",
			r->bench.session_bytes, RUN_MANY, RUN_MANY * r->bench.session_bytes >> 20,
			sysconf(_SC_LEVEL3_CACHE_SIZE) >> 20);
}

/* DES takes thirty times as long as AES, so fewer packets are enough. */
static void
suites(struct run *r)
{
	uint32_t packets = r->packets;

	report_heading(&r->report, "By suite, one session");
	for (size_t i = 0; i < esp_n_suites; i++) {
		run_sessions(r, esp_suites[i].name, 1);
		r->packets = esp_suites[i].cipher == ESP_AES_CBC ? packets : packets / 16;
		for (enum bench_way way = BENCH_DOWN; way <= BENCH_BOTH; way++)
			measure_and_say(r, esp_suites[i].name, way, 1400, 1);
	}
	r->packets = packets;
}

/*
 * Cycles by stage, from the worker's own counters: per packet that came in, so that they add up.
 * Medians over many short runs.
 */
static void
stages(struct run *r, enum bench_way way, uint32_t n)
{
	static double v[STAGE_N][STAGE_RUNS];
	struct worker *w = r->bench.w;
	uint32_t packets = r->packets;
	double all = 0, cycles;

	r->packets = STAGE_TURNS * BENCH_BURST;
	for (unsigned i = 0; i < STAGE_RUNS; i++) {
		memset(w->stage, 0, sizeof(w->stage));
		run_pipeline(r, way, 1400, n);
		for (unsigned k = 0; k < STAGE_N; k++)
			v[k][i] = (double)w->stage[k].cycles /
				  (double)w->stage[STAGE_gather].packets;
	}
	r->packets = packets;
	if (!r->report.quiet)
		printf("\nCycles per packet by stage, %s, 1400 bytes, %u session%s\n",
			report_way(way), n, n == 1 ? "" : "s in random order");
	for (unsigned k = 0; k < STAGE_N; k++) {
		if (w->stage[k].packets == 0)
			continue;
		cycles = run_median(v[k], STAGE_RUNS);
		report_stage(&r->report, way, n, stage_name(k), cycles);
		all += cycles;
	}
	report_stage(&r->report, way, n, "all", all);
}

/* Bursts of 32, for which figures are often quoted, and those of this benchmark. */
static void
floor_by_burst(struct run *r)
{
	static const unsigned burst[] = {16, 32, BENCH_BURST};
	static const unsigned size[] = {64, 1400};

	if (r->report.quiet)
		return;
	printf("\nIPsec-MB alone by burst, cycles per packet\n");
	for (unsigned i = 0; i < 2; i++) {
		for (enum bench_way way = BENCH_DOWN; way <= BENCH_UP; way++) {
			printf("  %-8s %5u", report_way(way), size[i]);
			for (unsigned k = 0; k < sizeof(burst) / sizeof(burst[0]); k++) {
				double v[RUN_ROUNDS_MAX];

				for (unsigned j = 0; j < r->rounds; j++)
					v[j] = bench_floor(
						&r->bench, way, size[i], burst[k], r->packets);
				printf("   in %u: %5.0f", burst[k], run_median(v, r->rounds));
			}
			printf("\n");
		}
	}
}

void
run_table(struct run *r)
{
	if (!r->report.quiet)
		printf("TSC %.3f GHz, bursts of %u, medians of %u rounds of %u packets\n",
			(double)rte_get_tsc_hz() / 1e9, BENCH_BURST, r->rounds, r->packets);
	report_list(&r->report, "results");
	table(r);
	report_list_end(&r->report);
	report_value(&r->report, "session_bytes", (double)r->bench.session_bytes);
	report_list(&r->report, "stages");
	for (enum bench_way way = BENCH_DOWN; way <= BENCH_BOTH; way++) {
		stages(r, way, 1);
		stages(r, way, 10000);
	}
	report_list_end(&r->report);
	floor_by_burst(r);
	report_list(&r->report, "suites");
	suites(r);
	report_list_end(&r->report);
}
