/* SPDX-License-Identifier: BSD-3-Clause */
/* The states and events of RFC 2131, figure 5, as a table. */
#include "dhcp_client.h"

#include <stdlib.h>
#include <string.h>

#include "acd.h"
#include "crypto/rng.h"
#include "ipv4.h"
#include "log.h"
#include "rdwr.h"

enum state {
	INIT,
	SELECTING,
	REQUESTING,
	CHECKING, /* probing an acknowledged address: between REQUESTING and BOUND of the figure */
	BOUND,
	RENEWING,
	REBINDING,
	REBOOTING, /* confirming our address after the link was down; it stays in use (4.4.2) */
	N_STATES
};

enum event {
	TIMER,
	OFFER,
	ACK,
	NAK,
	CONFLICT, /* another station uses the address */
	LINK, /* the link is up again, perhaps on another network */
	N_EVENTS
};

struct dhcp_client {
	uint8_t mac[6];
	struct timers *timers;
	struct timer timer;
	const struct dhcp_client_events *events;
	void *arg;
	enum state state;
	uint32_t id; /* of the transaction */
	unsigned tries; /* messages, or probes, of this state */
	/* Times are monotonic. */
	uint64_t began_ms; /* the transaction */
	uint64_t asked_ms; /* first DHCPREQUEST of the last state that sent one (4.4.5) */
	uint64_t bound_ms; /* what the times of the lease are relative to */
	uint64_t defended_ms; /* 0: never */
	struct dhcp_lease lease; /* offered, then ours */
};

/* --- messages -------------------------------------------------------------------------------- */

static void
write_options(const struct dhcp_client *c, struct wr *w, enum dhcp_type type)
{
	/* Classless routes before the router, as RFC 3442 requires. */
	static const uint8_t wanted[] = {
		DHCP_OPTION_MASK, DHCP_OPTION_ROUTES, DHCP_OPTION_ROUTER, DHCP_OPTION_DNS};
	static const uint8_t size[] = {1500 >> 8, 1500 & 0xff};
	uint8_t number = (uint8_t)type, id[7] = {DHCP_HARDWARE_ETHER};
	bool asks = type == DHCP_DECLINE || c->state == REQUESTING;

	memcpy(id + 1, c->mac, sizeof(c->mac));
	dhcp_write_option(w, DHCP_OPTION_TYPE, &number, 1);
	dhcp_write_option(w, DHCP_OPTION_CLIENT, id, sizeof(id));
	/* An address in use is in ciaddr, a requested one in an option (table 5). */
	if (asks || c->state == REBOOTING)
		dhcp_write_option(w, DHCP_OPTION_ADDRESS, &c->lease.address.addr, 4);
	if (asks)
		dhcp_write_option(w, DHCP_OPTION_SERVER, &c->lease.server, 4);
	if (type != DHCP_DECLINE) {
		dhcp_write_option(w, DHCP_OPTION_SIZE, size, sizeof(size));
		dhcp_write_option(w, DHCP_OPTION_WANTED, wanted, sizeof(wanted));
	}
	wr_u8(w, DHCP_OPTION_END);
}

