/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The commit bit (RFC 2408, 3.1): one end of a quick mode wants a word that the other uses the new pair. As Windows,
 * z/OS and racoon do it, that word is a fourth message of quick mode, from the responder: HDR*, HASH(4), CONNECTED. RFC 2408
 * has it in an informational exchange with quick mode's message ID; from others, both are taken.
 *
 * The bit itself is not authenticated. So it makes nobody wait for longer than without it.
 */
#include <string.h>

#include "ike_internal.h"

void
ike_commit_send(struct ike_quick *q, uint8_t iv[CBC_BLOCK_MAX])
{
	struct ike_sa *sa = q->sa;
	size_t n = hash_len(sa->keys.hash), hash_at, rest_at;
	uint8_t hash[HASH_MAX];
	struct ike_out o;
	struct part rest;

	ike_out_begin(&o, sa, IKE_QUICK_MODE, q->message_id);
	o.buf[IKE_FLAGS_AT] |= ISAKMP_FLAG_COMMIT;
	hash_at = ike_out_open(&o, ISAKMP_HASH);
	wr_zero(&o.w, n);
	ike_out_close(&o, hash_at);
	rest_at = wr_len(&o.w);
	ike_out_notify(
		&o, ISAKMP_PROTO_ESP, &q->spi_in, sizeof(q->spi_in), ISAKMP_CONNECTED, NULL, 0);
	rest = (struct part){o.buf + rest_at, wr_len(&o.w) - rest_at};
	if (o.w.bad || ike_keys_hash(&sa->keys, q->message_id, &rest, 1, hash) != 0)
		return;
	memcpy(o.buf + hash_at + 4, hash, n);
	log_debug(IKE, sa->who, "quick mode %08x: says CONNECTED", q->message_id);
	/* In the place of message 2: message 3, when it comes again, gets this. */
	if (ike_send_encrypted(sa, &o, iv) == 0)
		ike_reply_keep(&q->reply, sa, &o);
}

/* With this IV it is a message that verifies, and says CONNECTED. */
static bool
says_connected(const struct ike_quick *q, const struct ike_header *h, const uint8_t *msg,
	size_t len, const uint8_t iv[CBC_BLOCK_MAX])
{
	const uint8_t *body = msg + IKE_HEADER_LEN;
	uint8_t clear[IKE_MESSAGE_MAX], chain[CBC_BLOCK_MAX];
	size_t body_len = len - IKE_HEADER_LEN;
	const struct ike_payload *p;
	struct ike_msg m;

	memcpy(chain, iv, sizeof(chain));
	if (!ike_decrypt(q->sa, body, body_len, chain, clear) ||
		!ike_payload_read(h, clear, body_len, true, &m) || m.n == 0 ||
		!ike_hash_good(q->sa, &m))
		return false;
	p = ike_payload_get(&m, ISAKMP_NOTIFY, 0);
	return p != NULL && ike_info_notify_type(p->body) == ISAKMP_CONNECTED;
}

bool
ike_commit_input(struct ike_quick *q, const struct ike_header *h, const uint8_t *msg, size_t len)
{
	uint8_t fresh[CBC_BLOCK_MAX];

	/* A fourth message goes on where the third ended; an exchange of its own begins anew. */
	if (!says_connected(q, h, msg, len, q->iv) &&
		(ike_keys_iv(&q->sa->keys, q->message_id, fresh) != 0 ||
			!says_connected(q, h, msg, len, fresh)))
		return false;
	log_debug(IKE, q->sa->who, "quick mode %08x: peer says CONNECTED", q->message_id);
	if (q->state == IKE_QM_SETTLING) {
		ike_heard(q->sa);
		ike_rekey_settled(q);
	}
	return true;
}
