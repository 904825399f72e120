/* SPDX-License-Identifier: BSD-3-Clause */
#include "test_nat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <rte_icmp.h>
#include <rte_udp.h>
#include <cmocka.h>

#include "cksum.h"

struct nat_config
test_nat_config(void)
{
	return (struct nat_config){
		.source = {{.from = {.n = 1, .net = {{TEST_IP(192, 168, 0, 0), 24}}}}},
		.n_sources = 1,
		.max_sessions = 1024,
		.timeout = {[NAT_QUEUE_UDP] = 300,
			[NAT_QUEUE_TCP] = 7440,
			[NAT_QUEUE_TCP_TRANSITORY] = 240,
			[NAT_QUEUE_ICMP] = 60,
			[NAT_QUEUE_HALF] = 240},
	};
}

struct worker *
test_nat(const struct nat_config *config, unsigned n_workers)
{
	struct worker *w = test_worker();
	struct nat_shared *s;

	assert_int_equal(nat_shared_new(config, n_workers, TEST_WAN_ADDR, &s), 0);
	for (unsigned i = 0; i < 2; i++) {
		w->workers[i]->n_workers = n_workers;
		w->workers[i]->now_s = 1000;
		w->workers[i]->nat = i < n_workers ? nat_new(s) : NULL;
	}
	return w;
}

void
test_nat_free(struct worker *w)
{
	struct nat_shared *s = w->nat->shared;

	for (unsigned i = 0; i < 2; i++) {
		w->workers[i]->n_workers = 2;
		nat_free(w->workers[i]->nat);
		w->workers[i]->nat = NULL;
	}
	nat_shared_free(s);
	test_worker_free(w);
}

static size_t
write_l4(uint8_t *at, const struct test_flow *f, size_t n)
{
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)at;
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)at;
	struct rte_icmp_hdr *icmp = (struct rte_icmp_hdr *)at;
	size_t head = f->proto == IPPROTO_TCP ? sizeof(*tcp) : sizeof(*udp);

	memset(at, 0, head);
	memset(at + head, 0xa7, n);
	switch (f->proto) {
	case IPPROTO_TCP:
		tcp->src_port = rte_cpu_to_be_16(f->sport);
		tcp->dst_port = rte_cpu_to_be_16(f->dport);
		tcp->data_off = 5 << 4;
		tcp->tcp_flags = f->flags;
		tcp->sent_seq = 0x12345678;
		break;
	case IPPROTO_UDP:
		udp->src_port = rte_cpu_to_be_16(f->sport);
		udp->dst_port = rte_cpu_to_be_16(f->dport);
		udp->dgram_len = rte_cpu_to_be_16((uint16_t)(head + n));
		break;
	case IPPROTO_ICMP:
		icmp->icmp_type = f->flags;
		icmp->icmp_ident = rte_cpu_to_be_16(f->sport);
		icmp->icmp_seq_nb = rte_cpu_to_be_16(7);
		icmp->icmp_cksum = cksum(icmp, head + n);
		break;
	default:
		break;
	}
	return head + n;
}

size_t
test_flow_write(uint8_t *p, const struct test_flow *f, size_t n)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)p;
	uint8_t payload[1600];
	size_t len = test_ipv4(p, f->src, f->dst, f->proto, payload, write_l4(payload, f, n));
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(ip + 1);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);

	if (f->proto == IPPROTO_TCP)
		tcp->cksum = rte_ipv4_udptcp_cksum(ip, tcp);
	else if (f->proto == IPPROTO_UDP)
		udp->dgram_cksum = rte_ipv4_udptcp_cksum(ip, udp);
	return len;
}

bool
test_l4_sound(const struct rte_ipv4_hdr *ip, const void *l4)
{
	uint32_t len = rte_be_to_cpu_16(ip->total_length) - (uint32_t)sizeof(*ip);
	uint32_t sum = cksum_add(0, &ip->src_addr, 8);

	sum += RTE_BE16(ip->next_proto_id);
	sum += rte_cpu_to_be_16((uint16_t)len);
	return cksum_fold(cksum_add(sum, l4, len)) == 0;
}

struct test_flow
test_flow_read(const struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	const struct rte_tcp_hdr *tcp = (const struct rte_tcp_hdr *)(ip + 1);
	const struct rte_udp_hdr *udp = (const struct rte_udp_hdr *)(ip + 1);
	const struct rte_icmp_hdr *icmp = (const struct rte_icmp_hdr *)(ip + 1);
	struct test_flow f = {.proto = ip->next_proto_id, .src = ip->src_addr, .dst = ip->dst_addr};

	assert_int_equal(cksum(ip, sizeof(*ip)), 0);
	assert_int_equal(rte_be_to_cpu_16(ip->total_length), m->data_len);
	if (f.proto == IPPROTO_ICMP) {
		assert_int_equal(cksum(icmp, m->data_len - sizeof(*ip)), 0);
		f.sport = rte_be_to_cpu_16(icmp->icmp_ident);
		f.flags = icmp->icmp_type;
		return f;
	}
	if (f.proto == IPPROTO_TCP) {
		assert_true(test_l4_sound(ip, tcp));
		f.flags = tcp->tcp_flags;
	} else if (f.proto == IPPROTO_UDP && udp->dgram_cksum != 0) {
		assert_true(test_l4_sound(ip, udp));
	}
	f.sport = rte_be_to_cpu_16(udp->src_port);
	f.dport = rte_be_to_cpu_16(udp->dst_port);
	return f;
}

