/* SPDX-License-Identifier: BSD-3-Clause */
/* IPCP: the peer's address and no other, name servers, lost packets. */
#include "rig.h"

#define MAGIC "05061a2b3c4d"
#define OURS  "0306c0a800fe" /* LOCAL */
#define ADDR  "0306c0a80007" /* LEASE */
#define DNS2  "192.168.0.54"

/* Runs up to our first request, which is not answered. */
static struct rig *
begun(const char *dns1, const char *dns2)
{
	struct rig *r = rig_new(0);

	r->net.dns[0] = dns1 ? unit_addr(dns1) : 0;
	r->net.dns[1] = dns2 ? unit_addr(dns2) : 0;
	rig_auth_up(r, MAGIC);
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, OURS);
	return r;
}

/* The answer to a request. */
static void
test_answers(void **state)
{
	static const struct {
		const char *dns1, *dns2, *request;
		uint8_t code;
		const char *reply; /* NULL: nothing is sent */
	} cases[] = {
		{NULL, NULL, ADDR, PPP_CONF_ACK, ADDR},
		{NULL, NULL, "030600000000", PPP_CONF_NAK, ADDR},
		{NULL, NULL, "0306c0a80008", PPP_CONF_NAK, ADDR}, /* another one of the pool */
		{NULL, NULL, OURS, PPP_CONF_NAK, ADDR},
		{NULL, NULL, "03060a000001", PPP_CONF_NAK, ADDR},
		{NULL, NULL, "0306ffffffff", PPP_CONF_NAK, ADDR},
		{NULL, NULL, "", PPP_CONF_NAK, ADDR}, /* none at all */
		{NULL, NULL, "0302", PPP_CONF_NAK, ADDR},
		{NULL, NULL, "0305c0a800", PPP_CONF_NAK, ADDR},
		{NULL, NULL, "0307c0a8000700", PPP_CONF_NAK, ADDR},
		/* Name servers (RFC 1877). */
		{NULL, NULL, "030600000000 810600000000 830600000000", PPP_CONF_REJ,
			"810600000000 830600000000"},
		{DNS1, NULL, "030600000000 810600000000 830600000000", PPP_CONF_REJ,
			"830600000000"},
		{DNS1, DNS2, "030600000000 810600000000 830600000000", PPP_CONF_NAK,
			ADDR "8106c0a80035 8306c0a80036"},
		{DNS1, DNS2, ADDR "8306c0a80036 8106c0a80035", PPP_CONF_ACK,
			ADDR "8306c0a80036 8106c0a80035"},
		{DNS1, DNS2, ADDR "8106c0a80036", PPP_CONF_NAK, "8106c0a80035"},
		{DNS1, DNS2, ADDR "8105c0a800", PPP_CONF_NAK, "8106c0a80035"},
		{DNS1, DNS2, ADDR "810608080808 830600000000", PPP_CONF_NAK,
			"8106c0a80035 8306c0a80036"},
		{DNS1, DNS2, ADDR, PPP_CONF_ACK, ADDR}, /* a peer that does not ask is not told */
		/* There are no NetBIOS name servers. */
		{DNS1, NULL, ADDR "820600000000 840600000000", PPP_CONF_REJ,
			"820600000000 840600000000"},
		{DNS1, NULL, ADDR "8206c0a80035", PPP_CONF_REJ, "8206c0a80035"},
		/* Van Jacobson's compression, ROHC, the option of RFC 1172, unknown ones. */
		{NULL, NULL, "0206002d0f01 030600000000", PPP_CONF_REJ, "0206002d0f01"},
		{NULL, NULL, "020600030f01" ADDR, PPP_CONF_REJ, "020600030f01"},
		{NULL, NULL, "010a00000000 00000000", PPP_CONF_REJ, "010a00000000 00000000"},
		{NULL, NULL, "0406c0a80007" ADDR "9003ff", PPP_CONF_REJ, "0406c0a80007 9003ff"},
		/* Malformed lists. */
		{NULL, NULL, "0306c0a800", 0, NULL},
		{NULL, NULL, "0300", 0, NULL},
		{NULL, NULL, ADDR "81", 0, NULL},
		{NULL, NULL, ADDR "8101", 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *r = begun(cases[i].dns1, cases[i].dns2);

		rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 77, cases[i].request);
		if (cases[i].reply != NULL)
			assert_int_equal(
				rig_expect(r, PPP_IPCP, cases[i].code, cases[i].reply), 77);
		rig_silent(r);
		/* It has all that it needs. */
		assert_int_equal(r->ups, cases[i].reply != NULL && cases[i].code == PPP_CONF_ACK);
		rig_free(r);
	}
}

