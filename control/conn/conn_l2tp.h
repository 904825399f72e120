/* SPDX-License-Identifier: BSD-3-Clause */
/* A connection's L2TP tunnel, and what it tells. */
#ifndef CONN_L2TP_H
#define CONN_L2TP_H

#include <stdbool.h>
#include <stdint.h>

#include "dp.h"

struct conn;

/* An L2TP control message from the connection's session. */
void conn_l2tp_input(struct conn *c, const struct dp_punt *punt);

/*
 * Takes what a packet of the session tells besides its contents: the peer has the pair, and its
 * port inside ESP. False: the packet is not from the port that quick mode was for.
 */
bool conn_l2tp_accepts(struct conn *c, const struct dp_punt *punt);

/* Ends the tunnel, with CDN's result and a text; finishes a closing connection that has none. */
void conn_l2tp_close(struct conn *c, uint16_t cdn_result, const char *why);

#endif
