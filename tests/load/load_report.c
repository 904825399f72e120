/* SPDX-License-Identifier: BSD-3-Clause */
/* Results: the progress line, the table, JSON. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"

#define PROGRESS_US 1000000

void
load_samples_add(struct samples *s, uint64_t us)
{
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 1024;
		uint32_t *grown = realloc(s->us, room * sizeof(*grown));

		if (grown == NULL)
			return;
		s->us = grown;
		s->room = room;
	}
	s->us[s->n++] = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static double
percentile_ms(struct samples *s, double percent)
{
	size_t i = (size_t)((double)s->n * percent / 100);

	if (s->n == 0)
		return 0;
	return s->us[i < s->n ? i : s->n - 1] / 1e3;
}

static double
mbps(uint64_t bytes, uint64_t us)
{
	return us == 0 ? 0 : (double)bytes * 8 / (double)us;
}

static double
setup_rate(const struct load *l)
{
	uint64_t us = l->connects.busy_us;

	return us == 0 ? 0 : (double)l->connects.up / ((double)us / 1e6);
}

void
load_report_progress(struct load *l)
{
	uint64_t bytes = l->traffic[FLOW_UP].got_bytes + l->traffic[FLOW_DOWN].got_bytes;
	double s = (double)(l->now_us - l->progress_us) / 1e6;

	if (l->o.quiet || !isatty(STDERR_FILENO) || l->now_us - l->progress_us < PROGRESS_US)
		return;
	fprintf(stderr,
		"\r%7.1f s  %-18s up %u/%u (%+.0f/s)  failed %" PRIu64 "  %.1f Mbit/s\033[K",
		(double)(l->now_us - l->begun_us) / 1e6, load_steps_name(l), l->n_up,
		l->role_n[ROLE_GOOD], ((double)l->n_up - l->progress_up) / s,
		l->connects.failures + l->connects.ended,
		mbps(bytes - l->progress_bytes, l->now_us - l->progress_us));
	l->progress_us = l->now_us;
	l->progress_bytes = bytes;
	l->progress_up = l->n_up;
}

/* --- one list of figures, printed in two ways ------------------------------------------------- */

static const char *const way_names[] = {"up", "down"};

static void
sort_all(struct connect_stats *s)
{
	for (unsigned i = 0; i < CLIENT_N_PHASES; i++)
		if (s->phase[i].n > 0)
			qsort(s->phase[i].us, s->phase[i].n, sizeof(uint32_t), compare);
	if (s->total.n > 0)
		qsort(s->total.us, s->total.n, sizeof(uint32_t), compare);
}

static void
table_row(FILE *f, const char *name, struct samples *s)
{
	if (s->n > 0)
		fprintf(f, "  %-18s %9zu %10.1f %10.1f %10.1f %10.1f\n", name, s->n,
			percentile_ms(s, 50), percentile_ms(s, 90), percentile_ms(s, 99),
			percentile_ms(s, 100));
}

static void
table_connects(struct load *l, FILE *f)
{
	struct connect_stats *s = &l->connects;

	fprintf(f,
		"connects: %" PRIu64 " of %" PRIu64 ", %.1f per second; failed %" PRIu64
		", ended later %" PRIu64 "\n",
		s->up, s->begun, setup_rate(l), s->failures, s->ended);
	if (s->total.n > 0)
		fprintf(f, "  %-18s %9s %10s %10s %10s %10s\n", "milliseconds", "n", "p50", "p90",
			"p99", "max");
	table_row(f, "time to connect", &s->total);
	for (enum client_phase i = CLIENT_MAIN_MODE; i < CLIENT_UP; i++)
		table_row(f, client_phase_name(i), &s->phase[i]);
	for (enum client_why i = 0; i < CLIENT_N_WHYS; i++)
		if (s->why[i] > 0)
			fprintf(f, "  %-18s %9" PRIu64 "  %s (%s)\n", client_why_name(i), s->why[i],
				client_why_str(i), s->text[i]);
}

