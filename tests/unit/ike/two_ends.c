/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "log.h"
#include "no_events.h"
#include "two_ends.h"
#include "wire/isakmp.h"

#define PSK "secret123"

/* --- the network ----------------------------------------------------------------------------- */

static unsigned
dice(struct two *t, unsigned n)
{
	t->seed = t->seed * 1664525u + 1013904223u;
	return n == 0 ? 0 : (t->seed >> 8) % n;
}

static void
carry(struct two *t, struct end *to, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len)
{
	for (unsigned i = 0; i < TWO_QUEUE; i++) {
		if (t->queue[i].len != 0)
			continue;
		t->queue[i].to = to;
		t->queue[i].local = *local;
		t->queue[i].remote = *remote;
		t->queue[i].due_ms = t->timers.now_ms + 10 + dice(t, t->delay_ms + 1);
		assert_true(len <= sizeof(t->queue[i].b));
		memcpy(t->queue[i].b, msg, len);
		t->queue[i].len = len;
		return;
	}
	fail_msg("the network is full");
}

/* The network decides where a datagram goes, and what its source looks like there. */
static void
on_send(void *arg, struct ike_sa *sa, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len)
{
	struct end *e = ((struct two_sa *)arg)->end, *to = e->other;
	struct ip_end at = {to->self.addr, remote->port}, from = {e->seen.addr, local->port};
	struct two *t = e->two;

	(void)sa;
	assert_int_equal(remote->addr, to->seen.addr);
	e->sent++;
	/* A NAT translates ports. */
	if (e->self.addr != e->seen.addr)
		from.port = htons((uint16_t)(ntohs(local->port) + 20000));
	if (to->self.addr != to->seen.addr)
		at.port = htons((uint16_t)(ntohs(remote->port) - 20000));
	if (t->n_sent < 64 && t->lose >> t->n_sent & 1) {
		t->n_sent++;
		return;
	}
	t->n_sent++;
	if (dice(t, 100) >= t->loss)
		carry(t, to, &at, &from, msg, len);
	if (dice(t, 100) < t->repeats)
		carry(t, to, &at, &from, msg, len);
}

/* --- events of an end ------------------------------------------------------------------------ */

static void
on_up(void *arg, struct ike_sa *sa)
{
	struct two_sa *s = arg;
	struct ike_peer peer;

	if (two_youngest(s->end) != NULL && ike_sa_peer(two_youngest(s->end), &peer))
		ike_sa_learn(sa, &peer.traffic);
	s->up = true;
	s->end->ups++;
}

static be32
on_spi_take(void *arg, struct ike_sa *sa)
{
	struct end *e = ((struct two_sa *)arg)->end;

	(void)sa;
	return htonl((e == &e->two->gate ? 0x1000u : 0x2000u) + e->next_spi++);
}

static void
on_spi_release(void *arg, struct ike_sa *sa, be32 spi)
{
	(void)sa;
	(void)spi;
	((struct two_sa *)arg)->end->released++;
}

static struct two_pair *
find(const struct end *e, be32 spi_in)
{
	for (unsigned i = 0; i < e->n_pairs; i++)
		if (e->pairs[i].child.spi_in == spi_in)
			return (struct two_pair *)&e->pairs[i];
	return NULL;
}

static int
on_child_new(void *arg, struct ike_sa *sa, const struct ike_child *child)
{
	struct end *e = ((struct two_sa *)arg)->end;
	struct two_pair *twin = find(e->other, child->spi_out);

	(void)sa;
	assert_true(e->n_pairs < TWO_PAIRS);
	assert_null(find(e, child->spi_in));
	e->pairs[e->n_pairs++] = (struct two_pair){.child = *child, .ours = twin != NULL};
	return 0;
}

static void
on_child_up(void *arg, struct ike_sa *sa, be32 spi_in)
{
	struct end *e = ((struct two_sa *)arg)->end;
	struct two_pair *p = find(e, spi_in), *twin;

	(void)sa;
	assert_non_null(p);
	assert_false(p->up);
	p->up = true;
	twin = find(e->other, p->child.spi_out);
	assert_non_null(twin);
	/* Some peers have no SAs until they have message 3, so nothing should be sent before. */
	if (p->ours && !twin->gone && !twin->up)
		e->too_early++;
}

