/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Address conflict detection (RFC 5227) for the addresses of the lease pool: probes those that are not leased in the
 * background, so that a free one is at hand when a client comes; watches all of them; defends leased ones.
 */
#ifndef ACD_H
#define ACD_H

#include "arp.h"
#include "lease.h"
#include "timer.h"

/* RFC 5227, 1.1, but for the last two, which are ours. */
enum {
	ACD_PROBE_WAIT_MS = 1000,
	ACD_PROBE_NUM = 3,
	ACD_PROBE_MIN_MS = 1000,
	ACD_PROBE_MAX_MS = 2000,
	ACD_ANNOUNCE_WAIT_MS = 2000,
	ACD_ANNOUNCE_NUM = 2,
	ACD_ANNOUNCE_INTERVAL_MS = 2000,
	ACD_DEFEND_INTERVAL_MS = 10000,
	ACD_RECHECK_MS =
		60000, /* a free address, or one in conflict, is probed again after so long */
	ACD_RECHECK_SPREAD_MS = 20000, /* so that a large pool is not probed all at once */
};

struct acd_events {
	/*
	 * Another host uses a leased address and will not give it up (RFC 5227, 2.4 (b)): the client must
	 * lose it. It is in conflict from now on; the owner releases the lease, at once or soon.
	 */
	void (*give_up)(void *arg, be32 addr, const uint8_t mac[6]);
	/* Some address has become free, or is known not to be: who waits for one should ask again. */
	void (*free)(void *arg);
};

struct acd;

/* Begins to probe all of the pool's addresses on the LAN. NULL when out of memory. */
struct acd *acd_new(struct lease_pool *pool, struct arp *arp, be32 own, struct timers *timers,
	const struct acd_events *events, void *arg);
void acd_free(struct acd *acd);

/* A message of another host, from arp_events.heard. */
void acd_heard(struct acd *acd, const struct arp_msg *msg);

/*
 * Another host uses an address of the gateway's own, which is never given up: says whose it is, at most once in
 * ACD_DEFEND_INTERVAL_MS, and logs. defended_ms: when it did last, 0 before.
 */
void acd_defend_own(
	struct arp *arp, be32 own, uint64_t now_ms, uint64_t *defended_ms, const uint8_t mac[6]);

/* The address was leased: announce it (RFC 5227, 2.3), defend it from now on. */
void acd_leased(struct acd *acd, be32 addr);

/* The lease was released: the address is checked again in the background. */
void acd_released(struct acd *acd, be32 addr);

/* Behind the link there may be others than before (RFC 5227, 2.1): all that is not leased is probed anew, and not free until then. */
void acd_doubt(struct acd *acd);

/* Addresses by state, for show commands: counts indexed by enum lease_state. */
void acd_count(const struct acd *acd, unsigned count[4]);

#endif
