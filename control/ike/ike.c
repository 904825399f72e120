/* SPDX-License-Identifier: BSD-3-Clause */
/* An ISAKMP SA: its life, and the dispatch of its messages (RFC 2408, 2409). */
#include "ike.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/rng.h"
#include "ike_info.h"
#include "ike_quick.h"
#include "ike_renew.h"
#include "ike_sa.h"

const char *
ike_why_str(enum ike_why why)
{
	switch (why) {
	case IKE_WHY_NO_PROPOSAL:
		return "no offered proposal is configured";
	case IKE_WHY_PSK:
		return "the pre-shared keys differ";
	case IKE_WHY_AUTH:
		return "authentication of the peer failed";
	case IKE_WHY_TIMEOUT:
		return "main mode timed out";
	case IKE_WHY_PEER_DELETE:
		return "deleted by the peer";
	case IKE_WHY_EXPIRED:
		return "lifetime expired";
	case IKE_WHY_DEAD:
		return "the peer no longer answers (DPD)";
	case IKE_WHY_LOCAL:
		return "closed by the gateway";
	case IKE_WHY_UNSUPPORTED:
		return "unsupported exchange type";
	case IKE_WHY_MALFORMED:
		return "malformed message";
	case IKE_WHY_INTERNAL:
		return "internal error";
	}
	return "?";
}

/* --- life ------------------------------------------------------------------------------------- */

static void on_timer(struct timer *t);

struct ike_sa *
ike_sa_new(const struct ike_config *config, struct timers *timers, const struct ike_events *events,
	void *arg, const struct ip_end *local, const struct ip_end *remote, const char *who)
{
	struct ike_sa *sa = calloc(1, sizeof(*sa));

	if (sa == NULL)
		return NULL;
	sa->config = config;
	sa->timers = timers;
	sa->events = events;
	sa->arg = arg;
	sa->local = *local;
	sa->remote = *remote;
	sa->created_ms = timers->now_ms;
	sa->vendors.client = "";
	snprintf(sa->who, sizeof(sa->who), "%s", who);
	rng_bytes(sa->rcookie, sizeof(sa->rcookie));
	sa->rcookie[0] |= 1; /* never all zero */
	list_init(&sa->quicks);
	timer_init(&sa->timer, timers, on_timer);
	ike_info_dpd_init(sa);
	timer_arm(&sa->timer, IKE_MAIN_MODE_MS);
	return sa;
}

void
ike_sa_hush(struct ike_sa *sa, struct log_limit *limit)
{
	sa->hush = limit;
}

bool
ike_may_log(struct ike_sa *sa)
{
	return sa->hush == NULL || log_allowed(sa->hush, sa->timers->now_ms, LOG_IKE);
}

bool
ike_may_repeat(struct ike_sa *sa)
{
	return log_allowed(&sa->limit, sa->timers->now_ms, LOG_IKE) && ike_may_log(sa);
}

void
ike_sa_adopt(struct ike_sa *sa, void *arg, const char *who)
{
	sa->arg = arg;
	snprintf(sa->who, sizeof(sa->who), "%s", who);
}

void
ike_sa_free(struct ike_sa *sa)
{
	if (sa == NULL)
		return;
	timer_stop(&sa->timer);
	timer_stop(&sa->dpd);
	if (sa->fragments != NULL)
		ike_fragments_free(sa->fragments);
	free(sa->fragments);
	free(sa->vendors.names);
	while (!list_empty(&sa->quicks))
		ike_quick_free(container_of(sa->quicks.next, struct ike_quick, node));
	ike_main_free(sa);
	ike_replay_free(&sa->replay);
	ike_reply_free(&sa->reply);
	sodium_memzero(sa, sizeof(*sa));
	free(sa);
}

void
ike_sa_forget(struct ike_sa *sa)
{
	ike_quick_give_up(sa);
	ike_sa_free(sa);
}

void
ike_sa_delete(struct ike_sa *sa)
{
	if (sa->state == IKE_MM_UP)
		ike_info_delete_isakmp(sa);
	ike_sa_free(sa);
}

void
ike_reap(struct ike_sa *sa)
{
	if (!sa->ended)
		return;
	ike_quick_give_up(sa);
	sa->events->down(sa->arg, sa, sa->why);
	ike_sa_free(sa);
}

