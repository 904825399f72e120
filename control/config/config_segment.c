/* SPDX-License-Identifier: BSD-3-Clause */
/* Segments of the LAN: the kinds of their values, and checks of them and of users in them. */
#include "config_impl.h"

#include <string.h>

static void *
add_segment(struct config_doc *doc, unsigned line)
{
	struct config *c = doc->config;

	if (c->n_segments == sizeof(c->segments) / sizeof(c->segments[0]))
		return NULL;
	c->segments[c->n_segments].line = line;
	return &c->segments[c->n_segments++];
}

static bool
read_name(struct config_item *item)
{
	size_t n = strlen(item->text);

	if (n > CONFIG_SEGMENT_NAME_MAX ||
		strspn(item->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789._-") != n)
		return config_refuse(item,
			"\"%.60s\" is not a name (letters, digits, - _ ., at most %d bytes)",
			item->text, CONFIG_SEGMENT_NAME_MAX);
	memcpy(item->field, item->text, n + 1);
	return true;
}

const struct config_type config_segments = {
	.name = "list of segments",
	.list = true,
	.add = add_segment,
	.example = "name: ..., vlan: ..., address: ...",
};
const struct config_type config_segment_name = {.name = "name", .read = read_name};

const struct ip_prefix *
config_segment_of(const struct config *config, be32 addr)
{
	if (ip_prefix_contains(&config->lan.address, addr))
		return &config->lan.address;
	for (size_t i = 0; i < config->n_segments; i++)
		if (ip_prefix_contains(&config->segments[i].net.address, addr))
			return &config->segments[i].net.address;
	return NULL;
}

/* The index of the segment: 0 for "lan", i + 1 for segments[i]; -1 if there is none. */
static int
find(const struct config *c, const char *name)
{
	if (strcmp(name, "lan") == 0)
		return 0;
	for (size_t i = 0; i < c->n_segments; i++)
		if (strcmp(c->segments[i].name, name) == 0)
			return (int)i + 1;
	return -1;
}

static bool
overlap(const struct ip_prefix *a, const struct ip_prefix *b)
{
	return ip_prefix_contains(a, ip_network(b)) || ip_prefix_contains(b, ip_network(a));
}

static void
check_pair(struct config_doc *doc, size_t i, const struct config_segment *other)
{
	const struct config_segment *s = &doc->config->segments[i];
	char net[IP_STR_LEN];

	if (strcmp(s->name, other->name) == 0)
		config_error(doc, config_at_entry(KEY_SEGMENTS_NAME, i, s->line),
			"\"%s\" is already used by another segment", s->name);
	if (s->net.vlan == other->net.vlan)
		config_error(doc, config_at_entry(KEY_SEGMENTS_VLAN, i, s->line),
			"%u is already used by segment %s", s->net.vlan, other->name);
	if (overlap(&s->net.address, &other->net.address))
		config_error(doc, config_at_entry(KEY_SEGMENTS_ADDRESS, i, s->line),
			"overlaps the network of segment %s, %s/%u", other->name,
			ip_str(ip_network(&other->net.address), net), other->net.address.len);
}

static void
check_own(struct config_doc *doc, size_t i)
{
	const struct config *c = doc->config;
	const struct config_segment *s = &c->segments[i];
	const struct ip_prefix *net = &s->net.address;
	be32 gateway = s->net.gateway;
	char text[IP_STR_LEN];

	if (gateway != 0 && (!ip_prefix_contains(net, gateway) || gateway == net->addr ||
				    gateway == ip_network(net) || gateway == ip_broadcast(net)))
		config_error(doc, config_at_entry(KEY_SEGMENTS_GATEWAY, i, s->line),
			"%s is not another host in the segment's network", ip_str(gateway, text));
	if (config_good(doc, KEY_WAN_ADDRESS) && overlap(net, &c->wan.address))
		config_error(doc, config_at_entry(KEY_SEGMENTS_ADDRESS, i, s->line),
			"overlaps the network of wan.address, %s/%u",
			ip_str(ip_network(&c->wan.address), text), c->wan.address.len);
}

void
config_check_segments(struct config_doc *doc)
{
	const struct config *c = doc->config;
	const struct config_segment lan = {
		.name = "lan",
		.net = {.vlan = c->lan.vlan, .address = c->lan.address},
	};

	if (!config_good(doc, KEY_SEGMENTS) || !config_good(doc, KEY_LAN_ADDRESS))
		return;
	for (size_t i = 0; i < c->n_segments; i++) {
		check_own(doc, i);
		check_pair(doc, i, &lan);
		for (size_t k = 0; k < i; k++)
			check_pair(doc, i, &c->segments[k]);
	}
}

static bool
has_pool(const struct config *c, const struct ip_prefix *net)
{
	for (unsigned i = 0; i < c->n_pools; i++)
		if (ip_prefix_contains(net, c->pools[i].first))
			return true;
	return false;
}

void
config_check_user_segment(struct config_doc *doc, size_t user)
{
	struct config *c = doc->config;
	struct config_user *u = &c->users[user];
	const struct ip_prefix *net = u->address ? config_segment_of(c, u->address) : NULL;
	struct config_place at = config_at_entry(KEY_USERS_SEGMENT, user, u->line);
	int i = 0;

	if (u->segment.name[0] != '\0') {
		i = find(c, u->segment.name);
		if (i < 0) {
			config_error(doc, at, "there is no segment \"%s\"", u->segment.name);
			return;
		}
	} else if (net != NULL && net != &c->lan.address) {
		while (&c->segments[i].net.address != net)
			i++;
		i++;
	}
	u->segment.index = (unsigned)i;
	if (u->segment.name[0] != '\0' && net != NULL &&
		net != (i == 0 ? &c->lan.address : &c->segments[i - 1].net.address))
		config_error(doc, at, "the user's address is outside the network of segment %s",
			u->segment.name);
	if (u->address == 0 && c->n_pools > 0 && config_good(doc, KEY_POOLS) &&
		!has_pool(c, i == 0 ? &c->lan.address : &c->segments[i - 1].net.address))
		config_error(doc, config_at_entry(KEY_USERS_ADDRESS, user, u->line),
			"is required: segment %s has no pool", i == 0 ? "lan" : u->segment.name);
}
