/* SPDX-License-Identifier: BSD-3-Clause */
/* ICMP message types (RFC 792). DPDK's own names for them change between releases. */
#ifndef ICMP_TYPE_H
#define ICMP_TYPE_H

#include <stdbool.h>
#include <stdint.h>

enum icmp_type {
	ICMP_TYPE_ECHO_REPLY = 0,
	ICMP_TYPE_UNREACHABLE = 3,
	ICMP_TYPE_SOURCE_QUENCH = 4,
	ICMP_TYPE_ECHO = 8,
	ICMP_TYPE_TIME_EXCEEDED = 11,
	ICMP_TYPE_PARAMETER_PROBLEM = 12,
	ICMP_TYPE_TIMESTAMP = 13,
	ICMP_TYPE_TIMESTAMP_REPLY = 14,
};

/* Errors that quote the packet they are about. Redirects are not: they are never forwarded. */
static inline bool
icmp_type_is_error(uint8_t type)
{
	return type == ICMP_TYPE_UNREACHABLE || type == ICMP_TYPE_SOURCE_QUENCH ||
	       type == ICMP_TYPE_TIME_EXCEEDED || type == ICMP_TYPE_PARAMETER_PROBLEM;
}

#endif
