/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checks of values against each other: cores, ports, tunnel. A check that needs a value which was
 * refused is skipped: that error has been reported.
 */
#include "config_impl.h"

#include <sched.h>
#include <string.h>
#include <strings.h>

/* --- cores ------------------------------------------------------------------------------------ */

/* "0-3, 6": the cores this process may run on. */
static void
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
}

static void
check_core(struct config_doc *doc, const cpu_set_t *set, unsigned core, struct config_place at)
{
	char cores[128];

	if (CPU_ISSET(core, set))
		return;
	cores_str(set, cores, sizeof(cores));
	if (doc->flags & CONFIG_ANY_MACHINE)
		config_warning(doc, at, "core %u is not available on this machine (available: %s)",
			core, cores);
	else
		config_error(doc, at,
			"core %u does not exist or is not available to this process "
			"(available: %s)",
			core, cores);
}

/* Threads that poll on one core alternate by time slices: packets would wait milliseconds. */
static void
check_shared(struct config_doc *doc, unsigned i, struct config_place at)
{
	const struct config *c = doc->config;
	const char *user = NULL;

	if (c->idle_sleep_us > 0 || !config_good(doc, KEY_WORKERS_IDLE_SLEEP_US))
		return;
	for (unsigned j = 0; j < i; j++)
		if (c->worker_core[j] == c->worker_core[i])
			user = "another worker";
	if (config_good(doc, KEY_EAL_CONTROL_CORE) && c->worker_core[i] == c->control_core)
		user = "eal.control_core";
	if (user != NULL)
		config_error(doc, at,
			"core %u is already used by %s (sharing requires workers.idle_sleep_us "
			"above 0)",
			c->worker_core[i], user);
}

static void
check_cores(struct config_doc *doc)
{
	const struct config *c = doc->config;
	cpu_set_t set;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return; /* the machine has more cores than a set holds: EAL reports it */
	if (config_good(doc, KEY_EAL_CONTROL_CORE))
		check_core(doc, &set, c->control_core, config_at(doc, KEY_EAL_CONTROL_CORE));
	if (!config_good(doc, KEY_WORKERS_CORES))
		return;
	for (unsigned i = 0; i < c->n_workers; i++) {
		struct config_place at = config_at_item(doc, KEY_WORKERS_CORES, i);

		check_core(doc, &set, c->worker_core[i], at);
		check_shared(doc, i, at);
	}
}

/* --- ports ------------------------------------------------------------------------------------ */

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

/* A PCI address without a domain is in domain 0000. */
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
	const char *wv = NULL, *lv = NULL;
	size_t wn, ln;

	if (!config_good(doc, KEY_WAN_DEVICE) || !config_good(doc, KEY_LAN_DEVICE))
		return;
	if (same_text(w, strcspn(w, ","), l, strcspn(l, ","))) {
		config_error(doc, config_at(doc, KEY_LAN_DEVICE),
			"%.*s is already used by wan.device", (int)strcspn(l, ","), l);
		return;
	}
	wn = device_arg(w, "iface=", &wv);
	ln = device_arg(l, "iface=", &lv);
	if (wn != 0 && ln != 0 && same_text(wv, wn, lv, ln))
		config_error(doc, config_at(doc, KEY_LAN_DEVICE),
			"interface %.*s is already used by wan.device", (int)ln, lv);
}

static void
check_queues(struct config_doc *doc, const struct dp_port_config *port, enum config_key_id key)
{
	unsigned n = doc->config->n_workers;

	if (config_good(doc, key) && config_good(doc, KEY_WORKERS_CORES) && port->queues > n)
		config_error(doc, config_at(doc, key),
			"%u queues exceed the number of workers (at most %u)", port->queues, n);
}

/* The router of a port is another host of its network. */
static void
check_gateway(struct config_doc *doc, const struct dp_port_config *port, enum config_key_id gateway,
	enum config_key_id address)
{
	const struct ip_prefix *net = &port->address;
	struct config_place at = config_at(doc, gateway);
	char text[IP_STR_LEN];

