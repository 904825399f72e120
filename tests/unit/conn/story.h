/* SPDX-License-Identifier: BSD-3-Clause */
/* Stories that are told on many lines: good, bad ones, and those on which exactly one packet has a fault. */
#ifndef STORY_H
#define STORY_H

#include "rig.h"

struct story {
	const struct rig_setup *setup; /* NULL: the default */
	/* What comes first, on a good line; NULL: nothing. */
	void (*prepare)(struct rig *r);
	/* What is told on each line. Must come to the same end on all of them. */
	void (*tell)(struct rig *r);
};

/* On a good line. */
void story_once(const struct story *s);
/* On a good line, and on lines that lose, double and delay packets at random, each with some seeds. */
void story_each_line(const struct story *s);
/* For each packet of the story as it goes on a good line: once with that packet lost, doubled, and late. */
void story_each_fault(const struct story *s);
/* For each allocation that the gateway makes in the story: once with that one failing. */
void story_each_allocation(const struct story *s);

#endif
