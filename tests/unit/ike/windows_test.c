/* SPDX-License-Identifier: BSD-3-Clause */
/* The first message of Windows 10 and 11: 408 bytes, five transforms, eight vendor IDs. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "gate.h"
#include "rdwr.h"
#include "wire/isakmp.h"

struct windows_transform {
	const char *suite;
	uint16_t cipher, key_bits, group;
};

/* In the order of Windows; all with SHA-1, a pre-shared key and 28800 s. */
static const struct windows_transform transforms[] = {
	{"aes256-sha1-ecp384", IKE_CIPHER_AES, 256, DH_ECP384},
	{"aes128-sha1-ecp256", IKE_CIPHER_AES, 128, DH_ECP256},
	{"aes256-sha1-modp2048", IKE_CIPHER_AES, 256, DH_MODP2048},
	{"3des-sha1-modp2048", IKE_CIPHER_3DES, 0, DH_MODP2048},
	{"3des-sha1-modp1024", IKE_CIPHER_3DES, 0, DH_MODP1024},
};
#define N_TRANSFORMS (sizeof(transforms) / sizeof(transforms[0]))

static const char *const vendor_ids[] = {
	"01528bbbc00696121849ab9a1c5b2a5100000001",
	"1e2b516905991c7d7c96fcbfb587e46100000009",
	"4a131c81070358455c5728f20e95452f",
	"90cb80913ebb696e086381b5ec427b1f",
	"4048b7d56ebce88525e7de7f00d6c2d3",
	"fb1de3cdf341b7ea16b7e5be0855f120",
	"26244d38eddb61b3172a36e3d0cfb819",
	"e3a5966a76379fe707228231e5ce8652",
};
#define N_VENDOR_IDS (sizeof(vendor_ids) / sizeof(vendor_ids[0]))

static void
attribute(struct wr *w, uint16_t class, uint16_t value)
{
	wr_u16(w, ISAKMP_ATTR_BASIC | class);
	wr_u16(w, value);
}

/* Writes a transform payload and returns its length. */
static size_t
write_transform(struct wr *w, unsigned n, bool last)
{
	const struct windows_transform *t = &transforms[n];
	size_t at = wr_len(w);

	wr_u8(w, last ? ISAKMP_NONE : ISAKMP_TRANSFORM);
	wr_u8(w, 0);
	wr_u16(w, 0);
	wr_u8(w, (uint8_t)(n + 1));
	wr_u8(w, ISAKMP_TRANSFORM_KEY_IKE);
	wr_u16(w, 0);
	attribute(w, IKE_ATTR_CIPHER, t->cipher);
	if (t->key_bits)
		attribute(w, IKE_ATTR_KEY_LENGTH, t->key_bits);
	attribute(w, IKE_ATTR_HASH, IKE_HASH_SHA1);
	attribute(w, IKE_ATTR_GROUP, t->group);
	attribute(w, IKE_ATTR_AUTH, IKE_AUTH_PSK);
	attribute(w, IKE_ATTR_LIFE_TYPE, ISAKMP_LIFE_SECONDS);
	wr_u16(w, IKE_ATTR_LIFE_DURATION);
	wr_u16(w, 4);
	wr_u32(w, 28800);
	wr_put16(w, at + 2, (uint16_t)(wr_len(w) - at));
	return wr_len(w) - at;
}

static size_t
write_sa(uint8_t *buf, size_t room, unsigned first, unsigned n)
{
	struct wr w = wr_init(buf, room);

	wr_u32(&w, ISAKMP_DOI_IPSEC);
	wr_u32(&w, ISAKMP_SIT_IDENTITY_ONLY);
	wr_u32(&w, 0);
	wr_u8(&w, 1);
	wr_u8(&w, ISAKMP_PROTO_ISAKMP);
	wr_u8(&w, 0);
	wr_u8(&w, (uint8_t)n);
	for (unsigned i = first; i < first + n; i++)
		write_transform(&w, i, i == first + n - 1);
	wr_put16(&w, 10, (uint16_t)(wr_len(&w) - 8));
	assert_false(w.bad);
	return wr_len(&w);
}

