/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Quick mode as responder: ESP pairs in transport mode for UDP port 1701 (RFC 2409, section 5.5).
 */
#include "ike_quick.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/rng.h"
#include "ike_commit.h"
#include "ike_id.h"
#include "ike_info.h"
#include "ike_natt.h"
#include "ike_proposal.h"
#include "ike_rekey.h"
#include "ike_sa.h"

#define L2TP_UDP_PORT 1701
#define IP_PROTO_UDP  17

/*
 * Intervals between retransmissions of message 2, ms. After the last one the exchange is given up.
 */
static const unsigned resend_ms[] = {1000, 2000, 4000, 8000, 15000};

#define N_RESENDS (sizeof(resend_ms) / sizeof(resend_ms[0]))

void
ike_quick_free(struct ike_quick *q)
{
	timer_stop(&q->timer);
	if (q->state == IKE_QM_SENT)
		q->sa->n_quicks--;
	if (q->state == IKE_QM_ASKED && q->spi_in != 0)
		q->sa->events->spi_release(q->sa->arg, q->sa, q->spi_in);
	list_del(&q->node);
	dh_free(q->dh);
	ike_reply_free(&q->reply);
	sodium_memzero(q, sizeof(*q));
	free(q);
}

static void
on_timer(struct timer *t)
{
	struct ike_quick *q = container_of(t, struct ike_quick, timer);
	struct ike_sa *sa = q->sa;
	be32 spi_in = q->spi_in;

	if (q->state == IKE_QM_DONE) {
		ike_quick_free(q);
		return;
	}
	if (q->sent < N_RESENDS && q->reply.bytes != NULL) {
		log_debug(IKE, sa->who, "quick mode %08x: retransmitting message 2", q->message_id);
		ike_send_again(sa, q->reply.bytes, q->reply.len);
		timer_arm(&q->timer, resend_ms[q->sent++]);
		return;
	}
	log_info(IKE, sa->who, "quick mode %08x: timed out waiting for message 3", q->message_id);
	ike_quick_free(q);
	sa->events->child_gone(sa->arg, sa, spi_in);
}

void
ike_quick_give_up(struct ike_sa *sa)
{
	LIST_FOREACH_SAFE (it, &sa->quicks) {
		struct ike_quick *q = container_of(it, struct ike_quick, node);
		bool waits = q->state == IKE_QM_SENT;
		be32 spi_in = q->spi_in;

		ike_quick_free(q);
		if (waits)
			sa->events->child_gone(sa->arg, sa, spi_in);
	}
}

struct ike_quick *
ike_quick_find(struct ike_sa *sa, uint32_t message_id)
{
	LIST_FOREACH (it, &sa->quicks) {
		struct ike_quick *q = container_of(it, struct ike_quick, node);

		if (q->message_id == message_id)
			return q;
	}
	return NULL;
}

/* --- message 1: HDR*, HASH(1), SA, Ni [, KE] [, IDci, IDcr] [, NAT-OA] --> ------------------- */

/* The state while message 1 is answered. */
struct quick_step {
	struct ike_sa *sa;
	const struct ike_msg *m;
	uint32_t message_id;
	bool commit; /* message 1 has the commit bit */
	struct ike_choice choice;
	struct ike_child child;
	struct part ni;
	const uint8_t *iv; /* after message 1 */
	struct dh *dh; /* PFS */
	uint8_t gxy[DH_MAX];
	size_t gxy_len;
	uint8_t nr[IKE_NONCE_OUR];
};

/* Whether an identity of quick mode includes UDP on the port (0: any port). */
static bool
is_udp(const struct ike_id *id, uint16_t port)
{
	if (id->proto == 0 && id->port == 0)
		return true;
	return id->proto == IP_PROTO_UDP && (port == 0 || id->port == 0 || id->port == port);
}

/* The single address that an identity names; 0 if it names several, or is of another type. */
static be32
id_addr(const struct ike_id *id)
{
	struct rd r = id->data;
	be32 addr = rd_be32(&r), mask;

	if (id->type == ISAKMP_ID_IPV4 && rd_done(&r))
		return addr;
	mask = rd_be32(&r);
	return id->type == ISAKMP_ID_IPV4_SUBNET && rd_done(&r) && mask == 0xffffffff ? addr : 0;
}

static bool
refuse_ids(struct quick_step *s, const struct ike_id *ci, const struct ike_id *cr, const char *what)
{
	char a[IKE_ID_STR_LEN], b[IKE_ID_STR_LEN];

	ike_id_str(ci, a);
	ike_id_str(cr, b);
	log_warning(IKE, s->sa->who,
		"quick mode refused: %s: the peer proposes %s protocol %u port %u to %s protocol "
		"%u port %u",
		what, a, ci->proto, ci->port, b, cr->proto, cr->port);
	return false;
}

