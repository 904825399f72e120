/* SPDX-License-Identifier: BSD-3-Clause */
/* The gateway's own TCP: it resets a connection that a rule of the filter rejects. */
#ifndef TCP_H
#define TCP_H

#include <stddef.h>
#include <stdint.h>

#define TCP_RESET_LEN 40 /* bytes: IPv4 20, TCP 20 */

/*
 * Writes the reset that answers the TCP segment in `packet` (from its IPv4 header on), as if its
 * destination had sent it (RFC 9293, 3.10.7.1). Returns its length in bytes; 0 if none may be sent,
 * because the segment is a reset itself, truncated or a fragment.
 */
size_t tcp_reset(const uint8_t *packet, size_t len, uint8_t buf[TCP_RESET_LEN]);

#endif
