/* SPDX-License-Identifier: BSD-3-Clause */
#include "clients.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conn_ike.h"
#include "conn_l2tp.h"
#include "conn_lease.h"
#include "conn_ppp.h"
#include "first.h"
#include "ipv4.h"
#include "reap.h"

/* --- life ------------------------------------------------------------------------------------- */

static void
on_sweep(struct timer *t)
{
	struct clients *cs = container_of(t, struct clients, sweep);

	CLIENTS_FOREACH (c, cs)
		conn_sweep(c);
	timer_arm(t, CONN_SWEEP_MS);
}

static void
on_address_ready(void *arg)
{
	struct clients *cs = arg;

	cs->address_ready = true;
}

static void
on_address_lost(void *arg, void *owner, const uint8_t mac[6])
{
	(void)arg;
	conn_close(owner, "address conflict with %02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
		mac[2], mac[3], mac[4], mac[5]);
}

const struct segment_events clients_segment_events = {
	.address_ready = on_address_ready,
	.address_lost = on_address_lost,
};

int
clients_init(struct clients *cs, const struct config *config, struct dp *dp, struct timers *timers,
	struct segments *segments)
{
	memset(cs, 0, sizeof(*cs));
	cs->config = config;
	cs->dp = dp;
	cs->timers = timers;
	cs->segments = segments;
	list_init(&cs->conns);
	list_init(&cs->wanting);
	list_init(&cs->ended);
	peer_table_init(&cs->peers, config->limit_half_open, config->limit_half_open_per_source);
	users_init(&cs->users);
	ike_firsts_init(&cs->firsts, timers->now_ms);
	timer_init(&cs->sweep, timers, on_sweep);
	timer_arm(&cs->sweep, CONN_SWEEP_MS);
	for (unsigned i = 0; i < dp_n_workers(dp); i++) {
		cs->by_slot[i] = calloc(DP_MAX_SLOTS, sizeof(struct conn *));
		if (cs->by_slot[i] == NULL)
			return -ENOMEM;
	}
	return 0;
}

void
clients_fini(struct clients *cs)
{
	clients_drop(cs, "the gateway has stopped");
	reap_all(&cs->ended);
	timer_stop(&cs->sweep);
	ike_firsts_fini(&cs->firsts);
	for (unsigned i = 0; i < DP_MAX_WORKERS; i++)
		free(cs->by_slot[i]);
}

void
clients_end_turn(struct clients *cs)
{
	if (cs->address_ready) {
		cs->address_ready = false;
		conn_leases_ask_again(cs);
	}
	reap_all(&cs->ended);
}

void
clients_shut_down(struct clients *cs, const char *why)
{
	cs->shutting_down = true;
	CLIENTS_FOREACH (c, cs)
		conn_close(c, "%s", why);
}

unsigned
clients_drop(struct clients *cs, const char *why)
{
	unsigned n = cs->n_conns;

	CLIENTS_FOREACH (c, cs)
		conn_finish(c, false, "%s", why);
	return n;
}

/* --- finding ---------------------------------------------------------------------------------- */

struct conn *
clients_next(const struct clients *cs, const struct conn *c)
{
	for (struct list *it = c == NULL ? cs->conns.next : c->node.next; it != &cs->conns;
		it = it->next) {
		struct conn *next = container_of(it, struct conn, node);

		if (!next->dead)
			return next;
	}
	return NULL;
}

struct conn *
clients_by_sid(const struct clients *cs, uint32_t sid)
{
	struct conn *const *slots = cs->by_slot[DP_ID_WORKER(sid)];

	return slots != NULL && sid != DP_SID_NONE ? slots[DP_ID_SLOT(sid)] : NULL;
}

void
clients_set_sid(struct clients *cs, uint32_t sid, struct conn *c)
{
	cs->by_slot[DP_ID_WORKER(sid)][DP_ID_SLOT(sid)] = c;
}

unsigned
clients_choose_worker(const struct clients *cs)
{
	unsigned best = 0;

	for (unsigned i = 1; i < dp_n_workers(cs->dp); i++)
		if (dp_worker_sessions(cs->dp, i) < dp_worker_sessions(cs->dp, best))
			best = i;
	return best;
}

/* --- packets ---------------------------------------------------------------------------------- */

bool
clients_may_log(struct clients *cs)
{
	return log_allowed(&cs->limit, cs->timers->now_ms, LOG_CONN);
}

/* The message in the packet; false: there is none. */
static bool
read_ike(struct clients *cs, const uint8_t *packet, size_t len, struct udp *udp,
	struct ike_header *h)
{
	char from[IP_END_STR_LEN];
	struct ipv4 ip;

	if (!ipv4_read(packet, len, &ip) || !udp_read(&ip, udp))
		return false;
	if (udp->dst.port == htons(IKE_NATT_PORT)) {
		/* The worker looked at the non-ESP marker (RFC 3948, 2.2). */
		if (udp->payload_len < 4)
			return false;
		udp->payload += 4;
		udp->payload_len -= 4;
	}
	if (ike_header_read(udp->payload, udp->payload_len, h))
		return true;
	if (clients_may_log(cs))
		log_info(IKE, NULL, "%s: not an ISAKMP version 1 message: ignored",
			ip_end_str(&udp->src, from));
	return false;
}

void
clients_ike_input(struct clients *cs, const uint8_t *packet, size_t len)
{
	static const uint8_t zero[8];
	char from[IP_END_STR_LEN];
	struct ike_header h;
	struct conn_ike *ci;
	struct udp udp;
	bool first;

	if (!read_ike(cs, packet, len, &udp, &h))
		return;
	ci = peer_table_find(&cs->peers, &h, &udp.src);
	first = memcmp(h.rcookie, zero, sizeof(zero)) == 0;
	if (ci == NULL && first) {
		first_input(cs, &udp, &h);
		return;
	}
	if (ci == NULL)
		ci = first_recall(cs, &udp, &h);
	if (ci == NULL) {
		if (clients_may_log(cs))
			log_info(IKE, NULL, "%s: message for an unknown ISAKMP SA: ignored",
				ip_end_str(&udp.src, from));
		return;
	}
	if (!first && udp.src.addr == ci->remote.addr)
		peer_table_answered(&cs->peers, ci);
	ike_sa_input(ci->sa, &udp.dst, &udp.src, udp.payload, udp.payload_len);
}

void
clients_l2tp_input(struct clients *cs, const struct dp_punt *punt)
{
	struct conn *c = clients_by_sid(cs, punt->sid);

	if (c != NULL)
		conn_l2tp_input(c, punt);
}

void
clients_ppp_input(struct clients *cs, const struct dp_punt *punt)
{
	struct conn *c = clients_by_sid(cs, punt->sid);

	if (c != NULL)
		conn_ppp_input(c, punt);
}

bool
clients_send_ike(struct clients *cs, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len)
{
	static const uint8_t non_esp_marker[4];
	uint8_t packet[IKE_MESSAGE_MAX + 64];
	bool natt = local->port == htons(IKE_NATT_PORT);
	size_t n = udp_write(
		packet, sizeof(packet), local, remote, non_esp_marker, natt ? 4 : 0, msg, len);

	return n != 0 && dp_inject_ip(cs->dp, DP_WAN, packet, n) == 0;
}