/* Checks IDci and IDcr: UDP on port 1701 between the peer and us (RFC 3193, 4). */
static bool
ids_good(struct quick_step *s)
{
	const struct ike_payload *pi = ike_payload_get(s->m, ISAKMP_ID, 0);
	const struct ike_payload *pr = ike_payload_get(s->m, ISAKMP_ID, 1);
	struct ike_sa *sa = s->sa;
	struct ike_id ci, cr;

	/* If absent, they are the two addresses, for all protocols (RFC 2409, 5.5). */
	if (pi == NULL)
		return true;
	if (pr == NULL || !ike_id_read(pi->body, &ci) || !ike_id_read(pr->body, &cr)) {
		log_warning(IKE, sa->who,
			"quick mode refused: IDci without IDcr, or a malformed identity");
		return false;
	}
	if (!is_udp(&cr, L2TP_UDP_PORT) || !is_udp(&ci, 0))
		return refuse_ids(s, &ci, &cr, "the traffic is not L2TP (UDP port 1701)");
	/* Behind a NAT they are the addresses that the peer knows (RFC 3947, 5). */
	if (!sa->nat_peer && id_addr(&ci) != sa->remote.addr)
		return refuse_ids(s, &ci, &cr, "IDci is not the peer's address");
	if (!sa->nat_us && !sa->nat_peer && id_addr(&cr) != sa->local.addr)
		return refuse_ids(s, &ci, &cr, "IDcr is not the gateway's address");
	s->child.peer_port = htons(ci.port);
	return true;
}

/* Chooses a proposal; returns 0, or the notify that refuses it. */
static uint16_t
choose_proposal(struct quick_step *s)
{
	struct ike_sa *sa = s->sa;
	struct rd body = ike_payload_get(s->m, ISAKMP_SA, 0)->body;
	char offers[IKE_OFFERS_LEN], ours[IKE_OFFERS_LEN] = "", cure[IKE_CURE_LEN];
	size_t n = 0;

	switch (ike_proposal_quick(sa->config, body, sa->natt, &s->choice, offers)) {
	case IKE_CHOSEN:
		break;
	case IKE_CHOSEN_NONE:
		for (unsigned i = 0; i < sa->config->n_esp && n + 32 < sizeof(ours); i++)
			n += (size_t)snprintf(ours + n, sizeof(ours) - n, "%s%s", i ? ", " : "",
				sa->config->esp[i]->name);
		ike_proposal_cure_quick(sa->config, body, sa->natt, cure);
		log_warning(IKE, sa->who,
			"quick mode refused: no proposal matches: the peer offers %s; to allow it, "
			"%s; esp.proposals lists %s%s",
			offers, cure[0] ? cure : "change what the client offers", ours,
			sa->config->n_pfs ? "" : ", esp.pfs is empty");
		return ISAKMP_NO_PROPOSAL_CHOSEN;
	case IKE_CHOSEN_MALFORMED:
		log_warning(IKE, sa->who, "quick mode refused: malformed SA payload");
		return ISAKMP_BAD_PROPOSAL_SYNTAX;
	}
	s->child.suite = s->choice.esp;
	memcpy(&s->child.spi_out, s->choice.spi, sizeof(s->child.spi_out));
	s->child.udp_encap = sa->natt;
	return 0;
}

/* The lifetimes are the shorter ones of what the peer offers and what is configured. */
static void
choose_life(struct quick_step *s)
{
	const struct ike_config *config = s->sa->config;
	struct ike_choice *c = &s->choice;

	/* The default is eight hours (RFC 2407, 4.5). */
	if (c->life_s == 0)
		c->life_s = 28800;
	s->child.life_s = (uint32_t)(c->life_s < config->esp_life_s ? c->life_s
								    : config->esp_life_s);
	s->child.life_kb = c->life_kb;
	if (config->esp_life_kb != 0 && (c->life_kb == 0 || config->esp_life_kb < c->life_kb))
		s->child.life_kb = config->esp_life_kb;
}

/* PFS: a second Diffie-Hellman (RFC 2409, 5.5). */
static bool
exchange_keys(struct quick_step *s)
{
	const struct ike_payload *ke = ike_payload_get(s->m, ISAKMP_KE, 0);

	if (s->choice.pfs == 0)
		return true;
	if (ke == NULL)
		return false;
	s->dh = dh_new(s->choice.pfs);
	return s->dh != NULL &&
	       dh_shared(s->dh, ke->body.p, rd_left(&ke->body), s->gxy, &s->gxy_len) == 0;
}