/* A peer that insists on another address does not get it. */
static void
test_insists(void **state)
{
	struct rig *r = begun(NULL, NULL);

	(void)state;
	rig_return(r, PPP_CONF_ACK);
	for (unsigned i = 1; i <= PPP_MAX_REFUSALS; i++) {
		assert_int_equal(r->downs, 0);
		rig_feed(r, PPP_IPCP, PPP_CONF_REQ, (uint8_t)i, "0306c0a80063");
		rig_expect(r, PPP_IPCP, PPP_CONF_NAK, ADDR);
	}
	rig_expect(r, PPP_LCP, PPP_TERM_REQ, NULL);
	rig_return(r, PPP_TERM_ACK);
	rig_assert_down(r, PPP_WHY_NEGOTIATE, "no agreement on ipcp options");
	assert_int_equal(r->ups, 0);
	rig_free(r);
}

/* A peer that never names an address is told it, and in the end is taken to know it. */
static void
test_never_asks(void **state)
{
	struct rig *r = begun(NULL, NULL);

	(void)state;
	rig_return(r, PPP_CONF_ACK);
	for (unsigned i = 0; i < PPP_MAX_FAILURE; i++) {
		rig_feed(r, PPP_IPCP, PPP_CONF_REQ, (uint8_t)i, "");
		rig_expect(r, PPP_IPCP, PPP_CONF_NAK, ADDR);
	}
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 9, "");
	rig_expect(r, PPP_IPCP, PPP_CONF_ACK, "");
	assert_int_equal(r->ups, 1);
	assert_int_equal(r->link.net.peer, unit_addr(LEASE));
	rig_free(r);
}

/* Our own address is not negotiable. */
static void
test_our_address(void **state)
{
	struct rig *r = begun(NULL, NULL);
	uint8_t id;

	(void)state;
	id = r->sent[r->next - 1].bytes[5];
	for (unsigned i = 1; i < PPP_MAX_FAILURE; i++) {
		rig_feed(r, PPP_IPCP, PPP_CONF_NAK, id, "03060a000001");
		id = rig_expect(r, PPP_IPCP, PPP_CONF_REQ, OURS);
	}
	/* The peer may reject the option. */
	rig_feed(r, PPP_IPCP, PPP_CONF_NAK, id, "03060a000001");
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, "");
	rig_return(r, PPP_CONF_ACK);
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, ADDR);
	assert_int_equal(r->ups, 1);
	assert_int_equal(r->link.net.local, unit_addr(LOCAL));
	rig_free(r);

	r = begun(NULL, NULL);
	rig_return(r, PPP_CONF_REJ);
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, "");
	rig_return(r, PPP_CONF_ACK);
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, ADDR);
	assert_int_equal(r->ups, 1);
	rig_free(r);

	/* Options that the peer suggests are not added. */
	r = begun(DNS1, NULL);
	rig_feed(r, PPP_IPCP, PPP_CONF_NAK, r->sent[r->next - 1].bytes[5],
		"810608080808 0206002d0f01");
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, OURS);
	rig_silent(r);
	rig_free(r);
}

