/* SPDX-License-Identifier: BSD-3-Clause */
/* Quick mode as initiator and responder: ESP in transport mode for UDP 1701 (RFC 2409, 5.5). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_internal.h"
#include "crypto/rng.h"

enum {
	OFFER_MAX = 2048,
	NONCE = 32, /* bytes, as responder */
	L2TP_UDP_PORT = 1701,
};

void
client_quick_free(struct client_quick *q)
{
	timer_stop(&q->timer);
	list_del(&q->node);
	dh_free(q->dh);
	free(q->msg);
	sodium_memzero(q, sizeof(*q));
	free(q);
}

bool
client_quick_busy(const struct client_sa *sa)
{
	LIST_FOREACH (it, &sa->quicks)
		if (container_of(it, struct client_quick, node)->state == CLIENT_QUICK_1)
			return true;
	return false;
}

/* Fatal without a pair; with one, it could not be renewed. */
static void
give_up(struct client_quick *q, enum client_why why, const char *text)
{
	struct client *c = q->sa->c;

	client_quick_free(q);
	if (c->phase == CLIENT_QUICK_MODE)
		client_end(c, why, "%s", text);
	else if (why == CLIENT_WHY_QUICK_TIMEOUT)
		client_end(c, CLIENT_WHY_DEAD, "renewal of ESP keys: %s", text);
	else
		client_end(c, CLIENT_WHY_PEER, "renewal of ESP keys: %s", text);
}

void
client_quick_refused(struct client_sa *sa, uint16_t notify)
{
	const char *name = ike_notify_name(notify);

	LIST_FOREACH_SAFE (it, &sa->quicks) {
		struct client_quick *q = container_of(it, struct client_quick, node);

		if (q->state != CLIENT_QUICK_1)
			continue;
		give_up(q, CLIENT_WHY_QUICK_REFUSED, name ? name : "an unknown notify");
		return;
	}
}

static void
on_timer(struct timer *t)
{
	struct client_quick *q = container_of(t, struct client_quick, timer);
	struct client *c = q->sa->c;
	unsigned wait = client_ike_wait(c, ++q->tries);

	client_enter(c);
	if (q->state == CLIENT_QUICK_DONE) {
		client_quick_free(q);
	} else if (wait != 0) {
		client_ike_again(q->sa, q->msg, q->msg_len);
		timer_arm(t, wait);
	} else if (q->state == CLIENT_QUICK_2) {
		client_quick_free(q); /* the pair is in use already, or expires */
	} else {
		give_up(q, CLIENT_WHY_QUICK_TIMEOUT, "no answer to message 1");
	}
	client_leave(c);
}

static struct client_quick *
quick_new(struct client_sa *sa, enum client_quick_state state, uint32_t message_id)
{
	struct client_quick *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	q->sa = sa;
	q->state = state;
	q->message_id = message_id;
	q->spi_in = client_spi_make(sa->c);
	timer_init(&q->timer, sa->c->timers, on_timer);
	list_add_tail(&sa->quicks, &q->node);
	return q;
}

/* Encrypts and sends the message in o; retransmits it if an answer is expected. */
static bool
transmit(struct client_quick *q, struct ike_out *o)
{
	const struct client_kept keep = {&q->msg, &q->msg_len};

	q->tries = 0;
	timer_arm(&q->timer,
		q->state == CLIENT_QUICK_DONE ? CLIENT_DONE_MS : client_ike_wait(q->sa->c, 0));
	return client_ike_sealed(q->sa, o, q->iv, &keep);
}

static uint16_t
mode(const struct client_sa *sa)
{
	if (!sa->nat)
		return IPSEC_MODE_TRANSPORT;
	return sa->natt == IKE_NATT_RFC ? IPSEC_MODE_UDP_TRANSPORT : IPSEC_MODE_UDP_TRANSPORT_DRAFT;
}