static void
write_mm1(const struct initiator *i, struct init_msg *m)
{
	uint8_t body[512];
	size_t len = write_sa(body, sizeof(body), 0, N_TRANSFORMS);

	init_msg_begin(m, i, IKE_MAIN_MODE, 0);
	init_msg_payload(m, ISAKMP_SA, body, len);
	for (size_t n = 0; n < N_VENDOR_IDS; n++) {
		len = strlen(vendor_ids[n]) / 2;
		assert_int_equal(sodium_hex2bin(body, sizeof(body), vendor_ids[n], len * 2, NULL,
					 NULL, NULL),
			0);
		init_msg_payload(m, ISAKMP_VID, body, len);
	}
	init_msg_end(m);
}

/* The transform that is configured is chosen, and is the only one in the answer, unchanged. */
static void
test_each_transform(void **state)
{
	(void)state;
	for (unsigned n = 0; n < N_TRANSFORMS; n++) {
		uint8_t want[512];
		size_t want_len = write_sa(want, sizeof(want), n, 1);
		struct ike_sa_info info;
		const struct init_msg *mm2;
		struct init_msg m;
		struct both b;

		both_init(&b, transforms[n].suite, "aes128-sha1");
		write_mm1(&b.i, &m);
		assert_int_equal(m.len, 408);
		assert_int_equal(gate_input(&b.g, &m), 1);
		mm2 = gate_last(&b.g);
		assert_int_equal(mm2->b[18], IKE_MAIN_MODE);
		assert_int_equal(mm2->b[16], ISAKMP_SA);
		assert_memory_equal(mm2->b + IKE_HEADER_LEN + 4, want, want_len);
		ike_sa_info(b.g.sa, &info);
		assert_string_equal(info.client, "windows");
		assert_non_null(strstr(info.vendors, "MS NT5 ISAKMPOAKLEY"));
		assert_null(strstr(info.vendors, "unknown"));
		both_fini(&b);
	}
}

/* The gateway's order of preference decides, not the client's. */
static void
test_our_order(void **state)
{
	struct ike_sa_info info;
	struct initiator i;
	struct init_msg m;
	struct gate g;

	(void)state;
	gate_init(&g, "secret123", "aes256-sha1-modp2048,aes256-sha1-ecp384,aes128-sha1-ecp256",
		"aes128-sha1");
	initiator_init(&i, "aes256-sha1-modp2048", "secret123");
	write_mm1(&i, &m);
	assert_int_equal(gate_input(&g, &m), 1);
	ike_sa_info(g.sa, &info);
	assert_int_equal(info.suite.group, DH_MODP2048);
	assert_int_equal(info.suite.key_bits, 256);
	initiator_fini(&i);
	gate_fini(&g);
}

/* Runs main mode with this identity in message 5, which the gateway shows as `want`. */
static void
identify(const uint8_t *id, size_t len, const char *want)
{
	struct ike_sa_info info;
	struct both b;

	both_init(&b, "aes128-sha1-ecp256", "aes128-sha1");
	memcpy(b.i.id, id, len);
	b.i.id_len = len;
	both_main_mode(&b, false);
	assert_int_equal(b.g.ups, 1);
	ike_sa_info(b.g.sa, &info);
	assert_string_equal(info.id, want);
	both_fini(&b);
}

/*
 * It is the private address behind a NAT, with or without protocol and port, or the name in a
 * domain.
 */
