/* SPDX-License-Identifier: BSD-3-Clause */
/* NAT as control sees it: reads the workers' tables without stopping them. */
#include "dp_impl.h"
#include "nat_tcp.h"

bool
dp_nat_on(const struct dp *dp)
{
	return dp->nat != NULL;
}

bool
dp_nat_is_pool(const struct dp *dp, be32 addr)
{
	return dp->nat != NULL && nat_ext_find(dp->nat, addr) > 0;
}

void
dp_nat_stats(const struct dp *dp, struct dp_nat_stats *out)
{
	*out = (struct dp_nat_stats){0};
	for (unsigned i = 0; dp->nat != NULL && i < dp->n_workers; i++) {
		const struct nat_stats *s = &dp->worker[i]->nat->stats;

		out->sessions += dp_peek(&s->sessions);
		out->peak += dp_peek(&s->peak);
		out->mappings += dp_peek(&s->mappings);
		out->opened += dp_peek(&s->opened);
		out->opened_from_outside += dp_peek(&s->opened_from_outside);
		out->expired += dp_peek(&s->expired);
		out->evicted += dp_peek(&s->evicted);
		out->evicted_ports += dp_peek(&s->evicted_ports);
		out->out_of_sessions += dp_peek(&s->out_of_sessions);
		out->out_of_ports += dp_peek(&s->out_of_ports);
		out->over_host_limit += dp_peek(&s->over_host_limit);
		out->hairpinned += dp_peek(&s->hairpinned);
		out->errors_out += dp_peek(&s->errors_out);
		out->errors_in += dp_peek(&s->errors_in);
	}
}

uint64_t
dp_nat_rule_sessions(const struct dp *dp, bool destination, unsigned rule)
{
	uint64_t n = 0;

	for (unsigned i = 0; dp->nat != NULL && rule < NAT_RULES_MAX && i < dp->n_workers; i++) {
		const struct nat *nat = dp->worker[i]->nat;

		n += dp_peek(&(destination ? nat->destination : nat->source)[rule].sessions);
	}
	return n;
}

/* Copies a session; false when it is not in use or was replaced while it was read. */
static bool
look(const struct nat_session *s, struct nat_session *out)
{
	const uint64_t *from = (const uint64_t *)s;
	uint64_t *to = (uint64_t *)out, again[2];

	for (unsigned i = 0; i < sizeof(*s) / sizeof(*from); i++)
		to[i] = dp_peek(&from[i]);
	for (unsigned i = 0; i < RTE_DIM(again); i++)
		again[i] = dp_peek(&from[i]);
	return out->queue != NAT_QUEUE_NONE && out->queue < NAT_QUEUE_N &&
	       out->key.proto < NAT_N_PROTOS && memcmp(again, out, sizeof(again)) == 0;
}

static const char *
tcp_state(const struct nat_session *s)
{
	const uint8_t ends = NAT_TCP_FIN_OUT | NAT_TCP_RST_OUT;

	if (s->key.proto != NAT_TCP)
		return "";
	if (nat_tcp_established(s->tcp))
		return "established";
	return s->tcp & (ends | ends << NAT_TCP_IN) ? "closing" : "opening";
}

static void
describe(const struct worker *w, const struct nat_session *s, struct dp_nat_session *out)
{
	static const char *const protocols[] = {
		[NAT_TCP] = "tcp", [NAT_UDP] = "udp", [NAT_ICMP] = "icmp"};
	uint32_t now = (uint32_t)dp_peek(&w->now_s);
	uint32_t time = w->nat->shared->config.timeout[s->queue];
	uint32_t idle = now > s->last_s ? now - s->last_s : 0;

	*out = (struct dp_nat_session){
		.protocol = protocols[s->key.proto],
		.inside = {s->key.in_addr, s->key.in_port},
		.outside = {s->ext_addr, s->ext_port},
		.peer = {s->key.peer_addr, s->key.peer_port},
		.state = tcp_state(s),
		.idle_s = idle,
		.left_s = idle < time ? time - idle : 0,
		.packets_out = s->packets_out,
		.packets_in = s->packets_in,
		.from_outside = s->flags & NAT_FROM_OUTSIDE,
		.forwarded = s->flags & NAT_FORWARDED,
		.rule = s->rule,
		.worker = w->id,
	};
}

bool
dp_nat_next(const struct dp *dp, uint64_t *at, struct dp_nat_session *out)
{
	struct nat_session s;

	for (unsigned i = (unsigned)(*at >> 32); dp->nat != NULL && i < dp->n_workers; i++) {
		const struct worker *w = dp->worker[i];
		uint32_t n = __atomic_load_n(&w->nat->n_touched, __ATOMIC_RELAXED);

		for (uint32_t k = (uint32_t)*at + 1; k <= n; k++) {
			if (!look(&w->nat->session[k], &s))
				continue;
			*at = (uint64_t)i << 32 | k;
			describe(w, &s, out);
			return true;
		}
		*at = (uint64_t)(i + 1) << 32;
	}
	return false;
}
