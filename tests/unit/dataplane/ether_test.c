/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VLAN tags of received and sent frames (802.1Q): the LAN's own network untagged, another of its
 * port in VLAN 20.
 */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <rte_ether.h>
#include <cmocka.h>

#include "ether.h"
#include "neigh.h"
#include "test_worker.h"

#define HOST    TEST_IP(192, 168, 0, 20)
#define GUESTS  TEST_IP(192, 168, 20, 254)
#define GUEST   TEST_IP(192, 168, 20, 7)
#define NET     DP_N_PORTS /* number of the network in VLAN 20 */
#define VLAN    20
#define DROPPED (-1)
#define PUNTED  (-2)

static const uint8_t our_mac[6] = {2, 0, 0, 0, 0, 2};
static const uint8_t wan_mac[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t host_mac[6] = {2, 0, 0, 0, 0, 0x99};

static uint8_t net_of_vlan[RTE_VLAN_ID_MASK + 1];

static struct worker *
tagged_worker(void)
{
	struct worker *w = test_worker();
	struct network *guests = &w->net[NET];

	*guests = w->net[DP_LAN];
	guests->addr = GUESTS;
	guests->broadcast = GUESTS | ~guests->mask;
	guests->number = NET;
	guests->vlan = RTE_BE16(VLAN);
	guests->lease = NULL;
	guests->neigh = calloc(256, sizeof(*guests->neigh));
	assert_non_null(guests->neigh);
	w->n_nets = NET + 1;
	memset(net_of_vlan, NET_NONE, sizeof(net_of_vlan));
	net_of_vlan[0] = DP_LAN;
	net_of_vlan[VLAN] = NET;
	w->net_of_vlan[DP_LAN] = net_of_vlan;
	return w;
}

static void
tagged_worker_free(struct worker *w)
{
	free(w->net[NET].neigh);
	test_worker_free(w);
}

/* Builds a frame that ends with 20 + 8 bytes of IPv4, behind a tag if there is a TPID. */
static size_t
build(uint8_t *frame, const uint8_t *mac, uint16_t tpid, uint16_t tci, uint16_t type)
{
	uint8_t inner[64], packet[64];
	size_t len = test_ipv4(packet, HOST, GUEST, IPPROTO_ICMP, "12345678", 8);
	const rte_be16_t tag[2] = {rte_cpu_to_be_16(tci), rte_cpu_to_be_16(type)};

	if (tpid == 0)
		return test_ether(frame, mac, type, packet, len);
	memcpy(inner, tag, sizeof(tag));
	memcpy(inner + sizeof(tag), packet, len);
	return test_ether(frame, mac, tpid, inner, sizeof(tag) + len);
}

static const struct in_case {
	const char *name;
	const uint8_t *mac; /* NULL: ours */
	uint16_t tpid, tci;
	uint16_t type; /* 0: IPv4 */
	size_t cut; /* bytes of the frame that arrive; 0: all */
	bool stripped; /* the NIC has removed the tag; tci is in the mbuf */
	int net;
	int reason;
} in_cases[] = {
	{"untagged", .net = DP_LAN},
	{"VLAN 20", .tpid = 0x8100, .tci = 20, .net = NET},
	{"VLAN 20 with priority and DEI", .tpid = 0x8100, .tci = 0xf000 | 20, .net = NET},
	{"a tag with a priority alone is of the untagged network", .tpid = 0x8100, .tci = 0xe000,
		.net = DP_LAN},
	{"VLAN 20, stripped by the NIC", .stripped = true, .tci = 0x6000 | 20, .net = NET},
	{"a VLAN that is not configured", .tpid = 0x8100, .tci = 21, .net = DROPPED,
		.reason = DROP_ETHER_VLAN},
	{"the same, stripped by the NIC", .stripped = true, .tci = 21, .net = DROPPED,
		.reason = DROP_ETHER_VLAN},
	{"4095, which is reserved", .tpid = 0x8100, .tci = 4095, .net = DROPPED,
		.reason = DROP_ETHER_VLAN},
	{"a tag of a provider (802.1ad)", .tpid = 0x88a8, .tci = 20, .net = DROPPED,
		.reason = DROP_ETHER_TYPE},
	{"a tag within a tag", .tpid = 0x8100, .tci = 20, .type = 0x8100, .net = DROPPED,
		.reason = DROP_ETHER_TYPE},
	{"a frame that ends in its tag", .tpid = 0x8100, .tci = 20, .cut = 17, .net = DROPPED,
		.reason = DROP_ETHER_TYPE},
	{"a frame that ends in its header", .cut = 13, .net = DROPPED, .reason = DROP_ETHER_SHORT},
	{"to another MAC address in the VLAN", .mac = wan_mac, .tpid = 0x8100, .tci = 20,
		.net = DROPPED, .reason = DROP_ETHER_OTHER_MAC},
	{"ARP in VLAN 20", .tpid = 0x8100, .tci = 20, .type = RTE_ETHER_TYPE_ARP, .net = PUNTED,
		.reason = PUNT_ARP},
};

static void
run_in(const struct in_case *c)
{
	struct worker *w = tagged_worker();
	const struct network *net;
	const uint8_t *mac = c->mac != NULL ? c->mac : our_mac;
	uint16_t type = c->type != 0 ? c->type : RTE_ETHER_TYPE_IPV4;
	uint8_t frame[128], untagged[128];
	size_t len = build(frame, mac, c->tpid, c->tci, type);
	size_t untagged_len = build(untagged, mac, 0, 0, type);
	struct rte_mbuf *m = test_mbuf(w, frame, c->cut != 0 ? c->cut : len), *got;

	print_message("%s\n", c->name);
	if (c->stripped) {
		m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
		m->vlan_tci = c->tci;
	}
	net = ether_in(w, m, DP_LAN);
	if (c->net >= 0) {
		assert_ptr_equal(net, &w->net[c->net]);
		assert_int_equal(m->data_len, untagged_len - RTE_ETHER_HDR_LEN);
		assert_memory_equal(
			rte_pktmbuf_mtod(m, void *), untagged + RTE_ETHER_HDR_LEN, m->data_len);
		rte_pktmbuf_free(m);
	} else if (c->net == PUNTED) {
		assert_null(net);
		push_flush(w);
		got = test_punted(w);
		assert_non_null(got);
		assert_int_equal(pkt_meta(got)->reason, c->reason);
		assert_int_equal(pkt_meta(got)->net, NET);
		/* As if it had never had a tag. */
		assert_int_equal(got->data_len, untagged_len);
		assert_memory_equal(rte_pktmbuf_mtod(got, void *), untagged, untagged_len);
		rte_pktmbuf_free(got);
	} else {
		assert_null(net);
		assert_int_equal(w->drop[c->reason], 1);
	}
	assert_int_equal(test_drops(w), c->net == DROPPED ? 1 : 0);
	tagged_worker_free(w);
}

static void
the_tag_selects_the_network(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(in_cases); i++)
		run_in(&in_cases[i]);
}

