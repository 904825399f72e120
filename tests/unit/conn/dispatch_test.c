/* SPDX-License-Identifier: BSD-3-Clause */
/* What workers leave to control, and what it sends in return. */
#include <string.h>

#include "cksum.h"
#include "icmp.h"
#include "ipv4.h"
#include "story.h"

#define LAN_HOST "192.168.0.100"
#define FAR_HOST "203.0.113.5"
#define CLIENT   RIG_POOL

#define PROTO_TCP 6
#define PROTO_ANY 99

/* --- what is sent ----------------------------------------------------------------------------- */

/* The packets that the gateway sent since clear(), IKE, L2TP and ARP aside. */
static struct sent {
	enum fake_call call;
	unsigned net;
	struct ipv4 ip;
	uint8_t type, code; /* of ICMP */
	uint16_t mtu;
	size_t len;
	uint8_t bytes[1600];
} sent;
static unsigned n_sent;

static bool
tap(struct rig *r, const struct fake_packet *p)
{
	struct ipv4 ip;

	(void)r;
	if (p->call == FAKE_INJECT_L2TP || p->call == FAKE_INJECT_FRAME ||
		!ipv4_read(p->bytes, p->len, &ip))
		return true;
	assert_true(p->len <= sizeof(sent.bytes));
	n_sent++;
	sent = (struct sent){.call = p->call, .net = p->net, .len = p->len};
	memcpy(sent.bytes, p->bytes, p->len);
	assert_true(ipv4_read(sent.bytes, p->len, &sent.ip));
	if (sent.ip.protocol != IPV4_PROTO_ICMP)
		return false;
	sent.type = sent.ip.payload[0];
	sent.code = sent.ip.payload[1];
	sent.mtu = (uint16_t)(sent.ip.payload[6] << 8 | sent.ip.payload[7]);
	return false;
}

static void
clear(struct rig *r)
{
	r->tap = tap;
	n_sent = 0;
	memset(&sent, 0, sizeof(sent));
}

/* --- what is left to control ------------------------------------------------------------------ */

/* A packet of this protocol with eight bytes behind its header. */
static size_t
packet(uint8_t *buf, const char *src, const char *dst, uint8_t protocol)
{
	static const uint8_t udp[8] = {0x30, 0x39, 0, 53, 0, 8, 0, 0};
	static const uint8_t syn[20] = {
		0x30, 0x39, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0x10, 0};
	size_t n = protocol == PROTO_TCP ? sizeof(syn) : sizeof(udp);

	ipv4_write(buf, rig_addr(src), rig_addr(dst), protocol, n);
	memcpy(buf + IPV4_HEADER_LEN, protocol == PROTO_TCP ? syn : udp, n);
	return IPV4_HEADER_LEN + n;
}

static size_t
echo_request(uint8_t *buf, const char *src, const char *dst)
{
	uint8_t *icmp = buf + IPV4_HEADER_LEN;
	uint16_t sum;

	ipv4_write(buf, rig_addr(src), rig_addr(dst), IPV4_PROTO_ICMP, 16);
	memset(icmp, 0, 16);
	icmp[0] = 8;
	icmp[5] = 77;
	sum = cksum(icmp, 16);
	memcpy(icmp + 2, &sum, 2);
	return IPV4_HEADER_LEN + 16;
}

static void
punt(struct rig *r, enum punt_reason reason, unsigned net, const uint8_t *data, size_t len)
{
	struct dp_punt p = {.reason = reason, .net = net, .mtu = 1300, .data = data, .len = len};

	if (net == DP_CLIENT && r->n_clients > 0 && rig_conn(&r->client[0]) != NULL)
		p.sid = rig_conn(&r->client[0])->sid;
	clear(r);
	fake_dp_punt(r->dp, &p);
	rig_run(r, 20, NULL);
}

static void
up(struct rig *r)
{
	rig_connect(rig_client(r, "windows11"));
	rig_run(r, 1000, NULL);
}

/* --- ICMP ------------------------------------------------------------------------------------- */

enum { NOTHING = FAKE_N_CALLS };

