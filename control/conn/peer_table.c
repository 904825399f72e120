/* SPDX-License-Identifier: BSD-3-Clause */
#include "peer_table.h"

#include <string.h>

#include "conn.h"
#include "conn_ike.h"
#include "conn_pair.h"

static struct list *
cookie_bucket(struct peer_table *t, const uint8_t icookie[8])
{
	uint32_t h;

	/* The initiator chose it at random. */
	memcpy(&h, icookie, sizeof(h));
	return &t->by_cookie[(h ^ h >> 16) % PEER_TABLE_BUCKETS];
}

static uint32_t
source_slot(be32 addr)
{
	uint32_t h = ntohl(addr) * 2654435761u;

	return (h >> 20) % PEER_TABLE_SOURCES;
}

static struct list *
end_bucket(struct peer_table *t, const struct ip_end *end)
{
	uint32_t h = (ntohl(end->addr) ^ (uint32_t)end->port << 16) * 2654435761u;

	return &t->by_end[(h >> 16) % PEER_TABLE_BUCKETS];
}

void
peer_table_init(struct peer_table *t, uint32_t half_open_max, uint32_t per_source_max)
{
	memset(t, 0, sizeof(*t));
	t->half_open_max = half_open_max;
	t->per_source_max = per_source_max;
	list_init(&t->unanswered_sas);
	list_init(&t->answered_sas);
	for (unsigned i = 0; i < PEER_TABLE_BUCKETS; i++) {
		list_init(&t->by_cookie[i]);
		list_init(&t->by_end[i]);
	}
}

/* --- ISAKMP SAs ------------------------------------------------------------------------------- */

void
peer_table_add(struct peer_table *t, struct conn_ike *ci)
{
	list_add_head(cookie_bucket(t, ci->icookie), &ci->hash_node);
	ci->begun = ci->remote;
	t->n++;
	if (ci->ours)
		return;
	ci->half_open = true;
	list_add_tail(&t->unanswered_sas, &ci->open_node);
	t->half_open++;
	t->unanswered++;
	t->half_open_by_source[source_slot(ci->begun.addr)]++;
}

void
peer_table_answered(struct peer_table *t, struct conn_ike *ci)
{
	if (!ci->half_open || ci->answered)
		return;
	ci->answered = true;
	ci->conn->hushed = false;
	t->unanswered--;
	list_del(&ci->open_node);
	list_add_tail(&t->answered_sas, &ci->open_node);
}

void
peer_table_opened(struct peer_table *t, struct conn_ike *ci)
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
peer_table_remove(struct peer_table *t, struct conn_ike *ci)
{
	peer_table_opened(t, ci);
	list_del(&ci->hash_node);
	t->n--;
}

struct conn_ike *
peer_table_find(struct peer_table *t, const struct ike_header *h, const struct ip_end *remote)
{
	static const uint8_t zero[8];
	bool first = memcmp(h->rcookie, zero, sizeof(zero)) == 0;

	LIST_FOREACH (it, cookie_bucket(t, h->icookie)) {
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
peer_table_admits(const struct peer_table *t, const struct ip_end *remote)
{
	return t->half_open_by_source[source_slot(remote->addr)] < t->per_source_max;
}

bool
peer_table_pressed(const struct peer_table *t)
{
	return t->unanswered >= t->half_open_max / PEER_TABLE_PRESSED + 1;
}

struct conn_ike *
peer_table_evict(struct peer_table *t)
{
	const struct list *from = list_empty(&t->unanswered_sas) ? &t->answered_sas
								 : &t->unanswered_sas;

	if (t->half_open < t->half_open_max)
		return NULL;
	t->evicted++;
	return container_of(from->next, struct conn_ike, open_node);
}

/* --- connections ------------------------------------------------------------------------------ */

struct conn *
peer_table_sends_to(struct peer_table *t, const struct ip_end *end, be32 spi_out)
{
	LIST_FOREACH (it, end_bucket(t, end)) {
		struct conn *c = container_of(it, struct conn, peer_node);
		const struct conn_pair *p = conn_pair_current(c);

		if (ip_end_equal(&c->remote, end) && p != NULL &&
			(spi_out == 0 || p->spi_out == spi_out))
			return c;
	}
	return NULL;
}

struct conn *
peer_table_owner(struct peer_table *t, const struct ip_end *end, const char *ike_id)
{
	LIST_FOREACH (it, end_bucket(t, end)) {
		struct conn *c = container_of(it, struct conn, peer_node);

		if (!c->closing && !c->strayed && ip_end_equal(&c->remote, end) &&
			strcmp(c->ike_id, ike_id) == 0)
			return c;
	}
	return NULL;
}

void
peer_table_place(struct peer_table *t, struct conn *c)
{
	/* It keeps its place among those that are there. */
	if (!list_empty(&c->peer_node) && ip_end_equal(&c->place, &c->remote))
		return;
	list_del(&c->peer_node);
	if (c->dead || c->ike_id[0] == '\0')
		return;
	c->place = c->remote;
	c->strayed = false;
	list_add_tail(end_bucket(t, &c->place), &c->peer_node);
}
