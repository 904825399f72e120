/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Clients against the whole control core in one process: a real client's state machine (tests/load)
 * on one side, the gateway on a fake data plane on the other, between them a network that loses,
 * doubles and delays, and a NAT. The test moves the clock. No sockets, no ciphers of ESP.
 */
#ifndef RIG_H
#define RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>

#include "client.h"
#include "conn.h"
#include "fake_dp.h"
#include "fake_libc.h"
#include "gateway.h"

#define RIG_WAN      "10.0.0.254"
#define RIG_OUTSIDE  "10.0.0.1" /* of the first client; the next has the next address */
#define RIG_NAT      "10.0.0.200" /* of the NAT that hides clients */
#define RIG_LAN      "192.168.0.254"
#define RIG_POOL     "192.168.0.1"
#define RIG_PASSWORD "password123"

enum {
	RIG_CLIENTS = 8,
	RIG_CHILDREN = 8,
	RIG_STEP_MS = 10,
	RIG_IDLE_MS = 50,
	RIG_LINK_MS = 10, /* one way */
	RIG_PROBED_MS = 12000, /* after this all addresses of the pool are free */
};

/*
 * What differs from the default configuration; NULL: as it is. Whole lines of YAML, indented by
 * two.
 */
struct rig_setup {
	const char *ike, *esp, *l2tp, *ppp, *limits; /* further keys of these sections */
	const char *pools, *users; /* in place of the default ones */
	const char *wan, *lan; /* further keys */
	const char *rest; /* further sections */
	unsigned workers; /* 0: 2 */
	uint32_t slots; /* sessions of each worker; 0: 64 */
	bool unprobed; /* do not wait until addresses are free */
};

struct rig_child {
	struct client_child child;
	uint32_t seq; /* of the last packet sent on it */
	unsigned received;
};

struct rig_client {
	struct rig *rig;
	struct client *c;
	struct client_config config;
	struct client_id id;
	bool off; /* nothing reaches it, nothing leaves it */
	/* Its ends as the gateway sees them: of port 500, of port 4500. */
	struct ip_end outer[2];
	bool nat;
	struct rig_child child[RIG_CHILDREN]; /* the newest last */
	unsigned n_children;
	unsigned ups, downs, isakmps, childs;
	unsigned ike_sent, l2tp_sent;
	unsigned informs; /* answers to its DHCPINFORM */
	enum client_why why; /* of the last `down` */
	char text[128];
	be32 address, gateway; /* its lease, and the other end of its link */
	uint8_t first[1024]; /* its first message of IKE */
	size_t first_len;
};

enum rig_fault {
	RIG_FINE,
	RIG_LOST,
	RIG_DOUBLED,
	RIG_LATE, /* behind the packets that come after it */
	RIG_N_FAULTS
};

struct rig_link {
	unsigned loss, doubling, reorder; /* percent of the packets */
	/*
	 * The packets from number `at` on, `n` of them, have this fault. Counted by rig.n_packets.
	 */
	enum rig_fault fault;
	unsigned at, n;
	bool cut; /* nothing passes */
};

struct rig {
	uint64_t now_ms;
	struct config config;
	struct dp *dp;
	struct gateway gw;
	struct timers timers; /* the clients' */
	struct rig_client client[RIG_CLIENTS];
	unsigned n_clients;
	struct rig_link link;
	struct list packets;
	unsigned n_packets; /* that entered the network */
	uint64_t order;
	uint32_t seed;
	/*
	 * Sees each packet that the gateway sends, before it enters the network. False: it is
	 * dropped.
	 */
	bool (*tap)(struct rig *r, const struct fake_packet *p);
	/* Likewise a packet of a client. */
	bool (*client_tap)(
		struct rig *r, struct rig_client *rc, bool ike, const uint8_t *msg, size_t len);
	unsigned keepalives; /* of the gateway, to clients */
	unsigned arps; /* frames of ARP that the gateway sent */
	be32 taken[4]; /* addresses of the LAN that another host answers for */
	unsigned n_taken;
	char about[128]; /* what is special about this run: printed when the test fails */
	bool unchecked; /* the tables are not looked at after each turn */
};

