/* SPDX-License-Identifier: BSD-3-Clause */
/* A connection's ESP pairs: made by IKE, renewed, ended. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "gateway.h"
#include "log.h"

static void pair_free(struct conn_pair *p);
static void on_pair_expired(struct timer *t);

be32
conn_pair_spi_take(void *arg, struct ike_sa *sa)
{
	struct conn_ike *ci = arg;

	(void)sa;
	return dp_spi_take(ci->conn->gw->dp, ci->conn->worker);
}

void
conn_pair_spi_release(void *arg, struct ike_sa *sa, be32 spi)
{
	struct conn_ike *ci = arg;

	(void)sa;
	ci->in_vain++;
	dp_sa_in_retire(ci->conn->gw->dp, spi);
}

/* A session of the data plane for the connection's first pair: control messages pass, data does not yet. */
static int
take_session(struct conn *c, be16 peer_port)
{
	struct gateway *gw = c->gw;
	int rc;

	if (c->sid != DP_SID_NONE)
		return 0;
	c->sid = dp_sess_take(gw->dp, c->worker);
	if (c->sid == DP_SID_NONE) {
		log_warning(
			CONN, c->who, "refused: all sessions of worker %u are taken", c->worker);
		return -ENOSPC;
	}
	c->sess = (struct dp_sess){
		.local_port = htons(L2TP_PORT),
		.peer_port = peer_port ? peer_port : htons(L2TP_PORT),
		.mtu = gw->config->ppp.mtu,
		.mss = config_mss_clamp(gw->config),
	};
	rc = dp_sess_publish(gw->dp, c->sid, &c->sess);
	if (rc != 0) {
		dp_sess_retire(gw->dp, c->sid);
		c->sid = DP_SID_NONE;
		return rc;
	}
	gateway_set_sid(gw, c->sid, c);
	return 0;
}

/* The pair's two SAs in the data plane; inbound last, as packets may come on it at once. */
static int
publish_pair(struct conn_pair *p, const struct conn_ike *ci, const struct ike_child *child)
{
	struct dp *dp = p->conn->gw->dp;
	struct dp_sa sa = {
		.spi = child->spi_out,
		.suite = child->suite,
		.keys = &child->out,
		.local = ci->local,
		.remote = ci->remote,
		.udp_encap = child->udp_encap,
		.df = p->conn->gw->config->path_mtu,
	};

	p->out = dp_sa_out_new(dp, &sa);
	if (p->out == NULL)
		return -ENOMEM;
	sa.spi = child->spi_in;
	sa.keys = &child->in;
	if (dp_sa_in_publish(dp, &sa, p->conn->sid) != 0) {
		dp_sa_out_retire(dp, p->out);
		return -ENOMEM;
	}
	return 0;
}

/* Room for one more: the oldest that is not in use goes. */
static void
free_oldest(struct conn *c)
{
	struct conn_pair *oldest = NULL;

	LIST_FOREACH (it, &c->pairs) {
		struct conn_pair *p = container_of(it, struct conn_pair, node);

		if (p->state != CONN_PAIR_CURRENT)
			oldest = p;
	}
	if (oldest == NULL)
		return;
	log_info(CONN, c->who, "esp: spi %08x in makes room: the peer has too many",
		ntohl(oldest->spi_in));
	if (oldest->state != CONN_PAIR_ENDING)
		conn_ikes_delete_esp(c, oldest->spi_in);
	pair_free(oldest);
}

int
conn_pair_new(void *arg, struct ike_sa *sa, const struct ike_child *child)
{
	struct conn_ike *ci = arg;
	struct conn *c = ci->conn;
	struct conn_pair *p;
	int rc;

	(void)sa;
	if (c->closing)
		return -ESHUTDOWN;
	rc = take_session(c, child->peer_port);
	if (rc != 0)
		return rc;
	if (c->n_pairs >= CONN_PAIRS_MAX)
		free_oldest(c);
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
	p->created_ms = c->gw->timers.now_ms;
	rc = publish_pair(p, ci, child);
	if (rc != 0) {
		free(p);
		return rc;
	}
	timer_init(&p->expire, &c->gw->timers, on_pair_expired);
	if (p->life_s != 0)
		timer_arm(&p->expire, (uint64_t)p->life_s * 1000);
	list_add_head(&c->pairs, &p->node);
	c->n_pairs++;
	ci->in_vain = 0;
	conn_check_idle(c);
	return 0;
}

