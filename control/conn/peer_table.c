/* SPDX-License-Identifier: BSD-3-Clause */
#include "peer_table.h"

#include <string.h>

#include "conn.h"
#include "gateway.h"

static struct list *
bucket(struct peer_table *t, const uint8_t icookie[8])
{
	uint32_t h;

	/* The initiator chose it at random. */
	memcpy(&h, icookie, sizeof(h));
	return &t->bucket[(h ^ h >> 16) % PEER_BUCKETS];
}

static uint32_t
source_slot(be32 addr)
{
	uint32_t h = ntohl(addr) * 2654435761u;

	return h >> 20;
}

static struct list *
end_bucket(struct peer_table *t, const struct ip_end *end)
{
	uint32_t h = (ntohl(end->addr) ^ (uint32_t)end->port << 16) * 2654435761u;

	return &t->by_end[h >> 16 & (PEER_BUCKETS - 1)];
}

void
peer_init(struct peer_table *t)
{
	memset(t, 0, sizeof(*t));
	list_init(&t->half_opens);
	list_init(&t->answering);
	for (unsigned i = 0; i < PEER_BUCKETS; i++)
		list_init(&t->bucket[i]);
	for (unsigned i = 0; i < PEER_BUCKETS; i++)
		list_init(&t->by_end[i]);
}

void
peer_add(struct peer_table *t, struct conn_ike *ci)
{
	list_add_head(bucket(t, ci->icookie), &ci->hash_node);
	ci->begun = ci->remote;
	t->n++;
	if (ci->ours)
		return;
	ci->half_open = true;
	list_add_tail(&t->half_opens, &ci->open_node);
	t->half_open++;
	t->unanswered++;
	t->half_open_by_source[source_slot(ci->begun.addr)]++;
}

void
peer_answered(struct peer_table *t, struct conn_ike *ci)
{
	if (!ci->half_open || ci->answered)
		return;
	ci->answered = true;
	ci->conn->hushed = false;
	t->unanswered--;
	list_del(&ci->open_node);
	list_add_tail(&t->answering, &ci->open_node);
}

void
peer_opened(struct peer_table *t, struct conn_ike *ci)
{
	if (!ci->half_open)
		return;
	ci->half_open = false;
	list_del(&ci->open_node);
	t->half_open--;
	if (!ci->answered)
		t->unanswered--;
	t->half_open_by_source[source_slot(ci->begun.addr)]--;
}

void
peer_remove(struct peer_table *t, struct conn_ike *ci)
{
	peer_opened(t, ci);
	list_del(&ci->hash_node);
	t->n--;
}

struct conn_ike *
peer_find(struct peer_table *t, const struct ike_header *h, const struct ip_end *remote)
{
	static const uint8_t zero[8];
	bool first = memcmp(h->rcookie, zero, sizeof(zero)) == 0;

	LIST_FOREACH (it, bucket(t, h->icookie)) {
		struct conn_ike *ci = container_of(it, struct conn_ike, hash_node);

		if (memcmp(ci->icookie, h->icookie, 8) != 0)
			continue;
		if (first ? ip_end_equal(&ci->begun, remote)
			  : memcmp(ci->rcookie, h->rcookie, 8) == 0 ||
					memcmp(ci->rcookie, zero, 8) == 0)
			return ci;
	}
	return NULL;
}

bool
peer_admit(const struct gateway *gw, const struct ip_end *remote)
{
	const struct peer_table *t = &gw->peers;

	return t->half_open_by_source[source_slot(remote->addr)] <
	       gw->config->limit_half_open_per_source;
}

bool
peer_pressed(const struct gateway *gw)
{
	return gw->peers.unanswered >= gw->config->limit_half_open / PEER_PRESSED + 1;
}

void
peer_make_room(struct gateway *gw)
{
	struct peer_table *t = &gw->peers;
	struct conn_ike *oldest;

	if (t->half_open < gw->config->limit_half_open)
		return;
	oldest = container_of(list_empty(&t->half_opens) ? t->answering.next : t->half_opens.next,
		struct conn_ike, open_node);
	t->evicted++;
	/* A connection is its only SA's as long as that is half open. */
	conn_finish(oldest->conn, false, "makes room: limits.half_open");
}

struct conn *
peer_sends_to(struct gateway *gw, const struct ip_end *end, be32 spi_out)
{
	LIST_FOREACH (it, end_bucket(&gw->peers, end)) {
		struct conn *c = container_of(it, struct conn, peer_node);
		const struct conn_pair *p = conn_pair_current(c);

		if (ip_end_equal(&c->remote, end) && p != NULL &&
			(spi_out == 0 || p->spi_out == spi_out))
			return c;
	}
	return NULL;
}

struct conn *
peer_older(struct gateway *gw, const struct conn *c)
{
	LIST_FOREACH (it, end_bucket(&gw->peers, &c->remote)) {
		struct conn *other = container_of(it, struct conn, peer_node);

		if (other != c && !other->closing && !other->unsure &&
			ip_end_equal(&other->remote, &c->remote) &&
			strcmp(other->ike_id, c->ike_id) == 0)
			return other;
	}
	return NULL;
}

void
peer_place(struct gateway *gw, struct conn *c)
{
	list_del(&c->peer_node);
	if (c->dead || c->ike_id[0] == '\0')
		return;
	c->unsure = peer_older(gw, c) != NULL;
	list_add_tail(end_bucket(&gw->peers, &c->remote), &c->peer_node);
}

unsigned
peer_choose_owner(const struct gateway *gw)
{
	unsigned best = 0;

	for (unsigned i = 1; i < dp_n_workers(gw->dp); i++)
		if (dp_worker_sessions(gw->dp, i) < dp_worker_sessions(gw->dp, best))
			best = i;
	return best;
}
