/* SPDX-License-Identifier: BSD-3-Clause */
/* IKE messages in fragments (payload 132): in any order, duplicated, incomplete, malformed. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "gate.h"
#include "wire/isakmp.h"

#define HEADER 8 /* bytes, of the payload: generic 4, identifier 2, number, flags */

static const uint8_t fragmentation_vid[] = {0x40, 0x48, 0xb7, 0xd5, 0x6e, 0xbc, 0xe8, 0x85, 0x25,
	0xe7, 0xde, 0x7f, 0x00, 0xd6, 0xc2, 0xd3};

/* Writes piece n (from 1) of the message, in pieces of `size` bytes. False if there is none. */
static bool
piece(const struct init_msg *whole, uint16_t id, uint8_t n, size_t size, struct init_msg *out)
{
	size_t at = (n - 1u) * size, len = whole->len - at;
	bool last = len <= size;

	if (at >= whole->len)
		return false;
	if (!last)
		len = size;
	memset(out, 0, sizeof(*out));
	memcpy(out->b, whole->b, IKE_HEADER_LEN);
	out->b[16] = ISAKMP_FRAGMENT;
	out->b[19] = 0;
	out->b[30] = (uint8_t)((HEADER + len) >> 8);
	out->b[31] = (uint8_t)(HEADER + len);
	out->b[32] = (uint8_t)(id >> 8);
	out->b[33] = (uint8_t)id;
	out->b[34] = n;
	out->b[35] = last;
	memcpy(out->b + IKE_HEADER_LEN + HEADER, whole->b + at, len);
	out->len = IKE_HEADER_LEN + HEADER + len;
	init_msg_end(out);
	return true;
}

/* Announces fragmentation if vid is true. */
static void
both_begin(struct both *b, const char *suite, bool vid)
{
	both_init(b, suite, "aes128-sha1");
	if (vid) {
		b->i.vid = fragmentation_vid;
		b->i.vid_len = sizeof(fragmentation_vid);
	}
}

/* Runs main mode up to message 5, which is not passed. */
static void
begin(struct both *b, struct init_msg *mm5)
{
	both_begin(b, "aes128-sha1-ecp256", true);
	both_until(b, 5, mm5);
	/* Message 2 announces it as well. */
	assert_non_null(memmem(
		b->g.sent[0].b, b->g.sent[0].len, fragmentation_vid, sizeof(fragmentation_vid)));
}

static void
gives(struct both *b, const struct init_msg *m, unsigned answers)
{
	assert_int_equal(gate_input(&b->g, m), answers);
}

static void
test_any_order(void **state)
{
	static const uint8_t orders[][6] = {{1, 2, 3}, {3, 2, 1}, {2, 2, 3, 3, 1}, {1, 3, 1, 3, 2}};
	struct init_msg mm5, m;
	struct both b;

	(void)state;
	for (size_t k = 0; k < sizeof(orders) / sizeof(orders[0]); k++) {
		unsigned n = 0;

		begin(&b, &mm5);
		for (; orders[k][n + 1] != 0; n++) {
			assert_true(piece(&mm5, 7, orders[k][n], mm5.len / 3 + 1, &m));
			gives(&b, &m, 0);
		}
		assert_true(piece(&mm5, 7, orders[k][n], mm5.len / 3 + 1, &m));
		gives(&b, &m, 1);
		initiator_mm6(&b.i, gate_last(&b.g));
		assert_int_equal(b.g.ups, 1);
		both_fini(&b);
	}
}

/* The peer gives up a message and sends it again with another identifier. */
static void
test_again(void **state)
{
	struct init_msg mm5, m;
	struct both b;

	(void)state;
	begin(&b, &mm5);
	piece(&mm5, 1, 1, mm5.len / 2 + 1, &m);
	gives(&b, &m, 0);
	piece(&mm5, 2, 2, mm5.len / 2 + 1, &m);
	gives(&b, &m, 0);
	piece(&mm5, 2, 1, mm5.len / 2 + 1, &m);
	gives(&b, &m, 1);
	assert_int_equal(b.g.ups, 1);
	/* A retransmission in fragments is answered like one of the whole message. */
	piece(&mm5, 3, 1, mm5.len / 2 + 1, &m);
	gives(&b, &m, 0);
	piece(&mm5, 3, 2, mm5.len / 2 + 1, &m);
	gives(&b, &m, 1);
	assert_int_equal(b.g.ups, 1);
	both_fini(&b);
}

