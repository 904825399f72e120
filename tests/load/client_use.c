/* SPDX-License-Identifier: BSD-3-Clause */
/* The lifetime of an ESP pair in kilobytes, and its end after an idle time. */
#include "client_internal.h"

static uint32_t
idle_ms(const struct client *c)
{
	return c->config->idle_ms ? c->config->idle_ms : c->profile->idle_s * 1000;
}

/* Some clients delete a pair that carried nothing for a while, and keep everything else. */
static void
on_idle(struct timer *t)
{
	struct client *c = container_of(t, struct client, idle);
	uint64_t silent = c->timers->now_ms - c->used_ms;

	if (c->ended)
		return;
	/* Only when up: before, it is the gateway that is silent. */
	if (c->phase != CLIENT_UP || silent < idle_ms(c) || client_quick_busy(c->sa)) {
		timer_arm(t, silent < idle_ms(c) ? idle_ms(c) - silent : idle_ms(c));
		return;
	}
	client_enter(c);
	for (unsigned i = 0; i < CLIENT_PAIRS; i++) {
		if (c->pairs[i].c == NULL)
			continue;
		client_info_delete_esp(c->sa, c->pairs[i].spi_in);
		client_pair_drop(&c->pairs[i]);
	}
	client_leave(c);
}

void
client_use_init(struct client *c)
{
	timer_init(&c->idle, c->timers, on_idle);
}

void
client_use_begin(struct client *c)
{
	c->used_ms = c->timers->now_ms;
	if (idle_ms(c) != 0)
		timer_arm(&c->idle, idle_ms(c));
}

/* There is something to send, and no pair to send it on. */
static void
wake(struct client *c)
{
	if ((c->phase != CLIENT_UP && c->phase != CLIENT_CLOSING) || c->ended || c->sa == NULL ||
		c->sa->state != CLIENT_SA_UP || client_quick_busy(c->sa))
		return;
	client_enter(c);
	(void)client_quick_begin(c->sa);
	client_leave(c);
}

bool
client_traffic(struct client *c, size_t len)
{
	struct client_pair *p = client_pair_newest(c);

	if (p == NULL) {
		wake(c);
		return false;
	}
	c->used_ms = c->timers->now_ms;
	p->bytes += len;
	if (p->life_kb != 0 && p->bytes / 1024 * 100 >= p->life_kb * CLIENT_REKEY_PERCENT &&
		client_rekey_esp(c) == 0)
		p->life_kb = 0; /* once */
	return true;
}
