/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench_plan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "crypto/prf.h"
#include "crypto/secret.h"
#include "dp.h"

struct reader {
	const char *path;
	const struct config *config;
	struct bench_plan *plan;
	config_report_fn *report;
	void *arg;
	bool bad;
};

__attribute__((format(printf, 4, 5))) static void
refuse(struct reader *r, size_t line, const char *key, const char *fmt, ...)
{
	char line_text[512];
	size_t n = (size_t)snprintf(
		line_text, sizeof(line_text), "%s:%zu: %s: ", r->path, line, key);
	va_list ap;

	va_start(ap, fmt);
	if (n < sizeof(line_text))
		vsnprintf(line_text + n, sizeof(line_text) - n, fmt, ap);
	va_end(ap);
	r->report(r->arg, CONFIG_ERROR, line_text);
	r->bad = true;
}

/* --- values: each reads the text into the plan, or returns what is expected ------------------- */

static const char *
read_count(struct bench_plan *p, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end != '\0' || n == 0 || n > CONFIG_SESSIONS_MAX)
		return "a number of sessions (1 to 60000)";
	p->count = (uint32_t)n;
	return NULL;
}

static const char *
read_seed(struct bench_plan *p, const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len >= sizeof(p->seed))
		return "1 to 63 bytes long";
	memcpy(p->seed, text, len + 1);
	return NULL;
}

static const char *
read_suite(struct bench_plan *p, const char *text)
{
	p->suite = esp_suite_find(text);
	return p->suite == NULL ? "an ESP suite (such as aes128-sha1)" : NULL;
}

static const char *
read_anti_replay(struct bench_plan *p, const char *text)
{
	p->anti_replay = strcmp(text, "true") == 0;
	return p->anti_replay || strcmp(text, "false") == 0 ? NULL : "true or false";
}

static const char *
read_address(const char *text, be32 *out)
{
	return ip_parse(text, out) == 0 && *out != 0 ? NULL : "an IPv4 address";
}

static const char *
read_peer(struct bench_plan *p, const char *text)
{
	return read_address(text, &p->peer);
}

static const char *
read_client(struct bench_plan *p, const char *text)
{
	return read_address(text, &p->client);
}

static const char *
read_server(struct bench_plan *p, const char *text)
{
	return read_address(text, &p->server);
}

static const char *
read_mac(const char *text, uint8_t mac[6])
{
	int n = 0;

	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2],
		    &mac[3], &mac[4], &mac[5], &n) != 6 ||
		text[n] != '\0' || (mac[0] & 1) != 0)
		return "a unicast Ethernet address";
	return NULL;
}

static const char *
read_peer_mac(struct bench_plan *p, const char *text)
{
	return read_mac(text, p->peer_mac);
}

static const char *
read_server_mac(struct bench_plan *p, const char *text)
{
	return read_mac(text, p->server_mac);
}

/* All keys are required but anti_replay. */
static const struct key {
	const char *name;
	const char *(*read)(struct bench_plan *p, const char *text);
	bool optional;
} keys[] = {
	{"count", read_count, false},
	{"seed", read_seed, false},
	{"suite", read_suite, false},
	{"anti_replay", read_anti_replay, true},
	{"peer", read_peer, false},
	{"peer_mac", read_peer_mac, false},
	{"client", read_client, false},
	{"server", read_server, false},
	{"server_mac", read_server_mac, false},
};
#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

/* --- the file --------------------------------------------------------------------------------- */

static void
read_pair(struct reader *r, const yaml_node_t *name, const yaml_node_t *value, bool seen[N_KEYS])
{
	size_t line = name->start_mark.line + 1;
	const char *text, *wanted;
	size_t k;

	if (name->type != YAML_SCALAR_NODE || value->type != YAML_SCALAR_NODE) {
		refuse(r, line, "sessions", "expected a key with a single value");
		return;
	}
	text = (const char *)name->data.scalar.value;
	for (k = 0; k < N_KEYS && strcmp(keys[k].name, text) != 0; k++)
		;
	if (k == N_KEYS || seen[k]) {
		refuse(r, line, text, k == N_KEYS ? "unknown key" : "duplicate key");
		return;
	}
	seen[k] = true;
	text = (const char *)value->data.scalar.value;
	wanted = keys[k].read(r->plan, text);
	if (wanted != NULL)
		refuse(r, line, keys[k].name, "\"%.60s\" is not %s", text, wanted);
}

static void
read_document(struct reader *r, yaml_document_t *doc)
{
	const yaml_node_t *root = yaml_document_get_root_node(doc);
	bool seen[N_KEYS] = {false};

	if (root == NULL || root->type != YAML_MAPPING_NODE) {
		refuse(r, 1, "sessions", "expected keys with values");
		return;
	}
	for (const yaml_node_pair_t *p = root->data.mapping.pairs.start;
		p < root->data.mapping.pairs.top; p++)
		read_pair(r, yaml_document_get_node(doc, p->key),
			yaml_document_get_node(doc, p->value), seen);
	for (size_t k = 0; k < N_KEYS; k++)
		if (!seen[k] && !keys[k].optional)
			refuse(r, 1, keys[k].name, "is missing");
}

