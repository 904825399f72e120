/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Address conflict detection (RFC 5227) for the addresses of the lease pool: probes those that are
 * not leased in the background, so that a free one is at hand when a client connects; watches all
 * of them; defends leased ones.
 */
#ifndef ACD_H
#define ACD_H

#include "arp.h"
#include "lease.h"
#include "timer.h"

/* RFC 5227, 1.1, except for the last two, which are ours. */
enum {
	ACD_PROBE_WAIT_MS = 1000,
	ACD_PROBE_NUM = 3,
	ACD_PROBE_MIN_MS = 1000,
	ACD_PROBE_MAX_MS = 2000,
	ACD_ANNOUNCE_WAIT_MS = 2000,
	ACD_ANNOUNCE_NUM = 2,
	ACD_ANNOUNCE_INTERVAL_MS = 2000,
	ACD_DEFEND_INTERVAL_MS = 10000,
	ACD_RECHECK_MS = 60000, /* until an address is probed again that is free or in conflict */
	ACD_RECHECK_SPREAD_MS = 20000, /* random addition: a large pool is not probed all at once */
};

struct acd_events {
	/*
	 * Another host keeps using a leased address (RFC 5227, 2.4 (b)): the client must lose it.
	 * The address is in conflict from now on; the owner releases the lease, now or soon.
	 */
	void (*give_up)(void *arg, be32 addr, const uint8_t mac[6]);
	/*
	 * An address has become free, or is known to be in use: clients that wait for one may ask
	 * again.
	 */
	void (*free)(void *arg);
};

struct acd;

/*
 * Begins to probe all addresses of the pool on the LAN; own is ours there. NULL if out of memory.
 */
struct acd *acd_new(struct lease_pool *pool, struct arp *arp, be32 own, struct timers *timers,
	const struct acd_events *events, void *arg);
void acd_free(struct acd *acd);

/* A message of another host, from arp_events.heard. */
void acd_heard(struct acd *acd, const struct arp_msg *msg);

/*
 * Another host uses the gateway's own address, which is never given up: announces it, at most once
 * in ACD_DEFEND_INTERVAL_MS, and logs that. *defended_ms is when it did so last, 0 if never.
 */
void acd_defend_own(
	struct arp *arp, be32 own, uint64_t now_ms, uint64_t *defended_ms, const uint8_t mac[6]);

/* The address is leased: announces it (RFC 5227, 2.3), and defends it from now on. */
void acd_leased(struct acd *acd, be32 addr);

/* The lease was released: the address is checked again in the background. */
void acd_released(struct acd *acd, be32 addr);

/*
 * Other hosts than before may be on the link (RFC 5227, 2.1): probes all addresses again that are
 * not leased. None is free until then.
 */
void acd_doubt(struct acd *acd);

/* Counts the addresses by state, for show commands; the index is enum lease_state. */
void acd_count(const struct acd *acd, unsigned count[4]);

#endif
