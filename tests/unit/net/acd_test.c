/* SPDX-License-Identifier: BSD-3-Clause */
/* Address conflict detection: who else uses an address of the pool, before it is leased and after. */
#include "lan.h"

#define ADDR "192.168.0.7"
/* The longest that a first check may take: wait, three probes, wait. */
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

/* ... with the address known to be free. */
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

/* ... and with a client that has it. */
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

/* RFC 5227, 2.1.1: the times between the probes. They are random, so many addresses are looked at. */
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
	/* Not all in one burst. */
	assert_true(last - first > 500);
	lan_free(l);
}

/* Not free before the time for an answer to the last probe is over. */
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
	/* Who waits is told. */
	assert_int_equal(l->frees, 1);
	assert_int_equal(l->rc, 0);
	assert_int_equal(l->got, unit_addr(ADDR));
	lan_free(l);
}

/* What tells that another host has the address, while we ask. */
static void
test_conflict_in_probe(void **state)
{
	static const struct {
		bool request;
		const char *spa, *tpa;
		bool conflict;
	} cases[] = {
		{false, ADDR, OWN, true},
		{true, ADDR, OWN, true}, /* it asks for somebody */
		{true, ADDR, ADDR, true}, /* it says so to all */
		{true, "0.0.0.0", ADDR, true}, /* it probes as we do: it shall have it */
		{true, "192.168.0.10", ADDR, false}, /* somebody else would talk to it */
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
				/* Who waited for it waits in vain, and is told. */
				assert_int_equal(l->rc, -ENOSPC);
				assert_null(l->waiting);
				/* It does not go on to probe. */
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

/* An address in conflict is looked at again, and free when the other host has gone. */
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
	/* Gone: not free before all of it is over. */
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

/* A free address stays watched and is checked again in the background, and free all the while. */
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
	/* It has not become free, it was. */
	assert_int_equal(l->frees, 0);
	/* A host comes with it. */
	lan_feed(l, true, MAC_A, ADDR, "192.168.0.10");
	assert_int_equal(lan_state(l, ADDR), LEASE_CONFLICT);
	lan_free(l);
}

/* RFC 5227, 2.3: announced at once, and once again. */
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
	/* It is not probed as long as it is out. */
	lan_wait(l, 200000);
	lan_silent(l);
	assert_int_equal(lan_state(l, ADDR), LEASE_TAKEN);
	/* Not one of the pool. */
	acd_leased(l->acd, unit_addr("192.168.0.99"));
	acd_released(l->acd, unit_addr("192.168.0.99"));
	lan_silent(l);
	lan_free(l);
}

/*
 * A client is not through as soon as it is given its address. Whenever that is in a check of the address, and
 * however long it takes, nobody else gets it.
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
		/* The watch goes on when it comes back. */
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
	/* Free at once, for it was watched. */
	assert_int_equal(l->frees, 1);
	assert_int_equal(l->rc, 0);
	assert_int_equal(l->got, unit_addr(ADDR));
	lan_silent(l);
	lan_free(l);

	/* In the midst of its announcements: they end. */
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
	/* A host that probes gets its answer, and no more is needed. */
	for (unsigned i = 0; i < 5; i++) {
		lan_feed(l, true, MAC_A, "0.0.0.0", ADDR);
		lan_expect(l, false, ADDR, "0.0.0.0", MAC_A);
	}
	lan_silent(l);
	/* One that claims it hears once that it is ours. */
	lan_feed(l, true, MAC_A, ADDR, ADDR);
	lan_expect_announcement(l, ADDR);
	lan_silent(l);
	assert_int_equal(lan_state(l, ADDR), LEASE_TAKEN);
	/* Much later it is another first time. */
	lan_wait(l, ACD_DEFEND_INTERVAL_MS + 10);
	lan_feed(l, false, MAC_A, ADDR, "192.168.0.10");
	lan_expect_announcement(l, ADDR);
	assert_int_equal(l->give_ups, 0);
	/* A second time soon after: the client must lose it. */
	lan_wait(l, ACD_DEFEND_INTERVAL_MS - 10);
	lan_feed(l, true, MAC_A, ADDR, "192.168.0.10");
	lan_silent(l);
	assert_int_equal(l->give_ups, 1);
	assert_int_equal(l->given_up, unit_addr(ADDR));
	assert_int_equal(l->given_up_to[5], 0x0a);
	assert_int_equal(lan_state(l, ADDR), LEASE_CONFLICT);
	/* Not ours any more: no answer, no defence. */
	lan_feed(l, true, MAC_B, "192.168.0.10", ADDR);
	lan_feed(l, true, MAC_A, ADDR, ADDR);
	lan_silent(l);
	assert_int_equal(l->give_ups, 1);
	/* Checked again when its time has come. */
	lan_wait(l, ACD_RECHECK_MS + ACD_RECHECK_SPREAD_MS + CHECKED_MS);
	assert_int_equal(lan_state(l, ADDR), LEASE_FREE);
	lan_free(l);
}

/* What was given up is nobody's, also of one who waits and asks as soon as something is released. */
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

	/* The owner takes his time: the conflict is not over for that. */
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

/* A new lease has its own right to one defence. */
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

/* Our own address is not to be given up: it is defended, not more often than allowed (2.4 (c)). */
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

/* A link that comes up: what is free must be found to be so again, what is leased stays. */
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
