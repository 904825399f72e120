/* SPDX-License-Identifier: BSD-3-Clause */
#include "ike_auth.h"

#include <errno.h>
#include <string.h>

#include "crypto/rng.h"
#include "ike_natt.h"
#include "ike_sa.h"

/* What an end has sent. */
struct end {
	struct part public, nonce;
	const uint8_t *cookie;
};

static struct end
our_end(const struct ike_sa *sa)
{
	return (struct end){
		.public = {dh_public(sa->main->dh), dh_public_len(sa->suite.group)},
		.nonce = {sa->main->nonce, sizeof(sa->main->nonce)},
		.cookie = sa->ours ? sa->icookie : sa->rcookie,
	};
}

static struct end
peer_end(const struct ike_sa *sa)
{
	return (struct end){
		.public = {sa->main->peer_public, dh_public_len(sa->suite.group)},
		.nonce = {sa->main->peer_nonce, sa->main->peer_nonce_len},
		.cookie = sa->ours ? sa->rcookie : sa->icookie,
	};
}

int
ike_auth_begin(struct ike_sa *sa)
{
	sa->main->dh = dh_new(sa->suite.group);
	if (sa->main->dh == NULL)
		return -ENOMEM;
	rng_bytes(sa->main->nonce, sizeof(sa->main->nonce));
	return 0;
}

void
ike_auth_write_ke(struct ike_main_step *s)
{
	struct end us = our_end(s->sa);

	ike_out_begin(&s->out, s->sa, IKE_MAIN_MODE, 0);
	ike_out_bytes(&s->out, ISAKMP_KE, us.public.p, us.public.len);
	ike_out_bytes(&s->out, ISAKMP_NONCE, us.nonce.p, us.nonce.len);
	if (s->sa->vendors.natt != IKE_NATT_NONE)
		ike_natt_write(&s->out, s->sa);
}

bool
ike_auth_read_ke(struct ike_main_step *s)
{
	struct rd ke = ike_payload_get(s->m, ISAKMP_KE, 0)->body;
	struct rd nonce = ike_payload_get(s->m, ISAKMP_NONCE, 0)->body;
	struct ike_sa *sa = s->sa;
	struct ike_main *mm = sa->main;

	if (rd_left(&ke) != dh_public_len(sa->suite.group) || rd_left(&nonce) < IKE_NONCE_MIN ||
		rd_left(&nonce) > IKE_NONCE_MAX)
		return false;
	memcpy(mm->peer_public, ke.p, rd_left(&ke));
	mm->peer_nonce_len = rd_left(&nonce);
	memcpy(mm->peer_nonce, nonce.p, mm->peer_nonce_len);
	ike_vendor_read(s->m, &sa->vendors);
	if (sa->vendors.natt != IKE_NATT_NONE)
		ike_natt_read(sa, s->m);
	return true;
}

int
ike_auth_keys(struct ike_sa *sa)
{
	struct end us = our_end(sa), peer = peer_end(sa);
	const struct end *i = sa->ours ? &us : &peer, *r = sa->ours ? &peer : &us;
	uint8_t shared[DH_MAX];
	struct ike_keys_in in = {
		.suite = &sa->suite,
		.psk = &sa->config->psk,
		.icookie = sa->icookie,
		.rcookie = sa->rcookie,
		.ni = i->nonce,
		.nr = r->nonce,
		.gxi = i->public,
		.gxr = r->public,
	};
	size_t shared_len;
	int rc;

	if (dh_shared(sa->main->dh, peer.public.p, peer.public.len, shared, &shared_len) != 0)
		return -EBADMSG;
	in.gxy = (struct part){shared, shared_len};
	rc = ike_keys_make(&sa->keys, &in);
	sodium_memzero(shared, sizeof(shared));
	return rc;
}

/* HASH_I or HASH_R, depending on whose it is. */
static int
hash_of(const struct ike_sa *sa, const struct end *own, const struct end *other, struct part id,
	uint8_t out[HASH_MAX])
{
	return ike_keys_auth(&sa->keys, own->public, other->public, own->cookie, other->cookie,
		sa->main->sai, id, out);
}

enum ike_result
ike_auth_write(struct ike_main_step *s)
{
	struct ike_sa *sa = s->sa;
	struct end us = our_end(sa), peer = peer_end(sa);
	uint8_t id[8], hash[HASH_MAX];
	struct wr w = wr_init(id, sizeof(id));

	wr_u8(&w, ISAKMP_ID_IPV4);
	wr_zero(&w, 3);
	wr_be32(&w, sa->local.addr);
	if (hash_of(sa, &us, &peer, (struct part){id, sizeof(id)}, hash) != 0)
		return ike_main_fail(sa, IKE_WHY_INTERNAL);
	ike_out_begin(&s->out, sa, IKE_MAIN_MODE, 0);
	ike_out_bytes(&s->out, ISAKMP_ID, id, sizeof(id));
	ike_out_bytes(&s->out, ISAKMP_HASH, hash, hash_len(sa->suite.hash));
	return IKE_OK;
}

bool
ike_auth_good(const struct ike_sa *sa, struct rd id, struct rd hash)
{
	struct end us = our_end(sa), peer = peer_end(sa);
	size_t n = hash_len(sa->suite.hash);
	const uint8_t *theirs = rd_bytes(&hash, n);
	uint8_t want[HASH_MAX];

	return theirs != NULL && rd_done(&hash) &&
	       hash_of(sa, &peer, &us, (struct part){id.p, rd_left(&id)}, want) == 0 &&
	       secret_equal(theirs, want, n);
}

void
ike_auth_settle(struct ike_sa *sa)
{
	sa->strayed = sa->in.remote.addr != sa->remote.addr;
	sa->local = sa->in.local;
	sa->remote = sa->in.remote;
	sa->natt = (sa->nat_us || sa->nat_peer) && sa->local.port == htons(IKE_NATT_PORT);
}
