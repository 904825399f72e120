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
	const char *curve; /* OpenSSL's name of it; NULL for MODP */
	size_t public_len; /* bytes */
	int private_bits; /* MODP: of the exponent, over twice the group's strength */
};

static const struct group groups[] = {
	{DH_MODP1024, "modp1024", NULL, 128, 256},
	{DH_MODP1536, "modp1536", NULL, 192, 256},
	{DH_MODP2048, "modp2048", NULL, 256, 256},
	{DH_MODP3072, "modp3072", NULL, 384, 320},
	{DH_MODP4096, "modp4096", NULL, 512, 352},
	{DH_ECP256, "ecp256", "P-256", 64, 0},
	{DH_ECP384, "ecp384", "P-384", 96, 0},
	{DH_ECP521, "ecp521", "P-521", 132, 0},
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

/* What makes an ECP key: the curve, and the public point if there is one. */
static bool
push_ecp(OSSL_PARAM_BLD *bld, const struct group *g, uint8_t point[1 + DH_MAX],
	const uint8_t *public)
{
	if (OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, g->curve, 0) != 1)
		return false;
	if (public == NULL)
		return true;
	point[0] = POINT_CONVERSION_UNCOMPRESSED;
	memcpy(point + 1, public, g->public_len);
	return OSSL_PARAM_BLD_push_octet_string(
		       bld, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + g->public_len) == 1;
}

/* What makes a MODP key: the prime and the generator, 2 in all groups, and the public value. */
static bool
push_modp(OSSL_PARAM_BLD *bld, const BIGNUM *p, BIGNUM *generator, const BIGNUM *y)
{
	return p != NULL && generator != NULL && BN_set_word(generator, 2) == 1 &&
	       OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_FFC_P, p) == 1 &&
	       OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_FFC_G, generator) == 1 &&
	       (y == NULL || OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PUB_KEY, y) == 1);
}

/*
 * The group's parameters as a key without values (public NULL), or the peer's public key. OpenSSL
 * refuses a point here whose coordinates are out of range or that is not on the curve.
 */
static EVP_PKEY *
make_key(const struct group *g, const uint8_t *public)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, g->curve ? "EC" : "DH", NULL);
	OSSL_PARAM *params = NULL;
	BIGNUM *p = NULL, *generator = NULL, *y = NULL;
	uint8_t point[1 + DH_MAX];
	EVP_PKEY *key = NULL;
	bool ok = bld != NULL && ctx != NULL;

	if (ok && g->curve) {
		ok = push_ecp(bld, g, point, public);
	} else if (ok) {
		p = prime(g);
		generator = BN_new();
		y = public ? BN_bin2bn(public, (int)g->public_len, NULL) : NULL;
		ok = (y != NULL || public == NULL) && push_modp(bld, p, generator, y);
	}
	if (ok && (params = OSSL_PARAM_BLD_to_param(bld)) != NULL &&
		EVP_PKEY_fromdata_init(ctx) == 1 &&
		EVP_PKEY_fromdata(ctx, &key, public ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEY_PARAMETERS,
			params) != 1)
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

	if (!dh->group->curve)
		return put_bn(dh->key, OSSL_PKEY_PARAM_PUB_KEY, dh->public, dh->group->public_len);
	return put_bn(dh->key, OSSL_PKEY_PARAM_EC_PUB_X, dh->public, half) &&
	       put_bn(dh->key, OSSL_PKEY_PARAM_EC_PUB_Y, dh->public + half, half);
}

/* Key generation takes the exponent's length here and not from the parameters. */
static bool
set_private_bits(EVP_PKEY_CTX *ctx, const struct group *g)
{
	int bits = g->private_bits;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_int(OSSL_PKEY_PARAM_DH_PRIV_LEN, &bits),
		OSSL_PARAM_END,
	};

	return g->curve || EVP_PKEY_CTX_set_params(ctx, params) == 1;
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
	params = make_key(g, NULL);
	if (params != NULL)
		ctx = EVP_PKEY_CTX_new_from_pkey(NULL, params, NULL);
	if (ctx == NULL || EVP_PKEY_keygen_init(ctx) != 1 || !set_private_bits(ctx, g) ||
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

	if (peer_len != g->public_len || (!g->curve && !in_range(g, peer)))
		return -EINVAL;
	key = make_key(g, peer);
	if (key == NULL)
		return -EINVAL;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, dh->key, NULL);
	if (ctx == NULL || EVP_PKEY_derive_init(ctx) != 1)
		goto out;
	if (!g->curve && EVP_PKEY_CTX_set_dh_pad(ctx, 1) != 1)
		goto out;
	/*
	 * The value has been checked by now: in range, or on a curve of cofactor 1, where every point
	 * has the right order. OpenSSL's check of the order would cost as much as the agreement
	 * itself for ECP and eight times that for MODP.
	 */
	if (EVP_PKEY_derive_set_peer_ex(ctx, key, 0) != 1)
		goto out;
	if (EVP_PKEY_derive(ctx, out, &len) != 1)
		goto out;
	*out_len = len;
	rc = 0;
out:
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return rc;
}
