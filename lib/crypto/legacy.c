/* SPDX-License-Identifier: BSD-3-Clause */
#include "crypto/legacy.h"

#include <errno.h>
#include <stdbool.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

/* The provider's context. main sets it up before any thread starts and releases it at exit. */
static struct {
	OSSL_LIB_CTX *ctx;
	OSSL_PROVIDER *provider;
	EVP_MD *md4;
	EVP_CIPHER *des;
} legacy;

void
legacy_fini(void)
{
	EVP_MD_free(legacy.md4);
	EVP_CIPHER_free(legacy.des);
	if (legacy.provider != NULL)
		OSSL_PROVIDER_unload(legacy.provider);
	OSSL_LIB_CTX_free(legacy.ctx);
	legacy.ctx = NULL;
	legacy.provider = NULL;
	legacy.md4 = NULL;
	legacy.des = NULL;
}

int
legacy_init(void)
{
	if (legacy.ctx != NULL)
		return 0;
	legacy.ctx = OSSL_LIB_CTX_new();
	if (legacy.ctx != NULL)
		legacy.provider = OSSL_PROVIDER_load(legacy.ctx, "legacy");
	if (legacy.provider != NULL) {
		legacy.md4 = EVP_MD_fetch(legacy.ctx, "MD4", NULL);
		legacy.des = EVP_CIPHER_fetch(legacy.ctx, "DES-ECB", NULL);
	}
	if (legacy.md4 != NULL && legacy.des != NULL)
		return 0;
	legacy_fini();
	return -ENOTSUP;
}

int
legacy_md4(const void *bytes, size_t len, uint8_t out[16])
{
	if (legacy.md4 == NULL)
		return -EIO;
	return EVP_Digest(bytes, len, out, NULL, legacy.md4, NULL) == 1 ? 0 : -EIO;
}

/* Spreads the key to seven bits per byte, each followed by an odd parity bit. */
static void
expand_key(const uint8_t key[7], uint8_t out[8])
{
	uint64_t bits = 0;

	for (int i = 0; i < 7; i++)
		bits = bits << 8 | key[i];
	for (int i = 7; i >= 0; i--, bits >>= 7) {
		uint8_t b = (uint8_t)(bits << 1);

		out[i] = (uint8_t)(b | (__builtin_parity(b) ^ 1));
	}
}

int
legacy_des(const uint8_t key[7], const uint8_t in[8], uint8_t out[8])
{
	EVP_CIPHER_CTX *ctx;
	uint8_t key8[8];
	int n = 0;
	bool ok;

	if (legacy.des == NULL || (ctx = EVP_CIPHER_CTX_new()) == NULL)
		return -EIO;
	expand_key(key, key8);
	ok = EVP_EncryptInit_ex2(ctx, legacy.des, key8, NULL, NULL) == 1 &&
	     EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	     EVP_EncryptUpdate(ctx, out, &n, in, 8) == 1 && n == 8;
	EVP_CIPHER_CTX_free(ctx);
	OPENSSL_cleanse(key8, sizeof(key8));
	return ok ? 0 : -EIO;
}
