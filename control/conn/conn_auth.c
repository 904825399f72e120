/* SPDX-License-Identifier: BSD-3-Clause */
/* Who may have a session: the password, the limits, and which older session of the user stands in the way. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "conn.h"
#include "gateway.h"
#include "log.h"

/* One that is authenticated, while his other sessions are asked. */
struct conn_asked {
	struct conn *conn;
	struct timer timer;
	char user[PPP_NAME_MAX + 1];
	char response[MSCHAP_AUTH_LEN + 1];
	unsigned times;
	uint64_t since_ms;
};

static bool
is_session_of(const struct conn *c, const char *user)
{
	return c->lease != 0 && strcmp(c->user, user) == 0;
}

/* What the limits say to one more session of the user. */
enum room {
	ROOM,
	ROOM_NONE, /* there are as many as there may be */
	ROOM_NONE_OF_HIS, /* he has as many as he may have */
};

static enum room
room_for(struct gateway *gw, const char *user)
{
	uint32_t most = gw->config->limit_sessions_per_user;

	if (segments_taken(gw) >= gw->config->limit_sessions)
		return ROOM_NONE;
	if (most != 0 && lease_taken_by(segment_of_user(gw, user)->leases, user) >= most)
		return ROOM_NONE_OF_HIS;
	return ROOM;
}

static void
done(struct conn *c, const char *user, enum room room, const char *response)
{
	enum ppp_verdict verdict = room == ROOM ? PPP_AUTH_OK : PPP_AUTH_BUSY;

	if (room == ROOM) {
		snprintf(c->user, sizeof(c->user), "%s", user);
		c->segment = segment_of_user(c->gw, user);
		log_info(CONN, c->who, "user %s authenticated", c->user);
	} else {
		log_warning(CONN, c->who, "refused: user %s: %s", user,
			room == ROOM_NONE
				? "there are as many sessions as limits.sessions allows"
				: "user has as many sessions as limits.sessions_per_user allows");
	}
	ppp_auth_done(c->ppp, verdict, response);
}

/* Ends the oldest session of the user, whether its client lives or not. False: there is none. */
static bool
end_oldest(struct conn *c, const char *user)
{
	LIST_FOREACH (it, &c->gw->conns) {
		struct conn *old = container_of(it, struct conn, node);

		if (old == c || !is_session_of(old, user))
			continue;
		conn_close(old, "replaced: user %s connected again as conn %" PRIu32, user, c->id);
		return true;
	}
	return false;
}

/* Asks each session of the user whether its client lives. */
static void
ask(struct conn_asked *a)
{
	LIST_FOREACH (it, &a->conn->gw->conns) {
		struct conn *old = container_of(it, struct conn, node);

		if (is_session_of(old, a->user) && old->ppp != NULL)
			ppp_ask(old->ppp);
	}
	a->times++;
	timer_arm(&a->timer, CONN_ASK_MS);
}

/* The sessions whose clients did not answer are at an end. */
static void
end_silent(const struct conn_asked *a)
{
	LIST_FOREACH_SAFE (it, &a->conn->gw->conns) {
		struct conn *old = container_of(it, struct conn, node);

		if (is_session_of(old, a->user) && old->ppp != NULL &&
			ppp_heard_ms(old->ppp) < a->since_ms)
			conn_finish(old, true,
				"replaced: user %s connected again as conn %" PRIu32
				", and its client does not answer",
				a->user, a->conn->id);
	}
}

static void
on_timer(struct timer *t)
{
	struct conn_asked *a = container_of(t, struct conn_asked, timer);
	struct conn *c = a->conn;

	if (a->times < CONN_ASKS) {
		ask(a);
		return;
	}
	end_silent(a);
	c->asked = NULL;
	done(c, a->user, room_for(c->gw, a->user), a->response);
	explicit_bzero(a->response, sizeof(a->response));
	free(a);
}

void
conn_auth_stop(struct conn *c)
{
	if (c->asked == NULL)
		return;
	timer_stop(&c->asked->timer);
	explicit_bzero(c->asked->response, sizeof(c->asked->response));
	free(c->asked);
	c->asked = NULL;
}

void
conn_auth(void *arg, const struct ppp_auth *auth)
{
	struct conn *c = arg;
	char response[MSCHAP_AUTH_LEN + 1] = "";
	const char *user = auth_plain_name(auth->user);
	enum ppp_verdict verdict;
	const char *why;
	enum room room;

	conn_auth_stop(c);
	verdict = auth_check(c->gw->config, auth, response, &why);
	if (verdict != PPP_AUTH_OK) {
		log_warning(CONN, c->who, "refused: user %s: %s", auth->user, why);
		ppp_auth_done(c->ppp, verdict, "");
		return;
	}
	/* What the session is and has was given to the one who began it. */
	if (c->lease != 0 && strcmp(c->user, user) != 0) {
		log_warning(
			CONN, c->who, "refused: user %s: the session is user %s's", user, c->user);
		ppp_auth_done(c->ppp, PPP_AUTH_BUSY, "");
		return;
	}
	/* A link that has begun anew has its session already. */
	room = is_session_of(c, user) ? ROOM : room_for(c->gw, user);
	while (room == ROOM_NONE_OF_HIS && c->gw->config->takeover == CONFIG_TAKEOVER_OLDEST &&
		end_oldest(c, user))
		room = room_for(c->gw, user);
	if (room == ROOM_NONE_OF_HIS && c->gw->config->takeover == CONFIG_TAKEOVER_SILENT)
		c->asked = calloc(1, sizeof(*c->asked));
	if (c->asked == NULL) {
		done(c, user, room, response);
		return;
	}
	/* He may have come back from where his old session is not known to be dead yet. */
	log_info(CONN, c->who,
		"user %s has as many sessions as he may have: asks whether their clients live",
		user);
	c->asked->conn = c;
	c->asked->since_ms = c->gw->timers.now_ms;
	snprintf(c->asked->user, sizeof(c->asked->user), "%s", user);
	memcpy(c->asked->response, response, sizeof(response));
	timer_init(&c->asked->timer, &c->gw->timers, on_timer);
	ask(c->asked);
}