void
ike_end(struct ike_sa *sa, enum ike_why why)
{
	if (sa->ended)
		return;
	sa->ended = true;
	sa->why = why;
}

static void
on_timer(struct timer *t)
{
	struct ike_sa *sa = container_of(t, struct ike_sa, timer);

	if (sa->state == IKE_MM_FAILED) {
		ike_end(sa, sa->why);
	} else if (sa->state == IKE_MM_UP) {
		log_info(IKE, sa->who, "ISAKMP SA: lifetime of %" PRIu64 " s expired", sa->life_s);
		ike_info_delete_isakmp(sa);
		ike_end(sa, IKE_WHY_EXPIRED);
	} else if (!sa->ours || !ike_renew_again(sa)) {
		ike_end(sa, IKE_WHY_TIMEOUT);
	}
	ike_reap(sa);
}

/* --- the peer's end -------------------------------------------------------------------------- */

void
ike_heard(struct ike_sa *sa)
{
	char from[IP_END_STR_LEN];

	/*
	 * Only a peer behind a NAT may move, and only on the port for NAT traversal (RFC 3947, 4).
	 */
	if (!sa->natt || !sa->nat_peer || !ip_end_equal(&sa->in.local, &sa->local) ||
		ip_end_equal(&sa->in.remote, &sa->remote))
		return;
	sa->remote = sa->in.remote;
	log_info(IKE, sa->who, "the peer moved to %s", ip_end_str(&sa->remote, from));
	sa->events->moved(sa->arg, sa, &sa->remote);
}

void
ike_sa_move(struct ike_sa *sa, const struct ip_end *remote)
{
	if (sa->natt)
		sa->remote = *remote;
}

/* --- input ------------------------------------------------------------------------------------ */

/*
 * Whether the cookies are this SA's. A retransmitted message 1 has no responder cookie yet. The
 * sender of any other message without ours does not receive what we send, and must not cost us a
 * Diffie-Hellman.
 */
static bool
cookies_good(const struct ike_sa *sa, const struct ike_header *h)
{
	static const uint8_t zero[8];

	if (sa->state == IKE_MM_IDLE)
		return memcmp(h->rcookie, zero, 8) == 0 && memcmp(h->icookie, zero, 8) != 0;
	if (memcmp(h->icookie, sa->icookie, 8) != 0)
		return false;
	if (sa->state == IKE_MM_I_SA)
		return memcmp(h->rcookie, zero, 8) != 0;
	return memcmp(h->rcookie, sa->rcookie, 8) == 0 ||
	       (memcmp(h->rcookie, zero, 8) == 0 && sa->n_seen_mm > 0 &&
		       memcmp(sa->seen_mm[0], sa->in.digest, IKE_DIGEST_LEN) == 0);
}

static void
log_refused_exchange(const struct ike_sa *sa, uint8_t exchange)
{
	if (exchange == IKE_AGGRESSIVE)
		log_warning(IKE, sa->who,
			"the peer requests aggressive mode: refused, because it discloses a "
			"hash of the key to anyone; no setting allows it, the client must use "
			"main mode");
	else
		log_warning(
			IKE, sa->who, "the first message has exchange type %u: refused", exchange);
}

/* An exchange that we do not support. */
static void
other_input(struct ike_sa *sa, const struct ike_header *h)
{
	if (sa->state != IKE_MM_IDLE) {
		if (ike_may_repeat(sa))
			log_info(IKE, sa->who, "ignored a message with exchange type %u",
				h->exchange);
		return;
	}
	if (ike_may_log(sa))
		log_refused_exchange(sa, h->exchange);
	ike_info_notify_plain(sa, ISAKMP_INVALID_EXCHANGE_TYPE);
	ike_end(sa, IKE_WHY_UNSUPPORTED);
}

static void input(struct ike_sa *sa, const uint8_t *msg, size_t len);

/*
 * Takes a fragment and processes the message when it is complete. Message 1 never comes in
 * fragments.
 */
