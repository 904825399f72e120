/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The data plane as control sees it: start and stop, publish and retire what workers read, inject
 * packets, take what they punt, read their counters. No DPDK type appears here.
 *
 * All functions are for the control thread alone. Sessions and SAs belong to one worker; the
 * numbers that name them on the wire say which (docs/architecture.md).
 */
#ifndef DP_H
#define DP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drop.h"
#include "esp_suite.h"
#include "ip.h"
#include "nat_config.h"
#include "punt.h"
#include "stage.h"

#define DP_MAX_WORKERS 64 /* six bits of an SPI */
#define DP_MAX_SLOTS   (1u << 18) /* eighteen bits of an SPI, for each worker */
#define DP_PACKET_MAX \
	9216 /* the longest packet that may be injected; ports with a smaller MTU send fragments */

enum dp_port {
	DP_WAN,
	DP_LAN,
	DP_N_PORTS,
};

/*
 * Networks: an address of ours, untagged or on a VLAN (802.1Q) of a port. Number DP_WAN is the WAN's, DP_LAN the first
 * segment of the LAN, the numbers from there on are its further segments.
 */
#define DP_SEGMENTS_MAX 16
#define DP_NETS_MAX     (DP_LAN + DP_SEGMENTS_MAX)
#define DP_CLIENT       0xff /* in place of a network: a packet that came out of a session */

/* What the filter's rules tell apart. */
enum dp_zone {
	DP_ZONE_WAN,
	DP_ZONE_LAN, /* with all its segments */
	DP_ZONE_CLIENT,
	DP_ZONE_LOCAL, /* the gateway itself: nothing comes from there */
	DP_N_ZONES,
};

#define DP_VLAN_MAX 4094 /* IDs are 1 to this; 0: untagged (802.1Q, 9.6) */
/* Which sources a port takes of what is forwarded: reverse path forwarding (RFC 3704). */
enum dp_source_check {
	DP_SOURCE_STRICT, /* those that packets are sent to by this port (2.2) */
	DP_SOURCE_LOOSE, /* those that there is a way to (2.4) */
	DP_SOURCE_OFF, /* any */
};

struct dp_port_config {
	char device[256]; /* PCI address or vdev string */
	struct ip_prefix
		address; /* ours, with the network's length: /12 to /30; 0.0.0.0/32: none yet */
	be32 gateway; /* next hop for other networks; 0: none */
	uint16_t vlan; /* of its first network; 0: untagged */
	uint16_t mtu; /* bytes of an IP packet */
	uint16_t queues; /* receive and transmit queues; 0: one per worker */
	uint16_t descriptors; /* of each queue */
	enum dp_source_check source_check;
	bool forward; /* DP_WAN: what comes in for others than us is routed */
	bool dhcp; /* DP_WAN: datagrams to the DHCP client are left to control */
	bool relay; /* DP_LAN: broadcast datagrams are left to control */
};

/* A further segment of the LAN. Its MTU is the port's. */
struct dp_segment_config {
	uint16_t vlan;
	struct ip_prefix address;
	be32 gateway; /* 0: none */
};

struct dp_filter;

struct dp_config {
	unsigned control_core;
	unsigned worker_core[DP_MAX_WORKERS];
	unsigned n_workers;
	unsigned idle_sleep_us; /* a worker without packets naps so long; 0: it polls always */
	bool hugepages;
	unsigned memory_mb; /* 0: EAL's default */
	char file_prefix[64];
	const char *const *eal_options; /* further EAL arguments, as they are */
	unsigned n_eal_options;
	struct dp_port_config port[DP_N_PORTS];
	struct dp_segment_config segment[DP_SEGMENTS_MAX - 1];
	unsigned n_segments;
	bool routes; /* dp_net_set() will be told of some: memory for their tables */
	uint32_t max_sessions; /* of each worker; SA slots are twice as many */
	uint32_t replay_window; /* packets: a power of two, 64 to 4096 (RFC 4303, 3.4.3) */
	uint32_t filter_flows; /* that each worker's filter may hold; 0: there is no filter */
	bool copy_dscp_out, copy_dscp_in; /* RFC 2983: inner to outer, outer to inner */
	const struct dp_filter *filter; /* the first to be published; NULL: none */
	const struct nat_config *nat; /* copied; NULL, or without rules: no NAT */
};

