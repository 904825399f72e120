/* SPDX-License-Identifier: BSD-3-Clause */
/* The place of a client in the network: addresses, NAT, SAs, phases; the events of client.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <rte_errno.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "cksum.h"
#include "load.h"
#include "load_crc.h"

#define NAT_FIRST    1024
#define NAT_PAIRS    ((65536u - NAT_FIRST) / 2) /* a mapping for port 500 and one for 4500 */
#define INSIDE_FIRST 0xac10000au /* 172.16.0.10: the first host behind each NAT */
#define WINDOW       1024 /* replay window of clients, in packets */
#define SA_PER_PEER  4
#define UDP_LEN      8
#define L2TP_PORT    1701

struct spi_key {
	be32 addr, spi;
};

static const char *const role_names[] = {
	"good", "half-open", "wrong-psk", "wrong-password", "spoof", "fuzz"};

const char *
load_role_name(enum peer_role role)
{
	return role_names[role];
}

/* --- addresses -------------------------------------------------------------------------------- */

static uint32_t
nat_pair(const struct peer *p)
{
	uint32_t n = p->l->o.nat, turns = NAT_PAIRS / n;

	return p->turn % turns * n + p->slot;
}

be16
load_peer_port(const struct peer *p, uint16_t port)
{
	if (p->l->o.nat == 0)
		return htons(port);
	return htons((uint16_t)(NAT_FIRST + 2 * nat_pair(p) + (port == 4500)));
}

struct peer *
load_peer_by_end(struct load *l, be32 addr, be16 to, uint16_t *port)
{
	uint32_t i = ntohl(addr) - ntohl(l->o.addresses.first), n = l->o.nat;
	struct peer *p;

	if (!ip_range_contains(&l->o.addresses, addr))
		return NULL;
	*port = ntohs(to);
	if (n > 0) {
		if (*port < NAT_FIRST)
			return NULL;
		i = i * n + (uint32_t)(*port - NAT_FIRST) / 2 % n;
		*port = (*port - NAT_FIRST) & 1 ? 4500 : 500;
	}
	if (i >= l->n_peers || (*port != 500 && *port != 4500))
		return NULL;
	p = l->peers[i];
	/* The NAT has forgotten this mapping. */
	return load_peer_port(p, *port) == to ? p : NULL;
}

struct child *
load_peer_child(struct load *l, be32 addr, be32 spi)
{
	struct spi_key key = {addr, spi};
	void *child;

	return rte_hash_lookup_data(l->by_spi, &key, &child) >= 0 ? child : NULL;
}

struct peer *
load_peer_by_lease(struct load *l, be32 lease)
{
	void *p;

	return lease != 0 && rte_hash_lookup_data(l->by_lease, &lease, &p) >= 0 ? p : NULL;
}

bool
load_peer_roam(struct peer *p)
{
	be16 port;

	if (p->l->o.nat == 0)
		return false;
	p->turn++;
	port = load_peer_port(p, 4500);
	LIST_FOREACH (it, &p->children) {
		struct sa_out *out = container_of(it, struct child, node)->out;

		if (out->hdr_len == SA_OUT_HDR_MAX)
			memcpy(out->hdr + sizeof(struct rte_ipv4_hdr) +
					offsetof(struct rte_udp_hdr, src_port),
				&port, sizeof(port));
	}
	return true;
}

/* --- SAs -------------------------------------------------------------------------------------- */

static void
child_free(struct child *c)
{
	slab_release(c->in);
	slab_release(c->out);
	free(c);
}

void
load_peer_reap(struct load *l)
{
	LIST_FOREACH_SAFE (it, &l->retired)
		child_free(container_of(it, struct child, node));
	list_init(&l->retired);
}

static void
send_on_newest(struct peer *p)
{
	struct child *c = list_empty(&p->children)
				  ? NULL
				  : container_of(p->children.next, struct child, node);

	atomic_store_explicit(&p->sess.out, c ? c->out : NULL, memory_order_relaxed);
}

/* Freed at the end of the turn: packets in progress may refer to it. */
static void
child_retire(struct peer *p, struct child *c)
{
	struct spi_key key = {p->outer, c->spi_in};

	/* Packets that wait to be sent on it still are. */
	load_esp_seal(p->l);
	rte_hash_del_key(p->l->by_spi, &key);
	list_del(&c->node);
	list_add_tail(&p->l->retired, &c->node);
	send_on_newest(p);
}

