/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli_show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli_nat.h"
#include "cli_net.h"
#include "cli_terminate.h"
#include "clients.h"
#include "conn.h"
#include "conn_pair.h"
#include "conn_pair_renew.h"
#include "conn_ike.h"
#include "conn_ike_renew.h"
#include "gateway.h"
#include "usage.h"
#include "version.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

/* --- show sessions ---------------------------------------------------------------------------- */

static uint64_t
seconds_since(const struct timers *timers, uint64_t ms)
{
	return ms == 0 ? 0 : (timers->now_ms - ms) / 1000;
}

/* Seconds until a time; 0 if it is past. */
static uint64_t
seconds_until(const struct timers *timers, uint64_t ms)
{
	return ms > timers->now_ms ? (ms - timers->now_ms) / 1000 : 0;
}

/* Seconds until the gateway renews the ISAKMP SA, unless the client does; 0: none, or due. */
static uint64_t
ike_rekey(const struct conn *c)
{
	uint64_t due, last = 0;

	CONN_IKES_FOREACH (ci, c) {
		due = conn_ike_due_ms(ci);
		if (due > last)
			last = due;
	}
	return seconds_until(c->clients->timers, last);
}

static void
session_row(struct cli_out *out, const struct conn *c)
{
	const struct conn_pair *pair = conn_pair_current(c);
	struct dp_sess_stats s = {0};
	char addr[IP_STR_LEN];

	dp_sess_stats(c->clients->dp, c->sid, &s);
	cli_num(out, c->id);
	cli_str(out, c->user != NULL ? c->user->name : NULL);
	cli_str(out, ip_str(c->remote.addr, addr));
	cli_str(out, c->lease ? ip_str(c->lease, addr) : NULL);
	cli_str(out, conn_phase(c));
	cli_num(out, c->up ? seconds_since(c->clients->timers, c->up_ms) : 0);
	cli_num(out, s.up_packets);
	cli_num(out, s.up_bytes);
	cli_num(out, s.down_packets);
	cli_num(out, s.down_bytes);
	cli_str(out, pair ? pair->suite->name : NULL);
	cli_num(out, c->worker);
	cli_str(out, c->client[0] ? c->client : NULL);
	cli_bool(out, pair != NULL && pair->udp_encap);
	cli_num(out, pair ? seconds_until(c->clients->timers, conn_pair_due_ms(pair)) : 0);
	cli_num(out, ike_rekey(c));
	cli_num(out, s.up_dropped);
	cli_num(out, s.down_dropped);
}

static enum cli_status
show_sessions(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {"Session", "User", "Client", "Address", "State",
		"Seconds", "Up packets", "Up bytes", "Down packets", "Down bytes", "Suite",
		"Worker", "Kind", "NAT", "ESP rekey", "IKE rekey", "Up dropped", "Down dropped"};
	struct gateway *gw = arg;

	cli_table(out, headings, N_ELEMENTS(headings));
	CLIENTS_FOREACH (c, &gw->clients)
		if (argc == 0 || strcmp(argv[0], conn_user(c)) == 0)
			session_row(out, c);
	return CLI_OK;
}

/* --- show ike --------------------------------------------------------------------------------- */

static void
ike_row(struct cli_out *out, const struct conn *c, const struct conn_ike *ci)
{
	struct ike_sa_info info;
	char text[IP_END_STR_LEN], suite[IKE_SUITE_STR_LEN];
	uint64_t now = c->clients->timers->now_ms;

	ike_sa_info(ci->sa, &info);
	cli_num(out, c->id);
	cli_str(out, ip_end_str(&info.remote, text));
	cli_str(out, info.id[0] ? info.id : NULL);
	cli_str(out, info.state);
	cli_str(out, info.suite.hash ? ike_suite_str(&info.suite, suite) : NULL);
	cli_num(out, seconds_since(c->clients->timers, info.created_ms));
	cli_num(out, info.expires_ms > now ? (info.expires_ms - now) / 1000 : 0);
	cli_bool(out, info.natt);
	cli_str(out, info.vendors[0] ? info.vendors : NULL);
}

static enum cli_status
show_ike(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {"Session", "Peer", "Identity", "State", "Suite",
		"Seconds", "Left", "NAT-T", "Vendor IDs"};
	struct gateway *gw = arg;

	(void)argc;
	(void)argv;
	cli_table(out, headings, N_ELEMENTS(headings));
	CLIENTS_FOREACH (c, &gw->clients)
		CONN_IKES_FOREACH (ci, c)
			ike_row(out, c, ci);
	return CLI_OK;
}

