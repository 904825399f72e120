/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kanmon-load: what its parts share. One thread turns a loop over them: timers, frames of both ports, the scenario's
 * steps, traffic, misbehaviour. Each part is a file load_PART.c; its functions stand below under its name.
 *
 *                  clients (client.c)                          host of the LAN
 *      load_peer: addresses, NAT, children, phases         load_lan: ARP, test packets
 *      load_esp: seals and opens                                    |
 *      load_wan: ARP, IPv4, UDP, who is meant                       |
 *                        |  load_port: bursts, impairments, trace   |
 *                    WAN port                                   LAN port
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>
#include <rte_hash.h>

#include "worker.h"
/* DPDK brings these of its own and the C library's; ours, which follow, are used. */
#undef container_of
#undef LIST_FOREACH

#include "client.h"
#include "ip.h"
#include "list.h"
#include "load_options.h"
#include "slab.h"
#include "timer.h"

#define LOAD_LOSS_ROWS 4096

struct load;
struct peer;
struct trace;
struct hostile;

/* --- load_port: a DPDK port ------------------------------------------------------------------- */

#define PORT_BURST 64

struct load_port {
	bool used;
	uint16_t id;
	uint8_t mac[6];
	uint16_t n; /* of tx */
	struct rte_mbuf *tx[PORT_BURST];
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, tx_full;
};

/* A frame that is held back until its time: impairments of what we send to the WAN. */
struct held {
	uint64_t due_us;
	struct rte_mbuf *m;
};

struct held_queue {
	struct held *ring;
	uint32_t head, n, size;
};

struct impairment_stats {
	uint64_t lost, delayed, duplicated, reordered;
};

/* DPDK, both ports, the pool of packets. What goes wrong is printed; 0 or -errno. */
int load_ports_open(struct load *l);
void load_ports_close(struct load *l);
/* A packet with room for headers; NULL when there is none. */
struct rte_mbuf *load_port_new(struct load *l);
/* A frame, whole, to be sent by the port; takes it. The WAN's impairments apply. */
void load_port_send(struct load *l, enum dp_port port, struct rte_mbuf *m);
/* Sends what is held and due, and what is collected. */
void load_port_flush(struct load *l);
uint16_t load_port_receive(struct load *l, enum dp_port port, struct rte_mbuf *m[PORT_BURST]);
/* Puts an Ethernet header before the packet. */
void load_port_ether(struct rte_mbuf *m, const uint8_t to[6], const uint8_t from[6], uint16_t type);
/* Broadcasts an ARP request, or answers one (to != NULL). */
void load_port_arp(struct load *l, enum dp_port port, be32 sender, be32 target, const uint8_t *to);

/* --- load_trace: capture and keys for Wireshark ----------------------------------------------- */

/* NULL (and a line on stderr) when the files cannot be made. Keys go to the folder FILE.keys. */
struct trace *load_trace_open(const char *path);
void load_trace_close(struct trace *t);
/* Each of these does nothing with NULL. */
void load_trace_frame(struct trace *t, const struct rte_mbuf *m);
void load_trace_isakmp(struct trace *t, const struct client_isakmp_keys *keys);
void load_trace_child(struct trace *t, be32 outer, be32 gateway, const struct client_child *child);

/* --- load_traffic: test packets and their accounts -------------------------------------------- */

#define FLOW_WINDOW 1024 /* how far back a duplicate is known */

/* One direction of a peer's traffic. */
struct flow {
	/* The sender's side. */
	uint64_t sent, acked; /* sequence numbers begin at 1 */
	uint64_t moved_us; /* when acked last moved */
	/* The receiver's side. */
	uint64_t got; /* without duplicates */
	uint64_t top;
	uint64_t seen[FLOW_WINDOW / 64];
};

struct traffic_stats {
	uint64_t sent, sent_bytes, got, got_bytes, duplicated, reordered, corrupt, foreign;
	uint64_t fragments; /* not put together again: their packets count as lost */
};

enum flow_way { FLOW_UP, FLOW_DOWN, FLOW_N };

/* Sends what is due in this turn; on: the step is one with traffic. */
void load_traffic_run(struct load *l, bool on);
/* A packet from its IPv4 header on: of the peer p at the client's end, or at the LAN's (p is NULL). */
void load_traffic_input(struct load *l, struct peer *p, const uint8_t *ip, size_t len);
/* A test packet of the peer from an inner address that is not its own; whatever sees it there counts it as foreign. */
void load_traffic_spoof(struct peer *p, be32 source);
/* Packets of all clients that have not arrived. */
uint64_t load_traffic_missing(const struct load *l, enum flow_way way);
/* Good clients of whom packets were sent, and all arrived. */
uint32_t load_traffic_whole(const struct load *l, enum flow_way way);

