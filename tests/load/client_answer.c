/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A main mode that the gateway begins to renew its ISAKMP SA (RFC 2409, 5.4). The gateway's own
 * responder answers it; the new ISAKMP SA replaces the old one.
 */
#include <stdlib.h>
#include <string.h>

#include "client_internal.h"

static void
on_send(void *arg, struct ike_sa *ike, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len)
{
	struct client *c = arg;

	(void)ike;
	(void)remote;
	c->ev.send_ike(c->arg, ntohs(local->port), msg, len);
}

static void
on_up(void *arg, struct ike_sa *ike)
{
	struct client *c = arg;
	struct client_sa *sa = client_sa_new(c, ntohs(ike->local.port));

	if (sa == NULL) {
		client_end(c, CLIENT_WHY_INTERNAL, "out of memory");
		return;
	}
	memcpy(sa->icookie, ike->icookie, sizeof(sa->icookie));
	memcpy(sa->rcookie, ike->rcookie, sizeof(sa->rcookie));
	sa->suite = ike->suite;
	sa->keys = ike->keys;
	sa->life_s = (uint32_t)ike->life_s;
	sa->natt = ike->vendors.natt;
	sa->nat = ike->nat_us || ike->nat_peer;
	sa->dpd = ike->vendors.dpd;
	sa->fragmentation = ike->vendors.fragmentation;
	/* One of the client's own that is under way is not needed any more. */
	client_sa_free(c->next);
	c->next = sa;
	client_main_up(sa);
	/* It stays to answer retransmissions of message 5. */
	timer_arm(&c->answer.timer, CLIENT_DONE_MS);
}

static void
on_contact(void *arg, struct ike_sa *ike)
{
	(void)arg;
	(void)ike;
}

static void
on_down(void *arg, struct ike_sa *ike, enum ike_why why)
{
	struct client *c = arg;

	(void)ike;
	(void)why;
	c->answer.ike = NULL;
}

/* It is freed before quick mode could begin in it. */
static const struct ike_events events = {
	.send = on_send,
	.up = on_up,
	.initial_contact = on_contact,
	.down = on_down,
};

static void
on_timer(struct timer *t)
{
	client_answer_reset(container_of(t, struct client, answer.timer));
}

void
client_answer_init(struct client *c)
{
	timer_init(&c->answer.timer, c->timers, on_timer);
}

void
client_answer_reset(struct client *c)
{
	timer_stop(&c->answer.timer);
	ike_sa_free(c->answer.ike);
	c->answer.ike = NULL;
	if (c->answer.config != NULL)
		secret_wipe(&c->answer.config->psk);
	free(c->answer.config);
	c->answer.config = NULL;
}

static bool
begin(struct client *c, const struct ip_end *local, const struct ip_end *remote)
{
	client_answer_reset(c);
	c->answer.config = calloc(1, sizeof(*c->answer.config));
	if (c->answer.config == NULL)
		return false;
	client_offer_config(c->profile, c->answer.config);
	if (!secret_set(&c->answer.config->psk, c->config->psk, c->config->psk_len))
		return false;
	c->answer.ike = ike_sa_new(
		c->answer.config, c->timers, &events, c, local, remote, "kanmon-load");
	return c->answer.ike != NULL;
}

static bool
begun_by_us(const struct client_sa *sa, const struct ike_header *h)
{
	return sa != NULL && memcmp(sa->icookie, h->icookie, 8) == 0;
}

bool
client_answer_input(
	struct client *c, uint16_t port, const struct ike_header *h, const uint8_t *msg, size_t len)
{
	static const uint8_t zero[8];
	const struct ip_end local = {c->inside, htons(port)}, remote = {c->gateway, htons(port)};
	bool known = c->answer.ike != NULL && memcmp(c->answer.ike->icookie, h->icookie, 8) == 0;

	if (h->exchange != IKE_MAIN_MODE)
		return false;
	if (!known) {
		if (begun_by_us(c->sa, h) || begun_by_us(c->next, h) ||
			memcmp(h->rcookie, zero, 8) != 0 || c->phase < CLIENT_L2TP ||
			c->phase > CLIENT_UP || !begin(c, &local, &remote))
			return false;
	}
	ike_sa_input(c->answer.ike, &local, &remote, msg, len);
	return true;
}