static void
on_child_gone(void *arg, struct ike_sa *sa, be32 spi_in)
{
	struct two_pair *p = find(((struct two_sa *)arg)->end, spi_in);

	(void)sa;
	assert_non_null(p);
	p->gone = true;
}

static void
on_moved(void *arg, struct ike_sa *sa, const struct ip_end *remote)
{
	(void)sa;
	(void)remote;
	((struct two_sa *)arg)->end->moves++;
}

static void
on_down(void *arg, struct ike_sa *sa, enum ike_why why)
{
	struct two_sa *s = arg;

	(void)sa;
	s->sa = NULL;
	s->end->downs++;
	s->end->why = why;
}

static void
events_init(struct ike_events *e)
{
	*e = no_events();
	e->send = on_send;
	e->up = on_up;
	e->spi_take = on_spi_take;
	e->spi_release = on_spi_release;
	e->child_new = on_child_new;
	e->child_up = on_child_up;
	e->child_gone = on_child_gone;
	e->moved = on_moved;
	e->down = on_down;
}

/* --- both ends ------------------------------------------------------------------------------- */

static struct two_sa *
slot(struct end *e)
{
	struct two_sa *s = &e->sas[e->n_sas++];

	assert_true(e->n_sas <= TWO_SAS);
	s->end = e;
	return s;
}

static struct two_sa *
find_sa(struct end *e, const struct ike_header *h)
{
	static const uint8_t zero[8];
	struct ike_sa_info info;

	for (unsigned i = 0; i < e->n_sas; i++) {
		if (e->sas[i].sa == NULL)
			continue;
		ike_sa_info(e->sas[i].sa, &info);
		if (memcmp(info.icookie, h->icookie, 8) == 0 &&
			(memcmp(info.rcookie, h->rcookie, 8) == 0 ||
				memcmp(info.rcookie, zero, 8) == 0 ||
				memcmp(h->rcookie, zero, 8) == 0))
			return &e->sas[i];
	}
	return NULL;
}

static void
input(struct end *e, const struct ip_end *local, const struct ip_end *remote, const uint8_t *msg,
	size_t len)
{
	static const uint8_t zero[8];
	struct ike_header h;
	struct two_sa *s;

	assert_true(ike_header_read(msg, len, &h));
	s = find_sa(e, &h);
	if (s == NULL && memcmp(h.rcookie, zero, 8) == 0) {
		s = slot(e);
		s->sa = ike_sa_new(
			&e->config, &e->two->timers, &e->two->events, s, local, remote, "new");
	}
	if (s != NULL)
		ike_sa_input(s->sa, local, remote, msg, len);
}

void
two_run(struct two *t, uint64_t ms)
{
	uint8_t b[sizeof(t->queue[0].b)];

	for (uint64_t end = t->timers.now_ms + ms; t->timers.now_ms < end;) {
		timers_run(&t->timers, t->timers.now_ms + 10);
		for (unsigned i = 0; i < TWO_QUEUE; i++) {
			size_t len = t->queue[i].len;

			if (len == 0 || t->queue[i].due_ms > t->timers.now_ms)
				continue;
			memcpy(b, t->queue[i].b, len);
			t->queue[i].len = 0;
			if (!t->queue[i].to->deaf)
				input(t->queue[i].to, &t->queue[i].local, &t->queue[i].remote, b,
					len);
		}
	}
}

static bool
has(const struct end *e, const uint8_t icookie[8])
{
	struct ike_sa_info info;

	for (unsigned i = 0; i < e->n_sas; i++) {
		if (e->sas[i].sa == NULL || !e->sas[i].up)
			continue;
		ike_sa_info(e->sas[i].sa, &info);
		if (memcmp(info.icookie, icookie, 8) == 0)
			return true;
	}
	return false;
}

struct ike_sa *
two_youngest(const struct end *e)
{
	struct ike_sa_info info;

	for (unsigned i = e->n_sas; i > 0; i--) {
		if (e->sas[i - 1].sa == NULL || !e->sas[i - 1].up)
			continue;
		ike_sa_info(e->sas[i - 1].sa, &info);
		if (has(e->other, info.icookie))
			return e->sas[i - 1].sa;
	}
	return NULL;
}

static void
renew(struct end *e, const struct ike_peer *peer)
{
	struct two_sa *s = slot(e);

	s->sa = ike_sa_renew(&e->config, &e->two->timers, &e->two->events, s, peer, "ours");
	assert_non_null(s->sa);
}