struct rte_mbuf *
test_out_bytes(struct worker *w, const uint8_t *p, size_t len)
{
	struct rte_mbuf *m = test_mbuf(w, p, len);

	*transit(m) = (struct transit){.in = DP_LAN, .out = DP_WAN, .hop = TEST_WAN_GATEWAY};
	lane_append(&w->lane[LANE_OUT], m, NULL);
	nat_out(w);
	assert_int_equal(w->lane[LANE_OUT].n, 0);
	if (w->lane[LANE_TO_WAN].n == 0)
		return NULL;
	assert_ptr_equal(w->lane[LANE_TO_WAN].ctx[0], LANE_HOP);
	m = test_take(w, LANE_TO_WAN);
	assert_int_equal(transit(m)->hop, TEST_WAN_GATEWAY);
	return m;
}

struct rte_mbuf *
test_in_bytes(struct worker *w, const uint8_t *p, size_t len)
{
	struct rte_mbuf *m = test_mbuf(w, p, len);

	*transit(m) = (struct transit){.in = DP_WAN};
	lane_append(&w->lane[LANE_BACK], m, NULL);
	nat_in(w);
	assert_int_equal(w->lane[LANE_BACK].n, 0);
	if (w->lane[LANE_ROUTE].n == 0)
		return NULL;
	assert_null(w->lane[LANE_ROUTE].ctx[0]);
	m = test_take(w, LANE_ROUTE);
	assert_int_equal(transit(m)->in, DP_WAN);
	return m;
}

static bool
flow_of(struct rte_mbuf *m, struct test_flow *got)
{
	if (m == NULL)
		return false;
	*got = test_flow_read(m);
	rte_pktmbuf_free(m);
	return true;
}

bool
test_out(struct worker *w, const struct test_flow *f, struct test_flow *got)
{
	uint8_t p[1700];

	return flow_of(test_out_bytes(w, p, test_flow_write(p, f, 11)), got);
}

bool
test_in(struct worker *w, const struct test_flow *f, struct test_flow *got)
{
	uint8_t p[1700];

	return flow_of(test_in_bytes(w, p, test_flow_write(p, f, 11)), got);
}

uint16_t
test_udp_port(struct worker *w, rte_be32_t host, uint16_t port, rte_be32_t peer, uint16_t peer_port)
{
	struct test_flow got, f = {IPPROTO_UDP, host, port, peer, peer_port, 0};

	return test_out(w, &f, &got) ? got.sport : 0;
}

/*
 * Each session is found by its flow, and is in a queue and in its mapping; no port is taken without
 * a session.
 */
void
test_nat_check(const struct worker *w)
{
	const struct nat *n = w->nat;
	uint64_t sessions = 0, mappings = 0, queued = 0;

	for (uint32_t i = 1; i <= n->n_touched; i++) {
		const struct nat_session *s = &n->session[i];
		uint32_t first, steps = 0;

		if (s->queue == NAT_QUEUE_NONE)
			continue;
		sessions++;
		assert_ptr_equal(nat_find(n, &s->key, nat_hash(n->shared, &s->key)), s);
		first = n->shared->ports[s->ext].first[s->key.proto][rte_be_to_cpu_16(s->ext_port)];
		assert_int_not_equal(first, 0);
		if (first == i) {
			mappings++;
			assert_int_equal(s->map_prev, 0);
		}
		for (uint32_t k = first; k != i; k = n->session[k].map_next) {
			assert_int_not_equal(k, 0);
			assert_true(steps++ < n->max);
		}
		assert_int_equal(nat_port_owner(n->shared, s->key.proto, s->ext_port), w->id);
	}
	for (enum nat_queue q = NAT_QUEUE_NONE + 1; q < NAT_QUEUE_N; q++) {
		uint32_t prev = 0;

		for (uint32_t k = n->queue[q].head; k != 0; k = n->session[k].next) {
			assert_int_equal(n->session[k].queue, q);
			assert_int_equal(n->session[k].prev, prev);
			prev = k;
			queued++;
		}
		assert_int_equal(n->queue[q].tail, prev);
	}
	assert_int_equal(sessions, n->stats.sessions);
	assert_int_equal(queued, sessions);
	assert_int_equal(mappings, n->stats.mappings);
}

void
test_nat_wait(struct worker *w, unsigned seconds)
{
	for (unsigned i = 0; i < seconds; i++) {
		w->now_s++;
		nat_age(w);
	}
}
