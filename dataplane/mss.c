/* SPDX-License-Identifier: BSD-3-Clause */
#include "mss.h"

#include <string.h>
#include <rte_tcp.h>

#include "cksum.h"

enum {
	OPT_END = 0,
	OPT_NOP = 1,
	OPT_MSS = 2,
	OPT_MSS_LEN = 4,
};

/* The value of the MSS option; NULL when there is none or the options are malformed. */
static uint8_t *
find_mss(uint8_t *opt, uint32_t len)
{
	uint32_t at = 0;

	while (at < len && opt[at] != OPT_END) {
		if (opt[at] == OPT_NOP) {
			at++;
			continue;
		}
		if (len - at < 2 || opt[at + 1] < 2 || opt[at + 1] > len - at)
			return NULL;
		if (opt[at] == OPT_MSS)
			return opt[at + 1] == OPT_MSS_LEN ? opt + at + 2 : NULL;
		at += opt[at + 1];
	}
	return NULL;
}

/* The value as the checksum's words contain it: swapped when it begins in the middle of a word. */
static uint16_t
as_summed(uint16_t mss, bool odd)
{
	return odd ? mss : rte_cpu_to_be_16(mss);
}

void
mss_clamp_syn(struct rte_mbuf *m, uint16_t mss)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(ip + 1);
	uint32_t have = m->data_len - (uint32_t)sizeof(*ip);
	uint32_t head = (uint32_t)(tcp->data_off >> 4) * 4;
	uint16_t was;
	uint8_t *at;
	bool odd;

	/* Only the first fragment begins with TCP's header. */
	if (mss == MSS_NONE || ip->version_ihl != RTE_IPV4_VHL_DEF ||
		(ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK)) != 0 ||
		head < sizeof(*tcp) || head > have)
		return;
	at = find_mss((uint8_t *)(tcp + 1), head - (uint32_t)sizeof(*tcp));
	if (at == NULL)
		return;
	was = (uint16_t)(at[0] << 8 | at[1]);
	if (was <= mss)
		return;
	at[0] = (uint8_t)(mss >> 8);
	at[1] = (uint8_t)mss;
	odd = (at - (uint8_t *)tcp) % 2 != 0;
	tcp->cksum = cksum_update(tcp->cksum, as_summed(was, odd), as_summed(mss, odd));
}
