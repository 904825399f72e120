/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Main mode as initiator with a pre-shared key (RFC 2409, 5.4), and NAT traversal (RFC 3947, drafts
 * 02 and 03).
 */
#include <stdlib.h>
#include <string.h>

#include "client_internal.h"
#include "crypto/rng.h"

#define OFFER_MAX 2048

static struct part
offer(const struct client_sa *sa, uint8_t buf[OFFER_MAX])
{
	return (struct part){buf, client_offer_main(sa->c->profile, buf, OFFER_MAX)};
}

/* Sends the message in o and waits for its answer. */
static bool
transmit(struct client_sa *sa, struct ike_out *o, bool sealed)
{
	const struct client_kept keep = {&sa->msg, &sa->msg_len};

	sa->tries = 0;
	timer_arm(&sa->timer, client_ike_wait(sa->c, 0));
	return sealed ? client_ike_sealed(sa, o, sa->keys.iv, &keep)
		      : client_ike_plain(sa, o, &keep);
}

static void
failed(struct client_sa *sa)
{
	client_end(sa->c, CLIENT_WHY_INTERNAL, "main mode: out of memory, or OpenSSL failed");
}

void
client_main_refused(struct client_sa *sa, uint16_t notify)
{
	const char *name = ike_notify_name(notify);
	struct client *c = sa->c;

	if (sa == c->next)
		client_end(c, CLIENT_WHY_DEAD, "the gateway refused the new main mode: %s",
			name ? name : "unknown notify");
	else if (sa->state == CLIENT_SA_5)
		client_end(c, CLIENT_WHY_IKE_AUTH, "the gateway answered message 5 with %s",
			name ? name : "an unknown notify");
	else
		client_end(c, CLIENT_WHY_IKE_REFUSED, "the gateway answered message %u with %s",
			2 * sa->state + 1, name ? name : "an unknown notify");
}

/* --- message 1: HDR, SA --> ------------------------------------------------------------------- */

bool
client_main_begin(struct client_sa *sa)
{
	const struct profile *p = sa->c->profile;
	uint8_t buf[OFFER_MAX];
	struct part sai = offer(sa, buf);
	struct ike_out o;

	client_ike_begin(&o, sa, IKE_MAIN_MODE, 0);
	ike_out_bytes(&o, ISAKMP_SA, sai.p, sai.len);
	for (const char *const *v = p->vendors; *v != NULL; v++)
		ike_out_bytes(&o, ISAKMP_VID, buf, client_offer_hex(*v, buf, sizeof(buf)));
	return sai.len != 0 && transmit(sa, &o, false);
}

/* --- message 2: <-- HDR, SA ------------------------------------------------------------------- */

/* HASH(CKY-I | CKY-R | address | port) (RFC 3947, 3.2) */
static bool
nat_hash(const struct client_sa *sa, be32 addr, uint8_t out[HASH_MAX])
{
	be16 port = htons(sa->port);
	const struct part parts[] = {{sa->icookie, 8}, {sa->rcookie, 8}, {&addr, 4}, {&port, 2}};

	return hash_parts(sa->suite.hash, parts, 4, out) == 0;
}

static void
put_natd(struct client_sa *sa, struct ike_out *o)
{
	uint8_t type = sa->natt == IKE_NATT_RFC ? ISAKMP_NATD : ISAKMP_NATD_DRAFT;
	const be32 addrs[] = {sa->c->gateway, sa->c->inside}; /* the gateway's first */
	uint8_t hash[HASH_MAX];

	for (unsigned i = 0; i < 2; i++)
		if (nat_hash(sa, addrs[i], hash))
			ike_out_bytes(o, type, hash, hash_len(sa->suite.hash));
}

/* HDR, KE, Ni [, NAT-D, NAT-D] --> */
static void
send_ke(struct client_sa *sa)
{
	struct client_main *m = sa->main;
	struct ike_out o;

	m->dh = dh_new(sa->suite.group);
	if (m->dh == NULL) {
		failed(sa);
		return;
	}
	m->ke_len = dh_public_len(sa->suite.group);
	memcpy(m->gxi, dh_public(m->dh), m->ke_len);
	rng_bytes(m->ni, sizeof(m->ni));
	client_ike_begin(&o, sa, IKE_MAIN_MODE, 0);
	ike_out_bytes(&o, ISAKMP_KE, m->gxi, m->ke_len);
	ike_out_bytes(&o, ISAKMP_NONCE, m->ni, sa->c->profile->nonce_len);
	if (sa->natt != IKE_NATT_NONE)
		put_natd(sa, &o);
	sa->state = CLIENT_SA_3;
	if (!transmit(sa, &o, false))
		failed(sa);
}

