/* SPDX-License-Identifier: BSD-3-Clause */
#include "ike_first.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/rng.h"
#include "ike_sa.h"

#define COOKIE       8 /* bytes */
#define INDEX_MASK   (IKE_FIRSTS - 1) /* in the first byte of a cookie */
#define NEVER_ZERO   0x80 /* likewise: a cookie of zeros means that there is none */
#define COOKIE_INPUT 23 /* bytes that are hashed */

static_assert(crypto_shorthash_BYTES == COOKIE, "a cookie is a SipHash");
static_assert(IKE_FIRSTS <= 64 && (IKE_FIRSTS & INDEX_MASK) == 0, "the index is a mask of bits");

void
ike_firsts_init(struct ike_firsts *f, uint64_t now_ms)
{
	memset(f, 0, sizeof(*f));
	rng_bytes(f->secret, sizeof(f->secret));
	f->secret_ms = now_ms;
}

void
ike_firsts_fini(struct ike_firsts *f)
{
	for (unsigned i = 0; i < IKE_FIRSTS; i++)
		free(f->kind[i].bytes);
	sodium_memzero(f, sizeof(*f));
}

/* A secret makes cookies for one period, and verifies them for one more. */
static void
renew_secret(struct ike_firsts *f, uint64_t now_ms)
{
	uint64_t age = now_ms - f->secret_ms;

	if (age < IKE_FIRST_SECRET_MS)
		return;
	if (age < 2 * IKE_FIRST_SECRET_MS)
		memcpy(f->secret[1], f->secret[0], sizeof(f->secret[1]));
	else
		rng_bytes(f->secret[1], sizeof(f->secret[1]));
	rng_bytes(f->secret[0], sizeof(f->secret[0]));
	f->secret_ms = now_ms;
}

static struct ike_first *
find(struct ike_firsts *f, const uint8_t *msg, size_t len)
{
	for (unsigned i = 0; i < IKE_FIRSTS; i++) {
		struct ike_first *k = &f->kind[i];

		if (k->bytes != NULL && k->len == len &&
			memcmp(k->bytes + COOKIE, msg + COOKIE, len - COOKIE) == 0)
			return k;
	}
	return NULL;
}

#define PROVEN (IKE_FIRSTS - IKE_FIRSTS_NEW)

static struct ike_first *
place(struct ike_firsts *f, bool proven)
{
	unsigned first = proven ? 0 : PROVEN, end = proven ? PROVEN : IKE_FIRSTS;
	struct ike_first *oldest = &f->kind[first];

	for (unsigned i = first; i < end; i++) {
		if (f->kind[i].bytes == NULL)
			return &f->kind[i];
		if (f->kind[i].used_ms < oldest->used_ms)
			oldest = &f->kind[i];
	}
	return oldest;
}

void
ike_firsts_learn(struct ike_firsts *f, const struct ike_sa *sa, uint64_t now_ms)
{
	const struct ike_opening *o = sa->main != NULL ? &sa->main->opening : NULL;
	bool proven = sa->state == IKE_MM_UP;
	struct ike_first *k;
	uint8_t *bytes;

	if (o == NULL || o->bytes == NULL || o->len > IKE_FIRST_MAX || o->answer_len == 0 ||
		o->answer_len > IKE_FIRST_MAX)
		return;
	k = find(f, o->bytes, o->len);
	/* A kind that is authenticated now moves; cookies for its old place stay valid. */
	if (k != NULL && (!proven || k < &f->kind[PROVEN])) {
		k->used_ms = now_ms;
		return;
	}
	bytes = malloc(o->len + o->answer_len);
	if (bytes == NULL)
		return;
	memcpy(bytes, o->bytes, o->len + o->answer_len);
	k = place(f, proven);
	free(k->bytes);
	*k = (struct ike_first){
		.bytes = bytes,
		.len = (uint16_t)o->len,
		.answer_len = (uint16_t)o->answer_len,
		.serial = ++f->serial,
		.used_ms = now_ms,
	};
}

static void
cookie_make(const struct ike_firsts *f, unsigned secret, const struct ike_first *k,
	const struct ip_end *local, const struct ip_end *remote, const uint8_t icookie[COOKIE],
	uint8_t out[COOKIE])
{
	unsigned index = (unsigned)(k - f->kind);
	uint8_t in[COOKIE_INPUT];
	struct wr w = wr_init(in, sizeof(in));

	wr_bytes(&w, icookie, COOKIE);
	wr_be32(&w, remote->addr);
	wr_u16(&w, ntohs(remote->port));
	wr_be32(&w, local->addr);
	wr_u32(&w, k->serial);
	wr_u8(&w, (uint8_t)index);
	crypto_shorthash(out, in, wr_len(&w), f->secret[secret]);
	out[0] = (uint8_t)((out[0] & ~INDEX_MASK) | NEVER_ZERO | index);
}

size_t
ike_firsts_answer(struct ike_firsts *f, uint64_t now_ms, const struct ip_end *local,
	const struct ip_end *remote, const uint8_t *msg, size_t len, uint8_t out[IKE_FIRST_MAX])
{
	struct ike_first *k = len > COOKIE ? find(f, msg, len) : NULL;

	if (k == NULL)
		return 0;
	renew_secret(f, now_ms);
	memcpy(out, k->bytes + k->len, k->answer_len);
	memcpy(out, msg, COOKIE);
	cookie_make(f, 0, k, local, remote, msg, out + COOKIE);
	return k->answer_len;
}

size_t
ike_firsts_recall(struct ike_firsts *f, uint64_t now_ms, const struct ip_end *local,
	const struct ip_end *remote, const struct ike_header *h, uint8_t out[IKE_FIRST_MAX])
{
	struct ike_first *k = &f->kind[h->rcookie[0] & INDEX_MASK];
	uint8_t want[2][COOKIE];

	if (k->bytes == NULL)
		return 0;
	renew_secret(f, now_ms);
	for (unsigned i = 0; i < 2; i++)
		cookie_make(f, i, k, local, remote, h->icookie, want[i]);
	if (!secret_equal(h->rcookie, want[0], COOKIE) &&
		!secret_equal(h->rcookie, want[1], COOKIE))
		return 0;
	k->used_ms = now_ms;
	memcpy(out, k->bytes, k->len);
	memcpy(out, h->icookie, COOKIE);
	return k->len;
}
