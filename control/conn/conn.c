/* SPDX-License-Identifier: BSD-3-Clause */
#include "conn.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients.h"
#include "conn_auth.h"
#include "conn_ike.h"
#include "conn_ike_renew.h"
#include "conn_pair.h"
#include "conn_pair_renew.h"
#include "conn_path.h"
#include "conn_ppp.h"
#include "conn_session.h"
#include "log.h"

static void on_idle(struct timer *t);

struct conn *
conn_new(struct clients *cs, const struct ip_end *local, const struct ip_end *remote)
{
	struct conn *c = calloc(1, sizeof(*c));
	char addr[IP_STR_LEN];

	if (c == NULL)
		return NULL;
	c->clients = cs;
	c->id = ++cs->next_id;
	c->local = *local;
	c->remote = *remote;
	c->client = "";
	c->sid = DP_SID_NONE;
	c->worker = clients_choose_worker(cs);
	snprintf(c->who, sizeof(c->who), "conn %" PRIu32 " %s", c->id, ip_str(remote->addr, addr));
	list_init(&c->peer_node);
	list_init(&c->want_node);
	list_init(&c->ikes);
	list_init(&c->pairs);
	timer_init(&c->idle, cs->timers, on_idle);
	list_add_tail(&cs->conns, &c->node);
	cs->n_conns++;
	return c;
}

/* Its ISAKMP SAs, pairs and link ended before it, so they are gone. */
static void
free_dead(struct reap *r)
{
	struct conn *c = container_of(r, struct conn, reap);

	list_del(&c->node);
	timer_stop(&c->idle);
	l2tp_free(c->l2tp);
	free(c->why);
	free(c->last_peer);
	free(c);
}

const char *
conn_why(const struct conn *c)
{
	return c->why != NULL ? c->why : "";
}

const char *
conn_user(const struct conn *c)
{
	return c->user != NULL ? c->user->name : "";
}

static void
set_why(struct conn *c, const char *fmt, va_list ap)
{
	if (vasprintf(&c->why, fmt, ap) < 0)
		c->why = NULL;
}

/* Takes the connection apart in the order in which it was put together, backwards. */
static void
take_down(struct conn *c, bool tell)
{
	conn_session_end(c, conn_why(c));
	conn_pairs_end(c, tell);
	conn_ikes_end(c, tell ? CONN_IKE_DELETE : CONN_IKE_SILENT);
	conn_session_retire(c);
}

bool
conn_may_log(struct conn *c)
{
	return !c->hushed || clients_may_log(c->clients);
}

void
conn_move(struct conn *c, const struct ip_end *remote)
{
	c->remote = *remote;
	peer_table_place(&c->clients->peers, c);
	conn_ikes_move(c, remote);
	conn_pairs_move(c, remote);
}

void
conn_finish(struct conn *c, bool tell, const char *why_fmt, ...)
{
	va_list ap;

	if (c->dead)
		return;
	if (!c->closing) {
		va_start(ap, why_fmt);
		set_why(c, why_fmt, ap);
		va_end(ap);
	}
	c->closing = c->dead = true;
	timer_stop(&c->idle);
	take_down(c, tell);
	list_del(&c->peer_node);
	c->clients->n_conns--;
	reap_later(&c->clients->ended, &c->reap, free_dead);
	if (conn_may_log(c))
		log_info(CONN, c->who, "closed: %s", conn_why(c));
}

/* Waiting for the same goes on from when it began. */
static void
wait_for(struct conn *c, enum conn_idle what, uint64_t ms)
{
	if (c->idle_for == what)
		return;
	c->idle_for = what;
	if (what == CONN_IDLE_NONE)
		timer_stop(&c->idle);
	else
		timer_arm(&c->idle, ms);
}

void
conn_close(struct conn *c, const char *why_fmt, ...)
{
	va_list ap;

	if (c->closing)
		return;
	va_start(ap, why_fmt);
	set_why(c, why_fmt, ap);
	va_end(ap);
	c->closing = true;
	if (c->l2tp == NULL || conn_pair_current(c) == NULL) {
		conn_finish(c, true, "%s", "");
		return;
	}
	wait_for(c, CONN_IDLE_CLOSING, CONN_CLOSE_MS);
	/* tunnel_down finishes the rest; it may come at once. */
	conn_session_close(c, conn_why(c));
}

static bool
tunnel_alive(const struct conn *c)
{
	struct l2tp_info info;

	if (c->l2tp == NULL)
		return false;
	l2tp_info(c->l2tp, &info);
	/* One that closes may wait long for a peer that is gone to agree. */
	return info.tunnel != L2TP_TUNNEL_IDLE && info.tunnel != L2TP_TUNNEL_CLOSING;
}

void
conn_check_idle(struct conn *c)
{
	if (c->dead || c->closing)
		return;
	if (c->n_pairs == 0 && c->n_ikes == 0) {
		conn_finish(c, false, "the peer has no SA any more");
		return;
	}
	/*
	 * Main mode has a deadline of its own. A session outlives its pairs, as Windows deletes
	 * idle ones: what is to be sent asks for a new one (conn_pair_acquire), and if none comes,
	 * its echoes find it dead.
	 */
	if (c->n_pairs == 0 && !c->up)
		wait_for(c, CONN_IDLE_NO_PAIR, CONN_NO_PAIR_MS);
	else if (c->n_pairs > 0 && !tunnel_alive(c))
		wait_for(c, CONN_IDLE_NO_TUNNEL, CONN_NO_TUNNEL_MS);
	else
		wait_for(c, CONN_IDLE_NONE, 0);
}

static void
on_idle(struct timer *t)
{
	struct conn *c = container_of(t, struct conn, idle);

	c->idle_for = CONN_IDLE_NONE;
	if (c->closing)
		conn_finish(c, true, "%s", "");
	else if (c->n_pairs == 0)
		conn_finish(c, true, "no IPsec SA for %d s", CONN_NO_PAIR_MS / 1000);
	else
		conn_finish(c, true, "no L2TP tunnel for %d s", CONN_NO_TUNNEL_MS / 1000);
}

uint64_t
conn_due_ms(uint64_t begun_ms, uint64_t life_ms)
{
	uint64_t margin = life_ms / CONN_REKEY_PART;

	return begun_ms + life_ms - (margin < CONN_REKEY_MS ? margin : CONN_REKEY_MS);
}

void
conn_sweep(struct conn *c)
{
	struct dp_sess_stats stats;

	if (c->dead)
		return;
	conn_pairs_sweep(c);
	conn_ikes_sweep(c);
	conn_path_sweep(c);
	if (c->unpublished)
		conn_session_publish(c);
	if (c->dead || c->link == NULL || !dp_sess_stats(c->clients->dp, c->sid, &stats))
		return;
	if (stats.down_packets != c->sent_packets) {
		c->sent_packets = stats.down_packets;
		conn_pair_acquire(c);
	}
	if (stats.up_packets != c->heard_packets) {
		c->heard_packets = stats.up_packets;
		ppp_heard(c->link->ppp);
		if (c->l2tp != NULL)
			l2tp_heard(c->l2tp);
	}
}

const char *
conn_phase(const struct conn *c)
{
	if (c->closing)
		return "closing";
	if (c->up)
		return "up";
	if (c->link != NULL)
		return "link";
	if (c->l2tp != NULL)
		return "tunnel";
	return c->n_pairs == 0 ? "ike" : "esp";
}
