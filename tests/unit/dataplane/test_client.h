/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A client of the test worker: a session, an SA for each direction in UDP encapsulation, and the
 * other ends of both SAs.
 */
#ifndef TEST_CLIENT_H
#define TEST_CLIENT_H

#include "esp_peer.h"
#include "test_worker.h"

#define TEST_CLIENT_IP   TEST_IP(203, 0, 113, 7) /* on the WAN, behind the gateway */
#define TEST_CLIENT_PORT 31337 /* of its NAT */

struct test_client {
	struct worker *w; /* the client's owner */
	uint32_t sid;
	struct dp_sess say; /* parameters of the session */
	struct esp_peer up, down;
	uint32_t seq; /* last sequence number used in direction up */
	struct sa_in *in;
	struct sa_out *out;
	struct sess *sess;
};

/*
 * Sets up a client of the worker in a slot, with the lease (0: none yet). Its IDs: our tunnel
 * 0x1100, our session 0x2200, the peer's 0x3300 and 0x4400, each plus the slot. No sequence
 * numbers, no compression, MTU 1400.
 */
void test_client_init(struct test_client *c, struct worker *w, unsigned slot, rte_be32_t lease);

/* Makes the session again from c->say, after the test has changed it. */
void test_client_again(struct test_client *c);

void test_client_free(struct test_client *c);

/* Writes a UDP datagram of the client (from its UDP header on) as a frame for the WAN port. */
size_t test_client_frame(struct test_client *c, const void *datagram, size_t len, uint8_t *frame);

/* Writes the datagram of an IPv4 packet: UDP, L2TP with length, uncompressed PPP. */
size_t test_client_datagram(
	const struct test_client *c, const void *packet, size_t len, uint8_t *datagram);

/* Opens a frame of the WAN port as the client does; fails the test if that is not possible. */
void test_client_open(
	const struct test_client *c, const struct rte_mbuf *frame, struct esp_peer_opened *o);

#endif
