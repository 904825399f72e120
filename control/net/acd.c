/* SPDX-License-Identifier: BSD-3-Clause */
#include "acd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/rng.h"
#include "log.h"

/* What happens to an address of the pool. */
enum watch_step {
	WATCH_PROBING, /* probes are sent */
	WATCH_WAITING, /* after the last probe */
	WATCH_RESTING, /* free or in conflict, until the next check */
	WATCH_ANNOUNCING, /* leased, announcements are sent */
	WATCH_LEASED,
};

struct watch {
	struct acd *acd;
	struct timer timer;
	be32 addr;
	enum watch_step step;
	unsigned sent; /* probes or announcements of this step */
	uint64_t defended_ms; /* when it was last defended, monotonic; 0: never */
};

struct acd {
	struct lease_pool *pool;
	struct arp *arp;
	be32 own;
	uint64_t own_defended_ms;
	struct timers *timers;
	const struct acd_events *events;
	void *arg;
	size_t n;
	struct watch watch[]; /* in the order of the pool's leases */
};

static const char *
mac_str(const uint8_t mac[6], char buf[18])
{
	snprintf(buf, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		mac[5]);
	return buf;
}

static struct watch *
find(struct acd *acd, be32 addr)
{
	struct lease *l = lease_find(acd->pool, addr);

	return l ? &acd->watch[l - lease_at(acd->pool, 0)] : NULL;
}

static void
begin_probing(struct watch *w, uint32_t wait_ms)
{
	w->step = WATCH_PROBING;
	w->sent = 0;
	timer_arm(&w->timer, wait_ms);
}

static void
rest(struct watch *w)
{
	w->step = WATCH_RESTING;
	timer_arm(&w->timer, ACD_RECHECK_MS + rng_below(ACD_RECHECK_SPREAD_MS));
}

/* No probe was answered. */
static void
found_free(struct watch *w)
{
	struct acd *acd = w->acd;
	struct lease *l = lease_find(acd->pool, w->addr);
	enum lease_state before = l->state;
	char text[IP_STR_LEN];

	if (before == LEASE_CONFLICT)
		log_notice(
			NET, NULL, "%s is no longer used by another host", ip_str(w->addr, text));
	lease_set_state(acd->pool, l, LEASE_FREE);
	rest(w);
	if (before != LEASE_FREE)
		acd->events->free(acd->arg);
}

static void
on_watch_due(struct timer *t)
{
	struct watch *w = container_of(t, struct watch, timer);
	struct acd *acd = w->acd;

	/*
	 * It is leased to a client that is still connecting; acd_leased() or acd_released()
	 * follows.
	 */
	if (w->step < WATCH_ANNOUNCING && lease_find(acd->pool, w->addr)->state == LEASE_TAKEN)
		return;
	switch (w->step) {
	case WATCH_RESTING:
		begin_probing(w, 0);
		break;
	case WATCH_PROBING:
		arp_probe(acd->arp, w->addr);
		if (++w->sent < ACD_PROBE_NUM) {
			timer_arm(&w->timer,
				ACD_PROBE_MIN_MS + rng_below(ACD_PROBE_MAX_MS - ACD_PROBE_MIN_MS));
			break;
		}
		w->step = WATCH_WAITING;
		timer_arm(&w->timer, ACD_ANNOUNCE_WAIT_MS);
		break;
	case WATCH_WAITING:
		found_free(w);
		break;
	case WATCH_ANNOUNCING:
		arp_announce(acd->arp, w->addr);
		if (++w->sent < ACD_ANNOUNCE_NUM)
			timer_arm(&w->timer, ACD_ANNOUNCE_INTERVAL_MS);
		else
			w->step = WATCH_LEASED;
		break;
	case WATCH_LEASED:
		break;
	}
}

struct acd *
acd_new(struct lease_pool *pool, struct arp *arp, be32 own, struct timers *timers,
	const struct acd_events *events, void *arg)
{
	size_t n = lease_count(pool);
	struct acd *acd = calloc(1, sizeof(*acd) + n * sizeof(acd->watch[0]));

	if (acd == NULL)
		return NULL;
	acd->pool = pool;
	acd->arp = arp;
	acd->own = own;
	acd->timers = timers;
	acd->events = events;
	acd->arg = arg;
	acd->n = n;
	for (size_t i = 0; i < n; i++) {
		struct watch *w = &acd->watch[i];

		w->acd = acd;
		w->addr = lease_at(pool, i)->addr;
		timer_init(&w->timer, timers, on_watch_due);
		begin_probing(w, rng_below(ACD_PROBE_WAIT_MS));
	}
	return acd;
}

