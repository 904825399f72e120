/* SPDX-License-Identifier: BSD-3-Clause */
/* MS-CHAPv2 as authenticator: right, wrong, repeated, late and malformed Responses. */
#include "rig.h"

#define MAGIC "05061a2b3c4d"

/* Runs up to the Challenge. */
static struct rig *
challenged(uint8_t challenge[16], uint8_t *id)
{
	struct rig *r = rig_new(0);

	rig_lcp_up(r, MAGIC);
	*id = rig_challenge(r, challenge);
	return r;
}

/* Expects a CHAP answer with this identifier and returns its text. */
static const char *
answer(struct rig *r, uint8_t code, uint8_t id)
{
	static char text[256];
	struct rd data;

	assert_int_equal(rig_expect(r, PPP_CHAP, code, NULL), id);
	data = rig_seen(r);
	assert_true(rd_left(&data) < sizeof(text));
	memcpy(text, data.p, rd_left(&data));
	text[rd_left(&data)] = '\0';
	return text;
}

/* Expects a Failure that allows a retry, and takes the challenge for it. */
static void
expect_retry(struct rig *r, uint8_t id, uint8_t challenge[16])
{
	const char *text = answer(r, CHAP_FAILURE, id);
	uint8_t old[16];
	char hex[33];

	memcpy(old, challenge, 16);
	/* RFC 2759, 6: E=eeeeeeeeee R=r C=cccccccccccccccccccccccccccccccc V=vvvvvvvvvv M=<msg> */
	assert_memory_equal(text, "E=691 R=1 C=", 12);
	memcpy(hex, text + 12, 32);
	hex[32] = '\0';
	assert_int_equal(strspn(hex, "0123456789ABCDEF"), 32);
	assert_int_equal(unit_hex(hex, challenge, 16), 16);
	assert_string_equal(text + 44, " V=3 M=wrong user name or password");
	assert_memory_not_equal(challenge, old, 16);
}

/* The example of RFC 2759, 9.2. */
static void
test_vectors(void **state)
{
	uint8_t challenge[16], id;
	struct rig *r = challenged(challenge, &id);

	(void)state;
	r->user = "User";
	r->password = "clientPass";
	unit_hex("5b5d7c7d7b3f2f3e3c2c602132262628", r->p->chap.challenge, 16);
	rig_feed(r, PPP_CHAP, CHAP_RESPONSE, id,
		"31 21402324255e262a28295f2b3a337c7e 0000000000000000"
		"82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df 00 55736572");
	assert_string_equal(answer(r, CHAP_SUCCESS, id),
		"S=407A5589115FD0D6209F510FE9C04566932CDA56 M=Welcome");
	assert_string_equal(r->auth.user, "User");
	assert_string_equal(r->p->user, "User");
	assert_int_equal(r->p->phase, PPP_NETWORK);
	rig_free(r);
}

static void
test_retry(void **state)
{
	uint8_t challenge[16], first[16], id;
	struct rig *r = challenged(challenge, &id);

	(void)state;
	memcpy(first, challenge, 16);
	rig_respond(r, id, challenge, "user-01", "passwort123");
	expect_retry(r, id, challenge);
	assert_string_equal(r->p->user, "");
	/* The right password with the previous challenge. */
	rig_respond(r, (uint8_t)(id + 1), first, "user-01", "password123");
	expect_retry(r, (uint8_t)(id + 1), challenge);
	rig_respond(r, (uint8_t)(id + 2), challenge, "user-01", "password123");
	answer(r, CHAP_SUCCESS, (uint8_t)(id + 2));
	assert_int_equal(r->auths, 3);
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, NULL);
	rig_return(r, PPP_CONF_ACK);
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, "0306c0a80007");
	rig_expect(r, PPP_IPCP, PPP_CONF_ACK, NULL);
	/* No timer of the attempts is left. */
	rig_wait(r, 100000);
	rig_silent(r);
	assert_int_equal(r->downs, 0);
	rig_free(r);
}

