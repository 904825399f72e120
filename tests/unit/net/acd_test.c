/* SPDX-License-Identifier: BSD-3-Clause */
/* Conflicts about addresses of the pool, before and after they are leased. */
#include "lan.h"

#define ADDR "192.168.0.7"
/* The longest time of a first check: wait, three probes, wait. */
#define CHECKED_MS \
	(ACD_PROBE_WAIT_MS + (ACD_PROBE_NUM - 1) * ACD_PROBE_MAX_MS + ACD_ANNOUNCE_WAIT_MS + 50)

static struct lan *
lan_of(const char *range)
{
	struct lan *l = lan_new();

	lan_range(l, range);
	lan_watch(l);
	return l;
}

/* The same, with the address found free. */
static struct lan *
lan_checked(const char *range)
{
	struct lan *l = lan_of(range);

	lan_wait(l, CHECKED_MS);
	assert_int_equal(lan_state(l, ADDR), LEASE_FREE);
	lan_forget(l);
	l->frees = 0;
	return l;
}

static void
lease(struct lan *l, const char *user, const char *want)
{
	be32 got = 0;

	assert_int_equal(lease_acquire(l->pool, user, &got), 0);
	assert_int_equal(got, unit_addr(want));
}

/* The same, with a client that has it. */
static struct lan *
lan_leased(void)
{
	struct lan *l = lan_checked(ADDR);

	lease(l, "ann", ADDR);
	acd_leased(l->acd, unit_addr(ADDR));
	lan_wait(l, ACD_ANNOUNCE_INTERVAL_MS + 50);
	lan_forget(l);
	return l;
}

/* RFC 5227, 2.1.1: the intervals between probes. They are random, so many addresses are checked. */
static void
test_probes(void **state)
{
	struct lan *l = lan_of("192.168.0.1-192.168.0.200");
	uint64_t begin = l->timers.now_ms, first = UINT64_MAX, last = 0;

	(void)state;
	lan_wait(l, CHECKED_MS);
	assert_int_equal(l->n_sent, 200 * ACD_PROBE_NUM);
	assert_int_equal(l->frees, 200);
	for (unsigned host = 1; host <= 200; host++) {
		uint64_t at = 0;
		unsigned n = 0;
		char text[IP_STR_LEN];

		snprintf(text, sizeof(text), "192.168.0.%u", host);
		for (unsigned i = 0; i < l->n_sent; i++) {
			const struct lan_sent *s = &l->sent[i];
			struct arp_msg m;

			assert_true(arp_read(s->frame, ARP_FRAME_LEN, &m));
			if (m.tpa != unit_addr(text))
				continue;
			l->next = i;
			lan_expect_probe(l, text);
			if (n++ == 0) {
				assert_in_range(s->at_ms - begin, 0, ACD_PROBE_WAIT_MS + 10);
				first = s->at_ms < first ? s->at_ms : first;
				last = s->at_ms > last ? s->at_ms : last;
			} else {
				assert_in_range(
					s->at_ms - at, ACD_PROBE_MIN_MS, ACD_PROBE_MAX_MS + 10);
			}
			at = s->at_ms;
		}
		assert_int_equal(n, ACD_PROBE_NUM);
		assert_int_equal(lan_state(l, text), LEASE_FREE);
	}
	/* Not all at once. */
	assert_true(last - first > 500);
	lan_free(l);
}

/* Not free before the time for an answer to the last probe has passed. */
static void
test_not_early(void **state)
{
	struct lan *l = lan_of(ADDR);
	be32 got;

	(void)state;
	while (l->n_sent < ACD_PROBE_NUM) {
		assert_int_equal(lease_acquire(l->pool, "ann", &got), -EAGAIN);
		lan_wait(l, 10);
	}
	lan_wait(l, ACD_ANNOUNCE_WAIT_MS - 20);
	assert_int_equal(lan_state(l, ADDR), LEASE_UNKNOWN);
	assert_int_equal(l->frees, 0);
	l->waiting = "ann";
	lan_wait(l, 40);
	/* Those who wait are notified. */
	assert_int_equal(l->frees, 1);
	assert_int_equal(l->rc, 0);
	assert_int_equal(l->got, unit_addr(ADDR));
	lan_free(l);
}

