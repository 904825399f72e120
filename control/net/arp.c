/* SPDX-License-Identifier: BSD-3-Clause */
#include "arp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "rdwr.h"

#define ETHER_TYPE_ARP  0x0806
#define ARP_HTYPE_ETHER 1
#define ARP_PTYPE_IPV4  0x0800
#define ARP_OP_REQUEST  1
#define ARP_OP_REPLY    2

static const uint8_t ether_broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

struct held {
	size_t len;
	uint8_t packet[];
};

/* A neighbour that is known or being resolved. */
struct neigh {
	struct arp *arp;
	struct timer timer;
	be32 addr;
	uint8_t mac[6];
	bool known;
	bool doubted; /* it may be gone or have a new Ethernet address: all stations are asked */
	unsigned tries; /* requests sent without an answer */
	unsigned n_held;
	struct held *held[ARP_HOLD];
};

struct arp {
	unsigned port;
	struct ip_prefix addr;
	uint8_t mac[6];
	struct timers *timers;
	const struct arp_events *events;
	void *arg;
	unsigned n_pending;
	uint32_t n_hosts;
	struct arp_stats stats;
	struct neigh **neigh; /* by host part */
};

bool
arp_read(const uint8_t *frame, size_t len, struct arp_msg *out)
{
	struct rd r = rd_init(frame, len);
	const uint8_t *src, *sha, *tha;
	uint16_t op;

	rd_bytes(&r, 6);
	src = rd_bytes(&r, 6);
	if (rd_u16(&r) != ETHER_TYPE_ARP || rd_u16(&r) != ARP_HTYPE_ETHER ||
		rd_u16(&r) != ARP_PTYPE_IPV4 || rd_u8(&r) != 6 || rd_u8(&r) != 4)
		return false;
	op = rd_u16(&r);
	sha = rd_bytes(&r, 6);
	out->spa = rd_be32(&r);
	tha = rd_bytes(&r, 6);
	out->tpa = rd_be32(&r);
	if (r.bad || (op != ARP_OP_REQUEST && op != ARP_OP_REPLY))
		return false;
	out->request = op == ARP_OP_REQUEST;
	memcpy(out->ether_src, src, 6);
	memcpy(out->sha, sha, 6);
	memcpy(out->tha, tha, 6);
	return true;
}

void
arp_write(const struct arp_msg *msg, const uint8_t ether_dst[6], uint8_t frame[ARP_FRAME_LEN])
{
	struct wr w = wr_init(frame, ARP_FRAME_LEN);

	wr_bytes(&w, ether_dst, 6);
	wr_bytes(&w, msg->ether_src, 6);
	wr_u16(&w, ETHER_TYPE_ARP);
	wr_u16(&w, ARP_HTYPE_ETHER);
	wr_u16(&w, ARP_PTYPE_IPV4);
	wr_u8(&w, 6);
	wr_u8(&w, 4);
	wr_u16(&w, msg->request ? ARP_OP_REQUEST : ARP_OP_REPLY);
	wr_bytes(&w, msg->sha, 6);
	wr_be32(&w, msg->spa);
	wr_bytes(&w, msg->tha, 6);
	wr_be32(&w, msg->tpa);
}

struct arp *
arp_new(unsigned port, const struct ip_prefix *addr, const uint8_t mac[6], struct timers *timers,
	const struct arp_events *events, void *arg)
{
	struct arp *a = calloc(1, sizeof(*a));

	if (a == NULL || arp_renumber(a, addr) != 0) {
		free(a);
		return NULL;
	}
	a->port = port;
	a->timers = timers;
	a->events = events;
	a->arg = arg;
	memcpy(a->mac, mac, 6);
	return a;
}

/* The place of a neighbour in our network; NULL for any other address. */
static struct neigh **
place(struct arp *a, be32 addr)
{
	uint32_t host = ntohl(addr & ~ip_mask(a->addr.len));

	if (!ip_prefix_contains(&a->addr, addr) || addr == a->addr.addr || host == 0 ||
		host == a->n_hosts - 1)
		return NULL;
	return &a->neigh[host];
}