static void
put_id(struct ike_out *o, uint8_t type, uint8_t proto, uint16_t port, be32 addr)
{
	size_t at = ike_out_open(o, type);

	wr_u8(&o->w, ISAKMP_ID_IPV4);
	wr_u8(&o->w, proto);
	wr_u16(&o->w, port);
	wr_be32(&o->w, addr);
	ike_out_close(o, at);
}

/* Addresses as the client knows them; in draft 02 each end sends only its own (RFC 3947, 5.2). */
static void
put_natoa(struct client_sa *sa, struct ike_out *o)
{
	uint8_t type = sa->natt == IKE_NATT_RFC ? ISAKMP_NATOA : ISAKMP_NATOA_DRAFT;

	if (!sa->nat)
		return;
	put_id(o, type, 0, 0, sa->c->inside);
	if (sa->natt == IKE_NATT_RFC)
		put_id(o, type, 0, 0, sa->c->gateway);
}

/* --- initiator: HDR*, HASH(1), SA, Ni, IDci, IDcr [, NAT-OA, NAT-OA] --> ---------------------- */

/* With PFS, adds the public value. */
static bool
put_ke(struct client_quick *q, enum dh_group group, struct ike_out *o)
{
	if (group == 0)
		return true;
	q->dh = dh_new(group);
	if (q->dh == NULL)
		return false;
	ike_out_bytes(o, ISAKMP_KE, dh_public(q->dh), dh_public_len(group));
	return true;
}

static bool
write_first(struct client_quick *q, struct ike_out *o)
{
	struct client_sa *sa = q->sa;
	struct client *c = sa->c;
	const struct profile *p = c->profile;
	uint8_t buf[OFFER_MAX];
	size_t at, len = client_offer_quick(c->config, q->spi_in, mode(sa), buf, sizeof(buf));

	q->ni_len = p->nonce_len;
	rng_bytes(q->ni, q->ni_len);
	client_ike_begin(o, sa, IKE_QUICK_MODE, q->message_id);
	at = client_ike_hash_open(sa, o);
	ike_out_bytes(o, ISAKMP_SA, buf, len);
	ike_out_bytes(o, ISAKMP_NONCE, q->ni, q->ni_len);
	if (!put_ke(q, c->config->pfs, o))
		return false;
	put_id(o, ISAKMP_ID, 17, p->no_port ? 0 : L2TP_UDP_PORT, c->inside);
	put_id(o, ISAKMP_ID, 17, L2TP_UDP_PORT, c->gateway);
	put_natoa(sa, o);
	return len != 0 &&
	       client_ike_hash_close(sa, o, at, q->message_id, (struct part){NULL, 0}) &&
	       ike_keys_iv(&sa->keys, q->message_id, q->iv) == 0;
}

int
client_quick_begin(struct client_sa *sa)
{
	uint32_t message_id;
	struct client_quick *q;
	struct ike_out o;

	do
		message_id = rng_u32();
	while (message_id == 0);
	q = quick_new(sa, CLIENT_QUICK_1, message_id);
	if (q == NULL || !write_first(q, &o) || !transmit(q, &o)) {
		client_end(sa->c, CLIENT_WHY_INTERNAL, "quick mode: cannot send message 1");
		return -ENOMEM;
	}
	return 0;
}

/* Takes the lifetimes in RESPONDER-LIFETIME if they are shorter (RFC 2407, 4.6.3.1). */
static void
read_lifetime(struct rd body, struct client_child *child)
{
	uint16_t type, life_type = 0;
	uint8_t spi_len;

	rd_bytes(&body, 5);
	spi_len = rd_u8(&body);
	type = rd_u16(&body);
	rd_sub(&body, spi_len);
	if (body.bad || type != ISAKMP_RESPONDER_LIFETIME)
		return;
	while (rd_more(&body)) {
		uint16_t class = rd_u16(&body), len = rd_u16(&body);
		uint64_t value = len;

		if ((class & ISAKMP_ATTR_BASIC) == 0) {
			struct rd v = rd_sub(&body, len);

			for (value = 0; rd_more(&v);)
				value = value << 8 | rd_u8(&v);
		}
		class &= (uint16_t)~ISAKMP_ATTR_BASIC;
		if (class == IPSEC_ATTR_LIFE_TYPE)
			life_type = (uint16_t)value;
		if (body.bad || class != IPSEC_ATTR_LIFE_DURATION || value == 0)
			continue;
		if (life_type == ISAKMP_LIFE_SECONDS && value < child->life_s)
			child->life_s = (uint32_t)value;
		if (life_type == ISAKMP_LIFE_KILOBYTES &&
			(child->life_kb == 0 || value < child->life_kb))
			child->life_kb = value;
	}
}

