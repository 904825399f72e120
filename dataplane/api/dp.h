/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The data plane as control sees it: start and stop, publish and retire the objects that workers
 * read, inject packets, receive punted packets, read counters. No DPDK type appears here.
 *
 * Only the control thread calls these functions. They are implemented in dataplane/dp/, in dp.c
 * and, by section, in the file that the section names. Sessions and SAs belong to one worker, which
 * the numbers that name them on the wire encode (docs/architecture.md).
 *
 * Unless a field says otherwise: be16 and be32 are in network byte order, all other integers in
 * host order; functions that return int return 0 or a negative errno.
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
#define DP_MAX_SLOTS   (1u << 18) /* eighteen bits of an SPI, per worker */
/* Bytes of the longest packet that can be injected. Ports with a smaller MTU fragment it. */
#define DP_PACKET_MAX  9216

enum dp_port {
	DP_WAN,
	DP_LAN,
	DP_N_PORTS,
};

/*
 * Networks: an address of the gateway on a port, untagged or in a VLAN (802.1Q). Number DP_WAN is
 * the WAN, DP_LAN the first segment of the LAN; the numbers that follow are the further segments.
 */
#define DP_SEGMENTS_MAX 16
#define DP_NETS_MAX     (DP_LAN + DP_SEGMENTS_MAX)
#define DP_CLIENT       0xff /* in place of a network number: the packet came out of a session */

/* Where packets come from and go to, as the filter's rules distinguish it. */
enum dp_zone {
	DP_ZONE_WAN,
	DP_ZONE_LAN, /* all segments */
	DP_ZONE_CLIENT,
	DP_ZONE_LOCAL, /* the gateway itself; only a destination */
	DP_N_ZONES,
};

#define DP_VLAN_MAX 4094 /* VLAN IDs are 1 to 4094; 0 is untagged (802.1Q, 9.6) */

/* Which sources a port accepts in packets to be forwarded: reverse path forwarding (RFC 3704). */
enum dp_source_check {
	DP_SOURCE_STRICT, /* those whose route leads back out of the same port (2.2) */
	DP_SOURCE_LOOSE, /* those that have a route (2.4) */
	DP_SOURCE_OFF, /* any */
};

/* A port and its first network. */
struct dp_port_config {
	char device[256]; /* PCI address or vdev string */
	/* The gateway's, with the prefix length /12 to /30; 0.0.0.0/32: none yet. */
	struct ip_prefix address;
	be32 gateway; /* default gateway; 0: none */
	uint16_t vlan; /* ID of the port's first network; 0: untagged */
	uint16_t mtu; /* bytes of an IP packet */
	uint16_t queues; /* receive and transmit queues each; 0: one per worker */
	uint16_t descriptors; /* per queue */
	enum dp_source_check source_check; /* of forwarded packets */
	bool forward; /* DP_WAN: packets for other addresses than ours are routed */
	bool dhcp; /* DP_WAN: packets to the DHCP client are punted */
	bool relay; /* DP_LAN: broadcast datagrams are punted */
};

/* A further segment of the LAN. It has the MTU of the port. */
struct dp_segment_config {
	uint16_t vlan; /* VLAN ID; 0: untagged */
	struct ip_prefix address; /* the gateway's, with the prefix length /12 to /30 */
	be32 gateway; /* 0: none */
};

struct dp_filter;

struct dp_config {
	unsigned control_core; /* number of a CPU, as are the workers' */
	unsigned worker_core[DP_MAX_WORKERS];
	unsigned n_workers;
	/* Sleep of a worker without packets, in microseconds; 0: it polls always. */
	unsigned idle_sleep_us;
	bool hugepages; /* use huge pages; else EAL runs with --no-huge */
	unsigned memory_mb; /* MB; 0: EAL's default */
	char file_prefix[64]; /* EAL's, for the names of its files */
	const char *const *eal_options; /* further EAL arguments, passed unchanged */
	unsigned n_eal_options;
	struct dp_port_config port[DP_N_PORTS];
	struct dp_segment_config segment[DP_SEGMENTS_MAX - 1];
	unsigned n_segments;
	bool routes; /* reserve memory for route tables: dp_net_set() will get routes */
	uint32_t max_sessions; /* per worker; there are twice as many SA slots */
	uint32_t replay_window; /* packets: a power of two, 64 to 4096 (RFC 4303, 3.4.3) */
	uint32_t filter_flows; /* capacity of each worker's flow table; 0: no filter */
	bool copy_dscp_out, copy_dscp_in; /* RFC 2983: inner to outer header, outer to inner */
	const struct dp_filter *filter; /* the first to be published; NULL: none */
	const struct nat_config *nat; /* copied; NULL or without rules: no NAT */
};