/* Invalid answers: another identifier, another content, a duplicate. */
static void
test_stray_answers(void **state)
{
	struct rig *r = begun(NULL, NULL);
	uint8_t id = r->sent[r->next - 1].bytes[5];

	(void)state;
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, ADDR);
	rig_expect(r, PPP_IPCP, PPP_CONF_ACK, ADDR);
	rig_feed(r, PPP_IPCP, PPP_CONF_ACK, (uint8_t)(id - 1), OURS);
	rig_feed(r, PPP_IPCP, PPP_CONF_ACK, id, ADDR);
	rig_feed(r, PPP_IPCP, PPP_CONF_ACK, id, "");
	rig_feed(r, PPP_IPCP, PPP_CONF_REJ, id, "810600000000");
	rig_feed(r, PPP_IPCP, PPP_CONF_NAK, (uint8_t)(id + 1), ADDR);
	rig_silent(r);
	assert_int_equal(r->p->ipcp.cp.state, PPP_ACK_SENT);
	rig_feed(r, PPP_IPCP, PPP_CONF_ACK, id, OURS);
	assert_int_equal(r->p->ipcp.cp.state, PPP_OPENED);
	/* A late duplicate. */
	rig_feed(r, PPP_IPCP, PPP_CONF_ACK, id, OURS);
	rig_feed(r, PPP_IPCP, PPP_CONF_NAK, id, OURS);
	rig_silent(r);
	assert_int_equal(r->ups, 2);
	assert_int_equal(r->p->ipcp.cp.state, PPP_OPENED);
	rig_free(r);
}

static void
test_lost(void **state)
{
	struct rig *r = begun(NULL, NULL);
	uint8_t id = r->sent[r->next - 1].bytes[5];

	(void)state;
	/* Our request or its Ack is lost: the request is retransmitted with the same identifier. */
	rig_forget(r);
	rig_wait(r, 2900);
	/* The peer may lack our Success, too. */
	rig_expect(r, PPP_CHAP, CHAP_SUCCESS, NULL);
	rig_expect(r, PPP_CHAP, CHAP_SUCCESS, NULL);
	rig_silent(r);
	rig_feed(r, PPP_IPCP, PPP_CONF_ACK, 77, ""); /* proves that it has Success */
	rig_wait(r, 200);
	assert_int_equal(rig_expect(r, PPP_IPCP, PPP_CONF_REQ, OURS), id);
	rig_return(r, PPP_CONF_ACK);
	/* Our Nak is lost: the peer retransmits and gets it again. */
	for (unsigned i = 0; i < 2; i++) {
		rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, "030600000000");
		assert_int_equal(rig_expect(r, PPP_IPCP, PPP_CONF_NAK, ADDR), 1);
	}
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 2, ADDR);
	rig_expect(r, PPP_IPCP, PPP_CONF_ACK, ADDR);
	assert_int_equal(r->ups, 1);
	rig_silent(r);
	/*
	 * Our Ack is lost: the peer retransmits when we are open, and gets it again, without other
	 * effect.
	 */
	for (unsigned i = 0; i < PPP_MAX_REACKS; i++) {
		rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 2, ADDR);
		assert_int_equal(rig_expect(r, PPP_IPCP, PPP_CONF_ACK, ADDR), 2);
		rig_silent(r);
		assert_int_equal(r->ups, 1);
	}
	/* The peer insists: both renegotiate. */
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 2, ADDR);
	assert_int_not_equal(rig_expect(r, PPP_IPCP, PPP_CONF_REQ, OURS), id);
	rig_return(r, PPP_CONF_ACK);
	assert_int_equal(rig_expect(r, PPP_IPCP, PPP_CONF_ACK, ADDR), 2);
	rig_silent(r);
	assert_int_equal(r->p->ipcp.cp.state, PPP_OPENED);
	assert_int_equal(r->addresses, 1);
	assert_int_equal(r->link.net.peer, unit_addr(LEASE));
	assert_int_equal(r->downs, 0);
	rig_free(r);
}

/*
 * The peer's Acks are lost, but it sends what is sent in Opened only. If we retransmitted our
 * requests, it would negotiate again.
 */
