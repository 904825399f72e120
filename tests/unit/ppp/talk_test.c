/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole conversations with what stock clients send. */
#include "rig.h"

static uint32_t
magic(struct rig *r)
{
	return r->p->lcp.magic;
}

static void
test_windows(void **state)
{
	struct rig *r = rig_new(0);
	uint8_t challenge[16], id;
	struct ppp_info info;
	char want[64];

	(void)state;
	ppp_open(r->p);
	snprintf(want, sizeof(want), "01040578 0305c22381 0506%08x", magic(r));
	rig_expect(r, PPP_LCP, PPP_CONF_REQ, want);
	/* mru 1400, magic, pcomp, accomp, callback CBCP, mrru 1614, endpoint, link discriminator */
	rig_feed(r, PPP_LCP, PPP_CONF_REQ, 0,
		"01040578 050641130144 0702 0802 0d0306 1104064e 1305010a0b 17040006");
	rig_expect(r, PPP_LCP, PPP_CONF_REQ, want); /* had it received ours? */
	rig_expect(r, PPP_LCP, PPP_CONF_REJ, "0d0306 1104064e 17040006");
	rig_feed(r, PPP_LCP, PPP_CONF_REQ, 1, "01040578 050641130144 0702 0802 1305010a0b");
	rig_expect(r, PPP_LCP, PPP_CONF_ACK, "01040578 050641130144 0702 0802 1305010a0b");
	rig_silent(r);
	/* Its Ack is the last. */
	rig_wait(r, 3000);
	rig_expect(r, PPP_LCP, PPP_CONF_REQ, want);
	rig_return(r, PPP_CONF_ACK);
	id = rig_challenge(r, challenge);
	rig_feed(r, PPP_LCP, PPP_IDENT, 2, "41130144 4d535241535635 2e3230");
	rig_feed(r, PPP_LCP, PPP_IDENT, 3, "41130144 4d535241532d302d4445534b544f50");
	rig_feed(r, PPP_LCP, PPP_IDENT, 4, "41130144 a9b0c1d200010203040506070809fffe");
	rig_silent(r);
	ppp_info(r->p, &info);
	assert_string_equal(info.ident, "MSRAS-0-DESKTOP");
	assert_string_equal(info.phase, "authenticate");
	rig_respond(r, id, challenge, "OFFICE\\user-01", "password123");
	rig_expect(r, PPP_CHAP, CHAP_SUCCESS, NULL);
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, "0306c0a800fe");
	/* IPV6CP, then CCP, before IPCP. */
	rig_feed(r, PPP_IPV6CP, PPP_CONF_REQ, 5, "010a0102030405060708");
	rig_expect(r, PPP_LCP, PPP_PROTO_REJ, "8057 0105000e010a0102030405060708");
	rig_feed(r, PPP_CCP, PPP_CONF_REQ, 6, "120601000000");
	rig_expect(r, PPP_LCP, PPP_PROTO_REJ, "80fd 0106000a120601000000");
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 7,
		"030600000000 810600000000 820600000000 830600000000 840600000000");
	rig_expect(r, PPP_IPCP, PPP_CONF_REJ, "820600000000 830600000000 840600000000");
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 8, "030600000000 810600000000");
	rig_expect(r, PPP_IPCP, PPP_CONF_NAK, "0306c0a80007 8106c0a80035");
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 9, "0306c0a80007 8106c0a80035");
	rig_expect(r, PPP_IPCP, PPP_CONF_ACK, "0306c0a80007 8106c0a80035");
	assert_int_equal(r->ups, 1);
	r->next -= 6; /* our request, which the peer answers now */
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, NULL);
	rig_return(r, PPP_CONF_ACK);
	assert_int_equal(r->ups, 2);
	assert_int_equal(r->link.mtu, 1400);
	assert_true(r->link.pfc && r->link.acfc);
	assert_int_equal(r->link.net.peer, unit_addr(LEASE));
	ppp_info(r->p, &info);
	assert_string_equal(info.phase, "network");
	assert_string_equal(info.lcp, "Opened");
	assert_string_equal(info.ipcp, "Opened");
	assert_string_equal(info.user, "OFFICE\\user-01");
	assert_int_equal(info.peer_mru, 1400);
	rig_forget(r);
	/* Its Terminate-Request begins with its magic number: it is not text. */
	rig_feed(r, PPP_LCP, PPP_TERM_REQ, 10, "41130144 003ccd74 000002dc");
	assert_int_equal(rig_expect(r, PPP_LCP, PPP_TERM_ACK, ""), 10);
	rig_silent(r);
	rig_assert_down(r, PPP_WHY_PEER, "");
	rig_wait(r, 60000);
	rig_silent(r);
	rig_free(r);
}