	if (!config_good(doc, address) || !config_good(doc, gateway) || port->gateway == 0)
		return;
	if (port->dhcp) {
		config_error(doc, at, "must not be set: wan.address is dhcp");
		return;
	}
	if (!ip_prefix_contains(net, port->gateway))
		config_error(doc, at, "is outside the network of %s, %s/%u",
			config_keys[address].path, ip_str(ip_network(net), text), net->len);
	else if (port->gateway == net->addr || port->gateway == ip_network(net) ||
		 port->gateway == ip_broadcast(net))
		config_error(doc, at,
			"%s is the gateway's own, the network or the broadcast address",
			ip_str(port->gateway, text));
}

static void
check_networks(struct config_doc *doc)
{
	const struct config *c = doc->config;
	const struct ip_prefix *w = &c->wan.address, *l = &c->lan.address;
	char text[IP_STR_LEN];
	bool good = config_good(doc, KEY_WAN_ADDRESS) && !c->wan.dhcp;

	if (good && config_good(doc, KEY_LAN_ADDRESS) &&
		(ip_prefix_contains(w, ip_network(l)) || ip_prefix_contains(l, ip_network(w))))
		config_error(doc, config_at(doc, KEY_LAN_ADDRESS),
			"overlaps the network of wan.address, %s/%u", ip_str(ip_network(w), text),
			w->len);
	check_gateway(doc, &c->wan, KEY_WAN_GATEWAY, KEY_WAN_ADDRESS);
	check_gateway(doc, &c->lan, KEY_LAN_GATEWAY, KEY_LAN_ADDRESS);
}

/*
 * The largest IP packet in the tunnel whose ESP packet has at most wan.mtu bytes: IPv4 20, UDP 8
 * (NAT traversal), ESP 8, IV 16, ICV 16 or that of the longest suite; then whole blocks of 16 that
 * hold UDP 8, L2TP 8, PPP 4, the packet and ESP's trailer of 2.
 */
static unsigned
largest_packet(const struct config *c)
{
	unsigned sealed, icv = 16;

	for (unsigned i = 0; i < c->ike.n_esp; i++)
		if (c->ike.esp[i]->icv_len > icv)
			icv = c->ike.esp[i]->icv_len;
	sealed = c->wan.mtu - 20u - (c->ike.natt ? 8u : 0u) - 8u - 16u - icv;
	return sealed / 16 * 16 - 2 - 8 - 8 - 4;
}

/* Packets to clients must fit; of those from clients, routers on the path may make fragments. */
static void
check_mtu(struct config_doc *doc)
{
	const struct config *c = doc->config;
	unsigned most;

	if (!config_good(doc, KEY_WAN_MTU))
		return;
	most = largest_packet(c);
	if (config_good(doc, KEY_PPP_MTU) && c->ppp.mtu > most)
		config_error(doc, config_at(doc, KEY_PPP_MTU),
			"%u does not fit into wan.mtu %u with the tunnel headers (at most %u)",
			c->ppp.mtu, c->wan.mtu, most);
	if (config_good(doc, KEY_PPP_MRU) && c->ppp.mru > most)
		config_warning(doc, config_at(doc, KEY_PPP_MRU),
			"%u does not fit into wan.mtu %u with the tunnel headers (at most %u): "
			"large packets of clients would arrive in fragments, or not at all",
			c->ppp.mru, c->wan.mtu, most);
}

/* --- clients ---------------------------------------------------------------------------------- */

/* DPD alone does not do: the client built into Windows, for one, does not support it. */
static void
check_probes(struct config_doc *doc)
{
	const struct config *c = doc->config;

	if (config_good(doc, KEY_PPP_ECHO_INTERVAL) && c->ppp.echo_s == 0 &&
		config_good(doc, KEY_L2TP_HELLO) && c->l2tp.hello_s == 0)
		config_warning(doc, config_at(doc, KEY_PPP_ECHO_INTERVAL),
			"with l2tp.hello also 0, sessions of clients that vanished stay until "
			"their keys expire");
}

