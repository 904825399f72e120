/* SPDX-License-Identifier: BSD-3-Clause */
/* How the values go together. A check whose values are wrong in themselves says nothing more. */
#include "config_impl.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- cores -------------------------------------------------------------------------------------- */

/* "0-3, 6": the cores this process may run on. */
static const char *
cores_str(const cpu_set_t *set, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (int i = 0; i < CPU_SETSIZE && n < size; i++) {
		int first = i;

		if (!CPU_ISSET(i, set))
			continue;
		while (i + 1 < CPU_SETSIZE && CPU_ISSET(i + 1, set))
			i++;
		n += (size_t)snprintf(buf + n, size - n, "%s%d", n ? ", " : "", first);
		if (i > first && n < size)
			n += (size_t)snprintf(buf + n, size - n, "-%d", i);
	}
	return buf;
}

static void
check_core(struct config_doc *doc, const cpu_set_t *set, unsigned core, unsigned line,
	const char *path)
{
	char cores[128];

	if (!CPU_ISSET(core, set))
		config_error(doc, line, path,
			"core %u does not exist, or this process may not use it (%s)", core,
			cores_str(set, cores, sizeof(cores)));
}

/* Two that poll one core take turns of whole time slices: packets would wait for milliseconds. */
static void
check_shared(struct config_doc *doc, unsigned i, unsigned line, const char *path)
{
	const struct config *c = doc->config;
	const char *user = NULL;

	if (c->idle_sleep_us > 0 || !config_good(doc, "workers.idle_sleep_us"))
		return;
	for (unsigned j = 0; j < i; j++)
		if (c->worker_core[j] == c->worker_core[i])
			user = "another worker's";
	if (config_good(doc, "eal.control_core") && c->worker_core[i] == c->control_core)
		user = "eal.control_core";
	if (user != NULL)
		config_error(doc, line, path,
			"core %u is %s already (workers share a core only with "
			"workers.idle_sleep_us above 0)",
			c->worker_core[i], user);
}

static void
check_cores(struct config_doc *doc)
{
	const struct config *c = doc->config;
	char path[CONFIG_PATH_MAX];
	cpu_set_t set;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return; /* more cores than a set holds: EAL will say it */
	if (config_good(doc, "eal.control_core"))
		check_core(doc, &set, c->control_core, config_line(doc, "eal.control_core"),
			"eal.control_core");
	if (!config_good(doc, "workers.cores"))
		return;
	for (unsigned i = 0; i < c->n_workers; i++) {
		unsigned line = config_item_line(doc, "workers.cores", i);

		snprintf(path, sizeof(path), "workers.cores[%u]", i);
		check_core(doc, &set, c->worker_core[i], line, path);
		check_shared(doc, i, line, path);
	}
}

/* --- ports -------------------------------------------------------------------------------------- */

/* The value of an argument in "net_af_packet0,iface=eth0"; its length, 0 if there is none. */
static size_t
device_arg(const char *device, const char *arg, const char **value)
{
	size_t n = strlen(arg);

	for (const char *p = strchr(device, ','); p != NULL; p = strchr(p, ',')) {
		p++;
		if (strncmp(p, arg, n) == 0) {
			*value = p + n;
			return strcspn(*value, ",");
		}
	}
	return 0;
}

static bool
same_text(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && a_len > 0 && strncasecmp(a, b, a_len) == 0;
}

/* A PCI address may do without its domain, which is 0000 then. */
static const char *
without_domain(const char *device)
{
	return strncmp(device, "0000:", 5) == 0 ? device + 5 : device;
}

