/* SPDX-License-Identifier: BSD-3-Clause */
/* Main mode with a pre-shared key, and its handlers as responder (RFC 2409, section 5.4). */
#include "ike_main.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike_auth.h"
#include "ike_id.h"
#include "ike_info.h"
#include "ike_proposal.h"
#include "ike_renew.h"
#include "ike_sa.h"

enum ike_result
ike_main_fail(struct ike_sa *sa, enum ike_why why)
{
	sa->why = why;
	return IKE_FAIL;
}

void
ike_main_free(struct ike_sa *sa)
{
	struct ike_main *mm = sa->main;

	sa->main = NULL;
	if (mm == NULL)
		return;
	dh_free(mm->dh);
	free(mm->opening.bytes);
	sodium_memzero(mm, sizeof(*mm));
	free(mm);
}

/* --- message 1: HDR, SA --> ------------------------------------------------------------------ */

/* Tells the operator how to allow what the peer offers. */
static void
log_no_proposal(struct ike_sa *sa, struct rd body, const char *offers)
{
	char ours[IKE_OFFERS_LEN] = "", name[IKE_SUITE_STR_LEN], cure[IKE_CURE_LEN];
	size_t n = 0;

	for (unsigned i = 0; i < sa->config->n_suites && n + 48 < sizeof(ours); i++)
		n += (size_t)snprintf(ours + n, sizeof(ours) - n, "%s%s", i ? ", " : "",
			ike_suite_str(&sa->config->suites[i], name));
	ike_proposal_cure_main(body, cure);
	log_warning(IKE, sa->who,
		"no proposal matches: the peer offers %s; to allow it, %s; ike.proposals lists %s",
		offers, cure[0] ? cure : "change what the client offers", ours);
}

/* Keeps message 1 as received, because HASH_I and HASH_R cover its SA payload. */
static bool
keep_first(struct ike_main_step *s, struct rd sai)
{
	struct ike_main *mm = calloc(1, sizeof(*mm));

	s->sa->main = mm;
	if (mm == NULL)
		return false;
	mm->opening.bytes = malloc(s->len);
	if (mm->opening.bytes == NULL)
		return false;
	memcpy(mm->opening.bytes, s->msg, s->len);
	mm->opening.len = s->len;
	mm->sai = (struct part){mm->opening.bytes + (sai.p - s->msg), rd_left(&sai)};
	return true;
}

/*
 * Keeps message 2 after it. Without memory for that, message 1 is just not learned (ike_first.h).
 */
static void
keep_second(struct ike_sa *sa, const struct ike_out *o)
{
	struct ike_opening *op = &sa->main->opening;
	size_t len = wr_len(&o->w), at = (size_t)((const uint8_t *)sa->main->sai.p - op->bytes);
	uint8_t *bytes = realloc(op->bytes, op->len + len);

	if (bytes == NULL)
		return;
	memcpy(bytes + op->len, o->buf, len);
	op->bytes = bytes;
	op->answer_len = len;
	sa->main->sai.p = bytes + at;
}

