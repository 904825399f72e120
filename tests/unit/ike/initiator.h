/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An IKEv1 initiator for tests, with key derivation of its own over OpenSSL's HMAC, and the gateway's
 * side: an ike_sa whose datagrams and events are kept for the test to look at.
 */
#ifndef INITIATOR_H
#define INITIATOR_H

#include "ike.h"

#define INIT_MSG_MAX  4096
#define INIT_SENT_MAX 64

/* A message in the making, or one that came. */
struct init_msg {
	uint8_t b[INIT_MSG_MAX];
	size_t len;
	size_t next_at; /* where the type of the next payload goes */
};

/* What the gateway did. */
struct gate {
	struct timers timers;
	struct ike_events events;
	struct ike_config config;
	struct ip_end local, remote;
	struct ike_sa *sa; /* NULL when it has ended */
	struct init_msg sent[INIT_SENT_MAX];
	unsigned n_sent;
	unsigned ups, initial_contacts, childs, child_ups, child_gones, deletes, moves, released;
	struct ike_child child; /* the last */
	be32 child_up_spi, deleted_spi;
	uint8_t deleted_cookies[16]; /* of another ISAKMP SA */
	unsigned isakmp_deletes;
	be32 next_spi;
	bool down;
	enum ike_why why;
};

/* The suites are comma lists as in the configuration; NULL: all that are built. */
void gate_init(struct gate *g, const char *psk, const char *ike, const char *esp);
void gate_fini(struct gate *g);
/* Hands over a datagram; the SA is made by the first. Returns how many datagrams came out. */
unsigned gate_input(struct gate *g, const struct init_msg *m);
/* The last datagram that came out. */
const struct init_msg *gate_last(const struct gate *g);

struct initiator {
	struct ike_suite suite;
	const char *psk;
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
	bool natt; /* quick mode asks for transport in UDP, and says both original addresses (RFC 3947, 5) */
};

/* A whole main mode. */
void gate_main_mode(struct gate *g, struct initiator *i, bool contact);

struct initiator_quick {
	uint32_t message_id;
	const struct esp_suite *suite;
	be32 spi; /* ours */
	be32 peer_spi;
	uint8_t ni[20], nr[256];
	size_t nr_len;
	uint8_t iv[CBC_BLOCK_MAX];
	struct dh *dh; /* PFS */
	uint8_t gxy[DH_MAX];
	size_t gxy_len;
	struct esp_keys in, out; /* from the gateway's view */
	uint8_t oa[2][8]; /* bodies of the gateway's NAT-OA payloads */
	unsigned n_oa;
	uint64_t life_kb; /* RESPONDER-LIFETIME's, if any */
	uint64_t life_s;
};

void initiator_init(struct initiator *i, const char *suite, const char *psk);
void initiator_fini(struct initiator *i);

/* Messages of main mode; each takes the answer to the one before, and asserts that it is right. */
void initiator_mm1(struct initiator *i, struct init_msg *out);
void initiator_mm3(struct initiator *i, const struct init_msg *mm2, struct init_msg *out);
/* contact: with INITIAL-CONTACT. */
void initiator_mm5(
	struct initiator *i, const struct init_msg *mm4, bool contact, struct init_msg *out);
void initiator_mm6(struct initiator *i, const struct init_msg *mm6);

/* Quick mode. group 0: without PFS. The ports of IDci and IDcr. */
void initiator_qm1(struct initiator *i, struct initiator_quick *q, const char *suite,
	enum dh_group group, uint16_t port_i, uint16_t port_r, struct init_msg *out);
void initiator_qm3(struct initiator *i, struct initiator_quick *q, const struct init_msg *qm2,
	struct init_msg *out);

/*
 * The other way round: the answer to a quick mode that the gateway began, whose message 1 is this. q->suite and
 * q->spi are ours to give. Then the keys are made, and initiator_qm3_check() looks at the gateway's last message.
 */
void initiator_qm2(struct initiator *i, struct initiator_quick *q, const struct init_msg *qm1,
	struct init_msg *out);
void initiator_qm3_check(
	struct initiator *i, struct initiator_quick *q, const struct init_msg *qm3);

/* The fourth message of quick mode, CONNECTED: ours behind a message 3 of the gateway; and the gateway's behind ours. */
void initiator_qm4(struct initiator *i, struct initiator_quick *q, struct init_msg *out);
void initiator_qm4_check(
	struct initiator *i, struct initiator_quick *q, const struct init_msg *qm4);

/* A protected informational message with one payload. */
void initiator_info(struct initiator *i, uint32_t message_id, uint8_t type, const void *body,
	size_t len, struct init_msg *out);
/*
 * A protected message whose payloads behind the hash are these bytes, of whatever kind; first is the type of
 * the first of them. The hash fits as far as they can be read.
 */
void initiator_raw(struct initiator *i, uint8_t exchange, uint32_t message_id, uint8_t first,
	const void *bytes, size_t len, struct init_msg *out);
/* Opens one of the gateway's; gives the first payload behind the hash. */
void initiator_info_open(struct initiator *i, const struct init_msg *m, uint8_t *type,
	uint8_t body[INIT_MSG_MAX], size_t *len);

/* Parts of messages, for tests that make their own. */
void init_msg_begin(struct init_msg *m, const struct initiator *i, uint8_t exchange, uint32_t id);
void init_msg_payload(struct init_msg *m, uint8_t type, const void *body, size_t len);
void init_msg_end(struct init_msg *m);

#endif
