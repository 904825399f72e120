/* SPDX-License-Identifier: BSD-3-Clause */
/* What L2TP and PPP tell a connection: tunnel, link, lease. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "conn.h"
#include "gateway.h"
#include "log.h"
#include "rdwr.h"
#include "wire/l2tp.h"
#include "wire/ppp.h"

/* A PPP object that may be on the call stack: freed at the end of the turn. */
struct buried {
	struct list node;
	struct ppp *ppp;
};

void
conn_link_reap(struct gateway *gw)
{
	LIST_FOREACH_SAFE (it, &gw->buried) {
		struct buried *b = container_of(it, struct buried, node);

		list_del(&b->node);
		ppp_free(b->ppp);
		free(b);
	}
}

static void
bury_ppp(struct conn *c)
{
	struct buried *b;

	if (c->ppp == NULL)
		return;
	b = malloc(sizeof(*b));
	if (b != NULL) {
		b->ppp = c->ppp;
		list_add_tail(&c->gw->buried, &b->node);
	}
	/* Without memory it leaks, which is better than a dangling pointer up the stack. */
	c->ppp = NULL;
}

static void
publish(struct conn *c)
{
	if (c->sid != DP_SID_NONE && dp_sess_publish(c->gw->dp, c->sid, &c->sess) != 0)
		log_err(CONN, c->who, "no memory to publish the session");
}

void
conn_fit_mtu(struct conn *c)
{
	uint16_t mtu = conn_path_fit(c);

	if (c->link_mtu == 0 || c->dead || mtu == c->sess.mtu)
		return;
	c->sess.mtu = mtu;
	publish(c);
}

/* --- the session: lease and accounting --------------------------------------------------------------- */

static void
account(struct conn *c, const char *why)
{
	struct dp_sess_stats s = {0};
	char addr[IP_STR_LEN];

	dp_sess_stats(c->gw->dp, c->sid, &s);
	log_notice(CONN, c->who,
		"session down: user=%s address=%s seconds=%" PRIu64 " up=%" PRIu64 "B/%" PRIu64
		"p down=%" PRIu64 "B/%" PRIu64 "p why=\"%s\"",
		c->user, ip_str(c->lease, addr), (c->gw->timers.now_ms - c->up_ms) / 1000,
		s.up_bytes, s.up_packets, s.down_bytes, s.down_packets, why);
}

static void
release_lease(struct conn *c)
{
	be32 addr = c->lease;

	if (addr == 0)
		return;
	c->lease = 0;
	dp_lease_clear(c->gw->dp, addr);
	lease_release(c->segment->leases, addr);
	acd_released(c->segment->acd, addr);
}

/* No more data; PPP may still say goodbye. */
static void
session_stop(struct conn *c, const char *why)
{
	if (c->up)
		account(c, why);
	c->up = false;
	list_del(&c->want_node);
	release_lease(c);
	if (c->sess.client != 0) {
		c->sess.client = 0;
		publish(c);
	}
	c->user[0] = '\0';
}

void
conn_session_end(struct conn *c, const char *why)
{
	session_stop(c, why);
	conn_auth_stop(c);
	bury_ppp(c);
	if (c->sess.our_sid != 0) {
		c->sess.our_tid = c->sess.our_sid = 0;
		publish(c);
	}
}

/* Ends the tunnel; without one there is no tunnel_down to wait for. */
static void
close_tunnel(struct conn *c, uint16_t cdn_result, const char *why)
{
	if (!l2tp_close(c->l2tp, cdn_result, why) && c->closing)
		conn_finish(c, true, "%s", "");
}

void
conn_session_close(struct conn *c, const char *why)
{
	if (c->ppp != NULL) {
		session_stop(c, why);
		ppp_close(c->ppp, why);
	} else {
		close_tunnel(c, L2TP_CDN_ADMIN, why);
	}
}

/* --- events of PPP ------------------------------------------------------------------------------------ */

static void
on_ppp_send(void *arg, const uint8_t *frame, size_t len)
{
	struct conn *c = arg;
	uint8_t msg[PPP_FRAME_MAX + 16];
	struct wr w = wr_init(msg, sizeof(msg));
	uint16_t flags = L2TP_FLAG_L | L2TP_VERSION;

	/* Buried with its timers still armed: nobody to send to. */
	if (c->dead)
		return;
	conn_acquire(c);
	/* With sequence numbers the worker counts: it fills in Ns (RFC 2661, 5.4). */
	if (c->ids.sequencing)
		flags |= L2TP_FLAG_S;
	wr_u16(&w, flags);
	wr_u16(&w, (uint16_t)(len + (c->ids.sequencing ? 12 : 8)));
	wr_u16(&w, c->ids.peer_tid);
	wr_u16(&w, c->ids.peer_sid);
	if (c->ids.sequencing)
		wr_zero(&w, 4);
	wr_bytes(&w, frame, len);
	if (w.bad || dp_inject_l2tp(c->gw->dp, c->sid, msg, wr_len(&w)) != 0)
		log_warning(CONN, c->who, "a PPP frame of %zu bytes could not be sent", len);
}