/* Derives the keys of both directions; with PFS, ke is the gateway's public value. */
static bool
make_child(struct client_quick *q, const struct ike_choice *choice, const struct ike_payload *ke,
	struct client_child *child)
{
	const struct profile *p = q->sa->c->profile;
	struct part gxy = {NULL, 0}, ni = {q->ni, q->ni_len}, nr = {q->nr, q->nr_len};

	uint8_t shared[DH_MAX];
	bool good;

	*child = (struct client_child){
		.spi_in = q->spi_in,
		.suite = choice->esp,
		.udp_encap = q->sa->nat,
		.life_s = p->esp_life_s,
		.life_kb = client_offer_life_kb(q->sa->c->config),
	};
	if (q->dh != NULL) {
		if (ke == NULL ||
			dh_shared(q->dh, ke->body.p, rd_left(&ke->body), shared, &gxy.len) != 0)
			return false;
		gxy.p = shared;
	}
	memcpy(&child->spi_out, choice->spi, sizeof(child->spi_out));
	if (choice->life_s != 0 && choice->life_s < child->life_s)
		child->life_s = (uint32_t)choice->life_s;
	good = ike_keys_esp(&q->sa->keys, child->suite, child->spi_in, gxy, ni, nr, &child->in) ==
		       0 &&
	       ike_keys_esp(&q->sa->keys, child->suite, child->spi_out, gxy, ni, nr, &child->out) ==
		       0;
	sodium_memzero(shared, sizeof(shared));
	return good;
}

/* HDR*, HASH(3) --> */
static bool
send_third(struct client_quick *q)
{
	struct client_sa *sa = q->sa;
	uint8_t hash[HASH_MAX];
	struct ike_out o;

	if (ike_keys_hash3(&sa->keys, q->message_id, (struct part){q->ni, q->ni_len},
		    (struct part){q->nr, q->nr_len}, hash) != 0)
		return false;
	client_ike_begin(&o, sa, IKE_QUICK_MODE, q->message_id);
	ike_out_bytes(&o, ISAKMP_HASH, hash, hash_len(sa->keys.hash));
	return transmit(q, &o);
}

