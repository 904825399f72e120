/* SPDX-License-Identifier: BSD-3-Clause */
/* The gateway asks whether the peer lives (RFC 3706). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "initiator.h"
#include "wire/isakmp.h"

#define INTERVAL_MS 10000

static const uint8_t dpd_vid[] = {0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9, 0x6b, 0x86, 0x96,
	0xfc, 0x77, 0x57, 0x01, 0x00};

struct both {
	struct gate g;
	struct initiator i;
};

/* Main mode with a peer that can answer, or cannot. */
static void
begin(struct both *b, bool announces)
{
	struct init_msg m;

	memset(b, 0, sizeof(*b));
	gate_init(&b->g, "secret", "aes128-sha1-ecp256", "aes128-sha1");
	b->g.config.dpd_s = INTERVAL_MS / 1000;
	b->g.config.dpd_max = 3;
	initiator_init(&b->i, "aes128-sha1-ecp256", "secret");
	initiator_mm1(&b->i, &m);
	if (announces)
		init_msg_payload(&m, ISAKMP_VID, dpd_vid, sizeof(dpd_vid));
	init_msg_end(&m);
	assert_int_equal(gate_input(&b->g, &m), 1);
	initiator_mm3(&b->i, gate_last(&b->g), &m);
	assert_int_equal(gate_input(&b->g, &m), 1);
	initiator_mm5(&b->i, gate_last(&b->g), false, &m);
	assert_int_equal(gate_input(&b->g, &m), 1);
	initiator_mm6(&b->i, gate_last(&b->g));
}

static void
end(struct both *b)
{
	initiator_fini(&b->i);
	gate_fini(&b->g);
}

static unsigned
wait_ms(struct both *b, uint64_t ms)
{
	unsigned before = b->g.n_sent;

	timers_run(&b->g.timers, b->g.timers.now_ms + ms);
	return b->g.n_sent - before;
}

/* Reads the question, and answers it with this much added to its number. */
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
test_living(void **state)
{
	struct both b;

	(void)state;
	begin(&b, true);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(wait_ms(&b, INTERVAL_MS + 20), 1);
		answer(&b, 100 + i, 0);
	}
	assert_false(b.g.down);
	/* Its ESP says it as well. */
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(wait_ms(&b, INTERVAL_MS / 2), 0);
		ike_sa_heard(b.g.sa);
	}
	end(&b);
}

static void
test_dead(void **state)
{
	struct both b;

	(void)state;
	begin(&b, true);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(wait_ms(&b, INTERVAL_MS + 20), 1);
		/* The answer to another question is none. */
		answer(&b, 100 + i, 1);
		assert_false(b.g.down);
	}
	wait_ms(&b, INTERVAL_MS + 20);
	assert_true(b.g.down);
	assert_int_equal(b.g.why, IKE_WHY_DEAD);
	end(&b);
}

/* Who does not announce it, as Windows, is not asked. */
static void
test_silent(void **state)
{
	struct both b;

	(void)state;
	begin(&b, false);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(wait_ms(&b, INTERVAL_MS), 0);
	assert_false(b.g.down);
	end(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_living),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