static void
test_identities(void **state)
{
	static const uint8_t private[] = {ISAKMP_ID_IPV4, 0, 0, 0, 192, 168, 1, 10};
	static const uint8_t port[] = {ISAKMP_ID_IPV4, 17, 1, 0xf4, 192, 168, 1, 10};
	static const uint8_t fqdn[] = {ISAKMP_ID_FQDN, 0, 0, 0, 'd', 'e', 's', 'k', '.', 'c', 'o'};
	static const uint8_t user[] = {ISAKMP_ID_USER_FQDN, 0, 0, 0, 'a', '@', 'b'};
	static const uint8_t key[] = {11, 0, 0, 0, 1, 2, 0xff}; /* KEY_ID */

	(void)state;
	identify(private, sizeof(private), "192.168.1.10");
	identify(port, sizeof(port), "192.168.1.10");
	identify(fqdn, sizeof(fqdn), "desk.co");
	identify(user, sizeof(user), "a@b");
	identify(key, sizeof(key), "type11:0102ff");
}

#define FLAGS_AT 19 /* in the header */

/* Runs main mode. */
static void
begin(struct both *b)
{
	both_init(b, "aes128-sha1-ecp256", "aes128-sha1");
	both_main_mode(b, false);
}

/*
 * A peer that sets the commit bit (RFC 2408, 3.1) in a quick mode of its own receives CONNECTED
 * when the gateway has message 3, and again for each retransmission of that. The pair is used at
 * once.
 */
static void
test_commit_as_responder(void **state)
{
	static const uint8_t connected[] = {
		0, 0, 0, ISAKMP_DOI_IPSEC, ISAKMP_PROTO_ESP, 4, 0x40, 0x00, 0xc0, 0, 0, 0x12};
	struct initiator_quick q = {.message_id = 0x77, .spi = htonl(0xc0000012)};
	struct init_msg m, qm4;
	struct both b;

	(void)state;
	begin(&b);
	initiator_qm1(&b.i, &q, "aes128-sha1", 0, 1701, 1701, &m);
	m.b[FLAGS_AT] |= ISAKMP_FLAG_COMMIT;
	assert_int_equal(gate_input(&b.g, &m), 1);
	assert_int_equal(b.g.childs, 1);
	assert_int_equal(gate_last(&b.g)->b[FLAGS_AT], ISAKMP_FLAG_COMMIT | ISAKMP_FLAG_ENCRYPTED);
	initiator_qm3(&b.i, &q, gate_last(&b.g), &m);
	m.b[FLAGS_AT] |= ISAKMP_FLAG_COMMIT;
	assert_int_equal(gate_input(&b.g, &m), 1);
	assert_int_equal(b.g.child_ups, 1);
	qm4 = *gate_last(&b.g);
	initiator_qm4_check(&b.i, &q, &qm4);
	assert_int_equal(gate_input(&b.g, &m), 1);
	assert_int_equal(gate_last(&b.g)->len, qm4.len);
	assert_memory_equal(gate_last(&b.g)->b, qm4.b, qm4.len);
	/*
	 * In RFC 2408 the end that sets the bit sends it, with the message ID of quick mode: no
	 * effect.
	 */
	initiator_info(&b.i, q.message_id, ISAKMP_NOTIFY, connected, sizeof(connected), &m);
	assert_int_equal(gate_input(&b.g, &m), 0);
	assert_int_equal(b.g.child_ups, 1);
	assert_false(b.g.down);
	both_fini(&b);
}

/* Without the bit there is no fourth message. */
static void
test_no_commit(void **state)
{
	struct initiator_quick q = {.message_id = 0x77, .spi = htonl(0xc0000012)};
	struct init_msg m;
	struct both b;

	(void)state;
	begin(&b);
	initiator_qm1(&b.i, &q, "aes128-sha1", 0, 1701, 1701, &m);
	assert_int_equal(gate_input(&b.g, &m), 1);
	assert_int_equal(gate_last(&b.g)->b[FLAGS_AT], ISAKMP_FLAG_ENCRYPTED);
	initiator_qm3(&b.i, &q, gate_last(&b.g), &m);
	assert_int_equal(gate_input(&b.g, &m), 0);
	assert_int_equal(b.g.child_ups, 1);
	both_fini(&b);
}