/* Another name in the second attempt, with the identifier of the first. */
static void
test_retry_same_id(void **state)
{
	uint8_t challenge[16], id;
	struct rig *r = challenged(challenge, &id);

	(void)state;
	rig_respond(r, id, challenge, "user-02", "password123");
	expect_retry(r, id, challenge);
	rig_respond(r, id, challenge, "user-01", "password123");
	answer(r, CHAP_SUCCESS, id);
	assert_string_equal(r->p->user, "user-01");
	rig_free(r);
}

static void
test_tries(void **state)
{
	uint8_t challenge[16], id;
	struct rig *r = challenged(challenge, &id);
	const char *text;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		rig_respond(r, id, challenge, "user-01", "guess");
		expect_retry(r, id++, challenge);
	}
	rig_respond(r, id, challenge, "user-01", "guess");
	text = answer(r, CHAP_FAILURE, id);
	assert_memory_equal(text, "E=691 R=0 C=", 12);
	/* Too late, even if it is right, with any identifier. */
	rig_respond(r, (uint8_t)(id + 1), challenge, "user-01", "password123");
	rig_silent(r);
	rig_respond(r, id, challenge, "user-01", "password123");
	assert_memory_equal(answer(r, CHAP_FAILURE, id), "E=691 R=0 C=", 12);
	assert_int_equal(r->auths, 3);
	rig_wait(r, 11000);
	rig_assert_down(r, PPP_WHY_AUTH, "wrong user name or password");
	rig_free(r);
}

/* The last Failure is lost: it is retransmitted, and the link ends when the peer may have it. */
static void
test_failure_lost(void **state)
{
	uint8_t challenge[16], id;
	struct rig *r = challenged(challenge, &id);
	struct rig_frame first;

	(void)state;
	r->judge = false;
	rig_respond(r, id, challenge, "user-01", "password123");
	ppp_auth_done(r->p, PPP_AUTH_BUSY, "");
	answer(r, CHAP_FAILURE, id);
	first = r->sent[r->next - 1];
	/* Some peers retransmit, others wait. */
	rig_respond(r, id, challenge, "user-01", "password123");
	for (unsigned i = 0; i < CHAP_FAILURES; i++) {
		if (i > 0)
			rig_wait(r, CHAP_FAILED_MS + 10);
		assert_int_equal(rig_expect(r, PPP_CHAP, CHAP_FAILURE, NULL), id);
		assert_int_equal(r->sent[r->next - 1].len, first.len);
		assert_memory_equal(r->sent[r->next - 1].bytes, first.bytes, first.len);
		rig_silent(r);
	}
	assert_int_equal(r->auths, 1);
	rig_wait(r, CHAP_FAILED_MS + 10);
	rig_expect(r, PPP_LCP, PPP_TERM_REQ, NULL);
	rig_wait(r, 7000);
	rig_assert_down(r, PPP_WHY_AUTH, "no more sessions");
	rig_free(r);
}

/* A peer that has it ends the link itself. The reason stays the failed authentication. */
static void
test_failure_heard(void **state)
{
	uint8_t challenge[16], id;
	struct rig *r = challenged(challenge, &id);

	(void)state;
	r->judge = false;
	rig_respond(r, id, challenge, "user-01", "password123");
	ppp_auth_done(r->p, PPP_AUTH_DISABLED, "");
	answer(r, CHAP_FAILURE, id);
	rig_feed(r, PPP_LCP, PPP_TERM_REQ, 9, "");
	rig_expect(r, PPP_LCP, PPP_TERM_ACK, NULL);
	rig_wait(r, 10000);
	rig_silent(r);
	rig_assert_down(r, PPP_WHY_AUTH, "account disabled");
	rig_free(r);
}

