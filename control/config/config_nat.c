/* SPDX-License-Identifier: BSD-3-Clause */
/* NAT's rules: how their values are read, and how they go together. */
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
		return config_refuse(item, "\"%s\" is no network (as 192.168.0.0/24)", item->text);
	if (strchr(item->text, '/') == NULL)
		p.len = 32;
	if (p.addr != ip_network(&p))
		return config_refuse(item, "%s is a host's address, not the network's", item->text);
	if (to->n == NAT_NETWORKS_MAX)
		return config_refuse(item, "is one too many");
	to->net[to->n++] = p;
	return true;
}

static bool
read_addresses(struct config_item *item)
{
	struct ip_range r;

	if (ip_range_parse(item->text, &r) != 0 || r.first == 0)
		return config_refuse(
			item, "\"%s\" is no address or range (as 10.0.0.16-10.0.0.31)", item->text);
	if (ip_range_count(&r) >= NAT_ADDRESSES_MAX)
		return config_refuse(item, "has %u addresses (at most %u)", ip_range_count(&r),
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
		return config_refuse(item, "\"%s\" is none of tcp, udp, both", item->text);
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

/* Into `first` and what stands behind it. */
static bool
read_ports(struct config_item *item)
{
	uint16_t port[2];
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
			"\"%s\" is no port or range (1 to 65535, or as 8000-8010)", item->text);
	memcpy(item->field, port, sizeof(port));
	return true;
}

/* Into `host` and `host_port`. */
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
			"\"%s\" is no host (as 192.168.0.100, or 192.168.0.100:80)", item->text);
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
		item, "\"%s\" is none of %s, %s, %s", item->text, names[0], names[1], names[2]);
}

/* --- how they go together ----------------------------------------------------------------------- */

/* Whether a host inside, or a router, has an address of the range: then it cannot be ours on the WAN. */
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
		{ip_network(&c->wan.address), "the WAN network's address"},
		{ip_broadcast(&c->wan.address), "the WAN's broadcast address"},
	};
	char path[CONFIG_PATH_MAX], text[IP_STR_LEN];

	snprintf(path, sizeof(path), "nat.source[%u].to", i);
	if (s->to.first == 0)
		return;
	for (unsigned k = 0; k < i; k++) {
		const struct ip_range *o = &c->nat.source[k].to;

		if (o->first == s->to.first && o->last == s->to.last)
			return;
		if (o->first != 0 && ntohl(o->first) <= ntohl(s->to.last) &&
			ntohl(s->to.first) <= ntohl(o->last))
			config_error(doc, s->line, path,
				"overlaps with nat.source[%u].to, line %u, which is not the same",
				k, c->nat.source[k].line);
	}
	*n_addrs += ip_range_count(&s->to);
	if (*n_addrs >= NAT_ADDRESSES_MAX) {
		config_error(doc, s->line, path,
			"all rules together have too many addresses (at most %u)",
			NAT_ADDRESSES_MAX - 1);
		return;
	}
	if (config_good(doc, "lan.address") &&
		(ip_prefix_contains(&c->lan.address, s->to.first) ||
			ip_prefix_contains(&c->lan.address, s->to.last)))
		config_error(doc, s->line, path, "is in the network of lan.address");
	if (!config_good(doc, "wan.address"))
		return;
	for (unsigned k = 0; k < sizeof(taken) / sizeof(taken[0]); k++)
		if (taken[k].addr != 0 && ip_range_contains(&s->to, taken[k].addr))
			config_error(doc, s->line, path, "holds %s, which is %s",
				ip_str(taken[k].addr, text), taken[k].what);
	if (s->to.first != s->to.last && ip_range_contains(&s->to, c->wan.address.addr))
		config_error(doc, s->line, path,
			"holds wan.address, which is a rule's alone, or of none");
}

/* What the gateway itself listens to. */
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

static void
check_destination(struct config_doc *doc, unsigned i)
{
	const struct config *c = doc->config;
	const struct nat_destination *d = &c->nat.destination[i];
	char path[CONFIG_PATH_MAX], text[IP_STR_LEN];
	unsigned port;

	snprintf(path, sizeof(path), "nat.destination[%u]", i);
	if (d->host == c->wan.address.addr || d->host == c->lan.address.addr)
		config_error(doc, d->line, path, "leads to %s, which is our own address",
			ip_str(d->host, text));
	if (d->host_port != 0 && d->host_port + (d->last - d->first) > UINT16_MAX)
		config_error(doc, d->line, path, "leads to ports above 65535");
	if (own_port(d, &port))
		config_error(doc, d->line, path, "takes UDP port %u, which the gateway itself uses",
			port);
	for (unsigned k = 0; k < i; k++) {
		const struct nat_destination *o = &c->nat.destination[k];

		if (o->from.n == 0 && o->protocols & d->protocols && o->first <= d->last &&
			d->first <= o->last)
			config_error(doc, d->line, path,
				"overlaps with nat.destination[%u], line %u, which everyone may use",
				k, o->line);
	}
}

void
config_check_nat(struct config_doc *doc)
{
	struct config *c = doc->config;
	uint32_t n_addrs = 0;

	/* Whether it began inside or outside says nothing of how long it takes. */
	c->nat.timeout[NAT_QUEUE_HALF] = c->nat.timeout[NAT_QUEUE_TCP_TRANSITORY];
	if (config_good(doc, "nat.source"))
		for (unsigned i = 0; i < c->nat.n_sources; i++)
			check_source(doc, i, &n_addrs);
	if (config_good(doc, "nat.destination"))
		for (unsigned i = 0; i < c->nat.n_destinations; i++)
			check_destination(doc, i);
	if (config_good(doc, "nat.max_sessions") && config_good(doc, "workers.cores") &&
		c->n_workers > 0 && c->nat.max_sessions / c->n_workers > NAT_SESSIONS_MAX)
		config_error(doc, config_line(doc, "nat.max_sessions"), "nat.max_sessions",
			"%u are too many for %u workers (at most %u each)", c->nat.max_sessions,
			c->n_workers, NAT_SESSIONS_MAX);
}

/* clang-format off */
#define KIND(sym, text, ...) const struct config_type sym = {.name = text, __VA_ARGS__}

KIND(config_nat_sources,      "list of rules",            .list = true, .add = add_source, .example = "from: [192.168.0.0/24]");
KIND(config_nat_destinations, "list of rules",            .list = true, .add = add_destination, .example = "port: 80, to: 192.168.0.100");
KIND(config_nat_networks,     "list of networks",         .read = read_network, .list = true);
KIND(config_nat_addresses,    "address or range",         .read = read_addresses);
KIND(config_nat_protocol,     "protocol",                 .read = read_protocol);
KIND(config_nat_ports,        "port or range",            .read = read_ports);
KIND(config_nat_target,       "host, or host and port",   .read = read_target);
KIND(config_nat_behaviour,    "behaviour",                .read = read_behaviour);
/* clang-format on */