/* Writes RESPONDER-LIFETIME (RFC 2407, 4.6.3.1) if ours is shorter than what the peer offers. */
static void
write_lifetime(struct quick_step *s, struct ike_out *o)
{
	uint8_t attrs[32];
	struct wr w = wr_init(attrs, sizeof(attrs));

	if (s->child.life_s < s->choice.life_s)
		ike_proposal_life(&w, IPSEC_ATTR_LIFE_TYPE, ISAKMP_LIFE_SECONDS, s->child.life_s);
	if (s->child.life_kb != s->choice.life_kb)
		ike_proposal_life(
			&w, IPSEC_ATTR_LIFE_TYPE, ISAKMP_LIFE_KILOBYTES, s->child.life_kb);
	if (wr_len(&w) == 0)
		return;
	ike_out_notify(o, ISAKMP_PROTO_ESP, &s->child.spi_in, 4, ISAKMP_RESPONDER_LIFETIME, attrs,
		wr_len(&w));
}

/* <-- HDR*, HASH(2), SA, Nr [, KE] [, IDci, IDcr] [, NAT-OA] */
static bool
write_answer(struct quick_step *s, struct ike_out *o)
{
	struct ike_sa *sa = s->sa;
	const struct ike_payload *p;
	size_t hash_at;

	ike_out_begin(o, sa, IKE_QUICK_MODE, s->message_id);
	if (s->commit)
		o->buf[IKE_FLAGS_AT] |= ISAKMP_FLAG_COMMIT;
	hash_at = ike_hash_open(sa, o);
	ike_proposal_write(o, &s->choice, &s->child.spi_in);
	ike_out_bytes(o, ISAKMP_NONCE, s->nr, sizeof(s->nr));
	if (s->dh != NULL)
		ike_out_bytes(o, ISAKMP_KE, dh_public(s->dh), dh_public_len(s->choice.pfs));
	for (unsigned i = 0; i < 2 && (p = ike_payload_get(s->m, ISAKMP_ID, i)) != NULL; i++)
		ike_out_bytes(o, ISAKMP_ID, p->body.p, rd_left(&p->body));
	ike_natt_write_oa(o, sa, s->m);
	write_lifetime(s, o);
	return ike_hash_close(sa, o, hash_at, s->message_id, s->ni);
}

/* Makes the keys of both directions, when both SPIs are known. */
static bool
make_keys(struct quick_step *s)
{
	struct ike_sa *sa = s->sa;
	const struct part gxy = {s->gxy, s->gxy_len}, nr = {s->nr, sizeof(s->nr)};

	return ike_keys_esp(&sa->keys, s->child.suite, s->child.spi_in, gxy, s->ni, nr,
		       &s->child.in) == 0 &&
	       ike_keys_esp(&sa->keys, s->child.suite, s->child.spi_out, gxy, s->ni, nr,
		       &s->child.out) == 0;
}

/* Makes room for one more completed quick mode by dropping the oldest. */
static void
drop_oldest(struct ike_sa *sa)
{
	struct ike_quick *oldest = NULL;
	unsigned n = 0;

	LIST_FOREACH (it, &sa->quicks) {
		struct ike_quick *q = container_of(it, struct ike_quick, node);

		if (q->state != IKE_QM_DONE)
			continue;
		n++;
		if (oldest == NULL)
			oldest = q;
	}
	if (n >= IKE_MAX_DONE)
		ike_quick_free(oldest);
}

/* Makes the state of the exchange; NULL if out of memory. */
static struct ike_quick *
quick_new(struct quick_step *s, enum ike_quick_state state)
{
	struct ike_quick *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	drop_oldest(s->sa);
	q->sa = s->sa;
	q->state = state;
	q->message_id = s->message_id;
	q->spi_in = s->child.spi_in;
	q->commit = s->commit;
	memcpy(q->iv, s->iv, sizeof(q->iv));
	memcpy(q->ni, s->ni.p, s->ni.len);
	q->ni_len = s->ni.len;
	memcpy(q->nr, s->nr, sizeof(q->nr));
	timer_init(&q->timer, s->sa->timers, on_timer);
	list_add_tail(&s->sa->quicks, &q->node);
	s->sa->n_quicks += state == IKE_QM_SENT;
	return q;
}

