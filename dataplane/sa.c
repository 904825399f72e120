/* SPDX-License-Identifier: BSD-3-Clause */
#include "sa.h"

#include <stdlib.h>
#include <string.h>
#include <rte_ip.h>
#include <rte_udp.h>
#include <sodium.h>

#include "cksum.h"
#include "suite.h"
#include "wire/l2tp.h"
#include "wire/ppp.h"

#define OUTER_TTL 64
#define MTU_MIN   68 /* what every link must carry whole (RFC 791, 3.2) */
#define NUMBERS   4 /* bytes of Ns and Nr in a data message */

/* A zeroed block of whole cache lines. */
static void *
block_new(size_t size)
{
	size_t whole = RTE_ALIGN_CEIL(size, RTE_CACHE_LINE_SIZE);
	void *p = aligned_alloc(RTE_CACHE_LINE_SIZE, whole);

	if (p != NULL)
		memset(p, 0, whole);
	return p;
}

static void
wipe(const struct sa_crypto *c)
{
	/* The keys are constant to workers; they stand behind the SA in its own block. */
	sodium_memzero((void *)(uintptr_t)c->keys, c->keys_len);
}

/* Bytes before the keys. */
static size_t
sa_in_head(uint32_t window)
{
	return RTE_ALIGN_CEIL(sizeof(struct sa_in) + window / 8, RTE_CACHE_LINE_SIZE);
}

struct sa_in *
sa_in_new(IMB_MGR *mb, const struct dp_sa *sa, uint32_t sid, uint32_t window)
{
	const struct esp_suite *suite = sa->suite;
	size_t head = sa_in_head(window);
	struct sa_in *in = block_new(head + suite_keys_size(suite));

	if (in == NULL)
		return NULL;
	suite_fill(mb, suite, sa->keys, SUITE_OPEN, (struct sa_keys *)((char *)in + head),
		&in->crypto);
	in->spi = sa->spi;
	in->sid = sid;
	in->udp_encap = sa->udp_encap;
	in->window = window;
	return in;
}

void
sa_in_free(void *sa_in)
{
	struct sa_in *in = sa_in;

	if (in == NULL)
		return;
	wipe(&in->crypto);
	free(in);
}

/*
 * The outer headers as they stand before each packet. Lengths, identification and sequence number
 * are 0 here; the IPv4 checksum field holds the folded sum over the rest, not yet inverted.
 */
static uint8_t
write_outer(const struct dp_sa *sa, uint8_t hdr[SA_OUT_HDR_MAX])
{
	struct rte_ipv4_hdr ip = {
		.version_ihl = RTE_IPV4_VHL_DEF,
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
sa_out_new(IMB_MGR *mb, const struct dp_sa *sa)
{
	const struct esp_suite *suite = sa->suite;
	struct sa_out *out = block_new(sizeof(*out) + suite_keys_size(suite));

	if (out == NULL)
		return NULL;
	suite_fill(mb, suite, sa->keys, SUITE_SEAL, (struct sa_keys *)(out + 1), &out->crypto);
	out->hdr_len = write_outer(sa, out->hdr);
	out->to = SA_END(sa->remote.addr, sa->remote.port);
	return out;
}

void
sa_out_free(void *sa_out)
{
	struct sa_out *out = sa_out;

	if (out == NULL)
		return;
	wipe(&out->crypto);
	free(out);
}

static void
put16(uint8_t *p, uint16_t host)
{
	p[0] = (uint8_t)(host >> 8);
	p[1] = (uint8_t)host;
}

/* UDP, L2TP and PPP headers of data to the client (RFC 2661, 3.1; RFC 1661, 6.5 and 6.6). */
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

/* The MTU that is configured fits the WAN without sequence numbers, which few peers ask for. */
static uint16_t
mtu_of(const struct dp_sess *s)
{
	uint16_t head = s->sequencing ? NUMBERS : 0;

	return s->mtu < MTU_MIN + head ? MTU_MIN : (uint16_t)(s->mtu - head);
}

struct sess *
sess_new(const struct dp_sess *s, uint32_t sid)
{
	struct sess *sess = block_new(sizeof(*sess));

	if (sess == NULL)
		return NULL;
	sess->client = s->client;
	sess->sid = sid;
	sess->our_tid = s->our_tid;
	sess->our_sid = s->our_sid;
	sess->peer_port = s->peer_port;
	sess->mtu = mtu_of(s);
	sess->sequencing = s->sequencing;
	write_head(sess, s);
	return sess;
}

void
sess_free(void *sess)
{
	free(sess);
}
