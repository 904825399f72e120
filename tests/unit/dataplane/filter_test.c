/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stages route and filter: which packets may start a flow, which belong to one, and which worker
 * owns it.
 */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <cmocka.h>

#include "cksum.h"
#include "filter.h"
#include "route.h"
#include "slab.h"
#include "test_worker.h"

#define CLIENT   TEST_IP(192, 168, 0, 1) /* in the group; of worker 0 */
#define OTHER    TEST_IP(192, 168, 0, 2) /* user 7; of worker 0 */
#define CLIENT_1 TEST_IP(192, 168, 0, 3) /* of worker 1 */
#define HOST     TEST_IP(192, 168, 0, 20)
#define SERVER   TEST_IP(192, 168, 0, 100)
#define FAR      TEST_IP(203, 0, 113, 7)
#define GROUP    (1u << 31)

#define WAN     (1u << DP_ZONE_WAN)
#define LAN     (1u << DP_ZONE_LAN)
#define CLIENTS (1u << DP_ZONE_CLIENT)
#define LOCAL   (1u << DP_ZONE_LOCAL)
#define ALL     0xf

static const struct ip_prefix bad_networks[] = {
	{TEST_IP(203, 0, 113, 128), 25}, {TEST_IP(198, 51, 100, 0), 24}};
static const struct ip_prefix server[] = {{SERVER, 32}};
static const struct dp_ports web[] = {{80, 80}, {8000, 8099}};
static const struct dp_ports dns[] = {{53, 53}};
static const uint32_t user_7[] = {7};

enum { RULE_BLOCK, RULE_GROUP, RULE_WEB, RULE_PING, RULE_USER, RULE_PUBLISH, RULE_SELF, N_RULES };

static const struct dp_filter_rule rules[N_RULES] = {
	[RULE_BLOCK] = {DP_FILTER_DROP, WAN, ALL, bad_networks, NULL, 2, 0, .icmp_type = -1},
	[RULE_GROUP] = {DP_FILTER_ACCEPT, CLIENTS, LAN, .groups = GROUP, .protocol = IPPROTO_TCP,
		.icmp_type = -1, .dst_ports = web, .n_dst_ports = 2},
	[RULE_WEB] = {DP_FILTER_REJECT, CLIENTS, LAN, .protocol = IPPROTO_TCP, .icmp_type = -1,
		.dst_ports = web, .n_dst_ports = 2},
	[RULE_PING] = {DP_FILTER_DROP, LAN, CLIENTS, .protocol = IPPROTO_ICMP, .icmp_type = 8},
	[RULE_USER] = {DP_FILTER_DROP, ALL, CLIENTS | WAN, .users = user_7, .n_users = 1,
		.protocol = IPPROTO_UDP, .icmp_type = -1, .src_ports = dns, .n_src_ports = 1},
	[RULE_PUBLISH] = {DP_FILTER_ACCEPT, WAN, LAN, NULL, server, 0, 1, .protocol = IPPROTO_TCP,
		.icmp_type = -1, .dst_ports = web, .n_dst_ports = 2},
	[RULE_SELF] = {DP_FILTER_REJECT, CLIENTS | WAN, LOCAL, .protocol = IPPROTO_ICMP,
		.icmp_type = 8},
};

struct rig {
	struct worker *w;
	struct policy *policy;
	_Atomic(struct policy *) published;
	struct sess *client, *other, *far_one;
};