/* --- load_peer: a client with its place in the network ---------------------------------------- */

enum peer_role {
	ROLE_GOOD,
	ROLE_HALF_OPEN, /* sends message 3 and is silent then: the gateway has done its part of Diffie-Hellman */
	ROLE_WRONG_PSK,
	ROLE_WRONG_PASSWORD,
	ROLE_SPOOF, /* sends from inner addresses that are not its own */
	ROLE_FUZZ, /* sends mutated control messages inside its tunnel */
	ROLE_N
};
const char *load_role_name(enum peer_role role);

struct child {
	struct list node; /* of peer.children, the newest first */
	be32 spi_in;
	struct sa_in *in;
	struct sa_out *out;
};

struct peer {
	struct sess sess; /* for esp_out: its SA to send on */
	struct load *l;
	struct client *c;
	uint32_t number;
	enum peer_role role;
	const struct profile *profile;
	be32 outer; /* its address, or that of its NAT */
	uint32_t slot, turn; /* behind a NAT: place there, and how often it has roamed */
	be32 lease, inner_gateway; /* 0: not up */
	uint8_t lan_mac[6]; /* who answers for its lease on the LAN */
	bool lan_known;
	uint32_t n_pairs, n_isakmps; /* made so far */
	uint32_t rekey_from; /* these, of the step's kind, when it began; */
	bool rekeying; /* one more is to come */
	bool wanted; /* counted in this round: down before it is up is a failure */
	uint8_t heard; /* IKE messages since it began, ROLE_HALF_OPEN */
	uint64_t begun_us, phase_us; /* when it began to connect, when its phase began */
	uint64_t lan_asked_us;
	uint8_t head[CLIENT_HEAD_MAX]; /* of data, and where its length stands */
	size_t head_len, head_len_at;
	struct list children;
	struct flow flow[FLOW_N];
};

int load_peers_open(struct load *l);
void load_peers_close(struct load *l);
void load_peer_connect(struct peer *p);
void load_peer_disconnect(struct peer *p);
void load_peer_die(struct peer *p);
/* Another port of its NAT, as after the NAT forgot it; without a NAT nothing. */
bool load_peer_roam(struct peer *p);
/* Where its packets from a port of its own come from, as the gateway sees it. */
be16 load_peer_port(const struct peer *p, uint16_t port);
/* Whom a packet to the end is for; *port becomes the port of its own. */
struct peer *load_peer_by_end(struct load *l, be32 addr, be16 to, uint16_t *port);
struct child *load_peer_child(struct load *l, be32 addr, be32 spi);
struct peer *load_peer_by_lease(struct load *l, be32 lease);
/* An L2TP message from its header on, in m with room for headers before it; takes m. */
void load_peer_l2tp(struct peer *p, struct rte_mbuf *m);
/* The sum of UDP from one of the client's ends to the other, as it sees them: 0 when the one in it is right. */
uint16_t load_peer_sum(const struct peer *p, const struct rte_mbuf *m);
/* An inner IPv4 packet to the gateway; takes m. */
void load_peer_ip(struct peer *p, struct rte_mbuf *m);
/* Frees SAs that ended in this turn. */
void load_peer_reap(struct load *l);

/* --- load_esp --------------------------------------------------------------------------------- */

#define ESP_BATCH 64

struct esp_batch {
	uint16_t n;
	struct rte_mbuf *pkt[ESP_BATCH]; /* at the ESP header */
	struct peer *peer[ESP_BATCH];
	struct sa_in *sa[ESP_BATCH];
};

struct esp_stats {
	uint64_t no_sa, replayed, bad;
	uint64_t bad_sum; /* of UDP: a kernel would drop them */
};

/* A packet of the SA, at its ESP header, to be opened with others; takes m. */
void load_esp_in(struct load *l, struct peer *p, struct sa_in *sa, struct rte_mbuf *m);
/* Opens what is collected and hands it to load_wan_opened. */
void load_esp_open(struct load *l);
/* Seals what is collected in lane SEAL and sends it. */
void load_esp_seal(struct load *l);

/* --- load_wan, load_lan ----------------------------------------------------------------------- */

void load_wan_run(struct load *l);
/* An IPv4 packet to the WAN; takes m. */
void load_wan_ip(struct load *l, struct rte_mbuf *m);
/* A UDP datagram of len bytes from an end; marker: with the non-ESP marker before it (RFC 3948, 2.2). */
void load_wan_udp(struct load *l, const struct ip_end *from, be16 to_port, bool marker,
	const uint8_t *msg, size_t len);
