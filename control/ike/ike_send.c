/* SPDX-License-Identifier: BSD-3-Clause */
#include "ike_send.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike_sa.h"

void
ike_digest(const uint8_t *msg, size_t len, uint8_t out[IKE_DIGEST_LEN])
{
	uint8_t digest[HASH_MAX] = {0};
	const struct part part = {msg, len};

	hash_parts(HASH_SHA1, &part, 1, digest);
	memcpy(out, digest, IKE_DIGEST_LEN);
}

void
ike_reply_free(struct ike_reply *r)
{
	free(r->bytes);
	r->bytes = NULL;
	r->len = 0;
}

void
ike_reply_keep(struct ike_reply *r, const struct ike_sa *sa, const struct ike_out *o)
{
	ike_reply_free(r);
	memcpy(r->digest, sa->in.digest, IKE_DIGEST_LEN);
	r->bytes = malloc(wr_len(&o->w));
	if (r->bytes == NULL)
		return;
	r->len = wr_len(&o->w);
	memcpy(r->bytes, o->buf, r->len);
}

void
ike_send_again(struct ike_sa *sa, const uint8_t *msg, size_t len)
{
	if (!sa->mute)
		ike_fragment_send(sa, msg, len);
}

static void
log_too_long(const struct ike_sa *sa)
{
	log_err(IKE, sa->who, "internal error: a message to send is too long");
}

void
ike_send_plain(struct ike_sa *sa, struct ike_out *o)
{
	ike_out_finish(o);
	if (o->w.bad)
		log_too_long(sa);
	else
		ike_send_again(sa, o->buf, wr_len(&o->w));
}

int
ike_send_encrypted(struct ike_sa *sa, struct ike_out *o, uint8_t iv[CBC_BLOCK_MAX])
{
	size_t block = sa->keys.block, body = wr_len(&o->w) - IKE_HEADER_LEN;
	uint8_t *p = o->buf + IKE_HEADER_LEN;
	int rc;

	wr_zero(&o->w, (block - body % block) % block);
	ike_out_finish(o);
	if (o->w.bad) {
		log_too_long(sa);
		return -EMSGSIZE;
	}
	o->buf[IKE_FLAGS_AT] |= ISAKMP_FLAG_ENCRYPTED;
	body = wr_len(&o->w) - IKE_HEADER_LEN;
	rc = cbc_encrypt(sa->keys.cipher, sa->keys.key, sa->keys.key_len, iv, p, body, p);
	if (rc != 0)
		return rc;
	memcpy(iv, p + body - block, block);
	ike_send_again(sa, o->buf, wr_len(&o->w));
	return 0;
}

bool
ike_decrypt(const struct ike_sa *sa, const uint8_t *body, size_t len, uint8_t iv[CBC_BLOCK_MAX],
	uint8_t *out)
{
	const struct ike_keys *k = &sa->keys;

	if (len == 0 || len % k->block != 0 ||
		cbc_decrypt(k->cipher, k->key, k->key_len, iv, body, len, out) != 0)
		return false;
	memcpy(iv, body + len - k->block, k->block);
	return true;
}

size_t
ike_hash_open(const struct ike_sa *sa, struct ike_out *o)
{
	size_t at = ike_out_open(o, ISAKMP_HASH);

	wr_zero(&o->w, hash_len(sa->keys.hash));
	ike_out_close(o, at);
	return at;
}

bool
ike_hash_close(const struct ike_sa *sa, struct ike_out *o, size_t at, uint32_t message_id,
	struct part before)
{
	size_t n = hash_len(sa->keys.hash), rest_at = at + 4 + n;
	uint8_t hash[HASH_MAX];
	struct part parts[2];

	if (o->w.bad)
		return false;
	parts[0] = before;
	parts[1] = (struct part){o->buf + rest_at, wr_len(&o->w) - rest_at};
	if (ike_keys_hash(&sa->keys, message_id, parts, 2, hash) != 0)
		return false;
	memcpy(o->buf + at + 4, hash, n);
	return true;
}

bool
ike_hash_good(const struct ike_sa *sa, const struct ike_msg *m, struct part before)
{
	size_t n = hash_len(sa->keys.hash);
	const struct part parts[] = {before, {m->after_first, (size_t)(m->end - m->after_first)}};
	uint8_t want[HASH_MAX];

	return m->payload[0].type == ISAKMP_HASH && rd_left(&m->payload[0].body) == n &&
	       ike_keys_hash(&sa->keys, m->h.message_id, parts, 2, want) == 0 &&
	       secret_equal(m->payload[0].body.p, want, n);
}