/* Whether UDP port 53 of wan.address is forwarded: then a DNS server answers there. */
static bool
forwards_dns(const struct config *c)
{
	for (unsigned i = 0; i < c->nat.n_destinations; i++) {
		const struct nat_destination *d = &c->nat.destination[i];

		if (d->protocols & NAT_TO_UDP && d->first <= 53 && d->last >= 53)
			return true;
	}
	return false;
}

static void
check_dns(struct config_doc *doc)
{
	const struct config *c = doc->config;
	char text[IP_STR_LEN];

	if (!config_good(doc, KEY_PPP_DNS))
		return;
	for (unsigned i = 0; i < 2 && c->dns[i] != 0; i++) {
		struct config_place at = config_at_item(doc, KEY_PPP_DNS, i);
		uint8_t first = (uint8_t)(ntohl(c->dns[i]) >> 24);

		if (config_is_own(c, c->dns[i]) &&
			!(c->dns[i] == c->wan.address.addr && forwards_dns(c)))
			config_error(doc, at, "%s is the gateway, which is not a DNS server",
				ip_str(c->dns[i], text));
		else if (first == 127)
			config_error(doc, at, "%s is the client itself (loopback)",
				ip_str(c->dns[i], text));
		else if (first == 0 || first >= 224)
			config_error(doc, at, "%s is not a host address", ip_str(c->dns[i], text));
	}
}

/* --- suites ----------------------------------------------------------------------------------- */

static void
weak(struct config_doc *doc, enum config_key_id list, unsigned i, const char *name,
	enum config_key_id permit)
{
	config_error(doc, config_at_item(doc, list, i), "%s is weak (allowed by %s: true)", name,
		config_keys[permit].path);
}

static void
check_suites(struct config_doc *doc)
{
	const struct config *c = doc->config;
	char name[IKE_SUITE_STR_LEN];

	/* Index i is the i-th entry of the file only if all entries were accepted. */
	if (config_good(doc, KEY_IKE_PROPOSALS) && !c->ike_allow_weak)
		for (unsigned i = 0; i < c->ike.n_suites; i++)
			if (ike_suite_weak(&c->ike.suites[i]))
				weak(doc, KEY_IKE_PROPOSALS, i,
					ike_suite_str(&c->ike.suites[i], name), KEY_IKE_ALLOW_WEAK);
	if (config_good(doc, KEY_ESP_PROPOSALS) && !c->esp_allow_weak)
		for (unsigned i = 0; i < c->ike.n_esp; i++)
			if (c->ike.esp[i]->weak)
				weak(doc, KEY_ESP_PROPOSALS, i, c->ike.esp[i]->name,
					KEY_ESP_ALLOW_WEAK);
	if (config_good(doc, KEY_ESP_PFS) && !c->esp_allow_weak)
		for (unsigned i = 0; i < c->ike.n_pfs; i++)
			if (c->ike.pfs[i] <= DH_MODP1024)
				weak(doc, KEY_ESP_PFS, i, dh_name(c->ike.pfs[i]),
					KEY_ESP_ALLOW_WEAK);
}

void
config_check(struct config_doc *doc)
{
	check_cores(doc);
	check_devices(doc);
	check_queues(doc, &doc->config->wan, KEY_WAN_QUEUES);
	check_queues(doc, &doc->config->lan, KEY_LAN_QUEUES);
	check_networks(doc);
	config_check_segments(doc);
	config_check_routes(doc);
	check_mtu(doc);
	check_probes(doc);
	check_dns(doc);
	check_suites(doc);
	config_check_secrets(doc);
	config_check_addresses(doc);
	config_check_users(doc);
	config_check_filter(doc);
	config_check_nat(doc);
}