/* A renegotiation does not grant more attempts. */
static void
test_tries_of_a_life(void **state)
{
	uint8_t challenge[16], id;
	struct rig *r = challenged(challenge, &id);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		rig_respond(r, id, challenge, "user-01", "guess");
		expect_retry(r, id, challenge);
		rig_feed(r, PPP_LCP, PPP_CONF_REQ, (uint8_t)(9 + i), MAGIC);
		rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
		rig_return(r, PPP_CONF_ACK);
		rig_expect(r, PPP_LCP, PPP_CONF_ACK, NULL);
		id = rig_challenge(r, challenge);
	}
	rig_respond(r, id, challenge, "user-01", "guess");
	assert_memory_equal(answer(r, CHAP_FAILURE, id), "E=691 R=0 ", 10);
	/* Not even one. */
	rig_feed(r, PPP_LCP, PPP_CONF_REQ, 12, MAGIC);
	rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
	rig_return(r, PPP_CONF_ACK);
	rig_expect(r, PPP_LCP, PPP_CONF_ACK, NULL);
	rig_expect(r, PPP_LCP, PPP_TERM_REQ, NULL);
	rig_silent(r);
	rig_free(r);
}

/*
 * Success is lost, and the peer neither retransmits its Response nor accepts IPCP before Success.
 */
static void
test_success_lost(void **state)
{
	uint8_t challenge[16], id;
	struct rig *r = challenged(challenge, &id);
	unsigned successes = 0;

	(void)state;
	rig_respond(r, id, challenge, "user-01", "password123");
	answer(r, CHAP_SUCCESS, id);
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, NULL);
	for (unsigned i = 0; i < 2; i++) {
		rig_wait(r, 1010);
		assert_memory_equal(answer(r, CHAP_SUCCESS, id), "S=", 2);
	}
	rig_silent(r);
	/* It has Success now, which its first packet of a network protocol proves. */
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, "0306c0a80007");
	rig_wait(r, 20000);
	for (unsigned i = 0; i < r->n_sent; i++)
		successes += r->sent[i].bytes[2] == 0xc2;
	assert_int_equal(successes, 0);
	rig_free(r);
}

static void
test_verdicts(void **state)
{
	static const struct {
		enum ppp_verdict verdict;
		const char *text;
	} cases[] = {
		{PPP_AUTH_DISABLED, "E=647 R=0 C="},
		{PPP_AUTH_BUSY, "E=649 R=0 C="},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint8_t challenge[16], id;
		struct rig *r = challenged(challenge, &id);

		r->judge = false;
		rig_respond(r, id, challenge, "user-01", "password123");
		rig_silent(r);
		ppp_auth_done(r->p, cases[i].verdict, "");
		assert_memory_equal(answer(r, CHAP_FAILURE, id), cases[i].text, 12);
		rig_wait(r, CHAP_FAILURES * (CHAP_FAILED_MS + 10));
		for (unsigned k = 1; k < CHAP_FAILURES; k++)
			answer(r, CHAP_FAILURE, id);
		rig_expect(r, PPP_LCP, PPP_TERM_REQ, NULL);
		rig_return(r, PPP_TERM_ACK);
		assert_int_equal(r->why, PPP_WHY_AUTH);
		assert_int_equal(r->addresses, 0);
		rig_free(r);
	}
}

