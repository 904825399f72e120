/* SPDX-License-Identifier: BSD-3-Clause */
/* Renewal of a connection's ISAKMP SAs, and of a NAT's memory of them. */
#ifndef CONN_IKE_RENEW_H
#define CONN_IKE_RENEW_H

#include <stdbool.h>
#include <stdint.h>

#include "esp_suite.h"

struct conn;
struct conn_ike;

enum {
	CONN_KEEPALIVE_MS = 20000, /* RFC 3948, 4 */
};

/* When we renew it, if the peer has not; 0 before it is up. On timers->now_ms. */
uint64_t conn_ike_due_ms(const struct conn_ike *ci);

/*
 * Begins a quick mode for a pair like the peer's last. False when there is no SA that could; main
 * mode is begun then, unless that was tried within CONN_REKEY_AGAIN_MS.
 */
bool conn_ikes_rekey(struct conn *c, const struct esp_suite *suite);

/* Renews the last SA before its end if the peer has not; keeps a NAT awake. */
void conn_ikes_sweep(struct conn *c);

#endif