/* An address for the user. His own fixed one is taken from an older session of his, which ends. */
static int
acquire(struct conn *c, be32 *addr)
{
	struct lease_pool *leases = c->segment->leases;
	int rc = lease_acquire(leases, c->user, addr);
	struct lease *l;
	struct conn *old;

	if (rc != -EADDRINUSE || (l = lease_find(leases, *addr)) == NULL || l->owner == NULL)
		return rc;
	old = l->owner;
	conn_close(old, "replaced: user %s connected again as conn %" PRIu32, c->user, c->id);
	return lease_acquire(leases, c->user, addr);
}

static int
on_address(void *arg, struct ppp_net *net)
{
	struct conn *c = arg;
	struct gateway *gw = c->gw;
	char text[IP_STR_LEN];
	be32 addr = c->lease;
	int rc = 0;

	/* Not while acquiring: that may free an address, and whoever wants one is asked then. */
	list_del(&c->want_node);
	if (addr == 0)
		rc = acquire(c, &addr);
	if (rc == -EAGAIN) {
		list_add_tail(&gw->wanting, &c->want_node);
		log_info(CONN, c->who, "waits for an address: the pool is still being probed");
		return rc;
	}
	if (rc == -ENOSPC)
		log_warning(
			CONN, c->who, "refused: user %s: no address is free in the pools", c->user);
	else if (rc == -EADDRINUSE)
		log_warning(CONN, c->who,
			"refused: user %s: his address %s is used by another host", c->user,
			ip_str(addr, text));
	else if (rc != 0)
		log_warning(CONN, c->who, "refused: user %s: %s", c->user, strerror(-rc));
	if (rc != 0)
		return rc;
	c->lease = addr;
	lease_find(c->segment->leases, addr)->owner = c;
	net->local = c->segment->address.addr;
	net->peer = addr;
	memcpy(net->dns, gw->config->dns, sizeof(net->dns));
	return 0;
}

/* The rates and the rules that are the user's. */
static void
set_user(struct conn *c)
{
	const struct config *config = c->gw->config;
	const struct config_user *user = config_find_user(config, auth_plain_name(c->user));

	if (user == NULL)
		return;
	c->sess.filter_user = config_user_number(config, user);
	c->sess.filter_groups = user->groups;
	c->sess.rate_up = config_user_rate(config, user, true);
	c->sess.rate_down = config_user_rate(config, user, false);
	c->sess.burst_ms = config->shaping_burst_ms;
}

static void
on_ppp_up(void *arg, const struct ppp_link *link)
{
	struct conn *c = arg;
	struct conn_pair *pair = conn_pair_current(c);
	char addr[IP_STR_LEN];
	bool again = c->up;

	c->sess.client = c->lease;
	c->sess.segment = (uint8_t)(c->segment->net - DP_LAN);
	c->link_mtu = link->mtu;
	c->sess.mtu = conn_path_fit(c);
	c->sess.pfc = link->pfc;
	c->sess.acfc = link->acfc;
	set_user(c);
	publish(c);
	dp_lease_set(c->gw->dp, c->lease, c->sid);
	c->up = true;
	if (again)
		return;
	c->up_ms = c->gw->timers.now_ms;
	acd_leased(c->segment->acd, c->lease);
	log_notice(CONN, c->who, "session up: user=%s address=%s mtu=%u esp=%s worker=%u", c->user,
		ip_str(c->lease, addr), link->mtu, pair ? pair->suite->name : "none", c->worker);
}

static void
on_ppp_down(void *arg, enum ppp_why why, const char *text)
{
	struct conn *c = arg;
	char reason[160];

	snprintf(
		reason, sizeof(reason), "ppp: %s%s%s", ppp_why_str(why), text[0] ? ": " : "", text);
	log_info(CONN, c->who, "%s", reason);
	conn_session_end(c, reason);
	close_tunnel(c, why == PPP_WHY_NO_ADDRESS ? L2TP_CDN_NO_FACILITIES : L2TP_CDN_ADMIN,
		c->closing ? conn_why(c) : reason);
	conn_check_idle(c);
}

void
conn_send_ip(struct conn *c, const uint8_t *packet, size_t len)
{
	uint8_t frame[PPP_FRAME_MAX];
	struct wr w = wr_init(frame, sizeof(frame));

	/* Uncompressed, which every peer takes (RFC 1661, 6.5 and 6.6). */
	wr_u8(&w, PPP_ADDRESS);
	wr_u8(&w, PPP_CONTROL);
	wr_u16(&w, PPP_IP);
	wr_bytes(&w, packet, len);
	if (!w.bad)
		on_ppp_send(c, frame, wr_len(&w));
}

