/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The path MTU of a connection (RFC 4301, 8.2; RFC 1191): routers tell that a sealed packet does
 * not fit, the session's MTU becomes what does, and its senders are told in their turn by the data
 * plane. Such word comes from anyone, so it is taken only of what we send, never below what every
 * path has, and for a time.
 */
#include "conn_path.h"

#include "clients.h"
#include "conn.h"
#include "conn_pair.h"
#include "conn_session.h"
#include "log.h"

enum {
	PATH_MTU_MIN = 576, /* what any host takes whole (RFC 791, 3.1): less is not believed */
	PATH_LIFE_MS = 600000, /* RFC 1191, 6.3 */
	/* Bytes of what stands around an IP packet in a session. */
	OUTER = 20, /* IPv4 */
	ENCAP = 8, /* UDP (RFC 3948) */
	ESP = 8, /* SPI and sequence number */
	TRAILER = 2, /* pad length, next header */
	LINK = 8 + 8 + 4, /* UDP, L2TP with length, PPP with address, control and protocol */
};

/* The largest IP packet that makes a sealed packet of at most `path` bytes. */
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

/* What a router means that does not say it: the next smaller MTU that links have (RFC 1191, 7). */
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
conn_path_input(struct clients *cs, const struct icmp_too_big *word)
{
	/* Plain ESP has no ports; its peer speaks IKE on the usual one. */
	struct ip_end to = {
		word->dst, word->protocol == IPPROTO_UDP ? word->dport : htons(IKE_PORT)};
	uint16_t mtu = word->mtu != 0 ? word->mtu : plateau(word->len);
	struct conn *c;

	if (!cs->config->path_mtu ||
		(word->protocol == IPPROTO_UDP && word->sport != htons(IKE_NATT_PORT)))
		return;
	/* It must be smaller than the packet that it was too small for, or it is no reason. */
	if (mtu < PATH_MTU_MIN || mtu >= word->len)
		return;
	c = peer_table_sends_to(&cs->peers, &to, word->spi);
	if (c == NULL || word->src != c->local.addr || (c->path_mtu != 0 && mtu >= c->path_mtu))
		return;
	c->path_mtu = mtu;
	c->path_until_ms = cs->timers->now_ms + PATH_LIFE_MS;
	conn_session_fit_mtu(c);
	log_info(CONN, c->who, "the path's MTU is %u: packets of %u bytes fit", mtu,
		conn_path_fit(c));
}

void
conn_path_sweep(struct conn *c)
{
	if (c->path_mtu == 0 || c->clients->timers->now_ms < c->path_until_ms)
		return;
	c->path_mtu = 0;
	conn_session_fit_mtu(c);
}