/* What came out of ESP, at its UDP header; takes m. */
void load_wan_opened(struct load *l, struct peer *p, struct rte_mbuf *m);
void load_lan_run(struct load *l);
/* Asks who answers for the peer's lease; true when it is known. */
bool load_lan_resolve(struct peer *p);
/* An IPv4 packet from the LAN's host to the peer's lease; takes m. */
void load_lan_ip(struct peer *p, struct rte_mbuf *m);

/* --- load_hostile ----------------------------------------------------------------------------- */

struct hostile_stats {
	uint64_t flood, half_open, wrong_psk, wrong_password, replay, corrupt, spoof, fuzz,
		fuzz_control;
};

int load_hostile_open(struct load *l);
void load_hostile_close(struct load *l);
/* Does what is due in this turn. */
void load_hostile_run(struct load *l);
/* A sealed packet, at its outer IPv4 header: some are kept, to be replayed. */
void load_hostile_sealed(struct load *l, const struct rte_mbuf *m);
/* An L2TP message that the peer sends: a fuzzer's are kept, to be mutated. */
void load_hostile_said(struct peer *p, const uint8_t *msg, size_t len);

/* --- load_steps: the scenario ----------------------------------------------------------------- */

void load_steps_begin(struct load *l);
/* False when the last round is over. */
bool load_steps_run(struct load *l);
bool load_steps_traffic(const struct load *l);
/* "connect 3/10", for the progress line. */
const char *load_steps_name(const struct load *l);

/* --- load_report ------------------------------------------------------------------------------ */

/* Times in microseconds; sorted when asked for a percentile. */
struct samples {
	uint32_t *us;
	size_t n, room;
};

struct connect_stats {
	uint64_t begun, up, ended, failures;
	uint64_t why[CLIENT_N_WHYS]; /* good clients that went down though they should not */
	char text[CLIENT_N_WHYS][96]; /* of the last one */
	struct samples phase[CLIENT_N_PHASES]; /* time in it */
	struct samples total;
	uint64_t first_us, last_us; /* of the first connect's begin, of the last one's end */
	uint64_t busy_us; /* sum over rounds of their connect steps */
};

void load_samples_add(struct samples *s, uint64_t us);
void load_report_progress(struct load *l);
void load_report_end(struct load *l, FILE *table);
/* 0, or -errno after a line on stderr. */
int load_report_json(struct load *l, const char *path);

/* --- all of it -------------------------------------------------------------------------------- */

struct load {
	struct load_options o;
	uint64_t now_us;
	uint64_t begun_us;
	struct timers timers;

	struct load_port port[DP_N_PORTS];
	struct rte_mempool *pool;
	struct held_queue delayed, reordered;
	struct impairment_stats impaired;
	uint32_t losses[LOAD_LOSS_ROWS]; /* in a row, by sender and length of the packet */
	uint8_t gateway_mac[6];
	bool gateway_known;
	uint64_t gateway_asked_us;
	struct trace *trace;

	struct worker *w; /* lanes and crypto for dataplane/esp_out.c; no thread */
	struct esp_batch open;
	struct esp_stats esp;
	struct slabs slabs; /* SAs */
	struct list retired; /* children */

	struct peer **peers; /* good ones first */
	uint32_t n_peers, n_up;
	uint32_t role_first[ROLE_N], role_n[ROLE_N];
	struct client_config config[ROLE_N][PROFILE_MAX];
	struct rte_hash *by_spi, *by_lease;

	struct traffic_stats traffic[FLOW_N];
	double due_bytes[FLOW_N];
	uint64_t traffic_at_us, traffic_us; /* last turn with traffic; how long it ran */
	uint64_t arrived_us; /* when the last test packet arrived, or draining began */
	uint32_t next_sender[FLOW_N];

	struct {
		uint32_t round, step, n; /* n: connects begun in this step */
		uint64_t since_us;
		bool draining;
	} at;
	struct connect_stats connects;
	struct hostile *hostile;
	struct hostile_stats misdeeds;
	uint64_t keepalives; /* of clients to their NATs */
	uint64_t informs, informed; /* DHCPINFORM: clients that asked, and that got an answer */
	uint64_t pairs; /* of ESP, made so far */
	uint64_t rekeys, rekeyed; /* by steps: asked for, and done */
	uint64_t progress_us, progress_bytes;
	uint32_t progress_up;
	FILE *marks;
};

#endif
