/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the parts of kanmon-load share. One thread runs a loop over them: timers, frames of both
 * ports, the steps of the scenario, traffic, misbehaviour. Each part is a file load_PART.c, whose
 * functions are below under its name.
 *
 *                  clients (client.c)                          host of the LAN
 *      load_peer: addresses, NAT, ESP pairs, phases        load_lan: ARP, test packets
 *      load_esp: encryption, decryption                             |
 *      load_wan: ARP, IPv4, UDP, the client meant                   |
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
/* DPDK and the C library define these as well; those of list.h are used. */
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
	uint16_t n; /* of tx: frames collected for one burst */
	struct rte_mbuf *tx[PORT_BURST];
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, tx_full;
};

/* A frame to the WAN that an impairment holds back. */
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

/* Starts DPDK and opens both ports and the packet pool. 0, or -errno after a line on stderr. */
int load_ports_open(struct load *l);
void load_ports_close(struct load *l);
/* A packet with room for headers, or NULL. */
struct rte_mbuf *load_port_new(struct load *l);
/* Sends a whole frame by the port, with the impairments of the WAN; consumes it. */
void load_port_send(struct load *l, enum dp_port port, struct rte_mbuf *m);
/* Sends held frames that are due, and the collected burst. */
void load_port_flush(struct load *l);
uint16_t load_port_receive(struct load *l, enum dp_port port, struct rte_mbuf *m[PORT_BURST]);
/* Prepends an Ethernet header. */
void load_port_ether(struct rte_mbuf *m, const uint8_t to[6], const uint8_t from[6], uint16_t type);
/* Broadcasts an ARP request, or answers one (to is not NULL). */
void load_port_arp(struct load *l, enum dp_port port, be32 sender, be32 target, const uint8_t *to);

/* --- load_trace: capture and keys for Wireshark ----------------------------------------------- */

/* Creates the files; keys go to the folder FILE.keys. NULL after a line on stderr. */
struct trace *load_trace_open(const char *path);
void load_trace_close(struct trace *t);
/* These do nothing if t is NULL. */
void load_trace_frame(struct trace *t, const struct rte_mbuf *m);
void load_trace_isakmp(struct trace *t, const struct client_isakmp_keys *keys);
void load_trace_child(struct trace *t, be32 outer, be32 gateway, const struct client_child *child);

/* --- load_traffic: test packets, and counters of what became of them -------------------------- */

#define FLOW_WINDOW 1024 /* packets within which a duplicate is recognised */

/* One direction of a peer's traffic. */
struct flow {
	/* The sender's side. */
	uint64_t sent, acked; /* sequence numbers, from 1 on */
	uint64_t moved_us; /* when `acked` last grew */
	/* The receiver's side. */
	uint64_t got; /* packets received, without duplicates */
	uint64_t top; /* the highest sequence number */
	uint64_t seen[FLOW_WINDOW / 64]; /* bit n % FLOW_WINDOW: number n was received */
};

struct traffic_stats {
	uint64_t sent, sent_bytes, got, got_bytes, duplicated, reordered, corrupt, foreign;
	uint64_t fragments; /* are not reassembled: their packets count as lost */
};

enum flow_way { FLOW_UP, FLOW_DOWN, FLOW_N };

/* Sends what is due in this turn. on: the current step has traffic. */
void load_traffic_run(struct load *l, bool on);
/* Takes a packet, from its IPv4 header on, that arrived at client p, or on the LAN (NULL). */
void load_traffic_input(struct load *l, const struct peer *p, const uint8_t *ip, size_t len);
/* Sends a test packet from an inner address that is not the peer's. On arrival it is foreign. */
void load_traffic_spoof(struct peer *p, be32 source);
/* Packets of all clients that have not arrived. */
uint64_t load_traffic_missing(const struct load *l, enum flow_way way);
/* Good clients all of whose packets have arrived. */
uint32_t load_traffic_whole(const struct load *l, enum flow_way way);

/* --- load_peer: a client with its place in the network ---------------------------------------- */

