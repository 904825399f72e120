/* SPDX-License-Identifier: BSD-3-Clause */
/* ESP transforms for IPsec-MB: expansion of keys, and the part of a job that comes from the SA. */
#ifndef SUITE_H
#define SUITE_H

#include <intel-ipsec-mb.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "esp_suite.h"
#include "sa.h"

#define SUITE_ICV_MAX    32
#define SUITE_IV_MAX     16
#define SUITE_SHA256_TAG 16
#define SUITE_TAG_SLACK  4 /* bytes behind a packet for the tag of HMAC-SHA2-256-96 */
#define SUITE_SALT_LEN   4 /* of AES-GCM (RFC 4106, 4) */
#define SUITE_NONCE_LEN  12 /* salt and IV */

/*
 * From release 1.4 on, the jobs of a burst name their cipher and hash by numbers of the library, which
 * imb_set_session() finds. An SA has them from the start, as a call per packet would be slow.
 */
#define SUITE_HAS_ID (IMB_VERSION_NUM >= IMB_VERSION(1, 4, 0))

enum suite_use {
	SUITE_OPEN, /* decrypt: AES uses another schedule */
	SUITE_SEAL,
};

/* Bytes of a suite's expanded keys. */
size_t suite_keys_size(const struct esp_suite *suite);

/*
 * Expands the keys of one direction into memory aligned to SA_KEYS_ALIGN, and fills in what jobs
 * need.
 */
void suite_fill(IMB_MGR *mb, const struct esp_suite *suite, const struct esp_keys *keys,
	enum suite_use use, uint8_t *expanded, struct sa_crypto *c);

/* Adjusts the pointers into expanded keys after these were copied from `from` to `expanded`. */
void suite_moved(const uint8_t *from, uint8_t *expanded, struct sa_crypto *c);

/* Fills in what a job takes from its SA, whatever the packet. */
static inline void
suite_job(IMB_JOB *job, const struct sa_crypto *c)
{
	job->cipher_mode = (IMB_CIPHER_MODE)c->cipher;
	job->hash_alg = (IMB_HASH_ALG)c->hash;
	job->enc_keys = c->keys + c->schedule;
	job->dec_keys = job->enc_keys;
	job->key_len_in_bytes = c->key_len;
	job->iv_len_in_bytes = c->iv_len;
	/*
	 * IPsec-MB cannot write 12 bytes of HMAC-SHA2-256: it gets room for 16, of which 12 count.
	 */
	job->auth_tag_output_len_in_bytes = c->hash == IMB_AUTH_HMAC_SHA_256 ? SUITE_SHA256_TAG
									     : c->icv_len;
	job->u.HMAC._hashed_auth_key_xor_ipad = c->keys;
	job->u.HMAC._hashed_auth_key_xor_opad = c->keys + c->opad;
#if SUITE_HAS_ID
	job->suite_id[0] = c->id[0];
	job->suite_id[1] = c->id[1];
#endif
}

static inline bool
suite_is_gcm(const struct sa_crypto *c)
{
	return c->cipher == IMB_CIPHER_GCM;
}

/*
 * What AES-GCM needs in addition, after suite_job(): SPI and sequence number are authenticated, and
 * the nonce is salt and IV (RFC 4106, 4 and 5). esp: the packet from its ESP header on. The nonce
 * must live as long as the job.
 */
static inline void
suite_job_gcm(
	IMB_JOB *job, const struct sa_crypto *c, const uint8_t *esp, uint8_t nonce[SUITE_NONCE_LEN])
{
	memcpy(nonce, c->keys, SUITE_SALT_LEN);
	memcpy(nonce + SUITE_SALT_LEN, esp + 8, SUITE_NONCE_LEN - SUITE_SALT_LEN);
	job->iv = nonce;
	job->iv_len_in_bytes = SUITE_NONCE_LEN;
	job->u.GCM.aad = esp;
	job->u.GCM.aad_len_in_bytes = 8;
}

#endif