static void
test_acks_lost(void **state)
{
	struct rig *r = rig_new(0);
	uint8_t challenge[16], id;

	(void)state;
	ppp_open(r->p);
	rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
	rig_feed(r, PPP_LCP, PPP_CONF_REQ, 1, MAGIC);
	rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
	rig_expect(r, PPP_LCP, PPP_CONF_ACK, MAGIC);
	rig_feed(r, PPP_LCP, PPP_ECHO_REQ, 0, "1a2b3c4d");
	id = rig_challenge(r, challenge);
	rig_expect(r, PPP_LCP, PPP_ECHO_REP, NULL);
	rig_respond(r, id, challenge, "user-01", "password123");
	rig_expect(r, PPP_CHAP, CHAP_SUCCESS, NULL);
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, OURS);
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, ADDR);
	rig_expect(r, PPP_IPCP, PPP_CONF_ACK, ADDR);
	assert_int_equal(r->ups, 1);
	rig_wait(r, 1000);
	ppp_heard(r->p); /* may have been sent before */
	assert_int_equal(r->p->ipcp.cp.state, PPP_ACK_SENT);
	rig_wait(r, 1000);
	ppp_heard(r->p);
	assert_int_equal(r->p->ipcp.cp.state, PPP_OPENED);
	rig_wait(r, 20000);
	rig_silent(r);
	assert_int_equal(r->downs, 0);
	rig_free(r);
}

/* The peer does not answer at all. */
static void
test_silence(void **state)
{
	struct rig *r = begun(NULL, NULL);
	unsigned requests = 0;

	(void)state;
	rig_forget(r);
	rig_wait(r, 29000);
	/* The peer does not prove either that it has our Success. */
	for (unsigned i = 0; i < r->n_sent; i++)
		requests += r->sent[i].bytes[2] == PPP_IPCP >> 8;
	assert_int_equal(requests, PPP_MAX_CONFIGURE - 1);
	assert_int_equal(r->n_sent - requests, PPP_MAX_CONFIGURE - 1);
	assert_int_equal(r->downs, 0);
	rig_wait(r, 1100);
	assert_int_equal(r->sent[r->n_sent - 1].bytes[4], PPP_TERM_REQ);
	rig_wait(r, 7000);
	rig_assert_down(r, PPP_WHY_NEGOTIATE, "no answer to IPCP");
	rig_free(r);
}

/* A packet before the network phase is not answered; its retransmission is. */
static void
test_early(void **state)
{
	struct rig *r = rig_new(0);
	uint8_t challenge[16], id;

	(void)state;
	rig_lcp_up(r, MAGIC);
	id = rig_challenge(r, challenge);
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, "030600000000");
	rig_silent(r);
	rig_respond(r, id, challenge, "user-01", "password123");
	rig_expect(r, PPP_CHAP, CHAP_SUCCESS, NULL);
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, OURS);
	rig_silent(r);
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, "030600000000");
	rig_expect(r, PPP_IPCP, PPP_CONF_NAK, ADDR);
	rig_free(r);
}

