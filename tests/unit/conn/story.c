/* SPDX-License-Identifier: BSD-3-Clause */
#include "story.h"

#include <stdio.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))

static struct rig *
begin(const struct story *s)
{
	struct rig *r = rig_new(s->setup);

	if (s->prepare != NULL)
		s->prepare(r);
	return r;
}

void
story_once(const struct story *s)
{
	struct rig *r = begin(s);

	s->tell(r);
	rig_free(r);
}

void
story_each_line(const struct story *s)
{
	static const struct rig_link lines[] = {
		{.loss = 15},
		{.doubling = 40},
		{.reorder = 40},
		{.loss = 10, .doubling = 20, .reorder = 20},
	};

	story_once(s);
	for (unsigned i = 0; i < N(lines); i++)
		for (uint32_t seed = 1; seed <= 3; seed++) {
			struct rig *r = begin(s);

			rig_about(r, "loss %u %%, doubling %u %%, reorder %u %%, seed %u",
				lines[i].loss, lines[i].doubling, lines[i].reorder, seed);
			r->link = lines[i];
			r->seed = seed;
			s->tell(r);
			rig_free(r);
		}
}

void
story_each_fault(const struct story *s)
{
	static const char *const names[] = {"fine", "lost", "doubled", "late"};
	struct rig *r = begin(s);
	unsigned from = r->n_packets, n;

	s->tell(r);
	n = r->n_packets - from;
	rig_free(r);
	for (unsigned i = 0; i < n; i++)
		for (enum rig_fault fault = RIG_LOST; fault < RIG_N_FAULTS; fault++) {
			r = begin(s);
			rig_about(r, "packet %u of %u is %s", i, n, names[fault]);
			r->link = (struct rig_link){.fault = fault, .at = r->n_packets + i, .n = 1};
			s->tell(r);
			rig_free(r);
		}
}

void
story_each_allocation(const struct story *s)
{
	struct rig *r = begin(s);
	unsigned n;

	fake_memory_fail(0, false);
	s->tell(r);
	n = fake_memory_count();
	rig_free(r);
	for (unsigned i = 1; i <= n; i++) {
		r = begin(s);
		rig_about(r, "allocation %u of %u fails", i, n);
		fake_memory_fail(i, false);
		s->tell(r);
		fake_memory_fail(0, false);
		rig_free(r);
	}
}