/* --- rig.c: life, time ------------------------------------------------------------------------ */

/* The gateway with an address pool that is probed. NULL: as it is. */
struct rig *rig_new(const struct rig_setup *setup);
/* Ends the gateway as kanmond does, and fails the test if anything is left. */
void rig_free(struct rig *r);

/* A test of cmocka that tells what is known of its run when it fails. */
#define RIG_TEST(fn) cmocka_unit_test_teardown(fn, rig_teardown)
int rig_teardown(void **state);

/* Says what is special about this run. */
void rig_about(struct rig *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints what is known of a run that fails: about, clients, the log. */
void rig_dump(const struct rig *r);

/* Time passes until `done` says so (may be NULL); false when ms are over before. */
bool rig_run(struct rig *r, uint64_t ms, bool (*done)(const struct rig *r));
/* Fails the test when `done` has not come to hold after ms. */
void rig_wait(struct rig *r, uint64_t ms, bool (*done)(const struct rig *r), const char *what);
#define RIG_WAIT(r, ms, done) rig_wait(r, ms, done, #done)

/* --- rig_client.c ----------------------------------------------------------------------------- */

/*
 * A client of this kind (profile.h) with an address of its own, as user-01 or what follows; not
 * connected yet.
 */
struct rig_client *rig_client(struct rig *r, const char *profile);
/* Likewise, behind RIG_NAT, which gives it these ports. */
struct rig_client *rig_client_nat(
	struct rig *r, const char *profile, uint16_t port500, uint16_t port4500);
/* Its NAT gives it other ends from now on. */
void rig_client_move(struct rig_client *rc, const char *addr, uint16_t port500, uint16_t port4500);
/* Another user's name. */
void rig_client_user(struct rig_client *rc, const char *user, const char *password);
/* The power is cut: nothing is said. It may be connected again. */
void rig_client_die(struct rig_client *rc);
/* Connects, and fails the test if it is not up in time on both sides. */
void rig_connect(struct rig_client *rc);
/* Goes down in order. */
void rig_disconnect(struct rig_client *rc);
/* Packets pass both ways on its newest pair; counted on both ends. */
void rig_traffic(struct rig_client *rc, uint32_t packets, uint32_t size);
/* Its connection: the one whose session its newest pair is for; NULL: none. */
struct conn *rig_conn(const struct rig_client *rc);
bool rig_is_up(const struct rig_client *rc);

/* --- rig_link.c ------------------------------------------------------------------------------- */

/* A message of IKE from anyone. */
void rig_ike_from(
	struct rig *r, const struct ip_end *from, uint16_t port, const uint8_t *msg, size_t len);
struct ip_end rig_end(const char *addr, uint16_t port);
be32 rig_addr(const char *text);

/* Between the files of the rig. */
void rig_client_init_link(struct rig *r);
void rig_client_send(
	struct rig_client *rc, bool ike, uint16_t port, const uint8_t *msg, size_t len);
bool rig_link_take(struct rig *r); /* what the gateway sent enters the network; false: nothing */
void rig_link_deliver(struct rig *r); /* what is due arrives */
void rig_link_clear(struct rig *r);

/* --- rig_check.c ------------------------------------------------------------------------------ */

/* Fails the test when the gateway's tables and the data plane do not agree. */
void rig_check(struct rig *r);

/* What is there. */
unsigned rig_conns(const struct rig *r);
unsigned rig_ups(const struct rig *r); /* sessions that are up */
unsigned rig_ikes(const struct conn *c); /* ISAKMP SAs that are up */
unsigned rig_pairs(const struct conn *c); /* ESP pairs that are not ending */

/* --- conditions for rig_wait() ---------------------------------------------------------------- */

bool rig_all_up(const struct rig *r); /* all clients that are not off */
bool rig_all_idle(const struct rig *r);
bool rig_no_conns(const struct rig *r);
bool rig_one_conn(const struct rig *r);

#endif
