/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Message 1 of main mode answered without remembering who sent it: what RFC 2408, 2.5.3 wants cookies for.
 *
 * HASH_I covers message 1, so that cannot be forgotten altogether. But all clients of one kind and setting send the
 * same one, save for their cookie: those that led to an authenticated SA are kept, with the answer that they got, and
 * apart from these a few that nobody has vouched for. Our cookie then says which of them it was, and proves that it was answered to this address. Message 3
 * brings it back, and only then is there an SA, from address and port that are not made up.
 */
#ifndef IKE_FIRST_H
#define IKE_FIRST_H

#include <stddef.h>
#include <stdint.h>

#include "ike.h"

#define IKE_FIRSTS 32 /* kinds of message 1; the one not used for longest makes room */
#define IKE_FIRSTS_NEW \
	8 /* of these, the last: not authenticated yet; they make room among themselves */
#define IKE_FIRST_MAX       1024 /* bytes of message 1, and of its answer */
#define IKE_FIRST_SECRET_MS 30000 /* message 3 must come within one to two of these */

struct ike_first {
	uint8_t *bytes; /* message 1 and, behind it, its answer; NULL: a free place */
	uint16_t len, answer_len;
	uint32_t serial; /* so that a cookie for what was here before is none */
	uint64_t used_ms;
};

struct ike_firsts {
	struct ike_first kind[IKE_FIRSTS];
	uint32_t serial;
	uint8_t secret[2][16]; /* for cookies, the newer first */
	uint64_t secret_ms;
};

void ike_firsts_init(struct ike_firsts *f, uint64_t now_ms);
void ike_firsts_fini(struct ike_firsts *f);

/*
 * Keeps message 1 of an SA that has answered it. From the event `up` on the peer has the key, and no stranger can take its
 * place; before that, one that sends many kinds can.
 */
void ike_firsts_learn(struct ike_firsts *f, const struct ike_sa *sa, uint64_t now_ms);

/* Whether the message is known save for its cookie: then its answer's length, which is in out; else 0. */
size_t ike_firsts_answer(struct ike_firsts *f, uint64_t now_ms, const struct ip_end *local,
	const struct ip_end *remote, const uint8_t *msg, size_t len, uint8_t out[IKE_FIRST_MAX]);

/*
 * Whether the header has a cookie that ike_firsts_answer gave to this end lately: then the length of the message 1 that it
 * was the answer to, which is in out, for ike_sa_resume; else 0.
 */
size_t ike_firsts_recall(struct ike_firsts *f, uint64_t now_ms, const struct ip_end *local,
	const struct ip_end *remote, const struct ike_header *h, uint8_t out[IKE_FIRST_MAX]);

#endif
