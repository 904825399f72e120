/* SPDX-License-Identifier: BSD-3-Clause */
/* DHCPINFORM, by which Windows asks for more than its address once it is up (RFC 2131, 3.4). */
#include <string.h>

#include "client_internal.h"
#include "crypto/rng.h"
#include "dhcp.h"
#include "ipv4.h"

#define RAS_HARDWARE     8 /* htype and hlen that Windows uses for a dial-up interface */
#define RAS_HARDWARE_LEN 6
#define DHCP_CLASS       60 /* RFC 2132, 9.13 */

/* Writes the message; returns its length. */
static size_t
write_question(const struct client *c, uint8_t *buf, size_t size)
{
	static const char class[] = "MSFT 5.0";
	const uint8_t *wanted = c->profile->inform;
	struct wr w = wr_init(buf, size);

	wr_u8(&w, DHCP_OP_REQUEST);
	wr_u8(&w, RAS_HARDWARE);
	wr_u8(&w, RAS_HARDWARE_LEN);
	wr_u8(&w, 0);
	wr_u32(&w, c->inform.xid);
	wr_zero(&w, 4); /* seconds, flags */
	wr_be32(&w, c->ppp.addr[0]);
	wr_zero(&w, 12 + DHCP_HARDWARE_LEN_MAX + DHCP_SERVER_NAME_LEN + DHCP_FILE_LEN);
	wr_u32(&w, DHCP_COOKIE);
	wr_u8(&w, DHCP_OPTION_TYPE);
	wr_u8(&w, 1);
	wr_u8(&w, DHCP_INFORM);
	wr_u8(&w, DHCP_CLASS);
	wr_u8(&w, sizeof(class) - 1);
	wr_bytes(&w, class, sizeof(class) - 1);
	wr_u8(&w, DHCP_OPTION_WANTED);
	wr_u8(&w, (uint8_t)strlen((const char *)wanted));
	wr_bytes(&w, wanted, strlen((const char *)wanted));
	wr_u8(&w, DHCP_OPTION_END);
	return w.bad ? 0 : wr_len(&w);
}

static void
ask(struct client *c)
{
	const struct ip_end from = {c->ppp.addr[0], htons(DHCP_PORT_CLIENT)};
	const struct ip_end to = {INADDR_BROADCAST, htons(DHCP_PORT_SERVER)};
	uint8_t question[400], frame[4 + 28 + sizeof(question)];
	size_t len = write_question(c, question, sizeof(question));
	struct wr w = wr_init(frame, 4);

	wr_u8(&w, PPP_ADDRESS);
	wr_u8(&w, PPP_CONTROL);
	wr_u16(&w, PPP_IP);
	len = udp_write(frame + 4, sizeof(frame) - 4, &from, &to, NULL, 0, question, len);
	client_l2tp_data(c, frame, 4 + len);
	if (++c->inform.asked < CLIENT_INFORM_TRIES)
		timer_arm(&c->inform.timer, CLIENT_INFORM_MS);
}

static void
on_timer(struct timer *t)
{
	struct client *c = container_of(t, struct client, inform.timer);

	client_enter(c);
	ask(c);
	client_leave(c);
}

void
client_inform_init(struct client *c)
{
	timer_init(&c->inform.timer, c->timers, on_timer);
}

void
client_inform_begin(struct client *c)
{
	if (c->profile->inform == NULL)
		return;
	c->inform.waits = true;
	c->inform.asked = 0;
	c->inform.xid = rng_u32();
	if (c->ev.inform != NULL)
		c->ev.inform(c->arg, false);
	ask(c);
}

void
client_inform_stop(struct client *c)
{
	timer_stop(&c->inform.timer);
	c->inform.waits = false;
}

/* Whether the packet is the answer to the client's request. */
static bool
is_answer(const struct client *c, const struct udp *udp)
{
	struct rd r = rd_init(udp->payload, udp->payload_len);

	if (rd_u8(&r) != DHCP_OP_REPLY)
		return false;
	rd_bytes(&r, 3);
	if (rd_u32(&r) != c->inform.xid)
		return false;
	rd_bytes(&r, 4);
	if (rd_be32(&r) != c->ppp.addr[0])
		return false;
	rd_bytes(&r, 12 + DHCP_HARDWARE_LEN_MAX + DHCP_SERVER_NAME_LEN + DHCP_FILE_LEN);
	if (rd_u32(&r) != DHCP_COOKIE)
		return false;
	while (rd_more(&r)) {
		uint8_t option = rd_u8(&r);
		struct rd value = rd_sub(&r, rd_u8(&r));

		if (option == DHCP_OPTION_TYPE)
			return rd_u8(&value) == DHCP_ACK && !value.bad;
	}
	return false;
}

bool
client_ip_input(struct client *c, const uint8_t *packet, size_t len)
{
	struct ipv4 ip;
	struct udp udp;

	if (!c->inform.waits || !ipv4_read(packet, len, &ip) || !udp_read(&ip, &udp) ||
		udp.dst.port != htons(DHCP_PORT_CLIENT) || !is_answer(c, &udp))
		return false;
	client_inform_stop(c);
	if (c->ev.inform != NULL)
		c->ev.inform(c->arg, true);
	return true;
}
