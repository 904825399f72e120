/* SPDX-License-Identifier: BSD-3-Clause */
/* NAT rules: the kinds of their values, and their checks. */
#include "config_impl.h"

#include <string.h>

static void *
add_source(struct config_doc *doc, unsigned line)
{
	struct nat_config *n = &doc->config->nat;

	if (n->n_sources == NAT_RULES_MAX)
		return NULL;
	n->source[n->n_sources].line = line;
	return &n->source[n->n_sources++];
}

static void *
add_destination(struct config_doc *doc, unsigned line)
{
	struct nat_config *n = &doc->config->nat;

	if (n->n_destinations == NAT_RULES_MAX)
		return NULL;
	n->destination[n->n_destinations].line = line;
	return &n->destination[n->n_destinations++];
}

static bool
read_network(struct config_item *item)
{
	struct nat_networks *to = item->field;
	struct ip_prefix p;

	if (ip_prefix_parse(item->text, &p) != 0 && ip_parse(item->text, &p.addr) != 0)
		return config_refuse(item,
			"\"%s\" is not a network (such as 192.168.0.0/24) or address", item->text);
	if (strchr(item->text, '/') == NULL)
		p.len = 32;
	if (p.addr != ip_network(&p))
		return config_refuse_host(item, &p);
	to->net[to->n++] = p;
	return true;
}

static bool
read_addresses(struct config_item *item)
{
	struct ip_range r;

	if (ip_range_parse(item->text, &r) != 0 || r.first == 0)
		return config_refuse(item,
			"\"%s\" is not an address or range (such as 10.0.0.16-10.0.0.31)",
			item->text);
	if (ip_range_count(&r) >= NAT_ADDRESSES_MAX)
		return config_refuse(item, "contains %u addresses (at most %u)", ip_range_count(&r),
			NAT_ADDRESSES_MAX - 1);
	memcpy(item->field, &r, sizeof(r));
	return true;
}

static bool
read_protocol(struct config_item *item)
{
	uint8_t *to = item->field;

	if (strcmp(item->text, "tcp") == 0)
		*to = NAT_TO_TCP;
	else if (strcmp(item->text, "udp") == 0)
		*to = NAT_TO_UDP;
	else if (strcmp(item->text, "both") == 0)
		*to = NAT_TO_TCP | NAT_TO_UDP;
	else
		return config_refuse(item, "\"%s\" is not one of tcp, udp, both", item->text);
	return true;
}

/* 1 to 65535 at the start of the text. */
static bool
port_number(const char *text, uint16_t *out, const char **rest)
{
	uint32_t n;

	if (!config_digits(text, &n, rest) || n == 0 || n > UINT16_MAX)
		return false;
	*out = (uint16_t)n;
	return true;
}

/* Fills in `first`, the field, and `last` behind it. */
static bool
read_ports(struct config_item *item)
{
	uint16_t port[2] = {0};
	const char *rest;
	bool good = port_number(item->text, &port[0], &rest);

	_Static_assert(offsetof(struct nat_destination, last) ==
			       offsetof(struct nat_destination, first) + sizeof(port[0]),
		"first and last are one field");
	port[1] = port[0];
	if (good && *rest == '-')
		good = port_number(rest + 1, &port[1], &rest);
	if (!good || *rest != '\0' || port[1] < port[0])
		return config_refuse(item,
			"\"%s\" is not a port or range (1 to 65535, or such as 8000-8010)",
			item->text);
	memcpy(item->field, port, sizeof(port));
	return true;
}

/* Fills in `host`, the field, and `host_port`. */
static bool
read_target(struct config_item *item)
{
	struct nat_destination *to = (struct nat_destination *)((char *)item->field -
								offsetof(struct nat_destination,
									host));
	const char *colon = strchr(item->text, ':'), *rest = "";
	size_t len = colon != NULL ? (size_t)(colon - item->text) : strlen(item->text);
	char address[IP_STR_LEN];

	snprintf(address, sizeof(address), "%.*s", (int)len, item->text);
	if (len >= sizeof(address) || ip_parse(address, &to->host) != 0 || to->host == 0 ||
		(colon != NULL && !port_number(colon + 1, &to->host_port, &rest)) || *rest != '\0')
		return config_refuse(item,
			"\"%s\" is not a host (such as 192.168.0.100, or 192.168.0.100:80)",
			item->text);
	return true;
}

