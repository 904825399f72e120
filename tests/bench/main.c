/* SPDX-License-Identifier: BSD-3-Clause */
/* kanmon-bench: what is measured, in which order and how often. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <rte_cycles.h>

#include "bench.h"
#include "log.h"
#include "report.h"

#define ROUNDS_MAX 64
#define SUITE      "aes128-sha1"
#define MANY       100000

#define STAGE_RUNS  200
#define STAGE_TURNS 10

struct run {
	struct bench bench;
	struct bench_options o;
	struct report report;
	unsigned rounds;
	uint32_t packets; /* of one measurement */
	bool summary, quick;
};

static const unsigned sizes[] = {64, 128, 256, 512, 1024, 1400, BENCH_IMIX};
#define N_SIZES (sizeof(sizes) / sizeof(sizes[0]))

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts. */
static double
median(double *v, unsigned n)
{
	qsort(v, n, sizeof(*v), by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static double
pipeline(struct run *r, enum bench_way way, unsigned size, uint32_t sessions)
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

/* What the rounds of one figure gave. */
struct series {
	double cycles[ROUNDS_MAX], floor[ROUNDS_MAX], ratio[ROUNDS_MAX];
};

/* Both in turns, so that what the machine does meanwhile falls on both. */
static void
measure_round(struct run *r, struct series *s, unsigned round, enum bench_way way, unsigned size,
	uint32_t sessions)
{
	s->floor[round] = ipsec_mb(r, way, size);
	s->cycles[round] = pipeline(r, way, size, sessions);
	s->ratio[round] = s->floor[round] / s->cycles[round];
}

/* Sorts. */
static struct result
result_of(const struct run *r, struct series *s)
{
	struct result out;

	out.ratio = median(s->ratio, r->rounds);
	out.ratio_min = s->ratio[0];
	out.ratio_max = s->ratio[r->rounds - 1];
	out.cycles = median(s->cycles, r->rounds);
	out.floor = median(s->floor, r->rounds);
	return out;
}

static struct result
measure(struct run *r, enum bench_way way, unsigned size, uint32_t sessions)
{
	struct series s;

	for (unsigned i = 0; i < r->rounds; i++)
		measure_round(r, &s, i, way, size, sessions);
	return result_of(r, &s);
}

static void
sessions(struct run *r, const char *suite, uint32_t n)
{
	if (bench_sessions(&r->bench, suite, n) != 0)
		exit(1);
}

static void
measure_and_say(struct run *r, const char *suite, enum bench_way way, unsigned size, uint32_t n)
{
	struct result m = measure(r, way, size, n);

	report_result(&r->report, suite, way, size, n, &m);
}

/* --- the table ----------------------------------------------------------------------------------------------- */

/* When it must be quick, the sizes with one session and the numbers of sessions at 1400. */
static bool
wanted(const struct run *r, uint32_t sessions, unsigned size)
{
	return !r->quick || sessions == 1 || size == 1400;
}

/* A block of the table. All its sizes and directions are in each round, so that they have the same machine. */
static void
block(struct run *r, uint32_t n)
{
	static struct series s[BENCH_BOTH + 1][N_SIZES];
	char text[80];

	snprintf(text, sizeof(text), "%u session%s in random order", n, n == 1 ? "" : "s");
	report_heading(&r->report, text);
	for (unsigned i = 0; i < r->rounds; i++)
		for (enum bench_way way = BENCH_DOWN; way <= BENCH_BOTH; way++)
			for (unsigned k = 0; k < N_SIZES; k++)
				if (wanted(r, n, sizes[k]))
					measure_round(r, &s[way][k], i, way, sizes[k], n);
	for (enum bench_way way = BENCH_DOWN; way <= BENCH_BOTH; way++) {
		for (unsigned k = 0; k < N_SIZES; k++) {
			struct result m;

			if (!wanted(r, n, sizes[k]))
				continue;
			m = result_of(r, &s[way][k]);
			report_result(&r->report, SUITE, way, sizes[k], n, &m);
		}
	}
}

static void
table(struct run *r)
{
	static const uint32_t n[] = {1, 100, 10000, MANY};

	sessions(r, SUITE, MANY);
	for (unsigned i = 0; i < sizeof(n) / sizeof(n[0]); i++)
		block(r, n[i]);
	if (!r->report.quiet)
		printf("A session with both SAs takes %zu bytes; %u of them %zu MiB, the last cache "
		       "has %ld.\n",
			r->bench.session_bytes, MANY, MANY * r->bench.session_bytes >> 20,
			sysconf(_SC_LEVEL3_CACHE_SIZE) >> 20);
}

/* DES takes thirty times as long as AES: fewer packets are enough. */
static void
suites(struct run *r)
{
	uint32_t packets = r->packets;

	report_heading(&r->report, "By suite");
	for (size_t i = 0; i < esp_n_suites; i++) {
		sessions(r, esp_suites[i].name, 1);
		r->packets = esp_suites[i].cipher == ESP_AES_CBC ? packets : packets / 16;
		for (enum bench_way way = BENCH_DOWN; way <= BENCH_BOTH; way++)
			measure_and_say(r, esp_suites[i].name, way, 1400, 1);
	}
	r->packets = packets;
}

/*
 * Where the cycles go, from the worker's own counters: per packet that came in, so that they add up. Medians over
 * many short runs.
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
		pipeline(r, way, 1400, n);
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
		cycles = median(v[k], STAGE_RUNS);
		report_stage(&r->report, way, n, stage_name(k), cycles);
		all += cycles;
	}
	report_stage(&r->report, way, n, "all", all);
}

/* Of 32, as often quoted, beside that of this benchmark. */
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
				double v[ROUNDS_MAX];

				for (unsigned j = 0; j < r->rounds; j++)
					v[j] = bench_floor(
						&r->bench, way, size[i], burst[k], r->packets);
				printf("   in %u: %5.0f", burst[k], median(v, r->rounds));
			}
			printf("\n");
		}
	}
}

