/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state of a TCP connection, seen from between its ends (RFC 5382, RFC 7857): which of them has said what. No
 * sequence numbers are followed: a state decides how long a session may be idle, nothing else.
 */
#ifndef NAT_TCP_H
#define NAT_TCP_H

#include <stdbool.h>
#include <stdint.h>
#include <rte_tcp.h>

#define NAT_TCP_SYN_OUT 0x01
#define NAT_TCP_ACK_OUT 0x02
#define NAT_TCP_FIN_OUT 0x04
#define NAT_TCP_RST_OUT 0x08
#define NAT_TCP_IN      4 /* the same of the other end, further left by so many bits */

/* Opening, until both ends have acknowledged something; closing, when both have ended or one has given up. */
static inline bool
nat_tcp_established(uint8_t state)
{
	const uint8_t acks = NAT_TCP_ACK_OUT | NAT_TCP_ACK_OUT << NAT_TCP_IN;
	const uint8_t fins = NAT_TCP_FIN_OUT | NAT_TCP_FIN_OUT << NAT_TCP_IN;
	const uint8_t rsts = NAT_TCP_RST_OUT | NAT_TCP_RST_OUT << NAT_TCP_IN;

	return (state & acks) == acks && (state & fins) != fins && (state & rsts) == 0;
}

/* The state after a segment with these flags of TCP. */
static inline uint8_t
nat_tcp_next(uint8_t state, uint8_t flags, bool out)
{
	uint8_t said = 0;

	if (flags & RTE_TCP_SYN_FLAG) {
		/* The ends use their ports again (RFC 6191, RFC 7857, 3). */
		if (!(flags & (RTE_TCP_ACK_FLAG | RTE_TCP_RST_FLAG)) && !nat_tcp_established(state))
			state = 0;
		said |= NAT_TCP_SYN_OUT;
	}
	if (flags & RTE_TCP_ACK_FLAG)
		said |= NAT_TCP_ACK_OUT;
	if (flags & RTE_TCP_FIN_FLAG)
		said |= NAT_TCP_FIN_OUT;
	/*
	 * Anyone can forge one: the session goes on, with a short time to be idle (RFC 7857, 2.2). It stays short, for
	 * what was on its way when a true one was sent says nothing.
	 */
	if (flags & RTE_TCP_RST_FLAG)
		said |= NAT_TCP_RST_OUT;
	return (uint8_t)(state | (out ? said : said << NAT_TCP_IN));
}

#endif