static void
neigh_free(struct neigh *n)
{
	struct arp *a = n->arp;

	timer_stop(&n->timer);
	if (!n->known)
		a->n_pending--;
	for (unsigned i = 0; i < n->n_held; i++)
		free(n->held[i]);
	*place(a, n->addr) = NULL;
	free(n);
}

static void
forget_all(struct arp *a)
{
	for (uint32_t i = 0; i < a->n_hosts; i++)
		if (a->neigh[i] != NULL)
			neigh_free(a->neigh[i]);
	free(a->neigh);
}

int
arp_renumber(struct arp *a, const struct ip_prefix *addr)
{
	uint32_t n_hosts = ntohl(~ip_mask(addr->len)) + 1;
	struct neigh **neigh = calloc(n_hosts, sizeof(*neigh));

	if (neigh == NULL)
		return -ENOMEM;
	forget_all(a);
	a->addr = *addr;
	a->n_hosts = n_hosts;
	a->neigh = neigh;
	return 0;
}

void
arp_free(struct arp *a)
{
	if (a == NULL)
		return;
	forget_all(a);
	free(a);
}

static void
send_msg(struct arp *a, bool request, be32 spa, const uint8_t tha[6], be32 tpa,
	const uint8_t ether_dst[6])
{
	uint8_t frame[ARP_FRAME_LEN];
	struct arp_msg m = {.request = request, .spa = spa, .tpa = tpa};

	memcpy(m.ether_src, a->mac, 6);
	memcpy(m.sha, a->mac, 6);
	memcpy(m.tha, tha, 6);
	arp_write(&m, ether_dst, frame);
	a->events->send(a->arg, a->port, frame, sizeof(frame));
}

void
arp_announce(struct arp *a, be32 addr)
{
	static const uint8_t zero[6];

	a->stats.announcements_out++;
	send_msg(a, true, addr, zero, addr, ether_broadcast);
}

void
arp_probe(struct arp *a, be32 addr)
{
	static const uint8_t zero[6];

	a->stats.probes_out++;
	send_msg(a, true, 0, zero, addr, ether_broadcast);
}

/* Sends a request to the neighbour if its Ethernet address is known, else to all stations. */
static void
ask(struct neigh *n)
{
	static const uint8_t zero[6];
	struct arp *a = n->arp;

	n->tries++;
	a->stats.requests_out++;
	send_msg(a, true, a->addr.addr, n->known ? n->mac : zero, n->addr,
		n->known && !n->doubted && n->tries < ARP_TRIES ? n->mac : ether_broadcast);
	timer_arm(&n->timer, ARP_RETRY_MS);
}

static void
give_up(struct neigh *n)
{
	struct arp *a = n->arp;
	char text[IP_STR_LEN];

	log_debug(NET, NULL, "%s does not answer ARP", ip_str(n->addr, text));
	if (n->known)
		a->events->neigh_clear(a->arg, a->port, n->addr);
	for (unsigned i = 0; i < n->n_held; i++) {
		a->stats.held_dropped++;
		a->events->unreachable(a->arg, a->port, n->held[i]->packet, n->held[i]->len);
	}
	neigh_free(n);
}

static void
on_neigh_due(struct timer *t)
{
	struct neigh *n = container_of(t, struct neigh, timer);
	struct arp *a = n->arp;

	if (n->tries >= ARP_TRIES) {
		give_up(n);
		return;
	}
	/* It is not in use: forget it instead of asking. */
	if (n->known && n->tries == 0 && !a->events->neigh_used(a->arg, a->port, n->addr)) {
		a->events->neigh_clear(a->arg, a->port, n->addr);
		neigh_free(n);
		return;
	}
	ask(n);
}

