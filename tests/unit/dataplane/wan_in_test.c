/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <cmocka.h>

#include "test_worker.h"
#include "transit.h"

#define PEER      TEST_IP(203, 0, 113, 7)
#define NEIGHBOUR TEST_IP(10, 0, 0, 9)

static const uint8_t our_mac[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t other_mac[6] = {2, 0, 0, 0, 0, 7};
static const uint8_t all_macs[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t group_mac[6] = {1, 0, 0x5e, 0, 0, 0xfb};

enum way { UP_HERE, PUSHED, ROUTED, PUNTED, DROPPED };

/* A frame: how it is built, and what becomes of it. */
struct wan_case {
	const char *name;
	const uint8_t *mac;
	uint16_t ether_type; /* 0: IPv4 */
	rte_be32_t src, dst; /* 0: PEER, our address */
	uint8_t proto;
	uint16_t dport; /* of UDP */
	const char *payload;
	size_t payload_len;
	bool forward, dhcp; /* of the port */
	void (*spoil)(struct rte_mbuf *m); /* applied to the finished frame, data at Ethernet */
	enum way way;
	int reason; /* of the punt or drop */
	uint16_t data_at; /* offset in the frame of where data then begins */
	uint16_t data_len;
	enum esp_outer outer;
};

static struct rte_ipv4_hdr *
ip_of(struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, sizeof(struct rte_ether_hdr));
}

static void
recksum(struct rte_mbuf *m)
{
	ip_of(m)->hdr_checksum = 0;
	ip_of(m)->hdr_checksum = rte_ipv4_cksum(ip_of(m));
}

static void
cut_one(struct rte_mbuf *m)
{
	rte_pktmbuf_trim(m, 1);
}

static void
pad_frame(struct rte_mbuf *m)
{
	memset(rte_pktmbuf_append(m, 20), 0xee, 20);
}

static void
version_6(struct rte_mbuf *m)
{
	ip_of(m)->version_ihl = 0x65;
	recksum(m);
}

static void
with_options(struct rte_mbuf *m)
{
	ip_of(m)->version_ihl = 0x46;
}

static void
short_ihl(struct rte_mbuf *m)
{
	ip_of(m)->version_ihl = 0x44;
}

static void
total_of_19(struct rte_mbuf *m)
{
	ip_of(m)->total_length = RTE_BE16(19);
	recksum(m);
}

static void
bad_cksum(struct rte_mbuf *m)
{
	ip_of(m)->hdr_checksum ^= 1;
}

static void
nic_says_bad(struct rte_mbuf *m)
{
	m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_BAD;
}

static void
nic_says_good(struct rte_mbuf *m)
{
	bad_cksum(m);
	m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD;
}

static void
first_fragment(struct rte_mbuf *m)
{
	ip_of(m)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_MF_FLAG);
	recksum(m);
}

static void
last_fragment(struct rte_mbuf *m)
{
	ip_of(m)->fragment_offset = RTE_BE16(100);
	recksum(m);
}

static void
dont_fragment(struct rte_mbuf *m)
{
	ip_of(m)->fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
	recksum(m);
}

/* Sets the length in the UDP header. */
static void
udp_len(struct rte_mbuf *m, uint16_t len)
{
	rte_be16_t be = rte_cpu_to_be_16(len);

	memcpy(rte_pktmbuf_mtod_offset(m, char *, 14 + 20 + 4), &be, sizeof(be));
}

static void
udp_len_7(struct rte_mbuf *m)
{
	udp_len(m, 7);
}

static void
udp_len_long(struct rte_mbuf *m)
{
	udp_len(m, 8 + 12 + 1);
}

static void
udp_len_12(struct rte_mbuf *m)
{
	udp_len(m, 8 + 4);
}

static void
multicast_source(struct rte_mbuf *m)
{
	ip_of(m)->src_addr = TEST_IP(224, 0, 0, 5);
	recksum(m);
}

static void
zero_destination(struct rte_mbuf *m)
{
	ip_of(m)->dst_addr = 0;
	recksum(m);
}

