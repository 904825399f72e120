/* SPDX-License-Identifier: BSD-3-Clause */
#include "gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/legacy.h"
#include "log.h"
#include "rdwr.h"
#include "dhcp_inform.h"
#include "wire/l2tp.h"

/*
 * --- the network
 * ---------------------------------------------------------------------------------------------
 */

static unsigned
chance(struct gw *g)
{
	g->seed = g->seed * 1664525u + 1013904223u;
	return (g->seed >> 16) % 100;
}

static void
put(struct gw *g, bool to_client, bool ike, uint16_t port, const uint8_t *msg, size_t len,
	uint64_t delay)
{
	for (unsigned i = 0; i < GW_QUEUE; i++) {
		struct gw_packet *p = &g->queue[i];

		if (p->at != 0)
			continue;
		/* Allocates the exact length: a sanitizer detects a read past its end. */
		*p = (struct gw_packet){g->timers.now_ms + delay, g->order++, to_client, ike, port,
			len, malloc(len)};
		memcpy(p->bytes, msg, len);
		return;
	}
	/* If it is full, as with the answers to a flood, the packet is lost. */
}

void
gw_enqueue(struct gw *g, bool to_client, bool ike, uint16_t port, const uint8_t *msg, size_t len)
{
	bool data = !ike && (msg[0] & 0x80) == 0;
	uint64_t delay = 10;

	if (g->cut || (g->no_data && data) || chance(g) < g->loss)
		return;
	if (chance(g) < g->reorder)
		delay += 10 * chance(g) / 3;
	put(g, to_client, ike, port, msg, len, delay);
	/* ESP's replay window drops duplicates. L2TP control tolerates them, PPP does not. */
	if (!data && chance(g) < g->duplicates)
		put(g, to_client, ike, port, msg, len, delay + 10 * chance(g) / 5);
}

/*
 * --- the owner of the client
 * -----------------------------------------------------------------------------------------
 */

static void
c_send_ike(void *arg, uint16_t port, const uint8_t *msg, size_t len)
{
	struct gw *g = arg;

	g->sent++;
	if (g->first == NULL) {
		g->first = malloc(len);
		memcpy(g->first, msg, len);
		g->first_len = len;
	}
	gw_enqueue(g, false, true, port, msg, len);
}

static void
c_send_l2tp(void *arg, const uint8_t *msg, size_t len)
{
	struct gw *g = arg;

	g->sent++;
	assert_true(g->n_children > 0);
	gw_enqueue(g, false, false, 0, msg, len);
}

static int
c_child_new(void *arg, const struct client_child *child)
{
	struct gw *g = arg;
	bool found = false;

	if (g->refuse_child)
		return -1;
	/* The gateway has made it before, with the same keys. */
	for (unsigned i = 0; i < g->n_pairs; i++) {
		const struct ike_child *p = &g->pair[i];

		if (p->spi_in != child->spi_out || p->spi_out != child->spi_in)
			continue;
		found = true;
		assert_ptr_equal(p->suite, child->suite);
		assert_int_equal(p->udp_encap, child->udp_encap);
		assert_int_equal(p->life_s, child->life_s);
		assert_memory_equal(&p->in, &child->out, sizeof(p->in));
		assert_memory_equal(&p->out, &child->in, sizeof(p->out));
	}
	assert_true(found);
	assert_true(g->n_children < GW_PAIRS);
	g->child[g->n_children++] = *child;
	g->childs++;
	return 0;
}

static void
c_child_gone(void *arg, be32 spi_in)
{
	struct gw *g = arg;

	for (unsigned i = 0; i < g->n_children; i++) {
		if (g->child[i].spi_in != spi_in)
			continue;
		g->child[i] = g->child[--g->n_children];
		g->gones++;
		return;
	}
	fail_msg("a pair is gone that never was");
}

static void
c_isakmp_up(void *arg, const struct client_isakmp_keys *keys)
{
	struct gw *g = arg;

	assert_true(keys->key_len >= 8);
	g->isakmps++;
}

