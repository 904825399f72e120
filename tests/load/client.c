/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of a client: phases, pairs, and how it ends. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_internal.h"
#include "crypto/rng.h"

const char *
client_phase_name(enum client_phase phase)
{
	static const char *const names[CLIENT_N_PHASES] = {
		[CLIENT_IDLE] = "idle",
		[CLIENT_MAIN_MODE] = "main mode",
		[CLIENT_QUICK_MODE] = "quick mode",
		[CLIENT_L2TP] = "L2TP",
		[CLIENT_PPP] = "PPP",
		[CLIENT_UP] = "up",
		[CLIENT_CLOSING] = "closing",
	};

	return phase < CLIENT_N_PHASES ? names[phase] : "?";
}

static const struct {
	const char *name, *str;
} whys[CLIENT_N_WHYS] = {
	[CLIENT_WHY_LOCAL] = {"local", "disconnected"},
	[CLIENT_WHY_IKE_TIMEOUT] = {"ike-timeout", "no answer in main mode"},
	[CLIENT_WHY_IKE_REFUSED] = {"ike-refused", "main mode refused"},
	[CLIENT_WHY_IKE_AUTH] = {"ike-auth", "the pre-shared keys differ"},
	[CLIENT_WHY_QUICK_TIMEOUT] = {"quick-timeout", "no answer in quick mode"},
	[CLIENT_WHY_QUICK_REFUSED] = {"quick-refused", "quick mode refused"},
	[CLIENT_WHY_L2TP_TIMEOUT] = {"l2tp-timeout", "no answer in L2TP"},
	[CLIENT_WHY_L2TP_REFUSED] = {"l2tp-refused", "L2TP refused"},
	[CLIENT_WHY_PPP_TIMEOUT] = {"ppp-timeout", "no answer in PPP"},
	[CLIENT_WHY_PPP_REFUSED] = {"ppp-refused", "PPP negotiation failed"},
	[CLIENT_WHY_PPP_AUTH] = {"ppp-auth", "wrong user name or password"},
	[CLIENT_WHY_PEER] = {"peer", "ended by the gateway"},
	[CLIENT_WHY_DEAD] = {"dead", "the gateway stopped answering"},
	[CLIENT_WHY_INTERNAL] = {"internal", "internal error"},
};

const char *
client_why_str(enum client_why why)
{
	return why < CLIENT_N_WHYS ? whys[why].str : "?";
}

const char *
client_why_name(enum client_why why)
{
	return why < CLIENT_N_WHYS ? whys[why].name : "?";
}

const char *
client_text(struct rd r, char *buf, size_t size)
{
	size_t n = 0;

	while (rd_more(&r) && n + 1 < size) {
		uint8_t b = rd_u8(&r);

		buf[n++] = b < 0x20 || b > 0x7e ? '?' : (char)b;
	}
	buf[n] = '\0';
	return buf;
}

/* --- the end ---------------------------------------------------------------------------------- */

/* Forgets everything; the phase is idle. */
static void
reset(struct client *c)
{
	timer_stop(&c->timer);
	timer_stop(&c->keepalive);
	timer_stop(&c->idle);
	client_ppp_reset(c);
	client_l2tp_reset(c);
	for (unsigned i = 0; i < CLIENT_PAIRS; i++)
		client_pair_drop(&c->pairs[i]);
	client_answer_reset(c);
	client_sa_free(c->next);
	client_sa_free(c->sa);
	c->sa = c->next = NULL;
	c->phase = CLIENT_IDLE;
	c->step = 0;
	c->ended = false;
}

/* What a client that fails sends before it forgets. */
static void
say_goodbye(struct client *c)
{
	client_l2tp_stop(c, L2TP_STOP_GENERAL);
	if (c->sa == NULL || c->sa->state != CLIENT_SA_UP)
		return;
	for (unsigned i = 0; i < CLIENT_PAIRS; i++)
		if (c->pairs[i].c != NULL)
			client_info_delete_esp(c->sa, c->pairs[i].spi_in);
	client_info_delete_isakmp(c->sa);
}

static void
finish(struct client *c)
{
	enum client_why why = c->why;
	char text[CLIENT_TEXT];

	if (c->silent) {
		reset(c);
		c->silent = false;
		return;
	}
	memcpy(text, c->text, sizeof(text));
	if (why != CLIENT_WHY_LOCAL && why != CLIENT_WHY_INTERNAL)
		say_goodbye(c);
	reset(c);
	if (c->ev.phase != NULL)
		c->ev.phase(c->arg, CLIENT_IDLE);
	if (c->ev.down != NULL)
		c->ev.down(c->arg, why, text);
}

