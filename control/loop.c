/* SPDX-License-Identifier: BSD-3-Clause */
/* The control core's loop: punts, timers, commands, the dead. */
#include "clock.h"
#include "gateway.h"

#define PUNTS_A_TURN 256
#define IDLE_MS      1 /* the longest nap: what a handshake's message may wait */

void
loop_shut_down(struct gateway *gw)
{
	gw->shutting_down = true;
	log_notice(MAIN, NULL, "stopping: %u connections are told", gw->n_conns);
	LIST_FOREACH_SAFE (it, &gw->conns)
		conn_close(container_of(it, struct conn, node), "the gateway is shutting down");
}

bool
loop_turn(struct gateway *gw, uint64_t now_ms)
{
	unsigned n;

	timers_run(&gw->timers, now_ms);
	n = dp_punt_drain(gw->dp, PUNTS_A_TURN, dispatch_punt, gw);
	gateway_reap(gw);
	dp_poll(gw->dp);
	carrier_watch(gw);
	return n > 0;
}

void
loop_run(struct gateway *gw, const volatile int *stop)
{
	bool busy = true;

	while (!*stop || gw->n_conns > 0) {
		if (*stop && !gw->shutting_down)
			loop_shut_down(gw);
		/* A nap only outside of the lock, on what wakes us best: the command socket. */
		cli_poll(gw->cli, busy ? 0 : IDLE_MS, &gw->lock);
		pthread_mutex_lock(&gw->lock);
		busy = loop_turn(gw, clock_ms());
		pthread_mutex_unlock(&gw->lock);
	}
}
