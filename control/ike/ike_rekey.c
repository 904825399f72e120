/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Quick mode as initiator: a new ESP pair for the traffic of the peer's last one (RFC 2409, section
 * 5.5).
 */
#include "ike_rekey.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/rng.h"
#include "ike_commit.h"
#include "ike_info.h"
#include "ike_natt.h"
#include "ike_proposal.h"
#include "ike_sa.h"

/*
 * Intervals between retransmissions of message 1, ms. After the last one the exchange is given up.
 */
static const unsigned resend_ms[] = {1000, 2000, 4000, 8000, 8000};

#define N_RESENDS (sizeof(resend_ms) / sizeof(resend_ms[0]))

/*
 * The same for message 3 to a peer that answers it with CONNECTED; the sum is IKE_QUICK_SETTLE_MS.
 */
static const unsigned confirm_ms[] = {1000, 2000, 4000, 3000};

#define N_CONFIRMS (sizeof(confirm_ms) / sizeof(confirm_ms[0]))

void
ike_rekey_settled(struct ike_quick *q)
{
	q->state = IKE_QM_DONE;
	timer_arm(&q->timer, IKE_QUICK_LINGER_MS);
	q->sa->events->child_up(q->sa->arg, q->sa, q->spi_in);
}

static void
send_again(struct ike_quick *q, unsigned message, unsigned wait_ms)
{
	log_debug(IKE, q->sa->who, "quick mode %08x: retransmitting message %u", q->message_id,
		message);
	if (q->reply.bytes != NULL)
		ike_send_again(q->sa, q->reply.bytes, q->reply.len);
	timer_arm(&q->timer, wait_ms);
}

static void
on_timer(struct timer *t)
{
	struct ike_quick *q = container_of(t, struct ike_quick, timer);
	struct ike_sa *sa = q->sa;

	if (q->state == IKE_QM_ASKED && q->sent < N_RESENDS && q->reply.bytes != NULL) {
		send_again(q, 1, resend_ms[q->sent++]);
		return;
	}
	if (q->state == IKE_QM_SETTLING && q->commit && q->sent < N_CONFIRMS) {
		send_again(q, 3, confirm_ms[q->sent++]);
		return;
	}
	if (q->state == IKE_QM_SETTLING) {
		ike_rekey_settled(q);
		return;
	}
	if (q->state == IKE_QM_ASKED)
		log_info(IKE, sa->who, "quick mode %08x: the peer does not answer", q->message_id);
	ike_quick_free(q);
}

static uint16_t
mode_of(const struct ike_sa *sa)
{
	if (!sa->natt)
		return IPSEC_MODE_TRANSPORT;
	return sa->vendors.natt == IKE_NATT_RFC ? IPSEC_MODE_UDP_TRANSPORT
						: IPSEC_MODE_UDP_TRANSPORT_DRAFT;
}

/* Writes one proposal with one transform: the suite that is in use now. */
static void
write_sa(struct ike_out *o, const struct ike_quick *q)
{
	uint8_t attrs[64];
	struct wr w = wr_init(attrs, sizeof(attrs));
	const struct ike_traffic *traffic = &q->sa->traffic;
	struct ike_choice c = {
		.proposal = 1,
		.transform = 1,
		.transform_id = q->suite->transform,
		.proto = ISAKMP_PROTO_ESP,
		.attrs = attrs,
	};

	ike_proposal_life(&w, IPSEC_ATTR_LIFE_TYPE, ISAKMP_LIFE_SECONDS, traffic->life_s);
	if (traffic->life_kb != 0)
		ike_proposal_life(
			&w, IPSEC_ATTR_LIFE_TYPE, ISAKMP_LIFE_KILOBYTES, traffic->life_kb);
	ike_proposal_attr(&w, IPSEC_ATTR_MODE, mode_of(q->sa));
	if (q->suite->ike_auth != 0)
		ike_proposal_attr(&w, IPSEC_ATTR_AUTH, q->suite->ike_auth);
	if (q->suite->key_bits != 0)
		ike_proposal_attr(&w, IPSEC_ATTR_KEY_LENGTH, q->suite->key_bits);
	if (q->dh != NULL)
		ike_proposal_attr(&w, IPSEC_ATTR_GROUP, (uint16_t)q->pfs);
	c.attrs_len = wr_len(&w);
	ike_proposal_write(o, &c, &q->spi_in);
}

