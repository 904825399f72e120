/* SPDX-License-Identifier: BSD-3-Clause */
/* Which routes are active, what DHCP changes of them, and what the data plane is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "routing.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

#define SEGMENT (DP_LAN + 1u)

/* What the data plane was told last, and what it says to that. */
static struct dp_net told;
static struct dp_route told_routes[DP_ROUTES_MAX];
static int answer;

int
dp_net_set(struct dp *dp, const struct dp_net *net)
{
	(void)dp;
	told = *net;
	memcpy(told_routes, net->routes, net->n_routes * sizeof(*net->routes));
	return answer;
}

static be32
addr(const char *text)
{
	be32 a = 0;

	if (text != NULL)
		assert_int_equal(ip_parse(text, &a), 0);
	return a;
}

static struct ip_prefix
prefix(const char *text)
{
	struct ip_prefix p;

	assert_int_equal(ip_prefix_parse(text, &p), 0);
	return p;
}

/* A route to text by way of a router, or of this kind. */
static struct dp_route
route(const char *to, enum dp_route_kind kind, const char *via)
{
	return (struct dp_route){.to = prefix(to), .kind = kind, .hop = addr(via)};
}

/* WAN 10.0.0.254/24 through 10.0.0.253, LAN 192.168.0.254/24, a segment 192.168.20.254/24. */
static struct config *
config_new(bool dhcp, const struct dp_route *routes, unsigned n)
{
	struct config *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->wan.dhcp = dhcp;
	c->wan.address = prefix("10.0.0.254/24");
	c->wan.gateway = dhcp ? 0 : addr("10.0.0.253");
	c->lan.address = prefix("192.168.0.254/24");
	c->segments[0].net.address = prefix("192.168.20.254/24");
	c->n_segments = 1;
	for (unsigned i = 0; i < n; i++)
		c->static_routes[i] = (struct config_route){
			.to = routes[i].to, .kind = routes[i].kind, .via = routes[i].hop};
	c->n_static_routes = n;
	return c;
}

static void
init(struct routing *rt, bool dhcp, const struct dp_route *routes, unsigned n)
{
	struct config *c = config_new(dhcp, routes, n);

	routing_init(rt, c);
	free(c);
}

/* A packet to dst goes out there to this hop; hop NULL: nowhere. */
static void
check_way(const struct routing *rt, const char *dst, unsigned out, const char *hop)
{
	unsigned got_out = 99;
	be32 got_hop = 0;
	bool found = routing_find(rt, addr(dst), &got_out, &got_hop);

	print_message("  to %s\n", dst);
	assert_int_equal(found, hop != NULL);
	if (hop == NULL)
		return;
	assert_int_equal(got_out, out);
	assert_int_equal(got_hop, addr(hop));
}

static void
a_route_is_active_when_its_router_is_a_neighbour(void **state)
{
	static const struct {
		const char *to, *via; /* NULL: blackhole */
		bool active;
		unsigned out;
	} cases[] = {
		{"172.16.0.0/16", "192.168.0.9", true, DP_LAN},
		{"172.17.0.0/16", "10.0.0.9", true, DP_WAN},
		{"172.18.0.0/16", "192.168.20.9", true, SEGMENT},
		{"172.19.0.0/16", "172.16.0.1", false, 0}, /* behind a router itself */
		{"172.20.0.0/16", "192.168.0.254", false, 0}, /* ourselves */
		{"172.21.0.0/16", "192.168.0.0", false, 0}, /* the network */
		{"172.22.0.0/16", "192.168.0.255", false, 0}, /* its broadcast address */
		{"192.168.0.128/25", "10.0.0.9", false, 0}, /* inside a network of ours */
		{"192.168.20.0/24", "10.0.0.9", false, 0}, /* one of ours */
		{"192.168.0.0/16", "10.0.0.9", true, DP_WAN}, /* around ours */
		{"172.23.0.0/16", NULL, true, 0},
		{"192.168.0.64/26", NULL, false, 0},
	};
	struct dp_route routes[N(cases)];
	struct routing rt;

	(void)state;
	for (size_t i = 0; i < N(cases); i++)
		routes[i] = route(cases[i].to,
			cases[i].via != NULL ? DP_ROUTE_VIA : DP_ROUTE_BLACKHOLE, cases[i].via);
	init(&rt, false, routes, N(cases));
	assert_int_equal(rt.n, N(cases));
	for (size_t i = 0; i < N(cases); i++) {
		print_message("%s\n", cases[i].to);
		assert_int_equal(rt.route[i].active, cases[i].active);
		if (cases[i].active && cases[i].via != NULL)
			assert_int_equal(rt.route[i].route.out, cases[i].out);
	}
}

static void
the_longest_prefix_decides(void **state)
{
	const struct dp_route routes[] = {
		route("172.16.0.0/12", DP_ROUTE_VIA, "10.0.0.9"),
		route("172.16.0.0/16", DP_ROUTE_VIA, "192.168.0.9"),
		route("172.16.5.0/24", DP_ROUTE_UNREACHABLE, NULL),
		route("172.16.0.0/24", DP_ROUTE_VIA, "172.16.1.1"), /* not active */
	};
	struct routing rt;

	(void)state;
	init(&rt, false, routes, N(routes));
	check_way(&rt, "192.168.0.7", DP_LAN, "192.168.0.7");
	check_way(&rt, "192.168.20.7", SEGMENT, "192.168.20.7");
	check_way(&rt, "10.0.0.7", DP_WAN, "10.0.0.7");
	check_way(&rt, "172.20.0.1", DP_WAN, "10.0.0.9");
	check_way(&rt, "172.16.0.1", DP_LAN, "192.168.0.9");
	check_way(&rt, "172.16.5.1", 0, NULL);
	check_way(&rt, "203.0.113.1", DP_WAN, "10.0.0.253");
	rt.gateway[DP_LAN] = addr("192.168.0.1");
	check_way(&rt, "203.0.113.1", DP_LAN, "192.168.0.1");
	rt.gateway[DP_LAN] = rt.gateway[DP_WAN] = 0;
	check_way(&rt, "203.0.113.1", 0, NULL);
}