/* Refuses the exchange, and again if message 1 is retransmitted. */
static void
refuse(struct quick_step *s, uint16_t notify)
{
	struct ike_quick *q = quick_new(s, IKE_QM_DONE);

	if (q == NULL)
		return;
	ike_info_refuse(s->sa, notify, &q->reply);
	timer_arm(&q->timer, IKE_QUICK_LINGER_MS);
}

/* Takes an SPI, announces the pair and sends message 2. */
static void
answer(struct quick_step *s)
{
	struct ike_sa *sa = s->sa;
	struct ike_quick *q;
	struct ike_out out;

	s->child.spi_in = sa->events->spi_take(sa->arg, sa);
	if (s->child.spi_in == 0) {
		log_warning(IKE, sa->who, "quick mode refused: no SPI is free");
		refuse(s, ISAKMP_NO_PROPOSAL_CHOSEN);
		return;
	}
	rng_bytes(s->nr, sizeof(s->nr));
	if (!make_keys(s) || !write_answer(s, &out) || (q = quick_new(s, IKE_QM_SENT)) == NULL) {
		log_err(IKE, sa->who, "quick mode %08x: internal error", s->message_id);
		sa->events->spi_release(sa->arg, sa, s->child.spi_in);
		return;
	}
	if (sa->events->child_new(sa->arg, sa, &s->child) != 0) {
		sa->events->spi_release(sa->arg, sa, s->child.spi_in);
		ike_quick_free(q);
		refuse(s, ISAKMP_NO_PROPOSAL_CHOSEN);
		return;
	}
	log_info(IKE, sa->who,
		"quick mode %08x: %s%s%s, lifetime %u s %" PRIu64 " kB, spi %08x in %08x out",
		s->message_id, s->child.suite->name, s->dh ? ", pfs " : "",
		s->dh ? dh_name(s->choice.pfs) : "", s->child.life_s, s->child.life_kb,
		ntohl(s->child.spi_in), ntohl(s->child.spi_out));
	if (ike_send_encrypted(sa, &out, q->iv) != 0) {
		ike_quick_free(q);
		sa->events->child_gone(sa->arg, sa, s->child.spi_in);
		return;
	}
	ike_reply_keep(&q->reply, sa, &out);
	timer_arm(&q->timer, resend_ms[q->sent++]);
	ike_rekey_learn(sa, s->m, &s->child, s->choice.pfs);
}

static void
on_qm1(struct ike_sa *sa, const struct ike_msg *m, const uint8_t iv[CBC_BLOCK_MAX])
{
	struct quick_step s = {
		.sa = sa,
		.m = m,
		.message_id = m->h.message_id,
		.commit = (m->h.flags & ISAKMP_FLAG_COMMIT) != 0,
		.iv = iv,
	};
	const struct ike_payload *p;
	struct rd nonce;
	uint16_t notify;

	if (!ike_payload_check(
		    m, P(HASH) | P(SA) | P(NONCE), P(KE) | P(ID) | P(NATOA) | P(NOTIFY) | P(VID))) {
		log_info(IKE, sa->who,
			"quick mode %08x: ignored message 1: missing or unexpected payloads",
			s.message_id);
		return;
	}
	nonce = ike_payload_get(m, ISAKMP_NONCE, 0)->body;
	s.ni = (struct part){nonce.p, rd_left(&nonce)};
	if (s.ni.len < IKE_NONCE_MIN || s.ni.len > IKE_NONCE_MAX) {
		log_info(IKE, sa->who, "quick mode %08x: ignored message 1: nonce of %zu bytes",
			s.message_id, s.ni.len);
		return;
	}
	for (unsigned i = 0; (p = ike_payload_get(m, ISAKMP_NOTIFY, i)) != NULL; i++)
		ike_info_on_notify(sa, p->body);
	notify = ids_good(&s) ? choose_proposal(&s) : ISAKMP_INVALID_ID_INFORMATION;
	if (notify == 0) {
		choose_life(&s);
		if (!exchange_keys(&s)) {
			log_warning(IKE, sa->who,
				"quick mode refused: no valid public value for PFS with group %s",
				dh_name(s.choice.pfs));
			notify = ISAKMP_INVALID_KEY_INFORMATION;
		}
	}
	if (notify == 0)
		answer(&s);
	else
		refuse(&s, notify);
	dh_free(s.dh);
	sodium_memzero(&s, sizeof(s));
}

/* --- message 3: HDR*, HASH(3) --> ------------------------------------------------------------ */

