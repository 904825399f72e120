/* SPDX-License-Identifier: BSD-3-Clause */
/* The first message of Windows 10 and 11: 408 bytes, five transforms, eight vendor IDs. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "initiator.h"
#include "rdwr.h"
#include "wire/isakmp.h"

struct windows_transform {
	const char *suite;
	uint16_t cipher, key_bits, group;
};

/* In its order; all with SHA-1, a pre-shared key and 28800 s. */
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

/* A transform payload with its header; returns its length. */
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

/* Whichever of its transforms is configured is chosen, and comes back alone and as it was sent. */
static void
test_each_transform(void **state)
{
	(void)state;
	for (unsigned n = 0; n < N_TRANSFORMS; n++) {
		uint8_t want[512];
		size_t want_len = write_sa(want, sizeof(want), n, 1);
		struct ike_sa_info info;
		const struct init_msg *mm2;
		struct initiator i;
		struct init_msg m;
		struct gate g;

		gate_init(&g, "secret123", transforms[n].suite, "aes128-sha1");
		initiator_init(&i, transforms[n].suite, "secret123");
		write_mm1(&i, &m);
		assert_int_equal(m.len, 408);
		assert_int_equal(gate_input(&g, &m), 1);
		mm2 = gate_last(&g);
		assert_int_equal(mm2->b[18], IKE_MAIN_MODE);
		assert_int_equal(mm2->b[16], ISAKMP_SA);
		assert_memory_equal(mm2->b + IKE_HEADER_LEN + 4, want, want_len);
		ike_sa_info(g.sa, &info);
		assert_string_equal(info.client, "windows");
		assert_non_null(strstr(info.vendors, "MS NT5 ISAKMPOAKLEY"));
		assert_null(strstr(info.vendors, "unknown"));
		initiator_fini(&i);
		gate_fini(&g);
	}
}

/* Our order decides, not the client's. */
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

/* Main mode with this identity in message 5; the gate's word for it. */
static void
identify(const uint8_t *id, size_t len, const char *want)
{
	struct ike_sa_info info;
	struct initiator i;
	struct init_msg m;
	struct gate g;

	gate_init(&g, "secret123", "aes128-sha1-ecp256", "aes128-sha1");
	initiator_init(&i, "aes128-sha1-ecp256", "secret123");
	memcpy(i.id, id, len);
	i.id_len = len;
	initiator_mm1(&i, &m);
	assert_int_equal(gate_input(&g, &m), 1);
	initiator_mm3(&i, gate_last(&g), &m);
	assert_int_equal(gate_input(&g, &m), 1);
	initiator_mm5(&i, gate_last(&g), false, &m);
	assert_int_equal(gate_input(&g, &m), 1);
	initiator_mm6(&i, gate_last(&g));
	assert_int_equal(g.ups, 1);
	ike_sa_info(g.sa, &info);
	assert_string_equal(info.id, want);
	initiator_fini(&i);
	gate_fini(&g);
}

/* Behind NAT it is its private address, with or without protocol and port; in a domain it may be its name. */
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

/*
 * The commit bit (RFC 2408, 3.1) changes nothing: the pair is there before our message 2 leaves, and used when
 * message 3 has come. CONNECTED, which has the quick mode's message ID, is no news.
 */
static void
test_commit(void **state)
{
	static const uint8_t connected[] = {
		0, 0, 0, ISAKMP_DOI_IPSEC, ISAKMP_PROTO_ESP, 4, 0x40, 0x00, 0xc0, 0, 0, 0x12};
	struct initiator_quick q = {.message_id = 0x77, .spi = htonl(0xc0000012)};
	struct initiator_quick ours = {.spi = htonl(0xc0000099)};
	struct init_msg m, qm1;
	struct initiator i;
	struct gate g;

	(void)state;
	gate_init(&g, "secret123", "aes128-sha1-ecp256", "aes128-sha1");
	initiator_init(&i, "aes128-sha1-ecp256", "secret123");
	gate_main_mode(&g, &i, false);
	initiator_qm1(&i, &q, "aes128-sha1", 0, 1701, 1701, &m);
	m.b[FLAGS_AT] |= ISAKMP_FLAG_COMMIT;
	assert_int_equal(gate_input(&g, &m), 1);
	assert_int_equal(g.childs, 1);
	initiator_qm3(&i, &q, gate_last(&g), &m);
	m.b[FLAGS_AT] |= ISAKMP_FLAG_COMMIT;
	assert_int_equal(gate_input(&g, &m), 0);
	assert_int_equal(g.child_ups, 1);
	initiator_info(&i, q.message_id, ISAKMP_NOTIFY, connected, sizeof(connected), &m);
	assert_int_equal(gate_input(&g, &m), 0);
	/* As the responder, Windows sets it, and says CONNECTED as a fourth message of quick mode. */
	ours.suite = esp_suite_find("aes128-sha1");
	assert_int_equal(ike_sa_rekey(g.sa, ours.suite), 0);
	qm1 = *gate_last(&g);
	initiator_qm2(&i, &ours, &qm1, &m);
	m.b[FLAGS_AT] |= ISAKMP_FLAG_COMMIT;
	assert_int_equal(gate_input(&g, &m), 1);
	assert_int_equal(g.childs, 2);
	initiator_raw(&i, IKE_QUICK_MODE, ours.message_id, ISAKMP_NOTIFY, connected,
		sizeof(connected), &m);
	m.b[FLAGS_AT] |= ISAKMP_FLAG_COMMIT;
	gate_input(&g, &m);
	timers_run(&g.timers, g.timers.now_ms + 15000); /* when message 3 is surely there */
	assert_int_equal(g.child_ups, 2);
	assert_int_equal(g.child_gones, 0);
	assert_false(g.down);
	initiator_fini(&i);
	gate_fini(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_transform),
		cmocka_unit_test(test_our_order),
		cmocka_unit_test(test_identities),
		cmocka_unit_test(test_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
