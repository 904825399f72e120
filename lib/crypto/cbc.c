/* SPDX-License-Identifier: BSD-3-Clause */
#include "crypto/cbc.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <openssl/evp.h>

size_t
cbc_block(enum cbc_id cipher)
{
	return cipher == CBC_AES ? 16 : 8;
}

/* DES runs as 3DES with three equal keys: OpenSSL's default provider has 3DES but not DES. */
static const EVP_CIPHER *
find(enum cbc_id cipher, size_t key_len)
{
	switch (cipher) {
	case CBC_DES:
		return key_len == 8 ? EVP_des_ede3_cbc() : NULL;
	case CBC_3DES:
		return key_len == 24 ? EVP_des_ede3_cbc() : NULL;
	case CBC_AES:
		return key_len == 16   ? EVP_aes_128_cbc()
		       : key_len == 24 ? EVP_aes_192_cbc()
		       : key_len == 32 ? EVP_aes_256_cbc()
				       : NULL;
	}
	return NULL;
}

static int
run(enum cbc_id id, const uint8_t *key, size_t key_len, const uint8_t *iv, const uint8_t *in,
	size_t len, uint8_t *out, int encrypt)
{
	const EVP_CIPHER *cipher = find(id, key_len);
	EVP_CIPHER_CTX *ctx;
	uint8_t key3[24];
	int n = 0;
	bool ok;

	if (cipher == NULL || len % cbc_block(id) != 0 || len > INT_MAX)
		return -EINVAL;
	if (len == 0)
		return 0;
	if (id == CBC_DES) {
		for (int i = 0; i < 24; i++)
			key3[i] = key[i % 8];
		key = key3;
	}
	ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL)
		return -EIO;
	ok = EVP_CipherInit_ex(ctx, cipher, NULL, key, iv, encrypt) == 1 &&
	     EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	     EVP_CipherUpdate(ctx, out, &n, in, (int)len) == 1 && (size_t)n == len;
	EVP_CIPHER_CTX_free(ctx);
	OPENSSL_cleanse(key3, sizeof(key3));
	return ok ? 0 : -EIO;
}

int
cbc_encrypt(enum cbc_id cipher, const uint8_t *key, size_t key_len, const uint8_t *iv,
	const uint8_t *in, size_t len, uint8_t *out)
{
	return run(cipher, key, key_len, iv, in, len, out, 1);
}

int
cbc_decrypt(enum cbc_id cipher, const uint8_t *key, size_t key_len, const uint8_t *iv,
	const uint8_t *in, size_t len, uint8_t *out)
{
	return run(cipher, key, key_len, iv, in, len, out, 0);
}
