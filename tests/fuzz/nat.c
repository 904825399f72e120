/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * NAT from both sides: packets from inside hosts, and from the WAN to their external ends, with TCP
 * and ICMP errors among them. Whatever they are, packets that leave have our address, packets that
 * come in are for an inside host, headers stay valid, and the table stays consistent. The input is
 * records of (operation, ports, length (u16), bytes).
 */
#include "fuzz_worker.h"
#include "nat.h"

enum op {
	OP_OUT, /* a packet from inside; its header is set */
	OP_OUT_TCP, /* the same with ports from a small set */
	OP_OUT_ERROR, /* an ICMP error from inside about a packet from outside */
	OP_IN,
	OP_IN_TCP,
	OP_IN_ERROR,
	OP_HAIRPIN,
	OP_WAIT,
	OP_COUNT,
};

#define PEER     TEST_IP(203, 0, 113, 1)
#define SESSIONS 24 /* few, so that sessions make room for each other */

static void
nat_on(struct worker *w)
{
	static const struct nat_config c = {
		.source = {{.from = {.n = 1, .net = {{TEST_IP(192, 168, 0, 0), 24}}}}},
		.n_sources = 1,
		.destination = {{.protocols = NAT_TO_TCP | NAT_TO_UDP,
			.first = 1030,
			.last = 1031,
			.host = FUZZ_HOST,
			.host_port = 1024}},
		.n_destinations = 1,
		.filtering = NAT_ADDRESS_DEPENDENT,
		.max_sessions = SESSIONS,
		.max_per_host = SESSIONS - 4,
		.timeout = {0, 300, 7440, 240, 60, 240},
	};
	struct nat_shared *s;
	int rc = nat_shared_new(&c, 2, TEST_WAN_ADDR, &s);

	assert(rc == 0);
	(void)rc;
	for (unsigned i = 0; i < 2; i++)
		w->workers[i]->nat = nat_new(s);
	assert(w->nat != NULL);
}

static void
fix_icmp(uint8_t *icmp, size_t len)
{
	uint16_t sum;

	if (len < 8)
		return;
	icmp[0] = "\3\13\14\4\5\10\0\15"[icmp[0] & 7];
	memset(icmp + 2, 0, 2);
	sum = cksum(icmp, len);
	memcpy(icmp + 2, &sum, 2);
}

/* The packet that an error quotes: its header could be one of ours. */
static void
quote(uint8_t *packet, size_t len, uint8_t ports, rte_be32_t src, rte_be32_t dst)
{
	uint8_t *q = packet + FUZZ_IP_LEN + 8;
	size_t left = len > FUZZ_IP_LEN + 8u ? len - FUZZ_IP_LEN - 8 : 0;

	if (left >= FUZZ_IP_LEN) {
		uint8_t ihl = q[0];

		fuzz_fit_ipv4(q, left, src, dst);
		q[9] = "\6\21\1\57"[q[9] & 3];
		fuzz_set_ports(q + FUZZ_IP_LEN, left - FUZZ_IP_LEN, ports);
		/* Sometimes with options. */
		if ((ihl & 7) == 0)
			q[0] = 0x46;
		memset(q + 10, 0, 2);
		if ((q[0] & 0xfu) * 4u <= left) {
			uint16_t sum = cksum(q, (q[0] & 0xfu) * 4u);

			memcpy(q + 10, &sum, 2);
		}
	}
	packet[9] = IPPROTO_ICMP;
	fix_icmp(packet + FUZZ_IP_LEN, len - FUZZ_IP_LEN);
}

