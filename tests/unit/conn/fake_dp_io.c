/* SPDX-License-Identifier: BSD-3-Clause */
/* Packets between clients, control and the LAN, as workers carry them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "fake_dp_impl.h"
#include "fake_libc.h"
#include "ike.h"
#include "ipv4.h"
#include "rdwr.h"
#include "wire/l2tp.h"
#include "wire/ppp.h"

/* --- to control ------------------------------------------------------------------------------- */

enum { PUNT_OF_SESSIONS, PUNT_OF_ANYONE, PUNT_FIRST };

enum { FIRSTS_A_TURN = 32 }; /* as dp_inject.c has it */

void
fake_dp_punt(struct dp *dp, const struct dp_punt *punt)
{
	struct fake_punt *p = fake_alloc(sizeof(*p) + punt->len);
	unsigned ring = punt->reason == PUNT_IKE_FIRST ? PUNT_FIRST
			: punt->net == DP_CLIENT       ? PUNT_OF_SESSIONS
						       : PUNT_OF_ANYONE;

	p->punt = *punt;
	memcpy(p->bytes, punt->data, punt->len);
	p->punt.data = p->bytes;
	list_add_tail(&dp->punt[ring], &p->node);
}

static unsigned
drain(struct list *ring, unsigned max, void (*fn)(void *arg, const struct dp_punt *punt), void *arg)
{
	unsigned n = 0;

	for (; n < max && !list_empty(ring); n++) {
		struct fake_punt *p = container_of(ring->next, struct fake_punt, node);

		list_del(&p->node);
		fn(arg, &p->punt);
		fake_free(p);
	}
	return n;
}

unsigned
dp_punt_drain(
	struct dp *dp, unsigned max, void (*fn)(void *arg, const struct dp_punt *punt), void *arg)
{
	unsigned n = drain(&dp->punt[PUNT_OF_SESSIONS], max, fn, arg), left;

	n += drain(&dp->punt[PUNT_OF_ANYONE], max - n, fn, arg);
	left = max - n < FIRSTS_A_TURN ? max - n : FIRSTS_A_TURN;
	return n + drain(&dp->punt[PUNT_FIRST], left, fn, arg);
}

void
fake_dp_wan_udp(struct dp *dp, const struct ip_end *src, const struct ip_end *dst,
	const void *payload, size_t len)
{
	static const uint8_t marker[4], zero[8];
	bool natt = dst->port == htons(IKE_NATT_PORT);
	const uint8_t *msg = payload;
	uint8_t packet[DP_PACKET_MAX];
	size_t n = udp_write(
		packet, sizeof(packet), src, dst, marker, natt ? sizeof(marker) : 0, payload, len);
	bool first = len >= 16 && memcmp(msg + 8, zero, sizeof(zero)) == 0;

	assert_true(n != 0);
	fake_dp_punt(dp, &(struct dp_punt){
				 .reason = first  ? PUNT_IKE_FIRST
					   : natt ? PUNT_IKE_NATT
						  : PUNT_IKE,
				 .net = DP_WAN,
				 .data = packet,
				 .len = n,
			 });
}

/*
 * Whether the packet has not come before; the window then ends with the newest (RFC 4303, 3.4.3).
 */
static bool
is_new(struct fake_sa_in *in, uint32_t seq)
{
	uint64_t top = in->stats.seq;

	if (seq > top) {
		in->window = seq - top < 64 ? in->window << (seq - top) | 1 : 1;
		in->stats.seq = seq;
		return true;
	}
	if (top - seq >= 64 || (in->window >> (top - seq) & 1) != 0) {
		in->stats.replayed++;
		return false;
	}
	in->window |= 1ull << (top - seq);
	return true;
}

/* What is sent follows what was received (RFC 3947, 4). */
static void
rebind(const struct fake_sess *s, const struct fake_sa_in *in, const struct fake_esp *esp)
{
	if (s->out != NULL && in->sa.udp_encap && s->out->sa.udp_encap && esp->seq == in->stats.seq)
		s->out->stats.remote = esp->from;
}

