/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts and stops the data plane, and does the work of each turn of the control loop. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_rcu_qsbr.h>

#include "dp_impl.h"
#include "eal.h"
#include "fib.h"
#include "nic_rule.h"
#include "log.h"
#include "policy.h"
#include "reass.h"

#define PUNT_RING_SIZE   4096
#define POOL_CACHE       256
#define WORKER_HOLDS     2048 /* packets in a worker's lanes, outboxes and resting inboxes */
#define LARGE_PACKETS    256 /* in all: reassembled packets, and large ones that control injects */
#define EAL_MB           32 /* for EAL itself and the devices, without huge pages */
#define WORKER_MB        1 /* for a worker: its rings, its reassembly table */
#define LINK_WATCH_EVERY 100 /* ms */

/* Data room of an mbuf: the longest frame, and what esp_out appends. */
static unsigned
data_room(const struct dp_config *config)
{
	unsigned frame = RTE_MAX(
		port_frame_max(&config->port[DP_WAN]), port_frame_max(&config->port[DP_LAN]));

	return RTE_PKTMBUF_HEADROOM +
	       RTE_MAX(RTE_ALIGN_CEIL(frame + 128, RTE_CACHE_LINE_SIZE), 2048u);
}

/* Data room for a reassembled packet. */
static unsigned
large_room(const struct dp_config *config)
{
	return RTE_MAX(data_room(config), RTE_PKTMBUF_HEADROOM + DP_PACKET_MAX + REASS_TAIL);
}

/* Packets that can be in flight at the same time. */
static unsigned
pool_size(const struct dp_config *config)
{
	unsigned n = 2 * PUNT_RING_SIZE + (config->n_workers + 1) * (WORKER_HOLDS + POOL_CACHE) +
		     config->n_workers * REASS_HELD_MAX;

	for (unsigned i = 0; i < DP_N_PORTS; i++) {
		unsigned queues = config->port[i].queues == 0 ? config->n_workers
							      : config->port[i].queues;

		n += queues * 2 * config->port[i].descriptors;
	}
	return n;
}

/* Without huge pages EAL allocates all its memory at start, so it must be told how much. */
static unsigned
memory_mb(const struct dp_config *config)
{
	size_t extra = sizeof(struct rte_mbuf) + PKT_META_SIZE + 2 * RTE_CACHE_LINE_SIZE;
	size_t packet = extra + data_room(config), large = extra + large_room(config);

	if (config->memory_mb != 0 || config->hugepages)
		return config->memory_mb;
	/* A new route table is built before the old one is freed. */
	return (unsigned)((pool_size(config) * packet + LARGE_PACKETS * large) >> 20) + EAL_MB +
	       config->n_workers * WORKER_MB + (config->routes ? 2 * FIB_MB : 0);
}

/* Whether the configuration is within what the data plane assumes: 0 or -EINVAL. */
static int
check(const struct dp_config *config)
{
	if (config->n_workers == 0 || config->n_workers > DP_MAX_WORKERS)
		return -EINVAL;
	if (config->max_sessions == 0 || config->max_sessions * SA_PER_SESSION >= DP_MAX_SLOTS)
		return -EINVAL;
	for (unsigned i = 0; i < DP_N_PORTS; i++) {
		const struct dp_port_config *p = &config->port[i];

		bool later = i == DP_WAN && p->address.addr == 0 && p->address.len == 32;

		if (!later && (p->address.len < 12 || p->address.len > 30))
			return -EINVAL;
		if (p->device[0] == '\0' || p->mtu < 576 || p->descriptors == 0 ||
			p->vlan > DP_VLAN_MAX)
			return -EINVAL;
	}
	if (config->n_segments >= DP_SEGMENTS_MAX)
		return -EINVAL;
	for (unsigned i = 0; i < config->n_segments; i++) {
		const struct dp_segment_config *s = &config->segment[i];

		if (s->address.len < 12 || s->address.len > 30 || s->vlan > DP_VLAN_MAX)
			return -EINVAL;
	}
	return 0;
}

/* Adds a network with a table of neighbours and, on the LAN, one of leases. */
static int
net_add(struct dp *dp, enum dp_port port, const struct ip_prefix *address, be32 gateway,
	uint16_t vlan)
{
	const struct dp_port_config *config = &dp->config.port[port];
	struct network *net = &dp->net[dp->n_nets];
	size_t hosts = (size_t)1 << (32 - address->len);

	*net = (struct network){
		.mtu = config->mtu,
		.source_check = (uint8_t)config->source_check,
		.forward = config->forward,
		.dhcp = config->dhcp,
		.relay = config->relay,
		.vlan = htons(vlan),
		.port = (uint8_t)port,
		.number = (uint8_t)dp->n_nets,
	};
	dp->n_nets++;
	if (port == DP_LAN) {
		net->lease = calloc(hosts, sizeof(*net->lease));
		if (net->lease == NULL)
			return -ENOMEM;
	}
	return dp_net_init(net, address, gateway);
}

