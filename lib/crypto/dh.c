/* SPDX-License-Identifier: BSD-3-Clause */
#include "crypto/dh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "crypto/modp.h"

struct group {
	enum dh_group id;
	const char *name;
	const char *curve; /* OpenSSL's name for it; NULL for MODP */
	size_t public_len; /* bytes */
};

static const struct group groups[] = {
	{DH_MODP1024, "modp1024", NULL, 128},
	{DH_MODP1536, "modp1536", NULL, 192},
	{DH_MODP2048, "modp2048", NULL, 256},
	{DH_MODP3072, "modp3072", NULL, 384},
	{DH_MODP4096, "modp4096", NULL, 512},
	{DH_ECP256, "ecp256", "P-256", 64},
	{DH_ECP384, "ecp384", "P-384", 96},
	{DH_ECP521, "ecp521", "P-521", 132},
};

struct dh {
	const struct group *group;
	const struct modp *modp; /* NULL for ECP */
	BIGNUM *exponent; /* MODP */
	EVP_PKEY *key; /* ECP */
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

/* Pushes the parameters of an ECP key: the curve, and the public point unless public is NULL. */
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

/*
 * Makes the peer's public key, or a key that has the curve but no values if public is NULL. OpenSSL
 * refuses a point whose coordinates are out of range or that is not on the curve.
 */
static EVP_PKEY *
make_key(const struct group *g, const uint8_t *public)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params = NULL;
	uint8_t point[1 + DH_MAX];
	EVP_PKEY *key = NULL;

	if (bld != NULL && ctx != NULL && push_ecp(bld, g, point, public) &&
		(params = OSSL_PARAM_BLD_to_param(bld)) != NULL &&
		EVP_PKEY_fromdata_init(ctx) == 1 &&
		EVP_PKEY_fromdata(ctx, &key, public ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEY_PARAMETERS,
			params) != 1)
		key = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* Writes a coordinate left-padded to len bytes. */
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
make_ecp(struct dh *dh)
{
	size_t half = dh->group->public_len / 2;
	EVP_PKEY *params = make_key(dh->group, NULL);
	EVP_PKEY_CTX *ctx = params ? EVP_PKEY_CTX_new_from_pkey(NULL, params, NULL) : NULL;
	bool ok = ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 &&
		  EVP_PKEY_generate(ctx, &dh->key) == 1 &&
		  put_bn(dh->key, OSSL_PKEY_PARAM_EC_PUB_X, dh->public, half) &&
		  put_bn(dh->key, OSSL_PKEY_PARAM_EC_PUB_Y, dh->public + half, half);

	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(params);
	return ok;
}

static bool
make_modp(struct dh *dh)
{
	dh->modp = modp_get(dh->group->id);
	if (dh->modp != NULL)
		dh->exponent = modp_new(dh->modp, dh->public);
	return dh->exponent != NULL;
}

struct dh *
dh_new(enum dh_group group)
{
	const struct group *g = find(group);
	struct dh *dh;

	if (g == NULL || (dh = calloc(1, sizeof(*dh))) == NULL)
		return NULL;
	dh->group = g;
	if (g->curve ? make_ecp(dh) : make_modp(dh))
		return dh;
	dh_free(dh);
	return NULL;
}

void
dh_free(struct dh *dh)
{
	if (dh == NULL)
		return;
	EVP_PKEY_free(dh->key);
	BN_clear_free(dh->exponent);
	free(dh);
}

const uint8_t *
dh_public(const struct dh *dh)
{
	return dh->public;
}

static int
shared_ecp(const struct dh *dh, const uint8_t *peer, uint8_t *out, size_t *out_len)
{
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *key = make_key(dh->group, peer);
	size_t len = DH_MAX;
	int rc = -EIO;

	if (key == NULL)
		return -EINVAL;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, dh->key, NULL);
	/*
	 * make_key() has checked the point: it is on a curve of cofactor 1, where every point has
	 * the right order. OpenSSL's check of the order would cost as much as the agreement itself.
	 */
	if (ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
		EVP_PKEY_derive_set_peer_ex(ctx, key, 0) == 1 &&
		EVP_PKEY_derive(ctx, out, &len) == 1) {
		*out_len = len;
		rc = 0;
	}
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return rc;
}

int
dh_shared(const struct dh *dh, const uint8_t *peer, size_t peer_len, uint8_t *out, size_t *out_len)
{
	int rc;

	if (peer_len != dh->group->public_len)
		return -EINVAL;
	if (dh->group->curve)
		return shared_ecp(dh, peer, out, out_len);
	rc = modp_shared(dh->modp, dh->exponent, peer, out);
	if (rc == 0)
		*out_len = peer_len;
	return rc;
}
