/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An emulated client against the gateway's own protocol modules in one process, with a network
 * between them that loses, duplicates and reorders, and a clock that the test advances. There is no
 * ESP: L2TP passes if the gateway has a pair with the client's keys.
 */
#ifndef LOAD_GATEWAY_H
#define LOAD_GATEWAY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>

#include "client.h"
#include "ike.h"
#include "l2tp.h"
#include "ppp.h"

#define GW_USER     "user-01"
#define GW_PASSWORD "password123"
#define GW_INSIDE   "192.168.5.5" /* the client's address behind a NAT */
#define GW_OUTSIDE  "10.0.0.1"
#define GW_ADDRESS  "10.0.0.254"
#define GW_PSK      "secret123"

enum {
	GW_QUEUE = 256,
	GW_PAIRS = 8,
	GW_SAS = 4,
};

struct gw_packet {
	uint64_t at; /* due, ms; 0: unused */
	uint64_t order;
	bool to_client, ike;
	uint16_t port; /* the client's, before its NAT */
	size_t len;
	uint8_t *bytes;
};

struct gw {
	struct timers timers;
	/* The client. */
	struct client_config config;
	struct client_id id;
	struct client *c;
	bool nat;
	unsigned ups, downs, childs, gones, isakmps;
	unsigned phases; /* one bit per phase */
	unsigned asks, answers; /* of its DHCPINFORM */
	enum client_why why;
	char text[128];
	be32 address, peer;
	struct client_child child[GW_PAIRS]; /* that exist */
	unsigned n_children;
	int refuse_child;
	/* The gateway. */
	struct ike_config ike;
	struct ike_events ike_events;
	struct ike_sa *sa[GW_SAS];
	struct ike_child pair[GW_PAIRS];
	unsigned n_pairs, pair_ups, contacts, deletes;
	be32 next_spi;
	struct l2tp_config l2tp_config;
	struct l2tp *l2tp;
	struct ppp_config ppp_config;
	struct ppp *ppp;
	struct l2tp_ids ids;
	bool ppp_dead, over;
	unsigned gw_ups;
	unsigned informs; /* DHCPINFORM received */
	unsigned inform_lost; /* the first of these, which are not answered */
	/* The network. */
	struct gw_packet queue[GW_QUEUE];
	uint64_t order;
	uint32_t seed;
	unsigned loss, duplicates, reorder; /* percent */
	bool cut; /* nothing passes */
	bool no_data; /* no L2TP data messages, so no PPP */
	unsigned sent; /* by the client */
	uint8_t *first; /* its first IKE message */
	size_t first_len;
	/* Sees each packet to the client before the client does. */
	void (*tap)(struct gw *g, const struct gw_packet *p);
};

void gw_init(struct gw *g, const char *profile);
/* Puts the client behind a NAT. */
void gw_nat(struct gw *g);
void gw_fini(struct gw *g);
/*
 * Lets time pass in steps of 10 ms until ms have passed or done(), unless it is NULL, returns true.
 */
bool gw_run(struct gw *g, uint64_t ms, bool (*done)(const struct gw *g));
bool gw_is_up(const struct gw *g);
bool gw_is_down(const struct gw *g);
/* Connects the client, and asserts that it is up at both ends with a lease. */
void gw_connect(struct gw *g);
/* Asserts that no state of the client is left at the gateway. */
void gw_assert_clean(const struct gw *g);

/* Between gateway.c and gateway_ike.c. */

/* Puts a packet into the network. */
void gw_enqueue(
	struct gw *g, bool to_client, bool ike, uint16_t port, const uint8_t *msg, size_t len);
void gw_ike_init(struct gw *g);
/* Processes a packet that the network delivers. */
void gw_ike_in(struct gw *g, const struct gw_packet *p);

#endif
