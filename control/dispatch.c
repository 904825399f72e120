/* SPDX-License-Identifier: BSD-3-Clause */
#include "dispatch.h"

#include "broadcast_relay.h"
#include "clients.h"
#include "conn.h"
#include "conn_path.h"
#include "dhcp_inform.h"
#include "gateway.h"
#include "icmp.h"
#include "ipv4.h"
#include "tcp.h"
#include "wan.h"

/* --- the gateway's own IP --------------------------------------------------------------------- */

static void
send_error(struct gateway *gw, const struct dp_punt *punt, enum icmp_error error)
{
	const struct conn *c = punt->net == DP_CLIENT ? clients_by_sid(&gw->clients, punt->sid)
						      : NULL;
	unsigned in = punt->net != DP_CLIENT ? punt->net : DP_LAN;

	/* Otherwise the session has ended meanwhile. */
	if (c != NULL && c->segment != NULL)
		in = c->segment->net;

	gateway_send_error(
		gw, error, punt->data, punt->len, gw->routing.address[in].addr, punt->mtu);
}

/*
 * A packet for one of our addresses: answers an echo request, and reports other ports and protocols
 * unreachable.
 */
static void
on_self(struct gateway *gw, const struct dp_punt *punt)
{
	uint8_t reply[DP_PACKET_MAX];
	size_t n = icmp_echo_reply(punt->data, punt->len, reply, sizeof(reply));
	struct icmp_too_big report;
	struct ipv4 ip;

	if (n != 0) {
		gateway_send(gw, reply, n);
		return;
	}
	if (punt->net == DP_WAN && icmp_too_big_read(punt->data, punt->len, &report)) {
		conn_path_input(&gw->clients, &report);
		return;
	}
	if (punt->net == DP_WAN || !ipv4_read(punt->data, punt->len, &ip) ||
		ip.protocol == IPV4_PROTO_ICMP)
		return;
	send_error(gw, punt,
		ip.protocol == IPV4_PROTO_UDP ? ICMP_PORT_UNREACHABLE : ICMP_PROTOCOL_UNREACHABLE);
}

/* A packet that a filter rule rejects: tells the sender by a TCP reset or an ICMP error. */
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

/* Answers a client's DHCPINFORM, and relays other broadcasts. */
static void
on_broadcast(struct gateway *gw, const struct dp_punt *punt)
{
	const struct config *config = gw->config;
	const struct conn *c = clients_by_sid(&gw->clients, punt->sid);
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

/* --- all punts -------------------------------------------------------------------------------- */

void
dispatch_punt(void *arg, const struct dp_punt *punt)
{
	struct gateway *gw = arg;

	switch (punt->reason) {
	case PUNT_L2TP:
		clients_l2tp_input(&gw->clients, punt);
		break;
	case PUNT_PPP:
		clients_ppp_input(&gw->clients, punt);
		break;
	case PUNT_IKE:
	case PUNT_IKE_NATT:
	case PUNT_IKE_FIRST:
		clients_ike_input(&gw->clients, punt->data, punt->len);
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
