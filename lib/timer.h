/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control core's timer wheel: ticks of 10 ms, timers embedded in their owners. Time is an
 * argument of timers_run(), so tests can advance it.
 */
#ifndef TIMER_H
#define TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "list.h"

#define TIMER_TICK_MS 10
#define TIMER_SLOTS   4096 /* one turn of the wheel: 41 s; later timers stay for further turns */

struct timers {
	uint64_t now_ms; /* the time of the last timers_run, monotonic */
	uint64_t tick; /* the last tick that was run */
	struct list slot[TIMER_SLOTS];
};

struct timer {
	struct list node;
	struct timers *timers;
	uint64_t due_ms; /* monotonic */
	void (*fn)(struct timer *);
};

void timers_init(struct timers *ts, uint64_t now_ms);

/* Runs all timers that are due at now_ms, monotonic. A callback may arm, stop or free any timer. */
void timers_run(struct timers *ts, uint64_t now_ms);

/* fn receives the timer, and finds its owner with container_of(). */
void timer_init(struct timer *t, struct timers *ts, void (*fn)(struct timer *));

/* Makes the timer due delay_ms after timers->now_ms, also if it is armed already. */
void timer_arm(struct timer *t, uint64_t delay_ms);

/* Idempotent. Must be called before the owner is freed. */
void timer_stop(struct timer *t);

/* The number of armed timers. Walks over all of them. */
size_t timers_armed(const struct timers *ts);

bool timer_armed(const struct timer *t);

#endif
