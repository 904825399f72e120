/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The path MTU of a connection (RFC 4301, 8.2; RFC 1191): when a router reports that a sealed
 * packet does not fit, the session's MTU is lowered, and the data plane reports it to senders in
 * turn. Anyone can send such a report, so it counts only for an SA that we send on, never below
 * PATH_MTU_MIN, and for PATH_LIFE_MS.
 */
#include "conn_path.h"

#include "clients.h"
#include "conn.h"
#include "conn_pair.h"
#include "conn_session.h"
#include "log.h"

enum {
	PATH_MTU_MIN = 576, /* what any host accepts whole (RFC 791, 3.1) */
	PATH_LIFE_MS = 600000, /* RFC 1191, 6.3 */
	/* Bytes around an IP packet in a session. */
	OUTER = 20, /* IPv4 */
	ENCAP = 8, /* UDP (RFC 3948) */
	ESP = 8, /* SPI and sequence number */
	TRAILER = 2, /* pad length, next header */
	LINK = 8 + 8 + 4, /* UDP, L2TP with length, PPP with address, control and protocol */
};

/* The largest IP packet whose sealed packet has at most `path` bytes. */
static uint16_t
inner_mtu(const struct conn_pair *p, uint16_t path)
{
	const struct esp_suite *s = p->suite;
	uint32_t sealed = path - OUTER - (p->udp_encap ? ENCAP : 0) - ESP - (uint32_t)s->iv_len -
			  s->icv_len;

	return (uint16_t)(sealed / s->block * s->block - TRAILER - LINK);
}

uint16_t
conn_path_fit(const struct conn *c)
{
	const struct conn_pair *p = conn_pair_current(c);
	uint16_t fits;

	if (c->path_mtu == 0 || p == NULL)
		return c->link_mtu;
	fits = inner_mtu(p, c->path_mtu);
	return fits < c->link_mtu ? fits : c->link_mtu;
}

/* For a router that reports no MTU: the next smaller one that is common (RFC 1191, 7). */
static uint16_t
plateau(uint16_t len)
{
	static const uint16_t usual[] = {8166, 4352, 2002, 1492, 1006};

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (usual[i] < len)
			return usual[i];
	return PATH_MTU_MIN;
}

void
conn_path_input(struct clients *cs, const struct icmp_too_big *report)
{
	/* ESP without UDP has no ports; then the peer uses IKE's own. */
	struct ip_end to = {
		report->dst, report->protocol == IPPROTO_UDP ? report->dport : htons(IKE_PORT)};
	uint16_t mtu = report->mtu != 0 ? report->mtu : plateau(report->len);
	struct conn *c;

	if (!cs->config->path_mtu ||
		(report->protocol == IPPROTO_UDP && report->sport != htons(IKE_NATT_PORT)))
		return;
	/* It must be smaller than the packet that did not fit. */
	if (mtu < PATH_MTU_MIN || mtu >= report->len)
		return;
	c = peer_table_sends_to(&cs->peers, &to, report->spi);
	if (c == NULL || report->src != c->local.addr || (c->path_mtu != 0 && mtu >= c->path_mtu))
		return;
	c->path_mtu = mtu;
	c->path_until_ms = cs->timers->now_ms + PATH_LIFE_MS;
	conn_session_fit_mtu(c);
	log_info(CONN, c->who, "path MTU is %u: the session's MTU is %u", mtu, conn_path_fit(c));
}

void
conn_path_sweep(struct conn *c)
{
	if (c->path_mtu == 0 || c->clients->timers->now_ms < c->path_until_ms)
		return;
	c->path_mtu = 0;
	conn_session_fit_mtu(c);
}
