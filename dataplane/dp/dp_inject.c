/* SPDX-License-Identifier: BSD-3-Clause */
/* Packets between control and the workers: injects packets, drains punted ones. */
#include <errno.h>
#include <string.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "dp_impl.h"
#include "ether.h"

/*
 * First messages of IKE per call: half a millisecond of work, the longest that anything else waits
 * for them.
 */
#define FIRSTS_A_TURN 32

/* --- inject ----------------------------------------------------------------------------------- */

#define SMALL_MAX 1900 /* fits any buffer of `pool`, with what stages append */

/*
 * Allocates an mbuf with `room` bytes for a header, then a copy of the packet. Data begins at the
 * room.
 */
static int
copy(struct dp *dp, const uint8_t *packet, size_t len, uint16_t room, struct rte_mbuf **out)
{
	struct rte_mbuf *m;
	char *data;

	if (len == 0 || len > DP_PACKET_MAX)
		return -EMSGSIZE;
	m = rte_pktmbuf_alloc(len <= SMALL_MAX ? dp->pool : dp->large);
	if (m == NULL)
		return -ENOBUFS;
	data = rte_pktmbuf_append(m, (uint16_t)(room + len));
	if (data == NULL) {
		rte_pktmbuf_free(m);
		return -EMSGSIZE;
	}
	memcpy(data + room, packet, len);
	*out = m;
	return 0;
}

static int
feed(struct worker *w, enum inbox inbox, struct rte_mbuf *m)
{
	if (rte_ring_enqueue(w->inbox[inbox], m) == 0)
		return 0;
	rte_pktmbuf_free(m);
	return -ENOBUFS;
}

int
dp_inject_l2tp(struct dp *dp, uint32_t sid, const uint8_t *msg, size_t len)
{
	const struct sess *s = dp_sess_get(dp, sid);
	struct rte_udp_hdr *udp;
	struct rte_mbuf *m;
	int rc;

	if (s == NULL)
		return -ENOENT;
	rc = copy(dp, msg, len, sizeof(*udp), &m);
	if (rc != 0)
		return rc;
	udp = rte_pktmbuf_mtod(m, struct rte_udp_hdr *);
	/* The ports are those of data. ESP's integrity check is stronger than a UDP checksum. */
	memcpy(udp, s->head, 2 * sizeof(rte_be16_t));
	udp->dgram_len = rte_cpu_to_be_16((uint16_t)(sizeof(*udp) + len));
	udp->dgram_cksum = 0;
	pkt_meta_init(m, DP_CLIENT, sid);
	return feed(dp_owner_of_sid(dp, sid), INBOX_SEAL, m);
}

int
dp_inject_client(struct dp *dp, const uint8_t *packet, size_t len)
{
	const struct worker *any = dp->worker[0];
	struct worker *owner;
	struct rte_mbuf *m;
	rte_be32_t dst;
	int rc;

	if (len < sizeof(struct rte_ipv4_hdr))
		return -EMSGSIZE;
	memcpy(&dst, packet + offsetof(struct rte_ipv4_hdr, dst_addr), sizeof(dst));
	owner = dp_owner_of_sid(dp, lease_find(any, dst));
	if (owner == NULL)
		return -ENOENT;
	rc = copy(dp, packet, len, 0, &m);
	return rc != 0 ? rc : feed(owner, INBOX_DOWN, m);
}

/* Sends by worker 0, which has a queue of each port, so that packets of control stay in order. */
static int
send_out(struct dp *dp, unsigned net, const uint8_t *bytes, size_t len, bool raw)
{
	struct rte_mbuf *m;
	int rc = net < dp->n_nets ? copy(dp, bytes, len, 0, &m) : -ENOENT;

	if (rc != 0)
		return rc;
	if (raw && dp->net[net].vlan != 0)
		ether_tag(m, dp->net[net].vlan);
	pkt_meta_init(m, net, DP_SID_NONE)->raw = raw;
	return feed(dp->worker[0], net == DP_WAN ? INBOX_TO_WAN : INBOX_TO_LAN, m);
}

int
dp_inject_ip(struct dp *dp, unsigned net, const uint8_t *packet, size_t len)
{
	if (len < sizeof(struct rte_ipv4_hdr))
		return -EMSGSIZE;
	return send_out(dp, net, packet, len, false);
}

/* Feeds the worker that owns the packet's NAT session. */
static int
inject_nat(struct dp *dp, enum inbox inbox, const uint8_t *packet, size_t len)
{
	struct worker *w = dp->worker[0];
	struct rte_mbuf *m;
	int rc;

	if (w->nat == NULL)
		return -ENOENT;
	if (len < sizeof(struct rte_ipv4_hdr))
		return -EMSGSIZE;
	rc = copy(dp, packet, len, 0, &m);
	if (rc != 0)
		return rc;
	*transit(m) = (struct transit){.in = DP_WAN, .out = DP_WAN, .flags = TRANSIT_JUDGED};
	return feed(nat_owner(w, m, inbox), inbox, m);
}

int
dp_inject_nat_out(struct dp *dp, const uint8_t *packet, size_t len)
{
	return inject_nat(dp, INBOX_OUT, packet, len);
}

int
dp_inject_nat_back(struct dp *dp, const uint8_t *packet, size_t len)
{
	return inject_nat(dp, INBOX_BACK, packet, len);
}

int
dp_inject_frame(struct dp *dp, unsigned net, const uint8_t *frame, size_t len)
{
	if (len < RTE_ETHER_HDR_LEN)
		return -EMSGSIZE;
	return send_out(dp, net, frame, len, true);
}

/* --- drain ------------------------------------------------------------------------------------ */

static void
hand_punt(struct rte_mbuf *m, void (*fn)(void *arg, const struct dp_punt *punt), void *arg)
{
	const struct pkt_meta *meta = pkt_meta(m);
	struct dp_punt punt = {
		.reason = meta->reason,
		.net = meta->net,
		.worker = meta->worker,
		.sid = meta->sid,
		.spi = meta->spi,
		.udp_port = meta->udp_port,
		.next_hop = meta->next_hop,
		.mtu = meta->mtu,
		.data = rte_pktmbuf_mtod(m, const uint8_t *),
		.len = m->data_len,
	};

	fn(arg, &punt);
	rte_pktmbuf_free(m);
}

static unsigned
drain(struct rte_ring *ring, unsigned max, void (*fn)(void *arg, const struct dp_punt *punt),
	void *arg)
{
	unsigned n = 0;
	void *m;

	while (n < max && rte_ring_dequeue(ring, &m) == 0) {
		hand_punt(m, fn, arg);
		n++;
	}
	return n;
}

unsigned
dp_punt_drain(
	struct dp *dp, unsigned max, void (*fn)(void *arg, const struct dp_punt *punt), void *arg)
{
	unsigned n = drain(dp->punt_auth, max, fn, arg);

	n += drain(dp->punt_open, max - n, fn, arg);
	return n + drain(dp->punt_first, RTE_MIN(max - n, FIRSTS_A_TURN), fn, arg);
}
