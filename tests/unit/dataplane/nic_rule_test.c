/* SPDX-License-Identifier: BSD-3-Clause */
/* Flow rules that direct ESP by SPI, checked by a fake NIC. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <rte_errno.h>

#include "nic_rule.h"
#include "log.h"
#include "sa.h"

#define PORT_ID 7

/* The NIC: its rules, and what it rejects. */
static struct nic {
	struct {
		bool udp;
		rte_be32_t spi, mask;
		uint16_t queue;
	} rule[16];
	unsigned n;
	unsigned destroyed;
	int refuses_kind; /* 1: plain ESP, 2: ESP in UDP; 3: all */
	unsigned room; /* rules that it has room for */
} nic;

static const struct rte_flow_item *
find_item(const struct rte_flow_item pattern[], enum rte_flow_item_type type)
{
	for (; pattern->type != RTE_FLOW_ITEM_TYPE_END; pattern++)
		if (pattern->type == type)
			return pattern;
	return NULL;
}

int __wrap_rte_flow_validate(uint16_t port, const struct rte_flow_attr *attr,
	const struct rte_flow_item pattern[], const struct rte_flow_action actions[],
	struct rte_flow_error *error);
struct rte_flow *__wrap_rte_flow_create(uint16_t port, const struct rte_flow_attr *attr,
	const struct rte_flow_item pattern[], const struct rte_flow_action actions[],
	struct rte_flow_error *error);
int __wrap_rte_flow_destroy(uint16_t port, struct rte_flow *flow, struct rte_flow_error *error);

int
__wrap_rte_flow_validate(uint16_t port, const struct rte_flow_attr *attr,
	const struct rte_flow_item pattern[], const struct rte_flow_action actions[],
	struct rte_flow_error *error)
{
	bool udp = find_item(pattern, RTE_FLOW_ITEM_TYPE_UDP) != NULL;

	assert_int_equal(port, PORT_ID);
	assert_true(attr->ingress);
	assert_int_equal(actions[0].type, RTE_FLOW_ACTION_TYPE_QUEUE);
	assert_int_equal(actions[1].type, RTE_FLOW_ACTION_TYPE_END);
	if ((nic.refuses_kind & (udp ? 2 : 1)) == 0)
		return 0;
	return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM, NULL, "no such item");
}

struct rte_flow *
__wrap_rte_flow_create(uint16_t port, const struct rte_flow_attr *attr,
	const struct rte_flow_item pattern[], const struct rte_flow_action actions[],
	struct rte_flow_error *error)
{
	const struct rte_flow_item *udp = find_item(pattern, RTE_FLOW_ITEM_TYPE_UDP);
	const struct rte_flow_item *esp = find_item(pattern, RTE_FLOW_ITEM_TYPE_ESP);
	const struct rte_flow_action_queue *queue = actions[0].conf;

	(void)attr;
	assert_int_equal(port, PORT_ID);
	assert_non_null(esp);
	if (nic.n == nic.room) {
		rte_flow_error_set(error, ENOSPC, RTE_FLOW_ERROR_TYPE_HANDLE, NULL, "no room");
		return NULL;
	}
	if (udp != NULL) {
		assert_int_equal(((const struct rte_flow_item_udp *)udp->spec)->hdr.dst_port,
			RTE_BE16(4500));
		assert_int_equal(((const struct rte_flow_item_udp *)udp->mask)->hdr.dst_port,
			RTE_BE16(0xffff));
		assert_int_equal(((const struct rte_flow_item_udp *)udp->mask)->hdr.src_port, 0);
	}
	nic.rule[nic.n].udp = udp != NULL;
	nic.rule[nic.n].spi = ((const struct rte_flow_item_esp *)esp->spec)->hdr.spi;
	nic.rule[nic.n].mask = ((const struct rte_flow_item_esp *)esp->mask)->hdr.spi;
	assert_int_equal(((const struct rte_flow_item_esp *)esp->mask)->hdr.seq, 0);
	nic.rule[nic.n].queue = queue->index;
	return (struct rte_flow *)&nic.rule[nic.n++];
}

int
__wrap_rte_flow_destroy(uint16_t port, struct rte_flow *flow, struct rte_flow_error *error)
{
	(void)error;
	assert_int_equal(port, PORT_ID);
	assert_non_null(flow);
	nic.destroyed++;
	return 0;
}

/* The queue into which the NIC puts a packet; -1: RSS decides. */
static int
queue_of(bool udp, uint32_t spi)
{
	for (unsigned i = 0; i < nic.n; i++)
		if (nic.rule[i].udp == udp &&
			(rte_cpu_to_be_32(spi) & nic.rule[i].mask) == nic.rule[i].spi)
			return nic.rule[i].queue;
	return -1;
}

static void
every_spi_finds_its_worker(void **state)
{
	const struct port port = {.label = "wan", .id = PORT_ID, .n_queues = 4};

	(void)state;
	nic = (struct nic){.room = 16};
	assert_int_equal(nic_rules_steer_esp(&port), 8);
	for (unsigned worker = 0; worker < 4; worker++) {
		static const uint32_t slot[] = {1, 77, 0x3ffff};

		for (unsigned i = 0; i < RTE_DIM(slot); i++) {
			for (uint32_t gen = 1; gen < 256; gen += 127) {
				uint32_t spi = ID_MAKE(gen, worker, slot[i]);

				assert_int_equal(queue_of(false, spi), worker);
				assert_int_equal(queue_of(true, spi), worker);
			}
		}
	}
	/* No such worker: left to RSS. */
	assert_int_equal(queue_of(false, ID_MAKE(1, 4, 1)), -1);
	assert_int_equal(nic.destroyed, 0);
}

static void
refusal_is_harmless(void **state)
{
	const struct port port = {.label = "wan", .id = PORT_ID, .n_queues = 4};

	(void)state;
	/* A NIC that does not know ESP in UDP still directs plain ESP. */
	nic = (struct nic){.room = 16, .refuses_kind = 2};
	assert_int_equal(nic_rules_steer_esp(&port), 4);
	assert_int_equal(queue_of(false, ID_MAKE(1, 3, 1)), 3);
	nic = (struct nic){.room = 16, .refuses_kind = 3};
	assert_int_equal(nic_rules_steer_esp(&port), 0);
	assert_int_equal(nic.n, 0);
	/* All or none of a kind: rules that were made are destroyed. */
	nic = (struct nic){.room = 6};
	assert_int_equal(nic_rules_steer_esp(&port), 4);
	assert_int_equal(nic.destroyed, 2);
	nic = (struct nic){.room = 3};
	assert_int_equal(nic_rules_steer_esp(&port), 0);
	assert_int_equal(nic.destroyed, 3);
}

static void
one_queue_needs_no_rules(void **state)
{
	const struct port port = {.label = "wan", .id = PORT_ID, .n_queues = 1};

	(void)state;
	nic = (struct nic){.room = 16};
	assert_int_equal(nic_rules_steer_esp(&port), 0);
	assert_int_equal(nic.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spi_finds_its_worker),
		cmocka_unit_test(refusal_is_harmless),
		cmocka_unit_test(one_queue_needs_no_rules),
	};

	log_set_level_all(LOG_LEVEL_ERR);
	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
