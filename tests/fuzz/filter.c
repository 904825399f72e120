/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The filter with rules from the input, and packets from all zones to all zones. What passes
 * belongs to a flow or starts one by a rule that accepts it when rules are read one after the
 * other, as the manual says; nothing else passes; the flow table stays consistent. The input is
 * defaults, a number of rules and eight bytes for each, then records of (operation, ends, ports,
 * length (u16), bytes).
 */
#include "filter.h"
#include "fuzz_worker.h"
#include "ipv4_hdr.h"
#include "route.h"

enum op {
	OP_PACKET, /* the header is set; ports are from a small set */
	OP_ERROR, /* an ICMP error about a packet in the other direction */
	OP_FRAGMENT,
	OP_WAIT,
	OP_COUNT,
};

#define PEER      TEST_IP(203, 0, 113, 1)
#define RULES_MAX 8
#define FLOWS     12 /* few, so that flows make room for each other */

static const uint8_t protocols[] = {0, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_GRE,
	IPPROTO_SCTP, IPPROTO_UDPLITE, IPPROTO_ESP};

/* The lists of a rule. */
struct lists {
	struct ip_prefix from, to;
	struct dp_ports src, dst;
	uint32_t user;
};

struct rules {
	struct dp_filter filter;
	struct dp_filter_rule rule[RULES_MAX];
	struct lists lists[RULES_MAX];
};

static bool
has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

static void
read_rule(struct dp_filter_rule *r, struct lists *l, const uint8_t b[8])
{
	static const struct ip_prefix networks[] = {{0, 0}, {FUZZ_HOST, 32},
		{TEST_IP(192, 168, 0, 0), 30}, {TEST_IP(203, 0, 113, 0), 24}};

	l->from = networks[b[2] & 3];
	l->to = networks[b[2] >> 2 & 3];
	l->dst = (struct dp_ports){(uint16_t)(1024 + (b[5] & 7)), 0};
	l->dst.last = (uint16_t)(l->dst.first + (b[5] >> 3 & 3));
	l->src = (struct dp_ports){(uint16_t)(1024 + (b[6] & 7)), 0};
	l->src.last = (uint16_t)(l->src.first + (b[6] >> 3 & 3));
	l->user = 1 + (b[7] >> 1 & 1);
	*r = (struct dp_filter_rule){
		.action = b[0] % 3,
		.from = b[1] & 7,
		.to = b[1] >> 4,
		.from_networks = &l->from,
		.n_from = (b[2] & 3) != 0,
		.to_networks = &l->to,
		.n_to = (b[2] >> 2 & 3) != 0,
		.protocol = protocols[b[3] & 7],
		.icmp_type = -1,
		.users = &l->user,
		.n_users = b[7] & 1,
		.groups = b[7] >> 2 & 3,
	};
	if (r->protocol == IPPROTO_ICMP && (b[4] & 1))
		r->icmp_type = b[4] >> 1 & 15;
	if (has_ports(r->protocol) && (b[5] & 0x80)) {
		r->dst_ports = &l->dst;
		r->n_dst_ports = 1;
	}
	if (has_ports(r->protocol) && (b[6] & 0x80)) {
		r->src_ports = &l->src;
		r->n_src_ports = 1;
	}
}

static void
read_rules(struct rd *r, struct rules *to)
{
	uint8_t defaults = rd_u8(r), n = rd_u8(r) % (RULES_MAX + 1);

	to->filter = (struct dp_filter){
		.rules = to->rule, .tcp_timeout_s = 600, .udp_timeout_s = 100};
	for (unsigned zone = 0; zone < DP_ZONE_LOCAL; zone++)
		to->filter.fallback[zone] = (defaults >> 2 * zone & 3) % 3;
	for (; to->filter.n_rules < n; to->filter.n_rules++) {
		const uint8_t *b = rd_bytes(r, 8);

		if (b == NULL)
			return;
		read_rule(&to->rule[to->filter.n_rules], &to->lists[to->filter.n_rules], b);
	}
}

/* --- rules as the manual explains them -------------------------------------------------------- */

struct packet {
	uint8_t in, out; /* zones */
	rte_be32_t src, dst;
	uint8_t protocol, icmp_type;
	uint16_t src_port, dst_port;
	const struct test_client *client; /* the sender, else the receiver; NULL: none */
};

static bool
in_network(rte_be32_t addr, const struct ip_prefix *net)
{
	return ((addr ^ net->addr) & ip_mask(net->len)) == 0;
}

static bool
in_ports(uint16_t port, const struct dp_ports *ports)
{
	return port >= ports->first && port <= ports->last;
}