static int
on_child_new(void *arg, const struct client_child *child)
{
	struct peer *p = arg;
	struct spi_key key = {p->outer, child->spi_in};
	struct dp_sa sa = {
		.spi = child->spi_in,
		.suite = child->suite,
		.keys = &child->in,
		.udp_encap = child->udp_encap,
		.local = {p->outer, load_peer_port(p, 4500)},
		.remote = {p->l->o.gateway, htons(4500)},
	};
	struct child *c;

	if (load_peer_child(p->l, p->outer, child->spi_in) != NULL)
		return -EEXIST;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return -ENOMEM;
	c->spi_in = child->spi_in;
	c->in = sa_in_new(&p->l->slabs, p->l->w->mb, &sa, p->number, WINDOW);
	sa.spi = child->spi_out;
	sa.keys = &child->out;
	c->out = sa_out_new(&p->l->slabs, p->l->w->mb, &sa);
	if (c->in == NULL || c->out == NULL || rte_hash_add_key_data(p->l->by_spi, &key, c) < 0) {
		child_free(c);
		return -ENOMEM;
	}
	load_esp_seal(p->l);
	p->l->pairs++;
	p->n_pairs++;
	list_add_head(&p->children, &c->node);
	send_on_newest(p);
	load_trace_child(p->l->trace, p->outer, p->l->o.gateway, child);
	return 0;
}

static void
on_child_gone(void *arg, be32 spi_in)
{
	struct peer *p = arg;
	struct child *c = load_peer_child(p->l, p->outer, spi_in);

	if (c != NULL)
		child_retire(p, c);
}

/* Behind a NAT: a private address, which two clients may share as with a router behind a router. */
static be32
inside(const struct peer *p)
{
	const struct load_options *o = &p->l->o;

	if (o->nat == 0)
		return p->outer;
	return htonl(INSIDE_FIRST + (o->nat_inside ? p->slot % o->nat_inside : p->slot));
}

/* --- packets ---------------------------------------------------------------------------------- */

static void
on_send_ike(void *arg, uint16_t port, const uint8_t *msg, size_t len)
{
	struct peer *p = arg;
	struct ip_end from = {p->outer, load_peer_port(p, port)};

	if (p->role == ROLE_HALF_OPEN && p->heard > 1)
		return;
	load_wan_udp(p->l, &from, htons(port), port == 4500, msg, len);
}

static void
put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

uint16_t
load_peer_sum(const struct peer *p, const struct rte_mbuf *m)
{
	be32 ends[2] = {inside(p), p->l->o.gateway};
	uint16_t rest[2] = {htons(IPPROTO_UDP), htons(m->data_len)};
	uint32_t sum = cksum_add(cksum_add(0, ends, sizeof(ends)), rest, sizeof(rest));

	return cksum_fold(cksum_add(sum, rte_pktmbuf_mtod(m, const void *), m->data_len));
}

void
load_peer_l2tp(struct peer *p, struct rte_mbuf *m)
{
	struct lane *lane = &p->l->w->lane[LANE_SEAL];
	uint8_t *udp = (uint8_t *)rte_pktmbuf_prepend(m, UDP_LEN);
	uint16_t sum;

	put16(udp, L2TP_PORT);
	put16(udp + 2, L2TP_PORT);
	put16(udp + 4, m->data_len);
	put16(udp + 6, 0); /* optional in IPv4, and ESP has a better one */
	if (client_sums_udp(p->c)) {
		sum = load_peer_sum(p, m);
		sum = sum != 0 ? sum : 0xffff; /* RFC 768 */
		memcpy(udp + 6, &sum, sizeof(sum));
	}
	lane_append(lane, m, &p->sess);
	if (lane->n >= ESP_BATCH)
		load_esp_seal(p->l);
}

void
load_peer_ip(struct peer *p, struct rte_mbuf *m)
{
	uint8_t *head = (uint8_t *)rte_pktmbuf_prepend(m, (uint16_t)p->head_len);

	(void)client_traffic(p->c, m->data_len);
	memcpy(head, p->head, p->head_len);
	if (p->head_len_at != 0)
		put16(head + p->head_len_at, m->data_len);
	load_peer_l2tp(p, m);
}

/* One byte in a datagram, without the marker (RFC 3948, 2.3). */
static void
on_keepalive(void *arg)
{
	static const uint8_t keepalive = 0xff;
	struct peer *p = arg;
	struct ip_end from = {p->outer, load_peer_port(p, 4500)};

	p->l->keepalives++;
	load_wan_udp(p->l, &from, htons(4500), false, &keepalive, sizeof(keepalive));
}