/* Maps the VLAN IDs of a port to networks; no map when all frames of the port are untagged. */
static int
vlans_init(struct dp *dp, enum dp_port port)
{
	uint8_t *map;
	bool tagged = false;

	for (unsigned i = 0; i < dp->n_nets; i++)
		tagged |= dp->net[i].port == port && dp->net[i].vlan != 0;
	if (!tagged)
		return 0;
	map = malloc(RTE_VLAN_ID_MASK + 1);
	if (map == NULL)
		return -ENOMEM;
	memset(map, NET_NONE, RTE_VLAN_ID_MASK + 1);
	for (unsigned i = 0; i < dp->n_nets; i++)
		if (dp->net[i].port == port)
			map[ntohs(dp->net[i].vlan)] = (uint8_t)i;
	dp->net_of_vlan[port] = map;
	return 0;
}

static int
nets_init(struct dp *dp)
{
	const struct dp_config *c = &dp->config;
	int rc = 0;

	for (unsigned i = 0; i < DP_N_PORTS && rc == 0; i++)
		rc = net_add(dp, i, &c->port[i].address, c->port[i].gateway, c->port[i].vlan);
	for (unsigned i = 0; i < c->n_segments && rc == 0; i++)
		rc = net_add(dp, DP_LAN, &c->segment[i].address, c->segment[i].gateway,
			c->segment[i].vlan);
	for (unsigned i = 0; i < DP_N_PORTS && rc == 0; i++)
		rc = vlans_init(dp, i);
	return rc;
}

/*
 * Like rte_pktmbuf_pool_create(). Where nobody needs physical addresses and pages are small, mbufs
 * may cross pages: one mbuf per page would put all of them into the same few cache sets.
 */
static struct rte_mempool *
pool_new(
	const struct dp_config *config, const char *name, unsigned n, unsigned room, unsigned cache)
{
	unsigned flags = 0;
	struct rte_mempool *pool;
	struct rte_pktmbuf_pool_private priv = {
		.mbuf_data_room_size = (uint16_t)room,
		.mbuf_priv_size = PKT_META_SIZE,
	};

	if (!config->hugepages && rte_eal_iova_mode() == RTE_IOVA_VA)
		flags |= RTE_MEMPOOL_F_NO_IOVA_CONTIG;
	pool = rte_mempool_create_empty(name, n,
		(unsigned)(sizeof(struct rte_mbuf) + PKT_META_SIZE) + room, cache, sizeof(priv),
		SOCKET_ID_ANY, flags);
	if (pool == NULL)
		return NULL;
	rte_pktmbuf_pool_init(pool, &priv);
	if (rte_mempool_populate_default(pool) < 0) {
		rte_mempool_free(pool);
		return NULL;
	}
	rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
	return pool;
}

/* What all workers share. */
static int
shared_new(struct dp *dp)
{
	size_t rcu_size = rte_rcu_qsbr_get_memsize(dp->n_workers);
	int rc;

	dp->mb = alloc_mb_mgr(0);
	if (dp->mb == NULL)
		return -ENOMEM;
	init_mb_mgr_auto(dp->mb, NULL);
	dp->pool = pool_new(
		&dp->config, "packets", pool_size(&dp->config), data_room(&dp->config), POOL_CACHE);
	dp->large = pool_new(
		&dp->config, "large_packets", LARGE_PACKETS, large_room(&dp->config), 0);
	dp->punt_auth = rte_ring_create("punt_auth", PUNT_RING_SIZE, SOCKET_ID_ANY, RING_F_SC_DEQ);
	dp->punt_open = rte_ring_create("punt_open", PUNT_RING_SIZE, SOCKET_ID_ANY, RING_F_SC_DEQ);
	dp->punt_first = rte_ring_create(
		"punt_first", PUNT_RING_SIZE, SOCKET_ID_ANY, RING_F_SC_DEQ);
	dp->rcu = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(rcu_size, RTE_CACHE_LINE_SIZE));
	if (dp->pool == NULL || dp->large == NULL || dp->punt_auth == NULL ||
		dp->punt_open == NULL || dp->punt_first == NULL || dp->rcu == NULL) {
		log_err(DP, NULL, "out of memory for %u packet buffers of %u bytes",
			pool_size(&dp->config), data_room(&dp->config));
		return -ENOMEM;
	}
	rte_rcu_qsbr_init(dp->rcu, dp->n_workers);
	for (unsigned i = 0; i < dp->n_workers; i++)
		rte_rcu_qsbr_thread_register(dp->rcu, i);
	rc = nets_init(dp);
	if (rc == 0 && dp->config.nat != NULL && nat_config_on(dp->config.nat))
		rc = nat_shared_new(dp->config.nat, dp->n_workers, dp->net[DP_WAN].addr, &dp->nat);
	return rc == 0 ? graveyard_init(&dp->graves, dp->rcu) : rc;
}

