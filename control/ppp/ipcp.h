/* SPDX-License-Identifier: BSD-3-Clause */
/* IPCP: addresses (RFC 1332, 3) and name servers (RFC 1877). */
#ifndef IPCP_H
#define IPCP_H

#include "ppp_fsm.h"

#define IPCP_HELD_MAX 256 /* bytes of a request that waits for an address */

struct ipcp {
	struct ppp_cp cp;
	struct ppp_net net;
	bool waiting; /* for an address */
	bool no_address; /* the peer refuses our address option */
	bool data_heard; /* since the peer's request was acknowledged */
	unsigned address_naks;
	/* The peer's last packet while waiting. */
	size_t held_len;
	uint8_t *held;
};

void ipcp_init(struct ppp *p);

/* Asks the owner for addresses, and begins IPCP when it has them. */
void ipcp_begin(struct ppp *p);

/* Data of the peer has arrived since the last call. */
void ipcp_heard(struct ppp *p);
void ipcp_stop(struct ppp *p);

/* Processes a packet, which begins with its code. */
void ipcp_input(struct ppp *p, struct rd packet);

#endif