static void
check_devices(struct config_doc *doc)
{
	const char *w = without_domain(doc->config->wan.device);
	const char *l = without_domain(doc->config->lan.device);
	unsigned line = config_line(doc, "lan.device");
	const char *wv = NULL, *lv = NULL;
	size_t wn, ln;

	if (!config_good(doc, "wan.device") || !config_good(doc, "lan.device"))
		return;
	if (same_text(w, strcspn(w, ","), l, strcspn(l, ","))) {
		config_error(doc, line, "lan.device", "%.*s is wan.device already",
			(int)strcspn(l, ","), l);
		return;
	}
	wn = device_arg(w, "iface=", &wv);
	ln = device_arg(l, "iface=", &lv);
	if (wn != 0 && ln != 0 && same_text(wv, wn, lv, ln))
		config_error(doc, line, "lan.device", "interface %.*s is wan.device's already",
			(int)ln, lv);
}

static void
check_queues(struct config_doc *doc, const struct dp_port_config *port, const char *path)
{
	unsigned n = doc->config->n_workers;

	if (config_good(doc, path) && config_good(doc, "workers.cores") && port->queues > n)
		config_error(doc, config_line(doc, path), path,
			"%u queues are more than workers.cores (at most %u)", port->queues, n);
}

/* The router of a port is another host of its network. */
static void
check_gateway(struct config_doc *doc, const struct dp_port_config *port, const char *section)
{
	const struct ip_prefix *net = &port->address;
	char path[32], address[32], text[IP_STR_LEN];

	snprintf(path, sizeof(path), "%s.gateway", section);
	snprintf(address, sizeof(address), "%s.address", section);
	if (!config_good(doc, address) || !config_good(doc, path) || port->gateway == 0)
		return;
	if (port->dhcp) {
		config_error(
			doc, config_line(doc, path), path, "comes by DHCP (wan.address is dhcp)");
		return;
	}
	if (!ip_prefix_contains(net, port->gateway))
		config_error(doc, config_line(doc, path), path,
			"is outside of the network of %s, %s/%u", address,
			ip_str(ip_network(net), text), net->len);
	else if (port->gateway == net->addr || port->gateway == ip_network(net) ||
		 port->gateway == ip_broadcast(net))
		config_error(doc, config_line(doc, path), path,
			"%s is our own, the network's or the broadcast address",
			ip_str(port->gateway, text));
}

static void
check_networks(struct config_doc *doc)
{
	const struct config *c = doc->config;
	const struct ip_prefix *w = &c->wan.address, *l = &c->lan.address;
	char text[IP_STR_LEN];
	bool good = config_good(doc, "wan.address") && !c->wan.dhcp;

	if (good && config_good(doc, "lan.address") &&
		(ip_prefix_contains(w, ip_network(l)) || ip_prefix_contains(l, ip_network(w))))
		config_error(doc, config_line(doc, "lan.address"), "lan.address",
			"overlaps with the network of wan.address, %s/%u",
			ip_str(ip_network(w), text), w->len);
	check_gateway(doc, &c->wan, "wan");
	check_gateway(doc, &c->lan, "lan");
}

/*
 * What IP in the tunnel may have where the outer packet has wan.mtu bytes: IPv4 20, UDP 8 (NAT traversal), ESP 8
 * and IV 16, ICV 16 or what the longest of a suite has, whole blocks of 16 that hold UDP 8, L2TP 8, PPP 4, the packet and ESP's trailer of 2.
 */
static void
check_mtu(struct config_doc *doc)
{
	const struct config *c = doc->config;
	unsigned sealed, most, icv = 16;

	if (!config_good(doc, "ppp.mtu") || !config_good(doc, "wan.mtu"))
		return;
	for (unsigned i = 0; i < c->ike.n_esp; i++)
		if (c->ike.esp[i]->icv_len > icv)
			icv = c->ike.esp[i]->icv_len;
	sealed = c->wan.mtu - 20u - (c->ike.natt ? 8u : 0u) - 8u - 16u - icv;
	most = sealed / 16 * 16 - 2 - 8 - 8 - 4;
	if (c->ppp.mtu > most)
		config_error(doc, config_line(doc, "ppp.mtu"), "ppp.mtu",
			"%u does not fit into wan.mtu %u with its headers (at most %u)", c->ppp.mtu,
			c->wan.mtu, most);
}

