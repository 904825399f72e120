/* SPDX-License-Identifier: BSD-3-Clause */
/* ICMP errors in both directions (RFC 5508): the quoted packet is what its sender has sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <rte_icmp.h>
#include <rte_udp.h>
#include <cmocka.h>

#include "cksum.h"
#include "test_nat.h"

#define ROUTER   TEST_IP(198, 51, 100, 1) /* a router on the path */
#define IP_LEN   sizeof(struct rte_ipv4_hdr)
#define QUOTE_AT (IP_LEN + sizeof(struct rte_icmp_hdr))

/* Writes an error that quotes so many bytes of the packet's payload; returns its length. */
static size_t
error_write(uint8_t *p, rte_be32_t src, rte_be32_t dst, const struct test_flow *quoted, size_t n)
{
	uint8_t q[1700], icmp[1700];
	struct rte_icmp_hdr *h = (struct rte_icmp_hdr *)icmp;

	test_flow_write(q, quoted, 30);
	memset(h, 0, sizeof(*h));
	h->icmp_type = 3;
	h->icmp_code = 4;
	h->icmp_seq_nb = rte_cpu_to_be_16(1280);
	memcpy(h + 1, q, IP_LEN + n);
	h->icmp_cksum = cksum(icmp, sizeof(*h) + IP_LEN + n);
	return test_ipv4(p, src, dst, IPPROTO_ICMP, icmp, sizeof(*h) + IP_LEN + n);
}

/* The quoted packet; its checksums must be correct as far as it goes. */
static struct test_flow
quoted_of(const struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(
		m, const struct rte_ipv4_hdr *, QUOTE_AT);
	const struct rte_udp_hdr *udp = (const struct rte_udp_hdr *)(ip + 1);
	const struct rte_icmp_hdr *icmp = (const struct rte_icmp_hdr *)(ip + 1);
	struct test_flow f = {.proto = ip->next_proto_id, .src = ip->src_addr, .dst = ip->dst_addr};
	bool whole = m->data_len == QUOTE_AT + rte_be_to_cpu_16(ip->total_length);

	test_flow_read(m);
	assert_int_equal(cksum(ip, IP_LEN), 0);
	if (f.proto == IPPROTO_ICMP) {
		if (whole)
			assert_int_equal(cksum(icmp, m->data_len - QUOTE_AT - IP_LEN), 0);
		f.sport = rte_be_to_cpu_16(icmp->icmp_ident);
		return f;
	}
	if (whole)
		assert_true(test_l4_sound(ip, udp));
	f.sport = rte_be_to_cpu_16(udp->src_port);
	f.dport = rte_be_to_cpu_16(udp->dst_port);
	return f;
}

static const struct test_flow flows[] = {
	{IPPROTO_UDP, HOST_A, 5000, PEER_1, 53, 0},
	{IPPROTO_TCP, HOST_A, 5000, PEER_1, 80, SYN},
	{IPPROTO_ICMP, HOST_A, 77, PEER_1, 0, 8},
};

/* From a router on the path, about a packet that went out: RFC 5508, REQ-4. */
static void
test_error_in(void **state)
{
	static const size_t quoted[] = {8, 16, 38, 50};
	struct nat_config c = test_nat_config();
	struct worker *w = test_nat(&c, 1);

	(void)state;
	/* So that ports change. */
	for (unsigned i = 0; i < RTE_DIM(flows); i++) {
		struct test_flow f = flows[i], got;

		f.src = HOST_B;
		assert_true(test_out(w, &f, &got));
	}
	for (unsigned i = 0; i < RTE_DIM(flows); i++) {
		struct test_flow sent, q;
		uint8_t p[1700];

		assert_true(test_out(w, &flows[i], &sent));
		assert_int_not_equal(sent.sport, flows[i].sport);
		w->now_s++;
		for (unsigned k = 0; k < RTE_DIM(quoted); k++) {
			size_t n = RTE_MIN(quoted[k], flows[i].proto == IPPROTO_TCP ? 50u : 38u);
			size_t len = error_write(p, ROUTER, TEST_WAN_ADDR, &sent, n);
			struct rte_mbuf *m = test_in_bytes(w, p, len);

			assert_non_null(m);
			q = quoted_of(m);
			assert_int_equal(q.src, HOST_A);
			assert_int_equal(q.sport, flows[i].sport);
			assert_int_equal(q.dst, PEER_1);
			assert_int_equal(q.dport, flows[i].dport);
			assert_int_equal(test_flow_read(m).dst, HOST_A);
			assert_int_equal(test_flow_read(m).src, ROUTER);
			/* Type, code and MTU are unchanged. */
			assert_memory_equal(
				rte_pktmbuf_mtod_offset(m, uint8_t *, IP_LEN), p + IP_LEN, 2);
			assert_memory_equal(rte_pktmbuf_mtod_offset(m, uint8_t *, IP_LEN + 4),
				p + IP_LEN + 4, 4);
			rte_pktmbuf_free(m);
		}
	}
	assert_int_equal(w->nat->stats.errors_in, RTE_DIM(flows) * RTE_DIM(quoted));
	/* Errors keep no session alive (REQ-6). */
	for (uint32_t i = 1; i <= w->nat->n_touched; i++)
		assert_true(w->nat->session[i].packets_in == 0);
	test_nat_free(w);
}

