/* SPDX-License-Identifier: BSD-3-Clause */
/* The network between clients and gateway, and the LAN behind it. */
#include <string.h>

#include "ipv4.h"
#include "rig.h"

/* A packet in the network. */
struct packet {
	struct list node; /* in rig.packets */
	uint64_t at_ms, order;
	bool to_client, ike;
	struct ip_end from, to; /* outer ends; of plain ESP to a client the port is not looked at */
	struct fake_esp esp;
	bool udp_encap;
	size_t len;
	uint8_t bytes[];
};

be32
rig_addr(const char *text)
{
	be32 addr;

	assert_int_equal(ip_parse(text, &addr), 0);
	return addr;
}

struct ip_end
rig_end(const char *addr, uint16_t port)
{
	return (struct ip_end){rig_addr(addr), htons(port)};
}

/* --- faults ----------------------------------------------------------------------------------- */

static unsigned
chance(struct rig *r)
{
	r->seed = r->seed * 1664525u + 1013904223u;
	return (r->seed >> 16) % 100;
}

static void
enter(struct rig *r, const struct packet *p, const uint8_t *bytes, uint64_t delay_ms)
{
	struct packet *copy = fake_alloc(sizeof(*copy) + p->len);

	*copy = *p;
	copy->at_ms = r->now_ms + delay_ms;
	copy->order = r->order++;
	memcpy(copy->bytes, bytes, p->len);
	list_add_tail(&r->packets, &copy->node);
}

/* The client has no replay window, so what is sealed for it does not come twice. */
static bool
may_double(const struct packet *p)
{
	return p->ike || !p->to_client;
}

static void
put(struct rig *r, const struct packet *p, const uint8_t *bytes)
{
	const struct rig_link *l = &r->link;
	unsigned n = r->n_packets++;
	enum rig_fault fault = n >= l->at && n - l->at < l->n ? l->fault : RIG_FINE;
	uint64_t delay = RIG_LINK_MS;

	if (l->cut || fault == RIG_LOST || (l->loss != 0 && chance(r) < l->loss))
		return;
	if (fault == RIG_LATE)
		delay += 700;
	else if (l->reorder != 0 && chance(r) < l->reorder)
		delay += 10 * chance(r) / 3;
	enter(r, p, bytes, delay);
	if (may_double(p) &&
		(fault == RIG_DOUBLED || (l->doubling != 0 && chance(r) < l->doubling)))
		enter(r, p, bytes, delay + (fault == RIG_DOUBLED ? 60 : 10 * chance(r) / 5));
}

/* --- from clients ----------------------------------------------------------------------------- */

void
rig_client_send(struct rig_client *rc, bool ike, uint16_t port, const uint8_t *msg, size_t len)
{
	const struct ip_end gateway = {rig_addr(RIG_WAN), htons(port)};
	struct packet p = {.ike = ike, .to = gateway, .len = len};
	struct rig_child *child;

	if (rc->off ||
		(rc->rig->client_tap != NULL && !rc->rig->client_tap(rc->rig, rc, ike, msg, len)))
		return;
	p.from = rc->outer[!ike || port == IKE_NATT_PORT];
	if (!ike) {
		child = &rc->child[rc->n_children - 1];
		p.udp_encap = child->child.udp_encap;
		p.esp = (struct fake_esp){
			child->child.spi_out, ++child->seq, p.from, htons(L2TP_PORT)};
	}
	put(rc->rig, &p, msg);
}

void
rig_ike_from(
	struct rig *r, const struct ip_end *from, uint16_t port, const uint8_t *msg, size_t len)
{
	const struct packet p = {
		.ike = true, .from = *from, .to = rig_end(RIG_WAN, port), .len = len};

	put(r, &p, msg);
}

/* --- from the gateway ------------------------------------------------------------------------- */

static bool
has_child(const struct rig_client *rc, be32 spi_in)
{
	for (unsigned i = 0; i < rc->n_children; i++)
		if (rc->child[i].child.spi_in == spi_in)
			return true;
	return false;
}

static void
take_l2tp(struct rig *r, const struct fake_packet *f)
{
	const struct packet p = {.to_client = true,
		.to = f->remote,
		.udp_encap = f->udp_encap,
		.esp.spi = f->spi,
		.len = f->len};

	if (f->sealed)
		put(r, &p, f->bytes);
}

