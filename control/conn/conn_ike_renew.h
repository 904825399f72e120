/* SPDX-License-Identifier: BSD-3-Clause */
/* Renews the ISAKMP SAs of a connection, and keeps NAT mappings alive. */
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

/* When the gateway renews it unless the peer does before, as timers->now_ms; 0: it is not up. */
uint64_t conn_ike_due_ms(const struct conn_ike *ci);

/*
 * Begins a quick mode for a pair like the peer's last one. False if no ISAKMP SA is up; then it
 * begins main mode, at most once in CONN_REKEY_AGAIN_MS.
 */
bool conn_ikes_rekey(struct conn *c, const struct esp_suite *suite);

/* Renews the last SA in time if the peer does not; keeps NAT mappings alive. */
void conn_ikes_sweep(struct conn *c);

#endif
