/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "test_worker.h"

#define SID ID_MAKE(0, 0, 7)

enum way { KEPT, PUNTED, DROPPED };

static const struct ppp_case {
	const char *name;
	const char *frame;
	size_t len;
	enum way way;
	int reason;
	unsigned head; /* KEPT: bytes of the PPP header */
	bool no_lease;
} cases[] = {
#define F(text)        text, sizeof(text) - 1
#define IS_KEPT(n)     .way = KEPT, .head = n
#define IS_LOST(which) .way = DROPPED, .reason = DROP_##which
	/* Address, control and protocol compressed or not (RFC 1661, 6.5 and 6.6). */
	{"whole",
		F("\xff\3\0\x21"
		  "E..."),
		IS_KEPT(4)},
	{"protocol compressed",
		F("\xff\3\x21"
		  "E..."),
		IS_KEPT(3)},
	{"address and control compressed",
		F("\0\x21"
		  "E..."),
		IS_KEPT(2)},
	{"all compressed",
		F("\x21"
		  "E..."),
		IS_KEPT(1)},
	{"whole, no packet", F("\xff\3\0\x21"), IS_KEPT(4)},
	{"all compressed, no packet", F("\x21"), IS_KEPT(1)},
	{"LCP", F("\xff\3\xc0\x21\x09\1\0\x08...."), .way = PUNTED},
	{"LCP, compressed", F("\xc0\x21\x09\1\0\x08...."), .way = PUNTED},
	{"LCP before there is an address", F("\xff\3\xc0\x21\1\1\0\4"), .no_lease = true,
		.way = PUNTED},
	{"IPCP", F("\x80\x21\1\1\0\4"), .way = PUNTED},
	{"IPv6",
		F("\xff\3\0\x57"
		  "`..."),
		.way = PUNTED},
	{"IPv6, all compressed",
		F("\x57"
		  "`..."),
		.way = PUNTED},
	{"compressed datagram", F("\xff\3\0\xfd..."), .way = PUNTED},
	{"protocol 0xff",
		F("\xff"
		  "E..."),
		.way = PUNTED},
	{"other control field",
		F("\xff\x13\0\x21"
		  "E..."),
		.way = PUNTED},
	{"protocol 0 0x20",
		F("\0\x20"
		  "E..."),
		.way = PUNTED},
	{"only a protocol", F("\xc0\x21"), .way = PUNTED},
	{"IPv4 before there is an address",
		F("\xff\3\0\x21"
		  "E..."),
		.no_lease = true, IS_LOST(PPP_NO_SESSION)},
	{"IPv4, all compressed, before there is an address",
		F("\x21"
		  "E..."),
		.no_lease = true, IS_LOST(PPP_NO_SESSION)},
	{"nothing", F(""), IS_LOST(PPP_SHORT)},
	{"address and control only", F("\xff\3"), IS_LOST(PPP_SHORT)},
	{"half a protocol", F("\xff\3\0"), IS_LOST(PPP_SHORT)},
	{"half a protocol, compressed", F("\xc0"), IS_LOST(PPP_SHORT)},
};

static void
run(const struct ppp_case *c)
{
	struct worker *w = test_worker();
	struct sess s = {.sid = SID, .client = c->no_lease ? 0 : TEST_IP(192, 168, 0, 1)};
	struct rte_mbuf *m = NULL;

	print_message("%s\n", c->name);
	test_put(w, LANE_UP, c->frame, c->len, &s);
	ppp_in(w);
	switch (c->way) {
	case KEPT:
		assert_ptr_equal(w->lane[LANE_UP].ctx[0], &s);
		m = test_take(w, LANE_UP);
		assert_int_equal(m->data_len, c->len - c->head);
		assert_memory_equal(rte_pktmbuf_mtod(m, void *), c->frame + c->head, m->data_len);
		break;
	case PUNTED: /* unchanged */
		m = test_punted(w);
		assert_non_null(m);
		assert_int_equal(pkt_meta(m)->reason, PUNT_PPP);
		assert_int_equal(pkt_meta(m)->net, DP_CLIENT);
		assert_int_equal(pkt_meta(m)->sid, SID);
		assert_int_equal(m->data_len, c->len);
		assert_memory_equal(rte_pktmbuf_mtod(m, void *), c->frame, c->len);
		break;
	case DROPPED:
		assert_int_equal(w->drop[c->reason], 1);
	}
	assert_int_equal(test_drops(w), c->way == DROPPED ? 1 : 0);
	rte_pktmbuf_free(m);
	test_worker_free(w);
}

static void
each_frame_goes_its_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(cases); i++)
		run(&cases[i]);
}

/* IPv4, LCP and garbage in turn: what is kept keeps its order. */
static void
a_mixed_burst_is_compacted(void **state)
{
	struct worker *w = test_worker();
	struct sess s = {.sid = SID, .client = TEST_IP(192, 168, 0, 1)};
	struct lane *l = &w->lane[LANE_UP];
	struct rte_mbuf *m[10], *punted;

	(void)state;
	for (unsigned i = 0; i < RTE_DIM(m); i++) {
		m[i] = test_put(w, LANE_UP, "\xff\3\0\x21", 4, &s);
		test_put(w, LANE_UP, "\xff\3\xc0\x21", 4, &s);
		test_put(w, LANE_UP, "\xff\3\xc0", 3, &s);
	}
	ppp_in(w);
	assert_int_equal(l->n, RTE_DIM(m));
	for (unsigned i = 0; i < RTE_DIM(m); i++) {
		assert_ptr_equal(l->pkt[i], m[i]);
		rte_pktmbuf_free(l->pkt[i]);
		punted = test_punted(w);
		assert_non_null(punted);
		rte_pktmbuf_free(punted);
	}
	l->n = 0;
	assert_int_equal(w->drop[DROP_PPP_SHORT], RTE_DIM(m));
	test_worker_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_frame_goes_its_way),
		cmocka_unit_test(a_mixed_burst_is_compacted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
