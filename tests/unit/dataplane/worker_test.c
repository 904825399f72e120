/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole turns: frames in at one port, frames out of the other, with OpenSSL as the clients' ESP. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_udp.h>
#include <cmocka.h>

#include "cksum.h"
#include "neigh.h"
#include "slab.h"
#include "test_client.h"
#include "transit.h"

#define HOST  TEST_IP(192, 168, 0, 20)
#define IP_A  TEST_IP(192, 168, 0, 1)
#define IP_B  TEST_IP(192, 168, 0, 2)
#define OUTER (RTE_ETHER_HDR_LEN + sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_udp_hdr))
#define HEAD  20 /* UDP, L2TP with length, PPP uncompressed: in front of the client's packet */

static const uint8_t host_mac[6] = {2, 0, 0, 0, 0, 0x42};

/* Two clients, b on the worker that the test selects, and all MAC addresses known. */
struct rig {
	struct worker *w;
	struct test_client a, b;
	uint8_t packet[2000], datagram[ESP_PEER_MAX], frame[ESP_PEER_MAX];
};

static void
rig_init(struct rig *r, unsigned worker_of_b)
{
	r->w = test_worker();
	test_client_init(&r->a, r->w, 1, IP_A);
	test_client_init(&r->b, r->w->workers[worker_of_b], 2, IP_B);
	test_neigh_set(r->w, DP_WAN, TEST_WAN_GATEWAY, neigh_word(host_mac));
	test_neigh_set(r->w, DP_LAN, HOST, neigh_word(host_mac));
}

static void
rig_free(struct rig *r)
{
	test_client_free(&r->a);
	test_client_free(&r->b);
	test_worker_free(r->w);
}

/* Sends a frame to the port as if from its network. */
static void
receive(struct rig *r, enum dp_port port, size_t len)
{
	struct rte_mbuf *m = test_mbuf(r->w, r->frame, len);

	assert_int_equal(rte_eth_tx_burst(r->w->port_id[port], 0, &m, 1), 1);
}

/* Sends a packet through the tunnel of client c. */
static size_t
from_client(struct rig *r, struct test_client *c, rte_be32_t src, rte_be32_t dst)
{
	size_t len = test_ipv4(r->packet, src, dst, IPPROTO_ICMP, "the text", 8);
	size_t n = test_client_datagram(c, r->packet, len, r->datagram);

	n = test_client_frame(c, r->datagram, n, r->frame);
	receive(r, DP_WAN, n);
	return len;
}

/* Checks that a packet is the rig's, one hop further. */
static void
check_hop(const uint8_t *got, const struct rig *r, size_t len)
{
	struct rte_ipv4_hdr ip;

	memcpy(&ip, got, sizeof(ip));
	assert_int_equal(ip.time_to_live, 63);
	assert_int_equal(cksum(&ip, sizeof(ip)), 0);
	assert_memory_equal(got, r->packet, 8);
	assert_memory_equal(got + 12, r->packet + 12, len - 12);
}

static void
client_to_host_and_back(void **state)
{
	struct rig r;
	struct esp_peer_opened o;
	struct rte_mbuf *got;
	size_t len;

	(void)state;
	rig_init(&r, 0);
	len = from_client(&r, &r.a, IP_A, HOST);
	assert_int_equal(worker_turn(r.w), 1);
	got = test_sent(r.w, DP_LAN);
	assert_non_null(got);
	assert_int_equal(got->data_len, RTE_ETHER_HDR_LEN + len);
	assert_memory_equal(rte_pktmbuf_mtod(got, void *), host_mac, 6);
	check_hop(rte_pktmbuf_mtod_offset(got, uint8_t *, RTE_ETHER_HDR_LEN), &r, len);
	rte_pktmbuf_free(got);

	len = test_ipv4(r.packet, HOST, IP_A, IPPROTO_ICMP, "the answer", 10);
	receive(&r, DP_LAN,
		test_ether(r.frame, r.w->net[DP_LAN].mac, RTE_ETHER_TYPE_IPV4, r.packet, len));
	assert_int_equal(worker_turn(r.w), 1);
	got = test_sent(r.w, DP_WAN);
	assert_non_null(got);
	test_client_open(&r.a, got, &o);
	assert_int_equal(o.len, HEAD + len);
	check_hop(o.payload + HEAD, &r, len);
	rte_pktmbuf_free(got);
	assert_int_equal(r.a.sess->up_packets, 1);
	assert_int_equal(r.a.sess->down_packets, 1);
	assert_int_equal(test_drops(r.w), 0);
	rig_free(&r);
}