void
acd_free(struct acd *acd)
{
	if (acd == NULL)
		return;
	for (size_t i = 0; i < acd->n; i++)
		timer_stop(&acd->watch[i].timer);
	free(acd);
}

void
acd_defend_own(
	struct arp *arp, be32 own, uint64_t now_ms, uint64_t *defended_ms, const uint8_t mac[6])
{
	char addr[IP_STR_LEN], hw[18];

	if (*defended_ms != 0 && now_ms - *defended_ms < ACD_DEFEND_INTERVAL_MS)
		return;
	*defended_ms = now_ms;
	log_err(NET, NULL, "address conflict: %s uses the gateway's own address %s",
		mac_str(mac, hw), ip_str(own, addr));
	arp_announce(arp, own);
}

/* RFC 5227, 2.4 (b): defends once, and gives up at a second conflict soon after. */
static void
defend_lease(struct watch *w, const uint8_t mac[6])
{
	struct acd *acd = w->acd;
	uint64_t now = acd->timers->now_ms;
	char addr[IP_STR_LEN], hw[18];

	mac_str(mac, hw);
	ip_str(w->addr, addr);
	if (w->defended_ms == 0 || now - w->defended_ms >= ACD_DEFEND_INTERVAL_MS) {
		w->defended_ms = now;
		log_warning(NET, NULL, "address conflict: %s uses the leased address %s: defended",
			hw, addr);
		arp_announce(acd->arp, w->addr);
		return;
	}
	log_warning(NET, NULL, "address conflict: %s keeps using the leased address %s: given up",
		hw, addr);
	/* Before the release, so that the address is not leased again. */
	lease_set_state(acd->pool, lease_find(acd->pool, w->addr), LEASE_CONFLICT);
	rest(w);
	acd->events->give_up(acd->arg, w->addr, mac);
}

void
acd_heard(struct acd *acd, const struct arp_msg *m)
{
	/* The target of a probe is the address that it probes (RFC 5227, 2.1.1). */
	bool probe = m->request && m->spa == 0;
	be32 addr = probe ? m->tpa : m->spa;
	char text[IP_STR_LEN], hw[18];
	enum lease_state before;
	struct lease *l;
	struct watch *w;

	if (addr == acd->own && !probe)
		acd_defend_own(
			acd->arp, acd->own, acd->timers->now_ms, &acd->own_defended_ms, m->sha);
	w = find(acd, addr);
	if (w == NULL)
		return;
	l = lease_find(acd->pool, addr);
	if (l->state == LEASE_TAKEN) {
		/* Against a probe, the answer by arp.c is sufficient defence. */
		if (!probe)
			defend_lease(w, m->sha);
		return;
	}
	before = l->state;
	if (before != LEASE_CONFLICT)
		log_notice(NET, NULL, "%s is used by %s on the LAN: not leased", ip_str(addr, text),
			mac_str(m->sha, hw));
	lease_set_state(acd->pool, l, LEASE_CONFLICT);
	rest(w);
	/* It may have been the last address that a waiting client could get. */
	if (before == LEASE_UNKNOWN)
		acd->events->free(acd->arg);
}

void
acd_leased(struct acd *acd, be32 addr)
{
	struct watch *w = find(acd, addr);

	if (w == NULL)
		return;
	w->step = WATCH_ANNOUNCING;
	w->sent = 1;
	w->defended_ms = 0;
	arp_announce(acd->arp, addr);
	timer_arm(&w->timer, ACD_ANNOUNCE_INTERVAL_MS);
}

void
acd_released(struct acd *acd, be32 addr)
{
	struct watch *w = find(acd, addr);

	if (w == NULL)
		return;
	rest(w);
	if (lease_find(acd->pool, addr)->state == LEASE_FREE)
		acd->events->free(acd->arg);
}

void
acd_doubt(struct acd *acd)
{
	for (size_t i = 0; i < acd->n; i++) {
		struct watch *w = &acd->watch[i];
		struct lease *l = lease_at(acd->pool, i);

		if (l->state == LEASE_TAKEN)
			continue;
		if (l->state == LEASE_FREE)
			lease_set_state(acd->pool, l, LEASE_UNKNOWN);
		begin_probing(w, rng_below(ACD_PROBE_WAIT_MS));
	}
}

void
acd_count(const struct acd *acd, unsigned count[4])
{
	memset(count, 0, 4 * sizeof(count[0]));
	for (size_t i = 0; i < acd->n; i++)
		count[lease_at(acd->pool, i)->state]++;
}