struct dp;

/* EAL, ports and workers, in this order. What goes wrong is logged; returns 0 or -errno. */
int dp_start(const struct dp_config *config, struct dp **out);

/* Stops the workers, frees everything. NULL is fine. */
void dp_stop(struct dp *dp);

/* To be called in every turn of the control loop: frees what no worker can see any more. */
void dp_poll(struct dp *dp);

unsigned dp_n_workers(const struct dp *dp);
/* Sessions that the worker owns now. */
uint32_t dp_worker_sessions(const struct dp *dp, unsigned worker);
void dp_port_mac(const struct dp *dp, enum dp_port port, uint8_t mac[6]);
bool dp_port_link(const struct dp *dp, enum dp_port port);

/* --- sessions --------------------------------------------------------------------------------- */

/* Parts of a session's number, and of an SPI in host order. */
#define DP_ID_SLOT(id)   ((id)&0x3ffff)
#define DP_ID_WORKER(id) (((id) >> 18) & 0x3f)

#define DP_SID_NONE 0 /* no session; others are worker:6 | slot:18 */

/* What the worker needs to carry a session. */
struct dp_sess {
	be32 client; /* its leased address; 0 before IPCP: no data passes */
	be16 local_port, peer_port; /* of the UDP inside ESP; peer_port is where we send */
	uint16_t our_tid, our_sid; /* L2TP IDs of messages from the peer; 0: not known yet */
	uint16_t peer_tid, peer_sid; /* of messages to the peer */
	uint16_t mtu; /* of IP packets to the client; 4 less if sequencing */
	uint8_t segment; /* of the LAN that its address is of; 0: the first */
	uint16_t
		mss; /* TCP's segments are clamped to this and to what fits the mtu; 0: they are not */
	bool pfc, acfc; /* compress PPP's protocol, address and control to the peer */
	bool sequencing; /* number our L2TP data messages */
	uint64_t rate_up,
		rate_down; /* bit/s of IP packets: DP_RATE_MIN to DP_RATE_MAX, or 0: any */
	uint32_t burst_ms; /* how far a session that was at rest may be above them */
	uint32_t filter_groups, filter_user; /* whose rules are his (struct dp_filter_rule) */
};

#define DP_RATE_MIN 64000
#define DP_RATE_MAX 100000000000

/* A number for a new session of the worker, or DP_SID_NONE when all slots are taken. */
uint32_t dp_sess_take(struct dp *dp, unsigned worker);

/*
 * Makes the session visible to its worker, or replaces what is visible by this (packet counters and
 * the SA it sends on carry over). Returns 0 or -ENOMEM.
 */
int dp_sess_publish(struct dp *dp, uint32_t sid, const struct dp_sess *sess);

/* Not visible any more; the number is free after a grace period. Also for one only taken. */
void dp_sess_retire(struct dp *dp, uint32_t sid);

/* Packets for the address go to the session from now on; answers 0 or -EINVAL outside the LAN. */
int dp_lease_set(struct dp *dp, be32 addr, uint32_t sid);
void dp_lease_clear(struct dp *dp, be32 addr);

/* From the client (up) and to the client (down): IP packets and their bytes. */
struct dp_sess_stats {
	uint64_t up_packets, up_bytes;
	uint64_t down_packets, down_bytes;
	uint64_t up_dropped, down_dropped; /* packets above its rates */
};
bool dp_sess_stats(const struct dp *dp, uint32_t sid, struct dp_sess_stats *out);

/* --- ESP security associations ---------------------------------------------------------------- */

struct dp_sa {
	be32 spi;
	const struct esp_suite *suite;
	const struct esp_keys *keys; /* copied, expanded */
	struct ip_end local, remote; /* outer addresses; ports count when udp_encap (RFC 3948) */
	bool udp_encap;
	bool df; /* outbound: the outer header has DF, for the path MTU to be told (RFC 4301, 8.1) */
	bool repeats; /* no anti-replay: for benchmarks, whose source sends the same packets again */
};

