/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fragments of packets to the gateway: from the WAN, from the LAN and out of a session (RFC 791,
 * 3.2).
 */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <cmocka.h>

#include "cksum.h"
#include "reass.h"
#include "test_worker.h"

#define PEER   TEST_IP(203, 0, 113, 7)
#define HOST   TEST_IP(192, 168, 0, 20)
#define CLIENT TEST_IP(192, 168, 0, 1)
#define SPI    "\x09\x00\x00\x03" /* ID_MAKE(9, 0, 3) */
#define MF     RTE_IPV4_HDR_MF_FLAG

/* A piece of a packet: offset and length of its payload in bytes. */
struct piece {
	uint16_t at, len;
	bool last;
};

struct whole {
	enum dp_port from;
	rte_be32_t src;
	uint8_t protocol;
	uint16_t id;
	uint8_t payload[REASS_PACKET_MAX];
};

static uint32_t
sum_of(const struct reass *r, bool held)
{
	struct dp_reass_stats s = {0};

	reass_stats_add(r, &s);
	return (uint32_t)(held ? s.held : s.packets);
}

static struct whole
whole_of(enum dp_port from, uint8_t protocol)
{
	struct whole p = {.from = from,
		.src = from == DP_WAN   ? PEER
		       : from == DP_LAN ? HOST
					: CLIENT,
		.protocol = protocol,
		.id = 0xbeef};

	for (size_t i = 0; i < sizeof(p.payload); i++)
		p.payload[i] = (uint8_t)(i * 7 + (i >> 8));
	memcpy(p.payload, SPI, 4);
	return p;
}

/* Sends a piece in through the stage that takes it; from a session, that of CLIENT. */
static void
send_piece(struct worker *w, const struct whole *p, struct piece f)
{
	static struct sess s = {.sid = ID_MAKE(0, 0, 1), .client = CLIENT, .net = DP_LAN};
	uint8_t packet[RTE_ETHER_MTU + 20], frame[RTE_ETHER_MTU + 40];
	rte_be32_t dst = p->from == DP_WAN ? TEST_WAN_ADDR : TEST_LAN_ADDR;
	size_t len = test_ipv4(packet, p->src, dst, p->protocol, p->payload + f.at, f.len);
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)packet;

	ip->packet_id = rte_cpu_to_be_16(p->id);
	ip->fragment_offset = rte_cpu_to_be_16((uint16_t)(f.at / 8 | (f.last ? 0 : MF)));
	ip->hdr_checksum = 0;
	ip->hdr_checksum = cksum(ip, sizeof(*ip));
	if (p->from == DP_CLIENT) {
		test_put(w, LANE_UP, packet, len, &s);
		forward(w);
		return;
	}
	len = test_ether(frame, w->net[p->from].mac, RTE_ETHER_TYPE_IPV4, packet, len);
	test_put(w, p->from == DP_WAN ? LANE_WAN_RX : LANE_LAN_RX, frame, len, NULL);
	if (p->from == DP_WAN)
		wan_in(w);
	else
		lan_in(w);
}

/* Makes a packet that this worker reassembles. */
static void
make_ours(struct worker *w, struct whole *p)
{
	for (;; p->id++) {
		struct rte_mbuf *m;

		send_piece(w, p, (struct piece){0, 8, false});
		push_flush(w);
		m = test_pushed(w, 1, INBOX_FRAGMENT);
		rte_pktmbuf_free(m);
		if (m == NULL)
			break;
	}
	w->now_tsc += w->tsc_hz * REASS_LIFE_MS / 1000 + 1;
	reass_sweep(w);
	assert_int_equal(sum_of(w->reass, true), 0);
	w->drop[DROP_REASS_TIMEOUT] = 0;
}

/* Checks the result: a packet in one segment, with the header of one that was not fragmented. */
static void
check_whole(const struct rte_mbuf *m, const struct whole *p, size_t len)
{
	struct rte_ipv4_hdr ip;

	assert_non_null(m);
	assert_int_equal(m->nb_segs, 1);
	assert_int_equal(m->pkt_len, m->data_len);
	assert_int_equal(m->data_len, 20 + len);
	memcpy(&ip, rte_pktmbuf_mtod(m, void *), sizeof(ip));
	assert_int_equal(cksum(&ip, sizeof(ip)), 0);
	assert_int_equal(rte_be_to_cpu_16(ip.total_length), 20 + len);
	assert_int_equal(ip.fragment_offset, 0);
	assert_int_equal(ip.src_addr, p->src);
	assert_memory_equal(rte_pktmbuf_mtod_offset(m, void *, 20), p->payload, len);
	assert_true(rte_pktmbuf_tailroom(m) >= REASS_TAIL);
}

