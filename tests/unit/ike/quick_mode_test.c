/* SPDX-License-Identifier: BSD-3-Clause */
/* Quick mode and informational exchanges inside an ISAKMP SA. */
#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gate.h"
#include "wire/isakmp.h"

#define ESP "aes128-sha1,aes256-sha256,3des-sha1,aes192-sha1,aes128-sha256,3des-sha256"

static int
setup(void **state)
{
	struct both *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	both_init(b, "aes256-sha1-modp2048", ESP);
	both_main_mode(b, false);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	both_fini(*state);
	free(*state);
	return 0;
}

static void
quick_mode(struct both *b, struct initiator_quick *q, const char *suite, enum dh_group group)
{
	struct init_msg m;
	unsigned ups = b->g.child_ups;

	initiator_qm1(&b->i, q, suite, group, 1701, 1701, &m);
	assert_int_equal(gate_input(&b->g, &m), 1);
	assert_int_equal(b->g.child_ups, ups);
	initiator_qm3(&b->i, q, gate_last(&b->g), &m);
	assert_int_equal(gate_input(&b->g, &m), 0);
	assert_int_equal(b->g.child_ups, ups + 1);
}

static void
keys_agree(const struct both *b, const struct initiator_quick *q)
{
	const struct ike_child *c = &b->g.child;

	assert_string_equal(c->suite->name, q->suite->name);
	assert_int_equal(c->spi_in, q->peer_spi);
	assert_int_equal(c->spi_out, q->spi);
	assert_int_equal(b->g.child_up_spi, c->spi_in);
	assert_memory_equal(c->in.cipher, q->in.cipher, q->suite->cipher_key_len);
	assert_memory_equal(c->in.auth, q->in.auth, q->suite->auth_key_len);
	assert_memory_equal(c->out.cipher, q->out.cipher, q->suite->cipher_key_len);
	assert_memory_equal(c->out.auth, q->out.auth, q->suite->auth_key_len);
}

static void
test_every_suite_and_rekey(void **state)
{
	static const char *const suites[] = {"aes128-sha1", "aes256-sha256", "3des-sha1",
		"aes192-sha1", "aes128-sha256", "3des-sha256", "aes128-sha1"};
	struct both *b = *state;

	/* Each one rekeys the previous one. */
	for (unsigned n = 0; n < sizeof(suites) / sizeof(suites[0]); n++) {
		struct initiator_quick q = {.message_id = 0x1000 + n, .spi = htonl(0xc0000000 + n)};

		quick_mode(b, &q, suites[n], 0);
		keys_agree(b, &q);
		assert_int_equal(b->g.child.life_s, 3600);
		assert_int_equal(b->g.child.life_kb, 250000);
		assert_int_equal(b->g.child.peer_port, htons(1701));
		assert_false(b->g.child.udp_encap);
	}
	assert_int_equal(b->g.childs, 7);
	assert_false(b->g.down);
}

static void
test_pfs(void **state)
{
	static const enum dh_group groups[] = {DH_MODP2048, DH_ECP256, DH_ECP384};
	struct both *b = *state;

	memcpy(b->g.config.pfs, groups, sizeof(groups));
	b->g.config.n_pfs = 3;
	for (unsigned n = 0; n < 3; n++) {
		struct initiator_quick q = {.message_id = 7 + n, .spi = htonl(0xd0000000 + n)};

		quick_mode(b, &q, "aes128-sha1", groups[n]);
		keys_agree(b, &q);
	}
}

/* Asserts that the refusal is sent, protected, and that the ISAKMP SA stays. */
static void
refused_with(struct both *b, const struct init_msg *m, unsigned notify)
{
	uint8_t type, body[INIT_MSG_MAX];
	size_t len;

	assert_int_equal(gate_input(&b->g, m), 1);
	initiator_info_open(&b->i, gate_last(&b->g), &type, body, &len);
	assert_int_equal(type, ISAKMP_NOTIFY);
	assert_true(len >= 8);
	assert_int_equal(body[6] << 8 | body[7], notify);
	assert_int_equal(b->g.childs, 0);
	assert_false(b->g.down);
}