static void
send_message(struct dhcp_client *c, enum dhcp_type type)
{
	bool has = c->state == RENEWING || c->state == REBINDING;
	be32 own = has ? c->lease.address.addr : 0;
	bool broadcast = c->state != RENEWING;
	const struct ip_end from = {own, htons(DHCP_PORT_CLIENT)};
	const struct ip_end to = {
		broadcast ? htonl(INADDR_BROADCAST) : c->lease.server, htons(DHCP_PORT_SERVER)};
	uint8_t message[DHCP_PACKET_MAX - IPV4_HEADER_LEN - UDP_HEADER_LEN] = {0};
	uint8_t packet[DHCP_PACKET_MAX];
	uint64_t s = (c->timers->now_ms - c->began_ms) / 1000;
	struct wr w = wr_init(message, sizeof(message));
	size_t n;

	wr_u8(&w, DHCP_OP_REQUEST);
	wr_u8(&w, DHCP_HARDWARE_ETHER);
	wr_u8(&w, sizeof(c->mac));
	wr_u8(&w, 0);
	wr_u32(&w, c->id);
	wr_u16(&w, (uint16_t)(s < UINT16_MAX ? s : UINT16_MAX));
	/* Without the address, unicast to it does not reach us (4.1). */
	wr_u16(&w, has || type == DHCP_DECLINE ? 0 : DHCP_FLAG_BROADCAST);
	wr_be32(&w, own);
	wr_zero(&w, 12);
	wr_bytes(&w, c->mac, sizeof(c->mac));
	wr_zero(&w, DHCP_HARDWARE_LEN_MAX - sizeof(c->mac) + DHCP_SERVER_NAME_LEN + DHCP_FILE_LEN);
	wr_u32(&w, DHCP_COOKIE);
	write_options(c, &w, type);
	/* Some servers and relays require the 300 bytes of BOOTP. */
	n = wr_len(&w) < 300 ? 300 : wr_len(&w);
	n = udp_write(packet, sizeof(packet), &from, &to, NULL, 0, message, n);
	c->events->send(c->arg, packet, n, broadcast);
}

/* --- times ----------------------------------------------------------------------------------- */

/* Arms the timer for the next retransmission (4.1). */
static void
arm_retry(struct dhcp_client *c)
{
	uint64_t ms = DHCP_RETRY_MS;

	for (unsigned i = 1; i < c->tries && ms < DHCP_RETRY_MAX_MS; i++)
		ms *= 2;
	timer_arm(&c->timer, ms - DHCP_JITTER_MS + rng_below(2 * DHCP_JITTER_MS));
}

static uint64_t
until(const struct dhcp_client *c, uint32_t s)
{
	uint64_t at = c->bound_ms + (uint64_t)s * 1000;

	return at > c->timers->now_ms ? at - c->timers->now_ms : 0;
}

static void
arm_renewal(struct dhcp_client *c)
{
	if (c->lease.lease_s == DHCP_FOREVER)
		timer_stop(&c->timer);
	else
		timer_arm(&c->timer, until(c, c->lease.renew_s));
}

/* Waits for half of the remaining time, but not less than the minimum (4.4.5). */
static void
arm_half(struct dhcp_client *c, uint32_t end_s)
{
	uint64_t left = until(c, end_s), half = left / 2;

	if (half < DHCP_RENEW_MIN_MS)
		half = left < DHCP_RENEW_MIN_MS ? left : DHCP_RENEW_MIN_MS;
	timer_arm(&c->timer, half);
}

/* --- offers ---------------------------------------------------------------------------------- */

/* The lease in a reply, with the defaults for absent times (4.4.5). */
static void
lease_of(const struct dhcp_reply *r, struct dhcp_lease *out)
{
	*out = (struct dhcp_lease){
		.address = {.addr = r->address, .len = r->mask_len},
		.router = r->router,
		.dns = {r->dns[0], r->dns[1]},
		.server = r->server,
		.lease_s = r->lease_s < DHCP_LEASE_MIN_S ? DHCP_LEASE_MIN_S : r->lease_s,
		.renew_s = r->renew_s,
		.rebind_s = r->rebind_s,
		.n_routes = r->n_routes,
	};
	memcpy(out->routes, r->routes, sizeof(out->routes));
	if (out->rebind_s == 0 || out->rebind_s >= out->lease_s)
		out->rebind_s = (uint32_t)(out->lease_s * 7ull / 8);
	if (out->renew_s == 0 || out->renew_s >= out->rebind_s)
		out->renew_s = (out->lease_s / 2 < out->rebind_s ? out->lease_s : out->rebind_s) /
			       2;
}

