/* SPDX-License-Identifier: BSD-3-Clause */
#include "conn_ppp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "clients.h"
#include "conn.h"
#include "conn_auth.h"
#include "conn_l2tp.h"
#include "conn_lease.h"
#include "conn_pair.h"
#include "conn_pair_renew.h"
#include "conn_path.h"
#include "conn_session.h"
#include "log.h"
#include "rdwr.h"
#include "wire/l2tp.h"
#include "wire/ppp.h"

/* --- sending ---------------------------------------------------------------------------------- */

/* Sends a frame in a data message of the connection's L2TP session. */
static void
send_frame(struct conn *c, const uint8_t *frame, size_t len)
{
	uint8_t msg[PPP_FRAME_MAX + 16];
	struct wr w = wr_init(msg, sizeof(msg));
	uint16_t flags = L2TP_FLAG_L | L2TP_VERSION;

	conn_pair_acquire(c);
	/* The worker fills in Ns (RFC 2661, 5.4). */
	if (c->ids.sequencing)
		flags |= L2TP_FLAG_S;
	wr_u16(&w, flags);
	wr_u16(&w, (uint16_t)(len + (c->ids.sequencing ? 12 : 8)));
	wr_u16(&w, c->ids.peer_tid);
	wr_u16(&w, c->ids.peer_sid);
	if (c->ids.sequencing)
		wr_zero(&w, 4);
	wr_bytes(&w, frame, len);
	if (w.bad || dp_inject_l2tp(c->clients->dp, c->sid, msg, wr_len(&w)) != 0)
		log_warning(CONN, c->who, "cannot send a PPP frame of %zu bytes", len);
}

void
conn_ppp_send_ip(struct conn *c, const uint8_t *packet, size_t len)
{
	uint8_t frame[PPP_FRAME_MAX];
	struct wr w = wr_init(frame, sizeof(frame));

	/* Uncompressed, which every peer accepts (RFC 1661, 6.5 and 6.6). */
	wr_u8(&w, PPP_ADDRESS);
	wr_u8(&w, PPP_CONTROL);
	wr_u16(&w, PPP_IP);
	wr_bytes(&w, packet, len);
	if (!w.bad)
		send_frame(c, frame, wr_len(&w));
}

/* --- events of PPP: ignored if the link is dead ----------------------------------------------- */

static void
on_send(void *arg, const uint8_t *frame, size_t len)
{
	struct conn_ppp *link = arg;

	if (!link->dead)
		send_frame(link->conn, frame, len);
}

static void
on_auth(void *arg, const struct ppp_auth *auth)
{
	struct conn_ppp *link = arg;

	if (!link->dead)
		conn_auth(link->conn, auth);
}

static int
on_address(void *arg, struct ppp_net *net)
{
	struct conn_ppp *link = arg;

	return link->dead ? -ESHUTDOWN : conn_lease_acquire(link->conn, net);
}

/* Applies the user's rates and filter rules to the session. */
static void
set_user(struct conn *c)
{
	c->sess.filter_user = c->user->number;
	c->sess.filter_groups = c->user->groups;
	c->sess.rate_up = c->user->rate_up;
	c->sess.rate_down = c->user->rate_down;
	c->sess.burst_ms = c->clients->config->shaping_burst_ms;
}

static void
on_up(void *arg, const struct ppp_link *ppp)
{
	struct conn_ppp *link = arg;
	struct conn *c = link->conn;
	struct conn_pair *pair;
	char addr[IP_STR_LEN];
	bool again = c->up;

	if (link->dead)
		return;
	c->sess.client = c->lease;
	c->sess.segment = (uint8_t)(c->segment->net - DP_LAN);
	c->link_mtu = ppp->mtu;
	c->sess.mtu = conn_path_fit(c);
	c->sess.pfc = ppp->pfc;
	c->sess.acfc = ppp->acfc;
	set_user(c);
	conn_session_publish(c);
	dp_lease_set(c->clients->dp, c->lease, c->sid);
	c->up = true;
	if (again)
		return;
	c->up_ms = c->clients->timers->now_ms;
	acd_leased(c->segment->acd, c->lease);
	pair = conn_pair_current(c);
	log_notice(CONN, c->who, "session up: user=%s address=%s mtu=%u esp=%s worker=%u",
		conn_user(c), ip_str(c->lease, addr), ppp->mtu, pair ? pair->suite->name : "none",
		c->worker);
}

static void
on_down(void *arg, enum ppp_why why, const char *text)
{
	struct conn_ppp *link = arg;
	struct conn *c = link->conn;
	char reason[160];

	if (link->dead)
		return;
	snprintf(
		reason, sizeof(reason), "ppp: %s%s%s", ppp_why_str(why), text[0] ? ": " : "", text);
	log_info(CONN, c->who, "%s", reason);
	conn_session_end(c, reason);
	conn_l2tp_close(c, why == PPP_WHY_NO_ADDRESS ? L2TP_CDN_NO_FACILITIES : L2TP_CDN_ADMIN,
		c->closing ? conn_why(c) : reason);
	conn_check_idle(c);
}

static const struct ppp_events ppp_events = {
	.send = on_send,
	.auth = on_auth,
	.address = on_address,
	.up = on_up,
	.down = on_down,
};

/* --- life ------------------------------------------------------------------------------------- */

static void
free_dead(struct reap *r)
{
	struct conn_ppp *link = container_of(r, struct conn_ppp, reap);

	ppp_free(link->ppp);
	free(link);
}

int
conn_ppp_begin(struct conn *c)
{
	struct conn_ppp *link = calloc(1, sizeof(*link));

	if (link == NULL)
		return -ENOMEM;
	link->conn = c;
	link->ppp = ppp_new(
		&c->clients->config->ppp, c->clients->timers, &ppp_events, link, c->who);
	if (link->ppp == NULL) {
		free(link);
		return -ENOMEM;
	}
	c->heard_packets = 0;
	c->link = link;
	conn_check_idle(c);
	ppp_open(link->ppp);
	return 0;
}

void
conn_ppp_end(struct conn *c)
{
	if (c->link == NULL)
		return;
	c->link->dead = true;
	reap_later(&c->clients->ended, &c->link->reap, free_dead);
	c->link = NULL;
}

void
conn_ppp_input(struct conn *c, const struct dp_punt *punt)
{
	if (c->dead || c->link == NULL || !conn_l2tp_accepts(c, punt))
		return;
	if (c->l2tp != NULL)
		l2tp_heard(c->l2tp);
	ppp_input(c->link->ppp, punt->data, punt->len);
}