static bool
read_behaviour(struct config_item *item)
{
	static const char *const names[] = {
		[NAT_ENDPOINT_INDEPENDENT] = "endpoint-independent",
		[NAT_ADDRESS_DEPENDENT] = "address-dependent",
		[NAT_ADDRESS_AND_PORT_DEPENDENT] = "address-and-port-dependent",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(item->text, names[i]) == 0) {
			enum nat_behaviour b = i;

			memcpy(item->field, &b, sizeof(b));
			return true;
		}
	}
	return config_refuse(
		item, "\"%s\" is not one of %s, %s, %s", item->text, names[0], names[1], names[2]);
}

/* --- checks ----------------------------------------------------------------------------------- */

/* The addresses that stand for hosts inside must be free for that on the WAN. */
static void
check_source(struct config_doc *doc, unsigned i, uint32_t *n_addrs)
{
	const struct config *c = doc->config;
	const struct nat_source *s = &c->nat.source[i];
	const struct {
		be32 addr;
		const char *what;
	} taken[] = {
		{c->wan.gateway, "wan.gateway"},
		{ip_network(&c->wan.address), "the WAN's network address"},
		{ip_broadcast(&c->wan.address), "the WAN's broadcast address"},
	};
	struct config_place at = config_at_entry(KEY_NAT_SOURCE_TO, i, s->line);
	char text[IP_STR_LEN];

	if (s->to.first == 0)
		return;
	for (unsigned k = 0; k < i; k++) {
		const struct ip_range *o = &c->nat.source[k].to;

		if (o->first == s->to.first && o->last == s->to.last)
			return;
		if (o->first != 0 && ntohl(o->first) <= ntohl(s->to.last) &&
			ntohl(s->to.first) <= ntohl(o->last))
			config_error(doc, at, "partly overlaps nat.source[%u].to in line %u", k,
				c->nat.source[k].line);
	}
	*n_addrs += ip_range_count(&s->to);
	if (*n_addrs >= NAT_ADDRESSES_MAX) {
		config_error(doc, at, "all rules together use too many addresses (at most %u)",
			NAT_ADDRESSES_MAX - 1);
		return;
	}
	if (config_good(doc, KEY_LAN_ADDRESS) &&
		(ip_prefix_contains(&c->lan.address, s->to.first) ||
			ip_prefix_contains(&c->lan.address, s->to.last)))
		config_error(doc, at, "is in the network of lan.address");
	if (!config_good(doc, KEY_WAN_ADDRESS))
		return;
	for (unsigned k = 0; k < sizeof(taken) / sizeof(taken[0]); k++)
		if (taken[k].addr != 0 && ip_range_contains(&s->to, taken[k].addr))
			config_error(doc, at, "contains %s, which is %s",
				ip_str(taken[k].addr, text), taken[k].what);
	if (s->to.first != s->to.last && ip_range_contains(&s->to, c->wan.address.addr))
		config_error(
			doc, at, "contains wan.address, which cannot be part of a larger range");
}

/* Whether the rule takes a port that the gateway itself uses. */
static bool
own_port(const struct nat_destination *d, unsigned *port)
{
	static const uint16_t own[] = {68, 500, 1701, 4500};

	for (unsigned i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		*port = own[i];
		if (d->protocols & NAT_TO_UDP && own[i] >= d->first && own[i] <= d->last)
			return true;
	}
	return false;
}