/* --- suites ------------------------------------------------------------------------------------- */

static void
weak(struct config_doc *doc, const char *key, unsigned i, const char *name, const char *permit)
{
	char path[CONFIG_PATH_MAX];

	snprintf(path, sizeof(path), "%s[%u]", key, i);
	config_error(doc, config_item_line(doc, key, i), path, "%s is weak (%s: true permits it)",
		name, permit);
}

static void
check_suites(struct config_doc *doc)
{
	const struct config *c = doc->config;
	char name[IKE_SUITE_STR_LEN];

	/* Entries and lines count alike only when all entries were read. */
	if (config_good(doc, "ike.proposals") && !c->ike_allow_weak)
		for (unsigned i = 0; i < c->ike.n_suites; i++)
			if (ike_suite_weak(&c->ike.suites[i]))
				weak(doc, "ike.proposals", i,
					ike_suite_str(&c->ike.suites[i], name), "ike.allow_weak");
	if (config_good(doc, "esp.proposals") && !c->esp_allow_weak)
		for (unsigned i = 0; i < c->ike.n_esp; i++)
			if (c->ike.esp[i]->weak)
				weak(doc, "esp.proposals", i, c->ike.esp[i]->name,
					"esp.allow_weak");
	if (config_good(doc, "esp.pfs") && !c->esp_allow_weak)
		for (unsigned i = 0; i < c->ike.n_pfs; i++)
			if (c->ike.pfs[i] <= DH_MODP1024)
				weak(doc, "esp.pfs", i, dh_name(c->ike.pfs[i]), "esp.allow_weak");
}

/* --- addresses ---------------------------------------------------------------------------------- */

/* Which address that no client can have is in the range, or NULL. */
static const char *
taken_address(const struct ip_prefix *lan, const struct ip_range *r, be32 *addr)
{
	const struct {
		be32 addr;
		const char *what;
	} taken[] = {
		{lan->addr, "the gateway's own"},
		{ip_network(lan), "the network's address"},
		{ip_broadcast(lan), "the broadcast address"},
	};

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		*addr = taken[i].addr;
		if (ip_range_contains(r, taken[i].addr))
			return taken[i].what;
	}
	return NULL;
}

/* Whether clients can have the range; else one error line. */
static void
check_range(struct config_doc *doc, const struct ip_range *r, unsigned line, const char *path)
{
	const struct ip_prefix *lan = config_segment_of(doc->config, r->first);
	const struct ip_prefix *first = &doc->config->lan.address;
	char text[IP_STR_LEN];
	const char *what;
	be32 addr;

	if (lan == NULL || !ip_prefix_contains(lan, r->last)) {
		config_error(doc, line, path, "is outside of the network of lan.address, %s/%u%s",
			ip_str(ip_network(first), text), first->len,
			doc->config->n_segments > 0 ? ", and of those of segments" : "");
		return;
	}
	what = taken_address(lan, r, &addr);
	if (what != NULL)
		config_error(doc, line, path, "holds %s, which is %s", ip_str(addr, text), what);
}

static void
check_pools(struct config_doc *doc)
{
	const struct config *c = doc->config;
	char path[CONFIG_PATH_MAX];

	if (!config_good(doc, "pools"))
		return;
	for (unsigned i = 0; i < c->n_pools; i++) {
		const struct ip_range *r = &c->pools[i];
		unsigned line = config_item_line(doc, "pools", i);

		snprintf(path, sizeof(path), "pools[%u]", i);
		if (config_good(doc, "lan.address"))
			check_range(doc, r, line, path);
		for (unsigned j = 0; j < i; j++)
			if (ntohl(r->first) <= ntohl(c->pools[j].last) &&
				ntohl(c->pools[j].first) <= ntohl(r->last))
				config_error(doc, line, path, "overlaps with pools[%u], line %u", j,
					config_item_line(doc, "pools", j));
	}
}

