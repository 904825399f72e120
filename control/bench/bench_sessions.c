/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench_sessions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/secret.h"
#include "log.h"

struct bench_sessions {
	struct dp *dp;
	uint32_t n;
	struct entry {
		uint32_t sid;
		be32 spi, client;
		struct sa_out *out;
	} entry[];
};

#define L2TP_PORT 1701

/* 0 or -errno; in both cases bench_sessions_free() removes what is in the entry. */
static int
install(struct bench_sessions *b, const struct config *config, const struct bench_plan *plan,
	const struct bench_session *s, struct entry *e)
{
	struct dp_sess sess = {
		.client = s->client,
		.local_port = htons(L2TP_PORT),
		.peer_port = htons(L2TP_PORT),
		.our_tid = s->our_tid,
		.our_sid = s->our_sid,
		.peer_tid = s->peer_tid,
		.peer_sid = s->peer_sid,
		.mtu = config->ppp.mtu,
		.mss = config_mss_clamp(config),
	};
	struct dp_sa sa = {
		.suite = plan->suite,
		.keys = &s->in,
		.local = {config->wan.address.addr, 0},
		.remote = {s->peer, 0},
		.no_anti_replay = !plan->anti_replay,
	};
	int rc;

	e->client = s->client;
	e->sid = dp_sess_take(b->dp, s->worker);
	e->spi = sa.spi = dp_spi_take_static(b->dp, s->worker);
	if (e->sid == DP_SID_NONE || e->spi == 0)
		return -ENOSPC;
	if (e->spi != s->spi_in)
		return -EEXIST;
	rc = dp_sa_in_publish(b->dp, &sa, e->sid);
	if (rc == 0)
		rc = dp_sess_publish(b->dp, e->sid, &sess);
	if (rc != 0)
		return rc;
	sa.spi = s->spi_out;
	sa.keys = &s->out;
	e->out = dp_sa_out_new(b->dp, &sa);
	if (e->out == NULL)
		return -ENOMEM;
	dp_sess_set_out(b->dp, e->sid, e->out);
	return dp_lease_set(b->dp, e->client, e->sid);
}

static void
add_neighbours(struct dp *dp, const struct config *config, const struct bench_plan *plan)
{
	dp_neigh_set(dp, DP_LAN, plan->server, plan->server_mac);
	if (!ip_prefix_contains(&config->wan.address, plan->peer)) {
		dp_neigh_set(dp, DP_WAN, config->wan.gateway, plan->peer_mac);
		return;
	}
	for (uint32_t i = 0; i < plan->count; i++)
		dp_neigh_set(dp, DP_WAN, htonl(ntohl(plan->peer) + i), plan->peer_mac);
}

struct bench_sessions *
bench_sessions_new(struct dp *dp, const struct config *config, const struct bench_plan *plan)
{
	struct bench_sessions *b = calloc(1, sizeof(*b) + plan->count * sizeof(b->entry[0]));
	struct bench_session s;
	int rc = 0;

	if (b == NULL) {
		log_err(MAIN, NULL, "out of memory");
		return NULL;
	}
	b->dp = dp;
	/* First, as packets to an unknown next hop would make ARP ask for it, and forget it. */
	add_neighbours(dp, config, plan);
	while (b->n < plan->count && rc == 0) {
		rc = bench_plan_session(plan, dp_n_workers(dp), b->n, &s);
		if (rc == 0)
			rc = install(b, config, plan, &s, &b->entry[b->n++]);
	}
	sodium_memzero(&s, sizeof(s));
	if (rc != 0) {
		log_err(MAIN, NULL, "static session %u: %s", b->n, strerror(-rc));
		bench_sessions_free(b);
		return NULL;
	}
	log_warning(MAIN, NULL,
		"FOR BENCHMARKS ONLY: %u static sessions; anyone who has the file can derive their "
		"keys%s",
		b->n, plan->anti_replay ? "" : ", and replayed packets are accepted");
	return b;
}

void
bench_sessions_free(struct bench_sessions *b)
{
	if (b == NULL)
		return;
	for (uint32_t i = 0; i < b->n; i++) {
		const struct entry *e = &b->entry[i];

		dp_lease_clear(b->dp, e->client);
		dp_sess_set_out(b->dp, e->sid, NULL);
		dp_sess_retire(b->dp, e->sid);
		dp_sa_in_retire(b->dp, e->spi);
		dp_sa_out_retire(b->dp, e->out);
	}
	free(b);
}