/* The verdict comes later: meanwhile retransmissions are not judged, and it counts once. */
static void
test_judged_later(void **state)
{
	uint8_t challenge[16], id;
	struct rig *r = challenged(challenge, &id);

	(void)state;
	r->judge = false;
	ppp_auth_done(r->p, PPP_AUTH_OK, "S=no one has asked");
	rig_silent(r);
	rig_respond(r, id, challenge, "user-01", "password123");
	rig_respond(r, id, challenge, "user-01", "password123");
	rig_respond(r, (uint8_t)(id + 1), challenge, "user-01", "password123");
	assert_int_equal(r->auths, 1);
	/* The Challenge is not retransmitted: it was answered. */
	rig_wait(r, 10000);
	rig_silent(r);
	rig_judge(r);
	answer(r, CHAP_SUCCESS, id);
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, NULL);
	ppp_auth_done(r->p, PPP_AUTH_WRONG, "");
	ppp_auth_done(r->p, PPP_AUTH_OK, "S=");
	rig_silent(r);
	assert_int_equal(r->p->phase, PPP_NETWORK);
	rig_free(r);

	/* For a link that was renegotiated, the verdict comes too late. */
	r = challenged(challenge, &id);
	r->judge = false;
	rig_respond(r, id, challenge, "user-01", "password123");
	rig_feed(r, PPP_LCP, PPP_CONF_REQ, 9, MAGIC);
	rig_forget(r);
	rig_judge(r);
	rig_silent(r);
	assert_int_equal(r->p->phase, PPP_ESTABLISH);
	rig_free(r);
}

static void
test_ids(void **state)
{
	uint8_t challenge[16], id;
	struct rig *r = challenged(challenge, &id);

	(void)state;
	for (unsigned i = 1; i < 256; i++)
		rig_respond(r, (uint8_t)(id + i), challenge, "user-01", "password123");
	rig_silent(r);
	assert_int_equal(r->auths, 0);
	rig_respond(r, id, challenge, "user-01", "wrong");
	expect_retry(r, id, challenge);
	/* The same identifier or the next one, but no other. */
	for (unsigned i = 2; i < 256; i++)
		rig_respond(r, (uint8_t)(id + i), challenge, "user-01", "password123");
	rig_silent(r);
	assert_int_equal(r->auths, 1);
	rig_respond(r, (uint8_t)(id + 1), challenge, "user-01", "password123");
	answer(r, CHAP_SUCCESS, (uint8_t)(id + 1));
	rig_free(r);
}

/* Our answer is lost: a retransmitted Response gets the same one, and is judged once. */
static void
test_repeated(void **state)
{
	uint8_t challenge[16], again[16], id;
	struct rig *r = challenged(challenge, &id);
	struct rig_frame first;

	(void)state;
	rig_respond(r, id, challenge, "user-01", "wrong");
	memcpy(again, challenge, 16);
	expect_retry(r, id, again);
	first = r->sent[r->next - 1];
	for (unsigned i = 0; i < 5; i++) {
		rig_respond(r, id, challenge, "user-01", "wrong");
		assert_int_equal(rig_expect(r, PPP_CHAP, CHAP_FAILURE, NULL), id);
		assert_int_equal(r->sent[r->next - 1].len, first.len);
		assert_memory_equal(r->sent[r->next - 1].bytes, first.bytes, first.len);
	}
	assert_int_equal(r->auths, 1);
	rig_respond(r, id, again, "user-01", "password123");
	answer(r, CHAP_SUCCESS, id);
	first = r->sent[r->next - 1];
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, NULL);
	rig_respond(r, id, again, "user-01", "password123");
	assert_int_equal(rig_expect(r, PPP_CHAP, CHAP_SUCCESS, NULL), id);
	assert_memory_equal(r->sent[r->next - 1].bytes, first.bytes, first.len);
	/* Also if IPCP is already open. */
	rig_forget(r);
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, "0306c0a80007");
	rig_expect(r, PPP_IPCP, PPP_CONF_ACK, NULL);
	rig_respond(r, id, again, "user-01", "password123");
	answer(r, CHAP_SUCCESS, id);
	rig_silent(r);
	assert_int_equal(r->auths, 2);
	assert_int_equal(r->addresses, 1);
	rig_free(r);
}