static void
rig_init(struct rig *r, const struct dp_filter_rule *with, uint32_t n)
{
	static const uint64_t secret[2] = {11, 13};
	const struct dp_filter filter = {.rules = with,
		.n_rules = n,
		.fallback = {[DP_ZONE_WAN] = DP_FILTER_DROP},
		.tcp_timeout_s = 7440,
		.udp_timeout_s = 300};
	struct dp_sess s = {.filter_groups = GROUP | 1, .filter_user = 3, .client = CLIENT};

	r->w = test_worker();
	r->client = sess_new(test_slabs(), &s, ID_MAKE(0, 0, 1));
	s = (struct dp_sess){.filter_groups = 2, .filter_user = 7, .client = OTHER};
	r->other = sess_new(test_slabs(), &s, ID_MAKE(0, 0, 2));
	s = (struct dp_sess){.filter_user = 8, .client = CLIENT_1};
	r->far_one = sess_new(test_slabs(), &s, ID_MAKE(0, 1, 1));
	test_sess_set(r->w, 1, r->client);
	test_sess_set(r->w, 2, r->other);
	test_sess_set(r->w->workers[1], 1, r->far_one);
	test_lease_set(r->w, CLIENT, r->client->sid);
	test_lease_set(r->w, OTHER, r->other->sid);
	test_lease_set(r->w, CLIENT_1, r->far_one->sid);
	r->policy = policy_new(&filter, 2, true, 5);
	assert_non_null(r->policy);
	r->published = r->policy;
	for (unsigned i = 0; i < 2; i++) {
		r->w->workers[i]->published = &r->published;
		r->w->workers[i]->track = track_new(64, secret);
		filter_turn(r->w->workers[i]);
	}
}

static void
rig_fini(struct rig *r)
{
	for (unsigned i = 0; i < 2; i++)
		track_free(r->w->workers[i]->track);
	slab_release(r->client);
	slab_release(r->other);
	slab_release(r->far_one);
	policy_free(r->policy);
	test_worker_free(r->w);
}

struct say {
	unsigned in; /* network, or DP_CLIENT */
	rte_be32_t src, dst;
	uint8_t protocol;
	uint16_t sport, dport; /* ICMP: type, identifier */
	uint8_t flags;
	uint16_t place, id;
};

static size_t
build(const struct say *s, uint8_t *packet)
{
	uint8_t l4[40] = {0};
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)packet;
	size_t len;

	if (s->protocol == IPPROTO_ICMP) {
		l4[0] = (uint8_t)s->sport;
		l4[5] = (uint8_t)s->dport;
	} else {
		l4[0] = (uint8_t)(s->sport >> 8);
		l4[1] = (uint8_t)s->sport;
		l4[2] = (uint8_t)(s->dport >> 8);
		l4[3] = (uint8_t)s->dport;
		l4[13] = s->flags;
	}
	len = test_ipv4(packet, s->src, s->dst, s->protocol, l4, sizeof(l4));
	ip->packet_id = rte_cpu_to_be_16(s->id);
	ip->fragment_offset = rte_cpu_to_be_16(s->place);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = cksum(ip, sizeof(*ip));
	return len;
}

static struct sess *
sender(const struct rig *r, const struct say *s)
{
	if (s->in != DP_CLIENT)
		return NULL;
	return s->src == CLIENT ? r->client : s->src == OTHER ? r->other : NULL;
}

enum way { PASSED, DROPPED, REJECTED, PUSHED };

/* Sends a lane through route and filter of worker 0; returns what became of each packet. */
static void
run(struct rig *r, const struct say *say, unsigned n, enum way *way)
{
	struct worker *w = r->w;
	struct lane *l = &w->lane[LANE_ROUTE];
	struct rte_mbuf *all[64], *m;
	uint64_t dropped = w->drop[DROP_FILTER];
	uint8_t packet[256];

	for (unsigned i = 0; i < n; i++) {
		size_t len = build(&say[i], packet);

		all[i] = test_mbuf(w, packet, len);
		route_append(w, all[i], say[i].in, sender(r, &say[i]));
		way[i] = DROPPED;
	}
	route(w);
	filter(w);
	push_flush(w);
	for (unsigned k = 0; k < l->n; k++)
		for (unsigned i = 0; i < n; i++)
			if (l->pkt[k] == all[i])
				way[i] = PASSED;
	for (unsigned k = 0; k < l->n; k++)
		rte_pktmbuf_free(l->pkt[k]);
	l->n = 0;
	while ((m = test_pushed(w, 1, INBOX_ROUTE)) != NULL) {
		assert_true(transit(m)->flags & TRANSIT_PUSHED);
		for (unsigned i = 0; i < n; i++)
			if (m == all[i])
				way[i] = PUSHED;
		rte_pktmbuf_free(m);
	}
	while ((m = test_punted(w)) != NULL) {
		assert_int_equal(pkt_meta(m)->reason, PUNT_PROHIBITED);
		for (unsigned i = 0; i < n; i++)
			if (m == all[i])
				way[i] = REJECTED;
		rte_pktmbuf_free(m);
	}
	if (n == 1)
		assert_int_equal(w->drop[DROP_FILTER] - dropped, way[0] == DROPPED);
}

