/* SPDX-License-Identifier: BSD-3-Clause */
/* kanmon-bench: the command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "run.h"

static void
usage(FILE *to)
{
	fputs("usage: kanmon-bench [OPTION]...\n"
	      "  --summary      print name=value lines only\n"
	      "  --quick        run fewer and shorter rounds, and only the edges of the table\n"
	      "  --nat          measure NAT44 and plain forwarding instead\n"
	      "  --workers N    measure N worker threads instead, with hand-overs between them\n"
	      "  --core N       CPU of the first worker (default 1)\n"
	      "  --no-huge      run without huge pages\n"
	      "  --json FILE    write the tables as JSON\n",
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
		.o = {.core = 1, .n_workers = 1, .hugepages = true, .sessions = RUN_MANY},
	};
	bool good = true;

	options(&r, argc, argv);
	log_set_level_all(LOG_LEVEL_ERR);
	if (bench_open(&r.bench, &r.o) != 0)
		return 1;
	report_begin(&r.report);
	if (r.o.threads)
		good = run_workers(&r);
	else if (r.o.nat != NULL)
		run_nat(&r);
	else if (r.summary)
		run_summary(&r);
	else
		run_table(&r);
	report_end(&r.report);
	bench_close(&r.bench);
	return good ? 0 : 1;
}