enum peer_role {
	ROLE_GOOD,
	ROLE_HALF_OPEN, /* falls silent after message 3, which costs the gateway Diffie-Hellman */
	ROLE_WRONG_PSK,
	ROLE_WRONG_PASSWORD,
	ROLE_SPOOF, /* sends from inner addresses that are not its own */
	ROLE_FUZZ, /* sends mutated control messages inside its tunnel */
	ROLE_N
};
const char *load_role_name(enum peer_role role);

struct child {
	struct list node; /* in peer.children, the newest first */
	be32 spi_in;
	struct sa_in *in;
	struct sa_out *out;
};

struct peer {
	struct load *l;
	struct client *c;
	uint32_t number;
	enum peer_role role;
	const struct profile *profile;
	be32 outer; /* its own address, or that of its NAT */
	uint32_t slot, turn; /* behind a NAT: its slot there, and how often it has roamed */
	be32 lease, inner_gateway; /* 0: not up */
	uint8_t lan_mac[6]; /* that answers ARP for the lease on the LAN */
	bool lan_known;
	uint32_t n_pairs, n_isakmps; /* negotiated so far */
	uint32_t rekey_from; /* which of these at the beginning of a rekey step */
	bool rekeying; /* one more is expected */
	bool wanted; /* counted in this round: to end before it is up is a failure */
	uint8_t heard; /* IKE messages since it began; of ROLE_HALF_OPEN */
	uint64_t begun_us, phase_us; /* when connecting began, when the phase began */
	uint64_t lan_asked_us;
	uint8_t head[CLIENT_HEAD_MAX]; /* L2TP and PPP headers of data */
	size_t head_len, head_len_at; /* bytes; offset of the length field, or 0 */
	struct list children;
	struct flow flow[FLOW_N];
	struct sess sess; /* for esp_out: the SA to send on. Last, without shapers behind it */
};

int load_peers_open(struct load *l);
void load_peers_close(struct load *l);
void load_peer_connect(struct peer *p);
void load_peer_disconnect(struct peer *p);
void load_peer_die(struct peer *p);
/* Moves it to another port of its NAT, as if the NAT had forgotten it. False without a NAT. */
bool load_peer_roam(struct peer *p);
/* The port from which the gateway sees packets of the client's port. */
be16 load_peer_port(const struct peer *p, uint16_t port);
/* The client that a packet to this end is for, or NULL; *port becomes the client's own port. */
struct peer *load_peer_by_end(struct load *l, be32 addr, be16 to, uint16_t *port);
struct child *load_peer_child(struct load *l, be32 addr, be32 spi);
struct peer *load_peer_by_lease(struct load *l, be32 lease);
/* Sends an L2TP message, in m with room for headers before it; consumes m. */
void load_peer_l2tp(struct peer *p, struct rte_mbuf *m);
/* The UDP checksum over the packet and the client's own addresses: 0 if the one in it is right. */
uint16_t load_peer_sum(const struct peer *p, const struct rte_mbuf *m);
/* Sends an inner IPv4 packet to the gateway; consumes m. */
void load_peer_ip(struct peer *p, struct rte_mbuf *m);
/* Frees SAs that ended in this turn. */
void load_peer_reap(struct load *l);

/* --- load_esp --------------------------------------------------------------------------------- */

#define ESP_BATCH 64

struct esp_batch {
	uint16_t n;
	struct rte_mbuf *pkt[ESP_BATCH]; /* from the ESP header on */
	struct peer *peer[ESP_BATCH];
	struct sa_in *sa[ESP_BATCH];
};

struct esp_stats {
	uint64_t no_sa, replayed, bad;
	uint64_t bad_sum; /* wrong UDP checksums, which a kernel would drop */
};

/* Adds a packet of the SA, from the ESP header on, to the batch; consumes m. */
void load_esp_in(struct load *l, struct peer *p, struct sa_in *sa, struct rte_mbuf *m);
/* Decrypts the batch and hands it to load_wan_opened(). */
void load_esp_open(struct load *l);
/* Encrypts the packets in lane SEAL and sends them. */
void load_esp_seal(struct load *l);

