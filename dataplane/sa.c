/* SPDX-License-Identifier: BSD-3-Clause */
#include "sa.h"

#include <string.h>
#include <rte_cycles.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "cksum.h"
#include "mss.h"
#include "rebind.h"
#include "slab.h"
#include "suite.h"
#include "wire/l2tp.h"
#include "wire/ppp.h"

#define OUTER_TTL   64
#define MTU_MIN     68 /* what every link must carry without fragments (RFC 791, 3.2) */
/* More packets than a worker sends while control does not get the CPU for a second. */
#define SA_MOVE_GAP (1u << 22)
#define NUMBERS     4 /* bytes of Ns and Nr in a data message */

/* Bytes in front of the keys. */
static size_t
sa_in_head(uint32_t window)
{
	return RTE_ALIGN_CEIL(SA_IN_HEAD + window / 8, SA_KEYS_ALIGN);
}

struct sa_in *
sa_in_new(struct slabs *slabs, IMB_MGR *mb, const struct dp_sa *sa, uint32_t sid, uint32_t window)
{
	size_t head = sa_in_head(window);
	struct sa_in *in = slab_take(slabs, head + suite_keys_size(sa->suite));

	if (in == NULL)
		return NULL;
	suite_fill(mb, sa->suite, sa->keys, SUITE_OPEN, (uint8_t *)in + head, &in->crypto);
	in->spi = sa->spi;
	in->sid = sid;
	in->udp_encap = sa->udp_encap;
	in->no_anti_replay = sa->no_anti_replay;
	in->window = (uint16_t)window;
	return in;
}

/*
 * Writes the outer headers that every packet begins with. Lengths, identification and sequence
 * number are 0; the IPv4 checksum field holds the folded sum over the rest, not inverted yet.
 */
static uint8_t
write_outer(const struct dp_sa *sa, uint8_t hdr[SA_OUT_HDR_MAX])
{
	struct rte_ipv4_hdr ip = {
		.version_ihl = RTE_IPV4_VHL_DEF,
		.fragment_offset = sa->df ? RTE_BE16(RTE_IPV4_HDR_DF_FLAG) : 0,
		.time_to_live = OUTER_TTL,
		.next_proto_id = sa->udp_encap ? IPPROTO_UDP : IPPROTO_ESP,
		.src_addr = sa->local.addr,
		.dst_addr = sa->remote.addr,
	};
	struct rte_udp_hdr udp = {.src_port = sa->local.port, .dst_port = sa->remote.port};
	size_t n = sizeof(ip);

	ip.hdr_checksum = (uint16_t)~cksum(&ip, sizeof(ip));
	memcpy(hdr, &ip, sizeof(ip));
	if (sa->udp_encap) {
		memcpy(hdr + n, &udp, sizeof(udp));
		n += sizeof(udp);
	}
	memcpy(hdr + n, &sa->spi, sizeof(sa->spi));
	return (uint8_t)(n + 8);
}

struct sa_out *
sa_out_new(struct slabs *slabs, IMB_MGR *mb, const struct dp_sa *sa)
{
	struct sa_out *out = slab_take(slabs, SA_OUT_KEYS + suite_keys_size(sa->suite));

	if (out == NULL)
		return NULL;
	suite_fill(mb, sa->suite, sa->keys, SUITE_SEAL, (uint8_t *)out + SA_OUT_KEYS, &out->crypto);
	out->hdr_len = write_outer(sa, out->hdr);
	out->to = SA_END(sa->remote.addr, sa->remote.port);
	return out;
}

struct sa_out *
sa_out_moved(struct slabs *slabs, const struct sa_out *old, const struct esp_suite *suite,
	const struct ip_end *remote)
{
	size_t size = SA_OUT_KEYS + suite_keys_size(suite);
	struct sa_out *out = slab_take(slabs, size);

	if (out == NULL)
		return NULL;
	out->crypto = old->crypto;
	out->hdr_len = old->hdr_len;
	memcpy(out->hdr, old->hdr, sizeof(out->hdr));
	memcpy((uint8_t *)out + SA_OUT_KEYS, (const uint8_t *)old + SA_OUT_KEYS,
		size - SA_OUT_KEYS);
	suite_moved((const uint8_t *)old + SA_OUT_KEYS, (uint8_t *)out + SA_OUT_KEYS, &out->crypto);
	out->seq = __atomic_load_n(&old->seq, __ATOMIC_RELAXED) + SA_MOVE_GAP;
	out->packets = __atomic_load_n(&old->packets, __ATOMIC_RELAXED);
	out->bytes = __atomic_load_n(&old->bytes, __ATOMIC_RELAXED);
	rebind(out, remote->addr, remote->port);
	return out;
}

static void
put16(uint8_t *p, uint16_t host)
{
	p[0] = (uint8_t)(host >> 8);
	p[1] = (uint8_t)host;
}

/*
 * Writes the UDP, L2TP and PPP headers of data to the client (RFC 2661, 3.1; RFC 1661, 6.5 and
 * 6.6).
 */
static void
write_head(struct sess *sess, const struct dp_sess *s)
{
	uint8_t *p = sess->head;
	uint16_t flags = L2TP_FLAG_L | L2TP_VERSION;

	memcpy(p, &s->local_port, 2);
	memcpy(p + 2, &s->peer_port, 2);
	p += 8;
	if (s->sequencing)
		flags |= L2TP_FLAG_S;
	put16(p, flags);
	put16(p + 4, s->peer_tid);
	put16(p + 6, s->peer_sid);
	p += s->sequencing ? 12 : 8;
	if (!s->acfc) {
		*p++ = PPP_ADDRESS;
		*p++ = PPP_CONTROL;
	}
	if (!s->pfc)
		*p++ = 0;
	*p++ = PPP_IP;
	sess->head_len = (uint8_t)(p - sess->head);
}

/* The configured MTU fits the WAN without sequence numbers, which few peers ask for. */
static uint16_t
mtu_of(const struct dp_sess *s)
{
	uint16_t head = s->sequencing ? NUMBERS : 0;

	return s->mtu < MTU_MIN + head ? MTU_MIN : (uint16_t)(s->mtu - head);
}

static uint16_t
mss_of(const struct dp_sess *s)
{
	uint16_t fits = (uint16_t)(mtu_of(s) - MSS_HEADERS);

	return s->mss != MSS_NONE && s->mss > fits ? fits : s->mss;
}

struct sess *
sess_new(struct slabs *slabs, const struct dp_sess *s, uint32_t sid)
{
	bool shaped = s->rate_up != 0 || s->rate_down != 0;
	struct sess *sess = slab_take(
		slabs, sizeof(*sess) + (shaped ? 2 * sizeof(*sess->shaper) : 0));

	if (sess == NULL)
		return NULL;
	sess->client = s->client;
	sess->sid = sid;
	sess->our_tid = s->our_tid;
	sess->our_sid = s->our_sid;
	sess->peer_port = s->peer_port;
	sess->mtu = mtu_of(s);
	sess->net = (uint8_t)(DP_LAN + s->segment);
	sess->mss = mss_of(s);
	sess->sequencing = s->sequencing;
	sess->shaped = shaped;
	if (shaped) {
		shaper_init(&sess->shaper[SESS_UP], s->rate_up, s->burst_ms, rte_get_tsc_hz());
		shaper_init(&sess->shaper[SESS_DOWN], s->rate_down, s->burst_ms, rte_get_tsc_hz());
	}
	sess->filter_groups = s->filter_groups;
	sess->filter_user = s->filter_user;
	write_head(sess, s);
	return sess;
}
