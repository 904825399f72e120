/* SPDX-License-Identifier: BSD-3-Clause */
/* A client behind NAT: the gateway's mode and NAT-OA in quick mode (RFC 3947, 5). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "initiator.h"
#include "wire/isakmp.h"

#define OUTSIDE "198.51.100.7" /* of its NAT; inside it is 10.0.0.1 */

struct rig {
	struct gate g;
	struct initiator i;
};

/* Main mode to its end; with NAT it goes on in UDP 4500, its last messages from this address. */
static struct rig *
up_from(bool nat, const char *last)
{
	static const uint8_t rfc3947[] = {0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45, 0x5c,
		0x57, 0x28, 0xf2, 0x0e, 0x95, 0x45, 0x2f};
	static const uint8_t other[20] = {1};
	static struct rig rig;
	struct rig *r = &rig;
	struct init_msg m;

	gate_init(&r->g, "secret123", "aes128-sha1-modp2048", "aes128-sha1");
	r->g.config.natt = true;
	r->g.remote = (struct ip_end){inet_addr(OUTSIDE), htons(1024)};
	r->g.local = (struct ip_end){inet_addr("10.0.0.254"), htons(500)};
	initiator_init(&r->i, "aes128-sha1-modp2048", "secret123");
	initiator_mm1(&r->i, &m);
	init_msg_payload(&m, ISAKMP_VID, rfc3947, sizeof(rfc3947));
	init_msg_end(&m);
	assert_int_equal(gate_input(&r->g, &m), 1);
	initiator_mm3(&r->i, gate_last(&r->g), &m);
	if (nat) {
		/* Neither address is what it sees: there is a NAT before both. */
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

static struct rig *
up(bool nat)
{
	return up_from(nat, OUTSIDE);
}

static void
down(struct rig *r)
{
	initiator_fini(&r->i);
	gate_fini(&r->g);
}

static void
assert_oa(const uint8_t oa[8], const char *address)
{
	be32 addr = inet_addr(address);

	assert_int_equal(oa[0], ISAKMP_ID_IPV4);
	assert_memory_equal(oa + 4, &addr, 4);
}

/*
 * The addresses as the gateway sees them: with both sides' a client can set right the sums of what it gets, if
 * there are any. Its own private address in IDci and NAT-OA is no reason to refuse.
 */
static void
test_original_addresses(void **state)
{
	struct initiator_quick q = {.message_id = 0x77, .spi = htonl(0xc0000012)};
	struct rig *r = up(true);
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
	down(r);
}

/* Where no NAT was found, the IDs must be the addresses that are seen. */
static void
test_no_nat(void **state)
{
	struct initiator_quick q = {.message_id = 0x77, .spi = htonl(0xc0000012)};
	struct rig *r = up(false);
	struct init_msg m;

	(void)state;
	initiator_qm1(&r->i, &q, "aes128-sha1", 0, 1701, 1701, &m);
	gate_input(&r->g, &m);
	assert_int_equal(r->g.childs, 0); /* 10.0.0.1 is not 198.51.100.7 */
	down(r);
}

/* Who has the key can say of any address that it is his: what is said of it must not be believed. */
static void
test_strayed(void **state)
{
	struct ike_sa_info info;
	struct rig *r = up(true);

	(void)state;
	ike_sa_info(r->g.sa, &info);
	assert_false(info.strayed);
	down(r);
	r = up_from(true, "198.51.100.66");
	ike_sa_info(r->g.sa, &info);
	assert_true(info.strayed);
	assert_int_equal(info.remote.addr, inet_addr("198.51.100.66"));
	down(r);
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
