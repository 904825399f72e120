/* SPDX-License-Identifier: BSD-3-Clause */
/* What workers leave to control, handed to the module whose it is. */
#include <string.h>

#include "conn.h"
#include "dhcp_inform.h"
#include "gateway.h"
#include "icmp.h"
#include "ipv4.h"
#include "log.h"
#include "tcp.h"

static bool
log_limited(struct gateway *gw)
{
	return log_allowed(&gw->limit, gw->timers.now_ms, LOG_CONN);
}

/* --- IKE ------------------------------------------------------------------------------------------------ */

/* A first message: a connection of its own, until main mode tells whose it is. */
static struct conn_ike *
first_message(struct gateway *gw, const struct udp *udp, const struct ike_header *h)
{
	struct conn_ike *ci;
	struct conn *c;
	char from[IP_END_STR_LEN];

	if (gw->shutting_down)
		return NULL;
	if (!peer_admit(gw, &udp->src)) {
		if (log_limited(gw))
			log_warning(CONN, NULL,
				"refused: %s: too many half-open IKE SAs (limits.half_open_per_source)",
				ip_end_str(&udp->src, from));
		return NULL;
	}
	if (gw->peers.half_open >= gw->config->limit_half_open && log_limited(gw))
		log_warning(CONN, NULL,
			"%s: too many half-open IKE SAs (limits.half_open): the oldest makes room",
			ip_end_str(&udp->src, from));
	peer_make_room(gw);
	if (gw->n_conns >= gw->config->limit_sessions + gw->config->limit_half_open) {
		if (log_limited(gw))
			log_warning(CONN, NULL,
				"refused: %s: too many connections (limits.sessions)",
				ip_end_str(&udp->src, from));
		return NULL;
	}
	c = conn_new(gw, &udp->dst, &udp->src);
	if (c == NULL)
		return NULL;
	ci = conn_ike_new(c);
	if (ci == NULL) {
		conn_finish(c, false, "out of memory");
		return NULL;
	}
	memcpy(ci->icookie, h->icookie, sizeof(ci->icookie));
	peer_add(&gw->peers, ci);
	return ci;
}

static void
on_ike(struct gateway *gw, const struct dp_punt *punt)
{
	static const uint8_t zero[8];
	bool natt = punt->reason == PUNT_IKE_NATT;
	char from[IP_END_STR_LEN];
	struct ike_header h;
	struct conn_ike *ci;
	struct ipv4 ip;
	struct udp udp;

	if (!ipv4_read(punt->data, punt->len, &ip) || !udp_read(&ip, &udp))
		return;
	if (natt) {
		/* The worker looked at the non-ESP marker (RFC 3948, 2.2). */
		if (udp.payload_len < 4)
			return;
		udp.payload += 4;
		udp.payload_len -= 4;
	}
	if (!ike_header_read(udp.payload, udp.payload_len, &h)) {
		if (log_limited(gw))
			log_info(IKE, NULL, "%s: no ISAKMP message of version 1: ignored",
				ip_end_str(&udp.src, from));
		return;
	}
	ci = peer_find(&gw->peers, &h, &udp.src);
	if (ci == NULL && memcmp(h.rcookie, zero, sizeof(zero)) == 0)
		ci = first_message(gw, &udp, &h);
	else if (ci == NULL && log_limited(gw))
		log_info(IKE, NULL, "%s: message for an ISAKMP SA that is not there: ignored",
			ip_end_str(&udp.src, from));
	if (ci != NULL && memcmp(h.rcookie, zero, sizeof(zero)) != 0 &&
		udp.src.addr == ci->remote.addr)
		peer_answered(&gw->peers, ci);
	if (ci != NULL)
		ike_sa_input(ci->sa, &udp.dst, &udp.src, udp.payload, udp.payload_len);
}

/* --- the gateway's own IP ---------------------------------------------------------------------------------- */

static void
send_error(struct gateway *gw, const struct dp_punt *punt, enum icmp_error error)
{
	uint8_t reply[ICMP_ERROR_MAX];
	enum dp_port out = punt->port == DP_WAN ? DP_WAN : DP_LAN;
	be32 from = out == DP_WAN ? gw->config->wan.address.addr : gw->config->lan.address.addr;
	size_t n = icmp_error(error, punt->data, punt->len, from, punt->mtu, reply);

	if (n != 0)
		gateway_send(gw, reply, n);
}

