/* SPDX-License-Identifier: BSD-3-Clause */
/* A DHCP client under test: its clock, a server's messages, and a record of its events. */
#ifndef TEST_DHCP_RIG_H
#define TEST_DHCP_RIG_H

#include "acd.h"
#include "dhcp_client.h"
#include "ipv4.h"
#include "log.h"
#include "rdwr.h"
#include "unit.h"

#define ADDR   "10.0.0.50"
#define SERVER "10.0.0.3"
#define LEASE  3600

static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t other_mac[6] = {2, 0, 0, 0, 0, 9};

enum { MAX_SENT = 32 };

struct sent {
	uint64_t at_ms;
	enum dhcp_type type;
	uint32_t id;
	be32 ciaddr, wanted, server, src, dst;
	bool broadcast, flag;
};

struct rig {
	struct timers timers;
	struct dhcp_client *c;
	unsigned n_sent, probes, announces, bounds, losses;
	struct sent sent[MAX_SENT];
	bool accept;
	struct dhcp_lease lease; /* of the last event */
};

static inline void
read_options(struct rd *r, struct sent *s)
{
	while (rd_more(r)) {
		uint8_t option = rd_u8(r);
		struct rd value;

		if (option == DHCP_OPTION_END)
			return;
		if (option == DHCP_OPTION_PAD)
			continue;
		value = rd_sub(r, rd_u8(r));
		if (option == DHCP_OPTION_TYPE)
			s->type = rd_u8(&value);
		else if (option == DHCP_OPTION_ADDRESS)
			s->wanted = rd_be32(&value);
		else if (option == DHCP_OPTION_SERVER)
			s->server = rd_be32(&value);
	}
	fail_msg("no end of options");
}

static inline void
on_send(void *arg, const uint8_t *packet, size_t len, bool broadcast)
{
	struct rig *g = arg;
	struct sent *s = &g->sent[g->n_sent++];
	struct ipv4 ipv4;
	struct udp udp;
	struct rd r;

	assert_true(g->n_sent < MAX_SENT);
	assert_true(ipv4_read(packet, len, &ipv4) && udp_read(&ipv4, &udp));
	assert_int_equal(udp.src.port, htons(68));
	assert_int_equal(udp.dst.port, htons(67));
	assert_true(udp.payload_len >= 300);
	*s = (struct sent){.at_ms = g->timers.now_ms,
		.src = ipv4.src,
		.dst = ipv4.dst,
		.broadcast = broadcast};
	r = rd_init(udp.payload, udp.payload_len);
	assert_int_equal(rd_u32(&r), 0x01010600);
	s->id = rd_u32(&r);
	rd_u16(&r);
	s->flag = rd_u16(&r) == 0x8000;
	s->ciaddr = rd_be32(&r);
	rd_bytes(&r, 12);
	assert_memory_equal(rd_bytes(&r, 16), mac, 6);
	rd_bytes(&r, 192);
	assert_int_equal(rd_u32(&r), DHCP_COOKIE);
	read_options(&r, s);
}

static inline void
on_probe(void *arg, be32 addr)
{
	struct rig *g = arg;

	assert_int_equal(addr, unit_addr(ADDR));
	g->probes++;
}

static inline void
on_announce(void *arg, be32 addr)
{
	struct rig *g = arg;

	assert_int_equal(addr, unit_addr(ADDR));
	g->announces++;
}

static inline bool
on_accept(void *arg, const struct dhcp_lease *lease)
{
	(void)lease;
	return ((struct rig *)arg)->accept;
}

static inline void
on_bound(void *arg, const struct dhcp_lease *lease)
{
	struct rig *g = arg;

	g->bounds++;
	g->lease = *lease;
}

static inline void
on_lost(void *arg, const char *why)
{
	(void)why;
	((struct rig *)arg)->losses++;
}

static const struct dhcp_client_events events = {
	.send = on_send,
	.probe = on_probe,
	.announce = on_announce,
	.accept = on_accept,
	.bound = on_bound,
	.lost = on_lost,
};

static inline struct rig *
rig_new(void)
{
	struct rig *g = calloc(1, sizeof(*g));

	log_set_level_all(LOG_LEVEL_ERR);
	timers_init(&g->timers, 1000);
	g->accept = true;
	g->c = dhcp_client_new(mac, &g->timers, &events, g);
	assert_non_null(g->c);
	return g;
}

static inline void
rig_free(struct rig *g)
{
	dhcp_client_free(g->c);
	dhcp_client_free(NULL);
	unit_no_timers(&g->timers);
	free(g);
}

static inline void
pass(struct rig *g, uint64_t ms)
{
	unit_wait(&g->timers, ms);
}

static inline void
expect_state(const struct rig *g, const char *name)
{
	struct dhcp_client_info info;

	dhcp_client_info(g->c, &info);
	assert_string_equal(info.state, name);
}

/* Lets time pass until there is one more message, and returns it. */
static const struct sent *
next(struct rig *g, uint64_t most_ms)
{
	unsigned before = g->n_sent;

	for (uint64_t t = 0; t <= most_ms && g->n_sent == before; t += 10)
		pass(g, 10);
	assert_int_equal(g->n_sent, before + 1);
	return &g->sent[before];
}