static void
fragment_input(struct ike_sa *sa, const uint8_t *msg, size_t len)
{
	uint8_t whole[IKE_MESSAGE_MAX];
	size_t n;
	struct ike_header h;

	if (sa->state == IKE_MM_IDLE)
		return;
	if (sa->fragments == NULL)
		sa->fragments = calloc(1, sizeof(*sa->fragments));
	if (sa->fragments == NULL)
		return;
	n = ike_fragment_input(sa->fragments, msg, len, whole);
	if (sa->fragments->n == 0) {
		free(sa->fragments);
		sa->fragments = NULL;
	}
	/* No fragments of fragments. */
	if (n == 0 || !ike_header_read(whole, n, &h) || h.next == ISAKMP_FRAGMENT)
		return;
	ike_digest(whole, n, sa->in.digest);
	input(sa, whole, n);
}

static void
input(struct ike_sa *sa, const uint8_t *msg, size_t len)
{
	struct ike_header h;

	if (!ike_header_read(msg, len, &h) || !cookies_good(sa, &h)) {
		if (ike_may_repeat(sa))
			log_info(IKE, sa->who,
				"ignored a message with a malformed header or unknown cookies");
		return;
	}
	if (h.next == ISAKMP_FRAGMENT) {
		fragment_input(sa, msg, len);
		return;
	}
	if (sa->state == IKE_MM_IDLE)
		memcpy(sa->icookie, h.icookie, 8);
	switch (h.exchange) {
	case IKE_MAIN_MODE:
		ike_main_input(sa, &h, msg, len);
		break;
	case IKE_QUICK_MODE:
		ike_quick_input(sa, &h, msg, len);
		break;
	case IKE_INFORMATIONAL:
		ike_info_input(sa, &h, msg, len);
		break;
	default:
		other_input(sa, &h);
	}
}

void
ike_sa_input(struct ike_sa *sa, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len)
{
	sa->in.local = *local;
	sa->in.remote = *remote;
	ike_digest(msg, len, sa->in.digest);
	input(sa, msg, len);
	/* A first message that did not begin main mode. */
	if (sa->state == IKE_MM_IDLE)
		ike_end(sa, IKE_WHY_MALFORMED);
	ike_reap(sa);
}

bool
ike_sa_resume(struct ike_sa *sa, const uint8_t rcookie[8], const struct ip_end *local,
	const struct ip_end *remote, const uint8_t *msg, size_t len)
{
	memcpy(sa->rcookie, rcookie, sizeof(sa->rcookie));
	sa->in.local = *local;
	sa->in.remote = *remote;
	ike_digest(msg, len, sa->in.digest);
	sa->mute = true;
	input(sa, msg, len);
	sa->mute = false;
	return sa->state == IKE_MM_SA && !sa->ended;
}

void
ike_sa_info(const struct ike_sa *sa, struct ike_sa_info *out)
{
	static const char *const states[IKE_MM_N] = {
		[IKE_MM_IDLE] = "main mode: new",
		[IKE_MM_SA] = "main mode: waiting for message 3",
		[IKE_MM_KE] = "main mode: waiting for message 5",
		[IKE_MM_I_SA] = "main mode, ours: waiting for message 2",
		[IKE_MM_I_KE] = "main mode, ours: waiting for message 4",
		[IKE_MM_I_AUTH] = "main mode, ours: waiting for message 6",
		[IKE_MM_UP] = "up",
		[IKE_MM_FAILED] = "failed",
	};

	*out = (struct ike_sa_info){
		.local = sa->local,
		.remote = sa->remote,
		.up = sa->state == IKE_MM_UP,
		.natt = sa->natt,
		.nat_us = sa->nat_us,
		.nat_peer = sa->nat_peer,
		.strayed = sa->strayed,
		.suite = sa->suite,
		.client = sa->vendors.client ? sa->vendors.client : "",
		.state = states[sa->state],
		.created_ms = sa->created_ms,
		.expires_ms = sa->expires_ms,
	};
	memcpy(out->icookie, sa->icookie, 8);
	memcpy(out->rcookie, sa->rcookie, 8);
	snprintf(out->id, sizeof(out->id), "%s", sa->id_text);
	snprintf(out->vendors, sizeof(out->vendors), "%s",
		sa->vendors.names ? sa->vendors.names : "");
}
