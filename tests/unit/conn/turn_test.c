/* SPDX-License-Identifier: BSD-3-Clause */
/* Many things at once: what ends in a turn is freed at its end. */
#include <string.h>

#include "conn_ike.h"
#include "ipv4.h"
#include "loop.h"
#include "rig.h"

/* --- a peer with many ISAKMP SAs, made of the gateway's own ike_sa ---------------------------- */

enum {
	PEER_SAS = CONN_IKES_MAX + 4,
	MESSAGE_MAX = 1024,
	EXCHANGE_AT = 18, /* in an ISAKMP header (RFC 2408, 3.1) */
	FLAGS_AT = 19,
	ENCRYPTED = 1,
};

struct peer;

struct peer_sa {
	struct peer *peer;
	struct ike_sa *sa; /* NULL when it has ended */
	bool up;
	/* Its last message of main mode, until peer_let_go(). */
	uint8_t held[MESSAGE_MAX];
	size_t held_len;
};

struct peer {
	struct rig *r;
	struct ip_end self, gateway;
	struct peer_sa sas[PEER_SAS];
	unsigned n;
	bool hold; /* main mode goes no further than to its last message */
};

static struct peer *listening; /* to what the gateway sends */

static void
peer_send(void *arg, struct ike_sa *sa, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len)
{
	struct peer_sa *s = arg;

	(void)sa;
	if (s->peer->hold && msg[EXCHANGE_AT] == IKE_MAIN_MODE && msg[FLAGS_AT] & ENCRYPTED) {
		assert_true(len <= sizeof(s->held));
		memcpy(s->held, msg, len);
		s->held_len = len;
		return;
	}
	rig_ike_from(s->peer->r, local, ntohs(remote->port), msg, len);
}

static void
peer_up(void *arg, struct ike_sa *sa)
{
	struct peer_sa *s = arg;

	(void)sa;
	s->up = true;
}

static void
peer_down(void *arg, struct ike_sa *sa, enum ike_why why)
{
	struct peer_sa *s = arg;

	(void)sa;
	(void)why;
	s->sa = NULL;
	s->up = false;
}

static void
peer_contact(void *arg, struct ike_sa *sa)
{
	(void)arg;
	(void)sa;
}

static const struct ike_events peer_events = {
	.send = peer_send,
	.up = peer_up,
	.initial_contact = peer_contact,
	.down = peer_down,
};

static struct peer_sa *
peer_slot(struct peer *p)
{
	struct peer_sa *s = &p->sas[p->n++];

	assert_true(p->n <= PEER_SAS);
	s->peer = p;
	return s;
}

/* Main mode with the gateway. */
static void
peer_begin(struct peer *p)
{
	const struct ike_peer gateway = {
		.local = p->self,
		.remote = p->gateway,
		.suite = p->r->config.ike.suites[0],
		.id = RIG_WAN,
		.client = "",
	};
	struct peer_sa *s = peer_slot(p);

	s->sa = ike_sa_renew(&p->r->config.ike, &p->r->timers, &peer_events, s, &gateway, "peer");
	assert_non_null(s->sa);
}

static struct peer_sa *
peer_find(struct peer *p, const struct ike_header *h)
{
	struct ike_sa_info info;

	for (unsigned i = 0; i < p->n; i++) {
		if (p->sas[i].sa == NULL)
			continue;
		ike_sa_info(p->sas[i].sa, &info);
		if (memcmp(info.icookie, h->icookie, 8) == 0)
			return &p->sas[i];
	}
	return NULL;
}

static bool
peer_tap(struct rig *r, const struct fake_packet *f)
{
	struct peer *p = listening;
	struct ike_header h;
	struct peer_sa *s;
	struct ipv4 ip;
	struct udp udp;

	(void)r;
	if (f->call != FAKE_INJECT_IP || f->net != DP_WAN || !ipv4_read(f->bytes, f->len, &ip) ||
		!udp_read(&ip, &udp) || !ike_header_read(udp.payload, udp.payload_len, &h))
		return true;
	s = peer_find(p, &h);
	if (s == NULL && h.exchange == IKE_MAIN_MODE) {
		s = peer_slot(p);
		s->sa = ike_sa_new(&p->r->config.ike, &p->r->timers, &peer_events, s, &p->self,
			&p->gateway, "peer");
		assert_non_null(s->sa);
	}
	if (s != NULL)
		ike_sa_input(s->sa, &udp.dst, &udp.src, udp.payload, udp.payload_len);
	return false;
}

/* The held message is there before the gateway's next turn. */
static void
peer_let_go(struct peer *p, unsigned i)
{
	assert_true(p->sas[i].held_len > 0);
	fake_dp_wan_udp(p->r->dp, &p->self, &p->gateway, p->sas[i].held, p->sas[i].held_len);
}

