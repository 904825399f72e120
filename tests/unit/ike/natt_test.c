/* SPDX-License-Identifier: BSD-3-Clause */
/* A client behind a NAT: the gateway's mode and NAT-OA in quick mode (RFC 3947, 5). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "gate.h"
#include "wire/isakmp.h"

#define OUTSIDE "198.51.100.7" /* the NAT's address; the client's is 10.0.0.1 */

/* Runs main mode. With a NAT it floats to port 4500. Message 5 comes from the address `last`. */
static struct both *
up_from(bool nat, const char *last)
{
	static const uint8_t rfc3947[] = {0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45, 0x5c,
		0x57, 0x28, 0xf2, 0x0e, 0x95, 0x45, 0x2f};
	static const uint8_t other[20] = {1};
	static struct both both;
	struct both *r = &both;
	struct init_msg m;

	both_init(r, "aes128-sha1-modp2048", "aes128-sha1");
	r->g.config.natt = true;
	r->g.remote = (struct ip_end){inet_addr(OUTSIDE), htons(1024)};
	r->g.local = (struct ip_end){inet_addr("10.0.0.254"), htons(500)};
	r->i.vid = rfc3947;
	r->i.vid_len = sizeof(rfc3947);
	both_until(r, 3, &m);
	if (nat) {
		/* Neither hash matches: there is a NAT in front of both. */
		init_msg_payload(&m, ISAKMP_NATD, other, sizeof(other));
		init_msg_payload(&m, ISAKMP_NATD, other, sizeof(other));
		init_msg_end(&m);
		r->g.local.port = htons(4500);
		r->g.remote.port = htons(40123);
	}
	assert_int_equal(gate_input(&r->g, &m), 1);
	initiator_mm5(&r->i, gate_last(&r->g), false, &m);
	r->g.remote.addr = inet_addr(last);
	assert_int_equal(gate_input(&r->g, &m), 1);
	initiator_mm6(&r->i, gate_last(&r->g));
	assert_int_equal(r->g.ups, 1);
	return r;
}

static struct both *
up(bool nat)
{
	return up_from(nat, OUTSIDE);
}

static void
assert_oa(const uint8_t oa[8], const char *address)
{
	be32 addr = inet_addr(address);

	assert_int_equal(oa[0], ISAKMP_ID_IPV4);
	assert_memory_equal(oa + 4, &addr, 4);
}

/*
 * NAT-OA has the addresses as the gateway sees them: with those of both ends a client can correct
 * the checksums of what it receives. The client's private address in IDci and NAT-OA is accepted.
 */
static void
test_original_addresses(void **state)
{
	struct initiator_quick q = {.message_id = 0x77, .spi = htonl(0xc0000012)};
	struct both *r = up(true);
	struct init_msg m;

	(void)state;
	r->i.natt = true;
	initiator_qm1(&r->i, &q, "aes128-sha1", 0, 1701, 1701, &m);
	assert_int_equal(gate_input(&r->g, &m), 1);
	assert_int_equal(r->g.childs, 1);
	assert_true(r->g.child.udp_encap);
	initiator_qm3(&r->i, &q, gate_last(&r->g), &m);
	assert_int_equal(gate_input(&r->g, &m), 0);
	assert_int_equal(r->g.child_ups, 1);
	assert_int_equal(q.n_oa, 2);
	assert_oa(q.oa[0], OUTSIDE);
	assert_oa(q.oa[1], "10.0.0.254");
	both_fini(r);
}

/* Without a NAT, the identities must be the outer addresses. */
static void
test_no_nat(void **state)
{
	struct initiator_quick q = {.message_id = 0x77, .spi = htonl(0xc0000012)};
	struct both *r = up(false);
	struct init_msg m;

	(void)state;
	initiator_qm1(&r->i, &q, "aes128-sha1", 0, 1701, 1701, &m);
	gate_input(&r->g, &m);
	assert_int_equal(r->g.childs, 0); /* 10.0.0.1 is not 198.51.100.7 */
	both_fini(r);
}

/*
 * A peer with the key can spoof any address, so an address that changed in main mode is unverified.
 */
static void
test_strayed(void **state)
{
	struct ike_sa_info info;
	struct both *r = up(true);

	(void)state;
	ike_sa_info(r->g.sa, &info);
	assert_false(info.strayed);
	both_fini(r);
	r = up_from(true, "198.51.100.66");
	ike_sa_info(r->g.sa, &info);
	assert_true(info.strayed);
	assert_int_equal(info.remote.addr, inet_addr("198.51.100.66"));
	both_fini(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strayed),
		cmocka_unit_test(test_original_addresses),
		cmocka_unit_test(test_no_nat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
