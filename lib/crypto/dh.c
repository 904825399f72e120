/* SPDX-License-Identifier: BSD-3-Clause */
#include "crypto/dh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

struct group {
	enum dh_group id;
	const char *name;
	const char *openssl; /* its name there; NULL: made from the prime */
	bool ecp;
	size_t public_len; /* bytes */
	int private_bits; /* MODP: of the exponent, over twice the group's strength */
};

static const struct group groups[] = {
	{DH_MODP1024, "modp1024", NULL, false, 128, 256},
	{DH_MODP1536, "modp1536", "modp_1536", false, 192, 256},
	{DH_MODP2048, "modp2048", "modp_2048", false, 256, 256},
	{DH_MODP3072, "modp3072", "modp_3072", false, 384, 320},
	{DH_MODP4096, "modp4096", "modp_4096", false, 512, 352},
	{DH_ECP256, "ecp256", "P-256", true, 64, 0},
	{DH_ECP384, "ecp384", "P-384", true, 96, 0},
	{DH_ECP521, "ecp521", "P-521", true, 132, 0},
};

struct dh {
	const struct group *group;
	EVP_PKEY *key;
	uint8_t public[DH_MAX];
};

static const struct group *
find(enum dh_group id)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].id == id)
			return &groups[i];
	return NULL;
}

bool
dh_known(enum dh_group group)
{
	return find(group) != NULL;
}

const char *
dh_name(enum dh_group group)
{
	const struct group *g = find(group);

	return g ? g->name : "?";
}

int
dh_parse(const char *name)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (strcmp(groups[i].name, name) == 0)
			return (int)groups[i].id;
	return -1;
}

size_t
dh_public_len(enum dh_group group)
{
	const struct group *g = find(group);

	return g ? g->public_len : 0;
}

/* The prime of a MODP group; the caller frees it. */
static BIGNUM *
prime(const struct group *g)
{
	switch (g->id) {
	case DH_MODP1024:
		return BN_get_rfc2409_prime_1024(NULL);
	case DH_MODP1536:
		return BN_get_rfc3526_prime_1536(NULL);
	case DH_MODP2048:
		return BN_get_rfc3526_prime_2048(NULL);
	case DH_MODP3072:
		return BN_get_rfc3526_prime_3072(NULL);
	case DH_MODP4096:
		return BN_get_rfc3526_prime_4096(NULL);
	default:
		return NULL;
	}
}

/*
 * A key of the group: its parameters, and with `public` a public key besides. All MODP groups are made
 * the same way, from their prime.
 */
static EVP_PKEY *
make_key(const struct group *g, const uint8_t *public, size_t len, int selection)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, g->ecp ? "EC" : "DH", NULL);
	OSSL_PARAM *params = NULL;
	BIGNUM *p = NULL, *generator = NULL, *y = NULL;
	uint8_t point[1 + DH_MAX];
	EVP_PKEY *key = NULL;
	bool ok = bld != NULL && ctx != NULL;

	if (ok && g->ecp) {
		ok = OSSL_PARAM_BLD_push_utf8_string(
			     bld, OSSL_PKEY_PARAM_GROUP_NAME, g->openssl, 0) == 1;
		if (ok && public != NULL) {
			point[0] = POINT_CONVERSION_UNCOMPRESSED;
			memcpy(point + 1, public, len);
			ok = OSSL_PARAM_BLD_push_octet_string(
				     bld, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + len) == 1;
		}
	} else if (ok) {
		p = prime(g);
		generator = BN_new();
		ok = p != NULL && generator != NULL && BN_set_word(generator, 2) == 1 &&
		     OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_FFC_P, p) == 1 &&
		     OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_FFC_G, generator) == 1 &&
		     OSSL_PARAM_BLD_push_int(bld, OSSL_PKEY_PARAM_DH_PRIV_LEN, g->private_bits) ==
			     1;
		if (ok && public != NULL) {
			y = BN_bin2bn(public, (int)len, NULL);
			ok = y != NULL &&
			     OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PUB_KEY, y) == 1;
		}
	}
	if (ok && (params = OSSL_PARAM_BLD_to_param(bld)) != NULL &&
		EVP_PKEY_fromdata_init(ctx) == 1 &&
		EVP_PKEY_fromdata(ctx, &key, selection, params) != 1)
		key = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(p);
	BN_free(generator);
	BN_free(y);
	return key;
}