/* Makes a new neighbour, which is not known yet; NULL if out of memory. */
static struct neigh *
neigh_new(struct arp *a, struct neigh **at, be32 addr)
{
	struct neigh *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->arp = a;
	n->addr = addr;
	timer_init(&n->timer, a->timers, on_neigh_due);
	a->n_pending++;
	*at = n;
	return n;
}

void
arp_doubt(struct arp *a)
{
	for (uint32_t i = 0; i < a->n_hosts; i++) {
		struct neigh *n = a->neigh[i];

		if (n == NULL || !n->known)
			continue;
		n->doubted = true;
		n->tries = 0;
		ask(n);
	}
}

/* Stores the neighbour's Ethernet address and sends the packets that wait for it. */
static void
learn(struct neigh *n, const uint8_t mac[6])
{
	struct arp *a = n->arp;
	unsigned n_held = n->n_held;

	if (!n->known)
		a->n_pending--;
	n->known = true;
	n->doubted = false;
	n->tries = 0;
	n->n_held = 0;
	memcpy(n->mac, mac, 6);
	timer_arm(&n->timer, ARP_REACHABLE_MS);
	a->events->neigh_set(a->arg, a->port, n->addr, mac);
	for (unsigned i = 0; i < n_held; i++) {
		a->events->forward(a->arg, a->port, n->held[i]->packet, n->held[i]->len);
		free(n->held[i]);
	}
}

void
arp_resolve(struct arp *a, be32 next_hop, const uint8_t *packet, size_t len)
{
	struct neigh **at = place(a, next_hop);
	struct neigh *n;
	struct held *h;

	if (at == NULL) {
		a->stats.held_dropped++;
		return;
	}
	n = *at;
	if (n != NULL && n->known) {
		/* The worker did not know it yet when it met the packet. */
		a->events->forward(a->arg, a->port, packet, len);
		return;
	}
	if (n == NULL) {
		if (a->n_pending >= ARP_PENDING_MAX || (n = neigh_new(a, at, next_hop)) == NULL) {
			a->stats.held_dropped++;
			return;
		}
		ask(n);
	}
	if (n->n_held == ARP_HOLD || (h = malloc(sizeof(*h) + len)) == NULL) {
		a->stats.held_dropped++;
		return;
	}
	h->len = len;
	memcpy(h->packet, packet, len);
	n->held[n->n_held++] = h;
}

/* Learns the sender (RFC 826): refreshes a known neighbour, adds one that asks for us. */
static void
take_sender(struct arp *a, const struct arp_msg *m, bool asks_us)
{
	struct neigh **at = place(a, m->spa);

	if (m->spa == 0 || at == NULL || a->events->proxy(a->arg, a->port, m->spa))
		return;
	if (*at == NULL) {
		if (!asks_us || neigh_new(a, at, m->spa) == NULL)
			return;
	}
	learn(*at, m->sha);
}

static bool
ours(struct arp *a, be32 addr)
{
	return (addr != 0 && addr == a->addr.addr) || a->events->proxy(a->arg, a->port, addr);
}

void
arp_input(struct arp *a, const uint8_t *frame, size_t len)
{
	struct arp_msg m;
	bool for_us;

	if (!arp_read(frame, len, &m) || (m.sha[0] & 1) != 0) {
		a->stats.malformed++;
		return;
	}
	/* Our own message, which has come back through a loop. */
	if (memcmp(m.sha, a->mac, 6) == 0)
		return;
	if (m.request)
		a->stats.requests_in++;
	else
		a->stats.replies_in++;
	a->events->heard(a->arg, a->port, &m);
	for_us = ours(a, m.tpa);
	take_sender(a, &m, m.request && for_us && m.tpa != m.spa);
	/* A host that announces or claims our address is a conflict, which is not answered here. */
	if (m.request && for_us && m.spa != m.tpa) {
		a->stats.answered++;
		send_msg(a, false, m.tpa, m.sha, m.spa, m.sha);
	}
}

void
arp_stats(const struct arp *a, struct arp_stats *out)
{
	*out = a->stats;
}
