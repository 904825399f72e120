/* SPDX-License-Identifier: BSD-3-Clause */
/* The path MTU of a client (RFC 1191): whose reports count, how far, and for how long. */
#include <string.h>

#include "conn_pair.h"
#include "icmp.h"
#include "ipv4.h"
#include "rig.h"

#define ROUTER "10.0.0.77"

enum {
	PPP_MTU = 1400, /* of the rig's configuration */
	LEN = 1480, /* of the packet that does not fit */
	TEN_MINUTES_MS = 600000,
};

/* Of a path of 1292 bytes: aes128-sha1 in UDP, and in plain ESP. */
#define FITS_UDP 1194
#define FITS_ESP 1210

static const struct rig_setup with_path_mtu = {.esp = "  path_mtu: true\n"};

/* A packet of the gateway to the client, as a router quotes it. */
static size_t
sealed(const struct conn *c, const struct conn_pair *p, be32 src, uint8_t packet[LEN])
{
	const struct ip_end local = {src, htons(IKE_NATT_PORT)};
	uint8_t body[LEN] = {0};

	memcpy(body, &p->spi_out, sizeof(p->spi_out));
	if (p->udp_encap)
		return udp_write(
			packet, LEN, &local, &c->remote, body, 0, body, LEN - IPV4_HEADER_LEN - 8);
	ipv4_write(packet, src, c->remote.addr, 50, LEN - IPV4_HEADER_LEN);
	memcpy(packet + IPV4_HEADER_LEN, body, LEN - IPV4_HEADER_LEN);
	return LEN;
}

/* A router reports that this packet does not fit its link. */
static void
report(struct rig *r, const uint8_t *packet, size_t len, uint16_t mtu)
{
	uint8_t error[ICMP_ERROR_MAX];
	size_t n = icmp_error(ICMP_TOO_BIG, packet, len, rig_addr(ROUTER), mtu, error);

	assert_true(n > 0);
	fake_dp_punt(r->dp,
		&(struct dp_punt){.reason = PUNT_SELF, .net = DP_WAN, .data = error, .len = n});
	rig_run(r, RIG_STEP_MS, NULL);
}

static struct rig *
begin(bool nat)
{
	struct rig *r = rig_new(&with_path_mtu);

	rig_connect(
		nat ? rig_client_nat(r, "strongswan", 20500, 24500) : rig_client(r, "strongswan"));
	assert_int_equal(rig_conn(&r->client[0])->sess.mtu, PPP_MTU);
	return r;
}

static uint16_t
mtu_of(struct rig *r)
{
	const struct conn *c = rig_conn(&r->client[0]);

	assert_int_equal(fake_dp_sess(r->dp, c->sid)->sess.mtu, c->sess.mtu);
	return c->sess.mtu;
}

/* It is learned, made smaller by the next report, and forgotten after ten minutes without one. */
static void
test_learned(void **state)
{
	(void)state;
	for (unsigned nat = 0; nat < 2; nat++) {
		struct rig *r = begin(nat != 0);
		const struct conn *c = rig_conn(&r->client[0]);
		uint8_t packet[LEN];
		size_t n = sealed(c, conn_pair_current(c), rig_addr(RIG_WAN), packet);

		report(r, packet, n, 1292);
		assert_int_equal(mtu_of(r), nat ? FITS_UDP : FITS_ESP);
		report(r, packet, n, 1400);
		assert_int_equal(mtu_of(r), nat ? FITS_UDP : FITS_ESP);
		report(r, packet, n, 1000);
		assert_in_range(mtu_of(r), 800, 1000);
		rig_run(r, TEN_MINUTES_MS - 5000, NULL);
		assert_in_range(mtu_of(r), 800, 1000);
		rig_run(r, 10000, NULL);
		assert_int_equal(mtu_of(r), PPP_MTU);
		rig_free(r);
	}
}

