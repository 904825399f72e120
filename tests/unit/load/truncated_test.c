/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Before each message of the gateway, the client receives it truncated at every length, and with
 * each byte changed. Nothing may be read past the end, which a sanitizer detects. With a complete
 * ISAKMP or L2TP header and a length that fits, the client may at worst end; with a truncated one
 * it must still come up.
 */
#include "gateway.h"

#include <stdlib.h>
#include <string.h>

static void
hand_over(struct gw *g, const struct gw_packet *p, const uint8_t *msg, size_t len)
{
	/* A copy of the exact length, so that a sanitizer detects a read past its end. */
	uint8_t *copy = malloc(len ? len : 1);

	memcpy(copy, msg, len);
	if (p->ike)
		client_ike_input(g->c, p->port, copy, len);
	else
		client_l2tp_input(g->c, copy, len);
	free(copy);
}

static void
truncate(struct gw *g, const struct gw_packet *p)
{
	for (size_t len = 0; len < p->len; len++)
		hand_over(g, p, p->bytes, len);
}

/* The length fields fit, so that more than the first check is reached. */
static void
truncate_and_mend(struct gw *g, const struct gw_packet *p)
{
	uint8_t msg[4096];

	for (size_t len = 12; len < p->len; len++) {
		memcpy(msg, p->bytes, len);
		if (p->ike && len >= 28) {
			msg[26] = (uint8_t)(len >> 8);
			msg[27] = (uint8_t)len;
		} else if (!p->ike && (msg[0] & 0x40) != 0) {
			msg[2] = (uint8_t)(len >> 8);
			msg[3] = (uint8_t)len;
		}
		hand_over(g, p, msg, len);
	}
}

static void
change(struct gw *g, const struct gw_packet *p)
{
	uint8_t msg[4096];

	for (size_t at = 0; at < p->len; at++) {
		memcpy(msg, p->bytes, p->len);
		msg[at] ^= (uint8_t)(1u << at % 8);
		hand_over(g, p, msg, p->len);
		msg[at] = 0xff;
		hand_over(g, p, msg, p->len);
	}
}

static void
test_truncated(void **state)
{
	(void)state;
	for (size_t i = 0; profile_name(i) != NULL; i++) {
		static struct gw g;

		gw_init(&g, profile_name(i));
		if (i % 2)
			gw_nat(&g);
		g.tap = truncate;
		gw_connect(&g);
		assert_int_equal(client_rekey_esp(g.c), 0);
		gw_run(&g, 20000, NULL);
		client_disconnect(g.c);
		assert_true(gw_run(&g, 20000, gw_is_down));
		gw_fini(&g);
	}
}

/* The client is up, or down with a reason. */
static bool
settled(const struct gw *g)
{
	return gw_is_up(g) || g->downs > 0;
}

static void
mistreat(void (*tap)(struct gw *g, const struct gw_packet *p))
{
	for (size_t i = 0; profile_name(i) != NULL; i++)
		/* Begins later in each connection, so that all phases are covered. */
		for (unsigned ms = 0; ms < 300; ms += 20) {
			static struct gw g;

			gw_init(&g, profile_name(i));
			client_connect(g.c);
			gw_run(&g, ms, NULL);
			g.tap = tap;
			assert_true(gw_run(&g, 200000, settled));
			gw_fini(&g);
		}
}

static void
test_truncated_and_mended(void **state)
{
	(void)state;
	mistreat(truncate_and_mend);
}

static void
test_changed(void **state)
{
	(void)state;
	mistreat(change);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_truncated_and_mended),
		cmocka_unit_test(test_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