static void
take_ip(struct rig *r, const struct fake_packet *f)
{
	struct packet p = {.to_client = true, .ike = true};
	struct ipv4 ip;
	struct udp udp;

	if (f->net != DP_WAN || !ipv4_read(f->bytes, f->len, &ip) || !udp_read(&ip, &udp))
		return;
	if (udp.payload_len == 1 && udp.payload[0] == 0xff) {
		r->keepalives++;
		return;
	}
	if (udp.src.port == htons(IKE_NATT_PORT)) {
		assert_memory_equal(udp.payload, "\0\0\0\0", 4);
		udp.payload += 4;
		udp.payload_len -= 4;
	}
	p.from = udp.src;
	p.to = udp.dst;
	p.len = udp.payload_len;
	put(r, &p, udp.payload);
}

/* An IP packet for a client, which arrives at once. */
static void
take_client(struct rig *r, const struct fake_packet *f)
{
	const struct sa_out *out = fake_dp_sess(r->dp, f->sid)->out;

	for (unsigned i = 0; out != NULL && i < r->n_clients; i++)
		if (!r->client[i].off && has_child(&r->client[i], out->sa.spi))
			client_ip_input(r->client[i].c, f->bytes, f->len);
}

/* A host of the LAN that has an address of the pool answers for it. */
static void
take_frame(struct rig *r, const struct fake_packet *f)
{
	struct arp_msg m, reply = {.sha = {2, 0, 0, 0, 0, 9}, .ether_src = {2, 0, 0, 0, 0, 9}};
	uint8_t frame[ARP_FRAME_LEN];

	if (!arp_read(f->bytes, f->len, &m))
		return;
	r->arps++;
	for (unsigned i = 0; i < r->n_taken; i++) {
		if (!m.request || f->net != DP_LAN || m.tpa != r->taken[i])
			continue;
		reply.spa = m.tpa;
		reply.tpa = m.spa;
		memcpy(reply.tha, m.sha, sizeof(reply.tha));
		arp_write(&reply, m.sha, frame);
		fake_dp_punt(r->dp, &(struct dp_punt){.reason = PUNT_ARP,
					    .net = DP_LAN,
					    .data = frame,
					    .len = sizeof(frame)});
	}
}

bool
rig_link_take(struct rig *r)
{
	bool any = !list_empty(&r->dp->sent);
	struct fake_packet *f;

	while ((f = fake_dp_next(r->dp)) != NULL) {
		if (r->tap == NULL || r->tap(r, f)) {
			if (f->call == FAKE_INJECT_L2TP)
				take_l2tp(r, f);
			else if (f->call == FAKE_INJECT_IP)
				take_ip(r, f);
			else if (f->call == FAKE_INJECT_FRAME)
				take_frame(r, f);
			else if (f->call == FAKE_INJECT_CLIENT)
				take_client(r, f);
		}
		fake_free(f);
	}
	return any;
}

/* --- arrival ---------------------------------------------------------------------------------- */

static void
to_gateway(struct rig *r, const struct packet *p)
{
	if (p->ike)
		fake_dp_wan_udp(r->dp, &p->from, &p->to, p->bytes, p->len);
	else
		fake_dp_esp(r->dp, &p->esp, p->bytes, p->len);
}

/* Whoever the NAT, or the network, sends it to as things are when it arrives. */
static void
to_client(struct rig *r, const struct packet *p)
{
	for (unsigned i = 0; i < r->n_clients; i++) {
		struct rig_client *rc = &r->client[i];
		bool natt = ip_end_equal(&rc->outer[1], &p->to);

		if (rc->off)
			continue;
		if (p->ike && (natt || ip_end_equal(&rc->outer[0], &p->to))) {
			client_ike_input(rc->c, natt ? IKE_NATT_PORT : IKE_PORT, p->bytes, p->len);
			return;
		}
		if (!p->ike && (p->udp_encap ? natt : rc->outer[1].addr == p->to.addr) &&
			has_child(rc, p->esp.spi)) {
			client_l2tp_input(rc->c, p->bytes, p->len);
			return;
		}
	}
}

static struct packet *
due(struct rig *r)
{
	struct packet *best = NULL;

	LIST_FOREACH (it, &r->packets) {
		struct packet *p = container_of(it, struct packet, node);

		if (p->at_ms <= r->now_ms &&
			(best == NULL || p->at_ms < best->at_ms ||
				(p->at_ms == best->at_ms && p->order < best->order)))
			best = p;
	}
	return best;
}

void
rig_link_deliver(struct rig *r)
{
	struct packet *p;

	while ((p = due(r)) != NULL) {
		list_del(&p->node);
		if (p->to_client)
			to_client(r, p);
		else
			to_gateway(r, p);
		fake_free(p);
	}
}

void
rig_link_clear(struct rig *r)
{
	while (!list_empty(&r->packets)) {
		struct packet *p = container_of(r->packets.next, struct packet, node);

		list_del(&p->node);
		fake_free(p);
	}
}