struct conn_pair *
conn_pair_find(const struct conn *c, be32 spi_in)
{
	LIST_FOREACH (it, &c->pairs) {
		struct conn_pair *p = container_of(it, struct conn_pair, node);

		if (p->spi_in == spi_in)
			return p;
	}
	return NULL;
}

struct conn_pair *
conn_pair_current(const struct conn *c)
{
	LIST_FOREACH (it, &c->pairs) {
		struct conn_pair *p = container_of(it, struct conn_pair, node);

		if (p->state == CONN_PAIR_CURRENT)
			return p;
	}
	return NULL;
}

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
		before->heard_ms = c->gw->timers.now_ms;
	}
	p->state = CONN_PAIR_CURRENT;
	dp_sess_set_out(c->gw->dp, c->sid, p->out);
	c->suite = p->suite;
	conn_fit_mtu(c);
	log_info(CONN, c->who, "esp: %s spi %08x in %08x out, life %u s", p->suite->name,
		ntohl(p->spi_in), ntohl(p->spi_out), p->life_s);
}

void
conn_pair_confirm(struct conn_pair *p)
{
	if (p->state != CONN_PAIR_NEXT)
		return;
	/* Both sides may have begun one at once: the newer one stays in use, whichever was finished first. */
	LIST_FOREACH (it, &p->conn->pairs) {
		struct conn_pair *newer = container_of(it, struct conn_pair, node);

		if (newer == p)
			break;
		if (newer->state == CONN_PAIR_CURRENT) {
			p->state = CONN_PAIR_PREVIOUS;
			p->heard_ms = p->conn->gw->timers.now_ms;
			return;
		}
	}
	promote(p);
}

void
conn_pair_up(void *arg, struct ike_sa *sa, be32 spi_in)
{
	struct conn_ike *ci = arg;
	struct conn_pair *p = conn_pair_find(ci->conn, spi_in);

	(void)sa;
	if (p != NULL)
		conn_pair_confirm(p);
}

static void
pair_free(struct conn_pair *p)
{
	struct conn *c = p->conn;

	timer_stop(&p->expire);
	list_del(&p->node);
	c->n_pairs--;
	dp_sa_in_retire(c->gw->dp, p->spi_in);
	dp_sa_out_retire(c->gw->dp, p->out);
	free(p);
}

/* The newest that is not ending, or NULL. */
static struct conn_pair *
newest(const struct conn *c)
{
	LIST_FOREACH (it, &c->pairs) {
		struct conn_pair *p = container_of(it, struct conn_pair, node);

		if (p->state != CONN_PAIR_ENDING)
			return p;
	}
	return NULL;
}

/*
 * Nothing more is sent on the pair, which is taken away when what the peer sent before it knew has come; with the
 * last pair all are taken away at once.
 */
static void
pair_retire(struct conn_pair *p)
{
	struct conn *c = p->conn;
	bool current = p->state == CONN_PAIR_CURRENT;
	struct conn_pair *next;

	p->state = CONN_PAIR_ENDING;
	next = newest(c);
	if (next == NULL) {
		dp_sess_set_out(c->gw->dp, c->sid, NULL);
		while (!list_empty(&c->pairs))
			pair_free(container_of(c->pairs.next, struct conn_pair, node));
		return;
	}
	if (current)
		promote(next);
	dp_sa_out_retire(c->gw->dp, p->out);
	p->out = NULL;
	timer_arm(&p->expire, CONN_ENDING_MS);
}

/* Says DELETE for the pair on any ISAKMP SA that is up, then takes it away. */
static void
pair_delete(struct conn_pair *p)
{
	conn_ikes_delete_esp(p->conn, p->spi_in);
	pair_retire(p);
}

static void
on_pair_expired(struct timer *t)
{
	struct conn_pair *p = container_of(t, struct conn_pair, expire);
	struct conn *c = p->conn;

	if (p->state == CONN_PAIR_ENDING) {
		pair_free(p);
		return;
	}
	log_info(CONN, c->who, "esp: spi %08x: lifetime of %u s is over", ntohl(p->spi_in),
		p->life_s);
	pair_delete(p);
	/* A new one may be under way, which a busy peer or a bad line made late. */
	conn_check_idle(c);
}

