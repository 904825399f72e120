/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An IKEv1 initiator for tests. It derives its keys by itself, with OpenSSL's HMAC, so that it
 * verifies what the gateway derives. Each function that takes a message of the gateway asserts that
 * it is right.
 */
#ifndef INITIATOR_H
#define INITIATOR_H

#include "ike.h"

#define INIT_MSG_MAX 4096

/* A message that is being written or was received. */
struct init_msg {
	uint8_t b[INIT_MSG_MAX];
	size_t len;
	size_t next_at; /* offset of the byte for the next payload's type */
};

struct initiator {
	struct ike_suite suite;
	const char *psk;
	const uint8_t *vid; /* vendor ID in message 1; NULL: none */
	size_t vid_len;
	uint8_t icookie[8], rcookie[8];
	uint8_t id[64]; /* body of its identity in message 5; 10.0.0.1 unless changed */
	size_t id_len;
	uint8_t sai[2048];
	size_t sai_len;
	struct dh *dh;
	uint8_t ke_r[DH_MAX];
	uint8_t ni[32], nr[256];
	size_t nr_len;
	uint8_t gxy[DH_MAX];
	size_t gxy_len;
	uint8_t skeyid[HASH_MAX], d[HASH_MAX], a[HASH_MAX], e[HASH_MAX];
	uint8_t key[CBC_KEY_MAX];
	size_t key_len, block, prf_len;
	uint8_t iv[CBC_BLOCK_MAX]; /* of phase 1, then its last block */
	/* Quick mode offers transport mode in UDP, with both original addresses (RFC 3947, 5). */
	bool natt;
};

struct initiator_quick {
	uint32_t message_id;
	const struct esp_suite *suite;
	be32 spi; /* the initiator's */
	be32 peer_spi;
	uint8_t ni[20], nr[256];
	size_t nr_len;
	uint8_t iv[CBC_BLOCK_MAX];
	struct dh *dh; /* PFS */
	uint8_t gxy[DH_MAX];
	size_t gxy_len;
	struct esp_keys in, out; /* as the gateway sees them */
	uint8_t oa[2][8]; /* bodies of the gateway's NAT-OA payloads */
	unsigned n_oa;
};

void initiator_init(struct initiator *i, const char *suite, const char *psk);
void initiator_fini(struct initiator *i);

/* Messages of main mode; each takes the answer to the previous one. */
void initiator_mm1(struct initiator *i, struct init_msg *out);
void initiator_mm3(struct initiator *i, const struct init_msg *mm2, struct init_msg *out);

/* contact: with INITIAL-CONTACT. */
void initiator_mm5(
	struct initiator *i, const struct init_msg *mm4, bool contact, struct init_msg *out);
void initiator_mm6(struct initiator *i, const struct init_msg *mm6);

/* Quick mode, with the ports of IDci and IDcr. Without PFS if group is 0. */
void initiator_qm1(struct initiator *i, struct initiator_quick *q, const char *suite,
	enum dh_group group, uint16_t port_i, uint16_t port_r, struct init_msg *out);
void initiator_qm3(struct initiator *i, struct initiator_quick *q, const struct init_msg *qm2,
	struct init_msg *out);

/*
 * Answers message 1 of a quick mode that the gateway began, with q->suite and q->spi, and derives
 * the keys. initiator_qm3_check() then verifies the gateway's message 3.
 */
void initiator_qm2(struct initiator *i, struct initiator_quick *q, const struct init_msg *qm1,
	struct init_msg *out);
void initiator_qm3_check(
	struct initiator *i, struct initiator_quick *q, const struct init_msg *qm3);

/* The fourth message of quick mode, CONNECTED: as responder, and the gateway's as initiator. */
void initiator_qm4(struct initiator *i, struct initiator_quick *q, struct init_msg *out);
void initiator_qm4_check(
	struct initiator *i, struct initiator_quick *q, const struct init_msg *qm4);

/* Writes a protected informational message with one payload. */
void initiator_info(struct initiator *i, uint32_t message_id, uint8_t type, const void *body,
	size_t len, struct init_msg *out);

/*
 * Writes a protected message with these bytes after its hash; first is the type of the first
 * payload in them. The hash covers them as far as they are a valid chain.
 */
void initiator_raw(struct initiator *i, uint8_t exchange, uint32_t message_id, uint8_t first,
	const void *bytes, size_t len, struct init_msg *out);

/* Decrypts an informational message of the gateway and returns its first payload after the hash. */
void initiator_info_open(struct initiator *i, const struct init_msg *m, uint8_t *type,
	uint8_t body[INIT_MSG_MAX], size_t *len);

/* Parts of messages, for tests that write their own. */
void init_msg_begin(struct init_msg *m, const struct initiator *i, uint8_t exchange, uint32_t id);
void init_msg_payload(struct init_msg *m, uint8_t type, const void *body, size_t len);
void init_msg_end(struct init_msg *m);

#endif