/* --- users -------------------------------------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
	const struct config_user *x = *(const struct config_user *const *)a;
	const struct config_user *y = *(const struct config_user *const *)b;
	int d = strcmp(x->name, y->name);

	return d != 0 ? d : (x > y) - (x < y);
}

static int
by_address(const void *a, const void *b)
{
	const struct config_user *x = *(const struct config_user *const *)a;
	const struct config_user *y = *(const struct config_user *const *)b;

	return x->address != y->address ? (ntohl(x->address) > ntohl(y->address) ? 1 : -1)
					: (x > y) - (x < y);
}

static void
check_user(struct config_doc *doc, size_t i)
{
	const struct config *c = doc->config;
	const struct config_user *u = &c->users[i];
	struct ip_range r = {.first = u->address, .last = u->address};
	char path[CONFIG_PATH_MAX];

	snprintf(path, sizeof(path), "users[%zu].address", i);
	if (u->address != 0 && config_good(doc, "lan.address"))
		check_range(doc, &r, u->line, path);
	if (u->address == 0 && c->n_pools == 0 && config_good(doc, "pools") &&
		config_good(doc, "users"))
		config_error(doc, u->line, path, "is missing, and there are no pools");
	config_check_user_segment(doc, i);
}

/* Neighbours in sorted order that are alike are one mistake each. */
static void
check_pairs(struct config_doc *doc, const struct config_user **sorted)
{
	const struct config *c = doc->config;
	char path[CONFIG_PATH_MAX], text[IP_STR_LEN];

	qsort(sorted, c->n_users, sizeof(*sorted), by_name);
	for (size_t i = 1; i < c->n_users; i++) {
		if (sorted[i]->name[0] == '\0' || strcmp(sorted[i]->name, sorted[i - 1]->name) != 0)
			continue;
		snprintf(path, sizeof(path), "users[%zu].name", (size_t)(sorted[i] - c->users));
		config_error(doc, sorted[i]->line, path, "\"%s\" is in line %u already",
			sorted[i]->name, sorted[i - 1]->line);
	}
	qsort(sorted, c->n_users, sizeof(*sorted), by_address);
	for (size_t i = 1; i < c->n_users; i++) {
		if (sorted[i]->address == 0 || sorted[i]->address != sorted[i - 1]->address)
			continue;
		snprintf(path, sizeof(path), "users[%zu].address", (size_t)(sorted[i] - c->users));
		config_error(doc, sorted[i]->line, path, "%s is \"%s\"'s, line %u, already",
			ip_str(sorted[i]->address, text), sorted[i - 1]->name, sorted[i - 1]->line);
	}
}

static void
check_users(struct config_doc *doc)
{
	const struct config *c = doc->config;
	const struct config_user **sorted;

	/* Wrong users are here as well, with what was right of them. */
	if (c->n_users == 0)
		return;
	sorted = calloc(c->n_users, sizeof(*sorted));
	if (sorted == NULL) {
		config_error(doc, config_line(doc, "users"), "users", "out of memory");
		return;
	}
	for (size_t i = 0; i < c->n_users; i++) {
		sorted[i] = &c->users[i];
		check_user(doc, i);
	}
	check_pairs(doc, sorted);
	free(sorted);
}

void
config_check(struct config_doc *doc)
{
	check_cores(doc);
	check_devices(doc);
	check_queues(doc, &doc->config->wan, "wan.queues");
	check_queues(doc, &doc->config->lan, "lan.queues");
	check_networks(doc);
	config_check_segments(doc);
	config_check_routes(doc);
	check_mtu(doc);
	check_suites(doc);
	check_pools(doc);
	check_users(doc);
	config_check_filter(doc);
	config_check_nat(doc);
}
