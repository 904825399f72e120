/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <rte_pci.h>

#include "log.h"
#include "port.h"

#define DEVICE_NAME_MAX sizeof(((struct dp_port_config *)0)->device)

/* The device's name without its arguments. */
static void
device_name(const struct dp_port_config *config, char name[DEVICE_NAME_MAX])
{
	size_t n = strcspn(config->device, ",");

	snprintf(name, DEVICE_NAME_MAX, "%.*s", (int)n, config->device);
}

bool
port_is_pci(const struct dp_port_config *config)
{
	char name[DEVICE_NAME_MAX];
	struct rte_pci_addr addr;

	device_name(config, name);
	return rte_pci_addr_parse(name, &addr) == 0;
}

void
port_eal_option(const struct dp_port_config *config, char *buf, size_t size)
{
	snprintf(buf, size, "--%s=%s", port_is_pci(config) ? "allow" : "vdev", config->device);
}

/* The name by which EAL knows the device: a PCI address in full. */
static void
port_name(const struct dp_port_config *config, char name[DEVICE_NAME_MAX])
{
	struct rte_pci_addr addr;

	device_name(config, name);
	if (rte_pci_addr_parse(name, &addr) == 0)
		rte_pci_device_name(&addr, name, DEVICE_NAME_MAX);
}

static uint16_t
queues_wanted(const struct port *port, const struct dp_port_config *config, unsigned n_workers)
{
	unsigned wanted = config->queues == 0 ? n_workers : config->queues;
	unsigned limit = RTE_MIN(port->info.max_rx_queues, port->info.max_tx_queues);

	if (wanted > n_workers) {
		log_info(DP, port->label,
			"%u queues configured for %u workers: using one queue per worker", wanted,
			n_workers);
		wanted = n_workers;
	}
	if (wanted > limit) {
		log_warning(DP, port->label,
			"device has only %u queues, %u wanted: workers without a queue receive and "
			"send through other workers",
			limit, wanted);
		wanted = limit;
	}
	return (uint16_t)wanted;
}

/* Selects the offloads that the device supports. */
static void
choose_offloads(struct port *port, const struct dp_port_config *config)
{
	const struct rte_eth_dev_info *info = &port->info;

	port->conf.rxmode.mtu = RTE_MIN(RTE_MAX(config->mtu, info->min_mtu), info->max_mtu);
	port->conf.rxmode.offloads = info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;
	if (port->n_queues > 1) {
		port->conf.rx_adv_conf.rss_conf.rss_hf = info->flow_type_rss_offloads &
							 (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP |
								 RTE_ETH_RSS_ESP);
		if (port->conf.rx_adv_conf.rss_conf.rss_hf != 0)
			port->conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	}
}

int
port_find(struct port *port, const char *label, const struct dp_port_config *config,
	unsigned n_workers)
{
	char name[DEVICE_NAME_MAX];
	int rc;

	*port = (struct port){.label = label};
	port_name(config, name);
	rc = rte_eth_dev_get_port_by_name(name, &port->id);
	if (rc != 0) {
		log_err(DP, label,
			"device %s not found: does it exist, and is it bound to a DPDK driver?",
			config->device);
		return -ENODEV;
	}
	port->found = true;
	rc = rte_eth_dev_info_get(port->id, &port->info);
	if (rc != 0) {
		log_err(DP, label, "cannot get device info for %s: %s", name, strerror(-rc));
		return rc;
	}
	port->n_queues = queues_wanted(port, config, n_workers);
	if (port->n_queues == 0) {
		log_err(DP, label, "device %s has no queues", name);
		return -ENODEV;
	}
	choose_offloads(port, config);
	port->n_rx_desc = port->n_tx_desc = config->descriptors;
	return 0;
}

