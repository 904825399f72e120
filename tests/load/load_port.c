/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <rte_arp.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "load.h"
#include "port.h"

#define POOL_PACKETS 32767
#define POOL_CACHE   256
#define HELD_MAX     16384
#define MTU          1500
#define DESCRIPTORS  1024
#define LINK_WAIT_MS 3000
#define TX_TRIES     1000 /* a receiver on the same core needs a moment */

static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* --- opening ---------------------------------------------------------------------------------- */

static void
port_config(const struct load *l, enum dp_port port, struct dp_port_config *c)
{
	*c = (struct dp_port_config){.mtu = MTU, .queues = 1, .descriptors = DESCRIPTORS};
	snprintf(c->device, sizeof(c->device), "%s",
		port == DP_WAN ? l->o.wan_device : l->o.lan_device);
}

static int
eal_begin(struct load *l)
{
	char lcores[32], memory[16], prefix[96], device[DP_N_PORTS][300];
	char *argv[16] = {(char *)(uintptr_t) "kanmon-load"};
	struct dp_port_config c;
	int argc = 1;
	bool pci = false;

	snprintf(lcores, sizeof(lcores), "--lcores=0@%u", l->o.core);
	snprintf(prefix, sizeof(prefix), "--file-prefix=%s", l->o.file_prefix);
	argv[argc++] = lcores;
	argv[argc++] = prefix;
	argv[argc++] = (char *)(uintptr_t)(l->o.hugepages ? "--in-memory" : "--no-huge");
	argv[argc++] = (char *)(uintptr_t) "--no-telemetry";
	argv[argc++] = (char *)(uintptr_t) "--log-level=error";
	if (l->o.memory_mb > 0 || !l->o.hugepages) {
		snprintf(memory, sizeof(memory), "%u", l->o.memory_mb ? l->o.memory_mb : 192);
		argv[argc++] = (char *)(uintptr_t) "-m";
		argv[argc++] = memory;
	}
	for (enum dp_port p = 0; p < DP_N_PORTS; p++) {
		port_config(l, p, &c);
		if (c.device[0] == '\0')
			continue;
		port_eal_option(&c, device[p], sizeof(device[p]));
		argv[argc++] = device[p];
		pci = pci || port_is_pci(&c);
	}
	if (!pci)
		argv[argc++] = (char *)(uintptr_t) "--no-pci";
	if (rte_eal_init(argc, argv) >= 0)
		return 0;
	fprintf(stderr, "cannot start DPDK: %s\n", rte_strerror(rte_errno));
	return -EIO;
}

static int
port_open(struct load *l, enum dp_port port)
{
	struct dp_port_config c;
	struct port p;
	int rc;

	port_config(l, port, &c);
	if (c.device[0] == '\0')
		return 0;
	rc = port_find(&p, port == DP_WAN ? "wan" : "lan", &c, 1);
	if (rc == 0)
		rc = port_start(&p, &c, l->pool);
	if (rc != 0)
		return rc;
	l->port[port].used = true;
	l->port[port].id = p.id;
	memcpy(l->port[port].mac, p.mac, sizeof(p.mac));
	rte_eth_promiscuous_enable(p.id);
	return 0;
}

/* Frames sent before the other end is up are lost. */
static void
wait_for_links(const struct load *l)
{
	struct rte_eth_link link;

	for (enum dp_port p = 0; p < DP_N_PORTS; p++)
		for (unsigned ms = 0; l->port[p].used && ms < LINK_WAIT_MS; ms++) {
			if (rte_eth_link_get_nowait(l->port[p].id, &link) != 0 ||
				link.link_status == RTE_ETH_LINK_UP)
				break;
			rte_delay_us_sleep(1000);
		}
}

static int
held_init(struct held_queue *q)
{
	q->size = HELD_MAX;
	q->ring = calloc(q->size, sizeof(*q->ring));
	return q->ring == NULL ? -ENOMEM : 0;
}

