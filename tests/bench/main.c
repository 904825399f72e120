/* SPDX-License-Identifier: BSD-3-Clause */
/* kanmon-bench: a table for people, name=value lines for programs, JSON for plots. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_cycles.h>

#include "bench.h"
#include "log.h"

#define ROUNDS_MAX 32

struct run {
	struct bench bench;
	struct bench_options o;
	unsigned rounds;
	uint32_t packets; /* of one measurement */
	bool summary;
	FILE *json;
	bool json_more;
};

/* Pipeline beside floor, in cycles per packet: median over the rounds, and the spread of the ratio. */
struct result {
	double cycles, floor, ratio, ratio_min, ratio_max;
};

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v, unsigned n)
{
	qsort(v, n, sizeof(*v), by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* Both in turns, so that what the machine does meanwhile falls on both. */
static struct result
measure(struct run *r, enum bench_way way, unsigned size)
{
	double cycles[ROUNDS_MAX], floor[ROUNDS_MAX], ratio[ROUNDS_MAX];
	struct result out;

	bench_pipeline(&r->bench, way, size, r->packets / 4);
	for (unsigned i = 0; i < r->rounds; i++) {
		floor[i] = bench_floor(&r->bench, way, size, r->packets);
		cycles[i] = bench_pipeline(&r->bench, way, size, r->packets);
		if (floor[i] < 0 || cycles[i] < 0)
			exit(1);
		ratio[i] = floor[i] / cycles[i];
	}
	out.ratio = median(ratio, r->rounds);
	out.ratio_min = ratio[0];
	out.ratio_max = ratio[r->rounds - 1];
	out.cycles = median(cycles, r->rounds);
	out.floor = median(floor, r->rounds);
	return out;
}

static double
gbit(double cycles, unsigned size)
{
	return bench_mean_size(size) * 8 * (double)rte_get_tsc_hz() / cycles / 1e9;
}

static const char *
way_name(enum bench_way way)
{
	static const char *const names[] = {"encrypt", "decrypt", "both"};

	return names[way];
}

static void
say(struct run *r, const char *suite, enum bench_way way, unsigned size, uint32_t sessions,
	const struct result *m)
{
	char size_text[16];

	if (size == BENCH_IMIX)
		strcpy(size_text, "IMIX");
	else
		snprintf(size_text, sizeof(size_text), "%u", size);
	if (!r->summary)
		printf("%-14s %-8s %5s %8u %9.0f %9.0f %8.2f %8.2f   %.2f (%.2f-%.2f)\n", suite,
			way_name(way), size_text, sessions, m->cycles, m->floor,
			gbit(m->cycles, size), gbit(m->floor, size), m->ratio, m->ratio_min,
			m->ratio_max);
	fflush(stdout);
	if (r->json == NULL)
		return;
	fprintf(r->json,
		"%s\n  {\"suite\": \"%s\", \"way\": \"%s\", \"size\": \"%s\", \"sessions\": %u, "
		"\"cycles\": %.1f, \"floor_cycles\": %.1f, \"gbit\": %.3f, \"floor_gbit\": %.3f, "
		"\"ratio\": %.4f, \"ratio_min\": %.4f, \"ratio_max\": %.4f}",
		r->json_more ? "," : "", suite, way_name(way), size_text, sessions, m->cycles,
		m->floor, gbit(m->cycles, size), gbit(m->floor, size), m->ratio, m->ratio_min,
		m->ratio_max);
	r->json_more = true;
}

static void
heading(const struct run *r, const char *text)
{
	if (!r->summary)
		printf("\n%s\n%-14s %-8s %5s %8s %9s %9s %8s %8s   %s\n", text, "suite", "way",
			"bytes", "sessions", "cycles", "floor", "Gbit/s", "floor", "ratio");
}

static void
sessions(struct run *r, const char *suite, uint32_t n)
{
	if (bench_sessions(&r->bench, suite, n) != 0)
		exit(1);
}

static void
sizes(struct run *r)
{
	static const unsigned size[] = {64, 128, 256, 512, 1024, 1400, BENCH_IMIX};

	heading(r, "By size, one session");
	sessions(r, "aes128-sha1", 1);
	for (enum bench_way way = BENCH_DOWN; way <= BENCH_BOTH; way++) {
		for (unsigned i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
			struct result m = measure(r, way, size[i]);

			say(r, "aes128-sha1", way, size[i], 1, &m);
		}
	}
}

static void
many_sessions(struct run *r)
{
	static const uint32_t n[] = {1, 100, 10000, 100000};

	heading(r, "By number of sessions, in random order");
	for (unsigned i = 0; i < sizeof(n) / sizeof(n[0]); i++) {
		sessions(r, "aes128-sha1", n[i]);
		for (enum bench_way way = BENCH_DOWN; way <= BENCH_UP; way++) {
			struct result m = measure(r, way, 1400);

			say(r, "aes128-sha1", way, 1400, n[i], &m);
		}
	}
	if (!r->summary)
		printf("a session with both SAs takes %zu bytes\n", r->bench.session_bytes);
}

static void
suites(struct run *r)
{
	heading(r, "By suite");
	for (size_t i = 0; i < esp_n_suites; i++) {
		sessions(r, esp_suites[i].name, 1);
		for (enum bench_way way = BENCH_DOWN; way <= BENCH_UP; way++) {
			struct result m = measure(r, way, 1400);

			say(r, esp_suites[i].name, way, 1400, 1, &m);
		}
	}
}

/* Where the cycles go, from the worker's own counters. */
static void
stages(struct run *r, enum bench_way way)
{
	struct worker *w = r->bench.w;

	memset(w->stage, 0, sizeof(w->stage));
	if (bench_pipeline(&r->bench, way, 1400, r->packets * 4) < 0)
		exit(1);
	printf("\nCycles per packet by stage, %s, 1400 bytes\n", way_name(way));
	for (unsigned i = 0; i < STAGE_N; i++) {
		const struct dp_stage_stats *s = &w->stage[i];

		if (s->packets > 0)
			printf("  %-10s %8.1f\n", stage_name(i),
				(double)s->cycles / (double)s->packets);
	}
}

/* The figures that the project promises (docs/performance.md). */
static void
summary(struct run *r)
{
	static const unsigned size[] = {1400, 64};
	static const uint32_t many[] = {10000, 100000};
	double one[2] = {0, 0};

	sessions(r, "aes128-sha1", 1);
	for (unsigned i = 0; i < 2; i++) {
		for (enum bench_way way = BENCH_DOWN; way <= BENCH_UP; way++) {
			struct result m = measure(r, way, size[i]);

			printf("%s_%u_ratio=%.3f\n%s_%u_gbit=%.2f\n", way_name(way), size[i],
				m.ratio, way_name(way), size[i], gbit(m.cycles, size[i]));
			if (i == 0)
				one[way] = m.cycles;
		}
	}
	for (unsigned i = 0; i < 2; i++) {
		double worst = 1e9, rate = 0;

		sessions(r, "aes128-sha1", many[i]);
		for (enum bench_way way = BENCH_DOWN; way <= BENCH_UP; way++) {
			struct result m = measure(r, way, 1400);

			if (one[way] / m.cycles < worst) {
				worst = one[way] / m.cycles;
				rate = gbit(m.cycles, 1400);
			}
		}
		printf("sessions_%uk_ratio=%.3f\nsessions_%uk_gbit=%.2f\n", many[i] / 1000, worst,
			many[i] / 1000, rate);
	}
	printf("session_bytes=%zu\n", r->bench.session_bytes);
}

static void
usage(FILE *to)
{
	fputs("usage: kanmon-bench [OPTION]...\n"
	      "  --summary      only name=value lines\n"
	      "  --quick        shorter rounds\n"
	      "  --core N       where to run (1)\n"
	      "  --no-huge      without huge pages\n"
	      "  --json FILE    the table as JSON\n",
		to);
}

static void
options(struct run *r, int argc, char **argv)
{
	static const struct option longs[] = {
		{"summary", no_argument, NULL, 's'},
		{"quick", no_argument, NULL, 'q'},
		{"core", required_argument, NULL, 'c'},
		{"no-huge", no_argument, NULL, 'n'},
		{"json", required_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 's':
			r->summary = true;
			break;
		case 'q':
			r->rounds = 5;
			r->packets = 64 * 600;
			break;
		case 'c':
			r->o.core = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'n':
			r->o.hugepages = false;
			break;
		case 'j':
			r->json = fopen(optarg, "w");
			if (r->json == NULL) {
				perror(optarg);
				exit(1);
			}
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
}

int
main(int argc, char **argv)
{
	struct run r = {
		.rounds = 9,
		.packets = 64 * 2000,
		.o = {.core = 1, .hugepages = true, .sessions = 100000},
	};

	options(&r, argc, argv);
	log_set_level_all(LOG_LEVEL_ERR);
	if (bench_open(&r.bench, &r.o) != 0)
		return 1;
	if (r.json)
		fprintf(r.json, "{\"tsc_hz\": %" PRIu64 ", \"results\": [", rte_get_tsc_hz());
	if (r.summary) {
		summary(&r);
	} else {
		printf("TSC %.3f GHz, bursts of %u, median of %u rounds\n",
			(double)rte_get_tsc_hz() / 1e9, BENCH_BURST, r.rounds);
		sizes(&r);
		stages(&r, BENCH_DOWN);
		stages(&r, BENCH_UP);
		many_sessions(&r);
		suites(&r);
	}
	if (r.json) {
		fputs("\n]}\n", r.json);
		fclose(r.json);
	}
	bench_close(&r.bench);
	return 0;
}
