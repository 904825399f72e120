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

/* An authenticated connection that waits while the user's other sessions are checked. */
struct conn_asked {
	struct conn *conn;
	struct user *user; /* held */
	struct timer timer;
	char response[MSCHAP_AUTH_LEN + 1];
	unsigned times;
	uint64_t since_ms;
};

/* Whether the connection is logged in as the user; it may still wait for its address. */
static bool
is_session_of(const struct conn *c, const struct user *user)
{
	return c->user == user;
}

/* Whether the limits admit one more session of the user. */
enum room {
	ROOM,
	ROOM_NONE, /* limits.sessions */
	ROOM_NONE_OF_USER, /* limits.sessions_per_user */
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

/* Tells PPP the verdict. Takes over the reference to the user. */
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
		room == ROOM_NONE ? "limits.sessions is reached"
				  : "limits.sessions_per_user is reached");
	user_put(user);
	ppp_auth_done(c->link->ppp, PPP_AUTH_BUSY, response);
}

/* --- older sessions of the user --------------------------------------------------------------- */

/*
 * Closes the oldest session of the user, whether or not its client is alive. False: there is none.
 */
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

/* Sends an LCP echo on each session of the user. */
static void
ask(struct conn_asked *a)
{
	CLIENTS_FOREACH (old, a->conn->clients)
		if (is_session_of(old, a->user) && old->link != NULL)
			ppp_ask(old->link->ppp);
	a->times++;
	timer_arm(&a->timer, CONN_ASK_MS);
}

/* Ends the sessions whose clients did not answer. */
static void
end_silent(const struct conn_asked *a)
{
	CLIENTS_FOREACH (old, a->conn->clients)
		if (is_session_of(old, a->user) && old->link != NULL &&
			ppp_heard_ms(old->link->ppp) < a->since_ms)
			conn_finish(old, true,
				"replaced: user %s connected again as conn %" PRIu32
				", and the client does not answer",
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

/* Takes over the reference to the user. False: out of memory, and the caller keeps it. */
static bool
begin_asking(struct conn *c, struct user *user, const char *response)
{
	struct conn_asked *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return false;
	log_info(CONN, c->who,
		"user %s has no session left: checking whether the clients of the others are alive",
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

/* The user, held, if the password is right; else tells PPP and returns NULL. */
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
	/* A session keeps its user. */
	if (c->user != NULL && c->user != user) {
		log_warning(CONN, c->who, "refused: user %s: the session belongs to user %s",
			user->name, conn_user(c));
		user_put(user);
		ppp_auth_done(c->link->ppp, PPP_AUTH_BUSY, "");
		return;
	}
	/* A link that renegotiates has its session already. */
	room = is_session_of(c, user) ? ROOM : room_for(cs, user);
	while (room == ROOM_NONE_OF_USER && cs->config->takeover == CONFIG_TAKEOVER_OLDEST &&
		end_oldest(c, user))
		room = room_for(cs, user);
	if (room == ROOM_NONE_OF_USER && cs->config->takeover == CONFIG_TAKEOVER_SILENT &&
		begin_asking(c, user, response))
		return;
	done(c, user, room, response);
}