/* Whether the address is valid for a host, and the network for a port. */
static bool
is_usable(const struct dhcp_lease *l)
{
	uint32_t first = ntohl(l->address.addr) >> 24;

	return l->server != 0 && l->address.len >= 12 && l->address.len <= 30 && first != 0 &&
	       first != 127 && first < 224 && l->address.addr != ip_network(&l->address) &&
	       l->address.addr != ip_broadcast(&l->address);
}

/* --- actions --------------------------------------------------------------------------------- */

static void
start_again(struct dhcp_client *c, uint64_t delay_ms)
{
	c->state = INIT;
	timer_arm(&c->timer, delay_ms);
}

static void
discover_again(struct dhcp_client *c, const struct dhcp_reply *r)
{
	(void)r;
	c->tries++;
	send_message(c, DHCP_DISCOVER);
	arm_retry(c);
}

static void
discover(struct dhcp_client *c, const struct dhcp_reply *r)
{
	c->state = SELECTING;
	c->id = rng_u32();
	c->tries = 0;
	c->began_ms = c->timers->now_ms;
	discover_again(c, r);
}

static void
request_again(struct dhcp_client *c, const struct dhcp_reply *r)
{
	(void)r;
	if (c->tries == DHCP_REQUESTS) {
		log_info(NET, NULL, "DHCP: no acknowledgement, restarting");
		start_again(c, 0);
		return;
	}
	c->tries++;
	send_message(c, DHCP_REQUEST);
	arm_retry(c);
}

/* Requests the first acceptable offer. */
static void
request(struct dhcp_client *c, const struct dhcp_reply *r)
{
	struct dhcp_lease lease;
	char addr[IP_STR_LEN], server[IP_STR_LEN];

	lease_of(r, &lease);
	if (!is_usable(&lease)) {
		log_warning(NET, NULL,
			"DHCP: ignored the offer of %s/%u by %s: not a valid host address",
			ip_str(r->address, addr), r->mask_len, ip_str(r->server, server));
		return;
	}
	if (!c->events->accept(c->arg, &lease))
		return;
	log_info(NET, NULL, "DHCP: %s offers %s", ip_str(lease.server, server),
		ip_str(lease.address.addr, addr));
	c->lease = lease;
	c->state = REQUESTING;
	c->tries = 0;
	c->asked_ms = c->timers->now_ms;
	request_again(c, r);
}

static void
take_lease(struct dhcp_client *c)
{
	c->state = BOUND;
	c->bound_ms = c->asked_ms;
	arm_renewal(c);
	c->events->bound(c->arg, &c->lease);
}

/* Sends three probes and waits for answers (RFC 5227, 2.1.1). */
static void
check_next(struct dhcp_client *c, const struct dhcp_reply *r)
{
	(void)r;
	if (c->tries > ACD_PROBE_NUM) {
		take_lease(c);
		return;
	}
	if (c->tries == ACD_PROBE_NUM) {
		c->tries++;
		timer_arm(&c->timer, ACD_ANNOUNCE_WAIT_MS);
		return;
	}
	c->tries++;
	c->events->probe(c->arg, c->lease.address.addr);
	timer_arm(&c->timer,
		c->tries == ACD_PROBE_NUM
			? 0
			: ACD_PROBE_MIN_MS + rng_below(ACD_PROBE_MAX_MS - ACD_PROBE_MIN_MS));
}

static void
check(struct dhcp_client *c, const struct dhcp_reply *r)
{
	struct dhcp_lease lease;

	lease_of(r, &lease);
	if (lease.address.addr != c->lease.address.addr || lease.server != c->lease.server ||
		!is_usable(&lease) || !c->events->accept(c->arg, &lease))
		return;
	c->lease = lease;
	c->state = CHECKING;
	c->tries = 0;
	check_next(c, r);
}

static void
refused(struct dhcp_client *c, const struct dhcp_reply *r)
{
	log_info(NET, NULL, "DHCP: the server refuses the request, restarting%s%s",
		r->message[0] ? ": " : "", r->message);
	start_again(c, DHCP_START_MS);
}

