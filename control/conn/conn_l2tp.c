/* SPDX-License-Identifier: BSD-3-Clause */
#include "conn_l2tp.h"

#include <stdio.h>

#include "clients.h"
#include "conn.h"
#include "conn_pair.h"
#include "conn_pair_renew.h"
#include "conn_path.h"
#include "conn_ppp.h"
#include "conn_session.h"
#include "log.h"

/* --- events of L2TP: ignored if the connection is dead ---------------------------------------- */

static void
on_send(void *arg, const uint8_t *msg, size_t len)
{
	struct conn *c = arg;

	if (c->dead)
		return;
	conn_pair_acquire(c);
	if (c->sid == DP_SID_NONE || dp_inject_l2tp(c->clients->dp, c->sid, msg, len) != 0)
		log_warning(CONN, c->who, "cannot send an L2TP message of %zu bytes", len);
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
	c->link_mtu = c->clients->config->ppp.mtu;
	c->sess.mtu = conn_path_fit(c);
	conn_session_publish(c);
}

/* The worker must accept the first Configure-Request, which may arrive before we have read ICCN. */
static void
on_session_opening(void *arg, const struct l2tp_ids *ids)
{
	struct conn *c = arg;

	/* An older session stays until the new one is up. */
	if (!c->dead && c->link == NULL)
		publish_ids(c, ids);
}

static void
on_session_up(void *arg, const struct l2tp_ids *ids)
{
	struct conn *c = arg;

	if (c->dead)
		return;
	if (c->link != NULL)
		conn_session_end(c, "replaced by a new L2TP session");
	publish_ids(c, ids);
	if (conn_ppp_begin(c) != 0)
		conn_close(c, "out of memory");
}

static void
on_session_down(void *arg, enum l2tp_why why, const char *text)
{
	struct conn *c = arg;
	char reason[160];

	if (c->dead)
		return;
	snprintf(reason, sizeof(reason), "l2tp: %s%s%s", l2tp_why_str(why), text[0] ? ": " : "",
		text);
	conn_session_end(c, reason);
}

static void
on_tunnel_down(void *arg, enum l2tp_why why, const char *text)
{
	struct conn *c = arg;

	if (c->dead)
		return;
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
	.send = on_send,
	.session_up = on_session_up,
	.session_down = on_session_down,
	.tunnel_down = on_tunnel_down,
	.session_opening = on_session_opening,
};

/* --- input ------------------------------------------------------------------------------------ */

bool
conn_l2tp_accepts(struct conn *c, const struct dp_punt *punt)
{
	struct conn_pair *p = conn_pair_find(c, punt->spi);

	if (p == NULL)
		return true;
	/* IDci may restrict the port. */
	if (p->peer_port != 0 && p->peer_port != punt->udp_port) {
		log_info(CONN, c->who,
			"l2tp: ignored a message from port %u: quick mode was for port %u",
			ntohs(punt->udp_port), ntohs(p->peer_port));
		return false;
	}
	conn_pair_confirm(p);
	if (punt->udp_port != 0 && c->sess.peer_port != punt->udp_port) {
		c->sess.peer_port = punt->udp_port;
		conn_session_publish(c);
	}
	return true;
}

void
conn_l2tp_input(struct conn *c, const struct dp_punt *punt)
{
	if (c->dead || !conn_l2tp_accepts(c, punt))
		return;
	if (c->l2tp == NULL) {
		c->l2tp = l2tp_new(
			&c->clients->config->l2tp, c->clients->timers, &l2tp_events, c, c->who);
		if (c->l2tp == NULL)
			return;
	}
	l2tp_set_path(c->l2tp, punt->spi);
	l2tp_input(c->l2tp, punt->data, punt->len);
	conn_check_idle(c);
}

/* --- end -------------------------------------------------------------------------------------- */

void
conn_l2tp_close(struct conn *c, uint16_t cdn_result, const char *why)
{
	/* Then the event tunnel_down follows. */
	bool pending = c->l2tp != NULL && l2tp_close(c->l2tp, cdn_result, why);

	if (!pending && c->closing)
		conn_finish(c, true, "%s", "");
}
