/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The first message of an ISAKMP SA. Anyone can send it, from any address; this file decides what that may cost.
 *
 * While few peers have yet to answer, each gets a connection at once, and its lines in the log. When many
 * have, those whose message is known (ike_first.h) are answered without one, and get it when they come back with the cookie;
 * the others get one, in the place of the oldest that has not answered (peer_make_room), and are known from then on.
 */
#include <string.h>

#include "conn.h"
#include "gateway.h"
#include "log.h"

static bool
log_limited(struct gateway *gw)
{
	return log_allowed(&gw->limit, gw->timers.now_ms, LOG_CONN);
}

/* Whether a connection may be made for the peer; makes room among those half open. known: he has our cookie. */
static bool
admit(struct gateway *gw, const struct ip_end *remote, bool known)
{
	char from[IP_END_STR_LEN];

	if (!known && !peer_admit(gw, remote)) {
		if (log_limited(gw))
			log_warning(CONN, NULL,
				"refused: %s: too many half-open IKE SAs (limits.half_open_per_source)",
				ip_end_str(remote, from));
		return false;
	}
	if (gw->peers.half_open >= gw->config->limit_half_open && log_limited(gw))
		log_warning(CONN, NULL,
			"%s: too many half-open IKE SAs (limits.half_open): the oldest makes room",
			ip_end_str(remote, from));
	peer_make_room(gw);
	if (gw->n_conns >= gw->config->limit_sessions + gw->config->limit_half_open) {
		if (log_limited(gw))
			log_warning(CONN, NULL,
				"refused: %s: too many connections (limits.sessions)",
				ip_end_str(remote, from));
		return false;
	}
	return true;
}

/* A connection of its own, until main mode tells whose it is. */
static struct conn_ike *
begin(struct gateway *gw, const struct udp *udp, bool known)
{
	struct conn *c;
	struct conn_ike *ci;

	if (gw->shutting_down || !admit(gw, &udp->src, known))
		return NULL;
	c = conn_new(gw, &udp->dst, &udp->src);
	if (c == NULL)
		return NULL;
	ci = conn_ike_new(c);
	if (ci == NULL)
		conn_finish(c, false, "out of memory");
	return ci;
}

static void
enter(struct gateway *gw, struct conn_ike *ci, const struct ike_header *h)
{
	memcpy(ci->icookie, h->icookie, sizeof(ci->icookie));
	peer_add(&gw->peers, ci);
}

static bool
answer(struct gateway *gw, const struct udp *udp)
{
	uint8_t msg[IKE_FIRST_MAX];
	size_t n = ike_firsts_answer(&gw->firsts, gw->timers.now_ms, &udp->dst, &udp->src,
		udp->payload, udp->payload_len, msg);

	if (n == 0)
		return false;
	gw->stateless++;
	/* What is lost is asked for again. */
	(void)gateway_send_ike(gw, &udp->dst, &udp->src, msg, n);
	return true;
}

#define REFUSED_PER_S 32 /* first messages that come to nothing, whose lines are all written */

/* So many first messages came to nothing of late that their lines would hide those of others. */
static bool
many_refused(struct gateway *gw)
{
	uint64_t now = gw->timers.now_ms;

	if (now - gw->refused.since_ms >= 1000) {
		gw->refused.since_ms = now;
		gw->refused.n = 0;
	}
	return gw->refused.n >= REFUSED_PER_S;
}

void
first_input(struct gateway *gw, const struct udp *udp, const struct ike_header *h)
{
	/* Those who are many behind one address, or whose address others make up, are answered as in a flood. */
	bool pressed = peer_pressed(gw) || !peer_admit(gw, &udp->src);
	struct conn_ike *ci;
	struct conn *c;

	if (gw->shutting_down || (pressed && answer(gw, udp)))
		return;
	ci = begin(gw, udp, false);
	if (ci == NULL)
		return;
	if (pressed || many_refused(gw)) {
		ci->conn->hushed = true;
		ike_sa_hush(ci->sa, &gw->limit);
	}
	enter(gw, ci, h);
	c = ci->conn;
	ike_sa_input(ci->sa, &udp->dst, &udp->src, udp->payload, udp->payload_len);
	if (c->dead)
		gw->refused.n++;
	if (pressed && !c->dead)
		ike_firsts_learn(&gw->firsts, ci->sa, gw->timers.now_ms);
}

struct conn_ike *
first_recall(struct gateway *gw, const struct udp *udp, const struct ike_header *h)
{
	uint8_t msg[IKE_FIRST_MAX];
	size_t n = ike_firsts_recall(&gw->firsts, gw->timers.now_ms, &udp->dst, &udp->src, h, msg);
	struct conn_ike *ci = n == 0 ? NULL : begin(gw, udp, true);

	if (ci == NULL)
		return NULL;
	memcpy(ci->rcookie, h->rcookie, sizeof(ci->rcookie));
	enter(gw, ci, h);
	if (!ike_sa_resume(ci->sa, h->rcookie, &udp->dst, &udp->src, msg, n)) {
		conn_finish(ci->conn, false, "its first message cannot be worked on again");
		return NULL;
	}
	return ci;
}
