/* SPDX-License-Identifier: BSD-3-Clause */
/* A connection's ISAKMP SAs: whose they are, and their renewal. */
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "gateway.h"
#include "ipv4.h"
#include "log.h"

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

/* Begins main mode with the peer. */
static void
ike_renew(struct conn *c, const struct ike_peer *peer)
{
	struct conn_ike *ci = calloc(1, sizeof(*ci));
	struct ike_sa_info info;

	if (ci == NULL)
		return;
	ci->conn = c;
	ci->ours = true;
	ci->local = peer->local;
	ci->remote = peer->remote;
	ci->sa = ike_sa_renew(
		&c->gw->config->ike, &c->gw->timers, &conn_ike_events, ci, peer, c->who);
	if (ci->sa == NULL) {
		free(ci);
		return;
	}
	ike_sa_info(ci->sa, &info);
	memcpy(ci->icookie, info.icookie, sizeof(ci->icookie));
	list_init(&ci->hash_node);
	list_add_head(&c->ikes, &ci->node);
	peer_add(&c->gw->peers, ci);
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
	struct conn_ike *ci = arg;

	(void)sa;
	if (!gateway_send_ike(ci->conn->gw, local, remote, msg, len))
		log_warning(
			CONN, ci->conn->who, "an IKE message of %zu bytes could not be sent", len);
}

/* Ends it without a word to the peer. */
static void
forget(struct conn_ike *ci)
{
	/* The SA goes first: what it has begun is given back through ci. */
	ike_sa_forget(ci->sa);
	conn_ike_free(ci);
}

/*
 * INITIAL-CONTACT: the peer knows of no SA but this one (RFC 2407, 4.6.3.3). L2TP is not said to be gone: strongSwan sends
 * it in the middle of a session, when it renewed its ISAKMP SA and a message was lost. A peer that has really begun
 * anew says so itself, with its SCCRQ; until then its ESP SAs stay as after any other new main mode.
 */