static void
test_broken(void **state)
{
	struct init_msg mm5, m, inner;
	struct both b;

	(void)state;
	begin(&b, &mm5);
	/* Number 0; a number that is too high; an empty piece; two different last pieces. */
	piece(&mm5, 1, 1, mm5.len / 2 + 1, &m);
	m.b[34] = 0;
	gives(&b, &m, 0);
	m.b[34] = 17;
	gives(&b, &m, 0);
	m.b[34] = 1;
	m.len = IKE_HEADER_LEN + HEADER;
	m.b[30] = 0;
	m.b[31] = HEADER;
	init_msg_end(&m);
	gives(&b, &m, 0);
	piece(&mm5, 2, 2, mm5.len / 3 + 1, &m);
	gives(&b, &m, 0);
	m.b[34] = 1;
	m.b[35] = 1;
	gives(&b, &m, 0);
	/* Truncated at every length. */
	piece(&mm5, 3, 1, mm5.len, &m);
	for (size_t len = m.len; --len > IKE_HEADER_LEN;) {
		struct init_msg cut = m;

		cut.len = len;
		init_msg_end(&cut);
		gives(&b, &cut, 0);
	}
	/* A fragment in a fragment. */
	piece(&mm5, 4, 1, mm5.len, &inner);
	piece(&inner, 5, 1, inner.len, &m);
	gives(&b, &m, 0);
	assert_int_equal(b.g.ups, 0);
	/* After all that, the message itself. */
	piece(&mm5, 6, 1, mm5.len, &m);
	gives(&b, &m, 1);
	assert_int_equal(b.g.ups, 1);
	both_fini(&b);
}

/* --- sending --------------------------------------------------------------------------------- */

enum {
	SIZE = 200, /* bytes of an IP packet */
	HEADERS = 20 + 8, /* IP and UDP */
};

/*
 * Reassembles the gateway's last n datagrams, in any order, and asserts that each is within the
 * limit.
 */
static void
together(const struct gate *g, unsigned n, struct init_msg *whole)
{
	const struct init_msg *part[16] = {NULL};

	assert_true(n > 1 && n <= 16);
	for (unsigned i = 0; i < n; i++) {
		const struct init_msg *m = &g->sent[(g->n_sent - 1 - i) % GATE_SENT_MAX];
		struct ike_header h;

		assert_true(m->len + HEADERS <= SIZE);
		assert_true(ike_header_read(m->b, m->len, &h));
		assert_int_equal(h.next, ISAKMP_FRAGMENT);
		assert_int_equal(h.exchange, IKE_MAIN_MODE);
		assert_int_equal(h.flags, 0);
		assert_int_equal(h.message_id, 0);
		assert_true(m->b[34] >= 1 && m->b[34] <= n);
		assert_int_equal(m->b[35], m->b[34] == n);
		assert_memory_equal(m->b + 32, gate_last(g)->b + 32, 2);
		assert_int_equal(m->b[30] << 8 | m->b[31], m->len - IKE_HEADER_LEN);
		part[m->b[34] - 1] = m;
	}
	memset(whole, 0, sizeof(*whole));
	for (unsigned i = 0; i < n; i++) {
		assert_non_null(part[i]);
		memcpy(whole->b + whole->len, part[i]->b + IKE_HEADER_LEN + HEADER,
			part[i]->len - IKE_HEADER_LEN - HEADER);
		whole->len += part[i]->len - IKE_HEADER_LEN - HEADER;
	}
}

/* Runs main mode up to message 3, which is not passed. */
static void
begin_sending(struct both *b, bool vid, struct init_msg *m)
{
	both_begin(b, "aes128-sha1-modp2048", vid);
	b->g.config.fragment_size = SIZE;
	both_until(b, 3, m);
}

static void
test_send(void **state)
{
	struct init_msg m, whole, first, second;
	struct both b;
	unsigned n;

	(void)state;
	begin_sending(&b, true, &m);
	n = gate_input(&b.g, &m);
	together(&b.g, n, &whole);
	/* A retransmission has the same fragments. */
	first = b.g.sent[b.g.n_sent - n];
	assert_int_equal(gate_input(&b.g, &m), n);
	second = b.g.sent[b.g.n_sent - n];
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.b, second.b, first.len);
	/* It is a valid message 4. Message 6 is short, so it is not fragmented. */
	initiator_mm5(&b.i, &whole, false, &m);
	assert_int_equal(gate_input(&b.g, &m), 1);
	initiator_mm6(&b.i, gate_last(&b.g));
	assert_int_equal(b.g.ups, 1);
	both_fini(&b);
}

/* A peer that does not announce fragmentation receives no fragments. */
static void
test_send_whole(void **state)
{
	struct init_msg m;
	struct both b;

	(void)state;
	begin_sending(&b, false, &m);
	assert_int_equal(gate_input(&b.g, &m), 1);
	assert_true(gate_last(&b.g)->len > SIZE);
	both_fini(&b);
	/* Messages that fit are not fragmented. */
	begin_sending(&b, true, &m);
	b.g.config.fragment_size = 1280;
	assert_int_equal(gate_input(&b.g, &m), 1);
	both_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_send),
		cmocka_unit_test(test_send_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
