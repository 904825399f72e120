/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * L2TPv2 on the wire (RFC 2661, 3.1 and 4.1): bits of the header, AVP framing, numbers. Values are
 * in host order; they apply to words that are converted from the wire.
 */
#ifndef WIRE_L2TP_H
#define WIRE_L2TP_H

/*
 * The header's first 16 bits. What follows them, in this order: length (if L), tunnel id, session
 * id, Ns and Nr (if S), offset size and its padding (if O). All fields have 16 bits.
 */
enum {
	L2TP_FLAG_T = 0x8000, /* control message; L and S are then set, O and P clear */
	L2TP_FLAG_L = 0x4000, /* length of the whole message follows */
	L2TP_FLAG_S = 0x0800, /* Ns and Nr follow the ids */
	L2TP_FLAG_O = 0x0200, /* offset size follows */
	L2TP_FLAG_P = 0x0100, /* data message that queues should prefer */
	L2TP_VERSION_MASK = 0x000f,
	L2TP_VERSION = 2,
};

enum {
	L2TP_CONTROL_HEADER = 12, /* flags, length, tunnel id, session id, Ns, Nr */
	L2TP_AVP_HEADER = 6, /* M, H and length; vendor; type */
};

/* The first 16 bits of an AVP. The length counts this header. */
enum {
	L2TP_AVP_M = 0x8000, /* a receiver that does not know it must end the session or tunnel */
	L2TP_AVP_H = 0x4000, /* the value is hidden with the tunnel's secret */
	L2TP_AVP_RESERVED = 0x3c00,
	L2TP_AVP_LENGTH_MASK = 0x03ff,
};

#endif
