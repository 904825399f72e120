/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stories that are told on many lines: good ones, bad ones, and those on which exactly one packet
 * has a fault.
 */
#ifndef STORY_H
#define STORY_H

#include "rig.h"

/* Where a story is told besides a good line. */
enum {
	STORY_LINES =
		1, /* lines that lose, double and delay packets at random, each with some seeds */
	STORY_FAULTS = 2, /* for each packet of the story: that one lost, doubled, and late */
	STORY_ALLOCATIONS = 4, /* for each allocation of the gateway: that one fails */
};

struct story {
	const char *name;
	/* What comes first, on a good line; NULL: nothing. */
	void (*prepare)(struct rig *r);
	/* What is told on each line. Must come to the same end on all of them. */
	void (*tell)(struct rig *r);
	unsigned where;
	struct rig_setup setup;
};

/* A cmocka test for each story; returns how many failed. */
int story_main(const char *group, const struct story *stories, size_t n);
#define STORY_MAIN(group, stories) \
	story_main(group, stories, sizeof(stories) / sizeof((stories)[0]))

/* Whether this is the good line, on which exact counts may be expected. */
bool story_is_good(const struct rig *r);

#endif