void
client_enter(struct client *c)
{
	c->depth++;
}

void
client_leave(struct client *c)
{
	/* Still inside, so that nested calls do not finish: `down` may connect anew, and end. */
	while (c->depth == 1 && c->ended)
		finish(c);
	c->depth--;
}

void
client_end(struct client *c, enum client_why why, const char *fmt, ...)
{
	va_list ap;

	if (c->ended || c->phase == CLIENT_IDLE)
		return;
	c->ended = true;
	c->why = c->phase == CLIENT_CLOSING ? CLIENT_WHY_LOCAL : why;
	va_start(ap, fmt);
	vsnprintf(c->text, sizeof(c->text), fmt, ap);
	va_end(ap);
	if (c->why == CLIENT_WHY_LOCAL)
		c->text[0] = '\0';
}

/* Runs the steps of the profile up to one that waits. */
static void
go_on(struct client *c)
{
	for (;;) {
		bool waits = false;

		if (c->ended)
			return;
		switch (c->profile->close[c->step]) {
		case PROFILE_STEP_LCP:
			waits = client_ppp_close(c);
			break;
		case PROFILE_STEP_CDN:
			client_l2tp_cdn(c);
			break;
		case PROFILE_STEP_STOPCCN:
			waits = client_l2tp_stop(c, L2TP_STOP_GENERAL);
			break;
		case PROFILE_STEP_ESP:
			for (unsigned i = 0; i < CLIENT_PAIRS; i++) {
				if (c->pairs[i].c == NULL)
					continue;
				if (c->sa != NULL && c->sa->state == CLIENT_SA_UP)
					client_info_delete_esp(c->sa, c->pairs[i].spi_in);
				client_pair_drop(&c->pairs[i]);
			}
			break;
		case PROFILE_STEP_ISAKMP:
			if (c->sa != NULL && c->sa->state == CLIENT_SA_UP)
				client_info_delete_isakmp(c->sa);
			break;
		case PROFILE_STEP_END:
			client_end(c, CLIENT_WHY_LOCAL, "%s", "");
			return;
		}
		if (waits) {
			timer_arm(&c->timer, CLIENT_CLOSE_MS);
			return;
		}
		c->step++;
	}
}

void
client_step_done(struct client *c, enum profile_step step)
{
	if (c->phase != CLIENT_CLOSING || c->ended || c->profile->close[c->step] != step)
		return;
	c->step++;
	go_on(c);
}

/* --- phases ----------------------------------------------------------------------------------- */

static uint32_t
patience(const struct client *c, enum client_phase phase)
{
	const struct client_config *config = c->config;
	const struct profile *p = c->profile;

	switch (phase) {
	case CLIENT_MAIN_MODE:
	case CLIENT_QUICK_MODE:
		return config->ike_timeout_ms ? config->ike_timeout_ms : p->ike_timeout_ms;
	case CLIENT_L2TP:
		return config->l2tp_timeout_ms ? config->l2tp_timeout_ms : p->l2tp_timeout_ms;
	case CLIENT_PPP:
		return config->ppp_timeout_ms ? config->ppp_timeout_ms : p->ppp_timeout_ms;
	default:
		return 0;
	}
}

void
client_set_phase(struct client *c, enum client_phase phase)
{
	uint32_t ms = patience(c, phase);

	if (c->phase == phase)
		return;
	c->phase = phase;
	if (ms != 0)
		timer_arm(&c->timer, ms);
	else
		timer_stop(&c->timer);
	if (c->ev.phase != NULL)
		c->ev.phase(c->arg, phase);
}

static void
on_timer(struct timer *t)
{
	struct client *c = container_of(t, struct client, timer);
	const char *late = "not done in time";

	client_enter(c);
	switch (c->phase) {
	case CLIENT_MAIN_MODE:
		client_end(c, CLIENT_WHY_IKE_TIMEOUT, "%s", late);
		break;
	case CLIENT_QUICK_MODE:
		client_end(c, CLIENT_WHY_QUICK_TIMEOUT, "%s", late);
		break;
	case CLIENT_L2TP:
		client_end(c, CLIENT_WHY_L2TP_TIMEOUT, "%s", late);
		break;
	case CLIENT_PPP:
		client_end(c, CLIENT_WHY_PPP_TIMEOUT, "%s", late);
		break;
	case CLIENT_CLOSING:
		c->step++;
		go_on(c);
		break;
	default:
		break;
	}
	client_leave(c);
}

