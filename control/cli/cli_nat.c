/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli_nat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE          100 /* rows, when not told */

static enum cli_status
no_nat(struct cli_out *out)
{
	cli_message(out, "NAT is off: nat.source and nat.destination have no rules");
	return CLI_FAILED;
}

enum cli_status
cli_nat_show(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {"Name", "Count", "Meaning"};
	struct gateway *gw = arg;
	struct dp_nat_stats s;

	(void)argc;
	(void)argv;
	if (!dp_nat_on(gw->dp))
		return no_nat(out);
	dp_nat_stats(gw->dp, &s);
	const struct {
		const char *name;
		uint64_t count;
		const char *text;
	} rows[] = {
		{"sessions", s.sessions, "current sessions"},
		{"sessions_max", gw->config->nat.max_sessions,
			"limit of sessions (nat.max_sessions)"},
		{"sessions_peak", s.peak, "highest number of sessions so far"},
		{"mappings", s.mappings, "current port mappings"},
		{"opened", s.opened, "sessions opened so far"},
		{"opened_from_outside", s.opened_from_outside,
			"of those, opened by a host on the WAN"},
		{"expired", s.expired, "sessions that ended after the idle timeout"},
		{"evicted", s.evicted, "sessions dropped early because there were too many"},
		{"evicted_ports", s.evicted_ports,
			"sessions dropped early because all ports were in use"},
		{"out_of_sessions", s.out_of_sessions,
			"packets dropped because no session was free"},
		{"out_of_ports", s.out_of_ports, "packets dropped because no port was free"},
		{"over_host_limit", s.over_host_limit,
			"packets dropped because of nat.max_sessions_per_host"},
		{"hairpinned", s.hairpinned,
			"packets from inside to an outside address of the gateway"},
		{"icmp_errors_out", s.errors_out, "ICMP errors translated on the way out"},
		{"icmp_errors_in", s.errors_in, "ICMP errors translated on the way in"},
	};

	cli_table(out, headings, N_ELEMENTS(headings));
	for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
		cli_str(out, rows[i].name);
		cli_num(out, rows[i].count);
		cli_str(out, rows[i].text);
	}
	return CLI_OK;
}

/* "192.168.0.0/24, 10.1.0.0/16" */
static void
networks_cell(struct cli_out *out, const struct nat_networks *from)
{
	char text[NAT_NETWORKS_MAX * (IP_STR_LEN + 6)] = "", addr[IP_STR_LEN];
	size_t n = 0;

	for (unsigned i = 0; i < from->n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s/%u", i ? ", " : "",
			ip_str(from->net[i].addr, addr), from->net[i].len);
	cli_str(out, from->n ? text : "any");
}

static void
source_row(struct gateway *gw, struct cli_out *out, unsigned i)
{
	const struct nat_source *s = &gw->config->nat.source[i];
	char first[IP_STR_LEN], last[IP_STR_LEN];

	cli_str(out, "source");
	cli_num(out, i);
	cli_str(out, s->name[0] ? s->name : NULL);
	networks_cell(out, &s->from);
	cli_str(out, NULL);
	if (s->to.first == 0)
		cli_str(out, "WAN address");
	else if (s->to.first == s->to.last)
		cli_str(out, ip_str(s->to.first, first));
	else
		cli_strf(out, "%s-%s", ip_str(s->to.first, first), ip_str(s->to.last, last));
	cli_num(out, dp_nat_rule_sessions(gw->dp, false, i));
}

static void
destination_row(struct gateway *gw, struct cli_out *out, unsigned i)
{
	static const char *const protocols[] = {
		[NAT_TO_TCP] = "tcp", [NAT_TO_UDP] = "udp", [NAT_TO_TCP | NAT_TO_UDP] = "tcp+udp"};
	const struct nat_destination *d = &gw->config->nat.destination[i];
	char addr[IP_STR_LEN];

	cli_str(out, "destination");
	cli_num(out, i);
	cli_str(out, d->name[0] ? d->name : NULL);
	networks_cell(out, &d->from);
	if (d->first == d->last)
		cli_strf(out, "%s %u", protocols[d->protocols], d->first);
	else
		cli_strf(out, "%s %u-%u", protocols[d->protocols], d->first, d->last);
	cli_strf(out, "%s:%u", ip_str(d->host, addr), d->host_port ? d->host_port : d->first);
	cli_num(out, dp_nat_rule_sessions(gw->dp, true, i));
}

enum cli_status
cli_nat_rules(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {
		"Kind", "Rule", "Name", "From", "Ports", "To", "Sessions"};
	struct gateway *gw = arg;

	(void)argc;
	(void)argv;
	if (!dp_nat_on(gw->dp))
		return no_nat(out);
	cli_table(out, headings, N_ELEMENTS(headings));
	for (unsigned i = 0; i < gw->config->nat.n_sources; i++)
		source_row(gw, out, i);
	for (unsigned i = 0; i < gw->config->nat.n_destinations; i++)
		destination_row(gw, out, i);
	return CLI_OK;
}

static void
session_row(struct cli_out *out, const struct dp_nat_session *s)
{
	char text[IP_END_STR_LEN];

	cli_str(out, s->protocol);
	cli_str(out, ip_end_str(&s->inside, text));
	cli_str(out, ip_end_str(&s->outside, text));
	cli_str(out, ip_end_str(&s->peer, text));
	cli_str(out, s->state[0] ? s->state : NULL);
	cli_num(out, s->idle_s);
	cli_num(out, s->left_s);
	cli_num(out, s->packets_out);
	cli_num(out, s->packets_in);
	cli_str(out, s->from_outside ? "outside" : "inside");
	cli_strf(out, "%s %u", s->forwarded ? "destination" : "source", s->rule);
	cli_num(out, s->worker);
}

enum cli_status
cli_nat_sessions(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {"Protocol", "Inside", "Outside", "Peer", "State",
		"Idle", "Left", "Packets out", "Packets in", "Begun", "Rule", "Worker"};
	struct gateway *gw = arg;
	struct dp_nat_session s;
	unsigned long long rows = PAGE;
	uint64_t at = 0, n = 0;
	char *end;

	if (!dp_nat_on(gw->dp))
		return no_nat(out);
	for (int i = 0; i < argc; i++) {
		unsigned long long v = strtoull(argv[i], &end, 10);

		if (argv[i][0] == '\0' || *end != '\0') {
			cli_message(out,
				"the arguments are two numbers: rows to show, and where to begin");
			return CLI_USAGE;
		}
		if (i == 0)
			rows = v;
		else
			at = v;
	}
	cli_table(out, headings, N_ELEMENTS(headings));
	while (n < rows && dp_nat_next(gw->dp, &at, &s)) {
		session_row(out, &s);
		n++;
	}
	if (n == rows && n > 0)
		cli_message(out, "there may be more: show nat sessions %llu %llu", rows,
			(unsigned long long)at);
	return CLI_OK;
}
