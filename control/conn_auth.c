/* SPDX-License-Identifier: BSD-3-Clause */
/* Who may have a session: the password, the limits, and which older session of the user stands in the way. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auth.h"
#include "conn.h"
#include "gateway.h"
#include "log.h"

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
room_for(const struct gateway *gw, const char *user)
{
	uint32_t all = 0, his = 0, most = gw->config->limit_sessions_per_user;

	/* Mostly there is nothing to count. */
	if (most == 0 && gw->n_conns <= gw->config->limit_sessions)
		return ROOM;
	LIST_FOREACH (it, &gw->conns) {
		const struct conn *c = container_of(it, struct conn, node);

		all += c->lease != 0;
		his += is_session_of(c, user);
	}
	if (all >= gw->config->limit_sessions)
		return ROOM_NONE;
	return most != 0 && his >= most ? ROOM_NONE_OF_HIS : ROOM;
}

static void
done(struct conn *c, const char *user, enum room room)
{
	enum ppp_verdict verdict = room == ROOM ? PPP_AUTH_OK : PPP_AUTH_BUSY;

	if (room == ROOM) {
		snprintf(c->user, sizeof(c->user), "%s", user);
		log_info(CONN, c->who, "user %s authenticated", c->user);
	} else {
		log_warning(CONN, c->who, "refused: user %s: %s", user,
			room == ROOM_NONE
				? "there are as many sessions as limits.sessions allows"
				: "user has as many sessions as limits.sessions_per_user allows");
	}
	ppp_auth_done(c->ppp, verdict, c->asked.response);
}

/* Asks each session of the user whether its client lives. */
static void
ask(struct conn *c)
{
	LIST_FOREACH (it, &c->gw->conns) {
		struct conn *old = container_of(it, struct conn, node);

		if (is_session_of(old, c->asked.user) && old->ppp != NULL)
			ppp_ask(old->ppp);
	}
	c->asked.times++;
	timer_arm(&c->asked.timer, CONN_ASK_MS);
}

/* The sessions whose clients did not answer are at an end. */
static void
end_silent(struct conn *c)
{
	LIST_FOREACH_SAFE (it, &c->gw->conns) {
		struct conn *old = container_of(it, struct conn, node);
		uint64_t heard_ms;

		if (!is_session_of(old, c->asked.user) || old->ppp == NULL)
			continue;
		heard_ms = ppp_heard_ms(old->ppp);
		if (heard_ms < c->asked.since_ms)
			conn_finish(old, true,
				"replaced: user %s connected again as conn %" PRIu32
				", and its client does not answer",
				c->asked.user, c->id);
	}
}

static void
on_timer(struct timer *t)
{
	struct conn *c = container_of(t, struct conn, asked.timer);

	if (c->asked.times < CONN_ASKS) {
		ask(c);
		return;
	}
	end_silent(c);
	done(c, c->asked.user, room_for(c->gw, c->asked.user));
}

void
conn_auth_init(struct conn *c)
{
	timer_init(&c->asked.timer, &c->gw->timers, on_timer);
}

void
conn_auth_stop(struct conn *c)
{
	timer_stop(&c->asked.timer);
	explicit_bzero(c->asked.response, sizeof(c->asked.response));
}

void
conn_auth(void *arg, const struct ppp_auth *auth)
{
	struct conn *c = arg;
	const char *user = auth_plain_name(auth->user);
	enum ppp_verdict verdict;
	const char *why;
	enum room room;

	conn_auth_stop(c);
	verdict = auth_check(c->gw->config, auth, c->asked.response, &why);
	if (verdict != PPP_AUTH_OK) {
		log_warning(CONN, c->who, "refused: user %s: %s", auth->user, why);
		ppp_auth_done(c->ppp, verdict, "");
		return;
	}
	room = room_for(c->gw, user);
	if (room != ROOM_NONE_OF_HIS) {
		done(c, user, room);
		return;
	}
	/* He may have come back from where his old session is not known to be dead yet. */
	log_info(CONN, c->who,
		"user %s has as many sessions as he may have: asks whether their clients live",
		user);
	snprintf(c->asked.user, sizeof(c->asked.user), "%s", user);
	c->asked.times = 0;
	c->asked.since_ms = c->gw->timers.now_ms;
	ask(c);
}
