/* SPDX-License-Identifier: BSD-3-Clause */
#include "conn.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway.h"
#include "log.h"

static void on_idle(struct timer *t);

struct conn *
conn_new(struct gateway *gw, const struct ip_end *local, const struct ip_end *remote)
{
	struct conn *c = calloc(1, sizeof(*c));
	char addr[IP_STR_LEN];

	if (c == NULL)
		return NULL;
	c->gw = gw;
	c->id = ++gw->next_id;
	c->local = *local;
	c->remote = *remote;
	c->client = "";
	c->sid = DP_SID_NONE;
	c->worker = peer_choose_owner(gw);
	snprintf(c->who, sizeof(c->who), "conn %" PRIu32 " %s", c->id, ip_str(remote->addr, addr));
	list_init(&c->peer_node);
	list_init(&c->want_node);
	list_init(&c->ikes);
	list_init(&c->pairs);
	timer_init(&c->idle, &gw->timers, on_idle);
	list_add_tail(&gw->conns, &c->node);
	gw->n_conns++;
	return c;
}

const char *
conn_why(const struct conn *c)
{
	return c->why != NULL ? c->why : "";
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
	conn_pairs_retire(c, tell);
	LIST_FOREACH_SAFE (it, &c->ikes) {
		struct conn_ike *ci = container_of(it, struct conn_ike, node);
		struct ike_sa *sa = ci->sa;

		/* The SA goes first: its DELETE is sent through ci. */
		if (tell)
			ike_sa_delete(sa);
		else
			ike_sa_free(sa);
		conn_ike_free(ci);
	}
	if (c->sid != DP_SID_NONE) {
		gateway_set_sid(c->gw, c->sid, NULL);
		dp_sess_retire(c->gw->dp, c->sid);
		c->sid = DP_SID_NONE;
	}
}

bool
conn_may_log(struct conn *c)
{
	return !c->hushed || log_allowed(&c->gw->limit, c->gw->timers.now_ms, LOG_CONN);
}

void
conn_move(struct conn *c, const struct ip_end *remote)
{
	c->remote = *remote;
	peer_place(c->gw, c);
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
	list_del(&c->node);
	list_add_tail(&c->gw->dead, &c->node);
	c->gw->n_conns--;
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
	if (list_empty(&c->pairs) && list_empty(&c->ikes)) {
		conn_finish(c, false, "the peer has no SA any more");
		return;
	}
	/*
	 * Main mode has a deadline of its own. A session outlives its pairs, as Windows deletes idle ones: what is
	 * to be sent asks for a new one (conn_acquire), and if none comes, its echoes find it dead.
	 */
	if (list_empty(&c->pairs) && !c->up)
		wait_for(c, CONN_IDLE_NO_PAIR, CONN_NO_PAIR_MS);
	else if (!list_empty(&c->pairs) && !tunnel_alive(c))
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
	else if (list_empty(&c->pairs))
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
	if (c->dead || c->ppp == NULL || !dp_sess_stats(c->gw->dp, c->sid, &stats))
		return;
	if (stats.down_packets != c->sent_packets) {
		c->sent_packets = stats.down_packets;
		conn_acquire(c);
	}
	if (stats.up_packets != c->heard_packets) {
		c->heard_packets = stats.up_packets;
		ppp_heard(c->ppp);
		if (c->l2tp != NULL)
			l2tp_heard(c->l2tp);
	}
}

void
conn_free(struct conn *c)
{
	list_del(&c->node);
	timer_stop(&c->idle);
	conn_auth_stop(c);
	l2tp_free(c->l2tp);
	free(c->why);
	free(c->last_peer);
	free(c);
}

const char *
conn_phase(const struct conn *c)
{
	if (c->closing)
		return "closing";
	if (c->up)
		return "up";
	if (c->ppp != NULL)
		return "link";
	if (c->l2tp != NULL)
		return "tunnel";
	return list_empty(&c->pairs) ? "ike" : "esp";
}