static void
errors(struct rig *r)
{
	static const struct {
		enum punt_reason reason;
		unsigned net;
		const char *src, *dst;
		uint8_t protocol;
		unsigned call, out; /* how the answer goes; NOTHING: there is none */
		const char *from; /* its source */
		uint8_t type, code; /* RFC 792; RFC 1812 */
	} cases[] = {
		{PUNT_TTL, DP_LAN, LAN_HOST, FAR_HOST, 17, FAKE_INJECT_IP, DP_LAN, RIG_LAN, 11, 0},
		{PUNT_TTL, DP_CLIENT, CLIENT, FAR_HOST, 17, FAKE_INJECT_CLIENT, 0, RIG_LAN, 11, 0},
		{PUNT_TTL, DP_WAN, FAR_HOST, LAN_HOST, 17, FAKE_INJECT_IP, DP_WAN, RIG_WAN, 11, 0},
		{PUNT_TOO_BIG, DP_LAN, LAN_HOST, CLIENT, 17, FAKE_INJECT_IP, DP_LAN, RIG_LAN, 3, 4},
		{PUNT_NO_ROUTE, DP_LAN, LAN_HOST, FAR_HOST, 17, FAKE_INJECT_IP, DP_LAN, RIG_LAN, 3,
			0},
		{PUNT_UNREACHABLE, DP_CLIENT, CLIENT, FAR_HOST, 17, FAKE_INJECT_CLIENT, 0, RIG_LAN,
			3, 1},
		{PUNT_PROHIBITED, DP_LAN, LAN_HOST, FAR_HOST, 17, FAKE_INJECT_IP, DP_LAN, RIG_LAN,
			3, 13},
		/* To the gateway itself: nobody listens there. */
		{PUNT_SELF, DP_LAN, LAN_HOST, RIG_LAN, 17, FAKE_INJECT_IP, DP_LAN, RIG_LAN, 3, 3},
		{PUNT_SELF, DP_CLIENT, CLIENT, RIG_LAN, PROTO_ANY, FAKE_INJECT_CLIENT, 0, RIG_LAN,
			3, 2},
		/* The WAN learns nothing; errors are not answered by errors. */
		{PUNT_SELF, DP_WAN, FAR_HOST, RIG_WAN, 17, NOTHING, 0, NULL, 0, 0},
		{PUNT_SELF, DP_LAN, LAN_HOST, RIG_LAN, 1, NOTHING, 0, NULL, 0, 0},
		/* Of ourselves, and to nowhere. */
		{PUNT_TTL, DP_LAN, RIG_LAN, FAR_HOST, 17, NOTHING, 0, NULL, 0, 0},
		{PUNT_TTL, DP_LAN, "0.0.0.0", FAR_HOST, 17, NOTHING, 0, NULL, 0, 0},
	};
	uint8_t buf[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_about(r, "case %zu", i);
		punt(r, cases[i].reason, cases[i].net, buf,
			packet(buf, cases[i].src, cases[i].dst, cases[i].protocol));
		assert_int_equal(n_sent, cases[i].call != NOTHING);
		if (cases[i].call == NOTHING)
			continue;
		assert_int_equal(sent.call, cases[i].call);
		assert_int_equal(sent.net, cases[i].out);
		assert_int_equal(sent.ip.src, rig_addr(cases[i].from));
		assert_int_equal(sent.ip.dst, rig_addr(cases[i].src));
		assert_int_equal(sent.type, cases[i].type);
		assert_int_equal(sent.code, cases[i].code);
		if (cases[i].code == 4)
			assert_int_equal(sent.mtu, 1300);
	}
}

/* No more of them than limits allow, and each second anew. */
static void
error_limit(struct rig *r)
{
	uint8_t buf[64];
	size_t n = packet(buf, LAN_HOST, FAR_HOST, 17);
	const struct dp_punt p = {.reason = PUNT_TTL, .net = DP_LAN, .data = buf, .len = n};

	clear(r);
	for (unsigned i = 0; i < 3000; i++)
		fake_dp_punt(r->dp, &p);
	rig_run(r, 700, NULL);
	assert_in_range(n_sent, 1000, 1800);
	assert_int_equal(r->gw.icmp_errors_limited + n_sent, 3000);
	rig_run(r, 2000, NULL);
	punt(r, PUNT_TTL, DP_LAN, buf, n);
	assert_int_equal(n_sent, 1);
}