/*
 * The largest ppp.mtu that a wan.mtu of 1500 allows, with the longest headers: a packet of that MTU
 * still fits the WAN, and the sender of one more byte is told.
 */
static void
the_largest_packet_fits_the_wan(void **state)
{
	const struct dp_sa sa = {.spi = RTE_BE32(0xc0ffee01),
		.suite = esp_suite_find("aes256-sha256"),
		.local = {TEST_WAN_ADDR, RTE_BE16(4500)},
		.remote = {TEST_CLIENT_IP, RTE_BE16(TEST_CLIENT_PORT)},
		.udp_encap = true};

	(void)state;
	for (unsigned sequencing = 0; sequencing < 2; sequencing++) {
		static const uint8_t zeros[1500];
		struct rig r;
		struct dp_sa with_keys = sa;
		uint16_t mtu = sequencing ? 1398 : 1402;
		struct rte_mbuf *got;

		rig_init(&r, 0);
		slab_release(r.a.out);
		with_keys.keys = &r.a.down.keys;
		r.a.out = sa_out_new(test_slabs(), r.w->mb, &with_keys);
		r.a.down.suite = sa.suite;
		r.a.say.mtu = 1402;
		r.a.say.sequencing = sequencing;
		test_client_again(&r.a);
		for (unsigned over = 0; over < 2; over++) {
			struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)r.packet;

			test_ipv4(r.packet, HOST, IP_A, IPPROTO_UDP, zeros, mtu - 20u + over);
			ip->fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
			ip->hdr_checksum = 0;
			ip->hdr_checksum = rte_ipv4_cksum(ip);
			receive(&r, DP_LAN,
				test_ether(r.frame, r.w->net[DP_LAN].mac, RTE_ETHER_TYPE_IPV4,
					r.packet, mtu + over));
			worker_turn(r.w);
			got = over ? test_punted(r.w) : test_sent(r.w, DP_WAN);
			assert_non_null(got);
			if (over)
				assert_int_equal(pkt_meta(got)->mtu, mtu);
			rte_pktmbuf_free(got);
		}
		assert_int_equal(test_drops(r.w), 0);
		rig_free(&r);
	}
}

/* From one tunnel into another, with the headers of the receiving client. */
static void
client_to_client(void **state)
{
	struct rig r;
	struct esp_peer_opened o;
	struct rte_mbuf *got;
	size_t len;

	(void)state;
	rig_init(&r, 0);
	r.b.say.pfc = r.b.say.acfc = true;
	test_client_again(&r.b);
	len = from_client(&r, &r.a, IP_A, IP_B);
	worker_turn(r.w);
	got = test_sent(r.w, DP_WAN);
	assert_non_null(got);
	test_client_open(&r.b, got, &o);
	assert_int_equal(o.len, HEAD - 3 + len);
	assert_memory_equal(o.payload + 8, "\x40\x02\x00\x25\x33\x02\x44\x02\x21", 9);
	check_hop(o.payload + HEAD - 3, &r, len);
	assert_int_equal(r.a.sess->up_bytes, len);
	assert_int_equal(r.b.sess->down_bytes, len);
	assert_null(test_sent(r.w, DP_LAN));
	rte_pktmbuf_free(got);
	rig_free(&r);
}

