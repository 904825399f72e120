/* SPDX-License-Identifier: BSD-3-Clause */
#include "conn_auth.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auth.h"
#include "clients.h"
#include "conn.h"
#include "conn_ppp.h"
#include "log.h"

/* A connection whose user is authenticated, while the user's other sessions are asked. */
struct conn_asked {
	struct conn *conn;
	struct user *user; /* held */
	struct timer timer;
	char response[MSCHAP_AUTH_LEN + 1];
	unsigned times;
	uint64_t since_ms;
};

/* Whether the connection is authenticated as the user; it may still wait for its address. */
static bool
is_session_of(const struct conn *c, const struct user *user)
{
	return c->user == user;
}

/* What the limits say to one more session of the user. */
enum room {
	ROOM,
	ROOM_NONE, /* there are as many as there may be */
	ROOM_NONE_OF_USER, /* the user has as many as one may have */
};

static enum room
room_for(const struct clients *cs, const struct user *user)
{
	uint32_t most = cs->config->limit_sessions_per_user;

	if (cs->n_sessions >= cs->config->limit_sessions)
		return ROOM_NONE;
	if (most != 0 && user->sessions >= most)
		return ROOM_NONE_OF_USER;
	return ROOM;
}

/* Gives the verdict to PPP. The connection takes the reference to the user over. */
static void
done(struct conn *c, struct user *user, enum room room, const char *response)
{
	if (room == ROOM) {
		conn_auth_end(c);
		c->user = user;
		c->segment = user->segment;
		user->sessions++;
		c->clients->n_sessions++;
		log_info(CONN, c->who, "user %s authenticated", user->name);
		ppp_auth_done(c->link->ppp, PPP_AUTH_OK, response);
		return;
	}
	log_warning(CONN, c->who, "refused: user %s: %s", user->name,
		room == ROOM_NONE
			? "there are as many sessions as limits.sessions allows"
			: "the user has as many sessions as limits.sessions_per_user allows");
	user_put(user);
	ppp_auth_done(c->link->ppp, PPP_AUTH_BUSY, response);
}

/* --- older sessions of the user --------------------------------------------------------------- */

/* Ends the oldest session of the user, whether its client lives or not. False: there is none. */
static bool
end_oldest(struct conn *c, const struct user *user)
{
	CLIENTS_FOREACH (old, c->clients) {
		if (old == c || !is_session_of(old, user))
			continue;
		conn_close(old, "replaced: user %s connected again as conn %" PRIu32, user->name,
			c->id);
		return true;
	}
	return false;
}

/* Asks each session of the user whether its client lives. */
static void
ask(struct conn_asked *a)
{
	CLIENTS_FOREACH (old, a->conn->clients)
		if (is_session_of(old, a->user) && old->link != NULL)
			ppp_ask(old->link->ppp);
	a->times++;
	timer_arm(&a->timer, CONN_ASK_MS);
}

/* The sessions whose clients did not answer are at an end. */
static void
end_silent(const struct conn_asked *a)
{
	CLIENTS_FOREACH (old, a->conn->clients)
		if (is_session_of(old, a->user) && old->link != NULL &&
			ppp_heard_ms(old->link->ppp) < a->since_ms)
			conn_finish(old, true,
				"replaced: user %s connected again as conn %" PRIu32
				", and its client does not answer",
				a->user->name, a->conn->id);
}

static void
free_asked(struct conn_asked *a)
{
	timer_stop(&a->timer);
	explicit_bzero(a->response, sizeof(a->response));
	free(a);
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
	done(c, a->user, room_for(c->clients, a->user), a->response);
	free_asked(a);
}

/* Takes the reference to the user over; false when out of memory, and then does not. */
static bool
begin_asking(struct conn *c, struct user *user, const char *response)
{
	struct conn_asked *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return false;
	/* The client may have come back from where its old session is not known to be dead yet. */
	log_info(CONN, c->who,
		"user %s has as many sessions as allowed: asking whether their clients are alive",
		user->name);
	a->conn = c;
	a->user = user;
	a->since_ms = c->clients->timers->now_ms;
	memcpy(a->response, response, sizeof(a->response));
	timer_init(&a->timer, c->clients->timers, on_timer);
	c->asked = a;
	ask(a);
	return true;
}

static void
stop_asking(struct conn *c)
{
	if (c->asked == NULL)
		return;
	user_put(c->asked->user);
	free_asked(c->asked);
	c->asked = NULL;
}

void
conn_auth_end(struct conn *c)
{
	stop_asking(c);
	if (c->user == NULL)
		return;
	c->user->sessions--;
	c->clients->n_sessions--;
	user_put(c->user);
	c->user = NULL;
}

/* --- the password ----------------------------------------------------------------------------- */

/* The user of a right password, held; NULL after PPP was told why not. */
static struct user *
authenticate(struct conn *c, const struct ppp_auth *auth, char response[MSCHAP_AUTH_LEN + 1])
{
	struct clients *cs = c->clients;
	const struct config_user *configured;
	const char *why;
	enum ppp_verdict verdict = auth_check(cs->config, auth, &configured, response, &why);
	struct user *user = NULL;

	if (verdict == PPP_AUTH_OK) {
		user = user_get(&cs->users, cs->config, cs->segments, configured);
		if (user == NULL) {
			verdict = PPP_AUTH_BUSY;
			why = "out of memory";
		}
	}
	if (verdict != PPP_AUTH_OK) {
		log_warning(CONN, c->who, "refused: user %s: %s", auth->user, why);
		ppp_auth_done(c->link->ppp, verdict, "");
	}
	return user;
}

void
conn_auth(struct conn *c, const struct ppp_auth *auth)
{
	struct clients *cs = c->clients;
	char response[MSCHAP_AUTH_LEN + 1] = "";
	struct user *user;
	enum room room;

	stop_asking(c);
	user = authenticate(c, auth, response);
	if (user == NULL)
		return;
	/* What the session is and has was given to the user who began it. */
	if (c->user != NULL && c->user != user) {
		log_warning(CONN, c->who, "refused: user %s: the session belongs to user %s",
			user->name, conn_user(c));
		user_put(user);
		ppp_auth_done(c->link->ppp, PPP_AUTH_BUSY, "");
		return;
	}
	/* A link that has begun anew has its session already. */
	room = is_session_of(c, user) ? ROOM : room_for(cs, user);
	while (room == ROOM_NONE_OF_USER && cs->config->takeover == CONFIG_TAKEOVER_OLDEST &&
		end_oldest(c, user))
		room = room_for(cs, user);
	if (room == ROOM_NONE_OF_USER && cs->config->takeover == CONFIG_TAKEOVER_SILENT &&
		begin_asking(c, user, response))
		return;
	done(c, user, room, response);
}