static void
pair_row(struct cli_out *out, const struct conn *c, const struct conn_pair *p)
{
	static const char *const states[] = {
		[CONN_PAIR_NEXT] = "next",
		[CONN_PAIR_CURRENT] = "current",
		[CONN_PAIR_PREVIOUS] = "previous",
		[CONN_PAIR_ENDING] = "ending",
	};
	struct dp_sa_stats in = {0}, o = {0};

	dp_sa_in_stats(c->clients->dp, p->spi_in, &in);
	if (p->out != NULL)
		dp_sa_out_stats(p->out, &o);
	cli_num(out, c->id);
	cli_strf(out, "%08x", ntohl(p->spi_in));
	cli_strf(out, "%08x", ntohl(p->spi_out));
	cli_str(out, states[p->state]);
	cli_str(out, p->suite->name);
	cli_num(out, seconds_since(c->clients->timers, p->created_ms));
	cli_num(out, p->life_s);
	cli_num(out, in.packets);
	cli_num(out, in.bytes);
	cli_num(out, in.replayed);
	cli_num(out, in.bad);
	cli_num(out, o.packets);
	cli_num(out, o.bytes);
}

static enum cli_status
show_esp(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {"Session", "SPI in", "SPI out", "State", "Suite",
		"Seconds", "Life", "Packets in", "Bytes in", "Replayed", "Bad", "Packets out",
		"Bytes out"};
	struct gateway *gw = arg;

	(void)argc;
	(void)argv;
	cli_table(out, headings, N_ELEMENTS(headings));
	CLIENTS_FOREACH (c, &gw->clients)
		CONN_PAIRS_FOREACH (p, c)
			pair_row(out, c, p);
	return CLI_OK;
}

/* --- show counters ---------------------------------------------------------------------------- */

static void
counter_row(struct cli_out *out, const char *kind, const char *name, uint64_t n, const char *text)
{
	cli_str(out, kind);
	cli_str(out, name);
	cli_num(out, n);
	cli_str(out, text);
}

static void
port_rows(struct cli_out *out, const struct gateway *gw, enum dp_port port, const char *kind)
{
	struct dp_port_stats s = {0};

	dp_port_stats(gw->dp, port, &s);
	counter_row(out, kind, "rx_packets", s.rx_packets, "received");
	counter_row(out, kind, "rx_bytes", s.rx_bytes, "received");
	counter_row(out, kind, "tx_packets", s.tx_packets, "sent");
	counter_row(out, kind, "tx_bytes", s.tx_bytes, "sent");
	counter_row(
		out, kind, "rx_missed", s.rx_missed, "lost because all descriptors were in use");
	counter_row(out, kind, "rx_errors", s.rx_errors, "received with errors");
	counter_row(out, kind, "tx_errors", s.tx_errors, "not sent because of errors");
}

static void
arp_rows(struct cli_out *out, const struct gateway *gw, unsigned net, const char *kind)
{
	struct arp_stats s;

	arp_stats(gw->arp[net], &s);
	counter_row(out, kind, "arp_requests_in", s.requests_in, "ARP requests received");
	counter_row(out, kind, "arp_answered", s.answered, "ARP requests answered");
	counter_row(out, kind, "arp_requests_out", s.requests_out, "ARP requests sent");
	counter_row(out, kind, "arp_probes_out", s.probes_out, "ARP probes sent");
	counter_row(out, kind, "arp_held_dropped", s.held_dropped,
		"packets dropped because the next hop did not answer or too many waited");
	counter_row(out, kind, "arp_malformed", s.malformed, "malformed ARP messages");
}

static void
reass_rows(struct cli_out *out, const struct gateway *gw)
{
	struct dp_reass_stats s;

	dp_reass_stats(gw->dp, &s);
	counter_row(out, "reassembly", "fragments", s.fragments, "fragments received");
	counter_row(out, "reassembly", "packets", s.packets, "packets reassembled from them");
	counter_row(out, "reassembly", "held", s.held, "fragments waiting for others");
}