static void
zero_source(struct rte_mbuf *m)
{
	ip_of(m)->src_addr = 0;
	recksum(m);
}

/* ID_MAKE(9, worker, 3) for worker 0, 1 and 40. */
#define SPI_MINE   "\x09\x00\x00\x03"
#define SPI_OTHERS "\x09\x04\x00\x03"
#define SPI_FAR    "\x09\xa0\x00\x03"
#define TEXT(s)    .payload = s, .payload_len = sizeof(s) - 1

static const struct wan_case cases[] = {
	{"for another MAC address", other_mac, .proto = IPPROTO_ESP, TEXT(SPI_MINE), .way = DROPPED,
		.reason = DROP_ETHER_OTHER_MAC},
	{"IPv6", our_mac, .ether_type = 0x86dd, .way = DROPPED, .reason = DROP_ETHER_TYPE},
	{"IPv6 to a group", group_mac, .ether_type = 0x86dd, .way = DROPPED,
		.reason = DROP_ETHER_TYPE},
	{"VLAN", our_mac, .ether_type = 0x8100, .way = DROPPED, .reason = DROP_ETHER_TYPE},
	{"ARP to all", all_macs, .ether_type = 0x0806, .way = PUNTED, .reason = PUNT_ARP,
		.data_at = 0, .data_len = 34},
	{"ARP to us", our_mac, .ether_type = 0x0806, .way = PUNTED, .reason = PUNT_ARP,
		.data_at = 0, .data_len = 34},
	{"our address in a broadcast frame", all_macs, .proto = IPPROTO_ESP, TEXT(SPI_MINE),
		.way = DROPPED, .reason = DROP_BROADCAST},
	{"IP version 6", our_mac, .proto = IPPROTO_ESP, TEXT(SPI_MINE), .spoil = version_6,
		.way = DROPPED, .reason = DROP_IP_HEADER},
	{"IP options", our_mac, .proto = IPPROTO_ESP, TEXT(SPI_MINE), .spoil = with_options,
		.way = DROPPED, .reason = DROP_IP_OPTIONS},
	{"IP header of 16", our_mac, .proto = IPPROTO_ESP, TEXT(SPI_MINE), .spoil = short_ihl,
		.way = DROPPED, .reason = DROP_IP_HEADER},
	{"total length below the header", our_mac, .proto = IPPROTO_ESP, TEXT(SPI_MINE),
		.spoil = total_of_19, .way = DROPPED, .reason = DROP_IP_HEADER},
	{"total length beyond the frame", our_mac, .proto = IPPROTO_ESP, TEXT(SPI_MINE),
		.spoil = cut_one, .way = DROPPED, .reason = DROP_IP_HEADER},
	{"wrong checksum", our_mac, .proto = IPPROTO_ESP, TEXT(SPI_MINE), .spoil = bad_cksum,
		.way = DROPPED, .reason = DROP_IP_CKSUM},
	{"checksum reported bad by the NIC", our_mac, .proto = IPPROTO_ESP, TEXT(SPI_MINE),
		.spoil = nic_says_bad, .way = DROPPED, .reason = DROP_IP_CKSUM},
	{"checksum reported good by the NIC", our_mac, .proto = IPPROTO_ESP, TEXT(SPI_MINE),
		.spoil = nic_says_good, .way = UP_HERE, .data_at = 34, .data_len = 4},
	{"another host of the network", our_mac, .dst = NEIGHBOUR, .proto = IPPROTO_ICMP, TEXT("x"),
		.way = DROPPED, .reason = DROP_WAN_NOT_US},
	{"our LAN address from outside", our_mac, .dst = TEST_LAN_ADDR, .proto = IPPROTO_ICMP,
		TEXT("x"), .way = DROPPED, .reason = DROP_WAN_NOT_US},
	{"limited broadcast", our_mac, .dst = 0xffffffff, .proto = IPPROTO_UDP, .dport = 68,
		TEXT("x"), .way = DROPPED, .reason = DROP_BROADCAST},
	{"directed broadcast", our_mac, .dst = TEST_IP(10, 0, 0, 255), .proto = IPPROTO_ICMP,
		TEXT("x"), .way = DROPPED, .reason = DROP_BROADCAST},
	{"multicast", our_mac, .dst = TEST_IP(224, 0, 0, 251), .proto = IPPROTO_ICMP, TEXT("x"),
		.way = DROPPED, .reason = DROP_BROADCAST},
	{"from our own address", our_mac, .src = TEST_WAN_ADDR, .proto = IPPROTO_ESP,
		TEXT(SPI_MINE), .way = DROPPED, .reason = DROP_IP_SOURCE},
	{"from a group", our_mac, .proto = IPPROTO_ESP, TEXT(SPI_MINE), .spoil = multicast_source,
		.way = DROPPED, .reason = DROP_IP_SOURCE},
	{"from 0.0.0.0", our_mac, .proto = IPPROTO_ESP, TEXT(SPI_MINE), .spoil = zero_source,
		.way = DROPPED, .reason = DROP_IP_SOURCE},
	{"from the directed broadcast", our_mac, .src = TEST_IP(10, 0, 0, 255),
		.proto = IPPROTO_ICMP, TEXT("x"), .way = DROPPED, .reason = DROP_IP_SOURCE},
	{"first fragment of TCP", our_mac, .proto = IPPROTO_TCP, TEXT(SPI_MINE),
		.spoil = first_fragment, .way = DROPPED, .reason = DROP_WAN_PROTOCOL},
	{"last fragment of TCP", our_mac, .proto = IPPROTO_TCP, TEXT("ike"), .spoil = last_fragment,
		.way = DROPPED, .reason = DROP_WAN_PROTOCOL},
	{"TCP", our_mac, .proto = IPPROTO_TCP, TEXT("x"), .way = DROPPED,
		.reason = DROP_WAN_PROTOCOL},
	{"UDP to another port", our_mac, .proto = IPPROTO_UDP, .dport = 53, TEXT("x"),
		.way = DROPPED, .reason = DROP_WAN_PROTOCOL},
	{"L2TP in the clear", our_mac, .proto = IPPROTO_UDP, .dport = 1701, TEXT("\xc8\x02"),
		.way = DROPPED, .reason = DROP_L2TP_CLEARTEXT},
	{"ping", our_mac, .proto = IPPROTO_ICMP, TEXT("x"), .way = PUNTED, .reason = PUNT_SELF,
		.data_at = 14, .data_len = 21},
	{"ping with DF", our_mac, .proto = IPPROTO_ICMP, TEXT("x"), .spoil = dont_fragment,
		.way = PUNTED, .reason = PUNT_SELF, .data_at = 14, .data_len = 21},
	{"padding of the frame is cut", our_mac, .proto = IPPROTO_ICMP, TEXT("x"),
		.spoil = pad_frame, .way = PUNTED, .reason = PUNT_SELF, .data_at = 14,
		.data_len = 21},
	{"IKE", our_mac, .proto = IPPROTO_UDP, .dport = 500, TEXT("ike"), .way = PUNTED,
		.reason = PUNT_IKE, .data_at = 14, .data_len = 31},
	{"UDP length below its header", our_mac, .proto = IPPROTO_UDP, .dport = 500, TEXT("ike"),
		.spoil = udp_len_7, .way = DROPPED, .reason = DROP_IP_HEADER},
	{"UDP length beyond the packet", our_mac, .proto = IPPROTO_UDP, .dport = 4500,
		TEXT(SPI_MINE "12345678"), .spoil = udp_len_long, .way = DROPPED,
		.reason = DROP_IP_HEADER},
	{"NAT keepalive", our_mac, .proto = IPPROTO_UDP, .dport = 4500, TEXT("\xff"),
		.way = DROPPED, .reason = DROP_NATT_KEEPALIVE},
	{"one byte, no keepalive", our_mac, .proto = IPPROTO_UDP, .dport = 4500, TEXT("\xfe"),
		.way = DROPPED, .reason = DROP_ESP_SHORT},
	{"empty on port 4500", our_mac, .proto = IPPROTO_UDP, .dport = 4500, TEXT(""),
		.way = DROPPED, .reason = DROP_ESP_SHORT},
	{"IKE, with both cookies", our_mac, .proto = IPPROTO_UDP, .dport = 500,
		TEXT("initiat.respond."), .way = PUNTED, .reason = PUNT_IKE, .data_at = 14,
		.data_len = 44},
	{"IKE, first message", our_mac, .proto = IPPROTO_UDP, .dport = 500,
		TEXT("initiat.\0\0\0\0\0\0\0\0"), .way = PUNTED, .reason = PUNT_IKE_FIRST,
		.data_at = 14, .data_len = 44},
	{"IKE, first message on port 4500", our_mac, .proto = IPPROTO_UDP, .dport = 4500,
		TEXT("\0\0\0\0initiat.\0\0\0\0\0\0\0\0"), .way = PUNTED, .reason = PUNT_IKE_FIRST,
		.data_at = 14, .data_len = 48},
	{"IKE behind NAT", our_mac, .proto = IPPROTO_UDP, .dport = 4500, TEXT("\0\0\0\0ike"),
		.way = PUNTED, .reason = PUNT_IKE_NATT, .data_at = 14, .data_len = 35},
	{"ESP in UDP", our_mac, .proto = IPPROTO_UDP, .dport = 4500, TEXT(SPI_MINE "12345678"),
		.way = UP_HERE, .data_at = 42, .data_len = 12, .outer = ESP_OUTER_UDP},
	{"ESP in UDP, something behind", our_mac, .proto = IPPROTO_UDP, .dport = 4500,
		TEXT(SPI_MINE "12345678"), .spoil = udp_len_12, .way = UP_HERE, .data_at = 42,
		.data_len = 4, .outer = ESP_OUTER_UDP},
	{"ESP in UDP of the other worker", our_mac, .proto = IPPROTO_UDP, .dport = 4500,
		TEXT(SPI_OTHERS "1234"), .way = PUSHED, .data_at = 42, .data_len = 8,
		.outer = ESP_OUTER_UDP},
	{"ESP", our_mac, .proto = IPPROTO_ESP, TEXT(SPI_MINE "1234"), .way = UP_HERE, .data_at = 34,
		.data_len = 8, .outer = ESP_OUTER_IP},
	{"ESP of the other worker", our_mac, .proto = IPPROTO_ESP, TEXT(SPI_OTHERS "1234"),
		.way = PUSHED, .data_at = 34, .data_len = 8, .outer = ESP_OUTER_IP},
	{"ESP of a worker that is not", our_mac, .proto = IPPROTO_ESP, TEXT(SPI_FAR),
		.way = DROPPED, .reason = DROP_ESP_NO_SA},
	{"for the LAN, not forwarded", our_mac, .dst = TEST_IP(192, 168, 0, 20),
		.proto = IPPROTO_TCP, TEXT("x"), .way = DROPPED, .reason = DROP_WAN_NOT_US},
	{"for the LAN", our_mac, .forward = true, .dst = TEST_IP(192, 168, 0, 20),
		.proto = IPPROTO_TCP, TEXT("x"), .way = ROUTED, .data_at = 14, .data_len = 21},
	{"for the LAN, in fragments", our_mac, .forward = true, .dst = TEST_IP(192, 168, 0, 20),
		.proto = IPPROTO_TCP, TEXT("x"), .spoil = first_fragment, .way = ROUTED,
		.data_at = 14, .data_len = 21},
	{"for the LAN, from the LAN", our_mac, .forward = true, .src = TEST_IP(192, 168, 0, 9),
		.dst = TEST_IP(192, 168, 0, 20), .proto = IPPROTO_TCP, TEXT("x"), .way = DROPPED,
		.reason = DROP_SOURCE_ROUTE},
	{"for the LAN, from us", our_mac, .forward = true, .src = TEST_LAN_ADDR,
		.dst = TEST_IP(192, 168, 0, 20), .proto = IPPROTO_TCP, TEXT("x"), .way = DROPPED,
		.reason = DROP_IP_SOURCE},
	{"for our address on the LAN", our_mac, .forward = true, .dst = TEST_LAN_ADDR,
		.proto = IPPROTO_ICMP, TEXT("x"), .way = DROPPED, .reason = DROP_WAN_NOT_US},
	{"to us where others are forwarded", our_mac, .forward = true, .proto = IPPROTO_TCP,
		TEXT("x"), .way = DROPPED, .reason = DROP_WAN_PROTOCOL},
	{"DHCP where there is no client", our_mac, .proto = IPPROTO_UDP, .dport = 68, TEXT("x"),
		.way = DROPPED, .reason = DROP_WAN_PROTOCOL},
	{"DHCP to all where there is no client", all_macs, .dst = 0xffffffff, .proto = IPPROTO_UDP,
		.dport = 68, TEXT("x"), .way = DROPPED, .reason = DROP_BROADCAST},
	{"DHCP to us", our_mac, .dhcp = true, .proto = IPPROTO_UDP, .dport = 68, TEXT("x"),
		.way = PUNTED, .reason = PUNT_DHCP, .data_at = 14, .data_len = 29},
	{"DHCP to what we shall have", our_mac, .dhcp = true, .dst = NEIGHBOUR,
		.proto = IPPROTO_UDP, .dport = 68, TEXT("x"), .way = PUNTED, .reason = PUNT_DHCP,
		.data_at = 14, .data_len = 29},
	{"DHCP to all", all_macs, .dhcp = true, .dst = 0xffffffff, .proto = IPPROTO_UDP,
		.dport = 68, TEXT("x"), .way = PUNTED, .reason = PUNT_DHCP, .data_at = 14,
		.data_len = 29},
	{"something else to all", all_macs, .dhcp = true, .dst = 0xffffffff, .proto = IPPROTO_UDP,
		.dport = 67, TEXT("x"), .way = DROPPED, .reason = DROP_BROADCAST},
	{"ESP without a whole SPI", our_mac, .proto = IPPROTO_ESP, TEXT("\x09\x00\x00"),
		.way = DROPPED, .reason = DROP_ESP_SHORT},
};