static void
table_traffic(struct load *l, FILE *f)
{
	if (l->traffic_us == 0)
		return;
	fprintf(f, "\n%-8s %10s %10s %8s %8s %9s %8s %8s %10s\n", "traffic", "sent", "arrived",
		"lost", "twice", "reordered", "corrupt", "foreign", "Mbit/s");
	for (enum flow_way w = 0; w < FLOW_N; w++) {
		const struct traffic_stats *t = &l->traffic[w];

		fprintf(f,
			"%-8s %10" PRIu64 " %10" PRIu64 " %8" PRIu64 " %8" PRIu64 " %9" PRIu64
			" %8" PRIu64 " %8" PRIu64 " %10.1f\n",
			way_names[w], t->sent, t->got, load_traffic_missing(l, w), t->duplicated,
			t->reordered, t->corrupt, t->foreign, mbps(t->got_bytes, l->traffic_us));
	}
}

/* Counters that are usually 0: the table has only the others. */
struct figure {
	const char *section, *name;
	uint64_t value;
};

#define FIGURES_MAX 40

static unsigned
figures(const struct load *l, struct figure f[FIGURES_MAX])
{
	const struct figure all[] = {
		{"fragments", "up", l->traffic[FLOW_UP].fragments},
		{"fragments", "down", l->traffic[FLOW_DOWN].fragments},
		{"impaired", "lost", l->impaired.lost},
		{"impaired", "delayed", l->impaired.delayed},
		{"impaired", "duplicated", l->impaired.duplicated},
		{"impaired", "reordered", l->impaired.reordered},
		{"hostile", "flood", l->misdeeds.flood},
		{"hostile", "half_open", l->misdeeds.half_open},
		{"hostile", "wrong_psk", l->misdeeds.wrong_psk},
		{"hostile", "wrong_password", l->misdeeds.wrong_password},
		{"hostile", "replay", l->misdeeds.replay},
		{"hostile", "corrupt", l->misdeeds.corrupt},
		{"hostile", "spoof", l->misdeeds.spoof},
		{"hostile", "fuzz", l->misdeeds.fuzz},
		{"hostile", "fuzz_control", l->misdeeds.fuzz_control},
		{"pairs", "made", l->pairs},
		{"rekeys", "asked", l->rekeys},
		{"rekeys", "done", l->rekeyed},
		{"nat", "keepalives", l->keepalives},
		{"inform", "asked", l->informs},
		{"inform", "answered", l->informed},
		{"esp_in", "no_sa", l->esp.no_sa},
		{"esp_in", "replayed", l->esp.replayed},
		{"esp_in", "bad", l->esp.bad},
		{"esp_in", "bad_sum", l->esp.bad_sum},
		{"ports", "wan_rx", l->port[DP_WAN].rx_packets},
		{"ports", "wan_tx", l->port[DP_WAN].tx_packets},
		{"ports", "wan_tx_full", l->port[DP_WAN].tx_full},
		{"ports", "lan_rx", l->port[DP_LAN].rx_packets},
		{"ports", "lan_tx", l->port[DP_LAN].tx_packets},
		{"ports", "lan_tx_full", l->port[DP_LAN].tx_full},
	};

	static_assert(sizeof(all) / sizeof(all[0]) <= FIGURES_MAX, "FIGURES_MAX is too small");
	memcpy(f, all, sizeof(all));
	return sizeof(all) / sizeof(all[0]);
}