void
conn_pairs_retire(struct conn *c, bool tell)
{
	LIST_FOREACH (it, &c->pairs) {
		const struct conn_pair *p = container_of(it, struct conn_pair, node);

		if (tell && p->state != CONN_PAIR_ENDING)
			conn_ikes_delete_esp(c, p->spi_in);
	}
	if (!list_empty(&c->pairs))
		dp_sess_set_out(c->gw->dp, c->sid, NULL);
	while (!list_empty(&c->pairs))
		pair_free(container_of(c->pairs.next, struct conn_pair, node));
}

/* The worker saw the client behind another address or port of its NAT. */
static void
follow(struct conn_pair *p, const struct ip_end *remote)
{
	struct conn *c = p->conn;
	char to[IP_END_STR_LEN];

	if (ip_end_equal(&p->remote, remote))
		return;
	log_info(CONN, c->who, "the peer moved to %s", ip_end_str(remote, to));
	conn_move(c, remote);
}

void
conn_pairs_move(struct conn *c, const struct ip_end *remote)
{
	LIST_FOREACH (it, &c->pairs) {
		struct conn_pair *p = container_of(it, struct conn_pair, node);
		struct dp_sa_stats stats;
		struct sa_out *moved;

		if (p->out == NULL || !p->udp_encap)
			continue;
		/* The worker may have followed ESP there already. */
		dp_sa_out_stats(p->out, &stats);
		p->remote = *remote;
		if (ip_end_equal(&stats.remote, remote))
			continue;
		moved = dp_sa_out_moved(c->gw->dp, p->out, p->suite, remote);
		if (moved == NULL)
			continue;
		if (p->state == CONN_PAIR_CURRENT)
			dp_sess_set_out(c->gw->dp, c->sid, moved);
		dp_sa_out_retire(c->gw->dp, p->out);
		p->out = moved;
	}
}

uint64_t
conn_pair_due_ms(const struct conn_pair *p)
{
	return p->life_s == 0 ? 0 : conn_due_ms(p->created_ms, p->life_s * 1000ull);
}

/*
 * Bytes that were protected in the direction that has more, padding included: what a lifetime in kilobytes is about
 * (RFC 2407, 4.5).
 */
static uint64_t
used_bytes(const struct conn_pair *p, const struct dp_sa_stats *in, const struct dp_sa_stats *out)
{
	uint64_t around = 8u + p->suite->iv_len + 2u + p->suite->icv_len;
	uint64_t down = out->bytes - out->packets * around, up = in->bytes - in->packets * around;

	return up > down ? up : down;
}

/* Whether the peer is late with a new pair: the old one ends soon, in time or bytes. */
static bool
is_due(const struct conn_pair *p, uint64_t used)
{
	uint64_t now = p->conn->gw->timers.now_ms, due = conn_pair_due_ms(p);
	uint64_t limit = p->life_kb * 1024, margin = limit / CONN_REKEY_KB_PART;
	uint64_t soon = (used - p->used_bytes) * CONN_REKEY_KB_S * 1000 / CONN_SWEEP_MS;

	if (due != 0 && now >= due)
		return true;
	if (limit == 0)
		return false;
	if (soon > margin)
		margin = soon < limit / 2 ? soon : limit / 2;
	return used + margin >= limit;
}

/* Sequence numbers have 32 bits, and must not come again (RFC 4303, 3.3.3). */
static bool
numbers_end(const struct dp_sa_stats *stats)
{
	return stats->seq > UINT32_MAX - CONN_REKEY_PACKETS;
}

/* The peer has not made a new pair: we do. */
static void
rekey(struct conn_pair *p)
{
	struct conn *c = p->conn;

	if (p->rekeyed_ms != 0 && c->gw->timers.now_ms - p->rekeyed_ms < CONN_REKEY_AGAIN_MS)
		return;
	p->rekeyed_ms = c->gw->timers.now_ms;
	/* Where main mode comes first, this is done again when that is done. */
	if (!conn_ikes_rekey(c, p->suite))
		p->rekeyed_ms = 0;
}

/* Whether the pair is left over: superseded, and the peer sends on a newer one. */
static bool
is_left_over(const struct conn_pair *p)
{
	const struct conn_pair *current = conn_pair_current(p->conn);

	return p->state == CONN_PAIR_PREVIOUS && current != NULL && current->heard_packets != 0 &&
	       p->conn->gw->timers.now_ms - p->heard_ms >= CONN_QUIET_MS;
}

