/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MS-CHAPv2 as pure functions, named as in RFC 2759, section 8. legacy_init() must be called first.
 */
#ifndef MSCHAP_H
#define MSCHAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSCHAP_CHALLENGE_LEN 16
#define MSCHAP_NT_HASH_LEN   16
#define MSCHAP_NT_RESP_LEN   24
#define MSCHAP_RESPONSE_LEN  49 /* the value field of a Response (RFC 2759, 4) */
#define MSCHAP_AUTH_LEN      42 /* "S=" and 40 hex digits, no NUL */

/*
 * 8.3: MD4 of the password in UTF-16LE. Returns 0, -EINVAL if the password is not valid UTF-8 or is
 * longer than 256 UTF-16 units, -EIO if OpenSSL fails.
 */
int mschap_nt_hash(const char *password, uint8_t hash[MSCHAP_NT_HASH_LEN]);

/*
 * 8.2: everything up to a backslash in the user name is left out. Returns 0 or -EIO, as do the next
 * two.
 */
int mschap_challenge_hash(const uint8_t peer_challenge[16], const uint8_t auth_challenge[16],
	const char *user, uint8_t challenge[8]);

/* 8.1 */
int mschap_nt_response(const uint8_t auth_challenge[16], const uint8_t peer_challenge[16],
	const char *user, const uint8_t nt_hash[16], uint8_t response[MSCHAP_NT_RESP_LEN]);

/* 8.7: the text "S=<40 hex digits>", upper case, NUL-terminated. */
int mschap_authenticator_response(const uint8_t nt_hash[16], const uint8_t nt_response[24],
	const uint8_t peer_challenge[16], const uint8_t auth_challenge[16], const char *user,
	char out[MSCHAP_AUTH_LEN + 1]);

/*
 * Checks the 49-byte value of a Response to our challenge. If the password is right, fills in auth
 * for the Success message and returns true.
 */
bool mschap_verify(const uint8_t nt_hash[16], const uint8_t auth_challenge[16], const char *user,
	const uint8_t response[MSCHAP_RESPONSE_LEN], char auth[MSCHAP_AUTH_LEN + 1]);

#endif