/* The other client's worker has no queue: it encrypts, the first one sends. */
static void
client_to_client_of_another_worker(void **state)
{
	struct rig r;
	struct esp_peer_opened o;
	struct rte_mbuf *got;
	size_t len;

	(void)state;
	rig_init(&r, 1);
	len = from_client(&r, &r.a, IP_A, IP_B);
	assert_int_equal(worker_turn(r.w), 1);
	assert_int_equal(worker_turn(r.w->workers[1]), 1);
	assert_int_equal(worker_turn(r.w), 1);
	got = test_sent(r.w, DP_WAN);
	assert_non_null(got);
	test_client_open(&r.b, got, &o);
	check_hop(o.payload + HEAD, &r, len);
	rte_pktmbuf_free(got);

	/*
	 * And back: received by the first, decrypted by the second, encrypted by the first again.
	 */
	len = from_client(&r, &r.b, IP_B, IP_A);
	assert_int_equal(worker_turn(r.w), 1);
	assert_int_equal(worker_turn(r.w->workers[1]), 1);
	assert_int_equal(worker_turn(r.w), 1);
	got = test_sent(r.w, DP_WAN);
	assert_non_null(got);
	test_client_open(&r.a, got, &o);
	check_hop(o.payload + HEAD, &r, len);
	rte_pktmbuf_free(got);
	assert_int_equal(test_drops(r.w) + test_drops(r.w->workers[1]), 0);
	rig_free(&r);
}

static const struct {
	const char *name;
	rte_be32_t src, dst;
	rte_be32_t lease; /* of the sender */
} forged[] = {
	{"another client to a host", IP_B, HOST, IP_A},
	{"another client to itself", IP_B, IP_B, IP_A},
	{"a host to another client", HOST, IP_B, IP_A},
	{"the gateway to a host", TEST_LAN_ADDR, HOST, IP_A},
	{"its outer address", TEST_CLIENT_IP, HOST, IP_A},
	{"no address", 0, HOST, IP_A},
	{"loopback", TEST_IP(127, 0, 0, 1), HOST, IP_A},
	{"broadcast", 0xffffffff, HOST, IP_A},
};

static void
clients_cannot_forge_a_source(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(forged); i++) {
		struct rig r;

		print_message("%s\n", forged[i].name);
		rig_init(&r, 0);
		from_client(&r, &r.a, forged[i].src, forged[i].dst);
		worker_turn(r.w);
		assert_int_equal(r.w->drop[DROP_SPOOF], 1);
		assert_null(test_sent(r.w, DP_LAN));
		assert_null(test_sent(r.w, DP_WAN));
		assert_null(test_punted(r.w));
		assert_int_equal(r.a.sess->up_packets, 0);
		rig_free(&r);
	}
}

/* An SA belongs to one session only: the IDs of another are rejected. */
static void
clients_cannot_use_another_session(void **state)
{
	struct rig r;
	size_t len, n;

	(void)state;
	rig_init(&r, 0);
	len = test_ipv4(r.packet, IP_B, HOST, IPPROTO_ICMP, "the text", 8);
	n = test_client_datagram(&r.b, r.packet, len, r.datagram);
	receive(&r, DP_WAN, test_client_frame(&r.a, r.datagram, n, r.frame));
	worker_turn(r.w);
	assert_int_equal(r.w->drop[DROP_L2TP_ID], 1);
	assert_int_equal(r.b.sess->up_packets, 0);
	rig_free(&r);
}

/* --- from control ----------------------------------------------------------------------------- */

/* As dp_inject_l2tp() does: room for UDP, then the message. */
static void
inject(struct rig *r, const void *msg, size_t len, uint32_t sid)
{
	uint8_t bytes[64] = {0};
	struct rte_mbuf *m;

	memcpy(bytes + 8, msg, len);
	m = test_mbuf(r->w, bytes, 8 + len);
	pkt_meta_init(m, DP_CLIENT, sid);
	assert_int_equal(rte_ring_enqueue(r->w->inbox[INBOX_SEAL], m), 0);
}