/* A server's message, with what a case changes. */
struct answer {
	enum dhcp_type type;
	const char *address, *server; /* NULL: ADDR, SERVER; "": absent */
	uint32_t lease_s, renew_s, rebind_s; /* 0: LEASE for the first, absent for the others */
	bool no_mask, other_id, other_client, no_lease;
	const uint8_t *options; /* further ones */
	size_t options_len;
};

static inline void
put_option(struct wr *w, uint8_t option, uint32_t value)
{
	wr_u8(w, option);
	wr_u8(w, 4);
	wr_u32(w, value);
}

static inline size_t
build(const struct rig *g, const struct answer *a, uint8_t *packet, size_t size)
{
	const struct ip_end from = {unit_addr(SERVER), htons(67)},
			    to = {unit_addr("255.255.255.255"), htons(68)};
	uint32_t id = g->n_sent > 0 ? g->sent[g->n_sent - 1].id : 0;
	const char *address = a->address ? a->address : ADDR;
	const char *server = a->server ? a->server : SERVER;
	uint8_t message[600];
	struct wr w = wr_init(message, sizeof(message));

	wr_u32(&w, 0x02010600);
	wr_u32(&w, a->other_id ? id + 1 : id);
	wr_zero(&w, 8);
	wr_be32(&w, a->type == DHCP_NAK ? 0 : unit_addr(address));
	wr_zero(&w, 8);
	wr_bytes(&w, a->other_client ? other_mac : mac, 6);
	wr_zero(&w, 10 + 192);
	wr_u32(&w, DHCP_COOKIE);
	wr_u8(&w, DHCP_OPTION_TYPE);
	wr_u8(&w, 1);
	wr_u8(&w, (uint8_t)a->type);
	if (server[0] != '\0')
		put_option(&w, DHCP_OPTION_SERVER, ntohl(unit_addr(server)));
	if (a->type != DHCP_NAK) {
		if (!a->no_mask)
			put_option(&w, DHCP_OPTION_MASK, 0xffffff00);
		if (!a->no_lease)
			put_option(&w, DHCP_OPTION_LEASE, a->lease_s ? a->lease_s : LEASE);
		put_option(&w, DHCP_OPTION_ROUTER, ntohl(unit_addr(SERVER)));
		if (a->renew_s != 0)
			put_option(&w, DHCP_OPTION_RENEW, a->renew_s);
		if (a->rebind_s != 0)
			put_option(&w, DHCP_OPTION_REBIND, a->rebind_s);
	}
	wr_bytes(&w, a->options, a->options_len);
	wr_u8(&w, DHCP_OPTION_END);
	assert_false(w.bad);
	return udp_write(packet, size, &from, &to, NULL, 0, message, wr_len(&w));
}

static inline void
answer(struct rig *g, const struct answer *a)
{
	uint8_t packet[800];

	dhcp_client_input(g->c, packet, build(g, a, packet, sizeof(packet)));
}

/* Passes another station's ARP message about an address. */
static inline void
hear(struct rig *g, const char *spa, const char *tpa, const uint8_t sha[6])
{
	struct arp_msg m = {.request = true, .spa = unit_addr(spa), .tpa = unit_addr(tpa)};

	memcpy(m.sha, sha, 6);
	dhcp_client_heard(g->c, &m);
}

/* Each brings a client into a state. */
static inline struct rig *
selecting(void)
{
	struct rig *g = rig_new();

	expect_state(g, "init");
	assert_int_equal(next(g, DHCP_START_MS)->type, DHCP_DISCOVER);
	expect_state(g, "selecting");
	return g;
}

static inline struct rig *
requesting(void)
{
	struct rig *g = selecting();

	answer(g, &(struct answer){.type = DHCP_OFFER});
	expect_state(g, "requesting");
	assert_int_equal(g->sent[g->n_sent - 1].type, DHCP_REQUEST);
	return g;
}

static inline struct rig *
checking(const struct answer *a)
{
	struct rig *g = requesting();

	answer(g, a);
	expect_state(g, "checking");
	return g;
}

static inline struct rig *
bound(const struct answer *a)
{
	struct rig *g = checking(a);

	pass(g, ACD_PROBE_NUM * ACD_PROBE_MAX_MS + ACD_ANNOUNCE_WAIT_MS);
	expect_state(g, "bound");
	assert_int_equal(g->probes, ACD_PROBE_NUM);
	assert_int_equal(g->bounds, 1);
	return g;
}

static const struct answer ack = {.type = DHCP_ACK};

static inline struct rig *
renewing(void)
{
	struct rig *g = bound(&ack);
	const struct sent *s = next(g, LEASE / 2 * 1000);

	expect_state(g, "renewing");
	assert_int_equal(s->type, DHCP_REQUEST);
	return g;
}

static inline struct rig *
rebinding(void)
{
	struct rig *g = renewing();

	while (!g->sent[g->n_sent - 1].broadcast)
		next(g, LEASE * 1000ull);
	expect_state(g, "rebinding");
	return g;
}

#endif
