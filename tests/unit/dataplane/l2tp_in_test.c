/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <rte_udp.h>
#include <cmocka.h>

#include "test_worker.h"

#define SID       ID_MAKE(0, 0, 7)
#define SPI       RTE_BE32(0x05000003)
#define PEER_PORT 50001

enum way { KEPT, PUNTED, DROPPED };

/* The IDs are 0x0102 (tunnel) and 0x0304 (session). */
struct l2tp_case {
	const char *name;
	const char *l2tp; /* from its flags on */
	size_t len;
	enum way way;
	int reason;
	const char *ppp; /* KEPT: what is left */
	size_t ppp_len;
	uint16_t dport; /* 0: 1701 */
	int udp_len_off; /* added to the correct UDP length */
	size_t behind; /* bytes after the datagram */
	bool no_ids; /* the session has no L2TP IDs yet */
};

#define MSG(text)      text, sizeof(text) - 1
#define IS_KEPT(text)  .way = KEPT, .ppp = text, .ppp_len = sizeof(text) - 1
#define IS_LOST(which) .way = DROPPED, .reason = DROP_##which
#define IDS            "\1\2\3\4"
#define PPP            "\xff\3\0\x21ip"

static const struct l2tp_case cases[] = {
	/* Each optional field, and all of them: L 0x4000, S 0x0800, O 0x0200, P 0x0100. */
	{"plain", MSG("\0\2" IDS PPP), IS_KEPT(PPP)},
	{"length", MSG("\x40\2\0\x0e" IDS PPP), IS_KEPT(PPP)},
	{"sequence numbers", MSG("\x08\2" IDS "\0\7\0\0" PPP), IS_KEPT(PPP)},
	{"length and sequence numbers", MSG("\x48\2\0\x12" IDS "\xff\xff\0\0" PPP), IS_KEPT(PPP)},
	{"offset of 0", MSG("\2\2" IDS "\0\0" PPP), IS_KEPT(PPP)},
	{"offset of 3", MSG("\2\2" IDS "\0\3pad" PPP), IS_KEPT(PPP)},
	{"length and offset", MSG("\x42\2\0\x13" IDS "\0\3pad" PPP), IS_KEPT(PPP)},
	{"sequence numbers and offset", MSG("\x0a\2" IDS "\0\1\0\2\0\1p" PPP), IS_KEPT(PPP)},
	{"all", MSG("\x4b\2\0\x16" IDS "\0\1\0\2\0\2pp" PPP), IS_KEPT(PPP)},
	{"priority", MSG("\1\2" IDS PPP), IS_KEPT(PPP)},
	{"reserved bits", MSG("\x34\xf2" IDS PPP), IS_KEPT(PPP)},
	{"no PPP at all", MSG("\0\2" IDS), IS_KEPT("")},
	{"offset to the very end", MSG("\2\2" IDS "\0\3pad"), IS_KEPT("")},
	/* Lengths. */
	{"L2TP length cuts the rest off", MSG("\x40\2\0\x0e" IDS PPP "more"), IS_KEPT(PPP)},
	{"L2TP length of the header", MSG("\x40\2\0\x08" IDS PPP), IS_KEPT("")},
	{"L2TP length below the header", MSG("\x40\2\0\x07" IDS PPP), IS_LOST(L2TP_SHORT)},
	{"L2TP length below header and numbers", MSG("\x48\2\0\x0b" IDS "\0\1\0\2" PPP),
		IS_LOST(L2TP_SHORT)},
	{"L2TP length of 0", MSG("\x40\2\0\0" IDS PPP), IS_LOST(L2TP_SHORT)},
	{"L2TP length one too long", MSG("\x40\2\0\x0f" IDS PPP), IS_LOST(L2TP_SHORT)},
	{"L2TP length of 65535", MSG("\x40\2\xff\xff" IDS PPP), IS_LOST(L2TP_SHORT)},
	{"offset one beyond the end", MSG("\2\2" IDS "\0\4pad"), IS_LOST(L2TP_SHORT)},
	{"offset of 65535", MSG("\2\2" IDS "\xff\xffpad"), IS_LOST(L2TP_SHORT)},
	{"offset beyond the L2TP length", MSG("\x42\2\0\x0c" IDS "\0\3pad" PPP),
		IS_LOST(L2TP_SHORT)},
	{"UDP length cuts the rest off", MSG("\0\2" IDS PPP), .behind = 5, IS_KEPT(PPP)},
	{"L2TP length beyond UDP's", MSG("\x40\2\0\x0f" IDS PPP), .behind = 5, IS_LOST(L2TP_SHORT)},
	{"UDP length beyond the packet", MSG("\0\2" IDS PPP), .udp_len_off = 1,
		IS_LOST(L2TP_SHORT)},
	{"UDP length below its header", MSG("\0\2" IDS PPP), .udp_len_off = -13,
		IS_LOST(L2TP_SHORT)},
	{"nothing in UDP", MSG(""), IS_LOST(L2TP_SHORT)},
	{"one byte in UDP", MSG("\0"), IS_LOST(L2TP_SHORT)},
	{"ids do not fit", MSG("\0\2\1\2\3"), IS_LOST(L2TP_SHORT)},
	{"length does not fit", MSG("\x40\2\0\x07\1\2\3"), IS_LOST(L2TP_SHORT)},
	{"numbers do not fit", MSG("\x08\2" IDS "\0\1\0"), IS_LOST(L2TP_SHORT)},
	{"offset does not fit", MSG("\2\2" IDS "\0"), IS_LOST(L2TP_SHORT)},
	/* IDs. */
	{"another tunnel", MSG("\0\2\1\3\3\4" PPP), IS_LOST(L2TP_ID)},
	{"another session", MSG("\0\2\1\2\3\5" PPP), IS_LOST(L2TP_ID)},
	{"ids of 0", MSG("\0\2\0\0\0\0" PPP), IS_LOST(L2TP_ID)},
	{"ids the other way round", MSG("\0\2\3\4\1\2" PPP), IS_LOST(L2TP_ID)},
	{"before there is a session", MSG("\0\2" IDS PPP), .no_ids = true, IS_LOST(L2TP_ID)},
	{"ids of 0 before there is a session", MSG("\0\2\0\0\0\0" PPP), .no_ids = true,
		IS_LOST(L2TP_ID)},
	/* Versions: 1 is L2F, 3 is L2TPv3. */
	{"version 1", MSG("\0\1" IDS PPP), IS_LOST(L2TP_VERSION)},
	{"version 3", MSG("\0\3" IDS PPP), IS_LOST(L2TP_VERSION)},
	{"control message of version 3", MSG("\xc8\3\0\x0c" IDS "\0\0\0\0"), IS_LOST(L2TP_VERSION)},
	{"to another port", MSG("\0\2" IDS PPP), .dport = 1702, IS_LOST(L2TP_PORT)},
	/* Punted. */
	{"control message", MSG("\xc8\2\0\x0c\1\2\0\0\0\5\0\6"), .way = PUNTED},
	{"control message of another tunnel", MSG("\xc8\2\0\x0c\0\0\0\0\0\0\0\0AVP"),
		.way = PUNTED},
	{"control message before there is a session", MSG("\xc8\2\0\x0c\0\0\0\0\0\0\0\0"),
		.no_ids = true, .way = PUNTED},
	{"two bytes of a control message", MSG("\xc8\2"), .way = PUNTED},
};

