/* SPDX-License-Identifier: BSD-3-Clause */
/* The gateway asks whether the peer is alive (RFC 3706). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "gate.h"
#include "wire/isakmp.h"

#define INTERVAL_MS 10000

static const uint8_t dpd_vid[] = {0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9, 0x6b, 0x86, 0x96,
	0xfc, 0x77, 0x57, 0x01, 0x00};

/* Runs main mode with a peer that announces DPD or does not. */
static void
begin(struct both *b, bool announces)
{
	both_init(b, "aes128-sha1-ecp256", "aes128-sha1");
	b->g.config.dpd_s = INTERVAL_MS / 1000;
	b->g.config.dpd_max = 3;
	if (announces) {
		b->i.vid = dpd_vid;
		b->i.vid_len = sizeof(dpd_vid);
	}
	both_main_mode(b, false);
}

static unsigned
wait_ms(struct both *b, uint64_t ms)
{
	unsigned before = b->g.n_sent;

	timers_run(&b->g.timers, b->g.timers.now_ms + ms);
	return b->g.n_sent - before;
}

/* Reads R-U-THERE and answers it, with this much added to its number. */
static void
answer(struct both *b, uint32_t id, uint8_t add)
{
	uint8_t type, body[INIT_MSG_MAX];
	struct init_msg m;
	size_t len;

	initiator_info_open(&b->i, gate_last(&b->g), &type, body, &len);
	assert_int_equal(type, ISAKMP_NOTIFY);
	assert_int_equal(len, 28);
	assert_int_equal(body[6] << 8 | body[7], ISAKMP_R_U_THERE);
	assert_memory_equal(body + 8, b->i.icookie, 8);
	assert_memory_equal(body + 16, b->i.rcookie, 8);
	body[6] = ISAKMP_R_U_THERE_ACK >> 8;
	body[7] = ISAKMP_R_U_THERE_ACK & 0xff;
	body[27] = (uint8_t)(body[27] + add);
	initiator_info(&b->i, id, ISAKMP_NOTIFY, body, len, &m);
	assert_int_equal(gate_input(&b->g, &m), 0);
}

static void
test_alive(void **state)
{
	struct both b;

	(void)state;
	begin(&b, true);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(wait_ms(&b, INTERVAL_MS + 20), 1);
		answer(&b, 100 + i, 0);
	}
	assert_false(b.g.down);
	/* Its ESP proves that as well. */
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(wait_ms(&b, INTERVAL_MS / 2), 0);
		ike_sa_heard(b.g.sa);
	}
	both_fini(&b);
}

static void
test_dead(void **state)
{
	struct both b;

	(void)state;
	begin(&b, true);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(wait_ms(&b, INTERVAL_MS + 20), 1);
		/* An answer with another number does not count. */
		answer(&b, 100 + i, 1);
		assert_false(b.g.down);
	}
	wait_ms(&b, INTERVAL_MS + 20);
	assert_true(b.g.down);
	assert_int_equal(b.g.why, IKE_WHY_DEAD);
	both_fini(&b);
}

/* A peer that does not announce DPD, such as Windows, is not asked. */
static void
test_silent(void **state)
{
	struct both b;

	(void)state;
	begin(&b, false);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(wait_ms(&b, INTERVAL_MS), 0);
	assert_false(b.g.down);
	both_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alive),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