/* No address is free yet: the peer's request is answered when one is. */
static void
test_wait_for_address(void **state)
{
	struct rig *r = rig_new(0);

	(void)state;
	r->address_rc = -EAGAIN;
	rig_auth_up(r, MAGIC);
	rig_silent(r);
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, "030600000000 820600000000");
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 2, "030600000000");
	rig_silent(r);
	rig_wait(r, 3000);
	ppp_address_ready(r->p); /* another client was faster */
	assert_int_equal(r->addresses, 2);
	rig_silent(r);
	r->address_rc = 0;
	ppp_address_ready(r->p);
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, OURS);
	rig_return(r, PPP_CONF_ACK);
	assert_int_equal(rig_expect(r, PPP_IPCP, PPP_CONF_NAK, ADDR), 2);
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 3, ADDR);
	rig_expect(r, PPP_IPCP, PPP_CONF_ACK, ADDR);
	rig_silent(r);
	assert_int_equal(r->ups, 1);
	/* It no longer waits. */
	ppp_address_ready(r->p);
	assert_int_equal(r->addresses, 3);
	rig_silent(r);
	rig_free(r);

	/* The peer leaves meanwhile, or renegotiates. */
	r = rig_new(0);
	r->address_rc = -EAGAIN;
	rig_auth_up(r, MAGIC);
	rig_feed(r, PPP_LCP, PPP_TERM_REQ, 1, "");
	rig_expect(r, PPP_LCP, PPP_TERM_ACK, NULL);
	ppp_address_ready(r->p);
	rig_silent(r);
	assert_int_equal(r->addresses, 1);
	rig_free(r);

	r = rig_new(0);
	r->address_rc = -EAGAIN;
	rig_auth_up(r, MAGIC);
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, "030600000000");
	rig_feed(r, PPP_LCP, PPP_CONF_REQ, 9, MAGIC);
	rig_forget(r);
	ppp_address_ready(r->p);
	rig_silent(r);
	assert_int_equal(r->addresses, 1);
	rig_free(r);
}

static void
test_no_address(void **state)
{
	struct rig *r = rig_new(0);

	(void)state;
	r->address_rc = -ENOSPC;
	rig_auth_up(r, MAGIC);
	rig_expect(r, PPP_LCP, PPP_TERM_REQ, "");
	rig_return(r, PPP_TERM_ACK);
	rig_assert_down(r, PPP_WHY_NO_ADDRESS, "");
	rig_free(r);

	/* No address becomes available. */
	r = rig_new(0);
	r->address_rc = -EAGAIN;
	rig_auth_up(r, MAGIC);
	r->address_rc = -ENOSPC;
	ppp_address_ready(r->p);
	rig_expect(r, PPP_LCP, PPP_TERM_REQ, "");
	rig_silent(r);
	rig_wait(r, 7000);
	rig_assert_down(r, PPP_WHY_NO_ADDRESS, "");
	rig_free(r);
}

static void
test_terminated(void **state)
{
	struct rig *r = rig_new(0);

	(void)state;
	rig_up(r, MAGIC);
	rig_feed(r, PPP_IPCP, PPP_TERM_REQ, 5, "");
	assert_int_equal(rig_expect(r, PPP_IPCP, PPP_TERM_ACK, ""), 5);
	rig_expect(r, PPP_LCP, PPP_TERM_REQ, NULL);
	rig_return(r, PPP_TERM_ACK);
	rig_assert_down(r, PPP_WHY_PEER, "the peer terminated IPCP");
	rig_free(r);

	/* The peer rejects basic codes of IPCP. */
	r = rig_new(0);
	rig_up(r, MAGIC);
	rig_feed(r, PPP_IPCP, PPP_CODE_REJ, 5, "01010004");
	rig_wait(r, 20000);
	rig_assert_down(r, PPP_WHY_NEGOTIATE, "the peer rejects ipcp ConfReq");
	rig_free(r);
}

/* The owner closes the link inside an event: no packets of IPCP follow. */
static void
test_close_in_events(void **state)
{
	struct rig *r = rig_new(0);

	(void)state;
	r->close_in_address = true;
	rig_auth_up(r, MAGIC);
	rig_expect(r, PPP_LCP, PPP_TERM_REQ, "6e6f");
	rig_silent(r);
	rig_wait(r, 7000);
	rig_assert_down(r, PPP_WHY_LOCAL, "no");
	assert_int_equal(r->ups, 0);
	rig_free(r);

	r = rig_new(0);
	r->close_in_up = true;
	rig_auth_up(r, MAGIC);
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, NULL);
	rig_return(r, PPP_CONF_ACK);
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, ADDR);
	rig_expect(r, PPP_IPCP, PPP_CONF_ACK, NULL);
	rig_expect(r, PPP_LCP, PPP_TERM_REQ, "6e6f");
	rig_silent(r);
	rig_wait(r, 7000);
	rig_assert_down(r, PPP_WHY_LOCAL, "no");
	assert_int_equal(r->ups, 1);
	rig_free(r);
}

