/* SPDX-License-Identifier: BSD-3-Clause */
#include "conn_pair.h"

#include <errno.h>
#include <stdlib.h>

#include "clients.h"
#include "conn.h"
#include "conn_ike.h"
#include "conn_path.h"
#include "conn_session.h"
#include "log.h"

static void on_expired(struct timer *t);

/* --- finding ---------------------------------------------------------------------------------- */

struct conn_pair *
conn_pair_next(const struct conn *c, const struct conn_pair *p)
{
	for (struct list *it = p == NULL ? c->pairs.next : p->node.next; it != &c->pairs;
		it = it->next) {
		struct conn_pair *next = container_of(it, struct conn_pair, node);

		if (!next->dead)
			return next;
	}
	return NULL;
}

struct conn_pair *
conn_pair_find(const struct conn *c, be32 spi_in)
{
	CONN_PAIRS_FOREACH (p, c)
		if (p->spi_in == spi_in)
			return p;
	return NULL;
}

struct conn_pair *
conn_pair_current(const struct conn *c)
{
	CONN_PAIRS_FOREACH (p, c)
		if (p->state == CONN_PAIR_CURRENT)
			return p;
	return NULL;
}

struct conn_pair *
conn_pair_newest(const struct conn *c)
{
	CONN_PAIRS_FOREACH (p, c)
		if (p->state != CONN_PAIR_ENDING)
			return p;
	return NULL;
}

/* --- end -------------------------------------------------------------------------------------- */

static void
free_dead(struct reap *r)
{
	struct conn_pair *p = container_of(r, struct conn_pair, reap);

	list_del(&p->node);
	free(p);
}

/* Takes it out of the data plane. */
static void
end(struct conn_pair *p)
{
	struct conn *c = p->conn;

	p->dead = true;
	c->n_pairs--;
	timer_stop(&p->expire);
	dp_sa_in_retire(c->clients->dp, p->spi_in);
	dp_sa_out_retire(c->clients->dp, p->out);
	p->out = NULL;
	reap_later(&c->clients->ended, &p->reap, free_dead);
}

static void
end_all(struct conn *c)
{
	if (c->n_pairs > 0)
		dp_sess_set_out(c->clients->dp, c->sid, NULL);
	CONN_PAIRS_FOREACH (p, c)
		end(p);
}

/* Ends the oldest pair that is not in use. */
static void
make_room(struct conn *c)
{
	struct conn_pair *oldest = NULL;

	CONN_PAIRS_FOREACH (p, c)
		if (p->state != CONN_PAIR_CURRENT)
			oldest = p;
	if (oldest == NULL)
		return;
	log_info(CONN, c->who, "esp: spi %08x in ended: the peer has more than %d pairs",
		ntohl(oldest->spi_in), CONN_PAIRS_MAX);
	if (oldest->state != CONN_PAIR_ENDING)
		conn_ikes_delete_esp(c, oldest->spi_in);
	end(oldest);
}

/* --- use -------------------------------------------------------------------------------------- */

/* Sends on this pair from now on. */
static void
promote(struct conn_pair *p)
{
	struct conn *c = p->conn;
	struct conn_pair *before = conn_pair_current(c);

	if (before == p)
		return;
	if (before != NULL) {
		before->state = CONN_PAIR_PREVIOUS;
		before->heard_ms = c->clients->timers->now_ms;
	}
	p->state = CONN_PAIR_CURRENT;
	dp_sess_set_out(c->clients->dp, c->sid, p->out);
	c->suite = p->suite;
	conn_session_fit_mtu(c);
	log_info(CONN, c->who, "esp: %s spi %08x in %08x out, life %u s", p->suite->name,
		ntohl(p->spi_in), ntohl(p->spi_out), p->life_s);
}

void
conn_pair_confirm(struct conn_pair *p)
{
	if (p->state != CONN_PAIR_NEXT)
		return;
	/*
	 * If both sides have begun one at once, the newer stays in use, in whatever order they
	 * finish.
	 */
	CONN_PAIRS_FOREACH (newer, p->conn) {
		if (newer == p)
			break;
		if (newer->state == CONN_PAIR_CURRENT) {
			p->state = CONN_PAIR_PREVIOUS;
			p->heard_ms = p->conn->clients->timers->now_ms;
			return;
		}
	}
	promote(p);
}

/* Sends nothing more on the pair. */
static void
retire(struct conn_pair *p)
{
	struct conn *c = p->conn;
	bool current = p->state == CONN_PAIR_CURRENT;
	struct conn_pair *next;

	p->state = CONN_PAIR_ENDING;
	next = conn_pair_newest(c);
	if (next == NULL) {
		end_all(c);
		return;
	}
	if (current)
		promote(next);
	dp_sa_out_retire(c->clients->dp, p->out);
	p->out = NULL;
	timer_arm(&p->expire, CONN_ENDING_MS);
}

void
conn_pair_delete(struct conn_pair *p)
{
	conn_ikes_delete_esp(p->conn, p->spi_in);
	retire(p);
}

static void
on_expired(struct timer *t)
{
	struct conn_pair *p = container_of(t, struct conn_pair, expire);
	struct conn *c = p->conn;

	if (p->state == CONN_PAIR_ENDING) {
		end(p);
		return;
	}
	log_info(CONN, c->who, "esp: spi %08x expired after %u s", ntohl(p->spi_in), p->life_s);
	conn_pair_delete(p);
	/* A busy peer or a bad line may have delayed the next one. */
	conn_check_idle(c);
}

