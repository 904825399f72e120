/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "steer.h"
#include "test_worker.h"

enum where { HERE, PUSHED, DROPPED };

static const struct {
	const char *name;
	uint32_t spi; /* host order */
	size_t len;
	enum where where;
	enum drop_reason reason;
} up_cases[] = {
	{"mine", ID_MAKE(7, 0, 5), 40, HERE, 0},
	{"only the SPI", ID_MAKE(7, 0, 5), 4, HERE, 0},
	{"the other worker's", ID_MAKE(7, 1, 5), 40, PUSHED, 0},
	{"no such worker", ID_MAKE(7, 2, 5), 40, DROPPED, DROP_ESP_NO_SA},
	{"the last number of a worker", ID_MAKE(7, 63, 5), 40, DROPPED, DROP_ESP_NO_SA},
	{"no whole SPI", ID_MAKE(7, 0, 5), 3, DROPPED, DROP_ESP_SHORT},
	{"empty", ID_MAKE(7, 0, 5), 0, DROPPED, DROP_ESP_SHORT},
};

static void
esp_goes_to_the_worker_that_its_spi_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(up_cases); i++) {
		struct worker *w = test_worker();
		uint8_t bytes[64] = {0};
		rte_be32_t spi = rte_cpu_to_be_32(up_cases[i].spi);
		struct rte_mbuf *m, *got = NULL;

		print_message("%s\n", up_cases[i].name);
		memcpy(bytes, &spi, sizeof(spi));
		m = test_mbuf(w, bytes, up_cases[i].len);
		m->hash.usr = ESP_OUTER_UDP;
		steer_up(w, m);
		push_flush(w);
		if (up_cases[i].where == HERE)
			got = test_take(w, LANE_UP);
		else if (up_cases[i].where == PUSHED)
			got = test_pushed(w, 1, INBOX_UP);
		else
			assert_int_equal(w->drop[up_cases[i].reason], 1);
		if (up_cases[i].where != DROPPED) {
			assert_ptr_equal(got, m);
			assert_int_equal(got->hash.usr, ESP_OUTER_UDP);
			assert_int_equal(test_drops(w), 0);
			rte_pktmbuf_free(got);
		}
		test_worker_free(w);
	}
}

static void
ipv4_goes_to_the_sessions_worker(void **state)
{
	struct worker *w = test_worker();
	struct sess s = {.sid = ID_MAKE(0, 0, 3)};
	struct rte_mbuf *m;

	(void)state;
	test_sess_set(w, 3, &s);
	m = test_mbuf(w, "x", 1);
	steer_down(w, m, s.sid);
	assert_ptr_equal(w->lane[LANE_DOWN].ctx[0], &s);
	assert_ptr_equal(test_take(w, LANE_DOWN), m);
	rte_pktmbuf_free(m);

	/* Leased, but the session has just been retired. */
	test_sess_set(w, 3, NULL);
	steer_down(w, test_mbuf(w, "x", 1), s.sid);
	assert_int_equal(w->drop[DROP_NO_LEASE], 1);

	m = test_mbuf(w, "x", 1);
	steer_down(w, m, ID_MAKE(0, 1, 3));
	push_flush(w);
	assert_ptr_equal(test_pushed(w, 1, INBOX_DOWN), m);
	rte_pktmbuf_free(m);
	test_worker_free(w);
}

/* An outbox holds fewer packets than a turn can have: order and count must survive. */
static void
more_packets_than_an_outbox_holds(void **state)
{
	struct worker *w = test_worker();
	struct rte_mbuf *m;
	uint8_t i;

	(void)state;
	for (i = 0; i < 2 * BURST + 3; i++)
		push(w, 1, INBOX_DOWN, test_mbuf(w, &i, 1));
	push_flush(w);
	for (i = 0; (m = test_pushed(w, 1, INBOX_DOWN)) != NULL; i++) {
		assert_int_equal(*rte_pktmbuf_mtod(m, uint8_t *), i);
		rte_pktmbuf_free(m);
	}
	assert_int_equal(i, 2 * BURST + 3);
	assert_int_equal(test_drops(w), 0);
	test_worker_free(w);
}

static void
a_full_inbox_drops_by_name(void **state)
{
	struct worker *w = test_worker();
	unsigned room = rte_ring_free_count(w->workers[1]->inbox[INBOX_UP]);
	struct rte_mbuf *m;
	unsigned n = 0;

	(void)state;
	for (unsigned i = 0; i < room + 10; i++)
		push(w, 1, INBOX_UP, test_mbuf(w, "x", 1));
	push_flush(w);
	assert_int_equal(w->drop[DROP_INBOX_FULL], 10);
	for (; (m = test_pushed(w, 1, INBOX_UP)) != NULL; n++)
		rte_pktmbuf_free(m);
	assert_int_equal(n, room);
	test_worker_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(esp_goes_to_the_worker_that_its_spi_names),
		cmocka_unit_test(ipv4_goes_to_the_sessions_worker),
		cmocka_unit_test(more_packets_than_an_outbox_holds),
		cmocka_unit_test(a_full_inbox_drops_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