static void
address_rows(struct cli_out *out, const struct gateway *gw)
{
	unsigned count[4];

	segments_count(&gw->segments, count);
	counter_row(out, "addresses", "free", count[LEASE_FREE], "free to lease");
	counter_row(out, "addresses", "leased", count[LEASE_TAKEN], "leased");
	counter_row(
		out, "addresses", "conflict", count[LEASE_CONFLICT], "in use by hosts of the LAN");
	counter_row(out, "addresses", "unprobed", count[LEASE_UNKNOWN], "not probed yet");
	counter_row(out, "icmp", "errors_limited", gw->icmp_errors_limited,
		"ICMP errors not sent because of the rate limit");
	counter_row(out, "broadcast", "relayed", gw->broadcasts_relayed,
		"broadcasts relayed between the LAN and clients");
	counter_row(out, "broadcast", "limited", gw->broadcasts_limited,
		"broadcasts not relayed because of the rate limit");
	counter_row(out, "connections", "all", gw->clients.n_conns, "connections");
	counter_row(out, "connections", "half_open", gw->clients.peers.half_open,
		"half-open ISAKMP SAs");
	counter_row(out, "connections", "half_open_evicted", gw->clients.peers.evicted,
		"half-open ISAKMP SAs dropped to make room for others");
	counter_row(out, "connections", "stateless", gw->clients.stateless,
		"first IKE messages answered without keeping state");
}

static void
filter_rows(struct cli_out *out, const struct gateway *gw)
{
	struct dp_track_stats s;

	dp_track_stats(gw->dp, &s);
	counter_row(out, "filter", "flows", s.flows, "flows that the filter tracks");
	counter_row(out, "filter", "size", s.size,
		"flows that it can track (filter.flows of all workers)");
	counter_row(out, "filter", "full", s.full, "flows refused because the table was full");
	counter_row(out, "filter", "evicted", s.evicted,
		"unanswered flows dropped to make room for others");
}

static void
log_rows(struct cli_out *out)
{
	counter_row(out, "log", "lost", log_lost(), "log lines that stderr did not take in time");
}

static enum cli_status
show_counters(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {"Kind", "Name", "Count", "Meaning"};
	struct gateway *gw = arg;
	bool all = argc == 1;

	if (argc == 1 && strcmp(argv[0], "all") != 0) {
		cli_message(out, "the only argument of show counters is \"all\"");
		return CLI_USAGE;
	}
	cli_table(out, headings, N_ELEMENTS(headings));
	/* Counters that are zero are shown on request only. */
	for (unsigned i = 0; i < DROP_N; i++)
		if (all || dp_drops(gw->dp, i) != 0)
			counter_row(out, "drop", drop_name(i), dp_drops(gw->dp, i), drop_text(i));
	for (unsigned i = 0; i < PUNT_N; i++)
		if (all || dp_punts(gw->dp, i) != 0)
			counter_row(out, "punt", punt_name(i), dp_punts(gw->dp, i), punt_text(i));
	port_rows(out, gw, DP_WAN, "wan");
	port_rows(out, gw, DP_LAN, "lan");
	arp_rows(out, gw, DP_WAN, "wan");
	for (unsigned i = 0; i < gw->segments.n; i++)
		arp_rows(out, gw, gw->segments.at[i].net, gw->segments.at[i].name);
	reass_rows(out, gw);
	address_rows(out, gw);
	filter_rows(out, gw);
	log_rows(out);
	return CLI_OK;
}

static enum cli_status
show_stages(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {
		"Stage", "Calls", "Packets", "Cycles", "Cycles a packet"};
	struct gateway *gw = arg;

	(void)argc;
	(void)argv;
	cli_table(out, headings, N_ELEMENTS(headings));
	for (unsigned i = 0; i < STAGE_N; i++) {
		struct dp_stage_stats s;

		dp_stage_stats(gw->dp, i, &s);
		cli_str(out, stage_name(i));
		cli_num(out, s.calls);
		cli_num(out, s.packets);
		cli_num(out, s.cycles);
		cli_num(out, s.packets ? s.cycles / s.packets : 0);
	}
	return CLI_OK;
}

static enum cli_status
show_memory(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {"Name", "Count", "Meaning"};
	uint64_t n[USAGE_N];

	(void)argc;
	(void)argv;
	usage_get(arg, n);
	cli_table(out, headings, N_ELEMENTS(headings));
	for (unsigned i = 0; i < USAGE_N; i++) {
		cli_str(out, usage_name(i));
		cli_num(out, n[i]);
		cli_str(out, usage_text(i));
	}
	return CLI_OK;
}

