/* SPDX-License-Identifier: BSD-3-Clause */
#include "icmp.h"

#include <string.h>

#include "cksum.h"
#include "ipv4.h"
#include "rdwr.h"

#define ICMP_HEADER_LEN       8
#define ICMP_TYPE_ECHO_REPLY  0
#define ICMP_TYPE_UNREACHABLE 3
#define ICMP_TYPE_REDIRECT    5
#define ICMP_TYPE_ECHO        8
#define ICMP_TYPE_TIME        11
#define ICMP_TYPE_PARAMETER   12

static const struct {
	uint8_t type, code;
} error_code[] = {
	[ICMP_NET_UNREACHABLE] = {ICMP_TYPE_UNREACHABLE, 0},
	[ICMP_HOST_UNREACHABLE] = {ICMP_TYPE_UNREACHABLE, 1},
	[ICMP_PROTOCOL_UNREACHABLE] = {ICMP_TYPE_UNREACHABLE, 2},
	[ICMP_PORT_UNREACHABLE] = {ICMP_TYPE_UNREACHABLE, 3},
	[ICMP_TOO_BIG] = {ICMP_TYPE_UNREACHABLE, 4},
	[ICMP_ADMIN_PROHIBITED] = {ICMP_TYPE_UNREACHABLE, 13},
	[ICMP_TTL_EXCEEDED] = {ICMP_TYPE_TIME, 0},
};

/* Whether a source can be answered: not 0.0.0.0/8, loopback, multicast or reserved. */
static bool
is_host(be32 addr)
{
	uint32_t top = ntohl(addr) >> 24;

	return top != 0 && top != 127 && top < 224;
}

size_t
icmp_echo_reply(const uint8_t *packet, size_t len, uint8_t *buf, size_t size)
{
	struct ipv4 ip;
	uint8_t *icmp = buf + IPV4_HEADER_LEN;
	uint16_t sum;

	if (!ipv4_read(packet, len, &ip) || ip.protocol != IPV4_PROTO_ICMP || ip.fragment ||
		ip.payload_len < ICMP_HEADER_LEN || ip.payload[0] != ICMP_TYPE_ECHO ||
		ip.payload[1] != 0 || !is_host(ip.src) || cksum(ip.payload, ip.payload_len) != 0 ||
		IPV4_HEADER_LEN + ip.payload_len > size)
		return 0;
	memcpy(icmp, ip.payload, ip.payload_len);
	icmp[0] = ICMP_TYPE_ECHO_REPLY;
	memset(icmp + 2, 0, 2);
	sum = cksum(icmp, ip.payload_len);
	memcpy(icmp + 2, &sum, sizeof(sum));
	ipv4_write(buf, ip.dst, ip.src, IPV4_PROTO_ICMP, ip.payload_len);
	return IPV4_HEADER_LEN + ip.payload_len;
}

bool
icmp_is_error(const struct ipv4 *ip)
{
	uint8_t type;

	if (ip->protocol != IPV4_PROTO_ICMP)
		return false;
	if (ip->payload_len == 0)
		return true;
	type = ip->payload[0];
	return type == ICMP_TYPE_UNREACHABLE || type == ICMP_TYPE_REDIRECT ||
	       type == ICMP_TYPE_TIME || type == ICMP_TYPE_PARAMETER || type == 4;
}

/* Whether the packet is a fragment other than the first. */
static bool
is_later_fragment(const uint8_t *packet)
{
	return ((packet[6] & 0x1f) | packet[7]) != 0;
}

size_t
icmp_error(enum icmp_error error, const uint8_t *packet, size_t len, be32 from, uint16_t mtu,
	uint8_t buf[ICMP_ERROR_MAX])
{
	uint8_t *icmp = buf + IPV4_HEADER_LEN;
	size_t quote, icmp_len;
	struct ipv4 ip;
	uint16_t sum;

	if (!ipv4_read(packet, len, &ip) || icmp_is_error(&ip) || is_later_fragment(packet) ||
		!is_host(ip.src) || ntohl(ip.dst) >> 28 >= 14)
		return 0;
	quote = ip.header_len + ip.payload_len;
	if (quote > ICMP_ERROR_MAX - IPV4_HEADER_LEN - ICMP_HEADER_LEN)
		quote = ICMP_ERROR_MAX - IPV4_HEADER_LEN - ICMP_HEADER_LEN;
	icmp_len = ICMP_HEADER_LEN + quote;
	memset(icmp, 0, ICMP_HEADER_LEN);
	icmp[0] = error_code[error].type;
	icmp[1] = error_code[error].code;
	if (error == ICMP_TOO_BIG) {
		icmp[6] = (uint8_t)(mtu >> 8);
		icmp[7] = (uint8_t)mtu;
	}
	memcpy(icmp + ICMP_HEADER_LEN, packet, quote);
	sum = cksum(icmp, icmp_len);
	memcpy(icmp + 2, &sum, sizeof(sum));
	ipv4_write(buf, from, ip.src, IPV4_PROTO_ICMP, icmp_len);
	return IPV4_HEADER_LEN + icmp_len;
}

/* Reads the quoted header; most of that packet's payload is not quoted (RFC 792). */
static bool
read_quote(struct rd *r, struct icmp_too_big *out)
{
	uint8_t version_ihl = rd_u8(r);
	size_t header_len = (size_t)(version_ihl & 0xf) * 4;
	uint16_t place;

	rd_u8(r);
	out->len = rd_u16(r);
	rd_u16(r);
	place = rd_u16(r);
	rd_u8(r);
	out->protocol = rd_u8(r);
	rd_u16(r);
	out->src = rd_be32(r);
	out->dst = rd_be32(r);
	if (r->bad || version_ihl >> 4 != 4 || header_len < IPV4_HEADER_LEN ||
		(place & 0x1fff) != 0)
		return false;
	rd_bytes(r, header_len - IPV4_HEADER_LEN);
	return true;
}

bool
icmp_too_big_read(const uint8_t *packet, size_t len, struct icmp_too_big *out)
{
	struct ipv4 ip;
	struct rd r;

	*out = (struct icmp_too_big){0};
	if (!ipv4_read(packet, len, &ip) || ip.protocol != IPV4_PROTO_ICMP || ip.fragment ||
		ip.payload_len < ICMP_HEADER_LEN || ip.payload[0] != ICMP_TYPE_UNREACHABLE ||
		ip.payload[1] != error_code[ICMP_TOO_BIG].code ||
		cksum(ip.payload, ip.payload_len) != 0)
		return false;
	out->mtu = (uint16_t)(ip.payload[6] << 8 | ip.payload[7]);
	r = rd_init(ip.payload + ICMP_HEADER_LEN, ip.payload_len - ICMP_HEADER_LEN);
	if (!read_quote(&r, out))
		return false;
	if (out->protocol == IPV4_PROTO_UDP) {
		out->sport = htons(rd_u16(&r));
		out->dport = htons(rd_u16(&r));
		rd_u32(&r);
		if (r.bad)
			return false;
	}
	if (rd_left(&r) >= sizeof(out->spi))
		out->spi = rd_be32(&r);
	return out->protocol == IPV4_PROTO_UDP || out->spi != 0;
}
