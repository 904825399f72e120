/* SPDX-License-Identifier: BSD-3-Clause */
#include "broadcast_relay.h"

#include "conn.h"
#include "conn_ppp.h"
#include "gateway.h"
#include "relay.h"

static bool
is_served(const struct conn *c, const struct conn *from, unsigned net)
{
	return c != from && c->segment != NULL && c->segment->net == net && c->up && !c->closing;
}

/* To all clients of the segment except the sender. */
static void
send_to_clients(struct gateway *gw, const struct conn *from, unsigned net, const uint8_t *packet,
	size_t len)
{
	CLIENTS_FOREACH (c, &gw->clients)
		if (is_served(c, from, net) && len <= c->sess.mtu)
			conn_ppp_send_ip(c, packet, len);
}

static unsigned
count_copies(const struct gateway *gw, const struct conn *from, unsigned net)
{
	unsigned n = from != NULL; /* the LAN */

	CLIENTS_FOREACH (c, &gw->clients)
		n += is_served(c, from, net);
	return n;
}

void
broadcast_relay(struct gateway *gw, const struct conn *from, unsigned net, const uint8_t *packet,
	size_t len)
{
	uint8_t copy[DP_PACKET_MAX - 64];
	size_t n;

	if (!gw->config->lan.relay)
		return;
	n = relay_copy(packet, len, &gw->routing.address[net], copy, sizeof(copy));
	if (n == 0)
		return;
	/* All or none: a partial relay is harder to diagnose than none. */
	if (!budget_take(&gw->broadcasts, gw->timers.now_ms, count_copies(gw, from, net),
		    BROADCAST_COPIES_S)) {
		gw->broadcasts_limited++;
		return;
	}
	gw->broadcasts_relayed++;
	if (from != NULL && n <= gw->config->lan.mtu)
		gateway_send_to_all(gw, net, copy, n);
	send_to_clients(gw, from, net, copy, n);
}
