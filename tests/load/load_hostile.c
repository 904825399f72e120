/* SPDX-License-Identifier: BSD-3-Clause */
/* Misbehaviour beside the good clients. All of it is sent to the gateway under test only. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <rte_ip.h>
#include <rte_random.h>

#include "crypto/rng.h"
#include "load.h"
#include "wire/l2tp.h"

#define MESSAGE_MAX 1024
#define KEPT        256 /* encrypted packets to choose from for replay */
#define TURN_MAX    64 /* messages of each kind in one turn */
#define BACKLOG     256 /* messages that are due; more are forgotten */
#define TEMPLATES   8 /* messages of a fuzzer to mutate */
#define ESP_AT(p)   ((p)[9] == IPPROTO_UDP ? 28 : 20)

struct message {
	uint16_t len;
	uint8_t b[MESSAGE_MAX];
};

struct packet {
	uint16_t len;
	uint8_t b[1600];
};

/* Messages of one fuzzer in its tunnel: the last ones of PPP, and those that opened the tunnel. */
struct said {
	uint32_t n, n_control;
	uint16_t ns; /* of the next control message */
	struct message m[TEMPLATES], control[TEMPLATES];
};

#define CONTROL_HEAD 12 /* L2TP header of a control message (RFC 2661, 3.1) */

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static bool
is_control(const uint8_t *msg, size_t len)
{
	return len >= CONTROL_HEAD && (get16(msg) & L2TP_FLAG_T) != 0;
}

enum kind {
	KIND_FLOOD,
	KIND_REPLAY,
	KIND_CORRUPT,
	KIND_SPOOF,
	KIND_FUZZ,
	KIND_HALF_OPEN,
	KIND_WRONG_PSK,
	KIND_WRONG_PASSWORD,
	KIND_JOIN_SPOOFERS,
	KIND_JOIN_FUZZERS,
	N_KINDS
};

struct hostile {
	uint64_t at_us;
	double due[N_KINDS];
	uint32_t turn[ROLE_N]; /* the next client of each role */
	struct message first; /* message 1 of main mode */
	uint64_t n_kept;
	struct packet *kept;
	struct said *said; /* of each fuzzer */
};

static void
capture(void *arg, uint16_t port, const uint8_t *msg, size_t len)
{
	struct message *m = arg;

	(void)port;
	if (m->len > 0 || len > MESSAGE_MAX)
		return;
	m->len = (uint16_t)len;
	memcpy(m->b, msg, len);
}

/* Message 1 as a client of the scenario's first profile writes it. */
static int
learn_first(struct load *l, struct message *m)
{
	static const struct client_events events = {.send_ike = capture};
	struct client_id id = {
		.inside = {l->o.addresses.first, 0},
		.gateway = l->o.gateway,
		.user = "nobody",
		.password = "none",
		.host_name = "nobody",
	};
	struct client *c = client_new(&l->config[ROLE_GOOD][0], &id, &l->timers, &events, m);

	if (c == NULL)
		return -ENOMEM;
	client_connect(c);
	client_die(c);
	client_free(c);
	return m->len > 0 ? 0 : -EINVAL;
}

int
load_hostile_open(struct load *l)
{
	struct hostile *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return -ENOMEM;
	l->hostile = h;
	if (l->o.replay > 0 || l->o.corrupt > 0)
		h->kept = calloc(KEPT, sizeof(*h->kept));
	if (l->o.fuzzers > 0)
		h->said = calloc(l->o.fuzzers, sizeof(*h->said));
	return l->o.flood > 0 ? learn_first(l, &h->first) : 0;
}

void
load_hostile_close(struct load *l)
{
	if (l->hostile == NULL)
		return;
	free(l->hostile->kept);
	free(l->hostile->said);
	free(l->hostile);
}

void
load_hostile_sealed(struct load *l, const struct rte_mbuf *m)
{
	struct hostile *h = l->hostile;
	struct packet *p;

	if (h == NULL || h->kept == NULL || m->data_len > sizeof(p->b))
		return;
	p = &h->kept[h->n_kept++ % KEPT];
	p->len = m->data_len;
	memcpy(p->b, rte_pktmbuf_mtod(m, const void *), m->data_len);
}