static const struct {
	const char *name;
	struct piece piece[8];
	unsigned n;
	uint16_t len;
} splits[] = {
	{"two", {{0, 1480}, {1480, 20, true}}, 2, 1500},
	{"two, the last first", {{1480, 20, true}, {0, 1480}}, 2, 1500},
	{"three, the other way around", {{2960, 48, true}, {1480, 1480}, {0, 1480}}, 3, 3008},
	{"three, the middle first", {{1480, 1480}, {0, 1480}, {2960, 48, true}}, 3, 3008},
	{"the smallest first", {{0, 8}, {8, 1, true}}, 2, 9},
	{"as many as may be",
		{{0, 1144}, {1144, 1144}, {2288, 1144}, {3432, 1144}, {4576, 1144}, {5720, 1144},
			{6864, 1144}, {8008, 1188, true}},
		8, 9196},
};

static void
in_any_order_they_become_the_packet(void **state)
{
	static const struct {
		enum dp_port from;
		uint8_t protocol;
	} ways[] = {{DP_WAN, IPPROTO_ICMP}, {DP_LAN, IPPROTO_ICMP}, {DP_LAN, IPPROTO_UDP},
		{DP_CLIENT, IPPROTO_ICMP}};

	(void)state;
	for (size_t i = 0; i < RTE_DIM(splits); i++) {
		for (size_t k = 0; k < RTE_DIM(ways); k++) {
			struct worker *w = test_worker();
			struct whole p = whole_of(ways[k].from, ways[k].protocol);
			struct rte_mbuf *got;

			print_message("%s, way %zu\n", splits[i].name, k);
			make_ours(w, &p);
			for (unsigned n = 0; n < splits[i].n; n++) {
				assert_null(test_punted(w));
				send_piece(w, &p, splits[i].piece[n]);
			}
			got = test_punted(w);
			check_whole(got, &p, splits[i].len);
			assert_int_equal(pkt_meta(got)->reason, PUNT_SELF);
			assert_int_equal(pkt_meta(got)->net, ways[k].from);
			rte_pktmbuf_free(got);
			assert_int_equal(sum_of(w->reass, true), 0);
			assert_int_equal(sum_of(w->reass, false), 1);
			assert_int_equal(test_drops(w), 0);
			test_worker_free(w);
		}
	}
}

static void
esp_goes_on_as_if_it_were_whole(void **state)
{
	struct worker *w = test_worker();
	struct whole p = whole_of(DP_WAN, IPPROTO_ESP);
	struct rte_mbuf *got;

	(void)state;
	make_ours(w, &p);
	send_piece(w, &p, (struct piece){1480, 32, true});
	send_piece(w, &p, (struct piece){0, 1480});
	got = test_take(w, LANE_UP);
	assert_int_equal(got->hash.usr, ESP_OUTER_IP);
	assert_int_equal(got->nb_segs, 1);
	assert_int_equal(got->data_len, 1512);
	assert_memory_equal(rte_pktmbuf_mtod(got, void *), p.payload, 1512);
	/* The outer header that a NAT is followed by (rebind.h) is still in front. */
	assert_int_equal(rte_pktmbuf_mtod_offset(got, struct rte_ipv4_hdr *, -20)->src_addr, PEER);
	rte_pktmbuf_free(got);
	test_worker_free(w);
}

/* Packets that differ only in the protocol are not mixed (RFC 791, 3.2). */
static void
protocols_are_told_apart(void **state)
{
	struct worker *w = test_worker();
	struct whole icmp = whole_of(DP_LAN, IPPROTO_ICMP), udp = whole_of(DP_LAN, IPPROTO_UDP);
	struct rte_mbuf *got;

	(void)state;
	for (;;) {
		make_ours(w, &icmp);
		udp.id = icmp.id;
		make_ours(w, &udp);
		if (udp.id == icmp.id)
			break;
		icmp.id = udp.id;
	}
	memset(udp.payload, 'u', sizeof(udp.payload));
	send_piece(w, &icmp, (struct piece){0, 800});
	send_piece(w, &udp, (struct piece){800, 100, true});
	assert_null(test_punted(w));
	send_piece(w, &icmp, (struct piece){800, 100, true});
	got = test_punted(w);
	check_whole(got, &icmp, 900);
	rte_pktmbuf_free(got);
	send_piece(w, &udp, (struct piece){0, 800});
	got = test_punted(w);
	check_whole(got, &udp, 900);
	rte_pktmbuf_free(got);
	test_worker_free(w);
}