static void
peer_free(struct peer *p)
{
	for (unsigned i = 0; i < p->n; i++)
		ike_sa_free(p->sas[i].sa);
	listening = NULL;
}

/* --- stories ---------------------------------------------------------------------------------- */

/*
 * A main mode that the gateway began is done in the same millisecond in which the peer ends so many
 * of its own that the oldest must go: the gateway's stands behind them in the list, and is as old
 * as they are.
 */
static void
test_surplus_at_once(void **state)
{
	struct rig *r = rig_new(NULL);
	struct peer p = {
		.r = r, .self = rig_end(RIG_OUTSIDE, 500), .gateway = rig_end(RIG_WAN, 500)};
	struct ike_peer back;
	struct conn_ike *ours;
	struct conn *c;

	(void)state;
	listening = &p;
	r->tap = peer_tap;
	peer_begin(&p);
	rig_run(r, 1000, NULL);
	assert_true(p.sas[0].up);
	c = clients_next(&r->gw.clients, NULL);
	assert_non_null(c);
	p.hold = true;
	/* Begun before the peer's, so behind them in the list, and the last to come up. */
	assert_true(ike_sa_peer(conn_ike_next(c, NULL)->sa, &back));
	conn_ike_begin(c, &back);
	ours = conn_ike_next(c, NULL);
	for (unsigned i = 0; i < CONN_IKES_MAX; i++)
		peer_begin(&p);
	rig_run(r, 1000, NULL);
	assert_int_equal(p.n, 1 + CONN_IKES_MAX + 1);
	assert_false(ours->up);
	/* In one turn: SA 1 to 8 are the peer's, what answers the gateway's comes behind them. */
	for (unsigned i = 1; i <= CONN_IKES_MAX; i++)
		peer_let_go(&p, i);
	peer_let_go(&p, 1 + CONN_IKES_MAX);
	p.hold = false;
	rig_run(r, RIG_STEP_MS, NULL);
	assert_true(ours->up);
	assert_int_equal(rig_conns(r), 1);
	assert_int_equal(rig_ikes(c), CONN_IKES_MAX);
	assert_int_equal(fake_log_count("ike: the oldest ISAKMP SA ended"), 2);
	rig_run(r, 1000, NULL);
	/* The peer was told of each that ended. */
	for (unsigned i = 0, n = 0; i < p.n; i++) {
		n += p.sas[i].up;
		assert_true(n <= CONN_IKES_MAX);
	}
	peer_free(&p);
	rig_free(r);
}

/* A client that waits for an address does not get that of a session which ends with all others. */
static void
test_shut_down_while_one_waits(void **state)
{
	const struct rig_setup one = {.pools = "  - 192.168.0.1-192.168.0.2\n"};
	struct rig *r = rig_new(&one);
	struct rig_client *waits;
	unsigned ups;

	(void)state;
	rig_connect(rig_client(r, "strongswan"));
	/* Whether the other address is free is not known when the second client comes. */
	segments_doubt(&r->gw.segments);
	waits = rig_client(r, "strongswan");
	client_connect(waits->c);
	rig_run(r, 2000, NULL);
	assert_int_equal(fake_log_count("waiting for an address"), 1);
	ups = fake_log_count("session up");
	loop_shut_down(&r->gw);
	assert_int_equal(rig_conn(waits)->lease, 0);
	RIG_WAIT(r, 20000, rig_no_conns);
	assert_int_equal(fake_log_count("session up"), ups);
	assert_int_equal(fake_log_count("conn 2 10.0.0.2: ppp: sent ipcp ConfReq"), 0);
	rig_free(r);
}

/* The same when all end without a word. */
static void
test_drop_while_one_waits(void **state)
{
	const struct rig_setup one = {.pools = "  - 192.168.0.1-192.168.0.2\n"};
	struct rig *r = rig_new(&one);
	struct rig_client *waits;

	(void)state;
	rig_connect(rig_client(r, "strongswan"));
	segments_doubt(&r->gw.segments);
	waits = rig_client(r, "strongswan");
	client_connect(waits->c);
	rig_run(r, 2000, NULL);
	assert_int_equal(fake_log_count("waiting for an address"), 1);
	assert_int_equal(clients_drop(&r->gw.clients, "a test ends all"), 2);
	assert_int_equal(rig_conns(r), 0);
	rig_run(r, RIG_STEP_MS, NULL);
	assert_int_equal(fake_log_count("conn 2 10.0.0.2: ppp: sent ipcp ConfReq"), 0);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_surplus_at_once),
		RIG_TEST(test_shut_down_while_one_waits),
		RIG_TEST(test_drop_while_one_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