static void
dhcp_brings_an_address_and_takes_it_away(void **state)
{
	const struct dp_route own[] = {
		route("172.16.0.0/16", DP_ROUTE_VIA, "10.0.0.9"),
		route("172.17.0.0/16", DP_ROUTE_VIA, "192.168.0.9"),
	};
	const struct dp_route brought[] = {
		route("172.16.0.0/16", DP_ROUTE_VIA, "10.0.0.8"), /* the operator has one there */
		route("172.18.0.0/16", DP_ROUTE_VIA, "10.0.0.8"),
	};
	const struct ip_prefix leased = prefix("10.0.0.77/24"), none = {.len = 32};
	struct routing rt, before;

	(void)state;
	init(&rt, true, own, N(own));
	before = rt;
	check_way(&rt, "172.16.0.1", 0, NULL);
	check_way(&rt, "172.17.0.1", DP_LAN, "192.168.0.9");
	check_way(&rt, "203.0.113.1", 0, NULL);

	routing_set_wan(&rt, &leased, addr("10.0.0.1"), brought, N(brought));
	assert_int_equal(rt.n, 3);
	assert_false(routing_equal(&rt, &before));
	check_way(&rt, "172.16.0.1", DP_WAN, "10.0.0.9");
	check_way(&rt, "172.18.0.1", DP_WAN, "10.0.0.8");
	check_way(&rt, "203.0.113.1", DP_WAN, "10.0.0.1");

	/* Renewed: the same again is nothing new, fewer routes are. */
	before = rt;
	routing_set_wan(&rt, &leased, addr("10.0.0.1"), brought, N(brought));
	assert_true(routing_equal(&rt, &before));
	routing_set_wan(&rt, &leased, addr("10.0.0.1"), NULL, 0);
	assert_false(routing_equal(&rt, &before));
	assert_int_equal(rt.n, 2);
	check_way(&rt, "172.18.0.1", DP_WAN, "10.0.0.1");

	routing_set_wan(&rt, &none, 0, NULL, 0);
	check_way(&rt, "172.16.0.1", 0, NULL);
	check_way(&rt, "10.0.0.1", 0, NULL);
}

static void
more_routes_than_there_is_room_for_are_left_out(void **state)
{
	const struct dp_route own = route("172.31.0.0/16", DP_ROUTE_BLACKHOLE, NULL);
	const struct ip_prefix leased = prefix("10.0.0.77/24");
	struct dp_route many[DP_ROUTES_MAX + 5];
	struct routing rt;

	(void)state;
	for (unsigned i = 0; i < N(many); i++)
		many[i] = (struct dp_route){.to = {htonl(0xac100000 + (i << 8)), 24},
			.kind = DP_ROUTE_VIA,
			.hop = addr("10.0.0.9")};
	init(&rt, true, &own, 1);
	routing_set_wan(&rt, &leased, 0, many, N(many));
	assert_int_equal(rt.n, DP_ROUTES_MAX);
	assert_false(rt.route[0].dhcp);
	check_way(&rt, "172.31.0.1", 0, NULL);
	check_way(&rt, "172.16.124.1", DP_WAN, "10.0.0.9");
	check_way(&rt, "172.16.125.1", 0, NULL);
}

static void
the_data_plane_is_told_of_active_routes(void **state)
{
	const struct dp_route routes[] = {
		route("172.16.0.0/16", DP_ROUTE_VIA, "172.17.0.1"),
		route("172.18.0.0/16", DP_ROUTE_VIA, "192.168.20.9"),
		route("172.19.0.0/16", DP_ROUTE_BLACKHOLE, NULL),
	};
	struct routing rt;

	(void)state;
	init(&rt, false, routes, N(routes));
	assert_int_equal(routing_publish(&rt, NULL), 0);
	assert_int_equal(told.n_routes, 2);
	assert_int_equal(told_routes[0].out, SEGMENT);
	assert_int_equal(told_routes[0].hop, addr("192.168.20.9"));
	assert_int_equal(told_routes[1].kind, DP_ROUTE_BLACKHOLE);
	assert_int_equal(told.net[DP_WAN].address.addr, addr("10.0.0.254"));
	assert_int_equal(told.net[DP_WAN].gateway, addr("10.0.0.253"));
	assert_int_equal(told.net[SEGMENT].address.addr, addr("192.168.20.254"));
	assert_int_equal(told.net[SEGMENT].gateway, 0);
	answer = -ENOMEM;
	assert_int_equal(routing_publish(&rt, NULL), -ENOMEM);
	answer = 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_route_is_active_when_its_router_is_a_neighbour),
		cmocka_unit_test(the_longest_prefix_decides),
		cmocka_unit_test(dhcp_brings_an_address_and_takes_it_away),
		cmocka_unit_test(more_routes_than_there_is_room_for_are_left_out),
		cmocka_unit_test(the_data_plane_is_told_of_active_routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