static void
put(struct fuzz *f, enum op op, uint8_t ports, uint8_t *p, size_t len)
{
	rte_be32_t inside = ports & 0x80 ? FUZZ_HOST : FUZZ_IP_A;
	bool out = op <= OP_OUT_ERROR;
	rte_be32_t src = out || op == OP_HAIRPIN ? inside : PEER;
	rte_be32_t dst = out ? PEER : TEST_WAN_ADDR;
	struct rte_mbuf *m;

	if (len < FUZZ_IP_LEN)
		return;
	/* A packet with TTL 0 does not get this far. */
	p[8] |= p[8] == 0;
	if (op == OP_OUT_TCP || op == OP_IN_TCP || op == OP_HAIRPIN) {
		p[9] = p[9] & 1 ? IPPROTO_UDP : IPPROTO_TCP;
		fuzz_set_ports(p + FUZZ_IP_LEN, len - FUZZ_IP_LEN, ports);
	} else if (op == OP_OUT_ERROR) {
		quote(p, len, ports, PEER, inside);
	} else if (op == OP_IN_ERROR) {
		quote(p, len, ports, TEST_WAN_ADDR, PEER);
	}
	fuzz_fit_ipv4(p, len, src, dst);
	m = test_mbuf(f->w, p, len);
	f->in[f->n_in++] = m;
	*transit(m) = (struct transit){.in = DP_LAN, .out = DP_WAN, .hop = TEST_WAN_GATEWAY};
	if (out) {
		lane_append(&f->w->lane[LANE_OUT], m, NULL);
	} else if (op == OP_HAIRPIN) {
		fuzz_poison(m);
		if (!nat_hairpin(f->w, m, DP_LAN, NULL))
			drop(f->w, m, DROP_NO_ROUTE);
		ASAN_UNPOISON_MEMORY_REGION(m->buf_addr, m->buf_len);
	} else {
		lane_append(&f->w->lane[LANE_BACK], m, NULL);
	}
}

/*
 * Frees all packets of the lane, which must have this source or destination. Returns their number.
 */
static unsigned
take(struct fuzz *f, enum lane_id lane)
{
	struct lane *l = &f->w->lane[lane];
	unsigned n = l->n;

	for (unsigned i = 0; i < n; i++) {
		const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(
			l->pkt[i], const struct rte_ipv4_hdr *);

		fuzz_assert_ipv4((const uint8_t *)ip, l->pkt[i]->data_len,
			lane == LANE_TO_WAN ? TEST_WAN_ADDR : 0, 0);
		assert(lane == LANE_TO_WAN || ip->dst_addr == FUZZ_HOST ||
			ip->dst_addr == FUZZ_IP_A);
		rte_pktmbuf_free(l->pkt[i]);
	}
	l->n = 0;
	return n;
}

static void
check_table(const struct nat *n)
{
	unsigned live = 0;

	for (uint32_t i = 1; i <= n->n_touched; i++) {
		const struct nat_session *s = &n->session[i];

		if (s->queue == NAT_QUEUE_NONE)
			continue;
		live++;
		assert(nat_find(n, &s->key, nat_hash(n->shared, &s->key)) == s);
		assert(n->shared->ports[s->ext]
				.first[s->key.proto][rte_be_to_cpu_16(s->ext_port)] != 0);
	}
	assert(live == n->stats.sessions && live <= SESSIONS);
}

/* Each record by itself, so that the next one finds the state that it leaves. */
static unsigned
run(struct fuzz *f)
{
	struct rte_mbuf *m;
	unsigned n;

	fuzz_poison_lane(f, LANE_OUT);
	nat_out(f->w);
	fuzz_poison_lane(f, LANE_BACK);
	nat_in(f->w);
	fuzz_unpoison(f);
	push_flush(f->w);
	while ((m = test_pushed(f->w, 0, INBOX_BACK)) != NULL)
		lane_append(&f->w->lane[LANE_BACK], m, NULL);
	nat_in(f->w);
	assert(f->w->lane[LANE_OUT].n == 0 && f->w->lane[LANE_BACK].n == 0);
	n = take(f, LANE_TO_WAN) + take(f, LANE_ROUTE);
	f->n_in = 0;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz *f = fuzz_begin();
	struct rd r = rd_init(data, size);
	uint8_t bytes[FUZZ_LEN_MAX + 100];

	if (f->w->nat == NULL)
		nat_on(f->w);
	while (rd_more(&r)) {
		enum op op = rd_u8(&r) % OP_COUNT;
		uint8_t ports = rd_u8(&r);

		if (op == OP_WAIT)
			f->w->now_s += ports * 4u;
		else
			put(f, op, ports, bytes, fuzz_record(&r, bytes));
		nat_age(f->w);
		run(f);
	}
	fuzz_end(f);
	check_table(f->w->nat);
	/* Each input starts with an empty table. */
	f->w->now_s += 10000;
	while (f->w->nat->stats.sessions > 0)
		nat_age(f->w);
	check_table(f->w->nat);
	return 0;
}