/* An inbound SPI of the worker, with its slot reserved; 0 when all are taken. */
be32 dp_spi_take(struct dp *dp, unsigned worker);

/*
 * The same, but with the generation 1: what a peer can know without being told. Of a data plane in which
 * nothing was retired, the n-th of a worker has slot n. For static sessions alone.
 */
be32 dp_spi_take_static(struct dp *dp, unsigned worker);

/* The SA takes packets from now on, for this session. sa->spi comes from dp_spi_take. */
int dp_sa_in_publish(struct dp *dp, const struct dp_sa *sa, uint32_t sid);

/* No more packets; the slot is free after a grace period. Also for an SPI only taken. */
void dp_sa_in_retire(struct dp *dp, be32 spi);

struct sa_out;

/* An outbound SA for the sessions of one worker; NULL when out of memory. */
struct sa_out *dp_sa_out_new(struct dp *dp, const struct dp_sa *sa);

/*
 * The same SA, sending to another end from now on: to be set in its session in place of the old one, which is then
 * retired. Its sequence numbers have a gap. Only of one that is in UDP; NULL when out of memory.
 */
struct sa_out *dp_sa_out_moved(struct dp *dp, const struct sa_out *old,
	const struct esp_suite *suite, const struct ip_end *remote);

/* The published session sends on this SA from now on; NULL: it cannot send. */
void dp_sess_set_out(struct dp *dp, uint32_t sid, struct sa_out *out);

/* Frees it after a grace period. No session may send on it any more. */
void dp_sa_out_retire(struct dp *dp, struct sa_out *out);

struct dp_sa_stats {
	uint64_t packets,
		bytes; /* ESP packets that were good, and their bytes from the ESP header on */
	uint64_t replayed, bad; /* inbound: behind or twice in the window; integrity check failed */
	uint64_t seq; /* highest sequence number so far */
	uint64_t last_s; /* monotonic second of the last good packet; 0: none yet */
	struct ip_end
		remote; /* outbound: where it sends now; the worker follows a NAT that moves */
};
bool dp_sa_in_stats(const struct dp *dp, be32 spi, struct dp_sa_stats *out);
void dp_sa_out_stats(const struct sa_out *out, struct dp_sa_stats *stats);

/* --- networks and routes ---------------------------------------------------------------------- */

#define DP_ROUTES_MAX 126 /* an index of one byte in the table */

enum dp_route_kind {
	DP_ROUTE_NONE,
	DP_ROUTE_VIA, /* a router */
	DP_ROUTE_BLACKHOLE, /* dropped silently */
	DP_ROUTE_UNREACHABLE, /* the sender is told (ICMP host unreachable) */
};

struct dp_route {
	struct ip_prefix to;
	enum dp_route_kind kind;
	unsigned out; /* of DP_ROUTE_VIA: a network */
	be32 hop; /* of DP_ROUTE_VIA: a neighbour there */
};

/* What may change while the data plane runs. */
struct dp_net {
	struct {
		struct ip_prefix address; /* as in dp_port_config */
		be32 gateway; /* 0: none */
	} net[DP_NETS_MAX]; /* as many as there are */
	const struct dp_route *routes; /* none of them inside of a network of ours */
	unsigned n_routes;
};

/*
 * The workers go by it from their next turn on, all of it at once. Neighbours of a network that changes are
 * forgotten. Those of the LAN must stay. 0, or -EINVAL or -ENOMEM: nothing has changed then.
 */
int dp_net_set(struct dp *dp, const struct dp_net *net);

/* --- neighbours ------------------------------------------------------------------------------- */

/* The Ethernet address of a neighbour on the network; outside of it: ignored. */
void dp_neigh_set(struct dp *dp, unsigned net, be32 addr, const uint8_t mac[6]);
void dp_neigh_clear(struct dp *dp, unsigned net, be32 addr);
/* Whether packets went to it since this was last asked. */
bool dp_neigh_used(struct dp *dp, unsigned net, be32 addr);