/* Also while there is traffic, as most clients do. */
static void
on_keepalive(struct timer *t)
{
	struct client *c = container_of(t, struct client, keepalive);

	timer_arm(t, CLIENT_KEEPALIVE_MS);
	if (c->ev.keepalive != NULL)
		c->ev.keepalive(c->arg);
}

void
client_keep_awake(struct client *c)
{
	if (!timer_armed(&c->keepalive))
		timer_arm(&c->keepalive, CLIENT_KEEPALIVE_MS);
}

/* --- the owner's side ------------------------------------------------------------------------- */

struct client *
client_new(const struct client_config *config, const struct client_id *id, struct timers *timers,
	const struct client_events *events, void *arg)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->config = config;
	c->profile = config->profile;
	c->timers = timers;
	c->ev = *events;
	c->arg = arg;
	c->inside = id->inside.addr;
	c->gateway = id->gateway;
	c->number = id->number;
	c->spi_count = rng_u32();
	c->user = strdup(id->user);
	c->password = strdup(id->password);
	c->host = strdup(id->host_name);
	timer_init(&c->timer, timers, on_timer);
	timer_init(&c->keepalive, timers, on_keepalive);
	client_answer_init(c);
	client_use_init(c);
	client_l2tp_init(c);
	client_ppp_init(c);
	client_inform_init(c);
	if (c->user == NULL || c->password == NULL || c->host == NULL) {
		client_free(c);
		return NULL;
	}
	return c;
}

void
client_free(struct client *c)
{
	if (c == NULL)
		return;
	c->silent = true;
	reset(c);
	free(c->user);
	free(c->password);
	free(c->host);
	free(c);
}

void
client_connect(struct client *c)
{
	if (c->phase != CLIENT_IDLE)
		return;
	client_enter(c);
	client_set_phase(c, CLIENT_MAIN_MODE);
	c->sa = client_sa_new(c, IKE_PORT);
	if (c->sa == NULL || !client_main_begin(c->sa))
		client_end(c, CLIENT_WHY_INTERNAL, "cannot create an ISAKMP SA");
	client_leave(c);
}

void
client_disconnect(struct client *c)
{
	if (c->phase == CLIENT_IDLE || c->phase == CLIENT_CLOSING || c->ended)
		return;
	client_enter(c);
	client_set_phase(c, CLIENT_CLOSING);
	c->step = 0;
	go_on(c);
	client_leave(c);
}

void
client_die(struct client *c)
{
	c->silent = true;
	if (c->depth > 0) {
		c->ended = true;
		return;
	}
	reset(c);
	c->silent = false;
}

int
client_rekey_esp(struct client *c)
{
	int rc;

	if (c->phase != CLIENT_UP || c->ended || c->sa == NULL || c->sa->state != CLIENT_SA_UP)
		return -EINVAL;
	if (client_quick_busy(c->sa))
		return -EBUSY;
	client_enter(c);
	rc = client_quick_begin(c->sa);
	client_leave(c);
	return rc;
}

int
client_rekey_ike(struct client *c)
{
	int rc = 0;

	if (c->phase != CLIENT_UP || c->ended || c->sa == NULL)
		return -EINVAL;
	if (c->next != NULL)
		return -EBUSY;
	client_enter(c);
	c->next = client_sa_new(c, c->sa->port);
	if (c->next == NULL || !client_main_begin(c->next)) {
		client_sa_free(c->next);
		c->next = NULL;
		rc = -ENOMEM;
	}
	client_leave(c);
	return rc;
}

enum client_phase
client_phase(const struct client *c)
{
	return c->phase;
}

const uint8_t *
client_icookie(const struct client *c)
{
	static const uint8_t none[8];

	return c->next != NULL ? c->next->icookie : c->sa != NULL ? c->sa->icookie : none;
}

size_t
client_size(void)
{
	return sizeof(struct client) + sizeof(struct client_sa);
}

bool
client_sums_udp(const struct client *c)
{
	return c->profile->udp_sum;
}
