/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A DHCP client and a server that sends anything at any time. The input consists of records of
 * (operation, length (u16), bytes). Messages with the client's transaction and address reach its
 * states.
 */
#include <assert.h>
#include <string.h>

#include "cksum.h"
#include "dhcp_client.h"
#include "ipv4.h"
#include "log.h"
#include "rdwr.h"

enum op {
	OP_RAW, /* a packet */
	OP_MESSAGE, /* of a server; headers, transaction and client are added */
	OP_TIME, /* bytes are seconds that pass */
	OP_ARP, /* of another station */
	OP_COUNT,
};

#define LEN_MAX 1400
#define FIXED   240 /* up to the options */

static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};

struct world {
	struct timers timers;
	uint8_t id[4]; /* of the last message */
	bool bound;
};

static void
on_send(void *arg, const uint8_t *packet, size_t len, bool broadcast)
{
	struct world *w = arg;
	struct ipv4 ip;
	struct udp udp;

	(void)broadcast;
	assert(ipv4_read(packet, len, &ip) && udp_read(&ip, &udp) && udp.payload_len >= 300);
	memcpy(w->id, udp.payload + 4, sizeof(w->id));
}

static void
on_address(void *arg, be32 addr)
{
	(void)arg;
	assert(addr != 0);
}

static bool
on_accept(void *arg, const struct dhcp_lease *lease)
{
	(void)arg;
	return lease->address.len >= 12 && lease->address.len <= 30;
}

static void
on_bound(void *arg, const struct dhcp_lease *l)
{
	struct world *w = arg;

	assert(l->address.addr != 0 && l->server != 0 && l->n_routes <= DHCP_ROUTES_MAX);
	assert(l->renew_s < l->rebind_s && l->rebind_s < l->lease_s);
	w->bound = true;
}

static void
on_lost(void *arg, const char *why)
{
	struct world *w = arg;

	assert(w->bound && why != NULL);
	w->bound = false;
}

static const struct dhcp_client_events events = {
	.send = on_send,
	.probe = on_address,
	.announce = on_address,
	.accept = on_accept,
	.bound = on_bound,
	.lost = on_lost,
};

static void
message(struct world *w, struct dhcp_client *c, uint8_t *bytes, size_t len)
{
	const struct ip_end from = {htonl(0x0a000003), htons(67)},
			    to = {INADDR_BROADCAST, htons(68)};
	static const uint8_t head[4] = {2, 1, 6, 0}, cookie[4] = {0x63, 0x82, 0x53, 0x63};
	uint8_t packet[LEN_MAX + 64];
	size_t n;

	if (len >= FIXED) {
		memcpy(bytes, head, sizeof(head));
		memcpy(bytes + 4, w->id, sizeof(w->id));
		memcpy(bytes + 28, mac, sizeof(mac));
		memcpy(bytes + FIXED - 4, cookie, sizeof(cookie));
	}
	n = udp_write(packet, sizeof(packet), &from, &to, NULL, 0, bytes, len);
	dhcp_client_input(c, packet, n);
}

static void
hear(struct dhcp_client *c, const uint8_t *bytes, size_t len)
{
	struct arp_msg m = {.request = true};

	if (len < 14)
		return;
	memcpy(m.sha, bytes, 6);
	memcpy(&m.spa, bytes + 6, 4);
	memcpy(&m.tpa, bytes + 10, 4);
	dhcp_client_heard(c, &m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;
	struct rd r = rd_init(data, size);
	struct dhcp_client *c;

	log_set_level_all(LOG_LEVEL_ERR);
	memset(&w, 0, sizeof(w));
	timers_init(&w.timers, 1000);
	c = dhcp_client_new(mac, &w.timers, &events, &w);
	assert(c != NULL);
	timers_run(&w.timers, w.timers.now_ms + DHCP_START_MS);
	while (rd_more(&r)) {
		enum op op = rd_u8(&r) % OP_COUNT;
		size_t len = rd_u16(&r) % (LEN_MAX + 1);
		uint8_t bytes[LEN_MAX];
		struct dhcp_client_info info;

		if (len > rd_left(&r))
			len = rd_left(&r);
		if (len > 0)
			memcpy(bytes, rd_bytes(&r, len), len);
		if (op == OP_RAW)
			dhcp_client_input(c, bytes, len);
		else if (op == OP_MESSAGE)
			message(&w, c, bytes, len);
		else if (op == OP_ARP)
			hear(c, bytes, len);
		else
			timers_run(&w.timers, w.timers.now_ms + (len > 0 ? bytes[0] : 0) * 1000ull);
		dhcp_client_info(c, &info);
		assert((info.lease != NULL) == w.bound);
	}
	dhcp_client_free(c);
	return 0;
}