static size_t
build(const struct l2tp_case *c, uint8_t *p)
{
	struct rte_udp_hdr udp = {
		.src_port = RTE_BE16(PEER_PORT),
		.dst_port = rte_cpu_to_be_16(c->dport ? c->dport : 1701),
		.dgram_len = rte_cpu_to_be_16(
			(uint16_t)((int)(sizeof(udp) + c->len) + c->udp_len_off)),
		.dgram_cksum = 0xabcd, /* wrong: ESP's integrity check counts */
	};

	memcpy(p, &udp, sizeof(udp));
	memcpy(p + sizeof(udp), c->l2tp, c->len);
	memset(p + sizeof(udp) + c->len, 0x5a, c->behind);
	return sizeof(udp) + c->len + c->behind;
}

static void
check_punted(struct worker *w, const struct l2tp_case *c)
{
	struct rte_mbuf *m = test_punted(w);
	const struct pkt_meta *meta;

	assert_non_null(m);
	meta = pkt_meta(m);
	assert_int_equal(meta->reason, PUNT_L2TP);
	assert_int_equal(meta->net, DP_CLIENT);
	assert_int_equal(meta->sid, SID);
	assert_int_equal(meta->spi, SPI);
	assert_int_equal(meta->udp_port, RTE_BE16(PEER_PORT));
	assert_int_equal(m->data_len, c->len);
	assert_memory_equal(rte_pktmbuf_mtod(m, void *), c->l2tp, c->len);
	rte_pktmbuf_free(m);
}

