/* SPDX-License-Identifier: BSD-3-Clause */
#include "timer.h"

void
timers_init(struct timers *ts, uint64_t now_ms)
{
	ts->now_ms = now_ms;
	ts->tick = now_ms / TIMER_TICK_MS;
	for (unsigned i = 0; i < TIMER_SLOTS; i++)
		list_init(&ts->slot[i]);
}

/* Runs the due timers of one slot. Callbacks may change it, so each search begins at its start. */
static void
run_slot(struct timers *ts, struct list *slot)
{
	struct list later;

	list_init(&later);
	while (!list_empty(slot)) {
		struct timer *t = container_of(slot->next, struct timer, node);

		list_del(&t->node);
		if (t->due_ms > ts->now_ms)
			list_add_tail(&later, &t->node);
		else
			t->fn(t);
	}
	while (!list_empty(&later)) {
		struct list *n = later.next;

		list_del(n);
		list_add_tail(slot, n);
	}
}

void
timers_run(struct timers *ts, uint64_t now_ms)
{
	uint64_t tick = now_ms / TIMER_TICK_MS;
	uint64_t turn = ts->tick + TIMER_SLOTS;

	if (now_ms < ts->now_ms)
		return;
	ts->now_ms = now_ms;
	if (tick > turn)
		ts->tick = tick - TIMER_SLOTS;
	while (ts->tick < tick) {
		ts->tick++;
		run_slot(ts, &ts->slot[ts->tick % TIMER_SLOTS]);
	}
}

void
timer_init(struct timer *t, struct timers *ts, void (*fn)(struct timer *))
{
	list_init(&t->node);
	t->timers = ts;
	t->fn = fn;
	t->due_ms = 0;
}

void
timer_arm(struct timer *t, uint64_t delay_ms)
{
	struct timers *ts = t->timers;
	uint64_t tick;

	list_del(&t->node);
	t->due_ms = ts->now_ms + delay_ms;
	/* The first tick at which the time is surely reached, but not one that has already run. */
	tick = (t->due_ms + TIMER_TICK_MS - 1) / TIMER_TICK_MS;
	if (tick <= ts->tick)
		tick = ts->tick + 1;
	list_add_tail(&ts->slot[tick % TIMER_SLOTS], &t->node);
}

void
timer_stop(struct timer *t)
{
	list_del(&t->node);
}

bool
timer_armed(const struct timer *t)
{
	return !list_empty(&t->node);
}

size_t
timers_armed(const struct timers *ts)
{
	size_t n = 0;

	for (unsigned i = 0; i < TIMER_SLOTS; i++)
		LIST_FOREACH (it, &ts->slot[i])
			n++;
	return n;
}
