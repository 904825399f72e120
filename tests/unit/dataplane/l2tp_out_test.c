/* SPDX-License-Identifier: BSD-3-Clause */
/* Headers of data to a client, for each combination of negotiated options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "slab.h"
#include "test_worker.h"

#define SID ID_MAKE(0, 0, 1)

static const struct {
	const char *name;
	bool sequencing, acfc, pfc;
	const char *head;
	size_t len;
} cases[] = {
#define H(text) text, sizeof(text) - 1
#define UDP     "\x06\xa5\xc3\x51"
	{"whole", false, false, false, H(UDP "\0\x18\0\0\x40\2\0\x10\x0a\x0b\x0c\x0d\xff\3\0\x21")},
	{"PFC", false, false, true, H(UDP "\0\x17\0\0\x40\2\0\x0f\x0a\x0b\x0c\x0d\xff\3\x21")},
	{"ACFC", false, true, false, H(UDP "\0\x16\0\0\x40\2\0\x0e\x0a\x0b\x0c\x0d\0\x21")},
	{"both", false, true, true, H(UDP "\0\x15\0\0\x40\2\0\x0d\x0a\x0b\x0c\x0d\x21")},
	{"numbered", true, false, false,
		H(UDP "\0\x1c\0\0\x48\2\0\x14\x0a\x0b\x0c\x0d\xff\xfe\0\0\xff\3\0\x21")},
	{"numbered, PFC", true, false, true,
		H(UDP "\0\x1b\0\0\x48\2\0\x13\x0a\x0b\x0c\x0d\xff\xfe\0\0\xff\3\x21")},
	{"numbered, ACFC", true, true, false,
		H(UDP "\0\x1a\0\0\x48\2\0\x12\x0a\x0b\x0c\x0d\xff\xfe\0\0\0\x21")},
	{"numbered, both", true, true, true,
		H(UDP "\0\x19\0\0\x48\2\0\x11\x0a\x0b\x0c\x0d\xff\xfe\0\0\x21")},
};

static struct sess *
sess_of(bool sequencing, bool acfc, bool pfc)
{
	const struct dp_sess s = {
		.local_port = RTE_BE16(1701),
		.peer_port = RTE_BE16(50001),
		.peer_tid = 0x0a0b,
		.peer_sid = 0x0c0d,
		.our_tid = 1,
		.our_sid = 2,
		.mtu = 1400,
		.sequencing = sequencing,
		.acfc = acfc,
		.pfc = pfc,
	};
	struct sess *sess = sess_new(test_slabs(), &s, SID);

	assert_non_null(sess);
	return sess;
}

static void
heads_are_as_negotiated(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		struct worker *w = test_worker();
		struct sess *s = sess_of(cases[i].sequencing, cases[i].acfc, cases[i].pfc);
		struct rte_mbuf *m;

		print_message("%s\n", cases[i].name);
		s->ns = 0xfffe;
		test_put(w, LANE_DOWN, "data", 4, s);
		l2tp_out(w);
		assert_int_equal(w->lane[LANE_DOWN].n, 0);
		assert_ptr_equal(w->lane[LANE_SEAL].ctx[0], s);
		m = test_take(w, LANE_SEAL);
		assert_int_equal(m->data_len, cases[i].len + 4);
		assert_memory_equal(rte_pktmbuf_mtod(m, void *), cases[i].head, cases[i].len);
		assert_memory_equal(rte_pktmbuf_mtod_offset(m, void *, cases[i].len), "data", 4);
		assert_int_equal(s->ns, cases[i].sequencing ? 0xffff : 0xfffe);
		rte_pktmbuf_free(m);
		slab_release(s);
		test_worker_free(w);
	}
}

/* Each session has its own sequence numbers, which wrap around. */
static void
numbers_run_on_and_around(void **state)
{
	struct worker *w = test_worker();
	struct sess *s[2] = {sess_of(true, false, false), sess_of(true, true, true)};
	struct lane *l = &w->lane[LANE_SEAL];

	(void)state;
	s[0]->ns = 0xfffe;
	for (unsigned i = 0; i < 10; i++)
		test_put(w, LANE_DOWN, "data", 4, s[i % 2]);
	l2tp_out(w);
	assert_int_equal(l->n, 10);
	for (unsigned i = 0; i < 10; i++) {
		const uint8_t *p = rte_pktmbuf_mtod(l->pkt[i], const uint8_t *);
		uint16_t want = (uint16_t)(i / 2 + (i % 2 ? 0 : 0xfffe));

		assert_ptr_equal(l->ctx[i], s[i % 2]);
		assert_int_equal(p[16] << 8 | p[17], want);
		rte_pktmbuf_free(l->pkt[i]);
	}
	l->n = 0;
	slab_release(s[0]);
	slab_release(s[1]);
	test_worker_free(w);
}

static void
without_headroom_there_is_no_header(void **state)
{
	struct worker *w = test_worker();
	struct sess *s = sess_of(true, false, false);
	struct rte_mbuf *m = test_put(w, LANE_DOWN, "data", 4, s);

	(void)state;
	rte_pktmbuf_prepend(m, (uint16_t)(rte_pktmbuf_headroom(m) - 23));
	l2tp_out(w);
	assert_int_equal(w->drop[DROP_NO_BUFFER], 1);
	assert_int_equal(test_held(w), 0);
	/* A dropped packet does not use up a number. */
	assert_int_equal(s->ns, 0);
	slab_release(s);
	test_worker_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_are_as_negotiated),
		cmocka_unit_test(numbers_run_on_and_around),
		cmocka_unit_test(without_headroom_there_is_no_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