/* --- packets in and out ------------------------------------------------------------------------ */

/* Each copies; 0, -EMSGSIZE, -ENOBUFS when there is no buffer or the worker's ring is full, -ENOENT. */

/*
 * An L2TP message, from its L2TP header on; UDP and ESP are added as the session has them, and Ns to
 * data messages with the S bit.
 */
int dp_inject_l2tp(struct dp *dp, uint32_t sid, const uint8_t *msg, size_t len);
/* An IPv4 packet for the client whose lease is its destination. */
int dp_inject_client(struct dp *dp, const uint8_t *packet, size_t len);
/* An IPv4 packet to a network, to its destination or the network's gateway. */
int dp_inject_ip(struct dp *dp, unsigned net, const uint8_t *packet, size_t len);
/*
 * An ICMP error of our own about a packet that NAT has touched: out by the WAN to a host that sent to one inside, or back
 * in to one inside. -ENOENT without NAT.
 */
int dp_inject_nat_out(struct dp *dp, const uint8_t *packet, size_t len);
int dp_inject_nat_back(struct dp *dp, const uint8_t *packet, size_t len);
/* An untagged Ethernet frame to a network, which gives it its tag. */
int dp_inject_frame(struct dp *dp, unsigned net, const uint8_t *frame, size_t len);

/* A packet that a worker left to control. What data begins with: see PUNT_REASONS. */
struct dp_punt {
	enum punt_reason reason;
	unsigned net; /* where it came in; DP_CLIENT: out of a session */
	unsigned worker;
	uint32_t sid; /* of DP_CLIENT: whose session; else DP_SID_NONE */
	be32 spi; /* of DP_CLIENT: the SA it came on, 0 when not known */
	be16 udp_port; /* PUNT_L2TP: the peer's UDP port inside ESP */
	be32 next_hop; /* PUNT_NEIGH: whom to resolve on `net` (there: the network it leaves to) */
	uint16_t mtu; /* PUNT_TOO_BIG: what would fit */
	const uint8_t *data; /* gone after the handler returns */
	size_t len;
};

/*
 * Hands at most max punts to fn: those that came out of sessions first, then all others but first messages of IKE, then a few
 * of these. Returns how many.
 */
unsigned dp_punt_drain(
	struct dp *dp, unsigned max, void (*fn)(void *arg, const struct dp_punt *punt), void *arg);

/* --- filter ------------------------------------------------------------------------------------- */

enum dp_filter_action {
	DP_FILTER_ACCEPT,
	DP_FILTER_DROP,
	DP_FILTER_REJECT, /* and the sender is told: TCP by RST, others by ICMP (RFC 1812, 5.2.7.1) */
};

struct dp_ports {
	uint16_t first, last; /* both within; host order */
};

/*
 * Of each kind of condition one must hold; a list without entries always does. Users and groups are numbers that control
 * gives out: they are those of the client that sends the packet, or if it comes from elsewhere, of the client
 * that it is for; where there is no client, a rule that has any does not match.
 */
struct dp_filter_rule {
	enum dp_filter_action action;
	uint8_t from, to; /* zones: bits 1 << enum dp_zone */
	const struct ip_prefix *from_networks, *to_networks;
	unsigned n_from, n_to;
	const uint32_t *users; /* not 0 */
	unsigned n_users;
	uint32_t groups; /* bits */
	uint8_t protocol; /* 0: any */
	int icmp_type; /* -1: any; only with protocol 1 */
	const struct dp_ports *src_ports, *dst_ports; /* only with a protocol that has ports */
	unsigned n_src_ports, n_dst_ports;
};

#define DP_FILTER_RULES_MAX   8192
#define DP_FILTER_ENTRIES_MAX 65536 /* of all rules: the products of their lists */

struct dp_filter {
	const struct dp_filter_rule *rules; /* the first that matches counts */
	uint32_t n_rules;
	enum dp_filter_action fallback[DP_N_ZONES]; /* by the zone that packets come from */
	uint32_t tcp_timeout_s, udp_timeout_s; /* of TCP that is open; of all other flows */
};

