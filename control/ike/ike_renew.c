/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Main mode as initiator: a new ISAKMP SA with a peer that had one with us, when its own ends and the peer has not
 * made another (RFC 2409, section 5.4). One proposal: the suite that the peer took before.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/rng.h"
#include "ike_internal.h"

/* When a message is sent again, ms after the time before; then the SA fails. */
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

/* Sent again until the next message comes. */
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
	log_debug(IKE, sa->who, "main mode: no answer, sent again");
	ike_send_again(sa, sa->reply.bytes, sa->reply.len);
	timer_arm(&sa->timer, resend_ms[sa->sent++]);
	return true;
}

/* --- message 1: HDR, SA --> ------------------------------------------------------------------------ */

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
	/* Both hashes cover the payload's body. */
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
	/* What the peer can do, it is to say itself. */
	sa->vendors.fragmentation = false;
	sa->vendors.natt_hex = NULL;
	sa->state = IKE_MM_I_SA;
	log_info(IKE, who, "main mode: begun by us, %s", ike_suite_str(&sa->suite, name));
	ike_send_plain(sa, &out);
	ike_reply_keep(&sa->reply, sa, &out);
	ike_renew_wait(sa);
	return sa;
}

/* --- message 2: <-- HDR, SA ------------------------------------------------------------------------- */

/* HDR, KE, Ni [, NAT-D, NAT-D] --> */
static enum ike_result
write_ke(struct ike_main_step *s)
{
	struct ike_sa *sa = s->sa;

	sa->main->dh = dh_new(sa->suite.group);
	if (sa->main->dh == NULL)
		return ike_main_fail(sa, IKE_WHY_INTERNAL);
	rng_bytes(sa->main->nr, sizeof(sa->main->nr));
	ike_out_begin(&s->out, sa, IKE_MAIN_MODE, 0);
	ike_out_bytes(&s->out, ISAKMP_KE, dh_public(sa->main->dh), dh_public_len(sa->suite.group));
	ike_out_bytes(&s->out, ISAKMP_NONCE, sa->main->nr, sizeof(sa->main->nr));
	if (sa->vendors.natt != IKE_NATT_NONE)
		ike_natt_write(&s->out, sa);
	return IKE_OK;
}

enum ike_result
ike_renew_sa(struct ike_main_step *s)
{
	struct ike_sa *sa = s->sa;
	const struct ike_config only = {.suites = {sa->suite}, .n_suites = 1};
	struct rd body = ike_payload_get(s->m, ISAKMP_SA, 0)->body;
	char offers[IKE_OFFERS_LEN];
	struct ike_choice choice;

	if (ike_proposal_main(&only, body, &choice, offers) != IKE_CHOSEN) {
		log_info(IKE, sa->who, "message 2: not what we proposed");
		return ike_main_fail(sa, IKE_WHY_NO_PROPOSAL);
	}
	memcpy(sa->rcookie, s->m->h.rcookie, sizeof(sa->rcookie));
	ike_vendor_read(s->m, &sa->vendors);
	if (!sa->config->natt)
		sa->vendors.natt = IKE_NATT_NONE;
	sa->life_s = choice.life_s != 0 && choice.life_s < sa->config->life_s ? choice.life_s
									      : sa->config->life_s;
	return write_ke(s);
}

/* --- message 4: <-- HDR, KE, Nr [, NAT-D, NAT-D] ------------------------------------------------------ */

/* Diffie-Hellman and all keys of phase 1. */
static bool
make_keys(struct ike_sa *sa, struct part nr)
{
	size_t len = dh_public_len(sa->suite.group), shared_len;
	uint8_t shared[DH_MAX];
	struct ike_keys_in in = {
		.suite = &sa->suite,
		.psk = &sa->config->psk,
		.icookie = sa->icookie,
		.rcookie = sa->rcookie,
		.ni = {sa->main->nr, sizeof(sa->main->nr)},
		.nr = nr,
		.gxi = {dh_public(sa->main->dh), len},
		.gxr = {sa->main->gxi, len},
	};
	bool good;

	if (dh_shared(sa->main->dh, sa->main->gxi, len, shared, &shared_len) != 0)
		return false;
	in.gxy = (struct part){shared, shared_len};
	good = ike_keys_make(&sa->keys, &in) == 0;
	sodium_memzero(shared, sizeof(shared));
	return good;
}

