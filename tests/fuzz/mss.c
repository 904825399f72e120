/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCP headers and options as anyone can send them: only an MSS that is too large changes, together
 * with the checksum. The input is the clamp (u16), then the packet from its TCP header on; with an
 * even clamp its checksum is set first.
 */
#include "fuzz_worker.h"
#include "mss.h"

#define LEN_MAX 200

static uint16_t
tcp_sum(const uint8_t *tcp, size_t len)
{
	return cksum_fold(cksum_add(0, tcp, len));
}

/* At most four bytes differ: the checksum, and a value that was larger before. */
static void
assert_little_changed(const uint8_t *was, const uint8_t *is, size_t len, uint16_t mss)
{
	for (size_t i = 0; i < len; i++) {
		if (was[i] == is[i] || i == 16 || i == 17)
			continue;
		assert(i >= 22);
		/* This is the first byte of the value, or the second. */
		if (i + 1 < len && is[i] == mss >> 8 && is[i + 1] == (mss & 0xff) &&
			(was[i] << 8 | was[i + 1]) > mss)
			i++;
		else
			assert(is[i - 1] == mss >> 8 && is[i] == (mss & 0xff) &&
				(was[i - 1] << 8 | was[i]) > mss);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct worker *w;
	struct rd r = rd_init(data, size);
	uint16_t mss = rd_u16(&r), sum = 0;
	size_t len = rd_left(&r) < LEN_MAX ? rd_left(&r) : LEN_MAX;
	const uint8_t *bytes = rd_bytes(&r, len);
	uint8_t tcp[LEN_MAX], packet[LEN_MAX + 20], *got;
	struct rte_mbuf *m;

	if (bytes == NULL || r.bad || len == 0)
		return 0;
	if (w == NULL)
		w = test_worker();
	memcpy(tcp, bytes, len);
	if (len >= 18) {
		memcpy(tcp + 16, &sum, 2);
		sum = tcp_sum(tcp, len);
		memcpy(tcp + 16, &sum, 2);
	}
	test_ipv4(packet, FUZZ_HOST, FUZZ_IP_A, IPPROTO_TCP, tcp, len);
	m = test_mbuf(w, packet, 20 + len);
	fuzz_poison(m);
	mss_clamp(m, mss);
	ASAN_UNPOISON_MEMORY_REGION(m->buf_addr, m->buf_len);
	got = rte_pktmbuf_mtod_offset(m, uint8_t *, 20);
	assert_little_changed(tcp, got, len, mss);
	assert(len < 18 || tcp_sum(got, len) == tcp_sum(tcp, len));
	rte_pktmbuf_free(m);
	return 0;
}