static const struct ppp_events ppp_events = {
	.send = on_ppp_send,
	.auth = conn_auth,
	.address = on_address,
	.up = on_ppp_up,
	.down = on_ppp_down,
};

void
conn_address_ready(struct conn *c)
{
	if (c->ppp != NULL)
		ppp_address_ready(c->ppp);
}

/* --- events of L2TP ----------------------------------------------------------------------------------- */

static void
on_l2tp_send(void *arg, const uint8_t *msg, size_t len)
{
	struct conn *c = arg;

	conn_acquire(c);
	if (c->sid == DP_SID_NONE || dp_inject_l2tp(c->gw->dp, c->sid, msg, len) != 0)
		log_warning(CONN, c->who, "an L2TP message of %zu bytes could not be sent", len);
}

static void
publish_ids(struct conn *c, const struct l2tp_ids *ids)
{
	c->ids = *ids;
	c->sess.our_tid = ids->our_tid;
	c->sess.our_sid = ids->our_sid;
	c->sess.peer_tid = ids->peer_tid;
	c->sess.peer_sid = ids->peer_sid;
	c->sess.sequencing = ids->sequencing;
	c->link_mtu = c->gw->config->ppp.mtu;
	c->sess.mtu = conn_path_fit(c);
	publish(c);
}

/* The worker must not drop the first Configure-Request, which may be there before we have read ICCN. */
static void
on_session_opening(void *arg, const struct l2tp_ids *ids)
{
	struct conn *c = arg;

	/* The session that there is goes when the new one is up. */
	if (c->ppp == NULL)
		publish_ids(c, ids);
}

static void
on_session_up(void *arg, const struct l2tp_ids *ids)
{
	struct conn *c = arg;

	if (c->ppp != NULL)
		conn_session_end(c, "replaced by a new L2TP session");
	publish_ids(c, ids);
	c->heard_packets = 0;
	c->ppp = ppp_new(&c->gw->config->ppp, &c->gw->timers, &ppp_events, c, c->who);
	if (c->ppp == NULL) {
		conn_close(c, "out of memory");
		return;
	}
	conn_check_idle(c);
	ppp_open(c->ppp);
}

static void
on_session_down(void *arg, enum l2tp_why why, const char *text)
{
	struct conn *c = arg;
	char reason[160];

	snprintf(reason, sizeof(reason), "l2tp: %s%s%s", l2tp_why_str(why), text[0] ? ": " : "",
		text);
	conn_session_end(c, reason);
}

static void
on_tunnel_down(void *arg, enum l2tp_why why, const char *text)
{
	struct conn *c = arg;

	log_info(CONN, c->who, "l2tp: tunnel down: %s%s%s", l2tp_why_str(why), text[0] ? ": " : "",
		text);
	if (c->closing)
		conn_finish(c, true, "%s", "");
	else if (why == L2TP_WHY_TIMEOUT)
		conn_finish(c, true, "the peer does not answer");
	else
		conn_check_idle(c);
}

static const struct l2tp_events l2tp_events = {
	.send = on_l2tp_send,
	.session_up = on_session_up,
	.session_down = on_session_down,
	.tunnel_down = on_tunnel_down,
	.session_opening = on_session_opening,
};

/* --- input --------------------------------------------------------------------------------------------- */

/* Takes what a packet of the session tells besides its contents. */
static bool
take_session_packet(struct conn *c, const struct dp_punt *punt)
{
	struct conn_pair *p = conn_pair_find(c, punt->spi);

	if (p == NULL)
		return true;
	/* The port that IDci named, if it named one. */
	if (p->peer_port != 0 && p->peer_port != punt->udp_port) {
		log_info(CONN, c->who, "l2tp: message from port %u, but quick mode was for port %u",
			ntohs(punt->udp_port), ntohs(p->peer_port));
		return false;
	}
	conn_pair_confirm(p);
	if (punt->udp_port != 0 && c->sess.peer_port != punt->udp_port) {
		c->sess.peer_port = punt->udp_port;
		publish(c);
	}
	return true;
}

void
conn_l2tp_input(struct conn *c, const struct dp_punt *punt)
{
	if (c->dead || !take_session_packet(c, punt))
		return;
	if (c->l2tp == NULL) {
		c->l2tp = l2tp_new(&c->gw->config->l2tp, &c->gw->timers, &l2tp_events, c, c->who);
		if (c->l2tp == NULL)
			return;
	}
	l2tp_set_path(c->l2tp, punt->spi);
	l2tp_input(c->l2tp, punt->data, punt->len);
	conn_check_idle(c);
}

void
conn_ppp_input(struct conn *c, const struct dp_punt *punt)
{
	if (c->dead || c->ppp == NULL || !take_session_packet(c, punt))
		return;
	if (c->l2tp != NULL)
		l2tp_heard(c->l2tp);
	ppp_input(c->ppp, punt->data, punt->len);
}