static void
echoes(struct rig *r)
{
	static const struct {
		unsigned net;
		const char *src, *dst;
		unsigned call, out;
	} cases[] = {
		{DP_LAN, LAN_HOST, RIG_LAN, FAKE_INJECT_IP, DP_LAN},
		{DP_CLIENT, CLIENT, RIG_LAN, FAKE_INJECT_CLIENT, 0},
		{DP_WAN, "10.0.0.7", RIG_WAN, FAKE_INJECT_IP, DP_WAN},
		{DP_LAN, LAN_HOST, RIG_WAN, FAKE_INJECT_IP, DP_LAN},
	};
	uint8_t buf[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_about(r, "case %zu", i);
		punt(r, PUNT_SELF, cases[i].net, buf,
			echo_request(buf, cases[i].src, cases[i].dst));
		assert_int_equal(n_sent, 1);
		assert_int_equal(sent.call, cases[i].call);
		assert_int_equal(sent.net, cases[i].out);
		assert_int_equal(sent.type, 0);
		assert_int_equal(sent.ip.src, rig_addr(cases[i].dst));
		assert_int_equal(sent.ip.dst, rig_addr(cases[i].src));
	}
}

/* A rule of the filter rejects TCP: its sender is told at once. */
static void
reset(struct rig *r)
{
	uint8_t buf[64];

	punt(r, PUNT_PROHIBITED, DP_CLIENT, buf, packet(buf, CLIENT, LAN_HOST, PROTO_TCP));
	assert_int_equal(n_sent, 1);
	assert_int_equal(sent.call, FAKE_INJECT_CLIENT);
	assert_int_equal(sent.ip.protocol, PROTO_TCP);
	assert_int_equal(sent.ip.src, rig_addr(LAN_HOST));
	assert_int_equal(sent.ip.payload[13] & 0x04, 0x04);
}

/* With NAT, errors about what it has touched go through it. */
static void
errors_through_nat(struct rig *r)
{
	uint8_t buf[64];

	r->dp->nat = true;
	r->dp->nat_pool = rig_addr("10.0.0.250");
	/* About a packet from the WAN to a host inside: the WAN knows it by another address. */
	punt(r, PUNT_TTL, DP_WAN, buf, packet(buf, FAR_HOST, LAN_HOST, 17));
	assert_int_equal(n_sent, 1);
	assert_int_equal(sent.call, FAKE_INJECT_NAT_OUT);
	/* About one that has been out: its source stands for a host inside. */
	punt(r, PUNT_TTL, DP_WAN, buf, packet(buf, RIG_WAN, FAR_HOST, 17));
	assert_int_equal(n_sent, 1);
	assert_int_equal(sent.call, FAKE_INJECT_NAT_BACK);
	punt(r, PUNT_TTL, DP_WAN, buf, packet(buf, "10.0.0.250", FAR_HOST, 17));
	assert_int_equal(n_sent, 1);
	assert_int_equal(sent.call, FAKE_INJECT_NAT_BACK);
	/* Within the LAN there is nothing to translate. */
	punt(r, PUNT_TTL, DP_LAN, buf, packet(buf, LAN_HOST, FAR_HOST, 17));
	assert_int_equal(n_sent, 1);
	assert_int_equal(sent.call, FAKE_INJECT_IP);
	punt(r, PUNT_SELF, DP_WAN, buf, echo_request(buf, FAR_HOST, RIG_WAN));
	assert_int_equal(sent.call, FAKE_INJECT_IP);
}

/* --- broadcasts ------------------------------------------------------------------------------- */

/* Windows asks what else it is to know, once it is up. */
static void
inform(struct rig *r)
{
	assert_int_equal(r->client[0].informs, 1);
}

static unsigned frames, frames_of_lan;