static void
c_phase(void *arg, enum client_phase phase)
{
	struct gw *g = arg;

	g->phases |= 1u << phase;
}

static void
c_up(void *arg, be32 address, be32 gateway)
{
	struct gw *g = arg;

	g->ups++;
	g->address = address;
	g->peer = gateway;
}

static void
c_down(void *arg, enum client_why why, const char *text)
{
	struct gw *g = arg;

	g->downs++;
	g->why = why;
	snprintf(g->text, sizeof(g->text), "%s", text);
	assert_int_equal(client_phase(g->c), CLIENT_IDLE);
	assert_int_equal(g->n_children, 0);
}

static void
c_inform(void *arg, bool answered)
{
	struct gw *g = arg;

	g->asks += !answered;
	g->answers += answered;
}

static const struct client_events client_events = {
	.inform = c_inform,
	.send_ike = c_send_ike,
	.send_l2tp = c_send_l2tp,
	.child_new = c_child_new,
	.child_gone = c_child_gone,
	.isakmp_up = c_isakmp_up,
	.phase = c_phase,
	.up = c_up,
	.down = c_down,
};

/*
 * --- the gateway's L2TP and PPP
 * ------------------------------------------------------------------------------------------
 */

static void
l_send(void *arg, const uint8_t *msg, size_t len)
{
	gw_enqueue(arg, true, false, 0, msg, len);
}

static void
p_send(void *arg, const uint8_t *frame, size_t len)
{
	uint8_t buf[PPP_FRAME_MAX + 16];
	struct wr w = wr_init(buf, sizeof(buf));
	struct gw *g = arg;

	wr_u16(&w, L2TP_VERSION | L2TP_FLAG_L);
	wr_u16(&w, (uint16_t)(8 + len));
	wr_u16(&w, g->ids.peer_tid);
	wr_u16(&w, g->ids.peer_sid);
	wr_bytes(&w, frame, len);
	assert_false(w.bad);
	gw_enqueue(g, true, false, 0, buf, wr_len(&w));
}

static void
p_auth(void *arg, const struct ppp_auth *auth)
{
	uint8_t hash[MSCHAP_NT_HASH_LEN];
	char answer[MSCHAP_AUTH_LEN + 1] = "";
	struct gw *g = arg;
	bool good;

	assert_int_equal(mschap_nt_hash(GW_PASSWORD, hash), 0);
	good = strcmp(auth->user, GW_USER) == 0 &&
	       mschap_verify(hash, auth->challenge, GW_USER, auth->response, answer);
	ppp_auth_done(g->ppp, good ? PPP_AUTH_OK : PPP_AUTH_WRONG, answer);
}

static int
p_address(void *arg, struct ppp_net *net)
{
	(void)arg;
	*net = (struct ppp_net){inet_addr("192.168.0.254"), inet_addr("192.168.0.7"),
		{inet_addr("192.168.0.53"), 0}};
	return 0;
}

static void
p_up(void *arg, const struct ppp_link *link)
{
	struct gw *g = arg;

	(void)link;
	g->gw_ups++;
}

static void
p_down(void *arg, enum ppp_why why, const char *text)
{
	struct gw *g = arg;

	(void)why;
	(void)text;
	g->ppp_dead = true;
}

static const struct ppp_events ppp_events = {p_send, p_auth, p_address, p_up, p_down};

static void
l_session_up(void *arg, const struct l2tp_ids *ids)
{
	struct gw *g = arg;

	g->ids = *ids;
	assert_null(g->ppp);
	g->ppp = ppp_new(&g->ppp_config, &g->timers, &ppp_events, g, "gateway");
	ppp_open(g->ppp);
}

static void
l_session_down(void *arg, enum l2tp_why why, const char *text)
{
	struct gw *g = arg;

	(void)why;
	(void)text;
	g->ppp_dead = true;
}

static void
l_tunnel_down(void *arg, enum l2tp_why why, const char *text)
{
	(void)arg;
	(void)why;
	(void)text;
}

static const struct l2tp_events l2tp_events = {l_send, l_session_up, l_session_down, l_tunnel_down};