/*
 * Workers work by these rules from now on, and forget all flows. Packets to the gateway itself pass where no rule matches,
 * and rules without from_networks do not hold up IKE and ESP. Returns 0, -EINVAL or -ENOMEM with a log line; then
 * nothing has changed. Without any rules ever, all pass that find a way.
 */
int dp_filter_publish(struct dp *dp, const struct dp_filter *filter);

struct dp_filter_stats {
	uint64_t flows, packets, bytes; /* of what is dropped, each packet is a flow */
};

/* By rule; after the last, by fallback. False when there is none. */
bool dp_filter_stats(const struct dp *dp, uint32_t rule, struct dp_filter_stats *out);

struct dp_track_stats {
	uint64_t flows, size; /* now, and as many as there may be */
	uint64_t full,
		evicted; /* flows refused for want of room; flows without an answer that made room */
};
void dp_track_stats(const struct dp *dp, struct dp_track_stats *out);

/* --- what is held, of all workers --------------------------------------------------------------- */

struct dp_usage {
	uint32_t sessions, spis; /* numbers that are taken */
	size_t buried; /* retired objects and numbers that a worker may still see */
	size_t used, held; /* bytes of SAs and sessions, and with what is kept for more of them */
};
void dp_usage(const struct dp *dp, struct dp_usage *out);

/* --- NAT ---------------------------------------------------------------------------------------- */

bool dp_nat_on(const struct dp *dp);

/* Whether it is an address of a pool of nat.source, other than the WAN port's own. */
bool dp_nat_is_pool(const struct dp *dp, be32 addr);

/* Sums over the workers; peak is the sum of their own. */
struct dp_nat_stats {
	uint64_t sessions, peak, mappings; /* now; most at a time; ports taken now */
	uint64_t opened, opened_from_outside, expired;
	uint64_t evicted, evicted_ports; /* made room: the table was full; all ports were taken */
	uint64_t out_of_sessions, out_of_ports, over_host_limit; /* packets without a session */
	uint64_t hairpinned, errors_out, errors_in; /* packets; ICMP errors translated */
};
void dp_nat_stats(const struct dp *dp, struct dp_nat_stats *out);

/* Sessions that a rule of nat.source, or of nat.destination, has made so far. */
uint64_t dp_nat_rule_sessions(const struct dp *dp, bool destination, unsigned rule);

struct dp_nat_session {
	const char *protocol; /* "tcp", "udp", "icmp" */
	struct ip_end inside, outside, peer; /* host inside; what stands for it; remote end */
	const char *state; /* of TCP: "opening", "established", "closing"; else "" */
	uint32_t idle_s, left_s;
	uint32_t packets_out, packets_in; /* modulo 2^32 */
	bool from_outside, forwarded;
	unsigned rule, worker;
};

/*
 * The next session from the place *at on, which begins with 0; false at the end. Workers go on meanwhile: what opens
 * or ends may be seen or not.
 */
bool dp_nat_next(const struct dp *dp, uint64_t *at, struct dp_nat_session *out);

/* --- counters: sums over the workers ----------------------------------------------------------- */

/* Packets to the gateway that came in fragments. */
struct dp_reass_stats {
	uint64_t fragments,
		packets; /* put together: fragments, and the packets that came of them */
	uint64_t held; /* fragments that wait for others now */
};
void dp_reass_stats(const struct dp *dp, struct dp_reass_stats *out);

uint64_t dp_drops(const struct dp *dp, enum drop_reason reason);
uint64_t dp_punts(const struct dp *dp, enum punt_reason reason);

struct dp_stage_stats {
	uint64_t calls, packets, cycles;
};
void dp_stage_stats(const struct dp *dp, enum stage stage, struct dp_stage_stats *out);

struct dp_port_stats {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, rx_missed, rx_errors, tx_errors;
};
int dp_port_stats(const struct dp *dp, enum dp_port port, struct dp_port_stats *out);

#endif
