/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two ends of our own, as gateway and client, with a network between them that loses, duplicates
 * and delays packets, and may translate the client's address.
 */
#ifndef TWO_ENDS_H
#define TWO_ENDS_H

#include "ike.h"

enum {
	TWO_SAS = 16,
	TWO_PAIRS = 32,
	TWO_QUEUE = 64,
	TWO_PSK = 16,
};

struct two;

struct two_sa {
	struct end *end;
	struct ike_sa *sa; /* NULL when it has ended */
	bool up;
};

struct two_pair {
	struct ike_child child;
	bool up; /* child_up came: the end sends on it */
	bool gone;
	bool ours; /* this end initiated the quick mode */
};

struct end {
	struct two *two;
	struct end *other;
	struct ike_config config;
	struct ip_end self, seen; /* its own address, and as the other end sees it */
	struct two_sa sas[TWO_SAS];
	unsigned n_sas;
	struct two_pair pairs[TWO_PAIRS];
	unsigned n_pairs;
	unsigned ups, downs, released, moves, sent;
	unsigned too_early; /* own pairs that it would send on before the other end has them */
	enum ike_why why; /* the last SA went down */
	bool deaf; /* it receives nothing */
	be32 next_spi;
};

struct two {
	struct timers timers;
	struct ike_events events;
	struct end gate, client;
	uint32_t seed;
	unsigned loss, repeats; /* percent */
	unsigned delay_ms; /* maximum */
	uint64_t lose; /* bit n: the n-th datagram is lost */
	unsigned n_sent;
	struct {
		struct end *to;
		struct ip_end local, remote;
		uint64_t due_ms;
		size_t len; /* 0: free */
		uint8_t b[2048];
	} queue[TWO_QUEUE];
};

/* Brings up an ISAKMP SA and a pair, both initiated by the client, which may be behind a NAT. */
void two_init(struct two *t, const char *suite, enum dh_group pfs, bool nat);
void two_fini(struct two *t);
/* Lets time pass. */
void two_run(struct two *t, uint64_t ms);
/* Renews the end's youngest SA that is up at both ends. */
void two_renew(struct end *e);
/* Begins quick mode in that SA; returns what ike_sa_rekey() does. */
int two_rekey(struct end *e);
/* The end's youngest SA that is up at both ends, or NULL. */
struct ike_sa *two_youngest(const struct end *e);
/* Asserts that the pairs that both ends send on have the same keys. Returns their number. */
unsigned two_agree(const struct two *t);

#endif