/* Writes a number left-padded to len bytes. */
static bool
put_bn(EVP_PKEY *key, const char *param, uint8_t *out, size_t len)
{
	BIGNUM *n = NULL;
	bool ok = EVP_PKEY_get_bn_param(key, param, &n) == 1 &&
		  BN_bn2binpad(n, out, (int)len) == (int)len;

	BN_free(n);
	return ok;
}

static bool
read_public(struct dh *dh)
{
	size_t half = dh->group->public_len / 2;

	if (!dh->group->ecp)
		return put_bn(dh->key, OSSL_PKEY_PARAM_PUB_KEY, dh->public, dh->group->public_len);
	return put_bn(dh->key, OSSL_PKEY_PARAM_EC_PUB_X, dh->public, half) &&
	       put_bn(dh->key, OSSL_PKEY_PARAM_EC_PUB_Y, dh->public + half, half);
}

struct dh *
dh_new(enum dh_group group)
{
	const struct group *g = find(group);
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *params = NULL;
	struct dh *dh;

	if (g == NULL || (dh = calloc(1, sizeof(*dh))) == NULL)
		return NULL;
	dh->group = g;
	params = make_key(g, NULL, 0, EVP_PKEY_KEY_PARAMETERS);
	if (params != NULL)
		ctx = EVP_PKEY_CTX_new_from_pkey(NULL, params, NULL);
	if (ctx == NULL || EVP_PKEY_keygen_init(ctx) != 1 ||
		EVP_PKEY_generate(ctx, &dh->key) != 1 || !read_public(dh)) {
		dh_free(dh);
		dh = NULL;
	}
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(params);
	return dh;
}

void
dh_free(struct dh *dh)
{
	if (dh == NULL)
		return;
	EVP_PKEY_free(dh->key);
	free(dh);
}

const uint8_t *
dh_public(const struct dh *dh)
{
	return dh->public;
}

/* 1 < y < p - 1: all that a safe prime needs (RFC 2631, 2.1.5 asks more of other primes). */
static bool
in_range(const struct group *g, const uint8_t *peer)
{
	BIGNUM *p = prime(g), *y = BN_bin2bn(peer, (int)g->public_len, NULL);
	bool ok = p != NULL && y != NULL && BN_sub_word(p, 1) == 1 && !BN_is_zero(y) &&
		  !BN_is_one(y) && BN_cmp(y, p) < 0;

	BN_free(p);
	BN_free(y);
	return ok;
}

int
dh_shared(const struct dh *dh, const uint8_t *peer, size_t peer_len, uint8_t *out, size_t *out_len)
{
	const struct group *g = dh->group;
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *key;
	size_t len = DH_MAX;
	int rc = -EIO;

	if (peer_len != g->public_len || (!g->ecp && !in_range(g, peer)))
		return -EINVAL;
	key = make_key(g, peer, peer_len, EVP_PKEY_PUBLIC_KEY);
	if (key == NULL)
		return -EINVAL;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, dh->key, NULL);
	if (ctx == NULL || EVP_PKEY_derive_init(ctx) != 1)
		goto out;
	if (!g->ecp && EVP_PKEY_CTX_set_dh_pad(ctx, 1) != 1)
		goto out;
	/* OpenSSL's full check of a MODP value costs eight times the agreement itself. */
	if (EVP_PKEY_derive_set_peer_ex(ctx, key, g->ecp) != 1) {
		rc = -EINVAL;
		goto out;
	}
	if (EVP_PKEY_derive(ctx, out, &len) != 1)
		goto out;
	*out_len = len;
	rc = 0;
out:
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return rc;
}
