/* SPDX-License-Identifier: BSD-3-Clause */
#include "ike_commit.h"

#include <string.h>

#include "ike_info.h"
#include "ike_rekey.h"
#include "ike_sa.h"

void
ike_commit_send(struct ike_quick *q, uint8_t iv[CBC_BLOCK_MAX])
{
	struct ike_sa *sa = q->sa;
	struct ike_out o;
	size_t hash_at;

	ike_out_begin(&o, sa, IKE_QUICK_MODE, q->message_id);
	o.buf[IKE_FLAGS_AT] |= ISAKMP_FLAG_COMMIT;
	hash_at = ike_hash_open(sa, &o);
	ike_out_notify(
		&o, ISAKMP_PROTO_ESP, &q->spi_in, sizeof(q->spi_in), ISAKMP_CONNECTED, NULL, 0);
	if (!ike_hash_close(sa, &o, hash_at, q->message_id, (struct part){NULL, 0}))
		return;
	log_debug(IKE, sa->who, "quick mode %08x: sending CONNECTED", q->message_id);
	/* It replaces message 2 as the answer to a retransmitted message 3. */
	if (ike_send_encrypted(sa, &o, iv) == 0)
		ike_reply_keep(&q->reply, sa, &o);
}

/* Whether the message verifies with this IV and contains CONNECTED. */
static bool
is_connected(const struct ike_quick *q, const struct ike_header *h, const uint8_t *msg, size_t len,
	const uint8_t iv[CBC_BLOCK_MAX])
{
	const uint8_t *body = msg + IKE_HEADER_LEN;
	uint8_t clear[IKE_MESSAGE_MAX], chain[CBC_BLOCK_MAX];
	size_t body_len = len - IKE_HEADER_LEN;
	const struct ike_payload *p;
	struct ike_msg m;

	memcpy(chain, iv, sizeof(chain));
	if (!ike_decrypt(q->sa, body, body_len, chain, clear) ||
		!ike_payload_read(h, clear, body_len, true, &m) ||
		!ike_hash_good(q->sa, &m, (struct part){NULL, 0}))
		return false;
	p = ike_payload_get(&m, ISAKMP_NOTIFY, 0);
	return p != NULL && ike_info_notify_type(p->body) == ISAKMP_CONNECTED;
}

bool
ike_commit_input(struct ike_quick *q, const struct ike_header *h, const uint8_t *msg, size_t len)
{
	uint8_t fresh[CBC_BLOCK_MAX];

	/*
	 * A fourth message continues the IV of the third one; an informational exchange has its
	 * own.
	 */
	if (!is_connected(q, h, msg, len, q->iv) &&
		(ike_keys_iv(&q->sa->keys, q->message_id, fresh) != 0 ||
			!is_connected(q, h, msg, len, fresh)))
		return false;
	log_debug(IKE, q->sa->who, "quick mode %08x: received CONNECTED", q->message_id);
	if (q->state == IKE_QM_SETTLING) {
		ike_heard(q->sa);
		ike_rekey_settled(q);
	}
	return true;
}
