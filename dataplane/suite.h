/* SPDX-License-Identifier: BSD-3-Clause */
/* ESP transforms for IPsec-MB: what keys expand to, and what a job looks like. */
#ifndef SUITE_H
#define SUITE_H

#include <intel-ipsec-mb.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_suite.h"
#include "sa.h"

#define SUITE_ICV_MAX 16
#define SUITE_IV_MAX  16

enum suite_use {
	SUITE_OPEN, /* decrypt: AES has another schedule */
	SUITE_SEAL,
};

/* Bytes that the expanded keys of a suite take. */
size_t suite_keys_size(const struct esp_suite *suite);

/* Expands the keys of one direction into memory at SA_KEYS_ALIGN, and describes the suite for its jobs. */
void suite_fill(IMB_MGR *mb, const struct esp_suite *suite, const struct esp_keys *keys,
	enum suite_use use, uint8_t *expanded, struct sa_crypto *c);

/* What a job has of its SA, whatever the packet. */
static inline void
suite_job(IMB_JOB *job, const struct sa_crypto *c)
{
	job->cipher_mode = (IMB_CIPHER_MODE)c->cipher;
	job->hash_alg = (IMB_HASH_ALG)c->hash;
	job->enc_keys = c->schedule;
	job->dec_keys = c->schedule;
	job->key_len_in_bytes = c->key_len;
	job->iv_len_in_bytes = c->iv_len;
	job->auth_tag_output_len_in_bytes = c->icv_len;
	job->u.HMAC._hashed_auth_key_xor_ipad = c->keys;
	job->u.HMAC._hashed_auth_key_xor_opad = c->keys + c->opad;
}

#endif
