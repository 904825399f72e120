/* SPDX-License-Identifier: BSD-3-Clause */
#include "conn_ike_renew.h"

#include "clients.h"
#include "conn.h"
#include "conn_ike.h"
#include "ipv4.h"

/* Keeps the mapping of a NAT before the gateway, while there is an SA (RFC 3948, 2.3 and 4). */
static void
keep_alive(struct conn *c)
{
	static const uint8_t keepalive = 0xff;
	const struct ip_end local = {c->local.addr, htons(IKE_NATT_PORT)};
	uint64_t now = c->clients->timers->now_ms;
	uint8_t packet[64];
	size_t n;

	if (!c->nat_us || now - c->kept_ms < CONN_KEEPALIVE_MS ||
		(c->n_pairs == 0 && !conn_ikes_up(c)))
		return;
	c->kept_ms = now;
	n = udp_write(packet, sizeof(packet), &local, &c->remote, &keepalive, 0, &keepalive, 1);
	dp_inject_ip(c->clients->dp, DP_WAN, packet, n);
}

/* Begins main mode with the peer, at most once in CONN_REKEY_AGAIN_MS. */
static void
try_main_mode(struct conn *c, const struct ike_peer *peer)
{
	uint64_t now = c->clients->timers->now_ms;

	if (c->renewed_ms != 0 && now - c->renewed_ms < CONN_REKEY_AGAIN_MS)
		return;
	c->renewed_ms = now;
	conn_ike_begin(c, peer);
}

bool
conn_ikes_rekey(struct conn *c, const struct esp_suite *suite)
{
	struct conn_ike *best = NULL;

	/*
	 * The newest SA, unless the peer does not answer on it: it may have missed the last
	 * message.
	 */
	CONN_IKES_FOREACH (ci, c)
		if (ci->up && (best == NULL || ci->in_vain < best->in_vain))
			best = ci;
	if (best != NULL)
		return ike_sa_rekey(best->sa, suite) == 0;
	/* The last ISAKMP SA has ended before its ESP SAs. */
	if (c->n_ikes == 0 && c->last_peer != NULL)
		try_main_mode(c, c->last_peer);
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
	if (c->closing || c->n_pairs == 0)
		return;
	CONN_IKES_FOREACH (ci, c) {
		/* A main mode is in progress. */
		if (!ci->up)
			return;
		if (youngest == NULL || ci->expires_ms > youngest->expires_ms)
			youngest = ci;
	}
	if (youngest == NULL)
		return;
	if (c->clients->timers->now_ms >= conn_ike_due_ms(youngest) &&
		ike_sa_peer(youngest->sa, &peer))
		try_main_mode(c, &peer);
}
