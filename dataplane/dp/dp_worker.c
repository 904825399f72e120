/* SPDX-License-Identifier: BSD-3-Clause */
/* Workers as control sees them: made, launched on their cores, stopped, freed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_random.h>

#include "dp_impl.h"
#include "eal.h"
#include "log.h"
#include "reass.h"
#include "track.h"

#define INBOX_SIZE 2048

static void *
zalloc(size_t n)
{
	size_t len = RTE_ALIGN_CEIL(n, RTE_CACHE_LINE_SIZE);
	void *p = aligned_alloc(RTE_CACHE_LINE_SIZE, len);

	return p == NULL ? NULL : memset(p, 0, len);
}

/* Any worker and control enqueue, only the owner dequeues. */
static int
inboxes_new(struct worker *w)
{
	char name[RTE_RING_NAMESIZE];

	for (unsigned i = 0; i < INBOX_N; i++) {
		snprintf(name, sizeof(name), "inbox_%u_%u", w->id, i);
		w->inbox[i] = rte_ring_create(name, INBOX_SIZE, SOCKET_ID_ANY, RING_F_SC_DEQ);
		if (w->inbox[i] == NULL)
			return -ENOMEM;
	}
	return 0;
}

/*
 * Queue i of each port belongs to worker i. A worker without a queue sends through one that has
 * one.
 */
static void
assign_queues(struct worker *w, const struct dp *dp)
{
	for (unsigned i = 0; i < DP_N_PORTS; i++) {
		uint16_t n = dp->port[i].n_queues;

		w->port_id[i] = dp->port[i].id;
		w->has_queue[i] = w->id < n;
		w->queue[i] = (uint16_t)(w->id % n);
		w->tx_worker[i] = (uint8_t)(w->id % n);
	}
}

static struct worker *
worker_new(struct dp *dp, unsigned id)
{
	struct worker *w = zalloc(sizeof(*w));

	if (w == NULL)
		return NULL;
	dp->worker[id] = w;
	w->id = id;
	w->lcore = EAL_LCORE_WORKER(id);
	w->n_workers = dp->n_workers;
	w->idle_sleep_us = dp->config.idle_sleep_us;
	w->n_sess_slots = dp->config.max_sessions + 1;
	w->n_sa_slots = dp->config.max_sessions * SA_PER_SESSION + 1;
	w->replay_window = dp->config.replay_window;
	memcpy(w->net, dp->net, sizeof(w->net));
	w->n_nets = dp->n_nets;
	memcpy(w->net_of_vlan, dp->net_of_vlan, sizeof(w->net_of_vlan));
	w->pool = dp->pool;
	w->large = dp->large;
	w->punt_auth = dp->punt_auth;
	w->punt_open = dp->punt_open;
	w->punt_first = dp->punt_first;
	w->net_key[0] = rte_rand() | 1;
	w->net_key[1] = rte_rand();
	w->workers = dp->worker;
	w->tsc_hz = rte_get_tsc_hz();
	w->rcu = dp->rcu;
	w->stop = &dp->stop;
	w->copy_dscp_out = dp->config.copy_dscp_out;
	w->copy_dscp_in = dp->config.copy_dscp_in;
	w->published = &dp->policy;
	w->view = &dp->view;
	assign_queues(w, dp);
	if (dp->nat != NULL) {
		w->nat = nat_new(dp->nat);
		if (w->nat == NULL)
			return NULL;
	}
	w->sess = zalloc(w->n_sess_slots * sizeof(*w->sess));
	w->sa_in = zalloc(w->n_sa_slots * sizeof(*w->sa_in));
	w->mb = alloc_mb_mgr(0);
	w->reass = reass_new(w->tsc_hz);
	if (w->reass == NULL || w->sess == NULL || w->sa_in == NULL || w->mb == NULL)
		return NULL;
	init_mb_mgr_auto(w->mb, NULL);
	if (dp->config.filter_flows > 0) {
		const uint64_t secret[2] = {rte_rand(), rte_rand()};

		w->track = track_new(dp->config.filter_flows, secret);
		if (w->track == NULL)
			return NULL;
	}
	if (inboxes_new(w) != 0 || slots_init(&dp->slots[id].sess, w->n_sess_slots) != 0 ||
		slots_init(&dp->slots[id].sa_in, w->n_sa_slots) != 0)
		return NULL;
	return w;
}

int
dp_workers_new(struct dp *dp)
{
	for (unsigned i = 0; i < dp->n_workers; i++) {
		if (worker_new(dp, i) == NULL) {
			log_err(DP, NULL, "out of memory for worker %u", i);
			return -ENOMEM;
		}
	}
	return 0;
}

int
dp_workers_launch(struct dp *dp)
{
	dp->running = true;
	for (unsigned i = 0; i < dp->n_workers; i++) {
		int rc = rte_eal_remote_launch(worker_run, dp->worker[i], dp->worker[i]->lcore);

		if (rc != 0) {
			log_err(DP, NULL, "cannot start worker %u on core %u: %s", i,
				dp->config.worker_core[i], strerror(-rc));
			return rc;
		}
	}
	return 0;
}

void
dp_workers_stop(struct dp *dp)
{
	atomic_store_explicit(&dp->stop, true, memory_order_relaxed);
	if (dp->running)
		rte_eal_mp_wait_lcore();
	dp->running = false;
}

/* Frees the worker with the objects that were published and not retired. */
static void
worker_free(struct worker *w)
{
	void *m;

	for (uint32_t i = 0; w->sess != NULL && i < w->n_sess_slots; i++)
		slab_release(w->sess[i]);
	for (uint32_t i = 0; w->sa_in != NULL && i < w->n_sa_slots; i++)
		slab_release(w->sa_in[i]);
	for (unsigned i = 0; i < INBOX_N; i++) {
		while (w->inbox[i] != NULL && rte_ring_dequeue(w->inbox[i], &m) == 0)
			rte_pktmbuf_free(m);
		rte_ring_free(w->inbox[i]);
	}
	if (w->mb != NULL)
		free_mb_mgr(w->mb);
	track_free(w->track);
	reass_free(w->reass);
	nat_free(w->nat);
	free(w->sess);
	free(w->sa_in);
	free(w);
}

void
dp_workers_free(struct dp *dp)
{
	for (unsigned i = 0; i < dp->n_workers; i++) {
		if (dp->worker[i] != NULL)
			worker_free(dp->worker[i]);
		slots_fini(&dp->slots[i].sess);
		slots_fini(&dp->slots[i].sa_in);
	}
}