/* Messages that show that another host has the address, while we probe. */
static void
test_conflict_in_probe(void **state)
{
	static const struct {
		bool request;
		const char *spa, *tpa;
		bool conflict;
	} cases[] = {
		{false, ADDR, OWN, true},
		{true, ADDR, OWN, true}, /* it requests an address */
		{true, ADDR, ADDR, true}, /* it announces the address */
		{true, "0.0.0.0", ADDR, true}, /* it probes as well: the address is left to it */
		{true, "192.168.0.10", ADDR, false}, /* another host requests the address */
		{false, "192.168.0.10", ADDR, false},
		{false, "0.0.0.0", ADDR, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* Before any probe, between two, after the last. */
		for (unsigned probes = 0; probes <= ACD_PROBE_NUM; probes++) {
			struct lan *l = lan_of(ADDR);
			be32 got;

			while (l->n_sent < probes)
				lan_wait(l, 10);
			lan_forget(l);
			l->waiting = "ann";
			lan_feed(l, cases[i].request, MAC_A, cases[i].spa, cases[i].tpa);
			lan_forget(l);
			if (cases[i].conflict) {
				assert_int_equal(lan_state(l, ADDR), LEASE_CONFLICT);
				/* A client that waits for it is notified. */
				assert_int_equal(l->rc, -ENOSPC);
				assert_null(l->waiting);
				/* Probing stops. */
				lan_wait(l, CHECKED_MS);
				lan_silent(l);
				assert_int_equal(lease_acquire(l->pool, "ann", &got), -ENOSPC);
			} else {
				lan_wait(l, CHECKED_MS);
				assert_int_equal(lan_state(l, ADDR), LEASE_TAKEN);
				assert_int_equal(l->rc, 0);
			}
			lan_free(l);
		}
	}
}

/* An address in conflict is checked again, and becomes free when the other host is gone. */
static void
test_conflict_ends(void **state)
{
	struct lan *l = lan_of(ADDR);

	(void)state;
	lan_feed(l, false, MAC_A, ADDR, OWN);
	lan_wait(l, ACD_RECHECK_MS - 20);
	lan_silent(l);
	/* Still there. */
	while (l->n_sent == 0)
		lan_wait(l, 10);
	assert_in_range(l->sent[0].at_ms, 1000000 + ACD_RECHECK_MS,
		1000000 + ACD_RECHECK_MS + ACD_RECHECK_SPREAD_MS + 20);
	lan_expect_probe(l, ADDR);
	lan_feed(l, false, MAC_A, ADDR, OWN);
	lan_silent(l);
	lan_wait(l, ACD_RECHECK_MS - 20);
	lan_silent(l);
	l->frees = 0;
	/* The host is gone: the address is not free before the check is complete. */
	while (l->n_sent < ACD_PROBE_NUM) {
		lan_wait(l, 10);
		assert_int_equal(lan_state(l, ADDR), LEASE_CONFLICT);
	}
	assert_int_equal(l->frees, 0);
	lan_wait(l, ACD_ANNOUNCE_WAIT_MS + 20);
	assert_int_equal(lan_state(l, ADDR), LEASE_FREE);
	assert_int_equal(l->frees, 1);
	lan_free(l);
}

/* A free address is checked again in the background, and stays free meanwhile. */
static void
test_watched(void **state)
{
	struct lan *l = lan_checked(ADDR);
	uint64_t begin = l->timers.now_ms;

	(void)state;
	while (l->n_sent < ACD_PROBE_NUM) {
		lan_wait(l, 10);
		assert_int_equal(lan_state(l, ADDR), LEASE_FREE);
	}
	assert_true(l->sent[0].at_ms - begin > ACD_RECHECK_MS - CHECKED_MS);
	lan_wait(l, ACD_ANNOUNCE_WAIT_MS + 20);
	assert_int_equal(lan_state(l, ADDR), LEASE_FREE);
	/* It does not become free, as it was. */
	assert_int_equal(l->frees, 0);
	/* A host appears that uses it. */
	lan_feed(l, true, MAC_A, ADDR, "192.168.0.10");
	assert_int_equal(lan_state(l, ADDR), LEASE_CONFLICT);
	lan_free(l);
}

/* RFC 5227, 2.3: announced at once and a second time. */
static void
test_announced(void **state)
{
	struct lan *l = lan_checked(ADDR);

	(void)state;
	lease(l, "ann", ADDR);
	acd_leased(l->acd, unit_addr(ADDR));
	lan_expect_announcement(l, ADDR);
	lan_silent(l);
	lan_wait(l, ACD_ANNOUNCE_INTERVAL_MS - 20);
	lan_silent(l);
	lan_wait(l, 40);
	lan_expect_announcement(l, ADDR);
	/* It is not probed while it is leased. */
	lan_wait(l, 200000);
	lan_silent(l);
	assert_int_equal(lan_state(l, ADDR), LEASE_TAKEN);
	/* An address outside the pool. */
	acd_leased(l->acd, unit_addr("192.168.0.99"));
	acd_released(l->acd, unit_addr("192.168.0.99"));
	lan_silent(l);
	lan_free(l);
}

/*
 * A client is not through as soon as it is given its address. Whenever that is in a check of the
 * address, and however long it takes, nobody else gets it.
 */
static void
test_leased_in_check(void **state)
{
	(void)state;
	for (unsigned ms = 0; ms < ACD_RECHECK_MS + ACD_RECHECK_SPREAD_MS + CHECKED_MS; ms += 700) {
		struct lan *l = lan_checked(ADDR);
		be32 got;

		lan_wait(l, ms);
		assert_int_equal(lan_state(l, ADDR), LEASE_FREE);
		lan_forget(l);
		l->frees = 0;
		lease(l, "ann", ADDR);
		lan_wait(l, 100000);
		lan_silent(l);
		assert_int_equal(lan_state(l, ADDR), LEASE_TAKEN);
		assert_int_equal(l->frees, 0);
		assert_int_equal(lease_acquire(l->pool, "bob", &got), -ENOSPC);
		if (ms % 1400 == 0) {
			acd_leased(l->acd, unit_addr(ADDR));
			lan_expect_announcement(l, ADDR);
			lan_wait(l, 100000);
			assert_int_equal(lan_state(l, ADDR), LEASE_TAKEN);
		}
		/* Checks continue after its release. */
		lease_release(l->pool, unit_addr(ADDR));
		acd_released(l->acd, unit_addr(ADDR));
		assert_int_equal(l->frees, 1);
		lan_forget(l);
		lan_wait(l, ACD_RECHECK_MS + ACD_RECHECK_SPREAD_MS + CHECKED_MS);
		assert_true(l->n_sent >= ACD_PROBE_NUM);
		lan_expect_probe(l, ADDR);
		lan_free(l);
	}
}

static void
test_released(void **state)
{
	struct lan *l = lan_leased();

	(void)state;
	l->waiting = "bob";
	lease_release(l->pool, unit_addr(ADDR));
	acd_released(l->acd, unit_addr(ADDR));
	/* Free at once, because it was watched. */
	assert_int_equal(l->frees, 1);
	assert_int_equal(l->rc, 0);
	assert_int_equal(l->got, unit_addr(ADDR));
	lan_silent(l);
	lan_free(l);

	/* Released between its announcements: they stop. */
	l = lan_checked(ADDR);
	lease(l, "ann", ADDR);
	acd_leased(l->acd, unit_addr(ADDR));
	lan_forget(l);
	lease_release(l->pool, unit_addr(ADDR));
	acd_released(l->acd, unit_addr(ADDR));
	lan_wait(l, ACD_RECHECK_MS - 50);
	lan_silent(l);
	lan_free(l);
}

/* RFC 5227, 2.4 (b). */
static void
test_defend(void **state)
{
	struct lan *l = lan_leased();

	(void)state;
	/* A host that probes is answered, which is sufficient. */
	for (unsigned i = 0; i < 5; i++) {
		lan_feed(l, true, MAC_A, "0.0.0.0", ADDR);
		lan_expect(l, false, ADDR, "0.0.0.0", MAC_A);
	}
	lan_silent(l);
	/* A host that claims it is answered by one announcement. */
	lan_feed(l, true, MAC_A, ADDR, ADDR);
	lan_expect_announcement(l, ADDR);
	lan_silent(l);
	assert_int_equal(lan_state(l, ADDR), LEASE_TAKEN);
	/* Much later, it counts as the first time again. */
	lan_wait(l, ACD_DEFEND_INTERVAL_MS + 10);
	lan_feed(l, false, MAC_A, ADDR, "192.168.0.10");
	lan_expect_announcement(l, ADDR);
	assert_int_equal(l->give_ups, 0);
	/* A second time soon after that: the client must lose it. */
	lan_wait(l, ACD_DEFEND_INTERVAL_MS - 10);
	lan_feed(l, true, MAC_A, ADDR, "192.168.0.10");
	lan_silent(l);
	assert_int_equal(l->give_ups, 1);
	assert_int_equal(l->given_up, unit_addr(ADDR));
	assert_int_equal(l->given_up_to[5], 0x0a);
	assert_int_equal(lan_state(l, ADDR), LEASE_CONFLICT);
	/* No longer ours: no answer, no defence. */
	lan_feed(l, true, MAC_B, "192.168.0.10", ADDR);
	lan_feed(l, true, MAC_A, ADDR, ADDR);
	lan_silent(l);
	assert_int_equal(l->give_ups, 1);
	/* It is checked again later. */
	lan_wait(l, ACD_RECHECK_MS + ACD_RECHECK_SPREAD_MS + CHECKED_MS);
	assert_int_equal(lan_state(l, ADDR), LEASE_FREE);
	lan_free(l);
}

/* An address that is given up is not leased, even to a client that waits for any release. */
static void
test_give_up_is_not_free(void **state)
{
	struct lan *l = lan_leased();

	(void)state;
	l->waiting = "bob";
	lan_feed(l, true, MAC_A, ADDR, ADDR);
	lan_feed(l, true, MAC_A, ADDR, ADDR);
	assert_int_equal(l->give_ups, 1);
	assert_int_equal(l->frees, 0);
	assert_string_equal(l->waiting, "bob");
	assert_int_equal(lan_state(l, ADDR), LEASE_CONFLICT);
	lan_free(l);

	/* The owner releases it late: the conflict stays. */
	l = lan_leased();
	l->keep = true;
	lan_feed(l, true, MAC_A, ADDR, ADDR);
	lan_feed(l, true, MAC_A, ADDR, ADDR);
	lan_feed(l, true, MAC_A, ADDR, ADDR);
	assert_int_equal(l->give_ups, 1);
	lan_wait(l, 5000);
	lease_release(l->pool, unit_addr(ADDR));
	acd_released(l->acd, unit_addr(ADDR));
	assert_int_equal(lan_state(l, ADDR), LEASE_CONFLICT);
	assert_int_equal(l->frees, 0);
	lan_wait(l, ACD_RECHECK_MS + ACD_RECHECK_SPREAD_MS + CHECKED_MS);
	assert_int_equal(lan_state(l, ADDR), LEASE_FREE);
	assert_int_equal(l->frees, 1);
	lan_free(l);
}

/* A new lease may be defended once again. */
static void
test_defend_anew(void **state)
{
	struct lan *l = lan_leased();

	(void)state;
	lan_feed(l, true, MAC_A, ADDR, ADDR);
	lease_release(l->pool, unit_addr(ADDR));
	acd_released(l->acd, unit_addr(ADDR));
	lease(l, "ann", ADDR);
	acd_leased(l->acd, unit_addr(ADDR));
	lan_forget(l);
	lan_feed(l, true, MAC_A, ADDR, ADDR);
	lan_expect_announcement(l, ADDR);
	assert_int_equal(l->give_ups, 0);
	lan_free(l);
}

/* The gateway's own address is always defended, but not more often than allowed (2.4 (c)). */
static void
test_own(void **state)
{
	struct lan *l = lan_checked(ADDR);

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		lan_feed(l, true, MAC_A, OWN, OWN);
		if (i == 0)
			lan_expect_announcement(l, OWN);
		lan_wait(l, 1000);
	}
	lan_silent(l);
	lan_wait(l, ACD_DEFEND_INTERVAL_MS - 5000 + 10);
	lan_feed(l, true, MAC_A, OWN, "192.168.0.10");
	lan_expect_announcement(l, OWN);
	assert_int_equal(l->give_ups, 0);
	assert_int_equal(lan_state(l, ADDR), LEASE_FREE);
	lan_free(l);
}