struct dp;

/* Starts EAL, ports and workers, in this order. Logs errors. *out is freed by dp_stop(). */
int dp_start(const struct dp_config *config, struct dp **out);

/* Stops the workers and frees everything. dp may be NULL. */
void dp_stop(struct dp *dp);

/*
 * Frees what no worker can see any more and watches the links. Call it in every turn of the control
 * loop.
 */
void dp_poll(struct dp *dp);

unsigned dp_n_workers(const struct dp *dp);
/* Sessions that the worker owns now. */
uint32_t dp_worker_sessions(const struct dp *dp, unsigned worker);

void dp_port_mac(const struct dp *dp, enum dp_port port, uint8_t mac[6]);
/* Whether the port's link was up when it was last polled. */
bool dp_port_link(const struct dp *dp, enum dp_port port);

/* --- sessions: dp_publish.c ------------------------------------------------------------------- */

/* Parts of a session number, and of an SPI in host order. */
#define DP_ID_SLOT(id)   ((id)&0x3ffff)
#define DP_ID_WORKER(id) (((id) >> 18) & 0x3f)

#define DP_SID_NONE 0 /* no session; others are worker:6 | slot:18 */

/* What a worker needs to carry a session. */
struct dp_sess {
	be32 client; /* leased address; 0 before IPCP is open: no data passes */
	be16 local_port, peer_port; /* UDP inside ESP; peer_port is the port that we send to */
	uint16_t our_tid, our_sid; /* L2TP IDs in messages from the peer; 0: not known yet */
	uint16_t peer_tid, peer_sid; /* L2TP IDs in messages to the peer */
	uint16_t mtu; /* bytes of an IP packet to the client; reduced by 4 with sequencing */
	uint8_t segment; /* segment of the LAN that `client` is in; 0: the first */
	/* Bytes. TCP's MSS is clamped to this and to what fits the MTU; 0: it is not clamped. */
	uint16_t mss;
	bool pfc, acfc; /* compress PPP's protocol field, address and control fields to the peer */
	bool sequencing; /* put sequence numbers into L2TP data messages */
	/* Bits per second of IP packets, DP_RATE_MIN to DP_RATE_MAX; 0: no limit. */
	uint64_t rate_up, rate_down;
	/* Burst that an idle session may send or receive at once, in ms of its rate. */
	uint32_t burst_ms;
	/* The user and groups that rules match (struct dp_filter_rule). */
	uint32_t filter_groups, filter_user;
};

#define DP_RATE_MIN 64000
#define DP_RATE_MAX 100000000000

/* Takes a number for a new session of the worker; DP_SID_NONE when all slots are taken. */
uint32_t dp_sess_take(struct dp *dp, unsigned worker);

/*
 * Makes the session visible to its worker, or replaces the visible one. Packet counters and the
 * outbound SA carry over. Returns -EINVAL for a number that is not taken, or -ENOMEM.
 */
int dp_sess_publish(struct dp *dp, uint32_t sid, const struct dp_sess *sess);

/*
 * Hides the session; its number is free after a grace period. Also for a number that was only
 * taken.
 */
void dp_sess_retire(struct dp *dp, uint32_t sid);

/* Directs packets for the address to the session. Returns -EINVAL outside the LAN's networks. */
int dp_lease_set(struct dp *dp, be32 addr, uint32_t sid);
void dp_lease_clear(struct dp *dp, be32 addr);

/* From the client (up) and to the client (down): IP packets and their bytes. */
struct dp_sess_stats {
	uint64_t up_packets, up_bytes;
	uint64_t down_packets, down_bytes;
	uint64_t up_dropped, down_dropped; /* packets above the session's rate */
};
bool dp_sess_stats(const struct dp *dp, uint32_t sid, struct dp_sess_stats *out);

/* --- ESP security associations: dp_publish.c -------------------------------------------------- */