/* A Challenge is retransmitted unchanged, so that a Response to any of them is valid. */
static void
test_lost(void **state)
{
	uint8_t challenge[16], repeat[16], id;
	struct rig *r = challenged(challenge, &id);

	(void)state;
	rig_wait(r, 2900);
	rig_silent(r);
	rig_wait(r, 200);
	assert_int_equal(rig_challenge(r, repeat), id);
	assert_memory_equal(challenge, repeat, 16);
	rig_respond(r, id, challenge, "user-01", "password123");
	answer(r, CHAP_SUCCESS, id);
	rig_free(r);

	r = challenged(challenge, &id);
	rig_wait(r, 29000);
	assert_int_equal(r->downs, 0);
	assert_int_equal(r->n_sent, 2 + PPP_MAX_CONFIGURE);
	rig_wait(r, 1100);
	assert_int_equal(r->sent[r->n_sent - 1].bytes[4], PPP_TERM_REQ);
	rig_wait(r, 7000);
	rig_assert_down(r, PPP_WHY_AUTH, "no Response to our Challenge");
	rig_free(r);

	/* The user may take time to type another password, but not for ever. */
	r = challenged(challenge, &id);
	rig_respond(r, id, challenge, "user-01", "wrong");
	expect_retry(r, id, challenge);
	for (unsigned i = 1; i < CHAP_FAILURES; i++) {
		rig_wait(r, CHAP_FAILED_MS + 10);
		assert_memory_equal(answer(r, CHAP_FAILURE, id), "E=691 R=1 ", 10);
		rig_silent(r);
	}
	rig_wait(r, 59000);
	rig_silent(r);
	rig_wait(r, 1100);
	rig_expect(r, PPP_LCP, PPP_TERM_REQ, NULL);
	rig_wait(r, 7000);
	rig_assert_down(r, PPP_WHY_AUTH, "no other password was tried");
	rig_free(r);
}

/* Each link and each attempt has its own challenge. */
static void
test_fresh(void **state)
{
	uint8_t seen[20][16], id;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		rig_free(challenged(seen[i], &id));
		for (unsigned k = 0; k < i; k++)
			assert_memory_not_equal(seen[i], seen[k], 16);
	}
}

/* A valid Response, truncated at every length. */
static void
test_truncated(void **state)
{
	uint8_t frame[4 + 5 + MSCHAP_RESPONSE_LEN + 7] = {0xff, 3, 0xc2, 0x23, CHAP_RESPONSE};
	uint8_t challenge[16], id;

	(void)state;
	frame[7] = sizeof(frame) - 4;
	frame[8] = MSCHAP_RESPONSE_LEN;
	memset(frame + sizeof(frame) - 7, 'u', 7);
	for (size_t n = 0; n <= sizeof(frame); n++) {
		struct rig *r = challenged(challenge, &id);

		frame[5] = id;
		rig_input(r, frame, n);
		assert_int_equal(r->auths, n == sizeof(frame));
		rig_free(r);
	}
	/* With a length field that fits, it is a wrong Response. */
	for (unsigned len = 0; len < sizeof(frame) - 4; len++) {
		struct rig *r = challenged(challenge, &id);

		frame[5] = id;
		frame[7] = (uint8_t)len;
		rig_input(r, frame, sizeof(frame));
		assert_int_equal(r->auths, len >= 5 + MSCHAP_RESPONSE_LEN);
		if (len >= 4) {
			expect_retry(r, id, challenge);
			assert_int_equal(strlen(r->auth.user),
				len > 5 + MSCHAP_RESPONSE_LEN ? len - 5 - MSCHAP_RESPONSE_LEN : 0);
		}
		rig_silent(r);
		rig_free(r);
	}
}

