/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A worker for tests of stages: EAL without huge pages, worker 0 of two, ports of net_ring (what is
 * sent comes back as received), networks of the user's service:
 *   WAN 10.0.0.254/24 through 10.0.0.253, MAC 02:00:00:00:00:01
 *   LAN 192.168.0.254/24, no gateway,     MAC 02:00:00:00:00:02
 */
#ifndef TEST_WORKER_H
#define TEST_WORKER_H

#include "handoff.h"
#include "stages.h"
#include "worker.h"

#define TEST_IP(a, b, c, d) RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

#define TEST_WAN_ADDR    TEST_IP(10, 0, 0, 254)
#define TEST_WAN_GATEWAY TEST_IP(10, 0, 0, 253)
#define TEST_LAN_ADDR    TEST_IP(192, 168, 0, 254)
#define TEST_SLOTS       64 /* of sessions and of SAs, per worker */
#define TEST_MTU         1500 /* of both ports */

/* Makes worker 0 of two, with empty lanes, slots and counters. The first call starts EAL. */
struct worker *test_worker(void);

/*
 * Frees the worker; fails the test when a packet was lost. The test frees what it put into slots.
 */
void test_worker_free(struct worker *w);

/* Memory for SAs and sessions; what is left in it is freed with the process. */
struct slabs *test_slabs(void);

/* An mbuf with these bytes and headroom, its private area filled with garbage. */
struct rte_mbuf *test_mbuf(struct worker *w, const void *bytes, size_t len);

/* The same, appended to a lane. */
struct rte_mbuf *test_put(
	struct worker *w, enum lane_id lane, const void *bytes, size_t len, void *ctx);

/* Takes the only packet of the lane; fails the test if there is none or more than one. */
struct rte_mbuf *test_take(struct worker *w, enum lane_id lane);

/* Takes the next punted packet from any ring; NULL when there is none. */
struct rte_mbuf *test_punted(struct worker *w);

/* Takes the next packet in a worker's inbox (after push_flush()); NULL when there is none. */
struct rte_mbuf *test_pushed(struct worker *w, unsigned owner, enum inbox inbox);

/* Takes the next frame that a port has sent; NULL when there is none. */
struct rte_mbuf *test_sent(struct worker *w, enum dp_port port);

/* Drops for all reasons so far. */
uint64_t test_drops(const struct worker *w);

/* Packets that stages hold: in lanes and outboxes. */
unsigned test_held(const struct worker *w);

/* Publish objects, as control does; NULL retires them. */
void test_sess_set(struct worker *w, unsigned slot, struct sess *s);
void test_sa_in_set(struct worker *w, unsigned slot, struct sa_in *sa);
void test_lease_set(struct worker *w, rte_be32_t addr, uint32_t sid);
void test_neigh_set(struct worker *w, enum dp_port port, rte_be32_t addr, uint64_t word);

/* Write a packet; return its whole length. */
size_t test_ipv4(
	uint8_t *p, rte_be32_t src, rte_be32_t dst, uint8_t proto, const void *payload, size_t len);
size_t test_udp(uint8_t *p, rte_be32_t src, uint16_t sport, rte_be32_t dst, uint16_t dport,
	const void *payload, size_t len);
size_t test_ether(uint8_t *p, const uint8_t dst[6], uint16_t type, const void *payload, size_t len);

#endif