static void
decline(struct dhcp_client *c, const struct dhcp_reply *r)
{
	char addr[IP_STR_LEN];

	(void)r;
	log_warning(NET, NULL, "DHCP: %s is used by another station: declined",
		ip_str(c->lease.address.addr, addr));
	send_message(c, DHCP_DECLINE);
	start_again(c, DHCP_DECLINE_MS);
}

/* RFC 5227, 2.4 (b): defends once, then gives the address up. */
static void
defend(struct dhcp_client *c, const struct dhcp_reply *r)
{
	uint64_t now = c->timers->now_ms;

	if (c->defended_ms == 0 || now - c->defended_ms >= ACD_DEFEND_INTERVAL_MS) {
		char addr[IP_STR_LEN];

		c->defended_ms = now;
		log_warning(NET, NULL,
			"address conflict: another station uses %s, the gateway's by DHCP: "
			"defended",
			ip_str(c->lease.address.addr, addr));
		c->events->announce(c->arg, c->lease.address.addr);
		return;
	}
	/* DHCPDECLINE is sent from there. */
	c->state = CHECKING;
	c->events->lost(c->arg, "address conflict");
	decline(c, r);
}

static void
renew_again(struct dhcp_client *c, const struct dhcp_reply *r)
{
	if (until(c, c->lease.rebind_s) == 0) {
		c->state = REBINDING;
		c->asked_ms = c->timers->now_ms;
		log_info(
			NET, NULL, "DHCP: the server does not renew the lease, asking all servers");
	}
	(void)r;
	send_message(c, DHCP_REQUEST);
	arm_half(c, c->state == REBINDING ? c->lease.lease_s : c->lease.rebind_s);
}

static void
renew(struct dhcp_client *c, const struct dhcp_reply *r)
{
	c->state = RENEWING;
	c->id = rng_u32();
	c->began_ms = c->asked_ms = c->timers->now_ms;
	renew_again(c, r);
}

static void
rebind_again(struct dhcp_client *c, const struct dhcp_reply *r)
{
	(void)r;
	if (until(c, c->lease.lease_s) == 0) {
		start_again(c, 0);
		c->events->lost(c->arg, "the lease expired");
		return;
	}
	send_message(c, DHCP_REQUEST);
	arm_half(c, c->lease.lease_s);
}

static void
extend(struct dhcp_client *c, const struct dhcp_reply *r)
{
	struct dhcp_lease lease;

	lease_of(r, &lease);
	if (lease.server == 0)
		lease.server = c->lease.server;
	/* A different or invalid address does not renew the lease. */
	if (lease.address.addr != c->lease.address.addr || !is_usable(&lease) ||
		!c->events->accept(c->arg, &lease))
		return;
	c->lease = lease;
	take_lease(c);
}

/* Without an answer the lease stays in use until it expires (RFC 2131, 3.2, 3). */
static void
reboot_again(struct dhcp_client *c, const struct dhcp_reply *r)
{
	(void)r;
	if (c->tries == DHCP_REBOOTS) {
		c->state = BOUND;
		arm_renewal(c);
		return;
	}
	c->tries++;
	send_message(c, DHCP_REQUEST);
	arm_retry(c);
}

static void
reboot(struct dhcp_client *c, const struct dhcp_reply *r)
{
	c->state = REBOOTING;
	c->id = rng_u32();
	c->tries = 0;
	c->began_ms = c->asked_ms = c->timers->now_ms;
	reboot_again(c, r);
}

static void
lose(struct dhcp_client *c, const struct dhcp_reply *r)
{
	start_again(c, 0);
	c->events->lost(c->arg, r->message[0] ? r->message : "the server revoked the lease");
}

typedef void action(struct dhcp_client *c, const struct dhcp_reply *r);

