/* SPDX-License-Identifier: BSD-3-Clause */
/* Segments of the LAN, and who joins which. */
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
			"\"%.60s\" is no name (letters, digits, dots, dashes, at most %d)",
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

/* Its index: 0 of "lan", i + 1 of segments[i], -1 of none. */
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
	char path[CONFIG_PATH_MAX], net[IP_STR_LEN];

	if (strcmp(s->name, other->name) == 0) {
		snprintf(path, sizeof(path), "segments[%zu].name", i);
		config_error(doc, s->line, path, "\"%s\" is taken already", s->name);
	}
	if (s->net.vlan == other->net.vlan) {
		snprintf(path, sizeof(path), "segments[%zu].vlan", i);
		config_error(
			doc, s->line, path, "%u is that of segment %s", s->net.vlan, other->name);
	}
	if (overlap(&s->net.address, &other->net.address)) {
		snprintf(path, sizeof(path), "segments[%zu].address", i);
		config_error(doc, s->line, path, "overlaps with the network of %s, %s/%u",
			other->name, ip_str(ip_network(&other->net.address), net),
			other->net.address.len);
	}
}

static void
check_own(struct config_doc *doc, size_t i)
{
	const struct config *c = doc->config;
	const struct dp_segment_config *net = &c->segments[i].net;
	char path[CONFIG_PATH_MAX], text[IP_STR_LEN];

	if (net->address.addr == ip_network(&net->address) ||
		net->address.addr == ip_broadcast(&net->address)) {
		snprintf(path, sizeof(path), "segments[%zu].address", i);
		config_error(doc, c->segments[i].line, path, "%s is no host of its network",
			ip_str(net->address.addr, text));
	}
	snprintf(path, sizeof(path), "segments[%zu].gateway", i);
	if (net->gateway != 0 && (!ip_prefix_contains(&net->address, net->gateway) ||
					 net->gateway == net->address.addr))
		config_error(doc, c->segments[i].line, path,
			"%s is no other host of the segment's network", ip_str(net->gateway, text));
	if (config_good(doc, "wan.address") && overlap(&net->address, &c->wan.address)) {
		snprintf(path, sizeof(path), "segments[%zu].address", i);
		config_error(doc, c->segments[i].line, path,
			"overlaps with the network of wan.address, %s/%u",
			ip_str(ip_network(&c->wan.address), text), c->wan.address.len);
	}
}

void
config_check_segments(struct config_doc *doc)
{
	const struct config *c = doc->config;
	const struct config_segment lan = {
		.name = "lan",
		.net = {.vlan = c->lan.vlan, .address = c->lan.address},
	};

	/* A segment that is wrong in itself is here as well, with what was right of it. */
	if (!config_good(doc, "segments") || !config_good(doc, "lan.address"))
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
	char path[CONFIG_PATH_MAX];
	int i = 0;

	snprintf(path, sizeof(path), "users[%zu].segment", user);
	if (u->segment.name[0] != '\0') {
		i = find(c, u->segment.name);
		if (i < 0) {
			config_error(
				doc, u->line, path, "there is no segment \"%s\"", u->segment.name);
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
		config_error(doc, u->line, path, "his address is not of the network of %s",
			u->segment.name);
	if (i > 0 && u->address == 0 && config_good(doc, "pools") &&
		!has_pool(c, &c->segments[i - 1].net.address))
		config_error(doc, u->line, path,
			"no pool is of the network of %s, and he has no address", u->segment.name);
}
