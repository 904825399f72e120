/* SPDX-License-Identifier: BSD-3-Clause */
/* The L2TP tunnel of a connection, and its events. */
#ifndef CONN_L2TP_H
#define CONN_L2TP_H

#include <stdbool.h>
#include <stdint.h>

#include "dp.h"

struct conn;

/* An L2TP control message from the connection's session. */
void conn_l2tp_input(struct conn *c, const struct dp_punt *punt);

/*
 * Whether a packet of the session comes from the UDP port that quick mode was for. If so, confirms
 * its pair and learns the port.
 */
bool conn_l2tp_accepts(struct conn *c, const struct dp_punt *punt);

/* Ends the tunnel with this result of CDN and text; without one, finishes a closing connection. */
void conn_l2tp_close(struct conn *c, uint16_t cdn_result, const char *why);

#endif