/* A packet for one of our addresses: echo is answered, all else is told that nobody listens. */
static void
on_self(struct gateway *gw, const struct dp_punt *punt)
{
	uint8_t reply[DP_PACKET_MAX];
	size_t n = icmp_echo_reply(punt->data, punt->len, reply, sizeof(reply));
	struct ipv4 ip;

	if (n != 0) {
		gateway_send(gw, reply, n);
		return;
	}
	if (punt->port == DP_WAN || !ipv4_read(punt->data, punt->len, &ip) ||
		ip.protocol == IPV4_PROTO_ICMP)
		return;
	send_error(gw, punt,
		ip.protocol == IPV4_PROTO_UDP ? ICMP_PORT_UNREACHABLE : ICMP_PROTOCOL_UNREACHABLE);
}

/* A packet that a rule rejects: its sender is told as its protocol can best be. */
static void
on_prohibited(struct gateway *gw, const struct dp_punt *punt)
{
	uint8_t reset[TCP_RESET_LEN];
	size_t n = tcp_reset(punt->data, punt->len, reset);

	if (n != 0)
		gateway_send(gw, reset, n);
	else
		send_error(gw, punt, ICMP_ADMIN_PROHIBITED);
}

static struct conn *
conn_of(struct gateway *gw, const struct dp_punt *punt)
{
	return gateway_conn_by_sid(gw, punt->sid);
}

/* Of all that a client broadcasts, the gateway answers DHCPINFORM. */
static void
on_broadcast(struct gateway *gw, const struct dp_punt *punt)
{
	const struct config *config = gw->config;
	const struct dhcp_inform what = {
		.server = config->lan.address.addr,
		.mask = ip_mask(config->lan.address.len),
		.dns = {config->dns[0], config->dns[1]},
		.domain = config->domain,
		.routes = config->routes,
		.n_routes = config->n_routes,
	};
	const struct conn *c = conn_of(gw, punt);
	uint8_t answer[DHCP_INFORM_ANSWER_MAX];
	size_t n;

	if (c == NULL || c->lease == 0)
		return;
	n = dhcp_inform_answer(punt->data, punt->len, c->lease, &what, answer);
	if (n != 0)
		dp_inject_client(gw->dp, answer, n);
}

/* --- all --------------------------------------------------------------------------------------------------- */

void
dispatch_punt(void *arg, const struct dp_punt *punt)
{
	struct gateway *gw = arg;
	struct conn *c;

	switch (punt->reason) {
	case PUNT_L2TP:
		c = conn_of(gw, punt);
		if (c != NULL)
			conn_l2tp_input(c, punt);
		break;
	case PUNT_PPP:
		c = conn_of(gw, punt);
		if (c != NULL)
			conn_ppp_input(c, punt);
		break;
	case PUNT_IKE:
	case PUNT_IKE_NATT:
		on_ike(gw, punt);
		break;
	case PUNT_ARP:
		if (punt->port < DP_N_PORTS)
			arp_input(gw->arp[punt->port], punt->data, punt->len);
		break;
	case PUNT_NEIGH:
		if (punt->port < DP_N_PORTS)
			arp_resolve(gw->arp[punt->port], punt->next_hop, punt->data, punt->len);
		break;
	case PUNT_SELF:
		on_self(gw, punt);
		break;
	case PUNT_TOO_BIG:
		send_error(gw, punt, ICMP_TOO_BIG);
		break;
	case PUNT_TTL:
		send_error(gw, punt, ICMP_TTL_EXCEEDED);
		break;
	case PUNT_NO_ROUTE:
		send_error(gw, punt, ICMP_NET_UNREACHABLE);
		break;
	case PUNT_PROHIBITED:
		on_prohibited(gw, punt);
		break;
	case PUNT_BROADCAST:
		on_broadcast(gw, punt);
		break;
	case PUNT_N:
		break;
	}
}
