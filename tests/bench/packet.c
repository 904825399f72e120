/* SPDX-License-Identifier: BSD-3-Clause */
#include "packet.h"

#include <string.h>

#include "cksum.h"
#include "wire/l2tp.h"
#include "wire/ppp.h"

#define TTL       64
#define PORT_L2TP 1701

static void
put16(uint8_t *p, size_t host)
{
	p[0] = (uint8_t)(host >> 8);
	p[1] = (uint8_t)host;
}

void
packet_ether(uint8_t *p, const uint8_t to[6], const uint8_t from[6])
{
	memcpy(p, to, 6);
	memcpy(p + 6, from, 6);
	put16(p + 12, 0x0800);
}

void
packet_ipv4(uint8_t *p, be32 src, be32 dst, uint8_t protocol, size_t size)
{
	uint16_t sum;

	memset(p, 0, PACKET_IPV4_LEN);
	p[0] = 0x45;
	put16(p + 2, size);
	p[8] = TTL;
	p[9] = protocol;
	memcpy(p + 12, &src, 4);
	memcpy(p + 16, &dst, 4);
	sum = cksum(p, PACKET_IPV4_LEN);
	memcpy(p + 10, &sum, 2);
}

void
packet_udp(uint8_t *p, struct ip_end src, struct ip_end dst, size_t size)
{
	uint8_t *udp = p + PACKET_IPV4_LEN;

	packet_ipv4(p, src.addr, dst.addr, PACKET_PROTO_UDP, size);
	memcpy(udp, &src.port, 2);
	memcpy(udp + 2, &dst.port, 2);
	put16(udp + 4, size - PACKET_IPV4_LEN);
	put16(udp + 6, 0);
}

void
packet_l2tp(uint8_t *p, uint16_t tid, uint16_t sid, size_t size)
{
	put16(p, PORT_L2TP);
	put16(p + 2, PORT_L2TP);
	put16(p + 4, PACKET_L2TP_LEN + size);
	put16(p + 6, 0);
	put16(p + 8, L2TP_FLAG_L | L2TP_VERSION);
	put16(p + 10, PACKET_L2TP_LEN - PACKET_UDP_LEN + size);
	put16(p + 12, tid);
	put16(p + 14, sid);
	p[16] = PPP_ADDRESS;
	p[17] = PPP_CONTROL;
	put16(p + 18, PPP_IP);
}

size_t
packet_cipher_len(size_t len, size_t block)
{
	return (len + PACKET_TRAILER_LEN + block - 1) / block * block;
}

void
packet_trailer(uint8_t *payload, size_t len, size_t cipher_len)
{
	size_t pad = cipher_len - len - PACKET_TRAILER_LEN;

	for (size_t i = 0; i < pad; i++)
		payload[len + i] = (uint8_t)(i + 1);
	payload[len + pad] = (uint8_t)pad;
	payload[len + pad + 1] = PACKET_PROTO_UDP;
}
