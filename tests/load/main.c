/* SPDX-License-Identifier: BSD-3-Clause */
/* kanmon-load: start, loop, end. Exit status: 0 all is well, 1 something failed, 2 wrong usage. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sodium.h>

#include "crypto/legacy.h"
#include "load.h"
#include "log.h"

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static uint64_t
clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* A worker of the data plane without a thread: its lanes and crypto, for esp_out(). */
static struct worker *
worker_new(void)
{
	struct worker *w = aligned_alloc(
		RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(sizeof(*w), RTE_CACHE_LINE_SIZE));

	if (w == NULL)
		return NULL;
	memset(w, 0, sizeof(*w));
	w->mb = alloc_mb_mgr(0);
	if (w->mb == NULL) {
		free(w);
		return NULL;
	}
	init_mb_mgr_auto(w->mb, NULL);
	return w;
}

static int
open_all(struct load *l)
{
	int rc;

	list_init(&l->retired);
	l->now_us = l->begun_us = clock_us();
	timers_init(&l->timers, l->now_us / 1000);
	srand48((long)l->o.seed);
	l->w = worker_new();
	if (l->w == NULL)
		return -ENOMEM;
	if (l->o.pcap[0] != '\0' && (l->trace = load_trace_open(l->o.pcap)) == NULL)
		return -EIO;
	if (l->o.marks[0] != '\0' && (l->marks = fopen(l->o.marks, "w")) == NULL) {
		fprintf(stderr, "%s: %s\n", l->o.marks, strerror(errno));
		return -EIO;
	}
	rc = load_ports_open(l);
	if (rc == 0)
		rc = load_peers_open(l);
	return rc != 0 ? rc : load_hostile_open(l);
}

/* Announces the addresses: the gateway may have neighbour entries of an earlier run. */
static void
announce(struct load *l)
{
	if (l->port[DP_WAN].used && l->o.wan_address != 0)
		load_port_arp(l, DP_WAN, l->o.wan_address, l->o.wan_address, NULL);
	if (l->port[DP_LAN].used)
		load_port_arp(l, DP_LAN, l->o.lan_address, l->o.lan_address, NULL);
}

static void
run(struct load *l)
{
	announce(l);
	load_steps_begin(l);
	l->progress_us = l->now_us;
	while (!stop) {
		uint64_t before = l->port[DP_WAN].rx_packets + l->port[DP_LAN].rx_packets +
				  l->port[DP_WAN].tx_packets;

		l->now_us = clock_us();
		if (l->now_us / 1000 != l->timers.now_ms)
			timers_run(&l->timers, l->now_us / 1000);
		load_wan_run(l);
		load_lan_run(l);
		if (!load_steps_run(l))
			break;
		load_traffic_run(l, load_steps_traffic(l));
		load_hostile_run(l);
		load_esp_seal(l);
		load_port_flush(l);
		load_peer_reap(l);
		load_report_progress(l);
		if (l->o.idle_sleep_us > 0 && before == l->port[DP_WAN].rx_packets +
								l->port[DP_LAN].rx_packets +
								l->port[DP_WAN].tx_packets)
			usleep(l->o.idle_sleep_us);
	}
	/* Sends the last goodbyes. */
	load_esp_seal(l);
	load_port_flush(l);
}

static void
close_all(struct load *l)
{
	load_hostile_close(l);
	load_peers_close(l);
	load_ports_close(l);
	load_trace_close(l->trace);
	if (l->marks != NULL)
		fclose(l->marks);
	slabs_fini(&l->slabs);
	free_mb_mgr(l->w->mb);
	free(l->w);
	for (unsigned i = 0; i < CLIENT_N_PHASES; i++)
		free(l->connects.phase[i].us);
	free(l->connects.total.us);
}

/* With impairments, losses and duplicates are expected; without, they are failures. */
static bool
went_well(const struct load *l)
{
	bool clean = l->o.loss == 0 && l->o.duplicate == 0;

	if (l->connects.failures > 0 || l->connects.ended > 0 || l->rekeyed < l->rekeys)
		return false;
	for (enum flow_way w = 0; w < FLOW_N; w++) {
		const struct traffic_stats *t = &l->traffic[w];

		if (t->corrupt > 0 || t->foreign > 0 || t->duplicated > 0 ||
			(clean && load_traffic_missing(l, w) > 0))
			return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct load *l = calloc(1, sizeof(*l));
	struct sigaction action = {.sa_handler = on_signal};
	bool well;
	int rc;

	if (l == NULL || sodium_init() < 0 || legacy_init() != 0) {
		fprintf(stderr, "out of memory, or no libsodium or legacy provider of OpenSSL\n");
		free(l);
		return 1;
	}
	log_set_level_all(LOG_LEVEL_WARNING);
	rc = load_options_read(&l->o, argc, argv);
	if (rc != 0) {
		free(l);
		return rc > 0 ? 0 : 2;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (open_all(l) != 0) {
		fprintf(stderr, "kanmon-load cannot start\n");
		free(l);
		return 1;
	}
	run(l);
	load_report_end(l, stdout);
	well = went_well(l);
	if (l->o.json[0] != '\0' && load_report_json(l, l->o.json) != 0)
		well = false;
	close_all(l);
	free(l);
	legacy_fini();
	return well ? 0 : 1;
}
