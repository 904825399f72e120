/* SPDX-License-Identifier: BSD-3-Clause */
#include "carrier.h"

#include "gateway.h"

/* Other hosts may be behind a link that comes back. */
static void
on_link_up(struct gateway *gw, enum dp_port port)
{
	for (unsigned net = 0; net < gw->routing.n_nets; net++) {
		be32 own = gateway_address(gw, net)->addr;

		if ((net == DP_WAN) != (port == DP_WAN))
			continue;
		/* One frame serves all of our addresses: switches learn the port of our MAC. */
		if (own != 0)
			arp_announce(gw->arp[net], own);
		arp_doubt(gw->arp[net]);
	}
	if (port == DP_LAN)
		segments_doubt(&gw->segments);
	if (port == DP_WAN && gw->dhcp != NULL)
		dhcp_client_link_up(gw->dhcp);
}

void
carrier_watch(struct gateway *gw)
{
	for (enum dp_port port = 0; port < DP_N_PORTS; port++) {
		bool up = dp_port_link(gw->dp, port);

		if (up == gw->link[port])
			continue;
		gw->link[port] = up;
		if (up)
			on_link_up(gw, port);
	}
}