static uint64_t
sealed_len(const struct esp_suite *suite, size_t len)
{
	size_t inner = 8 + len + 2; /* UDP; pad length and next header */

	inner = (inner + suite->block - 1) / suite->block * suite->block;
	return 8u + suite->iv_len + inner + suite->icv_len;
}

/* What is broadcast is left to control; all else goes to the LAN. False when it is dropped. */
static bool
ip_in(struct dp *dp, struct fake_sess *s, uint32_t sid, const uint8_t *packet, size_t len)
{
	struct ipv4 ip;

	if (s->sess.client == 0)
		return false;
	s->stats.up_packets++;
	s->stats.up_bytes += len;
	if (ipv4_read(packet, len, &ip) && ip.dst == INADDR_BROADCAST)
		fake_dp_punt(dp, &(struct dp_punt){
					 .reason = PUNT_BROADCAST,
					 .net = DP_CLIENT,
					 .worker = DP_ID_WORKER(sid),
					 .sid = sid,
					 .data = packet,
					 .len = len,
				 });
	return true;
}

/* A data message: PPP goes to control, IP to the LAN. False when it is dropped. */
static bool
data_in(struct dp *dp, struct fake_sess *s, uint32_t sid, const uint8_t *msg, size_t len)
{
	struct rd r = rd_init(msg, len);
	uint16_t flags = rd_u16(&r), protocol;
	struct rd frame;

	if (flags & L2TP_FLAG_L) {
		size_t n = rd_u16(&r);

		if (n < 8 || n > len)
			return false;
		r = rd_init(msg + 4, n - 4);
	}
	if (s->sess.our_sid == 0 || rd_u16(&r) != s->sess.our_tid || rd_u16(&r) != s->sess.our_sid)
		return false;
	if (flags & L2TP_FLAG_S)
		rd_u32(&r);
	frame = r;
	if (rd_left(&r) >= 2 && r.p[0] == PPP_ADDRESS && r.p[1] == PPP_CONTROL)
		rd_u16(&r);
	protocol = rd_u8(&r);
	if ((protocol & 1) == 0)
		protocol = (uint16_t)(protocol << 8 | rd_u8(&r));
	if (r.bad)
		return false;
	if (protocol == PPP_IP)
		return ip_in(dp, s, sid, r.p, rd_left(&r));
	fake_dp_punt(dp, &(struct dp_punt){
				 .reason = PUNT_PPP,
				 .net = DP_CLIENT,
				 .worker = DP_ID_WORKER(sid),
				 .sid = sid,
				 .data = frame.p,
				 .len = rd_left(&frame),
			 });
	return true;
}

bool
fake_dp_esp(struct dp *dp, const struct fake_esp *esp, const uint8_t *msg, size_t len)
{
	struct fake_sa_in *in = fake_dp_sa_in(dp, esp->spi);
	struct fake_sess *s;
	bool taken = true;

	if (in == NULL || !is_new(in, esp->seq)) {
		dp->dropped++;
		return false;
	}
	in->stats.packets++;
	in->stats.bytes += sealed_len(in->sa.suite, len);
	in->stats.last_s = dp->now_s;
	s = fake_dp_sess_of(dp, in->sid);
	rebind(s, in, esp);
	if (len >= 2 && ((msg[0] << 8 | msg[1]) & L2TP_FLAG_T) != 0)
		fake_dp_punt(dp, &(struct dp_punt){
					 .reason = PUNT_L2TP,
					 .net = DP_CLIENT,
					 .worker = DP_ID_WORKER(in->sid),
					 .sid = in->sid,
					 .spi = esp->spi,
					 .udp_port = esp->port,
					 .data = msg,
					 .len = len,
				 });
	else
		taken = data_in(dp, s, in->sid, msg, len);
	dp->dropped += !taken;
	return taken;
}