/* HDR*, HASH(1), SA, Ni [, KE], IDci, IDcr [, NAT-OAi, NAT-OAr] --> */
static bool
write_qm1(struct ike_out *o, const struct ike_quick *q)
{
	struct ike_sa *sa = q->sa;
	size_t hash_at;

	ike_out_begin(o, sa, IKE_QUICK_MODE, q->message_id);
	hash_at = ike_hash_open(sa, o);
	write_sa(o, q);
	ike_out_bytes(o, ISAKMP_NONCE, q->ni, q->ni_len);
	if (q->dh != NULL)
		ike_out_bytes(o, ISAKMP_KE, dh_public(q->dh), dh_public_len(q->pfs));
	/* The peer's identities, with the roles exchanged. */
	ike_out_bytes(o, ISAKMP_ID, sa->traffic.id[1], sa->traffic.len[1]);
	ike_out_bytes(o, ISAKMP_ID, sa->traffic.id[0], sa->traffic.len[0]);
	ike_natt_write_oa(o, sa, NULL);
	return ike_hash_close(sa, o, hash_at, q->message_id, (struct part){NULL, 0});
}

int
ike_sa_rekey(struct ike_sa *sa, const struct esp_suite *suite)
{
	struct ike_quick *q;
	struct ike_out out;

	if (sa->state != IKE_MM_UP || !sa->traffic.known)
		return -ENOTSUP;
	q = calloc(1, sizeof(*q));
	if (q == NULL)
		return -ENOMEM;
	q->sa = sa;
	q->state = IKE_QM_ASKED;
	q->suite = suite;
	timer_init(&q->timer, sa->timers, on_timer);
	list_add_tail(&sa->quicks, &q->node);
	q->spi_in = sa->events->spi_take(sa->arg, sa);
	q->message_id = ike_replay_make(&sa->replay);
	q->ni_len = IKE_NONCE_OUR;
	rng_bytes(q->ni, q->ni_len);
	q->pfs = sa->traffic.pfs;
	if (q->pfs != 0)
		q->dh = dh_new(q->pfs);
	if (q->spi_in == 0 || (q->pfs != 0 && q->dh == NULL) || !write_qm1(&out, q) ||
		ike_keys_iv(&sa->keys, q->message_id, q->iv) != 0 ||
		ike_send_encrypted(sa, &out, q->iv) != 0) {
		ike_quick_free(q);
		return -EIO;
	}
	ike_reply_keep(&q->reply, sa, &out);
	log_info(IKE, sa->who, "quick mode %08x: initiated, offering %s%s%s", q->message_id,
		suite->name, q->pfs ? ", pfs " : "", q->pfs ? dh_name(q->pfs) : "");
	timer_arm(&q->timer, resend_ms[q->sent++]);
	return 0;
}

/* HDR*, HASH(3) --> */
static void
send_qm3(struct ike_quick *q, struct part ni, struct part nr)
{
	struct ike_sa *sa = q->sa;
	uint8_t hash[HASH_MAX];
	struct ike_out out;

	ike_out_begin(&out, sa, IKE_QUICK_MODE, q->message_id);
	if (ike_keys_hash3(&sa->keys, q->message_id, ni, nr, hash) != 0)
		return;
	ike_out_bytes(&out, ISAKMP_HASH, hash, hash_len(sa->keys.hash));
	if (ike_send_encrypted(sa, &out, q->iv) == 0)
		ike_reply_keep(&q->reply, sa, &out);
}

/* Reads what the peer chose; false if it is not our proposal. */
static bool
read_choice(const struct ike_quick *q, const struct ike_msg *m, struct ike_child *child)
{
	const struct ike_config only = {
		.esp = {q->suite},
		.n_esp = 1,
		.pfs = {q->pfs},
		.n_pfs = q->pfs != 0,
	};
	struct rd body = ike_payload_get(m, ISAKMP_SA, 0)->body;
	char offers[IKE_OFFERS_LEN];
	struct ike_choice c;

	if (ike_proposal_quick(&only, body, q->sa->natt, &c, offers) != IKE_CHOSEN ||
		c.pfs != q->pfs)
		return false;
	memcpy(&child->spi_out, c.spi, sizeof(child->spi_out));
	child->suite = q->suite;
	child->spi_in = q->spi_in;
	child->udp_encap = q->sa->natt;
	child->peer_port = q->sa->traffic.peer_port;
	ike_info_lifetime(m, &c.life_s, &c.life_kb);
	child->life_s = q->sa->config->esp_life_s;
	if (c.life_s != 0 && c.life_s < child->life_s)
		child->life_s = (uint32_t)c.life_s;
	child->life_kb = c.life_kb;
	return true;
}