/* HDR*, IDii, HASH_I --> */
static enum ike_result
write_auth(struct ike_main_step *s)
{
	struct ike_sa *sa = s->sa;
	size_t len = dh_public_len(sa->suite.group), id_len;
	uint8_t id[8], hash[HASH_MAX];

	id_len = ike_main_our_id(sa, id);
	if (ike_keys_auth(&sa->keys, (struct part){dh_public(sa->main->dh), len},
		    (struct part){sa->main->gxi, len}, sa->icookie, sa->rcookie, sa->main->sai,
		    (struct part){id, id_len}, hash) != 0)
		return ike_main_fail(sa, IKE_WHY_INTERNAL);
	ike_out_begin(&s->out, sa, IKE_MAIN_MODE, 0);
	ike_out_bytes(&s->out, ISAKMP_ID, id, id_len);
	ike_out_bytes(&s->out, ISAKMP_HASH, hash, hash_len(sa->suite.hash));
	return IKE_OK;
}

enum ike_result
ike_renew_ke(struct ike_main_step *s)
{
	struct ike_sa *sa = s->sa;
	struct rd ke = ike_payload_get(s->m, ISAKMP_KE, 0)->body;
	struct rd nonce = ike_payload_get(s->m, ISAKMP_NONCE, 0)->body;
	size_t len = dh_public_len(sa->suite.group);

	if (rd_left(&ke) != len || rd_left(&nonce) < IKE_NONCE_MIN ||
		rd_left(&nonce) > IKE_NONCE_MAX)
		return ike_main_fail(sa, IKE_WHY_MALFORMED);
	memcpy(sa->main->gxi, ke.p, len);
	ike_vendor_read(s->m, &sa->vendors);
	if (sa->vendors.natt != IKE_NATT_NONE)
		ike_natt_read(sa, s->m);
	if (!make_keys(sa, (struct part){nonce.p, rd_left(&nonce)}))
		return ike_main_fail(sa, IKE_WHY_MALFORMED);
	/* A NAT that was not there before (RFC 3947, 4); behind one that was, all is in UDP 4500 from message 1. */
	if ((sa->nat_us || sa->nat_peer) && sa->local.port != htons(IKE_NATT_PORT))
		sa->local.port = sa->remote.port = htons(IKE_NATT_PORT);
	return write_auth(s);
}

/* --- message 6: <-- HDR*, IDir, HASH_R --------------------------------------------------------------- */

static bool
hash_r_good(struct ike_sa *sa, struct rd id, struct rd hash)
{
	size_t len = dh_public_len(sa->suite.group), n = hash_len(sa->suite.hash);
	const uint8_t *theirs = rd_bytes(&hash, n);
	uint8_t want[HASH_MAX];

	return theirs != NULL && rd_done(&hash) &&
	       ike_keys_auth(&sa->keys, (struct part){sa->main->gxi, len},
		       (struct part){dh_public(sa->main->dh), len}, sa->rcookie, sa->icookie,
		       sa->main->sai, (struct part){id.p, rd_left(&id)}, want) == 0 &&
	       secret_equal(theirs, want, n);
}

enum ike_result
ike_renew_auth(struct ike_main_step *s)
{
	struct ike_sa *sa = s->sa;
	struct rd body = ike_payload_get(s->m, ISAKMP_ID, 0)->body;
	struct rd hash = ike_payload_get(s->m, ISAKMP_HASH, 0)->body;
	char id_text[IKE_ID_STR_LEN];
	struct ike_id id;

	if (!ike_id_read(body, &id) || !hash_r_good(sa, body, hash)) {
		log_warning(IKE, sa->who, "message 6: malformed identity, or HASH_R is wrong");
		return ike_main_fail(sa, IKE_WHY_AUTH);
	}
	/* All peers have the same key: who else has it must not take this one's place. */
	ike_id_str(&id, id_text);
	if (strcmp(id_text, sa->id_text) != 0) {
		log_warning(IKE, sa->who, "message 6: the peer was %s, and says now that it is %s",
			sa->id_text, id_text);
		return ike_main_fail(sa, IKE_WHY_AUTH);
	}
	sa->local = sa->in.local;
	sa->remote = sa->in.remote;
	sa->natt = (sa->nat_us || sa->nat_peer) && sa->local.port == htons(IKE_NATT_PORT);
	return IKE_OK;
}