void
two_renew(struct end *e)
{
	struct ike_peer peer;

	assert_true(ike_sa_peer(two_youngest(e), &peer));
	renew(e, &peer);
}

int
two_rekey(struct end *e)
{
	return ike_sa_rekey(two_youngest(e), e->config.esp[0]);
}

unsigned
two_agree(const struct two *t)
{
	unsigned both = 0;

	for (unsigned i = 0; i < t->gate.n_pairs; i++) {
		const struct two_pair *p = &t->gate.pairs[i];
		const struct two_pair *twin = find(&t->client, p->child.spi_out);

		/* A quick mode of the client whose message 2 was lost is known at one end only. */
		if (twin == NULL || !p->up || !twin->up)
			continue;
		assert_int_equal(twin->child.spi_out, p->child.spi_in);
		assert_memory_equal(&twin->child.in, &p->child.out, sizeof(p->child.out));
		assert_memory_equal(&twin->child.out, &p->child.in, sizeof(p->child.in));
		both++;
	}
	return both;
}

static void
end_init(struct two *t, struct end *e, struct end *other, const char *suite, enum dh_group pfs)
{
	*e = (struct end){.two = t, .other = other};
	assert_true(secret_set(&e->config.psk, PSK, strlen(PSK)));
	assert_int_equal(ike_suite_parse(suite, &e->config.suites[0]), 0);
	e->config.n_suites = 1;
	e->config.esp[0] = esp_suite_find("aes128-sha1");
	e->config.n_esp = 1;
	e->config.life_s = 28800;
	e->config.esp_life_s = 3600;
	e->config.pfs[0] = pfs;
	e->config.n_pfs = pfs != 0;
	e->config.natt = true;
}

/* UDP 1701 at the address. */
static void
traffic_id(struct ike_traffic *traffic, unsigned i, be32 addr)
{
	const uint8_t head[4] = {ISAKMP_ID_IPV4, 17, 1701 >> 8, 1701 & 0xff};

	memcpy(traffic->id[i], head, 4);
	memcpy(traffic->id[i] + 4, &addr, 4);
	traffic->len[i] = 8;
}

void
two_init(struct two *t, const char *suite, enum dh_group pfs, bool nat)
{
	struct ike_peer peer = {.natt_hex = "4a131c81070358455c5728f20e95452f",
		.id = "10.0.0.254",
		.client = "",
		.traffic = {.known = true,
			.pfs = pfs,
			.life_s = 3600,
			.life_kb = 250000,
			.peer_port = htons(1701)}};

	log_set_level_all(LOG_LEVEL_ERR);
	memset(t, 0, sizeof(*t));
	timers_init(&t->timers, 1000);
	events_init(&t->events);
	end_init(t, &t->gate, &t->client, suite, pfs);
	end_init(t, &t->client, &t->gate, suite, pfs);
	t->gate.self = t->gate.seen = (struct ip_end){inet_addr("10.0.0.254"), htons(500)};
	t->client.self = (struct ip_end){inet_addr(nat ? "192.168.1.10" : "10.0.0.1"), htons(500)};
	t->client.seen = (struct ip_end){inet_addr("10.0.0.1"), htons(nat ? 20500 : 500)};
	peer.local = t->client.self;
	peer.remote = t->gate.seen;
	peer.suite = t->client.config.suites[0];
	/* As if the gateway had initiated the last quick mode: IDci is the gateway's. */
	traffic_id(&peer.traffic, 0, t->gate.self.addr);
	traffic_id(&peer.traffic, 1, t->client.self.addr);
	renew(&t->client, &peer);
	two_run(t, 1000);
	assert_int_equal(t->gate.ups, 1);
	assert_int_equal(t->client.ups, 1);
	assert_int_equal(two_rekey(&t->client), 0);
	two_run(t, 20000);
	assert_int_equal(two_agree(t), 1);
	t->n_sent = 0;
	t->gate.sent = t->client.sent = 0;
}

static void
end_fini(struct end *e)
{
	for (unsigned i = 0; i < e->n_sas; i++)
		ike_sa_free(e->sas[i].sa);
}

void
two_fini(struct two *t)
{
	end_fini(&t->gate);
	end_fini(&t->client);
}