/* Frames to a host have the tag of the host's network. */
static void
run_out(unsigned net, rte_be32_t host, size_t len)
{
	struct worker *w = tagged_worker();
	uint8_t packet[TEST_MTU], frame[TEST_MTU + RTE_ETHER_HDR_LEN], payload[TEST_MTU] = {0};
	const rte_be16_t tag[2] = {RTE_BE16(0x8100), RTE_BE16(VLAN)};
	size_t at = 2 * RTE_ETHER_ADDR_LEN, tag_len = net == NET ? sizeof(tag) : 0;
	struct rte_mbuf *m;

	for (unsigned i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)i;
	len = test_ipv4(packet, TEST_LAN_ADDR, host, IPPROTO_UDP, payload, len - 20);
	test_ether(frame, host_mac, RTE_ETHER_TYPE_IPV4, packet, len);
	memcpy(frame + RTE_ETHER_ADDR_LEN, w->net[net].mac, RTE_ETHER_ADDR_LEN);
	w->net[net].neigh[rte_be_to_cpu_32(host & ~w->net[net].mask)] = neigh_word(host_mac);
	m = test_put(w, LANE_TO_LAN, packet, len, LANE_HOP);
	*transit(m) = (struct transit){.out = (uint8_t)net, .hop = host};
	ether_out(w, &w->lane[LANE_TO_LAN], DP_LAN);

	m = test_sent(w, DP_LAN);
	assert_non_null(m);
	assert_int_equal(m->pkt_len, RTE_ETHER_HDR_LEN + tag_len + len);
	assert_int_equal(m->data_len, m->pkt_len);
	assert_memory_equal(rte_pktmbuf_mtod(m, void *), frame, at);
	assert_memory_equal(rte_pktmbuf_mtod_offset(m, void *, at), tag, tag_len);
	assert_memory_equal(rte_pktmbuf_mtod_offset(m, void *, at + tag_len), frame + at,
		RTE_ETHER_HDR_LEN - at + len);
	rte_pktmbuf_free(m);
	assert_int_equal(test_drops(w), 0);
	tagged_worker_free(w);
}

static void
packets_leave_with_the_tag_of_their_network(void **state)
{
	(void)state;
	run_out(DP_LAN, HOST, 100);
	run_out(NET, GUEST, 100);
	/* The tag does not count towards the MTU: a full packet leaves whole. */
	run_out(NET, GUEST, TEST_MTU);
}

/* All fragments of a packet are tagged. */
static void
fragments_have_the_tag_too(void **state)
{
	struct worker *w = tagged_worker();
	uint8_t packet[TEST_MTU] = {0}, payload[TEST_MTU] = {0};
	size_t len = test_ipv4(packet, TEST_LAN_ADDR, GUEST, IPPROTO_UDP, payload, 1000);
	struct rte_mbuf *m;
	unsigned n = 0;

	(void)state;
	w->net[NET].mtu = 576;
	w->net[NET].neigh[rte_be_to_cpu_32(GUEST & ~w->net[NET].mask)] = neigh_word(host_mac);
	m = test_put(w, LANE_TO_LAN, packet, len, LANE_HOP);
	*transit(m) = (struct transit){.out = NET, .hop = GUEST};
	ether_out(w, &w->lane[LANE_TO_LAN], DP_LAN);
	for (; (m = test_sent(w, DP_LAN)) != NULL; n++) {
		static const uint8_t tag[6] = {0x81, 0, 0, VLAN, 0x08, 0};

		assert_in_range(m->pkt_len, 100, RTE_ETHER_HDR_LEN + 4 + 576);
		assert_memory_equal(
			rte_pktmbuf_mtod_offset(m, void *, 2 * RTE_ETHER_ADDR_LEN), tag, 6);
		rte_pktmbuf_free(m);
	}
	assert_int_equal(n, 2);
	assert_int_equal(test_drops(w), 0);
	tagged_worker_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tag_selects_the_network),
		cmocka_unit_test(packets_leave_with_the_tag_of_their_network),
		cmocka_unit_test(fragments_have_the_tag_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