static int
ports_start(struct dp *dp)
{
	static const char *const label[DP_N_PORTS] = {[DP_WAN] = "wan", [DP_LAN] = "lan"};
	int rc = 0;

	for (unsigned i = 0; i < DP_N_PORTS && rc == 0; i++)
		rc = port_find(&dp->port[i], label[i], &dp->config.port[i], dp->n_workers);
	for (unsigned i = 0; i < DP_N_PORTS && rc == 0; i++)
		rc = port_start(&dp->port[i], &dp->config.port[i], dp->pool);
	for (unsigned i = 0; i < dp->n_nets && rc == 0; i++)
		memcpy(dp->net[i].mac, dp->port[dp->net[i].port].mac, sizeof(dp->net[i].mac));
	if (rc == 0)
		nic_rules_steer_esp(&dp->port[DP_WAN]);
	return rc;
}

int
dp_start(const struct dp_config *config, struct dp **out)
{
	struct dp *dp;
	int rc;

	*out = NULL;
	rc = check(config);
	if (rc != 0) {
		log_err(DP, NULL, "data plane configuration is out of range");
		return rc;
	}
	dp = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*dp));
	if (dp == NULL)
		return -ENOMEM;
	memset(dp, 0, sizeof(*dp));
	dp->config = *config;
	dp->config.eal_options = NULL;
	dp->config.filter = NULL;
	dp->config.nat = config->nat;
	dp->n_workers = config->n_workers;
	rc = eal_start(config, memory_mb(config), &dp->eal_log);
	dp->eal_up = rc == 0;
	if (rc == 0)
		rc = shared_new(dp);
	if (rc == 0)
		rc = ports_start(dp);
	if (rc == 0)
		rc = dp_workers_new(dp);
	if (rc == 0 && config->filter != NULL)
		rc = dp_filter_publish(dp, config->filter);
	if (rc == 0)
		rc = dp_workers_launch(dp);
	if (rc != 0) {
		dp_stop(dp);
		return rc;
	}
	log_info(DP, NULL, "data plane started: %u workers, IPsec-MB %s", dp->n_workers,
		imb_get_version_str());
	*out = dp;
	return 0;
}

static void
ring_free(struct rte_ring *ring)
{
	void *m;

	if (ring == NULL)
		return;
	while (rte_ring_dequeue(ring, &m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(ring);
}

void
dp_stop(struct dp *dp)
{
	if (dp == NULL)
		return;
	dp_workers_stop(dp);
	for (unsigned i = 0; i < DP_N_PORTS; i++)
		port_stop(&dp->port[i]);
	graveyard_fini(&dp->graves);
	dp_workers_free(dp);
	policy_free(dp->policy);
	slabs_fini(&dp->slabs);
	ring_free(dp->punt_auth);
	ring_free(dp->punt_open);
	ring_free(dp->punt_first);
	rte_mempool_free(dp->pool);
	rte_mempool_free(dp->large);
	for (unsigned i = 0; i < dp->n_nets; i++)
		free(dp->net[i].lease);
	for (unsigned i = 0; i < DP_N_PORTS; i++)
		free(dp->net_of_vlan[i]);
	dp_net_fini(dp);
	if (dp->mb != NULL)
		free_mb_mgr(dp->mb);
	nat_shared_free(dp->nat);
	free(dp->rcu);
	eal_stop(dp->eal_up, dp->eal_log);
	free(dp);
}

void
dp_poll(struct dp *dp)
{
	uint64_t now = rte_rdtsc();

	graveyard_poll(&dp->graves);
	if (now < dp->watch_due)
		return;
	dp->watch_due = now + rte_get_tsc_hz() * LINK_WATCH_EVERY / 1000;
	for (unsigned i = 0; i < DP_N_PORTS; i++)
		port_watch(&dp->port[i]);
}

unsigned
dp_n_workers(const struct dp *dp)
{
	return dp->n_workers;
}

void
dp_port_mac(const struct dp *dp, enum dp_port port, uint8_t mac[6])
{
	memcpy(mac, dp->port[port].mac, sizeof(dp->port[port].mac));
}

bool
dp_port_link(const struct dp *dp, enum dp_port port)
{
	return dp->port[port].link;
}