void
load_hostile_said(struct peer *p, const uint8_t *msg, size_t len)
{
	struct load *l = p->l;
	struct said *s;
	struct message *m;

	if (p->role != ROLE_FUZZ || l->hostile == NULL || len > MESSAGE_MAX)
		return;
	s = &l->hostile->said[p->number - l->role_first[ROLE_FUZZ]];
	if (is_control(msg, len)) {
		/* To tunnel 0: a new one. */
		if (get16(msg + 4) == 0)
			s->n_control = 0;
		s->ns = (uint16_t)(get16(msg + 8) + (len > CONTROL_HEAD));
		if (len == CONTROL_HEAD || s->n_control == TEMPLATES)
			return;
		m = &s->control[s->n_control++];
	} else {
		m = &s->m[s->n++ % TEMPLATES];
	}
	m->len = (uint16_t)len;
	memcpy(m->b, msg, len);
}

/* --- deeds: each sends one message, or returns false ------------------------------------------ */

static bool
flood(struct load *l)
{
	struct message m = l->hostile->first;
	uint64_t cookie = rte_rand();
	struct ip_end from = {htonl(ntohl(l->o.made_up.first) +
				      (uint32_t)rte_rand_max(ip_range_count(&l->o.made_up))),
		htons((uint16_t)(1024 + rte_rand_max(64000)))};

	memcpy(m.b, &cookie, sizeof(cookie));
	/* The end of the last vendor ID. */
	if (l->o.flood_varied && m.len > sizeof(cookie))
		memcpy(m.b + m.len - sizeof(cookie), &cookie, sizeof(cookie));
	load_wan_udp(l, &from, htons(500), false, m.b, m.len);
	l->misdeeds.flood++;
	return true;
}

static bool
again(struct load *l, bool corrupt)
{
	struct hostile *h = l->hostile;
	const struct packet *p;
	struct rte_mbuf *m;
	uint8_t *b, seq_at;

	if (h->n_kept == 0 || (m = load_port_new(l)) == NULL)
		return false;
	p = &h->kept[rng_below(h->n_kept < KEPT ? (uint32_t)h->n_kept : KEPT)];
	b = (uint8_t *)rte_pktmbuf_append(m, p->len);
	memcpy(b, p->b, p->len);
	if (corrupt) {
		/* A new sequence number, so that it is not dropped as a replay. */
		seq_at = (uint8_t)(ESP_AT(b) + 6);
		b[seq_at] = (uint8_t)(b[seq_at] + 1);
		b[(uint32_t)ESP_AT(b) + 8 + rng_below(p->len - (uint32_t)ESP_AT(b) - 8)] ^=
			(uint8_t)(1u << rng_below(8));
		l->misdeeds.corrupt++;
	} else {
		l->misdeeds.replay++;
	}
	load_wan_ip(l, m);
	return true;
}

static struct peer *
next_of(struct load *l, enum peer_role role, enum client_phase phase)
{
	uint32_t n = l->role_n[role];

	for (uint32_t i = 0; i < n; i++) {
		struct peer *p = l->peers[l->role_first[role] + l->hostile->turn[role]++ % n];

		if (client_phase(p->c) == phase)
			return p;
	}
	return NULL;
}

static bool
spoof(struct load *l)
{
	struct peer *p = next_of(l, ROLE_SPOOF, CLIENT_UP);
	struct peer *victim = l->n_up > 0 ? l->peers[rng_below(l->role_n[ROLE_GOOD])] : NULL;
	be32 source;

	if (p == NULL)
		return false;
	/* Another client's lease, the LAN's host, or any address. */
	switch (rng_below(3)) {
	case 0:
		source = victim != NULL && victim->lease != 0 ? victim->lease : l->o.gateway;
		break;
	case 1:
		source = l->o.lan_address;
		break;
	default:
		source = rng_u32();
		break;
	}
	load_traffic_spoof(p, source);
	l->misdeeds.spoof++;
	return true;
}