static void
test_refused(void **state)
{
	struct initiator_quick q = {.message_id = 1, .spi = htonl(0xc0000001)};
	struct both *b = *state;
	struct init_msg m;

	/* PFS that is not configured. */
	initiator_qm1(&b->i, &q, "aes128-sha1", DH_MODP2048, 1701, 1701, &m);
	refused_with(b, &m, ISAKMP_NO_PROPOSAL_CHOSEN);
	dh_free(q.dh);
	q = (struct initiator_quick){.message_id = 2, .spi = htonl(0xc0000001)};
	initiator_qm1(&b->i, &q, "aes256-sha1", 0, 1701, 1701, &m);
	refused_with(b, &m, ISAKMP_NO_PROPOSAL_CHOSEN);
	/* A port other than that of L2TP. */
	q = (struct initiator_quick){.message_id = 3, .spi = htonl(0xc0000001)};
	initiator_qm1(&b->i, &q, "aes128-sha1", 0, 1701, 500, &m);
	refused_with(b, &m, ISAKMP_INVALID_ID_INFORMATION);
	/* After all that, a valid one. */
	q = (struct initiator_quick){.message_id = 4, .spi = htonl(0xc0000001)};
	quick_mode(b, &q, "aes128-sha1", 0);
}

static void
test_lost_and_repeated(void **state)
{
	struct initiator_quick q = {.message_id = 9, .spi = htonl(0xc0000009)};
	struct both *b = *state;
	struct init_msg qm1, qm2, qm3;

	initiator_qm1(&b->i, &q, "aes128-sha1", 0, 1701, 1701, &qm1);
	gate_input(&b->g, &qm1);
	qm2 = *gate_last(&b->g);
	/* Message 1 again: the same message 2, and no second pair. */
	assert_int_equal(gate_input(&b->g, &qm1), 1);
	assert_memory_equal(gate_last(&b->g)->b, qm2.b, qm2.len);
	assert_int_equal(b->g.childs, 1);
	/* Message 2 is retransmitted while message 3 does not arrive. */
	unsigned before = b->g.n_sent;
	for (uint64_t ms = 1000; ms <= 6000; ms += 100)
		timers_run(&b->g.timers, ms);
	assert_true(b->g.n_sent > before);
	assert_memory_equal(gate_last(&b->g)->b, qm2.b, qm2.len);
	initiator_qm3(&b->i, &q, &qm2, &qm3);
	gate_input(&b->g, &qm3);
	assert_int_equal(b->g.child_ups, 1);
	keys_agree(b, &q);
	/* Messages 3 and 1 again: no effect. */
	gate_input(&b->g, &qm3);
	gate_input(&b->g, &qm1);
	assert_int_equal(b->g.childs, 1);
	assert_int_equal(b->g.child_ups, 1);
	/* Nothing is retransmitted any more. */
	before = b->g.n_sent;
	for (uint64_t ms = 6000; ms <= 60000; ms += 1000)
		timers_run(&b->g.timers, ms);
	assert_int_equal(b->g.n_sent, before);
}

static void
test_qm3_never_comes(void **state)
{
	struct initiator_quick q = {.message_id = 9, .spi = htonl(0xc0000009)};
	struct both *b = *state;
	struct init_msg m;

	initiator_qm1(&b->i, &q, "aes128-sha1", 0, 1701, 1701, &m);
	gate_input(&b->g, &m);
	for (uint64_t ms = 1000; ms <= 120000; ms += 100)
		timers_run(&b->g.timers, ms);
	assert_int_equal(b->g.child_gones, 1);
	assert_false(b->g.down);
}

static void
test_cut_and_corrupt(void **state)
{
	struct initiator_quick q = {.message_id = 11, .spi = htonl(0xc0000011)};
	struct both *b = *state;
	struct init_msg m, bad;

	initiator_qm1(&b->i, &q, "aes128-sha1", 0, 1701, 1701, &m);
	for (size_t at = 0; at < m.len; at++) {
		/* The minor version is ignored, and no hash covers it. */
		if (at != 17) {
			bad = m;
			bad.b[at] ^= 1;
			gate_input(&b->g, &bad);
		}
		bad = m;
		bad.len = at;
		gate_input(&b->g, &bad);
		init_msg_end(&bad);
		gate_input(&b->g, &bad);
	}
	assert_int_equal(b->g.childs, 0);
	assert_false(b->g.down);
	assert_int_equal(gate_input(&b->g, &m), 1);
	assert_int_equal(b->g.childs, 1);
}