static void
on_sa(struct client_sa *sa, const struct ike_msg *m)
{
	const struct ike_payload *p = ike_payload_get(m, ISAKMP_SA, 0);
	struct ike_vendors v = {.natt = IKE_NATT_NONE};
	char offers[IKE_OFFERS_LEN];
	struct ike_config config;
	struct ike_choice choice;

	if (p == NULL)
		return;
	client_offer_config(sa->c->profile, &config);
	if (ike_proposal_main(&config, p->body, &choice, offers) != IKE_CHOSEN) {
		client_end(sa->c, CLIENT_WHY_IKE_REFUSED,
			"message 2 chooses %s, which was not offered",
			offers[0] ? offers : "a malformed SA");
		return;
	}
	memcpy(sa->rcookie, m->h.rcookie, 8);
	sa->suite = choice.suite;
	sa->life_s = choice.life_s && choice.life_s < sa->c->profile->ike_life_s
			     ? (uint32_t)choice.life_s
			     : sa->c->profile->ike_life_s;
	ike_vendor_read(m, &v);
	sa->natt = v.natt;
	sa->dpd = v.dpd;
	free(v.names);
	sa->fragmentation = v.fragmentation;
	send_ke(sa);
}

/* --- message 4: <-- HDR, KE, Nr [, NAT-D, NAT-D] ---------------------------------------------- */

/* The first is of the client's end, one of the others of the gateway's (RFC 3947, 3.2). */
static void
read_natd(struct client_sa *sa, const struct ike_msg *m)
{
	size_t n = hash_len(sa->suite.hash);
	uint8_t us[HASH_MAX], them[HASH_MAX];
	const struct ike_payload *p = ike_payload_get(m, ISAKMP_NATD, 0);
	bool seen = false;

	if (p == NULL || !nat_hash(sa, sa->c->inside, us) || !nat_hash(sa, sa->c->gateway, them))
		return;
	sa->nat = rd_left(&p->body) != n || memcmp(p->body.p, us, n) != 0;
	for (unsigned i = 1; (p = ike_payload_get(m, ISAKMP_NATD, i)) != NULL; i++)
		seen |= rd_left(&p->body) == n && memcmp(p->body.p, them, n) == 0;
	sa->nat |= !seen;
	if (sa->nat)
		sa->port = IKE_NATT_PORT;
}

static bool
make_keys(struct client_sa *sa, struct rd nonce)
{
	const struct client_config *config = sa->c->config;
	struct client_main *m = sa->main;
	uint8_t shared[DH_MAX];
	size_t shared_len;
	struct secret psk;
	struct ike_keys_in in = {
		.suite = &sa->suite,
		.psk = &psk,
		.icookie = sa->icookie,
		.rcookie = sa->rcookie,
		.ni = {m->ni, sa->c->profile->nonce_len},
		.nr = {nonce.p, rd_left(&nonce)},
		.gxi = {m->gxi, m->ke_len},
		.gxr = {m->gxr, m->ke_len},
	};
	bool good = secret_set(&psk, config->psk, config->psk_len) &&
		    dh_shared(m->dh, m->gxr, m->ke_len, shared, &shared_len) == 0;

	if (good) {
		in.gxy = (struct part){shared, shared_len};
		good = ike_keys_make(&sa->keys, &in) == 0;
	}
	dh_free(m->dh);
	m->dh = NULL;
	sodium_memzero(shared, sizeof(shared));
	secret_wipe(&psk);
	return good;
}

/* HDR*, IDii, HASH_I [, INITIAL-CONTACT] --> */
static void
send_auth(struct client_sa *sa)
{
	const struct profile *p = sa->c->profile;
	struct client_main *m = sa->main;
	uint8_t buf[OFFER_MAX], id[8], hash[HASH_MAX];
	struct wr w = wr_init(id, sizeof(id));
	struct ike_out o;

	wr_u8(&w, ISAKMP_ID_IPV4);
	wr_u8(&w, p->id_port ? 17 : 0);
	wr_u16(&w, p->id_port ? IKE_PORT : 0);
	wr_be32(&w, sa->c->inside);
	if (ike_keys_auth(&sa->keys, (struct part){m->gxi, m->ke_len},
		    (struct part){m->gxr, m->ke_len}, sa->icookie, sa->rcookie, offer(sa, buf),
		    (struct part){id, sizeof(id)}, hash) != 0) {
		failed(sa);
		return;
	}
	client_ike_begin(&o, sa, IKE_MAIN_MODE, 0);
	ike_out_bytes(&o, ISAKMP_ID, id, sizeof(id));
	ike_out_bytes(&o, ISAKMP_HASH, hash, hash_len(sa->suite.hash));
	/* A renewal is not an initial contact. */
	if (sa == sa->c->sa ? p->contact == PROFILE_CONTACT_MM5 : sa->c->config->contact_again)
		client_info_put_contact(sa, &o);
	sa->state = CLIENT_SA_5;
	if (!transmit(sa, &o, true))
		failed(sa);
}