struct dp_sa {
	be32 spi; /* network order, as on the wire */
	const struct esp_suite *suite;
	const struct esp_keys *keys; /* copied and expanded */
	/* Outer addresses; the ports count with udp_encap (RFC 3948). */
	struct ip_end local, remote;
	bool udp_encap;
	bool df; /* outbound: set DF in the outer header, to learn the path MTU (RFC 4301, 8.1) */
	/* No replay check: for benchmarks, whose source sends the same packets again. */
	bool no_anti_replay;
};

/* Takes an inbound SPI of the worker and reserves its slot; 0 when all are taken. */
be32 dp_spi_take(struct dp *dp, unsigned worker);

/*
 * Like dp_spi_take(), with generation 1 instead of a random one, so that a peer can know the SPI
 * without being told: the n-th SPI of a worker has slot n as long as nothing was retired. For
 * static sessions only.
 */
be32 dp_spi_take_static(struct dp *dp, unsigned worker);

/*
 * Makes the SA accept packets for this session. sa->spi comes from dp_spi_take(); -EINVAL when it
 * does not, or was published before. -ENOMEM.
 */
int dp_sa_in_publish(struct dp *dp, const struct dp_sa *sa, uint32_t sid);

/* Ends the SA; its slot is free after a grace period. Also for an SPI that was only taken. */
void dp_sa_in_retire(struct dp *dp, be32 spi);

struct sa_out;

/* Makes an outbound SA for sessions of one worker; NULL when out of memory. */
struct sa_out *dp_sa_out_new(struct dp *dp, const struct dp_sa *sa);

/*
 * Copies an outbound SA with UDP encapsulation to send to another remote end. Set the copy in the
 * session with dp_sess_set_out(), then retire `old`. The copy skips sequence numbers that `old` may
 * still use. NULL when out of memory.
 */
struct sa_out *dp_sa_out_moved(struct dp *dp, const struct sa_out *old,
	const struct esp_suite *suite, const struct ip_end *remote);

/* Makes the published session send on this SA; NULL: it cannot send. */
void dp_sess_set_out(struct dp *dp, uint32_t sid, struct sa_out *out);

/* Frees the SA after a grace period. No session may send on it any more. */
void dp_sa_out_retire(struct dp *dp, struct sa_out *out);

struct dp_sa_stats {
	/* ESP packets that passed all checks, and their bytes from the ESP header on. */
	uint64_t packets, bytes;
	/* Inbound: seen before or behind the window; failed the integrity check. */
	uint64_t replayed, bad;
	uint64_t seq; /* highest sequence number so far */
	uint64_t last_s; /* monotonic second of the last packet that passed; 0: none yet */
	/* Outbound: where the SA sends now. The worker follows a NAT that moves. */
	struct ip_end remote;
};
bool dp_sa_in_stats(const struct dp *dp, be32 spi, struct dp_sa_stats *out);
void dp_sa_out_stats(const struct sa_out *out, struct dp_sa_stats *stats);

/* --- networks and routes: dp_net.c ------------------------------------------------------------ */

#define DP_ROUTES_MAX 126 /* an index in the table is seven bits */

enum dp_route_kind {
	DP_ROUTE_NONE,
	DP_ROUTE_VIA, /* to a router */
	DP_ROUTE_BLACKHOLE, /* dropped silently */
	DP_ROUTE_UNREACHABLE, /* the sender is told (ICMP host unreachable) */
};

struct dp_route {
	struct ip_prefix to; /* destinations */
	enum dp_route_kind kind;
	unsigned out; /* DP_ROUTE_VIA: number of a network */
	be32 hop; /* DP_ROUTE_VIA: a neighbour in that network */
};

/* Addresses, gateways and routes of all networks: what can change at run time. */
struct dp_net {
	struct {
		struct ip_prefix address; /* as in dp_port_config */
		be32 gateway; /* 0: none */
	} net[DP_NETS_MAX]; /* by number of the network */
	const struct dp_route *routes; /* none inside one of our networks */
	unsigned n_routes;
};

/*
 * Makes the workers use these addresses and routes from their next turn on, all at once. Forgets
 * the neighbours of a network that changes. The LAN's addresses must stay. Returns -EINVAL or
 * -ENOMEM without having changed anything.
 */
int dp_net_set(struct dp *dp, const struct dp_net *net);

/* --- neighbours: dp_neigh.c ------------------------------------------------------------------- */

