/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rules for a NIC that can sort ESP by its SPI: the bits of an SPI that name a worker choose that worker's queue, so
 * that no packet has to be handed over. Where the NIC cannot, RSS and steer.c do what they always do.
 */
#ifndef NIC_RULE_H
#define NIC_RULE_H

#include <stdbool.h>
#include <stdint.h>
#include <rte_flow.h>

#include "port.h"

#define NIC_RULE_ITEMS 5 /* Ethernet, IPv4, UDP, ESP, end */

/* A rule with all that it points to: not to be copied. */
struct nic_rule {
	struct rte_flow_attr attr;
	struct rte_flow_item item[NIC_RULE_ITEMS];
	struct rte_flow_action action[2];
	struct rte_flow_item_esp spi, spi_mask;
	struct rte_flow_item_udp udp, udp_mask;
	struct rte_flow_action_queue queue;
};

/* ESP whose SPI names the worker, plain or in UDP (RFC 3948), to the queue. */
void nic_rule_init(struct nic_rule *r, bool udp_encap, unsigned worker, uint16_t queue);

/*
 * A rule for each queue of a started port that has several, queue i being worker i's. When the device refuses one,
 * those that it took are taken back and one line is logged; nothing else changes. Returns how many rules there are.
 */
unsigned nic_rules_steer_esp(const struct port *port);

#endif
