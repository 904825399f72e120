/* SPDX-License-Identifier: BSD-3-Clause */
/* The control core's loop. */
#ifndef LOOP_H
#define LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct gateway;

/* Runs until *stop is not zero and all sessions have said goodbye. */
void loop_run(struct gateway *gw, const volatile int *stop);

/* One turn at that time: timers, punts, then what has ended. Returns whether there were punts. */
bool loop_turn(struct gateway *gw, uint64_t now_ms);

/* Takes no new connections, and says goodbye to those that are there. */
void loop_shut_down(struct gateway *gw);

#endif