static void
test_count(void **state)
{
	struct lan *l = lan_checked("192.168.0.7-192.168.0.9");
	unsigned count[4];

	(void)state;
	lease(l, "ann", ADDR);
	lan_feed(l, false, MAC_A, "192.168.0.9", OWN);
	acd_count(l->acd, count);
	assert_int_equal(count[LEASE_UNKNOWN], 0);
	assert_int_equal(count[LEASE_FREE], 1);
	assert_int_equal(count[LEASE_TAKEN], 1);
	assert_int_equal(count[LEASE_CONFLICT], 1);
	lan_free(l);
	acd_free(NULL);
}

/* When the link comes up, free addresses must be checked again; leased ones stay. */
static void
test_doubt(void **state)
{
	struct lan *l = lan_checked("192.168.0.7-192.168.0.8");
	be32 got;

	(void)state;
	lease(l, "ann", ADDR);
	acd_leased(l->acd, unit_addr(ADDR));
	acd_doubt(l->acd);
	assert_int_equal(lan_state(l, ADDR), LEASE_TAKEN);
	assert_int_equal(lease_acquire(l->pool, "bob", &got), -EAGAIN);
	lan_wait(l, CHECKED_MS);
	lease(l, "bob", "192.168.0.8");
	assert_int_equal(l->frees, 1);
	lan_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_doubt),
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_not_early),
		cmocka_unit_test(test_conflict_in_probe),
		cmocka_unit_test(test_conflict_ends),
		cmocka_unit_test(test_watched),
		cmocka_unit_test(test_announced),
		cmocka_unit_test(test_leased_in_check),
		cmocka_unit_test(test_released),
		cmocka_unit_test(test_defend),
		cmocka_unit_test(test_give_up_is_not_free),
		cmocka_unit_test(test_defend_anew),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
