/* SPDX-License-Identifier: BSD-3-Clause */
/* The scenario: the steps of the good clients, round by round. */
#include <errno.h>
#include <stdio.h>

#include "load.h"

#define TURN_MAX     16 /* clients begun in one turn, so that packets get their turn */
#define DRAIN_US     3000000 /* without an arrival, after which missing packets are lost */
#define REKEY_US     3000000 /* a rekey step lasts at least this long after its last client */
#define REKEY_MAX_US 45000000 /* and at most this long, with retransmissions */

static const struct step *
step_of(const struct load *l)
{
	return &l->o.steps[l->at.step];
}

static void
begin_step(struct load *l)
{
	l->at.since_us = l->now_us;
	l->at.n = 0;
	l->at.draining = false;
	if (l->marks == NULL)
		return;
	if (l->at.round < l->o.rounds)
		fprintf(l->marks, "%s %u up %u\n", load_step_name(step_of(l)->kind),
			l->at.round + 1, l->n_up);
	else
		fprintf(l->marks, "end up %u\n", l->n_up);
	fflush(l->marks);
}

void
load_steps_begin(struct load *l)
{
	l->at.round = l->at.step = 0;
	begin_step(l);
}

/* The number of further clients that are due at the rate. */
static uint32_t
due(const struct load *l)
{
	uint32_t n = (uint32_t)((double)(l->now_us - l->at.since_us) / 1e6 * l->o.rate) + 1;

	n = n > l->role_n[ROLE_GOOD] ? l->role_n[ROLE_GOOD] : n;
	n -= n < l->at.n ? n : l->at.n;
	return n < TURN_MAX ? n : TURN_MAX;
}

static uint32_t
keys_made(const struct peer *p, enum step_kind kind)
{
	return kind == STEP_REKEY_ESP ? p->n_pairs : p->n_isakmps;
}

/* One that has just begun by itself (-EBUSY) counts as well. */
static void
rekey(struct peer *p, enum step_kind kind)
{
	p->rekey_from = keys_made(p, kind);
	p->rekeying = (kind == STEP_REKEY_ESP ? client_rekey_esp(p->c) : client_rekey_ike(p->c)) !=
		      -EINVAL;
	p->l->rekeys += p->rekeying;
}

/* Counts clients that have rekeyed; true if all have. */
static bool
all_rekeyed(struct load *l, enum step_kind kind)
{
	bool all = true;

	for (uint32_t i = 0; i < l->role_n[ROLE_GOOD]; i++) {
		struct peer *p = l->peers[i];

		if (!p->rekeying)
			continue;
		if (keys_made(p, kind) == p->rekey_from) {
			all = false;
			continue;
		}
		p->rekeying = false;
		l->rekeyed++;
	}
	return all;
}

static void
act(struct peer *p, enum step_kind kind)
{
	enum client_phase phase = client_phase(p->c);

	if (kind == STEP_CONNECT) {
		if (phase == CLIENT_IDLE)
			load_peer_connect(p);
	} else if (phase == CLIENT_UP) {
		if (kind == STEP_DISCONNECT)
			load_peer_disconnect(p);
		else if (kind == STEP_DIE)
			load_peer_die(p);
		else if (kind == STEP_ROAM)
			load_peer_roam(p);
		else if (kind == STEP_REKEY_ESP || kind == STEP_REKEY_IKE)
			rekey(p, kind);
	}
}

static bool
all_settled(const struct load *l, bool down)
{
	for (uint32_t i = 0; i < l->role_n[ROLE_GOOD]; i++) {
		enum client_phase phase = client_phase(l->peers[i]->c);

		if (phase != CLIENT_IDLE && (down || phase != CLIENT_UP))
			return false;
	}
	return true;
}

/* Whether the step, begun for all clients, has ended. */
static bool
ended(struct load *l, enum step_kind kind)
{
	double rekeying_us;

	switch (kind) {
	case STEP_CONNECT:
		return all_settled(l, false);
	case STEP_DISCONNECT:
		return all_settled(l, true);
	case STEP_REKEY_ESP:
	case STEP_REKEY_IKE:
		rekeying_us = (double)(l->now_us - l->at.since_us) -
			      (double)l->at.n / l->o.rate * 1e6;
		return rekeying_us > REKEY_US &&
		       (all_rekeyed(l, kind) || rekeying_us > REKEY_MAX_US);
	default:
		return true;
	}
}

/* Runs the current step; true when it is over. */
static bool
run_step(struct load *l)
{
	const struct step *s = step_of(l);
	uint64_t passed = l->now_us - l->at.since_us;

	if (s->kind == STEP_HOLD)
		return (double)passed >= s->seconds * 1e6;
	if (s->kind == STEP_TRAFFIC) {
		if ((double)passed < s->seconds * 1e6)
			return false;
		if (!l->at.draining)
			l->arrived_us = l->now_us;
		l->at.draining = true;
		return (load_traffic_missing(l, FLOW_UP) == 0 &&
			       load_traffic_missing(l, FLOW_DOWN) == 0) ||
		       l->now_us - l->arrived_us >= DRAIN_US + l->o.delay_ms * 1000;
	}
	/* Nothing can be sent before the gateway's Ethernet address is known. */
	if (!l->gateway_known) {
		l->at.since_us = l->now_us;
		return false;
	}
	for (uint32_t n = due(l); n > 0; n--)
		act(l->peers[l->at.n++], s->kind);
	if (l->at.n < l->role_n[ROLE_GOOD] || !ended(l, s->kind))
		return false;
	if (s->kind == STEP_CONNECT)
		l->connects.busy_us += passed;
	return true;
}

bool
load_steps_run(struct load *l)
{
	if (l->at.round == l->o.rounds)
		return false;
	if (!run_step(l))
		return true;
	if (++l->at.step == l->o.n_steps) {
		l->at.step = 0;
		l->at.round++;
	}
	begin_step(l);
	return l->at.round < l->o.rounds;
}

bool
load_steps_traffic(const struct load *l)
{
	return l->at.round < l->o.rounds && step_of(l)->kind == STEP_TRAFFIC && !l->at.draining;
}

const char *
load_steps_name(const struct load *l)
{
	static _Thread_local char name[48];

	snprintf(name, sizeof(name), "%s %u/%u", load_step_name(step_of(l)->kind), l->at.round + 1,
		l->o.rounds);
	return name;
}
