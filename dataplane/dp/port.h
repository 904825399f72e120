/* SPDX-License-Identifier: BSD-3-Clause */
/* A NIC port: its device, queues and offloads. */
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stdint.h>
#include <rte_ethdev.h>

#include "dp.h"

struct port {
	const char *label; /* "wan", "lan", for the log */
	uint16_t id;
	uint16_t n_queues; /* of each direction; queue i is worker i's */
	uint16_t n_rx_desc, n_tx_desc;
	uint8_t mac[6];
	bool found, started, link;
	struct rte_eth_conf conf;
	struct rte_eth_dev_info info;
};

/* Writes the EAL argument for the device, "--vdev=..." or "--allow=...", to buf of `size` bytes. */
void port_eal_option(const struct dp_port_config *config, char *buf, size_t size);

/* Whether the device string is a PCI address rather than a vdev. */
bool port_is_pci(const struct dp_port_config *config);

/* Bytes of the longest frame of the port. */
static inline unsigned
port_frame_max(const struct dp_port_config *config)
{
	return config->mtu + RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN + RTE_ETHER_CRC_LEN;
}

/*
 * Finds the device, and decides on queues and offloads. Logs errors; returns 0 or a negative errno.
 */
int port_find(struct port *port, const char *label, const struct dp_port_config *config,
	unsigned n_workers);

/*
 * Sets up what port_find() decided on and starts the device. Logs errors; returns 0 or a negative
 * errno.
 */
int port_start(struct port *port, const struct dp_port_config *config, struct rte_mempool *pool);
void port_stop(struct port *port);

/* Polls the link; logs when it went up or down. */
void port_watch(struct port *port);

#endif