static void
on_send_l2tp(void *arg, const uint8_t *msg, size_t len)
{
	struct peer *p = arg;
	struct rte_mbuf *m = load_port_new(p->l);
	char *to;

	if (m == NULL)
		return;
	to = rte_pktmbuf_append(m, (uint16_t)len);
	if (to == NULL) {
		rte_pktmbuf_free(m);
		return;
	}
	memcpy(to, msg, len);
	load_hostile_said(p, msg, len);
	load_peer_l2tp(p, m);
}

/* --- a client's life -------------------------------------------------------------------------- */

static void
on_isakmp_up(void *arg, const struct client_isakmp_keys *keys)
{
	struct peer *p = arg;

	p->n_isakmps++;
	load_trace_isakmp(p->l->trace, keys);
}

static void
on_phase(void *arg, enum client_phase phase)
{
	struct peer *p = arg;
	struct connect_stats *s = &p->l->connects;
	uint64_t now = p->l->now_us;

	/* The previous phase is over; a rekey does not change phases. */
	if (p->role == ROLE_GOOD && p->wanted && phase > CLIENT_MAIN_MODE && phase <= CLIENT_UP)
		load_samples_add(&s->phase[phase - 1], now - p->phase_us);
	p->phase_us = now;
}

static void
on_up(void *arg, be32 address, be32 gateway)
{
	struct peer *p = arg;
	struct load *l = p->l;

	p->lease = address;
	p->inner_gateway = gateway;
	p->lan_known = false;
	p->lan_asked_us = 0;
	p->head_len = client_data_head(p->c, p->head, &p->head_len_at);
	rte_hash_add_key_data(l->by_lease, &address, p);
	if (p->role != ROLE_GOOD)
		return;
	l->n_up++;
	if (!p->wanted)
		return;
	p->wanted = false;
	l->connects.up++;
	l->connects.last_us = l->now_us;
	load_samples_add(&l->connects.total, l->now_us - p->begun_us);
}

static void
forget_lease(struct peer *p)
{
	void *owner;

	if (p->lease == 0)
		return;
	/* The gateway may have leased it to another client meanwhile. */
	if (rte_hash_lookup_data(p->l->by_lease, &p->lease, &owner) >= 0 && owner == p)
		rte_hash_del_key(p->l->by_lease, &p->lease);
	p->lease = 0;
	if (p->role == ROLE_GOOD)
		p->l->n_up--;
}

static void
on_down(void *arg, enum client_why why, const char *text)
{
	struct peer *p = arg;
	struct connect_stats *s = &p->l->connects;

	forget_lease(p);
	if (p->role == ROLE_GOOD && (p->wanted || why != CLIENT_WHY_LOCAL)) {
		if (p->wanted)
			s->failures++;
		else
			s->ended++;
		s->why[why]++;
		snprintf(s->text[why], sizeof(s->text[why]), "client %u: %s", p->number + 1,
			text != NULL ? text : "");
		s->last_us = p->l->now_us;
	}
	p->wanted = false;
}

static void
on_inform(void *arg, bool answered)
{
	struct peer *p = arg;

	if (answered)
		p->l->informed++;
	else
		p->l->informs++;
}

static const struct client_events events = {
	.inform = on_inform,
	.send_ike = on_send_ike,
	.send_l2tp = on_send_l2tp,
	.keepalive = on_keepalive,
	.child_new = on_child_new,
	.child_gone = on_child_gone,
	.isakmp_up = on_isakmp_up,
	.phase = on_phase,
	.up = on_up,
	.down = on_down,
};

void
load_peer_connect(struct peer *p)
{
	struct load *l = p->l;

	p->begun_us = p->phase_us = l->now_us;
	p->heard = 0;
	p->wanted = p->role == ROLE_GOOD;
	if (p->wanted && l->connects.begun++ == 0)
		l->connects.first_us = l->now_us;
	client_connect(p->c);
}

void
load_peer_disconnect(struct peer *p)
{
	client_disconnect(p->c);
}

void
load_peer_die(struct peer *p)
{
	client_die(p->c);
	while (!list_empty(&p->children))
		child_retire(p, container_of(p->children.next, struct child, node));
	forget_lease(p);
	p->wanted = false;
}

/* --- all of them ------------------------------------------------------------------------------ */