static bool
is_his(const struct dp_filter_rule *r, const struct test_client *c)
{
	if (r->n_users == 0 && r->groups == 0)
		return true;
	return c != NULL && ((r->n_users > 0 && *r->users == c->say.filter_user) ||
				    (r->groups & c->say.filter_groups) != 0);
}

static bool
matches(const struct dp_filter_rule *r, const struct packet *p)
{
	return (r->from & 1u << p->in) && (r->to & 1u << p->out) &&
	       (r->n_from == 0 || in_network(p->src, r->from_networks)) &&
	       (r->n_to == 0 || in_network(p->dst, r->to_networks)) &&
	       (r->protocol == 0 || r->protocol == p->protocol) &&
	       (r->icmp_type < 0 || r->icmp_type == p->icmp_type) &&
	       (r->n_src_ports == 0 || in_ports(p->src_port, r->src_ports)) &&
	       (r->n_dst_ports == 0 || in_ports(p->dst_port, r->dst_ports)) && is_his(r, p->client);
}

static enum dp_filter_action
judge(const struct rules *r, const struct packet *p)
{
	for (uint32_t i = 0; i < r->filter.n_rules; i++)
		if (matches(&r->rule[i], p))
			return r->rule[i].action;
	return r->filter.fallback[p->in];
}

/* --- packets ---------------------------------------------------------------------------------- */

static const struct test_client *
client_at(const struct fuzz *f, rte_be32_t addr)
{
	return addr == FUZZ_IP_A ? &f->a : addr == FUZZ_IP_B ? &f->b : NULL;
}

/*
 * Puts a packet into the lane, from the network of its source; false when there is nothing to put.
 */
static bool
put(struct fuzz *f, enum op op, uint8_t ends, uint8_t ports, uint8_t *p, size_t len)
{
	static const rte_be32_t who[] = {FUZZ_HOST, FUZZ_IP_A, FUZZ_IP_B, PEER};
	rte_be32_t src = who[ends & 3], dst = ends & 0x40 ? FUZZ_IP_FAR : who[ends >> 2 & 3];
	const struct test_client *c = client_at(f, src);
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)p;
	struct rte_mbuf *m;

	if (len < FUZZ_IP_LEN || src == dst)
		return false;
	fuzz_fit_ipv4(p, len, src, dst);
	ip->next_proto_id = op == OP_ERROR ? IPPROTO_ICMP : protocols[1 + ip->next_proto_id % 7];
	ip->time_to_live |= 2;
	if (op != OP_FRAGMENT)
		ip->fragment_offset = 0;
	else
		ip->fragment_offset &= RTE_BE16(RTE_IPV4_HDR_MF_FLAG | 7);
	if (ip->next_proto_id != IPPROTO_ICMP)
		fuzz_set_ports(p + FUZZ_IP_LEN, len - FUZZ_IP_LEN, ports);
	if (op == OP_ERROR && len > FUZZ_IP_LEN + 8u) {
		uint8_t *q = p + FUZZ_IP_LEN + 8;

		p[FUZZ_IP_LEN] = "\3\4\13\14"[p[FUZZ_IP_LEN] & 3];
		fuzz_fit_ipv4(q, len - FUZZ_IP_LEN - 8, dst, ends & 0x80 ? src : PEER);
		if (len >= FUZZ_IP_LEN + 8u + FUZZ_IP_LEN)
			fuzz_set_ports(q + FUZZ_IP_LEN, len - FUZZ_IP_LEN - 8 - FUZZ_IP_LEN, ports);
	}
	fuzz_fit_ipv4(p, len, src, dst);
	m = test_mbuf(f->w, p, len);
	f->in[f->n_in++] = m;
	route_append(f->w, m,
		c != NULL     ? DP_CLIENT
		: src == PEER ? DP_WAN
			      : DP_LAN,
		c != NULL ? c->sess : NULL);
	return true;
}

static struct packet
read_packet(const struct fuzz *f, struct rte_mbuf *m, const struct track_packet *read)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	bool icmp = ip->next_proto_id == IPPROTO_ICMP;
	struct packet p = {
		.in = filter_zone(transit(m)->in),
		.out = filter_zone(transit(m)->out),
		.src = ip->src_addr,
		.dst = ip->dst_addr,
		.protocol = ip->next_proto_id,
		.icmp_type = read->icmp_type,
		.src_port = icmp ? 0 : rte_be_to_cpu_16(read->src_port),
		.dst_port = icmp ? 0 : rte_be_to_cpu_16(read->dst_port),
		.client = client_at(f, ip->src_addr),
	};

	if (p.client == NULL)
		p.client = client_at(f, ip->dst_addr);
	return p;
}