/* A quick mode as initiator is retransmitted until it is answered, and given up if it never is. */
static void
test_begun_by_us(void **state)
{
	struct initiator_quick q = {.message_id = 12, .spi = htonl(0xc0000012)}, r = {0};
	struct both *b = *state;
	struct init_msg qm1, qm2, bad;
	unsigned childs, ups, sent;

	/* There is no traffic to repeat yet. */
	assert_int_equal(ike_sa_rekey(b->g.sa, esp_suite_find("aes128-sha1")), -ENOTSUP);
	quick_mode(b, &q, "aes128-sha1", 0);
	childs = b->g.childs;
	ups = b->g.child_ups;
	r.suite = esp_suite_find("aes128-sha1");
	r.spi = htonl(0xc0000099);
	assert_int_equal(ike_sa_rekey(b->g.sa, r.suite), 0);
	qm1 = *gate_last(&b->g);
	sent = b->g.n_sent;
	timers_run(&b->g.timers, b->g.timers.now_ms + 1100);
	assert_int_equal(b->g.n_sent, sent + 1);
	assert_memory_equal(gate_last(&b->g)->b, qm1.b, qm1.len);
	initiator_qm2(&b->i, &r, &qm1, &qm2);
	for (size_t at = IKE_HEADER_LEN; at < qm2.len; at += 7) {
		bad = qm2;
		bad.b[at] ^= 1;
		assert_int_equal(gate_input(&b->g, &bad), 0);
	}
	assert_int_equal(b->g.childs, childs);
	assert_int_equal(gate_input(&b->g, &qm2), 1);
	initiator_qm3_check(&b->i, &r, gate_last(&b->g));
	assert_int_equal(b->g.childs, childs + 1);
	assert_int_equal(b->g.child.spi_out, r.spi);
	assert_int_equal(b->g.child.spi_in, r.peer_spi);
	assert_memory_equal(b->g.child.in.cipher, r.in.cipher, 16);
	assert_memory_equal(b->g.child.in.auth, r.in.auth, 20);
	assert_memory_equal(b->g.child.out.cipher, r.out.cipher, 16);
	/*
	 * The peer has no SAs until it has message 3, which may be lost. As long as it asks for it,
	 * nothing is sent on the new pair.
	 */
	for (unsigned i = 0; i < 4; i++) {
		timers_run(&b->g.timers, b->g.timers.now_ms + 4000);
		assert_int_equal(gate_input(&b->g, &qm2), 1);
		assert_int_equal(b->g.childs, childs + 1);
		assert_int_equal(b->g.child_ups, ups);
	}
	timers_run(&b->g.timers, b->g.timers.now_ms + 10000);
	assert_int_equal(b->g.child_ups, ups + 1);
	assert_int_equal(b->g.child_up_spi, r.peer_spi);
	assert_int_equal(gate_input(&b->g, &qm2), 1);
	assert_int_equal(b->g.child_ups, ups + 1);
	/* A quick mode that is never answered. */
	assert_int_equal(ike_sa_rekey(b->g.sa, r.suite), 0);
	for (unsigned i = 0; i < 60; i++)
		timers_run(&b->g.timers, b->g.timers.now_ms + 1000);
	assert_int_equal(b->g.released, 1);
	assert_int_equal(b->g.childs, childs + 1);
}

/* The peer has forgotten the SA: what was under way is released. */
static void
test_forgotten(void **state)
{
	struct both *b = *state;
	struct initiator_quick q = {.message_id = 41, .spi = htonl(0xc0000041)},
			       r = {.message_id = 42, .spi = htonl(0xc0000042)};
	struct init_msg m;

	quick_mode(b, &q, "aes128-sha1", 0);
	initiator_qm1(&b->i, &r, "aes128-sha1", 0, 1701, 1701, &m);
	assert_int_equal(gate_input(&b->g, &m), 1);
	assert_int_equal(ike_sa_rekey(b->g.sa, esp_suite_find("aes128-sha1")), 0);
	ike_sa_forget(b->g.sa);
	b->g.sa = NULL;
	assert_int_equal(b->g.child_gones, 1);
	assert_int_equal(b->g.released, 1);
	assert_false(b->g.down);
}