/* "user-#" -> "user-17". */
static void
user_of(const struct load_options *o, uint32_t number, char *user, size_t size)
{
	const char *mark = strchr(o->user, '#');

	if (mark == NULL)
		snprintf(user, size, "%s", o->user);
	else
		snprintf(user, size, "%.*s%u%s", (int)(mark - o->user), o->user, number + 1,
			mark + 1);
}

static struct client *
client_of(struct peer *p, const struct client_config *config)
{
	const struct load_options *o = &p->l->o;
	char user[160], host[32];
	struct client_id id = {
		.inside = {inside(p), 0},
		.gateway = o->gateway,
		.user = user,
		.password = p->role == ROLE_WRONG_PASSWORD ? "wrong-password" : o->password,
		.host_name = host,
		.number = p->number,
	};

	user_of(o, p->number, user, sizeof(user));
	snprintf(host, sizeof(host), "DESKTOP-%07u", p->number + 1);
	return client_new(config, &id, &p->l->timers, &events, p);
}

static struct peer *
peer_new(struct load *l, uint32_t number, enum peer_role role)
{
	uint32_t share = l->o.nat ? l->o.nat : 1;
	struct peer *p = aligned_alloc(
		RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(sizeof(*p), RTE_CACHE_LINE_SIZE));

	if (p == NULL)
		return NULL;
	memset(p, 0, sizeof(*p));
	p->l = l;
	p->number = number;
	p->role = role;
	p->slot = number % share;
	p->outer = htonl(ntohl(l->o.addresses.first) + number / share);
	list_init(&p->children);
	p->c = client_of(p, &l->config[role][number % l->o.n_profiles]);
	if (p->c == NULL) {
		free(p);
		return NULL;
	}
	return p;
}

static void
fill_configs(struct load *l)
{
	for (enum peer_role role = 0; role < ROLE_N; role++)
		for (unsigned i = 0; i < l->o.n_profiles; i++) {
			struct client_config *c = &l->config[role][i];

			c->profile = profile_find(l->o.profiles[i]);
			c->psk = role == ROLE_WRONG_PSK ? "a wrong key" : l->o.psk;
			c->psk_len = strlen(c->psk);
			c->idle_ms = (uint32_t)(l->o.idle_s * 1000);
			c->esp_life_kb = l->o.esp_life_kb;
			c->pfs = (enum dh_group)l->o.pfs;
			c->fragment = (uint16_t)l->o.fragment;
			c->contact_again = l->o.contact_again;
		}
}

static struct rte_hash *
table_new(const char *name, uint32_t entries, uint32_t key_len)
{
	struct rte_hash_parameters parameters = {
		.name = name,
		.entries = entries,
		.key_len = key_len,
		.hash_func = load_crc,
		.socket_id = (int)rte_socket_id(),
	};

	return rte_hash_create(&parameters);
}

int
load_peers_open(struct load *l)
{
	const uint32_t n[ROLE_N] = {l->o.clients, l->o.half_open, l->o.wrong_psk,
		l->o.wrong_password, l->o.spoofers, l->o.fuzzers};
	uint32_t all = 0;

	for (enum peer_role role = 0; role < ROLE_N; role++)
		all += n[role];
	fill_configs(l);
	l->peers = calloc(all + 1, sizeof(struct peer *));
	l->by_spi = table_new("spi", SA_PER_PEER * all + 64, sizeof(struct spi_key));
	l->by_lease = table_new("lease", 2 * all + 64, sizeof(be32));
	if (l->peers == NULL || l->by_spi == NULL || l->by_lease == NULL)
		return -ENOMEM;
	for (enum peer_role role = 0; role < ROLE_N; role++) {
		l->role_first[role] = l->n_peers;
		l->role_n[role] = n[role];
		for (uint32_t i = 0; i < n[role]; i++) {
			l->peers[l->n_peers] = peer_new(l, l->n_peers, role);
			if (l->peers[l->n_peers] == NULL)
				return -ENOMEM;
			l->n_peers++;
		}
	}
	return 0;
}

void
load_peers_close(struct load *l)
{
	for (uint32_t i = 0; i < l->n_peers; i++) {
		load_peer_die(l->peers[i]);
		client_free(l->peers[i]->c);
		free(l->peers[i]);
	}
	load_peer_reap(l);
	free(l->peers);
	rte_hash_free(l->by_spi);
	rte_hash_free(l->by_lease);
}
