/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames from the LAN: a packet that gets through reaches the client with its destination address,
 * valid and within the session's MTU. The input is records of (operation, length (u16), bytes).
 */
#include "fuzz_worker.h"

enum op {
	OP_FRAME, /* unchanged */
	OP_A, /* a packet for this client; addresses, length and checksum are set */
	OP_B, /* for the client with the small MTU */
	OP_FAR, /* for a client of the other worker */
	OP_COUNT,
};

static void
put(struct fuzz *f, enum op op, uint8_t *bytes, size_t len)
{
	static const rte_be32_t dst[OP_COUNT] = {0, FUZZ_IP_A, FUZZ_IP_B, FUZZ_IP_FAR};
	uint8_t frame[FUZZ_LEN_MAX + 100];

	if (op != OP_FRAME) {
		fuzz_fit_ipv4(bytes, len, FUZZ_HOST, dst[op]);
		len = test_ether(frame, f->w->net[DP_LAN].mac, RTE_ETHER_TYPE_IPV4, bytes, len);
		fuzz_put(f, LANE_LAN_RX, frame, len);
		return;
	}
	fuzz_put(f, LANE_LAN_RX, bytes, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz *f = fuzz_begin();
	struct rd r = rd_init(data, size);
	uint8_t bytes[FUZZ_LEN_MAX + 100];
	unsigned sent, merged;

	while (rd_more(&r) && f->n_in < FUZZ_PACKETS) {
		enum op op = rd_u8(&r) % OP_COUNT;

		put(f, op, bytes, fuzz_record(&r, bytes));
	}
	fuzz_poison_lane(f, LANE_LAN_RX);
	lan_in(f->w);
	assert(f->w->lane[LANE_LAN_RX].n == 0 && f->w->lane[LANE_TO_LAN].n == 0);
	sent = fuzz_send(f, 0);
	merged = fuzz_merged(f);
	assert(fuzz_end(f) + sent + test_drops(f->w) + merged >= f->n_in);
	return 0;
}
