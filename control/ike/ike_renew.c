/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Main mode as initiator: a new ISAKMP SA with a peer whose SA is about to end, if it has not made
 * another one itself (RFC 2409, section 5.4). There is one proposal: the suite of the previous SA.
 */
#include "ike_renew.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/rng.h"
#include "ike_auth.h"
#include "ike_id.h"
#include "ike_proposal.h"
#include "ike_sa.h"

/* Intervals between retransmissions of a message, ms. After the last one the SA fails. */
static const unsigned resend_ms[] = {1000, 2000, 4000, 8000, 15000};

#define N_RESENDS (sizeof(resend_ms) / sizeof(resend_ms[0]))

bool
ike_sa_peer(const struct ike_sa *sa, struct ike_peer *out)
{
	if (sa->state != IKE_MM_UP)
		return false;
	*out = (struct ike_peer){
		.local = sa->local,
		.remote = sa->remote,
		.suite = sa->suite,
		.traffic = sa->traffic,
		.fragmentation = sa->vendors.fragmentation,
		.natt_hex = sa->vendors.natt_hex,
		.client = sa->vendors.client,
	};
	memcpy(out->id, sa->id_text, sizeof(out->id));
	return true;
}

void
ike_sa_learn(struct ike_sa *sa, const struct ike_traffic *traffic)
{
	if (!sa->traffic.known)
		sa->traffic = *traffic;
}

void
ike_renew_wait(struct ike_sa *sa)
{
	sa->sent = 0;
	timer_arm(&sa->timer, resend_ms[sa->sent++]);
}

bool
ike_renew_again(struct ike_sa *sa)
{
	if (sa->sent >= N_RESENDS || sa->reply.bytes == NULL)
		return false;
	log_debug(IKE, sa->who, "main mode: no answer, retransmitting");
	ike_send_again(sa, sa->reply.bytes, sa->reply.len);
	timer_arm(&sa->timer, resend_ms[sa->sent++]);
	return true;
}

/* --- message 1: HDR, SA --> ------------------------------------------------------------------ */

static bool
write_sa(struct ike_sa *sa, struct ike_out *o)
{
	uint8_t attrs[64];
	struct wr w = wr_init(attrs, sizeof(attrs));
	struct ike_choice c = {
		.proposal = 1,
		.transform = 1,
		.transform_id = ISAKMP_TRANSFORM_KEY_IKE,
		.proto = ISAKMP_PROTO_ISAKMP,
		.attrs = attrs,
	};
	size_t len;

	ike_proposal_suite(&sa->suite, sa->config->life_s, &w);
	c.attrs_len = wr_len(&w);
	ike_out_begin(o, sa, IKE_MAIN_MODE, 0);
	ike_proposal_write(o, &c, NULL);
	/* HASH_I and HASH_R cover the payload's body. */
	len = wr_len(&o->w) - IKE_HEADER_LEN - 4;
	sa->main = calloc(1, sizeof(*sa->main));
	if (sa->main == NULL)
		return false;
	sa->main->opening.bytes = malloc(len);
	if (sa->main->opening.bytes == NULL)
		return false;
	memcpy(sa->main->opening.bytes, o->buf + IKE_HEADER_LEN + 4, len);
	sa->main->sai = (struct part){sa->main->opening.bytes, len};
	ike_vendor_write(o, &sa->vendors);
	return true;
}