static void
full(struct run *r)
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

/* --- the filter ---------------------------------------------------------------------------------------------- */

#define RULES 1000

static void
rules(struct run *r, uint32_t n)
{
	if (bench_filter(&r->bench, n) != 0)
		exit(1);
}

static void
summary_cost(struct run *r, const char *name, double cost)
{
	printf("filter_%u_%s=%.3f\n", RULES, name, cost);
	fflush(stdout);
	report_value(&r->report, name, cost);
}

/*
 * What packets of established flows in sessions cost when there are rules, in parts of what they cost without, in turns;
 * the worse direction counts.
 */
static void
summary_filter(struct run *r)
{
	double ratio[ROUNDS_MAX], worst = 0;

	for (enum bench_way way = BENCH_DOWN; way <= BENCH_UP; way++) {
		for (unsigned i = 0; i < r->rounds; i++) {
			double without = pipeline(r, way, 64, 1);

			rules(r, RULES);
			pipeline(r, way, 64, 1);
			ratio[i] = pipeline(r, way, 64, 1) / without - 1;
			rules(r, 0);
		}
		worst = RTE_MAX(worst, median(ratio, r->rounds));
	}
	summary_cost(r, "session_cost", worst);
}

/* --- the summary --------------------------------------------------------------------------------------------- */

/* Rate of so many sessions at random beside that of one, in turns; the worse direction counts. */
static void
summary_sessions(struct run *r, uint32_t n)
{
	double ratio[ROUNDS_MAX], cycles[ROUNDS_MAX], worst = 1e9, gbit = 0;

	for (enum bench_way way = BENCH_DOWN; way <= BENCH_UP; way++) {
		double m;

		for (unsigned i = 0; i < r->rounds; i++) {
			double one = pipeline(r, way, 1400, 1);

			cycles[i] = pipeline(r, way, 1400, n);
			ratio[i] = one / cycles[i];
		}
		m = median(ratio, r->rounds);
		if (m < worst) {
			worst = m;
			gbit = report_gbit(median(cycles, r->rounds), 1400);
		}
	}
	printf("sessions_%uk_ratio=%.3f\nsessions_%uk_gbit=%.2f\n", n / 1000, worst, n / 1000,
		gbit);
	fflush(stdout);
}

/* The figures that the project promises (docs/performance.md). */
static void
summary(struct run *r)
{
	static const unsigned size[] = {1400, 64};

	r->report.quiet = true;
	sessions(r, SUITE, MANY);
	report_list(&r->report, "results");
	for (unsigned i = 0; i < 2; i++) {
		for (enum bench_way way = BENCH_DOWN; way <= BENCH_UP; way++) {
			struct result m = measure(r, way, size[i], 1);

			printf("%s_%u_ratio=%.3f\n%s_%u_gbit=%.2f\n", report_way(way), size[i],
				m.ratio, report_way(way), size[i], report_gbit(m.cycles, size[i]));
			report_result(&r->report, SUITE, way, size[i], 1, &m);
		}
	}
	report_list_end(&r->report);
	summary_sessions(r, 10000);
	summary_sessions(r, MANY);
	summary_filter(r);
	printf("session_bytes=%zu\n", r->bench.session_bytes);
	report_value(&r->report, "session_bytes", (double)r->bench.session_bytes);
}

/* --- NAT ------------------------------------------------------------------------------------------------------ */

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

/* All ways in turns, so that what the machine does meanwhile falls on all of them. */
static void
nat_case(struct run *r, struct nat_bench *nb, unsigned size, uint32_t n)
{
	static double v[NAT_BENCH_N][ROUNDS_MAX];
	double ratio[2][ROUNDS_MAX], cycles[NAT_BENCH_N], least[2];

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
		cycles[way] = median(v[way], r->rounds);
	for (unsigned k = 0; k < 2; k++)
		least[k] = median(ratio[k], r->rounds);
	report_nat(&r->report, r->summary, size, n, cycles, least);
}