enum commit_answer {
	AS_FOURTH_MESSAGE,
	AS_INFORMATIONAL,
	AS_FORGERY, /* does not count as an answer */
	NONE,
};

/* Runs a quick mode of the gateway, in which Windows as the responder sets the bit. */
static void
commit_as_initiator(enum commit_answer answer)
{
	static const uint8_t connected[] = {
		0, 0, 0, ISAKMP_DOI_IPSEC, ISAKMP_PROTO_ESP, 4, 0x40, 0x00, 0xc0, 0, 0, 0x99};
	struct initiator_quick theirs = {.message_id = 0x77, .spi = htonl(0xc0000012)};
	struct initiator_quick q = {.spi = htonl(0xc0000099)};
	struct init_msg m, qm1, qm3;
	unsigned n_sent;
	struct both b;

	begin(&b);
	initiator_qm1(&b.i, &theirs, "aes128-sha1", 0, 1701, 1701, &m);
	gate_input(&b.g, &m);
	initiator_qm3(&b.i, &theirs, gate_last(&b.g), &m);
	gate_input(&b.g, &m);
	q.suite = esp_suite_find("aes128-sha1");
	assert_int_equal(ike_sa_rekey(b.g.sa, q.suite), 0);
	qm1 = *gate_last(&b.g);
	initiator_qm2(&b.i, &q, &qm1, &m);
	m.b[FLAGS_AT] |= ISAKMP_FLAG_COMMIT;
	assert_int_equal(gate_input(&b.g, &m), 1);
	qm3 = *gate_last(&b.g);
	initiator_qm3_check(&b.i, &q, &qm3);
	assert_int_equal(b.g.childs, 2);
	assert_int_equal(b.g.child_ups, 1);
	/* Message 3 is lost: it is retransmitted on its own. */
	n_sent = b.g.n_sent;
	timers_run(&b.g.timers, b.g.timers.now_ms + 1500);
	assert_int_equal(b.g.n_sent, n_sent + 1);
	assert_memory_equal(gate_last(&b.g)->b, qm3.b, qm3.len);
	if (answer == AS_FOURTH_MESSAGE)
		initiator_qm4(&b.i, &q, &m);
	else
		initiator_info(&b.i, q.message_id, ISAKMP_NOTIFY, connected, sizeof(connected), &m);
	if (answer == AS_FORGERY)
		m.b[IKE_HEADER_LEN] ^= 1;
	if (answer != NONE)
		assert_int_equal(gate_input(&b.g, &m), 0);
	assert_int_equal(b.g.child_ups, answer <= AS_INFORMATIONAL ? 2 : 1);
	/* A second CONNECTED has no effect, and without one the pair comes up after a while. */
	if (answer != NONE)
		gate_input(&b.g, &m);
	n_sent = b.g.n_sent;
	for (unsigned s = 0; s < 15; s++)
		timers_run(&b.g.timers, b.g.timers.now_ms + 1000);
	assert_int_equal(b.g.n_sent - n_sent, answer <= AS_INFORMATIONAL ? 0 : 2);
	assert_int_equal(b.g.child_ups, 2);
	assert_int_equal(b.g.child_gones, 0);
	assert_false(b.g.down);
	both_fini(&b);
}

static void
test_commit_as_initiator(void **state)
{
	(void)state;
	commit_as_initiator(AS_FOURTH_MESSAGE);
	commit_as_initiator(AS_INFORMATIONAL);
	commit_as_initiator(AS_FORGERY);
	commit_as_initiator(NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_transform),
		cmocka_unit_test(test_our_order),
		cmocka_unit_test(test_identities),
		cmocka_unit_test(test_commit_as_responder),
		cmocka_unit_test(test_no_commit),
		cmocka_unit_test(test_commit_as_initiator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
