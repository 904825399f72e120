/* SPDX-License-Identifier: BSD-3-Clause */
/* The control core's loop. */
#ifndef LOOP_H
#define LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct gateway;

/* Runs until *stop is not zero and all connections have ended. */
void loop_run(struct gateway *gw, const volatile int *stop);

/* One turn: timers, punts, then frees what has ended. Returns whether there were punts. */
bool loop_turn(struct gateway *gw, uint64_t now_ms);

/* Accepts no new connections, and closes those that exist. */
void loop_shut_down(struct gateway *gw);

#endif
