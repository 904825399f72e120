/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_udp.h>
#include <cmocka.h>

#include "cksum.h"
#include "slab.h"
#include "test_client.h"

#define WINDOW 64
#define OUTER  (RTE_ETHER_HDR_LEN + 20 + 8) /* bytes in front of ESP */

void
test_client_again(struct test_client *c)
{
	unsigned slot = ID_SLOT(c->sid);

	slab_release(c->sess);
	c->sess = sess_new(test_slabs(), &c->say, c->sid);
	assert_non_null(c->sess);
	atomic_store(&c->sess->out, c->out);
	test_sess_set(c->w, slot, c->sess);
}

void
test_client_init(struct test_client *c, struct worker *w, unsigned slot, rte_be32_t lease)
{
	struct dp_sa sa = {.local = {TEST_WAN_ADDR, RTE_BE16(4500)},
		.remote = {TEST_CLIENT_IP, RTE_BE16(TEST_CLIENT_PORT)},
		.udp_encap = true};

	*c = (struct test_client){.w = w,
		.sid = ID_MAKE(0, w->id, slot),
		.say = {.client = lease,
			.local_port = RTE_BE16(1701),
			.peer_port = RTE_BE16(1701),
			.our_tid = (uint16_t)(0x1100 + slot),
			.our_sid = (uint16_t)(0x2200 + slot),
			.peer_tid = (uint16_t)(0x3300 + slot),
			.peer_sid = (uint16_t)(0x4400 + slot),
			.mtu = 1400}};
	sa.suite = esp_suite_find("aes128-sha1");
	esp_peer_init(&c->up, sa.suite, ID_MAKE(9, w->id, slot), slot);
	esp_peer_init(&c->down, sa.suite, 0xc0ffee00 + slot, slot + 100);
	sa.spi = rte_cpu_to_be_32(c->up.spi);
	sa.keys = &c->up.keys;
	c->in = sa_in_new(test_slabs(), w->mb, &sa, c->sid, WINDOW);
	sa.spi = rte_cpu_to_be_32(c->down.spi);
	sa.keys = &c->down.keys;
	c->out = sa_out_new(test_slabs(), w->mb, &sa);
	assert_non_null(c->in);
	assert_non_null(c->out);
	test_sa_in_set(w, slot, c->in);
	test_client_again(c);
	if (lease != 0)
		test_lease_set(w, lease, c->sid);
}

void
test_client_free(struct test_client *c)
{
	test_sess_set(c->w, ID_SLOT(c->sid), NULL);
	test_sa_in_set(c->w, ID_SLOT(c->sid), NULL);
	slab_release(c->sess);
	slab_release(c->in);
	slab_release(c->out);
}

size_t
test_client_frame(struct test_client *c, const void *datagram, size_t len, uint8_t *frame)
{
	size_t n = esp_peer_seal(&c->up, ++c->seq, datagram, len, frame);

	n = test_udp(frame, TEST_CLIENT_IP, TEST_CLIENT_PORT, TEST_WAN_ADDR, 4500, frame, n);
	return test_ether(frame, c->w->net[DP_WAN].mac, RTE_ETHER_TYPE_IPV4, frame, n);
}

size_t
test_client_datagram(const struct test_client *c, const void *packet, size_t len, uint8_t *datagram)
{
	const uint16_t words[] = {1701, 1701, (uint16_t)(8 + 12 + len), 0, 0x4002,
		(uint16_t)(12 + len), c->say.our_tid, c->say.our_sid, 0xff03, 0x0021};

	for (size_t i = 0; i < RTE_DIM(words); i++) {
		datagram[2 * i] = (uint8_t)(words[i] >> 8);
		datagram[2 * i + 1] = (uint8_t)words[i];
	}
	memcpy(datagram + sizeof(words), packet, len);
	return sizeof(words) + len;
}

void
test_client_open(
	const struct test_client *c, const struct rte_mbuf *frame, struct esp_peer_opened *o)
{
	const uint8_t *p = rte_pktmbuf_mtod(frame, const uint8_t *);
	struct rte_ipv4_hdr ip;
	const char *wrong;

	assert_true(frame->data_len > OUTER);
	memcpy(&ip, p + RTE_ETHER_HDR_LEN, sizeof(ip));
	assert_int_equal(cksum(&ip, sizeof(ip)), 0);
	assert_int_equal(rte_be_to_cpu_16(ip.total_length), frame->data_len - RTE_ETHER_HDR_LEN);
	assert_int_equal(ip.dst_addr, TEST_CLIENT_IP);
	wrong = esp_peer_open(&c->down, p + OUTER, frame->data_len - (size_t)OUTER, o);
	if (wrong != NULL)
		fail_msg("wrong %s", wrong);
}