/* A port forward leads to one host on the LAN side, not to whichever client has the address. */
static void
check_target(struct config_doc *doc, be32 host, struct config_place at)
{
	const struct config *c = doc->config;
	const struct ip_prefix *net = config_segment_of(c, host);
	int pool = config_pool_of(c, host);
	char text[IP_STR_LEN];

	ip_str(host, text);
	if (config_is_own(c, host)) {
		config_error(doc, at, "forwards to %s, the gateway's own address", text);
		return;
	}
	if (net != NULL && (host == ip_network(net) || host == ip_broadcast(net)))
		config_error(doc, at, "forwards to %s, which is not a host address", text);
	if (!config_good(doc, KEY_WAN_ADDRESS) || !config_good(doc, KEY_LAN_ADDRESS) ||
		!config_good(doc, KEY_SEGMENTS) || !config_good(doc, KEY_ROUTES) ||
		!config_good(doc, KEY_POOLS))
		return;
	if (config_side_of(c, host) != CONFIG_SIDE_LAN)
		config_error(doc, at, "forwards to %s, which is not reached by the LAN port", text);
	for (size_t k = 0; pool >= 0 && k < c->n_users; k++)
		if (c->users[k].address == host)
			pool = -1;
	if (pool >= 0)
		config_error(doc, at,
			"forwards to %s in pools[%d], which any client may get (reserve it by "
			"users[].address)",
			text, pool);
}

static void
check_destination(struct config_doc *doc, unsigned i)
{
	const struct config *c = doc->config;
	const struct nat_destination *d = &c->nat.destination[i];
	struct config_place at = config_at_entry(KEY_NAT_DESTINATION, i, d->line);
	unsigned port;

	check_target(doc, d->host, at);
	if (d->host_port != 0 && d->host_port + (d->last - d->first) > UINT16_MAX)
		config_error(doc, at, "forwards to ports above 65535");
	if (own_port(d, &port))
		config_error(doc, at, "forwards UDP port %u, which the gateway itself uses", port);
	for (unsigned k = 0; k < i; k++) {
		const struct nat_destination *o = &c->nat.destination[k];

		if (o->from.n == 0 && o->protocols & d->protocols && o->first <= d->last &&
			d->first <= o->last)
			config_error(doc, at,
				"overlaps nat.destination[%u] in line %u, which has no from", k,
				o->line);
	}
}

void
config_check_nat(struct config_doc *doc)
{
	struct config *c = doc->config;
	uint32_t n_addrs = 0;

	/* A handshake takes as long whichever side began. */
	c->nat.timeout[NAT_QUEUE_HALF] = c->nat.timeout[NAT_QUEUE_TCP_TRANSITORY];
	if (config_good(doc, KEY_NAT_SOURCE))
		for (unsigned i = 0; i < c->nat.n_sources; i++)
			check_source(doc, i, &n_addrs);
	if (config_good(doc, KEY_NAT_DESTINATION))
		for (unsigned i = 0; i < c->nat.n_destinations; i++)
			check_destination(doc, i);
	if (config_good(doc, KEY_NAT_MAX_SESSIONS) && config_good(doc, KEY_WORKERS_CORES) &&
		c->n_workers > 0 && c->nat.max_sessions / c->n_workers > NAT_SESSIONS_MAX)
		config_error(doc, config_at(doc, KEY_NAT_MAX_SESSIONS),
			"%u is too many for %u worker%s (at most %u each)", c->nat.max_sessions,
			c->n_workers, c->n_workers == 1 ? "" : "s", NAT_SESSIONS_MAX);
}

/* clang-format off */
#define KIND(sym, text, ...) const struct config_type sym = {.name = text, __VA_ARGS__}

KIND(config_nat_sources,      "list of rules",
	.list = true, .add = add_source, .example = "from: [192.168.0.0/24]");
KIND(config_nat_destinations, "list of rules",
	.list = true, .add = add_destination, .example = "port: 80, to: 192.168.0.100");
KIND(config_nat_networks,     "list of networks",         .read = read_network, .list = true);
KIND(config_nat_addresses,    "address or range",         .read = read_addresses);
KIND(config_nat_protocol,     "protocol",                 .read = read_protocol);
KIND(config_nat_ports,        "port or range",            .read = read_ports);
KIND(config_nat_target,       "host, or host and port",   .read = read_target);
KIND(config_nat_behaviour,    "behaviour",                .read = read_behaviour);
/* clang-format on */