/* <-- HDR*, HASH(2), SA, Nr [, IDci, IDcr] [, NAT-OA, NAT-OA] [, RESPONDER-LIFETIME] */
static void
on_second(struct client_quick *q, const struct ike_msg *m, const uint8_t *iv, const uint8_t *digest)
{
	const struct ike_payload *p_sa = ike_payload_get(m, ISAKMP_SA, 0), *p;
	const struct ike_payload *nonce = ike_payload_get(m, ISAKMP_NONCE, 0);
	struct client *c = q->sa->c;
	char offers[IKE_OFFERS_LEN];
	struct ike_config config;
	struct client_child child;
	struct ike_choice choice;

	if (p_sa == NULL || nonce == NULL || rd_left(&nonce->body) < IKE_NONCE_MIN ||
		rd_left(&nonce->body) > IKE_NONCE_MAX ||
		!client_ike_hash_good(q->sa, m, (struct part){q->ni, q->ni_len}))
		return;
	client_offer_config(c->profile, &config);
	config.n_pfs = c->config->pfs != 0;
	config.pfs[0] = c->config->pfs;
	if (ike_proposal_quick(&config, p_sa->body, q->sa->nat, &choice, offers) != IKE_CHOSEN ||
		choice.pfs != c->config->pfs) {
		char text[CLIENT_TEXT];

		/* A profile also offers suites that this program does not implement. */
		snprintf(text, sizeof(text),
			"message 2 chooses %.64s, which is not implemented here",
			offers[0] != '\0' ? offers : "a malformed SA");
		give_up(q, CLIENT_WHY_QUICK_REFUSED, text);
		return;
	}
	q->nr_len = (uint16_t)rd_left(&nonce->body);
	memcpy(q->nr, nonce->body.p, q->nr_len);
	if (!make_child(q, &choice, ike_payload_get(m, ISAKMP_KE, 0), &child)) {
		give_up(q, CLIENT_WHY_INTERNAL, "cannot derive keys");
		return;
	}
	for (unsigned i = 0; (p = ike_payload_get(m, ISAKMP_NOTIFY, i)) != NULL; i++)
		read_lifetime(p->body, &child);
	memcpy(q->iv, iv, sizeof(q->iv));
	memcpy(q->digest, digest, sizeof(q->digest));
	q->state = CLIENT_QUICK_DONE;
	/*
	 * With the commit bit the client should wait for CONNECTED (RFC 2408, 3.1). Real clients do
	 * not, and gateways that set it accept the third message as well.
	 */
	if (!client_pair_add(c, &child)) {
		client_end(c, CLIENT_WHY_INTERNAL, "the owner refused the ESP pair");
		return;
	}
	if (!send_third(q)) {
		client_end(c, CLIENT_WHY_INTERNAL, "quick mode: cannot send message 3");
		return;
	}
	sodium_memzero(&child, sizeof(child));
	if (c->phase == CLIENT_QUICK_MODE && !c->ended)
		client_l2tp_begin(c);
}

/* --- responder -------------------------------------------------------------------------------- */

/* <-- HDR*, HASH(1), SA, Ni [, IDci, IDcr] ...: answered from the offers of the profile. */
static void
on_first(struct client_sa *sa, const struct ike_msg *m, const uint8_t *iv, const uint8_t *digest)
{
	const struct ike_payload *p_sa = ike_payload_get(m, ISAKMP_SA, 0), *p;
	const struct ike_payload *nonce = ike_payload_get(m, ISAKMP_NONCE, 0);
	char offers[IKE_OFFERS_LEN];
	struct ike_config config;
	struct client_child child;
	struct ike_choice choice;
	struct client_quick *q;
	struct ike_out o;
	size_t at;
	bool good;

	if (p_sa == NULL || nonce == NULL || rd_left(&nonce->body) < IKE_NONCE_MIN ||
		rd_left(&nonce->body) > IKE_NONCE_MAX || sa->c->phase < CLIENT_L2TP ||
		sa->c->phase > CLIENT_UP)
		return;
	client_offer_config(sa->c->profile, &config);
	if (ike_proposal_quick(&config, p_sa->body, sa->nat, &choice, offers) != IKE_CHOSEN)
		return;
	q = quick_new(sa, CLIENT_QUICK_2, m->h.message_id);
	if (q == NULL)
		return;
	memcpy(q->iv, iv, sizeof(q->iv));
	memcpy(q->digest, digest, sizeof(q->digest));
	q->ni_len = (uint16_t)rd_left(&nonce->body);
	memcpy(q->ni, nonce->body.p, q->ni_len);
	q->nr_len = NONCE;
	rng_bytes(q->nr, q->nr_len);
	client_ike_begin(&o, sa, IKE_QUICK_MODE, q->message_id);
	if (sa->c->profile->commit)
		o.buf[IKE_FLAGS_AT] |= ISAKMP_FLAG_COMMIT;
	at = client_ike_hash_open(sa, &o);
	ike_proposal_write(&o, &choice, &q->spi_in);
	ike_out_bytes(&o, ISAKMP_NONCE, q->nr, q->nr_len);
	good = put_ke(q, choice.pfs, &o);
	for (unsigned i = 0; i < 2 && (p = ike_payload_get(m, ISAKMP_ID, i)) != NULL; i++)
		ike_out_bytes(&o, ISAKMP_ID, p->body.p, rd_left(&p->body));
	if (ike_payload_get(m, ISAKMP_NATOA, 0) != NULL)
		put_natoa(sa, &o);
	if (!good || !make_child(q, &choice, ike_payload_get(m, ISAKMP_KE, 0), &child) ||
		!client_ike_hash_close(
			sa, &o, at, q->message_id, (struct part){q->ni, q->ni_len}) ||
		!client_pair_add(sa->c, &child) || !transmit(q, &o))
		client_quick_free(q);
	sodium_memzero(&child, sizeof(child));
}

