/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stateless answers to message 1 of main mode, which is what RFC 2408, 2.5.3 has cookies for.
 *
 * HASH_I covers message 1, so it cannot be forgotten altogether. But all clients of the same kind
 * and configuration send the same message 1, except for their cookie. Those that led to an
 * authenticated SA are kept along with the answer that they got; a few that are not authenticated
 * yet are kept apart from them. Our cookie says which one it answers, and proves that it was sent
 * to this address. Message 3 brings it back, and only then an SA is made, for an address and port
 * that are not spoofed.
 */
#ifndef IKE_FIRST_H
#define IKE_FIRST_H

#include <stddef.h>
#include <stdint.h>

#include "ike.h"

#define IKE_FIRSTS          32 /* kinds of message 1; the least recently used is replaced */
#define IKE_FIRSTS_NEW      8 /* the last of them: not authenticated, replaced among themselves */
#define IKE_FIRST_MAX       1024 /* bytes of message 1, and of its answer */
#define IKE_FIRST_SECRET_MS 30000 /* message 3 must come within one to two of these periods */

struct ike_first {
	uint8_t *bytes; /* message 1, followed by its answer; NULL: unused */
	uint16_t len, answer_len; /* bytes of either */
	uint32_t serial; /* invalidates cookies for what was in this place before */
	uint64_t used_ms; /* monotonic */
};

struct ike_firsts {
	struct ike_first kind[IKE_FIRSTS];
	uint32_t serial;
	uint8_t secret[2][16]; /* for cookies, the newer one first */
	uint64_t secret_ms; /* when the newer one was made, monotonic */
};

void ike_firsts_init(struct ike_firsts *f, uint64_t now_ms);
void ike_firsts_fini(struct ike_firsts *f);

/*
 * Keeps message 1 of an SA that has answered it. From the event `up` on, the peer is authenticated,
 * and no stranger can replace it; before that, a sender of many kinds can.
 */
void ike_firsts_learn(struct ike_firsts *f, const struct ike_sa *sa, uint64_t now_ms);

/*
 * If the message is known except for its cookie, writes its answer to out and returns its length in
 * bytes; else returns 0.
 */
size_t ike_firsts_answer(struct ike_firsts *f, uint64_t now_ms, const struct ip_end *local,
	const struct ip_end *remote, const uint8_t *msg, size_t len, uint8_t out[IKE_FIRST_MAX]);

/*
 * If the header has a cookie that ike_firsts_answer() gave to this end recently, writes the message
 * 1 that it answered to out, for ike_sa_resume(), and returns its length in bytes; else returns 0.
 */
size_t ike_firsts_recall(struct ike_firsts *f, uint64_t now_ms, const struct ip_end *local,
	const struct ip_end *remote, const struct ike_header *h, uint8_t out[IKE_FIRST_MAX]);

#endif
