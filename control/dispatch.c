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

static void
on_ike(struct gateway *gw, const struct dp_punt *punt)
{
	static const uint8_t zero[8];
	char from[IP_END_STR_LEN];
	struct ike_header h;
	struct conn_ike *ci;
	struct ipv4 ip;
	struct udp udp;
	bool first;

	if (!ipv4_read(punt->data, punt->len, &ip) || !udp_read(&ip, &udp))
		return;
	if (udp.dst.port == htons(IKE_NATT_PORT)) {
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
	first = memcmp(h.rcookie, zero, sizeof(zero)) == 0;
	if (ci == NULL && first) {
		first_input(gw, &udp, &h);
		return;
	}
	if (ci == NULL)
		ci = first_recall(gw, &udp, &h);
	if (ci == NULL && log_limited(gw))
		log_info(IKE, NULL, "%s: message for an ISAKMP SA that is not there: ignored",
			ip_end_str(&udp.src, from));
	if (ci != NULL && !first && udp.src.addr == ci->remote.addr)
		peer_answered(&gw->peers, ci);
	if (ci != NULL)
		ike_sa_input(ci->sa, &udp.dst, &udp.src, udp.payload, udp.payload_len);
}

/* --- the gateway's own IP ---------------------------------------------------------------------------------- */

static void
send_error(struct gateway *gw, const struct dp_punt *punt, enum icmp_error error)
{
	const struct conn *c = punt->net == DP_CLIENT ? gateway_conn_by_sid(gw, punt->sid) : NULL;
	unsigned in = punt->net != DP_CLIENT ? punt->net : DP_LAN;

	/* Else the session is gone meanwhile, or its worker is not the one that says so. */
	if (c != NULL && c->segment != NULL)
		in = c->segment->net;

	gateway_send_error(
		gw, error, punt->data, punt->len, gw->routing.address[in].addr, punt->mtu);
}

/* A packet for one of our addresses: echo is answered, all else is told that nobody listens. */
static void
on_self(struct gateway *gw, const struct dp_punt *punt)
{
	uint8_t reply[DP_PACKET_MAX];
	size_t n = icmp_echo_reply(punt->data, punt->len, reply, sizeof(reply));
	struct icmp_too_big word;
	struct ipv4 ip;

	if (n != 0) {
		gateway_send(gw, reply, n);
		return;
	}
	if (punt->net == DP_WAN && icmp_too_big_read(punt->data, punt->len, &word)) {
		conn_path_input(gw, &word);
		return;
	}
	if (punt->net == DP_WAN || !ipv4_read(punt->data, punt->len, &ip) ||
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

/* Of what is broadcast, the gateway answers a client's DHCPINFORM; the rest others may want to hear. */
static void
on_broadcast(struct gateway *gw, const struct dp_punt *punt)
{
	const struct config *config = gw->config;
	const struct conn *c = conn_of(gw, punt);
	const struct ip_prefix *lan = c != NULL && c->segment != NULL ? &c->segment->address
								      : &config->lan.address;
	const struct dhcp_inform what = {
		.server = lan->addr,
		.mask = ip_mask(lan->len),
		.dns = {config->dns[0], config->dns[1]},
		.domain = config->domain,
		.routes = config->routes,
		.n_routes = config->n_routes,
	};
	uint8_t answer[DHCP_INFORM_ANSWER_MAX];
	size_t n;

	if (punt->net != DP_CLIENT) {
		broadcast_relay(gw, NULL, punt->net, punt->data, punt->len);
		return;
	}
	if (c == NULL || c->lease == 0)
		return;
	n = dhcp_inform_answer(punt->data, punt->len, c->lease, &what, answer);
	if (n != 0)
		dp_inject_client(gw->dp, answer, n);
	else
		broadcast_relay(gw, c, c->segment->net, punt->data, punt->len);
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
	case PUNT_IKE_FIRST:
		on_ike(gw, punt);
		break;
	case PUNT_ARP:
		if (punt->net < DP_NETS_MAX && gw->arp[punt->net] != NULL)
			arp_input(gw->arp[punt->net], punt->data, punt->len);
		break;
	case PUNT_DHCP:
		wan_dhcp_input(gw, punt->data, punt->len);
		break;
	case PUNT_NEIGH:
		if (punt->net < DP_NETS_MAX && gw->arp[punt->net] != NULL)
			arp_resolve(gw->arp[punt->net], punt->next_hop, punt->data, punt->len);
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
	case PUNT_UNREACHABLE:
		send_error(gw, punt, ICMP_HOST_UNREACHABLE);
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
