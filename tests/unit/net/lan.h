/* SPDX-License-Identifier: BSD-3-Clause */
/* A LAN under test: its clock, our ARP, a record of events, and messages of other hosts. */
#ifndef TEST_NET_LAN_H
#define TEST_NET_LAN_H

#include <errno.h>

#include "acd.h"
#include "arp.h"
#include "log.h"
#include "unit.h"

#define OWN     "192.168.0.254"
#define OWN_MAC "02:00:00:00:00:fe"
#define MAC_A   "02:00:00:00:00:0a"
#define MAC_B   "02:00:00:00:00:0b"
#define NO_MAC  "00:00:00:00:00:00"
#define ALL_MAC "ff:ff:ff:ff:ff:ff"

enum { LAN_PORT = 1, LAN_MAX = 4096 };

struct lan_sent {
	uint64_t at_ms;
	uint8_t frame[ARP_FRAME_LEN];
};

struct lan {
	struct timers timers;
	struct arp *arp;
	struct lease_pool *pool;
	struct acd *acd;
	unsigned n_sent, next; /* next: the first that lan_expect() has not seen */
	struct lan_sent sent[LAN_MAX];
	unsigned heard, sets, clears, forwards, unreachables;
	be32 set_addr, clear_addr; /* of the last event */
	uint8_t set_mac[6];
	size_t forward_len;
	uint8_t forward[64]; /* first bytes of forwarded packets, in order */
	uint8_t unreachable[64];
	bool used; /* what neigh_used() returns */
	unsigned give_ups, frees;
	be32 given_up;
	uint8_t given_up_to[6];
	bool keep; /* the owner does not release the lease in give_up() */
	const char *waiting; /* a user who asks at each event `free` */
	be32 got;
	int rc;
};

static inline void
mac(const char *text, uint8_t out[6])
{
	assert_int_equal(sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &out[0], &out[1], &out[2],
				 &out[3], &out[4], &out[5]),
		6);
}

static inline void
lan_on_send(void *arg, unsigned port, const uint8_t *frame, size_t len)
{
	struct lan *l = arg;

	assert_int_equal(port, LAN_PORT);
	assert_int_equal(len, ARP_FRAME_LEN);
	assert_true(l->n_sent < LAN_MAX);
	l->sent[l->n_sent].at_ms = l->timers.now_ms;
	memcpy(l->sent[l->n_sent++].frame, frame, len);
}

static inline void
lan_on_neigh_set(void *arg, unsigned port, be32 a, const uint8_t m[6])
{
	struct lan *l = arg;

	assert_int_equal(port, LAN_PORT);
	l->sets++;
	l->set_addr = a;
	memcpy(l->set_mac, m, 6);
}

static inline void
lan_on_neigh_clear(void *arg, unsigned port, be32 a)
{
	struct lan *l = arg;

	assert_int_equal(port, LAN_PORT);
	l->clears++;
	l->clear_addr = a;
}

static inline bool
lan_on_neigh_used(void *arg, unsigned port, be32 a)
{
	struct lan *l = arg;

	(void)port;
	(void)a;
	return l->used;
}

static inline void
lan_on_forward(void *arg, unsigned port, const uint8_t *packet, size_t len)
{
	struct lan *l = arg;

	assert_int_equal(port, LAN_PORT);
	l->forward_len = len;
	l->forward[l->forwards++ % sizeof(l->forward)] = packet[0];
}

static inline void
lan_on_unreachable(void *arg, unsigned port, const uint8_t *packet, size_t len)
{
	struct lan *l = arg;

	assert_int_equal(port, LAN_PORT);
	assert_true(len > 0);
	l->unreachable[l->unreachables++ % sizeof(l->unreachable)] = packet[0];
}

static inline bool
lan_on_proxy(void *arg, unsigned port, be32 a)
{
	struct lan *l = arg;
	const struct lease *lease = lease_find(l->pool, a);

	assert_int_equal(port, LAN_PORT);
	return lease != NULL && lease->state == LEASE_TAKEN;
}

static inline void
lan_on_heard(void *arg, unsigned port, const struct arp_msg *m)
{
	struct lan *l = arg;

	assert_int_equal(port, LAN_PORT);
	l->heard++;
	if (l->acd != NULL)
		acd_heard(l->acd, m);
}

static inline void
lan_on_give_up(void *arg, be32 a, const uint8_t m[6])
{
	struct lan *l = arg;

	l->give_ups++;
	l->given_up = a;
	memcpy(l->given_up_to, m, 6);
	if (l->keep)
		return;
	lease_release(l->pool, a);
	acd_released(l->acd, a);
}

