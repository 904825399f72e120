/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages of an SA: sending, protection (RFC 2409, 5 and appendix B), retransmission. */
#ifndef IKE_SEND_H
#define IKE_SEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/cbc.h"
#include "crypto/prf.h"
#include "ike_payload.h"

#define IKE_DIGEST_LEN 20 /* bytes; SHA-1 of a message, which identifies a retransmission of it */

/* An answer, kept for retransmissions of the request. */
struct ike_reply {
	uint8_t digest[IKE_DIGEST_LEN]; /* of the request */
	uint8_t *bytes; /* NULL: none */
	size_t len;
};

void ike_digest(const uint8_t *msg, size_t len, uint8_t out[IKE_DIGEST_LEN]);

/* Completes the message and sends it in clear. */
void ike_send_plain(struct ike_sa *sa, struct ike_out *o);

/*
 * Completes the message, encrypts it in place and sends it. iv is that of the exchange, and becomes
 * that of its next message. Returns 0 or a negative errno.
 */
int ike_send_encrypted(struct ike_sa *sa, struct ike_out *o, uint8_t iv[CBC_BLOCK_MAX]);

/* Sends a message that is complete, as for a retransmission. */
void ike_send_again(struct ike_sa *sa, const uint8_t *msg, size_t len);

/* Keeps o, as sent, for retransmissions of the message that is being processed. */
void ike_reply_keep(struct ike_reply *r, const struct ike_sa *sa, const struct ike_out *o);
void ike_reply_free(struct ike_reply *r);

/*
 * Decrypts a body into out, which has room for len bytes. iv becomes that of the exchange's next
 * message. False if the length is not a multiple of the cipher's block.
 */
bool ike_decrypt(const struct ike_sa *sa, const uint8_t *body, size_t len,
	uint8_t iv[CBC_BLOCK_MAX], uint8_t *out);

/* Opens the HASH payload of a protected message and returns its offset, for ike_hash_close(). */
size_t ike_hash_open(const struct ike_sa *sa, struct ike_out *o);

/*
 * Fills in the hash when the message is complete: prf(SKEYID_a, M-ID | before | what follows the
 * payload). `before` is Ni_b in message 2 of quick mode, else empty. False if the message is too
 * long or OpenSSL fails.
 */
bool ike_hash_close(const struct ike_sa *sa, struct ike_out *o, size_t at, uint32_t message_id,
	struct part before);

/* Whether payload 0 of a message is that hash. */
bool ike_hash_good(const struct ike_sa *sa, const struct ike_msg *m, struct part before);

#endif