static void
on_qm3(struct ike_quick *q, const struct ike_msg *m, uint8_t iv[CBC_BLOCK_MAX])
{
	struct ike_sa *sa = q->sa;
	size_t n = hash_len(sa->keys.hash);
	const struct ike_payload *p = ike_payload_get(m, ISAKMP_HASH, 0);
	uint8_t want[HASH_MAX];

	if (p == NULL || rd_left(&p->body) != n ||
		ike_keys_hash3(&sa->keys, q->message_id, (struct part){q->ni, q->ni_len},
			(struct part){q->nr, sizeof(q->nr)}, want) != 0 ||
		!secret_equal(p->body.p, want, n)) {
		log_info(IKE, sa->who, "quick mode %08x: ignored message 3: wrong HASH(3)",
			q->message_id);
		return;
	}
	ike_heard(sa);
	q->state = IKE_QM_DONE;
	sa->n_quicks--;
	timer_arm(&q->timer, IKE_QUICK_LINGER_MS);
	sa->events->child_up(sa->arg, sa, q->spi_in);
	if (q->commit || (m->h.flags & ISAKMP_FLAG_COMMIT) != 0)
		ike_commit_send(q, iv);
}

/* --- input ----------------------------------------------------------------------------------- */

/* A message of an exchange that is under way or completed. */
static void
known_input(struct ike_quick *q, const struct ike_header *h, const uint8_t *msg, size_t len)
{
	struct ike_sa *sa = q->sa;
	uint8_t clear[IKE_MESSAGE_MAX], iv[CBC_BLOCK_MAX];
	struct ike_msg m;

	if (q->state == IKE_QM_ASKED) {
		ike_rekey_input(q, h, msg, len);
		return;
	}
	if (q->state == IKE_QM_SETTLING &&
		memcmp(q->reply.digest, sa->in.digest, IKE_DIGEST_LEN) == 0) {
		ike_rekey_repeat(q);
		return;
	}
	if (memcmp(q->reply.digest, sa->in.digest, IKE_DIGEST_LEN) == 0) {
		if (q->reply.bytes != NULL)
			ike_send_again(sa, q->reply.bytes, q->reply.len);
		return;
	}
	if (q->state == IKE_QM_SETTLING)
		ike_commit_input(q, h, msg, len);
	if (q->state != IKE_QM_SENT)
		return;
	memcpy(iv, q->iv, sizeof(iv));
	if (ike_decrypt(sa, msg + IKE_HEADER_LEN, len - IKE_HEADER_LEN, iv, clear) &&
		ike_payload_read(h, clear, len - IKE_HEADER_LEN, true, &m))
		on_qm3(q, &m, iv);
	else if (ike_may_repeat(sa))
		log_info(IKE, sa->who, "quick mode %08x: ignored message 3: it does not decrypt",
			q->message_id);
}

void
ike_quick_input(struct ike_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len)
{
	uint8_t clear[IKE_MESSAGE_MAX], iv[CBC_BLOCK_MAX];
	struct ike_quick *q;
	struct ike_msg m;

	if (sa->state != IKE_MM_UP || h->message_id == 0 ||
		(h->flags & ISAKMP_FLAG_ENCRYPTED) == 0) {
		if (ike_may_repeat(sa))
			log_info(IKE, sa->who, "ignored a quick mode message %s",
				sa->state != IKE_MM_UP ? "before main mode is complete"
						       : "without encryption or message ID");
		return;
	}
	q = ike_quick_find(sa, h->message_id);
	if (q != NULL) {
		known_input(q, h, msg, len);
		return;
	}
	if (ike_keys_iv(&sa->keys, h->message_id, iv) != 0)
		return;
	if (!ike_decrypt(sa, msg + IKE_HEADER_LEN, len - IKE_HEADER_LEN, iv, clear) ||
		!ike_payload_read(h, clear, len - IKE_HEADER_LEN, true, &m) ||
		!ike_hash_good(sa, &m, (struct part){NULL, 0})) {
		if (ike_may_repeat(sa))
			log_info(IKE, sa->who, "quick mode %08x: ignored message 1: wrong HASH(1)",
				h->message_id);
		return;
	}
	if (sa->n_quicks >= IKE_MAX_QUICKS || !ike_replay_new(&sa->replay, h->message_id)) {
		log_info(IKE, sa->who, "quick mode %08x: ignored message 1: %s", h->message_id,
			sa->n_quicks >= IKE_MAX_QUICKS ? "too many quick modes are under way"
						       : "its message ID was used before");
		return;
	}
	ike_heard(sa);
	on_qm1(sa, &m, iv);
	sodium_memzero(clear, sizeof(clear));
}
