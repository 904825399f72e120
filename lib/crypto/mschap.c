/* SPDX-License-Identifier: BSD-3-Clause */
#include "crypto/mschap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>

#include "crypto/legacy.h"
#include "crypto/prf.h"

#define PASSWORD_MAX 256 /* characters (RFC 2759, 8.3) */

/* Takes the next character of UTF-8 text and moves *text past it; -1 if it is not valid UTF-8. */
static int32_t
utf8_next(const char **text)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	const uint8_t *p = (const uint8_t *)*text;
	int more = p[0] < 0x80       ? 0
		   : p[0] >> 5 == 6  ? 1
		   : p[0] >> 4 == 14 ? 2
		   : p[0] >> 3 == 30 ? 3
				     : -1;
	uint32_t c;

	if (more < 0)
		return -1;
	c = more == 0 ? p[0] : p[0] & (0x3fu >> more);
	for (int i = 1; i <= more; i++) {
		if (p[i] >> 6 != 2)
			return -1;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return -1;
	*text += more + 1;
	return (int32_t)c;
}

static size_t
put16(uint8_t *out, size_t n, uint32_t unit)
{
	out[n] = (uint8_t)unit;
	out[n + 1] = (uint8_t)(unit >> 8);
	return n + 2;
}

int
mschap_nt_hash(const char *password, uint8_t hash[MSCHAP_NT_HASH_LEN])
{
	uint8_t utf16[PASSWORD_MAX * 2];
	size_t n = 0;
	int rc = -EINVAL;

	while (*password != '\0') {
		int32_t c = utf8_next(&password);

		if (c < 0 || n + (c < 0x10000 ? 2 : 4) > sizeof(utf16))
			goto out;
		if (c < 0x10000) {
			n = put16(utf16, n, (uint32_t)c);
		} else {
			n = put16(utf16, n, 0xd800 + ((uint32_t)(c - 0x10000) >> 10));
			n = put16(utf16, n, 0xdc00 + ((uint32_t)(c - 0x10000) & 0x3ff));
		}
	}
	rc = legacy_md4(utf16, n, hash);
out:
	sodium_memzero(utf16, sizeof(utf16));
	return rc;
}

/* RFC 2759, 4: the name goes into the hash without a domain prefix. */
static const char *
plain(const char *user)
{
	const char *at = strrchr(user, '\\');

	return at ? at + 1 : user;
}

int
mschap_challenge_hash(const uint8_t peer_challenge[16], const uint8_t auth_challenge[16],
	const char *user, uint8_t challenge[8])
{
	uint8_t digest[HASH_MAX];
	const struct part parts[] = {
		{peer_challenge, 16},
		{auth_challenge, 16},
		{plain(user), strlen(plain(user))},
	};
	int rc = hash_parts(HASH_SHA1, parts, 3, digest);

	if (rc == 0)
		memcpy(challenge, digest, 8);
	return rc;
}

int
mschap_nt_response(const uint8_t auth_challenge[16], const uint8_t peer_challenge[16],
	const char *user, const uint8_t nt_hash[16], uint8_t response[MSCHAP_NT_RESP_LEN])
{
	uint8_t challenge[8], key[21] = {0};
	int rc = mschap_challenge_hash(peer_challenge, auth_challenge, user, challenge);

	memcpy(key, nt_hash, 16);
	for (int i = 0; rc == 0 && i < 3; i++)
		rc = legacy_des(key + 7 * i, challenge, response + 8 * i);
	sodium_memzero(key, sizeof(key));
	return rc;
}

int
mschap_authenticator_response(const uint8_t nt_hash[16], const uint8_t nt_response[24],
	const uint8_t peer_challenge[16], const uint8_t auth_challenge[16], const char *user,
	char out[MSCHAP_AUTH_LEN + 1])
{
	static const char magic1[] = "Magic server to client signing constant";
	static const char magic2[] = "Pad to make it do more than one iteration";
	uint8_t hash_hash[16], digest[HASH_MAX], challenge[8];
	const struct part first[] = {{hash_hash, 16}, {nt_response, 24}, {magic1, 39}};
	const struct part second[] = {{digest, 20}, {challenge, 8}, {magic2, 41}};
	int rc = legacy_md4(nt_hash, 16, hash_hash);

	out[0] = '\0';
	if (rc == 0)
		rc = hash_parts(HASH_SHA1, first, 3, digest);
	if (rc == 0)
		rc = mschap_challenge_hash(peer_challenge, auth_challenge, user, challenge);
	if (rc == 0)
		rc = hash_parts(HASH_SHA1, second, 3, digest);
	sodium_memzero(hash_hash, sizeof(hash_hash));
	if (rc != 0)
		return rc;
	out[0] = 'S';
	out[1] = '=';
	for (int i = 0; i < 20; i++)
		snprintf(out + 2 + 2 * i, 3, "%02X", digest[i]);
	return 0;
}

bool
mschap_verify(const uint8_t nt_hash[16], const uint8_t auth_challenge[16], const char *user,
	const uint8_t response[MSCHAP_RESPONSE_LEN], char auth[MSCHAP_AUTH_LEN + 1])
{
	/* RFC 2759, 4: peer challenge 16, reserved 8, NT-Response 24, flags 1. */
	const uint8_t *peer_challenge = response, *nt_response = response + 24;
	uint8_t want[MSCHAP_NT_RESP_LEN];

	auth[0] = '\0';
	if (mschap_nt_response(auth_challenge, peer_challenge, user, nt_hash, want) != 0)
		return false;
	if (sodium_memcmp(want, nt_response, sizeof(want)) != 0)
		return false;
	return mschap_authenticator_response(
		       nt_hash, nt_response, peer_challenge, auth_challenge, user, auth) == 0;
}