void
conn_pairs_end(struct conn *c, bool tell)
{
	CONN_PAIRS_FOREACH (p, c)
		if (tell && p->state != CONN_PAIR_ENDING)
			conn_ikes_delete_esp(c, p->spi_in);
	end_all(c);
}

/* --- events of IKE ---------------------------------------------------------------------------- */

be32
conn_pair_spi_take(void *arg, struct ike_sa *sa)
{
	const struct conn_ike *ci = arg;

	(void)sa;
	return ci->dead ? 0 : dp_spi_take(ci->conn->clients->dp, ci->conn->worker);
}

void
conn_pair_spi_release(void *arg, struct ike_sa *sa, be32 spi)
{
	struct conn_ike *ci = arg;

	(void)sa;
	ci->in_vain++;
	dp_sa_in_retire(ci->conn->clients->dp, spi);
}

/* Publishes both SAs of the pair; the inbound one last, as packets may arrive at once. */
static int
publish(struct conn_pair *p, const struct conn_ike *ci, const struct ike_child *child)
{
	struct clients *cs = p->conn->clients;
	struct dp_sa sa = {
		.spi = child->spi_out,
		.suite = child->suite,
		.keys = &child->out,
		.local = ci->local,
		.remote = ci->remote,
		.udp_encap = child->udp_encap,
		.df = cs->config->path_mtu,
	};
	int rc;

	p->out = dp_sa_out_new(cs->dp, &sa);
	if (p->out == NULL)
		return -ENOMEM;
	sa.spi = child->spi_in;
	sa.keys = &child->in;
	rc = dp_sa_in_publish(cs->dp, &sa, p->conn->sid);
	if (rc != 0)
		dp_sa_out_retire(cs->dp, p->out);
	return rc;
}

int
conn_pair_new(void *arg, struct ike_sa *sa, const struct ike_child *child)
{
	struct conn_ike *ci = arg;
	struct conn *c = ci->conn;
	struct conn_pair *p;
	int rc;

	(void)sa;
	if (c->closing || ci->dead)
		return -ESHUTDOWN;
	rc = conn_session_take(c, child->peer_port);
	if (rc != 0)
		return rc;
	if (c->n_pairs >= CONN_PAIRS_MAX)
		make_room(c);
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return -ENOMEM;
	p->conn = c;
	p->spi_in = child->spi_in;
	p->spi_out = child->spi_out;
	p->suite = child->suite;
	p->peer_port = child->peer_port;
	p->udp_encap = child->udp_encap;
	p->remote = ci->remote;
	p->life_s = child->life_s;
	p->life_kb = child->life_kb;
	p->created_ms = c->clients->timers->now_ms;
	rc = publish(p, ci, child);
	if (rc != 0) {
		free(p);
		return rc;
	}
	timer_init(&p->expire, c->clients->timers, on_expired);
	if (p->life_s != 0)
		timer_arm(&p->expire, (uint64_t)p->life_s * 1000);
	list_add_head(&c->pairs, &p->node);
	c->n_pairs++;
	ci->in_vain = 0;
	conn_check_idle(c);
	return 0;
}

void
conn_pair_up(void *arg, struct ike_sa *sa, be32 spi_in)
{
	const struct conn_ike *ci = arg;
	struct conn_pair *p = conn_pair_find(ci->conn, spi_in);

	(void)sa;
	if (p != NULL)
		conn_pair_confirm(p);
}

void
conn_pair_gone(void *arg, struct ike_sa *sa, be32 spi_in)
{
	const struct conn_ike *ci = arg;
	struct conn *c = ci->conn;
	struct conn_pair *p = conn_pair_find(c, spi_in);

	(void)sa;
	/* If packets came on it, the peer has it, although QM3 was lost. */
	if (p == NULL || p->state != CONN_PAIR_NEXT)
		return;
	retire(p);
	conn_check_idle(c);
}

void
conn_pair_deleted(void *arg, struct ike_sa *sa, be32 spi_out)
{
	const struct conn_ike *ci = arg;
	struct conn *c = ci->conn;

	(void)sa;
	CONN_PAIRS_FOREACH (p, c) {
		if (p->spi_out == spi_out && p->state != CONN_PAIR_ENDING) {
			log_info(CONN, c->who, "esp: spi %08x deleted by the peer", ntohl(spi_out));
			retire(p);
			conn_check_idle(c);
			return;
		}
	}
	log_debug(CONN, c->who, "esp: DELETE for unknown spi %08x: ignored", ntohl(spi_out));
}

/* --- moving ----------------------------------------------------------------------------------- */

void
conn_pairs_move(struct conn *c, const struct ip_end *remote)
{
	struct dp *dp = c->clients->dp;

	CONN_PAIRS_FOREACH (p, c) {
		struct dp_sa_stats stats;
		struct sa_out *moved;

		if (p->out == NULL || !p->udp_encap)
			continue;
		/* The worker may have followed ESP there already. */
		dp_sa_out_stats(p->out, &stats);
		if (ip_end_equal(&stats.remote, remote)) {
			p->remote = *remote;
			continue;
		}
		moved = dp_sa_out_moved(dp, p->out, p->suite, remote);
		/* Without memory the worker follows the next packet from there. */
		if (moved == NULL)
			continue;
		p->remote = *remote;
		if (p->state == CONN_PAIR_CURRENT)
			dp_sess_set_out(dp, c->sid, moved);
		dp_sa_out_retire(dp, p->out);
		p->out = moved;
	}
}
