/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "esp_peer.h"

#define HEADER 8 /* SPI, sequence number */

static void
need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "openssl: %s failed\n", what);
	abort();
}

static void
put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void
esp_peer_init(struct esp_peer *p, const struct esp_suite *suite, uint32_t spi, unsigned seed)
{
	*p = (struct esp_peer){.suite = suite, .spi = spi};
	for (unsigned i = 0; i < sizeof(p->keys.cipher); i++)
		p->keys.cipher[i] = (uint8_t)(seed * 31 + i * 7 + 1);
	for (unsigned i = 0; i < sizeof(p->keys.auth); i++)
		p->keys.auth[i] = (uint8_t)(seed * 17 + i * 5 + 3);
}

static const EVP_CIPHER *
cipher_of(const struct esp_suite *suite)
{
	if (suite->cipher != ESP_AES_CBC)
		return EVP_des_ede3_cbc();
	switch (suite->cipher_key_len) {
	case 16:
		return EVP_aes_128_cbc();
	case 24:
		return EVP_aes_192_cbc();
	default:
		return EVP_aes_256_cbc();
	}
}

static void
crypt_cbc(const struct esp_peer *p, bool encrypt, const uint8_t *iv, const uint8_t *in, size_t len,
	uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[ESP_CIPHER_KEY_MAX];
	int n;

	memcpy(key, p->keys.cipher, sizeof(key));
	/* Triple DES with three equal keys is DES. */
	if (p->suite->cipher == ESP_DES_CBC)
		for (int i = 1; i < 3; i++)
			memcpy(key + 8 * i, key, 8);
	need(EVP_CipherInit_ex(ctx, cipher_of(p->suite), NULL, key, iv, encrypt), "CipherInit");
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	need(EVP_CipherUpdate(ctx, out, &n, in, (int)len) && (size_t)n == len, "CipherUpdate");
	EVP_CIPHER_CTX_free(ctx);
}

/*
 * RFC 4106: the nonce is salt and IV; SPI and sequence number are the associated data. Returns
 * whether the tag is correct.
 */
static bool
crypt_gcm(const struct esp_peer *p, bool encrypt, const uint8_t *esp, const uint8_t *in, size_t len,
	uint8_t *out, uint8_t tag[16])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t nonce[12];
	int n;
	bool good;

	memcpy(nonce, p->keys.auth, 4);
	memcpy(nonce + 4, esp + HEADER, 8);
	need(EVP_CipherInit_ex(ctx,
		     p->suite->cipher_key_len == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm(), NULL,
		     p->keys.cipher, nonce, encrypt),
		"CipherInit");
	need(EVP_CipherUpdate(ctx, NULL, &n, esp, HEADER), "associated data");
	need(EVP_CipherUpdate(ctx, out, &n, in, (int)len) && (size_t)n == len, "CipherUpdate");
	if (!encrypt)
		need(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, 16, tag), "tag");
	good = EVP_CipherFinal_ex(ctx, out + n, &n) == 1;
	if (encrypt)
		need(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16, tag), "tag");
	EVP_CIPHER_CTX_free(ctx);
	return good;
}

static const EVP_MD *
md_of(const struct esp_suite *suite)
{
	switch (suite->auth) {
	case ESP_HMAC_MD5_96:
		return EVP_md5();
	case ESP_HMAC_SHA1_96:
		return EVP_sha1();
	case ESP_HMAC_SHA2_384_192:
		return EVP_sha384();
	case ESP_HMAC_SHA2_512_256:
		return EVP_sha512();
	default:
		return EVP_sha256();
	}
}

static void
icv_of(const struct esp_peer *p, const uint8_t *esp, size_t len, uint8_t icv[EVP_MAX_MD_SIZE])
{
	unsigned n;

	need(HMAC(md_of(p->suite), p->keys.auth, p->suite->auth_key_len, esp, len, icv, &n) != NULL,
		"HMAC");
}

size_t
esp_peer_seal_raw(
	const struct esp_peer *p, uint32_t seq, const void *plain, size_t len, uint8_t *esp)
{
	uint8_t icv[EVP_MAX_MD_SIZE];
	size_t covered = HEADER + p->suite->iv_len + len;

	put32(esp, p->spi);
	put32(esp + 4, seq);
	need(RAND_bytes(esp + HEADER, p->suite->iv_len), "RAND_bytes");
	if (p->suite->cipher == ESP_AES_GCM) {
		crypt_gcm(p, true, esp, plain, len, esp + HEADER + p->suite->iv_len, esp + covered);
		return covered + p->suite->icv_len;
	}
	crypt_cbc(p, true, esp + HEADER, plain, len, esp + HEADER + p->suite->iv_len);
	icv_of(p, esp, covered, icv);
	memcpy(esp + covered, icv, p->suite->icv_len);
	return covered + p->suite->icv_len;
}

size_t
esp_peer_seal(
	const struct esp_peer *p, uint32_t seq, const void *datagram, size_t len, uint8_t *esp)
{
	uint8_t plain[ESP_PEER_MAX];
	uint8_t pad = 0;

	memcpy(plain, datagram, len);
	while ((len + 2) % p->suite->block != 0)
		plain[len++] = ++pad;
	plain[len++] = pad;
	plain[len++] = 17;
	return esp_peer_seal_raw(p, seq, plain, len, esp);
}

const char *
esp_peer_open(const struct esp_peer *p, const uint8_t *esp, size_t len, struct esp_peer_opened *out)
{
	size_t around = HEADER + p->suite->iv_len + p->suite->icv_len;
	uint8_t icv[EVP_MAX_MD_SIZE];

	if (len < around + p->suite->block || (len - around) % p->suite->block != 0)
		return "length";
	if (p->suite->cipher != ESP_AES_GCM)
		icv_of(p, esp, len - p->suite->icv_len, icv);
	else
		memcpy(icv, esp + len - p->suite->icv_len, p->suite->icv_len);
	if (memcmp(icv, esp + len - p->suite->icv_len, p->suite->icv_len) != 0)
		return "ICV";
	out->spi = get32(esp);
	out->seq = get32(esp + 4);
	memcpy(out->iv, esp + HEADER, p->suite->iv_len);
	out->len = len - around;
	if (p->suite->cipher != ESP_AES_GCM)
		crypt_cbc(
			p, false, out->iv, esp + HEADER + p->suite->iv_len, out->len, out->payload);
	else if (!crypt_gcm(p, false, esp, esp + HEADER + p->suite->iv_len, out->len, out->payload,
			 icv))
		return "tag";
	out->pad_len = out->payload[out->len - 2];
	out->next = out->payload[out->len - 1];
	if (out->pad_len + 2u > out->len)
		return "pad length";
	out->len -= out->pad_len + 2u;
	for (unsigned i = 0; i < out->pad_len; i++)
		if (out->payload[out->len + i] != i + 1)
			return "padding";
	return out->spi == p->spi ? NULL : "SPI";
}