/* Changes bytes after the header, which must match the tunnel, or truncates the message. */
static void
mutate(struct message *m)
{
	bool control = is_control(m->b, m->len);
	uint32_t n = 1 + rng_below(8), head = control ? CONTROL_HEAD : m->len > 8 ? 6 : 0;

	if (m->len == 0)
		return;
	for (uint32_t i = 0; i < n; i++) {
		uint8_t *at = &m->b[head + rng_below(m->len - head)];

		*at = (uint8_t)(rng_below(2) ? rng_u32() : *at ^ 1u << rng_below(8));
	}
	if (rng_below(4) == 0)
		m->len = (uint16_t)(head + 1 + rng_below(m->len - head));
	if (control)
		put16(m->b + 2, m->len);
}

static bool
fuzz(struct load *l)
{
	struct peer *p = next_of(l, ROLE_FUZZ, CLIENT_UP);
	struct said *s;
	struct message m;
	struct rte_mbuf *out;

	if (p == NULL)
		return false;
	s = &l->hostile->said[p->number - l->role_first[ROLE_FUZZ]];
	if (s->n == 0 || s->n_control == 0 || (out = load_port_new(l)) == NULL)
		return false;
	if (rng_below(2) == 0) {
		m = s->m[rng_below(s->n < TEMPLATES ? s->n : TEMPLATES)];
		mutate(&m);
	} else {
		m = s->control[rng_below(s->n_control)];
		mutate(&m);
		/* With the next Ns, or the gateway would ignore it. */
		put16(m.b + 8, s->ns);
		s->ns = (uint16_t)(s->ns + (get16(m.b + 4) != 0));
		l->misdeeds.fuzz_control++;
	}
	memcpy(rte_pktmbuf_append(out, m.len), m.b, m.len);
	load_peer_l2tp(p, out);
	l->misdeeds.fuzz++;
	return true;
}

static bool
begin(struct load *l, enum peer_role role, uint64_t *count)
{
	struct peer *p = l->role_n[role] > 0 ? next_of(l, role, CLIENT_IDLE) : NULL;

	if (p == NULL)
		return false;
	load_peer_connect(p);
	if (count != NULL)
		(*count)++;
	return true;
}

static bool
do_one(struct load *l, enum kind kind)
{
	struct hostile_stats *s = &l->misdeeds;

	switch (kind) {
	case KIND_FLOOD:
		return flood(l);
	case KIND_REPLAY:
		return again(l, false);
	case KIND_CORRUPT:
		return again(l, true);
	case KIND_SPOOF:
		return l->role_n[ROLE_SPOOF] > 0 && spoof(l);
	case KIND_FUZZ:
		return l->role_n[ROLE_FUZZ] > 0 && fuzz(l);
	case KIND_HALF_OPEN:
		return begin(l, ROLE_HALF_OPEN, &s->half_open);
	case KIND_WRONG_PSK:
		return begin(l, ROLE_WRONG_PSK, &s->wrong_psk);
	case KIND_WRONG_PASSWORD:
		return begin(l, ROLE_WRONG_PASSWORD, &s->wrong_password);
	case KIND_JOIN_SPOOFERS:
		return begin(l, ROLE_SPOOF, NULL);
	case KIND_JOIN_FUZZERS:
		return begin(l, ROLE_FUZZ, NULL);
	case N_KINDS:
		break;
	}
	return false;
}

void
load_hostile_run(struct load *l)
{
	const struct load_options *o = &l->o;
	const double rate[N_KINDS] = {o->flood, o->replay, o->corrupt, o->spoof, o->fuzz,
		o->storm_rate, o->storm_rate, o->storm_rate, o->storm_rate, o->storm_rate};
	struct hostile *h = l->hostile;
	double passed = h->at_us ? (double)(l->now_us - h->at_us) / 1e6 : 0;

	h->at_us = l->now_us;
	if (!l->gateway_known)
		return;
	for (enum kind k = 0; k < N_KINDS; k++) {
		h->due[k] += rate[k] * passed;
		h->due[k] = h->due[k] < BACKLOG ? h->due[k] : BACKLOG;
		for (unsigned i = 0; i < TURN_MAX && h->due[k] >= 1; i++, h->due[k]--)
			if (!do_one(l, k))
				break;
	}
}