struct ike_sa *
ike_sa_renew(const struct ike_config *config, struct timers *timers,
	const struct ike_events *events, void *arg, const struct ike_peer *peer, const char *who)
{
	struct ike_sa *sa = ike_sa_new(
		config, timers, events, arg, &peer->local, &peer->remote, who);
	char name[IKE_SUITE_STR_LEN];
	struct ike_out out;

	if (sa == NULL)
		return NULL;
	sa->ours = true;
	memset(sa->rcookie, 0, sizeof(sa->rcookie));
	rng_bytes(sa->icookie, sizeof(sa->icookie));
	sa->icookie[0] |= 1; /* never all zero */
	sa->suite = peer->suite;
	sa->traffic = peer->traffic;
	sa->vendors.client = peer->client;
	sa->vendors.fragmentation = peer->fragmentation;
	sa->vendors.natt_hex = peer->natt_hex;
	memcpy(sa->id_text, peer->id, sizeof(sa->id_text));
	if (!write_sa(sa, &out)) {
		ike_sa_free(sa);
		return NULL;
	}
	/* The peer's own vendor IDs say what it supports. */
	sa->vendors.fragmentation = false;
	sa->vendors.natt_hex = NULL;
	sa->state = IKE_MM_I_SA;
	log_info(IKE, who, "main mode: initiated, offering %s", ike_suite_str(&sa->suite, name));
	ike_send_plain(sa, &out);
	ike_reply_keep(&sa->reply, sa, &out);
	ike_renew_wait(sa);
	return sa;
}

/* --- message 2: <-- HDR, SA ------------------------------------------------------------------ */

enum ike_result
ike_renew_sa(struct ike_main_step *s)
{
	struct ike_sa *sa = s->sa;
	const struct ike_config only = {.suites = {sa->suite}, .n_suites = 1};
	struct rd body = ike_payload_get(s->m, ISAKMP_SA, 0)->body;
	char offers[IKE_OFFERS_LEN];
	struct ike_choice choice;

	if (ike_proposal_main(&only, body, &choice, offers) != IKE_CHOSEN) {
		log_info(IKE, sa->who, "message 2 does not match our proposal");
		return ike_main_fail(sa, IKE_WHY_NO_PROPOSAL);
	}
	memcpy(sa->rcookie, s->m->h.rcookie, sizeof(sa->rcookie));
	ike_vendor_read(s->m, &sa->vendors);
	if (!sa->config->natt)
		sa->vendors.natt = IKE_NATT_NONE;
	sa->life_s = choice.life_s != 0 && choice.life_s < sa->config->life_s ? choice.life_s
									      : sa->config->life_s;
	if (ike_auth_begin(sa) != 0)
		return ike_main_fail(sa, IKE_WHY_INTERNAL);
	ike_auth_write_ke(s);
	return IKE_OK;
}

/* --- message 4: <-- HDR, KE, Nr [, NAT-D, NAT-D] --------------------------------------------- */

enum ike_result
ike_renew_ke(struct ike_main_step *s)
{
	struct ike_sa *sa = s->sa;

	if (!ike_auth_read_ke(s) || ike_auth_keys(sa) != 0)
		return ike_main_fail(sa, IKE_WHY_MALFORMED);
	/*
	 * Floats to port 4500 for a NAT that was not there before (RFC 3947, 4). For one that was,
	 * all messages use it, beginning with message 1.
	 */
	if ((sa->nat_us || sa->nat_peer) && sa->local.port != htons(IKE_NATT_PORT))
		sa->local.port = sa->remote.port = htons(IKE_NATT_PORT);
	return ike_auth_write(s);
}

/* --- message 6: <-- HDR*, IDir, HASH_R ------------------------------------------------------- */

enum ike_result
ike_renew_auth(struct ike_main_step *s)
{
	struct ike_sa *sa = s->sa;
	struct rd body = ike_payload_get(s->m, ISAKMP_ID, 0)->body;
	struct rd hash = ike_payload_get(s->m, ISAKMP_HASH, 0)->body;
	char id_text[IKE_ID_STR_LEN];
	struct ike_id id;

	if (!ike_id_read(body, &id) || !ike_auth_good(sa, body, hash)) {
		log_warning(IKE, sa->who, "message 6: malformed identity or wrong HASH_R");
		return ike_main_fail(sa, IKE_WHY_AUTH);
	}
	/* All peers have the same key: another one must not take this one's place. */
	ike_id_str(&id, id_text);
	if (strcmp(id_text, sa->id_text) != 0) {
		log_warning(IKE, sa->who, "message 6: the peer's identity changed from %s to %s",
			sa->id_text, id_text);
		return ike_main_fail(sa, IKE_WHY_AUTH);
	}
	ike_auth_settle(sa);
	return IKE_OK;
}