static enum way
run_one(struct rig *r, const struct say *say)
{
	enum way way;

	run(r, say, 1, &way);
	return way;
}

static const struct filter_case {
	const char *name;
	struct say say;
	enum way way;
	int rule; /* rule that counts it; -1: the default of its zone */
} cases[] = {
	{"a client of the group to the web",
		{DP_CLIENT, CLIENT, HOST, IPPROTO_TCP, 1000, 8099, RTE_TCP_SYN_FLAG}, PASSED,
		RULE_GROUP},
	{"another client", {DP_CLIENT, OTHER, HOST, IPPROTO_TCP, 1000, 8000, RTE_TCP_SYN_FLAG},
		REJECTED, RULE_WEB},
	{"a port beside it", {DP_CLIENT, OTHER, HOST, IPPROTO_TCP, 1000, 8100, RTE_TCP_SYN_FLAG},
		PASSED, -1},
	{"the same port of UDP", {DP_CLIENT, OTHER, HOST, IPPROTO_UDP, 1000, 80}, PASSED, -1},
	{"a host pings a client", {DP_LAN, HOST, CLIENT, IPPROTO_ICMP, 8, 7}, DROPPED, RULE_PING},
	{"a host answers a client that did not ask", {DP_LAN, HOST, CLIENT, IPPROTO_ICMP, 0, 7},
		PASSED, -1},
	{"a user, out", {DP_CLIENT, OTHER, FAR, IPPROTO_UDP, 53, 9}, DROPPED, RULE_USER},
	{"another user, out", {DP_CLIENT, CLIENT, FAR, IPPROTO_UDP, 53, 9}, PASSED, -1},
	{"a host to the user", {DP_LAN, HOST, OTHER, IPPROTO_UDP, 53, 9}, DROPPED, RULE_USER},
	{"a client to the user is a rule for the one who sends",
		{DP_CLIENT, CLIENT, OTHER, IPPROTO_UDP, 53, 9}, PASSED, -1},
	{"the user to a client", {DP_CLIENT, OTHER, CLIENT, IPPROTO_UDP, 53, 9}, DROPPED,
		RULE_USER},
	{"a host out, without a client", {DP_LAN, HOST, FAR, IPPROTO_UDP, 53, 9}, PASSED, -1},
	{"the WAN to what is published",
		{DP_WAN, FAR, SERVER, IPPROTO_TCP, 9, 80, RTE_TCP_SYN_FLAG}, PASSED, RULE_PUBLISH},
	{"the WAN to another host", {DP_WAN, FAR, HOST, IPPROTO_TCP, 9, 80, RTE_TCP_SYN_FLAG},
		DROPPED, -1},
	{"the WAN to a client", {DP_WAN, FAR, CLIENT, IPPROTO_TCP, 9, 80, RTE_TCP_SYN_FLAG},
		DROPPED, -1},
	{"a blocked network to what is published",
		{DP_WAN, TEST_IP(203, 0, 113, 200), SERVER, IPPROTO_TCP, 9, 80, RTE_TCP_SYN_FLAG},
		DROPPED, RULE_BLOCK},
	{"a host of the second blocked network",
		{DP_WAN, TEST_IP(198, 51, 100, 9), SERVER, IPPROTO_TCP, 9, 80, RTE_TCP_SYN_FLAG},
		DROPPED, RULE_BLOCK},
	{"a protocol without ports", {DP_CLIENT, CLIENT, FAR, IPPROTO_GRE}, PASSED, -1},
	{"a stray end of a connection begins no flow",
		{DP_CLIENT, OTHER, HOST, IPPROTO_TCP, 1, 2, RTE_TCP_RST_FLAG}, PASSED, -1},
	{"to a client of the other worker", {DP_LAN, HOST, CLIENT_1, IPPROTO_UDP, 1, 2}, PUSHED,
		-2},
	{"between clients the one with the lower address has it",
		{DP_CLIENT, CLIENT, CLIENT_1, IPPROTO_UDP, 1, 2}, PASSED, -1},
};