static int
setup_queues(struct port *port, struct rte_mempool *pool)
{
	int socket = rte_eth_dev_socket_id(port->id);

	for (uint16_t i = 0; i < port->n_queues; i++) {
		int rc = rte_eth_rx_queue_setup(
			port->id, i, port->n_rx_desc, (unsigned)socket, NULL, pool);

		if (rc == 0)
			rc = rte_eth_tx_queue_setup(
				port->id, i, port->n_tx_desc, (unsigned)socket, NULL);
		if (rc != 0) {
			log_err(DP, port->label, "cannot set up queue %u with %u descriptors: %s",
				i, port->n_rx_desc, strerror(-rc));
			return rc;
		}
	}
	return 0;
}

/* Some devices cannot change their MTU; it must then have been set at their other end. */
static void
set_mtu(struct port *port, uint16_t mtu)
{
	uint16_t now = 0;
	int rc;

	if (rte_eth_dev_get_mtu(port->id, &now) == 0 && now == mtu)
		return;
	rc = rte_eth_dev_set_mtu(port->id, mtu);
	if (rc == -ENOTSUP)
		log_info(DP, port->label, "device does not support setting the MTU; assuming %u",
			mtu);
	else if (rc != 0)
		log_warning(DP, port->label, "cannot set MTU %u: %s", mtu, strerror(-rc));
}

int
port_start(struct port *port, const struct dp_port_config *config, struct rte_mempool *pool)
{
	struct rte_ether_addr mac;
	int rc;

	rc = rte_eth_dev_configure(port->id, port->n_queues, port->n_queues, &port->conf);
	if (rc != 0) {
		log_err(DP, port->label, "cannot configure %u queues: %s", port->n_queues,
			strerror(-rc));
		return rc;
	}
	rc = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &port->n_rx_desc, &port->n_tx_desc);
	if (rc == 0)
		rc = setup_queues(port, pool);
	if (rc != 0)
		return rc;
	set_mtu(port, config->mtu);
	rc = rte_eth_macaddr_get(port->id, &mac);
	if (rc == 0)
		rc = rte_eth_dev_start(port->id);
	if (rc != 0) {
		log_err(DP, port->label, "cannot start the device: %s", strerror(-rc));
		return rc;
	}
	port->started = true;
	memcpy(port->mac, mac.addr_bytes, sizeof(port->mac));
	log_info(DP, port->label,
		"%s (%s) " RTE_ETHER_ADDR_PRT_FMT ", %u queues, %u/%u descriptors", config->device,
		port->info.driver_name, RTE_ETHER_ADDR_BYTES(&mac), port->n_queues, port->n_rx_desc,
		port->n_tx_desc);
	port_watch(port);
	if (!port->link)
		log_notice(DP, port->label, "link is down");
	return 0;
}

void
port_stop(struct port *port)
{
	if (port->started)
		rte_eth_dev_stop(port->id);
	if (port->found)
		rte_eth_dev_close(port->id);
	port->started = port->found = false;
}

/* net_af_packet always reports a link, so the kernel is asked about an interface of its own. */
static bool
kernel_link(const struct port *port)
{
	struct ifreq ifr = {0};
	bool up = false;
	int fd;

	if (port->info.if_index == 0)
		return true;
	if (if_indextoname(port->info.if_index, ifr.ifr_name) == NULL)
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return true;
	if (ioctl(fd, SIOCGIFFLAGS, &ifr) == 0)
		up = (ifr.ifr_flags & IFF_RUNNING) != 0;
	close(fd);
	return up;
}

void
port_watch(struct port *port)
{
	struct rte_eth_link link;
	bool up;

	if (rte_eth_link_get_nowait(port->id, &link) != 0)
		return;
	up = link.link_status == RTE_ETH_LINK_UP && kernel_link(port);
	if (up == port->link)
		return;
	port->link = up;
	if (!up)
		log_notice(DP, port->label, "link down");
	else if (link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN)
		log_notice(DP, port->label, "link up");
	else
		log_notice(DP, port->label, "link up, %u Mbit/s", link.link_speed);
}