static size_t
build(const struct wan_case *c, uint8_t *frame)
{
	rte_be32_t src = c->src ? c->src : PEER;
	rte_be32_t dst = c->dst ? c->dst : TEST_WAN_ADDR;
	uint8_t packet[256];
	size_t len;

	if (c->proto == IPPROTO_UDP)
		len = test_udp(packet, src, 40000, dst, c->dport, c->payload, c->payload_len);
	else
		len = test_ipv4(
			packet, src, dst, c->proto, c->payload ? c->payload : "", c->payload_len);
	return test_ether(
		frame, c->mac, c->ether_type ? c->ether_type : RTE_ETHER_TYPE_IPV4, packet, len);
}

static void
run(const struct wan_case *c)
{
	struct worker *w = test_worker();
	struct rte_mbuf *m, *got = NULL;
	uint8_t frame[300];
	size_t len = build(c, frame);
	uint16_t start;

	print_message("%s\n", c->name);
	w->net[DP_WAN].forward = c->forward;
	w->net[DP_WAN].dhcp = c->dhcp;
	m = test_put(w, LANE_WAN_RX, frame, len, NULL);
	start = m->data_off;
	if (c->spoil != NULL)
		c->spoil(m);
	wan_in(w);
	push_flush(w);
	switch (c->way) {
	case UP_HERE:
		got = test_take(w, LANE_UP);
		break;
	case PUSHED:
		got = test_pushed(w, 1, INBOX_UP);
		break;
	case ROUTED:
		assert_null(w->lane[LANE_ROUTE].ctx[0]);
		got = test_take(w, LANE_ROUTE);
		assert_int_equal(transit(got)->in, DP_WAN);
		break;
	case PUNTED:
		got = test_punted(w);
		assert_non_null(got);
		assert_int_equal(pkt_meta(got)->reason, c->reason);
		assert_int_equal(pkt_meta(got)->net, DP_WAN);
		assert_int_equal(pkt_meta(got)->sid, DP_SID_NONE);
		assert_int_equal(w->punt[c->reason], 1);
		break;
	case DROPPED:
		assert_int_equal(w->drop[c->reason], 1);
		assert_int_equal(test_drops(w), 1);
	}
	if (c->way != DROPPED) {
		assert_ptr_equal(got, m);
		assert_int_equal(got->data_off - start, c->data_at);
		assert_int_equal(got->data_len, c->data_len);
		assert_int_equal(test_drops(w), 0);
		rte_pktmbuf_free(got);
	}
	if (c->way == UP_HERE || c->way == PUSHED)
		assert_int_equal(got->hash.usr, c->outer);
	test_worker_free(w);
}