/* Processes IP of the client. */
static void
ip_in(struct gw *g, const uint8_t *packet, size_t len)
{
	const struct dhcp_inform what = {.domain = "corp.example", .server = g->peer};
	uint8_t answer[DHCP_INFORM_ANSWER_MAX];
	size_t n = dhcp_inform_answer(packet, len, g->address, &what, answer);

	assert_true(n > 0);
	if (g->informs++ < g->inform_lost)
		return;
	/* An answer to another address, or with another id, is ignored. */
	answer[16]++;
	answer[20 + 8 + 4]++;
	assert_false(client_ip_input(g->c, answer, n));
	answer[16]--;
	answer[20 + 8 + 4]--;
	/* It is accepted once, and not if the client has disconnected meanwhile. */
	client_ip_input(g->c, answer, n);
	assert_false(client_ip_input(g->c, answer, n));
}

static void
l2tp_in(struct gw *g, const struct gw_packet *p)
{
	struct rd r = rd_init(p->bytes, p->len);
	uint16_t flags = rd_u16(&r);

	if (g->n_pairs == 0)
		return;
	if (flags & L2TP_FLAG_T) {
		l2tp_input(g->l2tp, p->bytes, p->len);
		return;
	}
	if (flags & L2TP_FLAG_L)
		assert_int_equal(rd_u16(&r), p->len);
	if (g->ppp == NULL)
		return;
	assert_int_equal(rd_u16(&r), g->ids.our_tid);
	assert_int_equal(rd_u16(&r), g->ids.our_sid);
	if (rd_left(&r) > 4 && memcmp(r.p, "\xff\x03\x00\x21", 4) == 0)
		ip_in(g, r.p + 4, rd_left(&r) - 4);
	else
		ppp_input(g->ppp, r.p, rd_left(&r));
}

/* Frees what must not be freed inside an event. */
static void
bury(struct gw *g)
{
	if (g->ppp_dead && g->ppp != NULL) {
		ppp_free(g->ppp);
		g->ppp = NULL;
		l2tp_close(g->l2tp, L2TP_CDN_ADMIN, "");
	}
	g->ppp_dead = false;
	if (!g->over)
		return;
	ppp_free(g->ppp);
	g->ppp = NULL;
	l2tp_free(g->l2tp);
	g->l2tp = l2tp_new(&g->l2tp_config, &g->timers, &l2tp_events, g, "gateway");
	g->n_pairs = 0;
	g->over = false;
}

/* --- time ------------------------------------------------------------------------------------- */

static struct gw_packet *
due(struct gw *g)
{
	struct gw_packet *best = NULL;

	for (unsigned i = 0; i < GW_QUEUE; i++) {
		struct gw_packet *p = &g->queue[i];

		if (p->at != 0 && p->at <= g->timers.now_ms &&
			(best == NULL || p->at < best->at ||
				(p->at == best->at && p->order < best->order)))
			best = p;
	}
	return best;
}

static void
deliver(struct gw *g)
{
	struct gw_packet *p;

	while ((p = due(g)) != NULL) {
		struct gw_packet copy = *p;

		p->at = 0;
		if (copy.to_client && g->tap != NULL)
			g->tap(g, &copy);
		if (copy.to_client && copy.ike)
			client_ike_input(g->c, copy.port, copy.bytes, copy.len);
		else if (copy.to_client && g->n_children > 0)
			client_l2tp_input(g->c, copy.bytes, copy.len);
		else if (!copy.to_client && copy.ike)
			gw_ike_in(g, &copy);
		else if (!copy.to_client)
			l2tp_in(g, &copy);
		free(copy.bytes);
		bury(g);
	}
}

bool
gw_run(struct gw *g, uint64_t ms, bool (*done)(const struct gw *g))
{
	uint64_t end = g->timers.now_ms + ms;

	while (g->timers.now_ms < end) {
		timers_run(&g->timers, g->timers.now_ms + 10);
		bury(g);
		deliver(g);
		if (done != NULL && done(g))
			return true;
	}
	return done == NULL;
}

