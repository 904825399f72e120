/* SPDX-License-Identifier: BSD-3-Clause */
#include "dhcp_inform.h"

#include <stdbool.h>
#include <string.h>

#include "ipv4.h"
#include "rdwr.h"

enum {
	PORT_SERVER = 67,
	PORT_CLIENT = 68,
	OP_REQUEST = 1,
	OP_REPLY = 2,
	HARDWARE_LEN_MAX = 16,
	SERVER_NAME_LEN = 64,
	FILE_LEN = 128,
	TYPE_INFORM = 8,
	TYPE_ACK = 5,
};

#define COOKIE 0x63825363 /* RFC 2131, 3 */

/* RFC 2132; RFC 3442 for classless routes; 249 is what Windows had before that. */
enum option {
	OPTION_PAD = 0,
	OPTION_MASK = 1,
	OPTION_DNS = 6,
	OPTION_DOMAIN = 15,
	OPTION_TYPE = 53,
	OPTION_SERVER = 54,
	OPTION_WANTED = 55,
	OPTION_ROUTES = 121,
	OPTION_ROUTES_MS = 249,
	OPTION_END = 255,
};

/* What a question has for the answer. */
struct question {
	uint8_t hardware_type, hardware_len;
	uint32_t id;
	uint16_t flags;
	be32 client;
	const uint8_t *hardware; /* HARDWARE_LEN_MAX bytes */
	uint8_t type;
	struct rd wanted; /* numbers of options; empty: not said */
};

static void
options_read(struct rd *r, struct question *q)
{
	while (rd_more(r)) {
		uint8_t option = rd_u8(r);
		struct rd value;

		if (option == OPTION_PAD)
			continue;
		if (option == OPTION_END)
			return;
		value = rd_sub(r, rd_u8(r));
		if (option == OPTION_TYPE)
			q->type = rd_u8(&value);
		else if (option == OPTION_WANTED)
			q->wanted = value;
	}
}

static bool
question_read(const struct udp *udp, struct question *q)
{
	struct rd r = rd_init(udp->payload, udp->payload_len);
	uint8_t op = rd_u8(&r);

	memset(q, 0, sizeof(*q));
	q->hardware_type = rd_u8(&r);
	q->hardware_len = rd_u8(&r);
	rd_u8(&r); /* hops */
	q->id = rd_u32(&r);
	rd_u16(&r); /* seconds */
	q->flags = rd_u16(&r);
	q->client = rd_be32(&r);
	rd_bytes(&r, 12); /* yiaddr, siaddr, giaddr */
	q->hardware = rd_bytes(&r, HARDWARE_LEN_MAX);
	rd_bytes(&r, SERVER_NAME_LEN + FILE_LEN);
	if (rd_u32(&r) != COOKIE || r.bad || op != OP_REQUEST)
		return false;
	options_read(&r, q);
	return !r.bad && q->type == TYPE_INFORM;
}

static bool
wants(const struct question *q, uint8_t option)
{
	struct rd r = q->wanted;

	if (!rd_more(&r))
		return true;
	while (rd_more(&r))
		if (rd_u8(&r) == option)
			return true;
	return false;
}

static void
write_option(struct wr *w, enum option option, const void *value, size_t len)
{
	wr_u8(w, (uint8_t)option);
	wr_u8(w, (uint8_t)len);
	wr_bytes(w, value, len);
}

/* Each route: bits of its prefix, as many bytes of it as count, next hop (RFC 3442). */
static void
write_routes(struct wr *w, enum option option, const struct dhcp_inform *what)
{
	uint8_t value[DHCP_INFORM_ROUTES_MAX * 9];
	struct wr v = wr_init(value, sizeof(value));

	for (unsigned i = 0; i < what->n_routes && i < DHCP_INFORM_ROUTES_MAX; i++) {
		const struct ip_prefix *p = &what->routes[i];
		be32 network = ip_network(p);

		wr_u8(&v, p->len);
		wr_bytes(&v, &network, (p->len + 7u) / 8);
		wr_be32(&v, what->server);
	}
	write_option(w, option, value, wr_len(&v));
}

static void
write_options(struct wr *w, const struct question *q, const struct dhcp_inform *what)
{
	static const uint8_t ack = TYPE_ACK;
	size_t n_dns = what->dns[0] == 0 ? 0 : what->dns[1] == 0 ? 1 : 2;

	write_option(w, OPTION_TYPE, &ack, 1);
	write_option(w, OPTION_SERVER, &what->server, 4);
	if (wants(q, OPTION_MASK))
		write_option(w, OPTION_MASK, &what->mask, 4);
	if (n_dns != 0 && wants(q, OPTION_DNS))
		write_option(w, OPTION_DNS, what->dns, 4 * n_dns);
	if (what->domain[0] != '\0' && wants(q, OPTION_DOMAIN))
		write_option(w, OPTION_DOMAIN, what->domain, strlen(what->domain));
	if (what->n_routes != 0 && wants(q, OPTION_ROUTES))
		write_routes(w, OPTION_ROUTES, what);
	if (what->n_routes != 0 && wants(q, OPTION_ROUTES_MS))
		write_routes(w, OPTION_ROUTES_MS, what);
	wr_u8(w, OPTION_END);
}

size_t
dhcp_inform_answer(const uint8_t *packet, size_t len, be32 client, const struct dhcp_inform *what,
	uint8_t buf[DHCP_INFORM_ANSWER_MAX])
{
	const struct ip_end from = {what->server, htons(PORT_SERVER)};
	const struct ip_end to = {client, htons(PORT_CLIENT)};
	uint8_t answer[DHCP_INFORM_ANSWER_MAX - IPV4_HEADER_LEN - UDP_HEADER_LEN];
	struct wr w = wr_init(answer, sizeof(answer));
	struct question q;
	struct ipv4 ip;
	struct udp udp;

	if (!ipv4_read(packet, len, &ip) || ip.protocol != IPV4_PROTO_UDP || ip.fragment ||
		!udp_read(&ip, &udp) || udp.dst.port != htons(PORT_SERVER) ||
		!question_read(&udp, &q) || ip.src != client || q.client != client)
		return 0;
	wr_u8(&w, OP_REPLY);
	wr_u8(&w, q.hardware_type);
	wr_u8(&w, q.hardware_len);
	wr_u8(&w, 0);
	wr_u32(&w, q.id);
	wr_u16(&w, 0);
	wr_u16(&w, q.flags);
	wr_be32(&w, q.client);
	wr_zero(&w, 12); /* an inform is given no address (RFC 2131, 4.3.5) */
	wr_bytes(&w, q.hardware, HARDWARE_LEN_MAX);
	wr_zero(&w, SERVER_NAME_LEN + FILE_LEN);
	wr_u32(&w, COOKIE);
	write_options(&w, &q, what);
	if (w.bad)
		return 0;
	return udp_write(buf, DHCP_INFORM_ANSWER_MAX, &from, &to, answer, wr_len(&w), answer, 0);
}