static void
each_frame_goes_its_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(cases); i++)
		run(&cases[i]);
}

/* A good frame of any length is dropped for a named reason, and never read beyond its end. */
static void
every_truncation_is_dropped(void **state)
{
	const struct wan_case esp = {.mac = our_mac,
		.proto = IPPROTO_UDP,
		.dport = 4500,
		.payload = SPI_MINE "12345678",
		.payload_len = 12};
	struct worker *w = test_worker();
	uint8_t frame[300];
	size_t len = build(&esp, frame);

	(void)state;
	for (size_t n = 0; n < len; n++) {
		test_put(w, LANE_WAN_RX, frame, n, NULL);
		wan_in(w);
		assert_int_equal(test_held(w), 0);
	}
	assert_int_equal(w->drop[DROP_ETHER_SHORT], sizeof(struct rte_ether_hdr));
	assert_int_equal(w->drop[DROP_IP_HEADER], len - sizeof(struct rte_ether_hdr));
	test_worker_free(w);
}

/* While DHCP has not set an address, no destination is ours, and nothing is forwarded. */
static void
without_an_address_nothing_is_for_us(void **state)
{
	const struct wan_case nobody[] = {
		{.mac = our_mac,
			.proto = IPPROTO_ESP,
			TEXT(SPI_MINE "1234"),
			.spoil = zero_destination},
		{.mac = our_mac, .proto = IPPROTO_UDP, .dport = 500, TEXT("ike")},
	};
	struct worker *w = test_worker();
	struct network was = w->net[DP_WAN];
	uint8_t frame[300];

	(void)state;
	w->net[DP_WAN].addr = w->net[DP_WAN].broadcast = w->net[DP_WAN].gateway = 0;
	w->net[DP_WAN].mask = 0xffffffff;
	for (unsigned i = 0; i < RTE_DIM(nobody); i++) {
		struct rte_mbuf *m = test_put(
			w, LANE_WAN_RX, frame, build(&nobody[i], frame), NULL);

		if (nobody[i].spoil != NULL)
			nobody[i].spoil(m);
		wan_in(w);
		assert_int_equal(test_held(w), 0);
	}
	assert_int_equal(test_drops(w), RTE_DIM(nobody));
	w->net[DP_WAN] = was;
	test_worker_free(w);
}

/* UDP whose IP packet ends inside the UDP header. */
static void
udp_header_must_be_whole(void **state)
{
	struct worker *w = test_worker();
	uint8_t packet[64], frame[64];
	size_t len = test_ipv4(
		packet, PEER, TEST_WAN_ADDR, IPPROTO_UDP, "\x01\xf4\x01\xf4\0\x08\0", 7);

	(void)state;
	len = test_ether(frame, our_mac, RTE_ETHER_TYPE_IPV4, packet, len);
	test_put(w, LANE_WAN_RX, frame, len, NULL);
	wan_in(w);
	assert_int_equal(w->drop[DROP_IP_HEADER], 1);
	test_worker_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_frame_goes_its_way),
		cmocka_unit_test(every_truncation_is_dropped),
		cmocka_unit_test(udp_header_must_be_whole),
		cmocka_unit_test(without_an_address_nothing_is_for_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