static void
test_malformed(void **state)
{
	static const struct {
		uint8_t value_len;
		unsigned name_len;
		uint8_t name;
	} cases[] = {
		{48, 7, 'u'},
		{50, 7, 'u'},
		{0, 7, 'u'},
		{24, 7, 'u'}, /* MS-CHAPv1 has 49 as well, MD5 16 */
		{16, 7, 'u'},
		{255, 7, 'u'}, /* longer than the packet */
		{49, 256, 'u'},
		{49, 7, '\0'},
	};
	uint8_t challenge[16], id, frame[600];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *r = challenged(challenge, &id);
		struct wr w = wr_init(frame, sizeof(frame));
		size_t value_len = cases[i].value_len == 255 ? 49 : cases[i].value_len;
		uint8_t *name;

		wr_u32(&w, 0xff03c223);
		wr_u8(&w, CHAP_RESPONSE);
		wr_u8(&w, id);
		wr_u16(&w, (uint16_t)(5 + value_len + cases[i].name_len));
		wr_u8(&w, cases[i].value_len);
		wr_zero(&w, value_len);
		name = wr_room(&w, cases[i].name_len);
		assert_non_null(name);
		memset(name, cases[i].name, cases[i].name_len);
		rig_input(r, frame, wr_len(&w));
		assert_int_equal(r->auths, 0);
		expect_retry(r, id, challenge);
		/* It counts as one of the three attempts. */
		rig_respond(r, id, challenge, "user-01", "wrong");
		expect_retry(r, id, challenge);
		rig_respond(r, id, challenge, "user-01", "wrong2");
		assert_memory_equal(answer(r, CHAP_FAILURE, id), "E=691 R=0 ", 10);
		rig_free(r);
	}
}

/* The gateway does not authenticate to the peer, and only the gateway sends Success and Failure. */
static void
test_codes(void **state)
{
	uint8_t challenge[16], id;
	struct rig *r = challenged(challenge, &id);

	(void)state;
	rig_feed(r, PPP_CHAP, CHAP_CHALLENGE, 1, "10 000102030405060708090a0b0c0d0e0f 61");
	rig_feed(r, PPP_CHAP, CHAP_SUCCESS, id, "533d");
	rig_feed(r, PPP_CHAP, CHAP_FAILURE, id, "453d");
	rig_feed(r, PPP_CHAP, 0, id, "");
	rig_feed(r, PPP_CHAP, 7, id, "");
	rig_silent(r);
	assert_int_equal(r->auths, 0);
	assert_int_equal(r->p->phase, PPP_AUTHENTICATE);
	rig_respond(r, id, challenge, "user-01", "password123");
	answer(r, CHAP_SUCCESS, id);
	rig_free(r);
}

static void
test_names(void **state)
{
	uint8_t challenge[16], id;
	char longest[256];
	const char *const names[] = {"user-01", "OFFICE\\user-01", "user-01@office.example",
		"j\xc3\xb6rg", "a\x1b[31mb", "", longest};

	(void)state;
	memset(longest, 'n', 255);
	longest[255] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct rig *r = challenged(challenge, &id);

		r->user = strchr(names[i], '\\') ? strchr(names[i], '\\') + 1 : names[i];
		rig_respond(r, id, challenge, names[i], "password123");
		answer(r, CHAP_SUCCESS, id);
		assert_string_equal(r->auth.user, names[i]);
		assert_string_equal(r->p->user, names[i]);
		rig_free(r);
	}
}

/* The owner closes the link while it judges. */
static void
test_closed_while_judging(void **state)
{
	uint8_t challenge[16], id;
	struct rig *r = challenged(challenge, &id);

	(void)state;
	r->close_in_auth = true;
	rig_respond(r, id, challenge, "user-01", "password123");
	rig_expect(r, PPP_LCP, PPP_TERM_REQ, "6e6f");
	rig_silent(r);
	assert_int_equal(r->addresses, 0);
	rig_wait(r, 7000);
	rig_assert_down(r, PPP_WHY_LOCAL, "no");
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_retry_same_id),
		cmocka_unit_test(test_tries),
		cmocka_unit_test(test_tries_of_a_life),
		cmocka_unit_test(test_failure_lost),
		cmocka_unit_test(test_failure_heard),
		cmocka_unit_test(test_success_lost),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_judged_later),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_fresh),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_closed_while_judging),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