/* Fragments that are no part of a packet, or not of this one. */
static const struct {
	const char *name;
	struct piece piece[9];
	unsigned n;
	enum drop_reason why;
	unsigned dropped;
} bad[] = {
	{"first one twice", {{0, 800}, {0, 800}}, 2, DROP_REASS_OVERLAP, 2},
	{"last one twice", {{800, 80, true}, {800, 80, true}}, 2, DROP_REASS_OVERLAP, 2},
	{"they overlap", {{0, 800}, {792, 88, true}}, 2, DROP_REASS_OVERLAP, 2},
	{"a hole and an overlap", {{0, 800}, {400, 400}, {1200, 400, true}}, 3, DROP_REASS_OVERLAP,
		3},
	{"more behind the last one", {{0, 800}, {800, 800}, {800, 80, true}}, 3, DROP_REASS_OVERLAP,
		3},
	{"too many",
		{{0, 8}, {8, 8}, {16, 8}, {24, 8}, {32, 8}, {40, 8}, {48, 8}, {56, 8},
			{64, 8, true}},
		8, DROP_REASS_OVERLAP, 8},
	{"no whole units", {{0, 801}}, 1, DROP_IP_HEADER, 1},
	{"nothing in it", {{0, 0}}, 1, DROP_IP_HEADER, 1},
	{"too far", {{9192, 8, true}}, 1, DROP_REASS_TOO_BIG, 1},
	{"the farthest", {{65528, 1480, true}}, 1, DROP_REASS_TOO_BIG, 1},
};

static void
fragments_that_do_not_fit_are_dropped(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(bad); i++) {
		struct worker *w = test_worker();
		struct whole p = whole_of(DP_LAN, IPPROTO_UDP);

		print_message("%s\n", bad[i].name);
		make_ours(w, &p);
		for (unsigned n = 0; n < bad[i].n; n++) {
			/* The bytes do not matter, and the packet has none at this offset. */
			struct piece f = bad[i].piece[n];

			if (f.at + f.len > (int)sizeof(p.payload)) {
				struct whole far = p;
				uint8_t packet[1600], frame[1600];
				struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)packet;
				size_t len = test_ipv4(packet, far.src, TEST_LAN_ADDR, IPPROTO_UDP,
					far.payload, f.len);

				ip->packet_id = rte_cpu_to_be_16(p.id);
				ip->fragment_offset = rte_cpu_to_be_16((uint16_t)(f.at / 8));
				ip->hdr_checksum = 0;
				ip->hdr_checksum = cksum(ip, sizeof(*ip));
				len = test_ether(frame, w->net[DP_LAN].mac, RTE_ETHER_TYPE_IPV4,
					packet, len);
				test_put(w, LANE_LAN_RX, frame, len, NULL);
				lan_in(w);
				continue;
			}
			send_piece(w, &p, f);
		}
		assert_int_equal(w->drop[bad[i].why], bad[i].dropped);
		assert_int_equal(test_drops(w), bad[i].dropped);
		assert_int_equal(sum_of(w->reass, true), 0);
		assert_null(test_punted(w));
		test_worker_free(w);
	}
}

static void
fragments_time_out(void **state)
{
	struct worker *w = test_worker();
	struct whole p = whole_of(DP_LAN, IPPROTO_UDP);
	uint64_t life = w->tsc_hz * REASS_LIFE_MS / 1000;

	(void)state;
	make_ours(w, &p);
	send_piece(w, &p, (struct piece){0, 800});
	send_piece(w, &p, (struct piece){800, 800});
	w->now_tsc += life;
	reass_sweep(w);
	assert_int_equal(sum_of(w->reass, true), 2);
	w->now_tsc += 1;
	reass_sweep(w);
	assert_int_equal(w->drop[DROP_REASS_TIMEOUT], 2);
	assert_int_equal(sum_of(w->reass, true), 0);
	/* The rest does not complete the packet. */
	send_piece(w, &p, (struct piece){1600, 8, true});
	assert_null(test_punted(w));
	test_worker_free(w);
}

