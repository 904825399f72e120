/* SPDX-License-Identifier: BSD-3-Clause */
#include "conn_pair_renew.h"

#include <inttypes.h>

#include "clients.h"
#include "conn.h"
#include "conn_ike.h"
#include "conn_ike_renew.h"
#include "conn_pair.h"
#include "log.h"

uint64_t
conn_pair_due_ms(const struct conn_pair *p)
{
	return p->life_s == 0 ? 0 : conn_due_ms(p->created_ms, p->life_s * 1000ull);
}

/* The worker has seen the client at another address or port of its NAT. */
static void
follow(struct conn_pair *p, const struct ip_end *remote)
{
	struct conn *c = p->conn;
	char to[IP_END_STR_LEN];

	if (ip_end_equal(&p->remote, remote))
		return;
	log_info(CONN, c->who, "the peer moved to %s", ip_end_str(remote, to));
	conn_move(c, remote);
}

/*
 * Protected bytes of the busier direction, padding included: what a lifetime in kilobytes counts
 * (RFC 2407, 4.5).
 */
static uint64_t
used_bytes(const struct conn_pair *p, const struct dp_sa_stats *in, const struct dp_sa_stats *out)
{
	uint64_t around = 8u + p->suite->iv_len + 2u + p->suite->icv_len;
	uint64_t down = out->bytes - out->packets * around, up = in->bytes - in->packets * around;

	return up > down ? up : down;
}

/* Whether the pair ends soon, in time or bytes, and the peer has not made a new one. */
static bool
is_due(const struct conn_pair *p, uint64_t used)
{
	uint64_t now = p->conn->clients->timers->now_ms, due = conn_pair_due_ms(p);
	uint64_t limit = p->life_kb * 1024, margin = limit / CONN_REKEY_KB_PART;
	uint64_t soon = (used - p->used_bytes) * CONN_REKEY_KB_S * 1000 / CONN_SWEEP_MS;

	if (due != 0 && now >= due)
		return true;
	if (limit == 0)
		return false;
	if (soon > margin)
		margin = soon < limit / 2 ? soon : limit / 2;
	return used + margin >= limit;
}

/* Sequence numbers have 32 bits, and must not come again (RFC 4303, 3.3.3). */
static bool
numbers_end(const struct dp_sa_stats *stats)
{
	return stats->seq > UINT32_MAX - CONN_REKEY_PACKETS;
}

/* Begins a new pair in its place. */
static void
rekey(struct conn_pair *p)
{
	struct conn *c = p->conn;
	uint64_t now = c->clients->timers->now_ms;

	if (p->rekeyed_ms != 0 && now - p->rekeyed_ms < CONN_REKEY_AGAIN_MS)
		return;
	p->rekeyed_ms = now;
	/* If main mode comes first, this is repeated after it. */
	if (!conn_ikes_rekey(c, p->suite))
		p->rekeyed_ms = 0;
}

/* Whether the pair is superseded, and the peer sends on a newer one. */
static bool
is_left_over(const struct conn_pair *p)
{
	const struct conn_pair *current = conn_pair_current(p->conn);

	return p->state == CONN_PAIR_PREVIOUS && current != NULL && current->heard_packets != 0 &&
	       p->conn->clients->timers->now_ms - p->heard_ms >= CONN_QUIET_MS;
}

/*
 * Whether the pair's kilobytes are used up, and the peer uses another pair or has had CONN_SPENT_MS
 * to make one.
 */
static bool
is_spent(struct conn_pair *p, uint64_t used)
{
	const struct conn_pair *current = conn_pair_current(p->conn);
	uint64_t now = p->conn->clients->timers->now_ms;

	if (p->life_kb == 0 || used / 1024 < p->life_kb)
		return false;
	if (p->spent_ms == 0)
		p->spent_ms = now;
	return (current != NULL && current != p && current->heard_packets != 0) ||
	       now - p->spent_ms >= CONN_SPENT_MS;
}

/* True when something came on the pair since the last sweep. */
static bool
sweep_pair(struct conn_pair *p)
{
	struct conn *c = p->conn;
	uint64_t now = c->clients->timers->now_ms, used;
	struct dp_sa_stats in = {0}, out;
	bool heard;

	dp_sa_in_stats(c->clients->dp, p->spi_in, &in);
	dp_sa_out_stats(p->out, &out);
	heard = in.packets != p->heard_packets;
	if (heard) {
		p->heard_packets = in.packets;
		p->heard_ms = now;
		/* The peer has the pair, although QM3 may be lost. */
		conn_pair_confirm(p);
	}
	/* With no pair in use, there is nothing to wait for. */
	if (conn_pair_current(c) == NULL && now - p->created_ms >= CONN_SWEEP_MS)
		conn_pair_confirm(p);
	if (p->state == CONN_PAIR_CURRENT)
		follow(p, &out.remote);
	used = used_bytes(p, &in, &out);
	if (p->state == CONN_PAIR_CURRENT && !c->closing && conn_pair_newest(c) == p &&
		(is_due(p, used) || numbers_end(&in) || numbers_end(&out)))
		rekey(p);
	p->used_bytes = used;
	if (p->dead)
		return heard;
	if (is_spent(p, used)) {
		log_info(CONN, c->who, "esp: spi %08x expired after %" PRIu64 " kB",
			ntohl(p->spi_in), p->life_kb);
		conn_pair_delete(p);
	} else if (is_left_over(p)) {
		conn_pair_delete(p);
	}
	return heard;
}

void
conn_pair_acquire(struct conn *c)
{
	uint64_t now = c->clients->timers->now_ms;

	if (c->n_pairs > 0 || c->suite == NULL || c->closing ||
		(c->acquired_ms != 0 && now - c->acquired_ms < CONN_ACQUIRE_MS))
		return;
	if (!conn_ikes_rekey(c, c->suite))
		return;
	c->acquired_ms = now;
	log_info(CONN, c->who, "esp: no SA to send on: requesting one from the peer");
}

void
conn_pairs_sweep(struct conn *c)
{
	bool heard = false;

	CONN_PAIRS_FOREACH (p, c)
		if (p->state != CONN_PAIR_ENDING && sweep_pair(p))
			heard = true;
	if (heard)
		conn_ikes_heard(c);
	if (c->n_pairs == 0 && c->sid != DP_SID_NONE)
		conn_check_idle(c);
}