/* From an inside host or router, about a packet that came in: RFC 5508, REQ-5. */
static void
test_error_out(void **state)
{
	static const rte_be32_t from[] = {HOST_A, TEST_LAN_ADDR};
	struct nat_config c = test_nat_config();
	struct worker *w = test_nat(&c, 1);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct test_flow f = flows[i], sent, back, got, q;
		uint8_t p[1700];

		f.src = HOST_B;
		assert_true(test_out(w, &f, &sent));
		assert_true(test_out(w, &flows[i], &sent));
		back = (struct test_flow){f.proto, PEER_1, f.dport, TEST_WAN_ADDR, sent.sport, ACK};
		assert_true(test_in(w, &back, &got));
		for (unsigned k = 0; k < RTE_DIM(from); k++) {
			size_t len = error_write(
				p, from[k], PEER_1, &got, f.proto == IPPROTO_TCP ? 50 : 38);
			struct rte_mbuf *m = test_out_bytes(w, p, len);

			assert_non_null(m);
			q = quoted_of(m);
			assert_int_equal(q.src, PEER_1);
			assert_int_equal(q.sport, f.dport);
			assert_int_equal(q.dst, TEST_WAN_ADDR);
			assert_int_equal(q.dport, sent.sport);
			assert_int_equal(test_flow_read(m).src, TEST_WAN_ADDR);
			assert_int_equal(test_flow_read(m).dst, PEER_1);
			rte_pktmbuf_free(m);
		}
	}
	assert_int_equal(w->nat->stats.errors_out, 4);
	test_nat_free(w);
}

/*
 * An inside host rejects what another sent to its external end (REQ-7): the other is told, with the
 * addresses it knows.
 */
static void
test_error_hairpin(void **state)
{
	struct nat_config c = test_nat_config();
	struct worker *w = test_nat(&c, 1);
	struct test_flow got, q, to = {IPPROTO_UDP, HOST_B, 6000, TEST_WAN_ADDR, 5000, 0};
	struct rte_mbuf *m;
	uint8_t p[1700];
	size_t len;

	(void)state;
	assert_true(test_out(w, &flows[0], &got));
	len = test_flow_write(p, &to, 30);
	m = test_mbuf(w, p, len);
	assert_true(nat_hairpin(w, m, DP_LAN, NULL));
	nat_out(w);
	push_flush(w);
	lane_append(&w->lane[LANE_BACK], test_pushed(w, 0, INBOX_BACK), NULL);
	nat_in(w);
	m = test_take(w, LANE_ROUTE);
	got = test_flow_read(m); /* as HOST_A sees it */
	rte_pktmbuf_free(m);

	len = error_write(p, HOST_A, TEST_WAN_ADDR, &got, 38);
	m = test_mbuf(w, p, len);
	assert_true(nat_hairpin(w, m, DP_LAN, NULL));
	nat_out(w);
	push_flush(w);
	lane_append(&w->lane[LANE_BACK], test_pushed(w, 0, INBOX_BACK), NULL);
	nat_in(w);
	m = test_take(w, LANE_ROUTE);
	q = quoted_of(m);
	assert_int_equal(q.src, HOST_B);
	assert_int_equal(q.sport, 6000);
	assert_int_equal(q.dst, TEST_WAN_ADDR);
	assert_int_equal(q.dport, 5000);
	assert_int_equal(test_flow_read(m).dst, HOST_B);
	assert_int_equal(test_flow_read(m).src, TEST_WAN_ADDR);
	rte_pktmbuf_free(m);
	test_nat_free(w);
}