/*
 * An endless flood of first fragments: no more than the limit are held, and a packet whose
 * fragments all come at once is reassembled.
 */
static void
a_flood_is_bounded_and_others_are_served(void **state)
{
	struct worker *w = test_worker();
	struct whole flood = whole_of(DP_CLIENT, IPPROTO_UDP), p = whole_of(DP_LAN, IPPROTO_ICMP);
	struct rte_mbuf *got;

	(void)state;
	make_ours(w, &p);
	for (unsigned i = 0; i < 20 * REASS_HELD_MAX; i++) {
		flood.id = (uint16_t)i;
		w->now_tsc += w->tsc_hz / 100000; /* 100,000 a second */
		send_piece(w, &flood, (struct piece){0, 8});
		assert_true(sum_of(w->reass, true) <= REASS_HELD_MAX);
		assert_true(rte_mempool_in_use_count(w->pool) <= REASS_HELD_MAX);
		if (i % 1000 == 0)
			send_piece(w, &p, (struct piece){0, 1480});
		if (i % 1000 != 100)
			continue;
		send_piece(w, &p, (struct piece){1480, 48, true});
		got = test_punted(w);
		check_whole(got, &p, 1528);
		rte_pktmbuf_free(got);
	}
	assert_true(w->drop[DROP_REASS_FULL] > 18 * REASS_HELD_MAX);
	assert_int_equal(w->drop[DROP_REASS_FULL], test_drops(w));
	test_worker_free(w);
}

/* All pieces of a packet meet at one worker, wherever they come in. */
static void
all_pieces_meet_at_one_worker(void **state)
{
	struct worker *w = test_worker(), *other = w->workers[1];
	unsigned here = 0, there = 0;

	(void)state;
	for (uint16_t id = 0; id < 64; id++) {
		struct whole p = whole_of(DP_WAN, IPPROTO_ICMP);
		struct worker *owner = w;
		struct rte_mbuf *m;

		p.id = id;
		send_piece(w, &p, (struct piece){0, 800});
		push_flush(w);
		m = test_pushed(w, 1, INBOX_FRAGMENT);
		if (m != NULL) {
			owner = other;
			assert_int_equal(pkt_meta(m)->net, DP_WAN);
			/* Unchanged, so that the other worker processes it from the start. */
			assert_memory_equal(rte_pktmbuf_mtod(m, void *), w->net[DP_WAN].mac, 6);
			lane_append(&other->lane[LANE_WAN_RX], m, NULL);
			wan_in(other);
		}
		here += owner == w;
		there += owner == other;
		send_piece(other, &p, (struct piece){800, 100, true});
		push_flush(other);
		m = test_pushed(other, 0, INBOX_FRAGMENT);
		if (m != NULL) {
			assert_ptr_equal(owner, w);
			lane_append(&w->lane[LANE_WAN_RX], m, NULL);
			wan_in(w);
		}
		m = test_punted(w);
		check_whole(m, &p, 900);
		assert_int_equal(pkt_meta(m)->worker, owner->id);
		rte_pktmbuf_free(m);
	}
	assert_true(here > 16 && there > 16);
	test_worker_free(w);
}

/* Large packets without a buffer are dropped and counted. */
static void
without_a_large_buffer_it_is_dropped(void **state)
{
	struct worker *w = test_worker();
	struct whole p = whole_of(DP_CLIENT, IPPROTO_ICMP);
	struct rte_mbuf *all[64];
	unsigned n = 0;

	(void)state;
	while (n < RTE_DIM(all) && (all[n] = rte_pktmbuf_alloc(w->large)) != NULL)
		n++;
	send_piece(w, &p, (struct piece){0, 1400});
	send_piece(w, &p, (struct piece){1400, 1000, true});
	assert_int_equal(w->drop[DROP_NO_BUFFER], 1);
	assert_int_equal(sum_of(w->reass, true), 0);
	rte_pktmbuf_free_bulk(all, n);
	test_worker_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_any_order_they_become_the_packet),
		cmocka_unit_test(esp_goes_on_as_if_it_were_whole),
		cmocka_unit_test(protocols_are_told_apart),
		cmocka_unit_test(fragments_that_do_not_fit_are_dropped),
		cmocka_unit_test(fragments_time_out),
		cmocka_unit_test(a_flood_is_bounded_and_others_are_served),
		cmocka_unit_test(all_pieces_meet_at_one_worker),
		cmocka_unit_test(without_a_large_buffer_it_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