static void
rules_decide_who_begins(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		const struct filter_case *c = &cases[i];
		uint32_t rule = c->rule >= 0 ? (uint32_t)c->rule
					     : (uint32_t)N_RULES + filter_zone(c->say.in);
		struct policy_count *count;
		struct rig r;

		print_message("%s\n", c->name);
		rig_init(&r, rules, N_RULES);
		/* Addresses select the owner of flows between LAN and WAN: here this worker. */
		if (c->say.in != DP_CLIENT && c->way != PUSHED)
			r.w->n_workers = 1;
		count = r.policy->count[0];
		assert_int_equal(run_one(&r, &c->say), c->way);
		for (uint32_t k = 0; k < N_RULES + DP_N_ZONES; k++) {
			assert_int_equal(count[k].flows, c->rule != -2 && k == rule);
			assert_int_equal(count[k].packets, c->rule != -2 && k == rule);
			assert_int_equal(count[k].bytes, c->rule != -2 && k == rule ? 60 : 0);
		}
		r.w->n_workers = 2;
		rig_fini(&r);
	}
}

static void
answers_pass(void **state)
{
	const struct say up = {DP_CLIENT, CLIENT, HOST, IPPROTO_ICMP, 8, 7};
	const struct say down = {DP_LAN, HOST, CLIENT, IPPROTO_ICMP, 0, 7};
	const struct say ping = {DP_LAN, HOST, CLIENT, IPPROTO_ICMP, 8, 9};
	const struct say out = {DP_CLIENT, CLIENT, FAR, IPPROTO_TCP, 1000, 443, RTE_TCP_SYN_FLAG};
	const struct say back = {
		DP_WAN, FAR, CLIENT, IPPROTO_TCP, 443, 1000, RTE_TCP_SYN_FLAG | RTE_TCP_ACK_FLAG};
	const struct say beside = {DP_WAN, FAR, CLIENT, IPPROTO_TCP, 443, 1001, RTE_TCP_ACK_FLAG};
	struct rig r;

	(void)state;
	rig_init(&r, rules, N_RULES);
	assert_int_equal(run_one(&r, &back), DROPPED);
	assert_int_equal(run_one(&r, &up), PASSED);
	assert_int_equal(run_one(&r, &down), PASSED);
	assert_int_equal(run_one(&r, &ping), DROPPED);
	assert_int_equal(run_one(&r, &out), PASSED);
	assert_int_equal(run_one(&r, &back), PASSED);
	assert_int_equal(run_one(&r, &beside), DROPPED);
	/* Answers count for the rule that accepted the flow. */
	assert_int_equal(r.policy->count[0][N_RULES + DP_ZONE_CLIENT].packets, 4);
	assert_int_equal(r.policy->count[0][N_RULES + DP_ZONE_CLIENT].flows, 2);
	/* A new policy starts without flows. */
	r.w->workers[0]->policy_generation--;
	filter_turn(r.w);
	assert_int_equal(run_one(&r, &back), DROPPED);
	rig_fini(&r);
}