/* Cycles of the slower of these ways, with so many rules. */
static double
slower(struct run *r, struct nat_bench *nb, enum nat_way from, enum nat_way to, uint32_t n,
	uint32_t n_rules)
{
	double worst = 0;

	/* Once for nothing: rules that are new know no flows. */
	rules(r, n_rules);
	for (enum nat_way way = from; way <= to; way++)
		nat_bench_run(nb, way, 64, n, r->packets);
	for (enum nat_way way = from; way <= to; way++)
		worst = RTE_MAX(worst, nat_bench_run(nb, way, 64, n, r->packets));
	rules(r, 0);
	if (worst <= 0)
		exit(1);
	return worst;
}

/* What rules cost those flows, in parts of what they cost without, in turns. */
static double
rules_cost(struct run *r, struct nat_bench *nb, enum nat_way from, enum nat_way to, uint32_t n)
{
	double cost[ROUNDS_MAX];

	for (unsigned i = 0; i < r->rounds; i++) {
		double without = slower(r, nb, from, to, n, 0);

		cost[i] = slower(r, nb, from, to, n, RULES) / without - 1;
	}
	return median(cost, r->rounds);
}

/* Of NAT's flows with one and with many sessions; of flows that leave as they are, which the filter follows itself. */
static void
nat_rules(struct run *r, struct nat_bench *nb)
{
	double one = rules_cost(r, nb, NAT_BENCH_OUT, NAT_BENCH_IN, 1);
	double many = rules_cost(r, nb, NAT_BENCH_OUT, NAT_BENCH_IN, NAT_MANY);

	summary_cost(r, "cost", RTE_MAX(one, many));
	summary_cost(r, "plain_cost", rules_cost(r, nb, NAT_BENCH_PLAIN, NAT_BENCH_PLAIN, 1000));
}

static void
nat(struct run *r)
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

/* --- many workers -------------------------------------------------------------------------------------------- */

/* Whether all packets came out in order. */
static bool
workers(struct run *r)
{
	const uint32_t packets = 8192;
	bool good = true;
	struct flow *flow;

	sessions(r, SUITE, 100);
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
		fputs("packets were lost, out of order or not where they should be\n", stderr);
	return good;
}

/* --- command line -------------------------------------------------------------------------------------------- */

static void
usage(FILE *to)
{
	fputs("usage: kanmon-bench [OPTION]...\n"
	      "  --summary      only name=value lines\n"
	      "  --quick        fewer and shorter rounds, of the table only the edges\n"
	      "  --nat          instead: NAT44 beside plain forwarding\n"
	      "  --workers N    instead: so many worker threads; packets arrive at the wrong one\n"
	      "  --core N       where to run (1)\n"
	      "  --no-huge      without huge pages\n"
	      "  --json FILE    the table as JSON\n",
		to);
}

static unsigned
number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end != '\0' || end == text || n > 1023) {
		usage(stderr);
		exit(2);
	}
	return (unsigned)n;
}

static void
options(struct run *r, int argc, char **argv)
{
	static const struct option longs[] = {
		{"summary", no_argument, NULL, 's'},
		{"quick", no_argument, NULL, 'q'},
		{"nat", no_argument, NULL, 'N'},
		{"workers", required_argument, NULL, 'w'},
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
			r->quick = true;
			r->rounds = 11;
			r->packets = 64 * 300;
			break;
		case 'N':
			r->o.nat = nat_bench_config();
			r->o.sessions = 1;
			break;
		case 'w':
			r->o.n_workers = number(optarg);
			r->o.threads = true;
			if (r->o.n_workers == 0 || r->o.n_workers > 8) {
				fputs("--workers takes 1 to 8\n", stderr);
				exit(2);
			}
			break;
		case 'c':
			r->o.core = number(optarg);
			break;
		case 'n':
			r->o.hugepages = false;
			break;
		case 'j':
			r->report.json = fopen(optarg, "w");
			if (r->report.json == NULL) {
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
	static struct run r = {
		.rounds = 15,
		.packets = 64 * 600,
		.o = {.core = 1, .n_workers = 1, .hugepages = true, .sessions = MANY},
	};
	bool good = true;

	options(&r, argc, argv);
	log_set_level_all(LOG_LEVEL_ERR);
	if (bench_open(&r.bench, &r.o) != 0)
		return 1;
	report_begin(&r.report);
	if (r.o.threads)
		good = workers(&r);
	else if (r.o.nat != NULL)
		nat(&r);
	else if (r.summary)
		summary(&r);
	else
		full(&r);
	report_end(&r.report);
	bench_close(&r.bench);
	return good ? 0 : 1;
}