/* Does the second Diffie-Hellman; the secret is empty without PFS. */
static bool
read_ke(const struct ike_quick *q, const struct ike_msg *m, uint8_t gxy[DH_MAX], size_t *len)
{
	const struct ike_payload *ke = ike_payload_get(m, ISAKMP_KE, 0);

	*len = 0;
	return q->pfs == 0 ||
	       (ke != NULL && dh_shared(q->dh, ke->body.p, rd_left(&ke->body), gxy, len) == 0);
}

/* <-- HDR*, HASH(2), SA, Nr [, KE], IDci, IDcr */
static void
on_qm2(struct ike_quick *q, const struct ike_msg *m, const uint8_t iv[CBC_BLOCK_MAX])
{
	struct ike_sa *sa = q->sa;
	const struct part ni = {q->ni, q->ni_len};
	const struct ike_payload *nonce = ike_payload_get(m, ISAKMP_NONCE, 0);
	struct ike_child child = {0};
	uint8_t shared[DH_MAX];
	struct part nr, gxy = {shared, 0};
	bool good;

	if (nonce == NULL || ike_payload_get(m, ISAKMP_SA, 0) == NULL ||
		!ike_hash_good(sa, m, ni) || !read_choice(q, m, &child) ||
		!read_ke(q, m, shared, &gxy.len)) {
		log_info(IKE, sa->who, "quick mode %08x: ignored an invalid message 2",
			q->message_id);
		return;
	}
	nr = (struct part){nonce->body.p, rd_left(&nonce->body)};
	good = nr.len >= IKE_NONCE_MIN && nr.len <= IKE_NONCE_MAX &&
	       ike_keys_esp(&sa->keys, q->suite, child.spi_in, gxy, ni, nr, &child.in) == 0 &&
	       ike_keys_esp(&sa->keys, q->suite, child.spi_out, gxy, ni, nr, &child.out) == 0;
	sodium_memzero(shared, sizeof(shared));
	if (!good)
		return;
	memcpy(q->iv, iv, sizeof(q->iv));
	ike_heard(sa);
	if (sa->events->child_new(sa->arg, sa, &child) != 0) {
		ike_quick_free(q);
		return;
	}
	q->state = IKE_QM_SETTLING;
	dh_free(q->dh);
	q->dh = NULL;
	q->commit = (m->h.flags & ISAKMP_FLAG_COMMIT) != 0;
	q->sent = 0;
	timer_arm(&q->timer, q->commit ? confirm_ms[q->sent++] : IKE_QUICK_SETTLE_MS);
	log_info(IKE, sa->who,
		"quick mode %08x: %s, lifetime %u s %" PRIu64 " kB, spi %08x in %08x out",
		q->message_id, q->suite->name, child.life_s, child.life_kb, ntohl(child.spi_in),
		ntohl(child.spi_out));
	send_qm3(q, ni, nr);
	sodium_memzero(&child, sizeof(child));
}

void
ike_rekey_repeat(struct ike_quick *q)
{
	send_again(q, 3, q->commit ? confirm_ms[0] : IKE_QUICK_SETTLE_MS);
}

void
ike_rekey_input(struct ike_quick *q, const struct ike_header *h, const uint8_t *msg, size_t len)
{
	uint8_t clear[IKE_MESSAGE_MAX], iv[CBC_BLOCK_MAX];
	struct ike_msg m;

	memcpy(iv, q->iv, sizeof(iv));
	if (ike_decrypt(q->sa, msg + IKE_HEADER_LEN, len - IKE_HEADER_LEN, iv, clear) &&
		ike_payload_read(h, clear, len - IKE_HEADER_LEN, true, &m))
		on_qm2(q, &m, iv);
}

void
ike_rekey_learn(struct ike_sa *sa, const struct ike_msg *m, const struct ike_child *child,
	enum dh_group pfs)
{
	const struct ike_payload *p;

	sa->traffic.known = false;
	for (unsigned i = 0; i < 2; i++) {
		p = ike_payload_get(m, ISAKMP_ID, i);
		if (p == NULL || rd_left(&p->body) > sizeof(sa->traffic.id[i]))
			return;
		sa->traffic.len[i] = rd_left(&p->body);
		memcpy(sa->traffic.id[i], p->body.p, sa->traffic.len[i]);
	}
	sa->traffic.known = true;
	sa->traffic.pfs = pfs;
	sa->traffic.peer_port = child->peer_port;
	sa->traffic.life_s = child->life_s;
	sa->traffic.life_kb = child->life_kb;
}
