/* SPDX-License-Identifier: BSD-3-Clause */
#include "gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "log.h"
#include "no_events.h"

static void
on_send(void *arg, struct ike_sa *sa, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len)
{
	struct gate *g = arg;
	struct init_msg *m = &g->sent[g->n_sent % GATE_SENT_MAX];

	(void)sa;
	(void)local;
	(void)remote;
	assert_true(len <= sizeof(m->b));
	memset(m, 0, sizeof(*m));
	memcpy(m->b, msg, len);
	m->len = len;
	g->n_sent++;
}

static void
on_up(void *arg, struct ike_sa *sa)
{
	struct gate *g = arg;

	(void)sa;
	g->ups++;
}

static void
on_initial_contact(void *arg, struct ike_sa *sa)
{
	struct gate *g = arg;

	(void)sa;
	g->initial_contacts++;
}

static be32
on_spi_take(void *arg, struct ike_sa *sa)
{
	struct gate *g = arg;

	(void)sa;
	return htonl(0x1000u + g->next_spi++);
}

static void
on_spi_release(void *arg, struct ike_sa *sa, be32 spi)
{
	struct gate *g = arg;

	(void)sa;
	(void)spi;
	g->released++;
}

static int
on_child_new(void *arg, struct ike_sa *sa, const struct ike_child *child)
{
	struct gate *g = arg;

	(void)sa;
	g->child = *child;
	g->childs++;
	return 0;
}

static void
on_child_up(void *arg, struct ike_sa *sa, be32 spi_in)
{
	struct gate *g = arg;

	(void)sa;
	g->child_up_spi = spi_in;
	g->child_ups++;
}

static void
on_child_gone(void *arg, struct ike_sa *sa, be32 spi_in)
{
	struct gate *g = arg;

	(void)sa;
	(void)spi_in;
	g->child_gones++;
}

static void
on_esp_deleted(void *arg, struct ike_sa *sa, be32 spi_out)
{
	struct gate *g = arg;

	(void)sa;
	g->deleted_spi = spi_out;
	g->deletes++;
}

static void
on_isakmp_deleted(void *arg, struct ike_sa *sa, const uint8_t cookies[16])
{
	struct gate *g = arg;

	(void)sa;
	memcpy(g->deleted_cookies, cookies, 16);
	g->isakmp_deletes++;
}

static void
on_moved(void *arg, struct ike_sa *sa, const struct ip_end *remote)
{
	struct gate *g = arg;

	(void)sa;
	(void)remote;
	g->moves++;
}

static void
on_down(void *arg, struct ike_sa *sa, enum ike_why why)
{
	struct gate *g = arg;

	assert_ptr_equal(sa, g->sa);
	g->sa = NULL;
	g->down = true;
	g->why = why;
}

static void
events_init(struct ike_events *e)
{
	*e = no_events();
	e->send = on_send;
	e->up = on_up;
	e->initial_contact = on_initial_contact;
	e->spi_take = on_spi_take;
	e->spi_release = on_spi_release;
	e->child_new = on_child_new;
	e->child_up = on_child_up;
	e->child_gone = on_child_gone;
	e->esp_deleted = on_esp_deleted;
	e->isakmp_deleted = on_isakmp_deleted;
	e->moved = on_moved;
	e->down = on_down;
}

/* Calls take() for each word of a comma list. */
static void
each(struct gate *g, const char *list, void (*take)(struct gate *, const char *))
{
	char text[512], *save, *word;

	strcpy(text, list);
	for (word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save))
		take(g, word);
}

static void
take_ike(struct gate *g, const char *name)
{
	assert_int_equal(ike_suite_parse(name, &g->config.suites[g->config.n_suites++]), 0);
}

static void
take_esp(struct gate *g, const char *name)
{
	g->config.esp[g->config.n_esp] = esp_suite_find(name);
	assert_non_null(g->config.esp[g->config.n_esp++]);
}

void
gate_init(struct gate *g, const char *psk, const char *ike, const char *esp)
{
	log_set_level_all(LOG_LEVEL_ERR);
	memset(g, 0, sizeof(*g));
	timers_init(&g->timers, 1000);
	events_init(&g->events);
	assert_true(secret_set(&g->config.psk, psk, strlen(psk)));
	each(g, ike, take_ike);
	each(g, esp, take_esp);
	g->config.life_s = 28800;
	g->config.esp_life_s = 3600;
	g->local = (struct ip_end){inet_addr("10.0.0.254"), htons(500)};
	g->remote = (struct ip_end){inet_addr("10.0.0.1"), htons(500)};
}

void
gate_fini(struct gate *g)
{
	if (g->sa)
		ike_sa_free(g->sa);
}

unsigned
gate_input(struct gate *g, const struct init_msg *m)
{
	unsigned before = g->n_sent;

	if (g->sa == NULL) {
		g->sa = ike_sa_new(
			&g->config, &g->timers, &g->events, g, &g->local, &g->remote, "test");
		assert_non_null(g->sa);
	}
	ike_sa_input(g->sa, &g->local, &g->remote, m->b, m->len);
	return g->n_sent - before;
}

const struct init_msg *
gate_last(const struct gate *g)
{
	assert_true(g->n_sent > 0);
	return &g->sent[(g->n_sent - 1) % GATE_SENT_MAX];
}

void
gate_until_down(struct gate *g, uint64_t ms)
{
	for (uint64_t end = g->timers.now_ms + ms; g->timers.now_ms < end && g->sa != NULL;)
		timers_run(&g->timers, g->timers.now_ms + 1000);
	assert_true(g->down);
}

void
both_init(struct both *b, const char *ike, const char *esp)
{
	gate_init(&b->g, GATE_PSK, ike, esp);
	initiator_init(&b->i, ike, GATE_PSK);
}

void
both_fini(struct both *b)
{
	initiator_fini(&b->i);
	gate_fini(&b->g);
}

void
both_until(struct both *b, unsigned n, struct init_msg *m)
{
	initiator_mm1(&b->i, m);
	if (n == 1)
		return;
	assert_int_equal(gate_input(&b->g, m), 1);
	initiator_mm3(&b->i, gate_last(&b->g), m);
	if (n == 3)
		return;
	assert_int_equal(gate_input(&b->g, m), 1);
	initiator_mm5(&b->i, gate_last(&b->g), false, m);
}

void
both_main_mode(struct both *b, bool contact)
{
	struct init_msg m;

	both_until(b, 3, &m);
	assert_int_equal(gate_input(&b->g, &m), 1);
	initiator_mm5(&b->i, gate_last(&b->g), contact, &m);
	assert_int_equal(gate_input(&b->g, &m), 1);
	initiator_mm6(&b->i, gate_last(&b->g));
}
