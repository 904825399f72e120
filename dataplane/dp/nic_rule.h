/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Flow rules for a NIC that can match the SPI of ESP: the bits of the SPI that name a worker select
 * its queue, so that no packet has to be handed over. Without such a NIC, RSS and steer.c
 * distribute the packets as ever.
 */
#ifndef NIC_RULE_H
#define NIC_RULE_H

#include <stdbool.h>
#include <stdint.h>
#include <rte_flow.h>

#include "port.h"

#define NIC_RULE_ITEMS 5 /* Ethernet, IPv4, UDP, ESP, end */

/* A rule and all that it points to. It must not be copied. */
struct nic_rule {
	struct rte_flow_attr attr;
	struct rte_flow_item item[NIC_RULE_ITEMS];
	struct rte_flow_action action[2];
	struct rte_flow_item_esp spi, spi_mask;
	struct rte_flow_item_udp udp, udp_mask;
	struct rte_flow_action_queue queue;
};

/*
 * Fills in a rule that directs ESP, plain or in UDP (RFC 3948), to the queue if the SPI names the
 * worker.
 */
void nic_rule_init(struct nic_rule *r, bool udp_encap, unsigned worker, uint16_t queue);

/*
 * Creates a rule for each queue of a started port that has several; queue i is worker i's. When the
 * device rejects a rule, the others are destroyed and one line is logged. Returns the number of
 * rules in effect.
 */
unsigned nic_rules_steer_esp(const struct port *port);

#endif