static void
expect_sent(struct rig *r, const void *l2tp, size_t len)
{
	struct rte_mbuf *got = test_sent(r->w, DP_WAN);
	struct esp_peer_opened o;

	assert_non_null(got);
	test_client_open(&r->a, got, &o);
	assert_int_equal(o.len, 8 + len);
	assert_memory_equal(o.payload + 8, l2tp, len);
	rte_pktmbuf_free(got);
}

#define MSG(text) text, sizeof(text) - 1

static const struct {
	const char *name;
	const char *msg;
	size_t len;
	const char *sent;
	bool counted;
} numbered[] = {
	{"data with length", MSG("\x48\x02\x00\x0e\1\2\3\4\0\0\0\0\xc0\x21"),
		"\x48\x02\x00\x0e\1\2\3\4\xff\xff\0\0\xc0\x21", true},
	{"data without length", MSG("\x08\x02\1\2\3\4\0\0\0\0\xc0\x21"),
		"\x08\x02\1\2\3\4\xff\xff\0\0\xc0\x21", true},
	{"data that ends with its header", MSG("\x48\x02\x00\x0c\1\2\3\4\0\0\0\0"),
		"\x48\x02\x00\x0c\1\2\3\4\xff\xff\0\0", true},
	{"data without sequence numbers", MSG("\x40\x02\x00\x0c\1\2\3\4\xff\3\xc0\x21"),
		"\x40\x02\x00\x0c\1\2\3\4\xff\3\xc0\x21", false},
	{"control message", MSG("\xc8\x02\x00\x0c\1\2\0\0\0\5\0\6"),
		"\xc8\x02\x00\x0c\1\2\0\0\0\5\0\6", false},
	{"no room for the numbers", MSG("\x48\x02\x00\x0b\1\2\3\4\0\0\0"),
		"\x48\x02\x00\x0b\1\2\3\4\0\0\0", false},
	{"one byte", MSG("\x48"), "\x48", false},
};

static void
control_s_data_messages_are_numbered(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(numbered); i++) {
		struct rig r;

		print_message("%s\n", numbered[i].name);
		rig_init(&r, 0);
		r.a.sess->ns = 0xffff;
		inject(&r, numbered[i].msg, numbered[i].len, r.a.sid);
		assert_int_equal(worker_turn(r.w), 1);
		expect_sent(&r, numbered[i].sent, numbered[i].len);
		assert_int_equal(r.a.sess->ns, numbered[i].counted ? 0 : 0xffff);
		assert_int_equal(test_drops(r.w), 0);
		rig_free(&r);
	}
}

/* Control's frames and data share the sequence numbers, in the order in which they leave. */
static void
control_and_data_share_the_count(void **state)
{
	struct rig r;
	size_t len, want = 0;

	(void)state;
	rig_init(&r, 0);
	r.a.say.sequencing = true;
	test_client_again(&r.a);
	for (unsigned turn = 0; turn < 2; turn++) {
		inject(&r, MSG("\x48\x02\x00\x0e\1\2\3\4\0\0\0\0\xc0\x21"), r.a.sid);
		len = test_ipv4(r.packet, HOST, IP_A, IPPROTO_ICMP, "the text", 8);
		receive(&r, DP_LAN,
			test_ether(
				r.frame, r.w->net[DP_LAN].mac, RTE_ETHER_TYPE_IPV4, r.packet, len));
		inject(&r, MSG("\x48\x02\x00\x0e\1\2\3\4\0\0\0\0\xc0\x21"), r.a.sid);
		assert_int_equal(worker_turn(r.w), 3);
		for (unsigned i = 0; i < 3; i++) {
			struct rte_mbuf *got = test_sent(r.w, DP_WAN);
			struct esp_peer_opened o;

			assert_non_null(got);
			test_client_open(&r.a, got, &o);
			assert_int_equal(o.payload[8], 0x48);
			assert_int_equal(o.payload[16] << 8 | o.payload[17], want++);
			assert_int_equal(o.payload[18] << 8 | o.payload[19], 0);
			rte_pktmbuf_free(got);
		}
	}
	assert_int_equal(r.a.sess->ns, 6);
	rig_free(&r);
}