void
fake_dp_traffic(struct dp *dp, uint32_t sid, be32 spi_in, uint32_t packets, uint32_t size)
{
	struct fake_sess *s = fake_dp_sess_of(dp, sid);
	struct fake_sa_in *in = fake_dp_sa_in(dp, spi_in);

	if (in != NULL) {
		in->stats.packets += packets;
		in->stats.bytes += packets * sealed_len(in->sa.suite, 8 + 4 + size);
		in->stats.seq += packets;
		in->stats.last_s = dp->now_s;
		s->stats.up_packets += packets;
		s->stats.up_bytes += (uint64_t)packets * size;
	}
	if (s->out != NULL) {
		s->out->stats.packets += packets;
		s->out->stats.bytes += packets * sealed_len(s->out->sa.suite, 8 + 4 + size);
		s->out->stats.seq += packets;
	}
	s->stats.down_packets += packets;
	s->stats.down_bytes += (uint64_t)packets * size;
}

/* --- from control ----------------------------------------------------------------------------- */

static struct fake_packet *
keep(struct dp *dp, enum fake_call call, const uint8_t *bytes, size_t len)
{
	struct fake_packet *p = fake_alloc(sizeof(*p) + len);

	p->call = call;
	p->len = len;
	memcpy(p->bytes, bytes, len);
	list_add_tail(&dp->sent, &p->node);
	return p;
}

int
dp_inject_l2tp(struct dp *dp, uint32_t sid, const uint8_t *msg, size_t len)
{
	const struct fake_sess *s = fake_dp_sess(dp, sid);
	struct fake_packet *p;

	if (fake_dp_fails(dp, FAKE_INJECT_L2TP))
		return -ENOBUFS;
	if (s == NULL)
		return -ENOENT;
	if (len == 0 || len > DP_PACKET_MAX)
		return -EMSGSIZE;
	p = keep(dp, FAKE_INJECT_L2TP, msg, len);
	p->sid = sid;
	if (s->out == NULL)
		return 0;
	p->sealed = true;
	p->spi = s->out->sa.spi;
	p->remote = s->out->stats.remote;
	p->udp_encap = s->out->sa.udp_encap;
	s->out->stats.packets++;
	s->out->stats.seq++;
	s->out->stats.bytes += sealed_len(s->out->sa.suite, len);
	return 0;
}

int
dp_inject_client(struct dp *dp, const uint8_t *packet, size_t len)
{
	struct ipv4 ip;

	if (fake_dp_fails(dp, FAKE_INJECT_CLIENT))
		return -ENOBUFS;
	assert_true(ipv4_read(packet, len, &ip));
	if (fake_dp_lease(dp, ip.dst) == DP_SID_NONE)
		return -ENOENT;
	keep(dp, FAKE_INJECT_CLIENT, packet, len)->sid = fake_dp_lease(dp, ip.dst);
	return 0;
}

int
dp_inject_ip(struct dp *dp, unsigned net, const uint8_t *packet, size_t len)
{
	struct ipv4 ip;

	if (fake_dp_fails(dp, FAKE_INJECT_IP))
		return -ENOBUFS;
	assert_true(ipv4_read(packet, len, &ip));
	keep(dp, FAKE_INJECT_IP, packet, len)->net = net;
	return 0;
}

int
dp_inject_nat_out(struct dp *dp, const uint8_t *packet, size_t len)
{
	if (!dp->nat)
		return -ENOENT;
	keep(dp, FAKE_INJECT_NAT_OUT, packet, len);
	return 0;
}

int
dp_inject_nat_back(struct dp *dp, const uint8_t *packet, size_t len)
{
	if (!dp->nat)
		return -ENOENT;
	keep(dp, FAKE_INJECT_NAT_BACK, packet, len);
	return 0;
}

int
dp_inject_frame(struct dp *dp, unsigned net, const uint8_t *frame, size_t len)
{
	if (fake_dp_fails(dp, FAKE_INJECT_FRAME))
		return -ENOBUFS;
	assert_true(len >= 14 && len <= DP_PACKET_MAX);
	keep(dp, FAKE_INJECT_FRAME, frame, len)->net = net;
	return 0;
}

struct fake_packet *
fake_dp_next(struct dp *dp)
{
	struct fake_packet *p;

	if (list_empty(&dp->sent))
		return NULL;
	p = container_of(dp->sent.next, struct fake_packet, node);
	list_del(&p->node);
	return p;
}

void
fake_dp_clear(struct dp *dp)
{
	struct fake_packet *p;

	while ((p = fake_dp_next(dp)) != NULL)
		fake_free(p);
}