/* IPv4 options of the quoted packet are skipped (REQ-3). */
static void
test_quoted_options(void **state)
{
	struct nat_config c = test_nat_config();
	struct worker *w = test_nat(&c, 1);
	struct test_flow sent;
	struct rte_ipv4_hdr *ip;
	struct rte_icmp_hdr *icmp;
	struct rte_mbuf *m;
	uint8_t p[1700];
	size_t len;

	(void)state;
	assert_true(test_out(w, &flows[0], &sent));
	len = error_write(p, ROUTER, TEST_WAN_ADDR, &sent, 8);
	memmove(p + QUOTE_AT + IP_LEN + 4, p + QUOTE_AT + IP_LEN, 8);
	memset(p + QUOTE_AT + IP_LEN, 1, 4); /* no-operation */
	ip = (struct rte_ipv4_hdr *)(p + QUOTE_AT);
	ip->version_ihl = 0x46;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = cksum(ip, IP_LEN + 4);
	len += 4;
	icmp = (struct rte_icmp_hdr *)(p + IP_LEN);
	icmp->icmp_cksum = 0;
	icmp->icmp_cksum = cksum(icmp, len - IP_LEN);
	ip = (struct rte_ipv4_hdr *)p;
	ip->total_length = rte_cpu_to_be_16((uint16_t)len);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = cksum(ip, IP_LEN);
	m = test_in_bytes(w, p, len);
	assert_non_null(m);
	test_flow_read(m);
	ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, QUOTE_AT);
	assert_int_equal(cksum(ip, IP_LEN + 4), 0);
	assert_int_equal(ip->src_addr, HOST_A);
	assert_int_equal(*rte_pktmbuf_mtod_offset(m, uint16_t *, QUOTE_AT + IP_LEN + 4),
		rte_cpu_to_be_16(5000));
	rte_pktmbuf_free(m);
	test_nat_free(w);
}

/* A damaged or truncated error, or one about no session, does not reach an inside host. */
static void
test_refused(void **state)
{
	struct nat_config c = test_nat_config();
	struct worker *w = test_nat(&c, 1);
	struct test_flow sent, other;
	struct rte_mbuf *m;
	uint8_t p[1700];
	size_t len;

	(void)state;
	assert_true(test_out(w, &flows[0], &sent));
	len = error_write(p, ROUTER, TEST_WAN_ADDR, &sent, 8);
	for (size_t n = IP_LEN + 8; n < len; n++)
		assert_null(test_in_bytes(w, p, n));
	assert_int_equal(w->drop[DROP_IP_HEADER], len - IP_LEN - 8);
	p[len - 1] ^= 1;
	assert_null(test_in_bytes(w, p, len));
	len = error_write(p, ROUTER, TEST_WAN_ADDR, &sent, 8);
	p[QUOTE_AT + 8] ^= 1; /* breaks the quoted header's checksum, but not that of the whole */
	p[IP_LEN + 4] ^= 1;
	assert_null(test_in_bytes(w, p, len));
	/* Redirects are not translated. */
	len = error_write(p, ROUTER, TEST_WAN_ADDR, &sent, 8);
	p[IP_LEN] = 5;
	assert_null(test_in_bytes(w, p, len));
	assert_int_equal(w->drop[DROP_NAT_PROTOCOL], 1);
	/* No session has the flow; it may be the gateway's own. */
	other = sent;
	other.dst = PEER_2;
	len = error_write(p, ROUTER, TEST_WAN_ADDR, &other, 8);
	assert_null(test_in_bytes(w, p, len));
	m = test_punted(w);
	assert_non_null(m);
	assert_int_equal(pkt_meta(m)->reason, PUNT_SELF);
	rte_pktmbuf_free(m);
	/* The same from inside. */
	other = (struct test_flow){IPPROTO_UDP, PEER_2, 53, HOST_A, 5000, 0};
	len = error_write(p, HOST_A, PEER_2, &other, 8);
	assert_null(test_out_bytes(w, p, len));
	assert_int_equal(w->drop[DROP_NAT_ERROR], 1);
	assert_int_equal(w->nat->stats.errors_in + w->nat->stats.errors_out, 0);
	test_nat_free(w);
}

/* From hosts without a rule, an error passes unchanged. */
static void
test_untouched(void **state)
{
	struct nat_config c = test_nat_config();
	struct worker *w = test_nat(&c, 1);
	struct test_flow f = {IPPROTO_UDP, PEER_1, 53, TEST_IP(172, 16, 0, 1), 5000, 0};
	struct rte_mbuf *m;
	uint8_t p[1700];
	size_t len = error_write(p, f.dst, PEER_1, &f, 8);

	(void)state;
	m = test_out_bytes(w, p, len);
	assert_non_null(m);
	assert_memory_equal(rte_pktmbuf_mtod(m, void *), p, len);
	rte_pktmbuf_free(m);
	test_nat_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error_in),
		cmocka_unit_test(test_error_out),
		cmocka_unit_test(test_error_hairpin),
		cmocka_unit_test(test_quoted_options),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_untouched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
