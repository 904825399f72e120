/* SPDX-License-Identifier: BSD-3-Clause */
#include "conn_ike.h"

#include <stdlib.h>
#include <string.h>

#include "clients.h"
#include "conn.h"
#include "conn_pair.h"
#include "log.h"

/* --- life ------------------------------------------------------------------------------------- */

/* Adds it as the newest of the connection. */
static struct conn_ike *
enter(struct conn *c, struct conn_ike *ci)
{
	list_init(&ci->hash_node);
	list_add_head(&c->ikes, &ci->node);
	c->n_ikes++;
	return ci;
}

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
	ci->sa = ike_sa_new(&c->clients->config->ike, c->clients->timers, &conn_ike_events, ci,
		&c->local, &c->remote, c->who);
	if (ci->sa == NULL) {
		free(ci);
		return NULL;
	}
	ike_sa_info(ci->sa, &info);
	memcpy(ci->rcookie, info.rcookie, sizeof(ci->rcookie));
	return enter(c, ci);
}

void
conn_ike_begin(struct conn *c, const struct ike_peer *peer)
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
		&c->clients->config->ike, c->clients->timers, &conn_ike_events, ci, peer, c->who);
	if (ci->sa == NULL) {
		free(ci);
		return;
	}
	ike_sa_info(ci->sa, &info);
	memcpy(ci->icookie, info.icookie, sizeof(ci->icookie));
	peer_table_add(&c->clients->peers, enter(c, ci));
}

static void
free_dead(struct reap *r)
{
	struct conn_ike *ci = container_of(r, struct conn_ike, reap);

	/* The SA first: its last message and the SPIs it returns go through ci. */
	if (ci->sa == NULL)
		;
	else if (ci->end == CONN_IKE_DELETE)
		ike_sa_delete(ci->sa);
	else if (ci->end == CONN_IKE_FORGET)
		ike_sa_forget(ci->sa);
	else
		ike_sa_free(ci->sa);
	list_del(&ci->node);
	free(ci);
}

void
conn_ike_end(struct conn_ike *ci, enum conn_ike_end how)
{
	struct clients *cs = ci->conn->clients;

	if (ci->dead)
		return;
	ci->dead = true;
	ci->end = how;
	ci->conn->n_ikes--;
	peer_table_remove(&cs->peers, ci);
	reap_later(&cs->ended, &ci->reap, free_dead);
}

struct conn_ike *
conn_ike_next(const struct conn *c, const struct conn_ike *ci)
{
	for (struct list *it = ci == NULL ? c->ikes.next : ci->node.next; it != &c->ikes;
		it = it->next) {
		struct conn_ike *next = container_of(it, struct conn_ike, node);

		if (!next->dead)
			return next;
	}
	return NULL;
}

/* Hands the SA over to another connection. */
static void
move_to(struct conn_ike *ci, struct conn *to)
{
	ci->conn->n_ikes--;
	list_del(&ci->node);
	list_add_head(&to->ikes, &ci->node);
	to->n_ikes++;
	ci->conn = to;
	to->remote = ci->remote;
	ike_sa_adopt(ci->sa, ci, to->who);
}

/* --- events of IKE ---------------------------------------------------------------------------- */

/* Also of a dead SA, whose last message is DELETE. */
static void
on_send(void *arg, struct ike_sa *sa, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len)
{
	struct conn_ike *ci = arg;

	(void)sa;
	if (!clients_send_ike(ci->conn->clients, local, remote, msg, len))
		log_warning(CONN, ci->conn->who, "cannot send an IKE message of %zu bytes", len);
}

/*
 * INITIAL-CONTACT: this is the only ISAKMP SA that the peer knows (RFC 2407, 4.6.3.3). The L2TP
 * tunnel may live on: strongSwan sends INITIAL-CONTACT in the middle of a session, when it renews
 * its ISAKMP SA and a message was lost. A peer that has restarted sends a new SCCRQ; until then its
 * ESP SAs stay.
 */
static void
forget_others(struct conn_ike *ci)
{
	CONN_IKES_FOREACH (other, ci->conn)
		if (other != ci && other->up)
			conn_ike_end(other, CONN_IKE_FORGET);
}

static void
on_initial_contact(void *arg, struct ike_sa *sa)
{
	struct conn_ike *ci = arg;

	(void)sa;
	if (ci->dead)
		return;
	ci->initial_contact = true;
	if (ci->up)
		forget_others(ci);
}