bool
gw_is_up(const struct gw *g)
{
	return client_phase(g->c) == CLIENT_UP && g->gw_ups > 0;
}

bool
gw_is_down(const struct gw *g)
{
	return client_phase(g->c) == CLIENT_IDLE;
}

/* --- life ------------------------------------------------------------------------------------- */

static const char *const ike_suites[] = {
	"aes256-sha256-modp2048", "aes256-sha1-modp2048", "aes256-sha256-modp1024"};
static const char *const esp_names[] = {"aes128-sha1", "aes256-sha1"};

void
gw_init(struct gw *g, const char *profile)
{
	memset(g, 0, sizeof(*g));
	log_set_level_all(LOG_LEVEL_ERR);
	assert_int_equal(legacy_init(), 0);
	timers_init(&g->timers, 1000);
	g->seed = 1;
	assert_true(secret_set(&g->ike.psk, GW_PSK, strlen(GW_PSK)));
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(
			ike_suite_parse(ike_suites[i], &g->ike.suites[g->ike.n_suites++]), 0);
	for (unsigned i = 0; i < 2; i++)
		g->ike.esp[g->ike.n_esp++] = esp_suite_find(esp_names[i]);
	g->ike.life_s = 28800;
	g->ike.esp_life_s = 3600;
	g->ike.natt = true;
	gw_ike_init(g);
	snprintf(g->l2tp_config.host_name, sizeof(g->l2tp_config.host_name), "gateway");
	g->l2tp_config.receive_window = 8;
	g->l2tp_config.hello_s = 60;
	g->ppp_config = (struct ppp_config){.mru = 1400,
		.mtu = 1400,
		.name = "gateway",
		.echo_s = 30,
		.echo_max = 4,
		.auth_tries = 3};
	g->l2tp = l2tp_new(&g->l2tp_config, &g->timers, &l2tp_events, g, "gateway");
	g->config = (struct client_config){
		.profile = profile_find(profile), .psk = GW_PSK, .psk_len = strlen(GW_PSK)};
	assert_non_null(g->config.profile);
	g->id = (struct client_id){
		.inside = {inet_addr(GW_OUTSIDE), 0},
		.gateway = inet_addr(GW_ADDRESS),
		.user = GW_USER,
		.password = GW_PASSWORD,
		.host_name = "DESKTOP-1234567",
		.number = 7,
	};
	g->c = client_new(&g->config, &g->id, &g->timers, &client_events, g);
	assert_non_null(g->c);
}

void
gw_nat(struct gw *g)
{
	g->nat = true;
	client_free(g->c);
	g->id.inside.addr = inet_addr(GW_INSIDE);
	g->c = client_new(&g->config, &g->id, &g->timers, &client_events, g);
	assert_non_null(g->c);
}

void
gw_fini(struct gw *g)
{
	client_free(g->c);
	for (unsigned i = 0; i < GW_SAS; i++)
		ike_sa_free(g->sa[i]);
	ppp_free(g->ppp);
	l2tp_free(g->l2tp);
	for (unsigned i = 0; i < GW_QUEUE; i++)
		if (g->queue[i].at != 0)
			free(g->queue[i].bytes);
	free(g->first);
	legacy_fini();
}

void
gw_connect(struct gw *g)
{
	unsigned ups = g->ups;

	client_connect(g->c);
	if (!gw_run(g, 120000, gw_is_up))
		fail_msg("stands in %s: %s: %s", client_phase_name(client_phase(g->c)),
			client_why_str(g->why), g->text);
	assert_true(g->ups > ups); /* more often, if LCP was renegotiated */
	assert_int_equal(g->address, inet_addr("192.168.0.7"));
	assert_int_equal(g->peer, inet_addr("192.168.0.254"));
	assert_int_equal(g->n_children, 1);
}

void
gw_assert_clean(const struct gw *g)
{
	for (unsigned i = 0; i < GW_SAS; i++)
		assert_null(g->sa[i]);
	assert_int_equal(g->n_pairs, 0);
	assert_null(g->ppp);
}
