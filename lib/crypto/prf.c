/* SPDX-License-Identifier: BSD-3-Clause */
#include "crypto/prf.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

static const struct {
	const char *name;
	const EVP_MD *(*md)(void);
	size_t len;
} hashes[] = {
	[HASH_MD5] = {"md5", EVP_md5, 16},
	[HASH_SHA1] = {"sha1", EVP_sha1, 20},
	[HASH_SHA256] = {"sha256", EVP_sha256, 32},
	[HASH_SHA384] = {"sha384", EVP_sha384, 48},
	[HASH_SHA512] = {"sha512", EVP_sha512, 64},
};

#define N_HASHES  (sizeof(hashes) / sizeof(hashes[0]))
#define BLOCK_MAX 128 /* of SHA-384 and SHA-512 */

size_t
hash_len(enum hash_id hash)
{
	return hash > 0 && hash < N_HASHES ? hashes[hash].len : 0;
}

const char *
hash_name(enum hash_id hash)
{
	return hash > 0 && hash < N_HASHES ? hashes[hash].name : "?";
}

/* The digest of a first piece, which may be empty, and the pieces after it. */
static int
digest(enum hash_id hash, const struct part *first, const struct part *parts, size_t n_parts,
	uint8_t *out)
{
	EVP_MD_CTX *ctx;
	bool ok;

	if (hash_len(hash) == 0 || (ctx = EVP_MD_CTX_new()) == NULL)
		return -EIO;
	ok = EVP_DigestInit_ex(ctx, hashes[hash].md(), NULL) == 1;
	if (ok && first->len > 0)
		ok = EVP_DigestUpdate(ctx, first->p, first->len) == 1;
	for (size_t i = 0; ok && i < n_parts; i++)
		if (parts[i].len > 0)
			ok = EVP_DigestUpdate(ctx, parts[i].p, parts[i].len) == 1;
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -EIO;
}

int
hash_parts(enum hash_id hash, const struct part *parts, size_t n_parts, uint8_t *out)
{
	return digest(hash, &(struct part){NULL, 0}, parts, n_parts, out);
}

int
prf(enum hash_id hash, const void *key, size_t key_len, const struct part *parts, size_t n_parts,
	uint8_t *out)
{
	size_t block = hash >= HASH_SHA384 ? 128 : 64;
	uint8_t k[BLOCK_MAX] = {0}, pad[BLOCK_MAX], inner[HASH_MAX];
	int rc = -EIO;

	if (hash_len(hash) == 0)
		return -EIO;
	if (key_len > block) {
		if (digest(hash, &(struct part){key, key_len}, NULL, 0, k) != 0)
			goto out;
	} else if (key_len > 0) {
		memcpy(k, key, key_len);
	}
	for (size_t i = 0; i < block; i++)
		pad[i] = k[i] ^ 0x36;
	if (digest(hash, &(struct part){pad, block}, parts, n_parts, inner) != 0)
		goto out;
	for (size_t i = 0; i < block; i++)
		pad[i] = k[i] ^ 0x5c;
	rc = digest(
		hash, &(struct part){pad, block}, &(struct part){inner, hash_len(hash)}, 1, out);
out:
	OPENSSL_cleanse(k, sizeof(k));
	OPENSSL_cleanse(pad, sizeof(pad));
	OPENSSL_cleanse(inner, sizeof(inner));
	return rc;
}
