/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a client with valid keys can send inside ESP: UDP, L2TP, PPP and IPv4, all of it
 * attacker-controlled. It must not be able to send with a source other than its own. The input is
 * records of (operation, length (u16), bytes).
 */
#include "fuzz_worker.h"

enum op {
	OP_PLAIN, /* plaintext with its trailer, filled up to whole blocks */
	OP_DATAGRAM, /* from the UDP header on */
	OP_L2TP, /* from the L2TP header on; IDs are set where the flags tell that they are */
	OP_PPP, /* from the PPP header on */
	OP_IPV4, /* the first byte selects the destination; length and checksum are set */
	OP_COUNT,
};

static size_t
udp_before(uint8_t *bytes, size_t len)
{
	const uint8_t head[FUZZ_UDP_HEAD] = {
		6, 0xa5, 6, 0xa5, (uint8_t)((len + 8) >> 8), (uint8_t)(len + 8)};

	memmove(bytes + sizeof(head), bytes, len);
	memcpy(bytes, head, sizeof(head));
	return sizeof(head) + len;
}

static void
fit_ids(const struct test_client *c, uint8_t *bytes, size_t len)
{
	const uint8_t ids[] = {(uint8_t)(c->say.our_tid >> 8), (uint8_t)c->say.our_tid,
		(uint8_t)(c->say.our_sid >> 8), (uint8_t)c->say.our_sid};
	size_t at = (bytes[0] & 0x40) ? 4 : 2;

	if (len < at + sizeof(ids))
		return;
	bytes[1] = (uint8_t)((bytes[1] & 0xf0) | 2);
	memcpy(bytes + at, ids, sizeof(ids));
}

static size_t
l2tp_before(const struct test_client *c, uint8_t *bytes, size_t len)
{
	memmove(bytes + 6, bytes, len);
	bytes[0] = 0;
	bytes[1] = 2;
	fit_ids(c, bytes, len + 6);
	return len + 6;
}

/* Puts uncompressed PPP in front of the IPv4 packet made of the bytes. */
static size_t
ppp_before(uint8_t *bytes, size_t len)
{
	static const rte_be32_t dst[] = {
		FUZZ_HOST, FUZZ_IP_A, FUZZ_IP_B, FUZZ_IP_FAR, TEST_LAN_ADDR, 0xffffffff};
	uint8_t to = len > 0 ? bytes[0] % RTE_DIM(dst) : 0;

	fuzz_fit_ipv4(bytes, len, FUZZ_IP_A, dst[to]);
	memmove(bytes + 4, bytes, len);
	memcpy(bytes, "\xff\3\0\x21", 4);
	return len + 4;
}

#define OUTER_LEN 28 /* IPv4, UDP */

/* Puts a packet into the lane as wan_in leaves it: data at ESP, outer headers in front. */
static void
put_outer(struct fuzz *f, const uint8_t *esp, size_t n)
{
	uint8_t packet[OUTER_LEN + FUZZ_LEN_MAX + 200];
	struct rte_mbuf *m;

	test_udp(packet, TEST_CLIENT_IP, TEST_CLIENT_PORT, TEST_WAN_ADDR, 4500, "", 0);
	memcpy(packet + OUTER_LEN, esp, n);
	m = fuzz_put(f, LANE_UP, packet, OUTER_LEN + n);
	rte_pktmbuf_adj(m, OUTER_LEN);
	m->hash.usr = ESP_OUTER_UDP;
}

/* Puts bytes into the lane; each operation adds the headers outside of them. */
static void
put(struct fuzz *f, enum op op, uint8_t *bytes, size_t len)
{
	struct test_client *c = &f->a;
	uint8_t esp[FUZZ_LEN_MAX + 200];
	size_t n;

	if (op == OP_PLAIN) {
		while (len == 0 || len % c->up.suite->block != 0)
			bytes[len++] = 0;
		n = esp_peer_seal_raw(&c->up, ++c->seq, bytes, len, esp);
	} else {
		if (op == OP_IPV4)
			len = ppp_before(bytes, len);
		if (op == OP_L2TP && len >= 2)
			fit_ids(c, bytes, len);
		if (op >= OP_PPP)
			len = l2tp_before(c, bytes, len);
		if (op >= OP_L2TP)
			len = udp_before(bytes, len);
		n = esp_peer_seal(&c->up, ++c->seq, bytes, len, esp);
	}
	put_outer(f, esp, n);
}

/* esp_in may read the outer headers as well. */
static void
poison_but_outer(const struct fuzz *f)
{
	const struct lane *l = &f->w->lane[LANE_UP];

	fuzz_poison_lane(f, LANE_UP);
	for (unsigned i = 0; i < l->n; i++)
		ASAN_UNPOISON_MEMORY_REGION(
			rte_pktmbuf_mtod(l->pkt[i], char *) - OUTER_LEN, OUTER_LEN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz *f = fuzz_begin();
	struct rd r = rd_init(data, size);
	uint8_t bytes[FUZZ_LEN_MAX + 100];
	uint64_t good = f->a.in->packets;
	unsigned sent, merged;

	while (rd_more(&r) && f->n_in < FUZZ_PACKETS) {
		enum op op = rd_u8(&r) % OP_COUNT;

		put(f, op, bytes, fuzz_record(&r, bytes));
	}
	poison_but_outer(f);
	esp_in(f->w);
	assert(f->a.in->packets == good + f->n_in);
	fuzz_poison_lane(f, LANE_UP);
	l2tp_in(f->w);
	fuzz_poison_lane(f, LANE_UP);
	ppp_in(f->w);
	fuzz_poison_lane(f, LANE_UP);
	forward(f->w);
	assert(f->w->lane[LANE_UP].n == 0);
	sent = fuzz_send(f, FUZZ_IP_A);
	merged = fuzz_merged(f);
	assert(fuzz_end(f) + sent + test_drops(f->w) + merged >= f->n_in);
	return 0;
}
