/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two of our own ends with a network between them that loses, repeats, delays, and may translate the client's
 * address. Both speak for themselves: what is sent, found and renewed is as in the gateway.
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
	bool up; /* child_up came: it is sent on */
	bool gone;
	bool ours; /* we began the quick mode */
};

struct end {
	struct two *two;
	struct end *other;
	struct ike_config config;
	struct ip_end self, seen; /* as it sees itself, and as the other end does */
	struct two_sa sas[TWO_SAS];
	unsigned n_sas;
	struct two_pair pairs[TWO_PAIRS];
	unsigned n_pairs;
	unsigned ups, downs, released, moves, sent;
	unsigned too_early; /* pairs of ours that were sent on before the other end had them */
	enum ike_why why; /* of the last that went down */
	bool deaf; /* nothing reaches it */
	be32 next_spi;
};

struct two {
	struct timers timers;
	struct ike_events events;
	struct end gate, client;
	uint32_t seed;
	unsigned loss, repeats; /* per cent */
	unsigned delay_ms; /* at most */
	uint64_t lose; /* bit n: the n-th datagram from now on is lost */
	unsigned n_sent;
	struct {
		struct end *to;
		struct ip_end local, remote;
		uint64_t due_ms;
		size_t len; /* 0: free */
		uint8_t b[2048];
	} queue[TWO_QUEUE];
};

/* Both with the suite; nat: the client is behind one. The client's ISAKMP SA is up, with one ESP pair. */
void two_init(struct two *t, const char *suite, enum dh_group pfs, bool nat);
void two_fini(struct two *t);
/* Lets time pass. */
void two_run(struct two *t, uint64_t ms);
/* Begins main mode in place of the end's youngest SA that is up at both. */
void two_renew(struct end *e);
/* Begins quick mode in that; 0 or what ike_sa_rekey() says. */
int two_rekey(struct end *e);
/* The end's youngest SA that is up at both, or NULL. */
struct ike_sa *two_youngest(const struct end *e);
/* Each pair that one end sends on is one of the other's, with the same keys. Returns how many both send on. */
unsigned two_agree(const struct two *t);

#endif