static void
on_ke(struct client_sa *sa, const struct ike_msg *m)
{
	const struct ike_payload *ke = ike_payload_get(m, ISAKMP_KE, 0);
	const struct ike_payload *nonce = ike_payload_get(m, ISAKMP_NONCE, 0);

	/* Also a retransmission of message 2. */
	if (ke == NULL || nonce == NULL)
		return;
	if (rd_left(&ke->body) != sa->main->ke_len || rd_left(&nonce->body) < IKE_NONCE_MIN ||
		rd_left(&nonce->body) > IKE_NONCE_MAX) {
		client_end(sa->c, CLIENT_WHY_IKE_REFUSED,
			"message 4 has a key of %zu and a nonce of %zu bytes", rd_left(&ke->body),
			rd_left(&nonce->body));
		return;
	}
	memcpy(sa->main->gxr, ke->body.p, sa->main->ke_len);
	if (sa->natt != IKE_NATT_NONE)
		read_natd(sa, m);
	if (!make_keys(sa, nonce->body)) {
		client_end(sa->c, CLIENT_WHY_IKE_REFUSED, "message 4 has an invalid public value");
		return;
	}
	send_auth(sa);
}

/* --- message 6: <-- HDR*, IDir, HASH_R -------------------------------------------------------- */

/* The new ISAKMP SA replaces the old one, which is deleted. */
static void
take_over(struct client_sa *sa)
{
	struct client *c = sa->c;
	struct client_sa *old = c->sa;

	c->sa = sa;
	c->next = NULL;
	if (old->state == CLIENT_SA_UP)
		client_info_delete_isakmp(old);
	client_sa_free(old);
}

void
client_main_up(struct client_sa *sa)
{
	struct client_isakmp_keys keys = {.key_len = sa->keys.key_len};
	struct client *c = sa->c;
	bool first = sa == c->sa;

	sa->state = CLIENT_SA_UP;
	dh_free(sa->main->dh);
	free(sa->main);
	sa->main = NULL;
	free(sa->msg);
	sa->msg = NULL;
	timer_arm(&sa->timer, sa->life_s * UINT64_C(10) * CLIENT_REKEY_PERCENT);
	if (sa->nat)
		client_keep_awake(c);
	memcpy(keys.icookie, sa->icookie, 8);
	memcpy(keys.key, sa->keys.key, sizeof(keys.key));
	if (c->ev.isakmp_up != NULL)
		c->ev.isakmp_up(c->arg, &keys);
	if (!first) {
		take_over(sa);
	} else if (c->phase == CLIENT_MAIN_MODE && !c->ended) {
		client_set_phase(c, CLIENT_QUICK_MODE);
		if (c->profile->contact == PROFILE_CONTACT_INFO)
			client_info_contact(sa);
		client_quick_begin(sa);
	}
	client_info_dpd_begin(sa);
}

static void
on_auth(struct client_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len)
{
	size_t n = hash_len(sa->suite.hash);
	uint8_t clear[IKE_MESSAGE_MAX], iv[CBC_BLOCK_MAX], buf[OFFER_MAX], want[HASH_MAX];
	const struct ike_payload *id, *hash;
	struct client_main *mm = sa->main;
	struct ike_msg m;

	/* A retransmission of message 4 is in the clear. */
	if ((h->flags & ISAKMP_FLAG_ENCRYPTED) == 0)
		return;
	memcpy(iv, sa->keys.iv, sizeof(iv));
	/* Damage and a different key look the same: the last retransmission decides. */
	if (!client_ike_open(sa, h, msg, len, iv, clear, &m))
		return;
	id = ike_payload_get(&m, ISAKMP_ID, 0);
	hash = ike_payload_get(&m, ISAKMP_HASH, 0);
	if (id == NULL || hash == NULL)
		return;
	if (ike_keys_auth(&sa->keys, (struct part){mm->gxr, mm->ke_len},
		    (struct part){mm->gxi, mm->ke_len}, sa->rcookie, sa->icookie, offer(sa, buf),
		    (struct part){id->body.p, rd_left(&id->body)}, want) != 0 ||
		rd_left(&hash->body) != n || !secret_equal(hash->body.p, want, n)) {
		client_end(sa->c, CLIENT_WHY_IKE_AUTH, "HASH_R does not verify");
		return;
	}
	memcpy(sa->keys.iv, iv, sizeof(iv));
	client_main_up(sa);
}

void
client_main_input(struct client_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len)
{
	struct ike_msg m;

	if (h->message_id != 0 || sa->state == CLIENT_SA_UP)
		return;
	if (sa->state == CLIENT_SA_5) {
		on_auth(sa, h, msg, len);
		return;
	}
	if ((h->flags & ISAKMP_FLAG_ENCRYPTED) != 0 ||
		!ike_payload_read(h, msg + IKE_HEADER_LEN, len - IKE_HEADER_LEN, false, &m))
		return;
	if (sa->state == CLIENT_SA_1)
		on_sa(sa, &m);
	else
		on_ke(sa, &m);
}