int
load_ports_open(struct load *l)
{
	int rc = eal_begin(l);

	if (rc != 0)
		return rc;
	l->pool = rte_pktmbuf_pool_create("load", POOL_PACKETS, POOL_CACHE, PKT_META_SIZE,
		RTE_MBUF_DEFAULT_BUF_SIZE, (int)rte_socket_id());
	if (l->pool == NULL) {
		fprintf(stderr, "cannot create the packet pool: %s\n", rte_strerror(rte_errno));
		return -ENOMEM;
	}
	for (enum dp_port p = 0; p < DP_N_PORTS; p++) {
		rc = port_open(l, p);
		if (rc != 0)
			return rc;
	}
	wait_for_links(l);
	rc = held_init(&l->delayed);
	return rc != 0 ? rc : held_init(&l->reordered);
}

static void
held_fini(struct held_queue *q)
{
	for (; q->n > 0; q->n--)
		rte_pktmbuf_free(q->ring[q->head++ % q->size].m);
	free(q->ring);
}

void
load_ports_close(struct load *l)
{
	held_fini(&l->delayed);
	held_fini(&l->reordered);
	for (enum dp_port p = 0; p < DP_N_PORTS; p++) {
		if (!l->port[p].used)
			continue;
		rte_eth_dev_stop(l->port[p].id);
		rte_eth_dev_close(l->port[p].id);
	}
	rte_eal_cleanup();
}

/* --- frames ----------------------------------------------------------------------------------- */

struct rte_mbuf *
load_port_new(struct load *l)
{
	return rte_pktmbuf_alloc(l->pool);
}

void
load_port_ether(struct rte_mbuf *m, const uint8_t to[6], const uint8_t from[6], uint16_t type)
{
	uint8_t *p = (uint8_t *)rte_pktmbuf_prepend(m, RTE_ETHER_HDR_LEN);

	assert(p != NULL); /* all headers fit into the headroom */
	memcpy(p, to, 6);
	memcpy(p + 6, from, 6);
	p[12] = (uint8_t)(type >> 8);
	p[13] = (uint8_t)type;
}

void
load_port_arp(struct load *l, enum dp_port port, be32 sender, be32 target, const uint8_t *to)
{
	struct rte_mbuf *m = load_port_new(l);
	struct rte_arp_hdr *arp;

	if (m == NULL)
		return;
	arp = (struct rte_arp_hdr *)rte_pktmbuf_append(
		m, 46); /* padded to the minimum frame size */
	assert(arp != NULL);
	memset(arp, 0, 46);
	arp->arp_hardware = RTE_BE16(RTE_ARP_HRD_ETHER);
	arp->arp_protocol = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	arp->arp_hlen = 6;
	arp->arp_plen = 4;
	arp->arp_opcode = to != NULL ? RTE_BE16(RTE_ARP_OP_REPLY) : RTE_BE16(RTE_ARP_OP_REQUEST);
	memcpy(arp->arp_data.arp_sha.addr_bytes, l->port[port].mac, 6);
	arp->arp_data.arp_sip = sender;
	if (to != NULL)
		memcpy(arp->arp_data.arp_tha.addr_bytes, to, 6);
	arp->arp_data.arp_tip = target;
	load_port_ether(m, to != NULL ? to : broadcast, l->port[port].mac, RTE_ETHER_TYPE_ARP);
	load_port_send(l, port, m);
}

static void
transmit(struct load *l, struct load_port *p)
{
	uint16_t sent = 0;

	for (unsigned i = 0; sent < p->n && i < TX_TRIES; i++)
		sent = (uint16_t)(sent + rte_eth_tx_burst(
						 p->id, 0, p->tx + sent, (uint16_t)(p->n - sent)));
	p->tx_full += p->n - sent;
	rte_pktmbuf_free_bulk(p->tx + sent, (unsigned)(p->n - sent));
	p->n = 0;
	(void)l;
}

