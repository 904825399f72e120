/* SPDX-License-Identifier: BSD-3-Clause */
/* Stateless answers to message 1, and the SA that message 3 makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gate.h"
#include "ike_first.h"

static struct ike_firsts firsts;

/* The owner learns message 1 in the event `up`, and before. */
static void
on_up(void *arg, struct ike_sa *sa)
{
	struct timers *timers = arg;

	ike_firsts_learn(&firsts, sa, timers->now_ms);
}

static struct init_msg sent;
static unsigned n_sent;

static void
on_send(void *arg, struct ike_sa *sa, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len)
{
	(void)arg;
	(void)sa;
	(void)local;
	(void)remote;
	memcpy(sent.b, msg, len);
	sent.len = len;
	n_sent++;
}

static const struct ike_events events = {.send = on_send, .up = on_up};

static struct ike_sa *
sa_new(struct gate *g)
{
	return ike_sa_new(
		&g->config, &g->timers, &events, &g->timers, &g->local, &g->remote, "test");
}

static void
input(struct gate *g, struct ike_sa *sa, const struct init_msg *m)
{
	ike_sa_input(sa, &g->local, &g->remote, m->b, m->len);
}

/* Runs messages 3 to 6 with an SA that has sent message 2, which is in sent. */
static void
finish(struct gate *g, struct initiator *i, struct ike_sa *sa, const struct init_msg *mm3)
{
	struct ike_sa_info info;
	struct init_msg m;

	input(g, sa, mm3);
	initiator_mm5(i, &sent, false, &m);
	input(g, sa, &m);
	initiator_mm6(i, &sent);
	ike_sa_info(sa, &info);
	assert_true(info.up);
}

static void
init(struct gate *g)
{
	gate_init(g, "secret123", "aes256-sha1-modp2048,aes128-sha1-ecp256", "aes128-sha1");
	ike_firsts_init(&firsts, g->timers.now_ms);
}

/* Connects a client of the same kind. */
static void
learn(struct gate *g)
{
	struct initiator i;
	struct init_msg m;
	struct ike_sa *sa = sa_new(g);

	initiator_init(&i, "aes128-sha1-ecp256", "secret123");
	initiator_mm1(&i, &m);
	input(g, sa, &m);
	initiator_mm3(&i, &sent, &m);
	finish(g, &i, sa, &m);
	ike_sa_free(sa);
	initiator_fini(&i);
}

static size_t
answer(struct gate *g, const struct init_msg *m)
{
	sent.len = ike_firsts_answer(
		&firsts, g->timers.now_ms, &g->local, &g->remote, m->b, m->len, sent.b);
	return sent.len;
}

static size_t
recall(struct gate *g, const struct ip_end *remote, const struct init_msg *mm3,
	struct ike_header *h, uint8_t *first)
{
	assert_true(ike_header_read(mm3->b, mm3->len, h));
	return ike_firsts_recall(&firsts, g->timers.now_ms, &g->local, remote, h, first);
}

static void
test_connects(void **state)
{
	static struct gate g;
	uint8_t first[IKE_FIRST_MAX];
	struct initiator i;
	struct ike_header h;
	struct init_msg m;
	struct ike_sa *sa;
	unsigned before;
	size_t n;

	(void)state;
	init(&g);
	initiator_init(&i, "aes128-sha1-ecp256", "secret123");
	initiator_mm1(&i, &m);
	assert_int_equal(answer(&g, &m), 0); /* not known yet */
	learn(&g);
	assert_true(answer(&g, &m) > 0);
	initiator_mm3(&i, &sent, &m);
	n = recall(&g, &g.remote, &m, &h, first);
	assert_true(n > 0);
	sa = sa_new(&g);
	before = n_sent;
	assert_true(ike_sa_resume(sa, h.rcookie, &g.local, &g.remote, first, n));
	assert_int_equal(n_sent, before); /* message 2 was sent before */
	finish(&g, &i, sa, &m);
	ike_sa_free(sa);
	initiator_fini(&i);
	ike_firsts_fini(&firsts);
	gate_fini(&g);
}

