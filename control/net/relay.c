/* SPDX-License-Identifier: BSD-3-Clause */
#include "relay.h"

#include <string.h>

#include "cksum.h"
#include "dhcp.h"
#include "ipv4.h"

enum {
	TTL_AT = 8, /* offsets in the header */
	CKSUM_AT = 10,
};

static bool
is_dhcp(be16 port)
{
	return port == htons(DHCP_PORT_SERVER) || port == htons(DHCP_PORT_CLIENT);
}

size_t
relay_copy(
	const uint8_t *packet, size_t len, const struct ip_prefix *lan, uint8_t *buf, size_t size)
{
	struct ipv4 ip;
	struct udp udp;
	uint16_t sum;
	size_t n;

	if (!ipv4_read(packet, len, &ip) || ip.fragment || !udp_read(&ip, &udp) || ip.ttl <= 1 ||
		(ip.dst != ip_broadcast(lan) && ip.dst != htonl(INADDR_BROADCAST)) ||
		is_dhcp(udp.dst.port) || is_dhcp(udp.src.port))
		return 0;
	n = ip.header_len + ip.payload_len;
	if (n > size)
		return 0;
	memcpy(buf, packet, n);
	buf[TTL_AT]--;
	memset(buf + CKSUM_AT, 0, sizeof(sum));
	sum = cksum(buf, ip.header_len);
	memcpy(buf + CKSUM_AT, &sum, sizeof(sum));
	return n;
}
