/* SPDX-License-Identifier: BSD-3-Clause */
/* What IKE tells a connection: ISAKMP SAs, ESP pairs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "gateway.h"
#include "ipv4.h"
#include "log.h"

static void pair_retire(struct conn_pair *p);
static void on_pair_expired(struct timer *t);

struct conn_ike *
conn_ike_new(struct conn *c)
{
	struct conn_ike *ci = calloc(1, sizeof(*ci));
	struct ike_sa_info info;

	if (ci == NULL)
		return NULL;
	ci->conn = c;
	ci->local = c->local;
	ci->remote = c->remote;
	ci->sa = ike_sa_new(&c->gw->config->ike, &c->gw->timers, &conn_ike_events, ci, &c->local,
		&c->remote, c->who);
	if (ci->sa == NULL) {
		free(ci);
		return NULL;
	}
	ike_sa_info(ci->sa, &info);
	memcpy(ci->rcookie, info.rcookie, sizeof(ci->rcookie));
	list_init(&ci->hash_node);
	list_add_head(&c->ikes, &ci->node);
	return ci;
}

void
conn_ike_free(struct conn_ike *ci)
{
	list_del(&ci->node);
	peer_remove(&ci->conn->gw->peers, ci);
	free(ci);
}

/* Gives the SA to another connection. */
static void
move_to(struct conn_ike *ci, struct conn *to)
{
	list_del(&ci->node);
	list_add_head(&to->ikes, &ci->node);
	ci->conn = to;
	to->remote = ci->remote;
	ike_sa_adopt(ci->sa, ci, to->who);
}

/* --- events of IKE -------------------------------------------------------------------------------- */

static void
on_send(void *arg, struct ike_sa *sa, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len)
{
	static const uint8_t non_esp_marker[4]; /* RFC 3948, 2.2 */
	struct conn_ike *ci = arg;
	uint8_t packet[IKE_MESSAGE_MAX + 64];
	bool natt = local->port == htons(IKE_NATT_PORT);
	size_t n;

	(void)sa;
	n = udp_write(
		packet, sizeof(packet), local, remote, non_esp_marker, natt ? 4 : 0, msg, len);
	if (n == 0 || dp_inject_ip(ci->conn->gw->dp, DP_WAN, packet, n) != 0)
		log_warning(
			CONN, ci->conn->who, "an IKE message of %zu bytes could not be sent", len);
}

/* Whether the connection has more than what this ISAKMP SA brought. */
static bool
has_older(const struct conn_ike *ci)
{
	if (ci->node.next != ci->node.prev)
		return true;
	LIST_FOREACH (it, &ci->conn->pairs)
		if (container_of(it, struct conn_pair, node)->created_ms < ci->up_ms)
			return true;
	return false;
}

/* All other state of this peer is dead (RFC 2407, 4.6.3.3). */
static void
forget_others(struct conn_ike *ci)
{
	struct conn *c = ci->conn, *old;

	if (has_older(ci)) {
		/* It has joined a connection that is older: leave that one to die. */
		struct conn *fresh = conn_new(c->gw, &ci->local, &ci->remote);

		if (fresh == NULL)
			return;
		memcpy(fresh->ike_id, c->ike_id, sizeof(fresh->ike_id));
		fresh->client = c->client;
		peer_place(&c->gw->peers, fresh);
		move_to(ci, fresh);
		c = fresh;
	}
	while ((old = peer_older(c->gw, c)) != NULL)
		conn_finish(old, false, "replaced: INITIAL-CONTACT of conn %u", c->id);
}

static void
on_initial_contact(void *arg, struct ike_sa *sa)
{
	struct conn_ike *ci = arg;

	(void)sa;
	ci->initial_contact = true;
	if (ci->up)
		forget_others(ci);
}

static void
on_up(void *arg, struct ike_sa *sa)
{
	struct conn_ike *ci = arg;
	struct conn *c = ci->conn, *older;
	struct ike_sa_info info;

	ike_sa_info(sa, &info);
	ci->up = true;
	ci->up_ms = c->gw->timers.now_ms;
	ci->remote = c->remote = info.remote;
	ci->local = info.local;
	ci->nat_us = info.natt && info.nat_us;
	ci->kept_ms = ci->up_ms;
	peer_opened(&c->gw->peers, ci);
	memcpy(c->ike_id, info.id, sizeof(c->ike_id));
	c->client = info.client;
	peer_place(&c->gw->peers, c);
	if (ci->initial_contact) {
		forget_others(ci);
	} else if ((older = peer_older(c->gw, c)) != NULL) {
		log_info(
			CONN, c->who, "joins conn %u: a new ISAKMP SA of the same peer", older->id);
		move_to(ci, older);
		conn_finish(c, false, "joined conn %u", older->id);
		c = older;
	}
	conn_check_idle(c);
}

static be32
on_spi_take(void *arg, struct ike_sa *sa)
{
	struct conn_ike *ci = arg;

	(void)sa;
	return dp_spi_take(ci->conn->gw->dp, ci->conn->worker);
}

