/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Headers of packets, for kanmon-bench and kanmon-make-pcap. The functions write at p. No DPDK type
 * appears here.
 */
#ifndef PACKET_H
#define PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "ip.h"

#define PACKET_ETHER_LEN   14
#define PACKET_IPV4_LEN    20
#define PACKET_UDP_LEN     8
#define PACKET_L2TP_LEN    20 /* UDP, L2TP with length, PPP uncompressed */
#define PACKET_TRAILER_LEN 2 /* of ESP: pad length, next header */

#define PACKET_PROTO_UDP 17
#define PACKET_PROTO_ESP 50

/* An Ethernet header with type IPv4. */
void packet_ether(uint8_t *p, const uint8_t to[6], const uint8_t from[6]);

/* An IPv4 header; size: of the whole packet, in bytes. */
void packet_ipv4(uint8_t *p, be32 src, be32 dst, uint8_t protocol, size_t size);

/* IPv4 and UDP headers, without UDP checksum; size: of the whole packet. */
void packet_udp(uint8_t *p, struct ip_end src, struct ip_end dst, size_t size);

/*
 * UDP, L2TP and PPP headers of a client's data message (RFC 2661, 3.1) around an IP packet of size
 * bytes.
 */
void packet_l2tp(uint8_t *p, uint16_t tid, uint16_t sid, size_t size);

/* Bytes that ESP encrypts for a payload of len bytes: padding and trailer fill up blocks. */
size_t packet_cipher_len(size_t len, size_t block);

/*
 * ESP padding and trailer behind a payload of len bytes, which with them has cipher_len (RFC 4303,
 * 2.4 to 2.6).
 */
void packet_trailer(uint8_t *payload, size_t len, size_t cipher_len);

#endif
