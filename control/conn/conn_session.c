/* SPDX-License-Identifier: BSD-3-Clause */
#include "conn_session.h"

#include <errno.h>
#include <inttypes.h>

#include "clients.h"
#include "conn.h"
#include "conn_auth.h"
#include "conn_l2tp.h"
#include "conn_lease.h"
#include "conn_path.h"
#include "conn_ppp.h"
#include "log.h"
#include "wire/l2tp.h"

/* --- in the data plane ------------------------------------------------------------------------ */

int
conn_session_take(struct conn *c, be16 peer_port)
{
	struct clients *cs = c->clients;
	int rc;

	if (c->sid != DP_SID_NONE)
		return 0;
	c->sid = dp_sess_take(cs->dp, c->worker);
	if (c->sid == DP_SID_NONE) {
		log_warning(CONN, c->who, "refused: worker %u has no free session", c->worker);
		return -ENOSPC;
	}
	c->sess = (struct dp_sess){
		.local_port = htons(L2TP_PORT),
		.peer_port = peer_port ? peer_port : htons(L2TP_PORT),
		.mtu = cs->config->ppp.mtu,
		.mss = config_mss_clamp(cs->config),
	};
	rc = dp_sess_publish(cs->dp, c->sid, &c->sess);
	if (rc != 0) {
		dp_sess_retire(cs->dp, c->sid);
		c->sid = DP_SID_NONE;
		return rc;
	}
	clients_set_sid(cs, c->sid, c);
	return 0;
}

void
conn_session_retire(struct conn *c)
{
	if (c->sid == DP_SID_NONE)
		return;
	clients_set_sid(c->clients, c->sid, NULL);
	dp_sess_retire(c->clients->dp, c->sid);
	c->sid = DP_SID_NONE;
}

void
conn_session_publish(struct conn *c)
{
	bool failed = c->sid != DP_SID_NONE &&
		      dp_sess_publish(c->clients->dp, c->sid, &c->sess) != 0;

	if (failed && !c->unpublished)
		log_err(CONN, c->who, "cannot publish the session: out of memory, trying again");
	c->unpublished = failed;
}

void
conn_session_fit_mtu(struct conn *c)
{
	uint16_t mtu = conn_path_fit(c);

	if (c->link_mtu == 0 || c->dead || mtu == c->sess.mtu)
		return;
	c->sess.mtu = mtu;
	conn_session_publish(c);
}

/* --- end -------------------------------------------------------------------------------------- */

static void
account(struct conn *c, const char *why)
{
	struct dp_sess_stats s = {0};
	char addr[IP_STR_LEN];

	dp_sess_stats(c->clients->dp, c->sid, &s);
	log_notice(CONN, c->who,
		"session down: user=%s address=%s seconds=%" PRIu64 " up=%" PRIu64 "B/%" PRIu64
		"p down=%" PRIu64 "B/%" PRIu64 "p why=\"%s\"",
		conn_user(c), ip_str(c->lease, addr),
		(c->clients->timers->now_ms - c->up_ms) / 1000, s.up_bytes, s.up_packets,
		s.down_bytes, s.down_packets, why);
}

/* Ends data and lease; PPP may still terminate in order. */
static void
stop(struct conn *c, const char *why)
{
	if (c->up)
		account(c, why);
	c->up = false;
	conn_lease_release(c);
	if (c->sess.client != 0) {
		c->sess.client = 0;
		conn_session_publish(c);
	}
	conn_auth_end(c);
}

void
conn_session_end(struct conn *c, const char *why)
{
	stop(c, why);
	conn_ppp_end(c);
	if (c->sess.our_sid != 0) {
		c->sess.our_tid = c->sess.our_sid = 0;
		conn_session_publish(c);
	}
}

void
conn_session_close(struct conn *c, const char *why)
{
	if (c->link != NULL) {
		stop(c, why);
		ppp_close(c->link->ppp, why);
	} else {
		conn_l2tp_close(c, L2TP_CDN_ADMIN, why);
	}
}