/* --- load_wan, load_lan ----------------------------------------------------------------------- */

void load_wan_run(struct load *l);
/* Sends an IPv4 packet to the WAN; consumes m. */
void load_wan_ip(struct load *l, struct rte_mbuf *m);
/* Sends a UDP datagram of len bytes; marker: after the non-ESP marker (RFC 3948, 2.2). */
void load_wan_udp(struct load *l, const struct ip_end *from, be16 to_port, bool marker,
	const uint8_t *msg, size_t len);
/* Takes a decrypted packet, from its UDP header on; consumes m. */
void load_wan_opened(struct load *l, struct peer *p, struct rte_mbuf *m);
void load_lan_run(struct load *l);
/* Asks by ARP for the peer's lease; true once the answer is known. */
bool load_lan_resolve(struct peer *p);
/* Sends an IPv4 packet from the LAN's host to the peer's lease; consumes m. */
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
/* Sees an encrypted packet, from its outer IPv4 header on; some are kept for replay. */
void load_hostile_sealed(struct load *l, const struct rte_mbuf *m);
/* Sees an L2TP message of the peer; those of fuzzers are kept for mutation. */
void load_hostile_said(struct peer *p, const uint8_t *msg, size_t len);

/* --- load_steps: the scenario ----------------------------------------------------------------- */

void load_steps_begin(struct load *l);
/* False when the last round is over. */
bool load_steps_run(struct load *l);
bool load_steps_traffic(const struct load *l);
/* "connect 3/10", for the progress line. */
const char *load_steps_name(const struct load *l);

/* --- load_report ------------------------------------------------------------------------------ */

/* Durations in microseconds, sorted once a percentile is needed. */
struct samples {
	uint32_t *us;
	size_t n, room;
};

struct connect_stats {
	uint64_t begun, up, ended, failures;
	uint64_t why[CLIENT_N_WHYS]; /* good clients that ended unexpectedly */
	char text[CLIENT_N_WHYS][96]; /* of the last one */
	struct samples phase[CLIENT_N_PHASES]; /* duration of each phase */
	struct samples total;
	uint64_t first_us, last_us; /* when the first connect began, and the last one ended */
	uint64_t busy_us; /* the duration of all connect steps */
};

void load_samples_add(struct samples *s, uint64_t us);
void load_report_progress(struct load *l);
void load_report_end(struct load *l, FILE *table);
/* 0, or -errno after a line on stderr. */
int load_report_json(struct load *l, const char *path);

/* --- the whole -------------------------------------------------------------------------------- */

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

	struct worker *w; /* lanes and crypto for the stage esp_out; has no thread */
	struct esp_batch open;
	struct esp_stats esp;
	struct slabs slabs; /* of SAs */
	struct list retired; /* of struct child, freed at the end of the turn */

	struct peer **peers; /* the good ones first */
	uint32_t n_peers, n_up;
	uint32_t role_first[ROLE_N], role_n[ROLE_N];
	struct client_config config[ROLE_N][PROFILE_MAX];
	struct rte_hash *by_spi, *by_lease;

	struct traffic_stats traffic[FLOW_N];
	double due_bytes[FLOW_N];
	uint64_t traffic_at_us, traffic_us; /* last turn with traffic; duration of traffic */
	uint64_t arrived_us; /* when the last test packet arrived, or draining began */
	uint32_t next_sender[FLOW_N];

	struct {
		uint32_t round, step, n; /* n: clients begun in this step */
		uint64_t since_us;
		bool draining;
	} at;
	struct connect_stats connects;
	struct hostile *hostile;
	struct hostile_stats misdeeds;
	uint64_t keepalives; /* sent by clients to keep their NATs' mappings */
	uint64_t informs, informed; /* DHCPINFORM: clients that sent it, and that got an answer */
	uint64_t pairs; /* ESP pairs negotiated so far */
	uint64_t rekeys, rekeyed; /* by rekey steps: begun, and done */
	uint64_t progress_us, progress_bytes;
	uint32_t progress_up;
	FILE *marks;
};

#endif