/* Whether the pair's bytes are spent, and with it nothing is lost, or the peer makes no other. */
static bool
is_spent(struct conn_pair *p, uint64_t used)
{
	const struct conn_pair *current = conn_pair_current(p->conn);
	uint64_t now = p->conn->gw->timers.now_ms;

	if (p->life_kb == 0 || used / 1024 < p->life_kb)
		return false;
	if (p->spent_ms == 0)
		p->spent_ms = now;
	return (current != NULL && current != p && current->heard_packets != 0) ||
	       now - p->spent_ms >= CONN_SPENT_MS;
}

/* False when the pair was ended. */
static bool
sweep_pair(struct conn_pair *p, bool *heard)
{
	struct conn *c = p->conn;
	struct dp_sa_stats in = {0}, out;
	uint64_t used;

	dp_sa_in_stats(c->gw->dp, p->spi_in, &in);
	dp_sa_out_stats(p->out, &out);
	if (in.packets != p->heard_packets) {
		p->heard_packets = in.packets;
		p->heard_ms = c->gw->timers.now_ms;
		*heard = true;
		/* So the peer has it, whatever became of QM3. */
		conn_pair_confirm(p);
	}
	/* Without another there is nothing to wait for. */
	if (conn_pair_current(c) == NULL && c->gw->timers.now_ms - p->created_ms >= CONN_SWEEP_MS)
		conn_pair_confirm(p);
	if (p->state == CONN_PAIR_CURRENT)
		follow(p, &out.remote);
	used = used_bytes(p, &in, &out);
	if (p->state == CONN_PAIR_CURRENT && !c->closing && newest(c) == p &&
		(is_due(p, used) || numbers_end(&in) || numbers_end(&out)))
		rekey(p);
	p->used_bytes = used;
	if (is_spent(p, used))
		log_info(CONN, c->who, "esp: spi %08x: lifetime of %" PRIu64 " kB is over",
			ntohl(p->spi_in), p->life_kb);
	else if (!is_left_over(p))
		return true;
	pair_delete(p);
	return false;
}

void
conn_acquire(struct conn *c)
{
	uint64_t now = c->gw->timers.now_ms;

	if (!list_empty(&c->pairs) || c->suite == NULL || c->closing || c->dead ||
		(c->acquired_ms != 0 && now - c->acquired_ms < CONN_ACQUIRE_MS))
		return;
	if (!conn_ikes_rekey(c, c->suite))
		return;
	c->acquired_ms = now;
	log_info(CONN, c->who, "esp: no SA to send on: asks the peer for one");
}

void
conn_pairs_sweep(struct conn *c)
{
	bool heard = false;

	LIST_FOREACH_SAFE (it, &c->pairs) {
		struct conn_pair *p = container_of(it, struct conn_pair, node);

		/* With the last one all go. */
		if (p->state != CONN_PAIR_ENDING && !sweep_pair(p, &heard))
			break;
	}
	if (heard)
		conn_ikes_heard(c);
	if (list_empty(&c->pairs) && c->sid != DP_SID_NONE)
		conn_check_idle(c);
}

void
conn_pair_gone(void *arg, struct ike_sa *sa, be32 spi_in)
{
	struct conn_ike *ci = arg;
	struct conn *c = ci->conn;
	struct conn_pair *p = conn_pair_find(c, spi_in);

	(void)sa;
	/* Packets on it say that the peer has it, whatever became of QM3. */
	if (p == NULL || p->state != CONN_PAIR_NEXT)
		return;
	pair_retire(p);
	conn_check_idle(c);
}

void
conn_pair_deleted(void *arg, struct ike_sa *sa, be32 spi_out)
{
	struct conn_ike *ci = arg;
	struct conn *c = ci->conn;

	(void)sa;
	LIST_FOREACH (it, &c->pairs) {
		struct conn_pair *p = container_of(it, struct conn_pair, node);

		if (p->spi_out == spi_out && p->state != CONN_PAIR_ENDING) {
			log_info(CONN, c->who, "esp: spi %08x deleted by the peer", ntohl(spi_out));
			pair_retire(p);
			conn_check_idle(c);
			return;
		}
	}
	log_debug(CONN, c->who, "esp: DELETE of spi %08x, which is not there: ignored",
		ntohl(spi_out));
}
