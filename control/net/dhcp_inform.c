/* SPDX-License-Identifier: BSD-3-Clause */
#include "dhcp_inform.h"

#include <stdbool.h>
#include <string.h>

#include "dhcp.h"
#include "ipv4.h"
#include "rdwr.h"

/* What the answer needs from the question. */
struct question {
	uint8_t hardware_type, hardware_len;
	uint32_t id;
	uint16_t flags;
	be32 client;
	const uint8_t *hardware; /* DHCP_HARDWARE_LEN_MAX bytes */
	uint8_t type;
	struct rd wanted; /* numbers of options; empty: all */
};

static void
options_read(struct rd *r, struct question *q)
{
	while (rd_more(r)) {
		uint8_t option = rd_u8(r);
		struct rd value;

		if (option == DHCP_OPTION_PAD)
			continue;
		if (option == DHCP_OPTION_END)
			return;
		value = rd_sub(r, rd_u8(r));
		if (option == DHCP_OPTION_TYPE)
			q->type = rd_u8(&value);
		else if (option == DHCP_OPTION_WANTED)
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
	q->hardware = rd_bytes(&r, DHCP_HARDWARE_LEN_MAX);
	rd_bytes(&r, DHCP_SERVER_NAME_LEN + DHCP_FILE_LEN);
	if (rd_u32(&r) != DHCP_COOKIE || r.bad || op != DHCP_OP_REQUEST)
		return false;
	options_read(&r, q);
	return !r.bad && q->type == DHCP_INFORM;
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

/*
 * A route is the length of its prefix in bits, the significant bytes of that, and the next hop (RFC
 * 3442).
 */
static void
write_routes(struct wr *w, enum dhcp_option option, const struct dhcp_inform *what)
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
	dhcp_write_option(w, option, value, wr_len(&v));
}

static void
write_options(struct wr *w, const struct question *q, const struct dhcp_inform *what)
{
	static const uint8_t ack = DHCP_ACK;
	size_t n_dns = what->dns[0] == 0 ? 0 : what->dns[1] == 0 ? 1 : 2;

	dhcp_write_option(w, DHCP_OPTION_TYPE, &ack, 1);
	dhcp_write_option(w, DHCP_OPTION_SERVER, &what->server, 4);
	if (wants(q, DHCP_OPTION_MASK))
		dhcp_write_option(w, DHCP_OPTION_MASK, &what->mask, 4);
	if (n_dns != 0 && wants(q, DHCP_OPTION_DNS))
		dhcp_write_option(w, DHCP_OPTION_DNS, what->dns, 4 * n_dns);
	if (what->domain[0] != '\0' && wants(q, DHCP_OPTION_DOMAIN))
		dhcp_write_option(w, DHCP_OPTION_DOMAIN, what->domain, strlen(what->domain));
	if (what->n_routes != 0 && wants(q, DHCP_OPTION_ROUTES))
		write_routes(w, DHCP_OPTION_ROUTES, what);
	if (what->n_routes != 0 && wants(q, DHCP_OPTION_ROUTES_MS))
		write_routes(w, DHCP_OPTION_ROUTES_MS, what);
	wr_u8(w, DHCP_OPTION_END);
}

size_t
dhcp_inform_answer(const uint8_t *packet, size_t len, be32 client, const struct dhcp_inform *what,
	uint8_t buf[DHCP_INFORM_ANSWER_MAX])
{
	const struct ip_end from = {what->server, htons(DHCP_PORT_SERVER)};
	const struct ip_end to = {client, htons(DHCP_PORT_CLIENT)};
	uint8_t answer[DHCP_INFORM_ANSWER_MAX - IPV4_HEADER_LEN - UDP_HEADER_LEN];
	struct wr w = wr_init(answer, sizeof(answer));
	struct question q;
	struct ipv4 ip;
	struct udp udp;

	if (!ipv4_read(packet, len, &ip) || ip.protocol != IPV4_PROTO_UDP || ip.fragment ||
		!udp_read(&ip, &udp) || udp.dst.port != htons(DHCP_PORT_SERVER) ||
		!question_read(&udp, &q) || ip.src != client || q.client != client)
		return 0;
	wr_u8(&w, DHCP_OP_REPLY);
	wr_u8(&w, q.hardware_type);
	wr_u8(&w, q.hardware_len);
	wr_u8(&w, 0);
	wr_u32(&w, q.id);
	wr_u16(&w, 0);
	wr_u16(&w, q.flags);
	wr_be32(&w, q.client);
	wr_zero(&w, 12); /* the answer assigns no address (RFC 2131, 4.3.5) */
	wr_bytes(&w, q.hardware, DHCP_HARDWARE_LEN_MAX);
	wr_zero(&w, DHCP_SERVER_NAME_LEN + DHCP_FILE_LEN);
	wr_u32(&w, DHCP_COOKIE);
	write_options(&w, &q, what);
	if (w.bad)
		return 0;
	return udp_write(buf, DHCP_INFORM_ANSWER_MAX, &from, &to, answer, wr_len(&w), answer, 0);
}
