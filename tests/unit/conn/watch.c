/* SPDX-License-Identifier: BSD-3-Clause */
#include "watch.h"

#include <string.h>

#include "ipv4.h"

enum { SEEN_MAX = 4096 };

/* Initiator cookies and message IDs that were on the network. */
static struct seen {
	uint8_t icookie[8];
	uint32_t message_id;
} seen[SEEN_MAX];
static unsigned n_seen;
static struct watch watch;

static bool
is_new(const struct ike_header *h)
{
	for (unsigned i = 0; i < n_seen; i++)
		if (memcmp(seen[i].icookie, h->icookie, 8) == 0 &&
			seen[i].message_id == h->message_id)
			return false;
	assert_true(n_seen < SEEN_MAX);
	memcpy(seen[n_seen].icookie, h->icookie, 8);
	seen[n_seen++].message_id = h->message_id;
	return true;
}

static void
look(enum watch_side side, const uint8_t *msg, size_t len)
{
	struct ike_header h;

	if (!ike_header_read(msg, len, &h) || !is_new(&h))
		return;
	watch.main_modes[side] += h.exchange == IKE_MAIN_MODE;
	watch.quick_modes[side] += h.exchange == IKE_QUICK_MODE;
}

static bool
of_gateway(struct rig *r, const struct fake_packet *p)
{
	struct ipv4 ip;
	struct udp udp;
	size_t marker;

	(void)r;
	if (p->call != FAKE_INJECT_IP || p->net != DP_WAN || !ipv4_read(p->bytes, p->len, &ip) ||
		!udp_read(&ip, &udp))
		return true;
	marker = udp.src.port == htons(IKE_NATT_PORT) ? 4 : 0;
	if (udp.payload_len > marker)
		look(WATCH_GATEWAY, udp.payload + marker, udp.payload_len - marker);
	return true;
}

static bool
of_client(struct rig *r, struct rig_client *rc, bool ike, const uint8_t *msg, size_t len)
{
	(void)r;
	(void)rc;
	if (ike)
		look(WATCH_CLIENT, msg, len);
	return true;
}

void
watch_begin(struct rig *r)
{
	n_seen = 0;
	memset(&watch, 0, sizeof(watch));
	r->tap = of_gateway;
	r->client_tap = of_client;
}

const struct watch *
watch_get(void)
{
	return &watch;
}