static enum ike_result
in_sa(struct ike_main_step *s)
{
	struct ike_sa *sa = s->sa;
	const struct ike_payload *p = ike_payload_get(s->m, ISAKMP_SA, 0);
	char offers[IKE_OFFERS_LEN], name[IKE_SUITE_STR_LEN];
	struct ike_choice choice;

	ike_vendor_read(s->m, &sa->vendors);
	if (!sa->config->natt) {
		sa->vendors.natt = IKE_NATT_NONE;
		sa->vendors.natt_hex = NULL;
	}
	if (sa->vendors.names != NULL && ike_may_log(sa))
		log_info(IKE, sa->who, "vendor IDs: %s", sa->vendors.names);
	switch (ike_proposal_main(sa->config, p->body, &choice, offers)) {
	case IKE_CHOSEN:
		break;
	case IKE_CHOSEN_NONE:
		if (ike_may_log(sa))
			log_no_proposal(sa, p->body, offers);
		ike_info_notify_plain(sa, ISAKMP_NO_PROPOSAL_CHOSEN);
		return ike_main_fail(sa, IKE_WHY_NO_PROPOSAL);
	case IKE_CHOSEN_MALFORMED:
		if (ike_may_log(sa))
			log_warning(IKE, sa->who, "message 1: malformed SA payload");
		ike_info_notify_plain(sa, ISAKMP_BAD_PROPOSAL_SYNTAX);
		return ike_main_fail(sa, IKE_WHY_MALFORMED);
	}
	if (!keep_first(s, p->body))
		return ike_main_fail(sa, IKE_WHY_INTERNAL);
	sa->suite = choice.suite;
	sa->life_s = choice.life_s != 0 && choice.life_s < sa->config->life_s ? choice.life_s
									      : sa->config->life_s;
	if (ike_may_log(sa))
		log_info(IKE, sa->who, "main mode: chose %s, lifetime %" PRIu64 " s, from %s",
			ike_suite_str(&sa->suite, name), sa->life_s, offers);
	ike_out_begin(&s->out, sa, IKE_MAIN_MODE, 0);
	ike_proposal_write(&s->out, &choice, NULL);
	ike_vendor_write(&s->out, &sa->vendors);
	return IKE_OK;
}

/* --- message 3: HDR, KE, Ni --> -------------------------------------------------------------- */

/* Logs what was suppressed for message 1. */
static void
log_choice(const struct ike_sa *sa)
{
	char name[IKE_SUITE_STR_LEN];

	log_info(IKE, sa->who, "main mode: chose %s, lifetime %" PRIu64 " s; vendor IDs: %s",
		ike_suite_str(&sa->suite, name), sa->life_s,
		sa->vendors.names ? sa->vendors.names : "none");
}

static enum ike_result
bad_ke(struct ike_main_step *s)
{
	struct rd ke = ike_payload_get(s->m, ISAKMP_KE, 0)->body;
	struct rd nonce = ike_payload_get(s->m, ISAKMP_NONCE, 0)->body;
	struct ike_sa *sa = s->sa;

	log_warning(IKE, sa->who,
		"message 3: invalid length of the public value (%zu bytes; %s has %zu) or of the "
		"nonce (%zu bytes; valid are %u to %u)",
		rd_left(&ke), dh_name(sa->suite.group), dh_public_len(sa->suite.group),
		rd_left(&nonce), IKE_NONCE_MIN, IKE_NONCE_MAX);
	ike_info_notify_plain(sa, ISAKMP_INVALID_KEY_INFORMATION);
	return ike_main_fail(sa, IKE_WHY_MALFORMED);
}

static enum ike_result
in_ke(struct ike_main_step *s)
{
	struct ike_sa *sa = s->sa;
	int rc;

	if (sa->hush != NULL) {
		sa->hush = NULL;
		log_choice(sa);
	}
	if (!ike_auth_read_ke(s))
		return bad_ke(s);
	rc = ike_auth_begin(sa);
	if (rc == 0)
		rc = ike_auth_keys(sa);
	if (rc == -EBADMSG) {
		log_warning(IKE, sa->who, "message 3: the public value is not valid in group %s",
			dh_name(sa->suite.group));
		ike_info_notify_plain(sa, ISAKMP_INVALID_KEY_INFORMATION);
		return ike_main_fail(sa, IKE_WHY_MALFORMED);
	}
	if (rc != 0)
		return ike_main_fail(sa, IKE_WHY_INTERNAL);
	ike_auth_write_ke(s);
	return IKE_OK;
}

/* --- message 5: HDR*, IDii, HASH_I --> ------------------------------------------------------- */

static enum ike_result
in_auth(struct ike_main_step *s)
{
	struct ike_sa *sa = s->sa;
	struct rd body = ike_payload_get(s->m, ISAKMP_ID, 0)->body;
	struct rd hash = ike_payload_get(s->m, ISAKMP_HASH, 0)->body;
	struct ike_id id;

	if (!ike_id_read(body, &id)) {
		log_warning(IKE, sa->who, "message 5: malformed identity");
		ike_info_notify_plain(sa, ISAKMP_INVALID_ID_INFORMATION);
		return ike_main_fail(sa, IKE_WHY_MALFORMED);
	}
	ike_id_str(&id, sa->id_text);
	if (!ike_auth_good(sa, body, hash)) {
		log_warning(IKE, sa->who, "message 5: wrong HASH_I, from peer %s", sa->id_text);
		ike_info_notify_plain(sa, ISAKMP_AUTHENTICATION_FAILED);
		return ike_main_fail(sa, IKE_WHY_AUTH);
	}
	ike_auth_settle(sa);
	return ike_auth_write(s);
}