/* What must become of the packet in the lane after route(). */
enum fate { ANY, PASSES, GOES };

static enum fate
foresee(const struct fuzz *f, const struct rules *r, struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	const struct transit *t = transit(m);
	uint8_t in = filter_zone(t->in), out = filter_zone(t->out);
	struct track *table = f->w->track;
	struct track_packet read;
	struct packet p;

	if (!f->w->policy->need[in][out] || (t->in == t->out && t->in != DP_CLIENT))
		return PASSES;
	/* Fragments are not whole yet, and packets of the other worker are handed over. */
	if (ipv4_is_fragment(ip) || ip->dst_addr == FUZZ_IP_FAR)
		return ANY;
	if (!track_read(ip, m->data_len, in, out, &read))
		return GOES;
	if (track_find(table, &read.key, track_hash(table, &read.key), (uint32_t)f->w->now_s) !=
		NULL)
		return PASSES;
	p = read_packet(f, m, &read);
	if (judge(r, &p) != DP_FILTER_ACCEPT)
		return GOES;
	/* Unless the table is full of answered flows. */
	return table->used < table->size ? PASSES : ANY;
}

static void
check_table(const struct track *t)
{
	uint32_t live = 0;

	for (uint32_t i = 1; i < t->fresh; i++) {
		const struct track_flow *f = &t->flow[i];
		uint32_t at;

		if (f->state == TRACK_STATES)
			continue;
		live++;
		assert(f->hash == track_hash(t, &f->key));
		for (at = t->head[f->hash & t->mask]; at != i; at = t->flow[at].next)
			assert(at != 0);
	}
	assert(live == t->used && live <= FLOWS);
}

/* Runs one packet through the stages. */
static void
run(struct fuzz *f, const struct rules *r)
{
	struct lane *l = &f->w->lane[LANE_ROUTE];
	enum fate fate;
	uint32_t pushed = 0;
	struct rte_mbuf *m;

	route(f->w);
	if (l->n == 0)
		return;
	fate = foresee(f, r, l->pkt[0]);
	fuzz_poison_lane(f, LANE_ROUTE);
	filter(f->w);
	fuzz_unpoison(f);
	push_flush(f->w);
	for (; (m = test_pushed(f->w, 1, INBOX_ROUTE)) != NULL; pushed++)
		rte_pktmbuf_free(m);
	assert(l->n + pushed <= 1);
	assert(fate != PASSES || l->n + pushed == 1);
	assert(fate != GOES || l->n + pushed == 0 || pushed == 1);
	for (unsigned i = 0; i < l->n; i++) {
		m = l->pkt[i];
		fuzz_assert_ipv4(rte_pktmbuf_mtod(m, uint8_t *), m->data_len, 0, 0);
		rte_pktmbuf_free(m);
	}
	l->n = 0;
	f->n_in = 0;
}

static void
clients_are_users(struct fuzz *f)
{
	static const uint64_t secret[2] = {3, 5};

	f->a.say.filter_user = f->a.say.filter_groups = 1;
	f->b.say.filter_user = f->b.say.filter_groups = 2;
	test_client_again(&f->a);
	test_client_again(&f->b);
	for (unsigned i = 0; i < 2; i++) {
		f->w->workers[i]->track = track_new(FLOWS, secret);
		assert(f->w->workers[i]->track != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint32_t generation;
	struct fuzz *f = fuzz_begin();
	struct rd r = rd_init(data, size);
	uint8_t bytes[FUZZ_LEN_MAX + 100];
	_Atomic(struct policy *) policy;
	struct rules rules;

	if (f->w->track == NULL)
		clients_are_users(f);
	read_rules(&r, &rules);
	policy = policy_new(&rules.filter, 2, true, ++generation);
	assert(policy != NULL);
	f->w->published = &policy;
	filter_turn(f->w);
	while (rd_more(&r)) {
		enum op op = rd_u8(&r) % OP_COUNT;
		uint8_t ends = rd_u8(&r), ports = rd_u8(&r);

		if (op == OP_WAIT)
			f->w->now_s += ports * 4u;
		else if (put(f, op, ends, ports, bytes, fuzz_record(&r, bytes)))
			run(f, &rules);
	}
	check_table(f->w->track);
	fuzz_merged(f);
	fuzz_end(f);
	f->w->policy = NULL;
	policy_free(policy);
	return 0;
}