/* The new SA takes over the traffic selectors of its predecessors. */
static void
inherit(struct conn_ike *ci)
{
	struct conn *c = ci->conn;
	struct ike_peer peer;

	CONN_IKES_FOREACH (other, c) {
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

/* A peer may complete main mode as often as it likes: the oldest SA ends, never the newest. */
static void
end_surplus(const struct conn_ike *newest)
{
	struct conn *c = newest->conn;
	struct conn_ike *oldest = NULL;
	unsigned n = 0;

	CONN_IKES_FOREACH (ci, c) {
		if (!ci->up)
			continue;
		n++;
		if (ci != newest && (oldest == NULL || ci->up_ms <= oldest->up_ms))
			oldest = ci;
	}
	if (n <= CONN_IKES_MAX)
		return;
	log_info(CONN, c->who, "ike: the oldest ISAKMP SA ended: the peer has more than %d",
		CONN_IKES_MAX);
	conn_ike_end(oldest, CONN_IKE_DELETE);
}

/* Copies what main mode has established. */
static void
learn(struct conn_ike *ci, const struct ike_sa_info *info)
{
	struct conn *c = ci->conn;

	memcpy(ci->rcookie, info->rcookie, sizeof(ci->rcookie));
	ci->up = true;
	ci->expires_ms = info->expires_ms;
	ci->up_ms = c->clients->timers->now_ms;
	peer_table_opened(&c->clients->peers, ci);
	ci->remote = c->remote = info->remote;
	ci->local = info->local;
	memcpy(c->ike_id, info->id, sizeof(c->ike_id));
	c->client = info->client;
}

/* The SA joins an older connection of the same peer. */
static void
join_older(struct conn_ike *ci, bool strayed)
{
	struct conn *c = ci->conn;
	struct peer_table *t = &c->clients->peers;
	struct conn *owner = peer_table_owner(t, &c->remote, c->ike_id);

	peer_table_place(t, c);
	if (strayed) {
		/* Anyone who knows the pre-shared key can claim another peer's address. */
		log_info(CONN, c->who,
			"main mode ended at another address than it began: joins no connection");
		c->strayed = true;
		return;
	}
	if (owner == NULL || owner == c)
		return;
	log_info(CONN, c->who, "joins conn %u: new ISAKMP SA of the same peer", owner->id);
	move_to(ci, owner);
	conn_finish(c, false, "joined conn %u", owner->id);
}

static void
on_up(void *arg, struct ike_sa *sa)
{
	struct conn_ike *ci = arg;
	struct clients *cs = ci->conn->clients;
	struct ike_sa_info info;
	struct conn *c;

	if (ci->dead)
		return;
	ike_sa_info(sa, &info);
	learn(ci, &info);
	ike_firsts_learn(&cs->firsts, sa, cs->timers->now_ms);
	join_older(ci, info.strayed);
	c = ci->conn;
	c->nat_us = info.natt && info.nat_us;
	c->kept_ms = ci->up_ms;
	inherit(ci);
	if (ci->initial_contact)
		forget_others(ci);
	end_surplus(ci);
	conn_check_idle(c);
}

static void
on_isakmp_deleted(void *arg, struct ike_sa *sa, const uint8_t cookies[16])
{
	struct conn_ike *ci = arg;
	struct conn *c = ci->conn;

	(void)sa;
	if (ci->dead)
		return;
	CONN_IKES_FOREACH (other, c) {
		if (other == ci || !other->up || memcmp(other->icookie, cookies, 8) != 0 ||
			memcmp(other->rcookie, cookies + 8, 8) != 0)
			continue;
		log_info(CONN, c->who,
			"ike: ISAKMP SA ended: deleted by the peer through another SA");
		conn_ike_end(other, CONN_IKE_FORGET);
		return;
	}
	log_info(CONN, c->who, "ike: DELETE for an unknown ISAKMP SA: ignored");
}

static void
on_moved(void *arg, struct ike_sa *sa, const struct ip_end *remote)
{
	struct conn_ike *ci = arg;

	(void)sa;
	if (!ci->dead)
		conn_move(ci->conn, remote);
}

bool
conn_ikes_up(const struct conn *c)
{
	CONN_IKES_FOREACH (ci, c)
		if (ci->up)
			return true;
	return false;
}

/* When the last ISAKMP SA ends, keeps what is needed to begin another for renewing a pair. */
static void
keep_peer(struct conn_ike *ci)
{
	struct conn *c = ci->conn;

	if (!ci->up || c->n_pairs == 0 || c->closing)
		return;
	/* Only those that are up count: main mode may fail. */
	CONN_IKES_FOREACH (other, c)
		if (other != ci && other->up)
			return;
	if (c->last_peer == NULL)
		c->last_peer = malloc(sizeof(*c->last_peer));
	if (c->last_peer != NULL && !ike_sa_peer(ci->sa, c->last_peer)) {
		free(c->last_peer);
		c->last_peer = NULL;
	}
}

/* The ike_sa frees itself after this event. */
static void
on_down(void *arg, struct ike_sa *sa, enum ike_why why)
{
	struct conn_ike *ci = arg;
	struct conn *c = ci->conn;
	bool was_dead = ci->dead;

	(void)sa;
	if (!was_dead)
		keep_peer(ci);
	conn_ike_end(ci, CONN_IKE_SILENT);
	ci->sa = NULL;
	if (was_dead)
		return;
	/*
	 * If another SA is up, the peer lives: it may have ended this one with a DELETE that was
	 * lost.
	 */
	if (why == IKE_WHY_DEAD && !conn_ikes_up(c)) {
		conn_finish(c, false, "ike: %s", ike_why_str(why));
		return;
	}
	if (!ci->up && c->n_ikes == 0 && c->n_pairs == 0) {
		if (!ci->ours && conn_may_log(c))
			log_warning(CONN, c->who, "refused: ike: %s", ike_why_str(why));
		conn_finish(c, false, "ike: %s", ike_why_str(why));
		return;
	}
	log_info(CONN, c->who, "ike: ISAKMP SA ended: %s", ike_why_str(why));
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

/* --- all of a connection ---------------------------------------------------------------------- */

void
conn_ikes_end(struct conn *c, enum conn_ike_end how)
{
	CONN_IKES_FOREACH (ci, c)
		conn_ike_end(ci, how);
}

void
conn_ikes_move(struct conn *c, const struct ip_end *remote)
{
	CONN_IKES_FOREACH (ci, c) {
		if (!ci->up)
			continue;
		ci->remote = *remote;
		ike_sa_move(ci->sa, remote);
	}
	if (c->last_peer != NULL)
		c->last_peer->remote = *remote;
}

void
conn_ikes_heard(struct conn *c)
{
	CONN_IKES_FOREACH (ci, c)
		ike_sa_heard(ci->sa);
}

void
conn_ikes_delete_esp(struct conn *c, be32 spi_in)
{
	CONN_IKES_FOREACH (ci, c) {
		if (ci->up) {
			ike_sa_send_delete_esp(ci->sa, &spi_in, 1);
			return;
		}
	}
}