/* Whether `count` addresses from `first` on are hosts of the network, and none is `other`. */
static bool
hosts_of(const struct ip_prefix *net, be32 first, uint32_t count, be32 other)
{
	uint32_t from = ntohl(first), to = from + count - 1;
	uint32_t taken[] = {
		ntohl(net->addr), ntohl(ip_network(net)), ntohl(ip_broadcast(net)), ntohl(other)};

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (from <= taken[i] && taken[i] <= to)
			return false;
	return to >= from && ip_prefix_contains(net, first) && ip_prefix_contains(net, htonl(to));
}

static void
check(struct reader *r)
{
	const struct bench_plan *p = r->plan;
	const struct config *c = r->config;
	uint32_t last = ntohl(p->peer) + p->count - 1;

	if (p->count > c->limit_sessions)
		refuse(r, 1, "count", "%u exceeds limits.sessions, %u", p->count,
			c->limit_sessions);
	if (!hosts_of(&c->lan.address, p->client, p->count, p->server))
		refuse(r, 1, "client",
			"the addresses of all clients must be in the network of lan.address, and "
			"not those of the gateway or the server");
	if (!hosts_of(&c->lan.address, p->server, 1, 0))
		refuse(r, 1, "server", "is not another host in the network of lan.address");
	if (hosts_of(&c->wan.address, p->peer, p->count, 0))
		return;
	if (c->wan.gateway == 0 || ip_prefix_contains(&c->wan.address, p->peer) ||
		last < ntohl(p->peer) || ip_prefix_contains(&c->wan.address, htonl(last)))
		refuse(r, 1, "peer",
			"the addresses of all peers must be in the network of wan.address, and "
			"not the gateway's, or behind wan.gateway");
}

int
bench_plan_read(const char *path, const struct config *config, struct bench_plan *out,
	config_report_fn *report, void *arg)
{
	struct reader r = {
		.path = path, .config = config, .plan = out, .report = report, .arg = arg};
	yaml_parser_t parser;
	yaml_document_t doc;
	FILE *f = fopen(path, "re");

	*out = (struct bench_plan){.anti_replay = true};
	if (f == NULL) {
		refuse(&r, 0, "sessions", "%s", strerror(errno));
		return -EINVAL;
	}
	if (!yaml_parser_initialize(&parser)) {
		refuse(&r, 0, "sessions", "out of memory");
		fclose(f);
		return -EINVAL;
	}
	yaml_parser_set_input_file(&parser, f);
	if (yaml_parser_load(&parser, &doc)) {
		read_document(&r, &doc);
		yaml_document_delete(&doc);
		if (!r.bad)
			check(&r);
	} else {
		refuse(&r, parser.problem_mark.line + 1, "sessions", "invalid YAML: %s",
			parser.problem ? parser.problem : "out of memory");
	}
	yaml_parser_delete(&parser);
	fclose(f);
	return r.bad ? -EINVAL : 0;
}

/* --- sessions --------------------------------------------------------------------------------- */

/* Derives keys by HMAC-SHA256 of direction, number and block. */
static int
derive(const struct bench_plan *plan, uint8_t way, uint32_t i, struct esp_keys *out)
{
	uint8_t material[3 * 32];
	be32 number = htonl(i);
	int rc = 0;

	_Static_assert(sizeof(struct esp_keys) == sizeof(material), "three digests");
	for (uint8_t block = 0; block < 3 && rc == 0; block++) {
		const struct part parts[] = {{&way, 1}, {&number, sizeof(number)}, {&block, 1}};

		rc = prf(HASH_SHA256, plan->seed, strlen(plan->seed), parts, 3,
			material + block * 32);
	}
	memcpy(out, material, sizeof(*out));
	sodium_memzero(material, sizeof(material));
	return rc;
}

int
bench_plan_session(
	const struct bench_plan *plan, unsigned n_workers, uint32_t i, struct bench_session *out)
{
	unsigned worker = i % n_workers;
	uint32_t slot = 1 + i / n_workers;
	int rc;

	*out = (struct bench_session){
		.worker = worker,
		.peer = htonl(ntohl(plan->peer) + i),
		.client = htonl(ntohl(plan->client) + i),
		/* As dp_spi_take_static() assigns them. */
		.spi_in = htonl(1u << 24 | worker << 18 | slot),
		.spi_out = htonl(0x80000000u | i),
		.our_tid = (uint16_t)(1 + i),
		.our_sid = 1,
		.peer_tid = (uint16_t)(1 + i),
		.peer_sid = 1,
	};
	rc = derive(plan, 'i', i, &out->in);
	return rc == 0 ? derive(plan, 'o', i, &out->out) : rc;
}