/* Sets the Ethernet address of a neighbour. Ignored when addr is outside the network. */
void dp_neigh_set(struct dp *dp, unsigned net, be32 addr, const uint8_t mac[6]);
void dp_neigh_clear(struct dp *dp, unsigned net, be32 addr);
/* Whether packets went to the neighbour since the last call. */
bool dp_neigh_used(struct dp *dp, unsigned net, be32 addr);

/* --- packets in and out: dp_inject.c ---------------------------------------------------------- */

/*
 * Each function copies the packet. Errors: -EMSGSIZE; -ENOBUFS when there is no buffer or the
 * worker's ring is full; -ENOENT when there is no such session or network.
 */

/*
 * An L2TP message from its L2TP header on. The worker adds UDP and ESP as the session has them, and
 * Ns to data messages with the S bit.
 */
int dp_inject_l2tp(struct dp *dp, uint32_t sid, const uint8_t *msg, size_t len);
/* An IPv4 packet for the client that leases its destination address. */
int dp_inject_client(struct dp *dp, const uint8_t *packet, size_t len);
/* An IPv4 packet to its destination in the network, or to the network's gateway. */
int dp_inject_ip(struct dp *dp, unsigned net, const uint8_t *packet, size_t len);
/*
 * An ICMP error of the gateway about a packet that NAT has translated: out by the WAN, to a remote
 * host that sent to an inside host; or back in, to an inside host. -ENOENT without NAT.
 */
int dp_inject_nat_out(struct dp *dp, const uint8_t *packet, size_t len);
int dp_inject_nat_back(struct dp *dp, const uint8_t *packet, size_t len);
/* An untagged Ethernet frame to a network. The network's VLAN tag is added. */
int dp_inject_frame(struct dp *dp, unsigned net, const uint8_t *frame, size_t len);

/* A packet that a worker left to control. PUNT_REASONS says what its data begins with. */
struct dp_punt {
	enum punt_reason reason;
	unsigned net; /* where the packet came in; DP_CLIENT: out of a session */
	unsigned worker;
	uint32_t sid; /* with DP_CLIENT: the session; else DP_SID_NONE */
	be32 spi; /* with DP_CLIENT: the SA that carried the packet; 0: not known */
	be16 udp_port; /* PUNT_L2TP: the peer's UDP port inside ESP */
	/* PUNT_NEIGH: the address to resolve in `net`, which is the outgoing network. */
	be32 next_hop;
	uint16_t mtu; /* PUNT_TOO_BIG: bytes that would fit */
	const uint8_t *data; /* valid until the handler returns */
	size_t len;
};

/*
 * Hands at most max punted packets to fn: those from sessions first, then all others but first
 * messages of IKE, then a few of these. Returns their number.
 */
unsigned dp_punt_drain(
	struct dp *dp, unsigned max, void (*fn)(void *arg, const struct dp_punt *punt), void *arg);

/* --- filter: dp_filter.c ---------------------------------------------------------------------- */

enum dp_filter_action {
	DP_FILTER_ACCEPT,
	DP_FILTER_DROP,
	DP_FILTER_REJECT, /* the sender is told: by RST for TCP, else by ICMP (RFC 1812, 5.2.7.1) */
};

struct dp_ports {
	uint16_t first, last; /* inclusive, host order */
};

/*
 * A packet matches when it meets one condition of each kind; a list without entries matches all
 * packets. Control assigns the numbers of users and groups. They are those of the client that sends
 * the packet or, if it comes from elsewhere, of the client that receives it. Without a client, a
 * rule that names users or groups does not match.
 */
struct dp_filter_rule {
	enum dp_filter_action action;
	uint8_t from, to; /* zones, as bits 1 << enum dp_zone */
	const struct ip_prefix *from_networks, *to_networks;
	unsigned n_from, n_to;
	const uint32_t *users; /* numbers other than 0 */
	unsigned n_users;
	uint32_t groups; /* a bit for each group */
	uint8_t protocol; /* 0: any */
	int icmp_type; /* -1: any; only with protocol 1 */
	const struct dp_ports *src_ports, *dst_ports; /* only with a protocol that has ports */
	unsigned n_src_ports, n_dst_ports;
};

#define DP_FILTER_RULES_MAX   8192
#define DP_FILTER_ENTRIES_MAX 65536 /* in all rules: the products of their lists */

struct dp_filter {
	const struct dp_filter_rule *rules; /* the first match decides */
	uint32_t n_rules;
	enum dp_filter_action fallback[DP_N_ZONES]; /* by the zone that the packet comes from */
	uint32_t tcp_timeout_s, udp_timeout_s; /* of established TCP; of all other flows */
};