/* HDR*, HASH(4), CONNECTED --> */
static void
send_fourth(struct client_quick *q)
{
	struct client_sa *sa = q->sa;
	struct ike_out o;
	size_t at;

	client_ike_begin(&o, sa, IKE_QUICK_MODE, q->message_id);
	o.buf[IKE_FLAGS_AT] |= ISAKMP_FLAG_COMMIT;
	at = client_ike_hash_open(sa, &o);
	ike_out_notify(
		&o, ISAKMP_PROTO_ESP, &q->spi_in, sizeof(q->spi_in), ISAKMP_CONNECTED, NULL, 0);
	if (client_ike_hash_close(sa, &o, at, q->message_id, (struct part){NULL, 0}))
		transmit(q, &o);
}

/* <-- HDR*, HASH(3) */
static void
on_third(struct client_quick *q, const struct ike_msg *m, const uint8_t *iv, const uint8_t *digest)
{
	const struct ike_payload *p = ike_payload_get(m, ISAKMP_HASH, 0);
	size_t n = hash_len(q->sa->keys.hash);
	uint8_t want[HASH_MAX];

	if (p == NULL || rd_left(&p->body) != n ||
		ike_keys_hash3(&q->sa->keys, q->message_id, (struct part){q->ni, q->ni_len},
			(struct part){q->nr, q->nr_len}, want) != 0 ||
		!secret_equal(p->body.p, want, n))
		return;
	q->state = CLIENT_QUICK_DONE;
	timer_arm(&q->timer, CLIENT_DONE_MS);
	if (!q->sa->c->profile->commit)
		return;
	memcpy(q->iv, iv, sizeof(q->iv));
	memcpy(q->digest, digest, sizeof(q->digest));
	send_fourth(q);
}

/* --- input ------------------------------------------------------------------------------------ */

static struct client_quick *
find(struct client_sa *sa, uint32_t message_id)
{
	LIST_FOREACH (it, &sa->quicks) {
		struct client_quick *q = container_of(it, struct client_quick, node);

		if (q->message_id == message_id)
			return q;
	}
	return NULL;
}

void
client_quick_input(struct client_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len)
{
	uint8_t clear[IKE_MESSAGE_MAX], iv[CBC_BLOCK_MAX], digest[IKE_DIGEST_LEN];
	struct client_quick *q;
	struct ike_msg m;

	if (sa->state != CLIENT_SA_UP || h->message_id == 0)
		return;
	q = find(sa, h->message_id);
	ike_digest(msg, len, digest);
	/* It did not receive the answer. */
	if (q != NULL && memcmp(digest, q->digest, sizeof(digest)) == 0) {
		client_ike_again(sa, q->msg, q->msg_len);
		return;
	}
	if (q != NULL && q->state == CLIENT_QUICK_DONE)
		return;
	if (q != NULL)
		memcpy(iv, q->iv, sizeof(iv));
	else if (ike_keys_iv(&sa->keys, h->message_id, iv) != 0)
		return;
	if (!client_ike_open(sa, h, msg, len, iv, clear, &m))
		return;
	if (q == NULL) {
		if (client_ike_hash_good(sa, &m, (struct part){NULL, 0}))
			on_first(sa, &m, iv, digest);
	} else if (q->state == CLIENT_QUICK_1) {
		on_second(q, &m, iv, digest);
	} else {
		on_third(q, &m, iv, digest);
	}
}