static void
test_delete(void **state)
{
	struct initiator_quick q = {.message_id = 12, .spi = htonl(0xc0000012)};
	uint8_t del[28] = {0, 0, 0, ISAKMP_DOI_IPSEC, ISAKMP_PROTO_ESP, 4, 0, 1};
	uint8_t type, body[INIT_MSG_MAX];
	struct both *b = *state;
	struct init_msg m;
	size_t len;
	be32 spi;

	quick_mode(b, &q, "aes128-sha1", 0);
	/* From the gateway. */
	spi = b->g.child.spi_in;
	ike_sa_send_delete_esp(b->g.sa, &spi, 1);
	initiator_info_open(&b->i, gate_last(&b->g), &type, body, &len);
	assert_int_equal(len, 12);
	assert_int_equal(body[4], ISAKMP_PROTO_ESP);
	assert_memory_equal(body + 8, &spi, 4);
	/* From the peer. */
	memcpy(del + 8, &q.spi, 4);
	initiator_info(&b->i, 100, ISAKMP_DELETE, del, 12, &m);
	assert_int_equal(gate_input(&b->g, &m), 0);
	assert_int_equal(b->g.deletes, 1);
	assert_int_equal(b->g.deleted_spi, q.spi);
	/* A replay has no effect. */
	gate_input(&b->g, &m);
	assert_int_equal(b->g.deletes, 1);
	/* For another ISAKMP SA. */
	del[4] = ISAKMP_PROTO_ISAKMP;
	del[5] = 16;
	memset(del + 8, 7, 16);
	initiator_info(&b->i, 102, ISAKMP_DELETE, del, 24, &m);
	gate_input(&b->g, &m);
	assert_false(b->g.down);
	assert_int_equal(b->g.isakmp_deletes, 1);
	assert_memory_equal(b->g.deleted_cookies, del + 8, 16);
	/* For this ISAKMP SA. */
	memcpy(del + 8, b->i.icookie, 8);
	memcpy(del + 16, b->i.rcookie, 8);
	initiator_info(&b->i, 101, ISAKMP_DELETE, del, 24, &m);
	gate_input(&b->g, &m);
	assert_true(b->g.down);
	assert_int_equal(b->g.why, IKE_WHY_PEER_DELETE);
}

static void
test_dpd_and_initial_contact(void **state)
{
	uint8_t notify[28] = {0, 0, 0, ISAKMP_DOI_IPSEC, ISAKMP_PROTO_ISAKMP, 16,
		ISAKMP_R_U_THERE >> 8, ISAKMP_R_U_THERE & 0xff};
	uint8_t type, body[INIT_MSG_MAX];
	struct both *b = *state;
	struct init_msg m;
	size_t len;

	memcpy(notify + 8, b->i.icookie, 8);
	memcpy(notify + 16, b->i.rcookie, 8);
	notify[27] = 77;
	initiator_info(&b->i, 200, ISAKMP_NOTIFY, notify, 28, &m);
	assert_int_equal(gate_input(&b->g, &m), 1);
	initiator_info_open(&b->i, gate_last(&b->g), &type, body, &len);
	assert_int_equal(len, 28);
	assert_int_equal(body[6] << 8 | body[7], ISAKMP_R_U_THERE_ACK);
	assert_int_equal(body[27], 77);
	notify[6] = ISAKMP_INITIAL_CONTACT >> 8;
	notify[7] = ISAKMP_INITIAL_CONTACT & 0xff;
	initiator_info(&b->i, 201, ISAKMP_NOTIFY, notify, 24, &m);
	gate_input(&b->g, &m);
	assert_int_equal(b->g.initial_contacts, 1);
	/* A corrupt one is ignored. */
	initiator_info(&b->i, 202, ISAKMP_NOTIFY, notify, 24, &m);
	m.b[m.len - 1] ^= 1;
	gate_input(&b->g, &m);
	assert_int_equal(b->g.initial_contacts, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_suite_and_rekey),
		TEST(test_pfs),
		TEST(test_refused),
		TEST(test_lost_and_repeated),
		TEST(test_qm3_never_comes),
		TEST(test_cut_and_corrupt),
		TEST(test_begun_by_us),
		TEST(test_forgotten),
		TEST(test_delete),
		TEST(test_dpd_and_initial_contact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