static void
messages_of_sessions_gone_are_dropped(void **state)
{
	const uint32_t gone[] = {DP_SID_NONE, ID_MAKE(0, 0, 3), ID_MAKE(0, 1, 1),
		ID_MAKE(0, 0, TEST_SLOTS), UINT32_MAX};
	struct rig r;

	(void)state;
	rig_init(&r, 0);
	for (size_t i = 0; i < RTE_DIM(gone); i++)
		inject(&r, MSG("\xc8\x02\x00\x0c\1\2\0\0\0\5\0\6"), gone[i]);
	worker_turn(r.w);
	assert_int_equal(r.w->drop[DROP_NO_SESSION], RTE_DIM(gone));
	assert_null(test_sent(r.w, DP_WAN));
	rig_free(&r);
}

/*
 * A packet that another worker handed over follows the current lease, but never to a third worker.
 */
static void
leases_may_move_on_the_way(void **state)
{
	struct rig r;
	struct esp_peer_opened o;
	struct rte_mbuf *got;
	size_t len;

	(void)state;
	rig_init(&r, 0);
	len = test_ipv4(r.packet, HOST, IP_B, IPPROTO_ICMP, "the text", 8);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(
			rte_ring_enqueue(r.w->inbox[INBOX_DOWN], test_mbuf(r.w, r.packet, len)), 0);
	test_lease_set(r.w, IP_B, r.a.sid);
	worker_turn(r.w);
	for (unsigned i = 0; i < 3; i++) {
		got = test_sent(r.w, DP_WAN);
		assert_non_null(got);
		test_client_open(&r.a, got, &o);
		rte_pktmbuf_free(got);
	}
	test_lease_set(r.w, IP_B, ID_MAKE(0, 1, 1));
	assert_int_equal(
		rte_ring_enqueue(r.w->inbox[INBOX_DOWN], test_mbuf(r.w, r.packet, len)), 0);
	worker_turn(r.w);
	assert_int_equal(r.w->drop[DROP_NO_LEASE], 1);
	test_lease_set(r.w, IP_B, DP_SID_NONE);
	assert_int_equal(
		rte_ring_enqueue(r.w->inbox[INBOX_DOWN], test_mbuf(r.w, r.packet, len)), 0);
	worker_turn(r.w);
	assert_int_equal(r.w->drop[DROP_NO_LEASE], 2);
	rig_free(&r);
}

/* --- all at once ------------------------------------------------------------------------------ */

static void
an_idle_turn_counts_nothing(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, 0);
	assert_int_equal(worker_turn(r.w), 0);
	for (unsigned i = 0; i < STAGE_N; i++)
		assert_int_equal(r.w->stage[i].calls, 0);
	from_client(&r, &r.a, IP_A, HOST);
	worker_turn(r.w);
	assert_int_equal(r.w->stage[STAGE_wan_in].calls, 1);
	assert_int_equal(r.w->stage[STAGE_forward].packets, 1);
	assert_int_equal(r.w->stage[STAGE_lan_in].calls, 0);
	assert_int_equal(r.w->stage[STAGE_esp_out].calls, 0);
	rte_pktmbuf_free(test_sent(r.w, DP_LAN));
	rig_free(&r);
}