static void
fragments_are_filtered_when_reassembled(void **state)
{
	/* Neither is in order. The last fragment of the second packet is missing. */
	const struct say pieces[] = {
		{DP_CLIENT, OTHER, HOST, IPPROTO_UDP, 5, 80, 0, 5, 77},
		{DP_CLIENT, OTHER, HOST, IPPROTO_UDP, 1000, 9, 0, RTE_IPV4_HDR_MF_FLAG, 77},
		{DP_CLIENT, OTHER, HOST, IPPROTO_UDP, 1000, 9, 0, RTE_IPV4_HDR_MF_FLAG, 78},
		{DP_CLIENT, OTHER, HOST, IPPROTO_TCP, 5, 9, 0, 5, 79},
		{DP_CLIENT, OTHER, HOST, IPPROTO_TCP, 1000, 80, RTE_TCP_SYN_FLAG,
			RTE_IPV4_HDR_MF_FLAG, 79},
	};
	enum way way[RTE_DIM(pieces)];
	unsigned n[PUSHED + 1] = {0};
	struct rig r;

	(void)state;
	rig_init(&r, rules, N_RULES);
	run(&r, pieces, RTE_DIM(pieces), way);
	for (unsigned i = 0; i < RTE_DIM(pieces); i++)
		n[way[i]]++;
	assert_int_equal(n[PASSED], 1);
	assert_int_equal(n[REJECTED], 1);
	assert_int_equal(r.policy->count[0][N_RULES + DP_ZONE_CLIENT].packets, 1);
	assert_int_equal(r.policy->count[0][N_RULES + DP_ZONE_CLIENT].bytes, 100);
	assert_int_equal(r.policy->count[0][RULE_WEB].packets, 1);
	assert_int_equal(r.w->drop[DROP_FILTER], 0);
	rig_fini(&r);
}

static void
neighbours_are_not_filtered(void **state)
{
	const struct say same = {DP_LAN, HOST, SERVER, IPPROTO_UDP, 1, 2};
	static const struct dp_filter_rule all[] = {{DP_FILTER_DROP, ALL, ALL, .icmp_type = -1}};
	struct rig r;

	(void)state;
	rig_init(&r, all, 1);
	assert_int_equal(run_one(&r, &same), PASSED);
	assert_int_equal(r.policy->count[0][0].packets, 0);
	rig_fini(&r);
}

static void
a_flow_begins_once_in_a_lane(void **state)
{
	struct say many[64];
	enum way way[64];
	struct rig r;

	(void)state;
	rig_init(&r, rules, N_RULES);
	for (unsigned i = 0; i < RTE_DIM(many); i++)
		many[i] = (struct say){
			DP_CLIENT, CLIENT, HOST, IPPROTO_UDP, 1000, (uint16_t)(i % 3 + 1)};
	run(&r, many, RTE_DIM(many), way);
	for (unsigned i = 0; i < RTE_DIM(many); i++)
		assert_int_equal(way[i], PASSED);
	assert_int_equal(r.policy->count[0][N_RULES + DP_ZONE_CLIENT].flows, 3);
	assert_int_equal(r.policy->count[0][N_RULES + DP_ZONE_CLIENT].packets, 64);
	assert_int_equal(r.w->track->used, 3);
	rig_fini(&r);
}