static void
test_iphone(void **state)
{
	struct rig *r = rig_new(0);

	(void)state;
	rig_auth_up(r, "020600000000 05061a2b3c4d 0702 0802");
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, "0306c0a800fe");
	rig_return(r, PPP_CONF_ACK);
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, "010a0000000000000000 810600000000 830600000000");
	rig_expect(r, PPP_IPCP, PPP_CONF_REJ, "010a0000000000000000 830600000000");
	/* Without the old option, and not yet with the new one. */
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 2, "810600000000");
	rig_expect(r, PPP_IPCP, PPP_CONF_NAK, "8106c0a80035 0306c0a80007");
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 3, "0306c0a80007 8106c0a80035");
	rig_expect(r, PPP_IPCP, PPP_CONF_ACK, "0306c0a80007 8106c0a80035");
	assert_int_equal(r->ups, 1);
	/* Apple's own protocol. */
	rig_feed(r, 0x8235, 1, 1, "0102");
	rig_expect(r, PPP_LCP, PPP_PROTO_REJ, "8235 010100060102");
	rig_feed(r, PPP_LCP, PPP_ECHO_REQ, 9, "1a2b3c4d");
	assert_int_equal(rig_expect(r, PPP_LCP, PPP_ECHO_REP, NULL), 9);
	rig_silent(r);
	rig_free(r);
}

/* Address, control and the first byte of the protocol are compressed, as it announced. */
static void
test_pppd(void **state)
{
	struct rig *r = rig_new(0);
	uint8_t challenge[16], id;
	static const uint8_t ask[] = {
		0x80, 0x21, 1, 1, 0, 16, 2, 6, 0, 0x2d, 0x0f, 1, 3, 6, 0, 0, 0, 0};
	static const uint8_t ip[] = {0x21, 0x45, 0, 0, 20};
	static const uint8_t ipv6[] = {0x57, 0x60, 0, 0, 0};

	(void)state;
	/* It began before we did, and retransmits after 3 s. */
	rig_feed(r, PPP_LCP, PPP_CONF_REQ, 1, "020600000000 0506deadbeef 0702 0802");
	rig_silent(r);
	rig_lcp_up(r, "020600000000 0506deadbeef 0702 0802");
	id = rig_challenge(r, challenge);
	rig_respond(r, id, challenge, "user-01", "password123");
	rig_expect(r, PPP_CHAP, CHAP_SUCCESS, NULL);
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, "0306c0a800fe");
	rig_return(r, PPP_CONF_ACK);
	rig_input(r, ask, sizeof(ask));
	rig_expect(r, PPP_IPCP, PPP_CONF_REJ, "0206002d0f01");
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 2, "030600000000");
	rig_expect(r, PPP_IPCP, PPP_CONF_NAK, "0306c0a80007");
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 3, "0306c0a80007");
	rig_expect(r, PPP_IPCP, PPP_CONF_ACK, "0306c0a80007");
	assert_int_equal(r->ups, 1);
	assert_true(r->link.pfc && r->link.acfc);
	assert_int_equal(r->link.mtu, 1400); /* without MRU it is 1500, more than ours */
	rig_input(r, ip, sizeof(ip));
	rig_silent(r);
	rig_input(r, ipv6, sizeof(ipv6));
	rig_expect(r, PPP_LCP, PPP_PROTO_REJ, "0057 60000000");
	/* "User request" */
	rig_feed(r, PPP_LCP, PPP_TERM_REQ, 4, "557365722072657175657374");
	rig_expect(r, PPP_LCP, PPP_TERM_ACK, "");
	rig_assert_down(r, PPP_WHY_PEER, "User request");
	rig_free(r);
}

/* pppd under xl2tpd is started when the call is up, so our first request is lost. */
static void
test_xl2tpd(void **state)
{
	struct rig *r = rig_new(0);
	uint8_t challenge[16], id;
	uint64_t begin;

	(void)state;
	ppp_open(r->p);
	rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
	rig_wait(r, 400);
	rig_silent(r);
	begin = r->timers.now_ms;
	rig_feed(r, PPP_LCP, PPP_CONF_REQ, 1, "020600000000 0506deadbeef 0702 0802");
	rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
	rig_return(r, PPP_CONF_ACK);
	rig_expect(r, PPP_LCP, PPP_CONF_ACK, NULL);
	id = rig_challenge(r, challenge);
	rig_respond(r, id, challenge, "user-01", "password123");
	rig_expect(r, PPP_CHAP, CHAP_SUCCESS, NULL);
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, NULL);
	rig_return(r, PPP_CONF_ACK);
	/* CCP of a pppd that supports it ends without a loop. */
	rig_feed(r, PPP_CCP, PPP_CONF_REQ, 1, "1a0478001804780015032f");
	rig_expect(r, PPP_LCP, PPP_PROTO_REJ, "80fd 0101000f1a0478001804780015032f");
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, "030600000000 810600000000 830600000000");
	rig_expect(r, PPP_IPCP, PPP_CONF_REJ, "830600000000");
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 2, "030600000000 810600000000");
	rig_expect(r, PPP_IPCP, PPP_CONF_NAK, "0306c0a80007 8106c0a80035");
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 3, "0306c0a80007 8106c0a80035");
	rig_expect(r, PPP_IPCP, PPP_CONF_ACK, NULL);
	rig_silent(r);
	assert_int_equal(r->ups, 1);
	assert_int_equal(r->timers.now_ms, begin); /* no timer was needed */
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_iphone),
		cmocka_unit_test(test_pppd),
		cmocka_unit_test(test_xl2tpd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
