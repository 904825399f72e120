/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state of a TCP connection, seen from between its ends (RFC 5382, RFC 7857): the flags that
 * each end has sent. Sequence numbers are not tracked: the state only selects the idle timeout.
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
#define NAT_TCP_IN      4 /* the other end's flags, shifted left by so many bits */

/*
 * A connection is opening until both ends have sent an ACK, and closing once both have sent FIN or
 * one has sent RST.
 */
static inline bool
nat_tcp_established(uint8_t state)
{
	const uint8_t acks = NAT_TCP_ACK_OUT | NAT_TCP_ACK_OUT << NAT_TCP_IN;
	const uint8_t fins = NAT_TCP_FIN_OUT | NAT_TCP_FIN_OUT << NAT_TCP_IN;
	const uint8_t rsts = NAT_TCP_RST_OUT | NAT_TCP_RST_OUT << NAT_TCP_IN;

	return (state & acks) == acks && (state & fins) != fins && (state & rsts) == 0;
}

/* The state after a segment with these TCP flags. */
static inline uint8_t
nat_tcp_next(uint8_t state, uint8_t flags, bool out)
{
	uint8_t said = 0;

	if (flags & RTE_TCP_SYN_FLAG) {
		/* The ends reuse their ports (RFC 6191, RFC 7857, 3). */
		if (!(flags & (RTE_TCP_ACK_FLAG | RTE_TCP_RST_FLAG)) && !nat_tcp_established(state))
			state = 0;
		said |= NAT_TCP_SYN_OUT;
	}
	if (flags & RTE_TCP_ACK_FLAG)
		said |= NAT_TCP_ACK_OUT;
	if (flags & RTE_TCP_FIN_FLAG)
		said |= NAT_TCP_FIN_OUT;
	/*
	 * Anyone can forge an RST, so the session stays, with a short timeout (RFC 7857, 2.2). It
	 * remains short: segments that were in flight when a genuine RST was sent prove nothing.
	 */
	if (flags & RTE_TCP_RST_FLAG)
		said |= NAT_TCP_RST_OUT;
	return (uint8_t)(state | (out ? said : said << NAT_TCP_IN));
}

#endif
