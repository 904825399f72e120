/* SPDX-License-Identifier: BSD-3-Clause */
#include "nic_rule.h"

#include <errno.h>
#include <string.h>

#include "log.h"
#include "sa.h"

#define PORT_NATT 4500 /* ESP in UDP (RFC 3948, 2.1) */

static const char *const encap_name[] = {"ESP", "ESP in UDP"};

void
nic_rule_init(struct nic_rule *r, bool udp_encap, unsigned worker, uint16_t queue)
{
	struct rte_flow_item *item = r->item;

	*r = (struct nic_rule){
		.attr = {.ingress = 1},
		.spi.hdr.spi = rte_cpu_to_be_32(ID_MAKE(0, worker, 0)),
		.spi_mask.hdr.spi = rte_cpu_to_be_32(ID_MAKE(0, 0x3f, 0)),
		.udp.hdr.dst_port = RTE_BE16(PORT_NATT),
		.udp_mask.hdr.dst_port = RTE_BE16(UINT16_MAX),
		.queue.index = queue,
	};
	item++->type = RTE_FLOW_ITEM_TYPE_ETH;
	item++->type = RTE_FLOW_ITEM_TYPE_IPV4;
	if (udp_encap)
		*item++ = (struct rte_flow_item){
			.type = RTE_FLOW_ITEM_TYPE_UDP, .spec = &r->udp, .mask = &r->udp_mask};
	*item++ = (struct rte_flow_item){
		.type = RTE_FLOW_ITEM_TYPE_ESP, .spec = &r->spi, .mask = &r->spi_mask};
	item->type = RTE_FLOW_ITEM_TYPE_END;
	r->action[0] = (struct rte_flow_action){
		.type = RTE_FLOW_ACTION_TYPE_QUEUE, .conf = &r->queue};
	r->action[1].type = RTE_FLOW_ACTION_TYPE_END;
}

/* Adds a rule of one kind for each queue: all of them or none. Returns their number. */
static unsigned
steer(const struct port *port, bool udp_encap)
{
	struct rte_flow *made[DP_MAX_WORKERS];
	struct rte_flow_error error = {0};
	struct nic_rule r;
	unsigned n = 0;
	int rc = 0;

	for (uint16_t i = 0; i < port->n_queues && rc == 0; i++) {
		nic_rule_init(&r, udp_encap, i, i);
		rc = rte_flow_validate(port->id, &r.attr, r.item, r.action, &error);
		if (rc != 0)
			break;
		made[n] = rte_flow_create(port->id, &r.attr, r.item, r.action, &error);
		if (made[n] != NULL)
			n++;
		else
			rc = -rte_errno;
	}
	if (rc == 0)
		return n;
	while (n > 0)
		rte_flow_destroy(port->id, made[--n], NULL);
	log_info(DP, port->label,
		"device cannot direct %s to queues by SPI (%s): workers hand packets over",
		encap_name[udp_encap], error.message != NULL ? error.message : strerror(-rc));
	return 0;
}

unsigned
nic_rules_steer_esp(const struct port *port)
{
	unsigned n;

	if (port->n_queues < 2)
		return 0;
	n = steer(port, false);
	n += steer(port, true);
	if (n > 0)
		log_info(DP, port->label, "device directs ESP to queues by SPI with %u rules", n);
	return n;
}
