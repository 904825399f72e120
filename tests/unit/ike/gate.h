/* SPDX-License-Identifier: BSD-3-Clause */
/* The gateway's side: an ike_sa whose datagrams and events are kept for the test. */
#ifndef GATE_H
#define GATE_H

#include "ike.h"
#include "initiator.h"

#define GATE_SENT_MAX 64
#define GATE_PSK      "secret123"

struct gate {
	struct timers timers;
	struct ike_events events;
	struct ike_config config;
	struct ip_end local, remote; /* of the next datagram */
	struct ike_sa *sa; /* NULL when it has ended */
	struct init_msg sent[GATE_SENT_MAX];
	unsigned n_sent;
	unsigned ups, initial_contacts, childs, child_ups, child_gones, deletes, moves, released;
	struct ike_child child; /* the last one */
	be32 child_up_spi, deleted_spi;
	uint8_t deleted_cookies[16]; /* of another ISAKMP SA */
	unsigned isakmp_deletes;
	be32 next_spi;
	bool down;
	enum ike_why why;
};

/* The suites are comma-separated lists, as in the configuration. */
void gate_init(struct gate *g, const char *psk, const char *ike, const char *esp);
void gate_fini(struct gate *g);

/* Passes a datagram; the first one makes the SA. Returns how many datagrams it sends. */
unsigned gate_input(struct gate *g, const struct init_msg *m);

/* The last datagram that it sent. */
const struct init_msg *gate_last(const struct gate *g);

/* Lets time pass until the SA has ended, at most so long. */
void gate_until_down(struct gate *g, uint64_t ms);

/* The gateway and an initiator with the same key. */
struct both {
	struct gate g;
	struct initiator i;
};

/* ike is the one suite of the initiator and the first of the gateway, esp the gateway's list. */
void both_init(struct both *b, const char *ike, const char *esp);
void both_fini(struct both *b);

/* Runs main mode up to the initiator's message n (1, 3 or 5), which it writes and does not pass. */
void both_until(struct both *b, unsigned n, struct init_msg *m);

/* Runs main mode; contact: with INITIAL-CONTACT. */
void both_main_mode(struct both *b, bool contact);

#endif