static void
forget_others(struct conn_ike *ci)
{
	struct conn *c = ci->conn, *old;

	LIST_FOREACH_SAFE (it, &c->ikes) {
		struct conn_ike *other = container_of(it, struct conn_ike, node);

		if (other != ci && other->up)
			forget(other);
	}
	if (ci->unproven)
		return;
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

/* The new SA can do what those before it could. */
static void
inherit(struct conn_ike *ci)
{
	struct conn *c = ci->conn;
	struct ike_peer peer;

	LIST_FOREACH (it, &c->ikes) {
		struct conn_ike *other = container_of(it, struct conn_ike, node);

		if (other != ci && ike_sa_peer(other->sa, &peer)) {
			ike_sa_learn(ci->sa, &peer.traffic);
			break;
		}
	}
	if (c->last_peer != NULL)
		ike_sa_learn(ci->sa, &c->last_peer->traffic);
	free(c->last_peer);
	c->last_peer = NULL;
}

/* Whoever has the key can do main mode again and again. */
static void
end_surplus(struct conn *c)
{
	struct conn_ike *oldest = NULL;
	unsigned n = 0;

	LIST_FOREACH (it, &c->ikes) {
		struct conn_ike *ci = container_of(it, struct conn_ike, node);

		if (!ci->up)
			continue;
		n++;
		if (oldest == NULL || ci->up_ms <= oldest->up_ms)
			oldest = ci;
	}
	if (n <= CONN_IKES_MAX)
		return;
	log_info(CONN, c->who, "ike: SA ended: the peer has too many");
	/* The SA goes first: its DELETE is sent through `oldest`. */
	ike_sa_delete(oldest->sa);
	conn_ike_free(oldest);
}

static void
on_up(void *arg, struct ike_sa *sa)
{
	struct conn_ike *ci = arg;
	struct conn *c = ci->conn, *older;
	struct ike_sa_info info;

	ike_sa_info(sa, &info);
	memcpy(ci->rcookie, info.rcookie, sizeof(ci->rcookie));
	ci->up = true;
	ci->expires_ms = info.expires_ms;
	ci->up_ms = c->gw->timers.now_ms;
	peer_opened(&c->gw->peers, ci);
	ci->remote = c->remote = info.remote;
	ci->local = info.local;
	ci->unproven = info.strayed;
	ike_firsts_learn(&c->gw->firsts, sa, c->gw->timers.now_ms);
	memcpy(c->ike_id, info.id, sizeof(c->ike_id));
	c->client = info.client;
	older = peer_older(c->gw, c);
	peer_place(c->gw, c);
	if (ci->unproven) {
		/* Whoever has the key could say so of anyone's end. */
		log_info(CONN, c->who, "main mode ended from another address than it began");
		c->unsure = true;
		older = NULL;
	}
	if (older != NULL) {
		log_info(
			CONN, c->who, "joins conn %u: a new ISAKMP SA of the same peer", older->id);
		move_to(ci, older);
		conn_finish(c, false, "joined conn %u", older->id);
	}
	c = ci->conn;
	c->nat_us = info.natt && info.nat_us;
	c->kept_ms = ci->up_ms;
	inherit(ci);
	if (ci->initial_contact)
		forget_others(ci);
	end_surplus(c);
	conn_check_idle(c);
}

static void
on_isakmp_deleted(void *arg, struct ike_sa *sa, const uint8_t cookies[16])
{
	struct conn_ike *ci = arg;
	struct conn *c = ci->conn;

	(void)sa;
	LIST_FOREACH (it, &c->ikes) {
		struct conn_ike *other = container_of(it, struct conn_ike, node);

		if (other == ci || !other->up || memcmp(other->icookie, cookies, 8) != 0 ||
			memcmp(other->rcookie, cookies + 8, 8) != 0)
			continue;
		log_info(CONN, c->who, "ike: SA ended: deleted by the peer under another");
		forget(other);
		return;
	}
	log_info(CONN, c->who, "ike: DELETE of an ISAKMP SA that is not there: ignored");
}

static void
on_moved(void *arg, struct ike_sa *sa, const struct ip_end *remote)
{
	struct conn_ike *ci = arg;

	(void)sa;
	conn_move(ci->conn, remote);
}

static bool
has_up(const struct conn *c)
{
	LIST_FOREACH (it, &c->ikes)
		if (container_of(it, struct conn_ike, node)->up)
			return true;
	return false;
}

/* The last ISAKMP SA goes: what is needed to begin another when a pair must be renewed stays. */
static void
keep_peer(struct conn_ike *ci)
{
	struct conn *c = ci->conn;

	if (!ci->up || list_empty(&c->pairs) || c->closing)
		return;
	/* One that is not up may never be. */
	LIST_FOREACH (it, &c->ikes) {
		struct conn_ike *other = container_of(it, struct conn_ike, node);

		if (other != ci && other->up)
			return;
	}
	if (c->last_peer == NULL)
		c->last_peer = malloc(sizeof(*c->last_peer));
	if (c->last_peer != NULL && !ike_sa_peer(ci->sa, c->last_peer)) {
		free(c->last_peer);
		c->last_peer = NULL;
	}
}

static void
on_down(void *arg, struct ike_sa *sa, enum ike_why why)
{
	struct conn_ike *ci = arg;
	struct conn *c = ci->conn;
	bool was_up = ci->up;

	keep_peer(ci);
	(void)sa;
	conn_ike_free(ci);
	/* An old one may be dead because the peer has a newer one, and our word of its end was lost. */
	if (why == IKE_WHY_DEAD && !has_up(c)) {
		conn_finish(c, false, "ike: %s", ike_why_str(why));
		return;
	}
	if (!was_up && list_empty(&c->ikes) && list_empty(&c->pairs)) {
		if (conn_may_log(c))
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
	.spi_take = conn_pair_spi_take,
	.spi_release = conn_pair_spi_release,
	.child_new = conn_pair_new,
	.child_up = conn_pair_up,
	.child_gone = conn_pair_gone,
	.esp_deleted = conn_pair_deleted,
	.isakmp_deleted = on_isakmp_deleted,
	.moved = on_moved,
	.down = on_down,
};

/* --- all of a connection -------------------------------------------------------------------------- */

void
conn_ikes_move(struct conn *c, const struct ip_end *remote)
{
	LIST_FOREACH (it, &c->ikes) {
		struct conn_ike *ci = container_of(it, struct conn_ike, node);

		if (!ci->up)
			continue;
		ci->remote = *remote;
		ci->unproven = true;
		ike_sa_move(ci->sa, remote);
	}
	if (c->last_peer != NULL)
		c->last_peer->remote = *remote;
}

void
conn_ikes_heard(struct conn *c)
{
	LIST_FOREACH (it, &c->ikes)
		ike_sa_heard(container_of(it, struct conn_ike, node)->sa);
}

void
conn_ikes_delete_esp(struct conn *c, be32 spi_in)
{
	LIST_FOREACH (it, &c->ikes) {
		struct conn_ike *ci = container_of(it, struct conn_ike, node);

		if (ci->up) {
			ike_sa_send_delete_esp(ci->sa, &spi_in, 1);
			return;
		}
	}
}

/* Keeps a NAT before the gateway awake, as long as there is an SA of either kind (RFC 3948, 2.3 and 4). */
static void
keep_alive(struct conn *c)
{
	static const uint8_t keepalive = 0xff;
	const struct ip_end local = {c->local.addr, htons(IKE_NATT_PORT)};
	struct gateway *gw = c->gw;
	uint8_t packet[64];
	size_t n;

	if (!c->nat_us || gw->timers.now_ms - c->kept_ms < CONN_KEEPALIVE_MS ||
		(!has_up(c) && list_empty(&c->pairs)))
		return;
	c->kept_ms = gw->timers.now_ms;
	n = udp_write(packet, sizeof(packet), &local, &c->remote, &keepalive, 0, &keepalive, 1);
	dp_inject_ip(gw->dp, DP_WAN, packet, n);
}

/* Main mode with the peer, unless that was tried just now. */
static void
ike_try_renew(struct conn *c, const struct ike_peer *peer)
{
	uint64_t now = c->gw->timers.now_ms;

	if (c->renewed_ms != 0 && now - c->renewed_ms < CONN_REKEY_AGAIN_MS)
		return;
	c->renewed_ms = now;
	ike_renew(c, peer);
}

bool
conn_ikes_rekey(struct conn *c, const struct esp_suite *suite)
{
	struct conn_ike *best = NULL;

	/* The newest; the peer may not have it, if it lost the last message of main mode. */
	LIST_FOREACH (it, &c->ikes) {
		struct conn_ike *ci = container_of(it, struct conn_ike, node);

		if (ci->up && (best == NULL || ci->in_vain < best->in_vain))
			best = ci;
	}
	if (best != NULL)
		return ike_sa_rekey(best->sa, suite) == 0;
	/* The last ISAKMP SA has ended before its ESP SAs. */
	if (list_empty(&c->ikes) && c->last_peer != NULL)
		ike_try_renew(c, c->last_peer);
	return false;
}

uint64_t
conn_ike_due_ms(const struct conn_ike *ci)
{
	return ci->up ? conn_due_ms(ci->up_ms, ci->expires_ms - ci->up_ms) : 0;
}

void
conn_ikes_sweep(struct conn *c)
{
	struct conn_ike *youngest = NULL;
	struct ike_peer peer;

	keep_alive(c);
	if (c->dead || c->closing || list_empty(&c->pairs))
		return;
	LIST_FOREACH (it, &c->ikes) {
		struct conn_ike *ci = container_of(it, struct conn_ike, node);

		/* One is under way, of whomever. */
		if (!ci->up)
			return;
		if (youngest == NULL || ci->expires_ms > youngest->expires_ms)
			youngest = ci;
	}
	if (youngest == NULL)
		return;
	if (c->gw->timers.now_ms >= conn_ike_due_ms(youngest) && ike_sa_peer(youngest->sa, &peer))
		ike_try_renew(c, &peer);
}