/*
 * Makes the workers use these rules and forget all flows. Packets to the gateway itself pass where
 * no rule matches, and rules without from_networks do not apply to IKE and ESP. As long as nothing
 * was published, everything that has a route passes. Returns -EINVAL, or -ENOMEM with a log line,
 * without having changed anything.
 */
int dp_filter_publish(struct dp *dp, const struct dp_filter *filter);

struct dp_filter_stats {
	uint64_t flows, packets, bytes; /* a dropped packet counts as a flow */
};

/*
 * By rule; the numbers after the last rule are those of the fallbacks. False when there is no such
 * rule.
 */
bool dp_filter_stats(const struct dp *dp, uint32_t rule, struct dp_filter_stats *out);

struct dp_track_stats {
	uint64_t flows, size; /* in the tables now, and their capacity */
	/* Flows refused because the table was full; unanswered flows that made room for others. */
	uint64_t full, evicted;
};
void dp_track_stats(const struct dp *dp, struct dp_track_stats *out);

/* --- memory in use, of all workers: dp_publish.c ---------------------------------------------- */

struct dp_usage {
	uint32_t sessions, spis; /* numbers taken */
	size_t buried; /* retired objects and numbers that a worker may still see */
	size_t used, held; /* bytes of SAs and sessions, and of the memory kept for them */
};
void dp_usage(const struct dp *dp, struct dp_usage *out);

/* --- NAT: dp_nat.c ---------------------------------------------------------------------------- */

bool dp_nat_on(const struct dp *dp);

/* Whether the address is in a pool of nat.source, other than the WAN port's own. */
bool dp_nat_is_pool(const struct dp *dp, be32 addr);

/* Sums over the workers; `peak` is the sum of the workers' peaks. */
struct dp_nat_stats {
	uint64_t sessions, peak, mappings; /* now; most at a time; external ports taken now */
	uint64_t opened, opened_from_outside, expired;
	/* Ended to make room: the table was full; all ports were taken. */
	uint64_t evicted, evicted_ports;
	uint64_t out_of_sessions, out_of_ports, over_host_limit; /* packets that got no session */
	uint64_t hairpinned, errors_out, errors_in; /* packets; translated ICMP errors */
};
void dp_nat_stats(const struct dp *dp, struct dp_nat_stats *out);

/* Sessions that a rule of nat.source or nat.destination has made so far. */
uint64_t dp_nat_rule_sessions(const struct dp *dp, bool destination, unsigned rule);

struct dp_nat_session {
	const char *protocol; /* "tcp", "udp", "icmp" */
	struct ip_end inside, outside, peer; /* inside host; its external end; remote end */
	const char *state; /* of TCP: "opening", "established", "closing"; else "" */
	uint32_t idle_s, left_s; /* seconds since the last packet; until the session times out */
	uint32_t packets_out, packets_in; /* modulo 2^32 */
	bool from_outside, forwarded;
	unsigned rule; /* index in nat.destination if forwarded, else in nat.source */
	unsigned worker;
};

/*
 * The next session from *at on, which begins with 0; false at the end. Workers go on meanwhile, so
 * a session that opens or ends may or may not be seen.
 */
bool dp_nat_next(const struct dp *dp, uint64_t *at, struct dp_nat_session *out);

/* --- counters, sums over the workers: dp_stats.c ---------------------------------------------- */

/* Reassembly of packets that the gateway must see whole. */
struct dp_reass_stats {
	/* Fragments that were reassembled, and the packets that they made. */
	uint64_t fragments, packets;
	uint64_t held; /* fragments that wait for others now */
};
void dp_reass_stats(const struct dp *dp, struct dp_reass_stats *out);

uint64_t dp_drops(const struct dp *dp, enum drop_reason reason);
uint64_t dp_punts(const struct dp *dp, enum punt_reason reason);

struct dp_stage_stats {
	uint64_t calls, packets, cycles; /* cycles of the TSC */
};
void dp_stage_stats(const struct dp *dp, enum stage stage, struct dp_stage_stats *out);

struct dp_port_stats {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, rx_missed, rx_errors, tx_errors;
};
/* Returns 0 or the driver's negative errno. */
int dp_port_stats(const struct dp *dp, enum dp_port port, struct dp_port_stats *out);

#endif
