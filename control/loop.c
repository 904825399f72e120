/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop.h"

#include "carrier.h"
#include "cli.h"
#include "clock.h"
#include "dispatch.h"
#include "gateway.h"
#include "log.h"

#define PUNTS_A_TURN 256
#define IDLE_MS      1 /* the longest sleep, and so the longest wait of a message */

void
loop_shut_down(struct gateway *gw)
{
	log_notice(MAIN, NULL, "shutting down: notifying %u clients", gw->clients.n_conns);
	clients_shut_down(&gw->clients, "the gateway is shutting down");
}

bool
loop_turn(struct gateway *gw, uint64_t now_ms)
{
	unsigned n;

	timers_run(&gw->timers, now_ms);
	n = dp_punt_drain(gw->dp, PUNTS_A_TURN, dispatch_punt, gw);
	clients_end_turn(&gw->clients);
	dp_poll(gw->dp);
	carrier_watch(gw);
	return n > 0;
}

void
loop_run(struct gateway *gw, const volatile int *stop)
{
	bool busy = true;

	while (!*stop || gw->clients.n_conns > 0) {
		if (*stop && !gw->clients.shutting_down)
			loop_shut_down(gw);
		/* Sleeps without the lock, and is woken by the command socket. */
		cli_poll(gw->cli, busy ? 0 : IDLE_MS, &gw->lock);
		pthread_mutex_lock(&gw->lock);
		busy = loop_turn(gw, clock_ms());
		pthread_mutex_unlock(&gw->lock);
	}
}