static void
collect(struct load *l, enum dp_port port, struct rte_mbuf *m)
{
	struct load_port *p = &l->port[port];

	if (port == DP_WAN)
		load_trace_frame(l->trace, m);
	p->tx_packets++;
	p->tx_bytes += m->pkt_len;
	p->tx[p->n++] = m;
	if (p->n == PORT_BURST)
		transmit(l, p);
}

/* --- impairments ------------------------------------------------------------------------------ */

static bool
chance(double percent)
{
	return percent > 0 && drand48() * 100 < percent;
}

/* All frames of a queue wait equally long, so it stays sorted. */
static bool
hold(struct load *l, struct held_queue *q, struct rte_mbuf *m, uint32_t ms)
{
	if (q->n == q->size)
		return false;
	q->ring[(q->head + q->n++) % q->size] = (struct held){l->now_us + ms * 1000ull, m};
	return true;
}

static void
release(struct load *l, struct held_queue *q)
{
	while (q->n > 0 && q->ring[q->head % q->size].due_us <= l->now_us) {
		collect(l, DP_WAN, q->ring[q->head % q->size].m);
		q->head++;
		q->n--;
	}
}

/* The row of the packet's sender (address and port) and length; different ones may share it. */
static uint32_t
row_of(const struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(
		m, const struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN);
	const struct rte_udp_hdr *udp = (const struct rte_udp_hdr *)(ip + 1);
	uint32_t sender = 0;

	if (m->data_len >= RTE_ETHER_HDR_LEN + sizeof(*ip) + sizeof(*udp))
		sender = ntohl(ip->src_addr) * 31 + ntohs(udp->src_port);
	return (sender * 31 + m->pkt_len) % LOAD_LOSS_ROWS;
}

static bool
is_lost(struct load *l, const struct rte_mbuf *m)
{
	uint32_t *row = &l->losses[row_of(m)];
	bool lost = chance(l->o.loss) && (l->o.loss_row == 0 || *row < l->o.loss_row);

	*row = lost ? *row + 1 : 0;
	return lost;
}

static void
impair(struct load *l, struct rte_mbuf *m)
{
	if (chance(l->o.reorder) && hold(l, &l->reordered, m, l->o.delay_ms + l->o.reorder_ms)) {
		l->impaired.reordered++;
		return;
	}
	if (l->o.delay_ms > 0 && hold(l, &l->delayed, m, l->o.delay_ms)) {
		l->impaired.delayed++;
		return;
	}
	collect(l, DP_WAN, m);
}

void
load_port_send(struct load *l, enum dp_port port, struct rte_mbuf *m)
{
	if (!l->port[port].used) {
		rte_pktmbuf_free(m);
		return;
	}
	if (port == DP_LAN) {
		collect(l, port, m);
		return;
	}
	if (is_lost(l, m)) {
		l->impaired.lost++;
		rte_pktmbuf_free(m);
		return;
	}
	if (chance(l->o.duplicate)) {
		struct rte_mbuf *copy = rte_pktmbuf_copy(m, l->pool, 0, UINT32_MAX);

		if (copy != NULL) {
			l->impaired.duplicated++;
			impair(l, copy);
		}
	}
	impair(l, m);
}

void
load_port_flush(struct load *l)
{
	release(l, &l->reordered);
	release(l, &l->delayed);
	for (enum dp_port p = 0; p < DP_N_PORTS; p++)
		if (l->port[p].n > 0)
			transmit(l, &l->port[p]);
}

uint16_t
load_port_receive(struct load *l, enum dp_port port, struct rte_mbuf *m[PORT_BURST])
{
	struct load_port *p = &l->port[port];
	uint16_t n;

	if (!p->used)
		return 0;
	n = rte_eth_rx_burst(p->id, 0, m, PORT_BURST);
	for (uint16_t i = 0; i < n; i++) {
		p->rx_bytes += m[i]->pkt_len;
		if (port == DP_WAN)
			load_trace_frame(l->trace, m[i]);
	}
	p->rx_packets += n;
	return n;
}