/* The largest packet to send is the smaller of both limits. */
static void
test_mtu(void **state)
{
	static const struct {
		const char *options;
		uint16_t mtu;
	} cases[] = {
		{"", 1400}, /* no MRU: 1500 */
		{"010405dc", 1400},
		{"01040578", 1400},
		{"01040577", 1399},
		{"01040240", 576},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *r = rig_new(0);

		rig_up(r, cases[i].options);
		assert_int_equal(r->link.mtu, cases[i].mtu);
		rig_free(r);
	}
}

/* With any packets lost in either direction, a client that retransmits as in RFC 1661 connects. */
struct client {
	uint32_t seed;
	unsigned percent; /* lost */
	uint8_t id;
	bool acked; /* its request was acknowledged */
	char request[64];
};

static bool
is_lost(struct client *c)
{
	c->seed = c->seed * 1103515245 + 12345;
	return (c->seed >> 16) % 100 < c->percent;
}

static void
client_say(struct rig *r, uint8_t code, uint8_t id, const char *hex)
{
	if (!is_lost(r->net_arg))
		rig_feed(r, PPP_IPCP, code, id, hex);
}

static void
client_hear(struct rig *r, struct rig_frame f)
{
	struct client *c = r->net_arg;

	if (f.bytes[2] != 0x80 || is_lost(c))
		return;
	switch (f.bytes[4]) {
	case PPP_CONF_REQ:
		f.bytes[4] = PPP_CONF_ACK;
		if (!is_lost(c))
			rig_input(r, f.bytes, f.len);
		break;
	case PPP_CONF_ACK:
		c->acked |= f.bytes[5] == c->id;
		break;
	case PPP_CONF_NAK:
		if (f.bytes[5] == c->id) {
			assert_int_equal(f.len, 14);
			snprintf(c->request, sizeof(c->request), "0306%02x%02x%02x%02x",
				f.bytes[10], f.bytes[11], f.bytes[12], f.bytes[13]);
			c->id++;
		}
		break;
	default:
		fail_msg("code %u", f.bytes[4]);
	}
}

static void
client_turn(struct rig *r)
{
	struct client *c = r->net_arg;

	if (!c->acked)
		client_say(r, PPP_CONF_REQ, c->id, c->request);
	rig_wait(r, 3000);
	while (r->next < r->n_sent)
		client_hear(r, r->sent[r->next++]);
	rig_forget(r);
}

static void
test_lossy(void **state)
{
	unsigned through = 0;

	(void)state;
	for (uint32_t seed = 1; seed <= 200; seed++) {
		struct client c = {.seed = seed * 2654435761u,
			.percent = 20,
			.id = 1,
			.request = "030600000000"};
		struct rig *r = begun(NULL, NULL);
		const struct ppp_cp *cp = &r->p->ipcp.cp;

		r->net_arg = &c;
		for (unsigned i = 0; i < 9 && (!c.acked || cp->state != PPP_OPENED); i++)
			client_turn(r);
		assert_int_equal(r->downs, 0);
		if (c.acked)
			assert_string_equal(c.request, ADDR);
		if (r->ups > 0)
			assert_int_equal(r->link.net.peer, unit_addr(LEASE));
		through += c.acked && cp->state == PPP_OPENED;
		rig_free(r);
	}
	/* Nine attempts may be too few occasionally. */
	if (through < 195)
		fail_msg("%u of 200", through);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_insists),
		cmocka_unit_test(test_never_asks),
		cmocka_unit_test(test_our_address),
		cmocka_unit_test(test_stray_answers),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_acks_lost),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_wait_for_address),
		cmocka_unit_test(test_no_address),
		cmocka_unit_test(test_terminated),
		cmocka_unit_test(test_close_in_events),
		cmocka_unit_test(test_mtu),
		cmocka_unit_test(test_lossy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