static void
the_gateway_has_rules_of_its_own(void **state)
{
	const struct say ping = {DP_CLIENT, CLIENT, TEST_LAN_ADDR, IPPROTO_ICMP, 8, 7};
	const struct say other = {DP_CLIENT, CLIENT, TEST_LAN_ADDR, IPPROTO_UDP, 8, 7};
	const struct say bad = {DP_WAN, TEST_IP(203, 0, 113, 200), TEST_WAN_ADDR, IPPROTO_ESP};
	const struct say good = {DP_WAN, FAR, TEST_WAN_ADDR, IPPROTO_ESP};
	uint8_t packet[256];
	struct rte_mbuf *m;
	struct rig r;

	(void)state;
	rig_init(&r, rules, N_RULES);
	m = test_mbuf(r.w, packet, build(&other, packet));
	assert_true(filter_local(r.w, m, DP_CLIENT, DP_ZONE_LOCAL, r.client));
	rte_pktmbuf_free(m);
	m = test_mbuf(r.w, packet, build(&ping, packet));
	assert_false(filter_local(r.w, m, DP_CLIENT, DP_ZONE_LOCAL, r.client));
	m = test_punted(r.w);
	assert_int_equal(pkt_meta(m)->reason, PUNT_PROHIBITED);
	assert_int_equal(pkt_meta(m)->sid, r.client->sid);
	rte_pktmbuf_free(m);
	/* Services of the gateway are open to all but named networks; those are not told. */
	m = test_mbuf(r.w, packet, build(&good, packet));
	assert_true(filter_local(r.w, m, DP_WAN, POLICY_SERVED, NULL));
	rte_pktmbuf_free(m);
	m = test_mbuf(r.w, packet, build(&bad, packet));
	assert_false(filter_local(r.w, m, DP_WAN, POLICY_SERVED, NULL));
	assert_int_equal(r.w->drop[DROP_FILTER], 1);
	assert_int_equal(r.policy->count[0][RULE_BLOCK].packets, 1);
	rig_fini(&r);
}

static void
without_rules_packets_bypass_the_filter(void **state)
{
	const struct say inside = {DP_CLIENT, CLIENT, HOST, IPPROTO_UDP, 1, 2};
	const struct say out = {DP_LAN, HOST, FAR, IPPROTO_UDP, 1, 2};
	struct rig r;

	(void)state;
	rig_init(&r, NULL, 0);
	r.w->n_workers = 1;
	assert_false(r.w->inner);
	assert_false(r.policy->need[DP_ZONE_CLIENT][DP_ZONE_LOCAL] ||
		     r.policy->need[DP_ZONE_WAN][POLICY_SERVED]);
	assert_true(r.policy->need[DP_ZONE_LAN][DP_ZONE_WAN] &&
		    r.policy->need[DP_ZONE_WAN][DP_ZONE_CLIENT]);
	assert_int_equal(run_one(&r, &inside), PASSED);
	assert_int_equal(r.w->track->used, 0);
	assert_int_equal(run_one(&r, &out), PASSED);
	assert_int_equal(r.w->track->used, 1);
	r.w->n_workers = 2;
	rig_fini(&r);
	rig_init(&r, rules, N_RULES);
	assert_true(r.w->inner);
	rig_fini(&r);
}

static void
nat_asks_once_per_flow(void **state)
{
	const struct say web_out = {DP_CLIENT, OTHER, FAR, IPPROTO_UDP, 53, 9};
	uint8_t packet[256];
	struct rte_mbuf *m;
	struct rig r;

	(void)state;
	rig_init(&r, rules, N_RULES);
	m = test_mbuf(r.w, packet, build(&web_out, packet));
	*transit(m) = (struct transit){.in = DP_CLIENT, .out = DP_WAN};
	assert_true(filter_new(r.w, m, r.client));
	/* The session of the sender is looked up if necessary. */
	assert_false(filter_new(r.w, m, NULL));
	assert_int_equal(r.policy->count[0][RULE_USER].flows, 1);
	assert_int_equal(r.w->drop[DROP_FILTER], 1);
	m = test_mbuf(r.w, packet, build(&web_out, packet));
	*transit(m) = (struct transit){.in = DP_CLIENT, .out = DP_WAN};
	/* Packets that the filter has accepted pass. */
	transit(m)->flags = TRANSIT_JUDGED;
	lane_append(&r.w->lane[LANE_ROUTE], m, r.other);
	filter(r.w);
	assert_ptr_equal(test_take(r.w, LANE_ROUTE), m);
	assert_int_equal(r.w->track->used, 0);
	rte_pktmbuf_free(m);
	rig_fini(&r);
}

