/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Anti-replay (RFC 4303, 3.4.3): a ring with a bit for each sequence number of the window (after
 * RFC 6479, but exact: numbers that the top skips are cleared bit by bit). 32-bit sequence numbers.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <rte_branch_prediction.h>

#include "sa.h"

static inline uint64_t
replay_bit(uint64_t seq)
{
	return 1ull << (seq & 63);
}

/* The index of the word that has the number's bit. */
static inline size_t
replay_index(uint32_t window, uint64_t seq)
{
	return (seq & (window - 1u)) >> 6;
}

static inline uint64_t *
replay_word(struct sa_in *sa, uint64_t seq)
{
	return &sa->bits[replay_index(sa->window, seq)];
}

/* Whether the number is new and not behind the window, as a first check before decryption. */
static inline bool
replay_ok(struct sa_in *sa, uint32_t seq)
{
	if (seq > sa->top)
		return true;
	if (unlikely(sa->no_anti_replay))
		return true;
	if (seq == 0 || sa->top - seq >= sa->window)
		return false;
	return (*replay_word(sa, seq) & replay_bit(seq)) == 0;
}

/* Clears the bits between the top and a number above it. */
static inline void
replay_advance(struct sa_in *sa, uint64_t seq)
{
	uint64_t s = sa->top + 1;

	if (seq - sa->top >= sa->window) {
		memset(sa->bits, 0, sa->window / 8);
		return;
	}
	while (s < seq) {
		/* Up to the end of the word or to the number, whichever comes first. */
		uint64_t end = (s | 63) + 1 < seq ? (s | 63) + 1 : seq;
		uint64_t n = end - s;
		uint64_t mask = n == 64 ? UINT64_MAX : ((1ull << n) - 1) << (s & 63);

		*replay_word(sa, s) &= ~mask;
		s = end;
	}
}

/*
 * Marks the number as seen after its packet was verified. False when it was marked meanwhile: two
 * copies in one burst both pass the first check.
 */
static inline bool
replay_mark(struct sa_in *sa, uint32_t seq)
{
	if (!replay_ok(sa, seq))
		return false;
	if (seq > sa->top) {
		replay_advance(sa, seq);
		sa->top = seq;
	}
	*replay_word(sa, seq) |= replay_bit(seq);
	return true;
}

#endif
