/* SPDX-License-Identifier: BSD-3-Clause */
#include "usage.h"

#include <malloc.h>
#include <string.h>

#include "clients.h"
#include "conn.h"
#include "gateway.h"

static const struct {
	const char *name, *text;
} rows[USAGE_N] = {
	[USAGE_CONNECTIONS] = {"connections", "connections"},
	[USAGE_ISAKMP] = {"isakmp_sas", "ISAKMP SAs"},
	[USAGE_HALF_OPEN] = {"half_open", "ISAKMP SAs that are not up yet"},
	[USAGE_ESP_PAIRS] = {"esp_pairs", "ESP SA pairs"},
	[USAGE_TUNNELS] = {"tunnels", "L2TP tunnels"},
	[USAGE_LINKS] = {"links", "PPP links"},
	[USAGE_WAITING] = {"waiting", "connections waiting for an address"},
	[USAGE_LEASES] = {"leases", "leased addresses"},
	[USAGE_SESSIONS] = {"sessions", "data plane sessions in use"},
	[USAGE_SPIS] = {"spis", "inbound SPIs in use"},
	[USAGE_BURIED] = {"buried", "retired objects that a worker may still use"},
	[USAGE_TIMERS] = {"timers", "armed timers, including one per free address"},
	[USAGE_SA_BYTES] = {"sa_bytes", "bytes of data plane SAs and sessions in use"},
	[USAGE_SA_HELD] = {"sa_held", "the same, including what is kept for reuse"},
	[USAGE_HEAP_BYTES] = {"heap_bytes", "bytes of the control heap in use"},
	[USAGE_HEAP_HELD] = {"heap_held", "the same, including what the allocator keeps"},
};

const char *
usage_name(enum usage what)
{
	return rows[what].name;
}

const char *
usage_text(enum usage what)
{
	return rows[what].text;
}

void
usage_get(const struct gateway *gw, uint64_t n[USAGE_N])
{
	struct mallinfo2 heap = mallinfo2();
	struct dp_usage dp;

	memset(n, 0, USAGE_N * sizeof(n[0]));
	CLIENTS_FOREACH (c, &gw->clients) {
		n[USAGE_ESP_PAIRS] += c->n_pairs;
		n[USAGE_TUNNELS] += c->l2tp != NULL;
		n[USAGE_LINKS] += c->link != NULL;
	}
	LIST_FOREACH (it, &gw->clients.wanting)
		n[USAGE_WAITING]++;
	dp_usage(gw->dp, &dp);
	n[USAGE_CONNECTIONS] = gw->clients.n_conns;
	n[USAGE_ISAKMP] = gw->clients.peers.n;
	n[USAGE_HALF_OPEN] = gw->clients.peers.half_open;
	n[USAGE_LEASES] = segments_taken(&gw->segments);
	n[USAGE_SESSIONS] = dp.sessions;
	n[USAGE_SPIS] = dp.spis;
	n[USAGE_BURIED] = dp.buried;
	n[USAGE_TIMERS] = timers_armed(&gw->timers);
	n[USAGE_SA_BYTES] = dp.used;
	n[USAGE_SA_HELD] = dp.held;
	n[USAGE_HEAP_BYTES] = heap.uordblks + heap.hblkhd;
	n[USAGE_HEAP_HELD] = heap.arena + heap.hblkhd;
}