/* clang-format off */
static action *const actions[N_STATES][N_EVENTS] = {
/*	               TIMER           OFFER    ACK     NAK      CONFLICT  LINK */
	[INIT]       = {discover,       NULL,    NULL,   NULL,    NULL,    discover},
	[SELECTING]  = {discover_again, request, NULL,   NULL,    NULL,    discover},
	[REQUESTING] = {request_again,  NULL,    check,  refused, NULL,    discover},
	[CHECKING]   = {check_next,     NULL,    NULL,   NULL,    decline, discover},
	[BOUND]      = {renew,          NULL,    NULL,   NULL,    defend,  reboot},
	[RENEWING]   = {renew_again,    NULL,    extend, lose,    defend,  reboot},
	[REBINDING]  = {rebind_again,   NULL,    extend, lose,    defend,  reboot},
	[REBOOTING]  = {reboot_again,   NULL,    extend, lose,    defend,  reboot},
};
/* clang-format on */

static void
happen(struct dhcp_client *c, enum event event, const struct dhcp_reply *r)
{
	action *fn = actions[c->state][event];

	if (fn != NULL)
		fn(c, r);
}

/* --- for the owner --------------------------------------------------------------------------- */

static void
on_due(struct timer *t)
{
	happen(container_of(t, struct dhcp_client, timer), TIMER, NULL);
}

struct dhcp_client *
dhcp_client_new(const uint8_t mac[6], struct timers *timers,
	const struct dhcp_client_events *events, void *arg)
{
	struct dhcp_client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	memcpy(c->mac, mac, sizeof(c->mac));
	c->timers = timers;
	c->events = events;
	c->arg = arg;
	timer_init(&c->timer, timers, on_due);
	start_again(c, rng_below(DHCP_START_MS));
	return c;
}

void
dhcp_client_free(struct dhcp_client *c)
{
	if (c == NULL)
		return;
	timer_stop(&c->timer);
	free(c);
}

void
dhcp_client_input(struct dhcp_client *c, const uint8_t *packet, size_t len)
{
	struct dhcp_reply r;
	struct ipv4 ip;
	struct udp udp;

	if (!ipv4_read(packet, len, &ip) || !udp_read(&ip, &udp) ||
		udp.dst.port != htons(DHCP_PORT_CLIENT) ||
		udp.src.port != htons(DHCP_PORT_SERVER) ||
		!dhcp_reply_read(udp.payload, udp.payload_len, c->id, c->mac, &r))
		return;
	happen(c, r.type == DHCP_OFFER ? OFFER : r.type == DHCP_ACK ? ACK : NAK, &r);
}

void
dhcp_client_link_up(struct dhcp_client *c)
{
	happen(c, LINK, NULL);
}

void
dhcp_client_heard(struct dhcp_client *c, const struct arp_msg *msg)
{
	be32 addr = c->lease.address.addr;
	bool probe = msg->request && msg->spa == 0;

	if (addr == 0 || c->state < CHECKING || memcmp(msg->sha, c->mac, sizeof(c->mac)) == 0)
		return;
	/*
	 * While we probe, a probe of another station for the address is a conflict (RFC 5227,
	 * 2.1.1).
	 */
	if (msg->spa == addr || (probe && msg->tpa == addr && c->state == CHECKING))
		happen(c, CONFLICT, NULL);
}

void
dhcp_client_info(const struct dhcp_client *c, struct dhcp_client_info *out)
{
	static const char *const names[] = {[INIT] = "init",
		[SELECTING] = "selecting",
		[REQUESTING] = "requesting",
		[CHECKING] = "checking",
		[BOUND] = "bound",
		[RENEWING] = "renewing",
		[REBINDING] = "rebinding",
		[REBOOTING] = "rebooting"};
	bool has = c->state >= BOUND;
	bool ends = has && c->lease.lease_s != DHCP_FOREVER;

	*out = (struct dhcp_client_info){
		.state = names[c->state],
		.lease = has ? &c->lease : NULL,
		.renew_ms = ends ? c->bound_ms + c->lease.renew_s * 1000ull : 0,
		.expires_ms = ends ? c->bound_ms + c->lease.lease_s * 1000ull : 0,
	};
}