static void
run(const struct l2tp_case *c)
{
	struct worker *w = test_worker();
	struct sa_in sa = {.spi = SPI, .sid = SID};
	struct sess s = {.sid = SID, .our_tid = 0x0102, .our_sid = 0x0304};
	uint8_t bytes[100];
	struct rte_mbuf *m;

	print_message("%s\n", c->name);
	if (c->no_ids)
		s.our_tid = s.our_sid = 0;
	test_sess_set(w, ID_SLOT(SID), &s);
	test_put(w, LANE_UP, bytes, build(c, bytes), &sa);
	l2tp_in(w);
	switch (c->way) {
	case KEPT:
		assert_ptr_equal(w->lane[LANE_UP].ctx[0], &s);
		m = test_take(w, LANE_UP);
		assert_int_equal(m->data_len, c->ppp_len);
		assert_memory_equal(rte_pktmbuf_mtod(m, void *), c->ppp, c->ppp_len);
		rte_pktmbuf_free(m);
		break;
	case PUNTED:
		check_punted(w, c);
		break;
	case DROPPED:
		assert_int_equal(w->drop[c->reason], 1);
	}
	assert_int_equal(test_drops(w), c->way == DROPPED ? 1 : 0);
	test_worker_free(w);
}

static void
each_message_goes_its_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(cases); i++)
		run(&cases[i]);
}

/*
 * With all optional fields, with and without a length, cut after each byte; UDP's length correct or
 * not.
 */
static void
every_truncation_is_dropped(void **state)
{
	static const struct l2tp_case all[] = {
		{"length", MSG("\x4b\2\0\x12" IDS "\0\1\0\2\0\4pads")},
		{"no length", MSG("\x0b\2" IDS "\0\1\0\2\0\4pads")},
	};
	struct sa_in sa = {.spi = SPI, .sid = SID};
	struct sess s = {.sid = SID, .our_tid = 0x0102, .our_sid = 0x0304};
	uint8_t bytes[100];

	(void)state;
	for (size_t i = 0; i < RTE_DIM(all); i++) {
		struct worker *w = test_worker();
		size_t len = build(&all[i], bytes);

		test_sess_set(w, ID_SLOT(SID), &s);
		for (size_t n = 0; n < len; n++) {
			for (unsigned honest = 0; honest < 2; honest++) {
				bytes[5] = (uint8_t)(honest ? n : len);
				test_put(w, LANE_UP, bytes, n, &sa);
				l2tp_in(w);
				assert_int_equal(test_held(w), 0);
			}
		}
		assert_int_equal(w->drop[DROP_L2TP_SHORT], 2 * len);
		bytes[5] = (uint8_t)len;
		test_put(w, LANE_UP, bytes, len, &sa);
		l2tp_in(w);
		rte_pktmbuf_free(test_take(w, LANE_UP));
		test_worker_free(w);
	}
}

/* Between others, in the middle of a burst: the others keep their order. */
static void
sessions_gone_are_dropped(void **state)
{
	static const struct l2tp_case plain = {"", MSG("\0\2" IDS PPP)};
	struct worker *w = test_worker();
	const uint32_t sids[] = {
		SID, ID_MAKE(0, 0, 8), SID, ID_MAKE(0, 1, 7), DP_SID_NONE, ID_MAKE(1, 0, 7), SID};
	struct sa_in sa[RTE_DIM(sids)];
	struct sess s = {.sid = SID, .our_tid = 0x0102, .our_sid = 0x0304};
	struct rte_mbuf *m[RTE_DIM(sids)];
	struct lane *l = &w->lane[LANE_UP];
	uint8_t bytes[100];
	size_t len = build(&plain, bytes);

	(void)state;
	test_sess_set(w, ID_SLOT(SID), &s);
	for (size_t i = 0; i < RTE_DIM(sids); i++) {
		sa[i] = (struct sa_in){.sid = sids[i]};
		m[i] = test_put(w, LANE_UP, bytes, len, &sa[i]);
	}
	l2tp_in(w);
	assert_int_equal(w->drop[DROP_NO_SESSION], 4);
	assert_int_equal(l->n, 3);
	assert_ptr_equal(l->pkt[0], m[0]);
	assert_ptr_equal(l->pkt[1], m[2]);
	assert_ptr_equal(l->pkt[2], m[6]);
	for (unsigned i = 0; i < 3; i++)
		rte_pktmbuf_free(l->pkt[i]);
	l->n = 0;
	test_worker_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_message_goes_its_way),
		cmocka_unit_test(every_truncation_is_dropped),
		cmocka_unit_test(sessions_gone_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
