/* SPDX-License-Identifier: BSD-3-Clause */
/* kanmond: the order of start and stop. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "bench_sessions.h"
#include "cli.h"
#include "cli_show.h"
#include "clock.h"
#include "config.h"
#include "crypto/legacy.h"
#include "gateway.h"
#include "log.h"
#include "log_sink.h"
#include "loop.h"
#include "telemetry.h"
#include "version.h"

#define EXIT_CONFIG 2

static volatile int stop_signal;

static void
on_signal(int sig)
{
	stop_signal = sig;
}

static void
usage(FILE *out)
{
	fputs("usage: kanmond -c FILE [--check] [--bench-sessions FILE]\n"
	      "  -c, --config FILE  read the configuration (YAML) from FILE\n"
	      "      --check        check the configuration and exit: 0 if it is valid, else 2\n"
	      "      --bench-sessions FILE\n"
	      "                     install static sessions with known keys, for benchmarks;\n"
	      "                     the configuration must have no users\n"
	      "      --keys         print all keys of the configuration and exit\n"
	      "  -V, --version      print the version and exit\n"
	      "  -h, --help         print this help and exit\n",
		out);
}

struct options {
	const char *config;
	const char *bench; /* static sessions, or NULL */
	bool check;
};

/* Returns -1 to go on, else the exit status. */
static int
parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{"config", required_argument, NULL, 'c'},
		{"check", no_argument, NULL, 'C'},
		{"bench-sessions", required_argument, NULL, 'B'},
		{"keys", no_argument, NULL, 'K'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:Vh", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 'C':
			o->check = true;
			break;
		case 'B':
			o->bench = optarg;
			break;
		case 'K':
			config_print_keys(stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("kanmond " VERSION_TEXT);
			return EXIT_SUCCESS;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		default:
			usage(stderr);
			return EXIT_CONFIG;
		}
	}
	if (optind < argc || o->config == NULL) {
		usage(stderr);
		return EXIT_CONFIG;
	}
	return -1;
}

/* Prints errors, which end the program; logs warnings, unless --check only reports. */
static void
report(void *arg, enum config_severity severity, const char *line)
{
	const struct options *o = arg;

	if (severity == CONFIG_WARNING && !o->check)
		log_warning(CONFIG, NULL, "%s", line);
	else
		fprintf(stderr, "%s\n", line);
}

static void
set_log_levels(const struct config *config)
{
	log_set_level_all(config->log_level);
	for (int i = 0; i < LOG_N_MODULES; i++)
		if (config->log_module_level[i] != 0)
			log_set_level(i, config->log_module_level[i]);
}

static void
catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Reads the configuration and the static sessions if there are any, and reports on them. */
static int
read_files(struct options *o, struct config *config, struct bench_plan *plan)
{
	unsigned flags = (o->bench != NULL ? CONFIG_BENCH : 0) |
			 (o->check ? CONFIG_ANY_MACHINE : 0);
	int rc = config_load(o->config, flags, config, report, o);

	if (rc != 0 || o->bench == NULL)
		return rc;
	rc = bench_plan_read(o->bench, config, plan, report, o);
	if (rc != 0)
		config_free(config);
	return rc;
}

/* Runs the gateway on a data plane that has started; plan: static sessions, or NULL. */
static int
serve(const struct config *config, struct dp *dp, const struct bench_plan *plan)
{
	/* Too large for a stack, and main's own. */
	struct gateway *gw = malloc(sizeof(*gw));
	struct bench_sessions *bench = NULL;
	int rc;

	if (gw == NULL)
		return -ENOMEM;
	rc = gateway_init(gw, config, dp, clock_ms());
	if (rc != 0)
		goto out;
	if (plan != NULL && (bench = bench_sessions_new(dp, config, plan)) == NULL) {
		rc = -EIO;
		gateway_fini(gw);
		goto out;
	}
	gw->cli = cli_new(config->control_socket, cli_show_commands, cli_show_n_commands, gw);
	if (gw->cli == NULL) {
		rc = -EIO;
		gateway_fini(gw);
		goto out;
	}
	telemetry_init(gw);
	log_notice(MAIN, NULL, "kanmond " VERSION_TEXT " is ready");
	loop_run(gw, &stop_signal);
	telemetry_fini();
	cli_free(gw->cli);
	gateway_fini(gw);
	log_notice(MAIN, NULL, "stopped");
out:
	bench_sessions_free(bench);
	free(gw);
	return rc;
}

int
main(int argc, char **argv)
{
	struct options options = {0};
	struct config config;
	struct bench_plan plan;
	struct dp_config dp_config;
	struct dp *dp = NULL;
	int rc = parse_options(argc, argv, &options);

	if (rc >= 0)
		return rc;
	log_sink_open();
	if (sodium_init() < 0) {
		log_err(MAIN, NULL, "cannot initialize libsodium");
		return EXIT_FAILURE;
	}
	if (read_files(&options, &config, &plan) != 0)
		return EXIT_CONFIG;
	if (options.check) {
		printf("%s: configuration OK\n", options.config);
		config_free(&config);
		return EXIT_SUCCESS;
	}
	set_log_levels(&config);
	rc = legacy_init();
	if (rc != 0) {
		log_err(MAIN, NULL, "cannot load OpenSSL's legacy provider, which MS-CHAPv2 needs");
		config_free(&config);
		return EXIT_FAILURE;
	}
	catch_signals();
	config_dp(&config, &dp_config);
	rc = dp_start(&dp_config, &dp);
	if (rc == 0)
		rc = serve(&config, dp, options.bench != NULL ? &plan : NULL);
	dp_stop(dp);
	legacy_fini();
	config_free(&config);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
