/* SPDX-License-Identifier: BSD-3-Clause */
#include "story.h"

#include <stdio.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))

enum {
	STORIES_MAX = 64,
	SEEDS = 3,
};

bool
story_is_good(const struct rig *r)
{
	return r->about[0] == '\0';
}

static struct rig *
begin(const struct story *s)
{
	struct rig *r = rig_new(&s->setup);

	if (s->prepare != NULL)
		s->prepare(r);
	return r;
}

/* What the story took of each on the good line. */
struct took {
	unsigned packets, allocations;
};

static struct took
tell_once(const struct story *s)
{
	struct rig *r = begin(s);
	unsigned from = r->n_packets;
	struct took took;

	fake_memory_fail(0, false);
	s->tell(r);
	took = (struct took){r->n_packets - from, fake_memory_count()};
	rig_free(r);
	return took;
}

static void
tell_lines(const struct story *s)
{
	static const struct rig_link lines[] = {
		{.loss = 15},
		{.doubling = 40},
		{.reorder = 40},
		{.loss = 10, .doubling = 20, .reorder = 20},
	};

	for (unsigned i = 0; i < N(lines); i++)
		for (uint32_t seed = 1; seed <= SEEDS; seed++) {
			struct rig *r = begin(s);

			rig_about(r, "loss %u %%, doubling %u %%, reorder %u %%, seed %u",
				lines[i].loss, lines[i].doubling, lines[i].reorder, seed);
			r->link = lines[i];
			r->seed = seed;
			s->tell(r);
			rig_free(r);
		}
}

static void
tell_faults(const struct story *s, unsigned packets)
{
	static const char *const names[] = {"fine", "lost", "doubled", "late"};

	for (unsigned i = 0; i < packets; i++)
		for (enum rig_fault fault = RIG_LOST; fault < RIG_N_FAULTS; fault++) {
			struct rig *r = begin(s);

			rig_about(r, "packet %u of %u is %s", i, packets, names[fault]);
			r->link = (struct rig_link){.fault = fault, .at = r->n_packets + i, .n = 1};
			s->tell(r);
			rig_free(r);
		}
}

static void
tell_allocations(const struct story *s, unsigned allocations)
{
	for (unsigned i = 1; i <= allocations; i++) {
		struct rig *r = begin(s);

		rig_about(r, "allocation %u of %u fails", i, allocations);
		fake_memory_fail(i, false);
		s->tell(r);
		fake_memory_fail(0, false);
		rig_free(r);
	}
}

static void
run(void **state)
{
	const struct story *s = *state;
	struct took took = tell_once(s);

	if (s->where & STORY_LINES)
		tell_lines(s);
	if (s->where & STORY_FAULTS)
		tell_faults(s, took.packets);
	if (s->where & STORY_ALLOCATIONS)
		tell_allocations(s, took.allocations);
}

int
story_main(const char *group, const struct story *stories, size_t n)
{
	struct CMUnitTest tests[STORIES_MAX];

	assert_true(n <= STORIES_MAX);
	for (size_t i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){
			stories[i].name, run, NULL, rig_teardown, (void *)&stories[i]};
	return _cmocka_run_group_tests(group, tests, n, NULL, NULL);
}