/* --- the states ------------------------------------------------------------------------------ */

struct row {
	uint64_t needs, allows;
	enum ike_result (*handler)(struct ike_main_step *s);
	enum ike_state next;
	const char *text;
};

static const struct row rows[IKE_MM_N] = {
	/* state        needs               allows                          handler  next */
	[IKE_MM_IDLE] = {P(SA), P(VID), in_sa, IKE_MM_SA, "HDR, SA -->"},
	[IKE_MM_SA] = {P(KE) | P(NONCE), P(VID) | P(NATD) | P(CERT_REQUEST), in_ke, IKE_MM_KE,
		"HDR, KE, Ni -->"},
	[IKE_MM_KE] = {P(ID) | P(HASH), P(NOTIFY) | P(VID) | P(CERT_REQUEST), in_auth, IKE_MM_UP,
		"HDR*, IDii, HASH_I -->"},
	[IKE_MM_I_SA] = {P(SA), P(VID) | P(NOTIFY), ike_renew_sa, IKE_MM_I_KE, "<-- HDR, SA"},
	[IKE_MM_I_KE] = {P(KE) | P(NONCE), P(VID) | P(NATD) | P(CERT_REQUEST), ike_renew_ke,
		IKE_MM_I_AUTH, "<-- HDR, KE, Nr"},
	[IKE_MM_I_AUTH] = {P(ID) | P(HASH), P(NOTIFY) | P(VID), ike_renew_auth, IKE_MM_UP,
		"<-- HDR*, IDir, HASH_R"},
};

/* Main mode is complete. What only it needs is freed. */
static void
open_sa(struct ike_sa *sa, const struct ike_msg *m)
{
	const struct ike_payload *p;
	char name[IKE_SUITE_STR_LEN];

	sa->expires_ms = sa->timers->now_ms + sa->life_s * 1000;
	timer_arm(&sa->timer, sa->life_s * 1000);
	ike_info_dpd_start(sa);
	log_info(IKE, sa->who, "main mode: up, peer %s, %s%s", sa->id_text,
		ike_suite_str(&sa->suite, name), sa->natt ? ", on UDP port 4500" : "");
	for (unsigned i = 0; (p = ike_payload_get(m, ISAKMP_NOTIFY, i)) != NULL; i++)
		ike_info_on_notify(sa, p->body);
	if (!sa->ended)
		sa->events->up(sa->arg, sa);
	ike_main_free(sa);
}

/* The SA is kept for a while, so that retransmissions of the peer do not begin a new one. */
static void
fail_sa(struct ike_sa *sa)
{
	memcpy(sa->seen_mm[sa->n_seen_mm++], sa->in.digest, IKE_DIGEST_LEN);
	sa->state = IKE_MM_FAILED;
	ike_main_free(sa);
	timer_arm(&sa->timer, IKE_FAILED_MS);
}

/* Whether the message is a retransmission. If it is of the last one, its answer is sent again. */
static bool
repeated(struct ike_sa *sa)
{
	for (unsigned i = 0; i < sa->n_seen_mm; i++) {
		if (memcmp(sa->seen_mm[i], sa->in.digest, IKE_DIGEST_LEN) != 0)
			continue;
		if (sa->reply.bytes != NULL &&
			memcmp(sa->reply.digest, sa->in.digest, IKE_DIGEST_LEN) == 0) {
			log_debug(IKE, sa->who,
				"main mode: retransmitted message, sending the answer again");
			/* The peer knows our cookie, and still tries. */
			if (sa->state == IKE_MM_KE)
				timer_arm(&sa->timer, IKE_MAIN_MODE_MS);
			ike_send_again(sa, sa->reply.bytes, sa->reply.len);
		}
		return true;
	}
	return false;
}

