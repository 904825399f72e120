/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The first message of an ISAKMP SA. Anyone can send it, from any address; this file limits what it
 * costs.
 *
 * While few half-open SAs are unanswered, each first message makes a connection, and is logged.
 * Under pressure, a known first message (ike_first.h) is answered without a connection, which is
 * made when the peer returns our cookie. An unknown one makes a connection in place of the oldest
 * unanswered one (make_room), and is known from then on.
 */
#include "first.h"

#include <string.h>

#include "clients.h"
#include "conn.h"
#include "conn_ike.h"
#include "log.h"

/*
 * Ends the oldest half-open SA if limits.half_open is reached, and those first that have never
 * answered. Spoofed addresses never answer: with a limit of N, a flood of R messages a second
 * leaves each client N/R seconds for one round trip, and from then on the whole time of main mode.
 */
static void
make_room(struct clients *cs, const struct ip_end *remote)
{
	struct conn_ike *oldest = peer_table_evict(&cs->peers);
	char from[IP_END_STR_LEN];

	if (oldest == NULL)
		return;
	if (clients_may_log(cs))
		log_warning(CONN, NULL,
			"too many half-open ISAKMP SAs (limits.half_open): %s replaces the oldest",
			ip_end_str(remote, from));
	/* A half-open SA is the only one of its connection. */
	conn_finish(oldest->conn, false, "replaced while half open (limits.half_open)");
}

/*
 * Whether a connection may be made for the peer; makes room for it if need be. known: the peer has
 * our cookie.
 */
static bool
admit(struct clients *cs, const struct ip_end *remote, bool known)
{
	char from[IP_END_STR_LEN];

	if (!known && !peer_table_admits(&cs->peers, remote)) {
		if (clients_may_log(cs))
			log_warning(CONN, NULL,
				"refused: %s: too many half-open ISAKMP SAs "
				"(limits.half_open_per_source)",
				ip_end_str(remote, from));
		return false;
	}
	make_room(cs, remote);
	if (cs->n_conns >= cs->config->limit_sessions + cs->config->limit_half_open) {
		if (clients_may_log(cs))
			log_warning(CONN, NULL,
				"refused: %s: too many connections (limits.sessions)",
				ip_end_str(remote, from));
		return false;
	}
	return true;
}

/* A new connection, until main mode identifies the peer. */
static struct conn_ike *
begin(struct clients *cs, const struct udp *udp, bool known)
{
	struct conn *c;
	struct conn_ike *ci;

	if (cs->shutting_down || !admit(cs, &udp->src, known))
		return NULL;
	c = conn_new(cs, &udp->dst, &udp->src);
	if (c == NULL)
		return NULL;
	ci = conn_ike_new(c);
	if (ci == NULL)
		conn_finish(c, false, "out of memory");
	return ci;
}

static void
enter(struct clients *cs, struct conn_ike *ci, const struct ike_header *h)
{
	memcpy(ci->icookie, h->icookie, sizeof(ci->icookie));
	peer_table_add(&cs->peers, ci);
}

static bool
answer(struct clients *cs, const struct udp *udp)
{
	uint8_t msg[IKE_FIRST_MAX];
	size_t n = ike_firsts_answer(&cs->firsts, cs->timers->now_ms, &udp->dst, &udp->src,
		udp->payload, udp->payload_len, msg);

	if (n == 0)
		return false;
	cs->stateless++;
	/* If it is lost, the peer repeats its message. */
	(void)clients_send_ike(cs, &udp->dst, &udp->src, msg, n);
	return true;
}

#define REFUSED_PER_S 32 /* refused first messages a second that are all logged */

/* Whether so many first messages were refused lately that their lines would flood the log. */
static bool
many_refused(struct clients *cs)
{
	uint64_t now = cs->timers->now_ms;

	if (now - cs->refused.since_ms >= 1000) {
		cs->refused.since_ms = now;
		cs->refused.n = 0;
	}
	return cs->refused.n >= REFUSED_PER_S;
}

void
first_input(struct clients *cs, const struct udp *udp, const struct ike_header *h)
{
	/* Crowded or spoofable source addresses are answered as in a flood. */
	bool pressed = peer_table_pressed(&cs->peers) || !peer_table_admits(&cs->peers, &udp->src);
	struct conn_ike *ci;
	struct conn *c;

	if (cs->shutting_down || (pressed && answer(cs, udp)))
		return;
	ci = begin(cs, udp, false);
	if (ci == NULL)
		return;
	if (pressed || many_refused(cs)) {
		ci->conn->hushed = true;
		ike_sa_hush(ci->sa, &cs->limit);
	}
	enter(cs, ci, h);
	c = ci->conn;
	ike_sa_input(ci->sa, &udp->dst, &udp->src, udp->payload, udp->payload_len);
	if (c->dead)
		cs->refused.n++;
	if (pressed && !c->dead)
		ike_firsts_learn(&cs->firsts, ci->sa, cs->timers->now_ms);
}

struct conn_ike *
first_recall(struct clients *cs, const struct udp *udp, const struct ike_header *h)
{
	uint8_t msg[IKE_FIRST_MAX];
	size_t n = ike_firsts_recall(&cs->firsts, cs->timers->now_ms, &udp->dst, &udp->src, h, msg);
	struct conn_ike *ci = n == 0 ? NULL : begin(cs, udp, true);

	if (ci == NULL)
		return NULL;
	memcpy(ci->rcookie, h->rcookie, sizeof(ci->rcookie));
	enter(cs, ci, h);
	if (!ike_sa_resume(ci->sa, h->rcookie, &udp->dst, &udp->src, msg, n)) {
		conn_finish(ci->conn, false, "cannot process its first message again");
		return NULL;
	}
	return ci;
}