/* The same message has the same answer each time, so that the client may use any of them. */
static void
test_repeats(void **state)
{
	static struct gate g;
	struct initiator i;
	struct init_msg m, before;

	(void)state;
	init(&g);
	learn(&g);
	initiator_init(&i, "aes128-sha1-ecp256", "secret123");
	initiator_mm1(&i, &m);
	answer(&g, &m);
	before = sent;
	answer(&g, &m);
	assert_memory_equal(before.b, sent.b, sent.len);
	m.b[0] ^= 1; /* the cookie of another client: another one of ours */
	answer(&g, &m);
	assert_memory_not_equal(before.b + 8, sent.b + 8, 8);
	m.b[m.len - 1] ^= 1; /* not the message that was learned */
	assert_int_equal(answer(&g, &m), 0);
	initiator_fini(&i);
	ike_firsts_fini(&firsts);
	gate_fini(&g);
}

/*
 * A cookie is valid only with the end and the client's cookie that it was made for, and not for
 * long.
 */
static void
test_forged(void **state)
{
	static struct gate g;
	uint8_t first[IKE_FIRST_MAX];
	struct ip_end other;
	struct initiator i;
	struct ike_header h;
	struct init_msg m;

	(void)state;
	init(&g);
	learn(&g);
	initiator_init(&i, "aes128-sha1-ecp256", "secret123");
	initiator_mm1(&i, &m);
	answer(&g, &m);
	initiator_mm3(&i, &sent, &m);
	other = g.remote;
	other.addr ^= htonl(1);
	assert_int_equal(recall(&g, &other, &m, &h, first), 0);
	other = g.remote;
	other.port ^= htons(1);
	assert_int_equal(recall(&g, &other, &m, &h, first), 0);
	for (unsigned at = 0; at < 16; at++) {
		m.b[at] ^= 4;
		assert_int_equal(recall(&g, &g.remote, &m, &h, first), 0);
		m.b[at] ^= 4;
	}
	g.timers.now_ms += IKE_FIRST_SECRET_MS;
	assert_true(recall(&g, &g.remote, &m, &h, first) > 0);
	g.timers.now_ms += IKE_FIRST_SECRET_MS;
	assert_int_equal(recall(&g, &g.remote, &m, &h, first), 0);
	initiator_fini(&i);
	ike_firsts_fini(&firsts);
	gate_fini(&g);
}

/* Messages of strangers are learned at once, but do not replace those that led to an SA. */
static void
test_strangers(void **state)
{
	static struct gate g;
	struct initiator i;
	struct init_msg m;

	(void)state;
	init(&g);
	learn(&g);
	initiator_init(&i, "aes256-sha1-modp2048", "secret123");
	initiator_mm1(&i, &m);
	init_msg_payload(&m, 13, "stranger0", 9);
	init_msg_end(&m);
	for (unsigned n = 0; n < 2 * IKE_FIRSTS; n++) {
		struct ike_sa *sa = sa_new(&g);

		m.b[m.len - 1] = (uint8_t)n;
		assert_int_equal(answer(&g, &m), 0);
		input(&g, sa, &m);
		ike_firsts_learn(&firsts, sa, ++g.timers.now_ms);
		assert_true(answer(&g, &m) > 0);
		ike_sa_free(sa);
	}
	m.b[m.len - 1] = 0;
	assert_int_equal(answer(&g, &m), 0);
	initiator_fini(&i);
	initiator_init(&i, "aes128-sha1-ecp256", "secret123");
	initiator_mm1(&i, &m);
	assert_true(answer(&g, &m) > 0);
	initiator_fini(&i);
	ike_firsts_fini(&firsts);
	gate_fini(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connects),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