void
load_report_end(struct load *l, FILE *f)
{
	struct figure all[FIGURES_MAX];
	unsigned n = figures(l, all);
	const char *section = "";

	if (!l->o.quiet && isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	sort_all(&l->connects);
	table_connects(l, f);
	table_traffic(l, f);
	for (unsigned i = 0; i < n; i++) {
		if (all[i].value == 0)
			continue;
		if (strcmp(section, all[i].section) != 0)
			fprintf(f, "\n%-8s", all[i].section);
		section = all[i].section;
		fprintf(f, " %s %" PRIu64, all[i].name, all[i].value);
	}
	fprintf(f, "\n");
}

static void
json_samples(FILE *f, const char *name, struct samples *s)
{
	fprintf(f,
		"    \"%s\": {\"n\": %zu, \"p50\": %.3f, \"p90\": %.3f, \"p99\": %.3f, "
		"\"max\": %.3f}",
		name, s->n, percentile_ms(s, 50), percentile_ms(s, 90), percentile_ms(s, 99),
		percentile_ms(s, 100));
}

static void
json_connects(struct load *l, FILE *f)
{
	struct connect_stats *s = &l->connects;
	const char *comma = "";

	fprintf(f,
		"  \"connects\": {\"begun\": %" PRIu64 ", \"up\": %" PRIu64
		", \"failures\": %" PRIu64 ", \"ended\": %" PRIu64
		", \"per_second\": %.3f},\n  \"causes\": {",
		s->begun, s->up, s->failures, s->ended, setup_rate(l));
	for (enum client_why i = 0; i < CLIENT_N_WHYS; i++)
		if (s->why[i] > 0) {
			fprintf(f, "%s\"%s\": %" PRIu64, comma, client_why_name(i), s->why[i]);
			comma = ", ";
		}
	fprintf(f, "},\n  \"connect_ms\": {\n");
	json_samples(f, "total", &s->total);
	for (enum client_phase i = CLIENT_MAIN_MODE; i < CLIENT_UP; i++) {
		fprintf(f, ",\n");
		json_samples(f, client_phase_name(i), &s->phase[i]);
	}
	fprintf(f, "\n  },\n");
}

static void
json_traffic(struct load *l, FILE *f)
{
	fprintf(f, "  \"traffic\": {\n    \"seconds\": %.3f", (double)l->traffic_us / 1e6);
	for (enum flow_way w = 0; w < FLOW_N; w++) {
		const struct traffic_stats *t = &l->traffic[w];

		fprintf(f,
			",\n    \"%s\": {\"sent\": %" PRIu64 ", \"arrived\": %" PRIu64
			", \"lost\": %" PRIu64 ", \"duplicated\": %" PRIu64
			", \"reordered\": %" PRIu64 ", \"corrupt\": %" PRIu64
			", \"foreign\": %" PRIu64 ", \"whole\": %u, \"mbps\": %.3f}",
			way_names[w], t->sent, t->got, load_traffic_missing(l, w), t->duplicated,
			t->reordered, t->corrupt, t->foreign, load_traffic_whole(l, w),
			mbps(t->got_bytes, l->traffic_us));
	}
	fprintf(f, "\n  }");
}

int
load_report_json(struct load *l, const char *path)
{
	struct figure all[FIGURES_MAX];
	unsigned n = figures(l, all);
	const char *section = "";
	FILE *f = fopen(path, "w");
	int rc = 0;

	if (f == NULL) {
		rc = -errno;
		fprintf(stderr, "%s: %s\n", path, strerror(-rc));
		return rc;
	}
	fprintf(f, "{\n  \"seconds\": %.3f,\n  \"clients\": %u,\n",
		(double)(l->now_us - l->begun_us) / 1e6, l->role_n[ROLE_GOOD]);
	json_connects(l, f);
	json_traffic(l, f);
	for (unsigned i = 0; i < n; i++) {
		bool same = strcmp(section, all[i].section) == 0;

		if (!same)
			fprintf(f, "%s,\n  \"%s\": {", section[0] ? "}" : "", all[i].section);
		fprintf(f, "%s\"%s\": %" PRIu64, same ? ", " : "", all[i].name, all[i].value);
		section = all[i].section;
	}
	fprintf(f, "}\n}\n");
	if (fclose(f) != 0) {
		rc = -errno;
		fprintf(stderr, "%s: %s\n", path, strerror(-rc));
	}
	return rc;
}