/* An old router gives no MTU: the next smaller one that is common counts. */
static void
test_not_given(void **state)
{
	struct rig *r = begin(true);
	const struct conn *c = rig_conn(&r->client[0]);
	uint8_t packet[LEN];

	(void)state;
	report(r, packet, sealed(c, conn_pair_current(c), rig_addr(RIG_WAN), packet), 0);
	assert_in_range(mtu_of(r), 900, 1006);
	rig_free(r);
}

/* It is the path's, not that of one pair or one link. */
static void
test_kept(void **state)
{
	struct rig *r = begin(true);
	struct rig_client *rc = &r->client[0];
	const struct conn *c = rig_conn(rc);
	uint8_t packet[LEN];

	(void)state;
	report(r, packet, sealed(c, conn_pair_current(c), rig_addr(RIG_WAN), packet), 1292);
	assert_int_equal(client_rekey_esp(rc->c), 0);
	rig_run(r, 10000, NULL);
	assert_int_equal(mtu_of(r), FITS_UDP);
	rig_client_die(rc);
	rig_connect(rc);
	assert_int_equal(mtu_of(r), FITS_UDP);
	rig_free(r);
}

/* Without esp.path_mtu routers may send packets in fragments, and no report counts. */
static void
test_off(void **state)
{
	struct rig *r = rig_new(NULL);
	const struct conn *c;
	uint8_t packet[LEN];

	(void)state;
	rig_connect(rig_client(r, "strongswan"));
	c = rig_conn(&r->client[0]);
	report(r, packet, sealed(c, conn_pair_current(c), rig_addr(RIG_WAN), packet), 1292);
	assert_int_equal(mtu_of(r), PPP_MTU);
	rig_free(r);
}

/* The WAN's address is not in the configuration, but in the connection. */
static void
test_wan_by_dhcp(void **state)
{
	struct rig *r = begin(true);
	const struct conn *c = rig_conn(&r->client[0]);
	uint8_t packet[LEN];

	(void)state;
	r->config.wan.dhcp = true;
	r->config.wan.address = (struct ip_prefix){.len = 32};
	report(r, packet, sealed(c, conn_pair_current(c), rig_addr(RIG_WAN), packet), 1292);
	assert_int_equal(mtu_of(r), FITS_UDP);
	rig_free(r);
}

/* Anyone can send a report: what is not about a packet of ours, or makes no sense, changes nothing. */
static void
test_forged(void **state)
{
	struct rig *r = begin(true);
	const struct conn *c = rig_conn(&r->client[0]);
	struct conn_pair other = *conn_pair_current(c);
	struct conn elsewhere = *c;
	uint8_t packet[LEN];
	size_t n;

	(void)state;
	n = sealed(c, &other, rig_addr("10.0.0.253"), packet);
	report(r, packet, n, 1292);
	other.spi_out ^= htonl(1);
	n = sealed(c, &other, rig_addr(RIG_WAN), packet);
	report(r, packet, n, 1292);
	other.spi_out ^= htonl(1);
	elsewhere.remote.port ^= htons(1);
	n = sealed(&elsewhere, &other, rig_addr(RIG_WAN), packet);
	report(r, packet, n, 1292);
	other.udp_encap = false;
	n = sealed(c, &other, rig_addr(RIG_WAN), packet);
	report(r, packet, n, 1292);
	other.udp_encap = true;
	n = sealed(c, &other, rig_addr(RIG_WAN), packet);
	report(r, packet, n, 575);
	report(r, packet, n, LEN);
	assert_int_equal(mtu_of(r), PPP_MTU);
	assert_int_equal(fake_log_count("path MTU"), 0);
	report(r, packet, n, 576);
	assert_in_range(mtu_of(r), 400, 500);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_learned),
		RIG_TEST(test_not_given),
		RIG_TEST(test_kept),
		RIG_TEST(test_off),
		RIG_TEST(test_wan_by_dhcp),
		RIG_TEST(test_forged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