/* All sources full and all packets to be fragmented: the lanes hold them. */
static void
the_fullest_turn_fits(void **state)
{
	struct rig r;
	uint8_t big[1480] = {0};
	unsigned sent = 0;
	struct rte_mbuf *m;
	size_t len, n;

	(void)state;
	rig_init(&r, 0);
	r.b.say.mtu = r.a.say.mtu = 68;
	test_client_again(&r.a);
	test_client_again(&r.b);
	/*
	 * Handed over by another worker: decrypted before the frames of the port, so encrypted
	 * first.
	 */
	for (unsigned i = 0; i < BURST; i++) {
		len = test_ipv4(r.packet, IP_A, IP_B, IPPROTO_ICMP, big, 1400);
		n = test_client_datagram(&r.a, r.packet, len, r.datagram);
		m = test_mbuf(r.w, r.frame, test_client_frame(&r.a, r.datagram, n, r.frame));
		rte_pktmbuf_adj(m, OUTER);
		m->hash.usr = ESP_OUTER_UDP;
		assert_int_equal(rte_ring_enqueue(r.w->inbox[INBOX_UP], m), 0);
	}
	for (unsigned i = 0; i < BURST; i++) {
		/*
		 * To b from the WAN, the LAN, other workers and control; messages to a in addition.
		 */
		len = test_ipv4(r.packet, IP_A, IP_B, IPPROTO_ICMP, big, 1400);
		n = test_client_datagram(&r.a, r.packet, len, r.datagram);
		receive(&r, DP_WAN, test_client_frame(&r.a, r.datagram, n, r.frame));
		m = test_mbuf(r.w, r.packet, len);
		*transit(m) = (struct transit){.in = DP_CLIENT, .in_net = DP_LAN};
		assert_int_equal(rte_ring_enqueue(r.w->inbox[INBOX_ROUTE], m), 0);
		len = test_ipv4(r.packet, HOST, IP_B, IPPROTO_ICMP, big, sizeof(big));
		receive(&r, DP_LAN,
			test_ether(
				r.frame, r.w->net[DP_LAN].mac, RTE_ETHER_TYPE_IPV4, r.packet, len));
		assert_int_equal(
			rte_ring_enqueue(r.w->inbox[INBOX_DOWN], test_mbuf(r.w, r.packet, len)), 0);
		inject(&r, MSG("\xc8\x02\x00\x0c\1\2\0\0\0\5\0\6"), r.a.sid);
		m = test_mbuf(r.w, r.frame, 60);
		pkt_meta_init(m, DP_WAN, DP_SID_NONE)->raw = true;
		assert_int_equal(rte_ring_enqueue(r.w->inbox[INBOX_TO_WAN], m), 0);
	}
	assert_int_equal(worker_turn(r.w), 7 * BURST);
	while ((m = test_sent(r.w, DP_WAN)) != NULL) {
		rte_pktmbuf_free(m);
		sent++;
	}
	/* Packets without room were dropped whole and counted. */
	assert_true(r.w->drop[DROP_NO_BUFFER] > 0);
	assert_int_equal(test_drops(r.w), r.w->drop[DROP_NO_BUFFER] + r.w->drop[DROP_TX_FULL]);
	assert_true(sent + r.w->drop[DROP_TX_FULL] > LANE_MAX - 64);
	assert_true(sent + r.w->drop[DROP_TX_FULL] <= LANE_MAX);
	rig_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_to_host_and_back),
		cmocka_unit_test(the_largest_packet_fits_the_wan),
		cmocka_unit_test(client_to_client),
		cmocka_unit_test(client_to_client_of_another_worker),
		cmocka_unit_test(clients_cannot_forge_a_source),
		cmocka_unit_test(clients_cannot_use_another_session),
		cmocka_unit_test(control_s_data_messages_are_numbered),
		cmocka_unit_test(control_and_data_share_the_count),
		cmocka_unit_test(messages_of_sessions_gone_are_dropped),
		cmocka_unit_test(leases_may_move_on_the_way),
		cmocka_unit_test(an_idle_turn_counts_nothing),
		cmocka_unit_test(the_fullest_turn_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