static enum cli_status
show_leases(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {"Address", "State", "User", "Fixed to", "Segment"};
	static const char *const states[] = {"unprobed", "free", "leased", "conflict"};
	struct gateway *gw = arg;
	char addr[IP_STR_LEN];

	(void)argc;
	(void)argv;
	cli_table(out, headings, N_ELEMENTS(headings));
	for (unsigned k = 0; k < gw->segments.n; k++)
		for (size_t i = 0; i < lease_count(gw->segments.at[k].leases); i++) {
			const struct lease *l = lease_at(gw->segments.at[k].leases, i);

			cli_str(out, ip_str(l->addr, addr));
			cli_str(out, states[l->state]);
			cli_str(out, lease_user_name(l));
			cli_str(out, l->fixed_to);
			cli_str(out, gw->segments.at[k].name);
		}
	return CLI_OK;
}

/* --- show filter ------------------------------------------------------------------------------ */

static const char *const action_name[] = {
	[DP_FILTER_ACCEPT] = "accept",
	[DP_FILTER_DROP] = "drop",
	[DP_FILTER_REJECT] = "reject",
};

static void
rule_row(struct cli_out *out, const struct gateway *gw, const char *name, uint32_t rule,
	enum dp_filter_action action)
{
	struct dp_filter_stats s;

	dp_filter_stats(gw->dp, rule, &s);
	cli_str(out, name);
	cli_str(out, action_name[action]);
	cli_num(out, s.flows);
	cli_num(out, s.packets);
	cli_num(out, s.bytes);
}

static enum cli_status
show_filter(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {"Rule", "Action", "Flows", "Packets", "Bytes"};
	static const struct {
		const char *name;
		enum dp_zone zone;
	} rest[] = {{"default_client", DP_ZONE_CLIENT}, {"default_lan", DP_ZONE_LAN},
		{"default_wan", DP_ZONE_WAN}};
	const struct gateway *gw = arg;
	const struct config *c = gw->config;

	(void)argc;
	(void)argv;
	cli_table(out, headings, N_ELEMENTS(headings));
	for (uint32_t i = 0; i < c->n_rules; i++)
		rule_row(out, gw, c->rules[i].name, i, c->rules[i].action);
	for (size_t i = 0; i < N_ELEMENTS(rest); i++)
		rule_row(out, gw, rest[i].name, c->n_rules + rest[i].zone,
			c->filter.fallback[rest[i].zone]);
	return CLI_OK;
}

static enum cli_status
show_version(void *arg, struct cli_out *out, int argc, char **argv)
{
	static const char *const headings[] = {"Program", "Version"};

	(void)arg;
	(void)argc;
	(void)argv;
	cli_table(out, headings, N_ELEMENTS(headings));
	cli_str(out, "kanmond");
	cli_str(out, VERSION_TEXT);
	return CLI_OK;
}

/* --- the table -------------------------------------------------------------------------------- */

const struct cli_command cli_show_commands[] = {
	{"show sessions", "[USER]", 0, 1,
		"sessions: user, addresses, state, packets, suite, worker", show_sessions},
	{"show ike", "", 0, 0, "ISAKMP SAs: peer, identity, suite, lifetime, vendor IDs", show_ike},
	{"show esp", "", 0, 0, "IPsec SAs: SPIs, suite, age, packets", show_esp},
	{"show counters", "[all]", 0, 1, "drops and punts by reason; ports, ARP, addresses",
		show_counters},
	{"show stages", "", 0, 0, "packets and cycles of each stage in the workers", show_stages},
	{"show filter", "", 0, 0, "filter rules: flows, packets, bytes", show_filter},
	{"show memory", "", 0, 0, "entries of each table, and memory in use", show_memory},
	{"show nat", "", 0, 0, "NAT: sessions and ports in use, evictions, drops", cli_nat_show},
	{"show nat rules", "", 0, 0, "NAT rules, and the number of sessions of each",
		cli_nat_rules},
	{"show nat sessions", "[COUNT [PLACE]]", 0, 2,
		"NAT sessions: addresses, state, idle time, packets", cli_nat_sessions},
	{"show leases", "", 0, 0, "addresses for clients, and who has them", show_leases},
	{"show interfaces", "", 0, 0, "ports: link, address, router, DHCP lease",
		cli_net_interfaces},
	{"show routes", "", 0, 0, "routes: connected networks, static routes, gateways",
		cli_net_routes},
	{"show version", "", 0, 0, "version of the running kanmond", show_version},
	{"terminate", "all | [session|user|address] NAME", 1, 2, "end sessions", cli_terminate},
};

const size_t cli_show_n_commands = N_ELEMENTS(cli_show_commands);