/*
 * Reads the payloads, which are encrypted from message 5 on. With different keys they decrypt to
 * noise, which shows in the first payload header. That is logged as what it is, not as a malformed
 * message; RFC 2409 has no notify for it.
 */
static bool
read_message(struct ike_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len,
	uint8_t *clear, struct ike_msg *m)
{
	const uint8_t *body = msg + IKE_HEADER_LEN;
	size_t body_len = len - IKE_HEADER_LEN;
	uint8_t iv[CBC_BLOCK_MAX];

	if (sa->state != IKE_MM_KE && sa->state != IKE_MM_I_AUTH)
		return (h->flags & ISAKMP_FLAG_ENCRYPTED) == 0 &&
		       ike_payload_read(h, body, body_len, false, m);
	memcpy(iv, sa->keys.iv, sizeof(iv));
	if ((h->flags & ISAKMP_FLAG_ENCRYPTED) == 0 || !ike_decrypt(sa, body, body_len, iv, clear))
		return false;
	if (!ike_payload_read(h, clear, body_len, true, m) ||
		ike_payload_get(m, ISAKMP_ID, 0) == NULL ||
		ike_payload_get(m, ISAKMP_HASH, 0) == NULL) {
		/*
		 * As initiator we sent message 5: a peer with another key refuses that or ignores
		 * it.
		 */
		if (sa->state == IKE_MM_I_AUTH)
			return false;
		log_warning(IKE, sa->who,
			"message 5 does not decrypt: the peer's pre-shared key differs from "
			"ike.psk");
		ike_info_notify_plain(sa, ISAKMP_PAYLOAD_MALFORMED);
		sa->why = IKE_WHY_PSK;
		fail_sa(sa);
		return false;
	}
	memcpy(sa->keys.iv, iv, sizeof(iv));
	return true;
}

/* Sends the handler's answer, in the state after it. */
static int
send_answer(struct ike_sa *sa, struct ike_out *o)
{
	int rc = 0;

	if (sa->ours && sa->state == IKE_MM_UP) {
		/* Message 6 has no answer. */
		ike_reply_free(&sa->reply);
		return 0;
	}
	if (sa->state == IKE_MM_UP || sa->state == IKE_MM_I_AUTH)
		rc = ike_send_encrypted(sa, o, sa->keys.iv);
	else
		ike_send_plain(sa, o);
	if (rc != 0)
		return rc;
	ike_reply_keep(&sa->reply, sa, o);
	if (sa->state == IKE_MM_SA)
		keep_second(sa, o);
	/* The deadline is for each message, for the sake of lines that lose many. */
	if (sa->ours)
		ike_renew_wait(sa);
	else if (sa->state != IKE_MM_UP)
		timer_arm(&sa->timer, IKE_MAIN_MODE_MS);
	return 0;
}

void
ike_main_input(struct ike_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len)
{
	struct ike_main_step step = {.sa = sa, .msg = msg, .len = len};
	uint8_t clear[IKE_MESSAGE_MAX];
	const struct row *row = &rows[sa->state];
	enum ike_result result;
	struct ike_msg m;

	if (repeated(sa) || row->handler == NULL)
		return;
	if (h->message_id != 0 || !read_message(sa, h, msg, len, clear, &m) ||
		!ike_payload_check(&m, row->needs, row->allows)) {
		if (sa->state != IKE_MM_FAILED && ike_may_repeat(sa))
			log_info(IKE, sa->who,
				"main mode: ignored a message that is not the expected \"%s\"",
				row->text);
		return;
	}
	step.m = &m;
	result = row->handler(&step);
	if (result != IKE_OK) {
		fail_sa(sa);
		return;
	}
	memcpy(sa->seen_mm[sa->n_seen_mm++], sa->in.digest, IKE_DIGEST_LEN);
	sa->state = row->next;
	if (send_answer(sa, &step.out) != 0)
		ike_end(sa, IKE_WHY_INTERNAL);
	else if (sa->state == IKE_MM_UP)
		open_sa(sa, &m);
}
