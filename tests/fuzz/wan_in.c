/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames from the WAN without keys: whatever they are, nothing in them gets past ESP. The input is
 * records of (operation, length (u16), bytes).
 */
#include "fuzz_worker.h"

enum op {
	OP_FRAME, /* unchanged */
	OP_IPV4, /* to the gateway; length and checksum are set */
	OP_UDP, /* a datagram; its length selects the port */
	OP_ESP, /* ESP in UDP; the bytes follow the SPI of a live SA */
	OP_COUNT,
};

static void
put(struct fuzz *f, enum op op, uint8_t *bytes, size_t len)
{
	static const uint16_t port[] = {500, 4500, 1701, 53};
	uint8_t frame[FUZZ_LEN_MAX + 100], payload[FUZZ_LEN_MAX + 4];
	const uint8_t *mac = f->w->net[DP_WAN].mac;

	switch (op) {
	case OP_FRAME:
		fuzz_put(f, LANE_WAN_RX, bytes, len);
		return;
	case OP_IPV4:
		fuzz_fit_ipv4(bytes, len, TEST_CLIENT_IP, TEST_WAN_ADDR);
		break;
	case OP_UDP:
		memcpy(payload, bytes, len);
		len = test_udp(bytes, TEST_CLIENT_IP, TEST_CLIENT_PORT, TEST_WAN_ADDR,
			port[len % RTE_DIM(port)], payload, len);
		break;
	default:
		memcpy(payload, &f->a.in->spi, 4);
		memcpy(payload + 4, bytes, len);
		len = test_udp(bytes, TEST_CLIENT_IP, TEST_CLIENT_PORT, TEST_WAN_ADDR, 4500,
			payload, len + 4);
		break;
	}
	len = test_ether(frame, mac, RTE_ETHER_TYPE_IPV4, bytes, len);
	fuzz_put(f, LANE_WAN_RX, frame, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz *f = fuzz_begin();
	struct rd r = rd_init(data, size);
	uint8_t bytes[FUZZ_LEN_MAX + 100];
	unsigned merged;

	while (rd_more(&r) && f->n_in < FUZZ_PACKETS) {
		enum op op = rd_u8(&r) % OP_COUNT;

		put(f, op, bytes, fuzz_record(&r, bytes));
	}
	fuzz_poison_lane(f, LANE_WAN_RX);
	wan_in(f->w);
	assert(f->w->lane[LANE_WAN_RX].n == 0);
	fuzz_poison_lane(f, LANE_UP);
	esp_in(f->w);
	assert(f->w->lane[LANE_UP].n == 0 && f->a.in->packets == 0 && f->a.in->top == 0);
	merged = fuzz_merged(f);
	assert(fuzz_end(f) + test_drops(f->w) + merged == f->n_in);
	return 0;
}