static void
on_spi_release(void *arg, struct ike_sa *sa, be32 spi)
{
	struct conn_ike *ci = arg;

	(void)sa;
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
retire_oldest(struct conn *c)
{
	struct conn_pair *oldest = NULL;

	LIST_FOREACH (it, &c->pairs) {
		struct conn_pair *p = container_of(it, struct conn_pair, node);

		if (p->state != CONN_PAIR_CURRENT)
			oldest = p;
	}
	if (oldest != NULL)
		pair_retire(oldest);
}

static int
on_child_new(void *arg, struct ike_sa *sa, const struct ike_child *child)
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
		retire_oldest(c);
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

void
conn_pair_promote(struct conn_pair *p)
{
	struct conn *c = p->conn;
	struct conn_pair *before = conn_pair_current(c);

	if (before == p)
		return;
	if (before != NULL)
		before->state = CONN_PAIR_PREVIOUS;
	p->state = CONN_PAIR_CURRENT;
	dp_sess_set_out(c->gw->dp, c->sid, p->out);
	conn_fit_mtu(c);
	log_info(CONN, c->who, "esp: %s spi %08x in %08x out, life %u s", p->suite->name,
		ntohl(p->spi_in), ntohl(p->spi_out), p->life_s);
}

static void
on_child_up(void *arg, struct ike_sa *sa, be32 spi_in)
{
	struct conn_ike *ci = arg;
	struct conn_pair *p = conn_pair_find(ci->conn, spi_in);

	(void)sa;
	if (p != NULL && p->state == CONN_PAIR_NEXT)
		conn_pair_promote(p);
}

/* Takes the pair away; if it was the one in use, the newest that is left takes over. */
static void
pair_retire(struct conn_pair *p)
{
	struct conn *c = p->conn;
	struct dp *dp = c->gw->dp;
	bool current = p->state == CONN_PAIR_CURRENT;

	timer_stop(&p->expire);
	list_del(&p->node);
	c->n_pairs--;
	if (current && !list_empty(&c->pairs))
		conn_pair_promote(container_of(c->pairs.next, struct conn_pair, node));
	else if (current)
		dp_sess_set_out(dp, c->sid, NULL);
	dp_sa_in_retire(dp, p->spi_in);
	dp_sa_out_retire(dp, p->out);
	free(p);
}

/* Says DELETE for the pair on any ISAKMP SA that is up, then takes it away. */
static void
pair_delete(struct conn_pair *p)
{
	LIST_FOREACH (it, &p->conn->ikes) {
		struct conn_ike *ci = container_of(it, struct conn_ike, node);

		if (ci->up) {
			ike_sa_send_delete_esp(ci->sa, &p->spi_in, 1);
			break;
		}
	}
	pair_retire(p);
}

static void
on_pair_expired(struct timer *t)
{
	struct conn_pair *p = container_of(t, struct conn_pair, expire);
	struct conn *c = p->conn;

	log_info(CONN, c->who, "esp: spi %08x: lifetime of %u s is over", ntohl(p->spi_in),
		p->life_s);
	pair_delete(p);
	if (list_empty(&c->pairs))
		conn_finish(c, true, "the IPsec SA expired and the peer made no new one");
	else
		conn_check_idle(c);
}

void
conn_pairs_retire(struct conn *c, bool tell)
{
	while (!list_empty(&c->pairs)) {
		struct conn_pair *p = container_of(c->pairs.prev, struct conn_pair, node);

		if (tell)
			pair_delete(p);
		else
			pair_retire(p);
	}
}

/* Whether a byte limit is passed by so much that the peer will not rekey any more. */
static bool
over_limit(const struct conn_pair *p, uint64_t bytes)
{
	return p->life_kb != 0 &&
	       bytes / 1024 > p->life_kb + p->life_kb * CONN_KB_MARGIN_PERCENT / 100;
}

/* The worker saw the client behind another address or port of its NAT. */
static void
follow(struct conn_pair *p, const struct ip_end *remote)
{
	struct conn *c = p->conn;
	char to[IP_END_STR_LEN];

	if (ip_end_equal(&p->remote, remote))
		return;
	p->remote = c->remote = *remote;
	log_info(CONN, c->who, "the peer moved to %s", ip_end_str(remote, to));
	LIST_FOREACH (it, &c->ikes) {
		struct conn_ike *ci = container_of(it, struct conn_ike, node);

		if (!ci->up)
			continue;
		ci->remote = *remote;
		ike_sa_move(ci->sa, remote);
	}
}

/* Keeps a NAT before the gateway awake (RFC 3948, 2.3 and 4). */
static void
keep_alive(struct conn_ike *ci)
{
	static const uint8_t keepalive = 0xff;
	struct gateway *gw = ci->conn->gw;
	uint8_t packet[64];
	size_t n;

	if (!ci->up || !ci->nat_us || gw->timers.now_ms - ci->kept_ms < CONN_KEEPALIVE_MS)
		return;
	ci->kept_ms = gw->timers.now_ms;
	n = udp_write(
		packet, sizeof(packet), &ci->local, &ci->remote, &keepalive, 0, &keepalive, 1);
	dp_inject_ip(gw->dp, DP_WAN, packet, n);
}

/* Whether the peer is late with a new pair: the old one ends soon, in time or bytes. */
static bool
is_due(const struct conn_pair *p, uint64_t bytes)
{
	uint64_t now = p->conn->gw->timers.now_ms;
	uint64_t margin = p->life_s * 1000ull / CONN_REKEY_PART;

	if (margin > CONN_REKEY_MS)
		margin = CONN_REKEY_MS;
	return (p->life_s != 0 && now + margin >= p->created_ms + p->life_s * 1000ull) ||
	       (p->life_kb != 0 && bytes / 1024 >= p->life_kb);
}

/* The peer has not made a new pair: we do. */
static void
rekey(struct conn_pair *p)
{
	struct conn *c = p->conn;

	if (p->rekeyed_ms != 0 && c->gw->timers.now_ms - p->rekeyed_ms < CONN_REKEY_AGAIN_MS)
		return;
	p->rekeyed_ms = c->gw->timers.now_ms;
	LIST_FOREACH (it, &c->ikes) {
		struct conn_ike *ci = container_of(it, struct conn_ike, node);

		if (ci->up && ike_sa_rekey(ci->sa, p->suite) == 0)
			return;
	}
}

void
conn_pairs_sweep(struct conn *c)
{
	bool heard = false;

	LIST_FOREACH (it, &c->ikes)
		keep_alive(container_of(it, struct conn_ike, node));
	LIST_FOREACH_SAFE (it, &c->pairs) {
		struct conn_pair *p = container_of(it, struct conn_pair, node);
		struct dp_sa_stats in = {0}, out;

		dp_sa_in_stats(c->gw->dp, p->spi_in, &in);
		dp_sa_out_stats(p->out, &out);
		if (p->state == CONN_PAIR_CURRENT)
			follow(p, &out.remote);
		/* The peer uses it, so it has QM2, and only QM3 was lost. */
		if (p->state == CONN_PAIR_NEXT && in.packets > 0)
			conn_pair_promote(p);
		if (p->state == CONN_PAIR_CURRENT && !c->closing && &p->node == c->pairs.next &&
			is_due(p, in.bytes > out.bytes ? in.bytes : out.bytes))
			rekey(p);
		if (in.packets != p->heard_packets) {
			p->heard_packets = in.packets;
			heard = true;
		}
		if (over_limit(p, in.bytes) || over_limit(p, out.bytes)) {
			log_info(CONN, c->who, "esp: spi %08x: lifetime of %llu kB is over",
				ntohl(p->spi_in), (unsigned long long)p->life_kb);
			pair_delete(p);
		}
	}
	LIST_FOREACH (it, &c->ikes)
		if (heard)
			ike_sa_heard(container_of(it, struct conn_ike, node)->sa);
	if (list_empty(&c->pairs) && c->sid != DP_SID_NONE)
		conn_check_idle(c);
}

static void
on_child_gone(void *arg, struct ike_sa *sa, be32 spi_in)
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

static void
on_esp_deleted(void *arg, struct ike_sa *sa, be32 spi_out)
{
	struct conn_ike *ci = arg;
	struct conn *c = ci->conn;

	(void)sa;
	LIST_FOREACH_SAFE (it, &c->pairs) {
		struct conn_pair *p = container_of(it, struct conn_pair, node);

		if (p->spi_out == spi_out) {
			log_info(CONN, c->who, "esp: spi %08x deleted by the peer", ntohl(spi_out));
			pair_retire(p);
		}
	}
	conn_check_idle(c);
}

static void
on_moved(void *arg, struct ike_sa *sa, const struct ip_end *remote)
{
	struct conn_ike *ci = arg;

	(void)sa;
	ci->remote = ci->conn->remote = *remote;
	if (ci->conn->ike_id[0] != '\0')
		peer_place(&ci->conn->gw->peers, ci->conn);
}

static void
on_down(void *arg, struct ike_sa *sa, enum ike_why why)
{
	struct conn_ike *ci = arg;
	struct conn *c = ci->conn;
	bool was_up = ci->up;

	(void)sa;
	conn_ike_free(ci);
	if (why == IKE_WHY_DEAD) {
		conn_finish(c, false, "ike: %s", ike_why_str(why));
		return;
	}
	if (!was_up && list_empty(&c->ikes) && list_empty(&c->pairs)) {
		log_warning(CONN, c->who, "refused: ike: %s", ike_why_str(why));
		conn_finish(c, false, "ike: %s", ike_why_str(why));
		return;
	}
	log_info(CONN, c->who, "ike: SA ended: %s", ike_why_str(why));
	conn_check_idle(c);
}

const struct ike_events conn_ike_events = {
	.send = on_send,
	.up = on_up,
	.initial_contact = on_initial_contact,
	.spi_take = on_spi_take,
	.spi_release = on_spi_release,
	.child_new = on_child_new,
	.child_up = on_child_up,
	.child_gone = on_child_gone,
	.esp_deleted = on_esp_deleted,
	.moved = on_moved,
	.down = on_down,
};
