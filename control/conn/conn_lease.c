/* SPDX-License-Identifier: BSD-3-Clause */
#include "conn_lease.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "clients.h"
#include "conn.h"
#include "conn_ppp.h"
#include "log.h"

/* Takes an address for the user; a fixed one from an older session of the user, which ends. */
static int
acquire(struct conn *c, be32 *addr)
{
	struct lease_pool *leases = c->segment->leases;
	int rc = lease_acquire(leases, conn_user(c), addr);
	struct lease *l;

	if (rc != -EADDRINUSE || (l = lease_find(leases, *addr)) == NULL || l->owner == NULL)
		return rc;
	conn_close(l->owner, "replaced: user %s connected again as conn %" PRIu32, conn_user(c),
		c->id);
	return lease_acquire(leases, conn_user(c), addr);
}

static void
log_refusal(struct conn *c, int rc, be32 addr)
{
	char text[IP_STR_LEN];

	if (rc == -ENOSPC)
		log_warning(CONN, c->who, "refused: user %s: no address is free in the pools",
			conn_user(c));
	else if (rc == -EADDRINUSE)
		log_warning(CONN, c->who,
			"refused: user %s: the fixed address %s is in use by another host",
			conn_user(c), ip_str(addr, text));
	else
		log_warning(CONN, c->who, "refused: user %s: %s", conn_user(c), strerror(-rc));
}

int
conn_lease_acquire(struct conn *c, struct ppp_net *net)
{
	const struct config *config = c->clients->config;
	be32 addr = c->lease;
	int rc;

	list_del(&c->want_node);
	rc = addr != 0 ? 0 : acquire(c, &addr);
	if (rc == -EAGAIN) {
		list_add_tail(&c->clients->wanting, &c->want_node);
		log_info(CONN, c->who, "waiting for an address: the pool is still being probed");
		return rc;
	}
	if (rc != 0) {
		log_refusal(c, rc, addr);
		return rc;
	}
	c->lease = addr;
	lease_find(c->segment->leases, addr)->owner = c;
	net->local = c->segment->address.addr;
	net->peer = addr;
	memcpy(net->dns, config->dns, sizeof(net->dns));
	return 0;
}

void
conn_lease_release(struct conn *c)
{
	be32 addr = c->lease;

	list_del(&c->want_node);
	if (addr == 0)
		return;
	c->lease = 0;
	dp_lease_clear(c->clients->dp, addr);
	lease_release(c->segment->leases, addr);
	acd_released(c->segment->acd, addr);
}

void
conn_leases_ask_again(struct clients *cs)
{
	struct list asked;

	/* Those that must go on waiting put themselves back into the list. */
	list_init(&asked);
	while (!list_empty(&cs->wanting)) {
		struct list *n = cs->wanting.next;

		list_del(n);
		list_add_tail(&asked, n);
	}
	while (!list_empty(&asked)) {
		struct list *n = asked.next;
		struct conn *c = container_of(n, struct conn, want_node);

		list_del(n);
		if (c->link != NULL)
			ppp_address_ready(c->link->ppp);
	}
}
