/* SPDX-License-Identifier: BSD-3-Clause */
/* What the client and the server of DHCP share: numbers and options (RFC 2131, RFC 2132). */
#ifndef DHCP_H
#define DHCP_H

#include <stddef.h>
#include <stdint.h>

#include "rdwr.h"

#define DHCP_COOKIE 0x63825363 /* RFC 2131, 3 */

enum {
	DHCP_PORT_SERVER = 67,
	DHCP_PORT_CLIENT = 68,
	DHCP_OP_REQUEST = 1,
	DHCP_OP_REPLY = 2,
	DHCP_HARDWARE_ETHER = 1,
	DHCP_HARDWARE_LEN_MAX = 16,
	DHCP_SERVER_NAME_LEN = 64,
	DHCP_FILE_LEN = 128,
	DHCP_FLAG_BROADCAST = 0x8000,
};

/* Option 53 (RFC 2132, 9.6). */
enum dhcp_type {
	DHCP_DISCOVER = 1,
	DHCP_OFFER = 2,
	DHCP_REQUEST = 3,
	DHCP_DECLINE = 4,
	DHCP_ACK = 5,
	DHCP_NAK = 6,
	DHCP_RELEASE = 7,
	DHCP_INFORM = 8,
};

/* RFC 2132; RFC 3442 for classless routes; Windows used 249 before that. */
enum dhcp_option {
	DHCP_OPTION_PAD = 0,
	DHCP_OPTION_MASK = 1,
	DHCP_OPTION_ROUTER = 3,
	DHCP_OPTION_DNS = 6,
	DHCP_OPTION_DOMAIN = 15,
	DHCP_OPTION_ADDRESS = 50, /* requested by the client */
	DHCP_OPTION_LEASE = 51,
	DHCP_OPTION_OVERLOAD = 52,
	DHCP_OPTION_TYPE = 53,
	DHCP_OPTION_SERVER = 54,
	DHCP_OPTION_WANTED = 55,
	DHCP_OPTION_MESSAGE = 56,
	DHCP_OPTION_SIZE = 57,
	DHCP_OPTION_RENEW = 58,
	DHCP_OPTION_REBIND = 59,
	DHCP_OPTION_CLIENT = 61,
	DHCP_OPTION_ROUTES = 121,
	DHCP_OPTION_ROUTES_MS = 249,
	DHCP_OPTION_END = 255,
};

/* Writes an option with a value of len bytes. */
static inline void
dhcp_write_option(struct wr *w, enum dhcp_option option, const void *value, size_t len)
{
	wr_u8(w, (uint8_t)option);
	wr_u8(w, (uint8_t)len);
	wr_bytes(w, value, len);
}

#endif