static bool
count_broadcasts(struct rig *r, const struct fake_packet *p)
{
	(void)r;
	/* The copy for a client is PPP in a data message: IP without compression. */
	if (p->call == FAKE_INJECT_L2TP && (p->bytes[0] & 0x80) == 0 && p->len > 12 &&
		memcmp(p->bytes + 8, "\xff\x03\x00\x21", 4) == 0)
		frames++;
	if (p->call == FAKE_INJECT_FRAME && p->len > 42 &&
		memcmp(p->bytes, "\xff\xff\xff\xff\xff\xff", 6) == 0)
		frames_of_lan++;
	return p->call != FAKE_INJECT_FRAME || p->len == ARP_FRAME_LEN;
}

static void
broadcast(struct rig *r, unsigned net, const char *src)
{
	const struct ip_end from = rig_end(src, 137), to = rig_end("192.168.0.255", 137);
	uint8_t buf[256];
	size_t n = udp_write(buf, sizeof(buf), &from, &to, NULL, 0, "NetBIOS", 7);
	struct dp_punt p = {.reason = PUNT_BROADCAST, .net = net, .data = buf, .len = n};

	if (net == DP_CLIENT)
		p.sid = rig_conn(&r->client[0])->sid;
	frames = frames_of_lan = 0;
	r->tap = count_broadcasts;
	fake_dp_punt(r->dp, &p);
	rig_run(r, 20, NULL);
}

static void
relay(struct rig *r)
{
	struct rig_client *rc;

	for (unsigned i = 0; i < 2; i++)
		rig_connect(rig_client(r, "strongswan"));
	/* The LAN's to all clients; a client's to the LAN and to the others. */
	broadcast(r, DP_LAN, LAN_HOST);
	assert_int_equal(frames, 3);
	assert_int_equal(frames_of_lan, 0);
	broadcast(r, DP_CLIENT, CLIENT);
	assert_int_equal(frames, 2);
	assert_int_equal(frames_of_lan, 1);
	assert_int_equal(r->gw.broadcasts_relayed, 2);
	/* Not to one that is on its way down. */
	rc = &r->client[2];
	rc->off = true;
	conn_close(rig_conn(rc), "terminated by the test");
	broadcast(r, DP_LAN, LAN_HOST);
	assert_int_equal(frames, 2);
	/* Not from one that has no lease any more, nor from a session that is gone. */
	rig_disconnect(&r->client[1]);
	rig_run(r, 10000, NULL);
	broadcast(r, DP_LAN, LAN_HOST);
	assert_int_equal(frames, 1);
}

static void
relay_limit(struct rig *r)
{
	for (unsigned i = 0; i < 2000; i++) {
		const struct ip_end from = rig_end(LAN_HOST, 137),
				    to = rig_end("192.168.0.255", 137);
		uint8_t buf[256];
		size_t n = udp_write(buf, sizeof(buf), &from, &to, NULL, 0, "NetBIOS", 7);

		fake_dp_punt(r->dp,
			&(struct dp_punt){
				.reason = PUNT_BROADCAST, .net = DP_LAN, .data = buf, .len = n});
	}
	frames = 0;
	r->tap = count_broadcasts;
	rig_run(r, 500, NULL);
	assert_in_range(frames, 1000, 1600);
	assert_int_equal(r->gw.broadcasts_limited + frames, 2000);
}

static void
relay_off(struct rig *r)
{
	broadcast(r, DP_LAN, LAN_HOST);
	assert_int_equal(frames, 0);
	broadcast(r, DP_CLIENT, CLIENT);
	assert_int_equal(frames_of_lan, 0);
}

int
main(void)
{
	static const char broadcasts[] = "  broadcast: true\n";
	static const struct story stories[] = {
		{"errors", up, errors, 0, {.wan = "  gateway: 10.0.0.1\n"}},
		{"error limit", up, error_limit, 0, {0}},
		{"echoes", up, echoes, 0, {0}},
		{"reset", up, reset, 0, {0}},
		{"errors through NAT", up, errors_through_nat, 0, {.wan = "  gateway: 10.0.0.1\n"}},
		{"DHCPINFORM", up, inform, 0, {0}},
		{"relay", up, relay, 0, {.lan = broadcasts}},
		{"relay limit", up, relay_limit, 0, {.lan = broadcasts}},
		{"relay off", up, relay_off, 0, {0}},
	};

	return STORY_MAIN("dispatch", stories);
}
