/* SPDX-License-Identifier: BSD-3-Clause */
/* The first message of an ISAKMP SA, and the limits on its cost. */
#ifndef FIRST_H
#define FIRST_H

#include "ike.h"
#include "ipv4.h"

struct clients;
struct conn_ike;

/* A new first message: makes a connection, is answered without one, or is refused. */
void first_input(struct clients *cs, const struct udp *udp, const struct ike_header *h);

/*
 * A later message for no known SA: the SA of a peer that was answered without a connection, or
 * NULL.
 */
struct conn_ike *first_recall(
	struct clients *cs, const struct udp *udp, const struct ike_header *h);

#endif