/*
 * Port forwards are filtered by the inside address. Defaults do not apply: a port forward is a rule
 * in itself.
 */
static void
port_forwards_are_filtered_inside(void **state)
{
	const struct say good = {
		DP_WAN, FAR, TEST_WAN_ADDR, IPPROTO_TCP, 9, 8080, RTE_TCP_SYN_FLAG};
	const struct say bad = {DP_WAN, TEST_IP(203, 0, 113, 200), TEST_WAN_ADDR, IPPROTO_TCP, 9,
		8080, RTE_TCP_SYN_FLAG};
	uint8_t packet[256];
	struct rte_mbuf *m;
	struct rig r;

	(void)state;
	rig_init(&r, rules, N_RULES);
	m = test_mbuf(r.w, packet, build(&good, packet));
	assert_true(filter_new_inside(r.w, m, SERVER, RTE_BE16(80)));
	assert_int_equal(r.policy->count[0][RULE_PUBLISH].flows, 1);
	assert_true(filter_new_inside(r.w, m, HOST, RTE_BE16(22)));
	assert_int_equal(r.policy->count[0][N_RULES + DP_ZONE_WAN].flows, 0);
	rte_pktmbuf_free(m);
	m = test_mbuf(r.w, packet, build(&bad, packet));
	assert_false(filter_new_inside(r.w, m, SERVER, RTE_BE16(80)));
	assert_int_equal(r.w->drop[DROP_FILTER], 1);
	rig_fini(&r);
}

/* If nothing can come in from the WAN, packets to it need not be looked at. */
static void
without_forwarding_packets_out_bypass_the_filter(void **state)
{
	static const struct dp_filter_rule block[] = {
		{DP_FILTER_DROP, WAN, ALL, bad_networks, NULL, 2, 0, .icmp_type = -1}};
	struct dp_filter filter = {.fallback = {[DP_ZONE_WAN] = DP_FILTER_DROP},
		.tcp_timeout_s = 7440,
		.udp_timeout_s = 300};
	struct policy *p;

	(void)state;
	p = policy_new(&filter, 1, false, 1);
	assert_false(p->any);
	policy_free(p);
	filter.rules = block;
	filter.n_rules = 1;
	p = policy_new(&filter, 1, false, 1);
	assert_true(p->any && p->need[DP_ZONE_WAN][DP_ZONE_LAN]);
	assert_true(p->need[DP_ZONE_WAN][POLICY_SERVED]);
	assert_false(p->inner || p->need[DP_ZONE_LAN][DP_ZONE_WAN]);
	policy_free(p);
	filter.n_rules = 0;
	filter.fallback[DP_ZONE_CLIENT] = DP_FILTER_DROP;
	p = policy_new(&filter, 1, false, 1);
	assert_true(p->inner && p->need[DP_ZONE_CLIENT][DP_ZONE_WAN]);
	assert_true(p->need[DP_ZONE_LAN][DP_ZONE_CLIENT]);
	assert_false(p->need[DP_ZONE_WAN][DP_ZONE_CLIENT] || p->need[DP_ZONE_LAN][DP_ZONE_WAN]);
	policy_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_decide_who_begins),
		cmocka_unit_test(answers_pass),
		cmocka_unit_test(fragments_are_filtered_when_reassembled),
		cmocka_unit_test(neighbours_are_not_filtered),
		cmocka_unit_test(a_flow_begins_once_in_a_lane),
		cmocka_unit_test(the_gateway_has_rules_of_its_own),
		cmocka_unit_test(without_rules_packets_bypass_the_filter),
		cmocka_unit_test(nat_asks_once_per_flow),
		cmocka_unit_test(port_forwards_are_filtered_inside),
		cmocka_unit_test(without_forwarding_packets_out_bypass_the_filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