static inline void
lan_on_free(void *arg)
{
	struct lan *l = arg;

	l->frees++;
	if (l->waiting == NULL)
		return;
	l->rc = lease_acquire(l->pool, l->waiting, &l->got);
	if (l->rc != -EAGAIN)
		l->waiting = NULL;
}

static const struct arp_events lan_arp_events = {lan_on_send, lan_on_neigh_set, lan_on_neigh_clear,
	lan_on_neigh_used, lan_on_forward, lan_on_unreachable, lan_on_proxy, lan_on_heard};
static const struct acd_events lan_acd_events = {lan_on_give_up, lan_on_free};

/* Makes our ARP with an empty pool, without conflict detection. */
static inline struct lan *
lan_new(void)
{
	const struct ip_prefix own = {unit_addr(OWN), 24};
	struct lan *l = calloc(1, sizeof(*l));
	uint8_t m[6];

	assert_non_null(l);
	log_set_level_all(getenv("NET_TEST_LOG") ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERR);
	timers_init(&l->timers, 1000000);
	mac(OWN_MAC, m);
	l->pool = lease_pool_new();
	assert_non_null(l->pool);
	l->arp = arp_new(LAN_PORT, &own, m, &l->timers, &lan_arp_events, l);
	assert_non_null(l->arp);
	return l;
}

static inline void
lan_range(struct lan *l, const char *text)
{
	struct ip_range range;

	assert_int_equal(ip_range_parse(text, &range), 0);
	assert_int_equal(lease_add_range(l->pool, &range), 0);
}

static inline void
lan_watch(struct lan *l)
{
	l->acd = acd_new(l->pool, l->arp, unit_addr(OWN), &l->timers, &lan_acd_events, l);
	assert_non_null(l->acd);
}

static inline void
lan_free(struct lan *l)
{
	acd_free(l->acd);
	arp_free(l->arp);
	lease_pool_free(l->pool);
	unit_no_timers(&l->timers);
	free(l);
}

static inline void
lan_wait(struct lan *l, uint64_t ms)
{
	unit_wait(&l->timers, ms);
}

static inline void
lan_forget(struct lan *l)
{
	l->n_sent = l->next = 0;
}

static inline void
lan_silent(struct lan *l)
{
	assert_int_equal(l->next, l->n_sent);
	lan_forget(l);
}

static inline enum lease_state
lan_state(struct lan *l, const char *text)
{
	const struct lease *lease = lease_find(l->pool, unit_addr(text));

	assert_non_null(lease);
	return lease->state;
}

/* Passes a message from the LAN. */
static inline void
lan_feed(struct lan *l, bool request, const char *sha, const char *spa, const char *tpa)
{
	struct arp_msg m = {.request = request, .spa = unit_addr(spa), .tpa = unit_addr(tpa)};
	uint8_t frame[ARP_FRAME_LEN], to[6];
	uint8_t *copy;

	mac(sha, m.sha);
	mac(sha, m.ether_src);
	mac(request ? NO_MAC : OWN_MAC, m.tha);
	mac(request ? ALL_MAC : OWN_MAC, to);
	arp_write(&m, to, frame);
	copy = unit_exact(frame, sizeof(frame));
	arp_input(l->arp, copy, sizeof(frame));
	free(copy);
}

/* Expects this as our next message, to that Ethernet address. */
static inline void
lan_expect(struct lan *l, bool request, const char *spa, const char *tpa, const char *to)
{
	const struct lan_sent *s = &l->sent[l->next];
	uint8_t own[6], dst[6];
	struct arp_msg m;

	assert_true(l->next < l->n_sent);
	l->next++;
	assert_true(arp_read(s->frame, sizeof(s->frame), &m));
	mac(OWN_MAC, own);
	mac(to, dst);
	assert_int_equal(m.request, request);
	assert_memory_equal(m.sha, own, 6);
	assert_memory_equal(m.ether_src, own, 6);
	assert_memory_equal(s->frame, dst, 6);
	assert_int_equal(m.spa, unit_addr(spa));
	assert_int_equal(m.tpa, unit_addr(tpa));
}

static inline void
lan_expect_announcement(struct lan *l, const char *text)
{
	lan_expect(l, true, text, text, ALL_MAC);
}

static inline void
lan_expect_probe(struct lan *l, const char *text)
{
	lan_expect(l, true, "0.0.0.0", text, ALL_MAC);
}

#endif
