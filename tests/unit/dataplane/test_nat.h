/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * NAT for tests of its stages: worker 0 with inside hosts on 192.168.0.0/24, 10.0.0.254 on the WAN,
 * and the WAN's router 10.0.0.253. Packets have all their checksums, and those of translated
 * packets are checked.
 */
#ifndef TEST_NAT_H
#define TEST_NAT_H

#include <netinet/in.h>

#include "nat.h"
#include "nat_tcp.h"
#include "test_worker.h"

#define HOST_A TEST_IP(192, 168, 0, 20)
#define HOST_B TEST_IP(192, 168, 0, 21)
#define PEER_1 TEST_IP(203, 0, 113, 1)
#define PEER_2 TEST_IP(203, 0, 113, 2)

#define SYN RTE_TCP_SYN_FLAG
#define ACK RTE_TCP_ACK_FLAG
#define FIN RTE_TCP_FIN_FLAG
#define RST RTE_TCP_RST_FLAG

/* A packet in short form. ICMP: sport is the identifier, flags the type. */
struct test_flow {
	uint8_t proto; /* IPPROTO_* */
	rte_be32_t src;
	uint16_t sport;
	rte_be32_t dst;
	uint16_t dport;
	uint8_t flags;
};

/* One rule, 192.168.0.0/24 to the WAN's address; default timeouts and limits, 1024 sessions. */
struct nat_config test_nat_config(void);

/* test_worker() with NAT on n_workers of its two. */
struct worker *test_nat(const struct nat_config *config, unsigned n_workers);
void test_nat_free(struct worker *w);

/* Writes the packet with a payload of n bytes; returns its length. */
size_t test_flow_write(uint8_t *p, const struct test_flow *f, size_t n);

/* Whether the checksum of a whole TCP or UDP packet is correct. */
bool test_l4_sound(const struct rte_ipv4_hdr *ip, const void *l4);

/* Fails the test when a checksum is wrong; returns the packet in short form. */
struct test_flow test_flow_read(const struct rte_mbuf *m);

/*
 * Sends a packet through nat_out or nat_in; true when it came out, as *got. Otherwise it was
 * dropped, punted or pushed, and the lanes are empty.
 */
bool test_out(struct worker *w, const struct test_flow *f, struct test_flow *got);
bool test_in(struct worker *w, const struct test_flow *f, struct test_flow *got);

/* The same with the bytes of a packet. Returns the packet that came out, or NULL. */
struct rte_mbuf *test_out_bytes(struct worker *w, const uint8_t *p, size_t len);
struct rte_mbuf *test_in_bytes(struct worker *w, const uint8_t *p, size_t len);

/* Sends a UDP packet from inside; returns its external port, or 0 when it did not come out. */
uint16_t test_udp_port(
	struct worker *w, rte_be32_t host, uint16_t port, rte_be32_t peer, uint16_t peer_port);

/* Fails the test when the session table is inconsistent. */
void test_nat_check(const struct worker *w);

/* Lets seconds pass one by one. */
void test_nat_wait(struct worker *w, unsigned seconds);

#endif
